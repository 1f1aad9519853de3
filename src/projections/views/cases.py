"""Where each return stands: the pure fold of its stream, run again whenever the stream moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from projections.views.incidents import TYPES as INCIDENTS
from projections.views.incidents import fold_incidents
from projections.views.lots import TYPES as LOTS
from projections.views.lots import fold_lots, moved_lots
from projections.views.polling_places import TYPES as PLACES
from projections.views.polling_places import fold_polling_places
from reporting.database.connect import together
from reporting.database.sql import load
from reporting.domain.actor import By
from reporting.domain.case import ReturnCase
from reporting.domain.workflow import Workflow
from reporting.domain.workflow_events import FiguresReleased, SlotReleased
from reporting.ledger import released_stream
from reporting.ledger.registry import decode, recorded

SQL = load(__package__)
STREAMS_AT_ONCE = 250
"""More, and Python's collector of garbage walks the cases of all of them again and again: a quarter of the time."""

RELEASES = [SlotReleased.type]
Spans = Mapping[str, tuple[int, int]]
"""Type of event → first and last position of some part of the log at which one stands."""

Chains = dict[int, dict[int, tuple[tuple[str, str], ...]]]
"""Election → unit → (level, area) of every office that looks at its returns, lowest first."""


class MovedReturns(NamedTuple):
    """Answers, which may still be on their way: counts of contests with lots that the fold moved, and elections with a workflow."""

    lots: Iterable[tuple[Any, ...]]
    workflows: Iterable[tuple[Any, ...]]


def ask_moved(connection: Connection[Any], after: int) -> MovedReturns:
    """Sent, not waited for."""
    return MovedReturns(moved_lots(connection, after), connection.execute(SQL["workflow_elections"]))


def refold_cases(connection: Connection[Any], upto: int) -> None:
    """Every return anew, as a rebuild at `upto` makes them: after definitions chains of offices may be others, or there may
    be none, and what stood of returns under the definition before is no part of that."""
    connection.execute(SQL["drop_cases"])
    fold_cases(connection, 0, upto)


def fold_cases(
    connection: Connection[Any],
    after: int,
    upto: int,
    spans: Spans | None = None,
    elsewhere: Callable[[], None] | None = None,
    moved: MovedReturns | None = None,
) -> None:
    """Refold every return of an election with a workflow that the fold of (after, upto] in this transaction moved (all of them
    when it is 0), and lots likewise; add releases, and what
    polling places sent and of incidents was told, in (after, upto]. `spans`: of that part, where they are known; `elsewhere`:
    refolds all the returns, in transactions of its own; `moved`: what `ask_moved` has sent for after that fold."""
    if spans is None:
        asked = {"after": after, "upto": upto, "types": [*RELEASES, *LOTS, *PLACES, *INCIDENTS]}
        spans = {kind: (first, last) for kind, first, last in connection.execute(SQL["spans"], asked)}
    if releases := _part(spans, RELEASES):
        connection.execute(SQL["put_releases"], {"after": releases[0], "upto": releases[1]})
    if moved is None:
        with together(connection, 2):
            moved = ask_moved(connection, after)
    fold_lots(connection, upto, moved.lots, _part(spans, LOTS))
    if places := _part(spans, PLACES):
        fold_polling_places(connection, *places)
    if incidents := _part(spans, INCIDENTS):
        fold_incidents(connection, *incidents)
    elections = _workflows(moved.workflows)
    if not elections:
        return
    if elsewhere is not None:
        elsewhere()
    else:
        which = SQL["moved_returns" if after else "all_returns"]
        touched = connection.execute(which, {"elections": list(elections)}).fetchall()
        units: dict[int, set[int]] = defaultdict(set)
        for _, election_no, _, _, unit_no in touched:
            units[election_no].add(unit_no)
        chains = {number: _chains(connection, number, elections[number], units[number]) for number in units}
        for part in _parts(touched):
            _refold(connection, part, upto, chains, anew=not after)
    _fold_released_methods(connection, after, upto)


def _part(spans: Spans, types: Iterable[str]) -> tuple[int, int] | None:
    """(after, upto] that holds all events of these types; None where there are none."""
    ends = [spans[kind] for kind in types if kind in spans]
    return (min(first for first, _ in ends) - 1, max(last for _, last in ends)) if ends else None


def refold_between(
    connection: Connection[Any], upto: int, low: str, high: str, told: Callable[[int], None]
) -> None:
    """Every return whose stream is one of these, a part at a time. `told`: of how many are done."""
    elections = _workflows(connection.execute(SQL["workflow_elections"]))
    chains = {number: _chains(connection, number, workflow) for number, workflow in elections.items()}
    done = 0
    asked = {"elections": list(elections), "after": None, "low": low, "high": high, "limit": STREAMS_AT_ONCE}
    while part := connection.execute(SQL["returns_between"], asked).fetchall():
        _refold(connection, part, upto, chains, anew=True)
        asked["after"] = part[-1][0]
        done += len(part)
        told(done)


