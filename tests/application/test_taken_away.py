"""A definition that takes a place from under figures is refused, dry run and for real; withdrawn openly it is taken."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
import tiny

from reporting.application.commands import CellInput
from reporting.application.desk_commands import Submit, Withdraw
from reporting.application.service import Reporting
from reporting.application.taken_away import FiguresTakenAway
from reporting.domain.election import ElectionDefinition
from reporting.domain.relabelled import Change
from reporting.errors import InvalidInput, ReportingError

pytestmark = pytest.mark.begins.with_args(tiny.define)


def without(path: str, *codes: str) -> ElectionDefinition:
    """The tiny election without members of a list of it."""
    stored = tiny.election().model_dump(mode="json")
    place: Any = stored
    for name in path.split("."):
        place = place[int(name)] if name.isdigit() else place[name]
    place[:] = [one for one in place if (one if isinstance(one, str) else one["code"]) not in codes]
    return ElectionDefinition.model_validate(stored)


ONE_KIND = tiny.election().model_dump(mode="json")["forms"]
ONE_KIND[0]["contest_kinds"] = ["single_member"]
TAKEN = {
    "form final contest pr": tiny.election(forms=ONE_KIND),
    "choice pr/a": without("contests.0.choices", "a"),
    "form final item voters": without("forms.0.items", "voters", "turnout"),
    "contest pr": without("contests", "pr"),
    "slot final/final": without("forms.0.slots", "final"),
    "breakdown sex=m": without("dimensions.0.values", "m"),
    "unit 11": tiny.election(units={"geography": "administrative", "levels": ["municipality"]}),
}


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("what", TAKEN)
def test_what_holds_figures_is_not_taken_away(service: Reporting, what: str, dry_run: bool) -> None:
    service.define_election(TAKEN[what], tiny.SYSTEM, uuid4(), dry_run=True)  # nothing stands there yet
    tiny.enter(service, "11", voters=3, electors_m=2, votes_a="1.5")
    with pytest.raises(FiguresTakenAway) as refused:
        service.define_election(TAKEN[what], tiny.SYSTEM, uuid4(), dry_run=dry_run)
    assert any(one.startswith(f"{what}: ") for one in refused.value.facts["losses"])
    assert service.catalog.election("tiny").definition == tiny.election()


def test_withdrawn_openly_it_is_taken_and_its_figures_stand(service: Reporting) -> None:
    tiny.enter(service, "11", voters=3, votes_a="1.5")
    stored = tiny.election().model_dump(mode="json")
    gone = {"on": "2024-10-28", "reason": "立候補の辞退"}
    stored["contests"][0]["choices"][0]["withdrawn"] = gone
    stored["units"] = {
        "geography": "administrative",
        "levels": ["municipality"],
        "withdrawn": [{"unit": "11", **gone}, {"unit": "12", **gone}],
    }
    service.define_election(
        ElectionDefinition.model_validate(stored), tiny.SYSTEM, uuid4(), reason="立候補の辞退"
    )
    roster = service.catalog.election("tiny").roster
    assert roster.withdrawn == {"11", "12"}
    assert roster.covers("JP", "11")
    tiny.correct(service, "11", 1, voters=4)


def test_an_election_that_nobody_reports_on_is_refused_with_the_levels_there_are(service: Reporting) -> None:
    for code in ("tiny", "other"):
        wrong = tiny.election(code=code, units={"geography": "administrative", "levels": ["wards"]})
        with pytest.raises(InvalidInput, match="ward") as refused:
            service.define_election(wrong, tiny.SYSTEM, uuid4(), dry_run=True)
        assert refused.value.facts["field"] == "units.levels"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_unit_that_reported_is_divided_only_when_it_is_withdrawn_openly(
    service: Reporting, dry_run: bool
) -> None:
    tiny.enter(service, "20", voters=85)
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    part = town.model_copy(update={"code": "21", "level": "ward", "parent": "20"})
    with pytest.raises(FiguresTakenAway) as refused:
        service.declare_registry("tinyland", (), (part,), tiny.SYSTEM, uuid4(), dry_run=dry_run)
    assert refused.value.facts["losses"] == ["unit 20: 1"]
    gone = {"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [gone]}
    service.define_election(tiny.election(units=units), tiny.SYSTEM, uuid4(), reason="離島")
    service.declare_registry("tinyland", (), (part,), tiny.SYSTEM, uuid4())
    assert service.catalog.election("tiny").roster.parts == {"pr": {"20": ("21",)}}


def of_night(path: str, value: object) -> ElectionDefinition:
    """The night's election, live, with one field another one."""
    stored = night.election(is_test=False).model_dump(mode="json")
    *way, last = path.split(".")
    place: Any = stored
    for name in way:
        place = place[int(name)] if name.isdigit() else place[name]
    place[last] = value
    return ElectionDefinition.model_validate(stored)


