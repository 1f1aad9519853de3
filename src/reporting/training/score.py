"""The score of a drill: a pure fold of its events beside the leader's sheet. The same events give the same score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from reporting.training.history import Noted
from reporting.training.looks import Looks
from reporting.training.messages import message
from reporting.training.plan import DrillPlace, DrillPlan
from reporting.training.watch import ErrorScore, Fold, Watched

__all__ = ["POINTS", "Differences", "ErrorScore", "OfficeScore", "Score", "Tried", "score"]

POINTS: Mapping[str, int] = {
    "found_in_time": 10,  # right again, and never published wrong
    "found_late": 5,  # right again, but it had been published
    "declared": 10,  # a true difference, declared and approved as declared, its figures untouched
    "falsified": -20,  # a right figure altered
    "false_alarm": -2,
    "missed": -5,  # a slot released without the office's approved figures
    "reminder": -1,
}

AT_HAND_S = 30.0
"""Seconds on a person's watch: a return that came to an office later than this before its slot went out could not be
approved in time by anybody."""


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

    @property
    def penalties(self) -> int:
        """The part of its points that was taken away."""
        held = {
            "falsified": self.falsified, "false_alarm": self.false_alarms, "missed": len(self.missed),
            "reminder": self.reminders,
        }  # fmt: skip
        return sum(POINTS[name] * number for name, number in held.items())


@dataclass(frozen=True, slots=True)
class Tried:
    """How often a trick was tried, and how often refused."""

    trick: str
    tries: int
    refused: int


@dataclass(frozen=True, slots=True)
class Differences:
    """`second_looks`: approvals with a declared or vanished difference in view; `vanished`: those that were shown and then
    gone; `falsified_released`: returns released with a falsified figure, `unseen` those of them (`unit:form/slot`) that
    the publishing office had not looked at: there must be none. `tried`: by robots who evade."""

    second_looks: int = 0
    declared: int = 0
    vanished: int = 0
    falsified_released: int = 0
    unseen: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """`offices` by area code; `total` sums them, but of what is held against offices only what people played, where any
    did; `best`: points of a drill without a fault; `too_late`: `unit:form/slot` not published in time through no fault
    of people: still with a robot, or come to them with no time left; `differences`: what became of those shown."""

    election: str
    seed: int
    total: OfficeScore
    best: int
    offices: tuple[OfficeScore, ...]
    errors: tuple[ErrorScore, ...]
    too_late: tuple[str, ...] = ()
    differences: Differences = field(default_factory=lambda: Differences())


def score(sheet: DrillPlan, events: Iterable[Noted]) -> Score:
    """`events` by ledger position, as `history` reads them."""
    fold = Fold(
        watched={mistake.place: Watched(mistake) for mistake in sheet.injected},
        truth={page.place: page.truth for page in sheet.pages},
        chains={page.place: page.chain for page in sheet.pages},
    )
    looks = Looks.of(sheet)
    for noted in events:
        fold.apply(noted)
        looks.apply(noted)
    errors = tuple(fold.watched[mistake.place].done() for mistake in sheet.injected)
    offices = tuple(_office(area, sheet, fold, errors) for area in _areas(sheet, fold))
    best = sum(POINTS["declared" if error.declare else "found_in_time"] for error in errors if _counts(error))
    counted = {place for area in sheet.played or _areas(sheet, fold) for place in _missed(area, sheet, fold)}
    too_late = tuple(sorted(_name(place) for place in fold.missed if place not in counted))
    return Score(
        sheet.election, sheet.seed, _total(sheet, offices, errors), best, offices, errors, too_late,
        _differences(sheet, looks),
    )  # fmt: skip


def _differences(sheet: DrillPlan, looks: Looks) -> Differences:
    by_trick: dict[str, list[bool]] = {}
    for attempt in sheet.tries:
        by_trick.setdefault(attempt.trick, []).append(bool(attempt.refused))
    return Differences(
        looks.second,
        looks.declared,
        looks.vanished,
        len(looks.false),
        tuple(sorted(_name(place) for place in looks.unseen)),
        tuple(Tried(trick, len(refused), sum(refused)) for trick, refused in sorted(by_trick.items())),
    )


def _missed(area: str, sheet: DrillPlan, fold: Fold) -> list[DrillPlace]:
    """Returns whose slot went out without them and for which this office answers."""
    needed = sheet.speed * AT_HAND_S / 60
    return sorted(
        place for place, missed in fold.missed.items() if missed.charged(sheet.played, needed) == area
    )


def _name(place: DrillPlace) -> str:
    return f"{place.unit}:{place.form}/{place.slot}"


def _counts(error: ErrorScore) -> bool:
    """A mistake nobody ever typed is no task: nothing was to be found."""
    return error.declare or error.shown is not None


def _areas(sheet: DrillPlan, fold: Fold) -> list[str]:
    units = {page.unit for page in sheet.pages}
    return sorted({*units, *sheet.offices, *sheet.played, *fold.false_alarms, *fold.reminders})


def _office(area: str, sheet: DrillPlan, fold: Fold, errors: tuple[ErrorScore, ...]) -> OfficeScore:
    own = [error for error in errors if error.place.unit == area and not error.declare and _counts(error)]
    true = [error for error in errors if error.place.unit == area and error.declare]
    missed = tuple(_name(place) for place in _missed(area, sheet, fold))
    corrected = [error for error in own if error.corrected is not None]
    counts = {
        "found_in_time": sum(not error.published_wrong for error in corrected),
        "found_late": sum(error.published_wrong for error in corrected),
        "declared": sum(error.declared for error in true),
        "falsified": fold.falsified.get(area, 0),
        "false_alarm": fold.false_alarms.get(area, 0),
        "missed": len(missed),
        "reminder": fold.reminders.get(area, 0),
    }
    return OfficeScore(
        area, sheet.offices.get(area, area), len(own), len(corrected),
        sum(error.found_by == area for error in errors), counts["false_alarm"], _median(corrected), len(true),
        counts["declared"], counts["falsified"], missed, counts["reminder"],
        sum(POINTS[name] * number for name, number in counts.items()),
    )  # fmt: skip


def _total(sheet: DrillPlan, offices: tuple[OfficeScore, ...], errors: tuple[ErrorScore, ...]) -> OfficeScore:
    def add(name: str) -> int:
        return sum(getattr(office, name) for office in offices)

    held_against = [office for office in offices if office.area in sheet.played or not sheet.played]
    earned = sum(office.points - office.penalties for office in offices)

    return OfficeScore(
        "*", message("all"), add("injected"), add("corrected"), add("caught"), add("false_alarms"),
        _median([error for error in errors if error.corrected is not None]), add("differences"), add("declared"),
        add("falsified"), tuple(sorted(what for office in held_against for what in office.missed)),
        add("reminders"), earned + sum(office.penalties for office in held_against),
    )  # fmt: skip


def _median(errors: list[ErrorScore]) -> float | None:
    minutes = [error.minutes for error in errors if error.minutes is not None]
    return round(median(minutes), 2) if minutes else None
