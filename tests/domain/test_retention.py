"""What the law keeps how long; nothing is disposed of before its time, under hold, or by one person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.disposal import DisposedAlone, Holding, KeptStill, UnderHold, require_over
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import Event
from reporting.domain.retention import Schedule, schedule
from reporting.domain.retention_events import (
    DisposalConfirmed,
    DisposalProposed,
    Ground,
    HoldLifted,
    HoldOpened,
    RecordKind,
)
from reporting.errors import ReportingError


def election(kind: str, polled: str, *contests: str) -> ElectionDefinition:
    shape = tiny.contests()[1]
    return tiny.election(
        kind=kind,
        polling_date=polled,
        contests=[{**shape, "code": f"c{number}", "kind": name} for number, name in enumerate(contests)],
    )


@pytest.mark.parametrize(
    ("kind", "polled", "contests", "until"),
    [
        ("lower_house", "2024-10-27", ["single_member"], "2029-10-27"),
        ("lower_house", "2024-10-27", ["single_member", "retention"], "2030-10-27"),
        ("lower_house", "2021-10-31", ["single_member", "retention"], "2032-10-31"),
        ("lower_house", "2023-02-16", ["retention"], "2034-02-16"),
        ("lower_house", "2023-02-17", ["retention"], "2029-02-17"),
        ("lower_house.by_election", "2024-10-27", ["single_member"], "2029-10-27"),
        ("upper_house", "2025-07-20", ["constituency"], "2032-07-20"),
        ("mayor", "2024-02-29", ["head"], "2029-02-28"),
        ("survey", "2024-10-27", ["single_member"], "2035-10-27"),
    ],
)
def test_the_longest_period_of_its_contests_counts(
    kind: str, polled: str, contests: list[str], until: str
) -> None:
    assert schedule().kept([election(kind, polled, *contests)]).until == date.fromisoformat(until)


def test_a_later_definition_shortens_nothing() -> None:
    first, moved = election("upper_house", "2025-07-20", "x"), election("mayor", "2020-01-05", "x")
    assert schedule().kept([first, moved]) == schedule().kept([first])


def test_every_row_names_its_source_and_what_was_not_read_says_so() -> None:
    for period in schedule().period:
        assert period.source.ja
        assert period.source.en
        assert (period.read == "none") == (not period.where)
        assert (period.read == "none") == ("未確認" in period.source.ja)
    assert {record.code for record in schedule().record if record.disposal == "two_persons"} == set(
        get_args(RecordKind)
    )


def test_of_two_rows_that_are_not_known_the_longer_is_taken() -> None:
    longest = max(period.years for period in schedule().period)
    assert {period.years for period in schedule().period if period.read == "none"} == {longest}
    assert isinstance(schedule(), Schedule)


def proposal(name: str, ground: Ground, election: str | None, until: date | None) -> DisposalProposed:
    return DisposalProposed(
        disposal=name, record="names", ground=ground, election=election, law="法", kept_until=until,
        commands=1, digest="00" * 32,
    )  # fmt: skip


START = date(2030, 1, 1)
PEOPLE, ELECTIONS = ("田中", "鈴木", "高橋"), ("a", "b")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("hold"), st.sampled_from([None, *ELECTIONS]), st.sampled_from([None, "names", "files"])
        ),
        st.tuples(st.just("lift"), st.integers(0, 5)),
        st.tuples(
            st.just("propose"),
            st.sampled_from(PEOPLE),
            st.sampled_from(ELECTIONS),
            st.sampled_from(get_args(Ground)),
        ),
        st.tuples(st.just("confirm"), st.sampled_from(PEOPLE), st.integers(0, 5)),
        st.tuples(st.just("clock"), st.integers(0, 400)),
    ),
    max_size=25,
)
KEPT = {"a": START + timedelta(days=200), "b": START + timedelta(days=700)}


@given(STEPS)
def test_nothing_before_its_time_or_under_hold_and_nobody_alone(steps: list[Any]) -> None:
    """Beside the fold a list of what was said in plain words, judged by itself."""
    state, today, position = Holding(), START, 0
    holds: dict[str, tuple[str | None, str | None]] = {}
    proposed: dict[str, tuple[str, str, str]] = {}

    def say(event: Event, person: str = "事務局") -> None:
        nonlocal state, position
        position += 1
        state = state.after(event, position, person)

    for step in steps:
        match step:
            case ("clock", days):
                today += timedelta(days=days)
            case ("hold", where, kind):
                name = f"h{position}"
                holds[name] = (where, kind)
                say(HoldOpened(hold=name, election=where, record=kind))
            case ("lift", number) if holds:
                name = list(holds)[number % len(holds)]
                del holds[name]
                say(HoldLifted(hold=name))
            case ("propose", person, where, ground):
                name = f"d{position}"
                until = KEPT[where] if ground == "period_over" else None
                proposed[name] = (person, where, ground)
                say(proposal(name, ground, where, until), person)
            case ("confirm", person, number) if proposed:
                name = list(proposed)[number % len(proposed)]
                by, where, ground = proposed[name]
                held = any(kind in (None, "names") and at in (None, where) for at, kind in holds.values())
                early = ground == "period_over" and today <= KEPT[where]
                forbidden = person == by or early or (held and ground != "court_order")
                try:
                    state.require_confirmable(state.disposals[name], person, today, {where})
                except ReportingError as refused:
                    assert forbidden
                    assert isinstance(refused, DisposedAlone | KeptStill | UnderHold)
                else:
                    assert not forbidden
                    say(DisposalConfirmed(disposal=name), person)
    assert set(state.holds) == set(holds)


def test_the_last_day_belongs_to_the_period() -> None:
    with pytest.raises(KeptStill):
        require_over("period_over", START, "法", START)
    require_over("period_over", START, "法", START + timedelta(days=1))
    with pytest.raises(KeptStill):
        require_over("period_over", None, "法", START)
