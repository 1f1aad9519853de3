"""Lots between equal votes: what holds whatever anybody does to the votes, the records and the releases, and each cause of a
refusal by its own name."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from night import CITY, CITY_2, NATION, OTHER_WARD, PREFECTURE, PREFECTURE_2, TOWN, TOWN_2, WARD, WARD_2
from thorough import examples

from projections.read import Sees, Snapshot, TotalsQuery, ViewReader
from projections.read.lots import lots, public_lots
from projections.runner import Projector
from projections.verify import verify
from reporting.application.called_otherwise import CalledOtherwise
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, SendBack, Submit
from reporting.application.lot_refusals import NoTie, RecorderAlone, RecorderConfirms, VotesOpen
from reporting.application.lots import ConfirmLot, LotDone, Lots, RecordLot
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.figures import format_value
from reporting.domain.four_eyes import AloneWithOthersThere, FourEyes
from reporting.domain.layer import ENTERED, RELEASED, Layer
from reporting.domain.lots import Lot, LotState
from reporting.domain.workflow_events import LotConfirmed, LotRecorded, ReturnSubmitted, SlotReleased
from reporting.errors import InvalidInput, NotAuthorised, ReportingError
from reporting.ledger import return_stream, slot_stream
from reporting.ledger.streams import lot_stream
from reporting.publication.package import WITH_LOTS
from reporting.publication.release import CLOCK, Publication
from reporting.rules.lots import Wait, tied

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NATION_2 = Actor("森", "総務省", Role.MINISTRY, "JP")
NATION_3 = Actor("林", "総務省", Role.MINISTRY, "JP")
TOP = (NATION, NATION_2, NATION_3)
OWN = {
    "11": (WARD, WARD_2),
    "12": (OTHER_WARD,),
    "20": (TOWN, TOWN_2),
    "21": (tiny.SYSTEM,),
    "22": (tiny.SYSTEM,),
}
LEVELS = {"city": (CITY, CITY_2), "prefecture": (PREFECTURE, PREFECTURE_2), "nation": TOP}
GONE = {"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}
CHOICES = ("a", "b", "c")
numbers = itertools.count(1)


class Count:
    """One contest of P1 (11, 12, 20) with three candidates; approved up to the nation, released from the prefecture's."""

    def __init__(
        self, service: Reporting, *, seats: int = 1, kind: str = "council", items: Any = ("votes",)
    ) -> None:
        self.service, self.desk = service, Desk(service)
        self.code, self.land = f"lot-{next(numbers)}", f"land-{next(numbers)}"
        self.lots, self.publication = Lots(service), Publication(service, self.desk)
        contest = {
            "code": "c", "label": tiny.label("選挙区"), "kind": kind, "seats": seats,
            "area": {"geography": "administrative", "area": "P1"},
            "choices": [{"code": code, "name": f"候補 {code}"} for code in CHOICES],
        }  # fmt: skip
        self.forms: list[dict[str, Any]] = [
            {
                "code": "final", "label": tiny.label("確定"), "items": list(items),
                "slots": [{"code": "final", "label": tiny.label("確定"), "publish_at": night.ELEVEN}],
            }
        ]  # fmt: skip
        self.shape: dict[str, Any] = {
            "code": self.code,
            "registry": self.land,
            "contests": [contest],
            "forms": self.forms,
            "rules": [],
        }
        service.declare_registry(self.land, tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
        service.define_election(night.election(**self.shape), tiny.SYSTEM, uuid4())
        self.units = ["11", "12", "20"]

    def divide(self) -> None:
        """Town 20 into 21 and 22."""
        units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [GONE]}
        self.service.define_election(
            night.election(**self.shape, units=units), tiny.SYSTEM, uuid4(), reason="離島"
        )
        town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
        parts = [
            town.model_copy(update={"code": code, "level": "ward", "parent": "20"}) for code in ("21", "22")
        ]
        self.service.declare_registry(self.land, (), parts, tiny.SYSTEM, uuid4())
        self.units = ["11", "12", "20", "21", "22"]

    def named_as(self, *names: str) -> None:
        """The candidates, in the order of their codes."""
        choices = [{"code": code, "name": f"候補 {name}"} for code, name in zip(CHOICES, names, strict=True)]
        contests = [{**self.shape["contests"][0], "choices": choices}]
        definition = night.election(**self.shape | {"contests": contests})
        self.service.define_election(definition, tiny.SYSTEM, uuid4(), reason="名簿の訂正")

    def of(self, unit: str) -> dict[str, Any]:
        return {"command_id": uuid4(), "election": self.code, "form": "final", "slot": "final", "unit": unit}

    def submit(
        self,
        unit: str,
        actor: Actor,
        values: Mapping[str, str],
        counted: Any = None,
        **more: str,
    ) -> None:
        figures = tuple(
            CellInput(contest="c", item="votes", choice=choice, value=text) for choice, text in values.items()
        ) + tuple(CellInput(contest="c", item=item, value=text) for item, text in more.items())
        of = {**self.of(unit), **(counted or {})}
        self.desk.submit(Submit(**of, figures=figures, reason_class="typing_error", reason="読み違い"), actor)

    def approve(self, unit: str, actor: Actor) -> None:
        """Every cell that waits at the actor's level."""
        one = self.desk.returns.open(self.code, "final", "final", unit)
        level = next(level for level, area in one.chain if area == actor.jurisdiction)
        cells = tuple(sorted(one.case.waiting_at(level)))
        self.desk.approve(Approve(**self.of(unit), cells=cells), actor)

    def settle(self, values: Mapping[str, Mapping[str, str]], upto: str = "nation", **more: str) -> None:
        """Each unit's own office submits, every level up to one approves."""
        for unit, texts in values.items():
            self.submit(unit, OWN[unit][0], texts, **more)
            chain = [level for level, _ in self.desk.returns.open(self.code, "final", "final", unit).chain]
            for level in chain[: chain.index(upto) + 1]:
                self.approve(unit, LEVELS[level][0])

    def back(self, unit: str, choice: str, actor: Actor) -> None:
        cells = (f"c|votes||{choice}",)
        self.desk.send_back(
            SendBack(**self.of(unit), cells=cells, reason_class="query", reason="確認してください"), actor
        )

    def record(self, actor: Actor, among: tuple[str, ...], winners: tuple[str, ...]) -> LotDone:
        request = RecordLot(
            **self.named(),
            among=among,
            winners=winners,
            source_class="election_meeting_record",
            reference="選挙録 第3号",
        )
        return self.lots.record(request, actor)

    def confirm(self, actor: Actor, recorded: int, override: str | None = None) -> LotDone:
        return self.lots.confirm(ConfirmLot(**self.named(), recorded=recorded, override=override), actor)

    def named(self) -> dict[str, Any]:
        return {
            "command_id": uuid4(),
            "election": self.code,
            "form": "final",
            "slot": "final",
            "contest": "c",
            "item": "votes",
        }

    def release(self) -> Any:
        return self.publication.release(self.code, "final", "final", NOW, CLOCK)

    def waiting(self) -> list[LotRecorded]:
        return [one.event for one in self._lot_events() if isinstance(one.event, LotRecorded)]

    def _lot_events(self) -> list[Any]:
        return self.service.ledger.stream(lot_stream(self.code, "final", "final", "c"))

    def last_record(self) -> int:
        return max(
            (one.position for one in self._lot_events() if isinstance(one.event, LotRecorded)), default=1
        )


