"""`/cited?citation=…`: the very observation that a citation names, to the digit, for whoever follows it years later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.pages.series.page import FLAGS, breakdowns, measured
from api.console.render import link
from reporting.errors import InvalidInput
from reporting.series.model import Citation


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`flags`: in words, without the one that says nothing; `series`: of what the observation is, with elections of its kind."""
    observation = answer["observation"]
    elections = [*answer["elections"]["nodes"], *answer["cited"]["nodes"]]
    items = {item["code"]: item for election in elections for item in election["items"]}
    held = next((election for election in elections if election["code"] == observation["election"]), None)
    return {
        "observation": observation,
        "measured": measured(observation, items, asked.words, breakdowns(elections, asked.words)),
        "unit": " %" if items.get(observation["item"], {}).get("unit") == "percent" else "",
        "labels": {election["code"]: election["label"] for election in elections},
        "flags": [(code, FLAGS[code]) for code in observation["obsStatus"] if code in FLAGS and code != "A"],
        "series": series_of(Citation.parse(observation["citation"]), held),
        "area": (asked.words.language == "en" and observation["nameEn"]) or observation["name"],
    }


def series_of(cited: Citation, held: Mapping[str, Any] | None) -> str:
    """The page of what goes before and after it, counted and cut as it is. `held`: its election."""
    parts = cited.breakdown.split(",")
    form, _, slot = cited.asked.partition("/")
    return link(
        "/series",
        item=cited.item,
        areas=cited.area,
        geography=cited.geography,
        electionKind=held["kind"] if held else None,
        contestKind=cited.contest if cited.over else None,
        breakdown=",".join(part for part in parts if not part.startswith("choice=")),
        boundaries=cited.boundaries,
        form=form,
        slot=slot,
        tests="yes" if cited.tests or (held and held["isTest"]) else None,
    )


def of_the_citation(citation: str) -> list[str]:
    """The election that it names, older than those that are listed, perhaps; none for a citation that is none, which the answer tells."""
    try:
        return [Citation.parse(citation).election]
    except InvalidInput:
        return []


PAGE = Page(
    folder=Path(__file__).parent,
    address="/cited",
    title=lambda asked, answer: asked.words.of("引用された値"),
    variables=lambda asked: {
        "citation": asked.query.get("citation", ""),
        "elections": of_the_citation(asked.query.get("citation", "")),
    },
    show=show,
    public=True,
)
