"""The blast radius of a correction: everything it would move, before anybody presses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from projections.read import ElectionRow, Snapshot
from projections.read.lots import standing_lots
from projections.read.stakes import leaders, open_doubts, stake_of
from projections.read.sums import Parts, UnitSum, gave, rate_of_parts
from reporting.database.sql import load
from reporting.domain.figures import Absence, Cell, Value, format_value, parse_value, trimmed
from reporting.domain.items import Item, ItemKind, cells_of, counted_by_choice
from reporting.domain.layer import ENTERED, Layer
from reporting.rules.lots import drawn

SQL = load(__package__)

Sums = tuple[Decimal, Decimal, int, int]
"""Sum before and after, units with a number before and after."""
_Area = tuple[str, str, str, str]
"""Geography, code, name, level."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One total, or rate, before and after."""

    geography: str
    area: str
    name: str
    level: str
    item: str
    breakdown: str
    choice: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another place where the value stands: a slot, an approval or a release."""

    form: str
    slot: str
    layer: Layer
    cell: str
    value: str


@dataclass(frozen=True, slots=True)
class OutcomeMoved:
    """Who leads a contest (its seats), before and after; `by_lot`: those of them afterwards that a lot gave their seat, where
    it would still hold. `margin`: votes afterwards between the last on its seats and the
    first who is not; `open_doubt`: ballots of differences declared and not resolved, the largest of each unit;
    `at_stake`: choices whose seat they could turn over; `lines_at_stake`: `line/choice` that they could carry across a
    statutory line."""

    contest: str
    before: list[str]
    after: list[str]
    by_lot: list[str]
    margin: str | None
    open_doubt: str
    at_stake: list[str]
    lines_at_stake: list[str]

    @property
    def changes(self) -> bool:
        return set(self.before) != set(self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a correction would move, all of it, without making it."""

    totals: list[Moved]
    elsewhere: list[Elsewhere]
    outcomes: list[OutcomeMoved]


@dataclass(frozen=True, slots=True)
class UnitChange:
    """New values of one unit's cells in one slot, and what they hold now."""

    unit: str
    changes: Mapping[str, Value]
    before: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MayBeTold:
    """What may be told: `areas` as `geography/code` (None: all), contests whose outcome (None: all)."""

    areas: frozenset[str] | None = None
    contests: frozenset[str] | None = None

    def reaches(self, geography: str, area: str) -> bool:
        return self.areas is None or f"{geography}/{area}" in self.areas


EVERYTHING = MayBeTold()


def preview(
    snapshot: Snapshot,
    election: ElectionRow,
    form: str,
    slot: str,
    unit: str,
    changes: Mapping[str, Value],
    told: MayBeTold = EVERYTHING,
) -> Preview:
    """Every total and rate above the unit, every other place the old values stand, and who would lead."""
    return preview_together(snapshot, election, form, slot, [UnitChange(unit, changes)], told)


