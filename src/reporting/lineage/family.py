"""What an area was made of and what became of it: the changes on its way, both directions, without its neighbours' own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reporting.domain.area_changes import AreaChange, AreaChangeKind
from reporting.lineage.effects import AreaEffect
from reporting.lineage.graph import Lineage
from reporting.lineage.timeline import Life


@dataclass(frozen=True, slots=True)
class FamilyChange:
    change: AreaChange
    kind: AreaChangeKind


@dataclass(frozen=True, slots=True)
class Family:
    """`lives`: of the area and of every area that it came from or that came of it, by code, in order; `changes` by day;
    `left_out`: changes beyond those asked for, the farthest from the area."""

    code: str
    lives: dict[str, tuple[Life, ...]]
    changes: tuple[FamilyChange, ...]
    left_out: int


def family_of(lineage: Lineage, code: str, most: int) -> Family:
    """UnknownReference for a code that never existed. A change that moves so little that nothing counts as moved is told,
    and leads no further."""
    own = lineage.lives(code)
    before = _earlier(lineage, code, own[-1])
    after = _later(lineage, code, own[0])
    ordered = [effect for effect in lineage.effects if effect.change.id in before | after]
    kept = sorted(ordered, key=lambda effect: _far(effect, own))[:most]
    shown = [effect for effect in ordered if effect in kept]
    codes = {code} | {
        area.code for effect in shown for area in (*effect.change.from_areas, *effect.change.to_areas)
    }
    return Family(
        code,
        {member: lineage.lives(member) for member in sorted(codes) if member in lineage},
        tuple(FamilyChange(effect.change, effect.kind) for effect in shown),
        len(ordered) - len(shown),
    )


def _earlier(lineage: Lineage, code: str, last: Life) -> set[str]:
    """Ids of changes through which land or a name came into the code, up to its last life."""
    there, changes = {code}, set[str]()
    for effect in reversed(lineage.effects):
        into = there & effect.backward.keys()
        if not into or (last.ends is not None and effect.change.date > last.ends):
            continue
        if last.ends == effect.change.date and code in effect.ends - effect.begins:
            continue  # where it went itself
        changes.add(effect.change.id)
        there -= into & (effect.begins - effect.ends)
        if not effect.kind.minor:
            there |= {origin for area in into for origin in effect.backward[area]}
    return changes


def _later(lineage: Lineage, code: str, first: Life) -> set[str]:
    """Ids of changes through which the code's land went on, from its first life."""
    there, changes = {code}, set[str]()
    for effect in lineage.effects:
        of = there & effect.forward.keys()
        if not of or effect.change.date < first.begins:
            continue
        if effect.change.date == first.begins and code in effect.begins - effect.ends:
            continue  # where it came from itself
        changes.add(effect.change.id)
        there -= of & (effect.ends - effect.begins)
        if not effect.kind.minor:
            there |= {into for area in of for into in effect.forward[area]}
    return changes


def _far(effect: AreaEffect, own: tuple[Life, ...]) -> int:
    """Days between a change and the nearest of the area's lives."""
    day = effect.change.date
    return min(_days(day, life) for life in own)


def _days(day: date, life: Life) -> int:
    if day < life.begins:
        return (life.begins - day).days
    return (day - life.ends).days if life.ends is not None and day > life.ends else 0


def told_changes(graph: Lineage) -> list[FamilyChange]:
    """All changes of a lineage, by day, then id."""
    changes = {effect.change.id: FamilyChange(effect.change, effect.kind) for effect in graph.effects}
    return sorted(changes.values(), key=lambda told: (told.change.date, told.change.id))
