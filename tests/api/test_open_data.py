"""`/data/…`: released files at addresses for ever, for everybody, and nothing of what is not out."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import open_night
import pytest
import read_back
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from open_night import HIDDEN, PRACTICE
from rdflib import RDF
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.app import create_app
from api.open_data.answers import FOR_EVER
from api.open_data.fairness import AT_ONCE, BURST, Fairness, network
from api.settings import Settings
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger
from reporting.publication.distribution.making import ReleasePlace
from reporting.publication.distribution.publisher import UNNAMED, PublisherChoice
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import DistributionStore
from reporting.publication.live_or_training import LivePublication

FIRST = "/data/tiny/final/final/1"
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture(scope="module")
def service(module_database: Database) -> Iterator[Reporting]:
    ledger = Ledger(module_database)
    yield Reporting(ledger)
    ledger.close()


@pytest.fixture(scope="module")
def desk(service: Reporting, module_database: Database) -> Desk:
    return open_night.played(service, module_database)


@pytest.fixture(scope="module")
def client(
    module_database: Database, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("installation")
    made = Settings(
        database_url=module_database.url, data_dir=folder, token_key=folder / "token.key", publication=False
    )
    with TestClient(create_app(made), follow_redirects=False) as client:
        yield client


def listed(client: TestClient, address: str = FIRST) -> dict[str, str]:
    """Name → SHA-256, by the release's own manifest."""
    return dict(client.get(f"{address}/core/manifest.json").json()["files"])


def test_every_file_of_a_release_is_served_as_it_was_released(
    client: TestClient, service: Reporting, desk: Desk
) -> None:
    publication = LivePublication(service, desk)
    package = publication.package(publication.election("tiny"), "final", "final", 1)
    assert set(package.files) - {"manifest.json"} == set(listed(client))
    for name, content in package.files.items():
        answer = client.get(f"{FIRST}/core/{name}", headers=PLAIN)
        sha256 = hashlib.sha256(content).hexdigest()
        assert (answer.status_code, answer.content) == (200, content), name
        assert answer.headers["etag"] == f'"{sha256}"'
        assert answer.headers["cache-control"] == FOR_EVER == "public, max-age=31536000, immutable"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-length"] == str(len(content))
        assert answer.headers["accept-ranges"] == "bytes"
        assert 'rel="license"' in answer.headers["link"]
    event = client.get(f"{FIRST}/core/event.json", headers=PLAIN).content
    assert json.loads(event)["package"] == hashlib.sha256(package.files["manifest.json"]).hexdigest()


def test_a_head_is_the_get_without_its_bytes(client: TestClient) -> None:
    for headers in (PLAIN, {"accept-encoding": "gzip"}):
        for address in (
            f"{FIRST}/core/totals.csv",
            "/data/catalog.jsonld",
            "/data/tiny/latest",
            f"{FIRST}/none.csv",
        ):
            head, get = client.head(address, headers=headers), client.get(address, headers=headers)
            assert (head.status_code, head.content) == (get.status_code, b"")
            assert {name: value for name, value in head.headers.items() if name != "content-length"} == {
                name: value for name, value in get.headers.items() if name != "content-length"
            }
            if get.status_code == 200:
                assert int(head.headers["content-length"]) == int(get.headers["content-length"])


def test_compressed_once_with_a_tag_of_its_own(client: TestClient) -> None:
    plain = client.get(f"{FIRST}/core/totals.csv", headers=PLAIN)
    with client.stream("GET", f"{FIRST}/core/totals.csv", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) == int(answer.headers["content-length"]) < len(plain.content)
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == plain.headers["etag"].rstrip('"') + '-gzip"'
    for refusing in ("gzip;q=0", "br", "identity, gzip;q=0.5", "", "gzip;q=nonsense"):
        other = client.get(f"{FIRST}/core/totals.csv", headers={"accept-encoding": refusing})
        assert "content-encoding" not in other.headers, refusing


