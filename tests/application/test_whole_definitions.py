"""A definition that leaves a contest without voters or choices, or a form without anything to enter, is refused with what to
do, dry run and for real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import tiny

from reporting.application.service import Reporting
from reporting.application.whole import require_own_addresses, require_reasons
from reporting.domain.election import ElectionDefinition, heads, members
from reporting.domain.public_addresses import (
    ADDRESSES_OF_ELECTION,
    ADDRESSES_OF_FORM,
    ADDRESSES_OVER_ELECTIONS,
)
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


def listed(**person: str) -> ElectionDefinition:
    people = [
        {"code": "a", "name": "甲党"},
        {"code": "b", "name": "乙党"},
        {"code": "a1", "name": "一郎", **person},
    ]
    return contests({"choices": people})


LACKING = {
    "forms.items": tiny.election(forms=[form("turnout")]),
    "contests.area": contests(
        {}, {"area": {"geography": "electoral", "area": "JP"}, "without": ["D1", "D2"]}
    ),
    "contests.choices": contests({"choices": []}),
}


LISTS = {
    "by the displayed name": {"party": "甲党"},
    "by the code, but as a label": {"party": "a"},
    "a list that is not there": {"on_list": "z"},
    "their own": {"on_list": "a1"},
}


@pytest.mark.parametrize("person", LISTS.values(), ids=LISTS)
def test_whose_list_somebody_stands_on_is_said_by_its_code(
    service: Reporting, person: dict[str, str]
) -> None:
    """A displayed name that is put right must not take a party's people off its list (issue 11, 14)."""
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    with pytest.raises(InvalidInput) as refused:
        service.define_election(listed(**person), tiny.SYSTEM, uuid4())
    assert refused.value.facts["field"] == "contests.choices.on_list"
    assert "pr/a1" in refused.value.facts["found"]
    right = listed(party="甲党", on_list="a")
    service.define_election(right, tiny.SYSTEM, uuid4())
    (renamed,) = right.model_copy(
        update={
            "contests": [
                right.contests[0].model_copy(
                    update={
                        "choices": tuple(
                            one.model_copy(update={"name": "新しい党"}) if one.code == "a" else one
                            for one in right.contests[0].choices
                        )
                    }
                )
            ]
        }
    ).contests
    for contest in (right.contests[0], renamed):
        assert [one.code for one in heads(contest)] == ["a", "b"]
        assert [one.code for one in members(contest, "a")] == ["a1"]


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


WHY = {
    "units.withdrawn.reason": lambda reason: tiny.election(
        units={**tiny.election().units.model_dump(), "withdrawn": [{"unit": "11", "on": "2024-10-20", "reason": reason}]}
    ),
    "contests.withdrawn.reason": lambda reason: contests({"withdrawn": {"on": "2024-10-20", "reason": reason}}),
    "without_rules.reason.ja": lambda reason: tiny.election(without_rules=[{"code": "J27", "reason": {"ja": reason, "en": "none"}}]),
}  # fmt: skip


@pytest.mark.parametrize("field", WHY)
def test_why_something_is_no_more_is_said_in_words(service: Reporting, field: str) -> None:
    """What was taken before stands, also beside what comes anew."""
    tiny.define(service)
    for signs in ("―", "。。", "\u3000-"):
        with pytest.raises(InvalidInput) as refused:
            service.define_election(WHY[field](signs), tiny.SYSTEM, uuid4(), reason="訂正")
        assert refused.value.facts["field"] == field
    require_reasons(WHY[field]("―"), WHY[field]("―"))
    assert service.define_election(WHY[field]("無投票"), tiny.SYSTEM, uuid4(), reason="訂正").events


@pytest.mark.parametrize("dry_run", [True, False])
def test_why_a_definition_changes_is_said_in_words_also_in_a_dry_run(
    service: Reporting, dry_run: bool
) -> None:
    """A dry run may leave the reason out: it asks what the change would touch before anybody writes why."""
    tiny.define(service)
    changed = WHY["without_rules.reason.ja"]("無投票")
    with pytest.raises(InvalidInput) as refused:
        service.define_election(changed, tiny.SYSTEM, uuid4(), reason="―", dry_run=dry_run)
    assert refused.value.facts["field"] == "reason"
    service.define_election(changed, tiny.SYSTEM, uuid4(), dry_run=dry_run)


def rate(numerator: str, denominator: str, *asked: str) -> ElectionDefinition:
    """The tiny election with such a rate, on a form that asks `asked` beside it."""
    items = tuple(
        item.model_copy(update={"numerator": numerator, "denominator": denominator})
        if item.code == "turnout"
        else item
        for item in tiny.election().items
    )
    return tiny.election(items=items, forms=[form("turnout", *asked)])


