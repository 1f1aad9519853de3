"""What the votes say of a lot: how they add up over a contest, what is still open in them, and whether equal votes stand at
its last seat. Sums are those of the published totals: `Roster.counts_at` in the contest's own area, "none" being nothing.

Seats by quotients are computed nowhere in this program, so that equal last quotients (Public Offices Election Act,
art. 95-2(3), 95-3) are not looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from reporting.domain.actor import By
from reporting.domain.case import ReturnCase
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.events import Event
from reporting.domain.figures import Absence, Cell, format_value, parse_value
from reporting.domain.lots import Lot, with_confirmation, with_record
from reporting.domain.released import ReleasedLot
from reporting.domain.units import Roster
from reporting.domain.workflow_events import LotConfirmed, LotRecorded
from reporting.rules.catalogue import lines_of
from reporting.rules.model import StatutoryLine

VALID = "valid_votes"
"""Item that art. 95(1) takes its lines from, where the form asks it; else the votes of all choices together."""

Texts = Mapping[str, Mapping[str, str]]
"""Unit → cell key → value text."""


class Wait(StrEnum):
    """Why the votes of a unit are not final, the first that applies."""

    MISSING = "missing"  # a cell holds nothing
    NO_NUMBER = "no_number"  # a cell is stated as not reported or withheld
    SENT_BACK = "sent_back"
    UNAPPROVED = "unapproved"  # the present value lacks the top's approval


@dataclass(frozen=True, slots=True)
class Tie:
    """Equal votes at the last seat: all of `among` have `votes`, `seats` are left for them, fewer than they are. `short_of`:
    the statutory line that they do not reach, so that none of them is elected."""

    among: tuple[str, ...]
    votes: Decimal
    seats: int
    short_of: StatutoryLine | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """`votes`: of each choice that stands, over the whole contest; `valid`: None where the form does not ask it.
    `waiting`: units whose votes are not final, by the reason."""

    contest: Contest
    votes: Mapping[str, Decimal]
    valid: Decimal | None
    waiting: Mapping[Wait, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tie(self) -> Tie | None:
        """At the last seat, whatever is still open; None where there is none, and for seats by quotients."""
        if by_quotients(self.contest):
            return None
        among, seats = tied(self.votes, self.contest.seats)
        if not among:
            return None
        value = self.votes[among[0]]
        return Tie(among, value, seats, self._short_of(value))

    def _short_of(self, votes: Decimal) -> StatutoryLine | None:
        whole = sum(self.votes.values(), Decimal(0)) if self.valid is None else self.valid
        for line in lines_of(self.contest.kind):
            parts = line.parts * (self.contest.seats if line.per_seat else 1)
            if line.elects and (votes * parts < whole or not votes):
                return line
        return None

    def bears(self, lot: Lot) -> bool:
        """Whether the lot's votes are final and equal at the last seat, just as it was recorded."""
        tie = self.tie
        return (
            not self.waiting
            and tie is not None
            and tie.short_of is None
            and sorted(lot.among) == sorted(tie.among)
            and len(lot.winners) == tie.seats
            and lot.votes == format_value(tie.votes)
        )


def by_quotients(contest: Contest) -> bool:
    return contest.kind == "proportional" and contest.seats > 1


def tied(votes: Mapping[str, Decimal], seats: int) -> tuple[tuple[str, ...], int]:
    """Choices of the same votes at the last seat and the seats that are left for them; none where those suffice."""
    if not 0 < seats < len(votes):
        return (), 0
    line = sorted(votes.values(), reverse=True)[seats - 1]
    among = tuple(sorted(choice for choice, held in votes.items() if held == line))
    left = seats - sum(held > line for held in votes.values())
    return (among, left) if left < len(among) else ((), 0)


def units_of(roster: Roster, contest: Contest) -> tuple[str, ...]:
    """Every unit whose figures can count there: those that vote, and those that did before they were gone."""
    area = contest.area
    return tuple(
        sorted(unit for unit, paths in roster.places.items() if area.area in paths.get(area.geography, ()))
    )