THREE = {
    "11": {"a": "10", "b": "10", "c": "0"},
    "12": {"a": "10", "b": "10", "c": "0"},
    "20": {"a": "0", "b": "0", "c": "10"},
}
"""a and b: 20, c: 10."""
SECOND = {unit: {"a": "10", "b": "5", "c": "5"} for unit in ("11", "12", "20")}
"""a: 30, b and c: 15."""


@pytest.fixture
def count(service: Reporting) -> Count:
    return Count(service)


# --- What a refusal blames. ---


def test_none_is_nothing_and_does_not_stand_in_the_way(count: Count) -> None:
    count.settle({**THREE, "20": {"a": "!none", "b": "!none", "c": "10"}})
    done = count.record(NATION, ("a", "b"), ("b",))
    assert count.confirm(NATION_2, done.recorded).confirmed


@pytest.mark.parametrize(
    ("make", "why", "units"),
    [
        (lambda count: count.settle({unit: THREE[unit] for unit in ("11", "12")}), Wait.MISSING, ("20",)),
        (lambda count: count.settle({**THREE, "20": {"a": "!not_reported", "b": "0", "c": "10"}}), Wait.NO_NUMBER, ("20",)),
        (lambda count: count.settle(THREE, upto="prefecture"), Wait.UNAPPROVED, ("11", "12", "20")),
        (lambda count: (count.settle(THREE), count.back("12", "c", NATION)), Wait.SENT_BACK, ("12",)),
        (lambda count: (count.settle(THREE), count.submit("12", OTHER_WARD, {"c": "1"})), Wait.UNAPPROVED, ("12",)),
    ],
)  # fmt: skip
def test_votes_that_are_not_final_are_named_by_their_own_cause(
    count: Count, make: Callable[[Count], Any], why: Wait, units: tuple[str, ...]
) -> None:
    make(count)
    with pytest.raises(VotesOpen) as refused:
        count.record(NATION, ("a", "b"), ("b",))
    assert refused.value.waiting == {why: units}
    assert all(unit in refused.value.message_ja and unit in refused.value.message_en for unit in units)


