"""A figure is compared with the same kind of contest over the same area through the lineage, and with nobody else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import night
import pytest
import tiny

from reporting.application.desk_commands import Submit
from reporting.application.findings import Findings
from reporting.application.lineage import register_lineage
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Absence
from reporting.lineage.graph import Lineage
from reporting.rules.context import Figures
from reporting.series.previous import (
    EarlierElection,
    EarlierElections,
    held_beside,
    previous_areas,
    previous_contests,
    summed,
)

BEGIN, BEFORE, NOW = date(2000, 1, 1), date(2020, 10, 27), date(2024, 10, 27)


def names(codes: str) -> tuple[AreaName, ...]:
    return tuple(AreaName(code=code, name=f"地域{code}") for code in codes.split())


MERGED = AreaChange(
    id="m",
    date=date(2022, 4, 1),
    kind="merged",
    from_areas=names("98 99"),
    to_areas=names("31"),
    source="test",
)
START = {area.code: area for area in names("JP 20 32 98 99")}
LINEAGE = Lineage(START, BEGIN, [MERGED])


def mayor(code: str, area: str, day: date, contest: str = "mayor") -> ElectionDefinition:
    return tiny.election(
        code=code, polling_date=day, contests=[{
            "code": contest, "label": tiny.label("市長"), "kind": "mayor",
            "area": {"geography": "administrative", "area": area},
            "choices": [{"code": "a", "name": "甲"}],
        }],
    )  # fmt: skip


def earlier(service: Reporting, one: OpenReturn) -> dict[str, Figures]:
    findings = Findings(service)
    return findings.compared.figures(one.defined.definition, findings.compared.with_elections([one]))


def test_another_towns_election_is_never_the_previous_one() -> None:
    now = mayor("sapporo", "20", NOW)
    assert previous_contests(now, mayor("kobe", "32", BEFORE), LINEAGE) == {}
    assert previous_contests(now, mayor("same-day", "20", NOW), LINEAGE) == {}
    assert previous_contests(now, mayor("before", "20", BEFORE, "m1"), LINEAGE) == {"m1": "mayor"}


def test_a_merged_town_is_compared_over_its_predecessors() -> None:
    assert previous_areas("31", NOW, BEFORE, LINEAGE) == ("98", "99")
    for old in ("98", "99"):
        assert previous_contests(mayor("now", "31", NOW), mayor("old", old, BEFORE), LINEAGE) == {
            "mayor": "mayor"
        }
    parts = [
        {"m|voters||": Decimal(30), "m|x||": Decimal(1), "o|y||": Decimal(5)},
        {"m|voters||": Decimal(12)},
    ]
    assert summed(parts, {"m": "mayor"}) == {"mayor|voters||": Decimal(42)}
    assert summed([{"m|x||": Absence.NONE}], {"m": "n"}) == {"n|x||": Absence.NONE}


def test_a_part_that_went_elsewhere_is_not_compared() -> None:
    split = AreaChange(
        id="s",
        date=date(2022, 4, 1),
        kind="split",
        from_areas=names("98"),
        to_areas=names("31 33"),
        source="test",
    )
    assert previous_areas("31", NOW, BEFORE, Lineage(START, BEGIN, [split])) == ()


@pytest.mark.parametrize(("area", "compared"), [("JP", True), ("P1", False)])
def test_the_rules_see_the_previous_election_of_the_contest_and_no_other(
    service: Reporting, area: str, compared: bool
) -> None:
    """Before, the contest was that of the whole country, or another one of the same kind and code."""
    contests = [
        {**contest.model_dump(), "area": {"geography": "administrative", "area": area}}
        for contest in night.election().contests
    ]
    before = {"code": "before", "polling_date": BEFORE, "contests": contests}
    desk = night.define(service, **before, is_test=False)
    service.define_election(night.election(previous="before", is_test=False), tiny.SYSTEM, uuid4())
    where = night.of("20") | {"election": "before"}
    figures = tuple(tiny.cells(**night.BALANCED))
    desk.submit(Submit(**where, figures=figures), tiny.Actor("担当", "選管", tiny.Role.MUNICIPALITY, "20"))
    held = earlier(service, desk.returns.open("tiny", "final", "final", "20"))
    assert (held.get("20", {}).get("pr|voters||") == Decimal(100)) is compared
    assert bool(held) is compared


def test_a_choice_is_compared_with_the_same_party_and_never_with_the_same_place_on_the_list(
    service: Reporting,
) -> None:
    """Before, 甲党 stood in the second place, another one in the first, and 乙党 had another name."""
    (contest,) = night.election().contests
    then = [
        {"code": "a", "name": "丙党"},
        {"code": "b", "name": "甲 党"},
        {"code": "c", "name": "乙の会", "identity": "otsu"},
    ]
    now = [{"code": "a", "name": "甲党"}, {"code": "b", "name": "乙党", "identity": "otsu"}]
    before = {
        "code": "before",
        "polling_date": BEFORE,
        "contests": [{**contest.model_dump(), "choices": then}],
    }
    desk = night.define(service, **before, is_test=False)
    today = [{**contest.model_dump(), "choices": now}]
    service.define_election(
        night.election(previous="before", is_test=False, contests=today), tiny.SYSTEM, uuid4()
    )
    votes = {"a": "1", "b": "60", "c": "37"}
    figures = [
        tiny.CellInput(contest="pr", item="votes", choice=code, value=text) for code, text in votes.items()
    ]
    rest = {name: value for name, value in night.BALANCED.items() if not name.startswith("votes_")}
    given = Submit(**night.of("20") | {"election": "before"}, figures=(*night.cells(**rest), *figures))
    desk.submit(given, tiny.Actor("担当", "選管", tiny.Role.MUNICIPALITY, "20"))
    held = earlier(service, desk.returns.open("tiny", "final", "final", "20"))["20"]
    assert {key: value for key, value in held.items() if "|votes|" in key} == {
        "pr|votes||a": Decimal(60),
        "pr|votes||b": Decimal(37),
    }


def test_the_rules_sum_over_the_areas_a_town_came_from(service: Reporting) -> None:
    """Lineage registered with the areas: 32 was 20 and 32 until the day between the elections."""
    desk = night.define(service, code="before", polling_date=BEFORE, is_test=False)
    service.define_election(night.election(previous="before", is_test=False), tiny.SYSTEM, uuid4())
    joined = AreaChange(
        id="m",
        date=date(2022, 4, 1),
        kind="absorbed",
        from_areas=names("20"),
        to_areas=names("32"),
        source="test",
    )
    start = {code: AreaName(code=code, name=f"地域{code}") for code in ("JP", *tiny.UNITS)}
    register_lineage(service, "tinyland", BEGIN, start, [joined], tiny.SYSTEM, uuid4())
    for unit in ("20", "32"):
        where = night.of(unit) | {"election": "before"}
        actor = tiny.Actor("担当", "選管", tiny.Role.MUNICIPALITY, unit)
        desk.submit(Submit(**where, figures=tuple(tiny.cells(**night.BALANCED))), actor)
    held = earlier(service, desk.returns.open("tiny", "final", "final", "32"))
    assert held["32"]["pr|voters||"] == Decimal(200)


def test_a_part_with_a_known_share_is_compared_by_it_and_named(service: Reporting) -> None:
    """20 gave three tenths to 32; both told figures before. Nobody's share is guessed: see the unknown one above."""
    desk = night.define(service, code="before", polling_date=BEFORE, is_test=False)
    service.define_election(night.election(previous="before", is_test=False), tiny.SYSTEM, uuid4())
    moved = AreaChange(
        id="m", date=date(2022, 4, 1), kind="boundary_change", from_areas=names("20 32"),
        to_areas=names("20 32"), source="test", links=(("20", "20"), ("20", "32"), ("32", "32")),
        weights=({"of": "20", "into": "32", "weight": "0.3", "method": "electors", "source": "census"},
                 {"of": "20", "into": "20", "weight": "0.7", "method": "electors", "source": "census"}),
    )  # fmt: skip
    start = {code: AreaName(code=code, name=f"地域{code}") for code in ("JP", *tiny.UNITS)}
    register_lineage(service, "tinyland", BEGIN, start, [moved], tiny.SYSTEM, uuid4())
    for unit in ("20", "32"):
        where = night.of(unit) | {"election": "before"}
        actor = tiny.Actor("担当", "選管", tiny.Role.MUNICIPALITY, unit)
        desk.submit(Submit(**where, figures=tuple(tiny.cells(**night.BALANCED))), actor)
    findings, one = Findings(service), desk.returns.open("tiny", "final", "final", "32")
    assert earlier(service, one)["32"]["pr|voters||"] == Decimal("130.0")
    (context,) = findings.contexts([one]).values()
    assert context.previous_named == (
        "前回 before の 20、32を按分",
        "the previous election before in 20, 32 by shares",
    )


