"""`reporting publish`: the public site as files, whole at every moment, the same bytes as the server's."""

from __future__ import annotations

import gzip
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import incident_land
import open_night
import pytest
import tiny
from click.testing import CliRunner, Result
from open_night import HIDDEN, PRACTICE
from starlette.testclient import TestClient

from api.app import create_app
from api.cli.group import root
from api.settings import Settings
from api.site.tree import NotASite, SiteTree
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.election import ElectionDefinition
from reporting.ledger import Ledger


@pytest.fixture(scope="module")
def service(module_database: Database) -> Iterator[Reporting]:
    ledger = Ledger(module_database)
    yield Reporting(ledger)
    ledger.close()


@pytest.fixture(scope="module")
def desk(service: Reporting, module_database: Database) -> Desk:
    """With a case that everybody sees, one of the two that were told."""
    made = open_night.played(service, module_database)
    for more in ({}, {"account": f"{incident_land.ACCOUNT}午後にもう一度あった。"}):
        incident_land.tell(service, more=more)
    incident_land.publish(service)
    Projector(module_database).catch_up()
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


def publish(database: Database, folder: Path, *more: str) -> Result:
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(folder)}
    return CliRunner().invoke(
        root, ["publish", "--to", str(folder / "site"), *more], env=env, prog_name="reporting"
    )


def files(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def site(module_database: Database, desk: Desk, folder: Path) -> Path:
    result = publish(module_database, folder)
    assert result.exit_code == 0, result.output
    return folder / "site"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.met: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.met += [value for name, value in attrs if name in ("href", "src") and value]


def test_every_link_of_the_site_leads_to_a_file_of_it(site: Path) -> None:
    written, followed = files(site), 0
    pages = [name for name in written if name.endswith(".html") and not name.startswith("data/")]
    assert {"index.html", "en/index.html", "results/tiny/index.html", "en/open-data/tiny/index.html"} <= set(
        pages
    )
    for name in pages:
        links = Links()
        links.feed(written[name].decode())
        assert not links.tags & {"form", "script", "button"}, name
        for link in links.met:
            target = urlsplit(link)
            if target.scheme:
                assert link == "https://creativecommons.org/licenses/by/4.0/"
                continue
            assert not link.startswith("/"), (name, link)
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target.path)))
            assert not target.query, (name, link)
            assert not target.path or there in written, (name, link)
            followed += 1
    assert followed > 100
    assert 'href="../../results/tiny/index.html"' in written["open-data/tiny/index.html"].decode()
    assert "Open data" in written["en/open-data/index.html"].decode()


def test_incidents_that_are_public_stand_in_it_without_persons(site: Path) -> None:
    for root_, words in (("", "管理執行上問題となった事項"), ("en/", "Incidents")):
        election = (site / f"{root_}results/tiny/index.html").read_text("utf-8")
        assert 'href="incidents/index.html"' in election
        page = (site / f"{root_}results/tiny/incidents/index.html").read_text("utf-8")
        assert words in page
        assert page.count('<article class="notice"') == 1
        assert "比例代表の投票用紙を2枚交付した" in page
        assert incident_land.PERSON[:2] not in page
    assert not list(site.rglob(f"*{PRACTICE}*"))


def test_data_are_the_bytes_that_the_server_serves(
    site: Path, module_database: Database, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=module_database.url,
        data_dir=tmp_path,
        token_key=tmp_path / "token.key",
        publication=False,
    )
    written = files(site)
    data = {name for name in written if name.startswith("data/") and not name.endswith(".html")}
    assert {
        "data/catalog.jsonld",
        "data/tiny/final/final/1/core/totals.csv",
        "data/tiny/final/final/1/core/event.json",
    } <= data
    with TestClient(create_app(settings)) as client:
        served: dict[str, bytes] = {}
        for name in sorted(data):
            if name.endswith(".gz"):
                assert gzip.decompress(written[name]) == written[name.removesuffix(".gz")]
                with client.stream(
                    "GET", f"/{name.removesuffix('.gz')}", headers={"accept-encoding": "gzip"}
                ) as told:
                    served[name] = b"".join(told.iter_raw())
            else:
                served[name] = client.get(f"/{name}", headers={"accept-encoding": "identity"}).content
        assert served == {name: written[name] for name in data}
        feed = client.get("/notices.atom?election=tiny").content
        assert feed == written["notices/tiny.atom"]
    for leading in ("data/tiny/latest/index.html", "data/tiny/final/final/1/index.html"):
        (to,) = set(re.findall(r'href="([^"]+)"', written[leading].decode()))
        assert (
            posixpath.normpath(posixpath.join(posixpath.dirname(leading), to))
            == "data/tiny/final/final/1/core/manifest.json"
        )


