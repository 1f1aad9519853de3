"""By which codes an incident (管理執行上問題となった事項) is told: an election's own lists, else those of `incident_codes.toml`. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from reporting.domain.election import ElectionDefinition
from reporting.domain.labels import Label

DATA: dict[str, Any] = tomllib.loads(
    resources.files(__package__).joinpath("incident_codes.toml").read_text(encoding="utf-8")
)
SOURCES: Mapping[str, Mapping[str, str]] = DATA["sources"]
KIND, PHASE = "incident_kind", "incident_phase"
"""Dimensions by which an election brings its own lists."""


def _shipped(what: str) -> dict[str, Label]:
    return {row["code"]: Label.model_validate(row["label"]) for row in DATA[what]}


NUMBERED = frozenset(row["code"] for row in DATA["sites"] if row.get("numbered", False))
"""Sites of which a unit has many: the case says which, by number."""


@dataclass(frozen=True, slots=True)
class IncidentCodes:
    """Code → what people call it, in the order they are offered."""

    kinds: Mapping[str, Label]
    phases: Mapping[str, Label]
    sites: Mapping[str, Label]
    validities: Mapping[str, Label]


def codes_of(definition: ElectionDefinition) -> IncidentCodes:
    own = {
        dimension.code: {value.code: value.label for value in dimension.values}
        for dimension in definition.dimensions
    }
    return IncidentCodes(
        own.get(KIND) or _shipped("kinds"),
        own.get(PHASE) or _shipped("phases"),
        _shipped("sites"),
        _shipped("validities"),
    )
