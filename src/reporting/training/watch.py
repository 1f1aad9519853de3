"""What the events of a drill say of each mistake on the sheet: typed, found, right again, published, declared, falsified."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.workflow_events import (
    CellsSentBack,
    DiscrepancyConfirmed,
    DiscrepancyDeclared,
    FiguresReleased,
    ReminderSent,
    ReturnApproved,
    ReturnSubmitted,
    SlotReleased,
    SubmissionRefused,
)
from reporting.training.history import Noted
from reporting.training.plan import DrillPlace, Injected

WITHDRAWN = "withdrawn"
ALTERED = "altered"
"""Reason class the desk itself gives when a refused difference is gone: no declaration by anybody."""


@dataclass(frozen=True, slots=True)
class ErrorScore:
    """One mistake on the sheet. Minutes of the night, None where it did not happen. `found_by`: area code."""

    id: str
    kind: str
    place: DrillPlace
    declare: bool
    shown: float | None = None
    found: float | None = None
    found_by: str | None = None
    corrected: float | None = None
    published_wrong: bool = False
    declared: bool = False
    falsified: bool = False

    @property
    def minutes(self) -> float | None:
        """From typed to right again."""
        if self.shown is None or self.corrected is None:
            return None
        return round(self.corrected - self.shown, 2)


@dataclass(slots=True)
class Watched:
    """A mistake while the events pass."""

    mistake: Injected
    shown: float | None = None
    found: float | None = None
    found_by: str | None = None
    corrected: float | None = None
    published_wrong: bool = False
    declared: bool = False
    confirmed: bool = False
    falsified: bool = False

    def stands(self, cells: Mapping[str, str]) -> bool:
        return not self.mistake.declare and any(
            cells.get(key) == text for key, text in self.mistake.wrong.items()
        )

    def right_again(self, cells: Mapping[str, str], minute: float) -> None:
        """Notes when every cell of a mistake that was typed is right."""
        if self.mistake.declare or self.shown is None or self.corrected is not None:
            return
        if all(cells.get(key) == text for key, text in self.mistake.right.items()):
            self.corrected = minute
            if self.found is None:
                self.found, self.found_by = minute, self.mistake.unit

    def done(self) -> ErrorScore:
        mistake = self.mistake
        kept = mistake.declare and self.declared and self.confirmed and not self.falsified
        return ErrorScore(
            mistake.id, mistake.kind, mistake.place, mistake.declare, self.shown, self.found, self.found_by,
            self.corrected, self.published_wrong, kept, self.falsified,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """An office (area code; empty: all are done) whose turn a return is, and since which minute of the night."""

    area: str
    since: float


@dataclass(frozen=True, slots=True)
class Missed:
    """Whose turn a return was when its slot went out without it, how many minutes that office had had since it came to it last, and
    how long each office had held it in all."""

    area: str
    had: float
    waited: Mapping[str, float] = field(default_factory=dict)

    def charged(self, played: Collection[str], needed: float) -> str | None:
        """The office that answers for it: whose turn it was, if the return had been there for the minutes that an approval
        needs; else of those that people play the one that had held it longest, and passed it on too late for anybody after it.
        None: nobody could have done it. Without people it is whose turn it was."""
        if not played or self.had >= needed:
            return self.area
        held = {
            area: minutes for area, minutes in self.waited.items() if area in played and minutes >= needed
        }
        return max(held, key=lambda area: held[area], default=None)


@dataclass(slots=True)
class Fold:
    """Fold of a drill's events. `cells`: what each return holds now; counts by area code.
    `pending`: returns with a declaration nobody has judged yet. `chains`: offices that approve a return, lowest first;
    `held`: whose turn it is; `waited`: minutes that each office has held a return before it passed it on; `missed`: whose turn it was when the slot went out without it."""

    cells: dict[DrillPlace, dict[str, str]] = field(default_factory=dict)
    watched: dict[DrillPlace, Watched] = field(default_factory=dict)
    truth: dict[DrillPlace, dict[str, str]] = field(default_factory=dict)
    first: dict[tuple[str, str], str] = field(default_factory=dict)
    on_time: set[DrillPlace] = field(default_factory=set)
    false_alarms: dict[str, int] = field(default_factory=dict)
    reminders: dict[str, int] = field(default_factory=dict)
    falsified: dict[str, int] = field(default_factory=dict)
    pending: set[DrillPlace] = field(default_factory=set)
    chains: dict[DrillPlace, tuple[str, ...]] = field(default_factory=dict)
    held: dict[DrillPlace, Turn] = field(default_factory=dict)
    waited: dict[DrillPlace, dict[str, float]] = field(default_factory=dict)
    missed: dict[DrillPlace, Missed] = field(default_factory=dict)

    def apply(self, noted: Noted) -> None:
        event, minute = noted.event, noted.minute
        if isinstance(event, SlotReleased):
            if event.number == 1:
                self.first[event.form, event.slot] = event.release
                for waiting, chain in self.chains.items():
                    holder = self.held.get(waiting, Turn(waiting.unit, 0.0))
                    if (waiting.form, waiting.slot) == (event.form, event.slot) and holder.area in (
                        waiting.unit,
                        *chain,
                    ):
                        had = minute - holder.since
                        waited = dict(self.waited.get(waiting, {}))
                        waited[holder.area] = waited.get(holder.area, 0.0) + had
                        self.missed[waiting] = Missed(holder.area, had, waited)
            return
        place = DrillPlace(*(getattr(event, name, "") for name in DrillPlace._fields))
        watched = self.watched.get(place)
        match event:
            case SubmissionRefused():
                if watched and watched.shown is None and watched.stands(event.figures):
                    watched.shown = minute
            case FiguresCorrected() if event.reason_class == WITHDRAWN:
                self.cells.setdefault(place, {}).update(event.figures)
            case FiguresEntered() | FiguresCorrected():
                self._figures(place, watched, event.figures, minute)
            case ReturnApproved():
                self._looked_at(place, watched)
                chain = self.chains.get(place, ())
                self._turn(place, chain.index(event.area) + 1 if event.area in chain else len(chain), minute)
            case ReturnSubmitted():
                self._turn(place, 0, minute)
                self._judge(place)
                if watched:
                    watched.right_again(self.cells.get(place, {}), minute)
            case CellsSentBack():
                self._pass_on(place, Turn(place.unit, minute))
                self._sent_back(place, watched, event, minute)
            case DiscrepancyDeclared() if event.reason_class != ALTERED:
                if watched and watched.mistake.declare:
                    watched.declared = True
                else:
                    self.pending.add(place)
            case DiscrepancyConfirmed():
                self._looked_at(place, watched)
            case FiguresReleased():
                if self.first.get((event.form, event.slot)) == event.release:
                    self.on_time.add(place)
                    self.missed.pop(place, None)
                if watched and watched.stands(event.figures):
                    watched.published_wrong = True
            case ReminderSent():
                self._count(self.reminders, event.unit)

    def _turn(self, place: DrillPlace, at: int, minute: float) -> None:
        """It is the turn of the office at this place of the chain."""
        chain = self.chains.get(place, ())
        self._pass_on(place, Turn(chain[at] if at < len(chain) else "", minute))

    def _pass_on(self, place: DrillPlace, turn: Turn) -> None:
        """An office that is given again what it holds goes on waiting: a part approved, or a cell corrected meanwhile, is no new
        return."""
        if (before := self.held.get(place)) is not None:
            waited = self.waited.setdefault(place, {})
            waited[before.area] = waited.get(before.area, 0.0) + turn.since - before.since
        self.held[place] = turn

    def _figures(
        self, place: DrillPlace, watched: Watched | None, figures: Mapping[str, str], minute: float
    ) -> None:
        held, truth = self.cells.setdefault(place, {}), self.truth.get(place, {})
        planned = {} if watched is None or watched.mistake.declare else watched.mistake.wrong
        first = not held
        altered = [
            key
            for key, text in figures.items()
            if text != truth.get(key, text)
            and text != planned.get(key)
            and (held.get(key) == truth[key] or (first and watched is not None and watched.mistake.declare))
        ]
        if altered:
            self._count(self.falsified, place.unit)
            if watched and watched.mistake.declare:
                watched.falsified = True
        held.update(figures)
        if watched is None or watched.mistake.declare:
            return
        if watched.stands(held):
            watched.shown, watched.corrected = minute if watched.shown is None else watched.shown, None
        else:
            watched.right_again(held, minute)

    def _sent_back(
        self, place: DrillPlace, watched: Watched | None, event: CellsSentBack, minute: float
    ) -> None:
        held, truth = self.cells.get(place, {}), self.truth.get(place, {})
        if all(held.get(key) == truth.get(key) for key in event.cells):
            if not self._wrong_in(place.unit):
                self._count(self.false_alarms, event.area)
        elif (
            watched
            and watched.found is None
            and watched.stands({key: held.get(key, "") for key in event.cells})
        ):
            watched.found, watched.found_by = minute, event.area

    def _looked_at(self, place: DrillPlace, watched: Watched | None) -> None:
        """A second pair of eyes: the approver's, or in old drills a confirmation."""
        self._judge(place)
        if watched and watched.mistake.declare and watched.declared:
            watched.confirmed = True

    def _judge(self, place: DrillPlace) -> None:
        """A difference declared while a mistake stands in the unit was declared away. Asked when the figures declared
        with it are in: they follow the declaration within one command."""
        if place in self.pending and self._wrong_in(place.unit):
            self._count(self.false_alarms, place.unit)
        self.pending.discard(place)

    def _wrong_in(self, unit: str) -> bool:
        """Whether a mistake stands in any return of the unit: rules then speak up in its other returns, too."""
        return any(
            watched.stands(self.cells.get(place, {}))
            for place, watched in self.watched.items()
            if place.unit == unit
        )

    @staticmethod
    def _count(counts: dict[str, int], area: str) -> None:
        counts[area] = counts.get(area, 0) + 1
