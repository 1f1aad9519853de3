"""A definition and a figure that it takes away, both decided before either is appended: one of them is decided again.

The head row is held, so that both have made up their mind and wait for the door, one behind the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from night import WARD
from waiting import until

from reporting.application.batch import BatchPart, ImportedFile, ReturnFigures, record_batch
from reporting.application.desk_commands import CorrectedReturn, CorrectTogether, Submit
from reporting.application.service import Reporting
from reporting.application.taken_away import FiguresTakenAway
from reporting.application.together import Together
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import FiguresEntered
from reporting.errors import FiguresCame, ReportingError, VersionConflict
from reporting.ledger import Appended, Command, GroupAppender, Ledger, NewEvent, Quiet, Stands, return_stream

LOCKED = """SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"""
TAKEN = {
    "choice pr/a": ("contests.0.choices", "a"),
    "slot final/final": ("forms.0.slots", "final"),
    "unit 11": None,
}
SLIP = night.election().model_dump(mode="json")
SLIP["contests"][0]["choices"] = [one for one in SLIP["contests"][0]["choices"] if one["code"] != "b"]
WITHOUT_B = ElectionDefinition.model_validate(SLIP)


def taken(what: str) -> ElectionDefinition:
    """The tiny election without it."""
    if (left_out := TAKEN[what]) is None:
        return tiny.election(units={"geography": "administrative", "levels": ["municipality"]})
    stored: Any = tiny.election().model_dump(mode="json")
    (name, number, part), code = left_out[0].split("."), left_out[1]
    stored[name][int(number)][part] = [one for one in stored[name][int(number)][part] if one["code"] != code]
    return ElectionDefinition.model_validate(stored)


class Queue:
    """Acts that wait for the door in the order they came, while it is held."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._threads: list[threading.Thread] = []
        self.answers: dict[str, Any] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._database.connect() as holder:
            holder.execute("SELECT FROM ledger.head FOR UPDATE")
            yield
            holder.rollback()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def add(self, name: str, act: Callable[[], Any]) -> None:
        def run() -> None:
            try:
                self.answers[name] = act()
            except ReportingError as refused:
                self.answers[name] = refused

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)
        with self._database.connect(autocommit=True) as looking:
            until(
                lambda: looking.execute(LOCKED).fetchone() == (len(self._threads),),
                f"{name} waits for the door",
            )


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.parametrize("first", ["definition", "figures"])
def test_of_a_figure_and_what_takes_it_away_the_second_is_refused(
    service: Reporting, queue: Queue, what: str, first: str
) -> None:
    tiny.define(service)
    acts = {
        "definition": lambda: service.define_election(taken(what), tiny.SYSTEM, uuid4()),
        "figures": lambda: tiny.enter(service, "11", voters=3, votes_a="1.5"),
    }
    second = next(name for name in acts if name != first)
    with queue.held():
        queue.add(first, acts[first])
        queue.add(second, acts[second])
    assert not isinstance(queue.answers[first], ReportingError), queue.answers
    assert isinstance(queue.answers[second], ReportingError), queue.answers
    if first == "figures":
        assert isinstance(queue.answers["definition"], FiguresTakenAway)
    held = service.ledger.stream_version(return_stream("tiny", "final", "final", "11"))
    assert held == (1 if first == "figures" else 0)


@pytest.mark.parametrize("way", ["submit", "together"])
def test_at_the_desk_too(service: Reporting, queue: Queue, way: str) -> None:
    """A choice without votes is left out while the first who have some are on their way."""
    desk = night.define(service)
    figures = night.cells(**night.BALANCED)
    part = CorrectedReturn(form="final", slot="final", unit="11", figures=figures)
    joint = CorrectTogether(command_id=uuid4(), election="tiny", returns=(part,), reason="初回")
    acts: dict[str, Callable[[], Any]] = {
        "submit": lambda: desk.submit(Submit(**night.of("11"), figures=figures), WARD),
        "together": lambda: Together(service, desk).correct(joint, WARD),
    }
    with queue.held():
        queue.add("definition", lambda: service.define_election(WITHOUT_B, tiny.SYSTEM, uuid4()))
        queue.add(way, acts[way])
    assert not isinstance(queue.answers["definition"], ReportingError), queue.answers
    assert queue.answers[way].code == "figures_refused", queue.answers
    assert service.ledger.stream_version(return_stream("tiny", "final", "final", "11")) == 0


