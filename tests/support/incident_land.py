"""Incidents of the tiny country's units: told by the ward, reviewed by city, prefecture and nation, made public by the nation."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
from night import CITY, NATION, PREFECTURE, WARD, count
from tiny import label

from reporting.application.desk import Desk
from reporting.application.incident_commands import (
    CorrectIncident,
    RecordIncident,
    ReleaseIncident,
    ReviewIncident,
)
from reporting.application.incidents import IncidentDone, Incidents
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.incident_events import IncidentFacts
from reporting.domain.incidents import Incident

PHASES = ("notice", "early", "polling", "counting", "report")
NATION_2 = Actor("大野", "総務省", Role.MINISTRY, "JP")
ACCOUNT = "投票管理者の佐々木 花子が、選挙人に比例代表の投票用紙を2枚交付した。"
PERSON = "佐々木花子"


def define(service: Reporting) -> Desk:
    """With a survey that asks for the number of cases, by phase."""
    plain = night.election()
    values = {
        "code": "incident_phase",
        "label": label("段階"),
        "values": [{"code": c, "label": label(c)} for c in PHASES],
    }
    survey = {
        "code": "survey", "label": label("結果調"), "items": ["incidents", "incident_ballots"],
        "slots": [{"code": "final", "label": label("確定")}],
    }  # fmt: skip
    items = [item.model_dump(mode="json") for item in plain.items]
    asked = [count(code, breakdowns=[["incident_phase"]]) for code in ("incidents", "incident_ballots")]
    return night.define(
        service, items=[*items, *asked], forms=[*(form.model_dump(mode="json") for form in plain.forms), survey],
        dimensions=[*(dimension.model_dump(mode="json") for dimension in plain.dimensions), values],
    )  # fmt: skip


def facts(**changes: Any) -> IncidentFacts:
    told = {
        "kind": "ballot_issue_double", "phase": "polling", "site": "polling_place", "place": "3", "ballots": "1",
        "validity": "undecided",
    }  # fmt: skip
    return IncidentFacts.model_validate({**told, **changes})


def words(**changes: Any) -> dict[str, Any]:
    told = {
        "account": ACCOUNT,
        "measure": "直ちに回収した。",
        "prevention": "二人で数える。",
        "personal": (PERSON,),
    }
    return {**told, **changes}


def tell(
    service: Reporting, actor: Actor = WARD, unit: str = "11", more: Any = None, **changes: Any
) -> IncidentDone:
    """`changes`: of the facts; `more`: of the words."""
    told = RecordIncident(
        command_id=uuid4(), election="tiny", unit=unit, facts=facts(**changes), **words(**(more or {}))
    )
    return Incidents(service).record(told, actor)


def case_of(service: Reporting, number: int = 1, unit: str = "11") -> Incident:
    return Incidents(service).files("tiny", (unit,))[unit].folded.cases[number]


def seen(service: Reporting, number: int, unit: str) -> dict[str, Any]:
    at = case_of(service, number, unit).latest.position
    return {"command_id": uuid4(), "election": "tiny", "unit": unit, "number": number, "seen": at}


def correct(
    service: Reporting, actor: Actor = WARD, number: int = 1, unit: str = "11", **changes: Any
) -> IncidentDone:
    told = {"facts": facts(), **words(), "reason_class": "typing_error", "reason": "誤記", **changes}
    return Incidents(service).correct(CorrectIncident(**seen(service, number, unit), **told), actor)


def review(
    service: Reporting, actor: Actor, number: int = 1, unit: str = "11", accepted: bool = True, **more: Any
) -> IncidentDone:
    if not accepted:
        more = {"reason_class": "query", "reason": "場所を確認してください。", **more}
    asked = ReviewIncident(**seen(service, number, unit), accepted=accepted, **more)
    return Incidents(service).review(asked, actor)


def release(service: Reporting, actor: Actor = NATION, number: int = 1, unit: str = "11") -> IncidentDone:
    return Incidents(service).release(ReleaseIncident(**seen(service, number, unit)), actor)


def publish(service: Reporting, number: int = 1) -> None:
    for actor in (CITY, PREFECTURE, NATION):
        review(service, actor, number)
    release(service, NATION, number)
