"""A training copy of an election: another code, marked as a test, and a night that begins when the drill does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from reporting.domain.areas import GeographyRecord
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.labels import Label
from reporting.domain.practice import DRILL, is_drill
from reporting.domain.units import Roster
from reporting.domain.workflow import Workflow
from reporting.errors import InvalidInput
from reporting.publication.kinds import TrainingElection
from reporting.rules.catalogue import everything
from reporting.training.messages import message

LEAD = timedelta(minutes=45)
"""Of the night, before its first time: figures come in before they are published."""

JAPAN = timezone(timedelta(hours=9))
EVENING, MORNING = 22 * 60, 26 * 60 + 30
"""Minutes after midnight of the polling day, for final slots of elections without times: turnout, then the count."""

_HOUR = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：時]?([0-5]\d)?(?!\d)")


@dataclass(frozen=True, slots=True)
class Clock:
    """The drill's time: minute 0 of the night is `starts_at`, and `speed` minutes of it pass in one."""

    starts_at: datetime
    speed: float

    def moment(self, minute: float) -> datetime:
        return self.starts_at + timedelta(minutes=minute / self.speed)

    def minute(self, moment: datetime) -> float:
        return (moment - self.starts_at) / timedelta(minutes=1) * self.speed


def drill_code(source: str, taken: Callable[[str], bool]) -> str:
    """`<source>-drill-<n>`, the first n that is free. A drill of a drill is one of its source."""
    stem = DRILL.sub("", source)[:50]
    number = 1
    while taken(f"{stem}-drill-{number}"):
        number += 1
    return f"{stem}-drill-{number}"


def training_copy(
    source: ElectionDefinition,
    code: str,
    roster: Roster,
    geographies: tuple[GeographyRecord, ...],
    clock: Clock,
) -> TrainingElection:
    """Same units, items, contests and forms; a workflow and rules if the source has none. InvalidInput for a code that
    is the source's own. The source is never named as the election to compare with: it holds the answers."""
    if code == source.code or not is_drill(code):
        raise InvalidInput(field="code", found=code, expected=f"{source.code}-drill-1")
    times = nominal_times(source)
    begin = min(times.values()) - LEAD if times else None
    forms = tuple(
        form.model_copy(
            update={"slots": tuple(_moved(form, slot, times, begin, clock) for slot in form.slots)}
        )
        for form in source.forms
    )
    named = message.words("drill_of", election_ja=source.label.ja, election_en=source.label.en or source.code)
    label = Label(**{language: words[:200] for language, words in named._asdict().items()})
    previous = source.previous if source.previous != source.code else None
    changes = {
        "code": code,
        "label": label,
        "is_test": True,
        "source": message("rehearsal_copy"),
        "forms": forms,
        "workflow": source.workflow or workflow_of(source, roster, geographies),
        "rules": source.rules or everything(),
        "previous": previous,
    }
    whole = {name: getattr(source, name) for name in type(source).model_fields} | changes
    return TrainingElection(ElectionDefinition(**whole))


def nominal_times(source: ElectionDefinition) -> dict[tuple[str, str], datetime]:
    """(form, slot) → when it was published that night. An election whose slots have no time at all gets those its
    labels name, and usual ones for the final slots; otherwise slots without a time stay without."""
    own = {
        (form.code, slot.code): slot.publish_at or slot.cut_off
        for form in source.forms
        for slot in form.slots
    }
    given = {place: time for place, time in own.items() if time is not None}
    if given:
        day = min(given.values(), key=lambda time: abs(time - _midnight(source, 12 * 60)))
        return {
            place: time for place, time in given.items() if abs(time - day) <= timedelta(days=1)
        }  # early voting and surveys of later weeks are not of the night
    return {
        (form.code, slot.code): _midnight(source, _usual(source, form, slot))
        for form in source.forms
        for slot in form.slots
    }


def workflow_of(
    source: ElectionDefinition, roster: Roster, geographies: tuple[GeographyRecord, ...]
) -> Workflow:
    """The levels above the units, from below; published below the top, certified at the
    top."""
    geography = (
        source.units.geography if source.units.geography in source.geographies else source.geographies[0]
    )
    above = {
        roster.nodes[geography, code].level for unit in roster.units for code in roster.above(unit, geography)
    }
    order = next((record.levels for record in geographies if record.code == geography), ())
    levels = tuple(level.code for level in reversed(order) if level.code in above)
    if not levels:
        raise InvalidInput(field="units", found=geography, expected=message("areas_above_units"))
    publishing = levels[max(0, len(levels) - 2)]
    return Workflow(
        geography=geography, levels=levels, publish_at_level=publishing, certify_at_level=levels[-1]
    )


def _moved(
    form: Form,
    slot: Slot,
    times: dict[tuple[str, str], datetime],
    begin: datetime | None,
    clock: Clock,
) -> Slot:
    nominal = times.get((form.code, slot.code))
    if nominal is None or begin is None:
        return slot.model_copy(
            update={"publish_at": None, "publish": None, "cut_off": None, "opens": clock.starts_at}
        )

    def at(time: datetime) -> datetime:
        return clock.moment((time - begin) / timedelta(minutes=1)).astimezone(UTC)

    cut_off = None if slot.cut_off is None else at(min(slot.cut_off, nominal))
    return slot.model_copy(
        update={"publish_at": at(nominal), "publish": None, "cut_off": cut_off, "opens": clock.starts_at}
    )


def clock_of(slot: Slot) -> int | None:
    """The hour a slot names in its label or code, in minutes after midnight; None where it names none."""
    for text in (slot.label.ja, slot.code.removeprefix("t")):
        if (match := _HOUR.search(text)) and (match[2] or "時" in text):
            return int(match[1]) * 60 + int(match[2] or 0)
    return None


def _usual(source: ElectionDefinition, form: Form, slot: Slot) -> int:
    if (named := clock_of(slot)) is not None:
        return named
    by_choice = {item.code for item in source.items if item.by_choice}
    return MORNING if by_choice & set(form.items) else EVENING


def _midnight(source: ElectionDefinition, minutes: int) -> datetime:
    day = source.polling_date
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN) + timedelta(minutes=minutes)
