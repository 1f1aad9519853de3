"""The mistakes real counting nights were made of, as data and pure functions on one return's cells.

Each injector takes what the return should say and answers the cells it would say instead: `{}` or nothing changed means
that the mistake cannot be made on this return. Sources: news reports named with each kind.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.figures import Cell, Value
from reporting.domain.items import Item, ItemKind

Changed = Mapping[str, Value]
"""Cell key (`contest|item|breakdown|choice`) → the value typed instead."""


@dataclass(frozen=True)
class Paper:
    """One return as it should be. `earlier`: figures of the form's slots before, in order."""

    definition: ElectionDefinition
    form: str
    slot: str
    figures: Mapping[str, Value]
    earlier: Sequence[Mapping[str, Value]] = ()

    def numbers(self) -> dict[Cell, Decimal]:
        """Cells that hold a number, in order."""
        numbers = {
            Cell.from_key(key): value for key, value in self.figures.items() if isinstance(value, Decimal)
        }
        return dict(sorted(numbers.items()))

    def item(self, code: str) -> Item:
        return next(item for item in self.definition.items if item.code == code)

    def roles(self) -> tuple[str | None, str | None]:
        """(electors, voters): what the first rate divides."""
        rates = [item for item in self.definition.items if item.kind is ItemKind.RATE]
        return (rates[0].denominator, rates[0].numerator) if rates else (None, None)

    def voters_asked(self) -> set[str]:
        """Contests whose voters some form asks: only there ballots can be compared with voters."""
        _, voters = self.roles()
        forms = [form for form in self.definition.forms if voters in form.items]
        return {
            contest.code
            for contest in self.definition.contests
            if any(not form.contest_kinds or contest.kind in form.contest_kinds for form in forms)
        }

    def votes(self) -> list[tuple[Contest, list[tuple[Cell, Decimal]]]]:
        """Contests with the votes of each choice in list order, where all are numbers."""
        numbers, votes_by_contest = self.numbers(), []
        by_choice = {item.code for item in self.definition.items if item.by_choice}
        for contest in self.definition.contests:
            for item in sorted(by_choice):
                cells = [Cell(contest.code, item, "", choice.code) for choice in contest.choices]
                if len(cells) > 1 and all(cell in numbers for cell in cells):
                    votes_by_contest.append((contest, [(cell, numbers[cell]) for cell in cells]))
        return votes_by_contest


Injector = Callable[[Paper, random.Random], Changed]


def transposed(paper: Paper, dice: random.Random) -> Changed:
    """Two neighbouring digits of one number change places."""
    cells = paper.numbers()
    for cell in dice.sample(list(cells), len(cells)):
        digits = list(str(int(cells[cell])))
        places = [
            i for i in range(len(digits) - 1) if digits[i] != digits[i + 1] and (i or digits[1] not in "0-")
        ]
        places = [i for i in places if digits[i] != "-"]
        if places and cells[cell] == cells[cell].to_integral_value():
            i = dice.choice(places)
            digits[i], digits[i + 1] = digits[i + 1], digits[i]
            return {cell.key: Decimal("".join(digits))}
    return {}


def neighbouring_field(paper: Paper, dice: random.Random) -> Changed:
    """Electors typed as voters; on other forms an item as the one after it."""
    cells, (electors, voters) = paper.numbers(), paper.roles()
    pairs = [
        (cell, Cell(cell.contest, voters, cell.breakdown, ""))
        for cell in cells
        if voters and cell.item == electors and not cell.breakdown
    ]
    if not pairs:
        order = paper.definition.form(paper.form).items
        after = dict(pairwise(order))
        pairs = [
            (cell, Cell(cell.contest, after[cell.item], cell.breakdown, ""))
            for cell in cells
            if cell.item in after and not cell.choice
        ]
    pairs = [(cell, other) for cell, other in pairs if other in cells and cells[cell] != cells[other]]
    if not pairs:
        return {}
    cell, other = dice.choice(pairs)
    return {other.key: cells[cell]}


def copied_contest(paper: Paper, dice: random.Random) -> Changed:
    """A number of one contest typed in another as well; early votes first."""
    cells = paper.numbers()
    pairs = [
        (cell, other)
        for cell in cells
        for other in cells
        if (cell.item, cell.breakdown) == (other.item, other.breakdown)
        and cell.contest != other.contest
        and not cell.choice
        and cells[cell] != cells[other]
    ]
    early = [pair for pair in pairs if "early" in pair[0].item]
    if not pairs:
        return {}
    cell, other = dice.choice(early or pairs)
    return {other.key: cells[cell]}


def swapped(paper: Paper, dice: random.Random) -> Changed:
    """Two choices get each other's votes."""
    lists = [votes for _, votes in paper.votes() if len({number for _, number in votes}) > 1]
    if not lists:
        return {}
    votes = dice.choice(lists)
    pairs = [(a, b) for i, a in enumerate(votes) for b in votes[i + 1 :] if a[1] != b[1]]
    (cell, first), (other, second) = dice.choice(pairs)
    return {cell.key: second, other.key: first}


