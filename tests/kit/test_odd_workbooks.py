"""What becomes of each odd or hostile workbook, through every way in, and that none of them takes the process's memory."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import night
import pytest
import typed_book
from click.testing import CliRunner
from forms import form_after, log_in
from odd_books import EVERY, READ, REFUSED, TOLD
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import issue_token, load_key
from api.cli.group import root
from api.settings import Settings
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.files.problems import FileRefused
from reporting.kit.handing_in import hand_in
from reporting.kit.making import make_book
from reporting.kit.reading import read_book
from reporting.ledger import Ledger

MOST_MEMORY_MB = 200
LARGE = ("a million strings", "texts within the bytes", "one cell over and over")
"""Within what a table may hold, and seconds to read: `files` bounds them."""
READ_EACH = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
from reporting.files.problems import FileRefused
from reporting.kit.reading import read_book
refused = 0
for path in sys.argv[1:]:
    try:
        refused += bool(read_book("b.xlsx", Path(path).read_bytes()).problems)
    except FileRefused:
        refused += 1
# The process's own peak: what getrusage tells holds its parent's, too.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([refused, int(peak.split()[1]) // 1024]))
"""


@pytest.fixture(scope="module")
def desk(module_database: Database) -> Iterator[Desk]:
    ledger = Ledger(module_database)
    yield night.define(Reporting(ledger))
    ledger.close()


@pytest.fixture(scope="module")
def sound(desk: Desk) -> bytes:
    values = {("11", c.cell().cell.key): float(c.value) for c in night.cells(**night.BALANCED)}
    return typed_book.typed(make_book(desk, "tiny", "final", "final", ["11"], night.WARD), values)


@pytest.fixture(scope="module")
def every(sound: bytes) -> dict[str, bytes]:
    """Each made once."""
    return {name: make(sound) for name, make in EVERY.items()}


@pytest.fixture(scope="module")
def settings(desk: Desk, module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    Projector(module_database).catch_up()
    folder = tmp_path_factory.mktemp("odd")
    return settings_for(module_database.url, folder, practice=(night.WARD,), publication=False)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), follow_redirects=False) as one:
        yield one


def test_there_are_enough_of_them() -> None:
    assert len(EVERY) >= 40


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, desk: Desk, every: Mapping[str, bytes]) -> None:
    with pytest.raises(FileRefused) as refused:
        hand_in(desk, read_book("b.xlsx", every[name]), night.WARD)
    told = " ".join(str(problem) for problem in refused.value.problems)
    assert REFUSED[name][1] in told, refused.value.problems
    assert desk.returns.open("tiny", "final", "final", "11").case.cells == {}


PREVIEW = """query($in: WorkbookInput!) { previewWorkbook(input: $in) { __typename
  ... on WorkbookRefused { problems { place row said { ja } } } } }"""
PLACE = "/workbook/tiny/final/final/11"
Way = Callable[[bytes], str]
"""What is brought becomes what is answered."""


def by_graphql(client: TestClient, settings: Settings, tmp_path: Path) -> Way:
    """In the request where it fits, else sent by itself and named by its hash."""
    token = issue_token(load_key(settings.token_key), night.WARD, now=int(time.time()))
    bearer = {"Authorization": f"Bearer {token}"}

    def bring(data: bytes) -> str:
        given = {"name": "b.xlsx", "content": base64.b64encode(data).decode()}
        if len(data) > 500_000:
            sent = client.post(
                "/import/uploads",
                params={"way": "workbook", "name": "b.xlsx"},
                content=data,
                headers={**bearer, "Content-Type": "application/octet-stream"},
            )
            assert sent.status_code == 201, sent.text
            given = {"name": "b.xlsx", "sent": sent.json()["sha256"]}
        answer = client.post(
            "/graphql", json={"query": PREVIEW, "variables": {"in": given}}, headers=bearer
        ).json()
        assert answer["data"]["previewWorkbook"]["__typename"] == "WorkbookRefused", answer
        return json.dumps(answer, ensure_ascii=False)

    return bring


