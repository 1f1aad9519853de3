"""Before a release somebody is told which of its withheld figures it lets anybody compute, and by what."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from night import CITY, PREFECTURE
from thorough import examples

from reporting.application.desk import Desk
from reporting.application.desk_commands import ReleaseSlot
from reporting.application.service import Reporting
from reporting.domain.figures import Cell
from reporting.publication.disclosure import DisclosureUnexplained, disclosed_by
from reporting.publication.release import CLOCK, Publication
from reporting.rules.disclosure import UnitCell

AT = datetime.fromisoformat(night.ELEVEN)
FINAL = ("tiny", "final", "final")


def asked(**more: Any) -> ReleaseSlot:
    return ReleaseSlot(command_id=uuid4(), election="tiny", form="final", slot="final", **more)


def approved(desk: Desk, form: str = "final", slot: str = "final", **values: Any) -> None:
    held = night.BALANCED if form == "final" else {"votes_a": 60, "votes_b": 38}
    night.submit(desk, form=form, slot=slot, values={**held, **values}, reason="秘匿")
    night.approve(desk, CITY, form=form, slot=slot)
    night.approve(desk, PREFECTURE, form=form, slot=slot)


def told(publication: Publication) -> dict[str, list[str]]:
    found = publication.disclosures(*FINAL, publication.plan(*FINAL))
    assert {one.cell.unit for one in found} <= {"11"}
    return {one.cell.key: [equation.by for equation in one.equations] for one in found}


def test_one_withheld_part_of_a_published_whole_needs_a_reason(service: Reporting) -> None:
    desk = night.define(service)
    approved(desk, invalid_votes="!suppressed")
    publication = Publication(service, desk)
    assert told(publication) == {"pr|invalid_votes||": ["J09"]}
    with pytest.raises(DisclosureUnexplained) as refused:
        publication.release(*FINAL, AT, tiny.SYSTEM, asked())
    assert "11 pr|invalid_votes|| (J09)" in str(refused.value.facts["cells"])
    with pytest.raises(DisclosureUnexplained):
        publication.release(*FINAL, AT, tiny.SYSTEM)
    with_reason = asked(reason="本人の同意を得た")
    made = publication.release(*FINAL, AT, tiny.SYSTEM, with_reason)
    assert made is not None
    assert publication.release(*FINAL, AT, tiny.SYSTEM, with_reason) == made
    stored = service.ledger.command(with_reason.command_id)
    assert stored is not None
    assert stored.reason == "本人の同意を得た"


def test_two_withheld_parts_are_safe(service: Reporting) -> None:
    desk = night.define(service)
    approved(desk, invalid_votes="!suppressed", valid_votes="!suppressed", votes_a="!suppressed")
    publication = Publication(service, desk)
    assert told(publication) == {}
    assert publication.release(*FINAL, AT, tiny.SYSTEM, asked()) is not None


def test_a_chain_of_equations_is_followed(service: Reporting) -> None:
    """Valid votes are withheld with the ballots: the candidates' votes give them back, and they the ballots."""
    desk = night.define(service)
    approved(desk, valid_votes="!suppressed", ballots_counted="!suppressed", voters="!suppressed")
    assert told(Publication(service, desk)) == {
        "pr|valid_votes||": ["J10"],
        "pr|ballots_counted||": ["J09", "J10"],
        "pr|voters||": ["J09", "J10", "J11"],
    }


def test_an_identity_counts_without_its_rule(service: Reporting) -> None:
    desk = night.define(service, rules=[])
    approved(desk, invalid_votes="!suppressed")
    assert told(Publication(service, desk)) == {"pr|invalid_votes||": ["J09"]}


