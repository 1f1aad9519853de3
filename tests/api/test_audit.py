"""Auditors: the trail with filters and stable pages, differences between moments, the past at every level, provenance,
proofs."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import tiny
from test_graphql import CORRECT, enter, given
from tiny import AUDITOR, Ask

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.transparency import merkle
from reporting.transparency.checkpoint import Policy, opened
from reporting.transparency.errors import ProofInvalid
from reporting.transparency.note import SignerKey, decode64
from reporting.transparency.proof import Proof
from reporting.transparency.signer import Signer

TRAIL = """query($f: AuditFilter, $first: Int!, $after: String, $at: Int) {
  audit(election: "tiny", filter: $f, first: $first, after: $after, minPosition: $at) {
    nodes { position type person office reason reasonClass unit changes { cell before after supersedes } }
    pageInfo { hasNextPage endCursor } asOfPosition } }"""


def correct(ask: Ask, unit: str, version: int, actor: Any, reason: str, **values: Any) -> int:
    change = {**given(unit, version, **values), "reasonClass": "typing_error", "reason": reason}
    answer = ask(CORRECT, actor, input=change)["data"]["correctFigures"]
    assert answer["__typename"] == "FiguresRecorded", answer
    return int(answer["position"])


def story(ask: Ask) -> list[int]:
    """Positions: two entries, then three corrections by two people."""
    at = [enter(ask, "11", tiny.WARD_CLERK, voters=10, electors=20)["position"]]
    at.append(enter(ask, "20", tiny.MINISTRY, voters=5, electors=9)["position"])
    at.append(correct(ask, "11", 1, tiny.CITY_CLERK, "二重計上", voters=8))
    at.append(correct(ask, "11", 2, tiny.WARD_CLERK, "再集計", voters=9))
    at.append(correct(ask, "20", 1, tiny.MINISTRY, "転記", electors=10))
    return at


def trail(ask: Ask, at: int = 0, first: int = 50, after: str | None = None, **filters: Any) -> dict[str, Any]:
    answer = ask(TRAIL, AUDITOR, f=filters or None, first=first, after=after, at=at)
    assert "errors" not in answer, answer
    return dict(answer["data"]["audit"])


def test_who_changed_this_number(ask: Ask) -> None:
    at = story(ask)
    found = trail(ask, at[-1], unit="11", item="voters", kinds=["FiguresCorrected"])["nodes"]
    assert [(one["person"], one["reason"], one["changes"]) for one in found] == [
        ("佐藤", "再集計", [{"cell": "pr|voters||", "before": "8", "after": "9", "supersedes": at[2]}]),
        ("鈴木", "二重計上", [{"cell": "pr|voters||", "before": "10", "after": "8", "supersedes": at[0]}]),
    ]


def test_filters(ask: Ask) -> None:
    at = story(ask)

    def positions(**filters: Any) -> list[int]:
        return [one["position"] for one in trail(ask, at[-1], **filters)["nodes"]]

    everything = positions()
    assert everything[:5] == at[::-1]
    assert positions(person="佐藤") == [at[3], at[0]]
    assert positions(office="市選管") == [at[2]]
    assert positions(area="P1", geography="administrative") == at[::-1]
    assert positions(area="10", geography="administrative") == [at[3], at[2], at[0]]
    assert positions(item="electors") == [at[4], at[1], at[0]]
    assert positions(kinds=["FiguresEntered"]) == [at[1], at[0]]
    assert positions(since={"position": at[1]}, until={"position": at[3]}) == [at[3], at[2]]
    assert positions(unit="31") == []
    assert positions(form="final", slot="final") == at[::-1]
    assert positions(form="final", slot="inner") == positions(unit="11", slot="inner") == []


def test_pages_stay_whole_while_events_are_added(ask: Ask) -> None:
    at = story(ask)
    first = trail(ask, at[-1], first=2)
    correct(ask, "11", 3, tiny.CITY_CLERK, "もう一度", voters=7)
    rest = trail(ask, first=50, after=first["pageInfo"]["endCursor"])
    assert [one["position"] for one in first["nodes"]] + [one["position"] for one in rest["nodes"]][:3] == at[
        ::-1
    ]


def test_offices_see_what_they_reach_when_there_is_an_embargo(ask: Ask) -> None:
    story(ask)
    assert "errors" in ask(TRAIL, None, f=None, first=5, after=None, at=0)


PAST = """query($as: AsOfInput!, $valid: Date) { election(code: "tiny", asOf: $as, validAt: $valid) { asOfPosition
  unitReturn(form: "final", slot: "final", unit: "11") { version figures { item value } }
  figureHistory(form: "final", slot: "final", unit: "11", contest: "pr", item: "voters") { nodes { after } }
  contest(code: "pr") { totals(form: "final", slot: "final", geography: "administrative", items: ["voters", "turnout"],
    areas: ["JP"], first: 5) { asOfPosition nodes { item value reported asOfPosition
      children(first: 5) { nodes { code value figures(first: 5) { nodes { unit value returnVersion } } } } } } } } }"""


def test_the_past_at_every_level(ask: Ask) -> None:
    at = story(ask)
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at[-1])
    expected = {
        at[0]: ("10", "50.00", 1),
        at[1]: ("15", "51.72", 2),
        at[2]: ("13", "44.83", 2),
        at[3]: ("14", "48.28", 2),
    }
    for position, (voters, turnout, reported) in expected.items():
        then = ask(PAST, AUDITOR, **{"as": {"position": position}})["data"]["election"]
        totals = then["contest"]["totals"]
        assert then["asOfPosition"] == totals["asOfPosition"] == position
        assert [(one["item"], one["value"], one["reported"]) for one in totals["nodes"]] == [
            ("voters", voters, reported),
            ("turnout", turnout, reported),
        ]
        (prefecture, _) = totals["nodes"][0]["children"]["nodes"]
        assert prefecture["value"] == voters
        assert {f["unit"] for f in prefecture["figures"]["nodes"]} == (
            {"11"} if position == at[0] else {"11", "20"}
        )
        assert len(then["figureHistory"]["nodes"]) == {at[0]: 1, at[1]: 1, at[2]: 2, at[3]: 3}[position]
        assert {f["item"]: f["value"] for f in then["unitReturn"]["figures"]}["voters"] == then[
            "figureHistory"
        ]["nodes"][0]["after"]
    for wrong in (
        {},
        {"position": 1, "instant": "2024-01-01T00:00:00Z"},
        {"position": 10**9},
        {"position": -1},
    ):
        assert ask(PAST, AUDITOR, **{"as": wrong}).get("errors"), wrong


def test_differences_come_with_the_events_that_explain_them(ask: Ask) -> None:
    at = story(ask)
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at[-1])
    query = """query($a: AsOfInput!, $b: AsOfInput) { differences(election: "tiny", form: "final", slot: "final", contest: "pr",
      geography: "administrative", from: $a, to: $b, items: ["voters", "turnout"], areas: ["JP", "P1", "P2"]) {
        code item before after events { position person } } }"""
    found = ask(query, AUDITOR, a={"position": at[1]}, b=None)["data"]["differences"]
    assert {(one["code"], one["item"], one["before"], one["after"]) for one in found} == {
        ("JP", "voters", "15", "14"),
        ("P1", "voters", "15", "14"),
        ("JP", "turnout", "51.72", "46.67"),
        ("P1", "turnout", "51.72", "46.67"),
    }
    by_item = {
        one["item"]: [event["position"] for event in one["events"]] for one in found if one["code"] == "JP"
    }
    assert by_item == {"voters": [at[2], at[3]], "turnout": [at[2], at[3], at[4]]}
    assert ask(query, AUDITOR, a={"position": at[4]}, b=None)["data"]["differences"] == []


WHAT_DIFFERS = """query($a: AsOfInput!, $b: AsOfInput, $items: [String!], $areas: [String!]) {
  differences(election: "tiny", form: "final", slot: "final", contest: "pr", geography: "administrative", from: $a, to: $b,
              items: $items, areas: $areas) {
    code item before after reportedBefore reportedAfter expectedBefore expectedAfter withheldBefore withheldAfter
    events { position type reason } } }"""


def differing(
    ask: Ask, since: int | None, upto: int | None, items: list[str], areas: list[str]
) -> list[dict[str, Any]]:
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=upto)
    asked = {"a": {"position": since}, "b": {"position": upto}, "items": items, "areas": areas}
    return list(ask(WHAT_DIFFERS, AUDITOR, **asked)["data"]["differences"])


def test_a_figure_that_is_withheld_differs_from_one_that_never_came(ask: Ask) -> None:
    """It has no number and is in no n before and after: so it was listed as no difference at all."""
    at = enter(ask, "11", tiny.WARD_CLERK, voters=10, electors="!not_reported")["position"]
    later = correct(ask, "11", 1, tiny.WARD_CLERK, "少人数", electors="!suppressed")
    (city,) = differing(ask, at, later, ["electors"], ["10"])
    assert (city["before"], city["after"], city["reportedBefore"], city["reportedAfter"]) == (
        None,
        None,
        0,
        0,
    )
    assert (city["withheldBefore"], city["withheldAfter"]) == (0, 1)
    assert [event["position"] for event in city["events"]] == [later]


def test_a_definition_that_moves_a_total_explains_it(ask: Ask, service: Reporting) -> None:
    """A rate told otherwise, an item asked of fewer: totals differed and nothing said why."""
    at = story(ask)[-1]
    items = [
        item.model_dump() | ({"decimals": 1} if item.code == "turnout" else {})
        for item in tiny.election().items
    ]
    redefined = service.define_election(
        tiny.election(items=items), tiny.SYSTEM, uuid4(), reason="小数 1 桁で示す"
    ).position
    (told,) = differing(ask, at, redefined, ["turnout", "voters"], ["JP"])
    assert (told["item"], told["before"], told["after"]) == ("turnout", "46.67", "46.7")
    assert told["events"] == [{"position": redefined, "type": "ElectionDefined", "reason": "小数 1 桁で示す"}]
    gone = datetime.date(2024, 10, 1)
    towns = [area.model_copy(update={"valid_to": gone}) for area in tiny.AREAS if area.code == "32"]
    fewer = service.declare_registry(
        "tinyland", tiny.GEOGRAPHIES, towns, tiny.SYSTEM, uuid4(), reason="区域の誤り"
    ).position
    (nation,) = differing(ask, redefined, fewer, ["voters"], ["JP"])
    assert (nation["before"], nation["after"], nation["expectedBefore"], nation["expectedAfter"]) == (
        "14",
        "14",
        5,
        4,
    )
    assert [event["type"] for event in nation["events"]] == ["AreasRegistered"]


def test_provenance_is_a_chain_of_revisions(ask: Ask) -> None:
    at = story(ask)
    query = """query($at: Int) { figureProvenance(election: "tiny", form: "final", slot: "final", unit: "11", contest: "pr",
      item: "voters", minPosition: $at) }"""
    document = json.loads(ask(query, AUDITOR, at=at[-1])["data"]["figureProvenance"])
    revisions = document["wasRevisionOf"]
    assert len(revisions) == 2
    for revision in revisions.values():
        assert {revision["prov:generatedEntity"], revision["prov:usedEntity"]} <= set(document["entity"])
    generated = {one["prov:entity"]: one["prov:activity"] for one in document["wasGeneratedBy"].values()}
    assert set(generated) == {entity for entity in document["entity"] if "@" in entity}
    assert set(generated.values()) == set(document["activity"])
    assert {one["prov:agent"] for one in document["wasAssociatedWith"].values()} <= set(document["agent"])
    assert "errors" in ask(query, None, at=0)


def test_no_proof_before_anything_is_signed(ask: Ask) -> None:
    story(ask)
    assert ask("{ checkpoint { size } }", None)["data"]["checkpoint"] is None
    refused = ask("{ inclusionProof(position: 1) { proof } }", AUDITOR)
    assert refused["errors"][0]["extensions"]["code"] == "NOT_SIGNED"


def test_proofs_hold_against_the_logs_public_key(ask: Ask, database: Database, tmp_path: Path) -> None:
    key = SignerKey.generate("ledger.example.jp/test")
    signer = Signer(database, key, tmp_path / "signer.json")
    at = story(ask)
    try:
        first = signer.step()
        assert first is not None
        last_correction = correct(ask, "20", 2, tiny.MINISTRY, "再確認", electors=11)
        second = signer.step()
    finally:
        signer.close()
    assert second is not None
    checkpoint = ask("{ checkpoint { size origin note } }", None)["data"]["checkpoint"]
    head, _ = opened(checkpoint["note"], key.verifier())
    assert (checkpoint["size"], checkpoint["origin"]) == (head.size, head.origin) == (second.size, key.name)
    query = "query($p: Int!) { inclusionProof(position: $p) { position proof leaf } }"
    policy = Policy(key.verifier())
    # Who may see an event is read from the views, which follow the log a moment later.
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=last_correction)
    for position in (1, at[0], at[-1], last_correction):
        found = ask(query, AUDITOR, p=position)["data"]["inclusionProof"]
        proof, leaf = Proof.parse(found["proof"]), found["leaf"].encode()
        assert proof.index + 1 == json.loads(leaf)["position"] == found["position"] == position
        assert proof.verify(leaf, policy).size == (first.size if position <= first.size else second.size)
        with pytest.raises(ProofInvalid):
            proof.verify(leaf.replace(b'"role":"', b'"role":"x'), policy)
    assert "errors" in ask(query, None, p=1)
    consistency = ask(
        "query($a: Int!, $b: Int!) { consistencyProof(oldSize: $a, newSize: $b) { oldSize newSize hashes } }",
        None,
        a=first.size,
        b=second.size,
    )["data"]["consistencyProof"]
    path = [decode64(one) for one in consistency["hashes"]]
    merkle.verify_consistency(first.size, second.size, first.root, second.root, path)
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(first.size, second.size, second.root, second.root, path)
