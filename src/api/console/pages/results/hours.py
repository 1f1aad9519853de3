"""A rate over the slots of its form: how turnout rose through the day, as a chart and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from api.console.chart import Point, chart
from api.console.page import Asked
from api.console.pages.results.areas import is_number

Node = Mapping[str, Any]


def by_hour(asked: Asked, items: Mapping[str, Node], slots: Sequence[Node]) -> dict[str, Any]:
    """`hour_items`: the rates that at least two slots have; `hours`: (slot, one node for each of them, None: nothing there);
    `hour_chart`: a line each. A slot of which not every unit has reported is an open point."""
    rates = {
        code: {
            slot["code"]: node for slot in slots for node in slot["totals"]["nodes"] if node["item"] == code
        }
        for code, item in items.items()
        if item["unit"] == "percent"
    }
    told = {
        code: nodes
        for code, nodes in rates.items()
        if sum(is_number(node["value"]) for node in nodes.values()) > 1
    }
    lines = {
        asked.words.label(items[code]["label"]): [
            Point(_place(number), Decimal(node["value"]), _told(asked, slot, node), open_=node["reported"] < node["expected"])
            for number, slot in enumerate(slots)
            if (node := nodes.get(slot["code"])) and is_number(node["value"])
        ]
        for code, nodes in told.items()
    }  # fmt: skip
    names = {_place(number): asked.words.label(slot["label"]) for number, slot in enumerate(slots)}
    return {
        "hour_items": [items[code] for code in told],
        "hours": [(slot, [nodes.get(slot["code"]) for nodes in told.values()]) for slot in slots],
        "hour_chart": chart(lines, names),
    }


def _place(number: int) -> date:
    """Slots stand at equal distances: the last often has no hour."""
    return date.fromordinal(number + 1)


def _told(asked: Asked, slot: Node, node: Node) -> str:
    counted = asked.words.of(
        "{n} 単位中 {reported} 単位", n=format(node["expected"], ","), reported=format(node["reported"], ",")
    )
    return f"{asked.words.label(slot['label'])} {Decimal(node['value']):,} % ({counted})"
