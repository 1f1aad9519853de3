"""The one place that says who may do what: role × reach × phase × operation, as data in `authority.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Literal

from reporting.application.messages import message
from reporting.domain.actor import Actor, Role
from reporting.domain.units import Roster
from reporting.errors import NotAuthorised
from reporting.words import Words, listed

Reach = Literal["own", "sole", "below", "last", "beyond", "all"]
Phase = Literal["open", "certified"]
REACHES: tuple[Reach, ...] = ("own", "sole", "below", "last", "beyond", "all")
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


def operations_in_words() -> Mapping[str, Words]:
    """Operation → what a refusal and a table of rights call it."""
    return message.table("operation")


def reach_of(actor: Actor, roster: Roster | None, unit: str | None) -> Reach | None:
    """How the actor's office stands to a unit; None: not at all. Without a unit only `*` reaches.
    Public Offices Election Act, art. 5: a municipality's elections are managed by its commission, a prefecture's by the
    prefecture's; who stands above that one sees them and advises."""
    if actor.jurisdiction == "*":
        return "all"
    if roster is None or unit is None or not roster.covers(actor.jurisdiction, unit):
        return None
    return _standing(actor.jurisdiction, roster, unit)


NOBODY: tuple[frozenset[str], frozenset[str]] = frozenset(), frozenset()
"""Who certifies and who stands above a unit that no longer reports: its returns are read, and nobody's to decide."""


def _standing(area: str, roster: Roster, unit: str) -> Reach:
    """How the office of an area that covers the unit stands to it."""
    certifying, above = roster.managing.get(unit, NOBODY)
    if roster.answers_for(area, unit):
        return "sole" if area in certifying else "own"
    if area in certifying:
        return "last"
    return "beyond" if area in above else "below"


def allowed(operation: str, actor: Actor, reach: Reach | None, phase: Phase = "open") -> bool:
    if actor.operations is not None and operation not in actor.operations:
        return False
    return reach is not None and (operation, actor.role, reach, phase) in matrix()


def units_allowed(operation: str, actor: Actor, roster: Roster, units: Iterable[str]) -> list[str]:
    """Those of the units whose returns, not certified, the matrix allows it for."""
    reaches = {reach for reach in REACHES if allowed(operation, actor, reach)}
    return [unit for unit in units if reach_of(actor, roster, unit) in reaches]


def authorise(
    operation: str, actor: Actor, roster: Roster | None = None, unit: str | None = None, phase: Phase = "open"
) -> None:
    """NotAuthorised, naming who to ask, unless the matrix allows it. A unit that is none (an area, a slip of the pen) is told
    as such: no office above could help."""
    reach = reach_of(actor, roster, unit)
    if allowed(operation, actor, reach, phase):
        return
    if allowed(operation, replace(actor, operations=None), reach, phase):
        raise NotAuthorised(
            operation=f"{operation}:{unit}" if unit else operation, office=actor.person,
            operation_ja=_in_japanese(operation), needed=message("who_opened_the_account"),
        )  # fmt: skip
    if roster is not None and unit is not None and unit not in roster.retired:
        roster.require_unit(unit)
    needed = message("level_above")
    if roster is not None and unit is not None and unit in roster.units:
        needed = (
            _managing(roster, unit)
            if reach in ("sole", "beyond")
            else _who_may(operation, phase, roster, unit)
        )
    raise NotAuthorised(
        operation=f"{operation}:{unit}" if unit else operation, office=actor.office,
        operation_ja=_in_japanese(operation), needed=needed,
    )  # fmt: skip


def require_office_of_chain(operation: str, actor: Actor, roster: Roster, unit: str) -> None:
    """NotAuthorised naming the offices that look at this unit's returns, for one that stands at no level of them."""
    chain = [area for _, area in roster.chains[unit]]
    if actor.jurisdiction in ("*", *chain):
        return
    assert roster.workflow is not None
    names = [roster.nodes[roster.workflow.geography, area].name for area in chain]
    raise NotAuthorised(
        operation=f"{operation}:{unit}", office=actor.office, operation_ja=_in_japanese(operation),
        needed=message("offices_that_look_at_returns", names_ja='、'.join(names), names_en=', '.join(chain)),
    )  # fmt: skip


def require_reach(operation: str, actor: Actor, roster: Roster) -> None:
    """NotAuthorised for an office in whose area no unit of the election lies."""
    if not any(roster.covers(actor.jurisdiction, unit) for unit in roster.units):
        raise NotAuthorised(
            operation=operation, office=actor.office, operation_ja=_in_japanese(operation),
            needed=message("office_with_units"),
        )  # fmt: skip


OFFICES = {
    role: message.table("office")[role]
    for role in (Role.WARD, Role.MUNICIPALITY, Role.PREFECTURE, Role.MINISTRY)
}


def _in_japanese(operation: str) -> str:
    words = message.table("operation").get(operation)
    return operation if words is None else words.ja


def _managing(roster: Roster, unit: str) -> str:
    area = roster.chains[unit][-1][1]
    name = area if roster.workflow is None else roster.nodes[roster.workflow.geography, area].name
    return message("office_that_manages_election", name_ja=name, name_en=area)


def _who_may(operation: str, phase: Phase, roster: Roster, unit: str) -> str:
    """Whom to ask, `日本語 / English`: the unit's own office where it may, and the kinds of offices above it that may."""
    flow = roster.workflow
    path = [code for _, code in roster.path(unit, flow.geography)] if flow is not None else [unit]
    asked = []
    if any((operation, role, _standing(unit, roster, unit), phase) in matrix() for role in OFFICES):
        asked.append(message.words("office_of", name=roster.units[unit].name))
    upper = [Role.MUNICIPALITY] * (len(path) - 3) + [Role.PREFECTURE, Role.MINISTRY]  # seen from the top
    above = [
        OFFICES[role]
        for area, role in zip(path[1:], upper[-(len(path) - 1) :], strict=False)
        if (operation, role, _standing(area, roster, unit), phase) in matrix()
    ]
    if above:
        kinds = listed(dict.fromkeys(above))
        asked.append(message.words("above_it", offices_ja=kinds.ja, offices_en=kinds.en))
    if not asked:
        return message("level_above")
    either = message.words("or")
    return str(
        Words(either.ja.join(office.ja for office in asked), either.en.join(office.en for office in asked))
    )


WORDS = """\
# Who may do what

Written by `reporting authority --document`; do not edit. The data is `src/reporting/application/authority.toml`, asked in one
place (`authority.authorise`) by every command; `tests/application/test_authority.py` drives each cell through the commands.

- **own**: the office answers for the unit itself. **below**: the unit lies below the office's area, in any geography.
  **all**: the office reaches everywhere (`*`). What concerns no unit (registries, elections, offices) needs **all**.
  It approves, sends back and certifies at the top of each return's chain, or at a level of it that it names.
- Whose area is at no level of a return's chain approves nothing there, and is told which offices do.
- Who manages the election (Public Offices Election Act, art. 5) is where its workflow ends. **sole**: the office answers
  for the unit and nobody above certifies it (a town in its mayor's election): its own people do, four eyes kept.
  **last**: the unit lies below, and the office certifies it (a designated city its mayor's election over its wards, a
  prefecture its governor's, the nation a general election). **beyond**: the unit lies below, but its chain ends under
  the office (a prefecture in a town's election, the ministry in a governor's): it sees and advises, and touches nothing.
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
