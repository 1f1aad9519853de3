"""`POST /import/{kind}`: the command line's imports over HTTP, by the desk's authority and rules; what bad input gets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from standing import stands
from starlette.testclient import TestClient
from test_desk import client as client
from tiny import Ask

from api.auth import issue_token, load_key
from api.imports import asked
from api.imports.asked import MEDIA, PARAMETERS, file_name
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.ledger import return_stream
from reporting.uploads import store

pytestmark = pytest.mark.begins.with_args(night.define)

HEAD = "election,form,slot,unit,contest,item,choice,value,reason\n"
Line = dict[str, Any]
Send = Callable[..., list[Line]]


def rows(unit: str = "11", reason: str = "", election: str = "tiny", **changes: Any) -> str:
    cells = night.cells(**{**night.BALANCED, **changes})
    return "".join(
        f"{election},final,final,{unit},pr,{cell.item},{cell.choice},{cell.value},{reason}\n"
        for cell in cells
    )


@pytest.fixture
def bearer(settings: Settings) -> Callable[[Actor], dict[str, str]]:
    def of(actor: Actor) -> dict[str, str]:
        token = issue_token(load_key(settings.token_key), actor, now=int(time.time()))
        return {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}

    return of


@pytest.fixture
def send(client: TestClient, bearer: Callable[[Actor], dict[str, str]]) -> Send:
    """`send(text, actor, kind, **parameters)` → the lines of the answer, but those of progress."""

    def sent(
        content: str | bytes = b"", actor: Actor = night.WARD, kind: str = "returns", **given: Any
    ) -> list[Line]:
        body = content if isinstance(content, bytes) else content.encode()
        answer = client.post(f"/import/{kind}", params=given, content=body, headers=bearer(actor))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in answer.text.splitlines()]
        return [line for line in lines if line["type"] != "progress"]

    return sent


def figures(service: Reporting, unit: str = "11") -> dict[str, str]:
    return service.return_case(return_stream("tiny", "final", "final", unit)).texts


def test_a_dry_run_says_what_would_be_and_keeps_the_file(
    send: Send, service: Reporting, client: TestClient, bearer: Any
) -> None:
    text = HEAD + rows(invalid_votes=5)
    first, *notes, last = send(text, dryRun=1, name="../報告 11.csv")
    assert (first["type"], first["name"]) == ("received", "報告 11.csv")
    assert (last["type"], last["dryRun"], last["rows"], last["events"]) == ("done", True, 8, 0)
    assert notes
    assert all(note["ja"].startswith("tiny/final/final/11: J") for note in notes), "what the rules would ask"
    assert all(note["ja"] != note["en"] for note in notes)
    assert figures(service) == {}
    own = client.get("/import/uploads", headers=bearer(night.WARD)).json()["uploads"]
    assert [(one["upload"], one["sha256"]) for one in own] == [(first["upload"], first["sha256"])]
    kept = client.get(f"/import/uploads/{first['upload']}", headers=bearer(night.WARD))
    assert (kept.content, kept.headers["content-disposition"]) == (
        text.encode(),
        "attachment; filename*=UTF-8''%E5%A0%B1%E5%91%8A%2011.csv",
    )
    taken = send(upload=first["upload"])
    assert (taken[-1]["type"], taken[-1]["events"] > 0) == ("done", True)
    assert client.get("/import/uploads", headers=bearer(night.WARD)).json() == {"uploads": []}
    event = next(iter(service.ledger.stream(return_stream("tiny", "final", "final", "11"))))
    record = service.ledger.command(event.command_id)
    assert record is not None
    assert record.reason == f"(報告 11.csv sha256:{first['sha256']})"
    assert (record.channel, record.person) == ("import", night.WARD.person)


def test_what_is_wrong_is_named_place_by_place_and_the_file_stays(
    send: Send, service: Reporting, client: TestClient, bearer: Any
) -> None:
    before = service.ledger.position()
    text = HEAD + rows().replace(",200,", ",20O,").replace("voters", "votters", 1)
    first, *wrong, last = send(text, name="a.csv")
    assert [(line["type"], line["row"], line["place"]) for line in wrong] == [
        ("problem", 2, "value"), ("problem", 3, "item")
    ]  # fmt: skip
    assert wrong[0]["stands"]["ja"] == "20O"
    assert "英字のオー" in wrong[0]["expected"]["ja"]
    assert "voters" in wrong[1]["expected"]["en"], "what was meant"
    assert (last["type"], last["error"]["extensions"]["code"]) == ("refused", "FILE_REFUSED")
    assert last["upload"] == first["upload"]
    assert first["upload"] in last["whatToDo"]["ja"]
    assert service.ledger.position() == before
    address = f"/import/uploads/{first['upload']}"
    assert client.get(address, headers=bearer(night.WARD)).content == text.encode()
    assert client.get(address, headers=bearer(night.OTHER_WARD)).status_code == 400
    assert client.get("/import/uploads", headers=bearer(night.OTHER_WARD)).json() == {"uploads": []}
    assert client.delete(address, headers=bearer(night.OTHER_WARD)).status_code == 400
    assert client.delete(address, headers=bearer(night.WARD)).status_code == 204
    assert client.get(address, headers=bearer(night.WARD)).status_code == 400
    (refused,) = send(upload=first["upload"])
    assert refused["error"]["extensions"]["code"] == "INVALID_INPUT"


def test_a_workbooks_problem_has_sheet_and_cell(send: Send) -> None:
    import io

    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "比例"
    for row in (
        ["令和6年10月27日執行　小選挙"],
        ["比例代表"],
        ["市区町村名＼政党名", "甲党", "乙党"],
        ["地域11", 1, "x"],
    ):
        book.active.append(row)
    book.save(out)
    place = {"election": "tiny", "form": "final", "slot": "final"}
    _, *wrong, last = send(out.getvalue(), night.WARD, "workbook", **place)
    assert [(line["sheet"], line["cell"], line["row"]) for line in wrong] == [("比例", "C4", 4)]
    assert last["type"] == "refused"


def test_a_mapping_of_ones_own_is_sent_first(send: Send, service: Reporting) -> None:
    mapping = """mapping = "ours"
