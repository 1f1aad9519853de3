"""Two real logs of one installation: entered in both, moved, gathered, verified."""

from __future__ import annotations

from uuid import uuid4

import night
import pytest
from tiny import SYSTEM
from two_logs import BALANCED, EAST, WEST, TwoLogs, correct, enter, shown

from reporting.errors import HeldElsewhere


def test_an_election_is_entered_where_it_is_and_nowhere_else(logs: TwoLogs) -> None:
    logs.begin("a", EAST)
    logs.begin("b", WEST)
    enter(logs.services[EAST], "a", "20", voters=10)
    enter(logs.services[WEST], "b", "20", voters=20)
    for log, other in ((EAST, "b"), (WEST, "a")):
        with pytest.raises(HeldElsewhere) as refused:
            enter(logs.services[log], other, "20", voters=1)
        assert refused.value.facts["address"] == f"https://{WEST if other == 'b' else EAST}.example/"
        with pytest.raises(HeldElsewhere):
            logs.services[log].define_election(night.election(code=other), SYSTEM, uuid4())


def test_moved_and_gathered(logs: TwoLogs) -> None:
    logs.begin("a", EAST, workflow=None)
    logs.begin("b", WEST, workflow=None)
    east, west = logs.services[EAST], logs.services[WEST]
    enter(east, "a", "20", **BALANCED)
    correct(east, "a", "20", 1, voters=101)
    enter(west, "b", "20", **BALANCED)
    logs.gather()
    moved = logs.move("a", WEST)
    print(moved)
    correct(west, "a", "20", 2, voters=102)
    with pytest.raises(HeldElsewhere):
        correct(east, "a", "20", 2, voters=102)
    logs.gather()
    assert shown(logs.reading) == shown(logs.installation.logs[WEST].at)
    logs.move("a", EAST)
    correct(east, "a", "20", 3, voters=103)
    print(logs.gather())
    done = logs.verify()
    print(done)
    assert not done.findings
