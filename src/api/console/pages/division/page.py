"""`/division/{election}/{form}/{slot}/{unit}/{contest}`: ballots that fit several candidates, divided step by step, into the
return. The fields stand in the address; the API divides; the draft takes the votes, the submission the division itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.divisions import CHOICES, GROUPS, Common, TypedDivision, as_input, digits, kept_fields
from api.console.grid import cell_input, choices_of
from api.console.names import told_apart
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link
from api.console.words import said
from reporting.domain.typed import BLANKS

PLACE = ("election", "form", "slot", "unit")
ROWS = 3
"""Groups that an empty page has room for."""
NUMBER = said("整数で入力してください。")
TWO = said("二人（二つ）以上を選んでください。")
OWN = said("共通する票のある候補者の固有の得票を入力してください。")
WHY = said("端数を切り捨てない理由を入力してください。")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Of the contest. `key`: the cell its votes go to."""

    code: str
    name: str
    number: int | None
    party: str | None
    key: str
    item: str


def rows(query: Mapping[str, str]) -> int:
    return min(max(digits(query.get("rows", "")) or ROWS, 1), GROUPS)


def typed(query: Mapping[str, str]) -> TypedDivision:
    """Of the address: `own:CODE`, `ballots:N` and `of:N:CODE` for group N, `exact`, `reason`."""
    wrong: dict[str, str] = {}
    own: dict[str, int] = {}
    for name, text in query.items():
        if name.startswith("own:") and text.strip(BLANKS):
            number = digits(text)
            if number is None or len(own) >= CHOICES:
                wrong[name] = NUMBER
            else:
                own[name.removeprefix("own:")] = number
    common: dict[int, Common] = {}
    for row in range(1, rows(query) + 1):
        mark = f"of:{row}:"
        choices = tuple(name.removeprefix(mark) for name in query if name.startswith(mark))
        text = query.get(f"ballots:{row}", "").strip(BLANKS)
        if not choices and not text:
            continue
        ballots = digits(text)
        if ballots is None:
            wrong[f"ballots:{row}"] = NUMBER
        elif len(choices) < 2:
            wrong[f"ballots:{row}"] = TWO
        else:
            common[row] = Common(choices, ballots)
            wrong |= {
                f"own:{choice}": OWN
                for choice in choices
                if choice not in own and f"own:{choice}" not in wrong
            }
    exact, reason = query.get("exact") == "yes", query.get("reason", "").strip()
    if exact and not reason:
        wrong["reason"] = WHY
    return TypedDivision(own, common, exact, reason, wrong)


def variables(asked: Asked) -> Variables:
    division = typed(asked.form if asked.form else asked.query)
    return {
        **{name: asked.path[name] for name in PLACE},
        "own": [{"choice": choice, "votes": votes} for choice, votes in division.own.items()] if division.whole else [],
        "common": [
            {"choices": list(group.choices), "ballots": group.ballots} for group in division.common.values()
        ] if division.whole else [],
        "exact": division.exact,
        "reason": division.reason,
        "divide": division.whole,
    }  # fmt: skip


def candidates(asks: Answer, asked: Asked) -> list[Candidate]:
    """In official order; the votes go to the item chosen, and of who is not asked it to the first that is."""
    contest = next(
        (each for each in asks["contests"] if each["code"] == asked.path["contest"]), {"cells": ()}
    )
    wanted = asked.query.get("item", asked.form.get("item", ""))
    listed: dict[str, Candidate] = {}
    called = told_apart(choices_of(contest["cells"]))
    for cell in contest["cells"]:
        item, choice = cell["key"].split("|")[1], cell["key"].split("|")[3]
        if choice and (choice not in listed or item == wanted):
            listed[choice] = Candidate(
                choice, called[choice], cell["number"], cell["party"], cell["key"], item
            )
    return list(listed.values())


def items(asks: Answer, asked: Asked) -> dict[str, str]:
    """Items that the contest's candidates are asked: code → name."""
    contest = next(
        (each for each in asks["contests"] if each["code"] == asked.path["contest"]), {"cells": ()}
    )
    return {
        cell["key"].split("|")[1]: asked.words.label(cell["item"])
        for cell in contest["cells"]
        if cell["choice"] is not None
    }


