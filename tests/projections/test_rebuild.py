"""A rebuild loads the log by other statements than the live fold: whatever the log holds, both must come to the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import night
import pytest
import tiny
from dying_workers import DIES, RAISES
from odd_events import OWN_STREAM, repeat_last
from psycopg import DataError
from psycopg.errors import LockNotAvailable

import projections.rebuild as making
from projections import versions
from projections.errors import ProjectionStopped, ViewsDiffer
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from projections.views import load, unpack
from projections.views.pace import RebuildPace
from projections.views.workers import WORKERS, StreamShare, Told, Work, work_apart
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database

pytestmark = pytest.mark.begins.with_args(tiny.define)


@pytest.fixture
def projector(database: Database, service: Reporting) -> Projector:
    one = Projector(database)
    return one


def rows(database: Database, query: str) -> list[Any]:
    with database.connect(PROJECTOR) as connection:
        version = versions.live(connection)
        assert version
        versions.use(connection, version.number)
        return connection.execute(query.encode()).fetchall()


def nation(database: Database) -> dict[str, Decimal]:
    query = (
        "SELECT c.item, t.value FROM total t JOIN cell c USING (cell_no) JOIN node n USING (node_no)"
        " WHERE n.geography = 'administrative' AND n.code = 'JP' AND c.breakdown = ''"
    )
    return dict(rows(database, query))


@pytest.mark.parametrize(
    ("piece", "sample", "alone"),
    [(1, 1, True), (1_000, 1, True), (4, 3, True), (4, 1_000_003, True), (10_000, 53, False)],
)
def test_corrections_within_and_across_pieces(
    database: Database,
    service: Reporting,
    projector: Projector,
    monkeypatch: pytest.MonkeyPatch,
    piece: int,
    sample: int,
    alone: bool,
) -> None:
    """However the log is cut, however many of its cells the sample names (the last of four: none), however few sets of keys a byte
    numbers, in one process or by two workers of their own."""
    monkeypatch.setattr(unpack, "PIECE", piece)
    monkeypatch.setattr(unpack, "SAMPLE", sample)
    monkeypatch.setattr(unpack, "MAX_BYTE", sample)
    monkeypatch.setattr(load, "WORTH_SHARING", 1_000_000 if alone else 1)
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, electors=20)
    tiny.correct(service, "11", 1, voters=7)
    tiny.enter(service, "11", 2, not_deposited=-1)
    tiny.correct(service, "11", 3, voters="!not_reported", electors=21)
    tiny.correct(service, "12", 1, voters="!none")
    tiny.correct(service, "11", 4, voters=6)
    projector.catch_up()
    before = nation(database)
    assert before == {"voters": 36, "electors": 101, "not_deposited": -1}
    rebuild(database)
    assert nation(database) == before
    assert verify(database).differences == []


def test_first_values_that_stand_twice_in_the_log(
    database: Database, service: Reporting, projector: Projector
) -> None:
    """The service refuses them; the key of the figures would too. The later one counts, as in the live fold."""
    tiny.enter(service, "11", voters=10)
    repeat_last(database, '"10"', '"12"')
    projector.catch_up()
    assert nation(database) == {"voters": 12}
    rebuild(database)
    assert nation(database) == {"voters": 12}
    assert verify(database).differences == []


def test_returns_folded_by_workers_stand_where_they_stand_live(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "WORTH_FOLDING_APART", 1)
    monkeypatch.setattr(load, "work_apart", apart := Mock(wraps=work_apart))
    desk = night.define(service)
    night.submit(desk)
    night.submit(desk, "12")
    night.look(desk, night.CITY)
    Projector(database).create_if_missing()
    Projector(database).catch_up()
    assert verify(database).differences == []
    assert apart.call_args.args[0] == "projections.views.refold"


def test_a_worker_that_dies_leaves_nothing_and_its_share_is_done_here(
    database: Database, service: Reporting, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.enter(service, "11", voters=10)
    tiny.correct(service, "11", 1, voters=12)
    projector.catch_up()
    monkeypatch.setattr(load, "WORTH_SHARING", 1)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    rebuild(database)
    assert nation(database) == {"voters": 12}


@pytest.mark.parametrize("what", [DIES, RAISES])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_of_workers_together_only_the_share_of_one_that_dies_is_done_here(what: str, which: int) -> None:
    """Also of the first, whose process made the others': they end their own."""
    shares = [
        StreamShare("", what if number == which else "good", 10 * number, (), ()) for number in range(3)
    ]
    here, means = list[StreamShare](), list[int]()

    def work(share: StreamShare, told: Told) -> None:
        here.append(share)
        told(share.head)

    work_apart("dying_workers", work, shares, means.append)
    assert here == [shares[which]]
    assert means[-1] == 10


