"""What formulas of a sheet are made of: its rows, what stands around the return, and a rule's sentence worked out in the sheet. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from reporting.domain.election import Contest
from reporting.domain.figures import Absence, Value, format_value
from reporting.domain.items import beside_item
from reporting.rules.checks import AnyCheck, Severity
from reporting.rules.context import Context
from reporting.rules.evaluate import label
from reporting.rules.model import RuleDefinition
from reporting.words import Words

TYPED, STATE, VALUE, FOUND = "E", "H", "I", "J"
"""Columns of what is typed, of its state and value, and of whether a check is violated."""
UNKNOWN, STRANGE = -1, -2
"""States of a cell, beside 1 (a number, or that there is nothing) and 0 (blank): stated as not known or withheld; not understood."""


@dataclass(frozen=True, slots=True)
class SheetCheck:
    """One place where a rule is looked at. `label`: of the rule; `declared`: what does not hold can be said openly (an error), or else
    be explained (a warning), or neither; `violated`, `message_ja`, `message_en`: formulas without `=`; `cells`: keys of
    the sheet's cells that it is about."""

    rule: str
    contest: str
    label: Words
    severity: Severity
    declared: bool
    violated: str
    message_ja: str
    message_en: str
    cells: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether words can let it pass."""
        return self.severity == "warning" or self.declared


@dataclass(frozen=True, slots=True)
class Operand:
    """One cell in a formula: its state and value as expressions; `sign` 1 or -1; `key` None: no cell of the sheet; `sure`: it
    counts only once something is typed."""

    state: str
    value: str
    sign: int
    key: str | None
    sure: bool


class NotHere(Exception):
    """A cell that the check needs is neither in the sheet nor in another form of the unit."""


@dataclass(frozen=True)
class SheetGround:
    """One sheet: `context`: what stands around the return (its own figures are the sheet's); `rows`: cell key → row."""

    context: Context
    rows: Mapping[str, int]
    settings: Mapping[str, str]

    def operand(
        self, key: str, sign: int = 1, *, optional: bool = False, around: bool = True
    ) -> Operand | None:
        """None: an optional one that nobody asks or has. NotHere: a needed one that is nowhere."""
        elsewhere = self.context.around.get(key) if around else None
        if (row := self.rows.get(key)) is not None:
            state, value = f"{STATE}{row}", f"{VALUE}{row}"
            if elsewhere is None:
                return Operand(state, value, sign, key, not optional)
            state, value = (
                f'IF({TYPED}{row}="",{state_of(elsewhere)},{state})',
                f'IF({TYPED}{row}="",{value_of(elsewhere)},{value})',
            )
            return Operand(state, value, sign, key, False)
        if elsewhere is None:
            if optional:
                return None
            raise NotHere
        return Operand(state_of(elsewhere), value_of(elsewhere), sign, None, False)

    def needed(self, key: str) -> Operand:
        """NotHere where it is nowhere."""
        operand = self.operand(key)
        if operand is None:
            raise NotHere
        return operand

    def is_number(self, key: str) -> str:
        """What says 該当なし holds none."""
        row, elsewhere = self.rows.get(key), self.context.around.get(key)
        held = "TRUE" if isinstance(elsewhere, Decimal) else "FALSE"
        if row is None:
            return held
        return (
            f'IF({TYPED}{row}="",{held},ISNUMBER({TYPED}{row}))'
            if elsewhere is not None
            else f"ISNUMBER({TYPED}{row})"
        )

    def typed(self, operands: Iterable[Operand]) -> str:
        """Something of it is typed in the sheet."""
        cells = [f'({TYPED}{self.rows[operand.key]}<>"")' for operand in operands if operand.key is not None]
        return "+".join(cells) + ">0"

    def number(self, text: str) -> str:
        """A literal, or the setting that `$name` refers to."""
        return self.settings[text[1:]] if text.startswith("$") else text

    def where(self, contest: Contest, breakdown: str, choice: str) -> Words:
        return beside_item(breakdown, choice, self.context.definition.dimensions, _names(contest))

    def made(
        self,
        rule: RuleDefinition,
        severity: Severity,
        check: AnyCheck,
        contest: Contest,
        conditions: Sequence[str],
        actual: str,
        expected: str,
        keys: Sequence[str | None],
        item: str = "",
        breakdown: str = "",
        choice: str = "",
        more: Mapping[str, Sequence[str]] | None = None,
    ) -> SheetCheck:
        """`actual`, `expected`: numbers as expressions, `""` where the sentence says none; `more`: facts as expressions in both
        languages."""
        said = contest.label
        facts: dict[str, Sequence[str]] = {
            "contest": [quoted(said.ja), quoted(said.en or said.ja)],
            "item": [quoted(text) for text in label(self.context, item)],
            "where": [quoted(text) for text in self.where(contest, breakdown, choice)],
            "choice": [quoted(_names(contest).get(choice, choice))] * 2,
            "actual": [f"ROUND({actual},3)"] * 2,
            "expected": [expected if expected.startswith(('"', "IF(")) else f"ROUND({expected},3)"] * 2,
            "difference": [_difference(actual, expected)] * 2,
            **(more or {}),
        }  # fmt: skip
        own = tuple(dict.fromkeys(key for key in keys if key is not None and key in self.rows))
        return SheetCheck(
            rule.code, contest.code, Words(rule.label.ja, rule.label.en or rule.label.ja), severity,
            severity == "error" and rule.waivable, f"AND({','.join(dict.fromkeys(conditions))})",
            _message(check.message.ja, facts, 0), _message(check.message.en, facts, 1), own,
        )  # fmt: skip


def _names(contest: Contest) -> dict[str, str]:
    return {listed.code: listed.name for listed in contest.choices}


def says(cell: str, words: tuple[str, ...]) -> str:
    """Arguments of OR: a cell holds one of these texts."""
    return _said(words).replace(CELL, cell)


CELL = "#"


@cache
def _said(words: tuple[str, ...]) -> str:
    return ",".join(f"{CELL}={quoted(text)}" for text in words)


def ranges(column: str, rows: Iterable[int]) -> str:
    """`E10:E14,E17`: arguments that take all of these cells."""
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and parts[-1][1] == row - 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ",".join(
        f"{column}{first}:{column}{last}" if last > first else f"{column}{first}" for first, last in parts
    )


def state_of(value: Value) -> str:
    return "1" if isinstance(value, Decimal) or value is Absence.NONE else "-1"


def value_of(value: Value) -> str:
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


def _message(template: str, facts: Mapping[str, Sequence[str]], language: int) -> str:
    """A rule's sentence as a formula: its words quoted, its facts worked out."""
    pieces: list[str] = []
    for n, piece in enumerate(re.sub(r"\{(\w+)\}", "\0\\1\0", template).split("\0")):
        if n % 2:
            pieces.append(facts[piece][language])
        elif piece:
            pieces.append(quoted(piece))
    return "&".join(pieces)
