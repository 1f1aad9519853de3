"""What kinds of file there are, and which of them are worth compressing."""

from __future__ import annotations

from pathlib import PurePath

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8; header=present",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown; charset=utf-8",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".tlog-proof": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}
COMPRESSED_ALREADY = frozenset({".parquet", ".xlsx"})
SMALLEST = 1_000  # bytes; below it the header costs more than is saved


def media_type(name: str) -> str:
    return MEDIA_TYPES.get(PurePath(name).suffix, "application/octet-stream")


def is_compressible(name: str, size: int) -> bool:
    return size >= SMALLEST and PurePath(name).suffix not in COMPRESSED_ALREADY
