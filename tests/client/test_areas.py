"""Areas and what became of them through the client, and a release from a folder that any web server serves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import httpx
import pytest
from analysts import MERGED, REGISTRY, Installation
from click.testing import CliRunner
from reporting_client import Client, InvalidArgument, Retries, UnknownCode

from api.cli.group import root


def test_areas_are_those_of_the_registry_on_a_day(client: Client) -> None:
    (geography,) = {
        code
        for election in client.elections()
        if election.registry == REGISTRY
        for code in election.geographies
    }
    ever = client.areas(REGISTRY, geography)
    now = {area.code for area in client.areas(REGISTRY, geography, on="2010-01-01")}
    for town, (day, before) in MERGED.items():
        (came,) = [area for area in ever if area.code == town]
        assert (came.valid_from, came.valid_to) == (day, None)
        assert {area.valid_to for area in ever if area.code in before} == {day}
        assert town in now
        assert now.isdisjoint(before)
    assert {area.code for area in client.areas(REGISTRY, geography, level="prefecture")} == {"P1", "P2"}
    with pytest.raises(UnknownCode):
        client.areas("nowhere", geography)


def test_changes_say_what_became_of_what(client: Client) -> None:
    changes = client.area_changes(REGISTRY, since=date(2005, 1, 1), until="2005-12-31")
    merged = {
        change.after: (change.date, tuple(sorted(change.before))) for change in changes if change.moves_land
    }
    assert merged == {("33",): MERGED["33"]}


@pytest.mark.filterwarnings("ignore::reporting_client.NotFullyVerified")
def test_a_release_is_downloaded_from_a_folder_of_files_by_its_number_or_the_newest(
    client: Client, installation: Installation, tmp_path: Path
) -> None:
    """As a CDN serves what `reporting publish` wrote: no redirects, no JSON beside the files."""
    env = {
        "REPORTING_DATABASE_URL": installation.settings.database_url,
        "REPORTING_DATA_DIR": str(installation.settings.data_dir),
    }
    words = ["publish", "--to", str(tmp_path / "site"), "--data-only"]
    done = CliRunner().invoke(root, words, env=env, prog_name="reporting")
    assert done.exit_code == 0, done.output

    def served(request: httpx.Request) -> httpx.Response:
        path = tmp_path / "site" / request.url.path.lstrip("/")
        return (
            httpx.Response(200, stream=httpx.ByteStream(path.read_bytes()))
            if path.is_file()
            else httpx.Response(404, html="<h1>404</h1>")
        )

    with Client(
        "https://cdn.test", transport=httpx.MockTransport(served), retries=Retries(times=0)
    ) as static:
        held = static.download(
            "tiny", tmp_path / "static", form="final", slot="final", number=1, log_key=installation.log_key
        )
        newest = static.download("tiny", tmp_path / "newest")
        with pytest.raises(InvalidArgument, match="tiny/final/final"):
            static.download("tinny", tmp_path / "none")
    assert newest.folder.name == "tiny-final-final-2"
    assert held.verification is not None
    assert held.verification.complete
    same = client.download(
        "tiny", tmp_path / "server", form="final", slot="final", number=1, log_key=installation.log_key
    )
    assert {path.name: path.read_bytes() for path in held.files} == {
        path.name: path.read_bytes() for path in same.files
    }
