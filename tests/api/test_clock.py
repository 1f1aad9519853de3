"""The clock of a process: on time, once, and never stopped by one election's trouble."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import psycopg
import pytest
import tiny
from night import CITY, NATION, PREFECTURE, PREFECTURE_2, WARD
from structlog.testing import capture_logs

import api.clock
from api.clock import PublicationClock
from projections.read import Snapshot, ViewReader
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Certify, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.replication import Replication
from reporting.domain.workflow_events import SlotReleased
from reporting.errors import Unavailable
from reporting.ledger import slot_stream
from reporting.publication.live_or_training import Publications
from reporting.publication.release import CLOCK, Publication

pytestmark = pytest.mark.begins.with_args(night.define)

FLASH: dict[str, Any] = {"form": "flash", "slot": "2200"}


def test_it_publishes_on_time_and_again_only_for_corrections(database: Database, service: Reporting) -> None:
    desk = Desk(service)
    projector, reader = Projector(database), ViewReader(database)
    now = [datetime.fromisoformat(night.TEN) - timedelta(minutes=1)]
    clock = PublicationClock(service, reader, lambda: now[0])

    def tick() -> int:
        projector.catch_up()
        return clock.tick()

    night.submit(desk, **FLASH)
    night.approve(desk, CITY, **FLASH)
    night.approve(desk, PREFECTURE, **FLASH)
    assert tick() == 0
    now[0] += timedelta(minutes=1)
    assert [tick(), tick()] == [1, 0]
    desk.submit(Submit(**night.of("11", **FLASH), figures=night.cells(votes_a=59), reason="読み違い"), WARD)
    assert tick() == 0
    night.approve(desk, CITY, **FLASH)
    night.approve(desk, PREFECTURE, **FLASH)
    assert [tick(), tick()] == [1, 0]
    notices = [one.event for one in service.ledger.stream(slot_stream("tiny", "flash", "2200"))]
    assert [notice.number for notice in notices if isinstance(notice, SlotReleased)] == [1, 2]
    reader.close()


@pytest.mark.begins(None)
def test_a_slot_published_when_certified_waits_for_every_unit_and_then_goes_out_by_itself(
    database: Database, service: Reporting
) -> None:
    """As the catalogue's final forms are. Before the last unit is certified nothing of it is public; corrections follow."""
    values = night.election().model_dump(mode="json", exclude_defaults=True)
    slot = values["forms"][1]["slots"][0]
    del slot["publish_at"]
    slot["publish"] = "when_certified"
    values["contests"][0]["area"] = {"geography": "administrative", "area": "10"}
    desk = night.define(service, forms=values["forms"], contests=values["contests"], rules=())
    projector, reader = Projector(database), ViewReader(database)
    now = [datetime.fromisoformat(night.TEN) - timedelta(days=2)]
    clock = PublicationClock(service, reader, lambda: now[0])
    released = slot_stream("tiny", "final", "final")

    def tick() -> int:
        projector.catch_up()
        return clock.tick()

    assert tick() == 0  # not before the polling day, and nobody is certified
    now[0] = datetime.fromisoformat(night.TEN) - timedelta(hours=1)  # no other slot is due
    units = service.catalog.election("tiny").reporting_units("final", "final")
    assert units == ("11", "12")
    for unit in units:
        night.submit(desk, unit)
        for actor in (CITY, PREFECTURE, NATION):
            night.approve(desk, actor, unit)
        assert tick() == 0
    desk.certify(Certify(**night.of("11")), NATION)
    assert tick() == 0
    publication = Publication(service, desk)
    assert publication.release("tiny", "final", "final", now[0], CLOCK) is None  # whatever the views say
    desk.certify(Certify(**night.of("12")), NATION)
    assert [tick(), tick()] == [1, 0]
    fix = night.cells(votes_a=59, votes_b=39)
    desk.submit(Submit(**night.of("11"), figures=fix, reason="読み違い"), PREFECTURE_2)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    assert [tick(), tick()] == [1, 0]
    heads = [one.event for one in service.ledger.stream(released)]
    assert [(head.number, head.whole) for head in heads if isinstance(head, SlotReleased)] == [(1, 2), (2, 2)]
    reader.close()


