"""A whole series in one piece: the same rows by every way, of one position, gone on with after a cut, kept by whoever may keep it."""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import duckdb
import night
import psycopg
import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient
from test_desk import client, figures, submit
from test_series import nodes
from test_series_csv import Get, get, table
from tiny import AUDITOR, Ask

from api.execute import Asker
from api.series import forms, routes, source
from api.series.arguments import SeriesArguments
from api.series.source import SeriesSource
from projections.series import chunks
from reporting.database.connect import Database
from reporting.domain.actor import Actor

pytestmark = pytest.mark.begins.with_args(night.define)

__all__ = ["client", "get"]

ASKED = {"item": "voters,turnout,votes", "includeTests": "true"}
ENTERED: dict[str, Any] = {"item": "voters,turnout,votes", "layer": "entered"}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few rows, as of a million."""
    monkeypatch.setattr(source, "AT_ONCE", 5)
    monkeypatch.setattr(chunks, "FEWEST", 5)


def open_source(client: TestClient, actor: Actor | None, **given: str) -> SeriesSource:
    app: Any = client.app
    return SeriesSource(app.state, SeriesArguments(QueryParams({**ASKED, **given})), Asker(actor), "test")


def parts(taken: SeriesSource) -> Iterator[bytes]:
    while (part := forms.ndjson_chunk(taken)) is not None:
        yield part


def test_every_form_holds_the_rows_of_graphql(ask: Ask, get: Get, client: TestClient, tmp_path: Path) -> None:
    at = submit(ask)["position"]
    asked = ENTERED | {"contest": "pr", "minPosition": at}
    rows = table(get(AUDITOR, **asked))
    assert len(rows) > 20
    told = [json.loads(line) for line in get(AUDITOR, ending="ndjson", **asked).text.splitlines()]
    flat = [{name: "" if value is None else value for name, value in one.items()} for one in told]
    flat = [
        {name: "".join(value) if isinstance(value, list) else str(value) for name, value in one.items()}
        for one in flat
    ]
    assert flat == rows
    seen = nodes(ask, AUDITOR, item=["voters", "turnout", "votes"], layer="entered", at=at)
    assert [row["citation"] for row in rows] == [node["citation"] for node in seen]
    file = tmp_path / "series.parquet"
    answer = get(AUDITOR, ending="parquet", **asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, forms.MEDIA_TYPES["parquet"])
    file.write_bytes(answer.content)
    with duckdb.connect() as engine:
        found = engine.execute(f"SELECT citation, value, typeof(value), date FROM '{file}'").fetchall()
    assert [citation for citation, *_ in found] == [row["citation"] for row in rows]
    assert [value for _, value, _, _ in found] == [
        Decimal(row["value"]) if row["value"] else None for row in rows
    ]
    assert {kind for _, _, kind, _ in found} == {"DECIMAL(38,12)"}
    assert get(AUDITOR, ending="parquet", **asked).content == answer.content


def test_from_first_to_last_byte_of_one_position(ask: Ask, client: TestClient) -> None:
    """However much is entered meanwhile; and what was cut goes on after any row with the same bytes."""
    at = submit(ask)["position"]
    asked = {"layer": "entered", "minPosition": str(at)}
    whole = b"".join(parts(open_source(client, AUDITOR, **asked)))
    taken = open_source(client, AUDITOR, **asked)
    rest = parts(taken)
    begun = next(rest)
    changed = figures(**{**night.BALANCED, "electors": 4_000, "votes_a": 59, "votes_b": 39})
    again = submit(ask, figures=changed, reason="x")["position"]
    ask("query($at: Int) { elections(minPosition: $at) { code } }", AUDITOR, at=again)
    assert begun + b"".join(rest) == whole
    assert b"".join(parts(open_source(client, AUDITOR, layer="entered"))) != whole
    lines = whole.splitlines(keepends=True)
    for cut in random.Random(5).sample(range(1, len(lines)), 4):
        citation = json.loads(lines[cut - 1])["citation"]
        onward = b"".join(parts(open_source(client, AUDITOR, layer="entered", after=citation)))
        assert b"".join(lines[:cut]) + onward == whole, cut
    last = json.loads(lines[-1])["citation"]
    assert list(parts(open_source(client, AUDITOR, layer="entered", after=last))) == []


@pytest.mark.unchanged
def test_csv_goes_on_without_its_head(get: Get) -> None:
    whole = get(None, item="voters").text
    lines = whole.splitlines(keepends=True)
    citation = lines[4].rstrip("\n").rpartition(",")[2]
    assert "".join(lines[:5]) + get(None, item="voters", after=citation).text == whole


@pytest.mark.unchanged
def test_what_is_no_row_of_the_answer_is_refused(get: Get) -> None:
    citation = json.loads(get(None, ending="ndjson", item="voters").text.splitlines()[0])["citation"]
    position = int(citation.rpartition("position=")[2].partition("&")[0])
    for given, code, field in (
        ({"after": "x"}, "INVALID_INPUT", "citation"),
        ({"after": citation, "asOf": str(position - 1)}, "INVALID_INPUT", "after"),
        ({"after": citation.replace("item=voters", "item=turnout")}, "UNKNOWN_REFERENCE", ""),
        ({"bom": "true"}, "INVALID_INPUT", "bom"),
    ):
        answer = get(None, ending="ndjson", item="voters", **given)
        error = answer.json()["errors"][0]["extensions"]
        assert (answer.status_code, error["code"], error["facts"].get("field", "")) == (400, code, field)
        assert error["ja"]
        assert error["en"]
    answer = get(None, ending="parquet", item="voters", after=citation)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["facts"]["field"]) == (400, "after")


@pytest.mark.unchanged
def test_who_may_keep_it_and_for_how_long(get: Get) -> None:
    now = get(None, item="voters")
    assert now.headers["cache-control"] == "public, no-cache"
    position = now.headers["x-as-of-position"]
    pinned = get(None, item="voters", asOf=position)
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert pinned.content == now.content
    held = get(None, item="voters", asOf=position, headers={"If-None-Match": pinned.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")
    plain = get(None, item="voters", asOf=position, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != pinned.headers["etag"]
    assert (pinned.headers["content-encoding"], plain.content) == ("gzip", pinned.content)
    for form in ("csv", "ndjson", "parquet"):
        own = get(AUDITOR, ending=form, item="voters", asOf=position)
        assert own.headers["cache-control"] == "private, no-store"
        assert "etag" not in own.headers or form == "parquet"
        assert {"Authorization", "Cookie"} <= set(own.headers["vary"].split(", "))
        assert "access-control-allow-origin" not in own.headers


@pytest.mark.unchanged
def test_its_name_and_its_headers_alone(get: Get, client: TestClient) -> None:
    whole = get(None, item="voters,turnout")
    name = whole.headers["content-disposition"]
    position = whole.headers["x-as-of-position"]
    assert f'filename="series-voters-turnout-{position}.csv"' in name
    assert "filename*=UTF-8''%E6%99%82%E7%B3%BB%E5%88%97_" in name
    for form in ("csv", "ndjson", "parquet"):
        head = client.head(f"/series.{form}", params={"item": "voters", "includeTests": "true"})
        assert (head.status_code, head.content) == (200, b"")
        full = client.get(f"/series.{form}", params={"item": "voters", "includeTests": "true"})
        for header in ("etag", "content-type", "content-disposition", "cache-control", "x-as-of-position"):
            assert head.headers[header] == full.headers[header], (form, header)
    assert client.head("/series.csv", params={"item": "nothing", "includeTests": "true"}).status_code == 400


@pytest.mark.unchanged
def test_without_the_part_that_writes_parquet_it_says_what_to_install(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    answer = get(None, ending="parquet", item="voters")
    assert answer.status_code == 501
    error = answer.json()["errors"][0]["extensions"]
    assert "pip install 'open-election-reporting[parquet]'" in error["ja"]
    assert "pip install 'open-election-reporting[parquet]'" in error["en"]


def asgi(client: TestClient, path: str, query: str, send: Any) -> Any:
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": [], "root_path": "",
        "scheme": "http", "client": ("192.0.2.1", 1), "server": ("testserver", 80),
    }  # fmt: skip

    async def receive() -> Any:
        await anyio.sleep_forever()

    return client.app(scope, receive, send)


def in_transaction(database: Database) -> int:
    """Sessions that read, and are in a transaction."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reporting_reader' AND datname = current_database()"
            " AND state <> 'idle'"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.unchanged
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "slow"])
def test_who_goes_away_or_takes_nothing_holds_nothing(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    monkeypatch.setattr(routes, "PATIENCE_S", 0.2)
    monkeypatch.setattr(routes, "LONG_ANSWERS", 1)
    held: list[int] = []

    async def send(part: Any) -> None:
        if part["type"] == "http.response.body" and part.get("body"):
            held.append(in_transaction(database))
            if gone:
                raise OSError
            await anyio.sleep_forever()

    query = "item=voters,turnout,votes&includeTests=true"
    for _ in range(3):  # each would find the only place taken, had the one before it not been freed
        with pytest.MonkeyPatch.context():
            try:
                assert client.portal is not None
                client.portal.call(asgi, client, "/series.ndjson", query, send)
            except Exception as ended:
                assert type(ended).__name__ == "ClientDisconnect", ended
    assert held == [0, 0, 0]
    assert client.get(f"/series.ndjson?{query}").status_code == 200


@pytest.mark.unchanged
def test_many_at_once_are_told_to_wait(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "OF_ONE_CALLER", 0)
    long = client.get("/series.ndjson?item=voters,turnout,votes&includeTests=true")
    assert (long.status_code, long.headers["retry-after"]) == (503, "30")
    assert long.json()["errors"][0]["extensions"]["ja"]
    short = client.get("/series.ndjson?item=voters&areas=JP&contest=pr&includeTests=true")
    assert short.status_code == 200


@pytest.mark.unchanged
def test_compressed_where_asked(client: TestClient) -> None:
    query = "/series.ndjson?item=voters,turnout,votes&includeTests=true"
    with client.stream("GET", query, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == client.get(query, headers={"Accept-Encoding": "identity"}).content
