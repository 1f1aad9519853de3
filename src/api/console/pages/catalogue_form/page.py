"""`/catalogue/{election}/{form}`: one form: its cells as they are asked, its slots, the rules that watch it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.pages.catalogue.page import KINDS, of_moment
from api.console.render import address_of, link

Told = Mapping[str, Any]


def form_of(answer: Answer, asked: Asked) -> Told | None:
    """None where the election has no such form at that moment."""
    forms = answer["election"]["forms"]
    return next((form for form in forms if form["code"] == asked.path["form"]), None)


def cells_of(item: Told, values: Mapping[str, list[str]]) -> list[str]:
    """What is asked of the item beside its total: each value of each combination of dimensions."""
    return [
        "・".join(chosen)
        for combination in item["breakdowns"]
        for chosen in product(*(values[code] for code in combination))
    ]


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`items`: (item, its breakdown cells); `rules`: (rule, slots of this form it watches; empty: all)."""
    election, form, label = answer["election"], form_of(answer, asked), asked.words.label
    values = {
        each["code"]: [label(value["label"]) for value in each["values"]] for each in election["dimensions"]
    }
    asks = set(form["items"]) if form else set()
    every = {slot["code"] for slot in form["slots"]} if form else set()
    order = {code: place for place, code in enumerate(form["items"])} if form else {}
    watching = []
    for rule in election["rulesInForce"]:
        slots = {at["slot"] for at in rule["applies"] if at["form"] == asked.path["form"]}
        if slots:
            watching.append((rule, sorted(slots) if slots != every else []))
    code, at = asked.path["election"], asked.query.get("at")
    return {
        "election": election,
        "form": form,
        "items": [
            (item, cells_of(item, values))
            for item in sorted(
                (item for item in election["items"] if item["code"] in asks),
                key=lambda item: order[item["code"]],
            )
        ],
        "watching": watching,
        "slot_names": {slot["code"]: label(slot["label"]) for slot in form["slots"]} if form else {},
        "kinds": KINDS,
        "catalogue": link(address_of("catalogue", code), at=at),
        "rules": link(address_of("rules", code), at=at),
    }


def title(asked: Asked, answer: Answer) -> str:
    form = form_of(answer, asked)
    name = asked.words.label(form["label"]) if form else asked.path["form"]
    return asked.words.of("様式：{form}", form=name)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/catalogue/{election}/{form}",
    title=title,
    variables=of_moment,
    show=show,
    public=True,
    as_file=True,
)
