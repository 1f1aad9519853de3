"""The wall before elections that another log holds, as it is told."""

from __future__ import annotations

import json

import psycopg

from reporting.database.replication import OnlyGathers
from reporting.errors import HeldElsewhere

ELSEWHERE = "LG001"
"""SQLSTATE of the wall (migration 0013)."""


def told_elsewhere(refused: psycopg.DatabaseError) -> Exception:
    """What the wall said; anything else as it is."""
    if refused.sqlstate != ELSEWHERE:
        return refused
    where = json.loads(refused.diag.message_detail or "{}")
    if where["election"] == "*":
        return OnlyGathers.to(None)
    return HeldElsewhere(**where | {"address": where["address"] or None})