def test_the_clock_lets_go_out_what_gives_nothing_away(service: Reporting) -> None:
    """11 withholds what its other figures give: it waits for an office's word, 20 goes out in time."""
    desk = night.define(service)
    approved(desk, invalid_votes="!suppressed")
    night.submit(desk, "20")
    night.approve(desk, PREFECTURE, "20")
    publication = Publication(service, desk)

    def public() -> set[str]:
        plan = publication.plan(*FINAL)
        return {unit for unit, figures in plan.figures.items() if figures and unit not in plan.changed}

    first = publication.release(*FINAL, AT, CLOCK)
    assert (
        (first.number, first.approved, publication.held_last(*FINAL)) == (1, 1, ("11",)) if first else False
    )
    assert public() == {"20"}
    assert publication.release(*FINAL, AT, CLOCK) is None
    by_hand = publication.release(*FINAL, AT, tiny.SYSTEM, asked(reason="本人の同意を得た"))
    assert by_hand is not None
    assert public() == {"11", "20"}
    version = desk.returns.open(*FINAL, "11").case.version
    correction = night.Submit(
        **night.of("11"), figures=night.cells(electors=201), expected_version=version, reason_class="recount",
        reason="数え直し",
    )  # fmt: skip
    desk.submit(correction, night.WARD)
    night.look(desk, CITY)
    night.look(desk, PREFECTURE)
    assert publication.release(*FINAL, AT, CLOCK) is not None, (
        "what was said to be right holds up no correction"
    )
    assert publication.held_last(*FINAL) == ()


def test_withholding_what_was_public_is_never_held_back(service: Reporting) -> None:
    """To hold it back would leave the figure public."""
    desk = night.define(service)
    publication = Publication(service, desk)
    approved(desk)
    publication.release(*FINAL, AT, CLOCK)
    version = desk.returns.open(*FINAL, "11").case.version
    request = night.Submit(
        **night.of("11"), figures=night.cells(invalid_votes="!suppressed"), expected_version=version,
        reason_class="recount", reason="秘匿の漏れ",
    )  # fmt: skip
    desk.submit(request, night.WARD)
    night.look(desk, CITY)
    night.look(desk, PREFECTURE)
    assert publication.release(*FINAL, AT, CLOCK) is not None
    assert publication.plan(*FINAL).figures["11"]["pr|invalid_votes||"] == "!suppressed"


def test_a_withheld_figure_between_two_equal_ones_is_theirs(service: Reporting) -> None:
    """60 at 22:00, withheld at 22:30, 60 at 23:00: a count that includes what was counted before was 60 in between."""
    flash, final = (form.model_dump() for form in night.election().forms)
    between = {"code": "2230", "label": tiny.label("22時半"), "publish_at": night.TEN}
    flash["slots"] = [flash["slots"][0], between, flash["slots"][1]]
    desk = night.define(service, forms=[flash, final])
    publication = Publication(service, desk)
    for slot, values in (
        ("2200", {}),
        ("2230", {"votes_a": "!suppressed", "votes_b": "!suppressed"}),
        ("2300", {"votes_b": 40}),
    ):
        approved(desk, "flash", slot, **values)
        found = publication.disclosures("tiny", "flash", slot, publication.plan("tiny", "flash", slot))
        if slot != "2300":
            assert found == []
            publication.release("tiny", "flash", slot, AT, CLOCK)
    (disclosed,) = found
    assert disclosed.cell == UnitCell("11", "pr|votes||a @2230")
    assert [(one.by, one.where) for one in disclosed.equations] == [
        ("cumulative", "flash/2200, flash/2230"), ("cumulative", "flash/2230, flash/2300"),
    ]  # fmt: skip
    assert publication.release("tiny", "flash", "2300", AT, CLOCK) is not None
    assert publication.held_last("tiny", "flash", "2300") == ("11",)


def test_parts_of_nothing_are_nothing(service: Reporting) -> None:
    desk = night.define(service)
    held = {"votes_a": "!suppressed", "votes_b": "!suppressed"}
    approved(desk, **held)
    assert told(Publication(service, desk)) == {}
    known = service.catalog.election("tiny")
    figures = {"11": {"pr|valid_votes||": "0", "pr|votes||a": "!suppressed", "pr|votes||b": "!suppressed"}}
    found = disclosed_by(known, "final", "final", figures, {}, {})
    assert {one.cell.key: [equation.by for equation in one.equations] for one in found} == {
        "pr|votes||a": ["J10"], "pr|votes||b": ["J10"],
    }  # fmt: skip