@pytest.mark.parametrize(
    ("votes", "among", "cause"),
    [
        ({"a": "11", "b": "10", "c": "0"}, ("a", "b"), "none"),
        ({"a": "20", "b": "10", "c": "10"}, ("b", "c"), "none"),
    ],
)
def test_no_tie_at_the_last_seat(
    count: Count, votes: dict[str, str], among: tuple[str, ...], cause: str
) -> None:
    count.settle({**{key: {"a": "0", "b": "0", "c": "0"} for key in ("11", "12")}, "20": votes})
    with pytest.raises(NoTie) as refused:
        count.record(NATION, among, among[:1])
    assert refused.value.facts["cause"] == cause
    called = refused.value.facts["contest_ja"]
    assert called in refused.value.message_ja
    assert called != refused.value.facts["contest"]


def test_a_lot_falls_to_nobody_whose_name_has_changed_since(count: Count) -> None:
    """Between the look and the record, and between the record and its confirmation."""
    count.settle(THREE)
    seen = count.service.ledger.position()
    told = {
        "among": ("a", "b"),
        "winners": ("b",),
        "source_class": "election_meeting_record",
        "reference": "3",
    }
    count.named_as("b", "a", "c")
    with pytest.raises(CalledOtherwise) as refused:
        count.lots.record(RecordLot(**count.named(), **told, seen_at=seen), NATION)
    assert [problem.kind for problem in refused.value.problems] == ["renamed", "renamed"]
    done = count.record(NATION, ("a", "b"), ("b",))
    count.named_as("a", "b", "c")
    with pytest.raises(CalledOtherwise):
        count.confirm(NATION_2, done.recorded)
    again = count.record(NATION, ("a", "b"), ("b",))
    assert count.confirm(NATION_2, again.recorded).confirmed