def test_what_is_held_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"{FIRST}/core/totals.csv", headers=PLAIN)
    etag, since = first.headers["etag"], first.headers["last-modified"]
    for held in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, "if-none-match": held})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag), held
        assert answer.headers["cache-control"] == FOR_EVER
    assert (
        client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, "if-modified-since": since}).status_code
        == 304
    )
    for other in (
        {"if-none-match": '"x"', "if-modified-since": since},  # the tag decides
        {"if-none-match": etag.rstrip('"') + '-gzip"'},
        {"if-modified-since": "yesterday"},
        {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        assert client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, **other}).status_code == 200, other


@examples(max_examples=60, deadline=None)
@given(st.data())
def test_any_range_is_that_part_of_the_file(client: TestClient, data: st.DataObject) -> None:
    whole = client.get(f"{FIRST}/core/totals.csv", headers=PLAIN).content
    size = len(whole)
    places = st.integers(0, size + 5)
    first, last = data.draw(places), data.draw(places)
    text, part = data.draw(
        st.sampled_from(
            [
                (f"bytes={first}-{last}", whole[first : last + 1] if first <= last else None),
                (f"bytes={first}-", whole[first:]),
                (f"bytes=-{last}", whole[-last:] if last else b""),
            ]
        )
    )
    answer = client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, "range": text})
    if part is None:  # no range at all: answered whole
        assert (answer.status_code, answer.content) == (200, whole)
    elif not part:
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")
    else:
        begin = size - len(part) if text.startswith("bytes=-") else first
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(part) - 1}/{size}"
        assert answer.headers["content-length"] == str(len(part))


@pytest.mark.parametrize("text", ["bytes=0-1,4-5", "rows=0-1", "bytes=a-b", "bytes=", "bytes=5-3", "0-5"])
def test_what_is_not_one_range_is_answered_whole(client: TestClient, text: str) -> None:
    answer = client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, "range": text})
    assert answer.status_code == 200
    assert "content-range" not in answer.headers


def test_a_part_is_only_of_what_was_begun(client: TestClient) -> None:
    plain = client.get(f"{FIRST}/core/totals.csv", headers=PLAIN)
    with client.stream("GET", f"{FIRST}/core/totals.csv", headers={"accept-encoding": "gzip"}) as begun:
        small = b"".join(begun.iter_raw())
    asked = {"range": "bytes=5-"}
    for good in (plain.headers["etag"], plain.headers["last-modified"]):
        answer = client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, **asked, "if-range": good})
        assert (answer.status_code, answer.content) == (206, plain.content[5:])
    stale = client.get(f"{FIRST}/core/totals.csv", headers={**PLAIN, **asked, "if-range": '"other"'})
    assert (stale.status_code, stale.content) == (200, plain.content)
    both = {**asked, "accept-encoding": "gzip"}
    fresh = client.get(f"{FIRST}/core/totals.csv", headers=both)
    assert (fresh.status_code, fresh.content, fresh.headers.get("content-encoding")) == (
        206,
        plain.content[5:],
        None,
    )
    with client.stream(
        "GET", f"{FIRST}/core/totals.csv", headers={**both, "if-range": begun.headers["etag"]}
    ) as rest:
        assert (rest.status_code, b"".join(rest.iter_raw())) == (206, small[5:])