def test_a_contest_that_counts_the_same_people_tells(service: Reporting) -> None:
    """The list's form is filled from the district's turnout, in a unit that votes in both."""
    contests = tiny.contests()
    forms = [
        {
            "code": code, "label": tiny.label(code), "items": ["electors", "voters", "turnout"], "contest_kinds": [kind],
            "slots": [{"code": "final", "label": tiny.label("確定")}],
        }
        for code, kind in (("district", "single_member"), ("list", "proportional"))
    ]  # fmt: skip
    forms[1]["prefill"] = [{"form": "district", "slot": "final", "contest_kind": "single_member"}]
    night.define(service, contests=contests, forms=forms)
    known = service.catalog.election("tiny")
    district = {("district", "final"): {"11": {"d1|voters||": "60", "d1|electors||": "90"}}}
    figures = {"11": {"pr|voters||": "!suppressed", "pr|electors||": "90"}}
    (found,) = disclosed_by(known, "list", "final", figures, {}, district)
    assert (found.cell.key, [(one.by, one.where) for one in found.equations]) == (
        "pr|voters||", [("other_contest", "district/final")],
    )  # fmt: skip
    hidden = {("district", "final"): {"11": {"d1|voters||": "!suppressed", "d1|electors||": "90"}}}
    assert disclosed_by(known, "list", "final", figures, {}, hidden) == []


def test_what_was_public_before_or_stands_in_another_form_is_told(service: Reporting) -> None:
    desk = night.define(service)
    publication = Publication(service, desk)
    approved(desk, "flash", "2300")
    publication.release("tiny", "flash", "2300", AT, tiny.SYSTEM)
    approved(
        desk,
        votes_a="!suppressed",
        votes_b="!suppressed",
        valid_votes="!suppressed",
        invalid_votes="!suppressed",
    )
    assert told(publication) == {
        "pr|votes||a": ["same_cell"], "pr|votes||b": ["same_cell"], "pr|valid_votes||": ["J10", "same_cell", "same_cell"],
        "pr|invalid_votes||": ["J09", "J10", "same_cell", "same_cell"],
    }  # fmt: skip


def test_a_notice_that_withholds_what_was_public_is_told(service: Reporting) -> None:
    desk = night.define(service)
    publication = Publication(service, desk)
    approved(desk)
    publication.release(*FINAL, AT, tiny.SYSTEM, asked())
    cells = night.cells(electors="!suppressed")
    version = desk.returns.open(*FINAL, "11").case.version
    request = night.Submit(
        **night.of("11"), figures=cells, expected_version=version, reason_class="recount", reason="秘匿の漏れ"
    )
    desk.submit(request, night.WARD)
    night.look(desk, CITY)
    night.look(desk, PREFECTURE)
    assert told(publication)["pr|electors||"] == ["earlier_release"]


HELD = [Cell("pr", item, at).key for item, at in product(("electors", "voters"), ("", "sex=m", "sex=f"))] + [
    Cell("pr", item).key
    for item in ("ballots_counted", "valid_votes", "invalid_votes", "ballots_not_deposited")
]
HELD += [Cell("pr", "votes", "", choice).key for choice in "ab"]
AMPLE = dict(
    zip(HELD, ("200", "90", "110", "100", "45", "55", "97", "92", "5", "3", "60", "32"), strict=True)
)
"""Figures that leave every inequality far from its end."""
IDENTITIES = [
    {"pr|electors||": 1, "pr|electors|sex=m|": -1, "pr|electors|sex=f|": -1},
    {"pr|voters||": 1, "pr|voters|sex=m|": -1, "pr|voters|sex=f|": -1},
    {"pr|ballots_counted||": 1, "pr|valid_votes||": -1, "pr|invalid_votes||": -1},
    {"pr|valid_votes||": 1, "pr|votes||a": -1, "pr|votes||b": -1},
    {"pr|voters||": 1, "pr|ballots_counted||": -1, "pr|ballots_not_deposited||": -1},
]
"""What a clerk knows of the form, by hand."""


def computable(hidden: set[str]) -> set[str]:
    """Withheld cells whose value no other choice of the withheld ones leaves open: by trying what may move with it."""
    order = sorted(hidden)
    moves = [
        dict(zip(order, step, strict=True))
        for step in product((-2, -1, 0, 1, 2), repeat=len(order))
        if all(
            sum(n * step[order.index(key)] for key, n in one.items() if key in hidden) == 0
            for one in IDENTITIES
        )
    ]
    return {key for key in hidden if all(move[key] == 0 for move in moves)}


