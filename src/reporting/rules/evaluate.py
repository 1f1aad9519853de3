"""Evaluators of the accounting identities: each takes a check and a contest and yields what does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from reporting.domain.election import Contest, Item, heads
from reporting.domain.figures import Absence, Cell, format_value
from reporting.rules.apportionment import cross_check, decimal, divide
from reporting.rules.checks import Balance, BreakdownSum, Cumulative, Divided, Places, Sign, Term
from reporting.rules.context import Context, Sum, total
from reporting.rules.detectors import backwards

Both = tuple[str, str]
"""A text in Japanese and in English."""
Side = list[tuple[Term, Sum]]
"""One side of a balance: its terms with what they add up to."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a check does not hold."""

    cells: tuple[str, ...]
    expected: Decimal | None
    actual: Decimal | None
    item: str = ""
    breakdown: str = ""
    choice: str = ""
    facts: Mapping[str, Both | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blank:
    """One place where it cannot be applied: these cells hold no number."""

    cells: tuple[str, ...]


Outcome = Iterator[Hit | Blank]


def label(context: Context, code: str) -> Both:
    """An item's name in both languages, its code where it has none."""
    item = context.items.get(code)
    return (item.label.ja, item.label.en or item.label.ja) if item else (code, code)


def shown_sum(context: Context, parts: Side) -> Both:
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
    return out[0], out[1]


def balance(check: Balance, context: Context, contest: Contest) -> Outcome:
    """Left against right at every place, where this return holds a part of it and both sides can be added up."""
    around = context.is_final or check.kind == "not_above"  # a flash does not add up with final figures
    required = [term for term in (*check.left, *check.right) if not term.optional and term.choices != "+"]
    for breakdown, choice in _places_of(check, context, contest):
        if not all(context.asks(contest, term, breakdown, around) for term in required):
            continue
        left, right = (
            [(term, total(context, contest, (term,), breakdown, choice, around)) for term in terms]
            for terms in (check.left, check.right)
        )
        parts = [part for _, part in (*left, *right)]
        if not any(part.own for part in parts):
            continue
        if missing := tuple(key for part in parts for key in part.missing):
            yield Blank(missing)
        elif _stands(left) and _stands(right) and _violated(check, left, right):
            cells = tuple(dict.fromkeys(key for part in parts for key in part.cells))
            facts = {"left": shown_sum(context, left), "right": shown_sum(context, right)}
            yield Hit(cells, _amount(right), _amount(left), "", breakdown, choice, facts)


def _places_of(check: Balance, context: Context, contest: Contest) -> list[tuple[str, str]]:
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
    found, most = _amount(left), _amount(right)
    return found > most if check.kind == "not_above" else found != most


def breakdown_sum(check: BreakdownSum, context: Context, contest: Contest) -> Outcome:
    values = {d.code: [value.code for value in d.values] for d in context.definition.dimensions}
    for code in context.asked.items:
        item = context.items[code]
        if check.dimension not in values or (check.items and code not in check.items):
            continue
        for at, parts in _splits(item, check.dimension, values):
            for choice in [c.code for c in contest.choices] if item.by_choice else [""]:
                whole = Cell(contest.code, code, at, choice).key
                cells = [Cell(contest.code, code, part, choice).key for part in parts]
                if not any(cell in context.figures for cell in cells):
                    continue
                result = Sum()
                for cell in cells:
                    result.add(context, cell, negative=False, optional=False)
                around = Sum()
                around.add(context, whole, negative=False, optional=False)
                if result.missing or around.missing:
                    yield Blank((*result.missing, *around.missing))
                elif result.total != around.total:
                    yield Hit((whole, *cells), around.total, result.total, code, at, choice)


def _splits(item: Item, dimension: str, values: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
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


def cumulative(check: Cumulative, context: Context, contest: Contest) -> Outcome:
    before_all = list(context.earlier.items()) if context.asked.cumulative else []
    forms = {form.code: form for form in context.definition.forms}
    names = {s.code: (s.label.ja, s.label.en or s.label.ja) for s in context.asked.slots}
    for source in context.asked.prefill:
        form = forms[source.form]
        if form.cumulative and (found := context.other_forms.get((source.form, source.slot))):
            before_all.append((source.form, found))
            names[source.form] = (form.label.ja, form.label.en or form.label.ja)
    for cell in context.cells:
        now = context.figures[cell.key]
        if cell.contest != contest.code or cell.item not in check.items or isinstance(now, Absence):
            continue
        before = [
            (slot, value)
            for slot, figures in before_all
            if isinstance(value := figures.get(cell.key), Decimal)
        ]
        if worse := backwards(now, before):
            slot, value = worse
            facts: dict[str, Both | str] = {"slot": names.get(slot, (slot, slot))}
            yield Hit((cell.key,), value, now, cell.item, cell.breakdown, cell.choice, facts)


def sign(check: Sign, context: Context, contest: Contest) -> Outcome:
    for item in check.items:
        key = Cell(contest.code, item).key
        value = context.figures.get(key)
        if isinstance(value, Decimal) and (value < 0 if check.kind == "negative" else value != 0):
            yield Hit((key,), Decimal(0) if check.kind == "negative" else None, value, item)


def divided(check: Divided, context: Context, contest: Contest) -> Outcome:
    """J14. With the division's inputs each vote is recomputed; without them Σ votes + k must be whole and 0 ≤ k < 1."""
    typed: dict[str, Decimal] = {}
    for choice in heads(contest):
        value = context.figures.get(Cell(contest.code, check.votes, "", choice.code).key)
        if isinstance(value, Decimal):
            typed[choice.code] = value
    division = context.divisions.get(contest.code)
    if division is not None and not division.exact:
        result = divide(division)
        typed_k_u = {
            item: value
            for item in (check.truncated, check.unattributed)
            if isinstance(value := context.figures.get(Cell(contest.code, item).key), Decimal)
        }
        for code in cross_check(division, typed):
            key = Cell(contest.code, check.votes, "", code).key
            yield Hit((key,), decimal(result.votes[code]), typed[code], check.votes, "", code)
        for item, right in ((check.truncated, result.truncated), (check.unattributed, result.unattributed)):
            if item in typed_k_u and typed_k_u[item] != right:
                yield Hit((Cell(contest.code, item).key,), decimal(right), typed_k_u[item], item)
        return
    key = Cell(contest.code, check.truncated).key
    residue = context.figures.get(key, Decimal(0))
    if not typed or len(typed) != len(heads(contest)) or not isinstance(residue, Decimal):
        return
    votes = sum(typed.values(), Decimal(0))
    if (votes + residue) % 1 or not 0 <= residue < 1:
        cells = [Cell(contest.code, check.votes, "", code).key for code, one in typed.items() if one % 1]
        yield Hit((*cells, key), (1 - votes % 1) % 1, residue, check.truncated)


def places(check: Places, context: Context, contest: Contest) -> Outcome:
    """J19, once per return: with its first contest."""
    if contest.code != context.at_hand()[0].code or check.asked_with not in context.asked.items:
        return
    key = Cell(contest.code, check.item).key
    if context.reported_places is None:
        yield Blank((key,))
        return
    open_places = sorted(code for code, reported in context.reported_places.items() if not reported)
    known = Decimal(len(context.reported_places))
    if open_places:
        facts = {"places": "・".join(open_places)}
        yield Hit((), known, known - len(open_places), check.item, facts=facts)
    counted = context.value(key)
    if isinstance(counted, Decimal) and counted != known:
        yield Hit((key,), known, counted, check.item, facts={"places": "—"})
