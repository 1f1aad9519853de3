"""A slip of the pen is told by every field that takes a code: an empty answer would read as “nobody has reported”."""

from __future__ import annotations

import night
import pytest
import test_desk
from night import CITY, NATION, PREFECTURE, WARD
from test_desk import ANALYST
from tiny import AUDITOR, Ask

from reporting.domain.actor import Actor

client = test_desk.client
pytestmark = [test_desk.pytestmark, pytest.mark.unchanged]

AT = 'form: "final", slot: "final", geography: "administrative"'
CONTEST = 'election(code: "tiny"%s) { contest(code: "pr") { totals(%s) { nodes { code } } } }'
SUMS = 'election(code: "tiny") { totals(contestKind: "proportional", %s) { nodes { code } } }'
DIFFERENCES = 'differences(election: "tiny", contest: "pr", from: {position: 3}, %s) { code }'
BOARD = 'statusBoard(election: "tiny", level: "ward", %s) { area }'
WORK = 'workList(election: "tiny", kind: AWAITING_APPROVAL, %s) { nodes { unit } }'
UNKNOWN: list[tuple[str, str, str, list[Actor | None]]] = [
    (CONTEST % ("", f'{AT}, areas: ["11", "13"]'), "area", "13", [None, AUDITOR, NATION, WARD]),
    (CONTEST % ("", f'{AT}, areas: ["D1"]'), "area", "D1", [None, AUDITOR, PREFECTURE]),
    (CONTEST % ("", f'{AT}, level: "wards"'), "level", "wards", [None, AUDITOR, NATION]),
    (CONTEST % ("", AT.replace('"final", slot', '"finl", slot')), "form", "finl", [None, AUDITOR]),
    (CONTEST % ("", AT.replace('slot: "final"', 'slot: "finl"')), "slot", "finl", [None, AUDITOR]),
    (CONTEST % (", asOf: {position: 3}", f'{AT}, areas: ["13"]'), "area", "13", [None, AUDITOR]),
    (SUMS % f'{AT}, areas: ["13"]', "area", "13", [None, AUDITOR, CITY]),
    (SUMS % f'{AT}, level: "wards"', "level", "wards", [None, AUDITOR]),
    (SUMS.replace("proportional", "proportinal") % AT, "kind of contest", "proportinal", [None, AUDITOR]),
    (DIFFERENCES % f'{AT}, areas: ["13"]', "area", "13", [AUDITOR]),
    (DIFFERENCES % f'{AT}, level: "wards"', "level", "wards", [AUDITOR]),
    (BOARD % f'{AT}, areas: ["13"]', "area", "13", [AUDITOR, NATION, CITY]),
    (BOARD.replace("ward", "wards") % AT, "level", "wards", [AUDITOR, CITY]),
    (WORK % 'form: "finl"', "form", "finl", [CITY]),
    (WORK % 'form: "final", slot: "finl"', "slot", "finl", [CITY]),
    ('releases(election: "tiny", form: "finl") { number }', "form", "finl", [None, AUDITOR]),
    ('releases(election: "tiny", form: "final", slot: "2200") { number }', "slot", "2200", [None, AUDITOR]),
]  # fmt: skip


def test_what_is_not_there_is_said(ask: Ask) -> None:
    for query, kind, told, readers in UNKNOWN:
        for reader in readers:
            (error,) = ask(f"{{ {query} }}", reader)["errors"]
            assert error["extensions"]["code"] == "UNKNOWN_REFERENCE", (query, reader, error["message"])
            facts = error["extensions"]["facts"]
            assert (facts["kind"], facts["found"]) == (kind, told), query


def test_what_is_there_and_empty_is_empty(ask: Ask) -> None:
    right = [
        CONTEST % ("", f'{AT}, areas: ["12", "P2"], level: "ward"'),
        SUMS % f'{AT}, areas: ["JP"]',
        'releases(election: "tiny", form: "final", slot: "final") { number }',
    ]
    for query in right:
        assert "errors" not in ask(f"{{ {query} }}", None)


DESK = 'query($u: String!) { desk(election: "tiny", form: "final", slot: "final", unit: $u) { status } }'


