"""Each injector makes the mistake it is named after, on figures of the incident where they are known."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import night
import pytest
import tiny

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, Value
from reporting.errors import InvalidInput
from reporting.rules.context import Context
from reporting.rules.engine import check
from reporting.training import errors
from reporting.training.errors import Paper
from reporting.training.incidents import MISTAKES, mistakes


def of(**values: int | str) -> dict[str, Value]:
    """`voters=5`, `votes_a="1.5"`, `voters__residence__overseas=2` of contest pr."""
    found: dict[str, Value] = {}
    for name, value in values.items():
        item, *rest = name.split("__")
        breakdown = "=".join(rest)
        choice = ""
        if item.startswith("votes_"):
            item, choice = "votes", item.removeprefix("votes_")
        found[Cell("pr", item, breakdown, choice).key] = Decimal(value)
    return found


def paper(
    figures: dict[str, Value], earlier: tuple[dict[str, Value], ...] = (), form: str = "final", **changes: Any
) -> Paper:
    definition = night.election(**changes)
    return Paper(definition, form, "final", figures, earlier)


def choices(*codes: str) -> list[dict[str, Any]]:
    first = night.election().model_dump(mode="json")["contests"][0]
    return [{**first, "choices": [{"code": code, "name": code} for code in codes]}]


def test_two_digits_change_places() -> None:
    changed = errors.transposed(paper(of(voters=1234)), random.Random(1))
    (text,) = (str(value) for value in changed.values())
    assert sorted(text) == sorted("1234")
    assert text != "1234"
    assert errors.transposed(paper(of(voters=7, electors=88)), random.Random(1)) == {}


def test_electors_typed_as_voters() -> None:
    changed = errors.neighbouring_field(paper(of(electors=832, voters=500)), random.Random(1))
    assert changed == of(voters=832)


def test_saikai_two_candidates_swapped_and_komagane_a_list_shifted() -> None:
    saikai = paper(of(votes_a="133418", votes_b="51525"))
    assert errors.swapped(saikai, random.Random(1)) == of(votes_a="51525", votes_b="133418")
    komagane = paper(of(votes_a=1, votes_b=2, votes_c=3), contests=choices("a", "b", "c"))
    assert errors.shifted(komagane, random.Random(1)) == of(votes_a=3, votes_b=1, votes_c=2)
    assert errors.shifted(saikai, random.Random(1)) == {}


def test_yakumo_two_slots_added_and_a_slot_that_falls() -> None:
    now, before = of(electors=1000, voters=300), of(electors=1000, voters=120)
    assert errors.slots_added(paper(now, (before,)), random.Random(1)) == of(voters=420)
    assert errors.backwards(paper(now, (before,)), random.Random(1)) == of(voters=180)
    assert errors.slots_added(paper(now), random.Random(1)) == {}


def test_tamba_overseas_voters_counted_twice() -> None:
    figures = of(voters=100, voters__residence__domestic=97, voters__residence__overseas=3)
    assert errors.overseas_twice(paper(figures), random.Random(1)) == of(voters=103)


def test_matsusaka_a_place_left_out_stays_consistent_with_itself() -> None:
    figures = of(voters=1000, voters__sex__m=480, voters__sex__f=520)
    changed = {**figures, **errors.missing_place(paper(figures), random.Random(1))}
    total, men, women = (changed[key] for key in figures)
    assert isinstance(total, Decimal)
    assert total < 1000
    assert total == men + women  # type: ignore[operator]


def test_karatsu_a_number_copied_across_contests() -> None:
    figures = of(invalid_votes=5) | {"d1|invalid_votes||": Decimal(7)}
    changed = errors.copied_contest(paper(figures), random.Random(1))
    assert changed in (of(invalid_votes=7), {"d1|invalid_votes||": Decimal(5)})


def test_ehime_a_fraction_goes_to_the_other_party() -> None:
    figures = of(votes_a="5299.407", votes_b="3308.592")
    changed = errors.wrong_division(paper(figures), random.Random(1))
    assert set(changed) == set(figures)
    assert sum(changed.values()) == sum(figures.values())  # type: ignore[arg-type]
    assert all(value == value.quantize(Decimal("0.001")) for value in changed.values())  # type: ignore[union-attr]


def test_nagano_an_older_sheet() -> None:
    now, before = of(votes_a=60, votes_b=38), of(votes_a=30, votes_b=38)
    assert errors.late_fax(paper(now, (before,)), random.Random(1)) == of(votes_a=30)
    assert errors.late_fax(paper(now), random.Random(1)) == of(votes_a=54, votes_b=35)


def test_more_ballots_than_voters_is_true_and_stands_out_in_the_identity_only() -> None:
    figures: dict[str, Value] = {key: Decimal(value) for key, value in _balanced().items()}
    one = paper(figures)
    changed = {**figures, **errors.negative_ballots(one, random.Random(1))}
    context = Context(one.definition, "final", "final", "11", frozenset({"pr"}), changed)
    found = {finding.rule for finding in check(one.definition.rules, context)}
    assert found <= {"J11"}
    signed = changed["pr|ballots_not_deposited||"]
    assert isinstance(signed, Decimal)
    assert signed < 0


def _balanced() -> dict[str, int]:
    return {
        f"pr|{'votes' if name.startswith('votes_') else name}||{name[-1] if name.startswith('votes_') else ''}": value
        for name, value in night.BALANCED.items()
    }


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.code)
def test_every_mistake_names_its_source_and_never_invents_a_cell(mistake: Any) -> None:
    assert mistake.incident
    assert mistake.source
    assert mistake.label.en
    assert all(code.startswith("J") for code in mistake.rules)
    figures: dict[str, Value] = {key: Decimal(value) for key, value in _balanced().items()}
    for seed in range(20):
        changed = mistake.inject(paper(figures, (figures,)), random.Random(seed))
        assert set(changed) <= set(figures)
        again = mistake.inject(paper(figures, (figures,)), random.Random(seed))
        assert changed == again


def test_mistakes_by_name() -> None:
    assert [one.code for one in mistakes(("swapped",))] == ["swapped"]
    assert mistakes() == MISTAKES
    with pytest.raises(InvalidInput):
        mistakes(("nothing",))


def test_nothing_can_go_wrong_on_an_empty_return() -> None:
    definition: ElectionDefinition = tiny.election()
    for mistake in MISTAKES:
        assert mistake.inject(Paper(definition, "final", "final", {}), random.Random(1)) == {}
