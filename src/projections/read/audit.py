"""Who did what: the trail of events with persons and offices, and what each changed from and to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.read import Snapshot
from projections.read.rows import FIGURES, DeedRow
from reporting.database.sql import load
from reporting.ledger import election_stream, registry_stream

SQL = load(__package__)


@dataclass(frozen=True, slots=True)
class CellChange:
    """`before` None: the cell held nothing. `supersedes`: position of the event that had set it."""

    cell: str
    before: str | None
    after: str
    supersedes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow(DeedRow):
    """One event and who did it. `state`: the event's fields; `changes`: cells it set; `source`, `received_at`: how
    figures entered for another office had reached this one."""

    stream_id: UUID
    stream_version: int
    type: str
    state: dict[str, Any]
    changes: tuple[CellChange, ...]
    source: str | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """None is no filter. `since` < position ≤ `upto`; `before`: only older than this position (paging). `lots`: contests
    whose lots are told beside what the `units` did."""

    upto: int
    since: int = 0
    before: int | None = None
    election: str | None = None
    streams: tuple[UUID, ...] | None = None
    units: tuple[str, ...] | None = None
    lots: tuple[str, ...] = ()
    form: str | None = None
    slot: str | None = None
    contest: str | None = None
    items: tuple[str, ...] | None = None
    breakdown: str | None = None
    choices: tuple[str, ...] | None = None
    person: str | None = None
    office: str | None = None
    types: tuple[str, ...] | None = None
    limit: int = 50


def trail(snapshot: Snapshot, query: TrailQuery) -> list[TrailRow]:
    """Newest first."""
    values: dict[str, Any] = {name: getattr(query, name) for name in TrailQuery.__dataclass_fields__}
    values["lots"] = list(query.lots)
    for name in ("streams", "units", "types", "items", "choices"):
        values[name] = None if values[name] is None else list(values[name])
    rows = [{**row, "state": json.loads(row["state"])} for row in snapshot.fetch_named(SQL["trail"], values)]
    replaced = [
        (position, key) for row in rows for key, position in (row["state"].get("supersedes") or {}).items()
    ]
    before = _values(snapshot, replaced)
    positions = [row["position"] for row in rows]
    receipts = {at: rest for at, *rest in snapshot.fetch(SQL["receipts"], {"positions": positions})}
    told = []
    for row in rows:
        source, received_at = receipts.get(row["position"], (None, None))
        changes = _changes(row["type"], row["state"], before)
        told.append(TrailRow(**row, changes=changes, source=source, received_at=received_at))
    return told


def changed_between(
    snapshot: Snapshot,
    streams: Sequence[UUID],
    key: str,
    since: int,
    upto: int,
    types: Sequence[str],
    limit: int,
) -> list[int]:
    """Positions of events that set one cell in any of these streams in (since, upto], oldest first."""
    parameters = {
        "streams": list(streams), "key": key, "since": since, "upto": upto, "types": list(types), "limit": limit,
    }  # fmt: skip
    return [row[0] for row in snapshot.fetch(SQL["last_change"], parameters)]


def redefined_between(snapshot: Snapshot, election: str, registry: str, since: int, upto: int) -> list[int]:
    """Positions in (since, upto] of the election's definitions and of registrations of its areas, oldest first."""
    streams = [election_stream(election), registry_stream(registry)]
    parameters = {"streams": streams, "since": since, "upto": upto}
    return [row[0] for row in snapshot.fetch(SQL["redefined"], parameters)]


def _values(snapshot: Snapshot, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], str]:
    if not wanted:
        return {}
    parameters = {"positions": [position for position, _ in wanted], "keys": [key for _, key in wanted]}
    return {(row[0], row[1]): row[2] for row in snapshot.fetch(SQL["values_of"], parameters)}


def _changes(kind: str, state: dict[str, Any], before: dict[tuple[int, str], str]) -> tuple[CellChange, ...]:
    if kind not in FIGURES:
        return ()
    supersedes = state.get("supersedes") or {}
    return tuple(
        CellChange(
            key, before.get((supersedes[key], key)) if key in supersedes else None, text, supersedes.get(key)
        )
        for key, text in sorted(state["figures"].items())
    )
