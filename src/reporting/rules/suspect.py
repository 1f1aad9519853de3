"""Evaluators of the warnings: what is arithmetically possible and still looks like a slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from reporting.domain.election import Contest, heads
from reporting.domain.figures import Absence, Cell, Value
from reporting.rules.checks import AcrossContests, Deviation, Ratio, SameValue, Swap
from reporting.rules.context import Context, total
from reporting.rules.detectors import exchanges, looks_copied, unlike
from reporting.rules.evaluate import Both, Hit, Outcome, label

Settings = Mapping[str, str]


def number(text: str, settings: Settings) -> Decimal:
    """A literal, or the setting that `$name` refers to."""
    return Decimal(settings[text[1:]] if text.startswith("$") else text)


def percent(numerator: Decimal, denominator: Decimal) -> Decimal:
    return (100 * numerator / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


def same_value(check: SameValue, context: Context, contest: Contest, settings: Settings) -> Outcome:
    one, other = check.items
    at_least, bundle = number(check.at_least, settings), number(check.bundle, settings)
    breakdowns = {c.breakdown for c in context.cells if c.contest == contest.code and c.item in check.items}
    for breakdown in sorted(breakdowns):
        keys = tuple(Cell(contest.code, item, breakdown).key for item in (one, other))
        a, b = (context.value(key) for key in keys)
        if not isinstance(a, Decimal) or not isinstance(b, Decimal):
            continue
        if looks_copied(a, b, at_least, bundle, not context.is_final):
            facts: dict[str, Both | str] = {"other": label(context, other)}
            yield Hit(keys, None, a, one, breakdown, facts=facts)


def across_contests(check: AcrossContests, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Compares with the contests after this one in the definition's order, so that each pair is seen once."""
    at_least, most = number(check.at_least, settings), number(check.percent, settings)
    bundle = number(check.bundle, settings)
    codes = [c.code for c in context.definition.contests if c.code in context.contests]
    labels = {c.code: (c.label.ja, c.label.en or c.label.ja) for c in context.definition.contests}
    for item in check.items:
        for other in codes[codes.index(contest.code) + 1 :]:
            keys = (Cell(contest.code, item).key, Cell(other, item).key)
            a, b = (context.value(key) for key in keys)
            if (
                not isinstance(a, Decimal)
                or not isinstance(b, Decimal)
                or not set(keys) & set(context.figures)
            ):
                continue
            gap = abs(a - b)
            facts: dict[str, Both | str] = {"other": labels[other]}
            if check.kind == "gap_across_contests":
                if gap > at_least and 100 * gap > most * max(a, b):
                    yield Hit(keys, a, b, item, facts=facts)
            elif looks_copied(a, b, at_least, bundle, not context.is_final):
                yield Hit(keys, None, a, item, facts=facts)


def ratio(check: Ratio, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """100 percent and more are left to `not_above` and `same_value`."""
    top = total(context, contest, (check.numerator,))
    bottom = total(context, contest, (check.denominator,))
    if top.missing or bottom.missing or not bottom.total or not (top.own or bottom.own):
        return
    exact, value = 100 * top.total / bottom.total, percent(top.total, bottom.total)
    cells = (*top.cells, *bottom.cells)
    if check.above is not None and 100 > exact > (most := number(check.above, settings)):
        yield Hit(cells, most, value, check.numerator.item)
    if check.away is not None and abs(exact - 100) > number(check.away, settings):
        yield Hit(cells, Decimal(100), value, check.numerator.item)


def deviation(check: Deviation, context: Context, contest: Contest, settings: Settings) -> Outcome:
    points, limit = number(check.points, settings), number(check.z, settings)
    for choice in [head.code for head in heads(contest)] if check.per == "choice" else [""]:
        top = total(context, contest, (check.numerator,), "", choice)
        bottom = total(context, contest, (check.denominator,), "", choice)
        if top.missing or bottom.missing or not bottom.total or not (top.own or bottom.own):
            continue
        value = percent(top.total, bottom.total)
        if check.per == "contest" and value >= 100:
            continue
        cells = tuple(dict.fromkeys((*top.cells, *bottom.cells)))
        usual = [percent(a, b) for a, b in _pairs(context, top.cells, bottom.cells) if b]
        least = number(check.least, settings)
        before_top, before_bottom = (_numbers(context.previous, one.cells) for one in (top, bottom))
        if usual and unlike(value, bottom.total, usual, z=limit, least=least, few=points):
            siblings: dict[str, Both | str] = {
                "compared": ("同種の単位の中央値", "the median of comparable units")
            }
            yield Hit(cells, median(usual), value, check.numerator.item, "", choice, siblings)
        elif before_top is not None and before_bottom:
            before = percent(before_top, before_bottom)
            if abs(value - before) > points:
                compared: dict[str, Both | str] = {"compared": context.previous_named}
                yield Hit(cells, before, value, check.numerator.item, "", choice, compared)


def swap(check: Swap, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Against the siblings' median shares; without siblings against the previous election."""
    every = {c.code: Cell(contest.code, check.item, "", c.code).key for c in heads(contest)}
    votes = {
        code: value for code, key in every.items() if isinstance(value := context.figures.get(key), Decimal)
    }
    # Who withdrew, or is cut off, is left out of the comparison: the others are compared all the same.
    stated = {code for code, key in every.items() if context.figures.get(key) is Absence.NONE}
    if len(votes) + len(stated) != len(every) or len(votes) < 2:
        return
    keys = {code: every[code] for code in votes}
    bundle = number(check.bundle, settings)
    if bundle and not context.is_final and not any(value % bundle for value in votes.values()):
        return
    reference = _reference(context, keys)
    names = {choice.code: choice.name for choice in contest.choices}
    for found in exchanges(votes, reference, number(check.points, settings)):
        facts = {"names": "・".join(names[code] for code in found.choices), "gain": f"{found.gain:.1f}"}
        cells = tuple(keys[code] for code in found.choices)
        yield Hit(cells, None, found.gain.quantize(Decimal("0.1")), check.item, facts=facts)


def _reference(context: Context, keys: Mapping[str, str]) -> dict[str, Decimal]:
    """Σ of the neighbours that have all of these cells; without such neighbours the election before."""
    if rows := context.rows(tuple(keys.values())):
        return {code: sum((row[n] for row in rows), Decimal(0)) for n, code in enumerate(keys)}
    before = {code: context.previous.get(key) for code, key in keys.items()}
    return {code: value for code, value in before.items() if isinstance(value, Decimal)}


def _pairs(context: Context, top: Sequence[str], bottom: Sequence[str]) -> list[tuple[Decimal, Decimal]]:
    """(Σ top, Σ bottom) of each neighbour that has all of these cells. A cell this return states as none is no part."""
    cells = [[cell for cell in side if context.value(cell) is not Absence.NONE] for side in (top, bottom)]
    if not cells[0] or not cells[1]:
        return []
    rows = context.rows((*cells[0], *cells[1]))
    cut = len(cells[0])
    return [(sum(row[:cut], Decimal(0)), sum(row[cut:], Decimal(0))) for row in rows]


def _numbers(figures: Mapping[str, Value], cells: Iterable[str]) -> Decimal | None:
    values = [figures.get(cell) for cell in cells]
    if not values or any(value is None or isinstance(value, Absence) for value in values):
        return None
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
