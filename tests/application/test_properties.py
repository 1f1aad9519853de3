"""Random commands by random people on the tiny country's night: what must hold whatever anybody does in whatever order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import uuid4

import night
import pytest
import tiny
from anybody import BOTH_HATS, DEPUTY, HOME, KEYS, UNITS, Commands
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from night import CITY, NATION, PREFECTURE, TOWN, WARD
from thorough import examples

from projections.verify import verify
from reporting.application import desk_commands as desks
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.status import Status
from reporting.domain.workflow_events import (
    CellsSentBack,
    DraftSaved,
    FiguresReleased,
    ReturnApproved,
    ReturnCertified,
    ReturnSubmitted,
)
from reporting.errors import InvalidInput
from reporting.ledger import Deed, Ledger, draft_stream, released_stream, return_stream


class Night(Commands):
    """What must hold of a general election's night."""

    @invariant()
    def values_are_those_of_events_and_of_nothing_else(self) -> None:
        if not hasattr(self, "model"):
            return
        for unit in UNITS:
            folded: dict[str, str] = {}
            for recorded in self.service.ledger.stream(self._stream(unit)):
                if isinstance(recorded.event, FiguresEntered | FiguresCorrected):
                    folded |= recorded.event.figures
            held = {key: cell.text for key, cell in self.open(unit).case.cells.items()}
            assert held == folded == self.model[unit]

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        self._history()
        for unit in UNITS:
            self._rescue(unit)
        self._history()
        if self.runs % 10 == 1:
            assert verify(self.database).differences == []

    def _stream(self, unit: str) -> Any:
        return return_stream(self.code, "final", "final", unit)

    def _deeds(self) -> Iterator[tuple[str, Deed]]:
        streams = {self._stream(unit): unit for unit in UNITS}
        streams |= {released_stream(self.code, "final", "final", unit): unit for unit in UNITS}
        streams |= {draft_stream(self.code, "final", "final", unit): unit for unit in UNITS}
        for deed in self.service.ledger.deeds(list(streams)):
            yield streams[deed.recorded.stream_id], deed

    def _history(self) -> None:
        """Nobody approves or certifies what is their own but openly; certified figures change by correction only; what is
        public was approved by the publishing level."""
        authors: dict[tuple[str, str], set[str]] = {}
        drafted: dict[tuple[str, str], tuple[str, set[str]]] = {}
        submitted: dict[str, str] = {}
        approvers: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        approved: dict[tuple[str, str], str] = {}
        certified: set[str] = set()
        for unit, deed in self._deeds():
            match deed.recorded.event:
                case DraftSaved() as event:
                    for key, text in event.cells.items():
                        before, typists = drafted.get((unit, key), ("", set()))
                        drafted[unit, key] = (text, {deed.person, *(typists if before == text else ())})
                case FiguresEntered() | FiguresCorrected() as event:
                    for key, text in event.figures.items():
                        typed, typists = drafted.get((unit, key), ("", set()))
                        authors[unit, key] = {deed.person, *(typists if typed == text else ())}
                        self.reached["typed by another"] += len(authors[unit, key]) > 1
                    for key in event.figures:
                        approvers.pop((unit, key), None)
                    if unit in certified:
                        self.reached[f"correct certified {unit}"] += 1
                        assert deed.office in {one.office for one in self.correctors[unit]}
                case ReturnSubmitted():
                    submitted[unit] = deed.person
                case ReturnApproved() as event:
                    own = {submitted[unit]}.union(*(authors[unit, key] for key in event.figures))
                    looked = [approvers[unit, key] for key in event.figures]
                    own |= {by for one in looked for level, by in one.items() if level != event.level}
                    self._second(deed, own)
                    for one in looked:
                        one[event.level] = deed.person
                    if event.level == self.publishing[unit]:
                        approved |= {(unit, key): text for key, text in event.figures.items()}
                case ReturnCertified():
                    own = {submitted[unit]}.union(*(by for (one, _), by in authors.items() if one == unit))
                    self._second(deed, own)
                    assert deed.office == self.certifiers[unit].office
                    certified.add(unit)
                case CellsSentBack() as event:
                    assert unit not in certified
                    for key in event.cells:
                        approvers.pop((unit, key), None)
                case FiguresReleased() as event:
                    for key, text in event.figures.items():
                        assert approved.get((unit, key)) == text

    def _second(self, deed: Deed, own: set[str]) -> None:
        """Another person did it, or the same one with a reason."""
        event = deed.recorded.event
        assert isinstance(event, ReturnApproved | ReturnCertified)
        assert event.override or deed.person not in own
        if event.override:
            record = self.service.ledger.command(deed.recorded.command_id)
            assert record is not None
            assert record.reason

    def _rescue(self, unit: str) -> None:
        """From wherever the return is, to the end, by people who are new to it and only by what they may do."""
        one = self.open(unit)
        if one.status is Status.WITHDRAWN:
            return
        person = iter(f"救援{n}" for n in range(20))
        owner = HOME[unit][0]
        office = self.correctors[unit][0] if one.case.certified else owner

        def new(actor: Actor) -> Actor:
            return Actor(next(person), actor.office, actor.role, actor.jurisdiction)

        pending = any(level not in c.approved_now for c in one.case.cells.values() for level in one.levels)
        if one.case.certified and not pending:
            return
        self._clear(unit, new(office))
        figures = [c for c in night.cells(**night.BALANCED) if c.cell().cell.key not in one.case.cells]
        given: dict[str, Any] = {**self.of(unit), "figures": tuple(figures), "reason": "確認済み"}
        try:
            self.desk.submit(desks.Submit(**given), new(office))
        except RulesRefused as refused:
            given["command_id"] = uuid4()
            given["declarations"] = {f.key: "recount" for f in refused.findings if f.waivable}
            given["explanations"] = {f.key: "確認済み" for f in refused.findings if not f.waivable}
            self.desk.submit(desks.Submit(**given), new(office))
        for level in self.open(unit).levels:
            if waiting := self.open(unit).case.waiting_at(level):
                request = desks.Approve(**self.of(unit), cells=tuple(sorted(waiting)))
                self.desk.approve(request, new(self.officers[level]))
        if not one.case.certified:
            done = self.desk.certify(desks.Certify(**self.of(unit)), new(self.certifiers[unit]))
            assert done.status is Status.CERTIFIED
        after = self.open(unit)
        assert all(after.case.approved_by(level) for level in after.levels)
        self.reached["rescued"] += 1
        self.model[unit] = {key: cell.text for key, cell in after.case.cells.items()}


