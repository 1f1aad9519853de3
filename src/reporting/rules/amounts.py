"""Counts that are part of nothing, held against what they cannot well be more than: so many for each elector, or at all.

Of a part J26 says that it is not above its whole; these have no whole. Nothing here names an item: the rule does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.domain.figures import Cell
from reporting.rules.bounds import same_people, whole_at
from reporting.rules.checks import Amounts, MostOf
from reporting.rules.context import Context
from reporting.rules.evaluate import Hit, Outcome, label
from reporting.rules.suspect import Settings, number
from reporting.words import Words


@dataclass(frozen=True, slots=True)
class Base:
    """What an amount is held against: an item's number, of which election (None: this one)."""

    item: str
    value: Decimal
    named: Words | None = None


def amounts(check: Amounts, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Every item of the return that stands above its most, once; of several bases the largest holds."""
    told: set[str] = set()
    for limit in check.amounts:
        most, least = number(limit.most, settings), number(limit.least, settings)
        for item in limit.items:
            key = Cell(contest.code, item).key
            value = context.figures.get(key)
            if item in told or not isinstance(value, Decimal) or value <= least:
                continue
            base = _base(check, limit, context, contest, item)
            if base is not None and value > (end := max(most * base.value, least)):
                told.add(item)
                yield Hit((key,), end, value, item, facts=_facts(context, base))


def _base(check: Amounts, limit: MostOf, context: Context, contest: Contest, item: str) -> Base | None:
    """With `amount_before` only where nothing of this election says how many there are: the rules between both say it."""
    if check.kind == "amount_most":
        return Base("", Decimal(1))
    standing = list(_standing(limit.per, context, contest, item))
    if check.kind == "amount_before":
        if standing:
            return None
        standing = list(_of_before(limit.per, context, contest))
    return max(standing, key=lambda base: base.value, default=None)


def _standing(per: Iterable[str], context: Context, contest: Contest, item: str) -> Iterator[Base]:
    for code in per:
        for people in same_people(context, contest):
            value = None if code == item else whole_at(context, Cell(people, code).key)
            if value is not None and value > 0:
                yield Base(code, value)


def _of_before(per: Iterable[str], context: Context, contest: Contest) -> Iterator[Base]:
    for code in per:
        for people in same_people(context, contest):
            value = context.previous.get(Cell(people, code).key)
            if isinstance(value, Decimal) and value > 0:
                yield Base(code, value, context.previous_named)


def _facts(context: Context, base: Base) -> dict[str, Words | str]:
    if not base.item:
        return {}
    facts: dict[str, Words | str] = {"of": label(context, base.item), "whole": f"{base.value:f}"}
    return facts if base.named is None else {**facts, "before": base.named}
