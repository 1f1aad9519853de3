"""Works out the formulas of a sheet as a spreadsheet does: every argument of AND and OR, blanks as "" and 0, doubles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<cell>[A-Z]{1,2}[0-9]+(?::[A-Z]{1,2}[0-9]+)?)(?![A-Z(])|(?P<name>[A-Z]+)|(?P<op><>|<=|>=|[-+*/&=<>(),]))'
)


class Sheet:
    """`values`: cell → what is typed; `formulas`: cell → formula without `=`."""

    def __init__(self, values: Mapping[str, Any], formulas: Mapping[str, str]) -> None:
        self._values, self._formulas = values, formulas
        self._done: dict[str, Any] = {}

    def __getitem__(self, cell: str) -> Any:
        if cell not in self._done:
            formula = self._formulas.get(cell)
            self._done[cell] = self._values.get(cell, "") if formula is None else self.work_out(formula)
        return self._done[cell]

    def area(self, text: str) -> list[Any]:
        """Of one column, downward."""
        column = re.sub("[0-9]", "", text.split(":")[0])
        first, last = (int(re.sub("[A-Z]", "", end)) for end in text.split(":"))
        return [self[f"{column}{row}"] for row in range(first, last + 1)]

    def work_out(self, formula: str) -> Any:
        return _Reader(self, formula).whole()


class _Reader:
    def __init__(self, sheet: Sheet, formula: str) -> None:
        self._sheet, self._at = sheet, 0
        self._tokens: list[tuple[str, str]] = []
        end = 0
        while end < len(formula):
            match = TOKEN.match(formula, end)
            assert match is not None, f"no formula from here: {formula[end : end + 40]}"
            self._tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            end = match.end()

    def whole(self) -> Any:
        value = self._compared()
        assert self._at == len(self._tokens), self._tokens[self._at :]
        return value

    def _next(self, *ops: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in [("op", op) for op in ops]:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _compared(self) -> Any:
        left = self._joined()
        while op := self._next("<>", "<=", ">=", "=", "<", ">"):
            left = _compare(op, left, self._joined())
        return left

    def _joined(self) -> Any:
        left = self._added()
        while self._next("&"):
            left = _text(left) + _text(self._added())
        return left

    def _added(self) -> Any:
        left = self._multiplied()
        while op := self._next("+", "-"):
            right = self._multiplied()
            left = _number(left) + (_number(right) if op == "+" else -_number(right))
        return left

    def _multiplied(self) -> Any:
        left = self._signed()
        while op := self._next("*", "/"):
            right = self._signed()
            left = _number(left) * _number(right) if op == "*" else _number(left) / _number(right)
        return left

    def _signed(self) -> Any:
        if self._next("-"):
            return -_number(self._signed())
        return self._one()

    def _one(self) -> Any:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "number":
            return float(text)
        if kind == "cell":
            return self._sheet.area(text) if ":" in text else self._sheet[text]
        if kind == "name" and text in ("TRUE", "FALSE"):
            return text == "TRUE"
        if kind == "op" and text == "(":
            value = self._compared()
            assert self._next(")")
            return value
        assert kind == "name", (kind, text)
        assert self._next("(")
        return self._called(text)

    def _called(self, name: str) -> Any:
        if name == "IF":
            return self._if()
        arguments = [self._compared()]
        while self._next(","):
            arguments.append(self._compared())
        assert self._next(")")
        match name, arguments:
            case "AND", every:
                return all([_true(one) for one in every])
            case "OR", every:
                return any([_true(one) for one in every])
            case "NOT", [value]:
                return not _true(value)
            case "MIN", every:
                return min(_number(value) for value in every)
            case "MAX", every:
                return max(_number(value) for value in every)
            case "COUNT", every:
                return float(
                    sum(isinstance(v, int | float) and not isinstance(v, bool) for v in _flat(every))
                )
            case "COUNTA", every:
                return float(sum(value != "" for value in _flat(every)))
            case "INDEX", [area, number]:
                return area[int(_number(number)) - 1] if number is not None else None
            case "MATCH", [value, area, _]:
                return next((n for n, held in enumerate(area, 1) if held == value), None)
            case "ROUND", [value, digits]:
                exact = Decimal(repr(_number(value))).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
                return float(exact)
            case "N", [value]:
                return float(value) if isinstance(value, int | float) else 0.0
            case "ISNUMBER", [value]:
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "ABS", [value]:
                return abs(_number(value))
            case "MOD", [value, by]:
                return _number(value) % _number(by)
            case "TRIM", [value]:
                return re.sub(" +", " ", _text(value)).strip(" ")
            case "SUBSTITUTE", [text, old, new]:
                return _text(text).replace(old, new)
        raise AssertionError(f"{name}({arguments})")

    def _if(self) -> Any:
        """Only the branch that is taken counts; both are read."""
        chosen = _true(self._compared())
        assert self._next(",")
        values = []
        for _ in range(2):
            before = self._at
            try:
                values.append(self._compared())
            except ZeroDivisionError:
                values.append(None)
                self._at = self._past(before)
            if len(values) == 1:
                assert self._next(",")
        assert self._next(")")
        value = values[0] if chosen else values[1]
        assert value is not None, "divides by nothing"
        return value

    def _past(self, start: int) -> int:
        """Where the argument that begins there ends."""
        depth = 0
        for at in range(start, len(self._tokens)):
            kind, text = self._tokens[at]
            if kind == "op" and depth == 0 and text in (",", ")"):
                return at
            depth += (text == "(") - (text == ")") if kind == "op" else 0
        return len(self._tokens)


def _flat(values: list[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _true(value: Any) -> bool:
    assert isinstance(value, bool | int | float), f"a text where a condition stands: {value!r}"
    return bool(value)


def _number(value: Any) -> float:
    if value == "":
        return 0.0
    assert isinstance(value, bool | int | float), f"#VALUE! {value!r}"
    return float(value)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def _compare(op: str, left: Any, right: Any) -> bool:
    """A blank equals "" and 0; a text is above every number."""
    if "" in (left, right) and isinstance(left, str) != isinstance(right, str):
        left, right = (left or "~", right) if left == "" else (left, right or "~")
    rank = {str: 1}
    a, b = ((rank.get(type(one), 0), one) for one in (left, right))
    if a[0] != b[0]:
        return {"=": False, "<>": True}.get(op, (a[0] < b[0]) if op[0] == "<" else (a[0] > b[0]))
    x, y = a[1], b[1]
    return bool({"=": x == y, "<>": x != y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}[op])
