"""Every mutation of the schema, sent again: same id and same body give the first answer and change nothing, another body
under the id is refused, whatever has happened in between. A mutation without a recipe here fails."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import divided_land
import joint_land
import night
import pytest
import scans
import typed_book
from graphql import GraphQLObjectType, GraphQLUnionType, get_named_type, is_leaf_type
from night import CITY, NATION, OTHER_WARD, PREFECTURE, PREFECTURE_2, WARD, WARD_2
from starlette.testclient import TestClient
from test_desk import client as client  # the night's application
from tiny import SYSTEM, Ask

from api.graphql.schema import schema
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    Annotate,
    Certify,
    ConfirmDiscrepancy,
    SaveDraft,
    SaveSecondEntry,
    Submit,
)
from reporting.application.documents import AttachDocument, AttachedDocuments
from reporting.application.incident_commands import RecordIncident, ReviewIncident
from reporting.application.incidents import Incidents
from reporting.application.lots import Lots, RecordLot
from reporting.application.offices import Offices
from reporting.application.polling_places import PollingPlaces, RegisterPlaces
from reporting.application.proofing import digest_of
from reporting.application.retention import Retention
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes
from reporting.domain.polling_places import PollingPlace
from reporting.domain.status import NotNow
from reporting.kit.making import make_book
from reporting.uploads import Uploads

pytestmark = pytest.mark.begins.with_args(night.define)

MUTATION = schema._schema.mutation_type
assert MUTATION is not None
BALANCED, VOTERS = night.BALANCED, "pr|voters||"
UNBALANCED = {**BALANCED, "voters": 101}


@dataclass(frozen=True)
class Recipe:
    """`actor` sends `given`; `other`: what to change for another body. `before`: what has to stand first."""

    actor: Actor
    given: dict[str, Any]
    other: dict[str, Any]
    before: Callable[[Desk], object] = lambda desk: None
    fresh: dict[str, Callable[[Desk], Any]] = field(default_factory=dict)


def submitted(desk: Desk) -> None:
    night.submit(desk)


def remarked_in_public(desk: Desk) -> int:
    """Ledger position of a remark that everybody sees, on a certified return."""
    approved(desk)
    desk.certify(Certify(**night.of("11"), override="一人の課"), NATION)
    asked = Annotate(**night.of("11"), note_class="remark", note="注", public=True)
    return desk.annotate(asked, WARD).position


def approved(desk: Desk) -> None:
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)


def declared(desk: Desk) -> None:
    night.submit(desk, values=UNBALANCED, declarations={key_of(desk): "recount"}, reason="再点検でも一致せず")


def confirmed(desk: Desk) -> None:
    declared(desk)
    desk.confirm_discrepancy(ConfirmDiscrepancy(**night.of("11"), key=key_of(desk)), WARD_2)


def key_of(desk: Desk) -> str:
    """The difference of `UNBALANCED`, as the rules name it."""
    one = desk.returns.open("tiny", "final", "final", "11")
    values = {cell.cell().cell.key: cell.cell().text for cell in night.cells(**UNBALANCED)}
    return next(found.key for found in desk.findings.of(one, values) if found.waivable)


def sent_back(desk: Desk) -> None:
    night.submit(desk)
    night.send_back(desk, CITY, "11", VOTERS)


def workbook(desk: Desk) -> str:
    """The return, typed into a workbook."""
    data = make_book(desk, "tiny", "final", "final", ["11"], WARD)
    typed = {("11", cell.cell().cell.key): float(cell.value) for cell in night.cells(**BALANCED)}
    return base64.b64encode(typed_book.typed(data, typed)).decode()


def names_of(desk: Desk) -> str:
    """Digest of the contest's names as they stand."""
    return digest_of(desk.reporting.catalog.election("tiny").definition.contest("pr"))


def figures(**values: Any) -> list[dict[str, str]]:
    return [cell.model_dump() for cell in night.cells(**values)]


def tied(desk: Desk) -> None:
    """Equal votes over the whole country, approved at every top."""
    evenly = {**night.BALANCED, "votes_a": 49, "votes_b": 49}
    night.submit(desk, "11", values={**night.BALANCED, "votes_a": 38, "votes_b": 60})
    night.submit(desk, "12", OTHER_WARD)
    for unit in ("20", "31", "32"):
        night.submit(desk, unit, Actor("町", f"{unit}選管", Role.MUNICIPALITY, unit), values=evenly)
    for unit in ("11", "12", "20", "31", "32"):
        for level, area in desk.returns.open("tiny", "final", "final", unit).chain:
            if area != unit:
                night.approve(desk, Actor(f"{level}の人", area, LEVELS[level], area), unit)


