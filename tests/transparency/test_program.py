"""The verifier is one program in two places: by itself for auditors, and in the package for `reporting audit verify`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALONE = ROOT / "deploy" / "verify" / "verify.py"


def test_both_copies_are_the_same_bytes() -> None:
    assert (ROOT / "src" / "api" / "cli" / "verify.py").read_bytes() == ALONE.read_bytes(), (
        "cp deploy/verify/verify.py src/api/cli/verify.py"
    )


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
