"""What was released stays what later changes are compared with."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) — \d{4}-\d\d-\d\d\nschema: ([0-9a-f]{64})$", re.MULTILINE)


def test_the_released_schema_is_the_last_releases_own() -> None:
    """Changed only by `python3 do.py release`, which writes both."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in changelog
    version, digest = RELEASE.findall(changelog)[0]
    released = (ROOT / "docs" / "schema-released.graphql").read_bytes()
    assert hashlib.sha256(released).hexdigest() == digest
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == version


FILES = (
    "do.py",
    "CHANGELOG.md",
    "pyproject.toml",
    "schema.graphql",
    "docs/schema-released.graphql",
    "docs/schema-breaking.txt",
    "publiccode.yml",
    "requirements/sbom.cdx.json",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with what a release touches, as it stands here."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    notes = tmp_path / "CHANGELOG.md"  # right after a release nothing stands there
    text = notes.read_text(encoding="utf-8")
    notes.write_text(text.replace("## Unreleased\n", "## Unreleased\n\n- A change.\n", 1), encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "as it stands")
    return tmp_path


def git(where: Path, *words: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    return subprocess.run(["git", *who, *words], cwd=where, capture_output=True, text=True, check=True).stdout


def release(where: Path, version: str) -> int:
    author = {
        f"GIT_{who}_{what}": "somebody@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    command = [sys.executable, "-I", str(where / "do.py"), "release", version]
    return subprocess.run(
        command, cwd=where, capture_output=True, env={"PATH": os.environ["PATH"], **author}
    ).returncode


def test_a_release_is_one_commit_and_its_tag(clone: Path) -> None:
    assert release(clone, "90.0.0") == 0
    assert git(clone, "tag").split() == ["v90.0.0"]
    assert git(clone, "status", "--porcelain") == ""
    version, digest = RELEASE.findall((clone / "CHANGELOG.md").read_text(encoding="utf-8"))[0]
    schema = (clone / "schema.graphql").read_bytes()
    assert (version, digest) == ("90.0.0", hashlib.sha256(schema).hexdigest())
    assert (clone / "docs" / "schema-released.graphql").read_bytes() == schema
    assert 'version = "90.0.0"' in (clone / "pyproject.toml").read_text(encoding="utf-8")
    assert "softwareVersion: 90.0.0\n" in (clone / "publiccode.yml").read_text(encoding="utf-8")
    parts = json.loads((clone / "requirements" / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert parts["metadata"]["component"]["version"] == "90.0.0"
    breaking = (clone / "docs" / "schema-breaking.txt").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") for line in breaking)
    assert release(clone, "90.0.1") == 2, "nothing has changed since"


@pytest.mark.parametrize("version", ["0.0.1", "1.0", "v2.0.0", "90.0.0; true"])
def test_what_is_no_later_version_changes_nothing(clone: Path, version: str) -> None:
    assert release(clone, version) == 2
    assert (git(clone, "status", "--porcelain"), git(clone, "tag")) == ("", "")


def test_a_release_holds_nothing_that_is_not_committed(clone: Path) -> None:
    (clone / "CHANGELOG.md").write_text("## Unreleased\n\n- mine\n", encoding="utf-8")
    assert release(clone, "90.0.0") == 2
    assert git(clone, "tag") == ""
