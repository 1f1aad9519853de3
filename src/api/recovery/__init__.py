"""Drills of recovery: what a backup is worth, found out before it is needed.

Takes a backup and what was signed over the log, gives a verdict with its reasons; touches nothing that is live.
"""
