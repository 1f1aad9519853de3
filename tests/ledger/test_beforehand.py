"""What a command asks before it is decided is one look at the log, and says what the single questions say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import FiguresEntered
from reporting.errors import CommandIdReused
from reporting.ledger import Command, Ledger, NewEvent

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")
STREAMS = [UUID(int=n) for n in range(1, 7)]
FILLED = {STREAMS[0]: 2, STREAMS[1]: 1, STREAMS[2]: 3, STREAMS[3]: 1}
"""Stream → events; the last two hold nothing."""


def command(stream: UUID, version: int, body: bytes = b"{}", reason: str | None = None) -> Command:
    figures = {"c|voters||": str(version)}
    event = FiguresEntered(election="e", form="final", slot="final", unit="13101", figures=figures)
    events = (NewEvent(stream, version, event),)
    return Command(uuid4(), body, CLERK, Channel.API, events, reason=reason)


@pytest.fixture(scope="module")
def ledger(module_database: Database) -> Iterator[Ledger]:
    """The streams' events in turns, so that their positions are mixed."""
    ledger = Ledger(module_database)
    for version in range(1, 4):
        for stream, events in FILLED.items():
            if version <= events:
                ledger.append(command(stream, version, reason="理由" if version == 2 else None))
    yield ledger
    ledger.close()


@pytest.mark.parametrize("rests_on", [(0, 2), (2, 4), (4, 5), (2, 2)])
@pytest.mark.parametrize("about", [(0, 2), (2, 0), (3, 4), (4, 5), (2, 2)])
def test_it_says_what_the_single_questions_say(
    ledger: Ledger, rests_on: tuple[int, int], about: tuple[int, int]
) -> None:
    resting, asked = (STREAMS[rests_on[0]], STREAMS[rests_on[1]]), (STREAMS[about[0]], STREAMS[about[1]])
    for _ in range(12):  # prepared, and its plan kept
        seen = ledger.beforehand(command(STREAMS[0], 3), resting, asked)
        assert seen.answered is None
        assert seen.versions == {stream: ledger.stream_version(stream) for stream in resting}
        assert seen.deeds == ledger.deeds(asked)
        assert seen.position == ledger.position()
        assert [deed.recorded.position for deed in seen.deeds] == sorted(
            deed.recorded.position for deed in seen.deeds
        )


@pytest.mark.parametrize("streams", [(0, 1, 2), (5, 4, 0), (4, 5, 5), (0, 1, 2, 3, 4, 5)])
def test_of_many_streams_it_says_the_same(ledger: Ledger, streams: tuple[int, ...]) -> None:
    resting, asked = (STREAMS[2], STREAMS[4]), [STREAMS[number] for number in streams]
    for own in [command(STREAMS[0], 3), None] * 6:
        seen = ledger.beforehand(own, resting, asked)
        assert seen.answered is None
        assert seen.versions == {stream: ledger.stream_version(stream) for stream in resting}
        assert seen.deeds == ledger.deeds(asked)
        assert seen.position == ledger.position()
    given = command(uuid4(), 1)
    stands = ledger.append(given)
    assert ledger.beforehand(given, resting, asked).answered == replace(stands, repeated=True)


@pytest.mark.parametrize("streams", [(), (0,), (0, 2), (4,), (0, 1, 2), (0, 1, 2, 3, 4, 5)])
@pytest.mark.parametrize("types", [None, ["FiguresEntered"], ["ReturnSubmitted"]])
def test_deeds_of_few_streams_are_those_of_many(
    ledger: Ledger, streams: tuple[int, ...], types: list[str] | None
) -> None:
    """Of one or two another statement tells than of more."""
    asked = [STREAMS[number] for number in streams]
    every = ledger.deeds(STREAMS)
    wanted = [deed for deed in every if deed.recorded.stream_id in asked and types != ["ReturnSubmitted"]]
    assert ledger.deeds(asked, types) == wanted
    assert ledger.of_types(asked, ["FiguresEntered"]) == [
        deed.recorded for deed in every if deed.recorded.stream_id in asked
    ]


@pytest.mark.parametrize("upto", range(1, 8))
def test_what_another_event_says_anew_is_told_once(ledger: Ledger, upto: int) -> None:
    """As of a position the last one until there."""
    log = ledger.as_of(upto)
    every = log.streams(STREAMS)
    last = {event.stream_id: event for event in every}
    assert log.streams(STREAMS, "FiguresEntered") == sorted(last.values(), key=lambda event: event.position)
    assert log.streams(STREAMS, "ReturnSubmitted") == every


def test_a_command_that_stands_in_the_log_is_told_its_answer(ledger: Ledger) -> None:
    own = command(UUID(int=9), 1)
    first = ledger.append(own)
    about = UUID(int=9), UUID(int=10)
    seen = ledger.beforehand(own, (STREAMS[0], STREAMS[1]), about)
    assert seen.answered == ledger.repeat_of(own.command_id, own.body_hash)
    assert seen.answered is not None
    assert (seen.answered.last_position, seen.answered.repeated) == (first.last_position, True)
    assert seen.deeds == ledger.deeds(about)
    other = Command(own.command_id, b"[]", CLERK, Channel.API, own.events)
    with pytest.raises(CommandIdReused):
        ledger.beforehand(other, (STREAMS[0], STREAMS[1]), about)


def test_the_log_as_it_stood_takes_no_commands(ledger: Ledger) -> None:
    with pytest.raises(TypeError):
        ledger.as_of(1).beforehand(command(STREAMS[0], 3), (STREAMS[0],) * 2, (STREAMS[0],) * 2)
