"""`/offices`: every office with how many work for it, what one's own office may do, and registering an office for who may."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, further, link
from api.console.rights import reaches_of, rights_of
from api.console.states import ROLES
from api.console.words import said


def here(asked: Asked, **query: object) -> str:
    return link("/offices", **query)


ACCESS_KINDS = {
    "emergency": said("非常時の利用許可"),
    "system": said("システム用アカウント"),
    "token": said("トークン"),
}
FIELDS = ("office", "label", "role", "jurisdiction")
CARRIED = re.compile("|".join(FIELDS))


def typed(asked: Asked) -> dict[str, str]:
    return {name: asked.form.get(name, "").strip() for name in FIELDS}


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def register(asked: Asked) -> Variables:
    return {"input": {"commandId": str(asked.command_id), **typed(asked)}}


def registered(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["registerOffice"]
    office = address_of("offices", asked.form.get("office", "").strip())
    return problems_of(outcome, asked.words), link(office, done=outcome.get("position"))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`confirmation`: of the office that was typed, once it was looked at; `standing`: what its code stands for by now."""
    me, listed = answer["me"], answer["offices"]
    wanted = typed(asked)
    return {
        "me": me,
        "offices": listed["nodes"],
        "further": further(listed["pageInfo"], "/offices", q=asked.query.get("q")),
        "accesses": answer["accesses"],
        "access_kinds": ACCESS_KINDS,
        "wanted": asked.query.get("q", ""),
        "may_manage": answer["mayManageOffices"],
        "may_dispose": answer["mayManageRetention"],
        "typed": wanted,
        "standing": next((office for office in listed["nodes"] if office["code"] == wanted["office"]), None),
        "confirmation": Confirmation(here(asked), wanted) if any(wanted.values()) else None,
        "roles": ROLES,
        "reaches": reaches_of(me["role"], me["jurisdiction"]),
        "rights": rights_of(answer["authority"], me["role"], me["jurisdiction"], asked.words),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/offices",
    title=lambda asked, answer: asked.words.of("委員会と人"),
    variables=lambda asked: {"containing": asked.query.get("q") or None, "after": asked.query.get("after")},
    show=show,
    deeds=(Deed("register", register, registered, confirms=confirms),),
    needs_login=True,
)