class Mayor(Night):
    """A mayor's election: the town ends its own returns by another person of its office, the city those of its wards."""

    flow: ClassVar[dict[str, Any] | None] = {
        "geography": "administrative",
        "levels": ["municipality", "city"],
        "publish_at_level": "city",
        "certify_at_level": "city",
        "self_managed": ["municipality"],
    }
    above: ClassVar[dict[str, tuple[Actor, ...]]] = {
        "11": (CITY, BOTH_HATS, PREFECTURE, night.CITY_2),
        "20": (TOWN, DEPUTY, night.TOWN_2, PREFECTURE, NATION),
    }
    officers: ClassVar[dict[str, Actor]] = {"city": CITY, "municipality": night.TOWN_2}
    publishing: ClassVar[dict[str, str]] = {"11": "city", "20": "municipality"}
    certifiers: ClassVar[dict[str, Actor]] = {"11": night.CITY_2, "20": night.TOWN_2}
    correctors: ClassVar[dict[str, tuple[Actor, ...]]] = {
        "11": (CITY, tiny.SYSTEM),
        "20": (TOWN, tiny.SYSTEM),
    }


@pytest.fixture(params=[Night, Mayor], ids=lambda kind: str(kind.__name__).lower())
def machine(request: pytest.FixtureRequest, database: Database) -> Iterator[type[Night]]:
    ledger = Ledger(database)
    service = Reporting(ledger)
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    kind: type[Night] = request.param
    kind.database, kind.service, kind.reached, kind.runs = database, service, defaultdict(int), 0
    yield kind
    ledger.close()


def test_whatever_anybody_does_in_whatever_order(machine: type[Night]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples(14 if machine is Night else 11),
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    core = {
        "submit",
        "typed by another",
        "approve",
        "green",
        "send back",
        "release",
        "rescued",
        "approve: four_eyes",
    }
    assert core <= set(machine.reached), machine.reached


def test_every_command_once(machine: type[Night]) -> None:
    """What luck may not bring: each command in its place, with the same properties held."""
    one = machine()
    one.define()
    for unit in UNITS:
        first, second = HOME[unit]
        one.type_directly(unit, first, night.BALANCED, True, 0)
        one.type_directly(unit, first, {"votes_a": 59, "votes_b": 39}, False, 0)
        one.submit(unit, first, night.BALANCED, True, True, 0, 0)
        one.withdraw(unit, second, 0)
        one.submit(unit, first, night.BALANCED, True, True, 0, 0)
        lowest = one.officers[one.open(unit).levels[0]]
        one.send_back(unit, lowest, KEYS[0], 0, 0)
        one.answer(unit, second, KEYS[0], True, 0)
        one.doubt(unit, False, False)
        one.doubt(unit, True, False)
        one.submit(unit, first, night.BALANCED, True, True, 0, 0)
        one.certify_ones_own(unit)
        assert not one.open(unit).case.certified
        one.submit(unit, first, {}, True, True, 0, 0)
        one.onward_evenly(unit, 9)
        assert one.open(unit).case.certified, (unit, one.reached)
        one.release(1)
        one.type_directly(unit, one.correctors[unit][0], {"votes_a": 59, "votes_b": 39}, False, 0)
        one.annotate(unit, second)
        one.approve_green(one.certifiers[unit])
        one.type_directly(unit, one.correctors[unit][0], {"votes_a": 60, "votes_b": 38}, False, 0)
        one.values_are_those_of_events_and_of_nothing_else()
    one.teardown()
    assert set(machine.reached) >= {
        "submit", "enter", "correct", "approve", "green", "certify", "send back", "answer", "confirm", "close",
        "withdraw", "annotate", "release", "rescued", "correct certified 11", "correct certified 20",
        "certify: four_eyes",
    }, machine.reached  # fmt: skip


def test_what_was_withdrawn_is_not_vouched_for_without_figures(service: Reporting) -> None:
    desk = night.define(service)
    night.submit(desk)
    desk.withdraw(desks.Withdraw(**night.of("11"), reason="別の開票区"), WARD)
    with pytest.raises(InvalidInput):
        desk.submit(desks.Submit(**night.of("11"), reason="再提出"), WARD)
    assert night.submit(desk, reason="再提出").status is Status.SUBMITTED
