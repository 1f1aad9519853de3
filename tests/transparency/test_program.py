"""The verifier is one file: run by itself by auditors, from the package by `reporting audit verify`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from click.testing import CliRunner

from api.cli.group import root

ROOT = Path(__file__).resolve().parents[2]
ALONE = ROOT / "src" / "api" / "cli" / "verify.py"


def test_it_runs_by_itself_where_nothing_of_this_system_is(tmp_path: Path) -> None:
    handed_over = tmp_path / "verify.py"
    written = CliRunner().invoke(root, ["audit", "verifier", "--to", str(handed_over)])
    assert written.exit_code == 0, written.output
    assert handed_over.read_bytes() == ALONE.read_bytes()
    said = subprocess.run(
        [sys.executable, "-I", str(handed_over), "nowhere"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (said.returncode, "COULD NOT CHECK" in said.stdout) == (2, True), said.stderr
    again = CliRunner().invoke(root, ["audit", "verifier", "--to", str(handed_over)])
    assert again.exit_code != 0, "what an auditor holds already is not overwritten"


def test_the_wheel_holds_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        assert files.read("api/cli/verify.py") == ALONE.read_bytes()
        files.extractall(tmp_path / "installed")
    asked = [sys.executable, "-c", "from api.cli.verify import main; raise SystemExit(main(['nowhere']))"]
    environment = {"PYTHONPATH": str(tmp_path / "installed")}
    said = subprocess.run(
        asked, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (said.returncode, "COULD NOT CHECK" in said.stdout) == (2, True), said.stderr
