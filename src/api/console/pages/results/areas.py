"""The parts of an area as a map: by who has most votes, or by a rate in steps of ten points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from api.console.maps import NOTHING, Map, Spot, Tone, picture, sheet_of
from api.console.names import told_apart
from api.console.page import Asked
from api.console.render import address_of, all_withheld, link
from api.console.words import Words, said

Node = Mapping[str, Any]
LEAD, RATE = "lead", "rate"
SHOWN = 6
"""Leaders with a tone of their own; the rest share one, and so do ties."""
REST, TIE = "6", "7"
STEP = 10  # percent
SCALE = "r"
"""Before the number of a step: tones that grow darker and denser."""
LOWEST, HIGHEST = 20, 90  # percent: rates outside stand in the outermost steps


@dataclass(frozen=True, slots=True)
class Leader:
    """Of one area. `choice`: who has most votes; empty where nobody has or several have as many. `told` is shown."""

    choice: str
    told: str
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One of the maps that can be shown."""

    told: str
    address: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Leads:
    """Where the areas of a map lead: the page's own address with another area. `kept`: of the query, as it is."""

    page: str
    kept: tuple[str, ...] = ("at",)

    def to(self, asked: Asked, area: str, way: str | None) -> str:
        parts = (asked.path[name] for name in ("election", "contest", "form", "slot", "geography"))
        kept = {name: asked.query.get(name) for name in self.kept}
        return link(address_of(self.page, *parts, area), map=way, **kept)


def leader(nodes: Mapping[str, Node], names: Mapping[str, str], words: Words) -> Leader:
    """`nodes`: by choice. Nothing reported is no leader, and neither is a 0."""
    votes = {choice: Decimal(node["value"]) for choice, node in nodes.items() if is_number(node["value"])}
    most = max(votes.values(), default=Decimal(0))
    first = [choice for choice, number in votes.items() if number == most and most > 0]
    if len(first) == 1:
        return Leader(first[0], names.get(first[0], first[0]))
    return Leader("", words.of("同数"), tied=True) if first else Leader("", "―")


def is_number(value: str | None) -> TypeGuard[str]:
    return value is not None and not value.startswith("!")


def shown_as_map(
    asked: Asked, election: Node, contest: Node, columns: Sequence[Any], rows: Sequence[Any], leads: Leads
) -> dict[str, Any]:
    """`map`, the `ways` to see it, `leading`: each area's leader by code (none where not every choice has a column)."""
    names = told_apart(contest["choices"])
    choices = {
        number: node["choice"] for number, node in enumerate(contest["parts"]["nodes"]) if node["choice"]
    }
    whole = not contest["parts"]["pageInfo"]["hasNextPage"]
    leading = {
        row["area"]["code"]: leader(
            {choice: row["nodes"][number] for number, choice in choices.items() if row["nodes"][number]},
            names,
            asked.words,
        )
        for row in rows
        if len(choices) > 1 and whole
    }
    rate = next((number for number, (item, _) in enumerate(columns) if item["unit"] == "percent"), None)
    offered = [way for way, there in ((LEAD, leading), (RATE, rate is not None)) if there]
    way = asked.query.get("map") if asked.query.get("map") in offered else next(iter(offered), None)
    label = "" if rate is None else asked.words.label(columns[rate][0]["label"])
    told = {LEAD: asked.words.of("最多の候補者・名簿"), RATE: label}
    drawn, codes = None, [row["area"]["code"] for row in rows]
    shown = sheet_of(election["registry"], asked.path["geography"], codes) is not None
    if shown and way == LEAD:
        drawn = _by_leader(asked, election, rows, leading, choices, names, leads)
    elif shown and rate is not None and way == RATE:
        drawn = _by_rate(asked, election, rows, rate, label, leads)
    return {
        "map": drawn,
        "leading": leading,
        "too_many": len(choices) > 1 and not whole,
        "ways": [Way(told[each], leads.to(asked, asked.path["area"], each), each == way) for each in offered],
    }


def _spot(asked: Asked, area: Node, told: str, tone: str, leads: Leads) -> Spot:
    """With n of N; hatched where nothing is reported."""
    words = asked.words
    counted = words.of(
        "{n} 単位中 {reported} 単位", n=format(area["expected"], ","), reported=format(area["reported"], ",")
    )
    nothing = not area["reported"]
    why = words.of("非公表") if nothing and all_withheld(area) else ""
    return Spot(
        area["code"],
        (words.language == "en" and area["nameEn"]) or area["name"],
        why or (words.of("報告なし（{counted}）", counted=counted) if nothing else f"{told} ({counted})"),
        NOTHING if nothing else tone,
        leads.to(asked, area["code"], asked.query.get("map")),
        partial=not nothing and area["reported"] < area["expected"],
    )


def _by_leader(
    asked: Asked,
    election: Node,
    rows: Sequence[Any],
    leading: Mapping[str, Leader],
    choices: Mapping[int, str],
    names: Mapping[str, str],
    leads: Leads,
) -> Map | None:
    often = Counter(
        leading[row["area"]["code"]].choice for row in rows if leading[row["area"]["code"]].choice
    )
    tones = {
        choice: str(number) if number < SHOWN else REST
        for number, (choice, _) in enumerate(often.most_common())
    }
    column = {choice: number for number, choice in choices.items()}
    spots = []
    for row in rows:
        of_area = leading[row["area"]["code"]]
        told = of_area.told
        counted = [row["nodes"][number] for number in choices if row["nodes"][number]]
        area = min(counted, key=lambda node: node["reported"], default=row["area"])
        if of_area.choice:
            told += f" {Decimal(row['nodes'][column[of_area.choice]]['value']):,}"
        tone = tones[of_area.choice] if of_area.choice else TIE if of_area.tied else NOTHING
        spots.append(_spot(asked, area, told, tone, leads))
    legend = [
        Tone(tones[choice], asked.words.of("{name}：{n} 区域", name=names.get(choice, choice), n=n))
        for choice, n in often.most_common(SHOWN)
    ]
    legend += [
        Tone(REST, asked.words.of("ほか")), Tone(TIE, asked.words.of("同数")), Tone(NOTHING, asked.words.of(NO_REPORT)),
    ]  # fmt: skip
    return picture(
        asked.words.of("最多の候補者・名簿"),
        election["registry"],
        asked.path["geography"],
        spots,
        legend,
        asked.words,
    )


NO_REPORT = said("報告なし")


def _by_rate(
    asked: Asked, election: Node, rows: Sequence[Any], number: int, label: str, leads: Leads
) -> Map | None:
    steps = range(LOWEST, HIGHEST, STEP)
    spots = []
    for row in rows:
        node = row["nodes"][number]
        value = node["value"] if node else None
        if is_number(value):
            step = min(max(int(Decimal(value) - LOWEST) // STEP, 0), len(steps) - 1)
            spots.append(_spot(asked, node, f"{label} {Decimal(value):,} %", f"{SCALE}{step}", leads))
        else:
            spots.append(_spot(asked, node or row["area"], "―", NOTHING, leads))
    legend = [
        Tone(f"{SCALE}{step}", _range(low, step == 0, step == len(steps) - 1))
        for step, low in enumerate(steps)
    ]
    legend.append(Tone(NOTHING, asked.words.of(NO_REPORT)))
    return picture(label, election["registry"], asked.path["geography"], spots, legend, asked.words)


def _range(low: int, first: bool, last: bool) -> str:
    return f"< {low + STEP} %" if first else f"≥ {low} %" if last else f"{low}–{low + STEP} %"