@pytest.mark.parametrize(("unit", "told"), [("10", "11 地域11"), ("D1", "20 地域20"), ("13", "11、12、20")])
def test_an_area_that_is_no_unit_is_told_as_one_whoever_asks(ask: Ask, unit: str, told: str) -> None:
    """Not "ask the level above": the ministry has none, and no level above could help."""
    for reader in (NATION, CITY, WARD, AUDITOR, ANALYST):
        (error,) = ask(DESK, reader, u=unit)["errors"]
        refused = error["extensions"]
        assert (refused["code"], refused["facts"]["found"]) == ("UNKNOWN_REFERENCE", unit)
        assert told in refused["ja"]


def test_who_may_not_is_still_told_so(ask: Ask) -> None:
    (error,) = ask(DESK, night.TOWN, u="11")["errors"]
    assert error["extensions"]["code"] == "NOT_AUTHORISED"


def test_a_moment_before_an_election_was_defined_is_told_as_that(ask: Ask) -> None:
    """It said that there was no such election, and to check a code that was right."""
    for query in (
        'election(code: "tiny", asOf: %s) { code }',
        'differences(election: "tiny", contest: "pr", form: "final", slot: "final", geography: "administrative", from: %s) { code }',
        'boardThen(election: "tiny", level: "ward", form: "final", slot: "final", geography: "administrative", asOf: %s) { area }',
        'workThen(election: "tiny", asOf: %s) { nodes { kinds } }',
        'desk(election: "tiny", form: "final", slot: "final", unit: "11", asOf: %s) { then { status } }',
    ):
        for moment in ("{position: 1}", '{instant: "2001-01-01T00:00:00+09:00"}'):
            (error,) = ask(f"{{ {query % moment} }}", AUDITOR)["errors"]
            told = error["extensions"]
            assert (told["code"], told["facts"]["found"]) == ("UNKNOWN_REFERENCE", "tiny"), query
            assert "まだ定義されていません" in told["ja"], (query, told)
            since = told["facts"]["since"]
            assert f"Ask for {since} or a later one" in told["en"]
            later = ask(f"{{ {query % f'{{position: {since}}}'} }}", AUDITOR)
            assert "errors" not in later, (query, later)
    (unknown,) = ask('{ election(code: "tinny", asOf: {position: 1}) { code } }', None)["errors"]
    assert unknown["extensions"]["facts"]["suggestions"] == ["tiny"]


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("{}", "値 （空欄）"),
        ('{position: 3, instant: "2001-01-01T00:00:00+09:00"}', "値 3, 2001-01-01T00:00:00+09:00 は"),
        ('{instant: "2001-01-01T00:00:00"}', "時差の付いた日時（2025-07-20T21:30:00+09:00 など） を入力"),
        ('{instant: "2999-01-01T00:00:00+09:00"}', "値 2999-01-01T00:00:00+09:00 は"),
        ("{position: 999999}", "値 999999 は"),
        ("{position: -1}", "値 -1 は"),
    ],
)
def test_a_moment_that_is_none_is_refused_under_its_name(ask: Ask, moment: str, told: str) -> None:
    """As it was typed: it was called `instant` or `moment` here and `asOf` there, and shown as the program writes it."""
    for query in (
        'election(code: "tiny", asOf: %s) { code }',
        'releases(election: "tiny", asOf: %s) { number }',
        'series(item: "voters", asOf: %s) { nodes { value } }',
        'workThen(election: "tiny", asOf: %s) { nodes { kinds } }',
    ):
        (error,) = ask(f"{{ {query % moment} }}", AUDITOR)["errors"]
        refused = error["extensions"]
        assert (refused["code"], refused["facts"]["field"]) == ("INVALID_INPUT", "asOf"), refused
        assert told in refused["ja"], refused["ja"]
        assert "AsOfInput" not in error["message"]


def test_a_trail_may_end_in_a_time_that_has_not_come(ask: Ask) -> None:
    """The end of a span is no moment that is asked of: nothing is told as of it."""
    query = '{ audit(election: "tiny", filter: {%s: {instant: "2999-01-01T00:00:00+09:00"}}) { nodes { position } } }'
    assert ask(query % "until", AUDITOR) == ask('{ audit(election: "tiny") { nodes { position } } }', AUDITOR)
    assert ask(query % "since", AUDITOR)["data"]["audit"]["nodes"] == []