def test_contests_of_several_towns_that_became_one_are_summed() -> None:
    """One election held both; the contest now has the code of one of them, which alone was compared. Nobody's votes in one
    are added to those of whoever has the same code in the other."""
    towns = [mayor("old", old, BEFORE, f"m{old}").contests[0] for old in ("98", "99")]
    before = mayor("old", "98", BEFORE).model_copy(update={"contests": tuple(towns)})
    now = mayor("now", "31", NOW, "m98")
    assert previous_contests(now, before, LINEAGE) == {"m98": "m98", "m99": "m98"}
    parts = [
        {"m98|voters||": Decimal(30), "m98|votes||a": Decimal(20)},
        {"m99|voters||": Decimal(12), "m99|votes||a": Decimal(9)},
    ]
    assert summed(parts, previous_contests(now, before, LINEAGE)) == {"m98|voters||": Decimal(42)}


def test_a_sum_is_named_as_one() -> None:
    now, old = mayor("now", "31", NOW), mayor("old", "98", BEFORE)
    compared = EarlierElections.of(
        now, EarlierElection(old, previous_contests(now, old, LINEAGE)), ["31"], LINEAGE
    )
    assert compared.words("31") == (
        "前回 old の 98、99の合計",
        "the previous election old in the sum of 98, 99",
    )


