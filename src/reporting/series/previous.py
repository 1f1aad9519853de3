"""Which contest and which areas of an earlier election a figure may be compared with.

The same kind of contest over the same area, or over those it came from. Another town's election is nobody's predecessor,
least of all one of the same day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.figures import Absence, Value
from reporting.lineage.graph import Lineage
from reporting.lineage.shares import WHOLE as ITSELF
from reporting.lineage.shares import Share
from reporting.series.amounts import exact_decimal
from reporting.series.messages import message
from reporting.words import Words

Weights = Mapping[str, Fraction]
"""Area of then → the share of it that lies in an area of now, 0 < share ≤ 1."""
WHOLE = Fraction(1)


def previous_parts(area: str, day: date, before: date, lineage: Lineage | None) -> dict[str, Share]:
    """Areas of the earlier day of which some part lies in the area of `day`, in code order, each with the share of it that
    does: itself where nothing is registered. Empty for an area of which nothing was there."""
    if lineage is None or area not in lineage:
        return {area: ITSELF}
    return {
        part: shares[area]
        for part in sorted(lineage.sources(area, before, day))
        if lineage.is_alive(part, before)
        for shares in (lineage.shares(part, before, day),)
        if area in shares
    }


def previous_shares(area: str, day: date, before: date, lineage: Lineage | None) -> Weights:
    """Areas of the earlier day that make up the area of `day`, in code order, with their shares. Empty where nobody has
    said how one of them divided: their sum would be another area's."""
    parts = previous_parts(area, day, before, lineage)
    weights = {part: share.weight for part, share in parts.items() if share.weight is not None}
    return weights if len(weights) == len(parts) else {}


def previous_areas(area: str, day: date, before: date, lineage: Lineage | None) -> tuple[str, ...]:
    """The same where they went into the area as a whole, and nothing where one of them went elsewhere in part."""
    shares = previous_shares(area, day, before, lineage)
    return tuple(shares) if all(share == WHOLE for share in shares.values()) else ()


@dataclass(frozen=True, slots=True)
class EarlierElection:
    """An election that figures of today are compared with. `contests`: of then → of now; `units`: those that voted in these
    contests."""

    election: ElectionDefinition
    contests: Mapping[str, str]
    units: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class EarlierElections:
    """What figures of today are compared with. `parts`: unit → the areas it was; `held`: unit → the elections that count
    for it: the one named, and where areas became one that had voted on different days, those of the others."""

    named: ElectionDefinition
    parts: Mapping[str, Weights]
    held: Mapping[str, tuple[EarlierElection, ...]]

    @classmethod
    def of(
        cls,
        now: ElectionDefinition,
        before: EarlierElection,
        units: Iterable[str],
        lineage: Lineage | None,
        beside: Sequence[EarlierElection] = (),
    ) -> EarlierElections:
        """`beside`: of `held_beside`. One by whose day a unit was made of other areas does not count for it."""
        then = before.election.polling_date
        parts = {unit: previous_shares(unit, now.polling_date, then, lineage) for unit in units}
        held = {
            unit: (before, *(
                other for other in beside
                if not shares.keys().isdisjoint(other.units)
                and previous_shares(unit, now.polling_date, other.election.polling_date, lineage) == shares
            ))
            for unit, shares in parts.items()
        }  # fmt: skip
        return cls(before.election, parts, held)

    @property
    def elections(self) -> tuple[EarlierElection, ...]:
        every = {held.election.code: held for several in self.held.values() for held in several}
        return tuple(every.values())

    def words(self, unit: str) -> Words:
        """In Japanese and English: which election, and the areas of then where they are not the unit's own; of several, each
        with its areas."""
        parts, held = self.parts[unit], self.held[unit]
        if len(held) > 1:
            by_election = [(of.election.code, [part for part in parts if part in of.units]) for of in held]
            told = [(code, areas) for code, areas in by_election if areas]
            estimated = any(share != WHOLE for share in parts.values())
            each = [
                message.words(
                    "areas_of_an_election", code=code, areas_ja="、".join(areas), areas_en=", ".join(areas)
                )
                for code, areas in told
            ]
            ja, en = "、".join(words.ja for words in each), ", ".join(words.en for words in each)
            if estimated:
                return message.words("sum_of_previous_elections_by_shares", elections_ja=ja, elections_en=en)
            if len(told) > 1:
                return message.words("sum_of_previous_elections", elections_ja=ja, elections_en=en)
            return message.words("previous_elections_areas", elections_ja=ja, elections_en=en)
        code = self.named.code
        if dict(parts) == {unit: WHOLE}:
            return message.words("previous_election", code=code)
        areas = Words("、".join(parts), ", ".join(parts))
        if any(share != WHOLE for share in parts.values()):
            areas = message.words("areas_by_shares", areas_ja=areas.ja, areas_en=areas.en)
        elif len(parts) > 1:
            areas = message.words("sum_of_areas", areas_ja=areas.ja, areas_en=areas.en)
        return message.words("previous_election_in", code=code, areas_ja=areas.ja, areas_en=areas.en)


