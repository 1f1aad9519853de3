"""`/lineage/{registry}/{geography}/{area}`: what an area was made of and what became of it, as a picture and as a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from api.console.lives import picture
from api.console.page import Answer, Asked, Page, Variables
from api.console.render import address_of, link

PLACE = ("registry", "geography", "area")


def variables(asked: Asked) -> Variables:
    return {**{name: asked.path[name] for name in PLACE}, "on": asked.query.get("on") or None}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`of`: code → the page of another area; `on`: the day that was asked about, if any."""
    told, words = answer["areaLineage"], asked.words
    between = "、" if words.language == "ja" else ", "

    def said_of(change: Mapping[str, Any]) -> str:
        names = [between.join(area["name"] for area in change[side]) for side in ("fromAreas", "toAreas")]
        return f"{words.label(change['kindLabel'])} {' → '.join(filter(None, names))}"

    changes = [{**change, "told": said_of(change)} for change in told["changes"]]
    lives = [*told["lives"], *told["relatives"]]
    days = [date.fromisoformat(day) for life in lives for day in (life["begins"], life["ends"]) if day]
    days += [date.fromisoformat(change["date"]) for change in changes]
    first = date.fromisoformat(told["firstDay"])
    last = max([first, *days])
    end = max(last, date(last.year + 1, 1, 1)) if any(life["ends"] is None for life in lives) else last
    return {
        "lineage": told,
        "name": told["lives"][-1]["name"],
        "changes": changes,
        "picture": picture(told["code"], lives, changes, first, end),
        "of": lambda code: address_of("lineage", asked.path["registry"], asked.path["geography"], code),
        "on": asked.query.get("on"),
        "series": link("/series", areas=told["code"], geography=asked.path["geography"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/lineage/{registry}/{geography}/{area}",
    title=lambda asked, answer: asked.words.of(
        "区域の変遷：{name}", name=answer["areaLineage"]["lives"][-1]["name"]
    ),
    variables=variables,
    show=show,
    public=True,
    as_file=True,
)
