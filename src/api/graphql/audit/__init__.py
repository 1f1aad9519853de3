"""The auditors' part of the schema: who changed what, differences between two moments, proofs."""
