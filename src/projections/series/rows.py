"""What a series answers: its observations, and the units behind a comparison of like with like."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One observation with the election before it. Numbers are exact texts."""

    election: str
    date: date
    area: str
    official_code: str | None
    name: str
    name_en: str | None
    level: str | None
    election_kind: str
    contest: str
    item: str
    breakdown: str
    choice: str
    choice_name: str
    identity: str
    value: str | None
    absence: str | None
    obs_status: list[str]
    conf_status: str
    coverage_reported: int
    coverage_expected: int
    coverage_withheld: int
    coverage: str
    definition: int
    previous_election: str | None
    previous_contest: str | None
    previous_areas: str | None
    previous_basis: str | None
    previous_method: str | None
    previous_value: str | None
    difference: str | None
    pre_break_value: str | None
    compared: str | None
    compared_value: str | None
    compared_previous_value: str | None
    compared_difference: str | None
    predecessors: str | None
    ratio_to_first: str | None
    numerator: str | None
    denominator: str | None
    method: str
    source: str
    erratum: str
    position: int
    boundaries: str
    citation: str
    series: str


COLUMNS = tuple(field.name for field in fields(SeriesRow))


@dataclass(frozen=True, slots=True)
class ComparedUnit:
    """A unit behind a comparison of like with like. `group`: what it is compared in; `why_not`: empty where it is compared,
    else `lacks`, `counterpart`, `alone` or `elsewhere` (statement `answer_units`)."""

    election: str
    unit: str
    name: str
    group: str
    now: bool
    why_not: str
