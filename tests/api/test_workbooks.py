"""Workbooks by GraphQL: made, looked at, handed in; refused where they are not understood or not one's own."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import night
import pytest
import typed_book
from night import CITY, OTHER_WARD, WARD
from test_desk import client as client
from tiny import Ask

from reporting.kit import bounds

pytestmark = pytest.mark.begins.with_args(night.define)

BOOK = """query($units: [String!]!) { workbook(election: "tiny", form: "final", slot: "final", units: $units) { name content } }"""
TOLD = """{ __typename ... on Refusal { code messageJa messageEn } ... on WorkbookRefused { problems { row place said { ja en } } }
  ... on WorkbookDone { sheets { unit state cells { key base now sheet outcome named { ja } } findings { key rule } problems { kind }
  notes { ja } version position repeated refusalJa } } }"""
PREVIEW = f"query($i: WorkbookInput!) {{ previewWorkbook(input: $i) {TOLD} }}"
HAND_IN = f"mutation($i: HandInWorkbookInput!) {{ handInWorkbook(input: $i) {TOLD} }}"


def made(ask: Ask, *units: str, actor: Any = WARD) -> bytes:
    answer = ask(BOOK, actor, units=list(units))
    assert "errors" not in answer, answer
    return base64.b64decode(answer["data"]["workbook"]["content"])


def typed(data: bytes, **values: Any) -> str:
    filled = {("11", c.cell().cell.key): float(c.value) for c in night.cells(**values)}
    return base64.b64encode(typed_book.typed(data, filled)).decode()


def told(ask: Ask, query: str, actor: Any, **given: Any) -> dict[str, Any]:
    answer = ask(query, actor, i={"name": "11.xlsx", **given})
    assert "errors" not in answer, answer
    (found,) = answer["data"].values()
    return dict(found)


def test_typed_without_a_line_and_handed_in(ask: Ask) -> None:
    content = typed(made(ask, "11"), **night.BALANCED)
    (sheet,) = told(ask, PREVIEW, WARD, content=content)["sheets"]
    assert (sheet["state"], len(sheet["cells"])) == ("ready", 8)
    assert {cell["outcome"] for cell in sheet["cells"]} == {"taken"}
    command = str(uuid4())
    first = told(ask, HAND_IN, WARD, content=content, commandId=command)
    again = told(ask, HAND_IN, WARD, content=content, commandId=command)
    assert [one["sheets"][0]["state"] for one in (first, again)] == ["submitted", "submitted"]
    assert [one["sheets"][0]["repeated"] for one in (first, again)] == [False, True]
    answer = ask(
        'query { desk(election: "tiny", form: "final", slot: "final", unit: "11") { status log { type reason } } }',
        WARD,
    )
    assert answer["data"]["desk"]["status"] == "submitted"
    reasons = [one["reason"] for one in answer["data"]["desk"]["log"] if one["type"] == "FiguresEntered"]
    assert all(reason.startswith("(11.xlsx sha256:") for reason in reasons), reasons


def test_rules_ask_as_they_do_at_the_desk(ask: Ask) -> None:
    wrong = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    content = typed(made(ask, "11"), **wrong)
    (sheet,) = told(ask, HAND_IN, WARD, content=content, commandId=str(uuid4()))["sheets"]
    assert (sheet["state"], [one["rule"] for one in sheet["findings"]]) == ("refused", ["J11"])
    said = [{"unit": "11", "key": sheet["findings"][0]["key"], "reasonClass": "recount"}]
    (sheet,) = told(
        ask,
        HAND_IN,
        WARD,
        content=content,
        commandId=str(uuid4()),
        declarations=said,
        reason="再点検でも同じ",
    )["sheets"]
    assert sheet["state"] == "submitted"


def test_what_both_changed_is_asked_about(ask: Ask) -> None:
    first = typed(made(ask, "11"), **night.BALANCED)
    told(ask, HAND_IN, WARD, content=first, commandId=str(uuid4()))
    mine = typed(made(ask, "11"), votes_a=59, votes_b=39)
    theirs = typed(made(ask, "11", actor=CITY), votes_a=58, votes_b=40)
    told(ask, HAND_IN, WARD, content=theirs, commandId=str(uuid4()), reason="原票のとおり")
    (sheet,) = told(ask, PREVIEW, WARD, content=mine, reason="転記誤り")["sheets"]
    assert [(c["base"], c["now"], c["sheet"], c["outcome"]) for c in sheet["cells"]] == [
        ("60", "58", "59", "conflict"), ("38", "40", "39", "conflict"),
    ]  # fmt: skip
    right = [{"unit": "11", "cell": f"pr|votes||{choice}", "takeSheet": True} for choice in "ab"]
    (sheet,) = told(ask, HAND_IN, WARD, content=mine, reason="転記誤り", conflicts=right, commandId=str(uuid4()))["sheets"]  # fmt: skip
    assert sheet["state"] == "submitted"


def test_refused_for_a_named_reason(ask: Ask) -> None:
    content = typed(made(ask, "11"), **night.BALANCED)
    other = told(ask, PREVIEW, OTHER_WARD, content=content)
    assert (other["__typename"], other["code"]) == ("NotAuthorised", "not_authorised")
    nobody = ask(PREVIEW, None, i={"name": "a", "content": content})
    assert nobody["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"
    junk = told(ask, PREVIEW, WARD, content=base64.b64encode(b"PK no workbook").decode())
    assert junk["__typename"] == "WorkbookRefused"
    assert "Excel" in junk["problems"][0]["said"]["ja"]
    assert told(ask, PREVIEW, WARD, content="あ")["code"] == "invalid_input"
    formula = typed_book.opened(base64.b64decode(content))
    formula["001_11"]["E11"] = "=1+1"
    strange = told(ask, HAND_IN, WARD, content=base64.b64encode(typed_book.saved(formula)).decode(), commandId=str(uuid4()))  # fmt: skip
    assert (strange["problems"][0]["row"], strange["problems"][0]["place"]) == (11, "001_11!E")
    assert "数式" in strange["problems"][0]["said"]["ja"]


@pytest.mark.unchanged
def test_a_workbook_is_made_within_reach_only(ask: Ask) -> None:
    assert ask(BOOK, OTHER_WARD, units=["11"])["errors"][0]["extensions"]["code"] == "NOT_AUTHORISED"
    assert ask(BOOK, CITY, units=["11"] * 101)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert ask(BOOK, WARD, units=[])["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert ask(BOOK, CITY, units=["11", "9"])["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE"


PARTS = """query($part: Int!) { workbookParts(election: "tiny", form: "final", slot: "final") { code }
  workbook(election: "tiny", form: "final", slot: "final", part: $part) { name units } }"""


@pytest.mark.unchanged
def test_a_large_office_takes_its_returns_in_parts(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask(PARTS, CITY, part=1)["data"]
    assert [[unit["code"] for unit in part] for part in whole["workbookParts"]] == [["11", "12"]]
    monkeypatch.setattr(bounds, "MOST_CELLS", 12)
    second = ask(PARTS, CITY, part=2)["data"]
    assert [[unit["code"] for unit in part] for part in second["workbookParts"]] == [["11"], ["12"]]
    assert second["workbook"] == {"name": "tiny-final-final-12.xlsx", "units": ["12"]}
    assert ask(PARTS, CITY, part=3)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    refused = ask(BOOK, CITY, units=["11", "12"])["errors"][0]
    assert "1 つのブックに 1 報告まで" in str(refused)


SENT = "{ sentWorkbooks { sha256 name size } }"


def of_two(ask: Ask, mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    """A city's workbook of both its units."""
    data = made(ask, "11", "12", actor=CITY)
    filled = {
        (unit, c.cell().cell.key): float(c.value)
        for unit, values in (("11", mine), ("12", theirs))
        for c in night.cells(**values)
    }
    return base64.b64encode(typed_book.typed(data, filled)).decode()


