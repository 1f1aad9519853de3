"""Series over decades: observations, the same on other boundaries, breaks, continuity checks, errata."""
