"""What one change does to the areas it names: who goes into whom, with which share, forwards and backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reporting.domain.area_changes import AreaChange, AreaChangeKind
from reporting.lineage.messages import message
from reporting.lineage.problems import LineageProblem, problem
from reporting.lineage.shares import MINOR, ONE, UNKNOWN, WHOLE, Share

Shares = Mapping[str, Mapping[str, Share]]


@dataclass(frozen=True, slots=True)
class AreaEffect:
    """`ends`, `begins`: codes whose extent stops or starts here (an area that goes on is in both).
    `forward[of][into]`, `backward[of][into]`: shares on the other side."""

    change: AreaChange
    kind: AreaChangeKind
    ends: frozenset[str]
    begins: frozenset[str]
    forward: Shares
    backward: Shares


def effect_of(change: AreaChange, kind: AreaChangeKind) -> AreaEffect:
    """The change's effect; a kind that keeps areas adds them to the other side."""
    froms = [area.code for area in change.from_areas]
    tos = [area.code for area in change.to_areas]
    edges = list(change.links) or [(of, into) for of in froms for into in tos]
    if kind.keeps_from:
        edges += [(code, code) for code in froms]
    if kind.keeps_to:
        edges += [(code, code) for code in tos]
    onwards: dict[str, list[str]] = defaultdict(list)
    back: dict[str, list[str]] = defaultdict(list)
    for of, into in dict.fromkeys(edges):
        onwards[of].append(into)
        back[into].append(of)
    for code in froms:
        onwards.setdefault(code, [])
    for code in tos:
        back.setdefault(code, [change.inside] if change.inside else [])
    given = {
        (weight.of, weight.into): Share(Fraction(weight.weight), False, weight.method, weight.source)
        for weight in change.weights
    }
    return AreaEffect(
        change,
        kind,
        ends=frozenset(onwards),
        begins=frozenset(back),
        forward={of: _shares(of, intos, given, kind) for of, intos in onwards.items()},
        backward={of: _shares(of, intos, given, kind) for of, intos in back.items()},
    )


def _shares(
    of: str, intos: list[str], given: Mapping[tuple[str, str], Share], kind: AreaChangeKind
) -> dict[str, Share]:
    if len(intos) == 1:
        return {intos[0]: WHOLE}
    if kind.minor and (of, of) not in given:
        return {of: MINOR}
    return {into: given.get((of, into), UNKNOWN) for into in intos}


def shape_problems(effect: AreaEffect) -> Iterator[LineageProblem]:
    """Links and weights that do not fit the areas named."""
    change = effect.change
    froms = {area.code for area in change.from_areas}
    tos = {area.code for area in change.to_areas}
    for of, into in change.links:
        for code, side, where in ((of, froms, "from_areas"), (into, tos, "to_areas")):
            if code not in side:
                yield problem(change, "unknown_code", message("not_among", code=code, where=where))
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for weight in change.weights:
        sums[weight.of] += Fraction(weight.weight)
    for of, total in sums.items():
        # a code on both sides (it goes on) has its weights read forwards
        sides = [side[of] for side in (effect.forward, effect.backward) if of in side]
        named = {weight.into for weight in change.weights if weight.of == of}
        if total != ONE:
            yield problem(change, "weights", f"{of}: Σ = {float(total):g} ≠ 1")
        elif not any(named == set(side) for side in sides):
            wanted = sorted({into for side in sides for into in side})
            yield problem(
                change, "weights", message("shares_of_others", of=of, named=sorted(named), wanted=wanted)
            )
