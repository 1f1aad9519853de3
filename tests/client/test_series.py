"""`Client.series` against the application: exact, whole, of one position, and the same as the CSV."""

from __future__ import annotations

import csv
import importlib.util
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pandas
import pytest
from analysts import DAYS, FIGURES, Installation
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting_client import Client, InvalidArgument, MissingExtra, PagesDisagree, frames
from reporting_client.observations import COLUMNS, DECIMALS, NAMES, NUMBER, camel
from thorough import examples

TOWNS = ["municipality", "ward"]


def cell(frame: Any, election: str, area: str) -> Any:
    (place,) = frame.index[(frame["election"] == election) & (frame["area"] == area)]
    return frame.loc[place]


def test_the_figures_are_those_that_were_entered_exact_to_the_last_digit(client: Client) -> None:
    frame = client.series("electors", "voters", level=TOWNS, until="2020-01-01").to_pandas()
    told = {(row.election, row.area, row.item): row.value for row in frame.itertuples()}
    for election, units in FIGURES.items():
        for unit, (electors, voters) in units.items():
            assert told[election, unit, "electors"] == Decimal(electors)
            assert told[election, unit, "voters"] == Decimal(voters)
    votes = client.series(
        "votes", level="ward", choice="a", since="2017-01-01", until="2017-12-31"
    ).to_pandas()
    assert [str(value) for value in votes["value"]] == ["300.5", "250.125"]
    assert client.observation(votes["citation"][1]).value == Decimal("250.125")


def test_columns_and_rows_are_those_of_the_csv(client: Client, installation: Installation) -> None:
    answer = installation.server.get(
        "/series.csv", params={"item": "voters,turnout", "level": "municipality,ward"}
    )
    rows = list(csv.DictReader(StringIO(answer.text)))
    frame = client.series("voters", "turnout", level=TOWNS).to_pandas()
    assert list(rows[0]) == list(frame.columns) == list(NAMES)
    assert len(rows) == len(frame) > 40
    for row, ours in zip(rows, frame.itertuples(), strict=True):
        for name in NAMES:
            value = getattr(ours, name)
            text = "" if value is None or value is pandas.NA else str(value)
            assert row[name] == (text[:10] if name == "date" else text), name


def test_zero_and_the_absences_stand_apart_in_a_frame(client: Client) -> None:
    frame = client.series("not_deposited", level=TOWNS, since="2017-01-01", until="2017-12-31").to_pandas(
        floats=True
    )
    told = {
        row.area: (row.value, None if row.absence is pandas.NA else row.absence, row.obs_status)
        for row in frame.itertuples()
    }
    assert told == {
        "11": (Decimal(0), None, "A"),
        "12": (None, "none", "M"),
        "20": (None, "not_reported", "L"),
        "33": (None, "suppressed", "Q"),
        "43": (None, None, "O"),
    }
    assert frame["value"].isna().sum() == frame["value_float"].isna().sum() == 4
    assert frame["value_float"].dtype == "float64"
    assert frame["value"].dtype == object
    assert frame["area"].dtype == "string"
    assert frame["value"].sum() == Decimal(0)


@pytest.mark.parametrize("size", [2, 5])
def test_pages_of_any_size_are_one_series(client: Client, size: int) -> None:
    whole = client.series("voters", level=TOWNS, until="2005-01-01")
    parts = client.series("voters", level=TOWNS, until="2005-01-01", page_size=size)
    again = [observation.citation for observation in parts]
    assert again == [observation.citation for observation in whole.observations]
    assert tuple(parts) == parts.observations == whole.observations
    assert parts.position == whole.position


def test_a_position_gives_the_same_for_ever_and_an_instant_finds_it(client: Client) -> None:
    now = client.series("votes", choice="a", areas="11", since="2024-01-01")
    (corrected,) = now.observations
    releases = client.releases("tiny")
    first = releases[-1]
    (then,) = client.series(
        "votes", choice="a", areas="11", since="2024-01-01", as_of=first.position + 1
    ).observations
    assert (then.value, corrected.value) == (Decimal(60), Decimal(61))
    at = releases[0].released_at
    (later,) = client.series(
        "votes", choice="a", areas="11", since="2024-01-01", as_of=datetime.now(UTC)
    ).observations
    assert later.value == Decimal(61)
    assert at < datetime.now(UTC)
    assert now.layer == "released"


def test_breaks_are_told_with_the_act_and_mergers_with_what_they_were(client: Client) -> None:
    series = client.series("turnout", level="prefecture", until="2020-01-01")
    (law,) = {entry.source for entry in series.breaks if entry.cause == "electorate"}
    assert "平成27年法律第43号" in law
    assert {entry.after for entry in series.breaks} == {"e2017"}
    frame = series.to_pandas()
    assert set(frame.loc[frame["obs_status"].str.contains("B"), "election"]) == {"e2017"}
    towns = client.series("voters", areas=["33", "43"], until="2010-01-01").to_pandas()
    merged = cell(towns, "e2009", "33")
    assert (merged["predecessors"], merged["previous_value"]) == ("31;32", Decimal(281))


