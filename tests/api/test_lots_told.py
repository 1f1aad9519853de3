"""Where a lot is told, to whom, and from what: outcomes, the next release, the feed, the console, the history of each unit, the
trail, the past; and that its view is the log's own meaning, old records and erased words included."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, ClassVar
from uuid import uuid4

import night
import pytest
import test_lots
from disposed import erase
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD
from starlette.testclient import TestClient
from test_lots import CONFIRM, COUNT, LOT, NATION_2, RECORD, SOURCE, count, lots, release, send, standing
from tiny import AUDITOR, SYSTEM, Ask
from waiting import until

from api.clock import PublicationClock
from projections.erased import forget
from projections.read import Snapshot, ViewReader
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from projections.versions import live
from reporting.application.desk import Desk
from reporting.application.desk_commands import Withdraw
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database
from reporting.domain.actor import Channel
from reporting.domain.events import Event
from reporting.ledger import Command, Ledger, NewEvent
from reporting.ledger.streams import lot_stream

client, pytestmark = test_lots.client, test_lots.pytestmark

DESK = """query($at: Int) { asOfPosition(minPosition: $at) desk(election: "tiny", form: "final", slot: "final", unit: "11") {
  outcomes { leaders byLot margin } log { type won source reason cells { key after } } } }"""
NEXT = """query($at: Int) { asOfPosition(minPosition: $at) nextRelease(election: "tiny", form: "final", slot: "final") {
  number unitsChanged lots { contest winners state: overtaken kind } outcomes { leaders byLot } } }"""
PREVIEW = """query($at: Int) { asOfPosition(minPosition: $at) previewCorrection(
  election: "tiny", form: "final", slot: "final", unit: "11",
  figures: [{contest: "pr", item: "votes", choice: "a", value: "61"}]) { outcomes { before after byLot } } }"""
RELEASES = """query($at: Int) { releases(election: "tiny", form: "final", minPosition: $at) {
  number notice { ja en } kinds lotNotices lots { among winners votes sourceClass overtaken kind alone } changes { cell } } }"""
AS_OF = """query($p: Int!, $at: Int) { asOfPosition(minPosition: $at)
  election(code: "tiny", asOf: {position: $p}) { contests { lots { state overtakenAt release } } } }"""
TRAIL = """query($f: AuditFilter, $at: Int) { audit(election: "tiny", filter: $f, minPosition: $at) {
  nodes { type won reason named { cell value } } } }"""


def drawn(ask: Ask, service: Reporting) -> int:
    """Recorded, confirmed, not released; the position of the record."""
    count(Desk(service))
    recorded = send(ask, RECORD, NATION, **LOT)["position"]
    send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)
    return int(recorded)


def corrected(desk: Desk, votes_b: int) -> None:
    """12 says otherwise, and every level approves."""
    values = {
        **night.BALANCED,
        "votes_a": 38,
        "votes_b": votes_b,
        "valid_votes": 38 + votes_b,
        "invalid_votes": 62 - votes_b,
    }
    night.submit(desk, "12", OTHER_WARD, values=values, reason="読み違い")
    for actor in (CITY, PREFECTURE, NATION):
        night.look(desk, actor, "12")


def asked(ask: Ask, query: str, actor: Any, **given: Any) -> Any:
    answer = ask(query, actor, **given)
    assert "errors" not in answer, answer
    return answer["data"]


# --- Who leads, and what the next release holds. ---


def test_who_won_by_lot_leads_and_is_told_so(ask: Ask, service: Reporting) -> None:
    count(Desk(service))
    at = service.ledger.position()
    assert asked(ask, DESK, NATION, at=at)["desk"]["outcomes"] == [
        {"leaders": ["a", "b"], "byLot": [], "margin": "0"}
    ]
    recorded = send(ask, RECORD, NATION, **LOT)["position"]
    assert asked(ask, DESK, NATION, at=recorded)["desk"]["outcomes"][0]["byLot"] == [], "not confirmed"
    at = send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)["position"]
    assert asked(ask, DESK, NATION, at=at)["desk"]["outcomes"] == [
        {"leaders": ["b"], "byLot": ["b"], "margin": "0"}
    ]
    (moved,) = asked(ask, PREVIEW, NATION, at=at)["previewCorrection"]["outcomes"]
    assert moved == {"before": ["b"], "after": ["a"], "byLot": []}, "other votes than the lot was drawn for"
    told = asked(ask, NEXT, NATION, at=at)["nextRelease"]
    assert told["lots"] == [{"contest": "pr", "winners": ["b"], "state": None, "kind": "LOT"}]
    assert told["outcomes"] == [{"leaders": ["b"], "byLot": ["b"]}]


# --- Released, and a notice of its own. ---


def test_a_notice_of_its_own_by_the_clock_in_releases_feed_and_console(
    ask: Ask, client: TestClient, service: Reporting, database: Database
) -> None:
    desk = Desk(service)
    count(desk)
    release(ask, service)
    page = "/results/tiny/pr/final/final/administrative/10"
    assert "くじ" not in client.get(page).text
    reader, projector = ViewReader(database), Projector(database)
    clock = PublicationClock(service, reader, lambda: datetime.fromisoformat(night.ELEVEN))

    def tick() -> int:
        projector.catch_up()
        return clock.tick()

    try:
        tick()  # the other slots
        recorded = send(ask, RECORD, NATION, **LOT)["position"]
        assert tick() == 0, "recorded, and not confirmed"
        send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)
        assert "くじの結果" not in client.get("/notices.atom?election=tiny").text
        assert (tick(), tick()) == (1, 0)
        (newest, first) = asked(ask, RELEASES, None, at=service.ledger.position())["releases"]
        assert (newest["number"], newest["kinds"], newest["lotNotices"], newest["changes"]) == (
            2,
            ["LOT"],
            1,
            [],
        )
        assert newest["notice"] == {"ja": "くじの結果 第1号", "en": "lot 1"}
        assert first["lots"] == []
        assert newest["lots"] == [
            {"among": ["a", "b"], "winners": ["b"], "votes": "98", "sourceClass": SOURCE["sourceClass"],
             "overtaken": None, "kind": "LOT", "alone": False},
        ]  # fmt: skip
        feed = client.get("/notices.atom?election=tiny").text
        assert "くじの結果 第1号 lot 1: 確定 確定" in feed
        assert "くじの結果 lot: 選挙区: 同数 equal votes 98 (甲、乙): 当選 elected: 乙" in feed
        shown = client.get(page).text
        assert "くじで当選" in shown and "乙 が当選（根拠：選挙録 第3号）" in shown  # noqa: PT018
        corrected(desk, 59)
        assert (tick(), tick()) == (1, 0)
        newest = asked(ask, RELEASES, None, at=service.ledger.position())["releases"][0]
        assert newest["notice"]["ja"] == "訂正 第1号・くじの失効 第2号"
        assert newest["lots"][0]["overtaken"] is not None
        assert "くじの失効 lot overtaken: 選挙区" in client.get("/notices.atom?election=tiny").text
        assert "くじで当選" not in client.get(page).text
        assert standing(ask, None, service.ledger.position()) == [(["b"], "OVERTAKEN")]
    finally:
        reader.close()


def test_a_socket_is_told_of_a_release_that_holds_only_a_lot(
    ask: Ask, client: TestClient, service: Reporting
) -> None:
    """No total moves: who won does. Nothing is told before it is public."""
    count(Desk(service))
    before = release(ask, service)
    asked(ask, RELEASES, None, at=before)
    query = 'subscription { totalsChanged(election: "tiny") { asOfPosition lots changed { area } } }'
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
        socket.send_json({"type": "ping"})
        assert socket.receive_json()["type"] == "pong"
        hub = client.app.state.hub  # type: ignore[attr-defined]
        until(lambda: bool(hub._flags), "the subscription listens")
        recorded = send(ask, RECORD, NATION, **LOT)["position"]
        send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)
        out = release(ask, service)
        told = socket.receive_json()["payload"]["data"]["totalsChanged"]
        assert (told["lots"], told["changed"]) == (["pr"], [])
        assert told["asOfPosition"] >= out
        corrected(Desk(service), 59)
        release(ask, service)
        told = socket.receive_json()["payload"]["data"]["totalsChanged"]
    assert told["lots"] == ["pr"], "overtaken"
    assert told["changed"]


def test_a_reader_without_a_token_costs_no_scan_of_the_log(
    ask: Ask, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(ask, service)
    at = release(ask, service)

    def scan(*_: Any) -> Any:
        raise AssertionError("the log was read")

    for name in ("deeds", "stream", "streams", "read"):
        monkeypatch.setattr(Ledger, name, scan)
    assert standing(ask, None, at) == [(["b"], "IN_FORCE")]
    assert asked(ask, AS_OF.replace("asOf: {position: $p}", "").replace("$p: Int!, ", ""), None, at=at)


# --- The past, and the trail. ---


def test_as_of_says_what_was_known_then(ask: Ask, service: Reporting) -> None:
    recorded = drawn(ask, service)
    confirmed = service.ledger.position()
    out = release(ask, service)
    corrected(Desk(service), 59)
    at = service.ledger.position()

    def then(actor: Any, position: int) -> list[str]:
        told = asked(ask, AS_OF, actor, p=position, at=at)["election"]["contests"][0]["lots"]
        return [one["state"] for one in told]

    assert [then(NATION, p) for p in (recorded - 1, recorded, confirmed, out, at)] == [
        [], ["RECORDED"], ["CONFIRMED"], ["IN_FORCE"], ["OVERTAKEN"],
    ]  # fmt: skip
    assert [then(None, p) for p in (recorded, confirmed, out, at)] == [[], [], ["IN_FORCE"], ["IN_FORCE"]]


def test_the_history_of_each_unit_and_the_trail_tell_it(ask: Ask, service: Reporting) -> None:
    drawn(ask, service)
    at = service.ledger.position()

    def logged(actor: Any, at: int) -> list[tuple[str, list[str], str]]:
        log = asked(ask, DESK, actor, at=at)["desk"]["log"]
        return [(one["type"], one["won"], one["source"]) for one in log if one["type"].startswith("Lot")]

    entries = [("LotRecorded", ["b"], "選挙録 第3号"), ("LotConfirmed", ["b"], "選挙録 第3号")]
    assert logged(NATION, at) == logged(CITY, at) == entries, "all of the contest lies below"
    assert logged(WARD, at) == [], "before it is public"
    out = release(ask, service)
    assert logged(WARD, out) == entries

    def found(actor: Any = AUDITOR, **limits: Any) -> list[str]:
        nodes = asked(ask, TRAIL, actor, f=limits, at=out)["audit"]["nodes"]
        return [one["type"] for one in nodes if one["type"].startswith("Lot")]

    both = ["LotConfirmed", "LotRecorded"]
    assert found(contest="pr") == found(contest="pr", item="votes") == found(contest="pr", choice="a") == both
    assert found(contest="pr", item="voters") == found(contest="pr", choice="z") == []
    assert found(CITY, unit="11") == found(NATION, geography="administrative", area="10") == both
    assert found(WARD, unit="11") == []
    (record,) = asked(ask, TRAIL, AUDITOR, f={"kinds": ["LotRecorded"]}, at=out)["audit"]["nodes"]
    assert (record["won"], record["reason"]) == (["b"], SOURCE["reference"])
    assert record["named"] == [{"cell": f"pr|votes||{choice}", "value": "98"} for choice in "ab"]


# --- Its view. ---


class RecordedBefore(Event):
    """LotRecorded as version 1 had it: with the words in its bytes."""

    type: ClassVar[str] = "LotRecorded"
    election: str = "tiny"
    form: str = "final"
    slot: str = "final"
    contest: str = "pr"
    item: str = "votes"
    among: tuple[str, ...] = ("a", "b")
    winners: tuple[str, ...] = ("b",)
    votes: str = "98"
    source_class: str = "election_meeting_record"
    reference: str = "選挙録 第1号"


def test_a_record_of_before_is_followed_confirmed_and_shown(
    ask: Ask, service: Reporting, database: Database
) -> None:
    count(Desk(service))
    stream = lot_stream("tiny", "final", "final", "pr")
    new = (NewEvent(stream, 1, RecordedBefore()),)
    recorded = service.ledger.append(Command(uuid4(), b"before", NATION, Channel.API, new)).last_position
    at = send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)["position"]
    (told,) = lots(ask, NATION, at)
    assert (told["state"], told["reference"]) == ("CONFIRMED", "選挙録 第1号")
    assert verify(database).equal
    rebuild(database)
    assert verify(database).equal
    assert lots(ask, NATION, at) == [told]


def test_words_of_the_source_are_erased_with_their_command(
    ask: Ask, service: Reporting, database: Database
) -> None:
    recorded = drawn(ask, service)
    at = release(ask, service)
    (told,) = lots(ask, None, at)
    assert told["reference"] == SOURCE["reference"]
    with database.connect(PROJECTOR) as connection:
        ((state,),) = connection.execute(
            "SELECT state FROM ledger.event WHERE position = %s", (recorded,)
        ).fetchall()
    assert SOURCE["reference"] not in bytes(state).decode(), "nothing that cannot be erased"
    erase(database, NATION.person, by="個人情報保護担当", ground="2026-17")
    forget(database)
    assert lots(ask, None, at) == [{**told, "reference": "(erased)"}]
    assert verify(database).equal


def test_verification_finds_a_lot_that_was_changed_in_the_view(
    ask: Ask, service: Reporting, database: Database
) -> None:
    drawn(ask, service)
    Projector(database).catch_up()
    with database.connect(PROJECTOR) as connection:
        version = live(connection)
        assert version is not None
        connection.execute(f"UPDATE {version.schema}.lot SET winners = '{{a}}'".encode())
    told = verify(database).differences
    assert any(one.startswith("only live: lots") for one in told), told
    assert any(one.startswith("live, not in the fold: lots") for one in told), told


def test_a_definition_that_takes_a_choice_away_overtakes_it(
    ask: Ask, service: Reporting, database: Database
) -> None:
    drawn(ask, service)
    contest = {**test_lots.CONTEST, "choices": [
        {"code": "a", "name": "甲"},
        {"code": "b", "name": "乙", "withdrawn": {"on": "2024-10-27", "reason": "死亡"}},
    ]}  # fmt: skip
    service.define_election(night.election(contests=[contest]), SYSTEM, uuid4(), reason="候補者の死亡")
    at = service.ledger.position()
    (told,) = lots(ask, NATION, at)
    assert (told["state"], told["overtakenAt"]) == ("OVERTAKEN", at)
    assert verify(database).equal


def test_a_return_that_is_withdrawn_overtakes_it(ask: Ask, service: Reporting) -> None:
    drawn(ask, service)
    at = service.ledger.position() + 1
    Desk(service).withdraw(Withdraw(**night.of("12"), reason="開票のやり直し"), OTHER_WARD)
    (told,) = lots(ask, NATION, service.ledger.position())
    assert (told["state"], told["overtakenAt"]) == ("OVERTAKEN", at)


def test_nobody_else_is_let_in(ask: Ask, service: Reporting) -> None:
    recorded = drawn(ask, service)
    for actor in (TOWN, WARD, CITY, PREFECTURE):
        assert send(ask, CONFIRM, actor, **COUNT, recorded=recorded)["__typename"] == "NotAuthorised"


def test_lots_of_all_contests_are_read_once(
    ask: Ask, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    contests = [{**test_lots.CONTEST, "code": code} for code in ("pr", *(f"c{n}" for n in range(40)))]
    service.define_election(night.election(contests=contests), SYSTEM, uuid4())
    times = Counter[str]()
    fetch = Snapshot.fetch

    def counted(self: Snapshot, statement: str, values: Any) -> list[Any]:
        times["lots"] += "FROM lot" in statement or "lots FROM" in statement
        return fetch(self, statement, values)

    monkeypatch.setattr(Snapshot, "fetch", counted)
    for actor in (None, CITY, AUDITOR):
        times.clear()
        told = asked(ask, test_lots.LOTS, actor, at=service.ledger.position())
        assert len(told["election"]["contests"]) == 41
        assert times["lots"] == 2, "what is public, what is recorded"