def preview_together(
    snapshot: Snapshot,
    election: ElectionRow,
    form: str,
    slot: str,
    returns: Sequence[UnitChange],
    told: MayBeTold = EVERYTHING,
) -> Preview:
    """The same for several units of one slot at once."""
    items = {item.code: item for item in election.definition.items}
    rates = [item for item in items.values() if item.kind is ItemKind.RATE]
    pairs = _pairs(returns, rates, items)
    changed = {key for return_ in returns for key in return_.changes}
    keys = changed | {key for pair in pairs for key in (pair.top, pair.bottom)}
    where = {
        "election_no": election.number,
        "form": form,
        "slot": slot,
        "kept": election.definition.units.kept(form),
    }
    sums: dict[_Area, dict[str, Sums]] = {}
    elsewhere: list[Elsewhere] = []
    held: dict[str, UnitChange] = {}
    for given in returns:
        standing = elsewhere_of(snapshot, election, given.unit, sorted(keys))
        before = {
            figure.cell: parse_value(figure.value)
            for figure in standing
            if (figure.form, figure.slot, figure.layer) == (form, slot, ENTERED)
        }
        held[given.unit] = replace(given, before=before)
        elsewhere += [
            figure
            for figure in standing
            if (figure.form, figure.slot, figure.layer) != (form, slot, ENTERED)
            and figure.cell in given.changes
        ]
        rows = _rows(snapshot, "above_unit", **where, unit=given.unit, keys=sorted(given.changes))
        rows = [row for row in rows if told.reaches(row[0], row[1])]
        _add(sums, rows, held[given.unit])
    moved = _moved(sums, sorted(changed))
    if pairs:
        by_keys: dict[tuple[str, str], list[_Pair]] = {}
        for pair in pairs:
            by_keys.setdefault((pair.top, pair.bottom), []).append(pair)
        tops, bottoms = [top for top, _ in by_keys], [bottom for _, bottom in by_keys]
        others = _rows(snapshot, "others_pairs", **where, units=list(held), tops=tops, bottoms=bottoms)
        moved += _rates([row for row in others if told.reaches(row[0], row[1])], by_keys, held)
    outcomes = _outcomes(snapshot, election, form, slot, list(held.values()), items, told)
    return Preview(moved, elsewhere, outcomes)


def elsewhere_of(
    snapshot: Snapshot, election: ElectionRow, unit: str, keys: Sequence[str]
) -> list[Elsewhere]:
    """Every place where these cells of a unit hold anything."""
    rows = _rows(snapshot, "standing", election_no=election.number, unit=unit, keys=list(keys))
    return [
        Elsewhere(form, slot, Layer(layer), cell, trimmed(value))
        for form, slot, layer, cell, value, _ in rows
    ]


def _add(sums: dict[_Area, dict[str, Sums]], rows: Sequence[Any], unit_change: UnitChange) -> None:
    """What a unit's new values add to every area above it."""
    changes, before = unit_change.changes, unit_change.before
    for geography, code, name, level, _, key, value, _, counted, _ in rows:
        delta, more = Decimal(0), 0
        if key in changes:
            delta = _number(changes[key]) - _number(before.get(key))
            more = int(isinstance(changes[key], Decimal)) - int(isinstance(before.get(key), Decimal))
        of_area = sums.setdefault((geography, code, name, level), {})
        held = Decimal(value or 0)
        old, new, units, units_after = of_area.get(key, (held, held, counted, counted))
        of_area[key] = (old, new + delta, units, units_after + more)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The cells of a rate that a change touches; `cell`: the rate's own place."""

    item: Item
    cell: Cell
    top: str
    bottom: str


def _pairs(returns: Sequence[UnitChange], rates: Sequence[Item], items: Mapping[str, Item]) -> list[_Pair]:
    """Every rate one of whose parts is changed; by choice where it is counted so."""
    pair_by_keys: dict[tuple[str, str, str], _Pair] = {}
    changes = sorted({key for return_ in returns for key in return_.changes})
    for cell in map(Cell.from_key, changes):
        for item in rates:
            if cell.item not in item.parts:
                continue
            asked = [cell.choice]
            if counted_by_choice(item, items) and not items[cell.item].by_choice:
                asked = [
                    other.choice
                    for other in map(Cell.from_key, changes)
                    if other.contest == cell.contest and other.choice
                ]
            for choice in asked:
                top, bottom = cells_of(item, items, cell.contest, cell.breakdown, choice)
                assert bottom is not None
                place = Cell(cell.contest, item.code, cell.breakdown, choice)
                pair_by_keys.setdefault(
                    (item.code, top.key, bottom.key), _Pair(item, place, top.key, bottom.key)
                )
    return list(pair_by_keys.values())


def _moved(sums: Mapping[_Area, Mapping[str, Sums]], changed: Sequence[str]) -> list[Moved]:
    moved: list[Moved] = []
    for area, totals in sums.items():
        for key in changed:
            if key in totals:
                old, new, counted, after = totals[key]
                cell = Cell.from_key(key)
                moved.append(
                    Moved(
                        *area, cell.item, cell.breakdown, cell.choice,
                        format_value(old) if counted else None, format_value(new) if after else None,
                    )
                )  # fmt: skip
    return moved