def held_elsewhere(
    now: ElectionDefinition, before: ElectionDefinition, lineage: Lineage | None
) -> dict[str, frozenset[str]]:
    """Contest of today → areas that became its own together with those whose contests `before` held, and voted another
    day. Empty where `before` held them all, and where it held none: then it is another place's."""
    areas: dict[str, set[str]] = {}
    for then, contest in previous_contests(now, before, lineage).items():
        areas.setdefault(contest, set()).add(before.contest(then).area.area)
    elsewhere = {}
    for contest, held in areas.items():
        area = now.contest(contest).area.area
        parts = previous_areas(area, now.polling_date, before.polling_date, lineage)
        if missing := frozenset(parts) - held:
            elsewhere[contest] = missing
    return elsewhere


def held_beside(
    now: ElectionDefinition,
    before: ElectionDefinition,
    earlier: Iterable[ElectionDefinition],
    lineage: Lineage | None,
) -> list[EarlierElection]:
    """Of earlier elections of the same kind the last one over each area of `held_elsewhere`, with the contests that count; none
    for a contest of which one area has none: its sum would be too small."""
    missing = {code: set(areas) for code, areas in held_elsewhere(now, before, lineage).items()}
    beside: list[EarlierElection] = []
    last_first = sorted(earlier, key=lambda election: (election.polling_date, election.code), reverse=True)
    for election in last_first if missing else ():
        alike = (election.registry, election.kind, election.is_test) == (
            now.registry,
            now.kind,
            before.is_test,
        )
        if not alike or election.code in (now.code, before.code):
            continue
        contests: dict[str, str] = {}
        taken: dict[str, set[str]] = {}
        for then, contest in previous_contests(now, election, lineage).items():
            area = election.contest(then).area.area
            if area in missing.get(contest, ()):
                contests[then] = contest
                taken.setdefault(contest, set()).add(area)
        for contest, areas in taken.items():
            missing[contest] -= areas
        if contests:
            beside.append(EarlierElection(election, contests))
    whole = {code for code, areas in missing.items() if not areas}
    kept = [
        EarlierElection(held.election, {then: code for then, code in held.contests.items() if code in whole})
        for held in beside
    ]
    return [held for held in kept if held.contests]


def previous_contests(
    now: ElectionDefinition, before: ElectionDefinition, lineage: Lineage | None
) -> dict[str, str]:
    """Contest of the earlier election → the contest now that it is the previous one of: of the same kind, over an area
    that lies in today's: several of them where several areas became one, whose figures add up. Several contests of one
    area are told apart by their codes."""
    if before.polling_date >= now.polling_date:
        return {}
    pairs: dict[str, str] = {}
    for contest in now.contests:
        geography = contest.area.geography
        parts = previous_areas(contest.area.area, now.polling_date, before.polling_date, lineage)
        of_kind = [
            earlier
            for earlier in before.contests
            if earlier.kind == contest.kind
            and earlier.area.geography == geography
            and earlier.area.area in parts
        ]
        for part in parts:
            over = [earlier for earlier in of_kind if earlier.area.area == part]
            same_code = [earlier for earlier in over if earlier.code == contest.code]
            for earlier in same_code or (over if len(over) == 1 else []):
                pairs.setdefault(earlier.code, contest.code)
    return pairs


def same_choices(then: Contest, now: Contest) -> dict[str, str]:
    """Choice of then → the same party or person now: of one identity, or else of one name. Their codes are places on a list,
    which another person has the next time."""
    identities = {choice.identity: choice.code for choice in now.choices if choice.identity is not None}
    names = Counter(_plain(choice.name) for choice in now.choices)
    named = {_plain(choice.name): choice for choice in now.choices if names[_plain(choice.name)] == 1}
    same: dict[str, str] = {}
    for choice in then.choices:
        if choice.identity in identities:
            same[choice.code] = identities[choice.identity]
        elif (namesake := named.get(_plain(choice.name))) is not None and None in (
            choice.identity,
            namesake.identity,
        ):
            same[choice.code] = namesake.code
    return same


def _plain(name: str) -> str:
    return "".join(name.split())


def summed(
    parts: Sequence[Mapping[str, Value]], contests: Mapping[str, str], shares: Sequence[Fraction] = ()
) -> dict[str, Value]:
    """Cell key of today → the sum of the parts' cells, each by its share (default: whole), of contests that have a
    successor. A cell that one of the parts does not hold as a number is left out: its sum would be too small. One whole
    part keeps its absences. Of contests that became one no choice is kept: who stood in one did not stand in the other."""
    successors = Counter(contests.values())
    given = [
        {
            "|".join((contests[contest], rest)): value
            for key, value in part.items()
            for contest, _, rest in (key.partition("|"),)
            if contest in contests and (successors[contests[contest]] == 1 or key.endswith("|"))
        }
        for part in parts
    ]
    if any(share != WHOLE for share in shares):
        given = [
            {
                key: value if isinstance(value, Absence) else exact_decimal(Fraction(value) * share)
                for key, value in part.items()
            }
            for part, share in zip(given, shares, strict=True)
        ]
    if len(given) < 2:
        return dict(given[0]) if given else {}
    sums: dict[str, Value] = {}
    for key, first in given[0].items():
        total = first
        for part in given[1:]:
            value = part.get(key, Absence.NOT_REPORTED)
            if isinstance(total, Absence) or isinstance(value, Absence):
                total = Absence.NOT_REPORTED
            else:
                total = total + value
        if not isinstance(total, Absence):
            sums[key] = total
    return sums
