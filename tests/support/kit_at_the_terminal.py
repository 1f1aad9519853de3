"""`reporting kit …` as a ward's clerk types it, over the tiny night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import night
import pytest
from click.testing import CliRunner, Result

from api.cli.group import root
from api.cli.identity import issue_token
from api.settings import Settings
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor

Run = Callable[..., Result]


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return night.define(service)


@pytest.fixture
def run(desk: Desk, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def go(*words: str, actor: Actor = night.WARD) -> Result:
        token = issue_token(Settings.from_env(), actor, 300)
        return CliRunner().invoke(root, [*words, "--token", token], prog_name="reporting")

    return go


def values(**more: int) -> dict[tuple[str, str], float]:
    return {("11", c.cell().cell.key): float(c.value) for c in night.cells(**{**night.BALANCED, **more})}


def figures(desk: Desk) -> dict[str, str]:
    return desk.returns.open("tiny", "final", "final", "11").case.texts
