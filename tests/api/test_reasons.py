"""A reason belongs to the cells it was given for: each cell's history shows its own, on every way of correcting."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
import test_desk
from night import CITY, NATION, PREFECTURE, WARD
from test_desk import approve, figures, mutate, submit
from test_erasing import erase
from tiny import Ask

from reporting.database.connect import Database

client, pytestmark = test_desk.client, test_desk.pytestmark
VOTES_A, VOTES_B, VOTERS = "pr|votes||a", "pr|votes||b", "pr|voters||"
CHANGED = {"votes_a": 61, "votes_b": 37, "electors": 201}
OWN = [
    {"cells": [VOTES_A, VOTES_B], "reasonClass": "recount", "reason": "再点検で1票"},
    {"cells": ["pr|electors||"], "reasonClass": "register", "reason": "佐藤の名簿の追加"},
]
CORRECT = """mutation($i: CorrectFiguresInput!) { correctFigures(input: $i) { __typename
  ... on FiguresRecorded { position version repeated } ... on Refusal { code messageJa messageEn } } }"""


def history(ask: Ask, key: str, at: int) -> list[tuple[str, str | None, str | None]]:
    """Newest first: (value, class, words)."""
    contest, item, _, choice = key.split("|")
    query = """query($at: Int, $contest: String!, $item: String!, $choice: String!) { asOfPosition(minPosition: $at)
      election(code: "tiny") { figureHistory(form: "final", slot: "final", unit: "11", contest: $contest, item: $item,
        choice: $choice) { nodes { after reasonClass reason } } } }"""
    answer = ask(query, night.tiny.AUDITOR, at=at, contest=contest, item=item, choice=choice)
    assert "errors" not in answer, answer
    nodes = answer["data"]["election"]["figureHistory"]["nodes"]
    return [(one["after"], one["reasonClass"], one["reason"]) for one in nodes]


def correct(ask: Ask, command_id: str, **more: Any) -> dict[str, Any]:
    given = {
        "commandId": command_id, "election": "tiny", "form": "final", "slot": "final", "unit": "11",
        "expectedVersion": 2, "reasonClass": "typing_error", "reason": "転記誤り", **more,
    }  # fmt: skip
    answer = ask(CORRECT, WARD, i=given)
    assert "errors" not in answer, answer
    return dict(answer["data"]["correctFigures"])


@pytest.mark.parametrize("way", ["submitReturn", "correctFigures", "after certification"])
def test_each_cell_tells_its_own_reason(ask: Ask, way: str, database: Database) -> None:
    submit(ask)
    cells = [*figures(**CHANGED), *figures(voters=100)]
    given: dict[str, Any] = {
        "figures": cells,
        "reasonClass": "typing_error",
        "reason": "転記誤り",
        "reasons": OWN,
    }
    if way == "submitReturn":
        done = submit(ask, **given)
    elif way == "correctFigures":
        same = str(uuid4())
        given["figures"] = figures(**CHANGED, invalid_votes=3)
        done = correct(ask, same, **given)
        assert correct(ask, same, **given) == {**done, "repeated": True}
    else:
        for actor in (CITY, PREFECTURE, NATION):
            approve(ask, actor)
        mutate(ask, NATION, "certifyReturn", "CertifyInput", unit="11", override="一人の課")
        done = submit(ask, PREFECTURE, **given)
    at = done["position"]
    for key, words in ((VOTES_A, OWN[0]), (VOTES_B, OWN[0]), ("pr|electors||", OWN[1])):
        assert history(ask, key, at)[0][1:] == (words["reasonClass"], words["reason"])
    assert len(history(ask, VOTERS, at)) == 1
    if way == "correctFigures":
        assert history(ask, "pr|invalid_votes||", at)[0] == ("3", "typing_error", "転記誤り")
    erase(database)
    persons = {"submitReturn": "(erased)", "correctFigures": "(erased)"}
    assert history(ask, "pr|electors||", at)[0][2] == persons.get(way, OWN[1]["reason"])


TOGETHER = """mutation($i: CorrectTogetherInput!) { correctTogether(input: $i) { __typename
  ... on DoneTogether { position repeated } ... on Refusal { code messageJa messageEn } } }"""
NAMED = """query($at: Int, $unit: String!) { asOfPosition(minPosition: $at) election(code: "tiny") { figureHistory(form: "final",
  slot: "final", unit: $unit, contest: "pr", item: "votes", choice: "a") { nodes { after reason together { unit } } } } }"""


def jointly(ask: Ask, reasons: list[dict[str, Any]], command_id: str) -> dict[str, Any]:
    """Two wards exchange votes; what the first gives its reasons for, the second changes for the command's."""
    returns = [
        {"form": "final", "slot": "final", "unit": "11", "figures": figures(**CHANGED), "reasons": reasons},
        {"form": "final", "slot": "final", "unit": "12", "figures": figures(votes_a=59, votes_b=39),
         "reasons": [{**OWN[0], "cells": [VOTES_B], "reason": "乙党の束"}]},
    ]  # fmt: skip
    given = {"commandId": command_id, "election": "tiny", "reason": "取り違え", "returns": returns}
    answer = ask(TOGETHER, CITY, i=given)
    assert "errors" not in answer, answer
    return dict(answer["data"]["correctTogether"])


