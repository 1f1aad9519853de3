"""Several logs in one installation, by election (ADR 33): each stays a database of its own with its own signer; here is which of them
holds which election, how one moves from one to another, how all are gathered for readers, and how that is checked.

Takes an installation (`naming`) and gives events in the directory's log and copies in others; figures it never looks at.
"""
