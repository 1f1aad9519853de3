"""A country small enough to check by hand: two prefectures, a designated city with two wards, three towns.

Two geographies over the same units; district D1 crosses the city's border.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from reporting.application.commands import CellInput, CorrectFigures, EnterFigures, FiguresRecorded
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition

SYSTEM = Actor("system", "事務局", Role.SYSTEM, "*")
WARD_CLERK = Actor("佐藤", "中央区選管", Role.WARD, "11")
CITY_CLERK = Actor("鈴木", "市選管", Role.MUNICIPALITY, "10")
MINISTRY = Actor("田中", "総務省", Role.MINISTRY, "JP")
AUDITOR = Actor("監査", "監査室", Role.AUDITOR, "*")

UNITS = ("11", "12", "20", "31", "32")


def label(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


GEOGRAPHIES = tuple(
    GeographyRecord.model_validate(
        {
            "code": code,
            "label": label(code),
            "levels": [{"code": level, "label": label(level)} for level in levels],
        }
    )
    for code, levels in (
        ("administrative", ["nation", "prefecture", "city", "municipality", "ward"]),
        ("electoral", ["nation", "district", "unit"]),
    )
)

_AREAS = [
    ("administrative", "JP", "nation", None),
    ("administrative", "P1", "prefecture", "JP"),
    ("administrative", "P2", "prefecture", "JP"),
    ("administrative", "10", "city", "P1"),
    ("administrative", "11", "ward", "10"),
    ("administrative", "12", "ward", "10"),
    ("administrative", "20", "municipality", "P1"),
    ("administrative", "31", "municipality", "P2"),
    ("administrative", "32", "municipality", "P2"),
    ("electoral", "JP", "nation", None),
    ("electoral", "D1", "district", "JP"),
    ("electoral", "D2", "district", "JP"),
    ("electoral", "11", "unit", "D1"),
    ("electoral", "12", "unit", "D2"),
    ("electoral", "20", "unit", "D1"),
    ("electoral", "31", "unit", "D2"),
    ("electoral", "32", "unit", "D2"),
]
AREAS = tuple(
    AreaRecord(
        geography=geography,
        code=code,
        level=level,
        name=f"地域{code}",
        parent=parent,
        valid_from=date(2000, 1, 1),
    )
    for geography, code, level, parent in _AREAS
)


def contests(**units: dict[str, Any] | None) -> list[dict[str, Any]]:
    """`units`: by contest, where it names its own."""
    return [
        {
            "code": "pr",
            "label": label("比例代表"),
            "kind": "proportional",
            "area": {"geography": "administrative", "area": "JP"},
            "units": units.get("pr"),
            "choices": [{"code": "a", "name": "甲党"}, {"code": "b", "name": "乙党"}],
        },
        {
            "code": "d1",
            "label": label("第1区"),
            "kind": "single_member",
            "area": {"geography": "electoral", "area": "D1"},
            "units": units.get("d1"),
            "choices": [{"code": "x", "name": "山田 太郎", "party": "甲党"}],
        },
    ]


def election(**changes: Any) -> ElectionDefinition:
    values: dict[str, Any] = {
        "code": "tiny",
        "label": label("小選挙"),
        "kind": "general",
        "polling_date": "2024-10-27",
        "is_test": True,
        "registry": "tinyland",
        "geographies": ["administrative", "electoral"],
        "units": {"geography": "administrative", "levels": ["ward", "municipality"]},
        "dimensions": [
            {"code": "sex", "label": label("性別"), "values": [{"code": c, "label": label(c)} for c in "mf"]}
        ],
        "items": [
            {"code": "electors", "label": label("有権者数"), "kind": "count", "breakdowns": [["sex"]]},
            {"code": "voters", "label": label("投票者数"), "kind": "count", "breakdowns": [["sex"]]},
            {
                "code": "turnout",
                "label": label("投票率"),
                "kind": "rate",
                "unit": "percent",
                "numerator": "voters",
                "denominator": "electors",
                "decimals": 2,
            },
            {"code": "votes", "label": label("得票数"), "kind": "votes", "unit": "votes", "by_choice": True},
            {"code": "not_deposited", "label": label("持帰り"), "kind": "count", "signed": True},
        ],
        "contests": contests(),
        "forms": [
            {
                "code": "final",
                "label": label("確定"),
                "items": ["electors", "voters", "turnout", "votes", "not_deposited"],
                "slots": [
                    {"code": "final", "label": label("確定")},
                    {"code": "inner", "label": label("内部"), "public": False},
                ],
            }
        ],
    }
    return ElectionDefinition.model_validate({**values, **changes})


def define(service: Reporting) -> None:
    service.declare_registry("tinyland", GEOGRAPHIES, AREAS, SYSTEM, uuid4())
    service.define_election(election(), SYSTEM, uuid4())


def cells(contest: str = "pr", **values: str | int) -> tuple[CellInput, ...]:
    """`voters=3`, `electors_m=2` (breakdown sex=m), `votes_a="1.5"` (choice a)."""
    found = []
    for name, value in values.items():
        item, _, part = (
            name.rpartition("_") if name.rpartition("_")[2] in ("m", "f", "a", "b", "x") else (name, "", "")
        )
        breakdown = f"sex={part}" if part in ("m", "f") else ""
        choice = part if part in ("a", "b", "x") else ""
        found.append(
            CellInput(contest=contest, item=item, breakdown=breakdown, choice=choice, value=str(value))
        )
    return tuple(found)


def enter(
    service: Reporting,
    unit: str,
    version: int = 0,
    actor: Actor = SYSTEM,
    slot: str = "final",
    contest: str = "pr",
    **values: str | int,
) -> FiguresRecorded:
    request = EnterFigures(
        command_id=uuid4(),
        election="tiny",
        form="final",
        slot=slot,
        unit=unit,
        expected_version=version,
        figures=cells(contest, **values),
    )
    return service.enter_figures(request, actor)


def correct(
    service: Reporting,
    unit: str,
    version: int,
    actor: Actor = SYSTEM,
    reason: str = "転記誤り",
    contest: str = "pr",
    **values: str | int,
) -> FiguresRecorded:
    request = CorrectFigures(
        command_id=uuid4(),
        election="tiny",
        form="final",
        slot="final",
        unit=unit,
        expected_version=version,
        figures=cells(contest, **values),
        reason_class="typing_error",
        reason=reason,
    )
    return service.correct_figures(request, actor)


Ask = Callable[..., dict[str, Any]]
"""`ask(query, actor, **variables)` → the GraphQL answer's JSON."""
