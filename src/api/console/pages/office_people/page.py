"""`/offices/{office}`: who works for an office, since when and by whose entry, what it may do; beginning and ending that for who may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.moments import days_ago
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.render import JAPAN, address_of, link
from api.console.rights import reaches_of, rights_of

ENDED = ("person", "until")
ENDING = re.compile("|".join(ENDED))
GRANTED = ("subject", "from", "until", "stead")
GRANTING = re.compile("|".join(GRANTED))


def here(asked: Asked, **query: object) -> str:
    return link(address_of("offices", asked.path["office"]), **query)


def of_office(asked: Asked) -> Variables:
    return {"commandId": str(asked.command_id), "office": asked.path["office"]}


def grant(asked: Asked) -> Variables:
    until = asked.form.get("until", "").strip()
    span = {"validFrom": asked.form.get("from", "").strip(), **({"validTo": until} if until else {})}
    stead = asked.form.get("stead", "")
    who = {"subject": asked.form.get("subject", "").strip(), **({"deputyFor": stead} if stead else {})}
    return {"input": of_office(asked) | who | span}


def end(asked: Asked) -> Variables:
    return {
        "input": of_office(asked)
        | {"subject": asked.form.get("person", ""), "validTo": asked.form.get("until", "").strip()}
    }


def granting(asked: Asked) -> Confirmation | None:
    """Of the person and days that were typed, once they were looked at; None where nobody was typed."""
    fields = {name: asked.form.get(name, "").strip() for name in GRANTED}
    return Confirmation(here(asked), fields) if "subject" in asked.form else None


def ending(asked: Asked, endable: Sequence[str]) -> Confirmation | None:
    """Of the person and day that were typed; None where nobody's was, or of somebody who does not work here any more."""
    fields = {name: asked.form.get(name, "").strip() for name in ENDED}
    return Confirmation(here(asked), fields) if fields["until"] and fields["person"] in endable else None


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`office`: None where none of this code is registered; `members`: (membership, whether its ending is offered);
    `after`: who works here once somebody does not any more."""
    office = next(iter(answer["offices"]["nodes"]), None)
    may = answer["mayManageOffices"]
    today = datetime.fromisoformat(answer["serverTime"]).astimezone(JAPAN).date().isoformat()
    members = (office["members"] or []) if office else []
    current = [held for held in members if held["validTo"] is None or held["validTo"] > today]
    ends = ending(asked, [held["person"] for held in current]) if may else None
    day = ends.fields["until"] if ends else ""
    return {
        "office": office,
        "members": [(held, may and held in current) for held in reversed(members)],
        "may_manage": may,
        "replaceable": sorted({held["person"] for held in current}),
        "confirmation": ends or (granting(asked) if may else None),
        "ends": ends,
        "after": {
            held["person"]
            for held in current
            if ends
            and held["person"] != ends.fields["person"]
            and held["validFrom"] <= day
            and (held["validTo"] is None or held["validTo"] > day)
        },
        "ago": days_ago(day or asked.form.get("from", "").strip(), today),
        "reaches": reaches_of(office["role"], office["jurisdiction"]) if office else (),
        "rights": rights_of(answer["authority"], office["role"], office["jurisdiction"], asked.words)
        if office
        else [],
        "done": asked.query.get("done"),
    }


def title(asked: Asked, answer: Answer) -> str:
    office = next(iter(answer["offices"]["nodes"]), None)
    name = asked.words.label(office["label"]) if office else asked.path["office"]
    return asked.words.of("委員会の人：{office}", office=name)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/offices/{office}",
    title=title,
    variables=lambda asked: {"office": asked.path["office"]},
    show=show,
    deeds=(
        Deed(
            "grant",
            grant,
            judge("grantMembership"),
            confirms=lambda asked: carried(here(asked), asked.form, GRANTING),
        ),
        Deed(
            "end",
            end,
            judge("endMembership"),
            confirms=lambda asked: carried(here(asked), asked.form, ENDING),
        ),
    ),
    needs_login=True,
)
