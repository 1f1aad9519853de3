"""Trial installations and the drills held on them: a night's load over HTTP, a primary that is killed.

Takes wishes (how much, for how long), gives a verdict with what was measured; databases and processes are its own, returns invented and marked
as a test, and nothing that is live is touched.
"""
