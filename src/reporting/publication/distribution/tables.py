"""A release as tidy tables with their code lists: what the tabular formats are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.election import Dimension, ElectionDefinition, Item
from reporting.domain.figures import Cell, format_value
from reporting.domain.released import KIND_WORDS
from reporting.publication.distribution.facts import (
    FigurePlace,
    ReleasedFacts,
    ReleasedObservation,
    ShownValue,
    ValueStatus,
)
from reporting.publication.distribution.messages import message
from reporting.publication.formats.table import (
    About,
    CodeEntry,
    CodeList,
    Column,
    ColumnRole,
    DataSet,
    Kind,
    TidyTable,
)
from reporting.words import Words

COLUMN, ABOUT, TABLE, LIST = (
    message.table("column"),
    message.table("about"),
    message.table("table"),
    message.table("list"),
)
STATUS, FIGURE, METHOD = message.table("status"), message.table("figure"), message.table("method")


def data_set(facts: ReleasedFacts) -> DataSet:
    """Everything that tables can say of a release. `changes` is there from the second release on, `lots` where there are any."""
    shape = _Shape.of(facts)
    tables = [TidyTable("observations", TABLE["observations"], shape.columns, shape.rows(facts))]
    if facts.head.number > 1:
        tables.append(TidyTable("changes", TABLE["changes"], shape.change_columns, shape.changes(facts)))
    if facts.head.lots:
        tables.append(_lots(facts))
    tables += [_areas(facts), _contests(facts), _choices(facts), _items(facts)]
    lists = _code_lists(facts, shape.dimensions)
    tables.append(_codes(lists))
    return DataSet(about(facts), tuple(tables), lists)


def about(facts: ReleasedFacts) -> About:
    head = facts.head
    told = {
        "release": head.release,
        "number": str(head.number),
        "election": head.election,
        "form": head.form,
        "slot": head.slot,
        "position": str(facts.position),
        "core_manifest_sha256": facts.core,
    }
    return About(
        f"urn:uuid:{head.release}",
        head.number,
        facts.title,
        facts.publisher.name,
        facts.publisher.licence.url,
        facts.released_at,
        told,
    )


@dataclass(frozen=True, slots=True)
class BreakdownColumn:
    """A dimension of the election and the column it stands in."""

    dimension: Dimension
    name: str


def breakdown_columns(definition: ElectionDefinition, items: Iterable[Item]) -> tuple[BreakdownColumn, ...]:
    """Of the dimensions that some of these items are broken down by, in the definition's order; two whose codes differ in a sign
    that no column's name may have are told apart by a number."""
    asked = {code for item in items for combination in item.breakdowns for code in combination}
    told: dict[str, BreakdownColumn] = {}
    for dimension in definition.dimensions:
        if dimension.code not in asked:
            continue
        name = f"by_{re.sub('[^A-Za-z0-9_]', '_', dimension.code)}"
        while name in told:
            name += "_2"
        told[name] = BreakdownColumn(dimension, name)
    return tuple(told.values())


