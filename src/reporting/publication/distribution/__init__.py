"""A release in the formats of its readers. Takes a release of the log; gives a distribution: its files, made once, the list of them
named in the log, kept whole (ADR 15)."""
