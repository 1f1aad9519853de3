"""J28 and J29: figures that are possible and yet cannot well be right, told from what the items are.

A rate is an item of the election that is one, or the share of a part in its whole. Nothing here names an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median

from reporting.domain.election import Contest, Item, ItemKind, Usual
from reporting.domain.figures import Absence, Cell, Value
from reporting.rules.checks import Deviation, Rates, Twin, Zeros
from reporting.rules.context import Context, Figures
from reporting.rules.detectors import unlike
from reporting.rules.evaluate import Both, Hit, Outcome, label
from reporting.rules.model import RuleDefinition
from reporting.rules.order import Order
from reporting.rules.suspect import Settings, number, percent


@dataclass(frozen=True, slots=True)
class Implied:
    """100·top/bottom of one contest. `item`: the rate item, or the part of the whole."""

    item: str
    name: Both
    top: Decimal
    bottom: Decimal
    top_cell: str
    bottom_cell: str
    usual: Usual | None = None
    progress: bool = False
    is_rate: bool = False


def rates(
    check: Rates,
    order: Order,
    rules: Sequence[RuleDefinition],
    context: Context,
    contest: Contest,
    settings: Settings,
) -> Outcome:
    for one in implied(order, context, contest):
        match check.kind:
            case "rate_bounds":
                yield from _bounds(one, rules)
            case "rate_curve":
                yield from _curve(check, one, context, settings)
            case "rate_unlike":
                if not one.progress and not _watched(one, rules):
                    yield from _unlike(check, one, context, settings)


@dataclass(frozen=True, slots=True)
class Pair:
    """Part and wholes to hold it against, the first that stands; `rate`: the item that is this rate."""

    top: str
    bottoms: tuple[str, ...]
    rate: Item | None = None


def implied(order: Order, context: Context, contest: Contest) -> Iterator[Implied]:
    """The form's rates as this return makes them in a contest, each where both numbers stand."""
    for pair in rate_pairs(order, context):
        for bottom in pair.bottoms:
            if found := _standing(context, contest, pair.top, bottom, pair.rate):
                yield found
                break


def rate_pairs(order: Order, context: Context) -> list[Pair]:
    """Rates of the form; shares of parts in wholes that the form asks together; and of parts whose whole nobody asks
    here, the share of the highest whole that another form holds, or of what is nearly equal to that one (early voters of
    the electors, before polling day of the register). Each pair once."""
    asked = set(context.asked.items)
    pairs: dict[tuple[str, str], Pair] = {}
    for item in context.definition.items:
        top, bottom = item.numerator, item.denominator
        if top and bottom and (item.code in asked or {top, bottom} <= asked):
            pairs[top, bottom] = Pair(top, (bottom,), item)
    for identity in order.identities:
        whole = identity.whole
        for part in identity.parts if identity.check.per == "contest" else ():
            plain = not (part.choices or part.breakdown or whole.breakdown)
            if plain and {part.item, whole.item} <= asked:
                pairs.setdefault((part.item, whole.item), Pair(part.item, (whole.item,)))
    held = {top for top, _ in pairs}
    for code in context.asked.items:
        item, top = context.items[code], order.highest(code)
        if item.kind is ItemKind.COUNT and not item.by_choice and top not in asked and code not in held:
            pairs[code, top] = Pair(code, (top, *order.like.get(top, ())))
    known = {code for form in context.definition.forms for code in form.items}
    return [pair for pair in pairs.values() if known & set(pair.bottoms)]


def _standing(context: Context, contest: Contest, top: str, bottom: str, rate: Item | None) -> Implied | None:
    cells = [Cell(contest.code, code).key for code in (top, bottom)]
    a, b = context.figures.get(cells[0]), context.value(cells[1])
    if not isinstance(a, Decimal) or not isinstance(b, Decimal) or b <= 0:
        return None
    part, whole = label(context, top), label(context, bottom)
    name = label(context, rate.code) if rate else (f"{whole[0]}に占める{part[0]}", f"{part[1]} of {whole[1]}")
    return Implied(
        rate.code if rate else top,
        name,
        a,
        b,
        top_cell=cells[0],
        bottom_cell=cells[1],
        usual=rate.usual if rate else None,
        progress=rate.progress if rate else False,
        is_rate=rate is not None,
    )


def _bounds(one: Implied, rules: Sequence[RuleDefinition]) -> Outcome:
    """Outside of what the item calls usual; 100 percent where it calls nothing so."""
    if not one.is_rate or one.progress:
        return
    value, usual = percent(one.top, one.bottom), one.usual or Usual()
    exact = 100 * one.top / one.bottom
    if exact > 100 and _watched(one, rules):
        return  # the rule that watches these two says it as an error
    if not usual.low <= exact <= usual.high:
        expected = usual.low if exact < usual.low else usual.high
        yield _hit(one, expected, value, ("通常の範囲の端", "the end of what is usual"))