CARRIED = re.compile("own:.*|of:.*|ballots:.*|rows|exact|reason|item|cell:.*|draft-version|seen-at")


def here(asked: Asked) -> str:
    return address_of("division", *(asked.path[name] for name in (*PLACE, "contest")))


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def of_draft(asked: Asked, desk: Answer) -> Mapping[str, str]:
    """Fields of the division that the draft keeps, where the address holds none; none of one that was made beside other names."""
    kept = [each for each in desk["draftDivisions"] if each["contest"] == asked.path["contest"]]
    return kept_fields(kept[0]) if kept and not kept[0]["calledOtherwise"] else {}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`lands`: (candidate, what its cell holds, what it would); `wrong`: field → why."""
    desk = answer["desk"]
    query = (asked.form if asked.form else asked.query) or of_draft(asked, desk)
    division, divided = typed(query), answer.get("proportionalDivision")
    listed = candidates(desk["asks"], asked)
    votes = {each["choice"]: each["votes"] for each in divided["votes"]} if divided else {}
    held = {cell["key"]: cell["value"] for cell in desk["cells"]} | {
        cell["key"]: cell["text"] for cell in desk["draft"]
    }
    lands = [
        (candidate, held.get(candidate.key), votes[candidate.code])
        for candidate in listed
        if candidate.code in votes
    ]
    fields = {name: text for name, text in query.items() if CARRIED.fullmatch(name) and text}
    fields |= {f"cell:{candidate.key}": after for candidate, _, after in lands}
    fields |= {"draft-version": str(desk["draftVersion"]), "seen-at": str(answer["position"])}
    return {
        "confirmation": Confirmation(here(asked), fields),
        "desk": desk,
        "asks": desk["asks"],
        "contest": next(
            (each for each in desk["asks"]["contests"] if each["code"] == asked.path["contest"]), None
        ),
        "candidates": listed,
        "names": {candidate.code: candidate.name for candidate in listed},
        "items": items(desk["asks"], asked),
        "query": query,
        "rows": range(1, rows(query) + 1),
        "more": rows(query) + 3 if rows(query) < GROUPS else None,
        "wrong": division.wrong,
        "divided": divided,
        "lands": lands,
        "fits": not any("/" in text for text in votes.values()),
        "entry": address_of("entry", *(asked.path[name] for name in PLACE)),
        "work": address_of("work", asked.path["election"]),
    }


def take(asked: Asked) -> Variables:
    """The votes and their division into the draft, as they were shown."""
    prefix = "cell:"
    cells = [
        cell_input(name.removeprefix(prefix), text)
        for name, text in asked.form.items()
        if name.startswith(prefix)
    ]
    version = digits(asked.form.get("draft-version", ""))
    place = {name: asked.path[name] for name in PLACE}
    kept = {
        "divisions": [as_input(typed(asked.form), asked.path["contest"])],
        "draftVersion": version,
        "seenAt": asked.whole("seen-at"),
    }
    return {"input": {**place, "commandId": str(asked.command_id), "cells": cells, **kept}}


def took(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    """On to what will be sent, the division with it."""
    entry = address_of("entry", *(asked.path[name] for name in PLACE))
    return problems_of(answer["saveDraft"], asked.words), link(entry, review=1)


def title(asked: Asked, answer: Answer) -> str:
    asks = answer["desk"]["asks"]
    label = asked.words.label
    return asked.words.of(
        "按分：{unit} · {form} · {slot}",
        unit=asks["unitName"],
        form=label(asks["label"]),
        slot=label(asks["slotLabel"]),
    )


PAGE = Page(
    folder=Path(__file__).parent,
    address="/division/{election}/{form}/{slot}/{unit}/{contest}",
    title=title,
    variables=variables,
    show=show,
    deeds=(Deed("take", take, took, confirms=confirms, document="entry/save"),),
    needs_login=True,
)
