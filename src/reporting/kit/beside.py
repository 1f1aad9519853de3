"""Cells looked at by themselves, or beside the cell of another slot, item or contest, as formulas. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reporting.domain.election import Contest, heads
from reporting.domain.figures import Cell, format_value
from reporting.kit.ground import STATE, TYPED, VALUE, NotHere, SheetCheck, SheetGround, quoted
from reporting.rules.apportionment import STEP
from reporting.rules.beside_slots import reported_after, reported_before
from reporting.rules.checks import (
    AcrossContests,
    Apportionment,
    BelowLater,
    Cumulative,
    Places,
    SameValue,
    Severity,
    Sign,
)
from reporting.rules.evaluate import label
from reporting.rules.model import RuleDefinition


def signs(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: Sign, contest: Contest
) -> Iterator[SheetCheck]:
    for item in check.items:
        key = Cell(contest.code, item).key
        if (row := ground.rows.get(key)) is not None:
            value = f"{VALUE}{row}"
            wrong = f"{value}{'<' if check.kind == 'negative' else '<>'}0"
            expected = "0" if check.kind == "negative" else '""'
            yield ground.made(
                rule, severity, check, contest, [wrong], value, expected, [key], item, "", "", {}
            )


def beside_slots(
    ground: SheetGround,
    rule: RuleDefinition,
    severity: Severity,
    check: Cumulative | BelowLater,
    contest: Contest,
) -> Iterator[SheetCheck]:
    later = isinstance(check, BelowLater)
    others = reported_after(ground.context) if later else reported_before(ground.context)
    sign = ">" if later else "<"
    for key, row in ground.rows.items():
        cell = Cell.from_key(key)
        if cell.contest != contest.code or cell.item not in check.items:
            continue
        held = [(name, v) for name, figures in others if isinstance(v := figures.get(key), Decimal)]
        if not held:
            continue
        now, values = f"{VALUE}{row}", [value for _, value in held]
        bound = min(values) if later else max(values)
        # The last of the slots before that has more, the first of the later ones that has less: as the engine names it.
        expected, slots = '""', ['""', '""']
        for name, value in reversed(held) if later else held:
            more = f"{now}{sign}{format_value(value)}"
            expected = f"IF({more},{format_value(value)},{expected})"
            slots = [f"IF({more},{quoted(name[i])},{slots[i]})" for i in (0, 1)]
        yield ground.made(
            rule, severity, check, contest,
            [f"ISNUMBER({TYPED}{row})", f"{now}{sign}{format_value(bound)}"], now, expected, [key],
            cell.item, cell.breakdown, cell.choice, {"slot": slots},
        )  # fmt: skip


def same_values(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: SameValue, contest: Contest
) -> Iterator[SheetCheck]:
    first, other = check.items
    at_least, bundle = ground.number(check.at_least), ground.number(check.bundle)
    cells = [c for c in ground.context.cells if c.contest == contest.code and c.item in check.items]
    for breakdown in sorted({cell.breakdown for cell in cells}):
        keys = [Cell(contest.code, item, breakdown).key for item in (first, other)]
        try:
            a, b = (ground.operand(key) for key in keys)
        except NotHere:
            continue
        if a is None or b is None:
            continue
        numbers = [f"{ground.is_number(key)}" for key, operand in zip(keys, (a, b), strict=True)]
        bundled = f"MOD({a.value},{bundle})<>0" if not ground.context.is_final and Decimal(bundle) > 0 else ""
        own = [ground.typed([a, b])] if not (a.sure or b.sure) else []
        yield ground.made(
            rule, severity, check, contest,
            [*numbers, *own, f"ROUND({a.value}-{b.value},3)=0", f"{a.value}>={at_least}", *([bundled] if bundled else [])],
            a.value, '""', keys, first, breakdown, "",
            {"other": [quoted(text) for text in label(ground.context, other)]},
        )  # fmt: skip


def across_contests(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: AcrossContests, contest: Contest
) -> Iterator[SheetCheck]:
    """Each pair of contests once, in the definition's order."""
    context = ground.context
    least, bundle = ground.number(check.at_least), ground.number(check.bundle)
    later = [c for c in context.definition.contests if c.code in context.contests]
    for item in check.items:
        for other in later[later.index(contest) + 1 :]:
            keys = [Cell(code, item).key for code in (contest.code, other.code)]
            try:
                a, b = (ground.needed(key) for key in keys)
            except NotHere:
                continue
            if a.key is None and b.key is None:
                continue
            own = [] if a.sure or b.sure else [ground.typed([a, b])]
            ready = [*(ground.is_number(key) for key in keys), *own]
            if check.kind == "gap_across_contests":
                gap = f"ABS({a.value}-({b.value}))"
                far = f"100*{gap}>{ground.number(check.percent)}*MAX({a.value},{b.value})"
                conditions, actual, expected = (
                    [*ready, f"ROUND({gap}-{least},3)>0", far],
                    b.value,
                    a.value,
                )
            else:
                bundled = Decimal(bundle) > 0 and not context.is_final
                conditions = [
                    *ready, f"ROUND({a.value}-({b.value}),3)=0", f"{a.value}>={least}",
                    *([f"MOD({a.value},{bundle})<>0"] if bundled else []),
                ]  # fmt: skip
                actual, expected = a.value, '""'
            names = {"other": [quoted(other.label.ja), quoted(other.label.en or other.label.ja)]}
            yield ground.made(
                rule, severity, check, contest, conditions, actual, expected, keys, item, more=names
            )


def places(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: Places, contest: Contest
) -> Iterator[SheetCheck]:
    """Against how many places there are, in the first contest that says so."""
    key = Cell(contest.code, check.item).key
    if (row := ground.rows.get(key)) is None:
        return
    there = "FALSE"
    keys = [key]
    number = '""'
    for code in reversed([contest.code, *sorted(ground.context.contests)]):
        asked = Cell(code, check.of).key
        try:
            operand = ground.needed(asked)
        except NotHere:
            continue
        stands = ground.is_number(asked)
        there, number = f"OR({stands},{there})", f"IF({stands},{operand.value},{number})"
        keys.append(asked)
    if len(keys) > 1:
        yield ground.made(
            rule, severity, check, contest,
            [f"ISNUMBER({TYPED}{row})", there, f"IF({there},ROUND({VALUE}{row}-N({number}),3)<>0,FALSE)"],
            f"{VALUE}{row}", number, keys, check.item,
        )  # fmt: skip


def divided(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: Apportionment, contest: Contest
) -> Iterator[SheetCheck]:
    """Without the division's inputs: votes and what was cut off are whole together, and less than one was cut off."""
    votes = [Cell(contest.code, check.votes, "", head.code).key for head in heads(contest)]
    rows = [ground.rows[key] for key in votes if key in ground.rows]
    if contest.code in ground.context.divisions or not rows or len(rows) < len(votes):
        return
    key = Cell(contest.code, check.truncated).key
    row = ground.rows.get(key)
    rest = "0" if row is None else f"{VALUE}{row}"
    thousandths = f"ROUND({STEP}*({'+'.join(f'{VALUE}{row}' for row in rows)}),0)"
    ready = [f"{STATE}{row}=1" for row in rows] + ([] if row is None else [f"{STATE}{row}>=0"])
    odd = f"OR(MOD({thousandths}+ROUND({STEP}*{rest},0),{STEP})<>0,{rest}<0,{rest}>=1)"
    yield ground.made(
        rule, severity, check, contest, [*ready, odd], rest,
        f"MOD({STEP}-MOD({thousandths},{STEP}),{STEP})/{STEP}", [*votes, key], check.truncated,
    )  # fmt: skip
