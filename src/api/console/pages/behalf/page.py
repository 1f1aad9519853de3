"""`/behalf/{election}/{form}/{slot}/{unit}`: an office types what reached it by telephone, fax or paper, for a unit below it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.grid import changed
from api.console.moments import instant
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry import page as entry
from api.console.pages.entry.page import PLACE
from api.console.render import JAPAN, address_of, link
from api.console.states import CHANNELS

COPIED = ("TELEPHONE", "FAX", "PAPER")
"""Channels on which somebody copies figures by hand."""
CARRIED = re.compile("offer:.*|draft-version|version|seen-at|own-office")
OPERATIONS = {"certified": "correct_certified"}
"""What the matrix calls it, by the return's status; `submit` where none is named."""


def here(asked: Asked, **query: object) -> str:
    return link(
        address_of("behalf", *(asked.path[name] for name in PLACE)), **entry.from_paper(asked), **query
    )


def after_saving(asked: Asked) -> str:
    return here(asked, review=1 if asked.form.get("then") == "review" else None, saved=1)


def saved(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["saveDraft"], asked.words), after_saving(asked)


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def submit(asked: Asked) -> Variables:
    """As the owner's own submission, with how it came, whose it is, and why another office types it: all three every time,
    so that the API refuses what is left empty."""
    form = asked.form
    received = form.get("received", "").strip()
    brought = {
        "channel": form.get("channel", ""),
        "onBehalfOf": form.get("own-office", ""),
        "reason": form.get("reason", "").strip(),
        "reasonClass": form.get("reason-class", "other"),
        **({"receipt": {"source": form.get("source", "").strip(), "receivedAt": instant(received)}} if received else {}),
    }  # fmt: skip
    return {"input": entry.submit(asked)["input"] | brought}


def undivided(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["saveDraft"], asked.words), here(asked, review=1)


def submitted(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["submitReturn"]
    return problems_of(outcome, asked.words), here(asked, done=outcome.get("position"))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """What the entry's page shows; `allowed`: the office may stand in for the owner here."""
    shown, desk = entry.show(asked, answer), answer["desk"]
    allowed = desk["reach"] not in ("own", "sole") and OPERATIONS.get(desk["status"], "submit") in desk["may"]
    now = datetime.fromisoformat(answer["serverTime"]).astimezone(JAPAN)
    fields = {**shown["confirmation"].fields, "own-office": desk["ownOffice"]}
    return shown | {
        "confirmation": Confirmation(here(asked), fields),
        "back": here(asked),
        "allowed": allowed,
        "office": answer["me"]["office"],
        "channels": [(code, CHANNELS[code.lower()]) for code in COPIED],
        "received": asked.form.get("received", now.strftime("%Y-%m-%dT%H:%M")),
        "plain": address_of("entry", *(asked.path[name] for name in PLACE)),
        "history": address_of("history", *(asked.path[name] for name in PLACE)),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    like=entry.PAGE,
    address="/behalf/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("代行入力：{what}", what=entry.title(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed("save", entry.save, saved, unless=lambda asked: None if changed(asked.form) else after_saving(asked)),
        Deed("undivide", entry.undivide, undivided, document="entry/save"),
        Deed("submit", submit, submitted, confirms=confirms),
    ),
    needs_login=True,
    islands=("entry.js",),
)  # fmt: skip
