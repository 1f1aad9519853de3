"""A return's cells as tables: one for each contest and kind of item, as on the paper form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from api.console.page import Problem
from api.console.words import Words
from reporting.domain.typed import BLANKS

Told = Mapping[str, Any]


@dataclass(slots=True)
class GridCell:
    """`typed`: what the field shows; `was`: what it held when the page was made; `stands`: the value submitted last;
    `offered`: a value another form holds, and its form and slot; or what so many polling places say. `otherwise`: what it held was
    typed beside another name; the field is empty for it to be typed anew, and the next save takes it out."""

    key: str
    name: str
    was: str
    stands: str | None
    offered: Told | None
    typist: str | None
    standing: Told | None
    typed: str = ""
    otherwise: bool = False
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """`rows`: heading (and a candidate's number and party) with one cell for each column, None where nothing is asked."""

    heading: str
    columns: list[str]
    rows: list[tuple[str, Told, list[GridCell | None]]]


def tables(
    desk: Told,
    words: Words,
    form: Mapping[str, str],
    problems: Sequence[Problem] = (),
    *,
    unasked: bool = False,
) -> list[Table]:
    """Items asked once with a column for each breakdown; then candidates with a column for each item asked of them. `unasked`: last,
    what is drafted and no cell of the form, such as of a candidate that the definition has taken out since: a submission is refused
    over it, so that somebody has to be able to take it out."""
    cells = {name: {figure["key"]: figure for figure in desk[name]} for name in ("cells", "draft", "prefill")}
    typed = changed(form)
    beside: dict[str, list[Problem]] = {}
    for problem in problems:
        beside.setdefault(problem.at, []).append(problem)

    def cell(asked: Told, name: str) -> GridCell:
        key = asked["key"]
        draft, standing = cells["draft"].get(key), cells["cells"].get(key)
        stands = standing["value"] if standing else None
        was = draft["text"] if draft else stands or ""
        typists = (
            "、".join(f"{typist['office']} {typist['person']}" for typist in draft["typedBy"])
            if draft
            else None
        )
        made = GridCell(key, name, was, stands, cells["prefill"].get(key), typists, standing)
        # What was not touched shows what stands now, not what stood when the page was made.
        made.typed = typed.get(key, was)
        made.otherwise = bool(draft and draft.get("calledThen"))
        if made.otherwise and key not in typed:
            made.typed = ""
        made.problems = beside.get(key, [])
        return made

    grid = []
    for contest in desk["asks"]["contests"]:
        once = [asked_cell for asked_cell in contest["cells"] if asked_cell["choice"] is None]
        by_choice = [asked_cell for asked_cell in contest["cells"] if asked_cell["choice"] is not None]
        for asked, heading, row_of, column_of in (
            (once, words.label(contest["label"]), _item, _breakdown),
            (by_choice, words.label(contest["label"]), _choice, _item),
        ):
            if asked:
                grid.append(_table(asked, heading, row_of, column_of, cell, words))
    if unasked and (rest := _unasked(desk, words)):
        rows: list[tuple[str, Told, list[GridCell | None]]] = [
            (told["choice"], told, [cell(told, told["choice"])]) for told in rest
        ]
        grid.append(
            Table(words.of("様式が聞いていない欄（消してから提出します）"), [words.of("入力した値")], rows)
        )
    return grid


def _unasked(desk: Told, words: Words) -> list[Told]:
    """Cells that are drafted and that the form does not ask, each with its place in words as far as the form has any."""
    contests = {contest["code"]: words.label(contest["label"]) for contest in desk["asks"]["contests"]}
    asked = {cell["key"]: cell for contest in desk["asks"]["contests"] for cell in contest["cells"]}
    items = {key.split("|")[1]: words.label(cell["item"]) for key, cell in asked.items()}
    rest: list[Told] = []
    for key in (held["key"] for held in desk["draft"] if held["key"] not in asked):
        contest, item, *parts = key.split("|")
        name = [contests.get(contest, contest), items.get(item, item), *filter(None, parts)]
        rest.append({"key": key, "choice": " ".join(name), "number": None, "party": None})
    return rest


def _table(asked: list[Told], heading: str, row_of: Any, column_of: Any, cell: Any, words: Words) -> Table:
    columns = list(dict.fromkeys(column_of(asked_cell, words) for asked_cell in asked))
    rows: dict[str, tuple[Told, list[GridCell | None]]] = {}
    for asked_cell in asked:
        row, column = row_of(asked_cell, words), column_of(asked_cell, words)
        held = rows.setdefault(row, (asked_cell, [None] * len(columns)))
        held[1][columns.index(column)] = cell(asked_cell, f"{row} {column}")
    return Table(heading, columns, [(row, first, cells) for row, (first, cells) in rows.items()])


def _item(asked: Told, words: Words) -> str:
    return words.label(asked["item"])


def _breakdown(asked: Told, words: Words) -> str:
    return words.of("計") if asked["breakdown"] is None else words.label(asked["breakdown"])


def _choice(asked: Told, words: Words) -> str:
    name: str = asked["choice"]
    return name


def changed(form: Mapping[str, str]) -> dict[str, str]:
    """Cell key → text, of the fields whose text is not what it was when the page was made."""
    return {
        name.removeprefix("cell:"): text.strip(BLANKS)
        for name, text in form.items()
        if name.startswith("cell:")
        and text.strip(BLANKS) != form.get(f"was:{name.removeprefix('cell:')}", "")
    }


def amount(text: str) -> Decimal | None:
    """A number as people write it, for two of them to be compared; None for what is none. What is sent is read by the API."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    plain = f"-{plain[1:]}" if plain[:1] in ("△", "▲", "−") else plain
    return Decimal(plain) if re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,6})?", plain, re.ASCII) else None


def cell_input(key: str, value: str) -> dict[str, str]:
    """The cell that a key names; of a key that no page has made, one that the API finds unknown."""
    contest, item, breakdown, choice = (*key.split("|", 3), "", "", "")[:4]
    return {"contest": contest, "item": item, "breakdown": breakdown, "choice": choice, "value": value}
