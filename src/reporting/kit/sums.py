"""Sums compared with sums, and rates of them, as formulas (J01-J13, J28). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reporting.domain.election import Contest
from reporting.kit.ground import NotHere, Operand, SheetCheck, SheetGround, quoted
from reporting.rules.checks import Balance, BreakdownSum, Ratio, Severity, Term
from reporting.rules.context import term_keys
from reporting.rules.evaluate import label, places_of, reads_around, split_places
from reporting.rules.model import RuleDefinition
from reporting.words import Words


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


def balances(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: Balance, contest: Contest
) -> Iterator[SheetCheck]:
    context = ground.context
    around = reads_around(check, context)
    for breakdown, choice in places_of(check, context, contest):
        if not all(context.asks(contest, term, breakdown, around) for term in check.required):
            continue
        try:
            left, right = (
                [p for term in terms if (p := _part(ground, term, contest, breakdown, choice, around))]
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
        yield ground.made(
            rule, severity, check, contest, [*_ready(ground, [*left, *right]), *stands, compared],
            a, b, [o.key for p in (*left, *right) for o in p.operands], "", breakdown, choice, facts,
        )  # fmt: skip


def splits(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: BreakdownSum, contest: Contest
) -> Iterator[SheetCheck]:
    for place in split_places(check, ground.context, contest):
        try:
            whole = ground.operand(place.whole)
            parts = [ground.operand(key) for key in place.parts]
        except NotHere:
            continue
        there = [operand for operand in parts if operand is not None]
        if whole is None or not any(operand.key for operand in there):
            continue
        a = "+".join(operand.value for operand in there)
        ready = [f"{operand.state}=1" for operand in (whole, *there)]
        yield ground.made(
            rule, severity, check, contest, [*ready, ground.typed(there), f"ROUND({a}-({whole.value}),3)<>0"],
            a, whole.value, [operand.key for operand in (whole, *there)], place.item, place.at, place.choice, {},
        )  # fmt: skip


def ratios(
    ground: SheetGround, rule: RuleDefinition, severity: Severity, check: Ratio, contest: Contest
) -> Iterator[SheetCheck]:
    try:
        top = _part(ground, check.numerator, contest, "", "", True)
        bottom = _part(ground, check.denominator, contest, "", "", True)
    except NotHere:
        return
    if top is None or bottom is None or not any(o.key for p in (top, bottom) for o in p.operands):
        return
    a, b = top.signed.lstrip("+"), bottom.signed.lstrip("+")
    rate, cells = f"100*({a})/({b})", [o.key for p in (top, bottom) for o in p.operands]
    ready = [*_ready(ground, [top, bottom]), f"({b})<>0"]
    code = check.numerator.item
    # A ratio is worked out only where there is something to divide by: AND looks at every argument.
    if check.above is not None:
        most = ground.number(check.above)
        yield ground.made(
            rule, severity, check, contest,
            [*ready, f"IF(({b})=0,FALSE,AND({rate}<100,{rate}>{most}))"],
            f"ROUND({rate},2)", most, cells, code, "", "", {},
        )  # fmt: skip
    if check.away is not None:
        away = ground.number(check.away)
        yield ground.made(
            rule, severity, check, contest, [*ready, f"IF(({b})=0,FALSE,ABS({rate}-100)>{away})"],
            f"ROUND({rate},2)", "100", cells, code, "", "", {},
        )  # fmt: skip


def _part(
    ground: SheetGround, term: Term, contest: Contest, breakdown: str, choice: str, around: bool
) -> Summand | None:
    keys = term_keys(ground.context, contest, term, breakdown, choice)
    if not keys:
        raise NotHere
    optional, sign = term.optional or term.choices == "+", -1 if term.negative else 1
    operands = [
        operand for key in keys if (operand := ground.operand(key, sign, optional=optional, around=around))
    ]
    if not operands:
        return None
    return Summand(term, Words(*label(ground.context, term.item)), optional, tuple(operands))


def _ready(ground: SheetGround, parts: Sequence[Summand]) -> list[str]:
    """Conditions under which the engine compares: nothing needed lacks, something is the sheet's own."""
    operands = [(part, operand) for part in parts for operand in part.operands]
    needs = [f"{operand.state}>=0" if part.optional else f"{operand.state}=1" for part, operand in operands]
    if not any(operand.sure for _, operand in operands):
        needs.append(ground.typed(operand for _, operand in operands))
    return list(dict.fromkeys(needs))


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
