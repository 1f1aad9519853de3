"""`/differences/{election}/{contest}/{form}/{slot}/{geography}/{level}`: two moments beside each other, by time or by release: which
totals differ, and for one area the events that explain it: what, by whom, why."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from api.console.moments import moment, ticks
from api.console.names import Levels, Names, title_of_slot
from api.console.page import Answer, Asked, Page, Variables
from api.console.render import NUMBER, address_of, link

PLACE = ("election", "contest", "form", "slot", "geography", "level")
FIRST = {"position": 0}
"""Asked for, and not used, before two moments are chosen."""
Difference = Mapping[str, Any]


def variables(asked: Asked) -> Variables:
    query, area = asked.query, asked.query.get("area")
    chosen = bool(query.get("from"))
    return {
        **{name: asked.path[name] for name in PLACE},
        "chosen": chosen and not area,
        "oneArea": chosen and bool(area),
        "areas": [area] if area else None,
        "from": moment(query["from"]) if chosen else FIRST,
        "to": moment(query["to"]) if query.get("to") else None,
        "layer": query.get("layer") or None,
    }


def change(before: str | None, after: str | None) -> str | None:
    """The later less the earlier, canonical; None where one of them is no number."""
    if not (before and after and NUMBER.fullmatch(before) and NUMBER.fullmatch(after)):
        return None
    return format(Decimal(after) - Decimal(before), "f")


def sides(row: Difference) -> tuple[dict[str, Any], ...]:
    """The total as it was at either moment."""
    return tuple(
        {"value": row[side.lower()]}
        | {name: row[f"{name}{side}"] for name in ("reported", "expected", "withheld")}
        for side in ("Before", "After")
    )


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`rows`: differences with both totals and their change; `pairs`: (release, address of what it changed), latest first; `of_area`: code → the same
    two moments for one area, with events; `of_cell`: difference → the trail of its cell between them."""
    election, query = answer["election"], asked.query
    here = address_of("differences", *(asked.path[name] for name in PLACE))
    kept = {name: query[name] for name in ("from", "to", "layer") if query.get(name)}
    releases = sorted(answer["releases"], key=lambda release: release["lastPosition"])
    told = answer.get("explained") if query.get("area") else answer.get("all")
    positions = {name: query[name] for name in ("from", "to") if query.get(name)}

    def of_cell(row: Difference) -> str:
        cell = "|".join((asked.path["contest"], row["item"], row["breakdown"], row["choice"]))
        where = {name: asked.path[name] for name in ("geography", "form", "slot")}
        since = {"since": positions.get("from"), "until": positions.get("to")}
        return link(address_of("trail", election["code"]), **where, area=row["code"], cell=cell, **since)

    return {
        "election": election,
        "names": Names(election, asked.words),
        "levels": Levels(election["namedGeographies"], asked.words),
        "contest": asked.path["contest"],
        "chosen": bool(query.get("from")),
        "rows": [(row, sides(row), change(row["before"], row["after"])) for row in told or ()],
        "one_area": query.get("area"),
        "layers": [*(election["workflow"]["levels"] if election["workflow"] else ())],
        "layer": (told[0]["layer"] if told else query.get("layer")) or "",
        "pairs": [
            (release, link(here, **{"from": former["lastPosition"], "to": release["lastPosition"]}))
            for former, release in pairwise(releases)
        ][::-1],
        "ticks": ticks(releases, asked.words),
        "last": answer["position"],
        "without_area": link(here, **kept),
        "of_area": lambda code: link(here, **kept, area=code),
        "of_cell": of_cell,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/differences/{election}/{contest}/{form}/{slot}/{geography}/{level}",
    title=lambda asked, answer: asked.words.of(
        "二つの時点の違い：{slot}", slot=title_of_slot(answer["election"], asked.path, asked.words)
    ),
    variables=variables,
    show=show,
    needs_login=True,
    islands=("slider.js",),
)
