"""The primary is killed under load: nothing acknowledged is lost or doubled, and a drill that could not find that would be none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from backed_up import reachable
from click.testing import CliRunner
from waiting import until

from api.cli.group import root
from api.trial.accounts import Account, Took, account
from api.trial.failover import FailoverReport, FailoverWishes
from api.trial.pair import PrimaryAndStandby
from api.trial.sender import Reply
from projections.verify import Verification
from reporting.application.service import Reporting
from reporting.database.migrate import migrate
from reporting.ledger import Ledger


def test_nothing_acknowledged_is_lost_when_the_primary_is_killed(tmp_path: Path) -> None:
    words = [
        "drill",
        "failover",
        "--rate",
        "5",
        "--seconds",
        "12",
        "--units",
        "15",
        "--away",
        "4",
        "--within",
        "60",
    ]
    ran = CliRunner().invoke(root, [*words, "--report", str(tmp_path)])
    assert ran.exit_code == 0, (ran.output, ran.exception)
    (file,) = tmp_path.glob("failover-drill-*.md")
    text = file.read_text(encoding="utf-8")
    assert "判定: 合格" in text
    assert "60 commands sent" in text
    assert "Acknowledged and not in the ledger: 0; recorded twice: 0; positions without an event: 0" in text
    assert "promoted by hand" in text
    # How many had to be sent again is the machine's: none where it was so busy that all came before the kill.
    assert re.search(r"acknowledged \(\d+ of them after sending again\)", text)
    assert "Views: live = rebuilt = independent fold" in text


@pytest.fixture
def pair() -> Iterator[PrimaryAndStandby]:
    with reachable() as folder:
        made = PrimaryAndStandby(folder)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def test_what_did_not_wait_for_the_standby_is_found_to_be_lost(pair: PrimaryAndStandby) -> None:
    """The counterproof: the same failover without synchronous commit, the standby cut off."""
    migrate(pair.database)
    ledger = Ledger(pair.database)
    service = Reporting(ledger)
    tiny.define(service)
    assert pair.synchronous()
    pair.leads.change(synchronous_standby_names="")
    kept = tiny.enter(service, "11", voters=10).position
    pair.follows.change(primary_conninfo="host=/nowhere")
    until(lambda: not _standbys(pair), "the standby is cut off")
    lost = tiny.enter(service, "12", voters=10).position
    with pair.database.connect() as connection:
        commands = dict(
            connection.execute("SELECT last_position, command_id::text FROM ledger.command").fetchall()
        )
    answers = [
        Reply("returns", commands[position], 0.0, 0.1, 1, "done", position) for position in (kept, lost)
    ]
    assert account(pair.database, answers).lost == 0
    ledger.close()
    pair.leads.kill()
    pair.notice()
    pair.promote()
    held = account(pair.database, answers)
    assert (held.acknowledged, held.lost, held.kept) == (2, 1, False)
    pair.rejoin()
    assert pair.synchronous()


def _standbys(pair: PrimaryAndStandby) -> int:
    with pair.database.connect() as connection:
        return int(connection.execute("SELECT count(*) FROM pg_stat_replication").fetchall()[0][0])


def test_the_verdict_is_bad_for_each_thing_that_is_wrong() -> None:
    held = Account(9, 9, 2, 0, 0, 0, 0, {})
    views = Verification(position=20, figures=1, totals=1)
    row = Took("returns", 9, 1.0, 1.0, 1.0, 1.0)
    good = FailoverReport(
        FailoverWishes(within_s=15), (row, row), held, 4, 1.0, 2.0, 14.9, 1.0, 20, 20, 3, views, ()
    )
    assert good.good
    for wrong in (
        replace(good, first_s=15.1),
        replace(good, first_s=None),
        replace(good, before=0),
        replace(good, before=9),
        replace(good, signed=19),
        replace(good, ended=("audit sign",)),
        replace(good, account=replace(held, lost=1)),
        replace(good, account=replace(held, doubled=1)),
        replace(good, account=replace(held, holes=1)),
        replace(good, account=replace(held, unanswered=1)),
        replace(good, views=replace(views, differences=["x"])),
    ):
        assert not wrong.good
        assert "判定: 不合格" in str(wrong.sheet().verdict)