def test_who_cannot_be_told_how_far_it_is_ends_the_work() -> None:
    """No share is begun anew for it."""
    here = Mock()

    def gone(done: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        work_apart("dying_workers", here, [StreamShare("", "good", 10, (), ())], gone)
    here.assert_not_called()


def test_a_figure_that_copy_would_read_as_another_is_refused(
    database: Database, service: Reporting, projector: Projector
) -> None:
    """`\\x31` is a 1 to COPY, and no figure to anybody else."""
    tiny.enter(service, "11", voters=10)
    before = versions_number(database)
    repeat_last(database, '"10"', '"\\\\x31"')
    with pytest.raises(DataError, match="x31"):
        rebuild(database)
    assert versions_number(database) == before


def test_totals_are_stored_only_where_several_units_meet(
    database: Database, service: Reporting, projector: Projector
) -> None:
    """An area of one unit has that unit's figures for totals, in every geography, live and rebuilt."""
    for unit, voters in zip(tiny.UNITS, ("1", "20", "!none", "!not_reported", "5"), strict=True):
        tiny.enter(service, unit, voters=voters)
    projector.catch_up()
    for _ in range(2):
        stored = rows(database, "SELECT DISTINCT n.code FROM area_total JOIN node n USING (node_no)")
        assert {code for (code,) in stored} == {"JP", "P1", "P2", "10", "D1", "D2"}
        single = rows(
            database,
            "SELECT n.geography, n.code, t.value, t.reported, t.counted FROM total t JOIN node n USING (node_no)"
            " JOIN expected x USING (node_no) WHERE x.is_unit AND x.contest = 'pr' ORDER BY 1, 2",
        )
        expected = [("11", 1, 1, 1), ("12", 20, 1, 1), ("20", 0, 1, 0), ("31", 0, 0, 0), ("32", 5, 1, 1)]
        assert single == [(g, *row) for g in ("administrative", "electoral") for row in expected]
        rebuild(database)


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside others"])
def test_views_that_were_loaded_have_the_keys_of_those_that_grew(
    database: Database,
    service: Reporting,
    projector: Projector,
    monkeypatch: pytest.MonkeyPatch,
    beside: bool,
) -> None:
    """Keys and indexes are dropped for the loading and made after it, those of figures while nobody writes; none is left out, or made
    otherwise."""
    monkeypatch.setattr(RebuildPace, "yields", lambda pace: beside)
    monkeypatch.setattr(RebuildPace, "rest", lambda pace: None)
    monkeypatch.setattr(load, "PIECE", 1)
    monkeypatch.setattr(unpack, "PIECE_BESIDE", 2)
    asked = list[str]()
    run = load.Loader._run

    def told(loader: load.Loader, connection: Any, *names: str, **piece: int) -> None:
        asked.extend(names)
        run(loader, connection, *names, **piece)

    monkeypatch.setattr(load.Loader, "_run", told)
    keys = (
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = current_schema()::regnamespace UNION ALL"
        " SELECT tablename, indexname, replace(indexdef, schemaname, '') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2, 3"
    )
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, electors=20)
        tiny.correct(service, unit, 1, voters=int(unit))
    projector.catch_up()
    grown, total = rows(database, keys), nation(database)
    rebuild(database)
    assert rows(database, keys) == grown
    assert nation(database) == total
    assert ("load_figure_key" in asked) is not beside
    assert asked.count("load_sums_piece") > 1 if beside else "load_sums" in asked
    assert verify(database).equal


def test_a_hole_or_an_unknown_unit_stops_a_rebuild(
    database: Database, service: Reporting, projector: Projector
) -> None:
    tiny.enter(service, "11", voters=10)
    projector.catch_up()
    live = versions_number(database)
    repeat_last(database, '"unit":"11"', '"unit":"99"', OWN_STREAM)
    with pytest.raises(ProjectionStopped, match="99"):
        rebuild(database)
    with database.connect() as connection:
        connection.execute("UPDATE ledger.head SET position = position + 3")
    with pytest.raises(ProjectionStopped, match="hole"):
        rebuild(database)
    assert versions_number(database) == live


def versions_number(database: Database) -> int:
    with database.connect(PROJECTOR) as connection:
        version = versions.live(connection)
    assert version
    return version.number


def test_views_that_lag_are_not_called_different(database: Database, service: Reporting) -> None:
    tiny.enter(service, "11", voters=3)
    assert rebuild(database) > 1
    assert verify(database).differences == []


def test_damaged_views_are_replaced_only_when_asked_and_only_by_what_the_log_means(
    database: Database, service: Reporting, projector: Projector
) -> None:
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, electors=20)
    projector.catch_up()
    right = nation(database)
    with database.connect(PROJECTOR, autocommit=True) as connection:
        version = versions.live(connection)
        assert version
        connection.execute(f"UPDATE {version.schema}.area_total SET value = value + 1".encode())
    with pytest.raises(ViewsDiffer, match="--replace"):
        rebuild(database)
    assert nation(database) != right
    rebuild(database, replace=True)
    assert nation(database) == right
    assert verify(database).equal


