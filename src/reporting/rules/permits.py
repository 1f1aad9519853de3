"""Which rules the items of a form permit: told from the items, so that no rule stays out of force by being forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reporting.domain.election import Contest, ElectionDefinition, Form
from reporting.domain.items import ItemKind
from reporting.domain.workflow import RuleUse
from reporting.rules.catalogue import load_rules
from reporting.rules.checks import (
    AcrossContests,
    Amounts,
    AnyCheck,
    Apportionment,
    AtMost,
    Balance,
    BelowLater,
    BreakdownSum,
    Cumulative,
    Deviation,
    Places,
    Rates,
    Ratio,
    SameValue,
    Sign,
    Structural,
    Swap,
)
from reporting.rules.context import Context, is_flash
from reporting.rules.evaluate import reads_around
from reporting.rules.implied import rate_pairs, structure
from reporting.rules.model import RuleDefinition
from reporting.rules.order import order_of


def permitted(definition: ElectionDefinition) -> tuple[str, ...]:
    """Codes of the rules that some form of the election permits in some slot, in the order of the catalogue."""
    codes = {
        code
        for form in definition.forms
        for slot in form.slots
        for code in permitted_by(definition, form, slot.code)
    }
    return tuple(rule.code for rule in load_rules() if rule.code in codes)


def permitted_by(definition: ElectionDefinition, form: Form, slot: str) -> tuple[str, ...]:
    """Codes of the rules that a form permits in a slot, in the order of the catalogue."""
    rules = load_rules()
    context = Context(definition, form.code, slot, "", frozenset(c.code for c in definition.contests), {})
    contests = _one_of_each_kind(context.at_hand)
    return tuple(
        rule.code
        for rule in rules
        if any(
            _permits(check, context, contest, rules)
            for check in rule.checks
            for contest in contests
            if not rule.contest_kinds or contest.kind in rule.contest_kinds
        )
    )


def derived(definition: ElectionDefinition, stated: Iterable[RuleUse]) -> tuple[RuleUse, ...]:
    """The rules in force: all that are permitted and not left out, with the severity and settings stated for them, and
    whatever else is stated."""
    uses = {use.code: use for use in stated}
    left_out = {rule.code for rule in definition.without_rules}
    codes = [code for code in permitted(definition) if code not in left_out]
    more = [use for code, use in uses.items() if code not in codes]
    return tuple(uses.get(code, RuleUse(code=code)) for code in codes) + tuple(more)


def left_out(definition: ElectionDefinition) -> tuple[str, ...]:
    """Permitted rules that are neither in force nor left out with a reason."""
    settled = {use.code for use in definition.rules} | {rule.code for rule in definition.without_rules}
    return tuple(code for code in permitted(definition) if code not in settled)


def _one_of_each_kind(contests: Sequence[Contest]) -> list[Contest]:
    return list({contest.kind: contest for contest in contests}.values())


def _permits(check: AnyCheck, context: Context, contest: Contest, rules: Sequence[RuleDefinition]) -> bool:
    if not check.of_slot(context.is_final):
        return False
    form, definition = context.asked, context.definition
    asked = set(form.items)
    match check:
        case Structural():
            return True
        case Balance():
            terms = (*check.left, *check.right)
            around = reads_around(check, context)
            return any(term.item in asked for term in terms) and all(
                context.asks(contest, term, "", around) for term in check.required
            )
        case BreakdownSum():
            return any(
                check.dimension in combination
                for code in asked
                if not check.items or code in check.items
                for combination in context.items[code].breakdowns
            )
        case Cumulative():
            before = form.cumulative and len(form.slots) > 1
            return bool(asked & set(check.items)) and (before or _from_flash(definition, form))
        case BelowLater():
            after = form.cumulative and (len(form.slots) > 1 or is_flash(definition, form))
            return bool(asked & set(check.items)) and after
        case SameValue():
            return bool(asked & set(check.items)) and all(_anywhere(context, contest, i) for i in check.items)
        case AcrossContests():
            split = check.kind == "gap_across_contests" and contest.units is not None
            others = context.definition.contests if split else context.at_hand
            return bool(asked & set(check.items)) and len(_one_of_each_kind(others)) > 1
        case Ratio() | Deviation():
            pair = {check.numerator.item, check.denominator.item}
            return bool(asked & pair) and all(_anywhere(context, contest, item) for item in pair)
        case Swap():
            return check.item in asked
        case Sign():
            return bool(asked & set(check.items))
        case Apportionment():
            return check.votes in asked and bool(asked & {check.truncated, check.unattributed})
        case Places():
            return check.item in asked
        case AtMost():
            return _comparable(context, contest, rules)
        case Amounts():
            return any(asked & set(limit.items) for limit in check.amounts)
        case Rates():
            dimensions = {usual.dimension for usual in check.usual_split}
            combinations = [c for code in asked for c in context.items[code].breakdowns]
            by_dimension = any(not dimensions.isdisjoint(combination) for combination in combinations)
            return by_dimension or bool(rate_pairs(structure(definition), definition, form, contest.kind))
    return any(context.items[code].kind is not ItemKind.RATE for code in asked)


def _from_flash(definition: ElectionDefinition, form: Form) -> bool:
    sources = {source.form for source in form.prefill}
    return any(other.cumulative and other.code in sources for other in definition.forms)


def _anywhere(context: Context, contest: Contest, item: str) -> bool:
    return any(
        item in form.items and (not form.contest_kinds or contest.kind in form.contest_kinds)
        for form in context.definition.forms
    )


def _comparable(context: Context, contest: Contest, rules: Sequence[RuleDefinition]) -> bool:
    """Whether an item of the form has a whole, however far above, that some form of the contest asks."""
    order = order_of(rules, context.definition.items)
    for code in context.asked.items:
        level, seen = [(code, "")], {code}
        while level:
            level = [node for part in level for node, _ in order.above(*part) if node[0] not in seen]
            seen.update(node[0] for node in level)
            if any(_anywhere(context, contest, node[0]) for node in level):
                return True
        if context.items[code].breakdowns:
            return True
    return False
