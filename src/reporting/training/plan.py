"""The drill leader's sheet: what the returns should say, what they will say, and when. Never stored in the database.

`Sheet` is JSON-ready: the file is the only place where the hidden truth stands until the drill is scored.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Value, format_value, parse_value
from reporting.errors import InvalidInput
from reporting.training.copy import Clock
from reporting.training.errors import Paper
from reporting.training.incidents import MISTAKES, Mistake
from reporting.training.messages import message


class DrillPlace(NamedTuple):
    """Where a return of the drill's one election stands."""

    unit: str
    form: str
    slot: str


Truth = Mapping[DrillPlace, Mapping[str, Value]]
"""Every return of the drill as it should be: cell key → value."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedReturn(_Part):
    """One return. `arrives`, `due`: minutes of the night. `truth`: cell key → value text; `said`: cells that the paper
    says otherwise; `late`: cells that a second message changes at minute `late_at`. `chain`: areas of the offices that
    approve it before a release, lowest first."""

    unit: str
    form: str
    slot: str
    arrives: float
    due: float
    truth: dict[str, str]
    said: dict[str, str] = {}
    late: dict[str, str] = {}
    late_at: float | None = None
    chain: tuple[str, ...] = ()

    @property
    def place(self) -> DrillPlace:
        return DrillPlace(self.unit, self.form, self.slot)

    @property
    def first(self) -> dict[str, str]:
        """What is sent first."""
        return {**self.truth, **self.said}


class Injected(_Part):
    """One mistake in one return. `wrong`, `right`: its cells. `declare`: `right` does not balance and must be declared;
    `wrong` is then what would make it look well."""

    id: str
    kind: str
    unit: str
    form: str
    slot: str
    wrong: dict[str, str]
    right: dict[str, str]
    declare: bool = False

    @property
    def place(self) -> DrillPlace:
        return DrillPlace(self.unit, self.form, self.slot)


class Try(_Part):
    """What somebody who evades tried. `office`: area code; `refused`: the refusal's code, empty where it went through."""

    place: DrillPlace
    office: str
    trick: str
    refused: str = ""


