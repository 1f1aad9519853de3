"""Moments as they stand in open data: in UTC, whatever zone the database, the machine or a definition has."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at: datetime) -> str:
    """Whole seconds, `2022-07-10T11:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact_instant(at: datetime) -> str:
    """To the microsecond, where there are any, `2022-07-10T11:00:00.000123+00:00`."""
    return at.astimezone(UTC).isoformat()
