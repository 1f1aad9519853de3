"""`/trail/{election}`: who changed what: by unit or area, cell, office, person, kind, minute of the night; every filter is in
the address, so that any public number and any cell of a return can lead here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from api.console.moments import moment
from api.console.names import Names
from api.console.page import Answer, Asked, Page, Variables, whole_number
from api.console.render import address_of, link

TEXTS = ("unit", "geography", "area", "office", "person", "form", "slot", "item", "choice")
"""Parameters that go into the filter as they are."""
PARTS = ("contest", "item", "breakdown", "choice")
"""Of the parameter `cell`, a cell's key."""
FEW = 5
SHOWN = ("unit", "office", "person", "kind", "since", "until")
"""Parameters with a field of their own; the others stay as they came."""


def cell_of(query: Mapping[str, str]) -> dict[str, str]:
    """Filters that `cell` stands for: all four parts, of which an empty breakdown is the total."""
    key = query.get("cell", "")
    return dict(zip(PARTS, [*key.split("|"), "", "", ""][:4], strict=True)) if key else {}


def variables(asked: Asked) -> Variables:
    wanted: dict[str, Any] = {name: asked.query[name] for name in TEXTS if asked.query.get(name)}
    cell = cell_of(asked.query)
    wanted |= {name: part for name, part in cell.items() if part or name == "breakdown"}
    if asked.query.get("kind"):
        wanted["kinds"] = [asked.query["kind"]]
    for name in ("since", "until"):
        if asked.query.get(name):
            wanted[name] = moment(asked.query[name])
    if asked.query.get("area"):
        wanted["withinReach"] = True
    place = {name: asked.query.get(name, "") for name in ("form", "slot", "unit")}
    return {
        "election": asked.path["election"],
        "filter": wanted or None,
        "after": asked.query.get("after"),
        "ofCell": bool(cell) and all(place.values()),
        **place,
        **{name: cell.get(name, "") for name in PARTS},
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`limits`: what the trail is limited to beyond the fields, in words, each with the address without it; `of_cell`: cell key
    and place → the trail of that cell."""
    trail, election = answer["audit"], answer["election"]
    kept = {name: text for name, text in asked.query.items() if name != "after" and text}
    address = address_of("trail", asked.path["election"])

    def of_cell(entry: Mapping[str, Any], key: str) -> str:
        return link(address, unit=entry["unit"], form=entry["form"], slot=entry["slot"], cell=key)

    return {
        "election": election,
        "entries": trail["nodes"],
        "beyond": trail["beyondReach"],
        "cells": Names(election, asked.words),
        "further": {**kept, "after": trail["pageInfo"]["endCursor"]}
        if trail["pageInfo"]["hasNextPage"]
        else None,
        "types": answer["eventTypes"],
        "wanted": kept,
        "kept": {
            name: text
            for name, text in kept.items()
            if name not in SHOWN or (name == "until" and whole_number(text) is not None)
        },
        "places": {
            (
                form["code"],
                slot["code"],
            ): f"{asked.words.label(form['label'])} · {asked.words.label(slot['label'])}"
            for form in election["forms"]
            for slot in form["slots"]
        },
        "of_cell": of_cell,
        "told_cells": partial(told_cells, asked.query),
        "limits": limits(asked, kept, Names(election, asked.words), address),
        "provenance": answer.get("figureProvenance"),
    }


@dataclass(frozen=True, slots=True)
class ToldCells:
    """Cells of one entry: those one sees at once, and the others."""

    first: list[Mapping[str, Any]]
    others: list[Mapping[str, Any]]


def told_cells(query: Mapping[str, str], entry: Mapping[str, Any]) -> ToldCells:
    """Where one cell is asked about, that one first; else, and of a rate, which is no cell of an entry, the first few."""
    cells = [*entry["changes"], *entry["named"]]
    asked = cell_of(query)
    if not asked:
        return ToldCells(cells[:FEW], cells[FEW:])
    mine = [cell for cell in cells if cell["cell"] == query["cell"]]
    if not mine:
        return ToldCells(cells[:FEW], cells[FEW:])
    return ToldCells(mine, [cell for cell in cells if cell not in mine])


def limits(asked: Asked, kept: Mapping[str, str], cells: Names, address: str) -> list[tuple[str, str]]:
    """(what, address without it)."""

    def without(*names: str) -> str:
        return link(address, **{name: text for name, text in kept.items() if name not in names})

    told: list[tuple[str, str]] = []
    if kept.get("cell"):
        told.append((cells.cell(kept["cell"]), without("cell")))
    if kept.get("area"):
        area = asked.words.of("区域 {code} とその中の報告単位", code=cells.area(kept["area"]))
        told.append((area, without("area", "geography")))
    if (until := whole_number(kept.get("until", ""))) is not None:
        told.append(
            (
                asked.words.of("台帳 {position} まで", position=format(until, ",")),
                without("until"),
            )
        )
    if kept.get("form") or kept.get("slot"):
        told.append(("/".join(filter(None, (kept.get("form"), kept.get("slot")))), without("form", "slot")))
    return told


PAGE = Page(
    folder=Path(__file__).parent,
    address="/trail/{election}",
    title=lambda asked, answer: asked.words.of(
        "だれが何を変えたか：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=variables,
    show=show,
    needs_login=True,
)
