"""`/together/{election}?1=form/slot/unit&2=…`: change returns that must change with each other, see what moves, then confirm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.grid import GridCell, Table, cell_input, changed, tables
from api.console.names import Levels, Names, slots_in_words
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.correction.page import moved, words_typed
from api.console.pages.entry.page import part
from api.console.render import address_of, link
from api.console.states import REASONS

AT_MOST = 6
"""Returns on one page, as many as its document asks for; the API takes more."""


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """One return of the election, as the page's address names it."""

    form: str
    slot: str
    unit: str

    @classmethod
    def read(cls, text: str) -> ReturnAddress:
        """Of `form/slot/unit`; what names none is refused by the API as an unknown reference."""
        form, slot, unit = [*text.split("/", 2), "", ""][:3]
        return cls(form, slot, unit.strip())

    @classmethod
    def of(cls, told: Mapping[str, str]) -> ReturnAddress:
        return cls(told["form"], told["slot"], told["unit"])

    @property
    def text(self) -> str:
        return f"{self.form}/{self.slot}/{self.unit}"

    @property
    def variables(self) -> Variables:
        return {"form": self.form, "slot": self.slot, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One return on the page. `number`: its place in the address, which stands before the name of each of its fields;
    `preview`: what was shown of it, none before it was asked for; `without`: the page without it."""

    number: int
    at: ReturnAddress
    desk: Answer
    tables: list[Table]
    cells: Mapping[str, GridCell]
    changed: Mapping[str, str]
    preview: Answer | None
    without: str


def chosen(asked: Asked) -> list[ReturnAddress]:
    """In the order of the address, each once; last the one that the form below asks to add."""
    texts = [asked.query.get(str(number), "") for number in range(1, AT_MOST + 1)]
    if asked.query.get("unit", "").strip():
        texts.append(f"{asked.query.get('add', '')}/{asked.query['unit']}")
    return list(dict.fromkeys(ReturnAddress.read(text) for text in texts if text))[:AT_MOST]


def here(asked: Asked, returns: list[ReturnAddress], **query: object) -> str:
    numbered = {str(number): at.text for number, at in enumerate(returns, 1)}
    return link(address_of("together", asked.path["election"]), **numbered, **query)


def fields(asked: Asked, number: int) -> Asked:
    """The request with the fields of one return alone, by the names they have on a page of their own."""
    mark = f"{number}."
    own = {name.removeprefix(mark): text for name, text in asked.form.items() if name.startswith(mark)}
    return replace(asked, form=own)


def variables(asked: Asked) -> Variables:
    told: Variables = {"election": asked.path["election"]}
    for number, at in enumerate(chosen(asked), 1):
        told |= {f"has{number}": True, **{f"{name}{number}": code for name, code in at.variables.items()}}
    return told


def typed(asked: Asked) -> Iterator[tuple[ReturnAddress, Asked, list[dict[str, str]]]]:
    """Each return in which something was changed: its own fields, and the cells as they are to be."""
    for number, at in enumerate(chosen(asked), 1):
        own = fields(asked, number)
        figures = [cell_input(key, text) for key, text in changed(own.form).items()]
        if figures:
            yield at, own, figures


def preview(asked: Asked) -> Variables:
    returns = [{**at.variables, "figures": figures} for at, _, figures in typed(asked)]
    return {"election": asked.path["election"], "returns": returns, "seenAt": asked.whole(SEEN_AT)}


def previewed(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return [], ""


def own_reasons(own: Asked) -> list[dict[str, Any]]:
    """Of the cells for which a class of their own was chosen."""
    words = part(own, "own-reason")
    return [
        {"cells": [key], "reasonClass": code, "reason": words.get(key, "")}
        for key, code in part(own, "own-class").items()
        if key in changed(own.form)
    ]


def correct(asked: Asked) -> Variables:
    """With the fingerprint of every cell that must stay as it was when it was shown."""
    returns = [
        {
            **at.variables,
            "figures": figures,
            "reasons": own_reasons(own),
            "expectedVersion": own.whole("version"),
            "untouched": own.form.get("untouched") or None,
            "explanations": [{"key": key, "text": text} for key, text in part(own, "explain").items()],
            "declarations": [{"key": key, "reasonClass": code} for key, code in part(own, "declare").items()],
        }
        for at, own, figures in typed(asked)
    ]
    return {
        "input": {
            "commandId": str(asked.command_id),
            "election": asked.path["election"],
            "channel": "API",
            "reason": asked.form.get("reason", "").strip(),
            "reasonClass": asked.form.get("reason-class", "other"),
            "returns": returns,
            "seenAt": asked.whole(SEEN_AT),
        }
    }


def corrected(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["correctTogether"]
    return problems_of(outcome, asked.words), here(asked, chosen(asked), done=outcome.get("position"))


CARRIED = re.compile(r"\d\.((cell|was):.*|version|untouched)|seen-at")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked, chosen(asked)), asked.form, CARRIED)


def shown_to_confirm(asked: Asked, sheets: list[Sheet], position: int) -> Confirmation:
    """Of each return that changes: the cells previewed and no other, the version and the fingerprint of the rest. `position`: at which
    the preview told their names."""
    fields_ = {SEEN_AT: str(position)}
    for sheet_ in sheets:
        if sheet_.preview is None:
            continue
        number = sheet_.number
        fields_ |= {f"{number}.version": str(sheet_.preview["version"])}
        fields_ |= {f"{number}.untouched": sheet_.preview["untouched"]}
        for key in sheet_.changed:
            for name in (f"{number}.cell:{key}", f"{number}.was:{key}"):
                fields_[name] = asked.form.get(name, "")
    return Confirmation(here(asked, chosen(asked)), fields_)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`preview`: what moves in each slot, None before it was asked for; `room`: whether another return may be added."""
    election, returns = answer["election"], chosen(asked)
    told = asked.before.get("previewTogether")
    seen = {ReturnAddress.of(one_return): one_return for one_return in told["returns"]} if told else {}
    sheets = [
        sheet(asked, answer, number, seen.get(at), here(asked, [other for other in returns if other != at]))
        for number, at in enumerate(returns, 1)
    ]
    return {
        "election": election,
        "called": Levels(election["namedGeographies"], asked.words),
        "sheets": sheets,
        "confirmation": shown_to_confirm(asked, sheets, answer["position"]) if told else None,
        "words_typed": words_typed(asked),
        "preview": told,
        "moved": moved,
        "cells": Names(election, asked.words),
        "labels": slots_in_words(election, asked.words),
        "room": len(returns) < AT_MOST,
        "these": here(asked, returns),
        "reasons": REASONS,
        "done": asked.query.get("done"),
        "next": address_of("work", asked.path["election"]),
    }


def sheet(asked: Asked, answer: Answer, number: int, seen: Answer | None, without: str) -> Sheet:
    own, desk = fields(asked, number), answer[f"return{number}"]
    grid = tables(desk, asked.words, own.form)
    cells = {cell.key: cell for table in grid for _, _, row in table.rows for cell in row if cell is not None}
    texts = {key: text for key, text in changed(own.form).items() if key in cells}
    return Sheet(number, chosen(asked)[number - 1], desk, grid, cells, texts, seen, without)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/together/{election}",
    title=lambda asked, answer: asked.words.of(
        "まとめて訂正：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=variables,
    show=show,
    deeds=(
        Deed(
            "preview",
            preview,
            previewed,
            unless=lambda asked: None if any(typed(asked)) else here(asked, chosen(asked)),
            shows=True,
        ),
        Deed("correct", correct, corrected, confirms=confirms, anew="preview"),
    ),
    needs_login=True,
)
