"""The words with which cells were sent back, objected to or changed from above stand where the cell is, and are erased there."""

from __future__ import annotations

from typing import Any

import night
import pytest
import test_desk
from disposed import erase
from night import CITY, CITY_2, PREFECTURE, WARD, WARD_2
from test_desk import figures, mutate, submit
from tiny import AUDITOR, Ask

from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role

client, pytestmark = test_desk.client, test_desk.pytestmark
ANALYST = Actor("分析", "統計室", Role.ANALYST, "*")
A, B = "pr|votes||a", "pr|votes||b"
SAID = "said { kind cells reasonClass reason level office person position }"
DESK = f"""{{ desk(election: "tiny", form: "final", slot: "final", unit: "11") {{ cells {{ key {SAID} }} log {{ position reason }} }} }}"""
WORK = f"""query($kind: WorkKind!, $at: Int) {{ workList(election: "tiny", kind: $kind, minPosition: $at) {{
  nodes {{ unit {SAID} }} }} }}"""


def at_the_cells(ask: Ask, actor: Actor = WARD) -> dict[str, list[dict[str, Any]]]:
    cells = ask(DESK, actor)["data"]["desk"]["cells"]
    return {one["key"]: one["said"] for one in cells if one["said"]}


def in_the_list(ask: Ask, kind: str, at: int, actor: Actor = WARD) -> list[dict[str, Any]]:
    (row,) = ask(WORK, actor, kind=kind, at=at)["data"]["workList"]["nodes"]
    assert row["unit"] == "11"
    return list(row["said"])


def send_back(ask: Ask, *cells: str, reason: str) -> int:
    more = {"cells": list(cells), "reasonClass": "query", "reason": reason}
    done = mutate(ask, CITY, "sendBack", "SendBackInput", unit="11", **more)
    return int(done["position"])


def test_each_cell_says_why_it_was_sent_back_and_so_does_the_work_list(ask: Ask) -> None:
    submit(ask)
    send_back(ask, B, reason="照らしてください")
    at = send_back(ask, A, reason="読み合わせで 61")
    told = at_the_cells(ask)
    assert {key: [one["reason"] for one in said] for key, said in told.items()} == {
        A: ["読み合わせで 61"], B: ["照らしてください"],
    }  # fmt: skip
    (said,) = told[A]
    assert (said["kind"], said["cells"], said["reasonClass"], said["level"], said["office"], said["person"]) == (
        "sent_back", [A], "query", "city", CITY.office, CITY.person,
    )  # fmt: skip
    listed = in_the_list(ask, "SENT_BACK", at)
    assert [(one["cells"], one["reason"]) for one in listed] == [
        ([B], "照らしてください"), ([A], "読み合わせで 61"),
    ]  # fmt: skip
    assert listed[-1] == said


def test_an_answer_or_a_correction_takes_the_words_away(ask: Ask) -> None:
    submit(ask)
    send_back(ask, A, B, reason="照らしてください")
    mutate(
        ask, WARD, "answerReturn", "AnswerInput", unit="11", cells=[B], agrees=True, reason="開票録のとおり"
    )
    assert list(at_the_cells(ask)) == [A]
    submit(ask, figures=figures(votes_a=61, votes_b=37), reason="訂正", reasonClass="misread")
    assert at_the_cells(ask) == {}


def test_an_edit_from_above_and_an_objection_say_why(ask: Ask) -> None:
    submit(ask)
    edit = submit(
        ask, CITY, figures=figures(votes_a=61, votes_b=37), reason="県の指摘", reasonClass="misread"
    )
    told = at_the_cells(ask)
    assert set(told) >= {A, B}
    assert [(one["kind"], one["reason"], one["office"]) for one in told[A]] == [
        ("edited_above", "県の指摘", CITY.office)
    ]
    (row,) = in_the_list(ask, "EDITED_ABOVE", edit["position"])
    assert set(row["cells"]) == set(told)
    done = mutate(
        ask, WARD, "answerReturn", "AnswerInput", unit="11", cells=[A], agrees=False, reason="当区は 60"
    )
    assert [(one["kind"], one["reason"]) for one in at_the_cells(ask, CITY_2)[A]] == [
        ("objected", "当区は 60")
    ]
    listed = in_the_list(ask, "OBJECTED", done["position"], CITY_2)
    assert ("objected", [A], "当区は 60") in [(one["kind"], one["cells"], one["reason"]) for one in listed]


def test_they_say_what_the_log_says(ask: Ask) -> None:
    submit(ask)
    at = send_back(ask, A, reason="読み合わせで 61")
    log = {one["position"]: one["reason"] for one in ask(DESK, WARD)["data"]["desk"]["log"]}
    (said,) = at_the_cells(ask)[A]
    assert log[said["position"]] == said["reason"]
    assert said["position"] == at


@pytest.mark.parametrize(
    "actor",
    [None, ANALYST, WARD, WARD_2, CITY, PREFECTURE, AUDITOR, night.OTHER_WARD, Actor("林", "他県選管", Role.PREFECTURE, "P2")],
    ids=lambda actor: actor.office if actor else "nobody",
)  # fmt: skip
def test_who_reads_the_words_in_the_list_may_read_the_log(ask: Ask, actor: Actor | None) -> None:
    submit(ask)
    at = send_back(ask, A, reason="読み合わせで 61")
    desk = ask(DESK, actor)
    listed = ask(WORK, actor, kind="SENT_BACK", at=at)
    reasons = [
        one["reason"] for row in (listed.get("data") or {"workList": {"nodes": []}})["workList"]["nodes"] for one in row["said"]
    ]  # fmt: skip
    reads_log = "errors" not in desk
    assert reasons == (["読み合わせで 61"] if reads_log and "errors" not in listed else [])


def test_erased_words_are_gone_from_the_cell_and_the_list(ask: Ask, database: Database) -> None:
    submit(ask)
    at = send_back(ask, A, reason="佐藤さんの転記を確かめて")
    erase(database, CITY.person, by="保護担当", ground="2026-1")
    (said,) = at_the_cells(ask)[A]
    (listed,) = in_the_list(ask, "SENT_BACK", at)
    assert said == listed
    assert said["reason"] == "(erased)"
    assert CITY.person not in str(said)
    assert said["reasonClass"] == "query"