def test_in_a_joint_correction_each_cell_of_each_return_tells_its_own(ask: Ask) -> None:
    submit(ask)
    submit(ask, night.OTHER_WARD, unit="12")
    same = str(uuid4())
    done = jointly(ask, OWN[:1], same)
    assert done["__typename"] == "DoneTogether", done
    assert jointly(ask, OWN[:1], same) == {**done, "repeated": True}
    at = done["position"]
    assert history(ask, VOTES_A, at)[0][1:] == (OWN[0]["reasonClass"], OWN[0]["reason"])
    assert history(ask, "pr|electors||", at)[0][1:] == ("resubmission", "取り違え")
    told = {}
    for unit in ("11", "12"):
        answer = ask(NAMED, night.tiny.AUDITOR, at=at, unit=unit)
        told[unit] = answer["data"]["election"]["figureHistory"]["nodes"][0]
    assert told == {
        "11": {"after": "61", "reason": "再点検で1票", "together": [{"unit": "12"}]},
        "12": {"after": "59", "reason": "取り違え", "together": [{"unit": "11"}]},
    }


def test_in_a_joint_correction_no_reason_is_lost(ask: Ask) -> None:
    submit(ask)
    submit(ask, night.OTHER_WARD, unit="12")
    refused = jointly(ask, [{**OWN[0], "cells": [VOTERS]}], str(uuid4()))
    assert refused["code"] == "invalid_input"
    assert VOTERS in refused["messageJa"]


def test_cells_with_reasons_of_their_own_alone_need_no_other(ask: Ask) -> None:
    submit(ask)
    done = submit(ask, figures=figures(**CHANGED), reasons=OWN)
    assert done["status"] == "submitted", done
    assert history(ask, VOTES_A, done["position"])[0][2] == OWN[0]["reason"]
    left = submit(ask, figures=figures(votes_a=60, votes_b=38), reasons=[{**OWN[0], "cells": [VOTES_A]}])
    assert [(one["kind"], one["item"]) for one in left["problems"]] == [("reason", "votes")]


@pytest.mark.parametrize(
    "reasons",
    [[{**OWN[0], "cells": [VOTERS]}], [OWN[0], {**OWN[1], "cells": [VOTES_A]}]],
    ids=["kept", "twice"],
)
@pytest.mark.parametrize("way", ["submitReturn", "correctFigures"])
def test_no_reason_is_lost(ask: Ask, way: str, reasons: list[dict[str, Any]]) -> None:
    """One given for a cell that stays as it is, or that has one already, is refused, naming the cell."""
    submit(ask)
    given: dict[str, Any] = {"figures": figures(**CHANGED), "reason": "転記誤り", "reasons": reasons}
    done = submit(ask, **given) if way == "submitReturn" else correct(ask, str(uuid4()), **given)
    assert done["code"] == "invalid_input"
    assert "pr|" in done["messageJa"]


def test_a_withdrawn_return_starts_anew(ask: Ask) -> None:
    """Neither reason nor explanation of what is gone: that nothing stands in the cells is no statement to be changed."""
    submit(ask)
    withdrawn = mutate(ask, WARD, "withdrawReturn", "WithdrawInput", unit="11", reason="別の開票区の数字")
    assert withdrawn["status"] == "withdrawn"
    done = submit(ask, figures=figures(**{**night.BALANCED, "votes_a": 61, "votes_b": 37}))
    assert done["status"] == "submitted", done
    assert [one[0] for one in history(ask, VOTES_A, done["position"])] == ["61", "!not_reported", "60"]
    again = submit(ask, figures=figures(votes_a=60, votes_b=38))
    assert {one["kind"] for one in again["problems"]} == {"reason"}
