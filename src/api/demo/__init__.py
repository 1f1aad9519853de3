"""A simulated election night, always marked as a test: a drill in which robots play every office (reporting.training), on
figures that `figures` makes. `stage` runs it, `tally` counts what was done, `watch` and `board` show the totals, `people`
are whom a visitor may act as.

Takes a speed and a number of units, gives a running election night and the people to log in as.
"""
