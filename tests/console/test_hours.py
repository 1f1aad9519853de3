"""How turnout rose through the day stands on the public page, slot by slot, as a chart and a table; nothing of a slot that is not
public, and nothing before its release."""

from __future__ import annotations

import re

import night
from courses import COURSE, day
from forms import log_in
from starlette.testclient import TestClient

from reporting.application.service import Reporting
from reporting.database.connect import Database


def test_turnout_by_hour(client: TestClient, service: Reporting, database: Database) -> None:
    day(service, database)
    page = client.get(f"{COURSE}/10").text
    section = page.split("回ごとの推移</h2>")[1].split("<h2>")[0]
    rows = re.findall(
        r'<tr><th scope="row">(.*?)</th>.*?data-plain="([\d.]+)".*?>(\d+/\d+)<', section, re.DOTALL
    )
    assert [(re.sub("<[^>]+>", "", name), value, counted) for name, value, counted in rows] == [
        ("11時", "10.25", "2/2"), ("16時", "30.00", "2/2"), ("確定", "50.50", "1/2"),
    ]  # fmt: skip
    assert f'href="{COURSE.replace("/final/", "/t16/")}/10"' in section
    assert section.count("<circle") == 4, "three points and the key"
    assert section.count('class="open"') == 1, "a slot of which a unit is missing"
    assert "投票率 11時 10.25 % (2 単位中 2 単位)" in section
    assert "44.25" not in page, "a slot that is never public"
    client.post("/language", data={"language": "en", "back": "/"})
    assert "Slot by slot" in client.get(f"{COURSE}/10").text


def test_one_slot_is_no_course(client: TestClient) -> None:
    """The final count alone has a turnout, and it is released nowhere: for nobody is there anything to draw."""
    for person in (None, night.NATION.person):
        if person:
            log_in(client, person)
        assert "回ごとの推移" not in client.get("/results/tiny/pr/final/final/administrative/JP").text


def test_the_field_tells_what_is_released_to_whoever_asks(client: TestClient) -> None:
    asked = """{ election(code: "tiny") { contest(code: "pr") { bySlot(form: "%s", geography: "administrative", area: "%s") {
      code label { ja } publishAt totals { layer nodes { item choice value reported } } } } } }"""
    body = {"query": asked % ("flash", "JP")}
    told = client.post("/graphql", json=body).json()["data"]["election"]["contest"]["bySlot"]
    assert [(slot["code"], slot["publishAt"]) for slot in told] == [
        ("2200", "2024-10-27T22:00:00+09:00"),
        ("2300", "2024-10-27T23:00:00+09:00"),
    ]
    assert {slot["totals"]["layer"] for slot in told} == {"released"}
    values = [[(node["choice"], node["value"]) for node in slot["totals"]["nodes"]] for slot in told]
    assert values == [[("a", "30"), ("b", "60")], [("a", None), ("b", None)]]
    final = client.post("/graphql", json={"query": asked % ("final", "JP")}).json()
    assert {
        node["value"] for node in final["data"]["election"]["contest"]["bySlot"][0]["totals"]["nodes"]
    } == {None}
    for form, area in (("flash", "99"), ("nothing", "JP")):
        wrong = client.post("/graphql", json={"query": asked % (form, area)}).json()
        assert wrong["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE"
