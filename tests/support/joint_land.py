"""The land of `divided_land`, of which two towns, 31 and 32 of P2, are counted as one: 31's office counts for both."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import night

from reporting.application.commands import DefinitionRecorded
from reporting.application.dividing import ConfirmDivision, Divisions
from reporting.application.merging import Merges, MergeUnits, UndoMerge
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role

JOINT = "3132"
PREFECTURE = Actor("西", "第二県選管", Role.PREFECTURE, "P2")
PREFECTURE_2 = Actor("東", "第二県選管", Role.PREFECTURE, "P2")
INLAND = Actor("山", "山町選管", Role.MUNICIPALITY, "32")


def merging(**more: Any) -> MergeUnits:
    given: dict[str, Any] = {
        "command_id": uuid4(), "election": "tiny", "units": ("31", "32"), "code": JOINT, "name": "港山", "name_en": "Joint",
        "on": date(2024, 10, 27), "reason": "庁舎の浸水のため合同で開票",
    }  # fmt: skip
    return MergeUnits(**{**given, **more})


def merge(service: Reporting, actor: Actor = PREFECTURE, **more: Any) -> DefinitionRecorded:
    return Merges(service).merge(merging(**more), actor)


def undo(service: Reporting, actor: Actor = PREFECTURE, election: str = "tiny") -> DefinitionRecorded:
    request = UndoMerge(command_id=uuid4(), election=election, unit=JOINT, reason="別々に開票できた")
    return Merges(service).undo(request, actor)


def confirm(
    service: Reporting, proposal: int | None, actor: Actor = PREFECTURE_2, election: str = "tiny"
) -> DefinitionRecorded:
    assert proposal is not None
    request = ConfirmDivision(command_id=uuid4(), election=election, proposal=proposal)
    return Divisions(service).confirm(request, actor)


def report(
    desk: Any, unit: str, actor: Actor, form: str = "flash", slot: str = "2200", **values: Any
) -> None:
    night.submit(desk, unit, actor, form, slot, values=values)