def test_nothing_of_what_is_not_out_or_is_practised(site: Path) -> None:
    for name, content in files(site).items():
        assert PRACTICE not in name
        assert PRACTICE.encode() not in content, name
        assert HIDDEN.encode() not in content, name
        assert b"77,713" not in content, name
    assert not [name for name in files(site) if "flash" in name and name.startswith("data/")]


def test_again_it_is_the_same_and_nothing_is_written(
    site: Path, module_database: Database, folder: Path
) -> None:
    before, marks = files(site), {path: path.stat().st_ino for path in site.rglob("*")}
    result = publish(module_database, folder)
    assert "0 new, 0 gone" in result.output
    assert files(site) == before
    assert {path: path.stat().st_ino for path in site.rglob("*")} == marks


def test_after_a_correction_only_what_has_changed_is_written(
    module_database: Database, service: Reporting, desk: Desk, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    assert publish(module_database, tmp_path, "--data-only").exit_code == 0
    before, marks = files(site), {str(path.relative_to(site)): path.stat().st_ino for path in site.rglob("*")}
    assert {name.split("/")[0] for name in before} == {"data", ".reporting-site"}
    open_night.correct(service, desk, module_database)
    assert publish(module_database, tmp_path, "--data-only").exit_code == 0
    after = files(site)
    first = {name: content for name, content in before.items() if name.startswith("data/tiny/final/final/1/")}
    assert len(first) > 5
    assert first.items() <= after.items()
    assert "data/tiny/final/final/2/core/changes.csv" in after
    assert after["data/catalog.jsonld"] != before["data/catalog.jsonld"]
    kept = [name for name, content in after.items() if before.get(name) == content]
    assert all((site / name).stat().st_ino == marks[name] for name in kept), "taken over, not written again"


def test_a_folder_of_somebody_else_is_left_alone(
    module_database: Database, desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/thesis.txt").write_text("mine")
    result = publish(module_database, tmp_path, "--data-only")
    assert (result.exit_code, "not_a_site" in result.output) == (1, True)
    assert files(tmp_path / "site") == {"thesis.txt": b"mine"}
    with pytest.raises(NotASite):  # a root, which nothing can be exchanged with
        SiteTree(Path("/"))


KILLED = """
import os, signal, sys
from pathlib import Path
from api.site import tree

folder = Path(sys.argv[1]) / "site"
OLD, NEW = ({f"{n}/index.html": mark * 100 for n in range(3)} for mark in (b"old", b"new"))

def write(content):
    site = tree.SiteTree(folder)
    with site.alone():
        site.begin()
        for name, page in content.items():
            site.put(name, page)
        site.replace()

def there():
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.html")}

for exchange in (tree._exchange, None):
    if exchange is None:  # a system without an exchange in one step
        tree.ctypes.CDLL = lambda *given, **more: object()
    left, killed = 0, True
    while killed:  # killed after one step, after two …, until it comes to its end
        write(OLD)
        assert there() == OLD
        child = os.fork()
        if child == 0:
            steps = left
            def stepping(do):
                def step(*given, **more):
                    global steps
                    made = do(*given, **more)
                    steps -= 1
                    if steps < 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return made
                return step
            for name in ("mkdir", "write_bytes", "rename"):
                setattr(Path, name, stepping(getattr(Path, name)))
            tree.os.sync, tree._linked = stepping(os.sync), stepping(tree._linked)
            tree.shutil.rmtree = stepping(tree.shutil.rmtree)
            write(NEW)
            os._exit(0)
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        if exchange is not None:
            assert there() in (OLD, NEW), (left, there())
        left += 1
    assert there() == NEW and left > 10, left
"""


def test_one_that_was_killed_leaves_the_old_site_or_the_new_one(tmp_path: Path) -> None:
    """By kill -9 after each single step; where a system cannot exchange two folders, the next run puts it right."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=True, timeout=60)


def test_a_slot_that_is_no_longer_public_keeps_no_site_from_being_written(
    database: Database, tmp_path: Path
) -> None:
    """What was released stays released; the site is written without the pages that ask for a login now."""
    ledger = Ledger(database)
    service = Reporting(ledger)
    desk = open_night.played(service, database)
    open_night.correct(service, desk, database)
    stored = service.catalog.election("tiny").definition.model_dump(mode="json")
    for form in stored["forms"]:
        for slot in form["slots"]:
            slot["public"] = slot["code"] == "2300"
    after = ElectionDefinition.model_validate(stored)
    proposed = service.define_election(after, tiny.SYSTEM, uuid4(), reason="公表しない").proposal
    assert proposed is not None
    service.definitions.confirm("tiny", proposed, replace(tiny.SYSTEM, person="別の人"), uuid4())
    Projector(database).catch_up()
    ledger.close()
    result = publish(database, tmp_path)
    assert result.exit_code == 0, result.output
    written = files(tmp_path / "site")
    assert not [name for name in written if "results/tiny/pr/final" in name]
    page = written["results/tiny/index.html"].decode()
    assert "確定 · 確定 · 訂正" in page, "a notice names its slot as it is called"
