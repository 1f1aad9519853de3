"""What is passed over would have found nothing: every rule on random returns of one area, asked both ways (ADR 39)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reporting.domain.figures import Absence, Value
from reporting.rules.catalogue import everything, known_force
from reporting.rules.context import Context
from reporting.rules.detectors import exchanges
from reporting.rules.engine import check, examine, looks_back
from reporting.rules.passing import _Terms, asked_checks
from reporting.rules.siblings import SiblingReturns, WholeVotes, none_exchanged
from tests.rules.conftest import ELECTION, context

USES = tuple(
    use.model_copy(update={"settings": {"share_points": "10"}}) if use.code == "J20" else use
    for use in everything()
)
ODD = st.sampled_from([*Absence, Decimal(0), Decimal("0.5"), None])
SIZES = st.integers(20, 400)
LEANS = st.sampled_from([(0, 0, 0), (1, -1, 0), (-30, 30, 0), (0, -20, 20), (-14, 12, 2), (12, -12, 0)])


def count(size: int, leans: tuple[int, int, int], odd: Mapping[str, Value | None]) -> dict[str, Value]:
    """A count that adds up, of a place of this size, a little apart from its neighbours; with odd cells in it (None: left empty)."""
    votes = [Decimal(size * (share + lean)) for share, lean in zip((60, 30, 10), leans, strict=True)]
    figures: dict[str, Value] = {f"smd|votes||{code}": n for code, n in zip("abc", votes, strict=True)}
    valid = sum(votes, Decimal(0))
    figures |= {
        "smd|valid_votes||": valid,
        "smd|invalid_votes||": Decimal(size),
        "smd|ballots_counted||": valid + size,
    }
    for key, value in odd.items():
        figures.pop(key, None)
        if value is not None:
            figures[key] = value
    return figures


CELLS = sorted(count(1, (0, 0, 0), {}))
SOUND = st.builds(count, SIZES, LEANS, st.just({}))
AREAS = st.one_of(
    st.lists(SOUND, min_size=2, max_size=8),
    st.lists(
        st.builds(count, SIZES, LEANS, st.dictionaries(st.sampled_from(CELLS), ODD, max_size=1)), max_size=8
    ),
)


ALIKE = [count(300 + n, (0, 0, 0), {}) for n in range(6)]
EXCHANGED = (-30, 30, 0)
NONE_OF_C = {"smd|votes||c": None}


@example([*ALIKE, count(400, (-14, 12, 2), {})], "final", None)  # a share unlike all others
@example([ALIKE[0], *(count(n, EXCHANGED, NONE_OF_C) for n in (300, 310, 320))], "final", None)
@example(ALIKE, "final", count(300, EXCHANGED, {}))  # as the others, and not as before
@example(
    [count(400, leans, {}) for leans in ((6, -6, 0), (-10, 10, 0), (0, 0, 0))], "final", None
)  # of two others
@settings(max_examples=12, deadline=None)
@given(AREAS, st.sampled_from(["final", "i2200"]), st.none() | SOUND)
def test_each_return_of_an_area_says_what_it_says_when_every_check_is_asked(
    returns: list[dict[str, Value]], slot: str, before: dict[str, Value] | None
) -> None:
    group = SiblingReturns({f"n{n}": figures for n, figures in enumerate(returns)})
    made: dict[Any, Any] = {}
    for unit, figures in group.figures.items():
        others = {other: held for other, held in group.figures.items() if other != unit}
        more: dict[str, Any] = {} if before is None else {"previous": before}
        one = context("count", figures, slot, neighbours=others, **more)
        told = examine(USES, one).findings
        assert check(USES, replace(one, neighbours=group.without(unit), made=made)) == told
        assert check(USES, one) == told


def test_most_of_a_sound_return_is_passed_over() -> None:
    """Else the test above compares a thing with itself."""
    group = SiblingReturns({f"n{n}": count(20 + n, (0, 0, 0), {}) for n in range(6)})
    one = context("count", group.figures["n0"])
    one = replace(one, neighbours=group.without("n0"))
    asked = [each for each in asked_checks(known_force(USES), one) if not each.calm(one)]
    assert {each.check.kind for each in asked}.isdisjoint(
        {"sum_of_parts", "swap", "deviation", "apportionment"}
    )


class Unread(Mapping[str, Any]):
    """Nobody looks."""

    def __getitem__(self, slot: str) -> Any:
        raise AssertionError(slot)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


def test_where_no_slot_counts_on_only_rules_that_look_back_read_the_slots_before() -> None:
    forms = tuple(form.model_copy(update={"cumulative": False}) for form in ELECTION.forms)
    definition = ELECTION.model_copy(update={"forms": forms})
    uses = tuple(use for use in USES if not looks_back((use,)))
    assert {use.code for use in USES} - {use.code for use in uses} == {"J29"}
    for form, slot in (("count", "final"), ("turnout", "t1100")):
        one = replace(context(form, count(9, (0, 1, 0), {}), slot), definition=definition, earlier=Unread())
        assert examine(uses, one).findings == check(uses, one)


VOTES = st.one_of(
    st.integers(0, 40).map(Decimal),
    st.decimals(0, 10**15, places=3, allow_nan=False, allow_infinity=False),
)
ROWS = st.integers(2, 5).flatmap(lambda width: st.lists(st.tuples(*[VOTES] * width), min_size=1, max_size=5))


@given(ROWS, st.sampled_from([Decimal("0.1"), Decimal(5), Decimal(10)]), st.booleans())
@example([(Decimal(0), Decimal(0)), (Decimal(1), Decimal(2))], Decimal(5), True)
@example([(Decimal(1), Decimal(2)), (Decimal(0), Decimal(0))], Decimal(5), True)
@example([(Decimal(50), Decimal(50)), (Decimal(55), Decimal(45))], Decimal(10), True)
@example([(Decimal(45), Decimal(55)), (Decimal(55), Decimal(45))], Decimal(5), False)
def test_votes_that_lie_close_together_are_passed_over_as_the_check_would(
    rows: list[tuple[Decimal, ...]], points: Decimal, among: bool
) -> None:
    """By shares multiplied out as by shares, of a unit that is one of the others or is looked at beside them."""
    codes = tuple("abcde"[: len(rows[0])])
    by_unit = {f"u{number}": row for number, row in enumerate(rows)}
    sums = tuple(sum(column, Decimal(0)) for column in zip(*rows, strict=True))
    votes, unit = WholeVotes(codes, by_unit, sums), "u0" if among else "beside"
    own = dict(zip(codes, rows[0], strict=True))
    others = votes.others(unit)
    assert none_exchanged(own, unit, votes, points) == (list(exchanges(own, others, points)) == [])


VALUES = st.one_of(st.sampled_from(list(Absence)), VOTES)


@given(st.lists(st.tuples(VALUES, st.booleans(), st.booleans()), max_size=5))
@example([(Absence.NONE, True, False), (Decimal(3), True, False)])
@example([(Absence.SUPPRESSED, True, False)])
def test_cells_added_at_once_make_what_they_make_one_by_one(cells: list[tuple[Value, bool, bool]]) -> None:
    """Own cells that are all added; an absence among them, or a cell that is taken away, and they go one by one."""
    own, around = (
        {str(n): value for n, (value, mine, _) in enumerate(cells) if mine is which}
        for which in (True, False)
    )
    looked_at = cast(Context, SimpleNamespace(figures=own, around=around))
    terms = _Terms(tuple((str(n), mine, negative) for n, (_, mine, negative) in enumerate(cells)))
    assert terms.total(looked_at) == terms._each(looked_at)