LEVELS = {"city": Role.MUNICIPALITY, "prefecture": Role.PREFECTURE, "nation": Role.MINISTRY}
LOT = {"contest": "pr", "item": "votes"}
DRAWN = {
    **LOT, "among": ["a", "b"], "winners": ["b"], "sourceClass": "election_meeting_record", "reference": "第3号",
}  # fmt: skip


def typed_twice(desk: Desk) -> None:
    """From here on two people type the flash."""
    forms = night.election().model_dump(mode="json")["forms"]
    twice = [{**form, "entry": "double" if form["code"] == "flash" else "single"} for form in forms]
    desk.reporting.define_election(night.election(forms=twice), SYSTEM, uuid4())


def compared(desk: Desk) -> None:
    typed_twice(desk)
    place = ("11", "flash", "2300")
    first, second = (
        (CellInput(contest="pr", item="votes", choice="a", value=value),) for value in ("41", "14")
    )
    desk.save_draft(SaveDraft(**night.of(*place), cells=first), WARD)
    desk.save_second_entry(SaveSecondEntry(**night.of(*place), cells=second, done=True), WARD_2)


def drawn(desk: Desk) -> None:
    tied(desk)
    given = {
        "among": ("a", "b"),
        "winners": ("b",),
        "source_class": "election_meeting_record",
        "reference": "1",
    }
    where = {"election": "tiny", "form": "final", "slot": "final", **LOT}
    Lots(desk.reporting).record(RecordLot(command_id=uuid4(), **where, **given), NATION)


def registered(desk: Desk) -> None:
    Offices(desk.reporting).register(uuid4(), "o-11", "十一選管", Role.WARD, "11", SYSTEM)


def member(desk: Desk) -> None:
    registered(desk)
    Offices(desk.reporting).grant(uuid4(), "o-11", "新しい人", date(2020, 4, 1), None, SYSTEM)


AN_OFFICE = {"office": "o-11", "label": "十一選管", "role": "ward", "jurisdiction": "11"}
A_MEMBER = {"office": "o-11", "subject": "新しい人", "validFrom": "2020-04-01"}
NATION_2 = Actor("森", "総務省", Role.MINISTRY, "JP")
OF_11 = {"unit": "11"}
FLASH_11 = {**OF_11, "form": "flash", "slot": "2300"}
PLACE_11 = {**OF_11, "form": "final", "slot": "final"}
OF_OFFICES = {
    "openHold",
    "liftHold",
    "proposeDisposal",
    "confirmDisposal",
    "handOverOffice",
    "registerOffice",
    "grantMembership",
    "endMembership",
}
"""Not about an election."""
SEVERAL = {
    "remarkItem",
    "flagItem",
    "divideUnit",
    "undoDivision",
    "mergeUnits",
    "undoMerge",
    "confirmDivision",
    "recordIncident",
    "correctIncident",
    "reviewIncident",
    "releaseIncident",
    "correctTogether",
    "approveTogether",
    "proofreadNames",
}
OF_A_FILE = {"handInWorkbook"}
NO_COMMANDS = {"discardUpload", "sendUpload", "takeUpload"}
"""They record nothing of their own: sending again finds nothing to do (`test_workbooks.py`, `console/test_files_page.py`)."""
"""What they are about stands in the file."""
"""Commands that name their returns themselves."""


def with_a_place(desk: Desk) -> None:
    places = (PollingPlace(number="1", name="第1投票所"),)
    request = RegisterPlaces(command_id=uuid4(), election="tiny", units={"11": places})
    PollingPlaces(desk.reporting).register(request, WARD)


CASE = {
    "election": "tiny", "unit": "11", "account": "交付の誤り",
    "facts": {"kind": "ballot_issue", "phase": "polling", "site": "office", "validity": "undecided"},
}  # fmt: skip


def with_a_case(desk: Desk) -> dict[str, Any]:
    request = RecordIncident.model_validate({**CASE, "command_id": uuid4()})
    done = Incidents(desk.reporting).record(request, WARD)
    return {"number": done.number, "seen": done.position}


