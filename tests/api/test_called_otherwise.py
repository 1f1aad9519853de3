"""The definition exchanges two candidates' names between showing and sending: on no way in is it taken by anybody's silence."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import night
import pytest
import scans
import tiny
import typed_book
from graphql import GraphQLInputObjectType, get_named_type
from night import CITY, CITY_2, HARBOUR, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD, WARD_2
from starlette.testclient import TestClient
from test_desk import client as client  # the night's application
from tiny import Ask

from api.auth import issue_token, load_key
from api.graphql.schema import schema
from api.settings import Settings
from reporting.application.commands import EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import Certify, SaveDraft, SaveSecondEntry
from reporting.application.documents import AttachDocument, AttachedDocuments
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.domain.actor import Actor, Role
from reporting.kit.making import make_book
from reporting.uploads import Uploads

pytestmark = pytest.mark.begins.with_args(night.define)

A, B = "pr|votes||a", "pr|votes||b"
CELLS, KEY = {"figures", "cells", "own", "among", "returns", "key", "conflicts", "links"}, "seenAt"
NO_CHOICE = {
    "CapturePlaceInput": "places count what no candidate is part of (`counted_kinds`)",
    "DivideUnitInput": "of units",
    "SettleDivisionInput": "of units",
}
ELSEWHERE = {"recordLot", "confirmLot"}
"""`tests/application/test_lots.py`."""


def exchange(service: Reporting, forms: list[dict[str, Any]]) -> None:
    contests = night.election().model_dump(mode="json")["contests"]
    first, second, *_ = contests[0]["choices"]
    first["name"], second["name"] = second["name"], first["name"]
    definition = night.election(contests=contests, forms=forms)
    service.define_election(definition, tiny.SYSTEM, uuid4(), reason="名簿の訂正")


def figures(**values: Any) -> list[dict[str, str]]:
    return [cell.model_dump() for cell in night.cells(**values)]


def at(unit: str, form: str = "final", slot: str = "final", **more: Any) -> dict[str, Any]:
    return {"election": "tiny", "form": form, "slot": slot, "unit": unit, **more}


@dataclass(frozen=True)
class Way:
    """`given` to a mutation by `actor`; `fresh`: what of it only the night before can tell."""

    mutation: str
    actor: Actor
    given: dict[str, Any]
    fresh: dict[str, Callable[[Desk], Any]] = field(default_factory=dict)


def difference(unit: str) -> Callable[[Desk], str]:
    """Key of the difference between the votes and what is valid."""

    def told(desk: Desk) -> str:
        opened = desk.returns.open("tiny", "final", "final", unit)
        texts = opened.case.texts | opened.draft.cells
        return next(f.key for f in desk.findings.of(opened, texts) if f.waivable and A in f.cells)

    return told


def scan_sent(desk: Desk) -> str:
    with Uploads(Database(str(desk.reporting.ledger._pool.conninfo))) as store:
        return str(store.keep_bytes(WARD, "import", "開票録.png", scans.png()).upload_id)


def scan_attached(desk: Desk) -> str:
    with TemporaryDirectory() as folder:
        attached = AttachedDocuments(desk.reporting, Documents(Path(folder)))
        asked = AttachDocument(**night.of("12"), upload=uuid4(), title="投票録")
        return attached.attach(asked, OTHER_WARD, scans.png).document


def workbook(desk: Desk) -> str:
    data = make_book(desk, "tiny", "final", "final", ["11"], WARD)
    return base64.b64encode(typed_book.typed(data, {("11", A): 59.0, ("11", B): 39.0})).decode()


LINKS = [{"cell": A, "page": 1}]
WHY = {"reasonClass": "recount", "reason": "再点検"}
OTHER = figures(votes_a=59, votes_b=39)
SAME = figures(votes_a=60, votes_b=38)
PLACE = {"form": "final", "slot": "final", "unit": "11"}
WAYS = [
    Way("saveDraft", WARD, at("11", cells=OTHER)),
    Way("saveSecondEntry", WARD_2, at("11", "flash", "2200", cells=figures(votes_a=1))),
    Way("settleEntry", WARD, at("11", "flash", "2300", cells=figures(votes_a=14))),
    Way("enterFigures", HARBOUR, at("31", expectedVersion=1, figures=SAME)),
    Way("correctFigures", WARD, at("11", expectedVersion=2, figures=OTHER, **WHY)),
    Way("submitReturn", WARD, at("11", figures=OTHER, takeDraft=False, **WHY)),
    # Whoever submits without a figure stands for those that are there.
    Way("submitReturn", WARD, at("11", takeDraft=False)),
    # On behalf, and of a certified return.
    Way("submitReturn", CITY, at("11", figures=OTHER, takeDraft=False, onBehalfOf="11", **WHY)),
    Way("submitReturn", NATION, at("32", figures=OTHER, takeDraft=False, **WHY)),
    Way(
        "correctTogether",
        WARD,
        {"election": "tiny", "returns": [{**PLACE, "figures": OTHER}], **WHY},
    ),
    Way("readTogether", WARD, at("11", figures=SAME)),
    Way("approveReturn", CITY, at("11")),
    Way("approveReturn", CITY, at("11", cells=[A])),
    Way("approveTogether", CITY, {"election": "tiny", "returns": [PLACE]}),
    Way("approveGreen", CITY, {"election": "tiny", "form": "final", "slot": "final", "units": ["11"]}),
    Way("sendBack", CITY, at("11", cells=[A], reasonClass="query", reason="確認")),
    Way("answerReturn", OTHER_WARD, at("12", cells=[A], agrees=True)),
    Way("certifyReturn", NATION, at("20", override="一人の課")),
    Way("certifyGreen", NATION, {"election": "tiny", "form": "final", "slot": "final", "units": ["20"]}),
    Way("annotateReturn", WARD, at("11", noteClass="remark", note="注", cells=[A])),
    Way("declareDiscrepancy", HARBOUR, at("31", **WHY), {"key": difference("31")}),
    Way("confirmDiscrepancy", CITY_2, at("12"), {"key": difference("12")}),
    Way("closeDiscrepancy", CITY_2, at("12", **WHY), {"key": difference("12")}),
    Way("attachDocument", WARD, at("11", title="開票録", links=LINKS), {"upload": scan_sent}),
    Way("linkDocument", OTHER_WARD, at("12", links=LINKS), {"document": scan_attached}),
    Way("handInWorkbook", WARD, {"name": "11.xlsx", "reason": "再点検"}, {"content": workbook}),
]

FORMS = [
    {**form, "entry": "double" if form["code"] == "flash" else "single"}
    for form in night.election().model_dump(mode="json")["forms"]
]


@pytest.fixture
def desk(service: Reporting) -> Desk:
    """A return in every state that a way needs, each of another unit."""
    night.submit(desk := Desk(service))
    differing = {**night.BALANCED, "valid_votes": 97, "invalid_votes": 3}
    entered = EnterFigures(**night.of("31"), expected_version=0, figures=night.cells(**differing))
    service.enter_figures(entered, HARBOUR)
    desk.save_draft(SaveDraft(**night.of("12"), cells=night.cells(**differing)), OTHER_WARD)
    declared = {difference("12")(desk): "recount"}
    night.submit(desk, "12", values={}, declarations=declared, reason="再点検でも一致せず")
    night.send_back(desk, CITY, "12", A)
    certified = Actor("高知", "県二選管", Role.PREFECTURE, "P2")
    for unit, owner, chain in (
        ("20", TOWN, (PREFECTURE, NATION)),
        ("32", Actor("浜", "浜町選管", Role.MUNICIPALITY, "32"), (certified, NATION)),
    ):
        night.submit(desk, unit, owner)
        for actor in chain:
            night.approve(desk, actor, unit)
    desk.certify(Certify(**night.of("32"), override="一人の課"), NATION)
    service.define_election(night.election(forms=FORMS), tiny.SYSTEM, uuid4(), reason="二人で入力")
    for slot, second in (("2200", None), ("2300", "14")):
        place = night.of("11", "flash", slot)
        desk.save_draft(SaveDraft(**place, cells=night.cells(votes_a=41)), WARD)
        if second:
            cells = night.cells(votes_a=second)
            desk.save_second_entry(
                SaveSecondEntry(**night.of("11", "flash", slot), cells=cells, done=True), WARD_2
            )
    return desk


def versions(desk: Desk) -> list[tuple[int, dict[str, str], dict[str, str]]]:
    """Of every return: what stands, and what of a candidate is drafted."""
    told = []
    for form, slots in (("final", ("final",)), ("flash", ("2200", "2300"))):
        for slot in slots:
            for opened in desk.returns.open_all("tiny", form, slot, ("11", "12", "20", "31", "32")):
                drafted = opened.draft.cells | {key: held.text for key, held in opened.draft.second.items()}
                choices = {key: text for key, text in drafted.items() if key in (A, B)}
                told.append((opened.case.version, opened.case.texts, choices))
    return told


def code_of(ask: Ask, way: Way, given: dict[str, Any]) -> tuple[str, list[str]]:
    """(code of the refusal, or what was answered; kinds of its problems)."""
    assert schema._schema.mutation_type is not None
    (argument,) = schema._schema.mutation_type.fields[way.mutation].args.values()
    told = ask(
        f"mutation($i: {argument.type}) {{ {way.mutation}(input: $i) {{ __typename ... on Refusal {{ code messageJa messageEn }} {MORE.get(way.mutation, PROBLEMS)} }} }}",
        way.actor,
        i={"commandId": str(uuid4()), **given},
    )
    assert "errors" not in told, told
    answer = told["data"][way.mutation]
    for part in answer.pop("exceptions", answer.pop("sheets", ())):
        answer |= part.get("reason", {"code": part.get("state"), "problems": part.get("problems", ())})
    return answer.get("code") or answer["__typename"], [p["kind"] for p in answer.get("problems", ())]


PROBLEMS = "... on FiguresRefused { problems { kind } }"
LEFT_OUT = (
    f"exceptions {{ reason {{ __typename ... on Refusal {{ code messageJa messageEn }} {PROBLEMS} }} }}"
)
MORE = {
    "approveGreen": f"... on GreenDone {{ {LEFT_OUT} }}",
    "certifyGreen": f"... on CertifiedGreen {{ {LEFT_OUT} }}",
    "handInWorkbook": "... on WorkbookDone { sheets { state problems { kind } cells { outcome } } }",
}


def test_what_was_shown_by_another_name_is_taken_on_no_way(
    ask: Ask, service: Reporting, desk: Desk, client: TestClient
) -> None:
    sent = [(way, way.given | {name: told(desk) for name, told in way.fresh.items()}) for way in WAYS]
    seen = service.ledger.position()
    exchange(service, FORMS)
    before = versions(desk)
    for way, given in sent:
        code, kinds = code_of(ask, way, {**given, KEY: seen})
        if way.mutation == "handInWorkbook":
            assert code == "conflict", "the rows of a workbook say themselves what they were called"
        else:
            assert (way.mutation, code) == (way.mutation, "called_otherwise")
            assert set(kinds) == {"renamed"}
        assert versions(desk) == before, way
    now = service.ledger.position()
    for way, given in sent:
        if way.mutation != "handInWorkbook":
            code, _ = code_of(ask, way, {**given, KEY: now})
            assert code != "called_otherwise", way


def test_every_change_of_cells_says_by_what_names_they_were_seen() -> None:
    """A way in that is added later, too."""
    assert schema._schema.mutation_type is not None
    silent, looked = [], set()
    for name, mutation in schema._schema.mutation_type.fields.items():
        given = [get_named_type(argument.type) for argument in mutation.args.values()]
        kinds = [kind for kind in given if isinstance(kind, GraphQLInputObjectType)]
        if any(CELLS & kind.fields.keys() for kind in kinds):
            looked.add(name)
            silent += [k.name for k in kinds if KEY not in k.fields and k.name not in NO_CHOICE]
    assert silent == []
    assert looked - {way.mutation for way in WAYS} - ELSEWHERE - {"capturePlace"} == set()


def test_a_file_in_codes_is_asked_about_at_its_rows(
    ask: Ask, service: Reporting, client: TestClient, settings: Settings
) -> None:
    seen = service.ledger.position()
    exchange(service, FORMS)
    rows = "election,form,slot,unit,contest,item,choice,value\ntiny,final,final,11,pr,votes,a,60\n"
    token = issue_token(load_key(settings.token_key), WARD, now=int(time.time()))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}

    def last(**asked: Any) -> dict[str, Any]:
        answer = client.post("/import/returns", params=asked, content=rows, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(json.loads(answer.text.splitlines()[-1]))

    refused = last(seenAt=seen)
    assert refused["type"] == "refused", refused
    upload = refused["upload"]
    given = {"upload": upload, "kind": "returns", "commandId": str(uuid4())}
    taken = """mutation($i: TakeUploadInput!) { takeUpload(input: $i) { __typename
      ... on ImportRefused { problems { row column stands { ja } expected { ja } } } } }"""
    (told,) = ask(taken, WARD, i={**given, KEY: seen})["data"].values()
    (problem,) = told["problems"]
    assert (problem["row"], problem["column"]) == (2, "choice")
    assert "甲党" in problem["expected"]["ja"]
    assert last(seenAt=service.ledger.position())["type"] == "done"


def test_a_correction_is_not_shown_by_names_that_were_not_typed_beside(
    ask: Ask, service: Reporting, desk: Desk
) -> None:
    seen = service.ledger.position()
    exchange(service, FORMS)
    look = """query($f: [CellInput!]!, $at: Int) { previewCorrection(election: "tiny", form: "final", slot: "final", unit: "11",
      figures: $f, seenAt: $at) { version } }"""
    refused = ask(look, WARD, f=OTHER, at=seen)
    assert refused["errors"][0]["extensions"]["code"] == "CALLED_OTHERWISE"
