"""What was withdrawn openly is marked wherever it is shown; its figures stand, in their own lines."""

from __future__ import annotations

from uuid import uuid4

import pytest
import tiny
from tiny import Ask

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.election import ElectionDefinition

GONE = {"on": "2024-10-20", "reason": "立候補の辞退"}
TOLD = {"date": "2024-10-20", "reason": "立候補の辞退"}
TOTALS = """query($asOf: AsOfInput) { election(code: "tiny", asOf: $asOf) {
  withdrawnUnits { unit withdrawn { date reason } }
  contest(code: "pr") { withdrawn { reason } choices { code withdrawn { date reason } }
    totals(form: "final", slot: "final", geography: "administrative", items: ["votes"], areas: ["JP"]) {
      nodes { choice value reported expected withdrawn { date reason } }
      withdrawn { unit withdrawn { date reason } divided areas totals { choice value withdrawn { reason } } } } } } }"""


@pytest.fixture
def withdrawn(ask: Ask, database: Database, service: Reporting) -> None:
    tiny.enter(service, "20", votes_a="1.5", votes_b="2")
    tiny.enter(service, "31", votes_a="4", votes_b="8")
    stored = tiny.election().model_dump(mode="json")
    stored["contests"][0]["choices"][0]["withdrawn"] = GONE
    stored["units"]["withdrawn"] = [{"unit": "20", **GONE}]
    after = ElectionDefinition.model_validate(stored)
    service.define_election(after, tiny.SYSTEM, uuid4(), reason="辞退")
    Projector(database).catch_up()


@pytest.mark.usefixtures("withdrawn")
@pytest.mark.parametrize("then", [False, True])
def test_withdrawn_things_are_marked_and_their_figures_stand_apart(
    ask: Ask, service: Reporting, then: bool
) -> None:
    asked = ask(TOTALS, tiny.MINISTRY, **({"asOf": {"position": service.ledger.position()}} if then else {}))
    assert "errors" not in asked, asked
    told = asked["data"]["election"]
    contest = told["contest"]
    assert told["withdrawnUnits"] == [{"unit": "20", "withdrawn": TOLD}]
    assert contest["withdrawn"] is None
    assert contest["choices"] == [{"code": "a", "withdrawn": TOLD}, {"code": "b", "withdrawn": None}]
    assert contest["totals"]["nodes"] == [
        {"choice": "a", "value": "5.5", "reported": 2, "expected": 5, "withdrawn": TOLD},
        {"choice": "b", "value": "10", "reported": 2, "expected": 5, "withdrawn": None},
    ]
    assert contest["totals"]["withdrawn"] == [
        {
            "unit": "20", "withdrawn": TOLD, "divided": False, "areas": ["20", "P1", "JP"],
            "totals": [
                {"choice": "a", "value": "1.5", "withdrawn": {"reason": "立候補の辞退"}},
                {"choice": "b", "value": "2", "withdrawn": {"reason": "立候補の辞退"}},
            ],
        }
    ]  # fmt: skip
