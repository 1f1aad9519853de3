"""The tiny country with an election that asks what polling places count: turnout at 14:00 and at the end, early voting, facilities."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
from night import WARD, count
from tiny import label

from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.polling_places import (
    CapturePlace,
    PlaceDone,
    PlacesDone,
    PollingPlaces,
    RegisterPlaces,
)
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.polling_places import PollingPlace

DIMENSIONS = [
    {"code": "sex", "label": label("性別"), "values": [{"code": c, "label": label(c)} for c in "mf"]},
    {
        "code": "closing",
        "label": label("閉鎖時刻"),
        "values": [
            {"code": c, "label": label(c)}
            for c in ("regular", "up_to_1h", "up_to_2h", "up_to_3h", "up_to_4h")
        ],
    },
    {
        "code": "opening",
        "label": label("開始時刻"),
        "values": [{"code": c, "label": label(c)} for c in ("earlier", "regular", "later")],
    },
]
ITEMS: list[dict[str, Any]] = [
    count("electors", breakdowns=[["sex"]]),
    count("voters_polling_day", breakdowns=[["sex"]]),
    count("voters_early"),
    count("voters_braille"),
    count("voters"),
    count("polling_places_reported"),
    count("polling_districts"),
    count("polling_places", breakdowns=[["closing"], ["opening"]]),
    count("polling_places_shared"),
    count("early_voting_places"),
    count("early_voting_places_mobile"),
]
FORMS: list[dict[str, Any]] = [
    {
        "code": "turnout", "label": label("投票速報"), "cumulative": True, "items": ["electors", "voters_polling_day"],
        "slots": [
            {"code": "t1400", "label": label("14時"), "cut_off": "2024-10-27T14:00:00+09:00"},
            {"code": "closed", "label": label("投票終了"), "cut_off": "2024-10-27T20:00:00+09:00"},
        ],
    },
    {
        "code": "early", "label": label("期日前"), "cumulative": True, "items": ["voters_early"],
        "slots": [
            {"code": "d7", "label": label("7日前"), "cut_off": "2024-10-20T20:00:00+09:00"},
            {"code": "d1", "label": label("前日"), "cut_off": "2024-10-26T20:00:00+09:00"},
        ],
    },
    {
        "code": "final", "label": label("投票結果"),
        "items": ["electors", "voters", "voters_polling_day", "voters_early", "voters_braille", "polling_places_reported"],
        "slots": [{"code": "final", "label": label("確定")}],
        "prefill": [{"form": "turnout", "slot": "closed"}],
    },
    {
        "code": "facilities", "label": label("施設"),
        "items": [
            "polling_districts", "polling_places", "polling_places_shared", "early_voting_places",
            "early_voting_places_mobile",
        ],
        "slots": [{"code": "planned", "label": label("告示時")}],
    },
]  # fmt: skip
CONTESTS = [
    {
        "code": "pr", "label": label("選挙"), "kind": "electorate", "seats": 1,
        "area": {"geography": "administrative", "area": "JP"},
        "choices": [{"code": "a", "name": "甲党"}],
    }
]  # fmt: skip


def define(service: Reporting, **changes: Any) -> Desk:
    shape = {"items": ITEMS, "forms": FORMS, "contests": CONTESTS, "dimensions": DIMENSIONS, "rules": []}
    return night.define(service, **{**shape, **changes})


def place(number: str, **more: Any) -> PollingPlace:
    return PollingPlace.model_validate({"number": number, "name": f"第{number}投票所", **more})


def register(
    service: Reporting, *places: PollingPlace, unit: str = "11", actor: Actor = WARD, dry_run: bool = False
) -> PlacesDone:
    request = RegisterPlaces(command_id=uuid4(), election="tiny", units={unit: places})
    return PollingPlaces(service).register(request, actor, dry_run=dry_run)


def figures(**values: Any) -> tuple[CellInput, ...]:
    """`voters_polling_day=3`, `electors_m="!none"` (breakdown sex=m)."""
    told = []
    for name, value in values.items():
        item, _, part = name.rpartition("_") if name[-2:] in ("_m", "_f") else (name, "", "")
        told.append(
            CellInput(contest="pr", item=item, breakdown=f"sex={part}" if part else "", value=str(value))
        )
    return tuple(told)


def capture(
    service: Reporting,
    number: str,
    *,
    at: str = "turnout/t1400",
    unit: str = "11",
    actor: Actor = WARD,
    seen: int = 0,
    because: str | None = None,
    **values: Any,
) -> PlaceDone:
    form, _, slot = at.partition("/")
    request = CapturePlace(
        command_id=uuid4(), election="tiny", form=form, slot=slot, unit=unit, number=number,
        figures=figures(**values), seen=seen, reason=because, reason_class="typing_error" if because else None,
    )  # fmt: skip
    return PollingPlaces(service).capture(request, actor)
