"""What was released stays what later changes are compared with."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

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
