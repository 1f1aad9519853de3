"""What SQL reckons with a number that the driver sends says in which type: the driver takes the smallest that holds it, and the sum of
two small ones may not fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
PARAMETER = r"%(?:\(\w+\))?s"
RECKONED = re.compile(rf"{PARAMETER}\s*[-+*/](?!-)|(?<![-'])[-+*/]\s*{PARAMETER}(?!::)")


def reckons(statement: str) -> list[str]:
    plain = re.sub(r"--.*|'[^']*'", "", statement)
    return RECKONED.findall(plain)


@pytest.mark.parametrize(
    "statement",
    ["SELECT %(after)s + %(limit)s", "LIMIT %(limit)s - 1", "SELECT h.position - %s", "SELECT n * %(of)s"],
)
def test_it_is_seen(statement: str) -> None:
    assert reckons(statement)


@pytest.mark.parametrize(
    "statement", ["SELECT %(after)s::bigint + 1", "clock_timestamp() - %s::interval", "VALUES (%s, %s)"]
)
def test_a_type_said_is_enough(statement: str) -> None:
    assert not reckons(statement)


def test_every_statement_says_in_which_type_it_reckons() -> None:
    files = sorted(SOURCE.rglob("*.sql"))
    assert len(files) > 20
    assert {
        str(file.relative_to(SOURCE)): found for file in files if (found := reckons(file.read_text("utf-8")))
    } == {}
