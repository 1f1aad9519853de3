"""The margin of each contest beside what is in doubt in it: could an open difference change who is elected, or who
reaches a statutory line? One answer for the desk, the board, a preview and the release to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from projections.read import ElectionRow, Snapshot
from projections.read.lots import standing_lots
from projections.read.sums import gave
from reporting.database.sql import load
from reporting.domain.election import Contest
from reporting.domain.figures import Cell, Value, parse_value
from reporting.domain.lots import Lot
from reporting.domain.released import ReleasedLot
from reporting.domain.units import Roster
from reporting.rules.catalogue import lines_of
from reporting.rules.detectors import sensitivity
from reporting.rules.lots import drawn

SQL = load(__package__)
MAX_DOUBTS = 10_000

Lots = Sequence[Lot | ReleasedLot]
Votes = dict[str, Decimal]
"""Choice → votes in the whole contest."""


@dataclass(frozen=True, slots=True)
class Stake:
    """`leaders`: choices on the seats of the contest; of equal votes at the last seat those that a lot gave one (`by_lot`),
    or all while none was drawn. `margin`: votes between the last on its seats and the first who is not, 0 between equal
    votes; None where nobody is not. `open_doubt`: ballots of differences declared and not resolved, the
    largest of each unit. `at_stake`: choices whose seat they could turn over; `lines_at_stake`: `line/choice` that they
    could carry across a statutory line."""

    contest: str
    item: str
    leaders: list[str]
    by_lot: list[str]
    margin: Decimal | None
    open_doubt: Decimal
    at_stake: list[str]
    lines_at_stake: list[str]

    def __bool__(self) -> bool:
        return bool(self.at_stake or self.lines_at_stake)


def stake_of(
    contest: Contest, item: str, votes: Mapping[str, Decimal], doubt: Decimal, lots: Lots = ()
) -> Stake:
    """`lots`: those that hold."""
    by_lot = drawn(lots, contest.code, item, votes, contest.seats)
    turned = sensitivity(votes, contest.seats, doubt, lines_of(contest.kind))
    return Stake(
        contest.code,
        item,
        leaders(votes, contest.seats, by_lot),
        list(by_lot),
        turned.margin,
        doubt,
        sorted({choice for pair in turned.seats for choice in pair}),
        [f"{line}/{choice}" for line, choice in turned.lines],
    )


def stakes(
    snapshot: Snapshot, election: ElectionRow, form: str, slot: str, contests: Iterable[str]
) -> list[Stake]:
    """Of each of the contests that a slot counts votes in, by contest and item, on what stands."""
    wanted = set(contests)
    contest_by_code = {
        contest.code: contest for contest in election.definition.contests if contest.code in wanted
    }
    items = [item.code for item in election.definition.items if item.by_choice]
    rows = snapshot.fetch(
        SQL["votes_of_contests"],
        {
            "election_no": election.number, "form": form, "slot": slot, "items": items,
            "contests": list(contest_by_code),
            "geographies": [contest.area.geography for contest in contest_by_code.values()],
            "areas": [contest.area.area for contest in contest_by_code.values()],
        },
    )  # fmt: skip
    counted: dict[tuple[str, str], Votes] = {}
    for contest, item, choice, value in rows:
        counted.setdefault((contest, item), {})[choice] = Decimal(value)
    return _beside_doubts(
        snapshot, election, contest_by_code, counted, standing_lots(snapshot, election, form, slot)
    )


def stakes_of_release(
    snapshot: Snapshot,
    election: ElectionRow,
    roster: Roster,
    form: str,
    figures: Mapping[str, Mapping[str, str]],
    lots: Iterable[ReleasedLot] = (),
) -> list[Stake]:
    """The same on the figures and lots that a release would hold. `figures`: unit → cell key → text; a divided unit and its
    parts count once, as in the totals."""
    contest_by_code = {contest.code: contest for contest in election.definition.contests}
    by_choice = {item.code for item in election.definition.items if item.by_choice}
    held: dict[Cell, dict[str, Value]] = {}
    for unit, texts in figures.items():
        for key, text in texts.items():
            cell = Cell.from_key(key)
            if cell.choice and not cell.breakdown and cell.item in by_choice:
                held.setdefault(cell, {})[unit] = parse_value(text)
    counted: dict[tuple[str, str], Votes] = {}
    for cell, values in held.items():
        said = {unit for unit, value in values.items() if gave(value)}
        numbers = [values[unit] for unit in roster.on(cell.contest, form).counting(said)]
        votes = [number for number in numbers if isinstance(number, Decimal)]
        if votes:
            counted.setdefault((cell.contest, cell.item), {})[cell.choice] = sum(votes, Decimal(0))
    return _beside_doubts(
        snapshot, election, contest_by_code, counted, [lot for lot in lots if lot.overtaken is None]
    )


def _beside_doubts(
    snapshot: Snapshot,
    election: ElectionRow,
    contests: Mapping[str, Contest],
    counted: Mapping[tuple[str, str], Votes],
    lots: Lots,
) -> list[Stake]:
    doubts = open_doubts(snapshot, election)
    return [
        stake_of(contests[code], item, votes, doubts.get(code, Decimal(0)), lots)
        for (code, item), votes in sorted(counted.items())
        if contests[code].seats
    ]


def open_doubts(snapshot: Snapshot, election: ElectionRow) -> dict[str, Decimal]:
    """Contest → ballots in doubt: of each unit the largest difference declared and not resolved, whichever form has it."""
    largest: dict[tuple[str, str], Decimal] = {}
    asked = {"election_no": election.number, "limit": MAX_DOUBTS}
    for key, unit, difference in snapshot.fetch(SQL["open_doubts"], asked):
        at = (key.split("|")[1], unit)
        amount = abs(Decimal(difference or 0))
        largest[at] = max(largest.get(at, Decimal(0)), amount)
    doubts: dict[str, Decimal] = {}
    for (contest, _), amount in largest.items():
        doubts[contest] = doubts.get(contest, Decimal(0)) + amount
    return doubts


def leaders(votes: Mapping[str, Decimal], seats: int, by_lot: Sequence[str] = ()) -> list[str]:
    """The first `seats` choices by votes. Of those equal at the last seat: the ones a lot gave it, in the order it is told;
    without one everybody belongs to it."""
    ranked = sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))
    if not ranked or seats == 0:
        return []
    line = ranked[min(seats, len(ranked)) - 1][1]
    if by_lot:
        return [*(choice for choice, value in ranked if value > line), *by_lot]
    return [choice for choice, value in ranked if value >= line]
