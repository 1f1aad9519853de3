"""What an item costs to type: between two drafts of one person, on the cells of the later; never what nobody can know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from reporting.domain.burden import TypedDraft, burdens

START = datetime(2026, 2, 8, 20, tzinfo=UTC)


def draft(
    minute: float, *items: str, person: str = "佐藤", unit: str = "11", slot: str = "final"
) -> TypedDraft:
    at = START + timedelta(minutes=minute)
    return TypedDraft(unit, "final", slot, person, at, tuple(f"pr|{item}||" for item in items))


def minutes(*drafts: TypedDraft) -> dict[str, Decimal | None]:
    return {item: burden.minutes_per_unit for item, burden in burdens(drafts).items()}


def test_time_between_drafts_is_spent_on_the_cells_of_the_later_alike() -> None:
    assert minutes(draft(0, "electors"), draft(3, "voters", "votes"), draft(4, "votes")) == {
        "voters": Decimal("1.5"),
        "votes": Decimal("2.5"),
    }


def test_a_first_draft_a_pause_and_another_person_measure_nothing() -> None:
    assert minutes(draft(0, "electors")) == {}
    assert minutes(draft(0, "electors"), draft(10.1, "voters")) == {}
    assert minutes(draft(0, "electors"), draft(1, "voters", person="鈴木")) == {}
    assert minutes(draft(0, "electors"), draft(1, "voters", slot="2300")) == {}
    assert minutes(draft(0, "electors"), draft(10, "voters")) == {"voters": Decimal("10.0")}


def test_it_is_told_by_unit_over_those_that_typed_it() -> None:
    told = burdens(
        [
            draft(0, "a"),
            draft(2, "a"),
            draft(0, "a", unit="12"),
            draft(1, "a", unit="12"),
            draft(0, "a", unit="20"),
        ]
    )
    assert (told["a"].minutes_per_unit, told["a"].units, told["a"].intervals) == (
        Decimal("1.5"),
        {"11", "12"},
        2,
    )
