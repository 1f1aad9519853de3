"""The guide to one's first election, executed as it stands, in both languages, on an empty machine."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import imported_once
import pytest
from tiny import SYSTEM

from reporting.application.service import Reporting
from reporting.files.problems import FileRefused
from reporting.importing.definitions import import_election

ROOT = Path(__file__).resolve().parents[2]
GUIDES = (ROOT / "docs" / "first-election.md", ROOT / "docs" / "ja" / "最初の選挙.md")
MOST = 12


def blocks(guide: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)


def test_both_guides_say_the_same_in_twelve_commands() -> None:
    english, japanese = map(blocks, GUIDES)
    assert english == japanese
    assert len(re.findall(r"^(?:\w+=\$\()?reporting ", "".join(english), re.MULTILINE)) <= MOST


@pytest.mark.timeout(600)
def test_every_command_does_what_the_guide_says() -> None:
    with tempfile.TemporaryDirectory(prefix="reporting-first-") as name:
        here = Path(name)
        here.chmod(0o755)
        (here / "examples").symlink_to(ROOT / "examples")
        command = here / "bin" / "reporting"
        command.parent.mkdir()
        environment = {
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "HOME": name, "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT / "src"),
        }  # fmt: skip
        script = "set -e\n" + "echo ---\n".join(blocks(GUIDES[0]))
        with imported_once.program(command, environment):
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=here,
                env=environment,
                capture_output=True,
                text=True,
                timeout=500,
                check=False,
            )
    assert done.returncode == 0, done.stdout + done.stderr
    said = [part.strip() for part in done.stdout.split("---\n")]
    assert "8,282 rows" in said[0]
    assert '"submitted"' in said[3]
    assert '"submitted"' in said[4]
    assert '"approved"' in said[5]
    assert re.search(r'"number": ?1', said[6])
    assert "GOOD" in said[7]


def test_without_areas_the_missing_command_is_named(service: Reporting) -> None:
    town = ROOT / "examples" / "first-election" / "town.toml"
    with pytest.raises(FileRefused) as refused:
        import_election(town, service, SYSTEM, dry_run=True)
    assert "reporting import areas --shipped japan" in str(refused.value.problems[0])
