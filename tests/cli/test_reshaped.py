"""Units divided and merged at the terminal, and that undone; a slip is told in our words before anything is asked of the log."""

from __future__ import annotations

from pathlib import Path

import divided_land
import joint_land
import pytest
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database

pytestmark = pytest.mark.begins.with_args(divided_land.define)
DIVIDE = ("divide", "tiny", "20", "--part", "20-1=本土", "--part", "20-2=離島", "--from", "2024-10-27")
MERGE = ("merge", "tiny", "31", "32", "--into", f"{joint_land.JOINT}=港山", "--from", "2024-10-27")


def run(database: Database, folder: Path, *words: str) -> Result:
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(folder)}
    return CliRunner().invoke(root, words, prog_name="reporting", env=env)


def test_divided_merged_and_back(database: Database, service: Reporting, tmp_path: Path) -> None:
    reshaped: tuple[tuple[str, ...], ...] = (DIVIDE, MERGE)
    for words in reshaped:
        done = run(database, tmp_path, "definitions", *words, "--reason", "荒天のため")
        assert done.exit_code == 0, done.output
    units = service.catalog.election("tiny").definition.units
    assert {gone.unit: gone.into for gone in units.withdrawn} == {
        "20": None,
        "31": joint_land.JOINT,
        "32": joint_land.JOINT,
    }
    undone: tuple[tuple[str, ...], ...] = (("undivide", "tiny", "20"), ("unmerge", "tiny", joint_land.JOINT))
    for words in undone:
        done = run(database, tmp_path, "definitions", *words, "--reason", "天候が回復した")
        assert done.exit_code == 0, done.output
    assert service.catalog.election("tiny").definition.units.withdrawn == ()


@pytest.mark.parametrize(
    "words",
    [
        ("definitions", *DIVIDE, "--reason", " "),
        ("definitions", *MERGE, "--reason", " "),
        ("definitions", "undivide", "tiny", "20", "--reason", " "),
        ("definitions", "unmerge", "tiny", joint_land.JOINT, "--reason", " "),
        ("offices", "hand-over", "bad code!", "--on", "2028-04-01", "--leave", "a"),
    ],
    ids=lambda words: words[1],
)
@pytest.mark.unchanged
def test_a_slip_is_no_fault_of_the_program(
    database: Database, tmp_path: Path, words: tuple[str, ...]
) -> None:
    told = run(database, tmp_path, *words)
    assert (told.exit_code, "[invalid_input]" in told.stderr) == (1, True), told.output