def test_equal_votes_along_the_way_are_no_tie(service: Reporting) -> None:
    """Of a slot that another follows, and of a return that rests on a sample until all is counted."""
    count = Count(service)
    form = {
        **count.forms[0],
        "slots": [{"code": code, "label": tiny.label(code)} for code in ("final", "last")],
    }
    service.define_election(
        night.election(**(count.shape | {"forms": [form]})), tiny.SYSTEM, uuid4(), reason="回"
    )
    count.settle(THREE)
    with pytest.raises(NoTie) as refused:
        count.record(NATION, ("a", "b"), ("b",))
    assert refused.value.facts["cause"] == "interim"
    count = Count(service)
    count.settle(THREE)
    count.submit("20", TOWN, THREE["20"], {"method": "sample", "places": 1, "of_places": 3})
    with pytest.raises(NoTie) as refused:
        count.record(NATION, ("a", "b"), ("b",))
    assert (refused.value.facts["cause"], refused.value.facts["units"]) == ("partial", "20")
    count.submit("20", TOWN, THREE["20"], {"method": "full"})
    for level in ("prefecture", "nation"):  # equal figures that rest on all of it are looked at again
        count.approve("20", LEVELS[level][0])
    done = count.record(NATION, ("a", "b"), ("b",))
    assert count.confirm(NATION_2, done.recorded).confirmed


def test_seats_by_quotients_are_said_not_to_be_allotted_here(service: Reporting) -> None:
    count = Count(service, kind="proportional", seats=2)
    count.settle(THREE)
    with pytest.raises(NoTie) as refused:
        count.record(NATION, ("a", "b"), ("b",))
    assert refused.value.facts["cause"] == "quotients"
    assert "第95条の2第3項" in refused.value.message_ja


@pytest.mark.parametrize(
    ("valid", "refused"), [("19", False), ("20", False), ("21", True)]
)  # of 3 units: 57, 60, 63; a mayor needs a quarter: 15.75 of 63
def test_equal_votes_below_the_statutory_minimum_elect_nobody(
    service: Reporting, valid: str, refused: bool
) -> None:
    """Art. 95(1): a mayor needs a quarter of the valid votes; 15 of 60 are just that."""
    count = Count(service, kind="mayor", items=("valid_votes", "votes"))
    votes = {"a": "5", "b": "5", "c": "4"}
    count.settle(dict.fromkeys(("11", "12", "20"), votes), valid_votes=valid)
    if refused:
        with pytest.raises(NoTie) as said:
            count.record(NATION, ("a", "b"), ("b",))
        assert said.value.facts["cause"] == "below_line"
        assert "法定得票" in said.value.message_ja
    else:
        assert count.record(NATION, ("a", "b"), ("b",)).recorded


def test_everybody_of_equal_votes_and_as_many_winners_as_seats(service: Reporting) -> None:
    count = Count(service, seats=2)
    count.settle(dict.fromkeys(("11", "12", "20"), dict.fromkeys(CHOICES, "5")))
    for among, winners in (
        (("a", "b"), ("a", "b")),
        (CHOICES, ("a",)),
        (CHOICES, ("a", "a")),
        (CHOICES, CHOICES),
    ):
        with pytest.raises(InvalidInput) as refused:
            count.record(NATION, among, winners)
        assert refused.value.facts["field"] == ("among" if among != CHOICES else "winners")
    assert count.record(NATION, ("c", "a", "b"), ("c", "a")).recorded


# --- Who may. ---


def test_nobody_confirms_who_typed_submitted_or_recorded(count: Count) -> None:
    """As in certifying; an override says so, and no chain of them by one person where the office has others."""
    count.settle(THREE)
    count.submit("12", NATION_2, {"c": "1"})  # typed and submitted from above, the tie untouched
    count.approve("12", CITY)
    count.approve("12", PREFECTURE)
    count.approve("12", NATION)
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    with pytest.raises(RecorderConfirms):
        count.confirm(NATION, recorded)
    with pytest.raises(FourEyes):
        count.confirm(NATION_2, recorded)
    for actor in (WARD, CITY, PREFECTURE, TOWN):
        with pytest.raises(NotAuthorised):
            count.confirm(actor, recorded)
    count.confirm(NATION_2, recorded, "担当者が二人のみ")
    (lot,) = count.lots.of(count.code, "c")
    assert (lot.override, lot.alone) == (True, False)


