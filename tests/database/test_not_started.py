"""An embedded PostgreSQL that cannot start is told as that, with its own words and its folder, not as a fault of the program."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from reporting.database import embedded
from reporting.database.embedded import EmbeddedNotStarted


@pytest.mark.parametrize(("name", "named"), [("開票 夜", True), ("開票夜", False)])
def test_a_folder_that_holds_no_database_of_this_version(name: str, named: bool) -> None:
    """Near the root, for a socket's path is short. Blanks in it the library gives to a shell."""
    with tempfile.TemporaryDirectory(prefix="reporting-pg-") as root:
        Path(root).chmod(0o755)  # PostgreSQL runs as another user
        folder = Path(root) / name / "pg"
        folder.mkdir(parents=True)
        (folder / "PG_VERSION").write_text("15\n", encoding="ascii")
        with pytest.raises(EmbeddedNotStarted) as told, embedded.serve(folder):
            pytest.fail("there is no database")
        assert str(folder.resolve()) in told.value.message_ja
        assert ("空白" in told.value.message_ja) is named
        assert ("blanks" in told.value.message_en) is named
        assert "error:" in told.value.facts["said"]
