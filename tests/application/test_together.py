"""Figures of several returns that must change together are corrected by one command (issue 10, B14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kinds import facts, night
from thorough import examples
from tiny import SYSTEM

from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    Approve,
    ApprovedReturn,
    ApproveTogether,
    CorrectedReturn,
    CorrectTogether,
    SaveDraft,
    Submit,
)
from reporting.application.findings import RulesRefused, RulesRefusedTogether
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.load import shipped_registry
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.four_eyes import FourEyes
from reporting.domain.returns import FiguresRefused
from reporting.domain.status import Status
from reporting.domain.workflow_events import ReturnPlace, ReturnSubmitted
from reporting.errors import InvalidInput, NotAuthorised, VersionConflict
from reporting.ledger import Ledger

VOTING, COUNT = "final_voting", "final_count"
Changes = Mapping[str, int]
ONE_MORE_VOTER: dict[str, Changes] = {
    VOTING: {
        "governor|voters||": 1,
        "governor|abstentions||": -1,
        "governor|voters_polling_day||": 1,
        "governor|voters|sex=m|": 1,
        "governor|abstentions|sex=m|": -1,
        "governor|voters_polling_day|sex=m|": 1,
    },
    COUNT: {"governor|voters||": 1, "governor|voters|sex=m|": 1, "governor|ballots_not_deposited||": 1},
}
"""A voter was missed: voters stand in both forms, and took the ballot home."""


@dataclass(frozen=True)
class Stand:
    """A ward of Kobe whose voting and count in a governor's election stand, sound."""

    service: Reporting
    desk: Desk
    election: str
    unit: str
    other: str
    values: dict[str, dict[str, Value]]

    @property
    def owner(self) -> Actor:
        return Actor("係", f"{self.unit}選管", Role.WARD, self.unit)

    def of(self, form: str, unit: str | None = None) -> dict[str, Any]:
        place = {"election": self.election, "form": form, "slot": "final", "unit": unit or self.unit}
        return {"command_id": uuid4(), **place}

    def figures(self, form: str, changes: Changes) -> tuple[CellInput, ...]:
        return tuple(
            CellInput(contest=cell.contest, item=cell.item, breakdown=cell.breakdown, choice=cell.choice,
                      value=format_value(self.values[form][key] + change))  # type: ignore[operator]
            for key, change in changes.items()
            for cell in [Cell.from_key(key)]
        )  # fmt: skip

    def request(self, changes: Mapping[str, Changes], **more: Any) -> CorrectTogether:
        returns = tuple(
            CorrectedReturn(form=form, slot="final", unit=self.unit, figures=self.figures(form, given))
            for form, given in changes.items()
        )
        given = {"reason": "投票者1人の計上漏れ", **more}
        return CorrectTogether(command_id=uuid4(), election=self.election, returns=returns, **given)

    def correct(self, actor: Actor, changes: Mapping[str, Changes] = ONE_MORE_VOTER, **more: Any) -> Any:
        return Together(self.service, self.desk).correct(self.request(changes, **more), actor)

    def case(self, form: str) -> Any:
        return self.desk.returns.open(self.election, form, "final", self.unit).case

    def texts(self) -> dict[str, dict[str, str]]:
        return {
            form: {key: cell.text for key, cell in self.case(form).cells.items()} for form in (VOTING, COUNT)
        }


@pytest.fixture(scope="module")
def service(module_database: Database) -> Reporting:
    made = Reporting(Ledger(module_database))
    registry = shipped_registry()
    made.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    return made


@pytest.fixture
def both(service: Reporting) -> Stand:
    """An election of its own for each test."""
    day = {"polling_date": date(2024, 10, 27), "code": f"governor-{uuid4().hex[:12]}"}
    definition = compose(shipped_catalogue(), "governor", facts("governor").model_copy(update=day))
    service.define_election(definition, SYSTEM, uuid4())
    sound, unit = night(definition), "28101"
    values = {form: dict(sound[form, "final"]) for form in (VOTING, COUNT)}
    one = Stand(service, Desk(service), definition.code, unit, "28102", values)
    for form in (VOTING, COUNT):
        cells = tuple(
            CellInput(contest=c.contest, item=c.item, breakdown=c.breakdown, choice=c.choice, value=format_value(v))
            for key, v in values[form].items()
            for c in [Cell.from_key(key)]
        )  # fmt: skip
        one.desk.submit(Submit(**one.of(form), figures=cells, reason="記録による"), one.owner)
    return one


