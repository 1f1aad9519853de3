"""J27: what a form needs and a return does not say."""

from __future__ import annotations

from reporting.domain.election import Contest
from reporting.domain.figures import Absence, Cell
from reporting.domain.items import beside_item
from reporting.domain.namesakes import called_in
from reporting.rules.checks import Whole
from reporting.rules.context import Context
from reporting.rules.evaluate import Hit, Outcome, split_cells
from reporting.rules.messages import message
from reporting.rules.order import Order
from reporting.rules.whole import lacking
from reporting.words import Words


def blanks(check: Whole, order: Order, context: Context, contest: Contest) -> Outcome:
    """Once per contest that has any figure (one that has none holds up certification, not submission). `blank`: cells
    with nothing in them, and the rest of a breakdown that was begun; `unknown`: on a final slot, what is stated as not
    reported."""
    if not any(cell.contest == contest.code for cell in context.cells):
        return
    asked = context.asked_items
    needed = list(lacking(context.definition, context.asked, contest, context.figures, asked))
    for _, split in order.splits:
        for begun in split_cells(split, context, contest):
            needed += [key for key in begun.missing if key not in needed and key not in context.figures]
    said = context.figures
    if check.kind == "blank":
        cells = tuple(key for key in needed if key not in said and not elsewhere(context, key))
    else:
        cells = tuple(key for key in needed if said.get(key) in (Absence.NOT_REPORTED, Absence.SUPPRESSED))
    if cells:
        named = [named_cell(context, contest, key) for key in cells[:4]]
        count = len(cells) - len(named)
        more = message.words("and_more_cells", count=count) if count else Words("", "")
        facts = {
            "cells": Words(
                "、".join(ja for ja, _ in named) + more.ja, ", ".join(en for _, en in named) + more.en
            )
        }
        first = Cell.from_key(cells[0])
        yield Hit(cells, None, None, first.item, first.breakdown, first.choice, facts)


def elsewhere(context: Context, key: str) -> bool:
    """A part of a breakdown is there when another form of the unit holds it."""
    return bool(Cell.from_key(key).breakdown) and key in context.around


def named_cell(context: Context, contest: Contest, key: str) -> Words:
    """A cell as a clerk reads it: its item, breakdown and choice."""
    cell = Cell.from_key(key)
    item = context.items.get(cell.item)
    rest = beside_item(cell.breakdown, cell.choice, context.definition.dimensions, called_in(contest))
    said = Words(cell.item, cell.item) if item is None else item.label.words
    return Words(said.ja + rest.ja, said.en + rest.en)