@dataclass(frozen=True, slots=True)
class _Shape:
    """Columns of the observations of one form."""

    dimensions: tuple[BreakdownColumn, ...]
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    change_columns: tuple[Column, ...]

    @classmethod
    def of(cls, facts: ReleasedFacts) -> _Shape:
        items = [item for item in facts.definition.items if item.code in facts.form.items]
        dimensions = breakdown_columns(facts.definition, items)
        key = (
            _code("election", ColumnRole.DIMENSION),
            _plain("polling_date", Kind.DAY, ColumnRole.DIMENSION, required=True),
            _code("form", ColumnRole.DIMENSION),
            _code("slot", ColumnRole.DIMENSION),
            _code("figure", ColumnRole.DIMENSION),
            _code("geography", ColumnRole.DIMENSION),
            _code("area", ColumnRole.DIMENSION),
            _name("area"),
            _code("level", ColumnRole.ATTRIBUTE, required=False),
            _code("contest", ColumnRole.DIMENSION),
            _name("contest"),
            _code("item", ColumnRole.DIMENSION),
            _name("item"),
            *(column for broken in dimensions for column in _breakdown(broken)),
            Column("choice", Kind.CODE, ColumnRole.DIMENSION, COLUMN["choice"], "choice", within="contest", about=ABOUT["choice"]),
            _name("choice"),
            _plain("party", Kind.TEXT, ColumnRole.NAME),
        )  # fmt: skip
        columns = (
            *key,
            _plain("value", Kind.DECIMAL, ColumnRole.MEASURE),
            _code("status", ColumnRole.ATTRIBUTE),
            _code("unit", ColumnRole.ATTRIBUTE),
            _plain("before", Kind.DECIMAL, ColumnRole.MEASURE),
            _code("before_status", ColumnRole.ATTRIBUTE, "status", required=False),
            _code("change", ColumnRole.ATTRIBUTE, required=False),
            _code("previous_election", ColumnRole.ATTRIBUTE, "election", required=False),
            _plain("previous", Kind.DECIMAL, ColumnRole.MEASURE),
            _code("previous_status", ColumnRole.ATTRIBUTE, "status", required=False),
            _plain("difference", Kind.DECIMAL, ColumnRole.MEASURE),
            _plain("reported", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            _plain("expected", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            _plain("sampled", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            _code("method", ColumnRole.ATTRIBUTE, required=False),
            _plain("places", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            _plain("of_places", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            _plain("under_correction", Kind.YES_NO, ColumnRole.ATTRIBUTE, required=True),
            _plain("single_handed", Kind.YES_NO, ColumnRole.ATTRIBUTE, required=True),
            _plain("release", Kind.WHOLE, ColumnRole.ATTRIBUTE, required=True),
        )
        changed = (
            *key,
            _plain("before", Kind.DECIMAL, ColumnRole.MEASURE),
            _code("before_status", ColumnRole.ATTRIBUTE, "status", required=False),
            _plain("after", Kind.DECIMAL, ColumnRole.MEASURE),
            _code("after_status", ColumnRole.ATTRIBUTE, "status", required=False),
            Column("difference", Kind.DECIMAL, ColumnRole.MEASURE, COLUMN["change_difference"]),
            _code("change", ColumnRole.ATTRIBUTE, required=False),
            *(
                _plain(name, Kind.TEXT, ColumnRole.ATTRIBUTE)
                for name in ("office", "reason_class", "approved_by")
            ),
        )
        return cls(dimensions, key, columns, changed)

    def rows(self, facts: ReleasedFacts) -> list[Sequence[str]]:
        keyed, units = _Keyed(facts, self.dimensions), {i.code: i.unit for i in facts.definition.items}
        number = str(facts.head.number)
        rows: list[Sequence[str]] = []
        for shown in facts.observations:
            then, previous, basis = shown.before, shown.previous, shown.basis
            rows.append((
                *keyed.row(shown.place, shown.level),
                shown.reading.text, shown.reading.status, units[shown.place.cell.item],
                *(("", "") if then is None else (then.text, then.status)), shown.change,
                *(("", "", "") if previous is None else (previous.election, previous.reading.text, previous.reading.status)),
                "" if previous is None else difference(previous.reading, shown.reading),
                basis.reported, basis.expected, basis.sampled, basis.method, basis.places, basis.of_places,
                _yes(shown.under_correction), _yes(shown.single_handed), number,
            ))  # fmt: skip
        return rows

    def changes(self, facts: ReleasedFacts) -> list[Sequence[str]]:
        """Every row that this release has otherwise than the one before: with them the old table becomes the new one."""
        keyed = _Keyed(facts, self.dimensions)
        told = {(change.unit, change.cell): change for change in facts.head.changes}
        rows: list[Sequence[str]] = []
        for shown, before, after in changed(facts):
            change = told.get((shown.place.area, shown.place.cell.key)) if shown.change else None
            by = (
                ("", "", "")
                if change is None
                else (change.office, change.reason_class or "", change.approved_by or "")
            )
            rows.append((
                *keyed.row(shown.place, shown.level),
                *(("", "") if before is None else (before.text, before.status)),
                *(("", "") if after is None else (after.text, after.status)),
                difference(before, after), shown.change, *by,
            ))  # fmt: skip
        return rows


def changed(
    facts: ReleasedFacts,
) -> Iterable[tuple[ReleasedObservation, ShownValue | None, ShownValue | None]]:
    """(row, before, after) of the rows that differ; None: there is no such row."""
    for shown in facts.observations:
        if shown.before != shown.reading or shown.change:
            yield shown, shown.before, shown.reading
    for shown in facts.gone:
        yield shown, shown.reading, None


def difference(before: ShownValue | None, after: ShownValue | None) -> str:
    """Of two numbers, exactly; empty where one of them is none."""
    if (
        before is None
        or after is None
        or before.status != ValueStatus.REPORTED
        or after.status != ValueStatus.REPORTED
    ):
        return ""
    return format_value(Decimal(after.text) - Decimal(before.text))


class _Keyed:
    """Dimensions of a row with their names; each part is made once."""

    def __init__(self, facts: ReleasedFacts, dimensions: tuple[BreakdownColumn, ...]) -> None:
        definition, head = facts.definition, facts.head
        self._facts, self._dimensions = facts, dimensions
        self._slot = (head.election, definition.polling_date.isoformat(), head.form, head.slot)
        self._cells: dict[Cell, tuple[str, ...]] = {}
        self._contests = {contest.code: contest for contest in definition.contests}
        self._items = {item.code: item for item in definition.items}
        self._choices = {
            (contest.code, choice.code): choice
            for contest in definition.contests
            for choice in contest.choices
        }

    def row(self, place: FigurePlace, level: str) -> tuple[str, ...]:
        area = self._area(place)
        cell = self._cells.get(place.cell)
        if cell is None:
            cell = self._cells[place.cell] = self._cell(place.cell)
        return (*self._slot, place.figure, place.geography, place.area, area, level, *cell)

    def _area(self, place: FigurePlace) -> str:
        roster = self._facts.roster
        if (node := roster.nodes.get((place.geography, place.area))) is not None:
            return node.name
        return roster.units[place.area].name if place.area in roster.units else ""

    def _cell(self, cell: Cell) -> tuple[str, ...]:
        contest, item = self._contests[cell.contest], self._items[cell.item]
        values = dict(part.split("=", 1) for part in cell.breakdown.split(",") if part)
        broken: list[str] = []
        for column in self._dimensions:
            code = values.get(column.dimension.code, "")
            label = next((value.label.ja for value in column.dimension.values if value.code == code), "")
            broken += (code, label)
        choice = self._choices.get((cell.contest, cell.choice))
        shown = ("", "") if choice is None else (choice.name, choice.party or "")
        return (cell.contest, contest.label.ja, cell.item, item.label.ja, *broken, cell.choice, *shown)


def _areas(facts: ReleasedFacts) -> TidyTable:
    columns = (
        _code("geography", ColumnRole.DIMENSION),
        _code("area", ColumnRole.DIMENSION),
        *(_plain(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        _code("level", ColumnRole.ATTRIBUTE),
        _code("parent", ColumnRole.ATTRIBUTE, "area", required=False),
        _plain("official_code", Kind.CODE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (geography, code, node.name, node.name_en or "", node.level, node.parent or "", node.official_code or "")
        for (geography, code), node in sorted(facts.roster.nodes.items())
    ]  # fmt: skip
    return TidyTable("areas", TABLE["areas"], columns, rows)


def _contests(facts: ReleasedFacts) -> TidyTable:
    columns = (
        _code("contest", ColumnRole.DIMENSION),
        *(_plain(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        _plain("kind", Kind.CODE, ColumnRole.ATTRIBUTE),
        _code("geography", ColumnRole.ATTRIBUTE),
        _code("area", ColumnRole.ATTRIBUTE),
        _plain("seats", Kind.WHOLE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (c.code, c.label.ja, c.label.en or "", c.kind, c.area.geography, c.area.area, str(c.seats))
        for c in facts.definition.contests
    ]
    return TidyTable("contests", TABLE["contests"], columns, sorted(rows))


def _choices(facts: ReleasedFacts) -> TidyTable:
    columns = (
        _code("contest", ColumnRole.DIMENSION),
        Column("choice", Kind.CODE, ColumnRole.DIMENSION, COLUMN["choice"], "choice", within="contest", required=True),
        Column("choice_name", Kind.TEXT, ColumnRole.NAME, COLUMN["choice_name"], names="choice"),
        _plain("party", Kind.TEXT, ColumnRole.ATTRIBUTE),
        *(_plain(name, Kind.CODE, ColumnRole.ATTRIBUTE) for name in ("on_list", "identity")),
        _plain("number", Kind.WHOLE, ColumnRole.ATTRIBUTE),
    )  # fmt: skip
    rows = [
        (
            contest.code, choice.code, choice.name, choice.party or "", choice.on_list or "", choice.identity or "",
            "" if choice.number is None else str(choice.number),
        )
        for contest in facts.definition.contests
        for choice in contest.choices
    ]  # fmt: skip
    return TidyTable("choices", TABLE["choices"], columns, sorted(rows))


def _items(facts: ReleasedFacts) -> TidyTable:
    columns = (
        _code("item", ColumnRole.DIMENSION),
        *(_plain(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        _plain("kind", Kind.CODE, ColumnRole.ATTRIBUTE),
        _code("unit", ColumnRole.ATTRIBUTE),
        _plain("decimals", Kind.WHOLE, ColumnRole.ATTRIBUTE),
        *(_plain(name, Kind.CODE, ColumnRole.ATTRIBUTE) for name in ("numerator", "denominator")),
        _plain("basis", Kind.TEXT, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (
            item.code, item.label.ja, item.label.en or "", item.kind, item.unit, str(item.decimals),
            item.numerator or "", item.denominator or "", item.basis or "",
        )
        for item in facts.definition.items
        if item.code in facts.form.items
    ]  # fmt: skip
    return TidyTable("items", TABLE["items"], columns, sorted(rows))


def _lots(facts: ReleasedFacts) -> TidyTable:
    columns = (
        _code("contest", ColumnRole.DIMENSION),
        _code("item", ColumnRole.DIMENSION),
        _plain("among", Kind.TEXT, ColumnRole.DIMENSION),
        _plain("winners", Kind.TEXT, ColumnRole.DIMENSION),
        _plain("state", Kind.CODE, ColumnRole.DIMENSION),
        _plain("votes", Kind.DECIMAL, ColumnRole.MEASURE),
        _plain("source_class", Kind.CODE, ColumnRole.ATTRIBUTE),
        _plain("change", Kind.CODE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (
            lot.contest, lot.item, " ".join(lot.among), " ".join(lot.winners),
            "in_force" if lot.overtaken is None else f"overtaken@{lot.overtaken}", lot.votes, lot.source_class,
            "" if lot.kind is None else lot.kind.value,
        )
        for lot in facts.head.lots
    ]  # fmt: skip
    return TidyTable("lots", TABLE["lots"], columns, sorted(rows))


def _codes(lists: Sequence[CodeList]) -> TidyTable:
    columns = (
        _plain("list", Kind.CODE, ColumnRole.DIMENSION, required=True),
        _plain("code", Kind.CODE, ColumnRole.DIMENSION, required=True),
        *(_plain(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        _plain("parent", Kind.CODE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (listed.code, entry.code, entry.label.ja, entry.label.en, entry.parent)
        for listed in lists
        for entry in listed.entries
    ]
    return TidyTable("codes", TABLE["codes"], columns, rows)


def _code_lists(facts: ReleasedFacts, dimensions: tuple[BreakdownColumn, ...]) -> tuple[CodeList, ...]:
    definition, roster = facts.definition, facts.roster
    areas: dict[str, CodeEntry] = {}
    for (_, code), node in sorted(roster.nodes.items()):
        label = Words(node.name, node.name_en or node.name)
        areas.setdefault(code, CodeEntry(code, label, node.parent or ""))
    for code, unit in sorted(roster.units.items()):
        areas.setdefault(code, CodeEntry(code, Words(unit.name, unit.name)))
    used = {shown.previous.election for shown in facts.observations if shown.previous is not None}
    elections = [CodeEntry(definition.code, definition.label.words)]
    elections += [CodeEntry(code, Words(code, code)) for code in sorted(used)]
    items = [item for item in definition.items if item.code in facts.form.items]
    levels = sorted({node.level for node in roster.nodes.values()})
    plain = {
        "election": elections,
        "form": [CodeEntry(facts.form.code, facts.form.label.words)],
        "slot": [CodeEntry(facts.slot.code, facts.slot.label.words)],
        "geography": [CodeEntry(code, Words(code, code)) for code in sorted({g for g, _ in roster.nodes})],
        "area": sorted(areas.values(), key=lambda entry: entry.code),
        "level": [CodeEntry(code, Words(code, code)) for code in levels],
        "contest": [CodeEntry(contest.code, contest.label.words) for contest in definition.contests],
        "item": [CodeEntry(item.code, item.label.words) for item in items],
        "choice": [
            CodeEntry(f"{contest.code}@{choice.code}", Words(choice.name, choice.name))
            for contest in definition.contests
            for choice in contest.choices
        ],
        "unit": [CodeEntry(code, Words(code, code)) for code in sorted({item.unit for item in items})],
        "figure": [CodeEntry(code, words) for code, words in FIGURE.items()],
        "status": [CodeEntry(code, words) for code, words in STATUS.items()],
        "method": [CodeEntry(code, words) for code, words in METHOD.items()],
        "change": [CodeEntry(kind.value, Words(*words)) for kind, words in KIND_WORDS.items()],
    }
    lists = [CodeList(code, LIST[code], tuple(entries)) for code, entries in plain.items()]
    for column in dimensions:
        entries = tuple(CodeEntry(value.code, value.label.words) for value in column.dimension.values)
        lists.append(CodeList(column.name, column.dimension.label.words, entries))
    return tuple(lists)


def _code(name: str, role: ColumnRole, codes: str = "", *, required: bool = True) -> Column:
    return Column(
        name, Kind.CODE, role, COLUMN[name], codes or name, required=required, about=ABOUT.get(name)
    )


def _plain(name: str, kind: Kind, role: ColumnRole, *, required: bool = False) -> Column:
    return Column(name, kind, role, COLUMN[name], required=required, about=ABOUT.get(name))


def _name(of: str) -> Column:
    return Column(f"{of}_name", Kind.TEXT, ColumnRole.NAME, COLUMN[f"{of}_name"], names=of)


def _breakdown(broken: BreakdownColumn) -> tuple[Column, Column]:
    label = broken.dimension.label.words
    code = message.words("breakdown_code", name_ja=label.ja, name_en=label.en)
    named = message.words("breakdown_name", name_ja=label.ja, name_en=label.en)
    return (
        Column(broken.name, Kind.CODE, ColumnRole.DIMENSION, code, broken.name),
        Column(f"{broken.name}_name", Kind.TEXT, ColumnRole.NAME, named, names=broken.name),
    )


def _yes(said: bool) -> str:
    return "true" if said else "false"
