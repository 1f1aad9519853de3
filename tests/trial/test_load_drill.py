"""A load drill sends what it says, from another process, and its verdict is of what the log holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest
import tiny
from beside import beside
from click.testing import CliRunner

from api.cli.group import root
from api.trial.accounts import account, took
from api.trial.load import LoadReport, LoadWishes
from api.trial.picture import by_second, svg
from api.trial.sender import Reply, Wish
from api.trial.sending import Sending
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger


def test_a_small_night_is_carried_and_kept_as_a_file(server_url: str, tmp_path: Path) -> None:
    words = ["drill", "load", "--factor", "0.2", "--seconds", "4", "--units", "12", "--within", "30000"]
    ran = CliRunner().invoke(root, [*words, "--server", server_url, "--report", str(tmp_path)])
    assert ran.exit_code == 0, (ran.output, ran.exception)
    (file,) = tmp_path.glob("load-drill-*.md")
    text = file.read_text(encoding="utf-8")
    assert "判定: 合格" in text
    assert "Verdict: GOOD" in text
    assert "25 commands sent" in text
    assert "Acknowledged and not in the ledger: 0; recorded twice: 0" in text
    assert "| returns submitted | " in text
    assert "| totals read | 25 | " in text
    (picture,) = tmp_path.glob("load-drill-*.svg")
    assert f"]({picture.name})" in text
    assert picture.read_text(encoding="utf-8").count("<polyline") == 4


@pytest.mark.parametrize(
    ("kind", "hold"),
    [
        ("load", "api.trial.load.hold"), ("failover", "api.trial.failover.hold"),
        ("time", "api.trial.clock_drill.hold"), ("restore", "api.recovery.drill.hold"),
    ],
)  # fmt: skip
def test_no_drill_is_held_whose_report_cannot_be_kept(
    kind: str, hold: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, lambda *_: pytest.fail("the drill was held"))
    (tmp_path / "file").touch()
    words = ["drill", kind, *([str(tmp_path)] if kind == "restore" else [])]
    ran = CliRunner().invoke(root, [*words, "--report", str(tmp_path / "file" / "drills")])
    assert (ran.exit_code, "[file_problem]" in ran.output) == (1, True), ran.output


def test_the_picture_is_of_each_seconds_answers() -> None:
    answers = [
        Reply("totals", "", 10 + at, 10 + at + took_s, 1, outcome, None)
        for at, took_s, outcome in (
            (0.0, 0.1, "done"), (0.4, 0.3, "done"), (0.9, 9.0, "given_up"), (2.5, 0.437, "repeated")
        )
    ]  # fmt: skip
    seconds = by_second(answers, "totals")
    assert [(one.at, round(one.p50), round(one.p99)) for one in seconds] == [(0, 300, 300), (2, 437, 437)]
    assert by_second(answers, "returns") == []
    drawn = ElementTree.fromstring(svg({"totals": seconds, "returns": []}))
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "500" in words
    assert "2 s" in words
    lines = [line.get("points") for line in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert lines == ["64.0,123.2 740.0,55.2"] * 2 + [""] * 2


@pytest.fixture
def recorded(database: Database) -> Iterator[tuple[Database, list[Reply]]]:
    """Three entries, and what their senders were told."""
    ledger = Ledger(database)
    service = Reporting(ledger)
    tiny.define(service)
    positions = [tiny.enter(service, unit, voters=10).position for unit in ("11", "12", "20")]
    with database.connect() as connection:
        commands = [
            row[0]
            for row in connection.execute(
                "SELECT command_id::text FROM ledger.command ORDER BY last_position DESC LIMIT 3"
            )
        ]
    yield (
        database,
        [
            Reply("returns", command, 0.0, 0.1 * number, 1, "done", position)
            for number, (command, position) in enumerate(
                zip(reversed(commands), positions, strict=True), start=1
            )
        ],
    )
    ledger.close()


def test_what_was_acknowledged_is_held_against_the_log(recorded: tuple[Database, list[Reply]]) -> None:
    database, answers = recorded
    held = account(database, answers)
    assert (held.acknowledged, held.lost, held.doubled, held.holes, held.kept) == (3, 0, 0, 0, True)


def test_an_acknowledged_command_that_is_not_there_is_lost(recorded: tuple[Database, list[Reply]]) -> None:
    database, answers = recorded
    nowhere = replace(answers[0], command="00000000-0000-4000-8000-000000000000")
    elsewhere = replace(answers[1], position=(answers[1].position or 0) + 1)
    held = account(database, [nowhere, elsewhere, answers[2]])
    assert (held.lost, held.kept) == (2, False)


def test_a_return_that_two_commands_changed_is_doubled(database: Database) -> None:
    ledger = Ledger(database)
    service = Reporting(ledger)
    tiny.define(service)
    tiny.enter(service, "11", voters=10)
    tiny.correct(service, "11", 1, voters=11)
    ledger.close()
    with database.connect() as connection:
        rows = connection.execute("SELECT command_id::text, last_position FROM ledger.command").fetchall()
    answers = [Reply("returns", command, 0.0, 0.1, 1, "done", position) for command, position in rows]
    assert account(database, answers).doubled == 1


def test_the_verdict_is_bad_for_each_thing_that_is_wrong(recorded: tuple[Database, list[Reply]]) -> None:
    database, answers = recorded
    rows = (took("returns", answers), took("totals", answers))
    good = LoadReport(LoadWishes(within_ms=301), rows, account(database, answers), 0.1)
    assert good.good
    assert (rows[0].number, round(rows[0].p50), round(rows[0].p99), rows[1].number) == (3, 200, 300, 0)
    held = good.account
    for wrong in (
        replace(good, wishes=LoadWishes(within_ms=299)),
        replace(good, level_s=None),
        replace(good, account=replace(held, unanswered=1)),
        replace(good, account=replace(held, doubled=1)),
        replace(good, account=replace(held, acknowledged=2)),
    ):
        assert not wrong.good


class Moody(BaseHTTPRequestHandler):
    """Answers as its server's list says, one after the other; None: not at all."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answers = self.server.answers  # type: ignore[attr-defined]
        answer = answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, body = answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: object) -> None:
        pass


def test_what_is_not_answered_is_sent_again_until_it_is(tmp_path: Path) -> None:
    done = {"data": {"submitReturn": {"__typename": "ReturnDone", "position": 7, "repeated": True}}}
    away = {"data": {"submitReturn": {"__typename": "Unavailable"}}}
    elsewhere = {"errors": [{"extensions": {"code": "READ_ONLY"}}]}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    server.answers = [None, (503, {}), (200, away), (200, elsewhere), (200, done)]  # type: ignore[attr-defined]
    with server, beside(server.serve_forever, let_go=server.shutdown):
        wish = Wish("returns", 0.0, "t", "submitReturn", "{}", "c")
        sending = Sending(tmp_path, [f"http://127.0.0.1:{server.server_port}"], [wish], 1)
        sending.start()
        (answer,) = sending.finish()
    assert (answer.outcome, answer.position, answer.tries) == ("repeated", 7, 5)
    assert answer.answered - answer.due >= 0.4
