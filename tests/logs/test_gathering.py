"""All logs in one database: in the order of their times, each event once, and what two logs say differently named."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import tiny
from databases import Databases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from several_logs import BALANCED, EAST, SOUTH, WEST, SeveralLogs, correct, enter, several_logs, shown
from thorough import examples
from tiny import SYSTEM

from reporting.application.service import Reporting
from reporting.database.connect import READER
from reporting.database.replication import OnlyGathers
from reporting.ledger import Ledger
from reporting.logs.errors import GathersFromPrimary, HoldsEvents
from reporting.logs.gathering import Gatherer

OPEN: dict[str, Any] = {"workflow": None}
ELECTIONS, LOGS = ("a", "b", "c"), (EAST, WEST, SOUTH)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("figure"), st.sampled_from(ELECTIONS), st.sampled_from(tiny.UNITS), st.integers(0, 999)),
        st.tuples(st.just("move"), st.sampled_from(ELECTIONS), st.sampled_from(LOGS)),
        st.tuples(st.just("gather")),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=examples(2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(placed=st.permutations(LOGS), moves=MOVES)
def test_wherever_elections_are_and_go_all_is_as_in_one_log(
    databases: Databases, template: str, placed: list[str], moves: list[tuple[Any, ...]]
) -> None:
    with several_logs(databases, template, LOGS) as logs, databases.fresh(template) as single:
        ledger = Ledger(single)
        one_log = Reporting(ledger)
        one_log.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, SYSTEM, uuid4())
        holder = dict(zip(ELECTIONS, placed, strict=True))
        versions: dict[tuple[str, str], int] = {}
        for code, log in holder.items():
            definition = logs.begin(code, log, **OPEN).reporting.catalog.election(code).definition
            one_log.define_election(definition, SYSTEM, uuid4())
        for what, *of in moves:
            if what == "move":
                code, holder[of[0]] = of
                logs.move(code, holder[code])
            elif what == "gather":
                logs.gather()
            else:
                code, unit, value = of
                version = versions.get((code, unit), 0)
                write = correct if version else enter
                for service in (logs.services[holder[code]], one_log):
                    write(service, code, unit, version, voters=value + version * 1000)
                versions[code, unit] = version + 1
        logs.gather()
        assert shown(logs.reading) == shown(single)
        assert not logs.verify().findings
        ledger.close()


def test_it_takes_no_commands_and_begins_empty(logs: SeveralLogs) -> None:
    logs.begin("a", WEST, **OPEN)
    logs.gather()
    ledger = Ledger(logs.reading)
    with pytest.raises(OnlyGathers):
        enter(Reporting(ledger), "a", "20", **BALANCED)
    ledger.close()
    with pytest.raises(HoldsEvents):
        Gatherer(logs.installation, logs.installation.logs[WEST].at)


def test_a_log_that_takes_no_changes_is_not_gathered_from(logs: SeveralLogs) -> None:
    """A standby cannot say up to which time it has everything. It is named, and nothing of any log is taken."""
    logs.begin("a", EAST, **OPEN)
    with logs.installation.logs[WEST].at.connect() as connection:
        (name,) = connection.execute("SELECT current_database()").fetchall()[0]
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(GathersFromPrimary) as refused:
        logs.gather()
    assert refused.value.facts == {"log": WEST}
    assert "target_session_attrs" in refused.value.message_ja
    ledger = Ledger(logs.reading)
    assert ledger.position() == 0
    ledger.close()


def test_areas_are_the_directorys(logs: SeveralLogs) -> None:
    """What the directory has not got is waited for, and with it what may stand on it; what it has otherwise is named."""
    east, west = logs.services[EAST], logs.services[WEST]
    new, other = (tiny.AREAS[0].model_copy(update={"code": code}) for code in ("98", "99"))
    west.declare_registry("tinyland", (), (new,), SYSTEM, uuid4())
    logs.begin("a", WEST, **OPEN)
    done = logs.gather()
    assert done.waits == (WEST, 3)
    assert not [row for row in shown(logs.reading) if row[1] == "a"]
    east.declare_registry("tinyland", (), (new,), SYSTEM, uuid4())
    enter(west, "a", "20", **BALANCED)
    assert logs.gather().waits is None
    assert shown(logs.reading) == shown(logs.installation.logs[WEST].at)
    east.declare_registry("tinyland", (), (new.model_copy(update={"code": "97"}),), SYSTEM, uuid4())
    west.declare_registry("tinyland", (), (other,), SYSTEM, uuid4())
    assert logs.gather().differ == [(WEST, logs.position(WEST))]
    found = logs.verify().findings
    assert [(finding.log, "tinyland" in finding.detail) for finding in found] == [(WEST, True)]


def test_what_is_erased_in_a_log_is_erased_in_the_copy(logs: SeveralLogs) -> None:
    logs.begin("a", WEST, **OPEN)
    enter(logs.services[WEST], "a", "20", **BALANCED)
    logs.gather()
    with logs.installation.logs[WEST].at.connect() as connection:  # as `erase_v2` leaves them
        connection.execute(
            "UPDATE ledger.command SET person = '(erased)', person_salt = NULL, body_hash = '' WHERE person = 'system'"
        )
        connection.execute(
            "INSERT INTO ledger.erasure (erased_by, ground, command_ids)"
            " SELECT 'x', 'y', array_agg(command_id) FROM ledger.command WHERE person = '(erased)'"
        )
    logs.gather()
    with logs.reading.connect(READER) as connection:
        rows = connection.execute(
            "SELECT DISTINCT c.person, c.person_salt FROM ledger.command c JOIN ledger.event e USING (command_id)"
            " JOIN ledger.original o ON o.position = e.position WHERE o.log = 'west'"
        ).fetchall()
    assert rows == [("(erased)", None)]
    assert not logs.verify().findings
