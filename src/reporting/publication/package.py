"""A release as a package of files: the very bytes, made again from the ledger whenever they are asked for.

Everything comes from events up to the release, in a fixed order and form; the manifest's hash stands in the release's
event, so a package that is made again later can be compared with what was published.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.counting import CountingUnits
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Absence, Cell, Value, format_value, parse_value, rate
from reporting.domain.items import Item, ItemKind, cells_of
from reporting.domain.released import NOT_REPORTED, ReleasedLot, kinds_in
from reporting.domain.units import Roster
from reporting.domain.workflow_events import SlotReleased
from reporting.ledger.registry import canonical

LAYOUT = 12
"""Of a package made now. 1: changes.csv and manifest.json say neither what happened to a figure nor which units are whole. 2:
manifest.json does not say of which units one person alone stands behind the figures. 3: rates of totals.csv are given where
equally many units gave each part, whichever these were. 4: no lots.csv. 5: no word of returns that rest on a sample or an estimate.
6: totals.csv adds a divided unit to its parts, and leaves units that lie in an area only in part out of its N. 7: what a unit's
figures rest on is what its return said at that moment, released or not. 8: a progress of an area is that of the units that gave
both parts, however few, and a rate's units are counted without those that a divided unit stands for. 9: a divided unit stands for all of its parts in every area that it counts in, also for
those that lie elsewhere. 10: manifest.json does not say whose figures rest on another count than before. 11: totals.csv
counts the parts of a divided unit also of a form that the unit itself goes on reporting."""
BY_FORM = 12
"""Layout since which N is of the form: a unit that goes on reporting one is one of it, and its parts are not."""
TELLS_BASES = 11
"""Layout since which a change of what figures rest on is told, also where no figure moved."""
STANDS_WHERE = 10
"""Layout since which a divided unit stands for those of its parts that an area's N counts."""
PROGRESS_WHOLE = 9
"""Layout since which rates of totals.csv count units as the totals do, and a progress of an area is given only where all of
its units gave both parts."""
AS_RELEASED = 8
"""Layout since which what a unit's public figures rest on is what those figures did when they were approved."""
COUNTED_ONCE = 7
"""Layout since which figures of totals.csv count as in the totals: where units report for each other, once (`Counting`)."""
BOTH_PARTS = 4
"""Layout since which rates are of the units that gave both parts."""
FIGURE_COLUMNS = ("unit", "unit_name", "contest", "item", "breakdown", "choice", "value")
TOTAL_COLUMNS = (
    "geography", "level", "area", "area_name", "contest", "item", "breakdown", "choice", "value", "reported", "expected",
)  # fmt: skip

CHANGE_COLUMNS = (
    "unit", "contest", "item", "breakdown", "choice", "before", "after", "office", "reason_class", "approved_by",
)  # fmt: skip
WITH_METHODS = 6
"""Layout since which returns that rest on a sample say so, n of N, and totals how many of them they hold."""
METHOD_COLUMNS = ("method", "places", "of_places")
WITH_LOTS = 5
"""Layout since which who won by lot is part of a release."""
LOT_COLUMNS = (
    "contest", "item", "among", "winners", "votes", "source_class", "recorded", "confirmed", "state", "overtaken", "override",
    "alone", "kind",
)  # fmt: skip
TOLD = ("kind", "withdrawn")
"""Columns of changes.csv since layout 2; `before` is empty since then where nothing was public."""


@dataclass(frozen=True, slots=True)
class Package:
    """File name → bytes; `manifest.json` names the others with their SHA-256."""

    files: Mapping[str, bytes]

    @property
    def manifest_sha256(self) -> str:
        return hashlib.sha256(self.files["manifest.json"]).hexdigest()


