"""A command is carried out once, whoever writes in between and however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import tiny
from log_asked import noted

from reporting.application.commands import EnterFigures, FiguresRecorded
from reporting.application.once import MERGE_ATTEMPTS, once
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.election import ElectionDefinition
from reporting.errors import UnknownReference, VersionConflict
from reporting.ledger import Appended, Command, Ledger

FASTER = VersionConflict(stream_id="x", expected=1, actual=2)
DONE = Appended(1, 1, datetime(2024, 10, 27, tzinfo=UTC), repeated=False)


def command() -> Command:
    return Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, ())


@pytest.mark.parametrize("conflicts", range(MERGE_ATTEMPTS + 1))
def test_decided_anew_as_often_as_somebody_is_faster_but_not_for_ever(
    conflicts: int, service: Reporting
) -> None:
    decisions = list[int]()

    def decide() -> int:
        decisions.append(len(decisions) + 1)
        return decisions[-1]

    def append(latest: int) -> Appended:
        assert latest == len(decisions), "what is appended is what was decided last"
        if latest <= conflicts:
            raise FASTER
        return DONE

    if conflicts >= MERGE_ATTEMPTS:
        with pytest.raises(VersionConflict):
            once(service.ledger, command(), decide, append)
    else:
        assert once(service.ledger, command(), decide, append) == DONE
    assert len(decisions) == min(conflicts + 1, MERGE_ATTEMPTS)


def test_of_two_copies_at_the_same_time_the_later_has_the_answer_of_the_first(service: Reporting) -> None:
    """The first comes in after the later one has looked for it; what it left speaks against the same once more."""
    one = Command(uuid4(), b"{}", tiny.SYSTEM, Channel.API, ())
    first = list[Appended]()

    def refuse_as_the_first_came() -> int:
        first.append(service.ledger.append(one))
        raise FASTER

    answer = once(service.ledger, one, refuse_as_the_first_came, lambda _: DONE)
    assert (answer.last_position, answer.repeated) == (first[0].last_position, True)


def test_what_a_decision_refuses_is_not_asked_again(service: Reporting) -> None:
    decisions = list[int]()

    def refuse() -> int:
        decisions.append(1)
        raise FASTER

    with pytest.raises(VersionConflict):
        once(service.ledger, command(), refuse, lambda _: DONE)
    assert len(decisions) == 1


def test_no_one_else_decides_again_by_hand() -> None:
    """A second loop would answer a repeat, or a race, in another way. What defines weighs everything that reported, and
    has two of its own: it waits for a moment in which nobody writes."""
    from product_texts import ROOT

    loops = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "src").rglob("*.py"))
        if "attempts += 1" in path.read_text("utf-8")
    ]
    assert loops == ["src/reporting/application/defining.py", "src/reporting/application/once.py"]


def test_the_version_told_is_the_one_the_log_has(service: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody was faster and it was decided anew, and for the same sent again after others have written."""
    tiny.define(service)
    append, rivals = service.append_together, [9, None]
    told = list[FiguresRecorded]()

    def late(commands: Sequence[Command]) -> Appended:
        rival = rivals.pop() if rivals else None
        if rival is not None:
            told.append(tiny.enter(service, "11", electors=rival))
        return append(commands)

    monkeypatch.setattr(service, "append_together", late)
    request = EnterFigures(
        command_id=uuid4(), election="tiny", form="final", slot="final", unit="11", expected_version=0,
        figures=tiny.cells("pr", voters=5),
    )  # fmt: skip
    told.append(tiny.enter(service, "12", voters=1))
    told.append(service.enter_figures(request, tiny.SYSTEM))
    again = service.enter_figures(request, tiny.SYSTEM)
    assert not rivals, "nobody came in between"
    assert (again.version, again.repeated) == (told[-1].version, True)
    assert [recorded.version for recorded in told] == [1, 1, 2]
    for recorded in told:
        assert recorded.version == service.ledger.version_at(recorded.stream_id, recorded.position)


def test_an_entry_asks_the_log_once_and_by_that_look_also_hears_of_another_definition(
    service: Reporting, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was sent before, what the election is and what the return holds are one look; another server may have defined meanwhile."""
    tiny.define(service)
    tiny.enter(service, "11", electors=5)
    monkeypatch.setattr(service, "clock", lambda: datetime(2024, 10, 28, tzinfo=UTC))
    asked = noted(monkeypatch)
    tiny.enter(service, "12", electors=5)
    assert asked == [service.ledger] * 2, "a look, and the append"
    with pytest.raises(UnknownReference):
        tiny.enter(service, "20", slot="later", electors=5)
    with closing(Ledger(database)) as elsewhere:
        stored: Any = tiny.election().model_dump(mode="json")
        (form,) = (form for form in stored["forms"] if form["code"] == "final")
        form["slots"].append({**form["slots"][-1], "code": "later"})
        changed = ElectionDefinition.model_validate(stored)
        Reporting(elsewhere).define_election(changed, tiny.SYSTEM, uuid4(), reason="回を加える")
    assert tiny.enter(service, "20", slot="later", electors=5).version == 1
