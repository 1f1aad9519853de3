"""do.py, which must work before anything is installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_needs_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "do.py").read_text(encoding="utf-8"))
    named = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in named} <= sys.stdlib_module_names


def test_help_shows_the_commands_of_the_readme() -> None:
    shown = subprocess.run(
        [sys.executable, "-I", ROOT / "do.py", "--help"], capture_output=True, text=True, check=True
    )
    for command in ("python3 do.py demo", "python3 do.py test"):
        assert command in shown.stdout
        assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_an_unknown_task_is_a_usage_error() -> None:
    assert subprocess.run([sys.executable, ROOT / "do.py", "nope"], capture_output=True).returncode == 2


def test_ci_runs_the_same_tests() -> None:
    assert "python3 do.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
