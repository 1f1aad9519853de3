"""What a release says, as typed records: what every format is made of.

The signed core package is the truth; these are its very figures beside the names, codes and licence that its readers need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.figures import Absence, Cell
from reporting.domain.units import Roster
from reporting.domain.workflow_events import SlotReleased
from reporting.words import Words

FORMATS = 2
"""Version of the formats: rises whenever the same release would give other files. What was made in an earlier one is made again in that.
2: what was stated as not reported is so in SDMX's codes (L), and so is the total of areas of which some stated it; a total that
lacks units is provisional (P), and so is what a slot before its form's last one says; a total of which there is none is so only
where all units say it (M, else O), and one that lacks withheld figures alone says that (Q); a rate without a number is withheld where a part of it is (Q), and cannot exist where all gave
both parts (M). Each agrees with the series."""


class Figure(StrEnum):
    """What a figure is: as a unit's return has it, or the total of an area."""

    RETURN = "return"
    TOTAL = "total"


class ValueStatus(StrEnum):
    """What stands where a number is expected. No row at all: nothing was ever said of the cell."""

    REPORTED = "reported"
    NONE = Absence.NONE.value
    NOT_REPORTED = Absence.NOT_REPORTED.value
    SUPPRESSED = Absence.SUPPRESSED.value
    NOT_GIVEN = "not_given"  # a rate whose parts are not both there, or that has 0 below its line


@dataclass(frozen=True, slots=True, order=True)
class FigurePlace:
    """Which figure: a cell of an area."""

    figure: Figure
    geography: str
    area: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class ShownValue:
    """`text`: canonical digits where `status` is reported, empty else."""

    text: str
    status: ValueStatus


@dataclass(frozen=True, slots=True)
class Basis:
    """What a figure rests on. Of a total: `reported` of `expected` units gave it, `sampled` of them by a sample or an estimate;
    of a return: `method` with `places` of `of_places`. Texts, empty where they say nothing. `withheld`: units of the others that
    withhold it, of a rate a part of it."""

    reported: str = ""
    expected: str = ""
    sampled: str = ""
    method: str = ""
    places: str = ""
    of_places: str = ""
    withheld: int = 0

    @property
    def lacks(self) -> bool:
        """Whether units have not given it yet, withheld or not."""
        return self.reported != self.expected

    @property
    def lacks_withheld_alone(self) -> bool:
        return self.withheld > 0 and int(self.reported) + self.withheld == int(self.expected)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same figure of an earlier election over the same area."""

    election: str
    reading: ShownValue


@dataclass(frozen=True, slots=True)
class ReleasedObservation:
    """One figure of a release. `before`: what the release before had, None: no such row; `change`: kind of the change that this
    release tells of (`ChangeKind`), empty where it changes nothing or is a total; `under_correction`, `single_handed`: of a unit,
    what its return is while this went out."""

    place: FigurePlace
    level: str
    reading: ShownValue
    basis: Basis
    before: ShownValue | None = None
    change: str = ""
    previous: Earlier | None = None
    under_correction: bool = False
    single_handed: bool = False


@dataclass(frozen=True, slots=True)
class Licence:
    """`code`: as SPDX has it, where it does; `url`: its text."""

    code: str
    url: str
    name: Words


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and under which licence: of the installation, the same for all its releases."""

    name: Words
    licence: Licence


@dataclass(frozen=True, slots=True)
class ReleasedFacts:
    """One release. `position`: of its event in the log, `released_at`: when that was written; `core`: SHA-256 of the signed
    package's manifest. Observations in the order of their places."""

    definition: ElectionDefinition
    roster: Roster
    head: SlotReleased
    position: int
    released_at: datetime
    words: Words
    publisher: Publisher
    observations: Sequence[ReleasedObservation]
    formats: int
    """Version that its files are made in."""
    gone: Sequence[ReleasedObservation] = ()
    """Rows of the release before that this one has no more (an area that a new definition takes away)."""

    @property
    def core(self) -> str:
        return self.head.package

    @property
    def form(self) -> Form:
        return self.definition.form(self.head.form)

    @property
    def slot(self) -> Slot:
        return self.form.slot(self.head.slot)

    @property
    def title(self) -> Words:
        """Election, form, slot and what the release is called."""
        labels = (self.definition.label.words, self.form.label.words, self.slot.label.words, self.words)
        return Words(" ".join(label.ja for label in labels), ", ".join(label.en for label in labels))
