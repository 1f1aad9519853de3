"""The register of incidents: told below, reviewed level by level by others, public without persons and never before its release."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
from disposed import erase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incident_land import (
    NATION_2,
    PERSON,
    case_of,
    correct,
    define,
    facts,
    publish,
    release,
    review,
    seen,
    tell,
    words,
)
from night import CITY, CITY_2, NATION, OTHER_WARD, PREFECTURE, WARD, WARD_2
from polling_land import place, register
from thorough import examples
from tiny import AUDITOR

from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.incident_commands import (
    CorrectIncident,
    IncidentNotNow,
    OwnIncident,
    RecordIncident,
)
from reporting.application.incidents import Incidents
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.incident_words import MASK
from reporting.domain.incidents import IncidentState
from reporting.errors import CommandIdReused, InvalidInput, NotAuthorised, UnknownReference, VersionConflict

LEVELS = ("city", "prefecture", "nation")


def shown(service: Reporting, number: int = 1) -> Any:
    file = Incidents(service).files("tiny", ("11",))["11"]
    return file.for_everybody(file.folded.cases[number])


def state(service: Reporting, number: int = 1) -> IncidentState:
    return case_of(service, number).state(LEVELS)


def test_a_case_goes_from_the_ward_to_everybody(service: Reporting) -> None:
    define(service)
    done = tell(service)
    assert (done.number, tell(service, kind="identity_check").number) == (1, 2)
    assert state(service) is IncidentState.RECORDED
    review(service, CITY)
    assert state(service) is IncidentState.IN_REVIEW
    review(service, PREFECTURE)
    with pytest.raises(IncidentNotNow) as early:
        release(service)
    assert "nation" in early.value.message_ja
    review(service, NATION)
    assert (state(service), shown(service)) == (IncidentState.REVIEWED, None)
    release(service)
    assert state(service) is IncidentState.RELEASED
    assert shown(service).account == f"投票管理者の{MASK}が、選挙人に比例代表の投票用紙を2枚交付した。"
    assert shown(service).measure == "直ちに回収した。"
    assert shown(service, 2) is None


def test_nobody_reviews_their_own(service: Reporting) -> None:
    define(service)
    tell(service, CITY)
    with pytest.raises(OwnIncident):
        review(service, CITY)
    review(service, CITY_2)
    correct(service, PREFECTURE, facts=facts(ballots="2"))
    assert state(service) is IncidentState.RECORDED, "what was accepted was another version"
    for actor in (CITY_2,):
        review(service, actor)
    with pytest.raises(OwnIncident):
        review(service, PREFECTURE)
    same = Actor(CITY_2.person, "県選管", Role.PREFECTURE, "P1")
    with pytest.raises(OwnIncident):
        review(service, same)


def test_who_told_it_does_not_release_it(service: Reporting) -> None:
    define(service)
    tell(service, NATION)
    for actor in (CITY, PREFECTURE, NATION_2):
        review(service, actor)
    with pytest.raises(OwnIncident):
        release(service, NATION)
    release(service, NATION_2)


def test_levels_review_in_their_order(service: Reporting) -> None:
    define(service)
    tell(service)
    with pytest.raises(IncidentNotNow) as waits:
        review(service, PREFECTURE)
    assert "city" in waits.value.message_en
    review(service, CITY)
    with pytest.raises(IncidentNotNow):
        review(service, CITY_2)
    review(service, PREFECTURE, accepted=False)
    assert state(service) is IncidentState.SENT_BACK
    with pytest.raises(IncidentNotNow):
        review(service, CITY)
    correct(service, WARD, facts=facts(place="4"))
    publish(service)
    with pytest.raises(IncidentNotNow):
        review(service, NATION, accepted=False)
    with pytest.raises(IncidentNotNow):
        release(service)


def test_who_may(service: Reporting) -> None:
    define(service)
    for actor in (OTHER_WARD, AUDITOR):
        with pytest.raises(NotAuthorised):
            tell(service, actor)
    tell(service)
    for actor in (WARD_2, AUDITOR, OTHER_WARD):
        with pytest.raises(NotAuthorised):
            review(service, actor)
    for actor in (CITY, PREFECTURE):
        with pytest.raises(NotAuthorised):
            release(service, actor)


def test_a_correction_is_reviewed_again_while_the_old_version_stays_public(service: Reporting) -> None:
    define(service)
    tell(service)
    publish(service)
    with pytest.raises(InvalidInput):
        correct(service)
    correct(service, facts=facts(ballots="2"), personal=(PERSON, "比例代表"))
    case = case_of(service)
    assert case.released is not None
    assert (case.released.facts.ballots, case.latest.facts.ballots) == ("1", "2")
    assert "比例代表" not in shown(service).account, "what is marked later is hidden at once"
    correct(service, facts=facts(ballots="2"), withdrawn=True, personal=())
    publish(service)
    assert PERSON not in shown(service).account, "what was marked once stays so"
    case = case_of(service)
    assert case.released is not None
    assert case.released.withdrawn


def test_a_correction_of_what_somebody_else_changed_is_told(service: Reporting) -> None:
    define(service)
    tell(service)
    before = seen(service, 1, "11")
    correct(service, facts=facts(ballots="2"))
    late = CorrectIncident(
        **before, facts=facts(ballots="3"), **words(), reason_class="typing_error", reason="誤記"
    )
    with pytest.raises(VersionConflict):
        Incidents(service).correct(late, WARD_2)


def test_sent_twice_is_one_case(service: Reporting) -> None:
    define(service)
    told = RecordIncident(command_id=uuid4(), election="tiny", unit="11", facts=facts(), **words())
    first, again = Incidents(service).record(told, WARD), Incidents(service).record(told, WARD)
    assert (first.number, first.position, again.repeated) == (again.number, again.position, True)
    assert len(Incidents(service).files("tiny", ("11",))["11"].folded.cases) == 1
    with pytest.raises(CommandIdReused):
        Incidents(service).record(told.model_copy(update={"account": "別のこと"}), WARD)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": None}, "place"), ({"site": "counting_place"}, "place"), ({"kind": "none_such"}, "kind"),
        ({"phase": "x"}, "phase"), ({"validity": "x"}, "validity"), ({"site": "x"}, "site"), ({"ballots": "-1"}, "ballots"),
        ({"ballots": "1.5"}, "ballots"), ({"ballots": "!suppressed"}, "ballots"),
        ({"links": [{"form": "final", "slot": "final", "cells": ["pr|none_such||"]}]}, "links"),
        ({"links": [{"form": "final", "slot": "final", "discrepancy": "J10|pr"}]}, "links"),
        ({"links": [{"form": "final", "slot": "final"}] * 21}, "links"),
    ],
)  # fmt: skip
def test_bad_facts_are_named_in_both_languages_and_nothing_is_told(
    service: Reporting, changes: dict[str, Any], field: str
) -> None:
    define(service)
    at = service.ledger.position()
    with pytest.raises(InvalidInput) as refused:
        tell(service, **changes)
    assert refused.value.facts["field"] == field
    ja, _, en = str(refused.value.facts["expected"]).partition(" / ")
    assert ja
    assert en
    assert service.ledger.position() == at


def test_what_is_not_there_is_named(service: Reporting) -> None:
    define(service)
    for changes in ({"contests": ("smd",)}, {"links": [{"form": "none", "slot": "final"}]}):
        with pytest.raises(UnknownReference):
            tell(service, **changes)
    with pytest.raises(UnknownReference):
        tell(service, unit="99", actor=NATION)
    register(service, place("1"), place("30"))
    with pytest.raises(UnknownReference) as refused:
        tell(service, place="3")
    assert (refused.value.facts["kind"], refused.value.facts["found"]) == ("polling place", "3")
    tell(service, place="０1")
    assert case_of(service).latest.facts.place == "1"
    with pytest.raises(InvalidInput):
        tell(service, place="1", more={"account": "あれ\n【措置】\nこれ"})


def test_a_case_is_linked_to_cells_and_a_declared_difference(service: Reporting) -> None:
    desk = define(service)
    key = _declared(desk)
    link = {"form": "final", "slot": "final", "cells": ["pr|invalid_votes||"], "discrepancy": key}
    tell(service, links=[link])
    (held,) = case_of(service).latest.facts.links
    assert (held.cells, held.discrepancy) == (("pr|invalid_votes||",), key)


def _declared(desk: Desk) -> str:
    """The key of a difference that the ward declared in its final return."""
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, values={**night.BALANCED, "invalid_votes": 3})
    key = refused.value.findings[0].key
    night.declare(desk, WARD, "11", key)
    return key


def test_counts_are_offered_to_the_survey_with_their_origin(service: Reporting) -> None:
    desk = define(service)

    def offered() -> dict[str, str]:
        return {
            key: f"{held.text} of {held.cases}"
            for key, held in desk.returns.prefill("tiny", "survey", "final", "11").items()
        }

    assert offered() == {}, "that nobody told a case is no 0"
    tell(service, ballots="2")
    tell(service, ballots="!none", phase="counting", site="counting_place", place=None)
    assert offered() == {
        "pr|incidents||": "2 of 2", "pr|incidents|incident_phase=polling|": "1 of 1",
        "pr|incidents|incident_phase=counting|": "1 of 1", "pr|incident_ballots||": "2 of 2",
        "pr|incident_ballots|incident_phase=polling|": "2 of 1", "pr|incident_ballots|incident_phase=counting|": "!none of 1",
    }  # fmt: skip
    tell(service, ballots="!not_reported")
    assert "pr|incident_ballots||" not in offered(), "unknown is no number"
    assert offered()["pr|incidents||"] == "3 of 3"
    correct(service, number=3, facts=facts(ballots="!not_reported"), withdrawn=True)
    assert offered()["pr|incident_ballots||"] == "2 of 2"
    held = desk.returns.prefill("tiny", "survey", "final", "11")["pr|incidents||"]
    assert held.origin == "記録した問題事項 2 件から / from 2 incidents on record"


DEEDS = st.sampled_from(("correct", "withdraw", "city", "prefecture", "nation", "back", "release", "other"))
NAMES = st.lists(st.text(alphabet="山田太郎ﾀﾛｳ", min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(DEEDS, NAMES), max_size=14), NAMES)
def test_the_public_extract_holds_no_person_and_never_comes_before_release(
    database: Database, service: Reporting, deeds: list[tuple[str, list[str]]], first: list[str]
) -> None:
    if not service.ledger.position():
        define(service)
    marked, released = set(first), None

    def text(names: list[str]) -> dict[str, Any]:
        told = "が".join(names)
        return words(account=f"経過 {told}", measure=f"{told}を交代", prevention=told, personal=tuple(names))

    account = (
        f"{text(first)['account']} {service.ledger.position()}"  # the same word for word is no other case
    )
    number = tell(service, more=text(first) | {"account": account}).number
    for deed, names in deeds:
        try:
            if deed in ("correct", "withdraw"):
                correct(service, number=number, withdrawn=deed == "withdraw", **text(names))
                marked |= set(names)
            elif deed == "back":
                review(service, NATION, number, accepted=False)
            elif deed == "release":
                release(service, NATION, number)
                released = case_of(service, number).latest.position
            elif deed == "other":
                release(service, CITY, number)
            else:
                review(service, {"city": CITY, "prefecture": PREFECTURE, "nation": NATION}[deed], number)
        except (InvalidInput, IncidentNotNow, NotAuthorised):
            pass
        case, extract = case_of(service, number), shown(service, number)
        assert (extract is None) == (released is None)
        assert (case.released.position if case.released else None) == released
        if extract is not None:
            for word in marked:
                assert word not in extract.account + "\n" + extract.measure + "\n" + extract.prevention


def test_erased_words_are_in_no_extract_and_the_case_stays(database: Database, service: Reporting) -> None:
    define(service)
    tell(service)
    publish(service)
    told = Incidents(service).files("tiny", ("11",))["11"].deeds
    command = told[case_of(service).latest.position].recorded.command_id
    erase(database, None, [command], by="保護担当", ground="2026-17")
    assert shown(service) is None
    case = case_of(service)
    assert case.released is not None
    assert (case.released.facts.kind, state(service)) == ("ballot_issue_double", IncidentState.RELEASED)


def test_live_and_rebuilt_views_are_the_same_and_a_difference_is_named(
    database: Database, service: Reporting
) -> None:
    define(service)
    projector = Projector(database)
    tell(service, contests=("pr",), links=[{"form": "final", "slot": "final", "cells": ["pr|votes||a"]}])
    tell(service, kind="identity_check", more={"account": "別件", "personal": ()})
    projector.catch_up()
    publish(service)
    review(service, CITY, 2, accepted=False)
    projector.catch_up()
    correct(service, facts=facts(ballots="2"))
    correct(service, number=2, facts=facts(ballots="!none"), withdrawn=True)
    review(service, CITY, 2)
    projector.catch_up()
    assert verify(database).differences == []
    rebuild(database)
    assert verify(database).differences == []
    with projector.connect() as connection:
        (version,) = connection.execute(
            "SELECT version FROM ops.projection WHERE state = 'active'"
        ).fetchone() or (0,)
        connection.execute(
            f"UPDATE views_v{version}.incident SET accepted = '{{nation}}' WHERE number = 2".encode()
        )
    told = verify(database).differences
    assert told
    assert all("incidents" in line for line in told)
