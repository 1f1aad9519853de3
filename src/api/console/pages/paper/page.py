"""`/paper`: a code is scanned or typed; the return that the paper is of opens, once its two control totals are told; of an approval document
the ledger says whether it had that state, and what has changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of
from api.console.words import said

KINDS = {
    "return": said("承認の起案：報告"),
    "office": said("承認の起案：委員会の報告のまとめ"),
    "release": said("承認の起案：公表の内容"),
}
PLACE = ("election", "form", "slot", "unit")


def coded(asked: Asked) -> Variables:
    return {"code": asked.form.get("code", "")[:200]}


def opened(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return [], ""


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`printed`: the return whose form was read, `checked`: the approval document; None where none was."""
    read = asked.before.get("paperCode", {})
    printed = read.get("form")
    place = [printed[name] for name in PLACE] if printed else []
    return {
        "printed": printed,
        "checked": read.get("approval"),
        "kinds": KINDS,
        "entry": address_of("entry" if not printed or printed["own"] else "behalf", *place),
        "second": address_of("second", *place),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/paper",
    title=lambda asked, answer: asked.words.of("紙の符号を読む"),
    show=show,
    deeds=(
        Deed(
            "open",
            coded,
            opened,
            unless=lambda asked: None if asked.form.get("code", "").strip() else "/paper",
            shows=True,
        ),
    ),
    needs_login=True,
)
