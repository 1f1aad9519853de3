"""A live night of the tiny country with two releases of its final form: the second one a correction and a first figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import night
from night import CITY, PREFECTURE

from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.publication.distribution.making import ReleasePlace
from reporting.publication.distribution.recording import Distributions
from reporting.publication.release import Publication

LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
FIRST, SECOND = (ReleasePlace("tiny", "final", "final", number) for number in (1, 2))


@dataclass(frozen=True)
class ReleasedNight:
    service: Reporting
    desk: Desk
    clock: Publication
    distributions: Distributions


def approve(desk: Desk, unit: str) -> None:
    if unit != "20":
        night.approve(desk, CITY, unit)
    night.approve(desk, PREFECTURE, unit)


def play(service: Reporting, **changes: Any) -> ReleasedNight:
    """Ward 11 and town 20 approved and released; then ward 12 comes, and a vote of ward 11 is corrected."""
    desk = night.define(service, **{"is_test": False, **changes})
    clock = Publication(service, desk)
    values = {**night.BALANCED, "votes_a": "60.125", "votes_b": "37.875"}
    night.submit(desk, "11", values=values)
    night.submit(
        desk, "20", values={**night.BALANCED, "invalid_votes": "!none", "valid_votes": 100, "votes_a": 62}
    )
    for unit in ("11", "20"):
        approve(desk, unit)
    clock.tick("tiny", LATE)
    night.submit(desk, "12")
    fixed = {**values, "votes_a": "59.125", "votes_b": "38.875"}
    desk.submit(Submit(**night.of("11"), figures=night.cells(**fixed), reason="読み違い"), night.WARD)
    for unit in ("11", "12"):
        approve(desk, unit)
    clock.tick("tiny", LATE)
    return ReleasedNight(service, desk, clock, Distributions(service, desk))
