"""A figure whose names or places changed says so in its history and its return's log; its value did not."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import tiny
from tiny import Ask

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

CHANGES = "definitionChanges { position person proposedBy reason changes { thing code aspect before after } }"
HISTORY = f"""{{ election(code: "tiny") {{
  figureHistory(form: "final", slot: "final", unit: "20", contest: "pr", item: "voters") {{
    nodes {{ before after }} {CHANGES} }} }}
  desk(election: "tiny", form: "final", slot: "final", unit: "20") {{
    log {{ type position reason cells {{ key before after }} definitionChanges {{ code aspect before after }} }} }} }}"""


def test_the_change_of_a_label_stands_in_the_history_of_the_figures_it_touches(
    ask: Ask, database: Database, service: Reporting
) -> None:
    flow = {"geography": "administrative", "levels": ["prefecture", "nation"], "publish_at_level": "prefecture",
            "certify_at_level": "nation"}  # fmt: skip
    service.define_election(tiny.election(workflow=flow), tiny.SYSTEM, uuid4())
    tiny.enter(service, "20", voters=3, electors=9)
    stored = tiny.election(workflow=flow).model_dump(mode="json")
    stored["items"][1]["label"] = tiny.label("投票した者")
    after = type(tiny.election()).model_validate(stored)
    done = service.define_election(after, replace(tiny.SYSTEM, person="係"), uuid4(), reason="呼び名の統一")
    tiny.enter(service, "31", voters=4)
    Projector(database).catch_up()
    asked = ask(HISTORY, tiny.MINISTRY)
    assert "errors" not in asked, asked
    answer = asked["data"]
    held = answer["election"]["figureHistory"]
    assert held["nodes"] == [{"before": None, "after": "3"}]
    (told,) = held["definitionChanges"]
    assert told == {
        "position": done.position, "person": "係", "proposedBy": None, "reason": "呼び名の統一",
        "changes": [{"thing": "item", "code": "voters", "aspect": "label", "before": "投票者数", "after": "投票した者"}],
    }  # fmt: skip
    (entry,) = [one for one in answer["desk"]["log"] if one["type"] == "DefinitionChanged"]
    assert entry["position"] == done.position
    assert entry["cells"] == [{"key": "pr|voters||", "before": None, "after": None}]
    assert entry["definitionChanges"][0]["after"] == "投票した者"
    later = ask(HISTORY.replace('"20"', '"31"'), tiny.MINISTRY)["data"]
    assert later["election"]["figureHistory"]["definitionChanges"] == []  # it never had the other name
