"""Two real logs of one installation: each election entered where it is, moved to and fro, gathered as if there were one log."""

from __future__ import annotations

import re
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import released_night
from auditing import program
from beside import beside
from eventsourcing.persistence import Tracking
from exports import verdict
from night import NATION, PREFECTURE, WARD
from several_logs import BALANCED, EAST, WEST, SeveralLogs, enter, shown
from starlette.datastructures import QueryParams
from structlog.testing import capture_logs
from tiny import SYSTEM

from api import notices
from api.cli.evidence import published_totals
from api.clock import PublicationClock
from api.open_data.making import OpenDataMaker
from projections.followers.notices import Notice, NoticeBook
from projections.read import ViewReader
from projections.runner import Projector
from projections.verify import verify as verify_views
from reporting.application.desk import Desk
from reporting.application.desk_commands import Annotate, Certify, Submit
from reporting.application.service import Reporting
from reporting.database.connect import WRITER, Database
from reporting.errors import HeldElsewhere
from reporting.logs.errors import NotPlaced, PlacedAlready
from reporting.publication.distribution.publisher import PublisherChoice
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import DistributionStore
from reporting.publication.release import Publication, ReleasedElsewhere
from reporting.transparency.export import export, steady

OPEN: dict[str, Any] = {"workflow": None}


def test_an_election_is_entered_where_it_is_and_nowhere_else(logs: SeveralLogs) -> None:
    logs.begin("a", EAST, **OPEN)
    logs.begin("b", WEST, **OPEN)
    entering = [
        partial(enter, logs.services[log], code, "20", **BALANCED)
        for log, code in ((EAST, "a"), (WEST, "b"))
    ]  # fmt: skip
    with beside(*entering):
        pass
    for log, other in ((EAST, "b"), (WEST, "a")):
        with pytest.raises(HeldElsewhere) as refused:
            enter(logs.services[log], other, "20", voters=1)
        assert refused.value.facts["address"] == f"https://{WEST if other == 'b' else EAST}.example/"
        with pytest.raises(HeldElsewhere):
            logs.services[log].define_election(night.election(code=other), SYSTEM, uuid4())
    with pytest.raises(NotPlaced):
        logs.services[EAST].define_election(night.election(code="c"), SYSTEM, uuid4())
    with pytest.raises(PlacedAlready):
        logs.directory.place(uuid4(), "a", WEST, SYSTEM, None)
    logs.gather()
    both = shown(logs.installation.logs[EAST].at, logs.installation.logs[WEST].at)
    assert len({row[1] for row in both}) == 2
    assert shown(logs.reading) == both
    assert not logs.verify().findings


def a_night(logs: SeveralLogs) -> Desk:
    """Everything that names a position: corrections, releases and their notices, readings, differences, drafts taken over."""
    desk = logs.begin("tiny", EAST, is_test=False)
    clock = Publication(logs.services[EAST], desk)
    night.submit(desk, "11", values={**BALANCED, "votes_a": "60.125", "votes_b": "37.875"})
    night.submit(desk, "20", values={**BALANCED, "invalid_votes": "!none", "valid_votes": 100, "votes_a": 62})
    for unit in ("11", "20"):
        released_night.approve(desk, unit)
    clock.tick("tiny", released_night.LATE)
    night.submit(desk, "12")
    fixed = {**BALANCED, "votes_a": "59.125", "votes_b": "38.875"}
    desk.submit(Submit(**night.of("11"), figures=night.cells(**fixed), reason="読み違い"), WARD)
    for unit in ("11", "12"):
        released_night.approve(desk, unit)
    return desk


def noticed(database: Database) -> int:
    """How many are to be told of the release in this log, by one who follows it."""
    book = NoticeBook(database)
    with database.connect(WRITER) as connection:
        last = "SELECT max(position) FROM ledger.event WHERE type = 'SlotReleased'"
        ((position,),) = connection.execute(last).fetchall()
        book.put(Notice("release", "tiny", "final", "final", ""), Tracking("notices", position))
        connection.rollback()
        ((number,),) = connection.execute("SELECT count(*) FROM ops.notice").fetchall()
    book.close()
    return int(number)