def test_the_recorder_confirms_by_override_where_nobody_else_is_registered(count: Count) -> None:
    count.settle(THREE)
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    with pytest.raises(RecorderConfirms):
        count.confirm(NATION, recorded)
    count.confirm(NATION, recorded, "担当者が一人のみ")
    (lot,) = count.lots.of(count.code, "c")
    assert (lot.override, lot.alone) == (True, True)
    (told,) = count.release().lots
    assert told.alone, "the public is told"


def staffed(service: Reporting, role: Role, area: str, *people: str) -> None:
    offices = Offices(service)
    offices.register(uuid4(), "staff", "課", role, area, tiny.SYSTEM)
    for person in people:
        offices.grant(uuid4(), "staff", person, date(2020, 4, 1), None, tiny.SYSTEM)


def test_the_recorder_does_not_confirm_while_the_office_has_somebody_else(
    count: Count, service: Reporting
) -> None:
    count.settle(THREE)
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    staffed(service, Role.MINISTRY, "JP", NATION.person, NATION_2.person)
    with pytest.raises(RecorderAlone):
        count.confirm(NATION, recorded, "急ぐため")
    assert count.confirm(NATION_2, recorded).confirmed


def test_no_chain_of_overrides_by_one_person_ends_in_a_lot(count: Count, service: Reporting) -> None:
    """One person typed, submitted and approved all of 20 openly; the lot is not theirs to confirm, too, as little as the
    return is theirs to certify."""
    count.settle({unit: THREE[unit] for unit in ("11", "12")})
    alone = Actor("一人", "事務局", Role.SYSTEM, "*")
    count.submit("20", alone, THREE["20"])
    for level in ("prefecture", "nation"):
        cells = tuple(
            sorted(count.desk.returns.open(count.code, "final", "final", "20").case.waiting_at(level))
        )
        count.desk.approve(Approve(**count.of("20"), cells=cells, level=level, override="一人の課"), alone)
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    staffed(service, Role.SYSTEM, "*", alone.person, "もう一人")
    with pytest.raises(FourEyes):
        count.confirm(alone, recorded)
    with pytest.raises(AloneWithOthersThere):
        count.confirm(alone, recorded, "一人の課")


# --- Overtaken, in force again, and what a release holds. ---


def drawn(count: Count) -> int:
    count.settle(THREE)
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    return count.confirm(NATION_2, recorded).recorded


def state(count: Count) -> tuple[LotState, int | None]:
    lot = count.lots.of(count.code, "c")[-1]
    released = count.publication.plan(count.code, "final", "final").lots
    return lot.state(any(one.overtaken is None and one.kind is None for one in released)), lot.overtaken_at


def test_a_third_choice_corrected_above_overtakes_it(count: Count) -> None:
    drawn(count)
    assert state(count) == (LotState.CONFIRMED, None)
    assert [(one.winners, one.kind) for one in count.release().lots] == [(("b",), "lot")]
    assert state(count) == (LotState.IN_FORCE, None)
    at = count.service.ledger.position() + 1
    count.submit("20", TOWN, {"c": "30"})
    assert state(count) == (LotState.OVERTAKEN, at), "reopened: from the very correction on"
    assert count.release() is None, "the public figures are what they were"
    for actor in (PREFECTURE, NATION):
        count.approve("20", actor)
    assert state(count) == (LotState.OVERTAKEN, at)
    notice = count.release()
    assert [(one.overtaken, one.kind) for one in notice.lots] == [(at, "lot_overtaken")]
    count.submit("20", TOWN, {"c": "10"})
    for actor in (PREFECTURE, NATION):
        count.approve("20", actor)
    again = count.release()
    assert [(one.overtaken, one.kind) for one in again.lots] == [(None, "lot")], (
        "the very votes it was drawn for"
    )
    assert state(count) == (LotState.IN_FORCE, None)
    heads = [one.event for one in count.service.ledger.stream(slot_stream(count.code, "final", "final"))]
    assert [(one.number, one.corrections, one.lot_notices) for one in heads if isinstance(one, SlotReleased)] == [
        (1, 0, 0), (2, 1, 1), (3, 2, 2),
    ]  # fmt: skip


