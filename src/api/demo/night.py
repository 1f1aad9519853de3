"""When what arrives: the timetable of a night, from the first turnout flash to the last count."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from api.demo.figures import Unit, cells
from reporting.domain.election import Contest, ElectionDefinition, Form, Slot
from reporting.domain.figures import Cell

OPENS, CLOSES = 7 * 60, 20 * 60  # polling hours, minutes after midnight
COUNT_BEGINS, COUNT_ENDS = 21 * 60, 26 * 60 + 30
SLIP_RATE = 0.02  # returns with a wrong figure that is corrected later the same night
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：時]?([0-5]\d)?(?!\d)")

SLIPS = (
    ("typing_error", "数字の入れ違い（読み合わせで判明）"),
    ("typing_error", "入力誤り（確認の電話で判明）"),
    ("missed_station", "一部投票所の計上漏れ"),
)


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """One message at a minute of the night: a filled return, or (`slip` given) the correction of one cell."""

    minute: float
    unit: str
    form: str
    slot: str
    figures: Mapping[Cell, int] = field(compare=False)
    slip: tuple[str, str] | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        return f"{self.unit}/{self.form}/{self.slot}/{self.slip[0] if self.slip else 'entry'}"


def timetable(
    definition: ElectionDefinition, contests_of: Mapping[str, list[Contest]], seed: int
) -> list[Arrival]:
    """Everything that will arrive, in order. `contests_of`: unit code → contests it reports on."""
    arrivals: list[Arrival] = []
    for code in sorted(contests_of):
        unit = Unit.draw(seed, code)
        for form in definition.forms:
            for slot in form.slots:
                arrivals.extend(_arrive(definition, form, slot, contests_of[code], unit, seed))
    return sorted(arrivals)


def _arrive(
    definition: ElectionDefinition, form: Form, slot: Slot, contests: list[Contest], unit: Unit, seed: int
) -> Iterable[Arrival]:
    dice = random.Random(f"{seed}/{unit.code}/{form.code}/{slot.code}")
    clock = clock_of(slot)
    if clock is not None:
        minute, progress = clock + dice.triangular(1, 25, 6), share_by(clock)
    elif any(item.by_choice for item in definition.items if item.code in form.items):
        size = min(1.0, unit.electors / 300_000)
        minute = COUNT_BEGINS + dice.betavariate(2, 3) * (60 + 270 * (0.35 + 0.65 * size))
        progress = 1.0
    else:
        minute, progress = CLOSES + dice.triangular(10, 110, 45), 1.0
    truth = cells(definition, form, contests, unit, progress)
    if not truth:
        return
    said = dict(truth)
    slip = _slip(truth, dice) if dice.random() < SLIP_RATE else None
    if slip is not None:
        wrong, value = slip
        said[wrong] = value
        right = {wrong: truth[wrong]}
        kind = dice.choice(SLIPS)
        yield Arrival(minute + dice.uniform(8, 70), unit.code, form.code, slot.code, right, kind)
    yield Arrival(minute, unit.code, form.code, slot.code, said)


def clock_of(slot: Slot) -> int | None:
    """The hour a flash slot names in its code or label, in minutes after midnight; None for a final one."""
    for text in (slot.label.ja, slot.code.removeprefix("t")):
        if (match := _CLOCK.search(text)) and (match[2] or "時" in text):
            return int(match[1]) * 60 + int(match[2] or 0)
    return None


def share_by(minute: int) -> float:
    """The part of a day's voters who have come by then: brisk in the morning, even later."""
    passed = min(1.0, max(0.0, (minute - OPENS) / (CLOSES - OPENS)))
    return passed**0.85 * 0.62  # early voters (about 38 %) are counted in the final only


def _slip(truth: Mapping[Cell, int], dice: random.Random) -> tuple[Cell, int] | None:
    """One cell with two neighbouring digits swapped, if that changes it."""
    cell = dice.choice(sorted(truth))
    digits = list(str(truth[cell]))
    places = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1] and (i or digits[1] != "0")]
    if not places:
        return None
    i = dice.choice(places)
    digits[i], digits[i + 1] = digits[i + 1], digits[i]
    return cell, int("".join(digits))