def sent(ask: Ask, actor: Any) -> list[dict[str, Any]]:
    answer = ask(SENT, actor)
    assert "errors" not in answer, answer
    return list(answer["data"]["sentWorkbooks"])


def test_each_sheets_answer_is_its_own_and_the_file_stays(ask: Ask) -> None:
    """One return is in order, the other one asks; the file waits with who sent it until that is dealt with."""
    wrong = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    content = of_two(ask, night.BALANCED, wrong)
    first = told(ask, HAND_IN, CITY, content=content, commandId=str(uuid4()))["sheets"]
    assert [(one["unit"], one["state"]) for one in first] == [("11", "submitted"), ("12", "refused")]
    (upload,) = sent(ask, CITY)
    assert upload["name"] == "11.xlsx"
    assert sent(ask, WARD) == [], "of nobody else"
    fetched = ask(
        "query($s: String!) { sentWorkbook(sha256: $s) { name content units } }", CITY, s=upload["sha256"]
    )
    assert fetched["data"]["sentWorkbook"] == {
        "name": "11.xlsx",
        "content": content,
        "units": ["11", "12"],
    }
    foreign = ask("query($s: String!) { sentWorkbook(sha256: $s) { name } }", WARD, s=upload["sha256"])
    assert foreign["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE"
    said = [{"unit": "12", "key": first[1]["findings"][0]["key"], "reasonClass": "recount"}]
    second = told(
        ask, HAND_IN, CITY, sent=upload["sha256"], commandId=str(uuid4()), declarations=said, reason="再点検でも同じ"
    )["sheets"]  # fmt: skip
    assert [(one["unit"], one["state"]) for one in second] == [("11", "nothing"), ("12", "submitted")]
    assert sent(ask, CITY) == [], "it is dealt with"
    gone = told(ask, PREVIEW, CITY, sent=upload["sha256"])
    assert gone["code"] == "unknown_reference"
    log = ask('{ desk(election: "tiny", form: "final", slot: "final", unit: "12") { log { reason } } }', CITY)
    reasons = [one["reason"] for one in log["data"]["desk"]["log"] if one["reason"]]
    assert any(upload["sha256"] in reason for reason in reasons), "its hash stays with the command"


def test_one_in_conflict_and_one_in_order(ask: Ask) -> None:
    content = of_two(ask, night.BALANCED, night.BALANCED)
    changed = typed(made(ask, "11"), **night.BALANCED | {"electors": 210})
    told(ask, HAND_IN, WARD, content=changed, commandId=str(uuid4()))
    sheets = told(ask, HAND_IN, CITY, content=content, commandId=str(uuid4()))["sheets"]
    assert [(one["unit"], one["state"]) for one in sheets] == [("11", "conflict"), ("12", "submitted")]
    assert len(sent(ask, CITY)) == 1
    right = [{"unit": "11", "cell": "pr|electors||", "takeSheet": False}]
    sheets = told(ask, HAND_IN, CITY, content=content, conflicts=right, commandId=str(uuid4()))["sheets"]
    assert [one["state"] for one in sheets] == ["nothing", "nothing"]
    assert sent(ask, CITY) == []


def test_what_is_not_understood_stays_with_who_sent_it(ask: Ask) -> None:
    junk = base64.b64encode(b"PK no workbook").decode()
    told(ask, PREVIEW, WARD, content=junk)
    assert [one["size"] for one in sent(ask, WARD)] == [14]
    assert ask(SENT, None)["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


DISCARD = """mutation($u: ID!) { discardUpload(input: {upload: $u}) { __typename ... on Refusal { code messageJa }
  ... on UploadDiscarded { discarded uploads { name } } } }"""


@pytest.mark.unchanged
def test_one_list_of_what_was_sent_and_one_way_to_discard(ask: Ask) -> None:
    junk = base64.b64encode(b"PK no workbook").decode()
    told(ask, PREVIEW, WARD, content=junk)
    answer = ask(
        "{ uploads { id way wayLabel { ja } name size sentAt keptUntil } sentWorkbooks { upload keptUntil } }",
        WARD,
    )
    (upload,), (book,) = answer["data"]["uploads"], answer["data"]["sentWorkbooks"]
    assert (upload["way"], upload["wayLabel"]["ja"], upload["name"]) == (
        "workbook",
        "戻ってきたブック",
        "11.xlsx",
    )
    assert (book["upload"], book["keptUntil"]) == (upload["id"], upload["keptUntil"])
    stranger = ask(DISCARD, OTHER_WARD, u=upload["id"])["data"]["discardUpload"]
    assert stranger == {"__typename": "UploadDiscarded", "discarded": False, "uploads": []}
    assert len(sent(ask, WARD)) == 1, "nobody else discards it"
    assert ask(DISCARD, None, u=upload["id"])["data"]["discardUpload"]["code"] == "not_authenticated"
    assert ask(DISCARD, WARD, u="x")["data"]["discardUpload"]["code"] == "invalid_input"
    done = [ask(DISCARD, WARD, u=upload["id"])["data"]["discardUpload"] for _ in range(2)]
    assert [each["discarded"] for each in done] == [True, False], "sending again is safe"
    assert sent(ask, WARD) == done[0]["uploads"] == []


def test_of_another_election(ask: Ask) -> None:
    content = typed(made(ask, "11"), **night.BALANCED)
    refused = told(ask, HAND_IN, WARD, content=content, election="other", commandId=str(uuid4()))
    assert refused["__typename"] == "WorkbookRefused"
    assert "選挙 tiny のブック" in refused["problems"][0]["said"]["ja"]
