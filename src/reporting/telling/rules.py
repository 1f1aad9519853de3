"""Which offices are told of what: `rules.toml`, and a file of the operator's over it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reporting.domain.directory import Directory
from reporting.domain.units import Roster
from reporting.errors import InvalidInput
from reporting.telling.messages import message

KINDS = message.table("told")
"""By kind: what is said."""
Role = Literal["ward", "municipality", "prefecture", "ministry", "auditor", "analyst"]


class KindRule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    roles: tuple[Role, ...]
    reach: Literal["own", "above", "all"]
    urgent: bool = False
    escalate_minutes: int | None = Field(None, ge=1, le=24 * 60)


class OfficeRule(BaseModel):
    """What one office, by its code, is told of beside or against its role."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kinds: dict[str, KindRule]
    offices: dict[str, OfficeRule] = Field(default_factory=dict)

    def told(self, kind: str, unit: str, directory: Directory, roster: Roster) -> Iterator[str]:
        """Codes of the offices that are told of it, in their order. `unit`: empty for a whole slot."""
        rule = self.kinds[kind]
        areas = {area for paths in roster.places.values() for path in paths.values() for area in path}
        for code, office in sorted(directory.offices.items()):
            own = self.offices.get(code, OfficeRule())
            wanted = (office.role in rule.roles and kind not in own.never) or kind in own.also
            if wanted and _reaches(rule.reach, office.jurisdiction, unit, areas, roster):
                yield code


def _reaches(reach: str, jurisdiction: str, unit: str, areas: set[str], roster: Roster) -> bool:
    if reach == "all" or not unit:
        return jurisdiction == "*" or jurisdiction in areas
    if reach == "own":
        return roster.answers_for(jurisdiction, unit)
    return not roster.answers_for(jurisdiction, unit) and roster.covers(jurisdiction, unit)


def read_rules(file: Path | None = None) -> Rules:
    """The shipped rules; a kind that `file` names stands as it says. InvalidInput for a file that says something else."""
    shipped = tomllib.loads(resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    if file is None:
        return Rules.model_validate(shipped)
    try:
        given: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        own = Rules.model_validate({"kinds": {}, **given})
    except (OSError, ValueError, ValidationError) as wrong:
        raise _no_rules(file) from wrong
    named = {*own.kinds, *(kind for office in own.offices.values() for kind in (*office.also, *office.never))}
    if named - KINDS.keys():
        raise _no_rules(file)
    return Rules(kinds={**Rules.model_validate(shipped).kinds, **own.kinds}, offices=own.offices)


def _no_rules(file: Path) -> InvalidInput:
    return InvalidInput.at("rules", str(file), message("a_file_of_rules", kinds=", ".join(KINDS)))
