"""A slot's time comes while nobody could publish it, or while two could."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import night
import tiny
from acknowledged import Book
from fault import Fault
from installation import SERVER, STARTED_WITHIN_S, Installation, free_port, listens
from night import CITY, PREFECTURE
from stopped_processes import BY_SUPERVISOR, away
from waiting import until

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.workflow_events import SlotReleased
from reporting.errors import UnknownReference
from reporting.ledger import Ledger, slot_stream

NEVER = "2100-01-01T00:00:00+09:00"
DOWN, BESIDE = "2200", "2300"
"""The slot of each of the two faults."""
IN_S = 4.0
SETTLE_S = 3.0
"""Longer than any clock's round: who would publish a second time has by then."""


def approved(service: Reporting, slot: str, due: datetime) -> None:
    """An election of offices whose slot is due then; everything of one unit is approved for it."""
    times = {DOWN: NEVER, BESIDE: NEVER}
    try:
        before = service.catalog.election("tiny").definition
        times |= {one.code: str(one.publish_at) for one in before.forms[0].slots}
        desk = Desk(service)
    except UnknownReference:
        desk = night.define(service, forms=_forms(times))
    times[slot] = due.isoformat()
    service.define_election(night.election(forms=_forms(times)), tiny.SYSTEM, uuid4(), reason="時刻の変更")
    flash: dict[str, Any] = {"form": "flash", "slot": slot}
    night.submit(desk, "11", **flash)
    night.approve(desk, CITY, **flash)
    night.approve(desk, PREFECTURE, **flash)


def _forms(times: dict[str, str]) -> list[dict[str, Any]]:
    forms: list[dict[str, Any]] = night.election().model_dump(mode="json", exclude_defaults=True)["forms"]
    for one in forms[0]["slots"]:
        one["publish_at"] = times[one["code"]]
    for one in forms[1]["slots"]:
        one["publish_at"] = NEVER
    return forms


def releases(service: Reporting, slot: str) -> list[int]:
    stream = service.ledger.stream(slot_stream("tiny", "flash", slot))
    return [one.event.number for one in stream if isinstance(one.event, SlotReleased)]


@contextmanager
def office(at: Installation) -> Iterator[Reporting]:
    ledger = Ledger(at.database)
    try:
        yield Reporting(ledger)
    finally:
        ledger.close()


@contextmanager
def down_at_the_time(at: Installation, book: Book) -> Iterator[None]:
    """Nobody is there when it comes; whoever is there next publishes it, once."""
    with office(at) as service:
        due = datetime.now(UTC) + timedelta(seconds=IN_S)
        approved(service, DOWN, due)
        at.kill(SERVER)
        yield
        until(lambda: datetime.now(UTC) > due + timedelta(seconds=1), "the time has passed")
        assert releases(service, DOWN) == []
        at.start(SERVER)
        until(lambda: releases(service, DOWN), "it is published late", 60)
        time.sleep(SETTLE_S)
        assert releases(service, DOWN) == [1]


@contextmanager
def two_publishers(at: Installation, book: Book) -> Iterator[None]:
    """Two servers whose clocks both see that it is time."""
    port = free_port()
    second = at.begin("serve", "--no-projector", "--port", str(port))
    try:
        until(lambda: listens(port), "the second server listens", STARTED_WITHIN_S)
        with office(at) as service:
            approved(service, BESIDE, datetime.now(UTC) + timedelta(seconds=IN_S))
            until(lambda: releases(service, BESIDE), "it is published", 60)
            time.sleep(SETTLE_S)
            assert releases(service, BESIDE) == [1]
        yield
    finally:
        second.kill()
        second.communicate()


FAULTS = (
    Fault(
        "publication-missed", "公表時刻にサーバがいない", "publication time passes while the server is down", *BY_SUPERVISOR,
        down_at_the_time, away,
    ),
    Fault(
        "two-publishers", "公表係が二つ", "two publishers", "製品が自分で", "the product by itself", two_publishers
    ),
)  # fmt: skip
