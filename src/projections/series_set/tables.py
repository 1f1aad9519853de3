"""The tables of a series' data set: what the writers of all formats take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from projections.series.rows import SeriesRow
from projections.series_set.facts import SeriesFacts
from projections.series_set.messages import COLUMN, CONF_STATUS, LIST, OBS_STATUS, message
from projections.series_set.reference import breaks, codebook, elections, errata_of, lineage
from reporting.publication.distribution.reference import codes
from reporting.publication.formats.table import (
    About,
    CodeEntry,
    CodeList,
    Column,
    ColumnRole,
    DataSet,
    Kind,
    SdmxList,
    TidyTable,
)
from reporting.words import Words

ABOUT, TABLE, SAID = message.table("about"), message.table("table"), message.table("said")
SDMX = {"obs_status": SdmxList("CL_OBS_STATUS", "2.2"), "conf_status": SdmxList("CL_CONF_STATUS", "1.3")}
NUMBERS = ("previous_value", "difference", "pre_break_value", "numerator", "denominator")
COUNTS = ("coverage_reported", "coverage_expected", "coverage_withheld", "definition", "position")
TEXTS = ("identity", "previous_basis", "previous_method", "method", "boundaries", "erratum")


def data_set(facts: SeriesFacts) -> DataSet:
    dimensions = breakdowns_of(facts.rows)
    keys = [_key(row, dimensions) for row in facts.rows]
    columns = _observed(dimensions)
    tables = [
        TidyTable("observations", TABLE["observations"], columns, sorted(
            _observation(row, key) for row, key in zip(facts.rows, keys, strict=True))),
        TidyTable("flags", TABLE["flags"], (*_keys(dimensions), _code("flag", "obs_status")), sorted(
            (*key, str(flag)) for row, key in zip(facts.rows, keys, strict=True) for flag in row.obs_status)),
        TidyTable("citations", TABLE["citations"], (*_keys(dimensions), _text("citation"), _text("source")), sorted(
            (*key, row.citation, row.source) for row, key in zip(facts.rows, keys, strict=True))),
        elections(facts), codebook(facts), breaks(facts), lineage(facts), errata_of(facts),
    ]  # fmt: skip
    lists = tuple(_code_lists(facts, dimensions))
    return DataSet(_about(facts), (*tables, codes(lists)), lists)


def title_of(facts: SeriesFacts) -> Words:
    rebased = facts.boundaries != "as_reported"
    where = SAID["rebased" if rebased else "as_reported"]
    ja, en = where.ja.format(day=facts.boundaries), where.en.format(day=facts.boundaries)
    told, position = SAID["title"], f"{facts.position:,}"
    return Words(
        told.ja.format(name=facts.name, boundaries=ja, position=position),
        told.en.format(name=facts.name, boundaries=en, position=position),
    )


def _about(facts: SeriesFacts) -> About:
    licence = facts.publisher.licence.url
    told = {"position": str(facts.position), "boundaries": facts.boundaries}
    return About(
        f"urn:reporting:series:{facts.name}:{facts.position}", f"series-{facts.name}", facts.position, title_of(facts),
        facts.publisher.name, licence, facts.made_at, told,
    )  # fmt: skip


def breakdowns_of(rows: Iterable[SeriesRow]) -> tuple[str, ...]:
    """Codes of the dimensions that some rows are broken down by."""
    return tuple(sorted({name for row in rows for name in _broken(row.breakdown)}))


def _broken(breakdown: str) -> dict[str, str]:
    """`residence=overseas,sex=m` → dimension → value."""
    return {name: value for part in breakdown.split(",") if part for name, _, value in (part.partition("="),)}


def column_of(dimension: str) -> str:
    return "by_" + "".join(sign if sign.isalnum() else "_" for sign in dimension)


def _keys(dimensions: Sequence[str]) -> tuple[Column, ...]:
    """What says which observation it is."""
    return (
        Column("date", Kind.DAY, ColumnRole.DIMENSION, COLUMN["date"], required=True),
        *(_dimension(name) for name in ("election", "area", "contest", "item")),
        *(
            Column(column_of(name), Kind.CODE, ColumnRole.DIMENSION, _breakdown(name), column_of(name))
            for name in dimensions
        ),
        Column("choice", Kind.CODE, ColumnRole.DIMENSION, COLUMN["choice"], "choice", within="contest"),
    )


def _observed(dimensions: Sequence[str]) -> tuple[Column, ...]:
    return (
        *_keys(dimensions),
        _name("area_name", "area"), _text("official_code"), _attribute("level", "level"), _name("choice_name", "choice"),
        *(Column(name, Kind.DECIMAL, ColumnRole.MEASURE, COLUMN[name], about=ABOUT.get(name)) for name in ("value", *NUMBERS)),
        _attribute("absence", "absence"), _attribute("obs_status", "obs_status"), _attribute("conf_status", "conf_status"),
        _attribute("previous_election", "election"),
        *(Column(name, Kind.WHOLE, ColumnRole.ATTRIBUTE, COLUMN[name], required=True) for name in COUNTS),
        *(_text(name) for name in TEXTS),
    )  # fmt: skip


def _key(row: SeriesRow, dimensions: Sequence[str]) -> tuple[str, ...]:
    broken = _broken(row.breakdown)
    values = (broken.get(name, "") for name in dimensions)
    return (row.date.isoformat(), row.election, row.area, row.contest, row.item, *values, row.choice)


def _observation(row: SeriesRow, key: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *key, row.name, row.official_code or "", row.level or "", row.choice_name, row.value or "",
        *(str(getattr(row, name) or "") for name in NUMBERS), row.absence or "", str(row.obs_status[0]), row.conf_status,
        row.previous_election or "", *(str(getattr(row, name)) for name in COUNTS),
        *(str(getattr(row, name) or "") for name in TEXTS),
    )  # fmt: skip


def _code_lists(facts: SeriesFacts, dimensions: Sequence[str]) -> Iterator[CodeList]:
    """Of the codes that occur, by their names in the newest election; rows come oldest first."""
    rows = sorted(facts.rows, key=lambda row: row.date)
    names = facts.definitions
    listed: dict[str, dict[str, Words]] = {
        "election": {code: names[code].label.words for code in sorted(names)},
        "area": {row.area: Words(row.name, row.name_en or row.name) for row in rows},
        "level": {row.level: Words(row.level, row.level) for row in rows if row.level},
        "contest": {row.contest: Words(row.contest, row.contest) for row in rows},
        "item": {row.item: Words(row.item, row.item) for row in rows},
        "choice": {
            f"{row.contest}@{row.choice}": Words(row.choice_name or row.choice, row.choice_name or row.choice)
            for row in rows
            if row.choice
        },
        "absence": dict(message.table("absence")),
    }
    for row in rows:
        if row.previous_election:
            listed["election"].setdefault(
                row.previous_election, Words(row.previous_election, row.previous_election)
            )
    for definition in sorted(names.values(), key=lambda each: each.polling_date):
        for kind, labelled in (("contest", definition.contests), ("item", definition.items)):
            listed[kind] |= {each.code: each.label.words for each in labelled if each.code in listed[kind]}
    for name, words in listed.items():
        yield _list(name, LIST[name], words)
    yield _list("obs_status", LIST["obs_status"], OBS_STATUS)
    yield _list("conf_status", LIST["conf_status"], CONF_STATUS)
    for dimension in dimensions:
        values = sorted({_broken(row.breakdown).get(dimension, "") for row in rows} - {""})
        yield _list(
            column_of(dimension), _breakdown(dimension), {value: Words(value, value) for value in values}
        )


def _list(name: str, label: Words, words: Mapping[str, Words]) -> CodeList:
    return CodeList(
        name, label, tuple(CodeEntry(code, words[code]) for code in sorted(words)), SDMX.get(name)
    )


def _breakdown(dimension: str) -> Words:
    told = LIST["breakdown"]
    return Words(told.ja.format(name=dimension), told.en.format(name=dimension))


def _dimension(name: str) -> Column:
    return Column(name, Kind.CODE, ColumnRole.DIMENSION, COLUMN[name], name, required=True)


def _code(name: str, listed: str) -> Column:
    return Column(name, Kind.CODE, ColumnRole.DIMENSION, COLUMN[name], listed, required=True)


def _attribute(name: str, listed: str) -> Column:
    return Column(name, Kind.CODE, ColumnRole.ATTRIBUTE, COLUMN[name], listed, about=ABOUT.get(name))


def _text(name: str) -> Column:
    return Column(name, Kind.TEXT, ColumnRole.ATTRIBUTE, COLUMN[name], about=ABOUT.get(name))


def _name(name: str, of: str) -> Column:
    return Column(name, Kind.TEXT, ColumnRole.NAME, COLUMN[name], names=of)
