"""Totals and boards that follow the log.

Takes events in the order of the log, gives views that can be thrown away: `runner` follows, `rebuild` makes them anew beside
the live ones, `verify` and `independent` prove them. `views` folds, `read` answers, `series` compares over elections,
`followers` stand beside the totals.
"""