def _workflows(rows: Iterable[tuple[Any, ...]]) -> dict[int, Workflow]:
    """Of the elections whose returns go through offices."""
    return {number: Workflow.model_validate(told) for number, told in rows}


def _refold(
    connection: Connection[Any],
    rows: list[tuple[Any, ...]],
    upto: int,
    chains: Chains,
    *,
    anew: bool,
) -> None:
    """`anew`: none of them has a case yet."""
    cases = [ReturnCase() for _ in rows]
    last: list[tuple[int, Any]] = [(0, None)] * len(rows)
    asked = {"streams": [row[0] for row in rows], "upto": upto}
    for place, position, at, type_, version, state, *by in connection.execute(SQL["case_deeds"], asked):
        cases[place - 1].apply(decode(type_, version, bytes(state), position), position, By(*by))
        last[place - 1] = position, at
    values, discrepancies, methods = list[dict[str, Any]](), [], []
    for (stream, election_no, form, slot, unit_no), case, (position, changed_at) in zip(
        rows, cases, last, strict=True
    ):
        chain = chains[election_no].get(unit_no, ())
        levels = [level for level, _ in chain]
        next_level = case.next_level(levels) if case.submitted_by else None
        values.append(
            {
                "stream_id": stream,
                "election_no": election_no,
                "form": form,
                "slot": slot,
                "unit_no": unit_no,
                "status": case.status(levels).value,
                "next_level": next_level,
                "next_area": dict(chain).get(next_level) if next_level else None,
                "owner_office": case.owner_office,
                "submitted_by": case.submitted_by.office if case.submitted_by else None,
                "sent_back": sorted(case.sent_back()),
                "edited_above": sorted(case.unanswered()),
                "objected": sorted(key for key, cell in case.cells.items() if cell.objected),
                "position": position,
                "changed_at": changed_at,
            }
        )
        discrepancies += [
            {
                "stream_id": stream,
                "key": discrepancy.key,
                "rule": discrepancy.rule,
                "difference": discrepancy.difference,
                "reason_class": discrepancy.reason_class,
                "declared_at": discrepancy.declared_at,
                "declared_office": discrepancy.declared_by.office,
                "confirmed": discrepancy.confirmed_by is not None,
                "closed_at": discrepancy.closed_at,
                "correction": discrepancy.correction,
            }
            for discrepancy in case.discrepancies.values()
        ]
        methods += [
            {"stream_id": stream, **asdict(partial), "layer": partial.layer.code} for partial in case.partials
        ]
    with connection.cursor() as cursor:
        if anew:
            with cursor.copy(SQL["copy_cases"]) as copy:
                for row in values:
                    copy.write_row(tuple(row.values()))
        else:
            cursor.executemany(SQL["put_case"], values)
        if methods:
            cursor.executemany(SQL["put_method"], methods)
        if discrepancies:
            cursor.executemany(SQL["put_discrepancy"], discrepancies)


def _fold_released_methods(connection: Connection[Any], after: int, upto: int) -> None:
    """What is public rests on what it did when it was released, whatever its return has come to say since; after the
    returns, which say so of themselves."""
    returns: dict[UUID, UUID] = {}
    for stream, *where in connection.execute(SQL["partial_returns"]).fetchall():
        returns[released_stream(*where)] = stream
    if not returns:
        return
    asked = {"streams": list(returns), "after": after, "upto": upto}
    for row in connection.execute(SQL["released_deeds"], asked).fetchall():
        released = recorded(row)
        event = released.event
        assert isinstance(event, FiguresReleased)
        values = {"stream_id": returns[released.stream_id], "position": released.position}
        connection.execute(SQL["end_released_method"], values)
        values |= {"method": event.method, "places": event.places, "of_places": event.of_places}
        connection.execute(SQL["put_released_method"], values)


def _chains(
    connection: Connection[Any], election_no: int, workflow: Workflow, units: Iterable[int] | None = None
) -> dict[int, tuple[tuple[str, str], ...]]:
    """`units`: of these alone; where one return moved, a country of others is not read."""
    paths: dict[tuple[int, str], list[tuple[str, str]]] = defaultdict(list)
    parameters = {
        "election_no": election_no,
        "geography": workflow.geography,
        "units": None if units is None else list(units),
    }
    for unit_no, unit, level, code in connection.execute(SQL["unit_paths"], parameters):
        paths[unit_no, unit].append((level, code))
    return {unit_no: workflow.chain(unit, path) for (unit_no, unit), path in paths.items()}


def _parts(rows: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    return [rows[start : start + STREAMS_AT_ONCE] for start in range(0, len(rows), STREAMS_AT_ONCE)]
