"""Every granted read of figures before their release leaves one line: who, where, in which request; never a figure."""

from __future__ import annotations

from typing import Any

import pytest
import test_desk
from night import CITY, WARD
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from test_desk import PATHS, submit, totals
from tiny import AUDITOR, Ask

client, pytestmark = test_desk.client, test_desk.pytestmark

PLACES: dict[str, list[dict[str, str]]] = {
    "unitReturn": [{"unit": "11"}],
    "history": [{"unit": "11"}],
    "entered": [{"area": "administrative/11"}],
    "children": [{"area": "administrative/10"}],
    "figures": [{"area": "administrative/11"}],
    "desk": [{"unit": "11"}],
    "event": [{"unit": "11"}],
    "preview": [{"unit": "11"}, {"area": "*"}],
    "board": [],  # where returns stand, no figures
}
MORE = {
    'audit(election: "tiny") { nodes { position } }': [{"unit": "*"}],
    'audit(election: "tiny", filter: {unit: "12"}) { nodes { position } }': [{"unit": "12"}],
    'audit(election: "tiny", filter: {geography: "administrative", area: "P1"}) { nodes { position } }': [
        {"area": "administrative/P1"}
    ],
    'changesSince(election: "tiny", position: 0, layer: "entered") { nodes { value } }': [{"area": "*"}],
    """differences(election: "tiny", form: "final", slot: "final", contest: "pr", geography: "administrative", layer: "entered",
       from: {position: 5}, areas: ["JP", "P1"]) { after }""": [
        {"area": "administrative/JP"},
        {"area": "administrative/P1"},
    ],
    'figureProvenance(election: "tiny", form: "final", slot: "final", unit: "11", contest: "pr", item: "voters")': [
        {"unit": "11"}
    ],
    'reconciliation(election: "tiny", form: "final", slot: "final", layer: "entered") { nodes { value } }': [
        {"area": "*"}
    ],
}


def lines(ask: Ask, query: str, actor: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with capture_logs() as logged:
        answer = ask(query, actor)
    found = [dict(one) for one in logged if one["event"] == "unreleased_read"]
    sealed = (
        "chain",
        "n",
        "previous",
        "at",
        "person_seal",
        "salt",
        "hash",
    )  # tests/transparency/test_reads.py
    return answer, [{name: line[name] for name in line if name not in sealed} for line in found]


@pytest.mark.parametrize("path", [*PATHS, *MORE])
def test_a_granted_read_leaves_one_line_for_each_place(ask: Ask, client: TestClient, path: str) -> None:
    position = submit(ask)["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=position)
    fields = PATHS.get(path, path).replace("POSITION", str(position - 1))
    expected = MORE.get(path) if path in MORE else PLACES[path]
    assert expected is not None
    answer, found = lines(ask, "{ " + fields + " }", AUDITOR)
    assert "errors" not in answer, answer
    requests = {one.pop("request_id") for one in found}
    assert len(requests) == (1 if expected else 0)
    assert found == [
        {
            "event": "unreleased_read", "log_level": "info", "person": AUDITOR.person, "office": AUDITOR.office,
            "role": "auditor", "election": "tiny", **place,
        }
        for place in expected
    ]  # fmt: skip
    refused, none = lines(ask, "{ " + fields + " }", test_desk.ANALYST)
    assert refused.get("errors")
    assert none == []


def test_the_same_place_twice_in_a_request_is_one_line(ask: Ask, client: TestClient) -> None:
    submit(ask)
    twice = " ".join(f"{name}: {PATHS['desk']}" for name in ("a", "b"))
    assert len(lines(ask, "{ " + twice + " }", WARD)[1]) == 1


def test_a_whole_reach_is_one_line_and_what_is_released_is_none(ask: Ask, client: TestClient) -> None:
    submit(ask)
    with capture_logs() as logged:
        totals(ask, CITY, "entered")
        totals(ask, CITY, "released")
        totals(ask, None)
    assert [(one["event"], one["area"]) for one in logged] == [("unreleased_read", "administrative/10")]
    with capture_logs() as logged:
        totals(ask, CITY)  # the layer is not said: its own figures, as entered
    assert [(one["event"], one["area"]) for one in logged] == [("unreleased_read", "administrative/10")]


def test_of_an_area_beyond_its_own_a_trail_is_a_read_of_what_the_office_reaches(
    ask: Ask, client: TestClient
) -> None:
    submit(ask)
    for area, told in (("JP", CITY.jurisdiction), ("11", "administrative/11")):
        query = f"""{{ audit(election: "tiny", filter: {{geography: "administrative", area: "{area}", withinReach: true}}) {{
          beyondReach }} }}"""
        assert [one["area"] for one in lines(ask, query, CITY)[1]] == [told]
