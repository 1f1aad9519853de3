"""The auditors' part of the schema: who changed what, differences between two moments, proofs.

Takes moments and filters, gives entries of the log as far as the reader may see them.
"""
