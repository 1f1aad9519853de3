"""Legal holds at the terminal: every one that is open, and what whoever lifts it has to know."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database


def test_a_hold_on_what_nobody_disposes_of_now_is_listed_with_who_and_why(
    service: Reporting, database: Database
) -> None:
    """What is due names holds on names and documents of elections alone: one on files was nowhere to be read."""

    def run(who: str, *words: str) -> str:
        env = {"REPORTING_DATABASE_URL": database.url, "LOGNAME": who}
        done = CliRunner().invoke(root, ["retention", *words], prog_name="reporting", env=env)
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    def listed() -> list[dict[str, Any]]:
        return [json.loads(line) for line in run("乙", "holds", "--json").splitlines()]

    files = run("甲", "hold", "--record", "files", "--reason", "訴訟")
    every = run("乙", "hold", "--reason", "監査")
    assert [(row["hold"], row["record"], row["election"]) for row in listed()] == [
        (files, "files", None),
        (every, None, None),
    ]
    assert [(row["openedBy"], row["reason"]) for row in listed()] == [("甲", "訴訟"), ("乙", "監査")]
    assert f"hold={files}  record=files  opened=" in run("乙", "holds")
    run("乙", "lift", files, "--reason", "判決確定")
    assert [row["hold"] for row in listed()] == [every]
