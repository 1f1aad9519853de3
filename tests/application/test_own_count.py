"""A city that counts one contest for its wards is held against what the wards counted together (J18)."""

from __future__ import annotations

from typing import Any

import night
import pytest
import tiny
from night import CITY, OTHER_WARD, WARD

from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.rules.permits import permitted

DISTRICTS = [
    {
        "code": code, "label": tiny.label(f"第{code[1]}区"), "kind": "single_member",
        "area": {"geography": "electoral", "area": area}, "choices": [{"code": "x", "name": f"{code}の人"}],
    }
    for code, area in (("d1", "D1"), ("d2", "D2"))
]  # fmt: skip
FORM = {
    "code": "voting", "label": tiny.label("投票確定"), "items": ["electors", "voters"],
    "slots": [{"code": "final", "label": tiny.label("確定"), "publish_at": night.ELEVEN}],
}  # fmt: skip
CONTESTS = [tiny.contests(pr={"whole": ["10"]})[0], *DISTRICTS]


@pytest.fixture
def desk(service: Reporting) -> Desk:
    """11 votes in district D1, 12 in D2; the proportional vote of both is counted by the city 10."""
    return night.define(service, contests=CONTESTS, forms=[FORM], rules=[{"code": "J18"}])


def file(desk: Desk, unit: str, contest: str, actor: Any, voters: int, **more: Any) -> list[tuple[str, str]]:
    """J18's messages, in both languages; none where it was taken."""
    figures = [
        tiny.CellInput(contest=contest, item=item, value=str(value))
        for item, value in (("electors", 2_000), ("voters", voters))
    ]
    request = night.Submit(**night.of(unit, "voting"), figures=figures, **more)
    try:
        desk.submit(request, actor)
    except RulesRefused as refused:
        return [(found.message_ja, found.message_en) for found in refused.findings if found.rule == "J18"]
    return []


def test_a_citys_own_count_is_held_against_its_wards_once_all_have_reported(desk: Desk) -> None:
    assert file(desk, "11", "d1", WARD, 300) == []
    assert file(desk, "10", "pr", CITY, 150) == []  # 12 has not reported: nothing to compare with
    assert file(desk, "12", "d2", OTHER_WARD, 220) == []
    (told,) = file(desk, "10", "pr", CITY, 400, reason="数え直し")
    assert told == (
        "votersが比例代表 400、第1区など（地域11、地域12 の計） 520 で +120 違います。両方を確かめ、正しければ理由を入力してください。",
        "voters: 比例代表 400, 第1区 … (地域11, 地域12 together) 520 (+120). Check both; if it is right, give the reason.",
    )
    assert file(desk, "10", "pr", CITY, 500, reason="数え直し") == []  # some decline one of the ballots


def test_what_the_wards_report_later_comes_before_the_approver(desk: Desk) -> None:
    assert file(desk, "10", "pr", CITY, 400) == []
    assert file(desk, "11", "d1", WARD, 300) == []
    assert file(desk, "12", "d2", OTHER_WARD, 220) == []
    opened = desk.returns.open("tiny", "voting", "final", "10")
    assert [found.rule for found in desk.findings.standing([opened])[opened.stream]] == ["J18"]
    assert desk.findings.open_findings([opened])[opened.stream] == []


def test_a_form_of_one_contest_permits_the_rule_where_another_is_counted_elsewhere() -> None:
    """Each kind has a form of its own: the contests meet in no form, and are compared all the same."""
    forms = [
        {**FORM, "code": code, "contest_kinds": [kind]}
        for code, kind in (("list", "proportional"), ("district", "single_member"))
    ]
    split = night.election(contests=CONTESTS, forms=forms, rules=[])
    alike = night.election(contests=[tiny.contests()[0], *DISTRICTS], forms=forms, rules=[])
    assert "J18" in permitted(split)
    assert "J18" not in permitted(alike)
