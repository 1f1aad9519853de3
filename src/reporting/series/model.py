"""One observation of a series: a figure with everything a reader needs in order to compare it honestly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from urllib.parse import parse_qsl, urlencode

from reporting.domain.figures import Absence, Rounding, Value
from reporting.errors import InvalidInput


class ObsStatus(StrEnum):
    """SDMX CL_OBS_STATUS, as used here."""

    NORMAL = "A"
    BREAK = "B"  # first after a break
    DEFINITION = "D"  # first by another version of the item's definition that declares a bridge
    ESTIMATED = "E"  # sampled, or made with estimated shares
    NOT_COLLECTED = "L"  # stated as not reported: the thing is there, no figure of it was collected
    CANNOT_EXIST = "M"  # stated that there is nothing of the kind; a rate of nothing
    MISSING = "O"  # nothing was entered, or nobody knows the share
    PROVISIONAL = "P"  # flash, before the final result; or a sum that lacks reporting areas
    SUPPRESSED = "Q"
    UNRELIABLE = "U"  # a difference nobody has explained


WHY_MISSING = {
    None: ObsStatus.MISSING,
    Absence.NONE: ObsStatus.CANNOT_EXIST,
    Absence.NOT_REPORTED: ObsStatus.NOT_COLLECTED,
    Absence.SUPPRESSED: ObsStatus.SUPPRESSED,
}
"""Each absence has a code of its own."""


def missing(value: Value | None) -> list[ObsStatus]:
    """Why there is no number; empty where there is one."""
    return [] if isinstance(value, Decimal) else [WHY_MISSING[value]]


class ConfStatus(StrEnum):
    """SDMX CL_CONF_STATUS, the least restrictive first."""

    FREE = "F"
    NOT_FOR_PUBLICATION = "N"
    CONFIDENTIAL = "C"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Reporting areas with a figure, out of those expected."""

    reported: int
    expected: int

    @property
    def whole(self) -> bool:
        return self.reported == self.expected

    def __str__(self) -> str:
        return f"{self.reported}/{self.expected}"


ONE_OF_ONE = Coverage(1, 1)


def statuses(*codes: Iterable[ObsStatus]) -> tuple[ObsStatus, ...]:
    """All of them once, in code order; A only where it stands alone."""
    flags = {code for group in codes for code in group} - {ObsStatus.NORMAL}
    return tuple(sorted(flags)) or (ObsStatus.NORMAL,)


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Which series: everything but the election."""

    geography: str
    area: str
    contest: str
    item: str
    breakdown: str


@dataclass(frozen=True, slots=True)
class Observation:
    """`value` None: nothing was ever entered. `boundaries` None: as reported; else the day whose areas `area` is one
    of. `definition`: version of the item's definition. `position`: of the ledger, fixes figures and lineage alike.
    `method`, `source`: of the estimated shares in a re-based value; `source` alone: where an imported one is from."""

    area: str
    election: str
    day: date
    item: str
    value: Value | None
    contest: str = ""
    breakdown: str = ""
    geography: str = ""
    status: tuple[ObsStatus, ...] = (ObsStatus.NORMAL,)
    pre_break_value: Value | None = None
    conf_status: ConfStatus = ConfStatus.FREE
    coverage: Coverage = ONE_OF_ONE
    definition: int = 1
    position: int | None = None
    boundaries: date | None = None
    method: str = ""
    source: str = ""
    slot: str = ""
    """`form/slot` (and layer) where the figures are not those of the item's last slot."""
    parts: tuple[tuple[str, int], ...] = ()
    """Of a rate: (item, version) of what it is made of."""
    line: str = ""
    """What it is compared along where that is not settled by the key: a contest's code may be another town's, too."""
    alike: str = ""
    """Kind of election and of contest: what changes of this one are judged beside, whatever its contest is called."""
    exact: Fraction | None = None
    """Of a rate: before it was rounded; in percent."""
    rounding: Rounding = "half_up"

    @property
    def versions(self) -> dict[str, int]:
        """Item → version of its definition, of everything the value rests on."""
        return {self.item: self.definition, **dict(self.parts)}

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(self.geography, self.area, self.contest, self.item, self.breakdown)

    @property
    def obs_status(self) -> str:
        """The codes in one text, as in an SDMX attribute: `A`, `BE`, `P`."""
        return "".join(self.status)

    @property
    def citation(self) -> str:
        return str(Citation.of(self))


SCHEME = "reporting:series?"


@dataclass(frozen=True, slots=True)
class Citation:
    """Everything that finds one observation again, to the last digit: `reporting:series?election=…&item=…`."""

    geography: str
    area: str
    election: str
    contest: str
    item: str
    breakdown: str
    definition: int
    boundaries: date | None
    position: int | None
    slot: str = ""
    asked: str = ""
    """`form/slot` that was asked of every election of the series; decides what stands before the observation."""
    over: str = ""
    """Of contests added up (`contest` is their kind): who is the same in them, `party` or `identity`."""
    tests: str = ""
    """`true` where simulated elections stood among the others."""

    @classmethod
    def of(cls, observation: Observation) -> Citation:
        return cls(
            observation.geography,
            observation.area,
            observation.election,
            observation.contest,
            observation.item,
            observation.breakdown,
            observation.definition,
            observation.boundaries,
            observation.position,
            observation.slot,
        )

    def __str__(self) -> str:
        return SCHEME + urlencode(
            {
                "geography": self.geography,
                "area": self.area,
                "election": self.election,
                "contest": self.contest,
                "item": self.item,
                "breakdown": self.breakdown,
                "definition": self.definition,
                "boundaries": self.boundaries.isoformat() if self.boundaries else "as_reported",
                "position": "" if self.position is None else self.position,
                **{
                    name: text
                    for name, text in (
                        ("slot", self.slot),
                        ("asked", self.asked),
                        ("over", self.over),
                        ("tests", self.tests),
                    )
                    if text
                },
            }
        )

    @classmethod
    def parse(cls, text: str) -> Citation:
        """The inverse of `str`; InvalidInput for anything else."""
        try:
            if not text.startswith(SCHEME):
                raise ValueError(text)
            pairs = parse_qsl(text.removeprefix(SCHEME), keep_blank_values=True, strict_parsing=True)
            fields = dict(pairs)
            boundaries, position = fields.pop("boundaries"), fields.pop("position")
            citation = cls(
                definition=int(fields.pop("definition")),
                boundaries=None if boundaries == "as_reported" else date.fromisoformat(boundaries),
                position=int(position) if position else None,
                **fields,
            )
            if str(citation) != text or citation.over not in ("", "party", "identity"):
                raise ValueError(text)
        except (ValueError, KeyError, TypeError):
            raise InvalidInput(
                field="citation", found=repr(text[:200]), expected=f"{SCHEME}geography=…&area=…&election=…"
            ) from None
        return citation
