"""A definition that leaves a contest without voters or choices, or a form without anything to enter, is refused with what to
do, dry run and for real."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import tiny

from reporting.application.service import Reporting
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput


def contests(*changes: dict[str, Any], **more: Any) -> ElectionDefinition:
    """The tiny election with its contests changed in order."""
    stored = tiny.election(**more).model_dump(mode="json")
    for contest, change in zip(stored["contests"], changes, strict=False):
        contest.update(change)
    return ElectionDefinition.model_validate(stored)


def form(*items: str, **more: Any) -> dict[str, Any]:
    slots = [{"code": "s", "label": tiny.label("速報")}]
    return {"code": "quick", "label": tiny.label("速報"), "items": items, "slots": slots, **more}


LACKING = {
    "forms.items": tiny.election(forms=[form("turnout")]),
    "contests.area": contests(
        {}, {"area": {"geography": "electoral", "area": "JP"}, "without": ["D1", "D2"]}
    ),
    "contests.choices": contests({"choices": []}),
}


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("field", LACKING)
@pytest.mark.parametrize("defined", [True, False])
def test_what_a_definition_lacks_is_told(
    service: Reporting, field: str, dry_run: bool, defined: bool
) -> None:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    if defined:
        service.define_election(tiny.election(), tiny.SYSTEM, uuid4())
    with pytest.raises(InvalidInput) as refused:
        service.define_election(LACKING[field], tiny.SYSTEM, uuid4(), dry_run=dry_run)
    assert refused.value.facts["field"] == field


STATED = {
    "withdrawn": contests({"choices": [], "withdrawn": {"on": "2024-10-20", "reason": "候補者なし"}}),
    "its own area": contests({}, {"choices": [], "without": ["D1"]}),
    "a kind no form asks for votes": contests(
        {"choices": [], "kind": "uncontested"}, forms=[form("votes", contest_kinds=["single_member"])]
    ),
}


@pytest.mark.parametrize("how", STATED)
def test_uncontested_as_stated_is_taken(service: Reporting, how: str) -> None:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    assert service.define_election(STATED[how], tiny.SYSTEM, uuid4()).events == 1


def test_what_goes_and_holds_nothing_is_told(service: Reporting) -> None:
    tiny.define(service)
    stored = tiny.election().model_dump(mode="json")
    del stored["contests"][1], stored["contests"][0]["choices"][1]
    fewer = ElectionDefinition.model_validate(stored)
    for dry_run in (True, False):
        done = service.define_election(fewer, tiny.SYSTEM, uuid4(), dry_run=dry_run)
        assert done.removed == ("contest d1", "choice d1/x", "choice pr/b")
