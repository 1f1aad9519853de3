"""do.py, which must work before anything is installed."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda lock: lock.stem)
def test_two_halves_hold_every_package_of_a_lock_with_its_hashes(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("do", ROOT / "do.py")
    assert spec is not None
    assert spec.loader is not None
    do = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(do)
    monkeypatch.setattr(do, "VENV", tmp_path)
    texts = [file.read_text("utf-8") for file in do.halves(lock)]

    def pins(text: str) -> list[str]:
        return re.findall(r"(?m)^(\S+==\S+|.*--hash=sha256:\w{64})", text)

    assert sorted(pins("\n".join(texts))) == sorted(pins(lock.read_text("utf-8"))) != []
    assert all(
        re.match(r"[\w.\[\]-]+==", text) for text in texts if text.strip()
    )  # a hash never leads a half
