"""A release as tidy tables with their code lists: what the tabular formats are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.figures import Cell, format_value
from reporting.publication.distribution import reference
from reporting.publication.distribution.breakdowns import BreakdownColumn, breakdown_columns, columns_of
from reporting.publication.distribution.columns import ABOUT, COLUMN, code_column, name_column, plain_column
from reporting.publication.distribution.facts import (
    FigurePlace,
    ReleasedFacts,
    ReleasedObservation,
    ShownValue,
    ValueStatus,
)
from reporting.publication.distribution.reference import TABLE
from reporting.publication.formats.table import About, Column, ColumnRole, DataSet, Kind, TidyTable


def data_set(facts: ReleasedFacts) -> DataSet:
    """Everything that tables can say of a release. `changes` is there from the second release on, `lots` where there are any."""
    shape = _Shape.of(facts)
    tables = [TidyTable("observations", TABLE["observations"], shape.columns, shape.rows(facts))]
    if facts.head.number > 1:
        tables.append(TidyTable("changes", TABLE["changes"], shape.change_columns, shape.changes(facts)))
    if facts.head.lots:
        tables.append(reference.lots(facts))
    tables += [
        reference.areas(facts),
        reference.contests(facts),
        reference.choices(facts),
        reference.items_asked(facts),
    ]
    lists = reference.code_lists(facts, shape.dimensions)
    tables.append(reference.codes(lists))
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
        f"{head.election}.{head.form}.{head.slot}",
        head.number,
        facts.title,
        facts.publisher.name,
        facts.publisher.licence.url,
        facts.released_at,
        told,
    )


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
            code_column("election", ColumnRole.DIMENSION),
            plain_column("polling_date", Kind.DAY, ColumnRole.DIMENSION, required=True),
            code_column("form", ColumnRole.DIMENSION),
            code_column("slot", ColumnRole.DIMENSION),
            code_column("figure", ColumnRole.DIMENSION),
            code_column("geography", ColumnRole.DIMENSION),
            code_column("area", ColumnRole.DIMENSION),
            name_column("area"),
            code_column("level", ColumnRole.ATTRIBUTE, required=False),
            code_column("contest", ColumnRole.DIMENSION),
            name_column("contest"),
            code_column("item", ColumnRole.DIMENSION),
            name_column("item"),
            *(column for broken in dimensions for column in columns_of(broken)),
            Column("choice", Kind.CODE, ColumnRole.DIMENSION, COLUMN["choice"], "choice", within="contest", about=ABOUT["choice"]),
            name_column("choice"),
            plain_column("party", Kind.TEXT, ColumnRole.NAME),
        )  # fmt: skip
        columns = (
            *key,
            plain_column("value", Kind.DECIMAL, ColumnRole.MEASURE),
            code_column("status", ColumnRole.ATTRIBUTE),
            code_column("obs_status", ColumnRole.ATTRIBUTE),
            code_column("conf_status", ColumnRole.ATTRIBUTE),
            code_column("unit", ColumnRole.ATTRIBUTE),
            plain_column("before", Kind.DECIMAL, ColumnRole.MEASURE),
            code_column("before_status", ColumnRole.ATTRIBUTE, "status", required=False),
            code_column("change", ColumnRole.ATTRIBUTE, required=False),
            code_column("previous_election", ColumnRole.ATTRIBUTE, "election", required=False),
            plain_column("previous", Kind.DECIMAL, ColumnRole.MEASURE),
            code_column("previous_status", ColumnRole.ATTRIBUTE, "status", required=False),
            plain_column("difference", Kind.DECIMAL, ColumnRole.MEASURE),
            plain_column("reported", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            plain_column("expected", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            plain_column("sampled", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            code_column("method", ColumnRole.ATTRIBUTE, required=False),
            plain_column("places", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            plain_column("of_places", Kind.WHOLE, ColumnRole.ATTRIBUTE),
            plain_column("under_correction", Kind.YES_NO, ColumnRole.ATTRIBUTE, required=True),
            plain_column("single_handed", Kind.YES_NO, ColumnRole.ATTRIBUTE, required=True),
            plain_column("release", Kind.WHOLE, ColumnRole.ATTRIBUTE, required=True),
        )
        changed = (
            *key,
            plain_column("before", Kind.DECIMAL, ColumnRole.MEASURE),
            code_column("before_status", ColumnRole.ATTRIBUTE, "status", required=False),
            plain_column("after", Kind.DECIMAL, ColumnRole.MEASURE),
            code_column("after_status", ColumnRole.ATTRIBUTE, "status", required=False),
            Column("difference", Kind.DECIMAL, ColumnRole.MEASURE, COLUMN["change_difference"]),
            code_column("change", ColumnRole.ATTRIBUTE, required=False),
            *(
                plain_column(name, Kind.TEXT, ColumnRole.ATTRIBUTE)
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
                shown.reading.text, shown.reading.status, obs_status(shown, facts), conf_status(shown), units[shown.place.cell.item],
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


def obs_status(shown: ReleasedObservation, facts: ReleasedFacts) -> str:
    """A code of SDMX's CL_OBS_STATUS; what it cannot tell apart, `status` does."""
    version_1 = facts.formats == 1
    lacks = not version_1 and shown.basis.lacks
    match shown.reading.status:
        case ValueStatus.NONE if not lacks:
            return "M"  # data cannot exist
        case ValueStatus.NOT_GIVEN if not (lacks or version_1):
            return "M"  # a rate of nothing
        case ValueStatus.SUPPRESSED:
            return "Q"
        case ValueStatus.NOT_REPORTED if not version_1:
            return "L"  # data exist, and were not collected
        case ValueStatus.NONE | ValueStatus.NOT_REPORTED | ValueStatus.NOT_GIVEN:
            return "O"
    if shown.basis.method not in ("", "full") or shown.basis.sampled not in ("", "0"):
        return "E"
    provisional = not version_1 and facts.slot is not facts.form.slots[-1]
    if shown.under_correction or provisional or (lacks and not shown.basis.lacks_withheld_alone):
        return "P"
    return "Q" if lacks else "A"


def conf_status(shown: ReleasedObservation) -> str:
    """A code of SDMX's CL_CONF_STATUS: not for publication, or free."""
    return "N" if shown.reading.status is ValueStatus.SUPPRESSED else "F"


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


def _yes(said: bool) -> str:
    return "true" if said else "false"
