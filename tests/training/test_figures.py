"""Figures of demo and drills look like those a clerk knows."""

from __future__ import annotations

import pytest

from api.demo.figures import DemoUnit, real_electors
from api.training.truth import demo_truth
from reporting.definitions.load import demo_election, shipped_registry
from reporting.domain.expansion import expand
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import Roster


@pytest.fixture(scope="module")
def roster() -> Roster:
    shipped, registry = shipped_registry(), AreaRegistry()
    registry.declare(shipped.geographies)
    registry.register(shipped.areas)
    definition = demo_election()
    return expand(definition, registry.at(definition.polling_date))


def test_every_unit_of_the_demo_has_the_electors_of_a_real_election(roster: Roster) -> None:
    assert set(roster.units) == set(real_electors())
    assert 104_000_000 < sum(real_electors().values()) < 106_000_000


@pytest.mark.parametrize(("unit", "electors"), [("31201", 154_182), ("31384", 2_917), ("14109", 293_000)])
def test_a_city_is_a_city_and_a_village_a_village(roster: Roster, unit: str, electors: int) -> None:
    """鳥取市, 日吉津村, 横浜市港北区; another seed is another year, not another place."""
    for seed in (1, 2, 3):
        assert DemoUnit.draw(seed, unit).electors == pytest.approx(electors, rel=0.06)
    truth = demo_truth(demo_election(), roster, [unit], 1)
    values = [
        int(value) for cells in truth.values() for key, value in cells.items() if key.split("|")[1] == "electors"
        and not key.split("|")[2]
    ]  # fmt: skip
    assert values
    assert set(values) == {DemoUnit.draw(1, unit).electors}


def test_other_countries_are_drawn_as_before() -> None:
    assert DemoUnit.draw(1, "hall-7").electors == DemoUnit.draw(1, "hall-7").electors >= 150
