"""The rules in force as formulas of a sheet, made from the rule data that the engine reads. Pure.

A cell to type in has a state beside it (1: a number or 該当なし, 0: blank, -1: anything else) and a value (0 where it is no
number); a formula uses those. What another form of the unit holds stands as a number in the formula. A check that needs
more than the return itself and its unit's other forms is not held by a sheet and is named (`Held.unheld`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.domain.figures import Absence, Cell, Value, format_value
from reporting.rules.catalogue import InForce, in_force
from reporting.rules.checks import (
    AnyCheck,
    Balance,
    BreakdownSum,
    Cumulative,
    Ratio,
    SameValue,
    Severity,
    Sign,
    Term,
)
from reporting.rules.context import Context, term_keys
from reporting.rules.evaluate import label, places_of, reads_around, reported_before, split_places
from reporting.rules.model import RuleDefinition
from reporting.words import Words

MOST = 8_000
"""Characters of a formula; Excel takes 8,192."""
TYPED, STATE, VALUE, FOUND = "E", "H", "I", "J"
"""Columns of what is typed, of its state and value, and of whether a check is violated."""


@dataclass(frozen=True, slots=True)
class SheetCheck:
    """One place where a rule is looked at. `label`: of the rule; `violated`, `message_ja`, `message_en`: formulas without `=`; `cells`: keys of
    the sheet's cells that it is about."""

    rule: str
    label: Words
    severity: Severity
    violated: str
    message_ja: str
    message_en: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """`unheld`: rules in force of which a sheet can hold nothing, or not all; they are asked when it comes back."""

    checks: tuple[SheetCheck, ...]
    unheld: tuple[RuleDefinition, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """One cell in a formula: its state and value as expressions; `sign` 1 or -1; `key` None: no cell of the sheet; `sure`: it
    counts only once something is typed."""

    state: str
    value: str
    sign: int
    key: str | None
    sure: bool


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


class NotHere(Exception):
    """A cell that the check needs is neither in the sheet nor in another form of the unit."""


def checks_of(
    context: Context, rows: Mapping[str, int], rules: Iterable[RuleDefinition] | None = None
) -> Held:
    """`context`: what stands around the return; its own figures are the sheet's. `rows`: cell key → row of the sheet."""
    force = in_force(context.definition.rules, rules)
    # Its own cells are the sheet's, whatever they will hold.
    context = replace(context, figures=dict.fromkeys(rows, Decimal(0)))
    maker = _Maker(context, rows, force)
    checks: list[SheetCheck] = []
    unheld: list[RuleDefinition] = []
    for rule, severity in force.rules:
        whole = True
        for check in rule.checks:
            if not (check.chosen(force.settings) and check.of_slot(context.is_final)):
                continue
            whole = whole and isinstance(check, KINDS)
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
    return Held(tuple(checks), tuple(unheld))


KINDS = (Balance, BreakdownSum, Cumulative, Ratio, SameValue, Sign)


class _Maker:
    """Turns the checks of one return into formulas."""

    def __init__(self, context: Context, rows: Mapping[str, int], force: InForce) -> None:
        self._context, self._rows, self._settings = context, rows, force.settings

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

    # --- Cells ---

    def _operand(self, key: str, sign: int, optional: bool, around: bool) -> Operand | None:
        """None: an optional one that nobody asks or has. NotHere: a needed one that is nowhere."""
        elsewhere = self._context.around.get(key) if around else None
        if (row := self._rows.get(key)) is not None:
            state, value = f"{STATE}{row}", f"{VALUE}{row}"
            if elsewhere is None:
                return Operand(state, value, sign, key, not optional)
            state, value = (
                f'IF({TYPED}{row}="",{_state(elsewhere)},{state})',
                f'IF({TYPED}{row}="",{_value(elsewhere)},{value})',
            )
            return Operand(state, value, sign, key, False)
        if elsewhere is None:
            if optional:
                return None
            raise NotHere
        return Operand(_state(elsewhere), _value(elsewhere), sign, None, False)

    def _part(
        self, term: Term, contest: Contest, breakdown: str, choice: str, around: bool
    ) -> Summand | None:
        keys = term_keys(self._context, contest, term, breakdown, choice)
        if not keys:
            raise NotHere
        optional, sign = term.optional or term.choices == "+", -1 if term.negative else 1
        operands = [operand for key in keys if (operand := self._operand(key, sign, optional, around))]
        if not operands:
            return None
        return Summand(term, Words(*label(self._context, term.item)), optional, tuple(operands))

    def _typed(self, operands: Iterable[Operand]) -> str:
        """Something of it is typed in the sheet."""
        cells = [f'({TYPED}{self._rows[operand.key]}<>"")' for operand in operands if operand.key is not None]
        return "+".join(cells) + ">0"

    def _ready(self, parts: Sequence[Summand]) -> list[str]:
        """Conditions under which the engine compares: nothing needed lacks, something is the sheet's own."""
        operands = [(part, operand) for part in parts for operand in part.operands]
        needs = [
            f"{operand.state}>=0" if part.optional else f"{operand.state}=1" for part, operand in operands
        ]
        if not any(operand.sure for _, operand in operands):
            needs.append(self._typed(operand for _, operand in operands))
        return list(dict.fromkeys(needs))

    # --- Checks ---

    def _balances(
        self, rule: RuleDefinition, severity: Severity, check: Balance, contest: Contest
    ) -> Iterator[SheetCheck]:
        context = self._context
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
            yield self._made(
                rule, severity, check, contest, [*self._ready([*left, *right]), *stands, compared],
                a, b, [o.key for p in (*left, *right) for o in p.operands], "", breakdown, choice, facts,
            )  # fmt: skip

    def _splits(
        self, rule: RuleDefinition, severity: Severity, check: BreakdownSum, contest: Contest
    ) -> Iterator[SheetCheck]:
        for place in split_places(check, self._context, contest):
            try:
                whole = self._operand(place.whole, 1, False, True)
                parts = [self._operand(key, 1, False, True) for key in place.parts]
            except NotHere:
                continue
            there = [operand for operand in parts if operand is not None]
            if whole is None or not any(operand.key for operand in there):
                continue
            a = "+".join(operand.value for operand in there)
            ready = [f"{operand.state}=1" for operand in (whole, *there)]
            yield self._made(
                rule, severity, check, contest, [*ready, self._typed(there), f"ROUND({a}-({whole.value}),3)<>0"],
                a, whole.value, [operand.key for operand in (whole, *there)], place.item, place.at, place.choice, {},
            )  # fmt: skip

    def _signs(
        self, rule: RuleDefinition, severity: Severity, check: Sign, contest: Contest
    ) -> Iterator[SheetCheck]:
        for item in check.items:
            key = Cell(contest.code, item).key
            if (row := self._rows.get(key)) is not None:
                value = f"{VALUE}{row}"
                wrong = f"{value}{'<' if check.kind == 'negative' else '<>'}0"
                expected = "0" if check.kind == "negative" else '""'
                yield self._made(
                    rule, severity, check, contest, [wrong], value, expected, [key], item, "", "", {}
                )

    def _backwards(
        self, rule: RuleDefinition, severity: Severity, check: Cumulative, contest: Contest
    ) -> Iterator[SheetCheck]:
        before = reported_before(self._context)
        for key, row in self._rows.items():
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
            yield self._made(
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
            most = self._number(check.above)
            yield self._made(
                rule, severity, check, contest,
                [*ready, f"IF(({b})=0,FALSE,AND({rate}<100,{rate}>{most}))"],
                f"ROUND({rate},2)", most, cells, code, "", "", {},
            )  # fmt: skip
        if check.away is not None:
            away = self._number(check.away)
            yield self._made(
                rule, severity, check, contest, [*ready, f"IF(({b})=0,FALSE,ABS({rate}-100)>{away})"],
                f"ROUND({rate},2)", "100", cells, code, "", "", {},
            )  # fmt: skip

    def _same(
        self, rule: RuleDefinition, severity: Severity, check: SameValue, contest: Contest
    ) -> Iterator[SheetCheck]:
        first, other = check.items
        at_least, bundle = self._number(check.at_least), self._number(check.bundle)
        cells = [c for c in self._context.cells if c.contest == contest.code and c.item in check.items]
        for breakdown in sorted({cell.breakdown for cell in cells}):
            keys = [Cell(contest.code, item, breakdown).key for item in (first, other)]
            try:
                a, b = (self._operand(key, 1, False, True) for key in keys)
            except NotHere:
                continue
            if a is None or b is None:
                continue
            numbers = [f"{self._is_number(key, operand)}" for key, operand in zip(keys, (a, b), strict=True)]
            bundled = (
                f"MOD({a.value},{bundle})<>0" if not self._context.is_final and Decimal(bundle) > 0 else ""
            )
            own = [self._typed([a, b])] if not (a.sure or b.sure) else []
            yield self._made(
                rule, severity, check, contest,
                [*numbers, *own, f"ROUND({a.value}-{b.value},3)=0", f"{a.value}>={at_least}", *([bundled] if bundled else [])],
                a.value, '""', keys, first, breakdown, "",
                {"other": [quoted(text) for text in label(self._context, other)]},
            )  # fmt: skip

    def _is_number(self, key: str, operand: Operand) -> str:
        """What says 該当なし holds none."""
        row, elsewhere = self._rows.get(key), self._context.around.get(key)
        held = "TRUE" if isinstance(elsewhere, Decimal) else "FALSE"
        if row is None:
            return held
        return (
            f'IF({TYPED}{row}="",{held},ISNUMBER({TYPED}{row}))'
            if elsewhere is not None
            else f"ISNUMBER({TYPED}{row})"
        )

    def _number(self, text: str) -> str:
        return self._settings[text[1:]] if text.startswith("$") else text

    def _made(
        self,
        rule: RuleDefinition,
        severity: Severity,
        check: AnyCheck,
        contest: Contest,
        conditions: Sequence[str],
        actual: str,
        expected: str,
        keys: Sequence[str | None],
        item: str,
        breakdown: str,
        choice: str,
        more: Mapping[str, Sequence[str]],
    ) -> SheetCheck:
        names = {listed.code: listed.name for listed in contest.choices}
        where = "".join(f"［{text}］" for text in (breakdown, names.get(choice, choice)) if text)
        said = contest.label
        facts: dict[str, Sequence[str]] = {
            "contest": [quoted(said.ja), quoted(said.en or said.ja)],
            "item": [quoted(text) for text in label(self._context, item)],
            "where": [quoted(where)] * 2,
            "choice": [quoted(names.get(choice, choice))] * 2,
            "actual": [f"ROUND({actual},3)"] * 2,
            "expected": [expected if expected.startswith(('"', "IF(")) else f"ROUND({expected},3)"] * 2,
            "difference": [_difference(actual, expected)] * 2,
            **more,
        }  # fmt: skip
        own = tuple(dict.fromkeys(key for key in keys if key is not None and key in self._rows))
        return SheetCheck(
            rule.code, rule.label.words, severity, f"AND({','.join(dict.fromkeys(conditions))})",
            _message(check.message.ja, facts, 0), _message(check.message.en, facts, 1), own,
        )  # fmt: skip


def _state(value: Value) -> str:
    return "1" if isinstance(value, Decimal) or value is Absence.NONE else "-1"


def _value(value: Value) -> str:
    return format_value(value) if isinstance(value, Decimal) else "0"


FUNCTION = re.compile(r"(?<=[A-Z])\(")


def quoted(text: str) -> str:
    """A text in a formula. A bracket behind a capital stands apart: the writing library would take `SORT(` for a function of
    a later Excel and write another name."""
    return '"' + FUNCTION.sub('"&"(', text.replace('"', '""')) + '"'


def _difference(actual: str, expected: str) -> str:
    """As the engine says it: `+18`, `-18`; nothing where nothing was expected."""
    if expected == '""':
        return expected
    number = f"ROUND({actual}-({expected}),3)"
    return f'IF({number}>0,"+","")&{number}'


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


def _message(template: str, facts: Mapping[str, Sequence[str]], language: int) -> str:
    """A rule's sentence as a formula: its words quoted, its facts worked out."""
    pieces: list[str] = []
    for n, piece in enumerate(re.sub(r"\{(\w+)\}", "\0\\1\0", template).split("\0")):
        if n % 2:
            pieces.append(facts[piece][language])
        elif piece:
            pieces.append(quoted(piece))
    return "&".join(pieces)