def _rates(
    others: Sequence[Any],
    by_keys: Mapping[tuple[str, str], Sequence[_Pair]],
    held: Mapping[str, UnitChange],
) -> list[Moved]:
    """Rates of the units that gave both parts: the others' sums, and the own parts of those that change, before and after. A
    progress, as everywhere, only where all units of the area gave them."""
    moved = []
    for (
        geography,
        code,
        name,
        level,
        units,
        top,
        bottom,
        above,
        below,
        above_units,
        below_units,
        both,
        expected,
    ) in others:
        rest = Parts(
            UnitSum(Decimal(above), both, counted=above_units),
            UnitSum(Decimal(below), both, counted=below_units),
        )
        old = new = rest
        for given in (held[unit] for unit in units):
            after = {**given.before, **given.changes}
            old = _with_unit(old, given.before.get(top), given.before.get(bottom))
            new = _with_unit(new, after.get(top), after.get(bottom))
        for pair in by_keys[top, bottom]:
            values = [
                rate_of_parts(parts, pair.item)
                if parts.top.reported == expected or not pair.item.progress
                else None
                for parts in (old, new)
            ]
            shown = [None if value is None else format(value, "f") for value in values]
            cell = pair.cell
            moved.append(
                Moved(
                    geography, code, name, level, cell.item, cell.breakdown, cell.choice, shown[0], shown[1]
                )
            )
    return moved


def _with_unit(rest: Parts, top: Value | None, bottom: Value | None) -> Parts:
    if not gave(top) or not gave(bottom):
        return rest
    return Parts(_plus(rest.top, top), _plus(rest.bottom, bottom))


def _plus(rest: UnitSum, value: Value | None) -> UnitSum:
    return UnitSum(
        rest.value + _number(value), rest.reported + 1, counted=rest.counted + isinstance(value, Decimal)
    )


def _outcomes(
    snapshot: Snapshot,
    election: ElectionRow,
    form: str,
    slot: str,
    returns: Sequence[UnitChange],
    items: Mapping[str, Item],
    told: MayBeTold,
) -> list[OutcomeMoved]:
    outcomes = []
    doubts, lots = open_doubts(snapshot, election), standing_lots(snapshot, election, form, slot)
    contests = {contest.code: contest for contest in election.definition.contests}
    cells = [Cell.from_key(key) for return_ in returns for key in return_.changes]
    for code, item in sorted(
        {(c.contest, c.item) for c in cells if c.choice and items[c.item].by_choice and not c.breakdown}
    ):
        if told.contests is not None and code not in told.contests:
            continue
        contest = contests[code]
        rows = _rows(
            snapshot, "contest_totals", election_no=election.number, form=form, slot=slot, contest=code, item=item,
            geography=contest.area.geography, area=contest.area.area,
        )  # fmt: skip
        votes = {choice: Decimal(value) for choice, value in rows}
        after = dict(votes)
        for given in returns:
            for key, value in given.changes.items():
                cell = Cell.from_key(key)
                if (cell.contest, cell.item) == (code, item) and not cell.breakdown:
                    held = after.get(cell.choice, Decimal(0))
                    after[cell.choice] = held + _number(value) - _number(given.before.get(key))
        stake = stake_of(contest, item, after, doubts.get(code, Decimal(0)), lots)
        outcomes.append(
            OutcomeMoved(
                code,
                leaders(votes, contest.seats, drawn(lots, code, item, votes, contest.seats)),
                stake.leaders,
                stake.by_lot,
                None if stake.margin is None else format_value(stake.margin),
                format_value(stake.open_doubt),
                stake.at_stake,
                stake.lines_at_stake,
            )
        )
    return outcomes


def _number(value: Value | None) -> Decimal:
    return Decimal(0) if value is None or isinstance(value, Absence) else value


def _rows(snapshot: Snapshot, query: str, **values: Any) -> list[Any]:
    return snapshot.fetch(SQL[query], values)
