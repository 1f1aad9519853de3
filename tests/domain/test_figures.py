from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.figures import Absence, Cell, format_value, parse_value, rate
from reporting.errors import InvalidInput

values = st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=3) | st.sampled_from(Absence)


@given(values)
def test_every_value_survives_its_text(value: Decimal | Absence) -> None:
    assert parse_value(format_value(value)) == value


@given(values)
def test_equal_values_have_equal_text(value: Decimal | Absence) -> None:
    text = format_value(value)
    assert format_value(parse_value(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "１",
        "1,000",
        "1e3",
        "1_0",
        "NaN",
        "Infinity",
        "+1",
        "01",
        "1.",
        ".5",
        "1.2345",
        "--1",
        "!",
        "!None",
        "true",
        "9" * 16,
        "0x1",
        "1\n",
        "-",
        "１２",
    ],
)
def test_what_is_not_a_figure_is_refused_and_named(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_value(text, field="voters")
    assert refused.value.facts["field"] == "voters"
    assert "voters" in refused.value.message_ja
    assert "voters" in refused.value.message_en


def test_zero_none_not_reported_and_suppressed_are_four_things() -> None:
    four = [parse_value(text) for text in ("0", "!none", "!not_reported", "!suppressed")]
    assert len({repr(value) for value in four}) == 4
    assert format_value(parse_value("-0")) == "0"


def test_rates_are_rounded_half_up() -> None:
    """Rule J04; the second line is the Upper House election of 2022 (PR voters, electors)."""
    assert rate(Decimal(1), Decimal(800)) == Decimal("0.13")  # 0.125
    assert rate(Decimal(54655446), Decimal(105019203)) == Decimal("52.04")
    assert rate(Decimal(1), Decimal(0)) is None


def test_cell_keys_go_both_ways() -> None:
    cell = Cell("pr", "votes", "", "ldp")
    assert Cell.from_key(cell.key) == cell
    with pytest.raises(InvalidInput):
        Cell.from_key("pr|votes")
