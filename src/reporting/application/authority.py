"""The one place that says who may do what: role × reach × phase × operation, as data in `authority.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from reporting.domain.actor import Actor, Role
from reporting.domain.units import Roster
from reporting.errors import NotAuthorised

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


def reach_of(actor: Actor, roster: Roster | None, unit: str | None) -> Reach | None:
    """How the actor's office stands to a unit; None: not at all. Without a unit only `*` reaches.
    Public Offices Election Act, art. 5: a municipality's elections are managed by its commission, a prefecture's by the
    prefecture's; who stands above that one sees them and advises."""
    if actor.jurisdiction == "*":
        return "all"
    if roster is None or unit is None or not roster.covers(actor.jurisdiction, unit):
        return None
    return _standing(actor.jurisdiction, roster, unit)


def _standing(area: str, roster: Roster, unit: str) -> Reach:
    """How the office of an area that covers the unit stands to it."""
    flow, chain = roster.workflow, roster.chains[unit]
    ends = flow is not None and area in [
        one for _, one in chain[flow.certifying([level for level, _ in chain]) :]
    ]
    if area == unit:
        return "sole" if ends else "own"
    if ends:
        return "last"
    path = () if flow is None else roster.places[unit].get(flow.geography, ())
    return "beyond" if chain and area in path[path.index(chain[-1][1]) + 1 :] else "below"


def allowed(operation: str, actor: Actor, reach: Reach | None, phase: Phase = "open") -> bool:
    return reach is not None and (operation, actor.role, reach, phase) in matrix()


def authorise(
    operation: str, actor: Actor, roster: Roster | None = None, unit: str | None = None, phase: Phase = "open"
) -> None:
    """NotAuthorised, naming who to ask, unless the matrix allows it. A unit that is none (an area, a slip of the pen) is told
    as such: no office above could help."""
    reach = reach_of(actor, roster, unit)
    if allowed(operation, actor, reach, phase):
        return
    if roster is not None and unit is not None and unit not in roster.retired:
        roster.require_unit(unit)
    needed = "上位の選挙管理委員会 / the level above"
    if roster is not None and unit is not None and unit in roster.units:
        needed = (
            _managing(roster, unit)
            if reach in ("sole", "beyond")
            else _who_may(operation, phase, roster, unit)
        )
    raise NotAuthorised(
        operation=f"{operation}:{unit}" if unit else operation, office=actor.office,
        operation_ja=IN_JAPANESE.get(operation, operation), needed=needed,
    )  # fmt: skip


def require_office_of_chain(operation: str, actor: Actor, roster: Roster, unit: str) -> None:
    """NotAuthorised naming the offices that look at this unit's returns, for one that stands at no level of them."""
    chain = [area for _, area in roster.chains[unit]]
    if actor.jurisdiction in ("*", *chain):
        return
    assert roster.workflow is not None
    names = [roster.nodes[roster.workflow.geography, area].name for area in chain]
    raise NotAuthorised(
        operation=f"{operation}:{unit}", office=actor.office, operation_ja=IN_JAPANESE[operation],
        needed=f"承認の段階にある {'、'.join(names)} の選挙管理委員会 / the office of {', '.join(chain)}, which looks at its returns",
    )  # fmt: skip


def require_reach(operation: str, actor: Actor, roster: Roster) -> None:
    """NotAuthorised for an office in whose area no unit of the election lies."""
    if not any(roster.covers(actor.jurisdiction, unit) for unit in roster.units):
        raise NotAuthorised(
            operation=operation, office=actor.office, operation_ja=IN_JAPANESE[operation],
            needed="この選挙の報告単位を管轄する選挙管理委員会 / an office in whose area units of this election lie",
        )  # fmt: skip


IN_JAPANESE = {
    "annotate": "注記",
    "answer": "差し戻しへの回答",
    "approve": "承認",
    "certify": "確定",
    "close_discrepancy": "不突合の解消",
    "confirm_discrepancy": "不突合の確認",
    "correct_certified": "確定後の訂正",
    "correct_figures": "訂正",
    "declare_discrepancy": "不突合の申告",
    "enter_figures": "入力",
    "read_unreleased": "公表前の閲覧",
    "record_lot": "くじの記録・確認",
    "release": "公表",
    "remind": "督促",
    "save_draft": "途中保存",
    "send_back": "差し戻し",
    "submit": "提出",
    "withdraw": "取り下げ",
}
OFFICES = {
    Role.WARD: ("区", "the ward"),
    Role.MUNICIPALITY: ("市区町村", "the municipality"),
    Role.PREFECTURE: ("都道府県", "the prefecture"),
    Role.MINISTRY: ("総務省", "the ministry"),
}


def _managing(roster: Roster, unit: str) -> str:
    area = roster.chains[unit][-1][1]
    name = area if roster.workflow is None else roster.nodes[roster.workflow.geography, area].name
    return f"この選挙を管理する {name} / {area}, which manages this election"


def _who_may(operation: str, phase: Phase, roster: Roster, unit: str) -> str:
    """Whom to ask, `日本語 / English`: the unit's own office where it may, and the kinds of offices above it that may."""
    flow = roster.workflow
    path = [code for _, code in roster.path(unit, flow.geography)] if flow is not None else [unit]
    ja, en = [], []
    if any((operation, role, _standing(unit, roster, unit), phase) in matrix() for role in OFFICES):
        ja.append(f"{roster.units[unit].name}の選挙管理委員会")
        en.append(f"the office of {roster.units[unit].name}")
    upper = [Role.MUNICIPALITY] * (len(path) - 3) + [Role.PREFECTURE, Role.MINISTRY]  # seen from the top
    above = [
        OFFICES[role]
        for area, role in zip(path[1:], upper[-(len(path) - 1) :], strict=False)
        if (operation, role, _standing(area, roster, unit), phase) in matrix()
    ]
    if above:
        ja.append("上位の" + "・".join(dict.fromkeys(words[0] for words in above)))
        en.append(", ".join(dict.fromkeys(words[1] for words in above)) + " above it")
    if not ja:
        return "上位の選挙管理委員会 / the level above"
    return f"{'、または'.join(ja)} / {', or '.join(en)}"


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
