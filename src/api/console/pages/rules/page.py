"""`/rules/{election}`: the rules in force, now or at a moment: what each compares, where it applies, what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.pages.catalogue.page import of_moment
from api.console.render import address_of, link
from api.console.words import said

LEVELS = (
    ("ward", said("区・投票区")),
    ("municipality", said("市区町村")),
    ("prefecture", said("都道府県")),
    ("ministry", said("総務省")),
)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`rules`: (rule, [(form, slots of it; empty: all)])."""
    election = answer["election"]
    listed = []
    for rule in election["rulesInForce"]:
        places = []
        for form in election["forms"]:
            slots = [at["slot"] for at in rule["applies"] if at["form"] == form["code"]]
            if slots:
                places.append((form, slots if len(slots) < len(form["slots"]) else []))
        listed.append((rule, places))
    code, at = asked.path["election"], asked.query.get("at")
    return {
        "election": election,
        "rules": listed,
        "left_out": election["rulesLeftOut"],
        "levels": LEVELS,
        "slot_names": {
            (form["code"], slot["code"]): asked.words.label(slot["label"])
            for form in election["forms"]
            for slot in form["slots"]
        },
        "at": at,
        "form_page": lambda form: link(address_of("catalogue", code, form), at=at),
        "catalogue": link(address_of("catalogue", code), at=at),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/rules/{election}",
    title=lambda asked, answer: asked.words.of(
        "点検ルール：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=of_moment,
    show=show,
    public=True,
    as_file=True,
)
