"""Random commands by random people on the tiny country's night: what must hold whatever anybody does in whatever order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import night
import pytest
import tiny
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from night import CITY, NATION, PREFECTURE, PREFECTURE_2, TOWN, WARD, WARD_2

from projections.runner import Projector
from projections.verify import verify
from reporting.application import desk_commands as desks
from reporting.application.commands import CorrectFigures, EnterFigures
from reporting.application.desk import Desk, OpenReturn
from reporting.application.findings import RulesRefused
from reporting.application.publication import Publication
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.case import Status
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.figures import format_value, parse_value
from reporting.domain.workflow_events import (
    CellsSentBack,
    FiguresReleased,
    ReturnApproved,
    ReturnCertified,
    ReturnSubmitted,
)
from reporting.errors import InvalidInput, ReportingError
from reporting.ledger import Deed, Ledger, released_stream, return_stream

LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
UNITS = ("11", "20")
BOTH_HATS = Actor(WARD.person, "市選管", Role.MUNICIPALITY, "10")
"""The ward's clerk is also on the city's list: two offices, still one pair of eyes."""
ACTORS = (
    WARD, WARD_2, BOTH_HATS, CITY, TOWN, PREFECTURE, PREFECTURE_2, NATION,
    night.OTHER_WARD, tiny.AUDITOR, tiny.SYSTEM,
)  # fmt: skip
DEPUTY = Actor("代理", "町選管", Role.MUNICIPALITY, "20")
HOME = {"11": (WARD, WARD_2), "20": (TOWN, DEPUTY)}
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    night.BALANCED,
    night.BALANCED,
    {"votes_a": 59, "votes_b": 39},
    {"invalid_votes": 5},
    {"ballots_counted": 118, "valid_votes": 116, "votes_a": 78},
    {"ballots_not_deposited": -18},
    {"voters": 250},
    {"voters": 100, "invalid_votes": 2},
    {"votes_b": "!not_reported"},
)
KEYS = ("pr|votes||a", "pr|voters||", "pr|invalid_votes||")
unit_ = st.sampled_from(UNITS)
anyone = st.sampled_from(ACTORS)
changes_ = st.sampled_from(CHANGES)
likely = st.integers(0, 3)
"""0: anybody at all; else somebody who may."""


class Night(RuleBasedStateMachine):
    """`model`: unit → cell → text, from what was asked and answered alone. `above`: who looks at a unit's returns, or tries
    to; `officers`: one person for each level; `correctors`: offices that may touch what is certified."""

    flow: ClassVar[dict[str, Any] | None] = None
    above: ClassVar[dict[str, tuple[Actor, ...]]] = {
        "11": (CITY, BOTH_HATS, PREFECTURE, PREFECTURE_2, NATION),
        "20": (PREFECTURE, PREFECTURE_2, NATION),
    }
    officers: ClassVar[dict[str, Actor]] = {"city": CITY, "prefecture": PREFECTURE, "nation": NATION}
    publishing: ClassVar[dict[str, str]] = {"11": "prefecture", "20": "prefecture"}
    certifiers: ClassVar[dict[str, Actor]] = {"11": NATION, "20": NATION}
    correctors: ClassVar[dict[str, tuple[Actor, ...]]] = {
        "11": (PREFECTURE, NATION, tiny.SYSTEM),
        "20": (PREFECTURE, NATION, tiny.SYSTEM),
    }

    database: ClassVar[Database]
    service: ClassVar[Reporting]
    runs: ClassVar[int] = 0
    reached: ClassVar[dict[str, int]] = defaultdict(int)

    @initialize()
    def define(self) -> None:
        type(self).runs += 1
        self.code = f"{type(self).__name__.lower()}-{self.runs}"
        changes = {} if self.flow is None else {"workflow": self.flow}
        self.service.define_election(night.election(code=self.code, **changes), tiny.SYSTEM, uuid4())
        self.desk = Desk(self.service)
        self.clock = Publication(self.service, self.desk)
        self.model: dict[str, dict[str, str]] = {unit: {} for unit in UNITS}
        self.drafts: dict[str, dict[str, str]] = {unit: {} for unit in UNITS}

    def of(self, unit: str) -> dict[str, Any]:
        return {**night.of(unit), "election": self.code}

    def open(self, unit: str) -> OpenReturn:
        return self.desk.open(self.code, "final", "final", unit)

    def attempt(self, what: str, do: Callable[[], object]) -> bool:
        """Whether it was done; any refusal by name is an answer, anything else a fault."""
        try:
            do()
        except ReportingError as refused:
            self.reached[f"{what}: {refused.code}"] += 1
            return False
        self.reached[what] += 1
        return True

    # -- commands ------------------------------------------------------------------------------------------------

    @rule(unit=unit_, steps=st.integers(1, 6), changes=st.sampled_from(CHANGES[:7]))
    def onward(self, unit: str, steps: int, changes: dict[str, Any]) -> None:
        """Some next steps of an orderly night, so that what is far along is met as often as what has just begun."""
        for _ in range(steps):
            one = self.open(unit)
            level = one.case.next_level(one.levels)
            waits = sorted(key for key, found in one.case.discrepancies.items() if found.waits)
            if waits:
                second = desks.ConfirmDiscrepancy(**self.of(unit), key=waits[0])
                self.attempt("confirm", lambda: self.desk.confirm_discrepancy(second, HOME[unit][1]))  # noqa: B023
            elif one.case.submitted_by is None or one.case.sent_back():
                self.submit(unit, HOME[unit][0], changes or night.BALANCED, True, True, 1, 0)
            elif level is not None:
                by = self.officers[level]
                self.attempt("approve", lambda: self.desk.approve(desks.Approve(**self.of(unit)), by))  # noqa: B023
            else:
                self.certify(unit, self.certifiers[unit], 1, None)

    @rule(unit=unit_, steps=st.integers(1, 6))
    def onward_evenly(self, unit: str, steps: int) -> None:
        self.onward(unit, steps, night.BALANCED)

    @rule(unit=unit_, close=st.booleans(), first=st.booleans())
    def doubt(self, unit: str, close: bool, first: bool) -> None:
        """More ballots than voters, said openly; then somebody settles it, or tries to."""
        self.submit(unit, HOME[unit][0], CHANGES[5], True, True, 2, 0)
        self.settle(unit, HOME[unit][0 if close and first else 1], close, 0)

    @rule(above=st.booleans())
    def one_pair_of_eyes(self, above: bool) -> None:
        """Who typed it at the ward, or corrected it from above, approves it under another hat."""
        if above:
            self.type_directly("11", CITY, {"votes_a": 58, "votes_b": 40}, False)
        else:
            self.submit("11", WARD, night.BALANCED, True, True, 2, 0)
        self.approve("11", CITY if above else BOTH_HATS, None, 0, 0)

    @rule(unit=unit_)
    def certify_ones_own(self, unit: str) -> None:
        """Who certifies has typed it; others of every office approve."""
        self.submit(unit, self.certifiers[unit], night.BALANCED, True, True, 0, 0)
        for level in self.open(unit).levels:
            by = self.officers[level]
            other = Actor("次席", by.office, by.role, by.jurisdiction)
            self.attempt("approve", lambda: self.desk.approve(desks.Approve(**self.of(unit)), other))  # noqa: B023
        self.certify(unit, self.certifiers[unit], 2, None)

    @rule(unit=unit_, key=st.sampled_from(KEYS), agrees=st.booleans())
    def query(self, unit: str, key: str, agrees: bool) -> None:
        """Sent back from above and answered, or left lying."""
        self.send_back(unit, PREFECTURE, key, 1, 2)
        if agrees:
            self.answer(unit, WARD, key, True, 1)

    @rule(unit=unit_, actor=anyone, changes=changes_, slip=st.sampled_from([0, 0, 0, 0, 1]))
    def draft(self, unit: str, actor: Actor, changes: dict[str, Any], slip: int) -> None:
        if not changes:
            return
        changes = {**changes, "voters": "12人"} if slip else changes
        cells = tuple(
            desks.DraftCell(contest=c.contest, item=c.item, choice=c.choice, value=c.value)
            for c in night.cells(**changes)
        )
        if self.attempt(
            "draft", lambda: self.desk.save_draft(desks.SaveDraft(**self.of(unit), cells=cells), actor)
        ):
            self.drafts[unit] |= {c.cell().cell.key: c.value for c in night.cells(**changes)}

    @rule(
        unit=unit_, actor=anyone, changes=changes_, reason=st.booleans(), declare=st.booleans(), way=likely,
        who=st.integers(0, 1),
    )  # fmt: skip
    def submit(
        self,
        unit: str,
        actor: Actor,
        changes: dict[str, Any],
        reason: bool,
        declare: bool,
        way: int,
        who: int,
    ) -> None:
        actor = HOME[unit][who] if way else actor
        given = {
            **self.of(unit),
            "figures": night.cells(**changes),
            "reason": "確認済み" if reason else None,
        }
        declarations: dict[str, str] = {}
        if way == 2:  # notices that nothing of the draft would do, and types it again
            self._clear(unit, HOME[unit][who])
        try:
            one = self.open(unit)
            texts = {key: cell.text for key, cell in one.case.cells.items()} | _texts(
                self.drafts[unit], changes
            )
            if declare:
                declarations = {f.key: "recount" for f in self.desk.findings.of(one, texts) if f.waivable}
        except ReportingError:
            return  # what is drafted is no figure
        done = self.attempt(
            "submit", lambda: self.desk.submit(desks.Submit(**given, declarations=declarations), actor)
        )
        if done:
            self.model[unit] |= _texts(self.drafts[unit], changes)
            self.drafts[unit] = {}

    @rule(unit=unit_, actor=anyone, changes=changes_, first=st.booleans())
    def type_directly(self, unit: str, actor: Actor, changes: dict[str, Any], first: bool) -> None:
        if not changes:
            return
        where = {**self.of(unit), "expected_version": self.open(unit).case.version}
        figures = night.cells(**changes)
        if first:
            entry = EnterFigures(**where, figures=figures)
            done = self.attempt("enter", lambda: self.service.enter_figures(entry, actor))
        else:
            correction = CorrectFigures(**where, figures=figures, reason_class="typing_error", reason="誤り")
            done = self.attempt("correct", lambda: self.service.correct_figures(correction, actor))
        if done:
            self.model[unit] |= _texts({}, changes)

    @rule(unit=unit_, actor=anyone, override=st.sampled_from([None, None, None, "一人のため"]), way=likely,
          who=st.integers(0, 4))  # fmt: skip
    def approve(self, unit: str, actor: Actor, override: str | None, way: int, who: int) -> None:
        actor = self.above[unit][who % len(self.above[unit])] if way else actor
        request = desks.Approve(**self.of(unit), override=override)
        self.attempt("approve", lambda: self.desk.approve(request, actor))

    @rule(actor=anyone)
    def approve_green(self, actor: Actor) -> None:
        request = desks.ApproveGreen(
            command_id=uuid4(), election=self.code, form="final", slot="final", units=UNITS
        )
        self.attempt("green", lambda: self.desk.approve_green(request, actor))

    @rule(unit=unit_, actor=anyone, key=st.sampled_from(KEYS), way=likely, who=st.integers(0, 4))
    def send_back(self, unit: str, actor: Actor, key: str, way: int, who: int) -> None:
        actor = self.above[unit][who % len(self.above[unit])] if way else actor
        request = desks.SendBack(**self.of(unit), cells=(key,), reason_class="query", reason="確認")
        self.attempt("send back", lambda: self.desk.send_back(request, actor))

    @rule(unit=unit_, actor=anyone, key=st.sampled_from(KEYS), agrees=st.booleans(), way=likely)
    def answer(self, unit: str, actor: Actor, key: str, agrees: bool, way: int) -> None:
        actor = HOME[unit][0] if way else actor
        request = desks.Answer(**self.of(unit), cells=(key,), agrees=agrees, reason="原票のとおり")
        self.attempt("answer", lambda: self.desk.answer(request, actor))

    @rule(unit=unit_, actor=anyone)
    def declare(self, unit: str, actor: Actor) -> None:
        one = self.open(unit)
        found = [f for f in self.desk.findings.of(one) if f.waivable] if one.case.cells else []
        key = found[0].key if found else "J09|none"
        request = desks.Declare(**self.of(unit), key=key, reason_class="recount", reason="再点検")
        self.attempt("declare", lambda: self.desk.declare(request, actor))

    @rule(unit=unit_, actor=anyone, close=st.booleans(), who=st.integers(0, 3))
    def settle(self, unit: str, actor: Actor, close: bool, who: int) -> None:
        keys = sorted(self.open(unit).case.discrepancies)
        if not keys:
            return
        key = keys[who % len(keys)]
        if close:
            closing = desks.CloseDiscrepancy(**self.of(unit), key=key, reason="判明")
            self.attempt("close", lambda: self.desk.close_discrepancy(closing, actor))
        else:
            second = desks.ConfirmDiscrepancy(**self.of(unit), key=key)
            self.attempt("confirm", lambda: self.desk.confirm_discrepancy(second, actor))

    @rule(unit=unit_, actor=anyone, way=likely, override=st.sampled_from([None, None, None, "一人のため"]))
    def certify(self, unit: str, actor: Actor, way: int, override: str | None) -> None:
        actor = self.certifiers[unit] if way > 1 else self.above[unit][0] if way else actor
        request = desks.Certify(**self.of(unit), override=override)
        if self.attempt("certify", lambda: self.desk.certify(request, actor)):
            self.drafts[unit] = {}

    @rule(unit=unit_, actor=anyone, way=likely)
    def withdraw(self, unit: str, actor: Actor, way: int) -> None:
        actor = HOME[unit][1] if way == 1 else actor
        request = desks.Withdraw(**self.of(unit), reason="別の開票区")
        if self.attempt("withdraw", lambda: self.desk.withdraw(request, actor)):
            self.model[unit] = dict.fromkeys(self.model[unit], "!not_reported")

    @rule(unit=unit_, actor=anyone)
    def annotate(self, unit: str, actor: Actor) -> None:
        request = desks.Annotate(**self.of(unit), note_class="remark", note="備考")
        self.attempt("annotate", lambda: self.desk.annotate(request, actor))

    @rule(way=likely)
    def release(self, way: int) -> None:
        actor = tiny.SYSTEM if way else WARD
        self.attempt("release", lambda: self.clock.release(self.code, "final", "final", LATE, actor))

    # -- what must hold ------------------------------------------------------------------------------------------

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
        for deed in self.service.ledger.deeds(list(streams)):
            yield streams[deed.recorded.stream_id], deed

    def _clear(self, unit: str, actor: Actor) -> None:
        empty = tuple(
            desks.DraftCell(contest=c[0], item=c[1], breakdown=c[2], choice=c[3], value="")
            for c in (key.split("|") for key in self.drafts[unit])
        )
        if empty:
            request = desks.SaveDraft(**self.of(unit), cells=empty)
            if self.attempt("clear", lambda: self.desk.save_draft(request, actor)):
                self.drafts[unit] = {}

    def _history(self) -> None:
        """Nobody approves or certifies what is their own but openly; certified figures change by correction only; what is
        public was approved by the publishing level."""
        authors: dict[tuple[str, str], str] = {}
        submitted: dict[str, str] = {}
        approved: dict[tuple[str, str], str] = {}
        certified: set[str] = set()
        for unit, deed in self._deeds():
            match deed.recorded.event:
                case FiguresEntered() | FiguresCorrected() as event:
                    authors |= {(unit, key): deed.person for key in event.figures}
                    if unit in certified:
                        assert deed.office in {one.office for one in self.correctors[unit]}
                case ReturnSubmitted():
                    submitted[unit] = deed.person
                case ReturnApproved() as event:
                    self._second(deed, {submitted[unit], *(authors[unit, key] for key in event.figures)})
                    if event.level == self.publishing[unit]:
                        approved |= {(unit, key): text for key, text in event.figures.items()}
                case ReturnCertified():
                    self._second(
                        deed, {submitted[unit], *(by for (one, _), by in authors.items() if one == unit)}
                    )
                    assert deed.office == self.certifiers[unit].office
                    certified.add(unit)
                case CellsSentBack():
                    assert unit not in certified
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
        figures = () if one.case.cells else night.cells(**night.BALANCED)
        given: dict[str, Any] = {**self.of(unit), "figures": figures, "reason": "確認済み"}
        try:
            self.desk.submit(desks.Submit(**given), new(office))
        except RulesRefused as refused:
            given["command_id"] = uuid4()
            given["declarations"] = {f.key: "recount" for f in refused.findings if f.waivable}
            given["explanations"] = {f.key: "確認済み" for f in refused.findings if not f.waivable}
            self.desk.submit(desks.Submit(**given), new(office))
        for key, declared in sorted(self.open(unit).case.discrepancies.items()):
            if declared.waits:
                second = desks.ConfirmDiscrepancy(**self.of(unit), key=key)
                self.desk.confirm_discrepancy(second, new(owner))
        for level in self.open(unit).levels:
            if self.open(unit).case.waiting_at(level):
                self.desk.approve(desks.Approve(**self.of(unit)), new(self.officers[level]))
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


def _texts(draft: dict[str, str], changes: dict[str, Any]) -> dict[str, str]:
    """Canonical texts of a draft with changes on top; InvalidInput for what is no figure."""
    typed = draft | {c.cell().cell.key: c.value for c in night.cells(**changes)}
    return {key: format_value(parse_value(text)) for key, text in typed.items()}


@pytest.fixture(params=[Night, Mayor], ids=lambda kind: str(kind.__name__).lower())
def machine(request: pytest.FixtureRequest, database: Database) -> Iterator[type[Night]]:
    ledger = Ledger(database)
    service = Reporting(ledger)
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    projector = Projector(database)
    projector.create_if_missing()
    kind: type[Night] = request.param
    kind.database, kind.service, kind.reached, kind.runs = database, service, defaultdict(int), 0
    yield kind
    ledger.close()


def test_whatever_anybody_does_in_whatever_order(machine: type[Night]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30 if machine is Night else 24,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = {what for what in machine.reached if ":" not in what}
    assert done >= {
        "submit", "enter", "correct", "approve", "green", "certify", "send back", "answer", "confirm", "close",
        "withdraw", "annotate", "release", "rescued",
    }, machine.reached  # fmt: skip
    assert {"approve: four_eyes", "certify: four_eyes"} <= set(machine.reached), machine.reached


def test_what_was_withdrawn_is_not_vouched_for_without_figures(service: Reporting) -> None:
    desk = night.define(service)
    night.submit(desk)
    desk.withdraw(desks.Withdraw(**night.of("11"), reason="別の開票区"), WARD)
    with pytest.raises(InvalidInput):
        desk.submit(desks.Submit(**night.of("11"), reason="再提出"), WARD)
    assert night.submit(desk, reason="再提出").status is Status.SUBMITTED