def by_console(client: TestClient, settings: Settings, tmp_path: Path) -> Way:
    log_in(client, night.WARD.person)
    form = form_after(client.get(PLACE).text, 'id="bring"')

    def bring(data: bytes) -> str:
        given = {"content": base64.b64encode(data).decode()}
        if len(data) > 100_000:  # as the page's script does
            sent = client.post(
                "/import/uploads",
                params={"way": "workbook", "name": "b.xlsx"},
                content=data,
                headers={"Content-Type": "application/octet-stream", "X-Reporting": "console"},
            )
            assert sent.status_code == 201, sent.text
            given = {"sent": sent.json()["sha256"]}
        shown = client.post(PLACE, data={**form, **given, "name": "b.xlsx", "deed": "preview"})
        assert shown.status_code < 500
        assert "このとおり提出する" not in shown.text
        return shown.text

    return bring


def by_command(client: TestClient, settings: Settings, tmp_path: Path) -> Way:
    token = issue_token(load_key(settings.token_key), night.WARD, now=int(time.time()))
    env = {"REPORTING_DATABASE_URL": settings.database_url, "REPORTING_DATA_DIR": str(settings.data_dir), "REPORTING_TOKEN_KEY": str(settings.token_key)}  # fmt: skip

    def bring(data: bytes) -> str:
        path = tmp_path / "b.xlsx"
        path.write_bytes(data)
        done = CliRunner(env=env).invoke(root, ["kit", "take", str(path), "--submit", "--token", token])
        assert done.exit_code == 1, done.output
        assert isinstance(done.exception, SystemExit), done.exception
        return done.output

    return bring


@pytest.mark.parametrize("way", [by_graphql, by_console, by_command])
def test_refused_by_every_way_in(
    way: Callable[[TestClient, Settings, Path], Way],
    every: Mapping[str, bytes],
    client: TestClient,
    settings: Settings,
    desk: Desk,
    tmp_path: Path,
) -> None:
    before = desk.reporting.ledger.position()
    bring = way(client, settings, tmp_path)
    causes = {told: name for name, (_, told) in REFUSED.items()}
    for name, (_, told) in REFUSED.items():
        # Each command connects anew: there one of each cause.
        if way is not by_command or causes[told] == name:
            assert told in bring(every[name]), name
    assert desk.reporting.ledger.position() == before


def test_refused_among_imports_too(
    every: Mapping[str, bytes], client: TestClient, settings: Settings, desk: Desk
) -> None:
    """The other door for workbooks takes tables alone: none of these is one, and none is more than refused."""
    token = issue_token(load_key(settings.token_key), night.WARD, now=int(time.time()))
    before = desk.reporting.ledger.position()
    for name, data in every.items():
        if name in LARGE:
            continue
        answer = client.post(
            "/import/workbook",
            params={"election": "tiny", "form": "final", "slot": "final", "name": "b.xlsx"},
            content=data,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"},
        )
        types = {json.loads(line).get("type", "refused") for line in answer.text.splitlines()}
        assert types & {"problem", "refused"}, (name, answer.status_code, answer.text[:300])
        assert "done" not in types, name
    assert desk.reporting.ledger.position() == before


@pytest.mark.parametrize("name", READ)
def test_read(name: str, every: Mapping[str, bytes]) -> None:
    book = read_book("b.xlsx", every[name])
    book.require_understood()
    assert book.sheets[0].typed["pr|voters||"] == READ[name][1]


@pytest.mark.parametrize("name", TOLD)
def test_told(name: str, every: Mapping[str, bytes]) -> None:
    told = TOLD[name][1]
    book = read_book("b.xlsx", every[name])
    book.require_understood()
    assert told in " ".join(note.ja for note in book.sheets[0].notes)
    assert book.sheets[0].typed["pr|voters||"] == "100"


def test_a_sound_one_has_nothing_to_tell(sound: bytes) -> None:
    book = read_book("b.xlsx", sound)
    assert (book.problems, book.sheets[0].notes) == ([], ())


def test_of_another_election(sound: bytes) -> None:
    book = read_book("b.xlsx", sound)
    book.require_of("tiny")
    with pytest.raises(FileRefused) as refused:
        book.require_of("other")
    assert "選挙 tiny のブック" in str(refused.value)


def test_all_of_them_within_the_memory(every: Mapping[str, bytes], tmp_path: Path) -> None:
    """One process after the other's file, with the largest workbook that may be handed in among them."""
    paths = [tmp_path / f"{number:02}.xlsx" for number in range(len(every))]
    for path, data in zip(paths, every.values(), strict=True):
        path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", READ_EACH, *map(str, paths)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    refused, peak = (int(text) for text in done.stdout.strip("[]\n ").split(","))
    assert refused == len(REFUSED)
    assert peak <= MOST_MEMORY_MB, peak
    print(f"peak {peak} MB")
