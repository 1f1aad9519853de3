"""A prefecture at 02:00: 41 towns, whose final counts wait for it; one declared that its numbers do not balance, two were
sent back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import night
from tiny import SYSTEM, label

from reporting.application.desk import Desk
from reporting.application.desk_commands import SendBack, Submit
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.areas import AreaRecord, GeographyRecord

TOWNS = tuple(f"28{number}" for number in range(301, 342))
WRONG, BACK = TOWNS[20], (TOWNS[3], TOWNS[33])
CLERK = Actor("田中", "県選管", Role.PREFECTURE, "28")
SECOND = Actor("加藤", "県選管", Role.PREFECTURE, "28")
PLACE = {"election": "governor", "form": "final", "slot": "final"}
VOTES = "con|votes||a"

GEOGRAPHY = GeographyRecord.model_validate(
    {
        "code": "administrative",
        "label": label("行政"),
        "levels": [
            {"code": level, "label": label(level)} for level in ("nation", "prefecture", "municipality")
        ],
    }
)


def area(code: str, level: str, name: str, parent: str | None) -> AreaRecord:
    return AreaRecord(
        geography="administrative",
        code=code,
        level=level,
        name=name,
        parent=parent,
        valid_from=date(2000, 1, 1),
    )


AREAS = (
    area("JP", "nation", "全国", None),
    area("28", "prefecture", "海山県", "JP"),
    *(area(code, "municipality", f"第{number}町", "28") for number, code in enumerate(TOWNS, 1)),
)


def town(code: str) -> Actor:
    return Actor(f"町の{code}", f"{code}選管", Role.MUNICIPALITY, code)


def of(code: str) -> dict[str, Any]:
    return {"command_id": uuid4(), **PLACE, "unit": code}


def values(number: int, **more: int) -> dict[str, Any]:
    counted = {
        **night.BALANCED,
        "electors": 20_000 + number,
        "voters": 9_000 + number,
        "ballots_counted": 9_000 + number,
    }
    counted |= {
        "valid_votes": 8_900 + number,
        "invalid_votes": 100,
        "votes_a": 5_000 + number,
        "votes_b": 3_900,
    }
    return {**counted, **more}


def cells(**told: int) -> tuple[Any, ...]:
    return tuple(cell.model_copy(update={"contest": "con"}) for cell in night.cells(**told))


def submit(desk: Desk, code: str, **more: Any) -> None:
    number = TOWNS.index(code) + 1
    figures = cells(**values(number, **more.pop("figures", {})))
    desk.submit(Submit(**of(code), figures=figures, **more), town(code))


def waiting(service: Reporting) -> Desk:
    """Everything as the clerk finds it."""
    service.declare_registry("japan", (GEOGRAPHY,), AREAS, SYSTEM, uuid4())
    contest = {
        "code": "con", "label": label("知事"), "kind": "governor", "seats": 1,
        "area": {"geography": "administrative", "area": "28"},
        "choices": [{"code": "a", "name": "海野 太郎"}, {"code": "b", "name": "山田 花子"}],
    }  # fmt: skip
    one_level = {
        "geography": "administrative", "levels": ["prefecture"], "publish_at_level": "prefecture",
        "certify_at_level": "prefecture",
    }  # fmt: skip
    definition = night.election(
        code="governor", label=label("知事選挙"), contests=[contest], workflow=one_level, registry="japan",
        geographies=["administrative"], units={"geography": "administrative", "levels": ["municipality"]},
    )  # fmt: skip
    service.define_election(definition, SYSTEM, uuid4())
    desk = Desk(service)
    for code in TOWNS:
        if code == WRONG:
            desk.submit(
                Submit(
                    **of(code), figures=cells(**values(21, invalid_votes=103)), declarations=declared(desk, code),
                    reason="開票録のとおり",
                ),
                town(code),
            )  # fmt: skip
        else:
            submit(desk, code)
    for code in BACK:
        back = SendBack(**of(code), cells=(VOTES,), reason_class="query", reason="票数を確かめてください")
        desk.send_back(back, CLERK)
    return desk


def declared(desk: Desk, code: str) -> dict[str, str]:
    """What the wrong town has to declare: whatever the rules find."""
    try:
        desk.submit(Submit(**of(code), figures=cells(**values(21, invalid_votes=103))), town(code))
    except RulesRefused as refused:
        return {finding.key: "recount" for finding in refused.findings}
    raise AssertionError("the wrong town's numbers balance")
