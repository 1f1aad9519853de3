"""A return's cells as tables: one for each contest and kind of item, as on the paper form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from api.console.names import told_apart
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
        heading, called = words.label(contest["label"]), told_apart(choices_of(by_choice))
        if once:
            grid.append(_table(once, heading, cell, partial(_of_item, words=words)))
        if by_choice:
            grid.append(_table(by_choice, heading, cell, partial(_of_choice, words=words, called=called)))
    if unasked and (rest := _unasked(desk, words)):
        rows: list[tuple[str, Told, list[GridCell | None]]] = [
            (told["choice"], told, [cell(told, told["choice"])]) for told in rest
        ]
        grid.append(
            Table(words.of("様式が聞いていない欄（消してから提出します）"), [words.of("入力した値")], rows)
        )
    return grid


def asked_cells(desk: Told) -> dict[str, Told]:
    """Cell key → the cell, of all that the form asks."""
    return {cell["key"]: cell for contest in desk["asks"]["contests"] for cell in contest["cells"]}


def _unasked(desk: Told, words: Words) -> list[Told]:
    """Cells that are drafted and that the form does not ask, each with its place in words as far as the form has any."""
    contests = {contest["code"]: words.label(contest["label"]) for contest in desk["asks"]["contests"]}
    asked = asked_cells(desk)
    items = {key.split("|")[1]: words.label(cell["item"]) for key, cell in asked.items()}
    rest: list[Told] = []
    for key in (held["key"] for held in desk["draft"] if held["key"] not in asked):
        contest, item, *parts = key.split("|")
        name = [contests.get(contest, contest), items.get(item, item), *filter(None, parts)]
        rest.append({"key": key, "choice": " ".join(name), "number": None, "party": None})
    return rest


Place = tuple[str, str]
"""Of a row or a column: its code, which alone tells it from the others, and its words."""


def _table(
    asked: list[Told],
    heading: str,
    cell: Callable[[Told, str], GridCell],
    place_of: Callable[[Told], tuple[Place, Place]],
) -> Table:
    """`place_of`: row and column. By their codes: two that are called alike have a cell each."""
    places = [(asked_cell, *place_of(asked_cell)) for asked_cell in asked]
    columns = {code: words for _, _, (code, words) in places}
    order = list(columns)
    rows: dict[str, tuple[str, Told, list[GridCell | None]]] = {}
    for asked_cell, (code, row), (column, words) in places:
        held = rows.setdefault(code, (row, asked_cell, [None] * len(order)))
        held[2][order.index(column)] = cell(asked_cell, f"{row} {words}")
    return Table(heading, list(columns.values()), list(rows.values()))


def _of_item(asked: Told, words: Words) -> tuple[Place, Place]:
    _, item, breakdown, _ = asked["key"].split("|")
    broken = words.of("計") if asked["breakdown"] is None else words.label(asked["breakdown"])
    return (item, words.label(asked["item"])), (breakdown, broken)


def _of_choice(asked: Told, words: Words, called: Mapping[str, str]) -> tuple[Place, Place]:
    _, item, breakdown, choice = asked["key"].split("|")
    column = " ".join(words.label(label) for label in (asked["item"], asked["breakdown"]) if label)
    return (choice, called[choice]), (f"{item}|{breakdown}", column)


def choices_of(cells: Sequence[Told]) -> list[Told]:
    """Candidates or parties of a contest's asked cells, each once: code, name, number and party."""
    asked = {cell["key"].split("|")[3]: cell for cell in cells if cell["choice"] is not None}
    return [
        {"code": code, "name": cell["choice"], "number": cell["number"], "party": cell["party"]}
        for code, cell in asked.items()
    ]


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