label = { ja = "当市の表" }
source = "市"
unit = { column = "unit" }
[wide]
[[wide.columns]]
heading = "投票者数"
cell = { contest = { value = "pr" }, item = { value = "voters" } }
"""
    wrong = send(mapping.replace("heading", "heding"), kind="mapping", name="ours.toml")
    assert [(line["row"], line["place"]) for line in wrong if line["type"] == "problem"] == [
        (7, "wide.columns.0.heding")
    ]
    received, done = send(mapping, kind="mapping", name="ours.toml")
    assert done["type"] == "done"
    place = {"election": "tiny", "form": "final", "slot": "final", "mapping": received["upload"]}
    last = send("unit,投票者数\n11,１００\n", kind="mapped", **place)[-1]
    assert (last["type"], figures(service)) == ("done", {"pr|voters||": "100"})
    (_, refused) = send("unit,投票者数\n11,1\n", night.OTHER_WARD, "mapped", **place)
    assert refused["error"]["extensions"]["code"] == "INVALID_INPUT", "another's mapping is not there"


def test_nobody_imports_for_another_office_and_none_learns_what_stands(
    send: Send, client: TestClient, service: Reporting
) -> None:
    """Neither by a difference nor by its absence: a file that guesses what another office reported."""
    send(HEAD + rows("11"))
    before = service.ledger.position()
    auditor = Actor("監査", "監査室", Role.AUDITOR, "*")
    for actor in (night.OTHER_WARD, auditor, night.TOWN):
        for guess in (rows("11"), rows("11", voters=7), rows("11", "理由", voters=7)):
            for dry in (0, 1):
                _, last = send(HEAD + guess, actor, dryRun=dry)
                assert last["error"]["extensions"]["code"] == "NOT_AUTHORISED"
                assert not stands("100", json.dumps(last["error"]["message"]))
    assert service.ledger.position() == before
    answer = client.post("/import/returns", content=HEAD, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
        401,
        "NOT_AUTHENTICATED",
    )
    for way in (client.get, client.delete):
        assert way(f"/import/uploads/{uuid4()}").status_code == 401
    assert client.get("/import/uploads").status_code == 401


def test_the_same_file_is_taken_once_whoever_sends_it_again(send: Send, service: Reporting) -> None:
    command = str(uuid4())
    text = HEAD + rows()
    first = send(text, submit=1, commandId=command)[-1]
    assert (first["submitted"], first["repeated"]) == (1, False)
    position = service.ledger.position()
    again = send(text, submit=1, commandId=command)[-1]
    assert again == {**first, "repeated": True}
    later = send(text)[-1]
    assert (later["repeated"], later["events"]) == (True, 0)
    other = send(HEAD + rows(voters=101), submit=1, commandId=command)[-1]
    assert other["error"]["extensions"]["code"] == "COMMAND_ID_REUSED"
    same_id = send(text, night.CITY, submit=1, commandId=command)[-1]
    assert same_id["error"]["extensions"]["code"] == "COMMAND_ID_REUSED", "a command is its sender's"
    assert service.ledger.position() == position


def test_the_same_file_again_says_what_was_changed_since(send: Send, service: Reporting) -> None:
    text = HEAD + rows()
    send(text)
    assert [line["type"] for line in send(text)] == ["received", "done"], "as it stands"
    send(HEAD + rows(reason="再点検", votes_a=61, votes_b=37))
    for wish in ({"dryRun": 1}, {"reason": "もとに戻す"}, {"submit": 1}):
        _, *notes, last = send(text, **wish)
        assert (last["rows"], last["unchanged"], last["repeated"]) == (8, 6, True)
        assert len(notes) == 2
        assert all(word in notes[0][tongue] for tongue in ("ja", "en") for word in ("60", "61", "votes||a"))
    assert figures(service)["pr|votes||a"] == "61"


@pytest.mark.parametrize(
    ("headers", "parameters", "field"),
    [
        ({"Content-Type": "text/plain"}, {}, "Content-Type"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, {}, "Content-Type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, {}, "Content-Type"),
        ({"Content-Type": ""}, {}, "Content-Type"),
        ({"Content-Encoding": "gzip"}, {}, "Content-Encoding"),
        ({}, {"dryrun": "1"}, "parameter"),
        ({}, {"dryRun": "yes"}, "dryRun"),
        ({}, {"dryRun": ["1", "1"]}, "dryRun"),
        ({}, {"commandId": "7"}, "commandId"),
        ({}, {"encoding": "sjis"}, "encoding"),
        ({}, {"upload": str(uuid4())}, "body"),
        ({}, {"mapping": "kerg2"}, "parameter"),
    ],
)
@pytest.mark.unchanged
def test_a_request_that_is_none_is_refused_before_anything_is_read(
    client: TestClient, bearer: Any, headers: dict[str, str], parameters: dict[str, Any], field: str
) -> None:
    answer = client.post(
        "/import/returns", params=parameters, content=HEAD, headers=bearer(night.WARD) | headers
    )
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["facts"]["field"] == field
    assert client.get("/import/uploads", headers=bearer(night.WARD)).json() == {"uploads": []}


def test_kinds_and_names_are_checked(client: TestClient, bearer: Any) -> None:
    for kind in ("return", "areas", "x"):
        assert client.post(f"/import/{kind}", content=HEAD, headers=bearer(night.WARD)).status_code == 400
    for kind in ("workbook", "mapped"):
        assert client.post(f"/import/{kind}", content=HEAD, headers=bearer(night.WARD)).status_code == 400
    assert client.post("/import/returns", content=b"", headers=bearer(night.WARD)).status_code == 400
    assert [file_name(name) for name in ("../../etc/passwd", "a\\b\\c.csv", "..", "", "\u202ea\tb.csv", "あ" * 200)] == [
        "passwd", "c.csv", "file", "file", "ab.csv", "あ" * 80,
    ]  # fmt: skip
    assert set(PARAMETERS) == {"returns", "workbook", "mapped", "places", "mapping"}
    assert not any(
        form in MEDIA for form in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
    )


def test_a_file_is_only_sent(client: TestClient, bearer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = client.post("/import/uploads?name=../a.csv", content=HEAD, headers=bearer(night.WARD))
    assert (sent.status_code, sent.json()["name"], sent.json()["way"]) == (201, "a.csv", "import")
    own = client.get("/import/uploads", headers=bearer(night.WARD)).json()["uploads"]
    assert own == [sent.json()]
    monkeypatch.setattr(asked, "MAX_WORKBOOK", 5)
    for wrong, content in (("?way=x", b"x"), ("?submit=1", b"x"), ("", b""), ("?way=workbook", b"123456")):
        answer = client.post(f"/import/uploads{wrong}", content=content, headers=bearer(night.WARD))
        assert answer.status_code == 400, wrong
    assert client.post("/import/uploads", content=b"x").status_code in (400, 401)


def test_sizes_are_bounded(
    client: TestClient, bearer: Any, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "MAX_FILE", 1_000)
    answer = client.post("/import/returns", content=b"x" * 1_001, headers=bearer(night.WARD))
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["facts"]["field"]) == (400, "body")
    monkeypatch.setattr(store, "MOST", 2)
    for n in range(2):
        assert send(f"not a table {n}", name=f"{n}.csv")[-1]["type"] == "refused"
    (full,) = send("not a table 3", name="3.csv")
    assert full["error"]["extensions"]["code"] == "TOO_MANY_WAITING"
    assert send("not a table 1", name="1.csv")[-1]["error"]["extensions"]["code"] == "FILE_REFUSED", (
        "it waits already"
    )
    assert send("not a table", night.CITY)[-1]["error"]["extensions"]["code"] == "FILE_REFUSED", (
        "everybody has room"
    )


def test_progress_comes_while_it_is_read(client: TestClient, bearer: Any) -> None:
    with client.stream(
        "POST", "/import/returns", content=HEAD + rows(), headers=bearer(night.WARD)
    ) as answer:
        kinds = [json.loads(line)["type"] for line in answer.iter_lines()]
    assert kinds[0] == "received"
    assert "progress" in kinds
    assert kinds[-1] == "done"


elections = (f"night{n}" for n in count())
NUMBERS = st.integers(0, 300).map(str) | st.sampled_from(
    ["!none", "!not_reported", "－", "１，２００", " 7 "]
)
RETURNS = st.fixed_dictionaries({name: NUMBERS for name in night.BALANCED}) | st.just(
    {name: str(value) for name, value in night.BALANCED.items()}
)  # fmt: skip
SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename } }"""
ENTER = """mutation($i: EnterFiguresInput!) { enterFigures(input: $i) { __typename } }"""
CORRECT = """mutation($i: CorrectFiguresInput!) { correctFigures(input: $i) { __typename } }"""


