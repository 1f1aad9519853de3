"""One observation of a series: the columns of `/series.csv`, in its order, exact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from reporting_client.errors import NewerServer

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
ABSENCES = ("none", "not_reported", "suppressed")
"""What may stand in `absence`: stated that there is nothing; not reported; withheld."""


@dataclass(frozen=True)
class Observation:
    """Numbers are exact; what a field means says the server's guide to series. Four things are never the same: a `value` of 0;
    no `value` and `absence` "none", "not_reported" or "suppressed". No `value` and no `absence`: nobody ever entered it."""

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
    value: Decimal | None
    absence: str | None
    obs_status: str
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
    previous_value: Decimal | None
    difference: Decimal | None
    pre_break_value: Decimal | None
    compared: str | None
    compared_value: Decimal | None
    compared_previous_value: Decimal | None
    compared_difference: Decimal | None
    predecessors: str | None
    ratio_to_first: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    method: str
    source: str
    erratum: str
    position: int
    boundaries: str
    citation: str

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> Observation:
        """NewerServer for what this version could only misread."""
        return cls(**{name: values[0] for name, values in columns_of([node]).items()})


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


def exact(texts: list[Any]) -> list[Any]:
    """Decimals, None where there is no number."""
    for text in texts:
        if not (text is None or (type(text) is str and NUMBER.fullmatch(text))):
            raise NewerServer(detail=f"number {text!r}")
    return [None if text is None else Decimal(text) for text in texts]


def absences(texts: list[Any]) -> list[Any]:
    for word in set(texts):
        if word is not None and word not in ABSENCES:
            raise NewerServer(detail=f"absence {word!r}")
    return texts


def joined(codes: list[Any]) -> list[Any]:
    """["E", "P"] → "EP"."""
    return ["".join(each) for each in codes]


def days(texts: list[Any]) -> list[Any]:
    return [date.fromisoformat(text) for text in texts]


def as_sent(values: list[Any]) -> list[Any]:
    return values


DECIMALS = (
    "value", "previous_value", "difference", "compared_value", "compared_previous_value", "compared_difference",
    "pre_break_value", "ratio_to_first", "numerator", "denominator",
)  # fmt: skip
INTEGERS = ("coverage_reported", "coverage_expected", "coverage_withheld", "definition", "position")
_READ = {
    **dict.fromkeys(DECIMALS, exact), "absence": absences, "obs_status": joined, "date": days,
}  # fmt: skip
NAMES = tuple(field.name for field in fields(Observation))
COLUMNS = tuple((name, camel(name), _READ.get(name, as_sent)) for name in NAMES)
"""Name, name in the API, how a whole column is read."""


def columns_of(nodes: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Name → its values, in the API's order. NewerServer."""
    try:
        return {name: read([node[key] for node in nodes]) for name, key, read in COLUMNS}
    except KeyError as missing:
        raise NewerServer(detail=f"{missing} —") from None