EARLIER = date(2019, 4, 7)


def test_what_was_held_elsewhere_is_the_last_of_its_kind_and_all_or_nothing() -> None:
    now, old = mayor("now", "31", NOW), mayor("old-98", "98", BEFORE)
    last, first = mayor("old-99", "99", EARLIER), mayor("older-99", "99", date(2015, 4, 12))
    strange = mayor("other", "32", EARLIER)

    def beside(*earlier: ElectionDefinition) -> list[tuple[str, dict[str, str]]]:
        return [(held.election.code, dict(held.contests)) for held in held_beside(now, old, earlier, LINEAGE)]

    assert beside(first, strange, last, now, old) == [("old-99", {"mayor": "mayor"})]
    assert beside(strange) == []
    assert beside(last.model_copy(update={"kind": "another"})) == []
    assert beside(last.model_copy(update={"is_test": not old.is_test})) == []
    assert beside(mayor("late", "99", date(2023, 4, 9))) == []  # 99 was no more
    assert held_beside(now, strange, [old, last], LINEAGE) == []  # what is named is another place's


@pytest.mark.parametrize("reported", [("20", "32"), ("32",)])
def test_towns_that_became_one_and_had_voted_on_different_days_are_summed_and_named(
    service: Reporting, reported: tuple[str, ...]
) -> None:
    """20 went into 32; each had elected its mayor on a day of its own. The definition names the election of 32 alone."""

    def over(area: str) -> list[dict[str, object]]:
        contests = (contest.model_dump() for contest in night.election().contests)
        return [{**contest, "area": {"geography": "administrative", "area": area}} for contest in contests]

    desk = night.define(service, code="old-32", polling_date=BEFORE, contests=over("32"), is_test=False)
    night.define(service, code="old-20", polling_date=EARLIER, contests=over("20"), is_test=False)
    now = night.election(previous="old-32", contests=over("32"), is_test=False)
    service.define_election(now, tiny.SYSTEM, uuid4())
    joined = AreaChange(
        id="m", date=date(2022, 4, 1), kind="absorbed", from_areas=names("20"), to_areas=names("32"), source="test",
    )  # fmt: skip
    start = {code: AreaName(code=code, name=f"地域{code}") for code in ("JP", *tiny.UNITS)}
    register_lineage(service, "tinyland", BEGIN, start, [joined], tiny.SYSTEM, uuid4())
    for unit in reported:
        where = night.of(unit) | {"election": f"old-{unit}"}
        actor = tiny.Actor("担当", "選管", tiny.Role.MUNICIPALITY, unit)
        desk.submit(Submit(**where, figures=tuple(tiny.cells(**night.BALANCED))), actor)
    findings, one = Findings(service), desk.returns.open("tiny", "final", "final", "32")
    held = earlier(service, one)
    if len(reported) < 2:
        assert held == {}
        return
    assert held["32"]["pr|voters||"] == Decimal(200)
    assert not any(key.split("|")[3] for key in held["32"])  # who stood in one did not stand in the other
    (context,) = findings.contexts([one]).values()
    assert context.previous["pr|voters||"] == context.previous_slot["pr|voters||"] == Decimal(200)
    assert context.previous_named == (
        "前回 old-32 の 32、old-20 の 20の合計",
        "the sum of the previous elections old-32 in 32, old-20 in 20",
    )
