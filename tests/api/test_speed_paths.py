"""What is kept ready or done once must never change an answer, outlive a change or open what is closed."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import Kept as LeftAlone
from starlette.testclient import TestClient
from strawberry.schema import schema as library
from tiny import Ask

from api.cli.server import _listen
from api.graphql import limits
from projections.read import Snapshot, TotalsQuery, ViewReader
from projections.runner import Projector
from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.sql import MAX_NAME
from reporting.kept import SHARE, Kept

pytestmark = pytest.mark.begins.with_args(tiny.define)

TOTALS = """query($first: Int) { election(code: "tiny") { contest(code: "pr") {
  totals(form: "final", slot: "%s", geography: "administrative", first: $first) { nodes { code item value } } } } }"""
ITEMS = ("voters", "electors", "turnout")
ALL = TotalsQuery("final", "final", "pr", "administrative", ITEMS)
FIELDS = {"area": "code", "what": "item", "value": "value", "of": "denominator"}


# --- HTTP: a small answer does not wait for the receiver's acknowledgement. ---


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_accepted_connections_send_at_once(host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6")
    options: asyncio.Queue[int] = asyncio.Queue()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = writer.get_extra_info("socket")
        await options.put(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    server = await asyncio.start_server(accepted, sock=_listen(host, 0))
    async with server:
        _, writer = await asyncio.open_connection(host, server.sockets[0].getsockname()[1])
        assert await asyncio.wait_for(options.get(), 10)
        writer.close()
        await writer.wait_closed()


# --- An election is looked up once for each end of the log. ---


def test_an_election_is_looked_up_again_only_where_the_log_went_on(
    service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[str]()
    catalog, ledger = service.catalog, service.catalog._ledger
    look = catalog._election

    def counted(code: str, seen: Mapping[UUID, int]) -> KnownElection:
        looked.append(code)
        return look(code, seen)

    before = ledger.position()
    tiny.enter(service, "11", voters=1)
    monkeypatch.setattr(catalog, "_election", counted)
    for head in (before, before, ledger.position(), ledger.position()):
        assert catalog.election_by(head, "tiny") is look("tiny")
    assert looked == ["tiny", "tiny"]


# --- GraphQL: a text is parsed and validated once. ---


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often texts were parsed and validated; nothing is known at the beginning."""
    counts = {"parsed": 0, "validated": 0}

    def counting(name: str, real: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return real(*args, **kwargs)

        return call

    monkeypatch.setattr(limits, "_valid", Kept(limits.KEPT_TEXT))
    monkeypatch.setattr(limits, "parse", counting("parsed", library.parse))
    monkeypatch.setattr(library, "parse", counting("parsed", library.parse))
    monkeypatch.setattr(library, "validate_document", counting("validated", library.validate_document))
    return counts


@pytest.mark.unchanged
def test_a_valid_text_is_parsed_and_validated_once(ask: Ask, counted: dict[str, int]) -> None:
    first = ask(TOTALS % "final", None, first=3)
    assert len(first["data"]["election"]["contest"]["totals"]["nodes"]) == 3
    assert ask(TOTALS % "final", None, first=3) == first
    assert ask(TOTALS % "final", None, first=4) != first
    assert counted == {"parsed": 1, "validated": 1}


@pytest.mark.unchanged
@pytest.mark.parametrize("text", ["{ nothing }", "query($n: Int) { asOfPosition }", "{ asOfPosition(a: 1) }"])
def test_an_invalid_text_stays_invalid(ask: Ask, counted: dict[str, int], text: str) -> None:
    first = ask(text)
    assert first["errors"][0]["extensions"]["code"] == "GRAPHQL_INVALID"
    assert first["errors"][0]["locations"]
    assert ask(text) == first
    assert counted == {"parsed": 2, "validated": 2}
    assert len(limits._valid) == 0


@pytest.mark.unchanged
def test_a_known_text_keeps_its_limits(ask: Ask, counted: dict[str, int]) -> None:
    """What a request may cost depends on its variables, which operation runs on its name."""
    assert "errors" not in ask(TOTALS % "final", first=3)
    dear = ask(TOTALS % "final", first=limits.MAX_COST + 1)
    assert dear["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert ask(TOTALS % "final", first=0)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert ask(TOTALS % "final", first="x")["errors"][0]["extensions"]["code"] == "GRAPHQL_INVALID"
    assert counted == {"parsed": 1, "validated": 1}


@pytest.mark.unchanged
@pytest.mark.begins(None)
def test_each_operation_of_a_known_text_is_run(client: TestClient, counted: dict[str, int]) -> None:
    text = "query A { a: asOfPosition } query B { b: asOfPosition }"
    for name, key in (("A", "a"), ("B", "b"), ("A", "a")):
        answer = client.post("/graphql", json={"query": text, "operationName": name}).json()
        assert list(answer["data"]) == [key]
    assert client.post("/graphql", json={"query": text}).json()["errors"]
    assert counted == {"parsed": 1, "validated": 1}


@pytest.mark.unchanged
def test_a_very_long_text_is_not_kept(ask: Ask, counted: dict[str, int]) -> None:
    text = "{ asOfPosition " + " " * (limits.KEPT_TEXT // SHARE) + "}"
    for _ in range(2):
        assert "errors" not in ask(text)
    assert counted == {"parsed": 2, "validated": 2}


@pytest.mark.unchanged
def test_what_is_kept_for_one_is_not_open_to_another(ask: Ask) -> None:
    for _ in range(2):
        assert "errors" not in ask(TOTALS % "inner", tiny.AUDITOR)
        refused = ask(TOTALS % "inner", None)
        assert refused["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"
        assert not refused.get("data")


@pytest.mark.unchanged
@pytest.mark.parametrize("length", [MAX_NAME, MAX_NAME + 1, 300])
def test_any_name_can_be_asked_for(ask: Ask, length: int) -> None:
    name = "n" * length
    nodes = ask((TOTALS % "final").replace("value", f"{name}: value"))["data"]["election"]["contest"][
        "totals"
    ]["nodes"]
    assert {tuple(node) for node in nodes} == {("code", "item", name)}


# --- The views: JSON is kept for one position and one question. ---


def entered(service: Reporting) -> None:
    tiny.define(service)
    for unit, voters in zip(tiny.UNITS[:4], (1, 2, 3, 4), strict=True):
        tiny.enter(service, unit, voters=voters, electors=8)


@pytest.fixture
def reader(request: pytest.FixtureRequest, database: Database, kept: LeftAlone) -> Iterator[ViewReader]:
    with kept.given(request, ("reader", database.url), lambda: closing(ViewReader(database))) as one:
        yield one


def _catch_up(database: Database) -> None:
    projector = Projector(database)
    projector.catch_up()


def _with(query: TotalsQuery, **changes: Any) -> TotalsQuery:
    return TotalsQuery(
        **{**{name: getattr(query, name) for name in TotalsQuery.__dataclass_fields__}, **changes}
    )


def _walked(snapshot: Snapshot, query: TotalsQuery, fields: dict[str, str]) -> list[dict[str, Any]]:
    rows = snapshot.totals(snapshot.election("tiny"), query)
    return [{name: getattr(row, column) for name, column in fields.items()} for row in rows]


def _made(snapshot: Snapshot, query: TotalsQuery, fields: dict[str, str]) -> Any:
    return json.loads(snapshot.json_totals(snapshot.election("tiny"), query, fields))


@pytest.mark.begins.with_args(entered)
@pytest.mark.unchanged
def test_the_same_question_at_the_same_position_is_answered_from_memory(reader: ViewReader) -> None:
    with reader.snapshot() as snapshot:
        first = snapshot.json_totals(snapshot.election("tiny"), ALL, FIELDS)
    with reader.snapshot() as snapshot:
        assert snapshot.json_totals(snapshot.election("tiny"), ALL, FIELDS) is first
        assert _made(snapshot, ALL, FIELDS) == _walked(snapshot, ALL, FIELDS)


@pytest.mark.begins.with_args(entered)
@pytest.mark.unchanged
def test_every_part_of_the_question_counts(reader: ViewReader) -> None:
    """Asked twice over, in both orders: no answer is another one's."""
    questions = [
        _with(ALL, **change)
        for change in (
            {},
            {"items": ("voters",)},
            {"items": ("turnout", "voters")},
            {"geography": "electoral"},
            {"level": "ward"},
            {"areas": ("JP", "P1")},
            {"areas": ()},
            {"after": ("11", 2)},
            {"limit": 2},
            {"slot": "inner"},
        )
    ]
    shapes = [FIELDS, {"value": "code", "area": "value"}, {"area": "code"}]
    with reader.snapshot() as snapshot:
        for _ in range(2):
            for query in questions:
                for fields in shapes:
                    assert _made(snapshot, query, fields) == _walked(snapshot, query, fields)


@pytest.mark.begins.with_args(entered)
def test_a_new_figure_is_seen_at_once(reader: ViewReader, database: Database, service: Reporting) -> None:
    with reader.snapshot() as snapshot:
        before = _made(snapshot, ALL, FIELDS)
    tiny.enter(service, "32", voters=100, electors=200)
    _catch_up(database)
    with reader.snapshot() as snapshot:
        after = _made(snapshot, ALL, FIELDS)
        assert after == _walked(snapshot, ALL, FIELDS)
    national = [[row["value"] for row in rows if row["area"] == "JP"] for rows in (before, after)]
    assert national == [["10", "32", "31.25"], ["110", "232", "47.41"]]


@pytest.mark.begins.with_args(entered)
@pytest.mark.unchanged
def test_values_do_not_depend_on_a_rate_being_asked_for(reader: ViewReader) -> None:
    with reader.snapshot() as snapshot:
        everything = _walked(snapshot, ALL, FIELDS)
        for item in ITEMS:
            alone = _walked(snapshot, _with(ALL, items=(item,)), FIELDS)
            assert alone == [row for row in everything if row["what"] == item]


@pytest.mark.parametrize("name", ["", 'a"', "a b", "é", "1a", "n" * (MAX_NAME + 1), "%s", "{rates}"])
@pytest.mark.begins.with_args(entered)
@pytest.mark.unchanged
def test_names_that_are_none_are_refused(reader: ViewReader, name: str) -> None:
    with reader.snapshot() as snapshot, pytest.raises(ValueError, match="name"):
        snapshot.json_totals(snapshot.election("tiny"), ALL, {name: "code"})


# --- The bound. ---


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 14), st.booleans()), max_size=80))
@settings(max_examples=200, deadline=None, database=None)
def test_what_is_kept_is_the_latest_within_the_bound(steps: list[tuple[int, int, bool]]) -> None:
    bound = 100
    kept: Kept[int] = Kept(bound)
    model: dict[int, int] = {}  # key → weight, the longest unused first
    for key, weight, putting in steps:
        if putting:
            kept.put(key, weight, weight)
            if weight <= bound // SHARE:
                model.pop(key, None)
                model[key] = weight
        else:
            assert kept.get(key) == model.get(key)
            if key in model:
                model[key] = model.pop(key)
        while sum(model.values()) > bound:
            model.pop(next(iter(model)))
        assert len(kept) == len(model)
