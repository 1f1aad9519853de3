"""One module for each subcommand; each names its click command `command`.

Each takes its options, gives what it printed; what it does stands below, in `reporting` and `projections`.
"""
