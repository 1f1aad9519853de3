"""Tables beside the observations: elections, the codebook of items, breaks, lineage, errata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from projections.series_set.facts import SeriesFacts
from projections.series_set.messages import COLUMN, message
from reporting.domain.election import ElectionDefinition
from reporting.domain.items import Item
from reporting.publication.formats.table import Column, ColumnRole, Kind, TidyTable
from reporting.series.errata import ERRATA_COLUMNS
from reporting.series.errata import errata_of as errata_known

ABOUT, TABLE = message.table("about"), message.table("table")
Rows = Sequence[tuple[str, ...]]


def elections(facts: SeriesFacts) -> TidyTable:
    rows = [
        (
            code, definition.label.words.ja, definition.label.words.en, definition.kind,
            definition.polling_date.isoformat(), definition.source or "",
        )
        for code, definition in facts.definitions.items()
    ]  # fmt: skip
    columns = ("election", "name_ja", "name_en", "kind", "date", "source")
    return _table("elections", columns, {"election"}, rows, date=Kind.DAY)


def items_of(facts: SeriesFacts) -> Iterator[tuple[Item, list[ElectionDefinition]]]:
    """What is observed, and what its rates are made of, in each version with the elections that asked it so."""
    observed = {row.item for row in facts.rows}
    asked = set(observed)
    every = [(item, definition) for definition in facts.definitions.values() for item in definition.items]
    for item, _ in every:
        if item.code in observed:
            asked.update(part for part in (item.numerator, item.denominator) if part)
    told: dict[tuple[str, int], tuple[Item, list[ElectionDefinition]]] = {}
    for item, definition in sorted(every, key=lambda pair: (pair[1].polling_date, pair[1].code)):
        if item.code in asked:
            told.setdefault((item.code, item.version), (item, []))[1].append(definition)
    for key in sorted(told):
        yield told[key]


def codebook(facts: SeriesFacts) -> TidyTable:
    rows = [
        (
            item.code, str(item.version), item.label.words.ja, item.label.words.en, item.kind.value, item.unit,
            str(item.decimals), item.numerator or "", item.denominator or "", item.part_of or "",
            " ".join(",".join(combination) for combination in item.breakdowns),
            item.purpose.words.ja if item.purpose else "", item.purpose.words.en if item.purpose else "",
            item.basis or "", item.bridge or "", " ".join(definition.code for definition in asking),
        )
        for item, asking in items_of(facts)
    ]  # fmt: skip
    columns = (
        "item", "version", "name_ja", "name_en", "kind", "unit", "decimals", "numerator", "denominator", "part_of",
        "breakdowns", "purpose_ja", "purpose_en", "basis", "bridge", "elections",
    )  # fmt: skip
    return _table("codebook", columns, {"item", "version"}, rows, version=Kind.WHOLE, decimals=Kind.WHOLE)


def breaks(facts: SeriesFacts) -> TidyTable:
    rows = [
        (
            each.key.area, each.key.contest, each.key.item, each.key.breakdown, each.before, each.after, each.cause.value,
            each.change, each.date.isoformat() if each.date else "", each.ja, each.en, each.bridge, each.source,
        )
        for each in facts.breaks
    ]  # fmt: skip
    columns = (
        "area", "contest", "item", "breakdown", "before", "after", "cause", "change", "date", "words_ja", "words_en",
        "bridge", "source",
    )  # fmt: skip
    return _table("breaks", columns, set(columns[:8]), rows, date=Kind.DAY)


def lineage(facts: SeriesFacts) -> TidyTable:
    """Every change up to the last polling day, or the day of the boundaries, with what of each area went where; a share that nobody knows is empty."""
    last = max(row.date for row in facts.rows)
    if facts.boundaries != "as_reported":
        last = max(last, date.fromisoformat(facts.boundaries))
    rows = [
        (
            held.registry, effect.change.id, of, into, effect.change.date.isoformat(), effect.change.kind,
            names.get(of, ""), names.get(into, ""), "" if share.weight is None else str(share.weight),
            "true" if share.exact else "false", share.method, share.source or effect.change.source,
        )
        for held in facts.lineages
        for effect in held.graph.effects
        if effect.change.date <= last
        for names in ({area.code: area.name for area in (*effect.change.from_areas, *effect.change.to_areas)},)
        for of, shares in effect.forward.items()
        for into, share in shares.items()
    ]  # fmt: skip
    columns = (
        "registry", "change", "of", "into", "date", "kind", "of_name", "into_name", "share", "exact", "method", "source",
    )  # fmt: skip
    return _table("lineage", columns, set(columns[:4]), rows, date=Kind.DAY, exact=Kind.YES_NO)


def errata_of(facts: SeriesFacts) -> TidyTable:
    """Those that observations name."""
    named = {row.erratum for row in facts.rows} - {""}
    rows = [
        tuple(str(getattr(each, name)) for name in ERRATA_COLUMNS)
        for definition in facts.definitions.values()
        for each in errata_known(definition)
        if each.id in named
    ]
    return _table("errata", ERRATA_COLUMNS, {"id"}, rows, date=Kind.DAY)


def _table(name: str, columns: Sequence[str], key: set[str], rows: Rows, **kinds: Kind) -> TidyTable:
    """Text where `kinds` says nothing else."""
    return TidyTable(
        name,
        TABLE[name],
        tuple(
            Column(
                column,
                kinds.get(column, Kind.TEXT),
                ColumnRole.DIMENSION if column in key else ColumnRole.ATTRIBUTE,
                COLUMN[column],
                about=ABOUT.get(column),
            )
            for column in columns
        ),
        sorted(rows),
    )
