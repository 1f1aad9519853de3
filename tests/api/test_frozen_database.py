"""Whoever asks how it is hears it within three seconds, also from a server whose database is frozen or at the end of a silent line."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import frozen
import psutil
import psycopg
import pytest
from beside import beside
from line import Line, line_to
from psycopg.conninfo import make_conninfo
from starlette.testclient import TestClient
from waiting import until

from api.app import create_app
from api.health import LOOKS
from api.settings import Settings
from reporting.database import embedded
from reporting.database.connect import READER, Database
from reporting.database.migrate import migrate

WITHIN_S = 3.0
TOKEN = "a-token-of-the-operator"
Asked = tuple[int, str, float]


@pytest.fixture(scope="module")
def own() -> Iterator[Path]:
    """The files of a PostgreSQL that no other test needs."""
    with tempfile.TemporaryDirectory(prefix="reporting-frozen-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        with embedded.serve(folder / "pg") as url:
            migrate(Database(url))
            yield folder / "pg"


@pytest.fixture
def line(own: Path) -> Iterator[Line]:
    with line_to(make_conninfo(host=str(own), user="postgres", dbname="postgres")) as line:
        yield line


@pytest.fixture
def served(line: Line, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(
        database_url=line.url, data_dir=tmp_path, token_key=tmp_path / "token.key", metrics_token=TOKEN
    )
    with TestClient(create_app(settings)) as client:
        yield client


@contextmanager
def silent(own: Path, line: Line) -> Iterator[None]:
    line.fall_silent()
    try:
        yield
    finally:
        line.reset()
        line.mend()


def asked(client: TestClient, path: str) -> Asked:
    began = time.monotonic()
    answer = client.get(path)
    return answer.status_code, answer.json()["state"], time.monotonic() - began


Wrong = Callable[[Path, Line], AbstractContextManager[None]]


@pytest.mark.parametrize(
    "wrong", [lambda own, line: frozen.frozen(frozen.postmaster_of(own)), silent], ids=["frozen", "silent"]
)
def test_it_is_told_in_time_that_the_database_is_away(
    served: TestClient, own: Path, line: Line, wrong: Wrong
) -> None:
    paths = ("/health", "/ready", "/ready/changes")
    assert [asked(served, path)[:2] for path in paths] == [(200, "active")] * 3
    answers: list[Asked] = []
    with wrong(own, line):
        for _ in range(2):  # also where looks of before have not come back yet
            asking = [lambda path=path: answers.append(asked(served, path)) for path in paths * LOOKS]
            with beside(*asking):
                pass
    assert {answer[:2] for answer in answers} == {(503, "unavailable")}
    assert len(answers) == 2 * 3 * LOOKS
    assert max(answer[2] for answer in answers) < WITHIN_S
    until(lambda: asked(served, "/health")[0] == 200, "the database is back", 10)


def measured(client: TestClient) -> tuple[str, float]:
    """What the metrics say of the database, and after how long."""
    began = time.monotonic()
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return text.split("\nreporting_database_up ", 1)[1].split("\n", 1)[0], time.monotonic() - began


@pytest.mark.parametrize(
    "wrong", [lambda own, line: frozen.frozen(frozen.postmaster_of(own)), silent], ids=["frozen", "silent"]
)
def test_metrics_say_in_time_that_the_database_is_away(
    served: TestClient, own: Path, line: Line, wrong: Wrong
) -> None:
    """After ten seconds a scrape is given up: `ServerGone` was told, and never `DatabaseAway`."""
    assert measured(served)[0] == "1.0"
    with wrong(own, line):
        for _ in range(2):
            up, seconds = measured(served)
            assert up == "0.0"
            assert seconds < WITHIN_S
    until(lambda: measured(served)[0] == "1.0", "the database is back", 10)


def test_one_frozen_session_keeps_nobody_from_the_others(served: TestClient, own: Path) -> None:
    """Found out before it is used, and left alone: nobody hears anything of it."""
    readers = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND query <> 'LISTEN views'"
    with psycopg.connect(host=str(own), user="postgres") as owner:
        pids = [row[0] for row in owner.execute(readers, (READER,))]
    assert pids
    stopped = [one for pid in pids for one in frozen.freeze(psutil.Process(pid))]
    try:
        status, state, seconds = asked(served, "/health")
        assert (status, state) == (200, "active")
        assert seconds < WITHIN_S
    finally:
        frozen.thaw(stopped)