@pytest.mark.begins(None)
@pytest.mark.parametrize(
    "changed", ["a unit reports no more", "certification is not waited for", "an office less"]
)
def test_a_definition_that_changes_on_the_night_lets_out_what_waited(
    database: Database, service: Reporting, changed: str
) -> None:
    """No return moves with it: a slot that had been looked at waited until one did, or until the process was started again."""
    values = night.election().model_dump(mode="json", exclude_defaults=True)
    slot = values["forms"][1]["slots"][0]
    del slot["publish_at"]
    slot["publish"] = "when_certified"
    if changed == "an office less":
        del slot["publish"]
        slot["publish_at"] = night.TEN
        values["workflow"]["publish_at_level"] = "nation"
    values["contests"][0]["area"] = {"geography": "administrative", "area": "10"}
    desk = night.define(
        service, forms=values["forms"], contests=values["contests"], rules=(), workflow=values["workflow"]
    )
    projector, reader = Projector(database), ViewReader(database)
    now = datetime.fromisoformat(night.TEN) + timedelta(hours=1)
    clock = PublicationClock(service, reader, lambda: now)

    def tick() -> list[str]:
        projector.catch_up()
        clock.tick()
        heads = [one.event for one in service.ledger.stream(slot_stream("tiny", "final", "final"))]
        return [f"{head.number}: {head.approved}" for head in heads if isinstance(head, SlotReleased)]

    night.submit(desk, "11")
    for actor in (CITY, PREFECTURE):
        night.approve(desk, actor, "11")
    before = ["1: 0"] if changed == "an office less" else []
    if not before:
        night.approve(desk, NATION, "11")
        desk.certify(Certify(**night.of("11")), NATION)
    assert [tick(), tick()] == [before, before]
    stored = service.catalog.election("tiny").definition.model_dump(mode="json")
    if changed == "a unit reports no more":
        stored["units"]["withdrawn"] = [{"unit": "12", "on": "2024-10-27", "reason": "水害で開票できない"}]
    elif changed == "an office less":
        stored["workflow"]["publish_at_level"] = "prefecture"
    else:
        stored["forms"][1]["slots"][0] |= {"publish": None, "publish_at": night.TEN}
    definition = type(night.election()).model_validate(stored)
    service.define_election(definition, tiny.SYSTEM, uuid4(), reason="当夜の変更")
    assert tick() == [*before, f"{len(before) + 1}: 1"]
    reader.close()


