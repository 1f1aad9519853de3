"""Tables beside the observations: what their codes are."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.domain.released import KIND_WORDS
from reporting.publication.distribution.breakdowns import BreakdownColumn
from reporting.publication.distribution.columns import COLUMN, code_column, plain_column
from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.distribution.messages import message
from reporting.publication.formats.table import (
    CodeEntry,
    CodeList,
    Column,
    ColumnRole,
    Kind,
    SdmxList,
    TidyTable,
)
from reporting.words import Words

TABLE, LIST = message.table("table"), message.table("list")
STATUS, FIGURE, METHOD = message.table("status"), message.table("figure"), message.table("method")
SDMX_LISTS = {
    "obs_status": (SdmxList("CL_OBS_STATUS", "2.2"), message.table("obs_status")),
    "conf_status": (SdmxList("CL_CONF_STATUS", "1.3"), message.table("conf_status")),
}
"""Columns whose codes are SDMX's, with those of them that are used."""
SINCE_2 = {"obs_status": message.table("obs_status_since_2")}
"""What version 2 of the formats uses besides."""


def areas(facts: ReleasedFacts) -> TidyTable:
    columns = (
        code_column("geography", ColumnRole.DIMENSION),
        code_column("area", ColumnRole.DIMENSION),
        *(plain_column(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        code_column("level", ColumnRole.ATTRIBUTE),
        code_column("parent", ColumnRole.ATTRIBUTE, "area", required=False),
        plain_column("official_code", Kind.CODE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (geography, code, node.name, node.name_en or "", node.level, node.parent or "", node.official_code or "")
        for (geography, code), node in sorted(facts.roster.nodes.items())
    ]  # fmt: skip
    return TidyTable("areas", TABLE["areas"], columns, rows)


def contests(facts: ReleasedFacts) -> TidyTable:
    columns = (
        code_column("contest", ColumnRole.DIMENSION),
        *(plain_column(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        plain_column("kind", Kind.CODE, ColumnRole.ATTRIBUTE),
        code_column("geography", ColumnRole.ATTRIBUTE),
        code_column("area", ColumnRole.ATTRIBUTE),
        plain_column("seats", Kind.WHOLE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (c.code, c.label.ja, c.label.en or "", c.kind, c.area.geography, c.area.area, str(c.seats))
        for c in facts.definition.contests
    ]
    return TidyTable("contests", TABLE["contests"], columns, sorted(rows))


def choices(facts: ReleasedFacts) -> TidyTable:
    columns = (
        code_column("contest", ColumnRole.DIMENSION),
        Column("choice", Kind.CODE, ColumnRole.DIMENSION, COLUMN["choice"], "choice", within="contest", required=True),
        Column("choice_name", Kind.TEXT, ColumnRole.NAME, COLUMN["choice_name"], names="choice"),
        plain_column("party", Kind.TEXT, ColumnRole.ATTRIBUTE),
        *(plain_column(name, Kind.CODE, ColumnRole.ATTRIBUTE) for name in ("on_list", "identity")),
        plain_column("number", Kind.WHOLE, ColumnRole.ATTRIBUTE),
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


def items_asked(facts: ReleasedFacts) -> TidyTable:
    columns = (
        code_column("item", ColumnRole.DIMENSION),
        *(plain_column(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        plain_column("kind", Kind.CODE, ColumnRole.ATTRIBUTE),
        code_column("unit", ColumnRole.ATTRIBUTE),
        plain_column("decimals", Kind.WHOLE, ColumnRole.ATTRIBUTE),
        *(plain_column(name, Kind.CODE, ColumnRole.ATTRIBUTE) for name in ("numerator", "denominator")),
        plain_column("basis", Kind.TEXT, ColumnRole.ATTRIBUTE),
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


def lots(facts: ReleasedFacts) -> TidyTable:
    columns = (
        code_column("contest", ColumnRole.DIMENSION),
        code_column("item", ColumnRole.DIMENSION),
        plain_column("among", Kind.TEXT, ColumnRole.DIMENSION),
        plain_column("winners", Kind.TEXT, ColumnRole.DIMENSION),
        plain_column("state", Kind.CODE, ColumnRole.DIMENSION),
        plain_column("votes", Kind.DECIMAL, ColumnRole.MEASURE),
        plain_column("source_class", Kind.CODE, ColumnRole.ATTRIBUTE),
        plain_column("change", Kind.CODE, ColumnRole.ATTRIBUTE),
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


def codes(lists: Sequence[CodeList]) -> TidyTable:
    columns = (
        plain_column("list", Kind.CODE, ColumnRole.DIMENSION, required=True),
        plain_column("code", Kind.CODE, ColumnRole.DIMENSION, required=True),
        *(plain_column(name, Kind.TEXT, ColumnRole.NAME) for name in ("name_ja", "name_en")),
        plain_column("parent", Kind.CODE, ColumnRole.ATTRIBUTE),
    )
    rows = [
        (listed.code, entry.code, entry.label.ja, entry.label.en, entry.parent)
        for listed in lists
        for entry in listed.entries
    ]
    return TidyTable("codes", TABLE["codes"], columns, rows)


def code_lists(facts: ReleasedFacts, dimensions: tuple[BreakdownColumn, ...]) -> tuple[CodeList, ...]:
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
        "change": [CodeEntry(kind, words) for kind, words in KIND_WORDS.items()],
    }
    lists = [CodeList(code, LIST[code], tuple(entries)) for code, entries in plain.items()]
    for code, (sdmx, words) in SDMX_LISTS.items():
        since = SINCE_2.get(code, {}) if facts.formats > 1 else {}
        codes_used = tuple(CodeEntry(short, both) for short, both in sorted({**words, **since}.items()))
        lists.append(CodeList(code, LIST[code], codes_used, sdmx))
    for column in dimensions:
        entries = tuple(CodeEntry(value.code, value.label.words) for value in column.dimension.values)
        lists.append(CodeList(column.name, column.dimension.label.words, entries))
    return tuple(lists)
