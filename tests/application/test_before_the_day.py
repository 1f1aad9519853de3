"""Nothing of a slot is released before the election's day, or the slot's own times (issue 10, A5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import night
import pytest
from night import CITY, NATION, PREFECTURE

from reporting.application.desk import Desk
from reporting.application.publication import Publication
from reporting.application.service import Reporting
from reporting.domain.opening import opens_at
from reporting.errors import InvalidInput

DAY = datetime.fromisoformat("2024-10-27T00:00:00+09:00")


def ready(service: Reporting, **slot: str) -> Publication:
    forms = [form.model_dump(mode="json") for form in night.election().forms]
    forms[1]["slots"] = [{"code": "final", "label": {"ja": "確定"}, **slot}]
    desk: Desk = night.define(service, forms=forms)
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    return Publication(service, desk)


def test_a_final_count_is_not_released_before_the_polling_day(service: Reporting) -> None:
    publication = ready(service)
    with pytest.raises(InvalidInput, match="2024-10-27"):
        publication.release("tiny", "final", "final", DAY - timedelta(seconds=1), night.tiny.SYSTEM)
    assert publication.release("tiny", "final", "final", DAY, night.tiny.SYSTEM) is not None


@pytest.mark.parametrize(
    ("times", "opens"),
    [
        ({"opens": "2024-10-01T00:00:00+09:00"}, "2024-10-01T00:00:00+09:00"),
        ({"cut_off": "2024-10-20T20:00:00+09:00"}, "2024-10-20T00:00:00+09:00"),
        ({"publish_at": "2024-10-28T00:20:00+09:00"}, "2024-10-27T00:00:00+09:00"),
        ({}, "2024-10-27T00:00:00+09:00"),
    ],
)
def test_when_a_slot_opens(service: Reporting, times: dict[str, str], opens: str) -> None:
    """What is known before (the roll, early voting) says so by its own times."""
    ready(service, **times)
    definition = service.catalog.election("tiny").definition
    slot = definition.forms[1].slots[0]
    assert opens_at(definition, slot) == datetime.fromisoformat(opens)
