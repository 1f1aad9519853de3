"""The rules in force as formulas of a sheet, made from the rule data that the engine reads. Pure.

A cell to type in has a state beside it (1: a number or 該当なし, 0: blank, -1: anything else) and a value (0 where it is no
number); a formula uses those. What another form of the unit holds stands as a number in the formula. A check that needs
more than the return itself and its unit's other forms is not held by a sheet and is named (`Held.unheld`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.kit.beside import across_contests, beside_slots, divided, places, same_values, signs
from reporting.kit.gaps import GapRow, Gaps
from reporting.kit.ground import SheetCheck, SheetGround
from reporting.kit.sums import balances, ratios, splits
from reporting.kit.wholes import bounds_of
from reporting.rules.catalogue import known_force
from reporting.rules.checks import (
    AcrossContests,
    AnyCheck,
    Apportionment,
    AtMost,
    Balance,
    BelowLater,
    BreakdownSum,
    Cumulative,
    Places,
    Ratio,
    SameValue,
    Severity,
    Sign,
    Structural,
    Whole,
)
from reporting.rules.context import Context
from reporting.rules.model import RuleDefinition
from reporting.rules.order import Order, order_of

MOST = 8_000
"""Characters of a formula; Excel takes 8,192."""


@dataclass(frozen=True, slots=True)
class Held:
    """`unheld`: rules in force of which a sheet can hold nothing, or not all; they are asked when it comes back. `gaps`: hidden
    rows that the checks read."""

    checks: tuple[SheetCheck, ...]
    unheld: tuple[RuleDefinition, ...]
    gaps: tuple[GapRow, ...] = ()


def checks_of(
    context: Context, rows: Mapping[str, int], rules: Iterable[RuleDefinition] | None = None
) -> Held:
    """`context`: what stands around the return; its own figures are the sheet's. `rows`: cell key → row of the sheet."""
    force = known_force(context.definition.rules, rules)
    # Its own cells are the sheet's, whatever they will hold.
    context = replace(context, figures=dict.fromkeys(rows, Decimal(0)))
    in_use = tuple(rule for rule, _ in force.rules)
    maker = _Maker(SheetGround(context, rows, force.settings), order_of(in_use, context.definition.items))
    checks: list[SheetCheck] = []
    unheld: list[RuleDefinition] = []
    for rule, severity in force.rules:
        whole = True
        for check in rule.checks:
            if not (check.chosen(force.settings) and check.of_slot(context.is_final)):
                continue
            whole = whole and (
                isinstance(check, Structural) or (isinstance(check, KINDS) and not _partly(check, context))
            )
            for contest in context.at_hand:
                if not rule.contest_kinds or contest.kind in rule.contest_kinds:
                    made = list(maker.checks(rule, check.severity or severity, check, contest))
                    fits = [
                        held for held in made if len(held.violated) < MOST and len(held.message_ja) < MOST
                    ]
                    whole = whole and len(fits) == len(made)
                    checks += fits
        if not whole:
            unheld.append(rule)
    return Held(tuple(checks), tuple(unheld), tuple(maker.gaps.rows))


PARTLY = (AcrossContests, Apportionment, AtMost)
"""Held but for what `_partly` says."""
KINDS = (Balance, BelowLater, BreakdownSum, Cumulative, Places, Ratio, SameValue, Sign, Whole, *PARTLY)


def _partly(check: AnyCheck, context: Context) -> bool:
    """Whether there is something of it that a sheet does not tell: shares of a division, parts of blanks, units below."""
    if isinstance(check, AcrossContests):
        return check.kind == "gap_across_contests" and bool(context.inside)
    return isinstance(check, PARTLY)


class _Maker:
    """Turns the checks of one return into formulas."""

    def __init__(self, ground: SheetGround, order: Order) -> None:
        self._ground, self._order = ground, order
        self.gaps = Gaps(ground, [check for _, check in order.splits])

    def checks(
        self, rule: RuleDefinition, severity: Severity, check: AnyCheck, contest: Contest
    ) -> Iterator[SheetCheck]:
        match check:
            case Balance():
                yield from balances(self._ground, rule, severity, check, contest)
            case BreakdownSum():
                yield from splits(self._ground, rule, severity, check, contest)
            case Sign():
                yield from signs(self._ground, rule, severity, check, contest)
            case Cumulative() | BelowLater():
                yield from beside_slots(self._ground, rule, severity, check, contest)
            case Ratio():
                yield from ratios(self._ground, rule, severity, check, contest)
            case SameValue():
                yield from same_values(self._ground, rule, severity, check, contest)
            case AcrossContests():
                yield from across_contests(self._ground, rule, severity, check, contest)
            case Places():
                yield from places(self._ground, rule, severity, check, contest)
            case Apportionment():
                yield from divided(self._ground, rule, severity, check, contest)
            case AtMost():
                yield from bounds_of(self._ground, self._order, rule, severity, check, contest)
            case Whole():
                yield from self.gaps.checks(rule, severity, check, contest)