def case_seen(desk: Desk) -> int:
    """Of the case that stands."""
    return Incidents(desk.reporting).files("tiny", ("11",))["11"].folded.cases[1].latest.position


def with_a_reviewed_case(desk: Desk) -> dict[str, Any]:
    at = with_a_case(desk)
    for actor in (CITY, PREFECTURE, NATION):
        asked = ReviewIncident(command_id=uuid4(), election="tiny", unit="11", accepted=True, **at)
        Incidents(desk.reporting).review(asked, actor)
    return at


KEEPER, KEEPER_2 = (Actor(name, "総務省", Role.MINISTRY, "*") for name in ("高橋", "伊藤"))


def of_long_ago(desk: Desk) -> None:
    """An election of 2001 with a figure, whose names nobody has to keep any more."""
    old = night.election(code="old", polling_date="2001-07-29", workflow=None)
    desk.reporting.define_election(old, SYSTEM, uuid4())
    figure = (CellInput(contest="pr", item="voters", value="1"),)
    where = {"election": "old", "form": "final", "slot": "final", "unit": "11"}
    entered = EnterFigures(command_id=uuid4(), **where, expected_version=0, figures=figure)
    desk.reporting.enter_figures(entered, WARD)


def held(desk: Desk) -> str:
    return Retention(desk.reporting).hold(uuid4(), "tiny", None, "訴訟", KEEPER)


def proposed(desk: Desk) -> str:
    return Retention(desk.reporting).propose_due(uuid4(), "old", "2026-17", KEEPER).proposal.disposal


def waiting_division(desk: Desk) -> int:
    """Number of a proposal: in an election that is no test, of a town that has reported."""
    desk.reporting.define_election(night.election(code="live", is_test=False), night.tiny.SYSTEM, uuid4())
    sent = {**night.of("20"), "election": "live", "figures": night.cells(electors=200)}
    desk.save_draft(SaveDraft(**night.of("20"), cells=night.cells(electors=1)), night.TOWN)
    desk.submit(Submit(**sent, explanations={}), night.TOWN)
    done = divided_land.divide(desk.reporting, election="live")
    assert done.proposal is not None
    return done.proposal


def scan_sent(desk: Desk) -> str:
    """A file that the ward has sent."""
    with Uploads(Database(str(desk.reporting.ledger._pool.conninfo))) as store:
        return str(store.keep_bytes(WARD, "import", "開票録.png", scans.png()).upload_id)


def scan_attached(desk: Desk) -> str:
    with TemporaryDirectory() as folder:
        attached = AttachedDocuments(desk.reporting, Documents(Path(folder)))
        asked = AttachDocument(**night.of("11"), upload=uuid4(), title="開票録")
        return attached.attach(asked, WARD, scans.png).document


