"""A night with offices: tiny country, forms with a chain ward → city → prefecture → nation, rules, timed slots."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import tiny
from tiny import label

from reporting.application.acting import Done
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Certify, Declare, SendBack, Submit
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.election import ElectionDefinition

WARD = Actor("佐藤", "中央区選管", Role.WARD, "11")
WARD_2 = Actor("高橋", "中央区選管", Role.WARD, "11")
OTHER_WARD = Actor("渡辺", "北区選管", Role.WARD, "12")
CITY = Actor("鈴木", "市選管", Role.MUNICIPALITY, "10")
CITY_2 = Actor("松本", "市選管", Role.MUNICIPALITY, "10")
TOWN = Actor("小林", "町選管", Role.MUNICIPALITY, "20")
TOWN_2 = Actor("小川", "町選管", Role.MUNICIPALITY, "20")
PREFECTURE = Actor("田中", "県選管", Role.PREFECTURE, "P1")
PREFECTURE_2 = Actor("加藤", "県選管", Role.PREFECTURE, "P1")
NATION = Actor("山本", "総務省", Role.MINISTRY, "JP")
HARBOUR = Actor("港", "港町選管", Role.MUNICIPALITY, "31")
"""Of a town from which nothing comes by itself."""
OWNERS = {"11": WARD, "12": OTHER_WARD, "20": TOWN}

TEN, ELEVEN = "2024-10-27T22:00:00+09:00", "2024-10-27T23:00:00+09:00"


def count(code: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "label": label(code),
        "kind": "count",
        "purpose": label(code),
        "basis": "法66",
        **more,
    }


def election(**changes: Any) -> ElectionDefinition:
    """Votes by two parties and the accounts around them; slots at 22:00 and 23:00."""
    values: dict[str, Any] = {
        "items": [
            count("electors", breakdowns=[["sex"]]),
            count("voters", breakdowns=[["sex"]]),
            {
                "code": "turnout", "label": label("投票率"), "kind": "rate", "unit": "percent",
                "numerator": "voters", "denominator": "electors", "decimals": 2,
            },
            count("ballots_counted"),
            count("valid_votes"),
            count("invalid_votes"),
            count("ballots_not_deposited", signed=True),
            {"code": "votes", "label": label("得票数"), "kind": "votes", "unit": "votes", "by_choice": True},
        ],
        "contests": [
            {
                "code": "pr", "label": label("比例代表"), "kind": "proportional", "seats": 1,
                "area": {"geography": "administrative", "area": "JP"},
                "choices": [{"code": "a", "name": "甲党"}, {"code": "b", "name": "乙党"}],
            }
        ],
        "forms": [
            {
                "code": "flash", "label": label("速報"), "cumulative": True, "items": ["votes"],
                "slots": [
                    {"code": "2200", "label": label("22時"), "publish_at": TEN},
                    {"code": "2300", "label": label("23時"), "publish_at": ELEVEN},
                ],
            },
            {
                "code": "final", "label": label("確定"),
                "items": [
                    "electors", "voters", "turnout", "ballots_counted", "valid_votes", "invalid_votes",
                    "ballots_not_deposited", "votes",
                ],
                "slots": [{"code": "final", "label": label("確定"), "publish_at": ELEVEN}],
                "prefill": [{"form": "flash", "slot": "2300"}],
            },
        ],
        "workflow": {
            "geography": "administrative",
            "levels": ["city", "prefecture", "nation"],
            "publish_at_level": "prefecture",
            "certify_at_level": "nation",
        },
        "rules": [{"code": code} for code in ("J01", "J08", "J09", "J10", "J11", "J14")],
    }  # fmt: skip
    if changes.get("workflow", values["workflow"]) is None:  # what is entered is public at once
        for slot in (slot for form in values["forms"] for slot in form["slots"]):
            slot.pop("publish_at", None)
    return tiny.election(**{**values, **changes})


def define(service: Reporting, **changes: Any) -> Desk:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(election(**changes), tiny.SYSTEM, uuid4())
    return Desk(service)


BALANCED: dict[str, Any] = {
    "electors": 200,
    "voters": 100,
    "ballots_counted": 100,
    "valid_votes": 98,
    "invalid_votes": 2,
    "ballots_not_deposited": 0,
    "votes_a": 60,
    "votes_b": 38,
}


def of(unit: str, form: str = "final", slot: str = "final") -> dict[str, Any]:
    return {"command_id": uuid4(), "election": "tiny", "form": form, "slot": slot, "unit": unit}


def cells(**values: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for name, value in values.items():
        item, _, choice = name.rpartition("_")
        if item == "votes" and choice in ("a", "b"):
            found += tiny.cells(**{name: value})
        else:
            found.append(tiny.CellInput(contest="pr", item=name, value=str(value)))
    return tuple(found)


def submit(
    desk: Desk,
    unit: str = "11",
    actor: Actor | None = None,
    form: str = "final",
    slot: str = "final",
    **more: Any,
) -> Done:
    values = more.pop("values", BALANCED if form == "final" else {"votes_a": 60, "votes_b": 38})
    request = Submit(**of(unit, form, slot), figures=cells(**values), **more)
    return desk.submit(request, actor or OWNERS[unit])


def approve(
    desk: Desk, actor: Actor, unit: str = "11", form: str = "final", slot: str = "final", **more: Any
) -> Done:
    return desk.approve(Approve(**of(unit, form, slot), **more), actor)


def look(desk: Desk, actor: Actor, unit: str = "11", form: str = "final", slot: str = "final") -> Done:
    """Approves naming every cell that waits: what the approver does who has looked at each."""
    one = desk.returns.open("tiny", form, slot, unit)
    level = next(level for level, area in one.chain if area == actor.jurisdiction)
    return approve(desk, actor, unit, form, slot, cells=tuple(sorted(one.case.waiting_at(level))))


def send_back(desk: Desk, actor: Actor, unit: str, *keys: str) -> Done:
    return desk.send_back(
        SendBack(**of(unit), cells=keys, reason_class="query", reason="確認してください"), actor
    )


def declare(desk: Desk, actor: Actor, unit: str, key: str) -> Done:
    return desk.declare(
        Declare(**of(unit), key=key, reason_class="recount", reason="再点検でも一致せず"), actor
    )


def certified(service: Reporting) -> Desk:
    desk = define(service)
    submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        approve(desk, actor)
    desk.certify(Certify(**of("11"), override="一人の課"), NATION)
    return desk