def test_the_newest_is_a_redirect_that_is_asked_again(client: TestClient) -> None:
    for address, onward in (
        ("/data/tiny/latest", f"{FIRST}/core/manifest.json"),
        ("/data/tiny", f"{FIRST}/core/manifest.json"),
        ("/data/tiny/final/final/latest", f"{FIRST}/core/manifest.json"),
        ("/data/tiny/final/final/latest/core/totals.csv", f"{FIRST}/core/totals.csv"),
        (f"{FIRST}/", f"{FIRST}/core/manifest.json"),
        ("/data", "/data/catalog.jsonld"),
        ("/data/", "/data/catalog.jsonld"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (302, onward), address
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("address", "nearest"),
    [
        ("tiyn/final/final/1/core/totals.csv", f"{FIRST}/"),
        ("tiny/finla/final/1/core/totals.csv", f"{FIRST}/"),
        ("tiny/final/final/9/core/totals.csv", f"{FIRST}/"),
        ("tiny/final/final/1/core/total.csv", f"{FIRST}/core/totals.csv"),
        ("tiny/final/final/1/totals.parquet", f"{FIRST}/"),
        ("tiny/final/final/1/core/inner/totals.csv", f"{FIRST}/"),
        ("tiny/final/final/01/core/totals.csv", f"{FIRST}/"),
        ("nowhere", f"{FIRST}/"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest_that_is(
    client: TestClient, address: str, nearest: str
) -> None:
    answer = client.get(f"/data/{address}")
    told = answer.json()["errors"][0]["extensions"]
    assert (answer.status_code, told["code"]) == (404, "NOT_PUBLISHED")
    assert told["facts"]["nearest"] == nearest
    assert f"<{nearest}>" in answer.headers["link"]
    assert "公表されていません" in told["ja"]
    assert "There is no published" in told["en"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert client.get(nearest, follow_redirects=True).status_code == 200


def test_what_is_not_out_cannot_be_told_from_what_never_was(client: TestClient) -> None:
    """Slots entered and not released, practice elections, and nonsense: the same answer, but for the words asked for."""
    for hidden, nothing, address in (
        ("flash", "flesh", "tiny/{}/2300/1/core/figures.csv"),
        ("flash", "flesh", "tiny/{}/2300/latest"),
        (PRACTICE, "trial-fun", "{}/final/final/1/core/figures.csv"),
        (PRACTICE, "trial-fun", "{}/latest"),
        ("final/2", "final/3", "tiny/final/{}/figures.csv"),
    ):
        told, expected = (client.get("/data/" + address.format(name)) for name in (hidden, nothing))
        assert told.status_code == 404
        assert told.text.replace(hidden, nothing) == expected.text
        assert told.headers == expected.headers
    everything = client.get("/data/catalog.jsonld").text
    assert "tiny/final/final/1/" in everything
    for name in (PRACTICE, "flash", "2300", HIDDEN):
        assert name not in everything


@pytest.mark.parametrize(
    "path",
    [
        "../token.key", "..%2f..%2ftoken.key", "tiny/final/final/1/../../../../../token.key", "%2e%2e/token.key",
        "tiny/final/final/1/..%2findex.json", "tiny/final/final/1/index.json", "tiny/final/final/1/core/totals.csv.gz",
        "tiny/final/final/1/.lock", "tiny/final/final/1//etc/passwd", "tiny/final/final/1/%00", "tiny\\final", "//",
    ],
)  # fmt: skip
def test_nothing_beside_the_files_can_be_reached(client: TestClient, path: str) -> None:
    answer = client.get(f"/data/{path}")
    assert answer.status_code in (302, 400, 404)
    assert "location" not in answer.headers or answer.headers["location"].startswith(("/data/catalog", FIRST))


def test_the_page_lists_every_file_with_size_and_hash(client: TestClient) -> None:
    client.get(f"{FIRST}/core/manifest.json")  # made, if it was not
    page = client.get("/open-data/tiny").text
    for name, sha256 in listed(client).items():
        assert f'href="{FIRST}/core/{name}"' in page
        assert sha256 in page
    assert 'href="/data/tiny/final/final/latest"' in page
    assert "creativecommons.org/licenses/by/4.0" in page
    assert "audit verify" in page
    for name in ("2300", HIDDEN):
        assert name not in page
    assert 'href="/open-data/tiny"' in client.get("/results/tiny").text
    assert PRACTICE not in client.get("/open-data").text
    assert "試験の選挙のデータは公表しません" in client.get(f"/open-data/{PRACTICE}").text
    assert "/open-data" not in client.get(f"/results/{PRACTICE}").text


def test_only_public_addresses_are_open_to_other_pages(client: TestClient) -> None:
    asked = {"origin": "https://newsroom.example", "access-control-request-method": "GET"}
    answer = client.options(
        f"{FIRST}/core/totals.csv", headers={**asked, "access-control-request-headers": "range"}
    )
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "Range" in answer.headers["access-control-allow-headers"]
    for address in ("/graphql", "/", "/results/tiny", "/health", "/database"):
        assert "access-control-allow-origin" not in client.get(address, headers=asked).headers, address
    refused = client.post(f"{FIRST}/core/totals.csv")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_a_correction_has_a_new_number_and_the_old_bytes_stay(
    client: TestClient, service: Reporting, desk: Desk, module_database: Database
) -> None:
    old = {name: client.get(f"{FIRST}/core/{name}", headers=PLAIN).content for name in listed(client)}
    before = client.get("/data/catalog.jsonld")
    held = {"if-none-match": before.headers["etag"]}
    assert client.get("/data/catalog.jsonld", headers=held).status_code == 304
    open_night.correct(service, desk, module_database)
    second = client.get("/data/tiny/latest").headers["location"]
    assert second == "/data/tiny/final/final/2/core/manifest.json"
    assert {name: client.get(f"{FIRST}/core/{name}", headers=PLAIN).content for name in old} == old
    assert b"61" in client.get("/data/tiny/final/final/2/core/changes.csv").content
    told = client.get("/data/catalog.jsonld", headers=held)
    assert told.status_code == 200
    sets = {entry["@id"]: entry for entry in told.json()["dcat:dataset"]}
    assert sets["tiny/final/final/2/"]["dcat:previousVersion"] == {"@id": "tiny/final/final/1/"}
    assert sets["tiny/final/final/"]["dcat:last"] == {"@id": "tiny/final/final/2/"}
    for file in sets["tiny/final/final/1/"]["dcat:distribution"]:
        content = client.get("/data/" + file["@id"], headers=PLAIN).content
        assert file["spdx:checksum"]["spdx:checksumValue"]["@value"] == hashlib.sha256(content).hexdigest()
        assert file["dcat:byteSize"]["@value"] == str(len(content))


def test_formats_are_served_once_the_log_names_them(
    module_database: Database, service: Reporting, desk: Desk, tmp_path: Path
) -> None:
    """Kept and not named in the log, or named and otherwise kept, they are nobody's word; the signed package is there throughout."""
    settings = Settings(
        database_url=module_database.url,
        data_dir=tmp_path,
        token_key=tmp_path / "token.key",
        publication=False,
    )
    distributions, store = Distributions(service, desk), DistributionStore(settings.distributions)
    made = distributions.make(ReleasePlace("tiny", "final", "final", 1), UNNAMED)
    kept = store.add(made)
    with TestClient(create_app(settings), follow_redirects=False) as unnamed:
        assert unnamed.get(f"{FIRST}/observations.csv").status_code == 404
        assert unnamed.get(f"{FIRST}/").headers["location"] == f"{FIRST}/core/manifest.json"
    distributions.record(made, SYSTEM)
    Projector(module_database).catch_up()
    with TestClient(create_app(settings), follow_redirects=False) as client:
        assert client.get("/data/tiny/final/final/1/").headers["location"] == f"{FIRST}/distribution.json"
        assert client.get(f"{FIRST}/distribution.json", headers=PLAIN).content == made.manifest
        assert json.loads(client.get(f"{FIRST}/event.json").content)["manifest"] == made.manifest_sha256
        for file in made.files:
            answer = client.get(f"{FIRST}/{file.name}", headers=PLAIN)
            assert (answer.content, answer.headers["content-type"]) == (file.data, file.media_type), file.name
        told = {entry["@id"]: entry for entry in client.get("/data/catalog.jsonld").json()["dcat:dataset"]}
        names = {entry["dct:title"] for entry in told["tiny/final/final/1/"]["dcat:distribution"]}
        assert {file.name for file in made.files} | {
            "distribution.json",
            "event.json",
            "core/event.json",
        } == names
        assert f'href="{FIRST}/observations.parquet"' in client.get("/open-data/tiny").text
    shutil.rmtree(kept.folder)
    other = distributions.make(ReleasePlace("tiny", "final", "final", 1), PublisherChoice(licence="PDL-1.0"))
    store.add(other)
    with TestClient(create_app(settings), follow_redirects=False) as lying:
        assert lying.get(f"{FIRST}/observations.csv").status_code == 404
        assert lying.get(f"{FIRST}/core/totals.csv").status_code == 200


def test_however_many_ask_it_is_made_once(
    module_database: Database, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    package = LivePublication.package

    def counted(self: LivePublication, *asked: Any) -> Any:
        made.append(asked)
        return package(self, *asked)

    monkeypatch.setattr(LivePublication, "package", counted)
    settings = Settings(
        database_url=module_database.url,
        data_dir=tmp_path,
        token_key=tmp_path / "token.key",
        publication=False,
    )
    with TestClient(create_app(settings)) as client, ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(lambda _: client.get(f"{FIRST}/core/totals.csv").content, range(12)))
    with TestClient(create_app(settings)) as another:  # a process that begins anew finds it on the disk
        answers.append(another.get(f"{FIRST}/core/totals.csv").content)
        assert len(made) == 1
        (kept,) = (tmp_path / "releases/tiny/final/final/1").glob("*/core/totals.csv")
    assert len(set(answers)) == 1
    kept.chmod(0o600)
    kept.write_bytes(b"0")  # a disk or a hand has changed it
    with TestClient(create_app(settings)) as healed:
        assert healed.get(f"{FIRST}/core/totals.csv").content == answers[0]
    assert len(made) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from api.open_data import shelf
from reporting.publication.distribution.making import MadeFile

folder = Path(sys.argv[1])
files = {"a.csv": b"a" * 5_000, "b.json": b"{}", "core/manifest.json": b"{}"}
PLACE = "e/f/s/1"
def make():
    return [MadeFile(name, content, "text/plain", "") for name, content in files.items()]

written, made = [], shelf.Shelf(folder)
while True:  # killed after one step, after two …, until it comes to its end
    child = os.fork()
    if child == 0:
        left = len(written)
        for name in ("write_through", "sync_folder"):
            def step(*given, do=getattr(shelf, name)):
                global left
                do(*given)
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            setattr(shelf, name, step)
        made.made(PLACE, make)
        os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    there = shelf.Shelf(folder).ready(PLACE)
    written.append(None if there is None else {file.name: file.path.read_bytes() for file in there})
    if not killed:
        break
assert all(whole in (None, files) for whole in written), written
assert written[0] is None and written[-1] == files and len(written) > 5, written
assert not list(folder.glob(".making*"))
"""


def test_one_that_was_killed_half_way_is_never_served(tmp_path: Path) -> None:
    """By kill -9 after each single step of the making."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=True, timeout=60)


def test_nobody_crowds_out_the_others() -> None:
    now = [0.0]
    fair = Fairness(lambda: now[0])
    assert [fair.enter("192.0.2.1") for _ in range(AT_ONCE)] == [0] * AT_ONCE
    assert fair.enter("192.0.2.1") == 1
    assert fair.enter("192.0.2.2") == 0
    for _ in range(AT_ONCE):
        fair.leave("192.0.2.1")
    taken = 0
    while fair.enter("192.0.2.1") == 0:
        fair.leave("192.0.2.1")
        taken += 1
    assert taken == BURST - AT_ONCE
    assert fair.enter("192.0.2.2") == 0
    now[0] += 1
    assert fair.enter("192.0.2.1") == 0
    assert network("2001:db8::1") == network("2001:db8::2") != network("2001:db8:0:1::1")
    assert network("::ffff:192.0.2.1") == "192.0.2.1"


def test_who_asks_too_often_is_told_how_long_to_wait(module_database: Database, tmp_path: Path) -> None:
    settings = Settings(
        database_url=module_database.url,
        data_dir=tmp_path,
        token_key=tmp_path / "token.key",
        publication=False,
    )
    with TestClient(create_app(settings), follow_redirects=False) as client:
        answers = (client.get("/data") for _ in range(2 * int(BURST)))
        answer = next(answer for answer in answers if answer.status_code != 302)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_OFTEN"
        assert client.get("/").status_code == 200  # everything else goes on


@pytest.mark.shared
def test_the_catalogue_fits_the_shapes_of_dcat_ap(client: TestClient, shared: Path) -> None:
    """Releases and the slots they are versions of, as the release's own description does; the shapes are heard."""
    content = client.get("/data/catalog.jsonld").content
    kinds = {str(kind).rpartition("#")[2] for kind in read_back.graph_of(content).objects(None, RDF.type)}
    assert {"Catalog", "DatasetSeries", "Dataset", "Distribution", "Checksum"} <= kinds
    assert read_back.against_dcat_ap(content, shared) == ""
    without = json.loads(content)
    del without["dct:publisher"]
    assert "publisher" in read_back.against_dcat_ap(json.dumps(without).encode(), shared)
