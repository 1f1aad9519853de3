"""What the law keeps how long: rows of `retention.toml` beside this, and the last day on which an election's records are kept."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import Field

from reporting.domain.election import ElectionDefinition
from reporting.domain.labels import Definition, Label

UNNAMED, OF_NO_ELECTION = "?", "-"


class Period(Definition):
    """Whole years from a polling day (of no election: from the day of record). `read`: how the law's wording was come by."""

    election: str
    contest: str
    years: int = Field(ge=1)
    polled_from: date | None = None
    polled_before: date | None = None
    source: Label
    read: Literal["text", "quoted", "none"]
    where: str

    def of_day(self, day: date) -> bool:
        return (self.polled_from is None or day >= self.polled_from) and (
            self.polled_before is None or day < self.polled_before
        )


class Record(Definition):
    """A kind of record: what is in it, whose period counts, and how it is disposed of."""

    code: str
    label: Label
    holds: Label
    period: Literal["election", "none_named", "none", "permanent"]
    disposal: Literal["two_persons", "by_itself", "outside", "never"]
    source: Label


class KeptUntil(Definition):
    """`until`: the last day it is kept, the margin included; `period`: the row that keeps it longest."""

    until: date
    period: Period


class Schedule(Definition):
    margin_years: int = Field(ge=0)
    period: tuple[Period, ...]
    record: tuple[Record, ...]

    def kept(self, definitions: Iterable[ElectionDefinition]) -> KeptUntil:
        """An election's, by every definition it ever had: a later one that says another day or kind shortens nothing."""
        kept = [
            self._until(period, definition.polling_date)
            for definition in definitions
            for period in self._periods(definition)
        ]
        return max(kept, key=lambda row: row.until)

    def of_no_election(self, recorded: date) -> KeptUntil:
        row = next(period for period in self.period if period.election == OF_NO_ELECTION)
        return self._until(row, recorded)

    def _periods(self, definition: ElectionDefinition) -> list[Period]:
        kind, contests = definition.kind.partition(".")[0], {contest.kind for contest in definition.contests}
        named = {period.election for period in self.period} - {"", UNNAMED, OF_NO_ELECTION}
        own = kind if kind in named else UNNAMED
        return [
            period
            for period in self.period
            if period.election in ("", own)
            and (not period.contest or period.contest in contests)
            and period.of_day(definition.polling_date)
        ]

    def _until(self, period: Period, day: date) -> KeptUntil:
        return KeptUntil(until=_years_after(day, period.years + self.margin_years), period=period)


def _years_after(day: date, years: int) -> date:
    """The last of February where a year has no 29th, as the database counts."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@cache
def schedule() -> Schedule:
    text = resources.files(__package__).joinpath("retention.toml").read_text(encoding="utf-8")
    return Schedule.model_validate(tomllib.loads(text))
