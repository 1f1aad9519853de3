"""A drill's sheet at the terminal: no drill is begun without one, and none is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database


def rehearse(database: Database, *words: str) -> Result:
    env = {"REPORTING_DATABASE_URL": database.url}
    return CliRunner().invoke(root, ["rehearse", *words], prog_name="reporting", env=env)


@pytest.mark.parametrize("words", [("start", "--no-play"), ("robots",)])
def test_no_drill_begins_whose_sheet_cannot_be_kept(
    service: Reporting, database: Database, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = service.ledger.position()
    nowhere = rehearse(database, *words, "--units", "1", "--sheet", str(tmp_path / "none" / "drill.json"))
    assert (nowhere.exit_code, "[file_problem]" in nowhere.output) == (1, True)
    other = tmp_path / "other.json"
    other.write_text("the truth of another drill", encoding="utf-8")
    over = rehearse(database, *words, "--units", "1", "--sheet", str(other))
    assert (over.exit_code, "すでにあります" in over.output) == (2, True)
    assert other.read_text(encoding="utf-8") == "the truth of another drill"
    assert service.ledger.position() == before


def test_a_drill_that_does_not_begin_leaves_no_empty_sheet_in_the_way(
    database: Database, tmp_path: Path
) -> None:
    sheet = tmp_path / "drill.json"
    assert rehearse(database, "start", "--election", "nope", "--sheet", str(sheet)).exit_code == 1
    assert not sheet.exists()
