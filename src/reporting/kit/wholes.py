"""What is not above what, as formulas (J26), once every cell of the contest holds a number. Pure.

Which whole is the nearest depends on which cells are blank; while one is, J27 names it, and J26 is asked when the sheet comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.domain.figures import Cell, format_value
from reporting.kit.ground import TYPED, VALUE, SheetCheck, SheetGround, quoted, ranges
from reporting.rules.bounds import Bound, BoundedParts, comparisons, part_at, same_people, whole_at
from reporting.rules.checks import AtMost, Severity
from reporting.rules.evaluate import label
from reporting.rules.model import RuleDefinition
from reporting.rules.order import Order


def bounds_of(
    ground: SheetGround,
    order: Order,
    rule: RuleDefinition,
    severity: Severity,
    check: AtMost,
    contest: Contest,
) -> Iterator[SheetCheck]:
    """Every comparison of a return without blanks."""
    people = set(same_people(ground.context, contest))
    own = [row for key, row in ground.rows.items() if Cell.from_key(key).contest in people]
    full = f"COUNT({ranges(TYPED, own)})={len(own)}"
    for comparison in comparisons(order, ground.context, contest, ground.settings):
        if not all(option.silent for option in comparison.options):
            yield _compared(ground, rule, severity, check, contest, full, comparison)


def _compared(
    ground: SheetGround,
    rule: RuleDefinition,
    severity: Severity,
    check: AtMost,
    contest: Contest,
    full: str,
    comparison: BoundedParts,
) -> SheetCheck:
    total = "+".join(_part(ground, key) for key in comparison.parts)
    # Of one whole that is reached twice the first counts, as the engine takes it.
    options = {(option.bound.cell, option.bound.signed): option for option in reversed(comparison.options)}
    told = [option for option in comparison.options if option in options.values()]
    values = [_most(ground, option.bound) for option in told]
    most = values[0] if len(values) == 1 else f"MIN({','.join(values)})"

    def chosen(each: Sequence[str]) -> str:
        """What belongs to the smallest of the wholes."""
        text = each[-1]
        for value, said in zip(values[-2::-1], each[-2::-1], strict=True):
            text = text if said == text else f"IF({value}={most},{said},{text})"
        return text

    names = [label(ground.context, Cell.from_key(option.bound.cell).item) for option in told]
    places = [ground.where(contest, option.root.breakdown, option.root.choice) for option in told]
    speaks = chosen(["FALSE" if option.silent else "TRUE" for option in told])
    facts = {
        "left": [_in_words(ground, comparison, language) for language in (0, 1)],
        "other": [chosen([quoted(name[language]) for name in names]) for language in (0, 1)],
        "where": [chosen([quoted(words[language]) for words in places]) for language in (0, 1)],
    }
    conditions = [full, *([] if speaks == "TRUE" else [speaks]), f"ROUND({total}-({most}),3)>0"]
    keys = [*comparison.parts, *(option.bound.cell for option in told)]
    return ground.made(rule, severity, check, contest, conditions, f"({total})", most, keys, more=facts)


def _part(ground: SheetGround, key: str) -> str:
    row = ground.rows.get(key)
    return f"{VALUE}{row}" if row is not None else format_value(part_at(ground.context, key) or Decimal(0))


def _most(ground: SheetGround, bound: Bound) -> str:
    def value(key: str) -> str | None:
        row, held = ground.rows.get(key), whole_at(ground.context, key)
        return f"{VALUE}{row}" if row is not None else None if held is None else format_value(held)

    signed = [text for key in bound.signed if (text := value(key)) is not None]
    return "+".join([value(bound.cell) or "0", *(f"MAX(0,-({text}))" for text in signed)])


def _in_words(ground: SheetGround, comparison: BoundedParts, language: int) -> str:
    """`有効投票数 60725 + 無効投票数 3`: each item once, by-choice items summed."""
    sums: dict[str, list[str]] = {}
    for key in comparison.parts:
        sums.setdefault(Cell.from_key(key).item, []).append(_part(ground, key))
    pieces = [
        f"{quoted(label(ground.context, item)[language] + ' ')}&ROUND({'+'.join(values)},3)"
        for item, values in sums.items()
    ]
    return f"&{quoted(' + ')}&".join(pieces)