def shifted(paper: Paper, dice: random.Random) -> Changed:
    """Every choice gets the votes of the one before it on the list."""
    lists = [votes for _, votes in paper.votes() if len(votes) > 2 and len({n for _, n in votes}) > 1]
    if not lists:
        return {}
    votes = dice.choice(lists)
    numbers = [number for _, number in votes]
    moved = zip(votes, [numbers[-1], *numbers[:-1]], strict=True)
    return {cell.key: number for (cell, was), number in moved if was != number}


def backwards(paper: Paper, dice: random.Random) -> Changed:
    """Only what came since the slot before is typed, so that the slot falls below it."""
    return _with_earlier(paper, lambda now, before: now - before)


def slots_added(paper: Paper, dice: random.Random) -> Changed:
    """The slot before is added to a figure that already holds it."""
    return _with_earlier(paper, lambda now, before: now + before)


def overseas_twice(paper: Paper, dice: random.Random) -> Changed:
    """Overseas voters are added to a total that already has them."""
    cells = paper.numbers()
    _, voters = paper.roles()
    for cell, number in cells.items():
        overseas = "overseas" in cell.breakdown.split("=")
        total = Cell(cell.contest, cell.item)
        if "overseas" in cell.item and voters:
            overseas, total = not cell.breakdown, Cell(cell.contest, voters)
        if overseas and number > 0 and total in cells:
            return {total.key: cells[total] + number}
    return {}


def missing_place(paper: Paper, dice: random.Random) -> Changed:
    """One polling place is left out: everybody who voted there is missing from the voters, and from the largest part
    of every breakdown, so that the return still agrees with itself."""
    _, voters = paper.roles()
    part, changed = dice.randint(12, 30), dict[str, Value]()
    cells = {cell: number for cell, number in paper.numbers().items() if cell.item == voters}
    for contest in sorted({cell.contest for cell in cells}):
        total = cells.get(Cell(contest, voters or ""), Decimal(0))
        groups: dict[tuple[str, ...], list[Cell]] = {}
        for cell in cells:
            if cell.contest == contest:
                dimensions = tuple(pair.partition("=")[0] for pair in cell.breakdown.split(","))
                groups.setdefault(dimensions, []).append(cell)
        for group in groups.values():
            largest = max(group, key=lambda cell: cells[cell])
            if 0 < total // part <= cells[largest]:
                changed[largest.key] = cells[largest] - total // part
    return changed


def wrong_division(paper: Paper, dice: random.Random) -> Changed:
    """Ballots that fit two parties divided wrongly: a fraction goes from one to the other."""
    lists = [votes for _, votes in paper.votes() if paper.item(votes[0][0].item).kind is ItemKind.VOTES]
    lists = [votes for votes in lists if sum(number >= 2 for _, number in votes) > 1]
    if not lists:
        return {}
    votes = [pair for pair in dice.choice(lists) if pair[1] >= 2]
    (cell, first), (other, second) = dice.sample(votes, 2)
    moved = (first * Decimal(dice.randint(20, 90)) / 1000).quantize(Decimal("0.001")) + Decimal("0.275")
    return {cell.key: first - moved, other.key: second + moved}


def late_fax(paper: Paper, dice: random.Random) -> Changed:
    """An older version of the sheet: the slot before, or a count taken before the last bundles."""
    if paper.earlier:
        older = {key: value for key, value in paper.earlier[-1].items() if key in paper.figures}
        stale = {key: value for key, value in older.items() if value != paper.figures[key]}
        if stale:
            return stale
    counted = {cell: n for cell, n in paper.numbers().items() if cell.choice and n >= 10}
    if not counted:
        return {}
    return {cell.key: n - n.to_integral_value() // 10 for cell, n in counted.items()}


def negative_ballots(paper: Paper, dice: random.Random) -> Changed:
    """More ballots than voters, and nobody knows why: the box is right, so the figures must say so."""
    cells, more = paper.numbers(), Decimal(dice.randint(2, 20))
    asked = paper.voters_asked()
    boxes = [c for c in cells if c.item == "ballots_counted" and not c.breakdown and c.contest in asked]
    for box in dice.sample(boxes, len(boxes)):
        valid, signed = Cell(box.contest, "valid_votes"), Cell(box.contest, "ballots_not_deposited")
        votes = [cell for contest, all_ in paper.votes() if contest.code == box.contest for cell, _ in all_]
        if valid not in cells or not votes:
            continue
        changed: dict[str, Value] = {cell.key: cells[cell] + more for cell in (box, valid, votes[0])}
        if signed in cells:
            changed[signed.key] = cells[signed] - more
        return changed
    return {}


def _with_earlier(paper: Paper, new: Callable[[Decimal, Decimal], Decimal]) -> Changed:
    """The voters of the slot made from those of this and the slot before; breakdowns along with the total."""
    if not paper.earlier:
        return {}
    electors, _ = paper.roles()
    changed: dict[str, Value] = {}
    for cell, now in paper.numbers().items():
        before = paper.earlier[-1].get(cell.key)
        if cell.item != electors and isinstance(before, Decimal) and before > 0 and new(now, before) != now:
            changed[cell.key] = new(now, before)
    return changed
