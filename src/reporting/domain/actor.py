"""Who acts: the person, the office they act for, their role there, and where that office reaches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What an office lets a person do. The first four may write within their jurisdiction."""

    WARD = "ward"
    MUNICIPALITY = "municipality"
    PREFECTURE = "prefecture"
    MINISTRY = "ministry"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    SYSTEM = "system"  # imports and definitions, from the command line

    @property
    def may_write(self) -> bool:
        return self not in (Role.AUDITOR, Role.ANALYST)


class Channel(StrEnum):
    """How a figure reached the system."""

    API = "api"
    IMPORT = "import"
    FAX = "fax"
    TELEPHONE = "telephone"
    PAPER = "paper"
    WORKBOOK = "workbook"
    SIMULATION = "simulation"


class By(NamedTuple):
    """Who did something: person, office and role as the command has them."""

    person: str
    office: str
    role: str


@dataclass(frozen=True, slots=True)
class Actor:
    """`jurisdiction` is an area code (any geography of the election's registry) or `*` for everything. `operations`: none but
    these, where an account of a system was opened for them; None: all of the role. `access`: the access beside the login
    that they came by."""

    person: str
    office: str
    role: Role
    jurisdiction: str
    operations: frozenset[str] | None = None
    access: str | None = None

    @property
    def by(self) -> By:
        """As a command of theirs will have them."""
        return By(self.person, self.office, self.role.value)
