"""The identity engine: rules J01–J25 as data, proportional division, detectors. Pure: no database, no HTTP.

Takes figures of a return and of those beside it, gives findings in both languages.
"""
