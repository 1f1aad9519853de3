"""What a mapping says: where in a file of another system each part of a figure stands. Pure, checked on loading.

A mapping is data, so that a new format is a file and no code. Everything in a file must be accounted for: a column is read,
compared or named in `ignored`; what is none of these is refused, for its votes would vanish.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from reporting.domain.figures import Absence
from reporting.domain.labels import Code, Label
from reporting.importing.messages import message
from reporting.importing.words import plain

SCHEMA_FILE = "mapping.schema.json"

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
Day = Literal["YYYY-MM-DD", "YYYY/MM/DD", "YYYYMMDD", "DD.MM.YYYY", "era"]
"""`era`: Japanese, in eras or not: 令和6年10月27日, 令和六年…, R6.10.27, 2024年10月27日."""
Sums = Literal["sheet", "neighbours", "ending", "row"]
"""All units of the sheet; the unit rows next to the total, above it or below it; units whose municipality's name ends so;
and, for a column and by itself, all choices of the row."""
SUMS: tuple[Sums, ...] = get_args(Sums)


def may_sum(sums: Sequence[str], endings: Sequence[str]) -> bool:
    """Whether a word of totals can mean this: each way once, `row` no other beside it, endings where `ending` asks for them."""
    once = len(set(sums)) == len(sums) and set(sums) <= set(SUMS)
    return once and ("row" not in sums or len(sums) == 1) and ("ending" in sums) == bool(endings)


class MappingPart(BaseModel):
    """Of a mapping. No field beside those that there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileForm(MappingPart):
    """How the bytes are a table. `head`: the row of headings is the first one in which this cell stands; rows above it are
    its title. Without it: the first row."""

    kind: Literal["text", "workbook"] = "text"
    encoding: Literal["utf-8", "cp932", "utf-16"] = "utf-8"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    head: Text | None = None


class Numbers(MappingPart):
    """How numbers are written, besides what holds everywhere. `blank`: an empty field says nothing (`passed_over`) or is
    refused. `absent`: marks of the file's own → which absence they state."""

    decimal: Literal[".", ","] = "."
    blank: Literal["refused", "passed_over"] = "refused"
    absent: Mapping[Text, Absence] = Field(default_factory=dict)


class Agrees(MappingPart):
    """What the file says of its election, and must be the election's. `title`: the day or the name in the rows above the
    headings; `column` and `format`: a day in every row."""

    title: tuple[Literal["day", "name"], ...] = ()
    column: Text | None = None
    format: Day = "YYYY-MM-DD"


class WordSource(MappingPart):
    """A word of a figure: the same for every row (`value`), or from a column, through the code table `table` where one is
    named. `optional`: the column may be missing; the word is empty then."""

    value: str | None = None
    column: Text | None = None
    table: Code | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        if sum(given is not None for given in self._places()) != 1:
            raise ValueError(message("one_source", names=self._names()))
        if self.column is None and (self.table is not None or self.optional):
            raise ValueError(message("table_of_a_column", column="column", options="table, optional"))
        return self

    def _places(self) -> tuple[object, ...]:
        return self.value, self.column

    def _names(self) -> str:
        return "value, column"


class UnitSource(WordSource):
    """The reporting unit of a row. `by`: the election's code (or the authorities'), the name, or Japan's six-digit code of local
    governments, whose last digit checks the others. `digits`: a code with fewer has lost its leading zeros."""

    by: Literal["code", "name", "local_government_code"] = "code"
    digits: int | None = Field(default=None, ge=1, le=20)


class ContestSource(WordSource):
    """`kind`: the one contest of this kind on which the unit reports; `by = "kind"`: the column names a kind; `title`: the
    title names the contest by its label."""

    kind: Code | None = None
    title: bool | None = None
    by: Literal["code", "kind"] = "code"

    def _places(self) -> tuple[object, ...]:
        return self.value, self.column, self.kind, self.title or None

    def _names(self) -> str:
        return "value, column, kind, title"


class ChoiceSource(WordSource):
    """A candidate or party. `by`: its code, its name, or its name or party."""

    by: Literal["code", "name", "party"] = "code"


class PlaceSources(MappingPart):
    """Where figures belong: words that the file says, or that whoever imports says where the mapping leaves them out."""

    election: WordSource | None = None
    form: WordSource | None = None
    slot: WordSource | None = None


class CellSource(MappingPart):
    """Which cell of a return. `form`, `slot`: of these figures, where they are asked by another than the file's."""

    form: Code | None = None
    slot: Code | None = None

    contest: ContestSource
    item: WordSource
    breakdown: WordSource = WordSource(value="")
    choice: ChoiceSource = ChoiceSource(value="")


class LongFigure(MappingPart):
    """Rows `where` each of these columns holds one of these texts; without `where`, all. They are one cell each, or are
    `passed_over`."""

    where: Mapping[Text, Texts] = Field(default_factory=dict)
    passed_over: bool = False
    cell: CellSource | None = None

    @model_validator(mode="after")
    def _cell_or_nothing(self) -> Self:
        if self.passed_over == (self.cell is not None):
            raise ValueError(message("one_source", names="cell, passed_over = true"))
        return self


class Long(MappingPart):
    """One row is one figure. `explanation`: in words, why what the rules find of this cell is in order; `declaration`: reason class
    of a difference that stands openly. `units`: rows of reporting units, without it all of them; `totals`: rows of areas above the units,
    which are compared with the sum of their units and never taken. Of `figures` the first that fits a row counts; a row that
    none fits is refused."""

    value: Text
    reason: WordSource | None = None
    explanation: WordSource | None = None
    declaration: WordSource | None = None
    units: Mapping[Text, Texts] = Field(default_factory=dict)
    totals: Mapping[Text, Texts] = Field(default_factory=dict)
    figures: tuple[LongFigure, ...] = Field(min_length=1)


