"""A night that is told from the log: entries, approvals, a release and what corrects it, a redefinition and an area that moves."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any
from uuid import uuid4

import night
import tiny
from night import CITY, PREFECTURE, WARD

from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.domain.layer import ENTERED, RELEASED, Layer
from reporting.publication.release import Publication

LAYERS = (
    ("flash", "2200", ENTERED),
    ("flash", "2200", Layer("city")),
    ("flash", "2200", Layer("prefecture")),
    ("flash", "2200", RELEASED),
    ("final", "final", ENTERED),
)


def play(service: Reporting) -> None:
    desk = night.define(service)
    dice = random.Random(7)
    flash: dict[str, Any] = {"form": "flash", "slot": "2200"}
    for unit in ("11", "12", "20"):
        night.submit(desk, unit, **flash)
        if unit != "20":
            night.approve(desk, CITY, unit, **flash)
        night.approve(desk, PREFECTURE, unit, **flash)
    Publication(service, desk).tick("tiny", datetime.fromisoformat(night.TEN))
    for votes in (59, 58, 57):
        desk.submit(Submit(**night.of("11", **flash), figures=night.cells(votes_a=votes), reason="x"), WARD)
    night.approve(desk, CITY, **flash)
    moved = tiny.AREAS[6].model_copy(update={"parent": "P2"})
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, (moved,), tiny.SYSTEM, uuid4(), reason="境界変更")
    versions: dict[str, int] = {}
    for _ in range(40):
        unit = dice.choice(tiny.UNITS)
        kind = tiny.correct if versions.get(unit) else tiny.enter
        value = str(dice.randint(1, 9_000) * 2 + versions.get(unit, 0) % 2)
        versions[unit] = kind(
            service, unit, versions.get(unit, 0), voters=value, electors=value + "0"
        ).version
    service.define_election(night.election(label=tiny.label("改")), tiny.SYSTEM, uuid4(), reason="改称")


def go_on(service: Reporting) -> None:
    """After the definition's last change: corrections, approved and made public twice, and an entry nobody approved."""
    desk = Desk(service)
    flash: dict[str, Any] = {"form": "flash", "slot": "2200"}
    night.approve(desk, PREFECTURE, **flash)
    Publication(service, desk).tick("tiny", datetime.fromisoformat(night.TEN))
    for votes in (56, 55):
        corrected = night.cells(votes_a=votes)
        desk.submit(Submit(**night.of("11", **flash), figures=corrected, reason="x"), WARD)
    night.approve(desk, CITY, **flash)
    night.approve(desk, PREFECTURE, **flash)
    night.submit(desk, "12", values={"votes_a": 7, "votes_b": 8}, reason="x", **flash)
    Publication(service, desk).tick("tiny", datetime.fromisoformat(night.TEN))