TWO_PARTS = [{"code": "20-1", "name": "本土"}, {"code": "20-2", "name": "離島"}]
RECIPES = {
    "attachDocument": Recipe(
        WARD, {**OF_11, "title": "開票録"}, {"title": "別の名"}, fresh={"upload": scan_sent}
    ),
    "linkDocument": Recipe(
        WARD,
        {**OF_11, "links": [{"cell": VOTERS, "page": 1}]},
        {"links": []},
        fresh={"document": scan_attached},
    ),
    "withdrawDocument": Recipe(
        WARD,
        {**OF_11, "reason": "別の単位の開票録"},
        {"reason": "別の理由"},
        fresh={"document": scan_attached},
    ),
    "remarkItem": Recipe(WARD, {**OF_11, "item": "voters", "wish": "remove", "text": "重い"}, {"text": "別"}),
    "flagItem": Recipe(
        NATION, {"item": "voters", "candidate": True, "reason": "使われていない"}, {"reason": "別"}
    ),
    "divideUnit": Recipe(
        PREFECTURE,
        {"unit": "20", "parts": TWO_PARTS, "on": "2024-10-27", "reason": "荒天"},
        {"reason": "別の理由"},
    ),
    "undoDivision": Recipe(
        PREFECTURE,
        {"unit": "20", "reason": "天候の回復"},
        {"reason": "別の理由"},
        lambda desk: divided_land.divide(desk.reporting),
    ),
    "mergeUnits": Recipe(
        joint_land.PREFECTURE,
        {"units": ["31", "32"], "code": "3132", "name": "合同", "on": "2024-10-27", "reason": "浸水"},
        {"reason": "別の理由"},
    ),
    "undoMerge": Recipe(
        joint_land.PREFECTURE,
        {"unit": "3132", "reason": "別々に開票できた"},
        {"reason": "別の理由"},
        lambda desk: joint_land.merge(desk.reporting),
    ),
    "confirmDivision": Recipe(
        PREFECTURE_2, {"election": "live"}, {"proposal": 1}, fresh={"proposal": waiting_division}
    ),
    "openHold": Recipe(KEEPER, {"election": "tiny", "reason": "訴訟"}, {"record": "names"}),
    "liftHold": Recipe(KEEPER, {"reason": "判決確定"}, {"hold": "h-00000000"}, fresh={"hold": held}),
    "proposeDisposal": Recipe(
        KEEPER, {"election": "old", "reason": "2026-17"}, {"reason": "2026-18"}, of_long_ago
    ),
    "confirmDisposal": Recipe(
        KEEPER_2, {}, {"disposal": "d-00000000"}, of_long_ago, fresh={"disposal": proposed}
    ),
    "recordIncident": Recipe(WARD, CASE, {"account": "別のこと"}),
    "correctIncident": Recipe(
        WARD,
        {**CASE, "account": "交付の誤りと分かった", "reasonClass": "typing_error", "reason": "書き誤り"},
        {"reason": "別の理由"},
        fresh={"number": lambda desk: with_a_case(desk)["number"], "seen": case_seen},
    ),
    "reviewIncident": Recipe(
        CITY,
        {"unit": "11", "accepted": True},
        {"accepted": False},
        fresh={"number": lambda desk: with_a_case(desk)["number"], "seen": case_seen},
    ),
    "releaseIncident": Recipe(
        NATION,
        {"unit": "11"},
        {"number": 2},
        fresh={"number": lambda desk: with_a_reviewed_case(desk)["number"], "seen": case_seen},
    ),
    "capturePlace": Recipe(
        WARD,
        {**OF_11, "number": "1", "figures": figures(electors=20)},
        {"figures": figures(electors=21)},
        with_a_place,
    ),
    "enterFigures": Recipe(
        WARD,
        {**OF_11, "expectedVersion": 0, "figures": figures(electors=200)},
        {"figures": figures(electors=201)},
    ),
    "correctFigures": Recipe(
        WARD,
        {
            **OF_11,
            "expectedVersion": 2,
            "figures": figures(electors=210),
            "reasonClass": "typing_error",
            "reason": "転記誤り",
        },
        {"figures": figures(electors=211)},
        submitted,
    ),
    "saveDraft": Recipe(WARD, {**OF_11, "cells": figures(electors=200)}, {"cells": figures(electors=1)}),
    "readTogether": Recipe(
        WARD, {**OF_11, "figures": figures(electors=200)}, {"figures": figures(voters=100)}, submitted
    ),
    "saveSecondEntry": Recipe(
        WARD_2, {**FLASH_11, "cells": figures(votes_a=41)}, {"cells": figures(votes_a=1)}, typed_twice
    ),
    "settleEntry": Recipe(
        WARD, {**FLASH_11, "cells": figures(votes_a=14)}, {"cells": figures(votes_a=1)}, compared
    ),
    "submitReturn": Recipe(
        WARD, {**OF_11, "figures": figures(**BALANCED)}, {"figures": figures(**{**BALANCED, "electors": 201})}
    ),
    "correctTogether": Recipe(
        WARD,
        {"returns": [{**PLACE_11, "figures": figures(**BALANCED)}], "reason": "計上漏れ"},
        {"returns": [{**PLACE_11, "figures": figures(**{**BALANCED, "electors": 201})}]},
    ),
    "approveTogether": Recipe(
        CITY, {"returns": [PLACE_11]}, {"returns": [{**PLACE_11, "cells": [VOTERS]}]}, submitted
    ),
    "handInWorkbook": Recipe(WARD, {"name": "11.xlsx"}, {"reason": "別の理由"}, fresh={"content": workbook}),
    "approveReturn": Recipe(CITY, OF_11, {"cells": [VOTERS]}, submitted),
    "approveGreen": Recipe(CITY, {}, {"units": ["11"]}, submitted),
    "certifyGreen": Recipe(NATION_2, {}, {"units": ["11"]}, approved),
    "sendBack": Recipe(
        CITY,
        {**OF_11, "cells": [VOTERS], "reasonClass": "query", "reason": "確認"},
        {"reason": "別"},
        submitted,
    ),
    "answerReturn": Recipe(WARD, {**OF_11, "cells": [VOTERS], "agrees": True}, {"agrees": False}, sent_back),
    "certifyReturn": Recipe(NATION, {**OF_11, "override": "一人の課"}, {"override": "別の理由"}, approved),
    "withdrawReturn": Recipe(WARD, {**OF_11, "reason": "取り違え"}, {"reason": "別の理由"}, submitted),
    "annotateReturn": Recipe(WARD, {**OF_11, "noteClass": "remark", "note": "注"}, {"note": "別"}, submitted),
    "takeBackRemark": Recipe(
        WARD, {**OF_11, "reason": "別の報告の話"}, {"reason": "別"}, fresh={"remark": remarked_in_public}
    ),
    "declareDiscrepancy": Recipe(
        WARD,
        {**OF_11, "reasonClass": "recount", "reason": "一致せず"},
        {"reason": "別"},
        lambda desk: desk.save_draft(SaveDraft(**night.of("11"), cells=figures(**UNBALANCED)), WARD),
        {"key": key_of},
    ),
    "confirmDiscrepancy": Recipe(WARD_2, OF_11, {"key": "J01|pr|x"}, declared, {"key": key_of}),
    "closeDiscrepancy": Recipe(
        WARD_2,
        {**OF_11, "reasonClass": "recount", "reason": "説明"},
        {"reason": "別"},
        confirmed,
        {"key": key_of},
    ),
    "remindAll": Recipe(CITY, {"units": ["11", "12"]}, {"kind": "awaiting_approval"}),
    "remind": Recipe(CITY, OF_11, {"kind": "awaiting_approval"}),
    "recordLot": Recipe(NATION, DRAWN, {"reference": "第4号"}, tied),
    "confirmLot": Recipe(
        NATION_2, LOT, {"recorded": 1}, drawn, {"recorded": lambda desk: desk.reporting.ledger.position()}
    ),
    "proofreadNames": Recipe(NATION, {"contest": "pr"}, {"contest": "d1"}, fresh={"names": names_of}),
    "registerOffice": Recipe(night.tiny.SYSTEM, AN_OFFICE, {"label": "別の委員会"}),
    "grantMembership": Recipe(night.tiny.SYSTEM, A_MEMBER, {"subject": "別の人"}, registered),
    "handOverOffice": Recipe(
        night.tiny.SYSTEM,
        {"office": "o-11", "day": "2026-04-01", "leaving": ["新しい人"], "coming": ["次の人"]},
        {"coming": ["別の人"]},
        member,
    ),
    "endMembership": Recipe(
        night.tiny.SYSTEM,
        {"office": "o-11", "subject": "新しい人", "validTo": "2026-04-01"},
        {"validTo": "2026-05-01"},
        member,
    ),
    "releaseSlot": Recipe(night.tiny.SYSTEM, {}, {"slot": "2300", "form": "flash"}, approved),
}