class WideColumn(MappingPart):
    """One column of figures."""

    heading: Text
    cell: CellSource


class WideChoices(MappingPart):
    """Every other column is a candidate or party, by the name in its heading. `item`: without it the form's only item that
    is counted by choice in votes. `row`: the names stand in the row that begins with this word, above the headings,
    where there is one."""

    contest: ContestSource
    item: Code | None = None
    by: Literal["name", "party"] = "name"
    row: Text | None = None


class WideSum(MappingPart):
    """A column that is the sum of others, and only compared. `of`: their headings; none: all choices of the row."""

    heading: Text
    of: tuple[Text, ...] = ()


class TotalRowWords(MappingPart):
    """Words that end the name of a row of totals, and what it sums: see docs/formats.md."""

    words: Texts
    sums: tuple[Sums, ...] = Field(min_length=1)
    of: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _says_what_it_sums(self) -> Self:
        if not all(plain(word) for word in self.words) or not may_sum(self.sums, self.of):
            raise ValueError(message("sums_words", words=" | ".join(SUMS)))
        return self


class Wide(MappingPart):
    """One row is one unit, its figures stand side by side. `head_rows`: rows of headings, read as `upper/lower`; a blank one
    goes on with what stands to its left. `explanation`, `declaration`: columns of words about all of the row's figures, as in a long
    table. `totals`: shipped lists of words of total rows; `total_rows`: more."""

    head_rows: int = Field(default=1, ge=1, le=3)
    columns: tuple[WideColumn, ...] = ()
    choices: WideChoices | None = None
    sums: tuple[WideSum, ...] = ()
    explanation: WordSource | None = None
    declaration: WordSource | None = None
    totals: tuple[Literal["japan"], ...] = ()
    total_rows: tuple[TotalRowWords, ...] = ()

    @model_validator(mode="after")
    def _holds_figures(self) -> Self:
        if not self.columns and self.choices is None:
            raise ValueError(message("some_of", names="columns, choices"))
        return self


class FileMapping(MappingPart):
    """A whole mapping. One of `long` and `wide`."""

    mapping: Code
    label: Label
    source: Text
    file: FileForm = FileForm()
    numbers: Numbers = Numbers()
    agrees: Agrees = Agrees()
    where: PlaceSources = PlaceSources()
    unit: UnitSource
    requires: Mapping[Text, Texts] = Field(default_factory=dict)
    """Column → texts, one of which must stand in every row: a file of another kind of election is refused by it."""
    ignored: tuple[Text, ...] = ()
    tables: Mapping[Code, Mapping[Text, str]] = Field(default_factory=dict)
    long: Long | None = None
    wide: Wide | None = None

    @model_validator(mode="after")
    def _one_layout(self) -> Self:
        if (self.long is None) == (self.wide is None):
            raise ValueError(message("one_source", names="long, wide"))
        if self.unit.column is None:
            raise ValueError(message("unit_has_a_column", column="column"))
        if self.wide is not None and any(
            source is not None and source.value is None
            for source in (self.where.election, self.where.form, self.where.slot)
        ):
            raise ValueError(message("wide_has_one_place", value="value"))
        lacking = sorted({
            source.table for source in self.sources() if source.table is not None and source.table not in self.tables
        })  # fmt: skip
        if lacking:
            raise ValueError(message("table_not_there", names=", ".join(lacking)))
        return self

    def cells(self) -> Iterator[CellSource]:
        if self.long is not None:
            yield from (figure.cell for figure in self.long.figures if figure.cell is not None)
        if self.wide is not None:
            yield from (column.cell for column in self.wide.columns)

    def sources(self) -> Iterator[WordSource]:
        """All words that figures are made of."""
        yield self.unit
        yield from (word for word in (self.where.election, self.where.form, self.where.slot) if word)
        if self.long is not None and self.long.reason is not None:
            yield self.long.reason
        yield from self.said()
        if self.wide is not None and self.wide.choices is not None:
            yield self.wide.choices.contest
        for cell in self.cells():
            yield from (cell.contest, cell.item, cell.breakdown, cell.choice)

    def said(self) -> Iterator[WordSource]:
        """Where words about figures stand."""
        layout = self.long or self.wide
        if layout is not None:
            yield from (source for source in (layout.explanation, layout.declaration) if source is not None)

    def headings(self) -> tuple[list[str], list[str]]:
        """Columns that a file must have, and those that it may have besides, in the order in which the mapping names them."""
        required: dict[str, None] = {}
        optional: dict[str, None] = {}
        for source in self.sources():
            if source.column is not None:
                (optional if source.optional else required)[source.column] = None
        required |= dict.fromkeys(self.requires)
        if self.agrees.column is not None:
            required[self.agrees.column] = None
        if self.long is not None:
            required[self.long.value] = None
            for condition in (
                self.long.units,
                self.long.totals,
                *(figure.where for figure in self.long.figures),
            ):
                required |= dict.fromkeys(condition)
        if self.wide is not None:
            required |= dict.fromkeys(column.heading for column in self.wide.columns)
            optional |= dict.fromkeys(column.heading for column in self.wide.sums)
            required |= dict.fromkeys(heading for column in self.wide.sums for heading in column.of)
        optional |= dict.fromkeys(self.ignored)
        return list(required), [heading for heading in optional if heading not in required]
