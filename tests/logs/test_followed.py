"""Whoever follows is told of each event once, wherever its election goes meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
from databases import Databases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from several_logs import EAST, SOUTH, WEST, SeveralLogs, several_logs
from thorough import examples
from tiny import SYSTEM
from told_offices import OFFICES, Told

from projections.followers import follow, wait_for
from projections.followers.alarms import AlarmList, Alarms
from projections.followers.notices import following
from reporting.application.desk import Desk
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import WRITER, Database
from reporting.domain.actor import Channel
from reporting.domain.workflow_events import DiscrepancyDeclared
from reporting.ledger import Command, NewEvent, return_stream
from reporting.logs.placing import Placing
from reporting.telling import Addresses, Outbox

LOGS = (EAST, WEST, SOUTH)
HAPPENS = st.lists(
    st.one_of(
        st.tuples(st.just("declare"), st.sampled_from(("11", "12"))),
        st.tuples(st.just("move"), st.sampled_from(LOGS)),
        st.tuples(st.just("follow"), st.sampled_from(LOGS)),
    ),
    min_size=2, max_size=8,
)  # fmt: skip


def declare(service: Reporting, unit: str) -> None:
    """A difference that an alarm and a notice tell."""
    stream = return_stream("a", "final", "final", unit)
    event = DiscrepancyDeclared(
        election="a", form="final", slot="final", unit=unit, key="k", rule="R1", difference="1", reason_class="other",
    )  # fmt: skip
    new = NewEvent(stream, service.ledger.stream_version(stream) + 1, event)
    service.ledger.append(Command(uuid4(), b"{}", SYSTEM, Channel.API, (new,)))


def alarmed(database: Database, file: Path) -> list[str]:
    """Units of which somebody is alarmed now."""
    with follow(Alarms, AlarmList, database.url, file) as runner:
        wait_for(runner, runner.app.recorder.max_notification_id())
        told = runner.view.waiting()
        for alarm in told:
            runner.view.tell(alarm)
    return [alarm.unit for alarm in told]


def noticed(database: Database) -> list[str]:
    """Units of every notice that is to be told from a log."""
    with following(database.url) as runner:
        wait_for(runner, runner.app.recorder.max_notification_id())
    with database.connect(WRITER) as connection:
        return [row[0] for row in connection.execute("SELECT unit FROM ops.notice").fetchall()]


def played(
    logs: SeveralLogs, happenings: Sequence[tuple[str, str]], folder: Path
) -> tuple[list[str], Counter[str]]:
    """Units with a difference, and how often each was alarmed of."""
    holder, declared, told = EAST, list[str](), Counter[str]()
    logs.begin("a", EAST, workflow=None)
    for what, which in happenings:
        if what == "declare":
            declare(logs.services[holder], which)
            declared.append(which)
        elif what == "move":
            logs.move("a", which)
            holder = which
        else:
            told.update(alarmed(logs.installation.logs[which].at, folder / which))
    for name in LOGS:
        told.update(alarmed(logs.installation.logs[name].at, folder / name))
    return declared, told


@settings(
    max_examples=examples(1), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(happenings=HAPPENS)
def test_each_event_is_told_once_wherever_its_election_goes(
    databases: Databases,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    happenings: list[tuple[str, str]],
) -> None:
    folder = tmp_path_factory.mktemp("followers")
    there_and_back: Any = [("move", WEST), ("declare", "12"), ("move", SOUTH), ("move", EAST)]
    with several_logs(databases, template, LOGS) as logs:
        declared, told = played(logs, [("declare", "11"), *happenings, *there_and_back], folder)
        assert told == Counter(declared)
        noticed_of = Counter(unit for name in LOGS for unit in noticed(logs.installation.logs[name].at))
        assert noticed_of == Counter(declared)
        logs.gather()  # what gathers all has each once, as one log would
        assert Counter(alarmed(logs.reading, folder / "all")) == Counter(declared)


def test_the_next_person_is_left_alone_where_the_return_has_moved_in_another_log(logs: SeveralLogs) -> None:
    """Who was told from the log that an election left does what is asked in the one that it went to."""
    service, database = logs.services[EAST], logs.installation.logs[EAST].at
    desk = logs.begin("tiny", EAST)
    for office, label, role, area in OFFICES[:3]:
        Offices(service).register(uuid4(), office, label, role, area, SYSTEM)
    placing = Placing(logs.installation.model_copy(update={"here": EAST}))
    with closing(Addresses(database)) as addresses, closing(Outbox(database)) as outbox:
        told = Told(database, service, desk, addresses, outbox, datetime(2026, 7, 1, 3, tzinfo=UTC), placing)
        for rank, where in enumerate(("first@a.jp", "next@a.jp")):
            told.address("ward", where, "mail", rank, person=where)
        told.send_back()
        told.follow()
        logs.move("tiny", WEST)
        sent: list[str] = []

        def send() -> None:
            teller = told.teller({"mail": lambda letter: sent.append(letter.address)})
            teller.lay_out()
            teller.send()

        send()
        corrected = {**night.BALANCED, "electors": 201}
        night.submit(Desk(logs.services[WEST]), "11", values=corrected, reason="訂正")
        told.later(hours=1)
        send()
        assert sent == ["first@a.jp"]