def test_a_lot_after_the_first_release_is_a_notice_of_its_own(count: Count) -> None:
    count.settle(THREE)
    assert count.release().lots == ()
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    assert count.release() is None, "recorded, and not confirmed"
    count.confirm(NATION_2, recorded)
    assert count.publication.plan(count.code, "final", "final").moves
    notice = count.release()
    assert (notice.number, notice.changes, notice.lot_notices) == (2, (), 1)
    assert count.release() is None, "told once"
    head, package = count.publication.package(count.code, "final", "final", 2)
    assert head.layout >= WITH_LOTS
    assert b"c,votes,a b,b,20,election_meeting_record," in package.files["lots.csv"]
    assert b'"lot"' in package.files["manifest.json"]


def test_a_divided_unit_and_its_parts_count_once(count: Count) -> None:
    """20 stood whole; when both parts have reported they count, as in the published totals."""
    count.settle({**THREE, "20": {"a": "4", "b": "4", "c": "2"}})
    count.divide()
    recorded = count.record(NATION, ("a", "b"), ("b",)).recorded
    count.confirm(NATION_2, recorded)
    (lot,) = count.lots.of(count.code, "c")
    assert (lot.votes, lot.overtaken_at) == ("24", None), "the whole stands for its parts"
    count.settle({unit: {"a": "2", "b": "2", "c": "1"} for unit in ("21", "22")})
    (lot,) = count.lots.of(count.code, "c")
    assert (lot.votes, lot.overtaken_at) == ("24", None)


# --- Whatever anybody does. ---

texts = st.sampled_from(("0", "10", "10", "20", "!none"))
votes = st.fixed_dictionaries({choice: texts for choice in CHOICES})
people = st.sampled_from((*TOP, PREFECTURE, CITY, WARD, WARD_2, TOWN))
units = st.sampled_from(("11", "12", "20", "21", "22"))
deeds = st.one_of(
    st.tuples(st.just("settle"), st.fixed_dictionaries({unit: votes for unit in ("11", "12", "20")})),
    st.tuples(st.just("equal"), st.sampled_from(TOP), st.sampled_from(TOP), st.none(), st.just(True)),
    st.tuples(st.just("equal"), st.sampled_from(TOP), st.sampled_from(TOP), st.none(), st.booleans()),
    st.tuples(st.just("equal"), st.sampled_from(TOP), st.sampled_from(TOP), st.sampled_from(TOP), st.booleans()),
    st.tuples(st.just("overtake"), st.sampled_from(CHOICES), st.booleans()),
    st.tuples(st.just("submit"), units, people, votes),
    st.tuples(st.just("correct"), units, people, st.sampled_from(CHOICES), texts),
    st.tuples(st.just("approve"), units),
    st.tuples(st.just("back"), units, st.sampled_from(CHOICES)),
    st.tuples(st.just("record"), people, st.integers(0, 2)),
    st.tuples(st.just("confirm"), people, st.booleans()),
    st.tuples(st.just("release")),
    st.tuples(st.just("divide")),
)  # fmt: skip


WON = ("equal", NATION, NATION_2, None, True)
openings = st.sampled_from(([], [WON], [WON, ("overtake", "a", True)], [WON, ("overtake", "c", False)]))