def events(service: Reporting, election: str, unit: str) -> list[tuple[str, dict[str, Any]]]:
    """As they stand in a return's stream: positions as which event of the stream they are, the election left out."""
    recorded = list(service.ledger.stream(return_stream(election, "final", "final", unit)))
    places = {event.position: n for n, event in enumerate(recorded)}
    return [
        (
            type(event.event).__name__,
            relative({**event.event.model_dump(mode="json"), "election": ""}, places),
        )
        for event in recorded
    ]


def relative(value: Any, places: dict[int, int]) -> Any:
    if isinstance(value, dict):
        return {key: relative(inner, places) for key, inner in value.items()}
    if isinstance(value, list):
        return [relative(inner, places) for inner in value]
    return (
        f"event {places[value]}"
        if isinstance(value, int) and not isinstance(value, bool) and value in places
        else value
    )


def changed(first: dict[str, str], then: dict[str, str]) -> dict[str, str]:
    from reporting.domain.figures import format_value
    from reporting.domain.typed import read_value

    return {
        name: text
        for name, text in then.items()
        if format_value(read_value(text)) != format_value(read_value(first[name]))
    }


def graphql_cells(values: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"contest": cell.contest, "item": cell.item, "choice": cell.choice, "value": cell.value}
        for cell in night.cells(**values)
    ]


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(RETURNS, RETURNS)
@example(
    {name: "184" if name == "votes_b" else "１，２００" for name in night.BALANCED},
    {name: str(value) for name, value in night.BALANCED.items()},
)
def test_an_import_equals_typing_through_graphql_event_for_event(
    ask: Ask, send: Send, service: Reporting, first: dict[str, str], then: dict[str, str]
) -> None:
    """In an election each: a neighbour that stands otherwise meanwhile would be compared with."""
    code, twin = next(elections), next(elections)
    for election in (code, twin):
        service.define_election(night.election(code=election), tiny.SYSTEM, uuid4())
    place = {"election": twin, "form": "final", "slot": "final", "unit": "11"}

    def typed(document: str, **given: Any) -> None:
        told = ask(document, night.WARD, i={**place, "commandId": str(uuid4()), **given})
        assert "errors" not in told, told

    def csv(values: dict[str, str], reason: str = "") -> str:
        lines: Iterable[str] = (
            f'{code},final,final,11,pr,{cell.item},{cell.choice},"{cell.value}",{reason}\n'
            for cell in night.cells(**values)
        )
        return HEAD + "".join(lines)

    send(csv(first), submit=1)
    typed(ENTER, expectedVersion=0, figures=graphql_cells(first))
    typed(SUBMIT, figures=[], reason="取り込み", reasonClass="import")
    assert events(service, code, "11") == events(service, twin, "11")
    if differs := changed(first, then):
        send(csv(then, "再点検"), submit=1)
        version = service.ledger.stream_version(return_stream(twin, "final", "final", "11"))
        typed(
            CORRECT,
            expectedVersion=version,
            figures=graphql_cells(differs),
            reason="再点検",
            reasonClass="import",
        )
        if service.return_case(return_stream(twin, "final", "final", "11")).submitted_by is None:
            typed(SUBMIT, figures=[], reason="取り込み", reasonClass="import")
        assert events(service, code, "11") == events(service, twin, "11")