def entries_of_feed(database: Database, service: Reporting) -> list[bytes]:
    """By the id that a reader of feeds knows each by."""
    Projector(database).catch_up()
    with closing(ViewReader(database)) as reader:
        feed = notices.answer(reader, service, QueryParams("election=tiny"))
    ids = re.findall(rb"<id>(.+?)</id>", feed)
    assert any(b":remark:" in told for told in ids)
    return ids


def test_a_night_goes_on_where_it_moved(logs: SeveralLogs, tmp_path: Path) -> None:
    desk = a_night(logs)
    logs.begin("other", WEST, **OPEN)
    enter(logs.services[WEST], "other", "20", **BALANCED)
    before = shown(logs.installation.logs[EAST].at, election="tiny")
    assert logs.move("tiny", WEST).copied
    west = logs.installation.logs[WEST].at
    assert shown(west, election="tiny") == before
    with pytest.raises(HeldElsewhere):
        night.submit(desk, "12", values=BALANCED)
    assert [noticed(logs.installation.logs[log].at) for log in (EAST, WEST)] == [1, 0]  # nobody is told twice
    with closing(ViewReader(logs.installation.logs[EAST].at)) as reader:
        clock = PublicationClock(logs.services[EAST], reader, lambda: released_night.LATE)
        assert (clock.tick(), clock.late_s) == (0, 0)  # the correction is the other log's to publish

    with (
        closing(ViewReader(west)) as reader,
        capture_logs() as lines,
    ):  # nobody is called to look for an alteration: the other log's maker has it
        store = DistributionStore(tmp_path / "distributions")
        maker = OpenDataMaker(logs.services[WEST], reader, store, PublisherChoice(), SYSTEM)
        assert (maker.step(), maker.step(), lines) == (0, 0, [])
    with pytest.raises(ReleasedElsewhere, match="east"):
        Distributions(logs.services[WEST], Desk(logs.services[WEST])).facts(
            released_night.FIRST, PublisherChoice()
        )

    desk = Desk(logs.services[WEST])
    assert Publication(logs.services[WEST], desk).tick("tiny", released_night.LATE)
    night.approve(desk, NATION)
    desk.certify(Certify(**night.of("11")), NATION)
    enter(logs.services[WEST], "other", "12", **BALANCED)
    desk.annotate(Annotate(**night.of("11"), note_class="remark", note="一票", public=True), WARD)
    entries = entries_of_feed(west, logs.services[WEST])
    logs.move("tiny", EAST)
    assert (
        entries_of_feed(logs.installation.logs[EAST].at, logs.services[EAST]) == entries
    )  # no reader meets one anew
    fixed = {**BALANCED, "votes_a": "58.125", "votes_b": "39.875"}
    desk = Desk(logs.services[EAST])
    desk.submit(Submit(**night.of("11"), figures=night.cells(**fixed), reason="再計算"), PREFECTURE)

    logs.gather()
    assert shown(logs.reading, election="tiny") == shown(logs.installation.logs[EAST].at, election="tiny")
    for database in (west, logs.reading):
        assert verify_views(database).equal  # live, made anew, and by a fold that shares no line with them
    for log in (EAST, WEST):
        logs.sign(log, tmp_path)
        database = logs.installation.logs[log].at
        with published_totals(database) as totals, steady(database) as connection:
            export(connection, tmp_path / log, logs.keys[log].verifier(), totals=totals)
        told = verdict(program(), [str(tmp_path / log), "--key", str(logs.keys[log].verifier())])
        assert told[0] == 0, told
    done = logs.verify()
    assert not done.findings
    assert done.heads == 4