@pytest.mark.parametrize("first", ["definition", "submit"])
def test_a_workflow_goes_from_under_no_return_that_is_submitted_meanwhile(
    service: Reporting, queue: Queue, first: str
) -> None:
    """Whose figures stood already: the submission brings none."""
    desk = night.define(service)
    whole = {name: value for name, value in night.BALANCED.items() if not name.startswith("votes")}
    tiny.enter(service, "11", actor=WARD, **whole, votes_a="60", votes_b="38")
    without = night.election(workflow=None)
    acts: dict[str, Callable[[], Any]] = {
        "definition": lambda: service.define_election(without, tiny.SYSTEM, uuid4(), reason="誤り"),
        "submit": lambda: desk.submit(Submit(**night.of("11")), WARD),
    }
    second = next(name for name in acts if name != first)
    with queue.held():
        queue.add(first, acts[first])
        queue.add(second, acts[second])
    assert not isinstance(queue.answers[first], ReportingError), queue.answers
    assert isinstance(queue.answers[second], ReportingError), queue.answers
    kept = service.catalog.election("tiny").definition.workflow is not None
    assert kept == (first == "submit")


def test_an_import_is_refused_as_a_whole(service: Reporting, queue: Queue) -> None:
    night.define(service)
    stream = return_stream("tiny", "final", "final", "11")
    part = ReturnFigures(stream, "tiny", "final", "final", "11", {"pr|votes||b": "38"})
    whole = BatchPart([part], {}, service.catalog.election("tiny").stands)
    source = ImportedFile("test", "a.csv", uuid4().hex * 2, uuid4())
    with queue.held():
        queue.add("definition", lambda: service.define_election(WITHOUT_B, tiny.SYSTEM, uuid4()))
        queue.add("import", lambda: record_batch(service, source, [whole], tiny.SYSTEM))
    assert isinstance(queue.answers["import"], VersionConflict), queue.answers
    assert service.ledger.stream_version(stream) == 0


def test_figures_that_it_does_not_touch_hold_up_no_definition(service: Reporting, queue: Queue) -> None:
    tiny.define(service)
    with queue.held():
        queue.add("figures", lambda: tiny.enter(service, "11", voters=3))
        queue.add("definition", lambda: service.define_election(taken("choice pr/a"), tiny.SYSTEM, uuid4()))
    assert not any(isinstance(answer, ReportingError) for answer in queue.answers.values()), queue.answers
    assert "a" not in [c.code for c in service.catalog.election("tiny").definition.contests[0].choices]


def test_a_label_changed_under_a_figure_that_comes_is_weighed_again(service: Reporting, queue: Queue) -> None:
    """Another name for a choice that gets its first votes meanwhile: it takes a reason then."""
    tiny.define(service)
    stored = tiny.election().model_dump(mode="json")
    stored["contests"][0]["choices"][0]["name"] = "別の党"
    renamed = ElectionDefinition.model_validate(stored)
    with queue.held():
        queue.add("figures", lambda: tiny.enter(service, "11", votes_a="1.5"))
        queue.add("definition", lambda: service.define_election(renamed, tiny.SYSTEM, uuid4()))
    assert queue.answers["definition"].code == "reason_needed", queue.answers


def entered(unit: str) -> NewEvent:
    event = FiguresEntered(election="e", form="f", slot="s", unit=unit, figures={"c|voters||": "1"})
    return NewEvent(uuid4(), 1, event)


def test_of_a_batch_only_those_that_rest_on_what_moved_are_refused(database: Database) -> None:
    """And one that stands in the log already is answered as it was, whatever has moved since."""
    ledger = Ledger(database)
    base = entered("1")
    (first,) = ledger.append_many([Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (base,))])
    assert isinstance(first, Appended)
    now, before = Stands(base.stream_id, 1), Stands(base.stream_id, 0)
    repeated = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("2"),), stands=(now,))
    ledger.append(repeated)
    free = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("3"),))
    holds = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("4"),), stands=(now,))
    stale = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("5"),), stands=(before,))
    sent_again = replace(repeated, stands=(before,))
    disturbed = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("6"),), quiet=(Quiet("e", 0),))
    other = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("7"),), quiet=(Quiet("none", 0),))
    outcomes = ledger.append_many([free, stale, holds, sent_again, disturbed, other])
    assert [type(one) for one in outcomes] == [
        Appended, VersionConflict, Appended, Appended, FiguresCame, Appended,
    ]  # fmt: skip
    assert [one.repeated for one in outcomes if isinstance(one, Appended)] == [False, False, True, False]
    conflict = outcomes[1]
    assert isinstance(conflict, VersionConflict)
    assert (conflict.facts["expected"], conflict.facts["actual"]) == (0, 1)
    for refused in (stale, disturbed):
        with pytest.raises(VersionConflict):
            ledger.append_all([refused])
    ledger.close()


def test_a_group_goes_on_without_the_one_that_is_refused(database: Database) -> None:
    ledger = Ledger(database)
    group = GroupAppender(ledger)
    base = entered("1")
    group.append(Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (base,)))
    stale = Command(
        uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("2"),), stands=(Stands(base.stream_id, 3),)
    )
    with pytest.raises(VersionConflict):
        group.append(stale)
    now = Stands(base.stream_id, 1)
    assert not group.append(
        Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, (entered("3"),), stands=(now,))
    ).repeated
    group.close()
    ledger.close()
