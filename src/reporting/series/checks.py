"""Continuity checks of a statistician over as-reported observations; each finding carries its evidence."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.figures import Absence
from reporting.lineage.graph import Lineage
from reporting.robust import robust_z
from reporting.series.amounts import number_of
from reporting.series.errata import Erratum
from reporting.series.model import Observation
from reporting.series.report import ContinuityCheck, ContinuityFinding, ContinuityReport, shown_value

Members = list[Observation]
Errata = Mapping[tuple[str, str, str, str, str], Erratum]


@dataclass(frozen=True, slots=True)
class Limits:
    """`z`: a jump stands further out than this; `peers`: fewest changes to compare with; `repeat_from`: equal figures
    below it are not remarkable (small places do repeat)."""

    z: float = 6.0
    peers: int = 8
    repeat_from: Decimal = Decimal(1000)


def check_series(
    observations: Iterable[Observation],
    *,
    lineage: Lineage | None = None,
    expected: Mapping[str, Collection[str]] | None = None,
    parents: Mapping[str, str] | None = None,
    errata: Iterable[Erratum] = (),
    rate_items: Collection[str] = (),
    limits: Limits | None = None,
) -> ContinuityReport:
    """`expected`: election → areas that should have every item asked there; `parents`: area → area its figures add up
    to; `errata`: those that explain sums; `rate_items` are not summed. Checks that lack what they need do not run."""
    limits = limits or Limits()
    every = list(observations)
    ran = [ContinuityCheck.OVERLAP, ContinuityCheck.SUM, ContinuityCheck.JUMP, ContinuityCheck.REPEAT]
    findings: list[ContinuityFinding] = list(_twice(every))
    if lineage is not None:
        ran += [ContinuityCheck.UNKNOWN_CODE, ContinuityCheck.NOT_ALIVE]
        findings += _places(every, lineage)
    if expected is not None:
        ran.append(ContinuityCheck.GAP)
        findings += _gaps(every, expected)
    findings += _sums(
        [observation for observation in every if observation.item not in rate_items],
        parents or {},
        tuple(errata),
    )
    findings += _jumps(every, limits)
    findings += _repeats(every, limits)
    order = list(ContinuityCheck)
    findings.sort(
        key=lambda finding: (
            order.index(finding.check),
            finding.election,
            finding.contest,
            finding.item,
            finding.area,
            finding.breakdown,
        )
    )
    return ContinuityReport(len(every), tuple(sorted(ran, key=order.index)), tuple(findings))


def _finding(check: ContinuityCheck, observation: Observation, **evidence: object) -> ContinuityFinding:
    facts = {name: str(value) for name, value in evidence.items()}
    return ContinuityFinding(
        check,
        observation.geography,
        observation.area,
        observation.contest,
        observation.item,
        observation.breakdown,
        observation.election,
        facts,
    )


def _grouped(every: Iterable[Observation], *fields: str) -> dict[tuple[object, ...], Members]:
    members_of: dict[tuple[object, ...], Members] = defaultdict(list)
    for observation in every:
        members_of[tuple(getattr(observation, field) for field in fields)].append(observation)
    return members_of


def _twice(every: Members) -> Iterator[ContinuityFinding]:
    for members in _grouped(every, "line", "key", "election").values():
        for other in members[1:]:
            yield _finding(
                ContinuityCheck.OVERLAP,
                other,
                values=", ".join(shown_value(member.value) for member in members),
            )


def _places(every: Members, lineage: Lineage) -> Iterator[ContinuityFinding]:
    """Areas that never were, or not then; with a successor reported as well it is an overlap."""
    for members in _grouped(every, "geography", "contest", "item", "breakdown", "election").values():
        present = {member.area for member in members}
        for member in members:
            if member.area not in lineage:
                yield _finding(ContinuityCheck.UNKNOWN_CODE, member, value=shown_value(member.value))
            elif not lineage.is_alive(member.area, member.day):
                lives = lineage.lives(member.area)
                spans = ", ".join(f"{life.begins}/{life.ends or ''}" for life in lives)
                ended = [life.begins for life in lives if life.ends is not None and life.ends <= member.day]
                heirs = lineage.successors(member.area, max(ended), member.day) if ended else {}
                if both := sorted(present & heirs.keys()):
                    yield _finding(ContinuityCheck.OVERLAP, member, lives=spans, also=", ".join(both))
                else:
                    yield _finding(ContinuityCheck.NOT_ALIVE, member, date=member.day, lives=spans)


def _gaps(every: Members, expected: Mapping[str, Collection[str]]) -> Iterator[ContinuityFinding]:
    for members in _grouped(every, "geography", "contest", "item", "breakdown", "election").values():
        first = members[0]
        wanted = set(expected.get(first.election, ()))
        have = {
            member.area
            for member in members
            if member.value is not None and member.value is not Absence.NOT_REPORTED
        }
        for area in sorted(wanted - have):
            yield ContinuityFinding(
                ContinuityCheck.GAP,
                first.geography,
                area,
                first.contest,
                first.item,
                first.breakdown,
                first.election,
                {"have": str(len(have & wanted)), "expected": str(len(wanted))},
            )


def _sums(
    every: Members, parents: Mapping[str, str], errata: Sequence[Erratum]
) -> Iterator[ContinuityFinding]:
    """Parents against their children, and totals against their breakdowns by one dimension."""
    erratum_of = {erratum.cell: erratum for erratum in errata}
    for members in _grouped(every, "geography", "contest", "item", "breakdown", "election").values():
        yield from _compared(
            members,
            {member.area: parents[member.area] for member in members if member.area in parents},
            erratum_of,
        )
    for members in _grouped(every, "geography", "contest", "item", "area", "election").values():
        total = next((member for member in members if member.breakdown == ""), None)
        by_dimension: dict[str, Members] = defaultdict(list)
        for member in members:
            if member.breakdown and "," not in member.breakdown:
                by_dimension[member.breakdown.split("=")[0]].append(member)
        for dimension, parts in by_dimension.items():
            if total is not None and len(parts) > 1:
                yield from _difference(total, parts, erratum_of, dimension)


def _compared(members: Members, parent_of: Mapping[str, str], errata: Errata) -> Iterator[ContinuityFinding]:
    whole = {member.area: member for member in members}
    below: dict[str, Members] = defaultdict(list)
    for member in members:
        if member.area in parent_of:
            below[parent_of[member.area]].append(member)
    for parent, parts in below.items():
        if parent in whole:
            yield from _difference(whole[parent], parts, errata, "area")


def _difference(whole: Observation, parts: Members, errata: Errata, by: str) -> Iterator[ContinuityFinding]:
    if not isinstance(whole.value, Decimal) or not all(isinstance(part.value, Decimal) for part in parts):
        return
    total = sum(number_of(part.value) for part in parts)
    difference = number_of(whole.value) - total
    if difference:
        cell = (whole.election, whole.contest, whole.area, whole.item, whole.breakdown)
        erratum = errata.get(cell)
        # It explains the two figures that it names, in either's place; the same difference of others has another cause.
        explains = erratum is not None and {whole.value, total} == {erratum.published, erratum.other}
        more = {"erratum": erratum.id} if erratum and explains else {}
        yield _finding(
            ContinuityCheck.SUM,
            whole,
            by=by,
            value=whole.value,
            sum=total,
            difference=difference,
            parts=len(parts),
            **more,
        )


def _steps(every: Members) -> list[tuple[Observation, Observation]]:
    """Pairs of neighbours in time of each series, both positive numbers: of the same contest over the same area."""
    steps = []
    for members in _grouped(every, "line", "key").values():
        members.sort(key=lambda member: (member.day, member.election))
        for before, after in itertools.pairwise(members):
            if all(
                isinstance(observation.value, Decimal) and observation.value > 0
                for observation in (before, after)
            ):
                steps.append((before, after))
    return steps


def _jumps(every: Members, limits: Limits) -> Iterator[ContinuityFinding]:
    """log(after/before) against the same step of other areas, whose contests of the same kind have codes of their own, and
    against the other steps of the same series."""
    across: dict[object, list[tuple[Observation, Observation]]] = defaultdict(list)
    along: dict[object, list[tuple[Observation, Observation]]] = defaultdict(list)
    for pair in _steps(every):
        before, after = pair
        held = (after.alike,) if after.alike else (after.contest, before.election, after.election)
        across[after.geography, held, after.item, after.breakdown, before.day, after.day].append(pair)
        along[after.line, after.key].append(pair)
    for basis, groups in (("areas", across), ("series", along)):
        for pairs in groups.values():
            if len(pairs) < limits.peers:
                continue
            changes = [math.log(number_of(after.value) / number_of(before.value)) for before, after in pairs]
            for (before, after), change, z in zip(pairs, changes, robust_z(changes), strict=True):
                if abs(z) > limits.z:
                    yield _finding(
                        ContinuityCheck.JUMP,
                        after,
                        among=basis,
                        z=f"{z:.1f}",
                        before=before.value,
                        value=after.value,
                        change=f"{100 * math.expm1(change):+.1f}%",
                        peers=len(pairs),
                    )


def _repeats(every: Members, limits: Limits) -> Iterator[ContinuityFinding]:
    for before, after in _steps(every):
        if before.value == after.value and number_of(after.value) >= limits.repeat_from:
            yield _finding(ContinuityCheck.REPEAT, after, value=after.value, previous=before.election)
