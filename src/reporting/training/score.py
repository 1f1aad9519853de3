"""The score of a drill: a pure fold of its events beside the leader's sheet. The same events give the same score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.workflow_events import (
    CellsSentBack,
    DiscrepancyConfirmed,
    DiscrepancyDeclared,
    FiguresReleased,
    ReminderSent,
    ReturnSubmitted,
    SlotReleased,
    SubmissionRefused,
)
from reporting.training.history import Noted
from reporting.training.plan import Injected, Place, Sheet

POINTS: Mapping[str, int] = {
    "found_in_time": 10,  # right again, and never published wrong
    "found_late": 5,  # right again, but it had been published
    "declared": 10,  # a true difference, declared and confirmed, its figures untouched
    "falsified": -20,  # a right figure altered
    "false_alarm": -2,
    "missed": -5,  # a slot released without the office's approved figures
    "reminder": -1,
}
WITHDRAWN = "withdrawn"
ALTERED = "altered"
"""Reason class the desk itself gives when a refused difference is gone: no declaration by anybody."""


@dataclass(frozen=True, slots=True)
class ErrorScore:
    """One mistake on the sheet. Minutes of the night, None where it did not happen. `found_by`: area code."""

    id: str
    kind: str
    place: Place
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


@dataclass(frozen=True, slots=True)
class OfficeScore:
    """One office. `injected`, `corrected`: of its own returns; `caught`: mistakes this office was the first to find,
    its own or those of offices below; `minutes`: median from typed to right again."""

    area: str
    name: str
    injected: int = 0
    corrected: int = 0
    caught: int = 0
    false_alarms: int = 0
    minutes: float | None = None
    differences: int = 0
    declared: int = 0
    falsified: int = 0
    missed: tuple[str, ...] = ()
    reminders: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """`offices` by area code; `total` sums them; `best`: points of a drill without a fault."""

    election: str
    seed: int
    total: OfficeScore
    best: int
    offices: tuple[OfficeScore, ...]
    errors: tuple[ErrorScore, ...]


@dataclass(slots=True)
class _Watched:
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
        one = self.mistake
        kept = one.declare and self.declared and self.confirmed and not self.falsified
        return ErrorScore(
            one.id, one.kind, one.place, one.declare, self.shown, self.found, self.found_by, self.corrected,
            self.published_wrong, kept, self.falsified,
        )  # fmt: skip


@dataclass(slots=True)
class _Fold:
    sheet: Sheet
    cells: dict[Place, dict[str, str]] = field(default_factory=dict)
    watched: dict[Place, _Watched] = field(default_factory=dict)
    truth: dict[Place, dict[str, str]] = field(default_factory=dict)
    first: dict[tuple[str, str], str] = field(default_factory=dict)
    on_time: set[Place] = field(default_factory=set)
    false_alarms: dict[str, int] = field(default_factory=dict)
    reminders: dict[str, int] = field(default_factory=dict)
    falsified: dict[str, int] = field(default_factory=dict)

    def apply(self, noted: Noted) -> None:
        event, minute = noted.event, noted.minute
        if isinstance(event, SlotReleased):
            if event.number == 1:
                self.first[event.form, event.slot] = event.release
            return
        place: Place = tuple(getattr(event, name, "") for name in ("unit", "form", "slot"))  # type: ignore[assignment]
        one = self.watched.get(place)
        match event:
            case SubmissionRefused():
                if one and one.shown is None and one.stands(event.figures):
                    one.shown = minute
            case FiguresCorrected() if event.reason_class == WITHDRAWN:
                self.cells.setdefault(place, {}).update(event.figures)
            case FiguresEntered() | FiguresCorrected():
                self._figures(place, one, event.figures, minute)
            case ReturnSubmitted():
                if one:
                    one.right_again(self.cells.get(place, {}), minute)
            case CellsSentBack():
                self._sent_back(place, one, event, minute)
            case DiscrepancyDeclared() if event.reason_class != ALTERED:
                if one and one.mistake.declare:
                    one.declared = True
                elif any(
                    w.stands(self.cells.get(p, {})) for p, w in self.watched.items() if p[0] == place[0]
                ):
                    self._count(self.false_alarms, event.unit)
            case DiscrepancyConfirmed():
                if one and one.mistake.declare:
                    one.confirmed = True
            case FiguresReleased():
                if self.first.get((event.form, event.slot)) == event.release:
                    self.on_time.add(place)
                if one and one.stands(event.figures):
                    one.published_wrong = True
            case ReminderSent():
                self._count(self.reminders, event.unit)

    def _figures(self, place: Place, one: _Watched | None, figures: Mapping[str, str], minute: float) -> None:
        held, truth = self.cells.setdefault(place, {}), self.truth.get(place, {})
        planned = {} if one is None or one.mistake.declare else one.mistake.wrong
        first = not held
        altered = [
            key
            for key, text in figures.items()
            if text != truth.get(key, text)
            and text != planned.get(key)
            and (held.get(key) == truth[key] or (first and one is not None and one.mistake.declare))
        ]
        if altered:
            self._count(self.falsified, place[0])
            if one and one.mistake.declare:
                one.falsified = True
        held.update(figures)
        if one is None or one.mistake.declare:
            return
        if one.stands(held):
            one.shown, one.corrected = minute if one.shown is None else one.shown, None
        else:
            one.right_again(held, minute)

    def _sent_back(self, place: Place, one: _Watched | None, event: CellsSentBack, minute: float) -> None:
        held, truth = self.cells.get(place, {}), self.truth.get(place, {})
        if all(held.get(key) == truth.get(key) for key in event.cells):
            self._count(self.false_alarms, event.area)
        elif one and one.found is None and one.stands({key: held.get(key, "") for key in event.cells}):
            one.found, one.found_by = minute, event.area

    @staticmethod
    def _count(counts: dict[str, int], area: str) -> None:
        counts[area] = counts.get(area, 0) + 1


def score(sheet: Sheet, events: Iterable[Noted]) -> Score:
    """`events` by ledger position, as `history` reads them."""
    fold = _Fold(
        sheet,
        watched={one.place: _Watched(one) for one in sheet.injected},
        truth={page.place: page.truth for page in sheet.pages},
    )
    for noted in events:
        fold.apply(noted)
    errors = tuple(fold.watched[one.place].done() for one in sheet.injected)
    offices = tuple(_office(area, fold, errors) for area in _areas(fold))
    best = sum(POINTS["declared" if one.declare else "found_in_time"] for one in errors if _counts(one))
    return Score(sheet.election, sheet.seed, _total(offices, errors), best, offices, errors)


def _counts(error: ErrorScore) -> bool:
    """A mistake nobody ever typed is no task: nothing was to be found."""
    return error.declare or error.shown is not None


def _areas(fold: _Fold) -> list[str]:
    units = {page.unit for page in fold.sheet.pages}
    return sorted({*units, *fold.sheet.offices, *fold.false_alarms, *fold.reminders})


def _office(area: str, fold: _Fold, errors: tuple[ErrorScore, ...]) -> OfficeScore:
    own = [one for one in errors if one.place[0] == area and not one.declare and _counts(one)]
    true = [one for one in errors if one.place[0] == area and one.declare]
    missed = tuple(
        sorted(
            f"{page.form}/{page.slot}"
            for page in fold.sheet.pages
            if page.unit == area and page.place not in fold.on_time
        )
    )
    corrected = [one for one in own if one.corrected is not None]
    counts = {
        "found_in_time": sum(not one.published_wrong for one in corrected),
        "found_late": sum(one.published_wrong for one in corrected),
        "declared": sum(one.declared for one in true),
        "falsified": fold.falsified.get(area, 0),
        "false_alarm": fold.false_alarms.get(area, 0),
        "missed": len(missed),
        "reminder": fold.reminders.get(area, 0),
    }
    return OfficeScore(
        area, fold.sheet.offices.get(area, area), len(own), len(corrected),
        sum(one.found_by == area for one in errors), counts["false_alarm"], _median(corrected), len(true),
        counts["declared"], counts["falsified"], missed, counts["reminder"],
        sum(POINTS[name] * number for name, number in counts.items()),
    )  # fmt: skip


def _total(offices: tuple[OfficeScore, ...], errors: tuple[ErrorScore, ...]) -> OfficeScore:
    def add(name: str) -> int:
        return sum(getattr(one, name) for one in offices)

    return OfficeScore(
        "*", "全体 / all", add("injected"), add("corrected"), add("caught"), add("false_alarms"),
        _median([one for one in errors if one.corrected is not None]), add("differences"), add("declared"),
        add("falsified"), tuple(f"{one.area}:{what}" for one in offices for what in one.missed),
        add("reminders"), add("points"),
    )  # fmt: skip


def _median(errors: list[ErrorScore]) -> float | None:
    found = [one.minutes for one in errors if one.minutes is not None]
    return round(median(found), 2) if found else None
