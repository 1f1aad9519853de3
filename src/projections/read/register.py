"""The register of declared differences as it was at a ledger position: returns folded again from their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from projections.read import ElectionRow, Snapshot
from projections.read.desk import SQL, DifferencesWanted, DiscrepancyRow
from reporting.domain.case import ReturnCase
from reporting.ledger.registry import recorded_by


def register_at(
    snapshot: Snapshot,
    election: ElectionRow,
    position: int,
    wanted: DifferencesWanted,
    units: Sequence[str] | None,
    limit: int,
) -> list[DiscrepancyRow]:
    """Oldest declaration first; `units`: those the reader's office reaches, None: all. Only returns that have an entry today can have had
    one then."""
    asked = {
        "election_no": election.number,
        "upto": position,
        "units": None if units is None else list(units),
    }
    returns, reached = {}, set()
    for stream, within, *place in snapshot.fetch(SQL["declared_returns"], asked):
        unit, _, form, slot = place
        if not wanted.holds(form, slot, unit):
            continue
        returns[stream] = place
        if within:
            reached.add(stream)
    cases: dict[UUID, ReturnCase] = defaultdict(ReturnCase)
    times: dict[int, datetime] = {}
    for row in snapshot.fetch(SQL["deeds_until"], {"streams": list(returns), "upto": position}):
        stored, by = recorded_by(row)
        cases[stored.stream_id].apply(stored.event, stored.position, by)
        times[stored.position] = stored.recorded_at
    told = [
        discrepancy
        for stream in reached
        if stream in cases
        for discrepancy in cases[stream].discrepancies.values()
    ]
    at = [
        at
        for discrepancy in told
        for at in (discrepancy.declared_at, discrepancy.closed_at)
        if at is not None
    ]
    words: dict[int, str] = dict(snapshot.fetch(SQL["words_at"], {"positions": at}))
    rows = [
        DiscrepancyRow(*(
            *returns[stream], discrepancy.key, discrepancy.rule, discrepancy.difference, discrepancy.reason_class, discrepancy.declared_at,
            times[discrepancy.declared_at], discrepancy.declared_by.office, discrepancy.confirmed_by is not None, discrepancy.closed_at, discrepancy.correction,
            case.owner_office, None if discrepancy.closed_at is None else times[discrepancy.closed_at], words.get(discrepancy.declared_at),
            discrepancy.closed_class or None, None if discrepancy.closed_at is None else words.get(discrepancy.closed_at),
        ))
        for stream, case in cases.items()
        for discrepancy in case.discrepancies.values()
        if not (wanted.only_open and discrepancy.closed_at is not None)
        and (stream in reached or (not wanted.own_reach and discrepancy.reason_class != "altered"))
        and (wanted.after is None or (discrepancy.declared_at, returns[stream][0], discrepancy.key) > wanted.after)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.declared_at, row.unit, row.key))[:limit]
