"""`/publication/{election}/{form}/{slot}`: what would go out now, what is held and why, what has gone out; release by hand."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.names import Names, form_and_slot, slots_in_words, title_of_slot, units_told
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link
from api.console.words import said

PLACE = ("election", "form", "slot")
EQUATIONS = {
    "breakdown": said("内訳の合計"),
    "divided_unit": said("分けた単位の合計"),
    "same_cell": said("別の様式にある同じ値"),
    "earlier_release": said("前に公表した値"),
    "part_of": said("一部を数える項目との大小"),
    "other_contest": said("別の選挙区等の報告との大小"),
    "cumulative": said("前後の回との大小"),
}
"""What gives a withheld figure away where no rule states it."""


def here(asked: Asked, **query: object) -> str:
    return link(address_of("publication", *(asked.path[name] for name in PLACE)), **query)


def release(asked: Asked) -> Variables:
    """With why it goes out although withheld figures can be computed from it, where that is typed."""
    reason = asked.form.get("reason", "").strip()
    return {
        "input": {
            **{name: asked.path[name] for name in PLACE},
            "commandId": str(asked.command_id),
            "seen": asked.form.get("seen"),
            **({"reason": reason} if reason else {}),
        }
    }


CARRIED = re.compile("seen")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def judged(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    """On to the page, which says what number went out (none: nothing had changed)."""
    outcome = answer["releaseSlot"]
    made = outcome.get("release")
    onward = here(asked, done=made["position"], number=made["number"]) if made else here(asked, done=0)
    return problems_of(outcome, asked.words), onward


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`shut`: nobody may release the slot yet. `lots`: of which it would hold something new; `nothing`: of nothing."""
    election, coming = answer["election"], answer["nextRelease"]
    form, slot = form_and_slot(election, asked.path)
    now = datetime.fromisoformat(answer["serverTime"])
    return {
        "election": election,
        "form": form,
        "slot": slot,
        "next": coming,
        "releases": answer["releases"],
        "waiting": [node for node in answer["waiting"]["nodes"] if node["status"] != "sent_back"],
        "more_wait": answer["waiting"]["pageInfo"]["hasNextPage"],
        "cells": Names(election, asked.words, [*units_told(answer["releases"]), *coming["named"]]),
        "unit_names": {unit["code"]: unit["name"] for unit in coming["named"]},
        "shut": datetime.fromisoformat(coming["begins"]) > now,
        "lots": (lots := [lot for lot in coming["lots"] if lot["kind"] is not None]),
        "nothing": not coming["unitsChanged"] and not lots,
        "equations": {code: asked.words.of(text) for code, text in EQUATIONS.items()},
        "slots": slots_in_words(election, asked.words),
        "confirmation": Confirmation(here(asked), {"seen": coming["fingerprint"]}),
        "done": asked.query.get("done"),
        "made": asked.query.get("number"),
    }


def title(asked: Asked, answer: Answer) -> str:
    return title_of_slot(answer["election"], asked.path, asked.words, said("{form} · {slot} の公表"))


PAGE = Page(
    folder=Path(__file__).parent,
    address="/publication/{election}/{form}/{slot}",
    title=title,
    variables=lambda asked: {"recorded": asked.recorded, **{name: asked.path[name] for name in PLACE}},
    show=show,
    deeds=(Deed("release", release, judged, confirms=confirms),),
    needs_login=True,
)
