"""Figures of one item over elections, as reported or on the boundaries of a day.

Takes an item, areas and boundaries, gives observations from the views with what they rest on.
"""
