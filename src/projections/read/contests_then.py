"""Sums over contests as they were known at a position: folded from the log, by the rule of the statement `over_contests`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from projections.read import Snapshot
from projections.read.asof import KnownThen, slot_parameters
from projections.read.contests import SQL, Piece, SumRow, SumsQuery, WantedSum, wanted_sums
from projections.read.sums import NOTHING, Parts, Stated, UnitSum, shown_rate
from reporting.domain.figures import Cell, Value, format_value, parse_value
from reporting.domain.items import ItemKind
from reporting.domain.layer import Layer
from reporting.domain.units import Node, Roster


@dataclass(frozen=True, slots=True)
class OverContests:
    """One sum over an area: both parts over the same units (of a count only `top`); `contests` of which `whole` are whole."""

    top: UnitSum = NOTHING
    bottom: UnitSum = NOTHING
    expected: int = 0
    withheld: int = 0
    contests: int = 0
    whole: int = 0


class Then:
    """Values of one slot by unit and cell, and the sums over contests they make."""

    def __init__(
        self, roster: Roster, form: str, geography: str, values: Mapping[str, Mapping[str, Value]]
    ) -> None:
        """`values`: cell key → unit → value."""
        self._roster, self._form, self._geography = roster, form, geography
        self._stated = {
            key: Stated.of(roster.on(Cell.from_key(key).contest, form), geography, said)
            for key, said in values.items()
        }
        self._below: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._expected: dict[tuple[str, str], int] = {}
        for contest in roster.contest_units:
            for unit in sorted(roster.reports_itself(contest)):
                for area in roster.places[unit].get(geography, ()):
                    self._below[contest, area].append(unit)
            for area, units in roster.expected(contest, form, geography).items():
                self._expected[contest, area] = len(units)

    def over(self, area: str, pieces: Iterable[Piece]) -> OverContests | None:
        """None where none of the contests is voted on in the area."""
        by_contest: dict[str, list[Piece]] = defaultdict(list)
        for piece in pieces:
            by_contest[piece.contest].append(piece)
        total = OverContests()
        for contest, those in by_contest.items():
            if expected := self._expected.get((contest, area), 0):
                total = _plus(total, self._of_contest(area, contest, self._entered(those), expected))
        return total if total.contests else None

    def _entered(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Those that somebody entered: a party's own, else those of the people on its list; all where nobody did."""
        entered: list[Piece] = []
        for below in (False, True):
            side = [piece for piece in pieces if piece.below is below]
            there = [piece for piece in side if piece.key in self._stated]
            own = [piece for piece in there if not piece.listed]
            entered += own or there or side
        return entered

    def _of_contest(self, area: str, contest: str, pieces: Sequence[Piece], expected: int) -> OverContests:
        units = self._below[contest, area]
        empty = Stated.of(self._roster.on(contest, self._form), self._geography, {})
        stated = [self._stated.get(piece.key, empty) for piece in pieces]
        withheld = sum(any(unit in cell.withheld for cell in stated) for unit in units)
        each = [cell.over(area, units) for cell in stated]
        if len(each) > 1 and not all(subtotal.reported == expected for subtotal in each):
            giving = [unit for unit in units if all(cell.counts(unit, area) for cell in stated)]
            each = [cell.over(area, giving) for cell in stated]
        reported = min(subtotal.reported for subtotal in each)
        top, bottom = (
            UnitSum(
                sum((subtotal.value for subtotal in side), NOTHING.value),
                reported,
                sum(subtotal.counted for subtotal in side),
            )
            for side in (
                [subtotal for subtotal, piece in zip(each, pieces, strict=True) if not piece.below],
                [subtotal for subtotal, piece in zip(each, pieces, strict=True) if piece.below],
            )
        )
        return OverContests(top, bottom, expected, withheld, 1, int(reported == expected))


def _plus(over_contests: OverContests, other: OverContests) -> OverContests:
    return OverContests(
        _both(over_contests.top, other.top), _both(over_contests.bottom, other.bottom), over_contests.expected + other.expected,
        over_contests.withheld + other.withheld, over_contests.contests + other.contests, over_contests.whole + other.whole,
    )  # fmt: skip


def _both(sum_: UnitSum, other: UnitSum) -> UnitSum:
    return UnitSum(sum_.value + other.value, sum_.reported + other.reported, sum_.counted + other.counted)


def slot_values(
    snapshot: Snapshot,
    election: KnownThen,
    form: str,
    slot: str,
    layer: Layer,
    keys: Sequence[str],
    position: int,
) -> dict[str, dict[str, Value]]:
    """Cell key → unit → value, of all units."""
    units = list(election.roster.places)
    asked = slot_parameters(election, form, slot, layer, position) | {"keys": list(keys)}
    values_by_key: dict[str, dict[str, Value]] = defaultdict(dict)
    for n, key, text in snapshot.fetch(SQL["slot_at"], asked):
        values_by_key[key][units[n - 1]] = parse_value(text)
    return dict(values_by_key)


def sums_at(snapshot: Snapshot, election: KnownThen, query: SumsQuery, position: int) -> list[SumRow]:
    """The rows `contests.sums` would have given when the log ended at `position`; by area code, then sum."""
    wanted = wanted_sums(election.definition, query)
    keys = sorted({piece.key for sought in wanted for piece in sought.pieces})
    values = slot_values(snapshot, election, query.form, query.slot, query.layer, keys, position)
    then = Then(election.roster, query.form, query.geography, values)
    rows: list[SumRow] = []
    for (geography, code), node in sorted(election.roster.nodes.items()):
        if geography != query.geography or query.level not in (None, node.level):
            continue
        if query.areas is not None and code not in query.areas:
            continue
        for n, wanted_sum in enumerate(wanted, 1):
            if query.after is not None and (code, n) <= query.after:
                continue
            if (total := then.over(code, wanted_sum.pieces)) is not None:
                rows.append(_row(query, wanted_sum, n, node, total))
            if len(rows) == query.limit:
                return rows
    return rows


def _row(
    query: SumsQuery,
    wanted_sum: WantedSum,
    n: int,
    node: Node,
    of: OverContests,
) -> SumRow:
    if wanted_sum.item.kind is ItemKind.RATE:
        shown = shown_rate(Parts(of.top, of.bottom), of.expected, of.withheld, 0, wanted_sum)
        value, numerator, denominator = shown.value, shown.numerator, shown.denominator
    else:
        value = format_value(of.top.value) if of.top.counted else None
        numerator = denominator = None
    return SumRow(
        query.geography, node.code, node.official_code, node.name, node.name_en, node.level, n, wanted_sum.item.code, query.breakdown, wanted_sum.choice, wanted_sum.choice_name,
        wanted_sum.identity, value, of.top.reported, of.expected, of.withheld, of.whole, of.contests, numerator, denominator,
    )  # fmt: skip