def test_one_voter_more_in_both_forms_needs_no_declaration(both: Stand) -> None:
    """The issue's example, at the desk: together they go through, and nothing stands in any register."""
    done = both.correct(both.owner)
    assert [(one.form, one.unit, one.status) for one in done.returns] == [
        (VOTING, both.unit, Status.SUBMITTED),
        (COUNT, both.unit, Status.SUBMITTED),
    ]
    for form, other in ((VOTING, COUNT), (COUNT, VOTING)):
        case = both.case(form)
        assert (case.discrepancies, case.submissions) == ({}, 2)
        assert case.together == (ReturnPlace(form=other, slot="final", unit=both.unit),)
        stream = both.desk.returns.open(both.election, form, "final", both.unit).stream
        told = [
            e.command_id for e in both.service.ledger.stream(stream) if isinstance(e.event, ReturnSubmitted)
        ]
        assert len(told) == 2, "one entry in each history"
        assert both.service.ledger.command(told[1]).reason == "投票者1人の計上漏れ"  # type: ignore[union-attr]
    assert both.service.ledger.position() == done.position


@pytest.mark.parametrize("form", [VOTING, COUNT])
def test_each_by_itself_contradicts_the_other(both: Stand, form: str) -> None:
    """Voters alone break their own form (J03, J05; J11); the whole form alone breaks J11 against the other."""
    for changes in (ONE_MORE_VOTER[form], {"governor|voters||": 1}):
        request = Submit(**both.of(form), figures=both.figures(form, changes), reason="漏れ")
        with pytest.raises(RulesRefused) as refused:
            both.desk.submit(request, both.owner)
        assert {finding.rule for finding in refused.value.findings} & {"J11", "J05", "J03"}


def test_whole_or_not_at_all(both: Stand) -> None:
    """A difference left in one of them, a cell that holds no figure, a version that moved: nothing is appended, and who
    sent it is told of which return."""
    before, position = both.texts(), both.service.ledger.position()
    wrong = {**ONE_MORE_VOTER, COUNT: {"governor|voters||": 1, "governor|voters|sex=m|": 1}}
    with pytest.raises(RulesRefusedTogether) as refused:
        both.correct(both.owner, wrong)
    assert {one.place[1] for one in refused.value.returns} == {COUNT, VOTING}
    assert both.desk.returns.draft(both.election, COUNT, "final", both.unit).shown, "remembered as shown"
    request = both.request(ONE_MORE_VOTER)
    bad = request.returns[1].figures[0].model_copy(update={"value": "x"})
    part = request.returns[1].model_copy(update={"figures": (bad,)})
    with pytest.raises(FiguresRefused, match=COUNT):
        Together(both.service, both.desk).correct(
            request.model_copy(update={"returns": (request.returns[0], part)}), both.owner
        )
    stale = request.returns[1].model_copy(update={"expected_version": 99})
    with pytest.raises(VersionConflict):
        Together(both.service, both.desk).correct(
            request.model_copy(update={"returns": (request.returns[0], stale)}), both.owner
        )
    assert both.texts() == before
    assert both.service.ledger.position() > position, "only what was shown"


def test_a_difference_that_was_shown_before_is_looked_at_all_the_same(both: Stand) -> None:
    """Tried alone first: what was shown and is gone goes to the approver, with what it held."""
    request = Submit(**both.of(COUNT), figures=both.figures(COUNT, {"governor|voters||": 1}), reason="漏れ")
    with pytest.raises(RulesRefused):
        both.desk.submit(request, both.owner)
    both.correct(both.owner)
    (said,) = [one for one in both.case(COUNT).discrepancies.values() if one.rule == "J11"]
    assert said.vanished
    assert said.waits
    assert not both.desk.returns.draft(both.election, COUNT, "final", both.unit).shown


