"""Applies the rules of an election to one return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.figures import Cell, format_value
from reporting.domain.items import beside_item
from reporting.domain.namesakes import called_in
from reporting.domain.workflow import RuleUse
from reporting.identical import Identical
from reporting.rules import beside_slots, evaluate, likely, suspect
from reporting.rules.amounts import amounts
from reporting.rules.blanks import blanks
from reporting.rules.bounds import at_most
from reporting.rules.catalogue import InForce, known_force, load_rules
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
    Severity,
    Sign,
    Swap,
    Twin,
    Whole,
    Zeros,
)
from reporting.rules.context import Context
from reporting.rules.evaluate import Blank, Hit, Outcome
from reporting.rules.messages import message
from reporting.rules.model import Finding, RuleDefinition, Unchecked
from reporting.rules.order import Order, order_of
from reporting.rules.passing import ELECTIONS, asked_checks
from reporting.words import Words

__all__ = ["Context", "Examination", "check", "examine", "load_rules"]


@dataclass(frozen=True, slots=True)
class Examination:
    """`findings` in the order of rules, contests and cells; `unchecked`: rules with cells that hold no number."""

    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocks)


def check(
    rules_in_use: Iterable[RuleUse],
    context: Context,
    rules: Iterable[RuleDefinition] | None = None,
    only: str = "",
) -> tuple[Finding, ...]:
    """Everything the rules find. UnknownReference or SettingRefused when the election names what does not exist. `rules`:
    another catalogue than the one in force; `only`: what this one of them finds, beside the others."""
    return found_by(known_force(rules_in_use, rules), context, only)


def found_by(force: InForce, context: Context, only: str = "") -> tuple[Finding, ...]:
    """The same of rules that were looked up, for many returns."""
    shares: likely.Shares = {}
    return tuple(
        _finding(asked.rule, asked.severity, asked.check, context, asked.contest, outcome)
        for asked in asked_checks(force, context)
        if not (only and asked.rule.code != only) and not asked.calm(context)
        for outcome in _outcomes(asked.check, context, asked.contest, force, shares)
        if isinstance(outcome, Hit)
    )


def looks_back(rules_in_use: Iterable[RuleUse], rules: Iterable[RuleDefinition] | None = None) -> bool:
    """Whether one of them looks at earlier slots also of a form in which no slot counts on from another."""
    in_use = known_force(rules_in_use, rules).in_use
    return any(isinstance(rule_check, Zeros) for rule in in_use for rule_check in rule.checks)


def examine(
    rules_in_use: Iterable[RuleUse],
    context: Context,
    rules: Iterable[RuleDefinition] | None = None,
    only: str = "",
) -> Examination:
    """Like `check`, with what could not be checked: every check is asked, also those that can find nothing."""
    force = known_force(rules_in_use, rules)
    shares: likely.Shares = {}
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule, severity in force.rules:
        if only and rule.code != only:
            continue
        for rule_check in rule.checks:
            if not (rule_check.chosen(force.settings) and rule_check.of_slot(context.is_final)):
                continue
            for contest in context.at_hand:
                if rule.contest_kinds and contest.kind not in rule.contest_kinds:
                    continue
                for outcome in _outcomes(rule_check, context, contest, force, shares):
                    if isinstance(outcome, Blank):
                        unchecked.append(Unchecked(rule.code, contest.code, outcome.cells))
                    else:
                        findings.append(_finding(rule, severity, rule_check, context, contest, outcome))
    return Examination(tuple(findings), tuple(unchecked))


def _outcomes(
    any_check: AnyCheck,
    context: Context,
    contest: Contest,
    force: InForce,
    shares: likely.Shares,
) -> Outcome:
    settings = force.settings
    match any_check:
        case Balance():
            yield from evaluate.balance(any_check, context, contest)
        case BreakdownSum():
            yield from evaluate.breakdown_sum(any_check, context, contest)
        case Cumulative():
            yield from beside_slots.cumulative(any_check, context, contest)
        case BelowLater():
            yield from beside_slots.below_later(any_check, context, contest)
        case Sign():
            yield from evaluate.sign(any_check, context, contest)
        case Apportionment():
            yield from evaluate.divided(any_check, context, contest)
        case Places():
            yield from evaluate.places(any_check, context, contest)
        case SameValue():
            yield from suspect.same_value(any_check, context, contest, settings)
        case AcrossContests():
            yield from suspect.across_contests(any_check, context, contest, settings)
            if any_check.kind == "gap_across_contests":
                yield from suspect.beside_parts(any_check, context, contest, settings)
        case Ratio():
            yield from suspect.ratio(any_check, context, contest, settings)
        case Deviation():
            yield from suspect.deviation(any_check, context, contest, settings)
        case Swap():
            yield from suspect.swap(any_check, context, contest, settings)
        case AtMost():
            yield from at_most(
                _order(Identical(force), Identical(context.definition)), context, contest, settings
            )
        case Whole():
            yield from blanks(
                any_check, _order(Identical(force), Identical(context.definition)), context, contest
            )
        case Rates():
            yield from likely.rates(any_check, force.in_use, context, contest, settings, shares)
        case Amounts():
            yield from amounts(any_check, context, contest, settings)
        case Twin():
            yield from likely.twin(any_check, context, contest, settings)
        case Zeros():
            yield from likely.zeros(any_check, context, contest, settings)


@lru_cache(maxsize=ELECTIONS)
def _order(force: Identical[InForce], definition: Identical[ElectionDefinition]) -> Order:
    return order_of(force.thing.in_use, definition.thing.items)


def _finding(
    rule: RuleDefinition,
    severity: Severity,
    any_check: AnyCheck,
    context: Context,
    contest: Contest,
    hit: Hit,
) -> Finding:
    difference = None if hit.expected is None or hit.actual is None else hit.actual - hit.expected
    # What is unlike others is told by what it is itself: its explanation stands when one more of the others has reported.
    unlike = isinstance(any_check, Deviation | Amounts) or (
        isinstance(any_check, Rates) and any_check.kind == "rate_unlike"
    )
    amount = hit.actual if unlike or difference is None else difference
    parts = (
        rule.code,
        contest.code,
        any_check.part,
        hit.item,
        hit.breakdown,
        hit.choice,
        _partner(any_check, hit),
        _text(amount),
    )
    key = "|".join(parts)
    final = any_check.severity or severity
    softer = "warning" in (
        rule.severity,
        any_check.severity,
    )  # an election may make it an error, never a dead end
    waivable = final == "error" and (rule.waivable or softer)
    facts = _facts(context, contest, hit, difference)
    return Finding(
        key=key,
        rule=rule.code,
        version=rule.version,
        severity=final,
        contest=contest.code,
        cells=hit.cells,
        expected=hit.expected,
        actual=hit.actual,
        difference=difference,
        message_ja=any_check.message.ja.format_map({name: _said(fact, 0) for name, fact in facts.items()}),
        message_en=any_check.message.en.format_map({name: _said(fact, 1) for name, fact in facts.items()}),
        waivable=waivable,
        instruction=rule.instruction,
        declared=waivable and key in context.declared,
    )


def _partner(any_check: AnyCheck, hit: Hit) -> str:
    """What tells apart two findings of one check in one contest: the choices exchanged, the items that lack, or the
    other contest."""
    cells = [Cell.from_key(key) for key in hit.cells]
    if isinstance(any_check, Swap):
        return "+".join(cell.choice for cell in cells)
    if isinstance(any_check, Whole):
        return "+".join(dict.fromkeys(cell.item for cell in cells))
    return cells[1].contest if isinstance(any_check, AcrossContests) else ""


def _facts(
    context: Context, contest: Contest, hit: Hit, difference: Decimal | None
) -> dict[str, Words | str]:
    names = called_in(contest)
    return {
        "contest": contest.label.words,
        "item": evaluate.label(context, hit.item),
        "where": beside_item(hit.breakdown, hit.choice, context.definition.dimensions, names),
        "expected": _text(hit.expected),
        "actual": _text(hit.actual),
        "difference": ("+" if difference is not None and difference > 0 else "") + _text(difference),
        **_against(hit, difference),
        **hit.facts,
    }


def _against(hit: Hit, difference: Decimal | None) -> dict[str, Words | str]:
    """How far from what a percentage is compared with."""
    if difference is None or isinstance(compared := hit.facts.get("compared", ""), str):
        return {}
    away = ("+" if difference > 0 else "") + _text(difference)
    words = message.words(
        "against",
        compared_ja=compared.ja,
        compared_en=compared.en,
        expected=_text(hit.expected),
        difference=away,
    )
    return {"against": words}


def _said(fact: Words | str, language: int) -> str:
    return fact if isinstance(fact, str) else fact[language]


def _text(number: Decimal | None) -> str:
    return "" if number is None else format_value(number)