def test_what_two_people_type_is_an_entry_and_not_handed_in_by_a_file(
    ask: Ask, send: Send, service: Reporting
) -> None:
    code = next(elections)
    forms = [
        form.model_copy(update={"entry": "double"}) if form.code == "final" else form
        for form in night.election().forms
    ]
    service.define_election(night.election(code=code, forms=forms), tiny.SYSTEM, uuid4())
    lines = send(HEAD + rows(election=code), submit=1)
    told = [line["ja"] for line in lines if line["type"] == "note"]
    assert (lines[-1]["type"], lines[-1]["submitted"]) == ("done", 0)
    assert any("未提出" in note and "二人" in note for note in told), told
    assert events(service, code, "11") == []  # it is the first of the two entries, beside the return


def test_a_difference_is_told_with_the_file_and_declared_at_the_desk(
    ask: Ask, send: Send, service: Reporting
) -> None:
    lines = send(HEAD + rows(invalid_votes=5), submit=1)
    (told,) = [line["ja"] for line in lines if "未提出" in line.get("ja", "")]
    asked_for = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename ... on RulesRefused { findings { key } } } }"""
    place = {"election": "tiny", "form": "final", "slot": "final", "unit": "11"}
    refused = ask(asked_for, night.WARD, i={**place, "commandId": str(uuid4())})["data"]["submitReturn"]
    assert refused["__typename"] == "RulesRefused"
    assert refused["findings"][0]["key"].split(":")[0].split("|")[0] in told
    said = [
        {"key": finding["key"], "reasonClass": "recount", "text": "再点検でも同じ"}
        for finding in refused["findings"]
    ]
    done = ask(
        asked_for,
        night.WARD,
        i={
            **place,
            "commandId": str(uuid4()),
            "reason": "再点検でも同じ",
            "declarations": [{"key": one["key"], "reasonClass": one["reasonClass"]} for one in said],
        },
    )
    assert done["data"]["submitReturn"]["__typename"] == "ReturnDone"
