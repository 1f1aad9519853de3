"""Changes under figures at the terminal: listed, proposed with a reason, confirmed by somebody else."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import tiny
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.commands import EnterFigures
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.election import ElectionDefinition


def test_from_the_dry_run_to_the_confirmation(
    database: Database, service: Reporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(person: str, *words: str) -> Result:
        monkeypatch.setattr("getpass.getuser", lambda: person)
        env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
        return CliRunner().invoke(root, words, prog_name="reporting", env=env)

    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    file = tmp_path / "election.json"
    file.write_text(tiny.election(is_test=False).model_dump_json(), encoding="utf-8")
    assert run("ito", "import", "election", str(file)).exit_code == 0
    tiny.enter(service, "20", votes_a="1.5")
    stored = tiny.election(is_test=False).model_dump_json().replace("甲党", "丙党").replace('"b"', '"c"')
    file.write_text(stored, encoding="utf-8")

    dry = run("ito", "import", "election", str(file), "--dry-run")
    assert "候補者・政党 pr/a 名称: 甲党 → 丙党（1 件）" in dry.stderr
    assert "choice pr/b" in dry.stderr  # taken away, holds none
    assert "別の人の確認" in dry.stderr
    refused = run("ito", "import", "election", str(file))
    assert (refused.exit_code, "[reason_needed]" in refused.stderr) == (1, True)
    proposed = run("ito", "import", "election", str(file), "--reason", "誤植")
    number = str(service.ledger.position())
    assert f"提案 {number}" in proposed.stdout
    again = run("ito", "import", "election", str(file), "--reason", "誤植")
    assert f"提案 {number}" in again.stdout
    listed = run("sato", "definitions", "proposals").stdout
    assert f"{number} election tiny: 確認待ち / open; ito" in listed
    assert "甲党 → 丙党" in listed
    own = run("ito", "definitions", "confirm", "tiny", "--proposal", number)
    assert (own.exit_code, "[four_eyes]" in own.stderr) == (1, True)
    assert service.catalog.election("tiny").definition == tiny.election(is_test=False)
    done = run("sato", "definitions", "confirm", "tiny", "--proposal", number)
    assert done.exit_code == 0, done.output
    assert service.catalog.election("tiny").definition.contests[0].choices[0].name == "丙党"
    late = run("sato", "definitions", "confirm", "tiny", "--proposal", number)
    assert "[proposal_closed]" in late.stderr
    assert run("ito", "import", "election", str(file)).exit_code == 0  # stands already


def test_a_proposal_that_figures_overtook_is_told_and_hides_no_other(
    database: Database, service: Reporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody had voted for who is taken out when it was proposed; then a town reported. The list ended with that as its error."""
    monkeypatch.setattr("getpass.getuser", lambda: "sato")
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    for code in ("tiny", "other"):
        service.define_election(tiny.election(code=code, is_test=False), tiny.SYSTEM, uuid4())
        figures = tiny.cells("pr", votes_a="1.5")
        service.enter_figures(
            EnterFigures(
                command_id=uuid4(), election=code, form="final", slot="final", unit="20",
                expected_version=0, figures=figures,
            ),
            tiny.SYSTEM,
        )  # fmt: skip
        stored = tiny.election(code=code, is_test=False).model_dump_json()
        changed = stored.replace("甲党", "丙党").replace('"b"', '"c"')
        proposed = service.define_election(
            ElectionDefinition.model_validate_json(changed), tiny.SYSTEM, uuid4(), reason="誤植"
        )
        assert proposed.proposal
    tiny.enter(service, "31", votes_b="2")
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    listed = CliRunner().invoke(root, ["definitions", "proposals"], prog_name="reporting", env=env)
    assert listed.exit_code == 0, listed.output
    overtaken, other = listed.stdout.split("election other:")
    assert "確認できません" in overtaken
    assert "choice pr/b" in overtaken
    assert "other 候補者・政党 pr/a 名称: 甲党 → 丙党（1 件）" in other
