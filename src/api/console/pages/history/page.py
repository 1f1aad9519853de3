"""`/history/{election}/{form}/{slot}/{unit}`: everything done to a return, newest first: who, when, before, after, why.

`?at=POSITION`: as it stood then, with what the rules of then and those of now say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from api.console.grid import choices_of
from api.console.moments import as_of
from api.console.names import Levels, told_apart
from api.console.page import Answer, Asked, Page
from api.console.pages.entry.page import PLACE, choices_of_contests, title
from api.console.render import address_of, link


def here(asked: Asked, **query: object) -> str:
    return link(address_of("history", *(asked.path[name] for name in PLACE)), **query)


def trail_of_cell(asked: Asked, key: str) -> str:
    """Everything that was done to one cell of this return, with approvals, releases and proofs."""
    where = {name: asked.path[name] for name in PLACE if name != "election"}
    return link(address_of("trail", asked.path["election"]), **where, cell=key)


def choices_in_words(contests: Mapping[str, Mapping[str, str]], contest: str, codes: Sequence[str]) -> str:
    """Of a group of ballots in common: the names of those it fits."""
    names = contests.get(contest, {})
    return "・".join(names.get(code, code) for code in codes)


def of_return(asked: Asked) -> dict[str, object]:
    """At a moment, once the views hold it: the log is ahead of them."""
    at = as_of(asked.query)
    return {
        **{name: asked.path[name] for name in PLACE},
        "asOf": at,
        "minPosition": None if at is None else at.get("position"),
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`names`: cell key → what a clerk calls it."""
    desk, words = answer["desk"], asked.words
    names = {}
    for contest in desk["asks"]["contests"]:
        called = told_apart(choices_of(contest["cells"]))
        for cell in contest["cells"]:
            who = called.get(cell["key"].split("|")[3])
            parts = [who or words.label(cell["item"]), words.label(cell["breakdown"])]
            names[cell["key"]] = " ".join(filter(None, parts))
    scanned: dict[str, list[tuple[Mapping[str, Any], int, int | None]]] = {}
    for scan in answer["documents"]["documents"]:
        for shown in scan["links"] if not scan["disposed"] else ():
            scanned.setdefault(shown["cell"], []).append((scan, shown["page"], shown["line"]))
    return {
        "scanned": scanned,
        "documents_page": address_of("documents-of", *(asked.path[name] for name in PLACE)),
        "desk": desk,
        "called": Levels(answer["election"]["namedGeographies"], words),
        "asks": desk["asks"],
        "names": names,
        "choices_in_words": partial(choices_in_words, choices_of_contests(desk["asks"])),
        "log": desk["log"][::-1],
        "then": desk["then"],
        "present": here(asked),
        "at": lambda position: here(asked, at=position),
        "next": address_of("work", asked.path["election"]),
        "trail": partial(trail_of_cell, asked),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/history/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("履歴：{whose}", whose=title(asked, answer)),
    variables=of_return,
    show=show,
    needs_login=True,
)
