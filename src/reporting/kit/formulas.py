"""The rules in force as formulas of a sheet, made from the rule data that the engine reads. Pure.

A cell to type in has a state beside it (1: a number or 該当なし, 0: blank, -1: anything else) and a value (0 where it is no
number); a formula uses those. What another form of the unit holds stands as a number in the formula. A check that needs
more than the return itself and its unit's other forms is not held by a sheet and is named (`Held.unheld`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from reporting.domain.election import Contest, heads
from reporting.domain.figures import Cell, format_value
from reporting.kit.gaps import GapRow, Gaps
from reporting.kit.ground import STATE, TYPED, VALUE, NotHere, Operand, SheetCheck, SheetGround, quoted
from reporting.kit.wholes import bounds_of
from reporting.rules.apportionment import STEP
from reporting.rules.catalogue import in_force
from reporting.rules.checks import (
    AcrossContests,
    AnyCheck,
    Apportionment,
    AtMost,
    Balance,
    BreakdownSum,
    Cumulative,
    Places,
    Ratio,
    SameValue,
    Severity,
    Sign,
    Structural,
    Term,
    Whole,
)
from reporting.rules.context import Context, term_keys
from reporting.rules.evaluate import label, places_of, reads_around, reported_before, split_places
from reporting.rules.model import RuleDefinition
from reporting.rules.order import Order, order_of
from reporting.words import Words

MOST = 8_000
"""Characters of a formula; Excel takes 8,192."""


@dataclass(frozen=True, slots=True)
class Held:
    """`unheld`: rules in force of which a sheet can hold nothing, or not all; they are asked when it comes back. `gaps`: hidden
    rows that the checks read."""

    checks: tuple[SheetCheck, ...]
    unheld: tuple[RuleDefinition, ...]
    gaps: tuple[GapRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Summand:
    """A term with its cells. `optional`: counts as nothing where it is blank."""

    term: Term
    name: Words
    optional: bool
    operands: tuple[Operand, ...]

    @property
    def signed(self) -> str:
        return "".join(f"{'+' if operand.sign > 0 else '-'}{operand.value}" for operand in self.operands)

    @property
    def present(self) -> str:
        return "(" + "+".join(f"({operand.state}=1)" for operand in self.operands) + ")>0"


def checks_of(
    context: Context, rows: Mapping[str, int], rules: Iterable[RuleDefinition] | None = None
) -> Held:
    """`context`: what stands around the return; its own figures are the sheet's. `rows`: cell key → row of the sheet."""
    force = in_force(context.definition.rules, rules)
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
            for contest in context.at_hand():
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
KINDS = (Balance, BreakdownSum, Cumulative, Places, Ratio, SameValue, Sign, Whole, *PARTLY)


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
                yield from self._balances(rule, severity, check, contest)
            case BreakdownSum():
                yield from self._splits(rule, severity, check, contest)
            case Sign():
                yield from self._signs(rule, severity, check, contest)
            case Cumulative():
                yield from self._backwards(rule, severity, check, contest)
            case Ratio():
                yield from self._ratios(rule, severity, check, contest)
            case SameValue():
                yield from self._same(rule, severity, check, contest)
            case AcrossContests():
                yield from self._across(rule, severity, check, contest)
            case Places():
                yield from self._places(rule, severity, check, contest)
            case Apportionment():
                yield from self._divided(rule, severity, check, contest)
            case AtMost():
                yield from bounds_of(self._ground, self._order, rule, severity, check, contest)
            case Whole():
                yield from self.gaps.checks(rule, severity, check, contest)

    def _part(
        self, term: Term, contest: Contest, breakdown: str, choice: str, around: bool
    ) -> Summand | None:
        keys = term_keys(self._ground.context, contest, term, breakdown, choice)
        if not keys:
            raise NotHere
        optional, sign = term.optional or term.choices == "+", -1 if term.negative else 1
        operands = [
            operand
            for key in keys
            if (operand := self._ground.operand(key, sign, optional=optional, around=around))
        ]
        if not operands:
            return None
        return Summand(term, Words(*label(self._ground.context, term.item)), optional, tuple(operands))

    def _ready(self, parts: Sequence[Summand]) -> list[str]:
        """Conditions under which the engine compares: nothing needed lacks, something is the sheet's own."""
        operands = [(part, operand) for part in parts for operand in part.operands]
        needs = [
            f"{operand.state}>=0" if part.optional else f"{operand.state}=1" for part, operand in operands
        ]
        if not any(operand.sure for _, operand in operands):
            needs.append(self._ground.typed(operand for _, operand in operands))
        return list(dict.fromkeys(needs))

    # --- Checks ---

    def _balances(
        self, rule: RuleDefinition, severity: Severity, check: Balance, contest: Contest
    ) -> Iterator[SheetCheck]:
        context = self._ground.context
        around = reads_around(check, context)
        for breakdown, choice in places_of(check, context, contest):
            if not all(context.asks(contest, term, breakdown, around) for term in check.required):
                continue
            try:
                left, right = (
                    [p for term in terms if (p := self._part(term, contest, breakdown, choice, around))]
                    for terms in (check.left, check.right)
                )
            except NotHere:
                continue
            if not left or not right or not any(o.key for p in (*left, *right) for o in p.operands):
                continue
            a, b = ("".join(part.signed for part in side).lstrip("+") for side in (left, right))
            stands = [
                f"OR({','.join(part.present for part in side)})"
                for side in (left, right)
                if all(part.optional for part in side)
            ]
            compared = f"ROUND({a}-({b}),3){'>' if check.kind == 'not_above' else '<>'}0"
            facts = {
                "left": [_sum_in_words(left, language) for language in (0, 1)],
                "right": [_sum_in_words(right, language) for language in (0, 1)],
            }
            yield self._ground.made(
                rule, severity, check, contest, [*self._ready([*left, *right]), *stands, compared],
                a, b, [o.key for p in (*left, *right) for o in p.operands], "", breakdown, choice, facts,
            )  # fmt: skip

    def _splits(
        self, rule: RuleDefinition, severity: Severity, check: BreakdownSum, contest: Contest
    ) -> Iterator[SheetCheck]:
        for place in split_places(check, self._ground.context, contest):
            try:
                whole = self._ground.operand(place.whole)
                parts = [self._ground.operand(key) for key in place.parts]
            except NotHere:
                continue
            there = [operand for operand in parts if operand is not None]
            if whole is None or not any(operand.key for operand in there):
                continue
            a = "+".join(operand.value for operand in there)
            ready = [f"{operand.state}=1" for operand in (whole, *there)]
            yield self._ground.made(
                rule, severity, check, contest, [*ready, self._ground.typed(there), f"ROUND({a}-({whole.value}),3)<>0"],
                a, whole.value, [operand.key for operand in (whole, *there)], place.item, place.at, place.choice, {},
            )  # fmt: skip

    def _signs(
        self, rule: RuleDefinition, severity: Severity, check: Sign, contest: Contest
    ) -> Iterator[SheetCheck]:
        for item in check.items:
            key = Cell(contest.code, item).key
            if (row := self._ground.rows.get(key)) is not None:
                value = f"{VALUE}{row}"
                wrong = f"{value}{'<' if check.kind == 'negative' else '<>'}0"
                expected = "0" if check.kind == "negative" else '""'
                yield self._ground.made(
                    rule, severity, check, contest, [wrong], value, expected, [key], item, "", "", {}
                )

    def _backwards(
        self, rule: RuleDefinition, severity: Severity, check: Cumulative, contest: Contest
    ) -> Iterator[SheetCheck]:
        before = reported_before(self._ground.context)
        for key, row in self._ground.rows.items():
            cell = Cell.from_key(key)
            if cell.contest != contest.code or cell.item not in check.items:
                continue
            held = [(name, v) for name, figures in before if isinstance(v := figures.get(key), Decimal)]
            if not held:
                continue
            now, most = f"{VALUE}{row}", max(value for _, value in held)
            # The last of the slots that has more, as the engine names it.
            expected, slots = '""', ['""', '""']
            for name, value in held:
                more = f"{format_value(value)}>{now}"
                expected = f"IF({more},{format_value(value)},{expected})"
                slots = [f"IF({more},{quoted(name[i])},{slots[i]})" for i in (0, 1)]
            yield self._ground.made(
                rule, severity, check, contest,
                [f"ISNUMBER({TYPED}{row})", f"{now}<{format_value(most)}"], now, expected, [key],
                cell.item, cell.breakdown, cell.choice, {"slot": slots},
            )  # fmt: skip

    def _ratios(
        self, rule: RuleDefinition, severity: Severity, check: Ratio, contest: Contest
    ) -> Iterator[SheetCheck]:
        try:
            top = self._part(check.numerator, contest, "", "", True)
            bottom = self._part(check.denominator, contest, "", "", True)
        except NotHere:
            return
        if top is None or bottom is None or not any(o.key for p in (top, bottom) for o in p.operands):
            return
        a, b = top.signed.lstrip("+"), bottom.signed.lstrip("+")
        rate, cells = f"100*({a})/({b})", [o.key for p in (top, bottom) for o in p.operands]
        ready = [*self._ready([top, bottom]), f"({b})<>0"]
        code = check.numerator.item
        # A ratio is worked out only where there is something to divide by: AND looks at every argument.
        if check.above is not None:
            most = self._ground.number(check.above)
            yield self._ground.made(
                rule, severity, check, contest,
                [*ready, f"IF(({b})=0,FALSE,AND({rate}<100,{rate}>{most}))"],
                f"ROUND({rate},2)", most, cells, code, "", "", {},
            )  # fmt: skip
        if check.away is not None:
            away = self._ground.number(check.away)
            yield self._ground.made(
                rule, severity, check, contest, [*ready, f"IF(({b})=0,FALSE,ABS({rate}-100)>{away})"],
                f"ROUND({rate},2)", "100", cells, code, "", "", {},
            )  # fmt: skip

    def _same(
        self, rule: RuleDefinition, severity: Severity, check: SameValue, contest: Contest
    ) -> Iterator[SheetCheck]:
        first, other = check.items
        at_least, bundle = self._ground.number(check.at_least), self._ground.number(check.bundle)
        cells = [c for c in self._ground.context.cells if c.contest == contest.code and c.item in check.items]
        for breakdown in sorted({cell.breakdown for cell in cells}):
            keys = [Cell(contest.code, item, breakdown).key for item in (first, other)]
            try:
                a, b = (self._ground.operand(key) for key in keys)
            except NotHere:
                continue
            if a is None or b is None:
                continue
            numbers = [f"{self._ground.is_number(key)}" for key, operand in zip(keys, (a, b), strict=True)]
            bundled = (
                f"MOD({a.value},{bundle})<>0"
                if not self._ground.context.is_final and Decimal(bundle) > 0
                else ""
            )
            own = [self._ground.typed([a, b])] if not (a.sure or b.sure) else []
            yield self._ground.made(
                rule, severity, check, contest,
                [*numbers, *own, f"ROUND({a.value}-{b.value},3)=0", f"{a.value}>={at_least}", *([bundled] if bundled else [])],
                a.value, '""', keys, first, breakdown, "",
                {"other": [quoted(text) for text in label(self._ground.context, other)]},
            )  # fmt: skip

    def _across(
        self, rule: RuleDefinition, severity: Severity, check: AcrossContests, contest: Contest
    ) -> Iterator[SheetCheck]:
        """Each pair of contests once, in the definition's order."""
        ground, context = self._ground, self._ground.context
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

    def _places(
        self, rule: RuleDefinition, severity: Severity, check: Places, contest: Contest
    ) -> Iterator[SheetCheck]:
        """Against how many places there are, in the first contest that says so."""
        ground = self._ground
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

    def _divided(
        self, rule: RuleDefinition, severity: Severity, check: Apportionment, contest: Contest
    ) -> Iterator[SheetCheck]:
        """Without the division's inputs: votes and what was cut off are whole together, and less than one was cut off."""
        ground = self._ground
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


def _sum_in_words(side: Sequence[Summand], language: int) -> str:
    """`投票総数 118 + 持帰り -18`, of what is there."""
    pieces = []
    for part in side:
        sign = "− " if part.term.negative else "+ "
        total = part.signed.lstrip("+")
        number = f"ROUND({f'-({total})' if part.term.negative else total},3)"
        text = f"{quoted(f' {sign}{part.name[language]} ')}&{number}"
        pieces.append(f'IF({part.present},{text},"")' if part.optional else text)
    joined = "&".join(pieces)
    return f'SUBSTITUTE(SUBSTITUTE(TRIM("§"&{joined}),"§ + ",""),"§ ","")'
