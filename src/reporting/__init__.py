"""The write side, whole: what an election is, what may be entered, who may, and the log that keeps it.

Takes commands, gives events; knows no HTTP and no view. Arrows go down only: `training`, `publication` and `importing`,
`application`, `definitions`, `series` and `transparency`, `ledger`, `lineage` and `rules`, `domain` and `database`, `files`.
"""