def _curve(check: Rates, one: Implied, context: Context, settings: Settings) -> Outcome:
    """At a slot of the polling day: not above the usual end of the rate, at the share of the day gone by and a margin."""
    if not one.is_rate or one.progress or not context.asked.cumulative:
        return
    gone = _gone(context, number(check.opens, settings))
    if gone is None or gone >= 1:
        return
    high = (one.usual or Usual()).high
    most = high * min(Decimal(1), gone + number(check.ahead, settings) / 100)
    value = percent(one.top, one.bottom)
    if 100 * one.top / one.bottom > most:
        yield _hit(
            one, most.quantize(Decimal("0.01")), value, ("この時刻の上限の目安", "what the time allows")
        )


def _gone(context: Context, opens: Decimal) -> Decimal | None:
    """Share of the polling day gone by at the slot; None unless slot and last slot both end on that day."""
    day = context.definition.polling_date
    ends: dict[str, datetime] = {
        slot.code: slot.cut_off
        for slot in context.asked.slots
        if slot.cut_off is not None and slot.cut_off.date() == day
    }
    last = ends.get(context.asked.slots[-1].code)
    now = ends.get(context.slot)
    if last is None or now is None:
        return None
    hours = [Decimal(at.hour) + Decimal(at.minute) / 60 - opens for at in (now, last)]
    return hours[0] / hours[1] if hours[1] > 0 else None


def _unlike(check: Rates, one: Implied, context: Context, settings: Settings) -> Outcome:
    rows = context.rows((one.top_cell, one.bottom_cell))
    usual = [100 * a / b for a, b in rows if b > 0]
    z, least, points = (number(text, settings) for text in (check.z, check.least, check.points))
    value = 100 * one.top / one.bottom
    if usual and unlike(value, one.bottom, usual, z=z, least=least, few=points):
        middle = Decimal(median(usual)).quantize(Decimal("0.01"))
        compared = ("同種の単位の中央値", "the median of comparable units")
        yield _hit(one, middle, percent(one.top, one.bottom), compared)
        return
    before = context.previous if context.is_final else context.previous_slot
    share = _share(before, one)
    if share is not None and unlike(value, one.bottom, [share], z=z, least=least, few=points):
        yield _hit(
            one,
            share.quantize(Decimal("0.01")),
            percent(one.top, one.bottom),
            context.previous_named,
        )


def _share(figures: Mapping[str, Value], one: Implied) -> Decimal | None:
    top, bottom = figures.get(one.top_cell), figures.get(one.bottom_cell)
    if isinstance(top, Decimal) and isinstance(bottom, Decimal) and bottom > 0:
        return 100 * top / bottom
    return None


def _watched(one: Implied, rules: Sequence[RuleDefinition]) -> bool:
    """Whether a rule in force compares just this pair with neighbours and the election before."""
    pair = (Cell.from_key(one.top_cell).item, Cell.from_key(one.bottom_cell).item)
    return any(
        isinstance(check, Deviation)
        and check.per == "contest"
        and (check.numerator.item, check.denominator.item) == pair
        for rule in rules
        for check in rule.checks
    )


def _hit(one: Implied, expected: Decimal, value: Decimal, compared: Both) -> Hit:
    facts: dict[str, Both | str] = {"rate": one.name, "compared": compared}
    return Hit((one.top_cell, one.bottom_cell), expected, value, one.item, "", "", facts)


def twin(check: Twin, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Once per return, with its first contest: a neighbour's return that says the same in every cell both have."""
    if contest.code != context.at_hand()[0].code:
        return
    mine = {key: value for key, value in context.figures.items() if isinstance(value, Decimal)}
    large = number(check.at_least, settings)
    telling = [key for key, value in mine.items() if value >= large]
    if len(telling) < 2:
        return
    for unit, figures in context.neighbours.items():
        if any(figures.get(key) != mine[key] for key in telling):
            continue
        both = [key for key in mine if isinstance(figures.get(key), Decimal)]
        if all(figures[key] == mine[key] for key in both):
            facts: dict[str, Both | str] = {"unit": context.names.get(unit, unit)}
            yield Hit(tuple(both), None, None, "", "", unit, facts)


def zeros(check: Zeros, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """A contest that says 0 or none throughout, unless the unit is known to be small. A contest without a vote states none
    throughout: of that it is asked where other forms or earlier slots say that people voted there."""
    mine = {cell.key: context.figures[cell.key] for cell in context.cells if cell.contest == contest.code}
    said = {key: value for key, value in mine.items() if isinstance(value, Decimal) or value is Absence.NONE}
    if not said or any(value for value in said.values() if isinstance(value, Decimal)):
        return
    at_least = number(check.at_least, settings)
    now = [*context.other_forms.values(), *context.earlier.values()]
    if all(value is Absence.NONE for value in said.values()):
        if not any(value >= at_least for value in _numbers(now, f"{contest.code}|")):
            return
    elif (around := _numbers([*now, context.previous], "")) and max(around) < at_least:
        return
    yield Hit(tuple(said), None, Decimal(0), "")


def _numbers(several: Iterable[Figures], prefix: str) -> list[Decimal]:
    return [
        value
        for figures in several
        for key, value in figures.items()
        if key.startswith(prefix) and isinstance(value, Decimal)
    ]