def selection(kind: Any, depth: int = 2) -> str:
    """Everything an answer holds, but whether it is a repeat and what is asked of the views (releases)."""
    kind = get_named_type(kind)
    if isinstance(kind, GraphQLUnionType):
        return "__typename " + " ".join(
            f"... on {one.name} {{ {aliased(one, depth)} }}" for one in kind.types
        )
    return aliased(kind, depth)


def aliased(kind: GraphQLObjectType, depth: int) -> str:
    found = []
    for name, one in kind.fields.items():
        inner = get_named_type(one.type)
        if name in ("repeated", "releasedAt", "due", "proof", "event", "files", "lastPosition", "labels"):
            continue
        if is_leaf_type(inner):
            found.append(f"{kind.name}_{name}: {name}")
        elif depth:
            found.append(f"{kind.name}_{name}: {name} {{ {selection(inner, depth - 1)} }}")
    return " ".join(found) or "__typename"


def send(ask: Ask, name: str, actor: Actor, given: dict[str, Any]) -> Any:
    assert MUTATION is not None
    one = MUTATION.fields[name]
    kind = get_named_type(one.args["input"].type)
    query = f"mutation($i: {kind.name}!) {{ answer: {name}(input: $i) {{ {selection(one.type)} }} }}"
    answer = ask(query, actor, i=given)
    assert "errors" not in answer, answer
    return answer["data"]["answer"]


