"""The identity engine: rules J01–J25 as data, proportional division, detectors. Pure: no database, no HTTP."""
