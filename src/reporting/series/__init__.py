"""Series over decades: observations, the same on other boundaries, breaks, continuity checks, errata.

Takes observations and a lineage, gives the same on other boundaries, with breaks, doubts and known errata.
"""
