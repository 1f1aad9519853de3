"""Several returns by one command (joint correction, joint approval): all of them or none.

What two forms hold of one fact cannot be put right one after the other: each by itself contradicts the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reporting.application.authority import Phase, authorise
from reporting.application.called_otherwise import CalledOtherwise, problems_since, within_return
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    ApprovedReturn,
    ApproveTogether,
    CorrectedReturn,
    CorrectTogether,
)
from reporting.application.once import once
from reporting.application.opened import OpenReturn
from reporting.application.reasons import told_apart_in
from reporting.application.seen import require_seen
from reporting.application.service import Reporting
from reporting.application.submitting import Part
from reporting.domain.actor import Actor, Channel
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell
from reporting.domain.returns import CellProblem, FiguresRefused
from reporting.domain.status import Status
from reporting.domain.workflow_events import ReturnPlace, ReturnSubmitted
from reporting.ledger import Command, NewEvent

Decide = Callable[[Sequence[OpenReturn]], list[list[Event]]]


@dataclass(frozen=True, slots=True)
class ReturnStands:
    """Where one of the returns stands after the command."""

    form: str
    slot: str
    unit: str
    status: Status
    version: int


@dataclass(frozen=True, slots=True)
class DoneTogether:
    """`returns`: in the order asked; `position` of the last event."""

    returns: tuple[ReturnStands, ...]
    position: int
    repeated: bool


class Together:
    """Idempotent by command id, as everything at the desk."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._desk = reporting, desk

    def correct(self, request: CorrectTogether, actor: Actor) -> DoneTogether:
        """Errors as for `Desk.submit`; RulesRefusedTogether with what is open in each return, after all of them."""

        def decide(opened: Sequence[OpenReturn]) -> list[list[Event]]:
            parts = [
                Part(request.submission(of), return_)
                for of, return_ in zip(request.returns, opened, strict=True)
            ]
            self._require_legible(parts)
            return _named(opened, self._desk.submissions(parts, actor))

        command = Command(
            request.command_id, request.body(), actor, request.channel, (), reason=request.reason,
            on_behalf_of=request.on_behalf_of,
        )  # fmt: skip
        return self._act(command, request.election, request.returns, decide, self._desk.forget_shown)

    def approve(self, request: ApproveTogether, actor: Actor) -> DoneTogether:
        """Errors as for `Desk.approve`."""

        def decide(opened: Sequence[OpenReturn]) -> list[list[Event]]:
            made = [
                self._desk.approval(return_, actor, request.level, of.cells, request.override)
                for of, return_ in zip(request.returns, opened, strict=True)
            ]
            for of, return_, approved in zip(request.returns, opened, made, strict=True):
                require_seen(return_, of.expected_version, approved.figures, whole=True)
            problems = [
                within_return(problem, return_.place)
                for return_, approved in zip(opened, made, strict=True)
                for problem in self._renamed(return_, approved.figures, request.seen_at)
            ]
            if problems:
                raise CalledOtherwise(problems)
            return [[approved] for approved in made]

        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=request.override)
        return self._act(command, request.election, request.returns, decide)

    def _act(
        self,
        command: Command,
        election: str,
        returns: Sequence[CorrectedReturn | ApprovedReturn],
        decide: Decide,
        also: Callable[[OpenReturn], list[NewEvent]] = lambda opened: [],
    ) -> DoneTogether:
        """Decide on what stands and append in one transaction."""

        def decided() -> list[Command]:
            opened = self._open(election, returns)
            new = [
                NewEvent(opened_return.stream, opened_return.case.version + n, event)
                for opened_return, events in zip(opened, decide(opened), strict=True)
                for n, event in enumerate(events, 1)
            ]
            new += [event for opened_return in opened for event in also(opened_return)]
            reasons = {
                opened_return.stream: of.reasons if isinstance(of, CorrectedReturn) else ()
                for opened_return, of in zip(opened, returns, strict=True)
            }
            return told_apart_in(command.deciding(new, opened[0].stands), reasons)

        appended = once(self._reporting.ledger, command, decided, self._reporting.append_together)
        # As it stood with this command: what was answered the first time is answered again.
        then = self._open(election, returns, appended.last_position)
        for opened_return in then:
            phase: Phase = "certified" if opened_return.case.certified else "open"
            authorise(
                "read_unreleased",
                command.actor,
                opened_return.defined.roster,
                opened_return.place.unit,
                phase,
            )
        stand = tuple(
            ReturnStands(*opened_return.place.within, opened_return.status, opened_return.case.version)
            for opened_return in then
        )
        return DoneTogether(stand, appended.last_position, appended.repeated)

    def _open(
        self,
        election: str,
        returns: Sequence[CorrectedReturn | ApprovedReturn],
        upto: int | None = None,
    ) -> list[OpenReturn]:
        return [self._desk.returns.open(election, of.form, of.slot, of.unit, upto) for of in returns]

    def _require_legible(self, parts: Sequence[Part]) -> None:
        """FiguresRefused for the cells of all returns at once, each named with its return."""
        problems, otherwise = list[CellProblem](), list[CellProblem]()
        for part in parts:
            opened = part.opened
            try:
                values = self._desk.typed(opened, part.request)
            except FiguresRefused as refused:
                named = (
                    replace(problem, named=opened.shape.named(problem.cell)) for problem in refused.problems
                )
                problems += [within_return(problem, opened.place) for problem in named]
            else:
                told = self._renamed(opened, values, part.request.seen_at)
                otherwise += [within_return(problem, opened.place) for problem in told]
        if problems:
            raise FiguresRefused(problems)
        if otherwise:
            raise CalledOtherwise(otherwise)

    def _renamed(
        self, opened: OpenReturn, texts: Mapping[str, str], seen_at: int | None
    ) -> list[CellProblem]:
        return problems_since(self._reporting.renamed, opened.shape, opened.place, texts, seen_at)


@dataclass(frozen=True, slots=True)
class _Fact:
    """A value of a unit, whichever of its forms and contests hold it."""

    unit: str
    item: str
    breakdown: str
    choice: str
    text: str

    @classmethod
    def of(cls, unit: str, key: str, text: str) -> _Fact:
        cell = Cell.from_key(key)
        return cls(unit, cell.item, cell.breakdown, cell.choice, text)


def _named(opened: Sequence[OpenReturn], decided: Sequence[list[Event]]) -> list[list[Event]]:
    """Each submission names the other returns. A value that several of the unit's forms get is typed by whoever typed it
    for any of them."""
    places = [
        ReturnPlace(
            form=opened_return.place.form, slot=opened_return.place.slot, unit=opened_return.place.unit
        )
        for opened_return in opened
    ]
    typed: dict[_Fact, set[int]] = {}
    for place, events in zip(places, decided, strict=True):
        for event in events:
            if isinstance(event, FiguresEntered | FiguresCorrected):
                for key, at in event.typed_at.items():
                    typed.setdefault(_Fact.of(place.unit, key, event.figures[key]), set()).update(at)

    def named(event: Event, number: int) -> Event:
        match event:
            case FiguresEntered() | FiguresCorrected():
                facts = {key: _Fact.of(places[number].unit, key, text) for key, text in event.figures.items()}
                at = {key: tuple(sorted(typed[fact])) for key, fact in facts.items() if fact in typed}
                return event.model_copy(update={"typed_at": at})
            case ReturnSubmitted():
                return event.model_copy(update={"together": (*places[:number], *places[number + 1 :])})
        return event

    return [[named(event, number) for event in events] for number, events in enumerate(decided)]
