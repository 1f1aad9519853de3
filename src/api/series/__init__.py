"""A whole series over HTTP, in one piece: `/series.csv`, `/series.ndjson` and `/series.parquet`.

Takes the arguments of GraphQL's `series`, gives its rows at one position, however many there are, and to nobody more than that tells.
"""
