"""What a page of the console costs beyond the GraphQL requests it asks: server time of a board of 1,900 units, a return of 80
cells and a series of 47 prefectures × 30 elections; and a whole count of 1,900 units × 80 cells, page by page, beside the SQL that makes
the same JSON.

In process, compressed as browsers ask for it, both sides: the page as its reader gets it, beside the same documents with the same
variables posted to `/graphql` by the same person. No page is answered from a store: a page is made each time.
"""

from __future__ import annotations

import gc
import html
import json
import logging
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from starlette.testclient import TestClient

from api.app import create_app
from api.auth import issue_token, load_key
from api.cli.logs import configure
from api.settings import Settings
from benchmarks import series, stage
from benchmarks.measure import alternate, compare, percentile
from benchmarks.table import Row
from projections.read import Sees, ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.sql import load as statements
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import FiguresEntered
from reporting.domain.figures import Cell
from reporting.ledger import Command, Ledger, NewEvent, return_stream

TARGET, OVER_SQL, FIRST_BYTE_MS = 1.5, 1.25, 50.0
COUNTS = ("voters", "ballots_counted", "valid_votes", "invalid_votes")
CANDIDATES = tuple(f"c{number:02d}" for number in range(76))
CELLS = len(COUNTS) + len(CANDIDATES)
PERSON = Actor("officer", "JP", Role.MINISTRY, "JP")
QUERY_LINK = re.compile(r'href="(/graphql\?[^"]+)"')
ONWARD = re.compile(r'<a class="button" href="([^"]+)">続き</a>')
BOARD = "/board/pages/count/final/adm/municipality"
RETURN = f"/entry/pages/count/final/{stage.unit(0)}"
ROWS = 2_000
WHOLE = """query Whole($first: Int!, $after: String) { election(code: "pages") { contest(code: "seat") { totals(form: "count", slot: "final",
geography: "adm", level: "municipality", layer: "entered", first: $first, after: $after) {
nodes { code name item choice value reported expected } pageInfo { hasNextPage endCursor } } } } }"""
SERIES = "/series?item=a&geography=adm&level=prefecture&tests=yes"


@dataclass(frozen=True, slots=True)
class Reader:
    """One person at a browser, and with a token."""

    client: TestClient
    token: str

    def page(self, address: str) -> str:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:1_000]}")
        return answer.text

    def request(self, body: bytes) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        answer = self.client.post("/graphql", content=body, headers=headers)
        if answer.status_code != 200 or b'"errors"' in answer.content:
            raise RuntimeError(answer.text[:1_000])
        return answer.content


def run(server_url: str, quick: bool) -> list[Row]:
    rounds = 3 if quick else 12
    with stage.database(server_url, "bench_pages") as database:
        fill(database)
        with _reading(database) as reader:
            rows = [
                _row(reader, rounds, f"pages: board of {stage.UNITS:,} units", [BOARD]),
                _row(reader, rounds, f"pages: return of {CELLS} cells", [RETURN]),
                _whole_count(reader, database, times=1 if quick else 3),
            ]
    with stage.database(server_url, "bench_pages_series") as database:
        series.fill(database)
        with _reading(database) as reader:
            addresses = list(_all_of(reader, SERIES))
            name = f"pages: series, {stage.PREFECTURES} prefectures × {series.ELECTIONS} elections"
            rows.append(_row(reader, rounds, name, addresses))
    return rows


def _row(reader: Reader, rounds: int, name: str, addresses: list[str]) -> Row:
    bodies = [asked_by(reader.page(address)) for address in addresses]
    size = sum(len(reader.page(address)) for address in addresses)

    def ours() -> float:
        begun = time.perf_counter()
        for address in addresses:
            reader.page(address)
        return time.perf_counter() - begun

    def peer() -> float:
        begun = time.perf_counter()
        for body in bodies:
            reader.request(body)
        return time.perf_counter() - begun

    alternate(2, ours, peer)  # ready
    compared = alternate(rounds, ours, peer)
    pages = f"{len(addresses)} pages" if len(addresses) > 1 else "The page"
    return Row(
        name,
        f"{1000 * compared.ours:.1f} ms",
        f"{1000 * compared.peer:.1f} ms (GraphQL alone)",
        f"{compared.ratio:.2f}×",
        f"≤ {TARGET}×",
        compared.ratio <= TARGET,
        f"{pages} ({size / 1000:,.0f} kB before compression) beside the same documents and variables posted to `/graphql` by the same"
        f" person; in process, compressed, {rounds} rounds.",
    )


def _whole_count(reader: Reader, database: Database, times: int) -> Row:
    """`times`: how often all pages are read, one after the other."""
    whole = [_pages_of_a_count(reader, database) for _ in range(times)]
    pairs = [pair for pages in whole for pair in pages[2:]]
    compared, slowest = compare(pairs), 1000 * percentile([ours for ours, _ in pairs], 99)
    return Row(
        f"pages: a whole count, {stage.UNITS:,} units × {CELLS} cells",
        f"{1000 * compared.ours:.1f} ms, p99 {slowest:.1f} ms",
        f"{1000 * compared.peer:.1f} ms (SQL alone)",
        f"{compared.ratio:.2f}×",
        f"≤ {OVER_SQL}×, first byte ≤ {FIRST_BYTE_MS:.0f} ms",
        compared.ratio <= OVER_SQL and slowest <= FIRST_BYTE_MS,
        f"{len(whole[0])} pages of {ROWS:,} totals, {times} times, each following the one before by its cursor, beside one statement over the same views"
        " that makes the same JSON and nothing else; in process, compressed. An answer is sent when all of it is made: its first byte is the p99.",
    )


