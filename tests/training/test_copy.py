"""The training copy: marked, under its own code, with a workflow, and a night that begins when the drill does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import night
import pytest
import tiny

from reporting.application.service import Reporting
from reporting.errors import InvalidInput
from reporting.training.copy import LEAD, Clock, drill_code, nominal_times, training_copy
from reporting.training.prepare import area_of_a_drill, roster_of, units_of

START = datetime(2026, 4, 10, 1, 0, tzinfo=UTC)
CLOCK = Clock(START, 10)


def test_codes_are_numbered_and_never_nested() -> None:
    taken = {"a-drill-1", "a-drill-2"}
    assert drill_code("a", taken.__contains__) == "a-drill-3"
    assert drill_code("a-drill-1", taken.__contains__) == "a-drill-3"
    assert len(drill_code("x" * 64, taken.__contains__)) <= 64


def test_the_night_is_moved_and_compressed(service: Reporting) -> None:
    night.define(service, is_test=False)
    source = service.catalog.election("tiny").definition
    geographies = service.catalog.geographies("tinyland")
    copy = training_copy(source, "tiny-drill-1", roster_of(service, source), geographies, CLOCK).definition
    assert (copy.code, copy.is_test, copy.label.ja) == ("tiny-drill-1", True, "【訓練】小選挙")
    assert copy.workflow == source.workflow
    assert (copy.items, copy.contests, copy.units, copy.rules) == (
        source.items, source.contests, source.units, source.rules,
    )  # fmt: skip
    flash, final = copy.forms
    assert [slot.publish_at for slot in flash.slots] == [
        START + LEAD / 10,
        START + (LEAD + timedelta(hours=1)) / 10,
    ]
    assert final.slots[0].publish_at == flash.slots[1].publish_at
    assert CLOCK.minute(CLOCK.moment(77)) == pytest.approx(77)


def test_an_election_without_workflow_rules_or_times_gets_them(service: Reporting) -> None:
    tiny.define(service)
    source = service.catalog.election("tiny").definition
    geographies = service.catalog.geographies("tinyland")
    copy = training_copy(source, "tiny-drill-1", roster_of(service, source), geographies, CLOCK).definition
    assert copy.workflow is not None
    assert copy.workflow.levels == ("city", "prefecture", "nation")
    assert (copy.workflow.publish_at_level, copy.workflow.certify_at_level) == ("prefecture", "nation")
    assert copy.rules
    assert all(slot.publish_at is not None for form in copy.forms for slot in form.slots)
    assert copy.previous is None


def test_early_voting_and_later_surveys_are_not_of_the_night() -> None:
    form = night.election().model_dump(mode="json")["forms"][0]
    slots = [
        {**form["slots"][0], "code": "eve", "publish_at": "2024-10-20T20:00:00+09:00"},
        *form["slots"],
        {**form["slots"][0], "code": "survey", "publish_at": "2025-02-01T10:00:00+09:00"},
    ]
    times = nominal_times(night.election(forms=[{**form, "slots": slots}]))
    assert {slot for _, slot in times} == {"2200", "2300"}


def test_a_copy_never_takes_the_sources_code(service: Reporting) -> None:
    night.define(service)
    source = service.catalog.election("tiny").definition
    for code in ("tiny", "other"):
        with pytest.raises(InvalidInput):
            training_copy(source, code, roster_of(service, source), (), CLOCK)


def test_a_drill_plays_where_nobody_says_in_the_smallest_area_below_the_top(service: Reporting) -> None:
    """No area of one country is a default in code."""
    tiny.define(service)
    definition = service.catalog.election("tiny").definition
    assert area_of_a_drill(service, definition) == "P2"
    assert units_of(service, definition, "P2") == ("31", "32")
