"""`/series`: figures over elections: chart with breaks, table with flags, previous value and difference, citations. Its address
is what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.console.chart import Point, chart
from api.console.moments import as_of, moment
from api.console.names import Levels
from api.console.page import Answer, Asked, Page, Variables
from api.console.render import link
from api.console.states import election_kind
from api.console.words import Words, said

Row = Mapping[str, Any]
MANY = {"item": "items", "areas": "areas", "level": "level", "electionKind": "kinds"}
"""Parameter of the address (one text, codes apart by spaces or commas) → variable."""
ONE = {
    "geography": "geography",
    "contest": "contest",
    "contestKind": "contestKind",
    "identity": "identity",
    "form": "form",
    "slot": "slot",
    "choice": "choice",
    "from": "from",
    "to": "to",
    "after": "after",
}
FLAGS = {
    "A": said("特記なし"), "B": said("断層の後の最初の値（前の値とつながらない）"),
    "D": said("項目の定義の版が変わった（橋渡しがある）"), "E": said("標本・推計・推計した按分による"),
    "L": said("未報告と述べられた"), "M": said("ありえない（該当なし、または分母が 0）"), "O": said("値がない"),
    "P": said("暫定：速報、またはまだ全単位がそろっていない"), "Q": said("非公表の部分を含まない"),
    "U": said("解消していない不突合がある"),
}  # fmt: skip
"""SDMX CL_OBS_STATUS in words."""


def codes(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


def variables(asked: Asked) -> Variables:
    """Nothing is asked of the series until an item is named."""
    given = {name: asked.query.get(name, "").strip() for name in (*MANY, *ONE)}
    return {
        **{variable: codes(given[name]) or None for name, variable in MANY.items()},
        **{variable: given[name] or None for name, variable in ONE.items()},
        "items": codes(given["item"]),
        "breakdown": asked.query.get("breakdown", "").strip(),
        "asked": bool(given["item"]),
        "boundaries": asked.query.get("boundaries") or "AS_REPORTED",
        "comparable": asked.query.get("comparable") == "yes",
        "tests": asked.query.get("tests") == "yes",
        "asOf": as_of(asked.query),
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`choosable`: items of elections that are looked at; `lines`: of each area, item and choice the observations in order; `permanent`: the address with the position it stands at."""
    told = answer.get("series")
    elections = [*answer["elections"]["nodes"], *(told["elections"] if told else ())]
    rows = told["nodes"] if told else []
    asked_ever = [node["item"] for node in answer["codebookItems"]["nodes"]]
    items = {
        item["code"]: item
        for item in (*asked_ever, *(item for election in elections for item in election["items"]))
    }
    choosable = {item["code"]: item for item in asked_ever} | {
        item["code"]: item
        for election in elections
        if asked.query.get("tests") == "yes" or not election["isTest"]
        for item in election["items"]
    }
    called = breakdowns(elections, asked.words)
    lines = named(lines_of(rows), lambda row: name_of(row, items, asked.words, called), asked.words)
    return {
        "series": told,
        "lines": lines,
        "called": Levels((named for election in elections for named in election["namedGeographies"]), asked.words),
        "labels": {election["code"]: election["label"] for election in elections},
        "breakdowns": breakdowns(elections, asked.words),
        "items": dict(sorted(items.items())),
        "choosable": dict(sorted(choosable.items())),
        "kinds": sorted({election["kind"] for election in elections}),
        "geographies": list(
            dict.fromkeys(geography for election in elections for geography in election["geographies"])
        ),
        "chart": chart({name: marks for name, line in lines.items() if (marks := points(line, asked.words))}),
        "flags": {code: FLAGS[code] for code in sorted({code for row in rows for code in row["obsStatus"]}) if code in FLAGS},
        "comparable": asked.query.get("comparable") == "yes",
        "beside": across(lines) if asked.query.get("view") == "across" else None,
        "beside_address": link("/series", **{**asked.query, "view": None if asked.query.get("view") == "across" else "across"}),
        "area_names": {row["area"]: row["name"] for row in rows},
        "of_item": lambda code: link("/series", **{**asked.query, "item": code}),
        "csv": csv_of(asked),
        "csv_for_sheets": csv_of(asked, bom=True),
        "present": link("/series", **{**asked.query, "at": None}),
        "permanent": link("/series", **{**asked.query, "at": told["asOfPosition"] if told else None}),
        "next": link("/series", **{**asked.query, "after": told["pageInfo"]["endCursor"]})
        if told and told["pageInfo"]["hasNextPage"] else None,
    }  # fmt: skip


