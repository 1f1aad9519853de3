"""Two versions are held against each other by numbers, each by its own: whatever differs must be seen as it is by the codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import tiny

from projections import compare, versions
from projections.rebuild import advance, build, maker
from projections.runner import Projector
from projections.views.pace import RebuildPace
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger


def everybody(service: Reporting) -> None:
    tiny.define(service)
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10 + int(unit), electors=2_000)


class Pair:
    """A version that is live, one that was built beside it, and whoever may change both."""

    def __init__(self, connection: psycopg.Connection[Any], owner: psycopg.Connection[Any], new: int) -> None:
        self.connection, self.owner = connection, owner
        live = versions.live(connection)
        assert live
        self.live, self.new = live.number, new

    def differences(self, *, yields: bool) -> list[str]:
        head = iter(range(1, 1_000))
        pace = RebuildPace(lambda: next(head) if yields else 0, sleep=lambda seconds: None)
        with self.connection.transaction():
            return compare.differences(self.connection, self.live, self.new, pace)


@pytest.fixture(scope="module")
def pair_database(databases: Any, template: str) -> Iterator[Database]:
    with databases.fresh(template) as database:
        ledger = Ledger(database)
        everybody(Reporting(ledger))
        ledger.close()
        Projector(database).catch_up()
        yield database


NUMBERED = {
    "cell_no": ("cell", "figure", "area_total"),
    "unit_no": ("unit", "figure", "return"),
    "node_no": ("node", "area_total", "expected"),
}


@pytest.fixture(scope="module")
def pair(pair_database: Database) -> Iterator[Pair]:
    """No number of one version is what the same thing has in the other."""
    with maker(pair_database) as connection, pair_database.connect(autocommit=True) as owner:
        new = build(connection, pair_database, lambda done, total, what: None, RebuildPace(lambda: 0))
        live = versions.live(connection)
        assert live
        with connection.transaction():
            advance(connection, new, live.position)
        schema = f"views_v{new}"
        for number, tables in NUMBERED.items():
            for table in tables:
                owner.execute(f"ALTER TABLE {schema}.{table} ALTER {number} DROP IDENTITY IF EXISTS".encode())
                owner.execute(
                    f"UPDATE {schema}.{table} SET {number} = {number} + sign({number})::int * 1000".encode()
                )
        places = "parent_no = parent_no + 1000, place_no = place_no + sign(place_no)::int * 1000"
        owner.execute(f"UPDATE {schema}.node SET {places}".encode())
        yield Pair(connection, owner, new)


CHANGES = (
    "UPDATE {}.figure SET value = value + 1 WHERE position = (SELECT max(position) FROM {}.figure) AND value IS NOT NULL",
    "UPDATE {}.figure SET value = NULL, absence = 'none' WHERE position = (SELECT min(position) FROM {}.figure)",
    "UPDATE {}.figure SET position = position + 1 WHERE position = (SELECT min(position) FROM {}.figure)",
    "DELETE FROM {}.figure WHERE (cell_no, unit_no) = (SELECT max(cell_no), max(unit_no) FROM {}.figure)",
    "DELETE FROM {}.figure WHERE cell_no = (SELECT max(cell_no) FROM {}.figure)",
    "UPDATE {}.area_total SET value = value + 1 WHERE node_no = (SELECT min(node_no) FROM {}.area_total)",
    "UPDATE {}.area_total SET reported = reported + 1 WHERE node_no = (SELECT max(node_no) FROM {}.area_total)",
    "UPDATE {}.area_total SET counted = counted - 1 WHERE node_no = (SELECT max(node_no) FROM {}.area_total)",
    "DELETE FROM {}.area_total WHERE (cell_no, node_no) = (SELECT min(cell_no), min(node_no) FROM {}.area_total)",
    "UPDATE {}.node SET place_no = node_no WHERE node_no = (SELECT max(node_no) FROM {}.node WHERE place_no < 0)",
    "UPDATE {}.node SET place_no = NULL WHERE node_no = (SELECT max(node_no) FROM {}.node WHERE place_no < 0)",
    "UPDATE {}.node SET place_no = (SELECT min(place_no) FROM {}.node) WHERE node_no = (SELECT max(node_no) FROM {}.node WHERE place_no > (SELECT min(place_no) FROM {}.node) AND place_no < 0)",
    "UPDATE {}.node SET code = 'zz' WHERE node_no = (SELECT max(node_no) FROM {}.node)",
    "UPDATE {}.unit SET code = 'zz' WHERE unit_no = (SELECT max(unit_no) FROM {}.unit)",
    "UPDATE {}.cell SET key = key || 'x' WHERE cell_no = (SELECT max(cell_no) FROM {}.cell)",
    "UPDATE {}.cell SET layer = 'x' WHERE cell_no = (SELECT min(cell_no) FROM {}.cell)",
    "UPDATE {}.election SET code = 'zz'",
)
NO_CHANGES = (
    "INSERT INTO {}.figure SELECT cell_no, -9, value, absence, position FROM {}.figure LIMIT 1",
    "UPDATE {}.area_total SET position = position + 1 WHERE node_no = (SELECT max(node_no) FROM {}.area_total)",
    "INSERT INTO {}.cell OVERRIDING SYSTEM VALUE SELECT 9999, election_no, form, slot, 'nobody', key FROM {}.cell LIMIT 1",
)
"""A figure of nobody, when a sum was last touched, a kind of figure that nobody has: no reader meets these."""


@pytest.mark.parametrize("side", ["live", "rebuilt"])
@pytest.mark.parametrize("change", [*CHANGES, *NO_CHANGES])
def test_whatever_is_changed_in_one_of_them_is_seen_as_by_codes(
    pair: Pair, side: str, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = f"views_v{pair.live if side == 'live' else pair.new}"
    monkeypatch.setattr(compare, "PIECE", 3)
    pair.owner.execute("BEGIN")
    try:
        changed = pair.owner.execute(change.replace("{}", schema).encode())
        assert changed.rowcount
        seen = Pair(pair.owner, pair.owner, pair.new)
        at_once, in_pieces = seen.differences(yields=False), seen.differences(yields=True)
        monkeypatch.setattr(compare, "LARGE", ())
        by_codes = seen.differences(yields=False)
    finally:
        pair.owner.execute("ROLLBACK")
    assert bool(by_codes) == (change in CHANGES)
    assert sorted(at_once) == sorted(in_pieces) == sorted(by_codes)


def test_two_of_the_same_are_the_same_whatever_their_numbers(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that by numbers alone: what names everything by its codes is not there to be asked."""
    monkeypatch.setattr(compare, "TABLES", compare.LARGE)
    by_numbers = {name: statement for name, statement in compare.SQL.items() if name not in compare.LARGE}
    monkeypatch.setattr(compare, "SQL", by_numbers)
    assert pair.differences(yields=False) == []
    monkeypatch.setattr(compare, "PIECE", 3)
    assert pair.differences(yields=True) == []