def test_final_forms_of_the_catalogue_have_a_publication_rule() -> None:
    folder = Path(str(files("reporting.definitions") / "data" / "catalogue" / "forms"))
    finals = [
        (form["code"], slot)
        for form in (tomllib.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.toml")))
        for slot in form["slots"]
        if slot["code"] == "final"
    ]
    assert len(finals) >= 9
    assert [
        code for code, slot in finals if slot.get("publish") != "when_certified" and "publish_at" not in slot
    ] == []


@pytest.mark.begins(None)
@pytest.mark.parametrize("moved", [False, True], ids=["no time", "its time was moved ahead afterwards"])
def test_after_a_release_by_hand_corrections_go_out_by_the_clock(
    database: Database, service: Reporting, moved: bool
) -> None:
    """As docs/editors.md and the guide of the night say, also after certification."""
    forms = [form.model_dump(mode="json", exclude_defaults=True) for form in night.election().forms]
    for slot in forms[1]["slots"]:
        del slot["publish_at"]
    desk = night.define(service, forms=forms)
    projector, reader = Projector(database), ViewReader(database)
    now = datetime.fromisoformat(night.TEN) - timedelta(hours=1)  # no other slot is due
    clock, publications = PublicationClock(service, reader, lambda: now), Publications(service, desk)

    def tick() -> int:
        projector.catch_up()
        return clock.tick()

    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    assert tick() == 0  # nobody has released it
    assert publications.release("tiny", "final", "final", now, night.tiny.SYSTEM) is not None
    desk.certify(Certify(**night.of("11")), NATION)
    if moved:
        forms[1]["slots"][0]["publish_at"] = (now + timedelta(days=1)).isoformat()
        service.define_election(night.election(forms=forms), night.tiny.SYSTEM, uuid4(), reason="定義の訂正")
    assert tick() == 0
    fix = night.cells(votes_a=59, votes_b=39)
    desk.submit(Submit(**night.of("11"), figures=fix, reason="読み違い"), PREFECTURE_2)
    assert tick() == 0
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    assert [tick(), tick()] == [1, 0]
    first, notice = (one.event for one in service.ledger.stream(slot_stream("tiny", "final", "final")))
    assert isinstance(first, SlotReleased)
    assert isinstance(notice, SlotReleased)
    assert (notice.number, first.changes) == (2, ())
    assert {(one.cell, one.before, one.after) for one in notice.changes} == {
        ("pr|votes||a", "60", "59"),
        ("pr|votes||b", "38", "39"),
    }
    reader.close()


@pytest.fixture
def waiting(database: Database, service: Reporting) -> Iterator[ViewReader]:
    """Both slots of the flash have figures to publish."""
    desk = Desk(service)
    for slot in ("2200", "2300"):
        place: dict[str, Any] = {"form": "flash", "slot": slot}
        night.submit(desk, **place)
        night.approve(desk, CITY, **place)
        night.approve(desk, PREFECTURE, **place)
    Projector(database).catch_up()
    reader = ViewReader(database)
    yield reader
    reader.close()


def released(service: Reporting, slot: str) -> int:
    return len(service.ledger.stream(slot_stream("tiny", "flash", slot)))


def test_it_goes_by_the_clock_of_the_database(
    service: Reporting, waiting: ViewReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machines' own, years after these slots, plays no part."""
    clock = PublicationClock(service, waiting)
    monkeypatch.setattr(Snapshot, "time", lambda self: datetime.fromisoformat(night.TEN))
    clock.tick()
    assert [released(service, slot) for slot in ("2200", "2300")] == [1, 0]
    monkeypatch.undo()
    clock.tick()
    assert [released(service, slot) for slot in ("2200", "2300")] == [1, 1]


def test_a_slot_that_cannot_go_out_holds_up_no_other(
    service: Reporting, waiting: ViewReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = Publications.release

    def refuses(self: Publications, code: str, form: str, slot: str, *more: Any) -> Any:
        if slot == "2200":
            raise Unavailable(detail="for a test")
        return release(self, code, form, slot, *more)

    clock = PublicationClock(service, waiting)
    monkeypatch.setattr(Publications, "release", refuses)
    with capture_logs() as lines:
        clock.tick()
    assert [(line["event"], line["slot"]) for line in lines] == [("publication_clock", "2200")]
    assert [released(service, slot) for slot in ("2200", "2300")] == [0, 1]
    assert clock.late_s > 0
    monkeypatch.undo()
    clock.tick()
    assert released(service, "2200") == 1
    assert clock.late_s == 0


@pytest.mark.parametrize("failure", [Unavailable(detail="x"), psycopg.OperationalError("x"), KeyError("x")])
def test_no_failure_ends_it(
    service: Reporting, waiting: ViewReader, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    stop, ticks = threading.Event(), [0]

    def tick(self: PublicationClock) -> int:
        ticks[0] += 1
        if ticks[0] == 1:
            raise failure
        stop.set()
        return 0

    monkeypatch.setattr(PublicationClock, "tick", tick)
    monkeypatch.setattr(api.clock, "EVERY_S", 0.0)
    with capture_logs() as lines:
        PublicationClock(service, waiting).run(stop)
    assert ticks == [2]
    assert [line["log_level"] for line in lines] == ["error" if isinstance(failure, KeyError) else "warning"]


def test_what_is_held_back_is_told_once_and_looked_at_when_anything_moves(
    database: Database, service: Reporting
) -> None:
    desk = Desk(service)
    projector, reader = Projector(database), ViewReader(database)
    clock = PublicationClock(service, reader, lambda: datetime.fromisoformat(night.ELEVEN))
    night.submit(desk, values={**night.BALANCED, "invalid_votes": "!suppressed"}, reason="秘匿")
    for office in (CITY, PREFECTURE):
        night.approve(desk, office)
    with capture_logs() as logs:
        for _ in range(3):
            projector.catch_up()
            clock.tick()
    told = [entry for entry in logs if entry["event"] == "release_held_back"]
    assert [(entry["form"], entry["units"]) for entry in told] == [("final", ["11"])]
    desk.submit(
        Submit(
            **night.of("11"),
            figures=night.cells(valid_votes="!suppressed", votes_a="!suppressed"),
            reason="秘匿",
        ),
        WARD,
    )
    for office in (CITY, PREFECTURE):
        night.look(desk, office)
    with capture_logs() as logs:
        projector.catch_up()
        assert clock.tick() == 1
    assert [entry for entry in logs if entry["event"] == "release_held_back"] == []
    reader.close()


def test_a_quiet_night_is_not_spent_on_asking(
    service: Reporting, waiting: ViewReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing moved and no time came: no slot is looked at, until it is for once without a reason."""
    due, asked = Publications.due, []

    def counted(self: Publications, code: str, now: datetime) -> Iterator[tuple[str, str]]:
        asked.append(code)
        return due(self, code, now)

    now = [datetime.fromisoformat(night.TEN)]
    clock = PublicationClock(service, waiting, lambda: now[0])
    monkeypatch.setattr(Publications, "due", counted)
    for _ in range(5):
        clock.tick()
    assert len(asked) == 1
    now[0] += timedelta(seconds=api.clock.ANYWAY_S)
    clock.tick()
    assert len(asked) == 2


def test_at_a_standby_it_waits_and_says_so_once(
    service: Reporting, waiting: ViewReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is worked out that its primary releases; promoted, it releases what is due."""
    follows = Replication(False, True, True, "0/1", "0/1", 0.0)
    monkeypatch.setattr(api.clock, "replication_of", lambda connection: follows)
    monkeypatch.setattr(Publications, "due", lambda *given: pytest.fail("a slot is looked at"))
    clock = PublicationClock(service, waiting, lambda: datetime.fromisoformat(night.TEN))
    with capture_logs() as lines:
        assert (clock.tick(), clock.tick()) == (0, 0)
    assert [line["event"] for line in lines] == ["publication_waits_for_promotion"]
    monkeypatch.undo()
    clock.tick()
    assert released(service, "2200") == 1
