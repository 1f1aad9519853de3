"""`reporting import workbook`: what its options take, and that a confirmed title stays with what was imported."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import tiny
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database

ROWS: list[list[object]] = [
    ["平成30年10月27日執行 小選挙（比例代表）"],
    ["比例代表"],
    ["市区町村名＼政党名", "甲　党", "乙党"],
    ["地域11", 10, 4],
    ["地域12", 3, 2],
    ["総和", 13, 7],
]
TOTALS = "word,sums,of\n総和,sheet,\n"
SAID = "平成30年10月27日"


Run = Callable[..., Result]


@pytest.fixture
def run(service: Reporting, database: Database, tmp_path: Path) -> Run:
    tiny.define(service)
    made = openpyxl.Workbook()
    made.active.title = "比例"
    for row in ROWS:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    (tmp_path / "b.xlsx").write_bytes(out.getvalue())
    (tmp_path / "totals.csv").write_text(TOTALS, encoding="utf-8")
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    given = [
        "import",
        "workbook",
        str(tmp_path / "b.xlsx"),
        "--election",
        "tiny",
        "--form",
        "final",
        "--slot",
        "final",
    ]

    def go(*more: str) -> Result:
        words = [*given, *(word.replace("TOTALS", str(tmp_path / "totals.csv")) for word in more)]
        return CliRunner().invoke(root, words, prog_name="reporting", env=env)

    return go


def test_totals_and_a_confirmed_title_and_its_history(run: Run, database: Database) -> None:
    unknown = run("--confirm-title", SAID)
    assert (unknown.exit_code, "総和" in unknown.output, "--totals" in unknown.output) == (1, True, True)
    foreign = run("--totals", "TOTALS")
    assert (foreign.exit_code, SAID in foreign.output and "--confirm-title" in foreign.output) == (1, True)
    wrong = run("--totals", "TOTALS", "--confirm-title", "平成29年")
    assert (wrong.exit_code, "平成29年" in wrong.output) == (1, True)
    tried = run("--totals", "TOTALS", "--confirm-title", SAID, "--dry-run")
    assert (tried.exit_code, "nothing was changed" in tried.output) == (0, True), tried.output
    done = run("--totals", "TOTALS", "--confirm-title", SAID)
    assert done.exit_code == 0, done.output
    assert "7" in next(line for line in done.output.splitlines() if "!C6" in line), done.output  # 4 + 2 is 6
    with database.connect() as connection:
        reasons = connection.execute(
            "SELECT reason FROM ledger.command WHERE reason LIKE '%b.xlsx%'"
        ).fetchall()
    assert [f"title confirmed: {SAID}]" in reason for (reason,) in reasons] == [True]
