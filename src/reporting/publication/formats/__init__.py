"""Formats of open data, one file for each. Takes a tidy table, a data set or a release as typed records; gives bytes (ADR 15)."""