@dataclass(frozen=True)
class Counting:
    """How one item of a contest is counted in a slot."""

    definition: ElectionDefinition
    roster: Roster
    form: str
    slot: str
    contest: Contest
    item: str

    @cached_property
    def units(self) -> tuple[str, ...]:
        return units_of(self.roster, self.contest)

    @cached_property
    def levels(self) -> Mapping[str, str | None]:
        """Unit → the level at which its figures are final; None: nobody looks at them."""
        flow = self.definition.workflow
        level_by_unit: dict[str, str | None] = {}
        for unit in self.units:
            path = () if flow is None else self.roster.places[unit].get(flow.geography, ())
            nodes = [] if flow is None else [self.roster.nodes.get((flow.geography, code)) for code in path]
            chain = (
                () if flow is None else flow.chain(unit, [(node.level, node.code) for node in nodes if node])
            )
            levels = [level for level, _ in chain]
            level_by_unit[unit] = levels[flow.certifying(levels)] if flow is not None and levels else None
        return level_by_unit

    @cached_property
    def cells(self) -> Mapping[str, str]:
        """Choice that stands → key of its votes."""
        return {
            choice.code: Cell(self.contest.code, self.item, "", choice.code).key
            for choice in self.contest.choices
            if choice.withdrawn is None
        }

    @cached_property
    def valid_key(self) -> str | None:
        form = next((form for form in self.definition.forms if form.code == self.form), None)
        return Cell(self.contest.code, VALID).key if form is not None and VALID in form.items else None

    @cached_property
    def _voting(self) -> tuple[str, ...]:
        """Units that are waited for: a divided unit is none beside its parts, and one that is withdrawn reports no more."""
        roster = self.roster
        return tuple(
            unit
            for unit in roster.contest_units.get(self.contest.code, ())
            if unit not in roster.on(self.contest.code, self.form).replaced and unit not in roster.withdrawn
        )

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.cells.values(), *([] if self.valid_key is None else [self.valid_key]))

    def of(self, texts: Texts, open_: Mapping[str, Mapping[str, Wait]] | None = None) -> Count:
        """`open_`: unit → cell key → why its value is not final yet."""
        waiting: dict[str, Wait] = {}

        def wait(unit: str, why: Wait) -> None:
            waiting.setdefault(unit, why)

        sums: dict[str, Decimal] = {}
        area = self.contest.area
        for key in self.keys:
            values = {
                unit: parse_value(texts[unit][key]) for unit in self.units if key in texts.get(unit, {})
            }
            given = {
                unit for unit, value in values.items() if isinstance(value, Decimal) or value is Absence.NONE
            }
            on_contest = self.roster.on(self.contest.code, self.form)
            standing = on_contest.standing(given)
            counting = [
                unit
                for unit in sorted(given)
                if on_contest.counts_at(unit, area.geography, area.area, standing)
            ]
            numbers = (values[unit] for unit in counting)
            sums[key] = sum((number for number in numbers if isinstance(number, Decimal)), Decimal(0))
            for unit in self._voting:
                if standing.intersection(on_contest.above.get(unit, ())) or unit in given:
                    continue
                wait(unit, Wait.NO_NUMBER if unit in values else Wait.MISSING)
            for unit in counting:
                if open_ is not None and (why := open_.get(unit, {}).get(key)):
                    wait(unit, why)
        reasons = {
            why: tuple(sorted(unit for unit, reason in waiting.items() if reason is why))
            for why in Wait
            if why in waiting.values()
        }
        votes = {choice: sums[key] for choice, key in self.cells.items()}
        return Count(self.contest, votes, None if self.valid_key is None else sums[self.valid_key], reasons)

    def of_cases(self, cases: Mapping[str, ReturnCase]) -> Count:
        """On what stands: `cases` by unit."""
        texts: dict[str, dict[str, str]] = {}
        open_: dict[str, dict[str, Wait]] = {}
        for unit, case in cases.items():
            level = self.levels.get(unit)
            for key in self.keys:
                if (cell := case.cells.get(key)) is None:
                    continue
                texts.setdefault(unit, {})[key] = cell.text
                if cell.sent_back is not None:
                    open_.setdefault(unit, {})[key] = Wait.SENT_BACK
                elif level is not None and level not in cell.approvers:
                    open_.setdefault(unit, {})[key] = Wait.UNAPPROVED
        return self.of(texts, open_)


@dataclass
class LotsOfCount:
    """Fold of the lots of one contest in one slot with the returns they rest on, in the order of the log. `defined_at`:
    position of the definition that `counting` rests on: what it took away it overtook."""

    definition: ElectionDefinition
    roster: Roster
    form: str
    slot: str
    contest: str
    defined_at: int = 0
    lots: dict[int, Lot] = field(default_factory=dict)
    cases: dict[str, ReturnCase] = field(default_factory=dict)
    _broken: dict[int, int] = field(default_factory=dict)
    _counting: dict[str, Counting] = field(default_factory=dict)

    def apply(self, unit: str | None, event: Event, position: int, by: By) -> None:
        """`unit`: whose return the event is of; None for a lot's own."""
        if isinstance(event, LotRecorded):
            with_record(self.lots, event, position)
        elif isinstance(event, LotConfirmed):
            with_confirmation(self.lots, event, position)
        elif unit is not None:
            self.cases.setdefault(unit, ReturnCase()).apply(event, position, by)
        if self.lots:
            self._judge(position)

    def _judge(self, position: int) -> None:
        """What stands after the event at a position bears a lot, or has not since the one noted."""
        counts: dict[str, Count | None] = {}
        for at, lot in self.lots.items():
            if lot.replaced_at is not None:
                continue
            if lot.item not in counts:
                counting = self._of_item(lot.item)
                counts[lot.item] = None if counting is None else counting.of_cases(self.cases)
            count = counts[lot.item]
            if count is not None and count.bears(lot):
                self._broken.pop(at, None)
            else:
                self._broken.setdefault(at, position)

    def _of_item(self, item: str) -> Counting | None:
        contest = next(
            (contest for contest in self.definition.contests if contest.code == self.contest), None
        )
        if contest is None:
            return None
        if item not in self._counting:
            self._counting[item] = Counting(self.definition, self.roster, self.form, self.slot, contest, item)
        return self._counting[item]

    def told(self) -> list[Lot]:
        """By position. One that these definitions never bore was overtaken by them."""
        return [self._told(lot) for _, lot in sorted(self.lots.items())]

    def _told(self, lot: Lot) -> Lot:
        broken = self._broken.get(lot.position)
        if broken == lot.position:
            broken = max(broken, self.defined_at)
        return replace(lot, broken_at=broken)


def drawn(
    lots: Iterable[Lot | ReleasedLot], contest: str, item: str, votes: Mapping[str, Decimal], seats: int
) -> tuple[str, ...]:
    """Of equal votes at the last seat, those that a lot gave a seat; none where none of these `lots` (which hold: confirmed
    and not overtaken) was drawn for these very votes."""
    among, left = tied(votes, seats)
    for lot in lots if among else ():
        if (
            (lot.contest, lot.item) == (contest, item)
            and (sorted(lot.among), len(lot.winners)) == (sorted(among), left)
            and lot.votes == format_value(votes[among[0]])
        ):
            return lot.winners
    return ()