class Trial:
    """Random deeds on one count, and what must hold after each."""

    def __init__(
        self, database: Database, service: Reporting, reader: ViewReader, reached: Counter[str], seats: int
    ) -> None:
        self.count, self.reached, self.reader = Count(service, seats=seats), reached, reader
        self.projector, self.divided, self.seats, self.seen = Projector(database), False, seats, 0

    def do(self, deed: tuple[Any, ...]) -> None:
        name, *given_ = deed
        try:
            getattr(self, f"_{name}")(*given_)
            self.reached[name] += 1
        except (ReportingError, StopIteration):
            pass

    def _settle(self, values: Mapping[str, Mapping[str, str]]) -> None:
        for unit in values:
            self._submit(unit, OWN[unit][0], values[unit])
            self._approve(unit)

    def _equal(self, recorder: Actor, confirmer: Actor, hand: Actor | None, release: bool) -> None:
        """The whole way to a lot, as it should go; or one where somebody of the top had a `hand` in the votes."""
        self._settle(THREE if self.seats == 1 else SECOND)
        if hand is not None:
            self._correct("12", hand, "c" if self.seats == 1 else "a", "9")
            self._approve("12")
        self._record(recorder, 0)
        self._confirm(confirmer, False)
        if release:
            self.count.release()

    def _overtake(self, choice: str, release: bool) -> None:
        """One of 20's votes is another, approved everywhere and perhaps released."""
        self._correct("20", TOWN, choice, "25")
        self._approve("20")
        if release:
            self.count.release()

    def _submit(self, unit: str, actor: Actor, values: Mapping[str, str]) -> None:
        self.count.submit(unit, actor, values)

    def _correct(self, unit: str, actor: Actor, choice: str, text: str) -> None:
        self.count.submit(unit, actor, {choice: text})

    def _approve(self, unit: str) -> None:
        """By whoever had no hand in it, at every level that has something to approve."""
        one = self.count.desk.returns.open(self.count.code, "final", "final", unit)
        for level, _ in one.chain:
            for actor in LEVELS[level]:
                try:
                    self.count.approve(unit, actor)
                except ReportingError:
                    continue
                break

    def _back(self, unit: str, choice: str) -> None:
        self.count.back(unit, choice, NATION)

    def _record(self, actor: Actor, winner: int) -> None:
        among, left = tied(self._totals(Layer("nation")), self.seats)
        among, left = (among, left) if among else (("a", "b"), 1)
        self.count.record(actor, among, tuple((*among, *among)[winner : winner + left]))

    def _confirm(self, actor: Actor, override: bool) -> None:
        self.count.confirm(actor, self.count.last_record(), "担当者が少ない" if override else None)

    def _release(self) -> None:
        self.count.release()

    def _divide(self) -> None:
        if not self.divided:
            self.divided = True
            self.count.divide()

    def _totals(self, layer: Layer) -> dict[str, Decimal]:
        """Of the contest's area, as the totals view has them; a choice nobody has votes for has 0."""
        self.projector.catch_up()
        with self.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            return self._totals_of(snapshot, layer)

    def _totals_of(self, snapshot: Snapshot, layer: Layer) -> dict[str, Decimal]:
        query = TotalsQuery("final", "final", "c", "administrative", ("votes",), areas=("P1",), layer=layer)
        rows = snapshot.totals(snapshot.election(self.count.code), query)
        return {row.choice: Decimal(str(row.value or 0)) for row in rows}

    def check(self) -> None:
        """What nothing was added to has been looked at."""
        code, now = self.count.code, self.count.service.ledger.position()
        if now == self.seen:
            return
        self.seen = self.projector.catch_up()
        with self.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            election = snapshot.election(code)
            shown, public = lots(snapshot, election), public_lots(snapshot, election, snapshot.position)
            totals = {
                layer: self._totals_of(snapshot, layer) for layer in (ENTERED, Layer("nation"), RELEASED)
            }
        assert shown == self.count.lots.of(code, "c"), "the view is the log's own meaning"
        self._standing(shown, totals)
        told = {lot.position: lot for lot in shown}
        for one in public:
            assert one.lot.confirmed == told[one.lot.recorded].confirmed_at
            assert one.lot.confirmed < one.position, "never public before it is confirmed and released"
            if one.lot.overtaken is None:
                self._is_tie(totals[RELEASED], one.lot.among, one.lot.winners, one.lot.votes)
                self.reached["public"] += 1
            else:
                self.reached["public and overtaken"] += 1

    def _standing(self, shown: list[Lot], totals: Mapping[Layer, dict[str, Decimal]]) -> None:
        standing = [lot for lot in shown if lot.overtaken_at is None]
        assert len(standing) <= 2, "one confirmed, and perhaps one that waits"
        assert len([lot for lot in standing if lot.confirmed_at]) <= 1
        for lot in standing:
            for layer in (ENTERED, Layer("nation")):
                self._is_tie(totals[layer], lot.among, lot.winners, lot.votes)
            self.reached["standing"] += 1
        self.reached["overtaken"] += any(lot.confirmed_at and lot.broken_at for lot in shown)
        self.reached["replaced"] += any(lot.confirmed_at and lot.replaced_at for lot in shown)

    def _is_tie(
        self, totals: dict[str, Decimal], among: tuple[str, ...], winners: tuple[str, ...], votes: str
    ) -> None:
        equal, left = tied(totals, self.seats)
        assert (sorted(equal), left) == (sorted(among), len(winners))
        assert format_value(totals[equal[0]]) == votes

    def eyes(self) -> None:
        """Nobody confirmed who had typed or submitted these votes, or had recorded the lot, unless openly."""
        streams = {return_stream(self.count.code, "final", "final", unit): unit for unit in self.count.units}
        mine = lot_stream(self.count.code, "final", "final", "c")
        authors: dict[tuple[str, str], str] = {}
        submitted: dict[str, str] = {}
        recorders: dict[int, str] = {}
        for deed in self.count.service.ledger.deeds([*streams, mine]):
            event, unit = deed.recorded.event, streams.get(deed.recorded.stream_id, "")
            if isinstance(event, FiguresEntered | FiguresCorrected):
                authors |= {(unit, key): deed.person for key in event.figures}
            elif isinstance(event, ReturnSubmitted):
                submitted[unit] = deed.person
            elif isinstance(event, LotRecorded):
                recorders[deed.recorded.position] = deed.person
            elif isinstance(event, LotConfirmed):
                hands = {recorders[event.recorded], *authors.values(), *submitted.values()}
                assert event.override or deed.person not in hands
                assert event.alone == (deed.person == recorders[event.recorded])
                self.reached["confirmed by override" if event.override else "confirmed"] += 1

    def packages(self) -> None:
        """Every release can be made again, byte for byte."""
        for one in self.count.service.ledger.stream(slot_stream(self.count.code, "final", "final")):
            assert isinstance(one.event, SlotReleased)
            self.count.publication.package(self.count.code, "final", "final", one.event.number)


@pytest.fixture
def reader(database: Database) -> Iterator[ViewReader]:
    found = ViewReader(database)
    yield found
    found.close()


def test_whatever_anybody_does(database: Database, service: Reporting, reader: ViewReader) -> None:
    reached: Counter[str] = Counter()

    @settings(
        max_examples=examples(8), deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(openings, st.lists(deeds, min_size=4, max_size=9), st.integers(1, 2))
    def trial(begun: list[tuple[Any, ...]], done: list[tuple[Any, ...]], seats: int) -> None:
        one = Trial(database, service, reader, reached, seats)
        for deed in (*begun, *done):
            one.do(deed)
            one.check()
        one.eyes()
        one.packages()

    trial()
    assert verify(database).differences == [], "live, rebuilt and the independent fold"
    wanted = {
        "standing",
        "overtaken",
        "replaced",
        "public",
        "public and overtaken",
        "confirmed",
        "divide",
        "overtake",
    }
    assert wanted <= {what for what, times in reached.items() if times}, reached
