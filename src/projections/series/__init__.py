"""Figures of one item over elections, as reported or on the boundaries of a day."""
