"""`/retention`: what the law keeps how long and what is due, legal holds, and disposals of names and documents by two persons with their
certificates."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.render import link
from api.console.words import said

RECORDS = {
    "names": said("氏名と理由"),
    "access": said("選挙に属さない操作"),
    "files": said("送られたファイル"),
    "documents": said("添付した書類"),
}
GROUNDS = {
    "period_over": said("期間の終わり"),
    "data_protection": said("本人の請求"),
    "court_order": said("裁判所の命令"),
}
READ = {
    "text": said("条文で確認"),
    "quoted": said("条文の引用で確認"),
    "none": said("条文は未確認（製品の定め）"),
}


BESIDE = re.compile("election|hold|disposal|record")


def here(asked: Asked, **query: object) -> str:
    return link("/retention", **query)


def confirms(asked: Asked) -> Confirmation:
    """Which election, hold or disposal the form stands beside."""
    return carried(here(asked), asked.form, BESIDE)


def sends(*names: str) -> Callable[[Asked], Variables]:
    """Fields of the form as they are; an empty one is left out."""

    def variables(asked: Asked) -> Variables:
        typed = {name: asked.form.get(name, "").strip() for name in names}
        given = {name: text for name, text in typed.items() if text}
        return {"input": {"commandId": str(asked.command_id), **given}}

    return variables


judge = judging(lambda asked, told: here(asked, done=told.get("name")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`mine`: names of the proposals that one made oneself, which another person confirms; `sealed`: the stamp of a form beside what it
    names."""
    retention, me = answer["retention"], answer["me"]["person"]
    return {
        **retention,
        "mine": {row["name"] for row in retention["disposals"] if row["proposedBy"] == me},
        "every": asked.query.get("all") == "1",
        "records": RECORDS,
        "grounds": GROUNDS,
        "read": READ,
        "done": asked.query.get("done"),
        "sealed": lambda **fields: Confirmation(here(asked), fields).stamp(asked.session),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/retention",
    title=lambda asked, answer: asked.words.of("保存期間と廃棄"),
    variables=lambda asked: {"every": asked.query.get("all") == "1"},
    show=show,
    deeds=(
        Deed("hold", sends("election", "record", "reason"), judge("openHold")),
        Deed("lift", sends("hold", "reason"), judge("liftHold"), confirms=confirms),
        Deed("propose", sends("election", "record", "reason"), judge("proposeDisposal"), confirms=confirms),
        Deed("confirm", sends("disposal"), judge("confirmDisposal"), confirms=confirms),
    ),
    needs_login=True,
)