def test_an_office_without_authority_for_one_of_them_changes_none(both: Stand) -> None:
    before = both.texts()
    neighbour = Actor("隣", f"{both.other}選管", Role.WARD, both.other)
    with pytest.raises(NotAuthorised):
        both.correct(neighbour)
    request = both.request(ONE_MORE_VOTER)
    foreign = request.returns[1].model_copy(update={"unit": both.other})
    with pytest.raises(NotAuthorised):
        Together(both.service, both.desk).correct(
            request.model_copy(update={"returns": (request.returns[0], foreign)}), both.owner
        )
    assert both.texts() == before


def test_from_above_the_owner_is_told_in_each(both: Stand) -> None:
    city = Actor("市の係", "神戸市選管", Role.MUNICIPALITY, "28100")
    with pytest.raises(InvalidInput, match="receipt"):
        both.correct(city, channel=Channel.FAX)
    both.correct(city)
    for form in (VOTING, COUNT):
        assert set(both.case(form).unanswered()) == set(ONE_MORE_VOTER[form])


def test_a_value_of_a_colleagues_draft_is_theirs_in_every_form(both: Stand) -> None:
    """Typed into one form's draft by the city, sent for both by the ward: the city approves neither."""
    city = Actor("市の係", "神戸市選管", Role.MUNICIPALITY, "28100")
    typed = both.figures(VOTING, {"governor|voters||": 1})
    cells = tuple(cell for cell in typed)
    both.desk.save_draft(SaveDraft(**both.of(VOTING), cells=cells), city)
    both.correct(both.owner)
    for form in (VOTING, COUNT):
        assert city.person in both.case(form).authors(["governor|voters||"])
        with pytest.raises(FourEyes):
            both.desk.approve(Approve(**both.of(form), cells=("governor|voters||",)), city)


@pytest.mark.parametrize("together", [True, False])
def test_approved_together_or_one_by_one(both: Stand, *, together: bool) -> None:
    both.correct(both.owner)
    city = Actor("市の次席", "神戸市選管", Role.MUNICIPALITY, "28100")
    places = tuple(ApprovedReturn(form=form, slot="final", unit=both.unit) for form in (VOTING, COUNT))
    if together:
        request = ApproveTogether(command_id=uuid4(), election=both.election, returns=places)
        with pytest.raises(FourEyes):
            Together(both.service, both.desk).approve(
                request.model_copy(update={"command_id": uuid4()}),
                Actor(both.owner.person, city.office, city.role, city.jurisdiction),
            )
        done = Together(both.service, both.desk).approve(request, city)
        assert Together(both.service, both.desk).approve(request, city).repeated
        assert {one.status for one in done.returns} == {Status.APPROVED}
    else:
        for form in (COUNT, VOTING):
            both.desk.approve(Approve(**both.of(form)), city)
    assert not any(both.case(form).waiting_at(both.desk.returns.open(both.election, form, "final", both.unit).levels[0])
                   for form in (VOTING, COUNT))  # fmt: skip


def test_sent_again_after_others_went_on(both: Stand) -> None:
    together, request = Together(both.service, both.desk), both.request(ONE_MORE_VOTER)
    first = together.correct(request, both.owner)
    both.correct(both.owner, {VOTING: {key: 2 * by for key, by in ONE_MORE_VOTER[VOTING].items()},
                              COUNT: {key: 2 * by for key, by in ONE_MORE_VOTER[COUNT].items()}})  # fmt: skip
    again = together.correct(request, both.owner)
    assert again.repeated
    assert (again.returns, again.position) == (first.returns, first.position)


@settings(
    max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    voting=st.dictionaries(st.sampled_from(sorted(ONE_MORE_VOTER[VOTING])), st.integers(-3, 3), min_size=1),
    count=st.dictionaries(st.sampled_from(sorted(ONE_MORE_VOTER[COUNT])), st.integers(-3, 3), min_size=1),
)
def test_what_goes_through_together_stands_without_an_open_finding(
    both: Stand, voting: dict[str, int], count: dict[str, int]
) -> None:
    """Accepted: no return has anything open in the state that stands. Refused: neither has changed."""
    before = both.texts()
    try:
        both.correct(both.owner, {VOTING: voting, COUNT: count})
    except (RulesRefused, FiguresRefused):
        assert both.texts() == before
        return
    for form in (VOTING, COUNT):
        one = both.desk.returns.open(both.election, form, "final", both.unit)
        assert not both.desk.findings.open_findings([one])[one.stream]