def _pages_of_a_count(reader: Reader, database: Database) -> list[tuple[float, float]]:
    """Seconds of each page: ours, and the bare statement's."""
    views, pairs, read = ViewReader(database), list[tuple[float, float]](), 0
    statement, keys = statements("benchmarks")["whole_bare"], list(figures_of(0))
    after, last = None, ("", 0)
    while True:
        body = json.dumps({"query": WHOLE, "variables": {"first": ROWS, "after": after}}).encode()
        begun = time.perf_counter()
        told = reader.request(body)
        asked = time.perf_counter() - begun
        with views.snapshot(sees=Sees.EVERYTHING) as snapshot:
            values = {
                "election_no": snapshot.election("pages").number,
                "keys": keys,
                "code": last[0],
                "n": last[1],
                "first": ROWS,
            }
            begun = time.perf_counter()
            ((made,),) = snapshot.fetch(statement, values, prepare=False)
            pairs.append((asked, time.perf_counter() - begun))
        totals = json.loads(told)["data"]["election"]["contest"]["totals"]
        if json.loads(made) != totals["nodes"]:
            raise RuntimeError("the statement makes something else")
        read += len(totals["nodes"])
        end = totals["nodes"][-1]
        after, last = (
            totals["pageInfo"]["endCursor"],
            (end["code"], keys.index(f"seat|{end['item']}||{end['choice']}") + 1),
        )
        if not totals["pageInfo"]["hasNextPage"]:
            break
    views.close()
    if read != stage.UNITS * CELLS:
        raise RuntimeError(f"{read} totals")
    return pairs


def asked_by(page: str) -> bytes:
    """The request behind a page, from its own link."""
    link = QUERY_LINK.search(page)
    if link is None:
        raise RuntimeError("the page names no query")
    told = parse_qs(urlsplit(html.unescape(link[1])).query)
    return json.dumps({"query": told["query"][0], "variables": json.loads(told["variables"][0])}).encode()


def _all_of(reader: Reader, address: str) -> Iterator[str]:
    """The address and those its pages lead on to."""
    while address:
        yield address
        onward = ONWARD.search(reader.page(address))
        address = html.unescape(onward[1]) if onward else ""


@contextmanager
def _reading(database: Database) -> Iterator[Reader]:
    configure(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            database_url=database.url, data_dir=folder, token_key=folder / "token.key", publication=False,
            practice=(PERSON,),
        )  # fmt: skip
        token = issue_token(load_key(settings.token_key), PERSON, now=int(time.time()))
        with TestClient(create_app(settings), headers={"Accept-Encoding": "gzip"}) as client:
            chosen = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)
            assert chosen
            client.post("/sign-in", data={"person": "0", "token": chosen[1], "back": "/"})
            gc.collect()
            gc.freeze()  # as `serve` does
            yield Reader(client, token)
            gc.unfreeze()


def fill(database: Database) -> None:
    """Nine units of ten have entered."""
    stage.define(database, elections=0)
    ledger = Ledger(database)
    try:
        Reporting(ledger).define_election(election(), stage.ACTOR, uuid4())
        new = tuple(
            NewEvent(
                return_stream("pages", "count", "final", stage.unit(n)), 1,
                FiguresEntered(election="pages", form="count", slot="final", unit=stage.unit(n), figures=figures_of(n)),
            )
            for n in range(stage.UNITS) if n % 10
        )  # fmt: skip
        ledger.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.IMPORT, (*new, _first())))
    finally:
        ledger.close()
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    with database.connect(autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE)")


def _first() -> NewEvent:
    """The return that is looked at holds figures, too."""
    unit = stage.unit(0)
    figures = figures_of(0)
    event = FiguresEntered(election="pages", form="count", slot="final", unit=unit, figures=figures)
    return NewEvent(return_stream("pages", "count", "final", unit), 1, event)


def figures_of(number: int) -> dict[str, str]:
    votes = {("votes", code): 10 + (number * 7 + n) % 90 for n, code in enumerate(CANDIDATES)}
    valid = sum(votes.values())
    counts = {"voters": valid + 5, "ballots_counted": valid + 5, "valid_votes": valid, "invalid_votes": 5}
    cells = {(item, ""): value for item, value in counts.items()} | votes
    return {Cell("seat", item, "", choice).key: str(value) for (item, choice), value in cells.items()}


def election() -> ElectionDefinition:
    label = stage.label
    votes = {"code": "votes", "label": label("votes"), "kind": "votes", "unit": "votes", "by_choice": True}
    given: dict[str, Any] = {
        "code": "pages", "label": label("pages"), "kind": "upper_house", "polling_date": date(2024, 1, 1), "is_test": True,
        "registry": "land", "geographies": ["adm"], "units": {"geography": "adm", "levels": ["municipality"]},
        "items": [*({"code": code, "label": label(code), "kind": "count"} for code in COUNTS), votes],
        "contests": [
            {"code": "seat", "label": label("seat"), "kind": "proportional", "seats": 3, "area": {"geography": "adm", "area": "JP"},
             "choices": [{"code": code, "name": code} for code in CANDIDATES]}
        ],
        "forms": [
            {"code": "count", "label": label("count"), "items": [*COUNTS, "votes"], "slots": [{"code": "final", "label": label("final")}]}
        ],
        "workflow": {"geography": "adm", "levels": ["prefecture", "nation"], "publish_at_level": "prefecture", "certify_at_level": "nation"},
        "rules": [{"code": "J10"}, {"code": "J13"}, {"code": "J14"}],
    }  # fmt: skip
    return ElectionDefinition.model_validate(given)
