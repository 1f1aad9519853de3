"""A whole series over HTTP, in one piece: `/series.csv`, `/series.ndjson` and `/series.parquet`."""
