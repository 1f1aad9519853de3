"""`/history/{election}/{form}/{slot}/{unit}`: everything done to a return, newest first: who, when, before, after, why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.pages.entry.page import PLACE, title
from api.console.render import address_of
from api.console.words import said

DEEDS = {
    "DraftSaved": said("途中保存"),
    "SecondEntrySaved": said("二度目の入力"),
    "EntrySettled": said("違いの照合"),
    "SubmissionRefused": said("提出が止められた"),
    "FiguresEntered": said("入力"),
    "FiguresCorrected": said("訂正"),
    "ReturnSubmitted": said("提出"),
    "ReturnApproved": said("承認"),
    "CellsSentBack": said("差し戻し"),
    "CellsConfirmed": said("回答"),
    "ReturnCertified": said("確定"),
    "ReturnWithdrawn": said("取り下げ"),
    "ReadTogether": said("読み合わせ"),
    "ReturnAnnotated": said("注記"),
    "DiscrepancyDeclared": said("不突合の申告"),
    "DiscrepancyConfirmed": said("不突合の確認"),
    "DiscrepancyClosed": said("不突合の解消"),
    "ReminderSent": said("督促"),
    "LotRecorded": said("くじの結果の記録"),
    "LotConfirmed": said("くじの結果の確認"),
}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`names`: cell key → what a clerk calls it."""
    desk, words = answer["desk"], asked.words
    names = {
        cell["key"]: " ".join(
            filter(None, [cell["choice"] or words.label(cell["item"]), words.label(cell["breakdown"])])
        )
        for contest in desk["asks"]["contests"]
        for cell in contest["cells"]
    }
    return {
        "desk": desk,
        "asks": desk["asks"],
        "names": names,
        "log": desk["log"][::-1],
        "deeds": DEEDS,
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/history/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("履歴：{whose}", whose=title(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    needs_login=True,
)
