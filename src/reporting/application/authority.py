"""The one place that says who may do what: role × reach × phase × operation, as data in `authority.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from reporting.domain.actor import Actor, Role
from reporting.domain.units import Roster
from reporting.errors import NotAuthorised

Reach = Literal["own", "below", "all"]
Phase = Literal["open", "certified"]
REACHES: tuple[Reach, ...] = ("own", "below", "all")
PHASES: tuple[Phase, ...] = ("open", "certified")


@cache
def matrix() -> frozenset[tuple[str, Role, Reach, Phase]]:
    """Every allowed (operation, role, reach, phase)."""
    text = files(__package__).joinpath("authority.toml").read_text(encoding="utf-8")
    return frozenset(
        (operation, Role(role), reach, phase)
        for row in tomllib.loads(text)["allow"]
        for operation in row["operations"]
        for role in row["roles"]
        for reach in row["reach"]
        for phase in row["phases"]
    )


def operations() -> tuple[str, ...]:
    return tuple(sorted({allowed[0] for allowed in matrix()}))


def reach_of(actor: Actor, roster: Roster | None, unit: str | None) -> Reach | None:
    """How the actor's office stands to a unit; None: not at all. Without a unit only `*` reaches."""
    if actor.jurisdiction == "*":
        return "all"
    if roster is None or unit is None:
        return None
    if actor.jurisdiction == unit:
        return "own"
    return "below" if roster.covers(actor.jurisdiction, unit) else None


def allowed(operation: str, actor: Actor, reach: Reach | None, phase: Phase = "open") -> bool:
    return reach is not None and (operation, actor.role, reach, phase) in matrix()


def authorise(
    operation: str, actor: Actor, roster: Roster | None = None, unit: str | None = None, phase: Phase = "open"
) -> None:
    """NotAuthorised, naming who to ask, unless the matrix allows it."""
    if allowed(operation, actor, reach_of(actor, roster, unit), phase):
        return
    needed = "上位の選挙管理委員会 / the level above"
    if roster is not None and unit is not None and unit in roster.units:
        needed = f"{roster.units[unit].name} または上位 / {unit} or the level above"
    raise NotAuthorised(
        operation=f"{operation}:{unit}" if unit else operation, office=actor.office, needed=needed
    )


WORDS = """\
# Who may do what

Written by `reporting authority --document`; do not edit. The data is `src/reporting/application/authority.toml`, asked in one
place (`authority.authorise`) by every command; `tests/application/test_authority.py` drives each cell through the commands.

- **own**: the office answers for the unit itself. **below**: the unit lies below the office's area, in any geography.
  **all**: the office reaches everywhere (`*`). What concerns no unit (registries, elections, offices) needs **all**.
- **open**: the return is not certified. **certified**: it is.
- Allowed does not mean possible: an approval waits for the level below, a second person or an open rule, and says so.
- A slot is released by the clock, or by an office below which all its units lie.

"""


def document() -> str:
    """docs/authority.md."""
    return WORDS + as_markdown()


def as_markdown() -> str:
    """The matrix as a printable table: reach and phases for each operation and role."""
    lines = ["| operation | " + " | ".join(role.value for role in Role) + " |", "|---|" + "---|" * len(Role)]
    for operation in operations():
        cells = []
        for role in Role:
            marks = ""
            for reach in REACHES:
                phases = [phase for phase in PHASES if (operation, role, reach, phase) in matrix()]
                if phases:
                    marks += " ".join(["", f"{reach} ({', '.join(phases)})"])
            cells.append(marks.strip() or "—")
        lines.append(f"| {operation} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