def in_between(desk: Desk) -> None:
    """The return, its neighbour and its draft move on; the neighbour's can be approved and is."""
    draft = SaveDraft(**night.of("11"), cells=figures(invalid_votes=7))
    desk.save_draft(
        draft, WARD_2 if not desk.returns.open("tiny", "final", "final", "11").case.certified else NATION
    )
    desk.annotate(Annotate(**night.of("11"), note_class="remark", note="その後"), WARD)
    night.submit(desk, "12", OTHER_WARD)
    for actor in (CITY, PREFECTURE, PREFECTURE_2):
        try:
            night.approve(desk, actor, "12")
        except (FourEyes, NotNow):
            continue


IN_A_ROOM = {"openDrill", "endDrill"}
"""Kept by the practice room, not by the ledger: tests/console/test_training_pages.py."""


@pytest.mark.parametrize("name", sorted(set(MUTATION.fields) - NO_COMMANDS - IN_A_ROOM))
def test_sent_again(name: str, ask: Ask, client: TestClient, service: Reporting) -> None:
    desk, recipe = Desk(service), RECIPES[name]
    recipe.before(desk)
    more = {key: make(desk) for key, make in recipe.fresh.items()}
    where = {"commandId": str(uuid4()), "election": "tiny"}
    if name in OF_A_FILE | OF_OFFICES:
        del where["election"]
    elif name not in SEVERAL:
        where |= {"form": "final", "slot": "final"}
    given = {**where, **recipe.given, **more}
    first = send(ask, name, recipe.actor, given)
    assert not any(key.endswith("_code") for key in first), first
    in_between(desk)
    position = service.ledger.position()
    assert send(ask, name, recipe.actor, given) == first
    other = send(ask, name, recipe.actor, {**given, **recipe.other})
    assert other["__typename"] == "CommandIdReused", other
    assert service.ledger.position() == position


def test_a_bulk_approval_of_nothing_keeps_its_id(ask: Ask, client: TestClient, service: Reporting) -> None:
    """Sent again after something could be approved, it still approves nothing; with other units it is refused."""
    given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final"}
    nothing = send(ask, "approveGreen", CITY, given)
    assert nothing == {"__typename": "GreenDone", "GreenDone_exceptions": [], "GreenDone_approved": []}
    night.submit(Desk(service))
    assert send(ask, "approveGreen", CITY, given) == nothing
    reused = send(ask, "approveGreen", CITY, {**given, "units": ["11"]})
    assert reused["__typename"] == "CommandIdReused"
    other = send(ask, "approveGreen", night.CITY_2, given)
    assert other["__typename"] == "CommandIdReused", "another person's id"


def test_exceptions_of_a_bulk_approval_are_told_again(
    ask: Ask, client: TestClient, service: Reporting
) -> None:
    desk = Desk(service)
    declared(desk)  # waits for its second person
    night.submit(desk, "12", OTHER_WARD)
    given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final"}
    first = send(ask, "approveGreen", CITY, given)
    assert len(first["GreenDone_exceptions"]) == len(first["GreenDone_approved"]) == 1
    desk.confirm_discrepancy(ConfirmDiscrepancy(**night.of("11"), key=key_of(desk)), WARD_2)
    assert send(ask, "approveGreen", CITY, given) == first
    assert desk.returns.open("tiny", "final", "final", "11").case.waiting_at("city")


def test_a_release_of_nothing_new_is_not_made_later(ask: Ask, client: TestClient, service: Reporting) -> None:
    desk = Desk(service)
    approved(desk)
    where = {"election": "tiny", "form": "final", "slot": "final"}
    send(ask, "releaseSlot", night.tiny.SYSTEM, {**where, "commandId": str(uuid4())})
    again = {**where, "commandId": str(uuid4())}
    nothing = send(ask, "releaseSlot", night.tiny.SYSTEM, again)
    assert nothing["SlotReleasedDone_release"] is None
    in_between(desk)
    assert send(ask, "releaseSlot", night.tiny.SYSTEM, again) == nothing
    new = send(ask, "releaseSlot", night.tiny.SYSTEM, {**where, "commandId": str(uuid4())})
    assert new["SlotReleasedDone_release"]["ReleaseRow_number"] == 2
