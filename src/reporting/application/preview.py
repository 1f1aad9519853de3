"""A correction before it is made: what returns would hold, and what the rules would say of all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reporting.application.called_otherwise import CalledOtherwise, problems_since, within_return
from reporting.application.catalog import KnownElection
from reporting.application.commands import fingerprint
from reporting.application.desk import Desk
from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.figures import Value, format_value
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, FiguresRefused, TypedCell
from reporting.errors import InvalidInput
from reporting.ledger import Beforehand, return_stream
from reporting.rules.model import Finding

MAX_CELLS, MAX_RETURNS = 500, 50


@dataclass(frozen=True, slots=True)
class Before:
    """What whoever asks has before their eyes: `texts`: cell key → text of a return as it stood at ledger `position`."""

    position: int
    texts: Callable[[Place], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A return and cells of it as they would be."""

    place: Place
    figures: tuple[TypedCell, ...]


@dataclass(frozen=True, slots=True)
class ReturnAfter:
    """A return after the correction. `changes`: cell key → value; `findings`: none where the election has no workflow;
    `untouched`: fingerprint of every other cell, which the correction must leave as it is; `version`: of the return looked at."""

    place: Place
    changes: Mapping[str, Value]
    findings: tuple[Finding, ...]
    untouched: str
    version: int


class Previewing:
    """Changes no figure. What it shows an editor is remembered as shown, as on every other way."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._desk = reporting, desk

    def after(
        self, proposed: Sequence[Proposed], before: Before, actor: Actor, seen_at: int | None = None
    ) -> list[ReturnAfter]:
        """All of them at once, in the order given: of one election, each return once. `seen_at`: position at which whoever asks saw what
        the cells are called. FiguresRefused for the cells of all of them, CalledOtherwise; InvalidInput for too many or none, or a
        return twice."""
        places = {of.place for of in proposed}
        if not 1 <= len(proposed) <= MAX_RETURNS or len(places) != len(proposed):
            raise InvalidInput(
                field="returns",
                found=len(proposed),
                expected=message("some_returns_each_once", max_returns=MAX_RETURNS),
            )
        (election,) = {place.election for place in places}
        seen = {of.place: self._desk.returns.look(None, of.place) for of in proposed}
        defined = self._reporting.catalog.election(election, seen[proposed[0].place].versions)
        changes = _changes(defined, proposed)
        otherwise = [
            within_return(problem, of.place)
            for of in proposed
            for problem in problems_since(
                self._reporting.renamed, defined.shape(*of.place.within), of.place,
                {typed.cell.key: typed.text for typed in of.figures}, seen_at,
            )
        ]  # fmt: skip
        if otherwise:
            raise CalledOtherwise(otherwise)
        opened = (
            [self._desk.returns.open_of(defined, of.place, seen[of.place].deeds) for of in proposed]
            if defined.definition.workflow
            else []
        )
        findings = self._findings(opened, changes, actor)
        return [
            ReturnAfter(
                place,
                changed,
                findings.get(place, ()),
                fingerprint({key: text for key, text in before.texts(place).items() if key not in changed}),
                _version_at(place, seen[place], before.position),
            )
            for place, changed in changes.items()
        ]

    def _findings(
        self, opened: Sequence[OpenReturn], changes: Mapping[Place, Mapping[str, Value]], actor: Actor
    ) -> dict[Place, tuple[Finding, ...]]:
        """What the rules would say after all of them; remembered as shown."""
        texts = {
            opened_return.stream: opened_return.case.texts
            | {key: format_value(value) for key, value in changes[opened_return.place].items()}
            for opened_return in opened
        }
        findings: dict[Place, tuple[Finding, ...]] = {}
        for opened_return in opened:
            findings[opened_return.place] = said = self._desk.findings.of(
                opened_return, texts[opened_return.stream], beside=texts
            )
            self._desk.remember_shown(opened_return, texts[opened_return.stream], said, actor, "preview")
        return findings


def _version_at(place: Place, seen: Beforehand, position: int) -> int:
    """Of a return as of a position, by a look at it that came later."""
    deeds = (deed.recorded for deed in seen.of(return_stream(*place)))
    return max((event.stream_version for event in deeds if event.position <= position), default=0)


def _changes(defined: KnownElection, proposed: Sequence[Proposed]) -> dict[Place, dict[str, Value]]:
    changes: dict[Place, dict[str, Value]] = {}
    problems: list[CellProblem] = []
    for of in proposed:
        if not 1 <= len(of.figures) <= MAX_CELLS:
            raise InvalidInput(field="figures", found=len(of.figures), expected=f"1–{MAX_CELLS}")
        defined.roster.require_unit(of.place.unit)
        shape, contests = defined.shape(*of.place.within), defined.contests_of_unit[of.place.unit]
        changes[of.place] = {}
        for typed in of.figures:
            outcome = shape.problem(typed, contests)
            if isinstance(outcome, CellProblem):
                problems.append(replace(outcome, within=of.place.within))
            else:
                changes[of.place][typed.cell.key] = outcome
    if problems:
        raise FiguresRefused(problems)
    return changes