def test_what_comes_in_all_the_while_keeps_no_rebuild_from_its_end(
    database: Database, service: Reporting, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it looks whether something is left, something is; on a busy machine in the night of an election that is so."""
    tiny.enter(service, "11", voters=1)
    projector.catch_up()
    turns = iter(range(1, 20))

    def writing(work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any) -> Any:
            turn = next(turns)
            tiny.correct(service, "11", turn, voters=10 + turn)
            return work(*given)

        return wrapped

    monkeypatch.setattr(making, "advance", writing(making.advance))
    monkeypatch.setattr(load.Loader, "cases", writing(load.Loader.cases))
    monkeypatch.setattr(Projector, "run_once", writing(Projector.run_once))
    rebuild(database)
    monkeypatch.undo()
    projector.catch_up()
    assert nation(database) == {"voters": 9 + next(turns)}
    assert verify(database).differences == []


def held(database: Database) -> bool:
    """Whether somebody has the live views' row."""
    with database.connect(PROJECTOR) as connection:
        try:
            connection.execute("SELECT FROM ops.projection WHERE state = 'active' FOR UPDATE NOWAIT")
        except LockNotAvailable:
            return True
    return False


@pytest.mark.parametrize("ahead", [0, 2, making.ROUNDS + 1])
def test_the_switch_takes_in_nothing_while_it_holds_the_live_views(
    database: Database, service: Reporting, projector: Projector, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """Unless they are ahead again and again: then, after some turns, what they have more."""
    tiny.enter(service, "11", voters=1)
    projector.catch_up()
    turns, advance, holding = iter(range(1, 100)), making.advance, []

    def overtaken(connection: Any, new: int, upto: int) -> None:
        before = making._position(connection, new)
        advance(connection, new, upto)
        holding.append((held(database), making._position(connection, new) - before))
        if not holding[-1][0]:
            turn = next(turns)
            tiny.correct(service, "11", turn, voters=10 + turn)
            if turn <= ahead:
                projector.catch_up()

    def compared(*given: Any) -> None:
        monkeypatch.setattr(making, "advance", overtaken)

    monkeypatch.setattr(making, "_compare", compared)
    rebuild(database)
    monkeypatch.undo()
    last = min(ahead, making.ROUNDS)
    assert [while_held for while_held, _ in holding] == [False] * (last + 1) + [True]
    assert holding[-1] == (True, 1 if ahead > making.ROUNDS else 0)
    projector.catch_up()
    assert nation(database) == {"voters": 9 + next(turns)}
    assert verify(database).differences == []


def test_a_rebuild_beside_writing_works_with_one_hand(
    database: Database, service: Reporting, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with all of them where nobody writes, or it is to be fast."""
    tiny.enter(service, "11", voters=1)
    projector.catch_up()
    turns, kinds, shares = iter(range(1, 20)), load.kinds, list[list[StreamShare]]()

    def writing(*given: Any) -> Any:
        turn = next(turns)
        tiny.correct(service, "11", turn, voters=10 + turn)
        return kinds(*given)

    def here(module: str, work: Work, of: list[StreamShare], told: Told) -> None:
        shares.append(of)
        for share in of:
            work(share, told)

    monkeypatch.setattr(load, "WORTH_SHARING", 1)
    monkeypatch.setattr(load, "work_apart", here)
    rebuild(database)
    monkeypatch.setattr(making, "kinds", writing)
    rebuild(database)
    rebuild(database, makes_way=False)
    assert [len(of) for of in shares] == [WORKERS, 1, WORKERS]
    assert [of[0].makes_way for of in shares] == [True, True, False]
    assert verify(database).differences == []


def test_views_that_are_gone_are_made_again(
    database: Database, service: Reporting, projector: Projector
) -> None:
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, electors=20)
    projector.catch_up()
    right = nation(database)
    with database.connect(PROJECTOR, autocommit=True) as connection:
        version = versions.live(connection)
        assert version
        connection.execute(f"DROP SCHEMA {version.schema} CASCADE".encode())
    with pytest.raises(ViewsDiffer):
        rebuild(database)
    rebuild(database, replace=True)
    assert nation(database) == right
    assert verify(database).equal


def test_a_replacement_that_is_wrong_itself_is_refused(
    database: Database, service: Reporting, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, electors=20)
    projector.catch_up()
    right = nation(database)
    wrong = load.SQL["load_totals"].replace("sum(s.value)", "sum(s.value) + 1")
    monkeypatch.setattr(load, "SQL", {**load.SQL, "load_totals": wrong})
    with pytest.raises(ViewsDiffer):
        rebuild(database, replace=True)
    assert nation(database) == right
