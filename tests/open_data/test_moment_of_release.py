"""A release is nowhere before its moment and everywhere at it: addresses for ever, catalogue, Atom, GraphQL, the site as a folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import night
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from api.app import create_app
from api.cli.group import root
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.release import Publication

PLACE = "tiny/final/final"
AT = f"/data/{PLACE}/1"
MOMENT = datetime.fromisoformat(night.ELEVEN)
RELEASES = '{ releases(election: "tiny", first: 5) { form slot number dataFiles { name } } }'


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """One server from before to after, so that what it has kept of "not there" would be seen."""
    made = Settings(
        database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key", publication=False
    )
    with TestClient(create_app(made), follow_redirects=False) as client:
        yield client


def told(client: TestClient, database: Database, folder: Path) -> dict[str, bool]:
    """Way → whether anything of the release is there."""
    Projector(database).catch_up()
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(folder)}
    words = ["publish", "--to", str(folder / "site"), "--data-only"]
    written = CliRunner().invoke(root, words, env=env, prog_name="reporting")
    assert written.exit_code == 0, written.output
    addresses = (f"{AT}/core/manifest.json", f"{AT}/core/totals.csv", f"{AT}/core/event.json", f"{AT}/")
    leading = (
        "/data/tiny/final/final/latest",
        "/data/tiny/final/final",
        "/data/tiny/final",
        "/data/tiny/latest",
        "/data/tiny",
    )
    releases = client.post("/graphql", json={"query": RELEASES}).json()["data"]["releases"]
    return {
        **{address: client.get(address).status_code in (200, 302) for address in addresses},
        **{address: client.get(address).headers.get("location", "").startswith(AT) for address in leading},
        "catalogue": PLACE in client.get("/data/catalog.jsonld").text,
        "atom": client.get("/notices.atom?election=tiny").text.count("<entry>") > 1,
        "graphql": any(release["form"] == "final" for release in releases),
        "page": PLACE in client.get("/open-data/tiny").text,
        "site": (folder / "site/data" / PLACE / "1/core/totals.csv").exists(),
        "folder of the site": (folder / "site/data/tiny/final").exists(),
        "catalogue of the site": PLACE.encode() in (folder / "site/data/catalog.jsonld").read_bytes(),
    }


def test_nowhere_before_its_moment_and_everywhere_at_it(
    installation: TestClient, service: Reporting, database: Database, tmp_path: Path
) -> None:
    desk = night.define(service, is_test=False, geographies=["administrative"])
    clock = Publication(service, desk)
    night.submit(desk)
    for actor in (night.CITY, night.PREFECTURE):
        night.approve(desk, actor)
    earlier = clock.tick("tiny", MOMENT - timedelta(microseconds=1))
    assert [release.approved for release in earlier] == [0], "the flash of an hour before, in which nobody is"
    before = told(installation, database, tmp_path)
    assert not any(before.values()), before
    assert 1 in {release.approved for release in clock.tick("tiny", MOMENT)}
    at_once = told(installation, database, tmp_path)
    assert all(at_once.values()), at_once