@settings(max_examples=examples(75), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(HELD), min_size=1, max_size=6))
def test_every_set_of_withheld_cells_of_a_form_agrees_with_the_rank(
    form_of_the_night: Reporting, hidden: set[str]
) -> None:
    known = form_of_the_night.catalog.election("tiny")
    figures = {"11": {key: "!suppressed" if key in hidden else text for key, text in AMPLE.items()}}
    found = disclosed_by(known, "final", "final", figures, {}, {})
    assert {one.cell for one in found} == {UnitCell("11", key) for key in computable(hidden)}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sets(st.sampled_from(HELD), min_size=1, max_size=4),
    st.lists(st.integers(0, 2), min_size=7, max_size=7),
)
def test_small_counts_are_told_only_where_nothing_else_fits(
    form_of_the_night: Reporting, hidden: set[str], counts: list[int]
) -> None:
    """Against every filling of the withheld cells that the public ones leave open."""
    men, women, voted, valid, least, *_ = counts
    numbers = dict.fromkeys(HELD, 0)
    numbers |= {"pr|electors|sex=m|": men, "pr|electors|sex=f|": women, "pr|electors||": men + women}
    numbers |= {"pr|voters|sex=m|": min(voted, men), "pr|voters|sex=f|": min(least, women)}
    voters = numbers["pr|voters|sex=m|"] + numbers["pr|voters|sex=f|"]
    numbers |= {"pr|voters||": voters, "pr|ballots_counted||": voters}
    numbers |= {"pr|valid_votes||": min(valid, voters), "pr|invalid_votes||": voters - min(valid, voters)}
    numbers |= {"pr|votes||a": numbers["pr|valid_votes||"]}
    known = form_of_the_night.catalog.election("tiny")
    figures = {"11": {key: "!suppressed" if key in hidden else str(n) for key, n in numbers.items()}}
    found = {one.cell.key for one in disclosed_by(known, "final", "final", figures, {}, {})}
    order = sorted(hidden)
    fillings = [
        filled
        for values in product(*(range(-2 if "not_deposited" in key else 0, 6) for key in order))
        if fits(filled := {**numbers, **dict(zip(order, values, strict=True))})
    ]
    alone = {key for key in hidden if len({filled[key] for filled in fillings}) == 1}
    assert found <= alone
    bounded = {key for key in hidden if max(filled[key] for filled in fillings) < 5}
    assert {key for key in alone & bounded if numbers[key] == 0 and len(hidden) == 1} <= found


def fits(numbers: dict[str, int]) -> bool:
    identities = all(sum(n * numbers[key] for key, n in one.items()) == 0 for one in IDENTITIES)
    return identities and all(
        numbers[f"pr|voters|{at}|"] <= numbers[f"pr|electors|{at}|"] for at in ("", "sex=m", "sex=f")
    )


@pytest.fixture(scope="module")
def form_of_the_night(module_database: Any) -> Any:
    from reporting.ledger import Ledger

    service = Reporting(Ledger(module_database))
    night.define(service)
    yield service
    service.ledger.close()


def test_a_part_of_a_divided_unit_is_the_rest_of_what_the_whole_reported(service: Reporting) -> None:
    night.define(service)
    gone = {"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [gone]}
    service.define_election(night.election(units=units), tiny.SYSTEM, uuid4(), reason="離島")
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    parts = [town.model_copy(update={"code": code, "level": "ward", "parent": "20"}) for code in ("21", "22")]
    service.declare_registry("tinyland", (), parts, tiny.SYSTEM, uuid4())
    known = service.catalog.election("tiny")
    key = "pr|votes||a"
    figures = {"20": {key: "60"}, "21": {key: "25"}, "22": {key: "!suppressed"}}
    (found,) = disclosed_by(known, "flash", "2200", figures, {}, {})
    assert (found.cell, [one.by for one in found.equations]) == (UnitCell("22", key), ["divided_unit"])
    assert disclosed_by(known, "flash", "2200", {**figures, "21": {key: "!suppressed"}}, {}, {}) == []
