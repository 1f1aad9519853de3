"""A series of all elections as a data set: observations with tables of flags, citations, lineage, breaks and errata, and a codebook.

Takes one query over one snapshot; gives files in the formats of a release, the same bytes at the same ledger position.
"""
