"""Scans and photographs of records (投票録・開票録): what they are by their content, what they tell beside it, and where they are kept.

Takes the bytes of a file and a folder, gives what the file is, the same without its metadata, and the file again by its SHA-256. Knows
no database and no log."""

from __future__ import annotations

from reporting.documents.checking import DocumentRefused, Kind, kind_of
from reporting.documents.store import DocumentLost, Documents
from reporting.documents.stripping import stripped

__all__ = ["DocumentLost", "DocumentRefused", "Documents", "Kind", "kind_of", "stripped"]
