"""`GET /series.csv`: the figures, flags and citations of GraphQL, and nobody sees more by it."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import night
import pytest
from starlette.testclient import TestClient
from test_desk import ANALYST, RELEASE, approve, client, submit
from test_series import nodes
from tiny import AUDITOR, SYSTEM, Ask

from api.auth import issue_token, load_key
from api.series import source
from api.settings import Settings
from projections.series import chunks
from reporting.domain.actor import Actor

pytestmark = pytest.mark.begins.with_args(night.define)

__all__ = ["client"]

Get = Callable[..., Any]
Row = dict[str, str]


@pytest.fixture
def get(client: TestClient, settings: Settings) -> Get:
    def asked(
        actor: Actor | None, ending: str = "csv", headers: dict[str, str] | None = None, **given: Any
    ) -> Any:
        headers = dict(headers or {})
        if actor is not None:
            token = issue_token(load_key(settings.token_key), actor, now=int(time.time()))
            headers["Authorization"] = f"Bearer {token}"
        return client.get(f"/series.{ending}", params={"includeTests": "true", **given}, headers=headers)

    return asked


def table(answer: Any) -> list[Row]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(StringIO(answer.text)))


def test_the_same_as_graphql(ask: Ask, get: Get) -> None:
    at = submit(ask)["position"]
    asked: dict[str, Any] = {"layer": "entered", "contest": "pr", "minPosition": at}
    answer = get(AUDITOR, item=["voters", "turnout"], **asked)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = table(answer)
    found = nodes(ask, AUDITOR, item=["voters", "turnout"], layer="entered", at=at)
    assert len(rows) == len(found) == 18
    assert [
        {
            "area": row["area"],
            "choice": row["choice"],
            "value": row["value"] or None,
            "obsStatus": list(row["obs_status"]),
            "confStatus": row["conf_status"],
            "coverage": row["coverage"],
            "citation": row["citation"],
        }
        for row in rows
    ] == found
    assert {row["position"] for row in rows} == {answer.headers["x-as-of-position"]}
    assert table(get(AUDITOR, item="voters,turnout", **asked)) == rows


def test_nobody_sees_more_by_it(ask: Ask, get: Get) -> None:
    at = submit(ask)["position"]
    for actor in (None, ANALYST, night.WARD):
        (row,) = table(get(actor, item="voters", contest="pr", areas="JP", minPosition=at))
        assert (row["value"], row["obs_status"], row["coverage"]) == ("", "O", "0/5")
    entered: dict[str, Any] = {"item": "voters", "contest": "pr", "layer": "entered"}
    assert [row["value"] for row in table(get(night.WARD, areas="11", **entered))] == ["100"]
    for actor, areas, status in (
        (None, "11", 401),
        (ANALYST, "11", 403),
        (night.OTHER_WARD, "11", 403),
        (night.WARD, "", 403),
    ):
        refused = get(actor, areas=areas, **entered)
        assert refused.status_code == status, actor
        assert refused.json()["errors"][0]["extensions"]["ja"]
    approve(ask, night.CITY)
    approve(ask, night.PREFECTURE)
    done = ask(RELEASE, SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})["data"]
    at = done["releaseSlot"]["release"]["position"]
    (row,) = table(get(None, item="voters", contest="pr", areas="JP", minPosition=at))
    assert (row["value"], row["conf_status"]) == ("100", "F")
    before = table(get(None, item="voters", contest="pr", areas="JP", asOf=at - 1))
    assert [one["value"] for one in before] == [""]


@pytest.mark.unchanged
def test_a_mark_for_spreadsheets(get: Get) -> None:
    answer = get(AUDITOR, item="voters", areas="11", bom="true")
    assert answer.content.startswith(b"\xef\xbb\xbfelection,")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "item"),
    ({"item": "voters", "area": "11"}, "parameter"),
    ({"item": "voters", "from": "yesterday"}, "from"),
    ({"item": "voters", "from": "2024-01-01", "to": "2023-01-01"}, "from"),
    ({"item": "voters", "to": "2024-02-30"}, "to"),
    ({"item": "voters", "boundaries": "now"}, "boundaries"),
    ({"item": "voters", "asOf": "999999"}, "asOf"),
    ({"item": "voters", "asOf": "soon"}, "asOf"),
    ({"item": "voters", "asOf": "2024-01-01T00:00:00"}, "asOf"),
    ({"item": "voters", "minPosition": "-1"}, "minPosition"),
    ({"item": "voters", "bom": "yes"}, "bom"),
    ({"item": "voters", "form": ["final", "flash"]}, "form"),
    ({"item": "voters", "breakdown": "sex"}, "breakdown"),
]


@pytest.mark.unchanged
def test_what_cannot_be_read_is_named(get: Get) -> None:
    for asked, field in WRONG:
        answer = get(AUDITOR, **asked)
        assert answer.status_code == 400, asked
        (error,) = answer.json()["errors"]
        extensions = error["extensions"]
        assert (extensions["code"], extensions["facts"]["field"]) == ("INVALID_INPUT", field), asked


UNKNOWN = [
    ({"item": "nothing"}, "item"),
    ({"item": "voters", "areas": "11,99"}, "area"),
    ({"item": "voters", "level": "parish"}, "level"),
    ({"item": "voters", "geography": "moon"}, "geography"),
    ({"item": "voters", "electionKind": "moon"}, "kind of election"),
    ({"item": "voters", "contest": "moon"}, "contest"),
    ({"item": "voters", "contestKind": "moon"}, "kind of contest"),
    ({"item": "voters", "form": "moon"}, "form"),
    ({"item": "voters", "form": "final", "slot": "2200"}, "slot"),
    ({"item": "voters", "breakdown": "sex=x"}, "breakdown"),
    ({"item": "votes", "choice": "moon"}, "choice"),
    ({"item": "votes", "identity": "moon"}, "identity"),
]


@pytest.mark.unchanged
def test_a_code_nobody_has_is_named_and_no_empty_series(get: Get) -> None:
    for asked, kind in UNKNOWN:
        answer = get(AUDITOR, **asked)
        assert answer.status_code == 400, asked
        (error,) = answer.json()["errors"]
        extensions = error["extensions"]
        assert (extensions["code"], extensions["facts"]["kind"]) == ("UNKNOWN_REFERENCE", kind), asked


@pytest.mark.unchanged
def test_where_all_elections_are_tests_that_is_said_and_unknown_codes_first(get: Get, ask: Ask) -> None:
    for asked, code in (
        ({"item": "voters"}, "ONLY_TESTS"),
        ({"item": "voterz"}, "UNKNOWN_REFERENCE"),
        ({"item": "voters", "contest": "prr"}, "UNKNOWN_REFERENCE"),
    ):
        answer = get(AUDITOR, includeTests="false", **asked)
        assert answer.status_code == 400, asked
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == code, asked
        if code == "ONLY_TESTS":
            assert "tiny" in error["extensions"]["facts"]["elections"]
            assert "includeTests" in error["message"]
        if asked["item"] == "voterz":
            assert "Did you mean" in error["message"]
            assert "voters" in error["message"]
    query = '{ series(item: ["voters"], geography: "administrative") { nodes { value } } }'
    (error,) = ask(query, AUDITOR)["errors"]
    assert error["extensions"]["code"] == "ONLY_TESTS"


@pytest.mark.unchanged
def test_tests_that_were_asked_for_are_not_told_to_be_asked_for(get: Get) -> None:
    """Of a moment before any was defined."""
    answer = get(None, item="voters", geography="administrative", asOf="0")
    assert (answer.status_code, answer.headers.get("x-without-figures")) == (200, "NO_ELECTION"), answer.text


@pytest.mark.unchanged
def test_a_citation_of_a_position_longer_than_any_is_refused(get: Get, client: TestClient) -> None:
    """It was answered by the server's own 500, without a word."""
    citation = table(get(None, item="voters", contest="pr"))[0]["citation"]
    asked = re.sub("position=[0-9]+", f"position={'9' * 30}", citation)
    answer = client.get("/observation", params={"citation": asked})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["extensions"]["facts"]["found"] == "9" * 30