def build(
    definition: ElectionDefinition,
    roster: Roster,
    head: SlotReleased,
    public: Mapping[str, Mapping[str, str]],
    partial: Mapping[str, CountMethod],
) -> Package:
    """`public`: unit → cell key → value text, as this release made them public; `partial`: units whose return is not of the
    whole count. `head.package` is not looked at."""
    told = head.layout >= WITH_METHODS
    figures = _csv(
        (*FIGURE_COLUMNS, *METHOD_COLUMNS) if told else FIGURE_COLUMNS,
        _figures(roster, public, partial if told else None),
    )
    totals = _csv(
        (*TOTAL_COLUMNS, "sampled") if told else TOTAL_COLUMNS,
        _totals(definition, roster, head, public, partial),
    )
    changes = _csv(CHANGE_COLUMNS if head.layout == 1 else (*CHANGE_COLUMNS, *TOLD), _changes(head))
    files = {"changes.csv": changes, "figures.csv": figures, "totals.csv": totals}
    if head.layout >= WITH_LOTS:
        files["lots.csv"] = _csv(LOT_COLUMNS, map(_lot, head.lots))
    manifest = {
        "election": head.election,
        "isTest": definition.is_test,
        "form": head.form,
        "slot": head.slot,
        "release": head.release,
        "number": head.number,
        "events": {"from": 1, "to": head.upto},
        "coverage": {"approved": head.approved, "expected": head.expected},
        "underCorrection": list(head.under_correction),
        **({} if head.layout == 1 else _told(head)),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    return Package({**files, "manifest.json": canonical(manifest) + b"\n"})


def _told(head: SlotReleased) -> dict[str, object]:
    """What later layouts say in their manifest beside layout 1."""
    return {
        "layout": head.layout,
        "coverage": {"approved": head.approved, "expected": head.expected, "whole": head.whole},
        "incomplete": {lacking.unit: list(lacking.cells) for lacking in head.incomplete},
        "kinds": [
            kind.value for kind in kinds_in(head.changes, () if head.number == 1 else head.lots, head.bases)
        ],
        "corrections": head.corrections,
        **({} if head.layout == 2 else {"singleHanded": list(head.single_handed)}),
        **({} if head.layout < WITH_LOTS else {"lotNotices": head.lot_notices}),
        **({} if head.layout < TELLS_BASES else {"bases": [basis.model_dump() for basis in head.bases]}),
    }


def _lot(lot: ReleasedLot) -> tuple[str, ...]:
    """`recorded`, `confirmed`, `overtaken`: ledger positions; `among`, `winners`: codes with spaces between."""
    state = "in_force" if lot.overtaken is None else "overtaken"
    overtaken = "" if lot.overtaken is None else str(lot.overtaken)
    return (
        lot.contest, lot.item, " ".join(lot.among), " ".join(lot.winners), lot.votes, lot.source_class,
        str(lot.recorded), str(lot.confirmed), state, overtaken, str(lot.override).lower(), str(lot.alone).lower(),
        lot.kind or "",
    )  # fmt: skip


def _changes(head: SlotReleased) -> Iterable[tuple[str, ...]]:
    for change in head.changes:
        cell = Cell.from_key(change.cell)
        before = NOT_REPORTED if change.before is None and head.layout == 1 else change.before or ""
        told = () if head.layout == 1 else (change.kind.value, change.withdrawn or "")
        yield (
            change.unit, cell.contest, cell.item, cell.breakdown, cell.choice, before, change.after, change.office,
            change.reason_class or "", change.approved_by or "", *told,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CountMethod:
    """That a return is not of the whole count: `method` sample (of so many places of so many) or estimate."""

    method: str
    places: int | None
    of_places: int | None

    @property
    def columns(self) -> tuple[str, ...]:
        """METHOD_COLUMNS."""
        return (self.method, *("" if n is None else str(n) for n in (self.places, self.of_places)))


WHOLE = CountMethod("full", None, None)


def _figures(
    roster: Roster, public: Mapping[str, Mapping[str, str]], partial: Mapping[str, CountMethod] | None
) -> Iterable[tuple[str, ...]]:
    """`partial` None: of a layout that says nothing of it."""
    for unit in sorted(public):
        method = () if partial is None else partial.get(unit, WHOLE).columns
        for key, text in sorted(public[unit].items()):
            cell = Cell.from_key(key)
            place = (unit, roster.units[unit].name)
            yield (*place, cell.contest, cell.item, cell.breakdown, cell.choice, text, *method)


def _totals(
    definition: ElectionDefinition,
    roster: Roster,
    head: SlotReleased,
    public: Mapping[str, Mapping[str, str]],
    partial: Mapping[str, CountMethod],
) -> Iterable[tuple[str, ...]]:
    """Sums over every area of every geography; rates of the sums over the units that gave both parts; `sampled`: how many
    of the units in it rest on a sample or an estimate."""
    sums: dict[tuple[str, str, str], list[Decimal]] = defaultdict(
        lambda: [Decimal(0), Decimal(0), Decimal(0)]
    )
    units_of: dict[tuple[str, str], list[str]] = defaultdict(list)
    once = head.layout >= COUNTED_ONCE
    by_form = head.form if head.layout >= BY_FORM else ""
    counted_once = _Once(roster, by_form, public if once else {}, where=head.layout >= STANDS_WHERE)
    for unit, figures in public.items():
        for geography, path in roster.places[unit].items():
            for area in path:
                units_of[geography, area].append(unit)
        for key, text in figures.items():
            value: Value = parse_value(text)
            for geography, path in roster.places[unit].items():
                for area in path:
                    row = sums[geography, area, key]
                    if not counted_once.counts(unit, key, geography, area):
                        continue
                    if isinstance(value, Decimal):
                        row[0] += value
                        row[2] += 1
                    if isinstance(value, Decimal) or value is Absence.NONE:
                        row[1] += counted_once.weight(unit, key, geography, area)
    expected = _expected(roster, by_form, once)
    form = definition.form(head.form)
    items = {item.code: item for item in definition.items}
    rates = [item for item in definition.items if item.kind is ItemKind.RATE and item.code in form.items]
    rows: list[tuple[str, ...]] = []
    for (geography, area, key), (total, reported, counted) in sums.items():
        if (node := roster.nodes.get((geography, area))) is None:
            continue
        cell = Cell.from_key(key)
        place = (geography, node.level, area, node.name, cell.contest)
        units_there = str(expected[geography, area, cell.contest])
        shown = format_value(total) if counted else ""
        members = [unit for unit in units_of[geography, area] if unit in partial]

        def sampled(*keys: str, members: Sequence[str] = members) -> tuple[str, ...]:
            if head.layout < WITH_METHODS:
                return ()
            return (str(sum(all(_gave(public[unit].get(key)) for key in keys) for unit in members)),)

        count = (shown, str(reported), units_there, *sampled(key))
        rows.append((*place, cell.item, cell.breakdown, cell.choice, *count))
        for item in rates:
            if item.numerator != cell.item:
                continue
            _, below = cells_of(item, items, cell.contest, cell.breakdown, cell.choice)
            divisor = below.key if below else ""
            if head.layout < BOTH_PARTS:
                of = _of_equally_many(
                    item, sums.get((geography, area, key)), sums.get((geography, area, divisor))
                )
            else:
                counting = [
                    unit
                    for unit in units_of[geography, area]
                    if counted_once.counts(unit, key, geography, area)
                    and counted_once.counts(unit, divisor, geography, area)
                ]
                of = _of_both(item, [(public[unit].get(key), public[unit].get(divisor)) for unit in counting])
                gave = sum(
                    counted_once.weight(unit, key, geography, area)
                    for unit in counting
                    if _gave(public[unit].get(key)) and _gave(public[unit].get(divisor))
                )
                if head.layout >= PROGRESS_WHOLE:
                    ended = not item.progress or gave == expected[geography, area, cell.contest]
                    of = _Rate(of.text if ended else "", gave)
            share = (of.text, str(of.units), units_there, *sampled(key, divisor))
            rows.append((*place, item.code, cell.breakdown, cell.choice, *share))
    return sorted(rows)


def _expected(roster: Roster, form: str, once: bool) -> Mapping[tuple[str, str, str], int]:
    """N of each (geography, area, contest)."""
    units_there: dict[tuple[str, str, str], int] = defaultdict(int)
    for contest, units in roster.contest_units.items():
        if once:
            for geography in {geography for geography, _ in roster.nodes}:
                for area, members in roster.expected(contest, form, geography).items():
                    units_there[geography, area, contest] = len(members)
            continue
        for unit in units:
            for geography, path in roster.places[unit].items():
                for area in path:
                    units_there[geography, area, contest] += 1
    return units_there


class _Once:
    """Whose figures count where, of what is public; before `COUNTED_ONCE` nothing is given and all do."""

    def __init__(
        self, roster: Roster, form: str, public: Mapping[str, Mapping[str, str]], *, where: bool
    ) -> None:
        """`form`: "" before `BY_FORM`; `where`: a divided unit stands for its parts of the area alone, as since `STANDS_WHERE`."""
        self._roster, self._form, self._where = roster, form, where
        self._all = not (public and roster.kept)
        said: dict[str, set[str]] = defaultdict(set)
        for unit, figures in () if self._all else public.items():
            for key, text in figures.items():
                if _gave(text):
                    said[key].add(unit)
        self._standing = {key: self._on(key).standing(units) for key, units in said.items()}

    def counts(self, unit: str, key: str, geography: str, area: str) -> bool:
        return self._all or self._on(key).counts_at(
            unit, geography, area, self._standing.get(key, frozenset())
        )

    def weight(self, unit: str, key: str, geography: str, area: str) -> int:
        """Units of N of the area that the unit's figure stands for."""
        if self._all:
            return 1
        units = self._on(key)
        if self._where or unit not in units.divided:
            return units.weight_at(unit, geography, area)
        return len(set(units.divided[unit]).difference(units.gone, units.joined))

    def _on(self, key: str) -> CountingUnits:
        return self._roster.on(Cell.from_key(key).contest, self._form)


@dataclass(frozen=True, slots=True)
class _Rate:
    """As `totals.csv` has it, and how many units it is made of."""

    text: str
    units: int


def _of_both(item: Item, members: Sequence[tuple[str | None, str | None]]) -> _Rate:
    """Of the units that gave both parts; empty where a part has no number in any, or the one below the line is 0."""
    both = [pair for pair in members if all(map(_gave, pair))]
    top, bottom = (
        [Decimal(pair[side]) for pair in both if pair[side] and not str(pair[side]).startswith("!")]  # type: ignore[arg-type]
        for side in (0, 1)
    )
    if not top or not bottom:
        return _Rate("", len(both))
    share = rate(
        sum(top, Decimal(0)), sum(bottom, Decimal(0)), item.decimals, item.rounding, progress=item.progress
    )
    return _Rate("" if share is None else format(share, "f"), len(both))


def _gave(text: str | None) -> bool:
    return text is not None and (not text.startswith("!") or text == f"!{Absence.NONE.value}")


def _of_equally_many(item: Item, top: Sequence[Decimal] | None, bottom: Sequence[Decimal] | None) -> _Rate:
    """As before layout 4: given where both parts came from equally many units, whichever these were."""
    if top is None or bottom is None:
        return _Rate("", 0)
    share = (
        rate(top[0], bottom[0], item.decimals, progress=item.progress)
        if top[2] and top[2] == bottom[2]
        else None
    )
    return _Rate("" if share is None else format(share, "f"), int(min(top[1], bottom[1])))


def _csv(columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()
