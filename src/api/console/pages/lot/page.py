"""`/lot/{election}/{form}/{slot}/{contest}`: whose votes are equal at the last seat, what they wait for, the lot that the election
meeting drew, and its confirmation by another person."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.names import Names, form_and_slot
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.render import address_of, link
from api.console.states import LOT_SOURCES, LOT_STATES
from api.console.words import said

PLACE = ("election", "form", "slot", "contest")
WAITS = {
    "not_asked": said("この回の報告を求めていない"),
    "missing": said("得票が未入力"),
    "no_number": said("未報告・非公表の欄がある"),
    "sent_back": said("差し戻し中"),
    "unapproved": said("最終段階の承認がない"),
}
RECORD, CONFIRM = re.compile("item|among:.*|votes|seen-at"), re.compile("item|recorded|seen-at")
"""Of each form, what must come back as it was shown. Ticked winners and words are typed on it and not sealed."""


def here(asked: Asked, **query: object) -> str:
    return link(address_of("lot", *(asked.path[name] for name in PLACE)), **query)


def of_count(asked: Asked) -> Variables:
    place = {name: asked.path[name] for name in PLACE}
    seen = {"item": asked.form.get("item", ""), "seenAt": asked.whole(SEEN_AT)}
    return {**place, **seen, "commandId": str(asked.command_id)}


def named(asked: Asked, mark: str) -> list[str]:
    """Choices of the fields `<mark>:<choice>`."""
    return [name.removeprefix(f"{mark}:") for name in asked.form if name.startswith(f"{mark}:")]


def record(asked: Asked) -> Variables:
    told = {
        "among": named(asked, "among"),
        "winners": named(asked, "wins"),
        "votes": asked.form.get("votes", ""),
        "sourceClass": asked.form.get("source-class", ""),
        "reference": asked.form.get("reference", "").strip(),
    }
    return {"input": of_count(asked) | told}


def confirm(asked: Asked) -> Variables:
    override = asked.form.get("override", "").strip()
    more = {"override": override} if override else {}
    return {"input": of_count(asked) | {"recorded": asked.whole("recorded") or 0} | more}


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def to_record(asked: Asked, question: Answer, position: int) -> Confirmation:
    among = {f"among:{choice}": "1" for choice in question["tie"]["among"]}
    seen = {"item": question["item"], "votes": question["tie"]["votes"], SEEN_AT: str(position)}
    return Confirmation(here(asked), seen | among)


def to_confirm(asked: Asked, lot: Answer, position: int) -> Confirmation:
    fields = {"item": lot["item"], "recorded": str(lot["position"]), SEEN_AT: str(position)}
    return Confirmation(here(asked), fields)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`questions`: (item's question, what recording confirms or None); `lots`: (lot, what confirming confirms or None)."""
    election, position = answer["election"], answer["election"]["asOfPosition"]
    contest = election["contest"]
    form, slot = form_and_slot(election, asked.path)
    here_drawn = [
        lot for lot in contest["lots"] if (lot["form"], lot["slot"]) == (form["code"], slot["code"])
    ]
    may = answer["mayRecordLot"]
    return {
        "election": election,
        "contest": contest,
        "form": form,
        "slot": slot,
        "may": may,
        "reached": bool(answer["lotQuestion"]),
        "cells": Names(election, asked.words),
        "questions": [
            (question, (sealed := to_record(asked, question, position)), sealed.stamp(asked.session))
            if question["drawable"] and may
            else (question, None, "")
            for question in answer["lotQuestion"]
        ],
        "lots": [
            (lot, (sealed := to_confirm(asked, lot, position)), sealed.stamp(asked.session))
            if lot["state"] == "RECORDED" and may
            else (lot, None, "")
            for lot in reversed(here_drawn)
        ],
        "states": LOT_STATES,
        "sources": LOT_SOURCES,
        "waits": WAITS,
        "ticked": set(named(asked, "wins")),
        "done": asked.query.get("done"),
        "publication": address_of("publication", *(asked.path[name] for name in PLACE[:3])),
    }  # fmt: skip


def title(asked: Asked, answer: Answer) -> str:
    form, slot = form_and_slot(answer["election"], asked.path)
    label = asked.words.label
    what = (
        f"{label(answer['election']['contest']['label'])} · {label(form['label'])} · {label(slot['label'])}"
    )
    return asked.words.of("くじ：{what}", what=what)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/lot/{election}/{form}/{slot}/{contest}",
    title=title,
    variables=lambda asked: {"recorded": asked.recorded, **{name: asked.path[name] for name in PLACE}},
    show=show,
    deeds=(
        Deed("record", record, judge("recordLot"), confirms=lambda asked: carried(here(asked), asked.form, RECORD)),
        Deed("confirm", confirm, judge("confirmLot"), confirms=lambda asked: carried(here(asked), asked.form, CONFIRM)),
    ),
    needs_login=True,
)  # fmt: skip
