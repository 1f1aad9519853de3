"""The benchmarks still run: what they ask of the product changes with it, and nobody looks at them between releases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from thorough import some

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "name", some(["file", "bulk", "places", "editors", "telling", "restore", "replicas", "idle"], 1)
)
def test_a_quick_run_gives_its_rows(name: str) -> None:
    """How fast is not looked at: the machine is shared. Those that need Node.js or minutes are run by hand."""
    before = (ROOT / "docs" / "benchmarks.md").read_bytes()
    words = [sys.executable, "-m", "benchmarks", name, "--quick"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"| {name}:" in done.stdout
    assert (ROOT / "docs" / "benchmarks.md").read_bytes() == before