UNREADABLE = {
    "a rate of rates": (rate("voters", "turnout", "voters"), "items", "turnout"),
    "a rate of itself": (rate("turnout", "electors", "electors"), "items", "turnout"),
    "nobody's vote by somebody's": (rate("voters", "votes", "voters", "votes"), "items.denominator", "turnout"),
    "a part that the form lacks": (rate("voters", "electors", "voters"), "forms.items", "quick/turnout: electors"),
    "both parts in another form": (
        tiny.election(forms=[*tiny.election().forms, form("turnout", "votes")]), "forms.items", "quick/turnout: voters",
    ),
    "a form for a kind that is not there": (
        tiny.election(forms=[*tiny.election().forms, form("votes", contest_kinds=["single_membr"])]),
        "forms.contest_kinds", "quick (single_membr)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("what", UNREADABLE)
def test_what_would_be_nothing_for_everybody_is_refused(service: Reporting, what: str, dry_run: bool) -> None:
    """Taken, it would answer null for ever, whatever is entered."""
    tiny.define(service)
    definition, field, told = UNREADABLE[what]
    with pytest.raises(InvalidInput) as refused:
        service.define_election(definition, tiny.SYSTEM, uuid4(), dry_run=dry_run)
    assert refused.value.facts["field"] == field
    assert told in refused.value.facts["found"]


TWICE: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "forms.final.items": ("voters", lambda stored: stored["forms"][0]["items"].append("voters")),
    "forms.final.contest_kinds": (
        "proportional",
        lambda stored: stored["forms"][0].update(contest_kinds=["proportional", "proportional"]),
    ),
    "geographies": ("administrative", lambda stored: stored["geographies"].append("administrative")),
    "items.electors.breakdowns": ("sex+sex", lambda stored: stored["items"][0].update(breakdowns=[["sex", "sex"]])),
    "items.voters.breakdowns": (
        "age+sex",
        lambda stored: (
            stored["dimensions"].append({**stored["dimensions"][0], "code": "age"}),
            stored["items"][1].update(breakdowns=[["sex", "age"], ["age", "sex"]]),
        ),
    ),
    "contests.pr.without": ("P2", lambda stored: stored["contests"][0].update(without=["P2", "P2"])),
    "rules": ("J01", lambda stored: stored.update(rules=[{"code": "J01"}, {"code": "J01", "severity": "warning"}])),
    "units.withdrawn": (
        "20",
        lambda stored: stored["units"].update(
            withdrawn=[{"unit": "20", "on": "2024-10-20", "reason": reason} for reason in ("廃止", "合併")]
        ),
    ),
}  # fmt: skip


STRANGE: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "contests.choices.name": (r"'\u3000'", lambda stored: stored["contests"][0]["choices"][0].update(name="　")),
    "label.ja": (r"'\x00'", lambda stored: stored["label"].update(ja="\0")),
    "items.label.en": (r"'a\x1b'", lambda stored: stored["items"][0]["label"].update(en="a\x1b")),
    "forms.slots": (
        "final/final 0001-01-01T00:00:00+12:00",
        lambda stored: stored["forms"][0]["slots"][0].update(publish_at="0001-01-01T00:00:00+12:00"),
    ),
    "forms.prefill": ("final", lambda stored: stored["forms"][0].update(prefill=[{"form": "final", "slot": "final"}])),
    "previous": ("tiny", lambda stored: stored.update(previous="tiny")),
}  # fmt: skip


@pytest.mark.parametrize("field", [*TWICE, *STRANGE])
def test_what_a_list_names_twice_and_what_nobody_could_mean_is_refused(
    service: Reporting, field: str
) -> None:
    """An item twice on a form would be two fields for one figure; a time beyond the calendar breaks every page of it."""
    tiny.define(service)
    told, spoil = {**TWICE, **STRANGE}[field]
    stored = tiny.election().model_dump(mode="json")
    spoil(stored)
    with pytest.raises(InvalidInput) as refused:
        service.define_election(ElectionDefinition.model_validate(stored), tiny.SYSTEM, uuid4(), dry_run=True)
    assert (refused.value.facts["field"], refused.value.facts["found"]) == (field, told)


def test_rates_by_choice_are_taken(service: Reporting) -> None:
    tiny.define(service)
    for parts in (("votes", "voters"), ("votes", "votes")):
        assert service.define_election(rate(*parts, *dict.fromkeys(parts)), tiny.SYSTEM, uuid4()).events == 1


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


def slotted(form_code: str, slot_code: str) -> dict[str, Any]:
    slots = [{"code": slot_code, "label": tiny.label("速報")}]
    return {"code": form_code, "label": tiny.label("速報"), "items": ("voters",), "slots": slots}


TAKEN = [
    *(({"code": code}, "code", code) for code in sorted(ADDRESSES_OVER_ELECTIONS)),
    *(({"forms": [slotted(code, "s")]}, "forms.code", code) for code in sorted(ADDRESSES_OF_ELECTION)),
    *(
        ({"forms": [slotted("quick", code)]}, "forms.slots.code", f"quick/{code}")
        for code in sorted(ADDRESSES_OF_FORM)
    ),
]


@pytest.mark.parametrize(("change", "field", "code"), TAKEN, ids=[code for _, _, code in TAKEN])
def test_a_code_that_an_address_of_open_data_has_is_refused_and_named(
    service: Reporting, change: dict[str, Any], field: str, code: str
) -> None:
    """Its releases would stand behind the newest one, the catalogue or the series (issue 14)."""
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    before = service.ledger.position()
    for dry_run in (True, False):
        with pytest.raises(InvalidInput) as refused:
            service.define_election(tiny.election(**change), tiny.SYSTEM, uuid4(), dry_run=dry_run)
        assert (refused.value.facts["field"], refused.value.facts["found"]) == (field, code)
        assert code.rpartition("/")[2] in str(refused.value.facts["expected"])
    assert service.ledger.position() == before


def test_codes_that_stand_already_are_kept() -> None:
    """A log of an earlier build may have one: its definition can be corrected all the same."""
    stands = tiny.election(code="series", forms=[slotted("latest", "index.html")])
    require_own_addresses(stands, stands)
    with pytest.raises(InvalidInput):
        require_own_addresses(tiny.election(forms=[slotted("quick", "index.html")]), tiny.election())