@pytest.mark.unchanged
def test_any_length_comes_whole_in_small_parts(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = get(AUDITOR, item="voters,turnout")
    monkeypatch.setattr(source, "AT_ONCE", 2)
    monkeypatch.setattr(chunks, "FEWEST", 2)
    assert get(AUDITOR, item="voters,turnout").content == whole.content


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"item": "voters", "from": "2030-01-01"}, "NO_ELECTION"),
        ({"item": "voters", "choice": "a"}, "NOT_ASKED"),
        ({"item": "voters", "slot": "2200", "form": "flash"}, "NOT_ASKED"),
        ({"item": "voters", "areas": "11"}, None),
    ],
)
def test_an_answer_without_a_row_says_why(ask: Ask, get: Get, given: dict[str, str], why: str | None) -> None:
    """Codes that are there, and never together, gave the line of names alone, as if nobody had reported yet."""
    answer = get(None, **given)
    assert answer.headers.get("x-without-figures") == why
    assert (len(table(answer)) > 0) == (why is None)
    told = ask(
        """query($i: [String!]!, $from: Date, $c: String, $f: String, $s: String, $a: [String!]) { series(
          item: $i, from: $from, choice: $c, form: $f, slot: $s, areas: $a, includeTests: true) { withoutFigures { code place ja en } } }""",
        None, i=given["item"], **{"from": given.get("from")}, c=given.get("choice"), f=given.get("form"), s=given.get("slot"),
        a=given.get("areas"),
    )["data"]["series"]["withoutFigures"]  # fmt: skip
    assert [missing["code"] for missing in told] == ([why] if why else [])
    assert all(missing["ja"] and missing["en"] for missing in told)


def test_a_comparison_is_told_by_get(ask: Ask, get: Get, client: TestClient) -> None:
    """It was refused as a parameter, so that who has no GraphQL could not have it."""
    submit(ask)
    row = table(get(None, item="voters", contest="pr", comparable="true"))[0]
    told = client.get("/observation", params={"citation": row["citation"], "comparable": "true"})
    assert told.status_code == 200, told.text
    assert told.json()["compared"] == (row["compared"] or None)
    refused = client.get("/observation", params={"citation": row["citation"], "comparable": "yes"})
    assert refused.status_code == 400
