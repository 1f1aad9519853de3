"""A night with turnout and counts, a town of which an island is counted apart. The town is 20, in P1."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import night
from night import label

from reporting.application.commands import DefinitionRecorded
from reporting.application.desk import Desk
from reporting.application.dividing import ConfirmDivision, DivideUnit, Divisions, PartInput, UndoDivision
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role

MAINLAND, ISLAND = "20-1", "20-2"
TURNOUT = {
    "code": "turnout", "label": label("投票速報"), "items": ["electors", "voters", "turnout"],
    "slots": [{"code": "1400", "label": label("14時")}, {"code": "1800", "label": label("18時")}],
}  # fmt: skip
RULES = [{"code": "J09"}]


def define(service: Reporting, **changes: Any) -> Desk:
    forms = [TURNOUT, *night.election().model_dump(mode="json")["forms"]]
    return night.define(service, **{"forms": forms, "rules": RULES, **changes})


def dividing(**more: Any) -> DivideUnit:
    given: dict[str, Any] = {
        "command_id": uuid4(), "election": "tiny", "unit": "20", "on": date(2024, 10, 27),
        "reason": "荒天のため離島は翌日開票",
        "parts": (PartInput(code=MAINLAND, name="本土", name_en="Mainland"), PartInput(code=ISLAND, name="離島")),
    }  # fmt: skip
    return DivideUnit(**{**given, **more})


def divide(service: Reporting, actor: Actor = night.PREFECTURE, **more: Any) -> DefinitionRecorded:
    return Divisions(service).divide(dividing(**more), actor)


def undo(service: Reporting, actor: Actor = night.PREFECTURE, unit: str = "20") -> DefinitionRecorded:
    request = UndoDivision(command_id=uuid4(), election="tiny", unit=unit, reason="天候が回復した")
    return Divisions(service).undo(request, actor)


def confirm(
    service: Reporting, proposal: int | None, actor: Actor = night.PREFECTURE_2
) -> DefinitionRecorded:
    assert proposal is not None
    request = ConfirmDivision(command_id=uuid4(), election="tiny", proposal=proposal)
    return Divisions(service).confirm(request, actor)


COUNTED = {"votes_a": 60, "votes_b": 38}


def report(desk: Desk, unit: str, form: str = "flash", slot: str = "2200", **values: Any) -> None:
    """Sent by a person of the town, whichever unit of it reports."""
    given = values or (COUNTED if form == "flash" else {"electors": 200, "voters": 100})
    night.submit(
        desk, unit, Actor(f"{unit}の人", "町選管", Role.MUNICIPALITY, "20"), form, slot, values=given
    )
