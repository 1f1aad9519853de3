"""Nothing of a training election can reach a live release, total or series: by type, at run time, and in the log."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import night
import pytest
from drills import drilled
from night import CITY, PREFECTURE

from projections.read import TotalsQuery, ViewReader
from projections.runner import Projector
from projections.verify import verify
from reporting.application.defining import MarkChanged
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.layer import Layer
from reporting.domain.released import ChangeKind, ReleasedChange
from reporting.ledger import Command, NewEvent, election_stream, released_stream, return_stream, slot_stream
from reporting.publication.kinds import (
    LiveElection,
    NotTraining,
    TrainingElection,
    TrainingRefused,
    live,
    training,
)
from reporting.publication.live_or_training import (
    LivePublication,
    Publications,
    TrainingPublication,
    TrainingRelease,
)
from reporting.publication.planned import Release
from reporting.training.drill import Drill

ROOT = Path(__file__).resolve().parents[2]
LATE = datetime(2026, 1, 1, tzinfo=UTC)

SNIPPET = """
from __future__ import annotations
from datetime import datetime
from reporting.publication.kinds import LiveElection, TrainingElection
from reporting.publication.live_or_training import LivePublication, LiveRelease, TrainingPublication
def f(live: LivePublication, real: LiveElection, drill: TrainingElection, now: datetime) -> None:
"""
FITS = 'live.release(real, "f", "s", now)'
DO_NOT = (
    'live.release(drill, "f", "s", now)',
    "live.tick(drill, now)",
    'live.release("tiny", "f", "s", now)',
    "x: LiveElection = drill",
)


def test_a_training_election_does_not_fit_the_live_path(tmp_path: Path) -> None:
    from mypy import api

    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET + "".join(f"    {line}\n" for line in (FITS, *DO_NOT)), encoding="utf-8")
    out, _, _ = api.run(
        [
            "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache"),
            "--follow-imports", "silent", str(snippet),
        ]
    )  # fmt: skip
    wrong = {int(line) for line in re.findall(r"snippet\.py:(\d+): error: ", out)}
    first = SNIPPET.count("\n") + 1
    assert wrong == {first + 1 + number for number in range(len(DO_NOT))}, out


def test_at_run_time_too(service: Reporting, past: Desk) -> None:
    sheet = drilled(service)
    to_live, to_training = LivePublication(service, past), TrainingPublication(service, past)
    drill, real = to_training.election(sheet.election), to_live.election("tiny")
    position = service.ledger.position()
    with pytest.raises(TrainingRefused):
        to_live.election(sheet.election)
    with pytest.raises(TrainingRefused):
        LiveElection(drill.definition)
    with pytest.raises(NotTraining):
        TrainingElection(real.definition)
    for call in (to_live.tick, lambda one, now: to_live.release(one, "final", "final", now)):
        with pytest.raises(TrainingRefused):
            call(cast(Any, drill), LATE)
        with pytest.raises(TrainingRefused):
            call(cast(Any, sheet.election), LATE)
    for played in (to_training.tick, lambda one, now: to_training.release(one, "final", "final", now)):
        with pytest.raises(NotTraining):
            played(cast(Any, real), LATE)
    assert service.ledger.position() == position


def disguise(service: Reporting, definition: ElectionDefinition) -> None:
    """What the service refuses, put into the log past it."""
    with pytest.raises(MarkChanged):
        service.define_election(definition, night.tiny.SYSTEM, uuid4())
    stream = election_stream(definition.code)
    new = NewEvent(stream, service.ledger.stream_version(stream) + 1, ElectionDefined(definition=definition))
    service.ledger.append(Command(uuid4(), b"{}", night.tiny.SYSTEM, Channel.API, (new,)))


def test_a_drill_redefined_as_live_is_released_nowhere(service: Reporting, past: Desk) -> None:
    sheet = drilled(service)
    drill = training(service, sheet.election)
    disguised = drill.definition.model_copy(update={"is_test": False})
    disguise(service, disguised)
    for kind in (live, training):
        with pytest.raises(MarkChanged):
            kind(service, sheet.election)
    with pytest.raises(MarkChanged):
        LivePublication(service, past).tick(LiveElection(disguised), LATE)
    with pytest.raises(MarkChanged):
        TrainingPublication(service, past).tick(drill, LATE)


def test_a_clock_that_meets_both_kinds_keeps_them_apart(service: Reporting, past: Desk) -> None:
    sheet, other = drilled(service), drilled(service)
    disguised = training(service, other.election).definition.model_copy(update={"is_test": False})
    disguise(service, disguised)
    both = Publications(service, past)
    for code, is_test in (("tiny", False), (sheet.election, True)):
        due = {("flash", "2200"), ("flash", "2300"), ("final", "final")}
        assert set(both.due(code, LATE)) <= (set() if is_test else due)  # a drill publishes itself
        release = both.release(code, "final", "final", datetime.now(UTC))
        assert release is not None
        assert (release.election, release.is_test) == (code, is_test)
    assert list(both.due(other.election, datetime.now(UTC))) == []
    with pytest.raises(MarkChanged):
        both.release(other.election, "final", "final", datetime.now(UTC))


def released(service: Reporting, desk: Desk) -> None:
    """One live return approved and the live slots out."""
    night.approve(desk, CITY, "11")
    night.approve(desk, PREFECTURE, "11")
    publication = LivePublication(service, desk)
    made = publication.tick(publication.election("tiny"), LATE)
    assert made
    assert not any(one.is_test for one in made)


def totals(database: Database, code: str) -> list[tuple[Any, ...]]:
    reader = ViewReader(database)
    found = []
    try:
        with reader.snapshot() as snapshot:
            election = snapshot.election(code)
            for layer in ("entered", "prefecture", "released"):
                query = TotalsQuery(
                    "final", "final", "pr", "administrative", ("voters", "votes"), layer=Layer.named(layer)
                )
                found += [
                    (layer, row.code, row.item, row.choice, row.value, row.reported, row.expected)
                    for row in snapshot.totals(election, query)
                ]
    finally:
        reader.close()
    return found


def test_a_whole_drill_leaves_everything_live_as_it_was(
    service: Reporting, past: Desk, database: Database
) -> None:
    released(service, past)
    projector = Projector(database)
    projector.catch_up()
    before, position = totals(database, "tiny"), service.ledger.position()
    sheet = drilled(service)
    (defined,) = service.ledger.read(position, 10)
    assert isinstance(defined.event, ElectionDefined)  # the truth itself is nowhere in the log
    done = Drill(service, sheet).run()
    projector.catch_up()
    assert totals(database, "tiny") == before
    assert totals(database, sheet.election) != before
    assert verify(database).differences == []
    events = service.ledger.read(position, 10_000)
    assert len(events) > 50
    mine = {stream(code="tiny") for stream in _streams()}
    theirs = {stream(code=sheet.election) for stream in _streams()}
    assert not mine & theirs
    for recorded in events:
        assert recorded.stream_id not in mine
        named = getattr(recorded.event, "election", None) or recorded.event.definition.code  # type: ignore[attr-defined]
        assert named == done.election
    assert past.returns.open("tiny", "final", "final", "11").case.version  # still there, still its own
    publication = LivePublication(service, past)
    assert publication.tick(publication.election("tiny"), LATE) == []


def _streams() -> list[Any]:
    found: list[Any] = [election_stream]
    for form, slot in (("flash", "2200"), ("flash", "2300"), ("final", "final")):
        found.append(lambda code, form=form, slot=slot: slot_stream(code, form, slot))
        for unit in ("11", "12", "20", "31", "32"):
            for kind in (return_stream, released_stream):
                found.append(
                    lambda code, kind=kind, form=form, slot=slot, unit=unit: kind(code, form, slot, unit)
                )
    return found


def test_every_release_of_a_drill_says_so(service: Reporting, past: Desk) -> None:
    sheet = drilled(service)
    desk = Desk(service)
    publication = TrainingPublication(service, desk)
    drill = publication.election(sheet.election)
    made = publication.tick(drill, datetime.now(UTC))
    assert len(made) == 3
    for release in made:
        assert release.is_test is True
        assert '"is_test": true' in release.as_json()
        assert release.election == sheet.election
    package = publication.package(drill, "final", "final", 1)
    assert b'"isTest":true' in package.files["manifest.json"]
    with pytest.raises(TrainingRefused):
        LivePublication(service, desk).package(cast(Any, drill), "final", "final", 1)
    change = ReleasedChange(
        unit="11",
        cell="pr|votes||a",
        kind=ChangeKind.CORRECTION,
        before="60",
        after="59",
        office="o",
        reason_class="x",
        approved_by="p",
    )
    notice = TrainingRelease(drill.code, Release("r", 2, 9, 1, 5, (), (change,)))
    assert '"after": "59"' in notice.as_json()