def lines_of(rows: Iterable[Row]) -> list[list[Row]]:
    """What belongs together, each by day. Codes tell it and never names, which several towns may have: a kind of election is a
    line of its own, and so is a contest where one election held several of them."""
    held: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        who = row["identity"] or row["choice"]
        held.setdefault((row["electionKind"], row["area"], row["item"], row["breakdown"], who), []).append(
            row
        )
    lines: list[list[Row]] = []
    for line in held.values():
        contests = dict.fromkeys(row["contest"] for row in line)
        once = len({row["election"] for row in line}) == len(line)
        parts = (
            [line] if once else [[row for row in line if row["contest"] == contest] for contest in contests]
        )
        lines += [sorted(part, key=lambda row: (row["date"], row["election"])) for part in parts]
    return lines


def named(lines: Iterable[list[Row]], name: Callable[[Row], str], words: Words) -> dict[str, list[Row]]:
    """Each line by the name that it had last; those of one name are told apart by what differs among them."""
    alike: dict[str, list[list[Row]]] = {}
    for line in lines:
        alike.setdefault(name(line[-1]), []).append(line)
    return {
        " · ".join(
            (called, *(own[n] for n in range(len(own)) if len({other[n] for other in owns}) > 1))
        ): line
        for called, some in alike.items()
        if (owns := [telling(line[-1], words) for line in some])
        for line, own in zip(some, owns, strict=True)
    }


def telling(row: Row, words: Words) -> tuple[str, ...]:
    """What two lines of one name may differ in."""
    who = row["identity"] or row["choice"]
    return (row["area"], election_kind(row["electionKind"], words), row["contest"], row["item"], who)


def breakdowns(elections: Iterable[Mapping[str, Any]], words: Words) -> dict[str, str]:
    """`sex=f` → its words, of every dimension that an election has."""
    return {
        f"{dimension['code']}={value['code']}": f"{words.label(dimension['label'])}：{words.label(value['label'])}"
        if words.language == "ja"
        else f"{words.label(dimension['label'])}: {words.label(value['label'])}"
        for election in elections
        for dimension in election["dimensions"]
        for value in dimension["values"]
    }


def name_of(row: Mapping[str, Any], items: Mapping[str, Any], words: Words, called: Mapping[str, str]) -> str:
    """What one line of the chart is: area with the authorities' code where it has one beside its key, item, and of whom."""
    area = (words.language == "en" and row["nameEn"]) or row["name"]
    if row["officialCode"]:
        area = f"{area} {row['officialCode']}"
    return f"{area} · {measured(row, items, words, called)}"


def measured(
    row: Mapping[str, Any], items: Mapping[str, Any], words: Words, called: Mapping[str, str]
) -> str:
    """Item in words, breakdown (`called`: by its code) and of whom."""
    item = words.label(items[row["item"]]["label"]) if row["item"] in items else row["item"]
    parts = [called.get(part, part) for part in row["breakdown"].split(",")]
    return " · ".join(part for part in (item, *parts, row["choiceName"]) if part)


def across(
    lines: Mapping[str, list[Mapping[str, Any]]],
) -> tuple[list[str], dict[str, list[Mapping[str, Any] | None]]]:
    """Elections in order, and each line with its observation in each of them (None: none)."""
    dates = {row["election"]: row["date"] for rows in lines.values() for row in rows}
    elections = sorted(dates, key=lambda election: (dates[election], election))
    held = {name: {row["election"]: row for row in rows} for name, rows in lines.items()}
    return elections, {name: [rows.get(election) for election in elections] for name, rows in held.items()}


def points(rows: list[Mapping[str, Any]], words: Words) -> list[Point]:
    return [
        Point(
            date.fromisoformat(row["date"]),
            Decimal(row["value"]),
            f"{row['date']} {Decimal(row['value']):,} ({row['coverageReported']}/{row['coverageExpected']})",
            broken="B" in row["obsStatus"],
            open_=not {"A", "B"} >= set(row["obsStatus"]),
        )
        for row in rows
        if row["value"] is not None
    ]


def csv_of(asked: Asked, bom: bool = False) -> str:
    """The same question to `/series.csv`; `bom`: as spreadsheets want it."""
    same = {name: ",".join(codes(asked.query.get(name, ""))) for name in MANY}
    same |= {name: asked.query.get(name, "") for name in ONE if name != "after"}
    yes = {
        "breakdown": asked.query.get("breakdown"),
        "boundaries": asked.query.get("boundaries"),
        "comparable": "true" if asked.query.get("comparable") == "yes" else None,
        "includeTests": "true" if asked.query.get("tests") == "yes" else None,
        "asOf": next(iter(moment(at).values())) if (at := asked.query.get("at")) else None,
        "bom": "true" if bom else None,
    }
    return link("/series.csv", **same, **yes)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/series",
    title=lambda asked, answer: asked.words.of("系列を調べる"),
    variables=variables,
    show=show,
    public=True,
)
