"""`/incidents/{election}/{unit}`: telling a case of the unit, by hand or begun from a difference that was declared there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.incidents import as_typed, blank, concerned, told_by
from api.console.names import unit_name
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link

FROM = ("form", "slot", "key")


def record(asked: Asked) -> Variables:
    place = {name: asked.path[name] for name in ("election", "unit")}
    return {"input": {"commandId": str(asked.command_id), **place, **told_by(asked)}}


def recorded(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["recordIncident"]
    at = address_of("incidents", asked.path["election"], asked.path["unit"], str(outcome.get("number", "")))
    return problems_of(outcome, asked.words), link(at, done=outcome.get("position"))


def begun(asked: Asked, difference: Answer | None) -> dict[str, str]:
    """The form as it is first shown. Of a difference: its return, its key, its size and what was said of it."""
    if difference is None:
        return blank()
    source = {
        "form": difference["form"], "slot": difference["slot"], "cells": [], "discrepancy": difference["key"],
    }  # fmt: skip
    words = asked.words.of(
        "申告された不突合（{rule}）：差 {difference}",
        rule=difference["rule"],
        difference=difference["difference"],
    )
    said = f"。{difference['declaredWords']}" if difference["declaredWords"] else ""
    return blank([source], words + said)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`differences`: of the unit, each with the address that begins from it."""
    election, unit = answer["election"], asked.path["unit"]
    here = address_of("incidents", election["code"], unit)
    own = [difference for difference in answer["discrepancies"] if difference["unit"] == unit]
    wanted = tuple(asked.query.get(name) for name in FROM)
    chosen = next(
        (difference for difference in own if tuple(difference[name] for name in FROM) == wanted), None
    )
    labels = {
        (form["code"], slot["code"]): (form["label"], slot["label"])
        for form in election["forms"]
        for slot in form["slots"]
    }
    return {
        "election": election,
        "unit": unit,
        "lists": answer["incidentCodes"],
        "concerned": concerned(election),
        "told": as_typed(asked, begun(asked, chosen)),
        "chosen": chosen,
        "differences": [
            (difference, link(here, **{name: difference[name] for name in FROM})) for difference in own
        ],
        "labels": labels,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/incidents/{election}/{unit}",
    title=lambda asked, answer: asked.words.of("事案を記録する：{unit}", unit=unit_name(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in ("election", "unit")},
    show=show,
    deeds=(Deed("record", record, recorded),),
    needs_login=True,
)
