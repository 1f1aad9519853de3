"""Evaluators of the accounting identities: each takes a check and a contest and yields what does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import product

from reporting.domain.election import Contest, ElectionDefinition, heads, members
from reporting.domain.figures import Absence, Cell, cell_key, format_value
from reporting.domain.items import Item
from reporting.identical import Identical
from reporting.rules.apportionment import STEP, Division, cross_check, cut, decimal, divide
from reporting.rules.checks import (
    Apportionment,
    Balance,
    BreakdownSum,
    Places,
    Sign,
    Term,
)
from reporting.rules.context import Context, Sum, total
from reporting.words import Words

"""A text in Japanese and in English."""
Side = list[tuple[Term, Sum]]
"""One side of a balance: its terms with what they add up to."""

PLACES = 1_000
"""Of so many contests, each in one form and by one dimension, it is kept where breakdowns are added up: that is of the definition."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a check does not hold."""

    cells: tuple[str, ...]
    expected: Decimal | None
    actual: Decimal | None
    item: str = ""
    breakdown: str = ""
    choice: str = ""
    facts: Mapping[str, Words | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blank:
    """One place where it cannot be applied: these cells hold no number."""

    cells: tuple[str, ...]


Outcome = Iterator[Hit | Blank]


def label(context: Context, code: str) -> Words:
    """An item's name in both languages, its code where it has none."""
    item = context.items.get(code)
    return item.label.words if item else Words(code, code)


def shown_sum(context: Context, parts: Side) -> Words:
    """`投票総数 178279 + 持帰り -20`."""
    out: list[str] = []
    for language in (0, 1):
        text = ""
        for term, part in parts:
            if part.present:
                sign = "− " if term.negative else "+ "
                number = format_value(-part.total if term.negative else part.total)
                text += (
                    f"{sign if text or term.negative else ''}{label(context, term.item)[language]} {number} "
                )
        out.append(text.strip())
    return Words(out[0], out[1])


def balance(check: Balance, context: Context, contest: Contest) -> Outcome:
    """Left against right at every place, where this return holds a part of it and both sides can be added up."""
    for breakdown, choice in places_of(check, context, contest):
        sides = sides_of(check, context, contest, breakdown, choice)
        if sides is None:
            continue
        left, right = sides
        parts = [part for _, part in (*left, *right)]
        if not any(part.own for part in parts):
            continue
        if missing := tuple(key for part in parts for key in part.missing):
            yield Blank(missing)
        elif _stands(left) and _stands(right) and _violated(check, left, right):
            cells = tuple(dict.fromkeys(key for part in parts for key in part.cells))
            facts = {"left": shown_sum(context, left), "right": shown_sum(context, right)}
            yield Hit(cells, _amount(right), _amount(left), "", breakdown, choice, facts)


def stands_as_identity(
    check: Balance, context: Context, contest: Contest, breakdown: str, choice: str
) -> bool:
    """Whether `balance` compares its sides here: it applies to the slot, all of it is asked, and all of it is there."""
    if not check.of_slot(context.is_final):
        return False
    sides = sides_of(check, context, contest, breakdown, choice)
    if sides is None:
        return False
    parts = [part for side in sides for _, part in side]
    return not any(part.missing for part in parts) and all(_stands(side) for side in sides)


def reads_around(check: Balance, context: Context) -> bool:
    """Whether the unit's other forms are read for it: a flash does not add up with final figures."""
    return context.is_final or check.kind == "not_above"


def sides_of(
    check: Balance, context: Context, contest: Contest, breakdown: str, choice: str
) -> tuple[Side, Side] | None:
    """Both sides added up; None where a term that is not optional is asked nowhere."""
    around = reads_around(check, context)
    if not all(context.asks(contest, term, breakdown, around) for term in check.required):
        return None
    left, right = (
        [(term, total(context, contest, (term,), breakdown, choice, around)) for term in terms]
        for terms in (check.left, check.right)
    )
    return left, right


def places_of(check: Balance, context: Context, contest: Contest) -> list[tuple[str, str]]:
    """(breakdown, choice) at which the identity is looked at: once, or per breakdown that is filled in, or per choice."""
    if check.per == "breakdown":
        items = {term.item for term in (*check.left, *check.right)}
        mine = {c.breakdown for c in context.cells if c.contest == contest.code and c.item in items}
        return [(breakdown, "") for breakdown in sorted(mine)]
    if check.per == "choice":
        return [("", choice.code) for choice in heads(contest)]
    return [("", "")]


def _stands(side: Side) -> bool:
    return any(part.present for _, part in side)


def _amount(side: Side) -> Decimal:
    return sum((part.total for _, part in side), Decimal(0))


def _violated(check: Balance, left: Side, right: Side) -> bool:
    amount, most = _amount(left), _amount(right)
    return amount > most if check.kind == "not_above" else amount != most


@dataclass(frozen=True, slots=True)
class Split:
    """One item at one place, whole and by a dimension. `missing`: cells that hold no number."""

    item: str
    at: str
    choice: str
    whole: str
    parts: tuple[str, ...]
    missing: tuple[str, ...]
    expected: Decimal
    actual: Decimal

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class SplitPlace:
    """Where a breakdown may be added up: keys of the whole and of its parts."""

    item: str
    at: str
    choice: str
    whole: str
    parts: tuple[str, ...]


def split_places(check: BreakdownSum, context: Context, contest: Contest) -> tuple[SplitPlace, ...]:
    """Every item of the form at every place where it is asked whole and by the dimension."""
    return _split_places(
        check.dimension, check.items, context.form, Identical(contest), Identical(context.definition)
    )


@lru_cache(maxsize=PLACES)
def _split_places(
    dimension: str,
    only: tuple[str, ...],
    form: str,
    contest: Identical[Contest],
    definition: Identical[ElectionDefinition],
) -> tuple[SplitPlace, ...]:
    items = {item.code: item for item in definition.thing.items}
    values = {d.code: [value.code for value in d.values] for d in definition.thing.dimensions}
    if dimension not in values:
        return ()
    choices = [choice.code for choice in contest.thing.choices]
    return tuple(
        SplitPlace(
            code,
            at,
            choice,
            cell_key(contest.thing.code, code, at, choice),
            tuple(cell_key(contest.thing.code, code, part, choice) for part in parts),
        )
        for code in definition.thing.form(form).items
        if not only or code in only
        for at, parts in splits_of(items[code], dimension, values)
        for choice in (choices if items[code].by_choice else [""])
    )


def split_cells(check: BreakdownSum, context: Context, contest: Contest) -> Iterator[Split]:
    """Every place of these where this return gives a part."""
    for place in split_places(check, context, contest):
        if not any(cell in context.figures for cell in place.parts):
            continue
        result, around = Sum(), Sum()
        for cell in place.parts:
            result.add(context, cell, negative=False, optional=False)
        around.add(context, place.whole, negative=False, optional=False)
        missing = (*result.missing, *around.missing)
        yield Split(
            place.item, place.at, place.choice, place.whole, place.parts, missing, around.total, result.total
        )


def breakdown_sum(check: BreakdownSum, context: Context, contest: Contest) -> Outcome:
    for split in split_cells(check, context, contest):
        if split.missing:
            yield Blank(split.missing)
        elif split.actual != split.expected:
            yield Hit(
                (split.whole, *split.parts), split.expected, split.actual, split.item, split.at, split.choice
            )


def splits_of(item: Item, dimension: str, values: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """(breakdown without `dimension`, the same with each of its values)."""
    askable = {tuple(sorted(combination)) for combination in item.breakdowns} | {()}
    for combination in sorted(askable):
        rest = tuple(code for code in combination if code != dimension)
        if dimension not in combination or rest not in askable:
            continue
        for picked in product(*(values[code] for code in rest)):
            fixed = dict(zip(rest, picked, strict=True))
            yield _written(fixed), [_written({**fixed, dimension: value}) for value in values[dimension]]


def _written(picked: Mapping[str, str]) -> str:
    return ",".join(f"{code}={picked[code]}" for code in sorted(picked))


def sign(check: Sign, context: Context, contest: Contest) -> Outcome:
    for item in check.items:
        key = Cell(contest.code, item).key
        value = context.figures.get(key)
        if isinstance(value, Decimal) and (value < 0 if check.kind == "negative" else value != 0):
            yield Hit((key,), Decimal(0) if check.kind == "negative" else None, value, item)


def divided(check: Apportionment, context: Context, contest: Contest) -> Outcome:
    """J14. With the division's inputs each vote is recomputed; without them Σ votes + k must be whole and 0 ≤ k < 1."""
    division = context.divisions.get(contest.code)
    if division is not None:
        yield from _recomputed(check, context, contest, division)
        return
    typed = _stated(
        context, {c.code: Cell(contest.code, check.votes, "", c.code).key for c in heads(contest)}
    )
    key = Cell(contest.code, check.truncated).key
    residue = _stated(context, {key: key}).get(key, context.figures.get(key, Decimal(0)))
    if not typed or len(typed) != len(heads(contest)) or not isinstance(residue, Decimal):
        return
    votes = sum(typed.values(), Decimal(0))
    if (votes + residue) % 1 or not 0 <= residue < 1:
        cells = [Cell(contest.code, check.votes, "", code).key for code, votes in typed.items() if votes % 1]
        yield Hit((*cells, key), (1 - votes % 1) % 1, residue, check.truncated)


def _recomputed(check: Apportionment, context: Context, contest: Contest, division: Division) -> Outcome:
    """Each vote on the layer it is divided in, then what was cut off and what belongs to nobody. A cell holds three decimals
    of an exact share, cut or rounded."""
    result = divide(division)
    layers = {code: _layer(check, context, contest, code) for code in division.own}
    keys = {code: Cell(contest.code, item, "", code).key for code, item in layers.items() if item}
    typed = _stated(context, keys)
    for code in cross_check(division, typed):
        yield Hit((keys[code],), cut(result.votes[code]), typed[code], layers[code] or "", "", code)
    for head in heads(contest):
        if layers.get(head.code, check.votes) != check.votes and head.code not in typed:
            yield from _whole_list(check, context, contest, head.code, result.votes, division.exact)
    residues = {code: Cell(contest.code, code).key for code in (check.truncated, check.unattributed)}
    if division.exact:  # what cells of three decimals leave out is part of J10's sum
        del residues[check.truncated]
    for item, value in _stated(context, residues).items():
        right = result.truncated if item == check.truncated else result.unattributed
        if value != right:
            yield Hit((residues[item],), decimal(right), value, item)


def _layer(check: Apportionment, context: Context, contest: Contest, code: str) -> str | None:
    """The item in which a choice's ballots are divided: of an open list a party's name is divided without the votes of
    its persons (art. 68-2 (5)), and a person on the votes for it. None: the form does not ask it."""
    parties = {head.code for head in heads(contest)}
    if len(parties) == len(contest.choices) or check.party not in context.items:
        return check.votes
    if code in parties:
        return check.party
    keys = {item: Cell(contest.code, item, "", code).key for item in check.persons}
    return next(iter(_numbers(context, keys)), next(iter(check.persons), None))


def _whole_list(
    check: Apportionment,
    context: Context,
    contest: Contest,
    head: str,
    votes: Mapping[str, Fraction],
    exact: bool,
) -> Outcome:
    """A party whose name's votes nobody typed: its total is what its name got and what each of its persons got."""
    key = Cell(contest.code, check.votes, "", head).key
    total = votes[head]
    for person in members(contest, head):
        item = _layer(check, context, contest, person.code)
        cell = None if item is None else context.figures.get(Cell(contest.code, item, "", person.code).key)
        if person.code not in votes and (
            cell is None or (isinstance(cell, Absence) and cell is not Absence.NONE)
        ):
            return
        total += votes.get(person.code, Fraction(cell) if isinstance(cell, Decimal) else Fraction(0))
    typed = context.figures.get(key)
    if not isinstance(typed, Decimal):
        return
    cells = 1 + len(list(members(contest, head)))
    if typed != total and (not exact or abs(Fraction(typed) - total) >= Fraction(cells, STEP)):
        yield Hit((key,), cut(total), typed, check.votes, "", head)


def _numbers(context: Context, keys: Mapping[str, str]) -> dict[str, Decimal]:
    """What stands as a number in these cells, by the same names."""
    return {
        name: value for name, key in keys.items() if isinstance(value := context.figures.get(key), Decimal)
    }


def _stated(context: Context, keys: Mapping[str, str]) -> dict[str, Decimal]:
    """The same with what is stated as none, which is no vote: who says `!none` of votes that were divided says 0 of them."""
    return {
        name: Decimal(0) if value is Absence.NONE else value
        for name, key in keys.items()
        if isinstance(value := context.figures.get(key), Decimal) or value is Absence.NONE
    }


def places(check: Places, context: Context, contest: Contest) -> Outcome:
    """J19: the records that are in against the places there are; Blank where nobody has said how many there are."""
    key = Cell(contest.code, check.item).key
    if key not in context.figures:
        return
    asked = [Cell(code, check.of).key for code in (contest.code, *sorted(context.contests))]
    where = next((cell for cell in asked if isinstance(context.value(cell), Decimal)), None)
    if where is None:
        yield Blank((asked[0],))
        return
    expected, reported = context.value(where), context.figures[key]
    if isinstance(reported, Decimal) and isinstance(expected, Decimal) and reported != expected:
        yield Hit((key, where), expected, reported, check.item)
