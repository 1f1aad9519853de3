"""`/incidents/{election}/{unit}/{number}`: one case: what happened, who looked at it, the next level's word, its release, its correction."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.incidents import STATES, as_typed, concerned, fields_of, told_by
from api.console.names import Levels, Names, unit_name
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.render import address_of, link
from api.console.states import REASONS

PLACE = ("election", "unit", "number")
SEEN = re.compile("seen")


def here(asked: Asked, **query: object) -> str:
    return link(address_of("incidents", *(asked.path[name] for name in PLACE)), **query)


def of_case(asked: Asked) -> dict[str, Any]:
    """Which case, in the version that was looked at. An address without a number names no case: 0 is none."""
    number = asked.path["number"]
    return {
        "commandId": str(asked.command_id),
        "election": asked.path["election"],
        "unit": asked.path["unit"],
        "number": int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0,
        "seen": asked.whole("seen") or 0,
    }


def confirms(asked: Asked) -> Confirmation:
    """The version that was looked at; what is decided of it, or told anew, is typed in the same form."""
    return carried(here(asked), asked.form, SEEN)


def reason(asked: Asked) -> dict[str, str]:
    return {
        "reasonClass": asked.form.get("reason-class", ""),
        "reason": asked.form.get("reason", "").strip(),
    }


def accept(asked: Asked) -> Variables:
    return {"input": of_case(asked) | {"accepted": True}}


def send_back(asked: Asked) -> Variables:
    return {"input": of_case(asked) | {"accepted": False} | reason(asked)}


def release(asked: Asked) -> Variables:
    return {"input": of_case(asked)}


def correct(asked: Asked) -> Variables:
    more = {"withdrawn": asked.form.get("withdrawn") == "1"}
    return {"input": of_case(asked) | told_by(asked) | reason(asked) | more}


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`case`: None where the unit has none of this number in reach; `told`: the fields of its correction."""
    election, number = answer["election"], asked.path["number"]
    case = next((case for case in answer["incidents"]["nodes"] if str(case["number"]) == number), None)
    labels = {
        (form["code"], slot["code"]): (form["label"], slot["label"])
        for form in election["forms"]
        for slot in form["slots"]
    }
    return {
        "election": election,
        "unit": asked.path["unit"],
        "case": case,
        "names": Names(election, asked.words),
        "levels": Levels(election["namedGeographies"], asked.words),
        "labels": labels,
        "lists": answer["incidentCodes"],
        "concerned": concerned(election, case["facts"]["contests"] if case else ()),
        "states": STATES,
        "reasons": REASONS,
        "told": as_typed(asked, fields_of(case)) if case else {},
        "waits": [level for level in case["levels"] if level not in case["accepted"]] if case else [],
        "done": asked.query.get("done"),
        "confirmation": Confirmation(here(asked), {"seen": str(case["seen"])}) if case else None,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/incidents/{election}/{unit}/{number}",
    title=lambda asked, answer: asked.words.of(
        "事案 {number}：{unit}",
        number=asked.path["number"],
        unit=unit_name(asked, answer),
    ),
    variables=lambda asked: {
        "election": asked.path["election"],
        "unit": asked.path["unit"],
        "recorded": asked.recorded,
    },
    show=show,
    deeds=(
        Deed("accept", accept, judge("reviewIncident"), confirms=confirms, document="review"),
        Deed("send_back", send_back, judge("reviewIncident"), confirms=confirms, document="review"),
        Deed("release", release, judge("releaseIncident"), confirms=confirms),
        Deed("correct", correct, judge("correctIncident"), confirms=confirms),
    ),
    needs_login=True,
)
