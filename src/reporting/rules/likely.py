"""J28 and J29: figures that are possible and yet cannot well be right, told from what the items are.

Nothing here names an item: what is a rate, and what it usually is, is `implied`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.domain.figures import Absence, Value
from reporting.domain.items import Usual
from reporting.rules.checks import BreakdownSum, Deviation, Rates, Ratio, Twin, Zeros
from reporting.rules.context import Context, Figures
from reporting.rules.detectors import ENOUGH, unlike
from reporting.rules.evaluate import Hit, Outcome
from reporting.rules.implied import Implied, implied
from reporting.rules.messages import message
from reporting.rules.model import RuleDefinition
from reporting.rules.suspect import Settings, beside_others, number, percent
from reporting.words import Words

Shares = dict[str, tuple[Implied, ...]]
"""By contest, what a return implies: made once for all checks that look at it."""


def rates(
    check: Rates,
    rules: Sequence[RuleDefinition],
    context: Context,
    contest: Contest,
    settings: Settings,
    shares: Shares,
) -> Outcome:
    """`shares`: of this return, filled here."""
    if contest.code not in shares:
        shares[contest.code] = tuple(implied(_bounds_of(check, rules), context, contest, settings))
    for share in shares[contest.code]:
        if not share.adds_up and _summed(share, rules):
            continue  # the rule that adds it up says it as an error
        match check.kind:
            case "rate_bounds":
                if (end := _outside(share, context, rules)) is not None:
                    compared = message.words("end_of_what_is_usual")
                    yield _hit(share, end, percent(share.top, share.bottom), compared)
            case "rate_curve":
                yield from _curve(check, share, context, settings)
            case "rate_unlike":
                asked = not share.declared and _outside(share, context, rules) is not None
                if not share.progress and not asked and not _watched(share, rules):
                    yield from _unlike(check, share, context, settings)


def _bounds_of(check: Rates, rules: Sequence[RuleDefinition]) -> Rates:
    """The check in force that says what is usual; the check itself, where none does."""
    in_force = (said for rule in rules for said in rule.checks if isinstance(said, Rates) and said.usual)
    return next(in_force, check)


def _outside(share: Implied, context: Context, rules: Sequence[RuleDefinition]) -> Decimal | None:
    """The end of what is usual that the rate is beyond. What the election declares holds whatever others have; what is
    known of such parts in general, where there is too little to compare it with, beyond what chance does to a small
    number."""
    if share.progress:
        return None
    exact, usual = share.percent, share.usual
    if share.is_rate:
        if exact > 100 and _watched(share, rules):
            return None  # the rule that watches these two says it as an error
        own = usual if share.declared and usual is not None else Usual()
        if not own.low <= exact <= own.high:
            return own.low if exact < own.low else own.high
    if share.declared or usual is None:
        return None
    early = context.asked.cumulative and not context.is_final
    if exact > usual.high + _chance(usual.high, share.bottom):
        end = None if _limited(share, rules) else usual.high
    else:
        end = usual.low if exact < usual.low - _chance(usual.low, share.bottom) and not early else None
    return None if end is None or _comparable(share, context) else end


def _chance(end: Decimal, of: Decimal) -> Decimal:
    """6 standard deviations of a share of so many, in points (as in `unlike`)."""
    return 6 * (end * (100 - end) / of).sqrt()


def _comparable(share: Implied, context: Context) -> bool:
    """Whether enough neighbours, or the election before, say what this rate is like."""
    return len(_beside(share, context)) >= ENOUGH or share.of(_before(context)) is not None


def _beside(share: Implied, context: Context) -> list[Decimal]:
    beside = (share.of(figures) for figures in context.neighbours.values())
    return [percents for percents in beside if percents is not None]


def _before(context: Context) -> Mapping[str, Value]:
    return context.previous if context.is_final else context.previous_slot


def _limited(share: Implied, rules: Sequence[RuleDefinition]) -> bool:
    """Whether a rule in force has an upper limit of its own for just this pair."""
    pair = (share.top_item, share.bottom_item)
    return any(
        isinstance(check, Ratio)
        and check.above is not None
        and (check.numerator.item, check.denominator.item) == pair
        for rule in rules
        for check in rule.checks
    )


def _summed(share: Implied, rules: Sequence[RuleDefinition]) -> bool:
    """Whether a rule in force compares the values of the dimension with their total."""
    dimension = share.breakdown.partition("=")[0]
    return any(
        isinstance(check, BreakdownSum) and check.dimension == dimension
        for rule in rules
        for check in rule.checks
    )


def _curve(check: Rates, share: Implied, context: Context, settings: Settings) -> Outcome:
    """At a slot of the polling day: not above the usual end of the rate, at the share of the day gone by and a margin."""
    if not share.on_the_day or share.progress or not context.asked.cumulative:
        return
    gone = _gone(context, number(check.opens, settings))
    if gone is None or gone >= 1:
        return
    high = (share.usual or Usual()).high
    most = high * min(Decimal(1), gone + number(check.ahead, settings) / 100)
    if share.percent > most:
        compared = message.words("what_time_allows")
        yield _hit(share, most.quantize(Decimal("0.01")), percent(share.top, share.bottom), compared)


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


def _unlike(check: Rates, share: Implied, context: Context, settings: Settings) -> Outcome:
    usual = _beside(share, context)
    z, least, points = (number(text, settings) for text in (check.z, check.least, check.points))
    value = share.percent
    if usual and unlike(value, share.bottom, usual, z=z, least=least, few=points):
        middle, facts = beside_others(usual)
        told = None if middle is None else middle.quantize(Decimal("0.01"))
        said: dict[str, Words | str] = {"rate": share.name, **facts}
        yield Hit(share.cells, told, percent(share.top, share.bottom), share.item, share.breakdown, "", said)
        return
    then = share.of(_before(context))
    if then is not None and unlike(value, share.bottom, [then], z=z, least=least, few=points):
        yield _hit(
            share,
            then.quantize(Decimal("0.01")),
            percent(share.top, share.bottom),
            context.previous_named,
        )


def _watched(share: Implied, rules: Sequence[RuleDefinition]) -> bool:
    """Whether a rule in force compares just this pair with neighbours and the election before."""
    pair = (share.top_item, share.bottom_item)
    return any(
        isinstance(check, Deviation)
        and check.per == "contest"
        and (check.numerator.item, check.denominator.item) == pair
        for rule in rules
        for check in rule.checks
    )


def _hit(share: Implied, expected: Decimal, value: Decimal, compared: Words) -> Hit:
    facts: dict[str, Words | str] = {"rate": share.name, "compared": compared}
    return Hit(share.cells, expected, value, share.item, share.breakdown, "", facts)


def twin(check: Twin, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Once per return, with its first contest: a neighbour's return that says the same in every cell both have."""
    if contest.code != context.at_hand[0].code:
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
            facts: dict[str, Words | str] = {"unit": context.names.get(unit, unit)}
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