class DrillPlan(_Part):
    """A whole drill. `offices`: area code → name. `journal`: from which ledger position on which minute of the drill's own
    clock was, for what robots and the drill do; people's deeds between are timed by their watch. `played`: areas whose
    offices are people; empty: robots everywhere. `tries`: of robots who evade; `unnamed`: ledger positions of approvals
    that robots gave without naming a cell."""

    election: str
    source: str
    seed: int
    speed: float
    starts_at: AwareDatetime
    offices: dict[str, str]
    pages: tuple[PlannedReturn, ...]
    injected: tuple[Injected, ...]
    journal: tuple[tuple[int, float], ...] = ()
    played: tuple[str, ...] = ()
    tries: tuple[Try, ...] = ()
    unnamed: tuple[int, ...] = ()

    @property
    def clock(self) -> Clock:
        return Clock(self.starts_at, self.speed)

    @property
    def ends(self) -> float:
        """Minute of the night after which nothing is due any more."""
        return max((page.due for page in self.pages), default=0.0) + 60

    def to_json(self) -> str:
        return self.model_dump_json(indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> DrillPlan:
        """InvalidInput for anything but a sheet."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as wrong:
            where = ".".join(map(str, wrong.errors()[0]["loc"])) or "—"
            raise InvalidInput(field="sheet", found=where, expected=message("drill_sheet")) from None


@dataclass(frozen=True, slots=True)
class Wishes:
    """`errors`: how many mistakes; `kinds`: of which."""

    seed: int
    errors: int
    kinds: Sequence[Mistake] = MISTAKES


def make_sheet(
    definition: ElectionDefinition,
    source: str,
    truth: Truth,
    offices: Mapping[str, str],
    clock: Clock,
    wishes: Wishes,
    chains: Mapping[str, tuple[str, ...]] | None = None,
) -> DrillPlan:
    """`chains`: unit → areas that approve it before a release, lowest first. The same sheet again for the same seed. InvalidInput when no return of `truth` is due in the drill's night."""
    pages = {
        page.place: page.model_copy(update={"chain": (chains or {}).get(page.unit, ())})
        for page in _pages(definition, truth, clock, wishes.seed)
    }
    if not pages:
        raise InvalidInput(field="election", found=source, expected=message("returns_that_hold_figures"))
    injected: list[Injected] = []
    free = sorted(pages)
    dice = random.Random(f"{wishes.seed}/mistakes")
    kinds = list(wishes.kinds)
    dice.shuffle(kinds)
    idle = 0
    while len(injected) < wishes.errors and kinds and idle < len(kinds):
        kind = kinds.pop(0)
        kinds.append(kind)
        made = _inject(definition, kind, pages, free, truth, dice, len(injected) + 1)
        idle = 0 if made else idle + 1
        if made is not None:
            page, mistake = made
            pages[page.place] = page
            injected.append(mistake)
            free.remove(page.place)
    return DrillPlan(
        election=definition.code,
        source=source,
        seed=wishes.seed,
        speed=clock.speed,
        starts_at=clock.starts_at,
        offices=dict(sorted(offices.items())),
        pages=tuple(sorted(pages.values(), key=lambda page: (page.arrives, page.place))),
        injected=tuple(injected),
    )


def _pages(definition: ElectionDefinition, truth: Truth, clock: Clock, seed: int) -> Iterator[PlannedReturn]:
    due = {
        (form.code, slot.code): clock.minute(slot.publish_at)
        for form in definition.forms
        for slot in form.slots
        if slot.publish_at is not None and slot.public
    }
    for place in sorted(truth):
        unit, form, slot = place
        if (form, slot) not in due or not truth[place]:
            continue
        dice = random.Random(f"{seed}/{unit}/{form}/{slot}")
        yield PlannedReturn(
            unit=unit, form=form, slot=slot,
            due=round(due[form, slot], 3),
            arrives=round(max(0.0, due[form, slot] - dice.triangular(14, 44, 28)), 3),
            truth={key: format_value(value) for key, value in sorted(truth[place].items())},
        )  # fmt: skip


def _inject(
    definition: ElectionDefinition,
    kind: Mistake,
    pages: Mapping[DrillPlace, PlannedReturn],
    free: Iterable[DrillPlace],
    truth: Truth,
    dice: random.Random,
    number: int,
) -> tuple[PlannedReturn, Injected] | None:
    """The mistake in the first return, in random order, where it can be made."""
    places = sorted(free)
    dice.shuffle(places)
    for place in places:
        unit, form, slot = place
        slots = [slot.code for slot in definition.form(form).slots]
        before = [
            truth[DrillPlace(unit, form, earlier)]
            for earlier in slots[: slots.index(slot)]
            if (unit, form, earlier) in truth
        ]
        paper = Paper(definition, form, slot, truth[place], before)
        new = {
            key: format_value(value) for key, value in sorted(kind.inject(paper, dice).items()) if key in truth[place]
        }  # fmt: skip
        page, old = pages[place], {key: pages[place].truth[key] for key in new}
        new = {key: text for key, text in new.items() if text != old[key]}
        if not new:
            continue
        old = {key: old[key] for key in new}
        facts: dict[str, Any] = {
            "id": f"E{number:02d}", "kind": kind.code, "unit": unit, "form": form, "slot": slot,
        }  # fmt: skip
        if kind.declare:
            changed = page.model_copy(update={"truth": {**page.truth, **new}})
            return changed, Injected(**facts, wrong=old, right=new, declare=True)
        mistake = Injected(**facts, wrong=new, right=old)
        if kind.late:
            after = round(page.arrives + dice.uniform(4, 12), 3)
            return page.model_copy(update={"late": new, "late_at": after}), mistake
        return page.model_copy(update={"said": new}), mistake
    return None


def values(texts: Mapping[str, str]) -> dict[str, Value]:
    """Cell key → value of cell key → text."""
    return {key: parse_value(text) for key, text in texts.items()}
