"""A definition that takes a place from under figures is refused, dry run and for real; withdrawn openly it is taken."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import tiny

from reporting.application.service import Reporting
from reporting.application.taken_away import FiguresTakenAway
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput


def without(path: str, code: str) -> ElectionDefinition:
    """The tiny election without one member of a list of it."""
    stored = tiny.election().model_dump(mode="json")
    place: Any = stored
    for name in path.split("."):
        place = place[int(name)] if name.isdigit() else place[name]
    place[:] = [one for one in place if (one if isinstance(one, str) else one["code"]) != code]
    return ElectionDefinition.model_validate(stored)


TAKEN = {
    "choice pr/a": without("contests.0.choices", code="a"),
    "form final item voters": without("forms.0.items", code="voters"),
    "contest pr": without("contests", code="pr"),
    "slot final/final": without("forms.0.slots", code="final"),
    "breakdown sex=m": without("dimensions.0.values", code="m"),
    "unit 11": tiny.election(units={"geography": "administrative", "levels": ["municipality"]}),
}


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("what", TAKEN)
def test_what_holds_figures_is_not_taken_away(service: Reporting, what: str, dry_run: bool) -> None:
    tiny.define(service)
    service.define_election(TAKEN[what], tiny.SYSTEM, uuid4(), dry_run=True)  # nothing stands there yet
    tiny.enter(service, "11", voters=3, electors_m=2, votes_a="1.5")
    with pytest.raises(FiguresTakenAway) as refused:
        service.define_election(TAKEN[what], tiny.SYSTEM, uuid4(), dry_run=dry_run)
    assert any(one.startswith(f"{what}: ") for one in refused.value.facts["losses"])
    assert service.catalog.election("tiny").definition == tiny.election()


def test_withdrawn_openly_it_is_taken_and_its_figures_stand(service: Reporting) -> None:
    tiny.define(service)
    tiny.enter(service, "11", voters=3, votes_a="1.5")
    stored = tiny.election().model_dump(mode="json")
    gone = {"on": "2024-10-28", "reason": "立候補の辞退"}
    stored["contests"][0]["choices"][0]["withdrawn"] = gone
    stored["units"] = {
        "geography": "administrative",
        "levels": ["municipality"],
        "withdrawn": [{"unit": "11", **gone}, {"unit": "12", **gone}],
    }
    service.define_election(
        ElectionDefinition.model_validate(stored), tiny.SYSTEM, uuid4(), reason="立候補の辞退"
    )
    roster = service.catalog.election("tiny").roster
    assert roster.withdrawn == {"11", "12"}
    assert roster.covers("JP", "11")
    tiny.correct(service, "11", 1, voters=4)


def test_an_election_that_nobody_reports_on_is_refused_with_the_levels_there_are(service: Reporting) -> None:
    tiny.define(service)
    for code in ("tiny", "other"):
        wrong = tiny.election(code=code, units={"geography": "administrative", "levels": ["wards"]})
        with pytest.raises(InvalidInput, match="ward") as refused:
            service.define_election(wrong, tiny.SYSTEM, uuid4(), dry_run=True)
        assert refused.value.facts["field"] == "units.levels"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_unit_that_reported_is_divided_only_when_it_is_withdrawn_openly(
    service: Reporting, dry_run: bool
) -> None:
    tiny.define(service)
    tiny.enter(service, "20", voters=85)
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    part = town.model_copy(update={"code": "21", "level": "ward", "parent": "20"})
    with pytest.raises(FiguresTakenAway) as refused:
        service.declare_registry("tinyland", (), (part,), tiny.SYSTEM, uuid4(), dry_run=dry_run)
    assert refused.value.facts["losses"] == ["unit 20: 1"]
    gone = {"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [gone]}
    service.define_election(tiny.election(units=units), tiny.SYSTEM, uuid4(), reason="離島")
    service.declare_registry("tinyland", (), (part,), tiny.SYSTEM, uuid4())
    assert service.catalog.election("tiny").roster.parts == {"pr": {"20": ("21",)}}
