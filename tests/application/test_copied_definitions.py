"""A definition copied from an earlier election, or pasted from a sheet, in a hurry: what it cannot mean is refused with the place,
and what stands already keeps nobody from changing something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import tiny

from reporting.application.seen_names import require_seen_names
from reporting.application.service import Reporting
from reporting.application.slot_times import require_times
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput, UnknownReference

Spoil = Callable[[dict[str, Any]], object]

FLOW = {
    "geography": "administrative", "levels": ["prefecture", "nation"], "publish_at_level": "prefecture", "certify_at_level": "nation",
}  # fmt: skip


def flash(*slots: dict[str, Any], cumulative: bool = True) -> dict[str, Any]:
    timed = [{"label": tiny.label("速報"), **slot} for slot in slots]
    return {
        "code": "quick",
        "label": tiny.label("速報"),
        "items": ["voters"],
        "slots": timed,
        "cumulative": cumulative,
    }


def at(clock: str, day: str = "2024-10-27") -> str:
    return f"{day}T{clock}:00+09:00"


def add(form: dict[str, Any], flow: dict[str, Any] | None = FLOW) -> Spoil:
    return lambda stored: (stored["forms"].append(form), stored.update(workflow=flow))


def person(**change: Any) -> Spoil:
    return lambda stored: stored["contests"][0]["choices"][0].update(change)


def twins(*choices: dict[str, Any]) -> Spoil:
    return lambda stored: stored["contests"][0].update(choices=list(choices))


TIMES: dict[str, tuple[str, str, Spoil]] = {
    "published before it is cut off": (
        "forms.slots.publish_at",
        "quick/a 2024-10-27T10:30+09:00 < 2024-10-27T11:00+09:00",
        add(flash({"code": "a", "cut_off": at("11:00"), "publish_at": at("10:30")})),
    ),
    "opened after it went out": (
        "forms.slots.opens",
        "quick/a",
        add(flash({"code": "a", "publish_at": at("10:30"), "opens": at("11:00")})),
    ),
    "last election's times": (
        "forms.slots.cut_off",
        "quick/a 2021-10-31T10:00+09:00",
        add(
            flash(
                {
                    "code": "a",
                    "cut_off": at("10:00", "2021-10-31"),
                    "publish_at": at("10:30", "2021-10-31"),
                }
            )
        ),
    ),
    "another day's publication": (
        "forms.slots.publish_at",
        "quick/a 2021-10-31T10:30+09:00",
        add(flash({"code": "a", "publish_at": at("10:30", "2021-10-31")})),
    ),
    "counting backwards": (
        "forms.slots.cut_off",
        "quick/b 2024-10-27T10:00+09:00 < a 2024-10-27T11:00+09:00",
        add(flash({"code": "a", "cut_off": at("11:00")}, {"code": "b", "cut_off": at("10:00")})),
    ),
    "certified by nobody": (
        "forms.slots.publish",
        "quick/a",
        add(flash({"code": "a", "publish": "when_certified"}), flow=None),
    ),
    "an embargo that nothing keeps": (
        "forms.slots.publish_at",
        "quick/a",
        add(flash({"code": "a", "publish_at": at("11:00")}), flow=None),
    ),
}
LEVELS: dict[str, tuple[str, str, Spoil]] = {
    "an office's level misspelt": (
        "workflow.levels",
        "prefectur",
        lambda stored: stored.update(workflow={**FLOW, "levels": ["prefectur", "prefecture", "nation"]}),
    ),
    "a reporting level misspelt": (
        "units.levels",
        "wrad",
        lambda stored: stored["units"].update(levels=["wrad", "municipality"]),
    ),
}
NAMES: dict[str, tuple[str, str, Spoil]] = {
    "a line break of a cell": ("contests.choices.name", "甲<U+000A>党", person(name="甲\n党")),
    "turned round": ("contests.choices.party", "乙<U+202E>甲", person(party="乙\u202e甲")),
    "a heading in two lines": ("label.ja", "小<U+000A>選挙", lambda stored: stored["label"].update(ja="小\n選挙")),
}  # fmt: skip


def spoilt(spoil: Spoil) -> ElectionDefinition:
    stored = tiny.election().model_dump(mode="json")
    spoil(stored)
    return ElectionDefinition.model_validate(stored)


CASES = {**TIMES, **LEVELS, **NAMES}


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("what", CASES)
def test_what_cannot_be_meant_is_refused_with_its_place(service: Reporting, what: str, defined: bool) -> None:
    """An earlier election's clock would publish whatever is approved, at once; a level that nobody has passes everything by."""
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    if defined:
        service.define_election(tiny.election(), tiny.SYSTEM, uuid4())
    field, told, spoil = CASES[what]
    before = service.ledger.position()
    for dry_run in (True, False):
        with pytest.raises(InvalidInput) as refused:
            service.define_election(spoilt(spoil), tiny.SYSTEM, uuid4(), dry_run=dry_run, reason="写し")
        assert refused.value.facts["field"] == field
        assert told in str(refused.value.facts["found"])
    assert service.ledger.position() == before


MEANT: dict[str, Spoil] = {
    "at the cut-off": add(flash({"code": "a", "cut_off": at("11:00"), "publish_at": at("11:00")})),
    "a roll of the quarter before": add(
        flash(
            {
                "code": "a",
                "cut_off": at("10:00", "2024-06-03"),
                "publish_at": at("10:00", "2024-06-05"),
                "opens": at("10:00", "2024-06-04"),
            }
        )
    ),
    "a day's figures, each its own": add(
        flash({"code": "a", "cut_off": at("11:00")}, {"code": "b", "cut_off": at("10:00")}, cumulative=False)
    ),
    "namesakes told apart": twins(
        {"code": "1", "name": "山田", "number": 1}, {"code": "2", "name": "山田", "number": 2}
    ),
    "namesakes": twins({"code": "1", "name": "山田"}, {"code": "2", "name": "山田"}),
    "blanks behind": person(name="甲党\u3000"),
    "a selector and a blank inside": person(name="葛\U000e0100城\u3000太郎"),
    "a joiner": person(name="क्\u200dष"),
}


@pytest.mark.parametrize("what", MEANT)
def test_what_can_be_meant_is_taken(service: Reporting, what: str) -> None:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    assert service.define_election(spoilt(MEANT[what]), tiny.SYSTEM, uuid4()).events == 1


@pytest.mark.parametrize("what", [*TIMES, *NAMES])
def test_what_stands_already_is_not_asked_again(what: str) -> None:
    """A log of an earlier build may hold it; a candidate who withdraws on the night is taken out all the same."""
    stands = spoilt(CASES[what][2])
    for require in (require_times, require_seen_names):
        require(stands.model_copy(update={"source": "訂正"}), stands)


@pytest.mark.parametrize("typed", [20241027, "20241027", 0, "0", 1.5])
def test_a_number_is_no_time_and_no_day(typed: object) -> None:
    """It would be read as seconds since 1970, of which a slot would be overdue."""
    for spoil in (
        lambda stored: stored.update(polling_date=typed),
        lambda stored: stored["forms"][0]["slots"][0].update(cut_off=typed),
    ):
        with pytest.raises(ValueError, match=r"polling_date|cut_off"):
            spoilt(spoil)


def test_a_rule_that_is_none_is_told_by_what_the_rules_are_called(service: Reporting) -> None:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    with pytest.raises(UnknownReference) as refused:
        service.define_election(tiny.election(rules=[{"code": "J99"}]), tiny.SYSTEM, uuid4())
    for text in (refused.value.message_ja, refused.value.message_en):
        assert "J09（" in text or "J09 (" in text
        assert "code=" not in text