WITHOUT_OFFICES = night.election(is_test=False, workflow=None)
IMPOSSIBLE = {
    "workflow of returns that went through offices": WITHOUT_OFFICES,
    "item votes by choice": of_night("items.7.by_choice", False),
    "item electors breakdowns": of_night("items.0.breakdowns", []),
    "item ballots_not_deposited negative numbers": of_night("items.6.signed", False),
    "form final item electors": of_night("items.0.scope", "pref99"),
    "slot final/final": of_night("forms.1.scope", "pref99"),
}


@pytest.mark.begins(None)
@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_figures_that_could_not_be_entered_any_more_keep_the_definition_as_it_is(
    service: Reporting, what: str, dry_run: bool
) -> None:
    """Whatever field makes them impossible: they stood when they were entered, and are public perhaps."""
    desk = night.define(service, is_test=False)
    service.define_election(IMPOSSIBLE[what], tiny.SYSTEM, uuid4(), dry_run=True)  # nothing stands there yet
    sexes = (CellInput(contest="pr", item="electors", breakdown=f"sex={sex}", value="100") for sex in "mf")
    cells = night.cells(**{**night.BALANCED, "voters": 98, "ballots_not_deposited": -2})
    texts = {one.cell().cell.key: one.value for one in cells}
    opened = desk.returns.open("tiny", "final", "final", "11")
    differences = {one.key: "recount" for one in desk.findings.of(opened, texts) if one.waivable}
    assert differences
    request = Submit(
        **night.of("11"), figures=(*cells, *sexes), declarations=differences, reason="再点検でも一致せず"
    )
    desk.submit(request, night.WARD)
    with pytest.raises(FiguresTakenAway) as refused:
        service.define_election(IMPOSSIBLE[what], tiny.SYSTEM, uuid4(), dry_run=dry_run, reason="誤り")
    assert any(one.startswith(f"{what}: ") for one in refused.value.facts["losses"]), refused.value.facts
    assert not any(word in refused.value.message_ja for word in ("item ", "form ", "slot ", "negative"))
    assert service.catalog.election("tiny").definition == night.election(is_test=False)


@pytest.mark.begins(None)
def test_a_value_that_an_office_approved_counts_as_one_that_stands(service: Reporting) -> None:
    """Corrected since, but public until the correction is approved."""
    desk = night.define(service, is_test=False, rules=[])
    night.submit(desk, values={**night.BALANCED, "ballots_not_deposited": -2})
    night.look(desk, night.CITY)
    night.submit(desk, reason="再点検")
    unsigned = night.election(is_test=False, rules=[]).model_dump(mode="json")
    unsigned["items"][6]["signed"] = False
    with pytest.raises(FiguresTakenAway):
        service.define_election(
            ElectionDefinition.model_validate(unsigned), tiny.SYSTEM, uuid4(), dry_run=True
        )


@pytest.mark.begins(None)
def test_without_offices_that_nothing_went_through_is_told_and_takes_two(service: Reporting) -> None:
    """Figures that were only entered. And a return that was withdrawn did go through them."""
    desk = night.define(service, is_test=False)
    tiny.enter(service, "11", actor=night.WARD, voters=3)
    told = service.define_election(WITHOUT_OFFICES, tiny.SYSTEM, uuid4(), dry_run=True)
    assert told.needs_second
    changes = [one.change for one in told.touched]
    assert Change("election", "", "workflow.publish_at_level", "prefecture", "—") in changes
    night.submit(desk, "20")
    desk.withdraw(Withdraw(**night.of("20"), reason="誤入力"), night.TOWN)
    with pytest.raises(FiguresTakenAway):
        service.define_election(WITHOUT_OFFICES, tiny.SYSTEM, uuid4(), dry_run=True)


@pytest.mark.begins(None)
def test_a_rule_that_is_none_or_takes_no_such_setting_is_refused(service: Reporting) -> None:
    """Nobody could open a return of the election."""
    night.define(service)
    for rule in ({"code": "J99"}, {"code": "J08", "settings": {"turnout_most": "5"}}):
        with pytest.raises(ReportingError, match=r"J99|turnout_most"):
            service.define_election(night.election(rules=[rule]), tiny.SYSTEM, uuid4(), dry_run=True)
