"""SQL is put together in one way (issue 11, 14)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reporting
from reporting.database.sql import columns_as, filled, identifier

SOURCES = Path(reporting.__file__).parents[1]


def test_every_blank_is_filled_in_blocks_too() -> None:
    assert (
        filled("SELECT {what} FROM {where}", what="{a}, b", a="1", where="t", more="") == "SELECT 1, b FROM t"
    )
    assert filled("SELECT '{}'::int[], $1") == "SELECT '{}'::int[], $1"


@pytest.mark.parametrize("blocks", [{}, {"what": "{where}"}, {"what": "{what}"}])
def test_a_blank_that_nobody_fills_is_no_statement(blocks: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="nothing to put"):
        filled("SELECT {what}", **blocks)


def test_names_are_quoted() -> None:
    assert identifier('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
    assert columns_as({"n": "value"}, ["value"]) == '"value" AS "n"'


@pytest.mark.parametrize(
    "fields",
    [{"n": "other"}, {'a"': "value"}, {"%s": "value"}, {"{x}": "value"}, {"n" * 64: "value"}, {"": "value"}],
)
def test_what_is_no_column_or_no_name_is_refused(fields: dict[str, str]) -> None:
    """By a check that `python -O` leaves in."""
    with pytest.raises(ValueError, match="unknown column or unfit name"):
        columns_as(fields, ["value"])


def test_no_module_puts_statements_together_by_itself() -> None:
    """Where named SQL is used, nothing is put in place of `{…}` but by `filled`."""
    own = []
    for path in SOURCES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "reporting.database.sql" not in text and "import SQL" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            named = [node.id for node in ast.walk(call.func.value) if isinstance(node, ast.Name)]
            blanks = (
                call.args
                and isinstance(call.args[0], ast.Constant)
                and str(call.args[0].value).startswith("{")
            )
            if (call.func.attr == "replace" and blanks) or (call.func.attr == "format" and "SQL" in named):
                own.append(f"{path.relative_to(SOURCES)}:{call.lineno}")
    assert own == []