def test_re_based_figures_and_unplaced_amounts_add_up_to_what_was_reported(client: Client) -> None:
    series = client.series("voters", level=TOWNS, boundaries=date(2020, 1, 1), until="2004-01-01")
    frame = series.to_pandas()
    assert dict(zip(frame["area"], frame["value"], strict=True))["33"] == Decimal(161 + 120)
    placed = sum(frame["value"].dropna(), Decimal(0))
    assert placed + sum(amount.amount for amount in series.unplaced) == sum(
        voters for _, voters in FIGURES["e2003"].values()
    )
    assert series.errata == ()


def test_the_codebook_and_the_elections(client: Client) -> None:
    assert {election.code: election.polling_date for election in client.elections()} == {
        **DAYS,
        "tiny": date(2024, 10, 27),
    }
    book = client.codebook("e2017")
    turnout = book.item("turnout")
    assert (turnout.kind, turnout.decimals, turnout.numerator, turnout.denominator) == (
        "rate",
        2,
        "voters",
        "electors",
    )
    assert [level.code for level in book.geographies[0].levels][:2] == ["nation", "prefecture"]
    assert "sex" in {dimension.code for dimension in book.dimensions}
    with pytest.raises(KeyError, match="turnout"):
        book.item("turn_out")


def test_a_client_without_pandas_or_polars_says_what_to_install(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    series = client.series("turnout", areas="JP")
    assert len(series.observations) == 5
    for make in (series.to_pandas, series.to_polars):
        with pytest.raises(MissingExtra, match="pip install"):
            make()


@pytest.mark.skipif(importlib.util.find_spec("polars") is None, reason="polars is not installed")
def test_polars_holds_the_same_exactly(client: Client) -> None:
    series = client.series("turnout", "votes", level=TOWNS)
    ours, theirs = series.to_pandas(floats=True), series.to_polars(floats=True)
    assert list(ours.columns) == theirs.columns
    for name in DECIMALS:
        assert [None if value is None else Decimal(value) for value in theirs[name].to_list()] == list(
            ours[name]
        )


@pytest.mark.parametrize(
    "given",
    [
        {"since": "27.10.2024"},
        {"as_of": datetime(2024, 10, 27)},
        {"as_of": True},
        {"boundaries": datetime(2024, 10, 27)},
    ],
)
def test_what_is_no_day_or_moment_is_refused_before_it_is_sent(client: Client, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as refused:
        client.series("turnout", **given)
    assert next(iter(given)) in refused.value.ja
    with pytest.raises(InvalidArgument, match="turnout"):
        client.series()


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)


@given(st.lists(st.none() | NUMBERS, min_size=1))
@settings(deadline=None, max_examples=examples(30))
def test_what_a_column_holds_is_what_was_sent(numbers: list[Decimal | None]) -> None:
    texts = [None if number is None else f"{number:f}" for number in numbers]
    read = next(read for name, _, read in COLUMNS if name == "value")
    assert [None if value is None else f"{value:f}" for value in read(texts)] == texts
    scale = frames.fraction_digits(numbers)
    assert scale is not None
    assert all(number is None or number == number.quantize(Decimal(1).scaleb(-scale)) for number in numbers)


def test_forty_digits_fit_no_decimal_of_polars() -> None:
    assert frames.fraction_digits([Decimal("1" * 30 + "." + "2" * 9)]) is None
    assert frames.fraction_digits([Decimal("0.000"), None]) == 3
    assert frames.fraction_digits([]) == 0


def test_names_of_the_api_are_made_from_ours() -> None:
    assert camel("coverage_reported") == "coverageReported"
    assert NUMBER.fullmatch("1e5") is None


@pytest.mark.parametrize("second", ["position", "cursor", "empty"])
def test_pages_that_do_not_fit_together_are_no_series(
    client: Client, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    series = client.series("voters", level=TOWNS, page_size=2)
    ask = series._connection.query
    asked = 0

    def other(document: str, variables: dict[str, object], field: str) -> object:
        nonlocal asked
        asked += 1
        page = dict(ask(document, variables, field))
        if asked > 1:
            if second == "position":
                page["asOfPosition"] += 1
            elif second == "cursor":
                page["pageInfo"]["endCursor"] = variables["after"]
            else:
                page["nodes"] = []
        return page

    monkeypatch.setattr(series._connection, "query", other)
    with pytest.raises(PagesDisagree):
        series.to_pandas()
