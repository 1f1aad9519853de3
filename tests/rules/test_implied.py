"""The rates that a form implies are judged without anybody having declared them, by what is usual of such parts: on a form of
one's own, whichever of the numbers it asks, and on every form as shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import night
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped_places import PLACES, context, shares

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, Value
from reporting.domain.items import Usual
from reporting.rules.catalogue import in_force, load_rules
from reporting.rules.checks import Rates
from reporting.rules.context import Context
from reporting.rules.engine import examine

COUNTS = {
    "electors": 2_000, "electors_m": 980, "electors_f": 1_020, "voters": 1_100, "voters_polling_day": 800, "voters_early": 290,
    "voters_absentee": 10, "abstentions": 900, "ballots_counted": 1_100, "valid_votes": 1_070, "invalid_votes": 30,
    "ballots_not_deposited": 0, "votes_a": 600, "votes_b": 470,
}  # fmt: skip
"""A sound return of a form of one's own that asks all of it."""
WRONG: dict[str, tuple[dict[str, int], set[str]]] = {
    "invalid of ballots": ({"valid_votes": 400, "invalid_votes": 700, "votes_a": 200, "votes_b": 200}, {"invalid_votes"}),
    "voters of electors, few": (
        {
            "voters": 20, "abstentions": 1_980, "voters_polling_day": 14, "voters_early": 6, "voters_absentee": 0,
            "ballots_counted": 20, "valid_votes": 19, "invalid_votes": 1, "votes_a": 10, "votes_b": 9,
        },
        {"voters", "electors"},
    ),
    "ballots of voters": ({"ballots_counted": 500, "valid_votes": 480, "invalid_votes": 20}, {"ballots_counted", "voters"}),
    "absentee of voters": ({"voters_absentee": 700, "voters_polling_day": 110}, {"voters_absentee"}),
    "men of electors": ({"electors_m": 1_900, "electors_f": 100}, {"electors"}),
}  # fmt: skip
"""What is wrong, and the cells' items in which it must be seen."""


def own_form(*left_out: str, rules: tuple[str, ...] = ("J28",)) -> ElectionDefinition:
    """A form that asks all of COUNTS but what is left out, no rate declared."""
    codes = [code for code in COUNTS if code.rpartition("_")[2] not in ("m", "f", "a", "b")]
    items = [
        night.count(code, breakdowns=[["sex"]] if code in ("electors", "voters") else [], signed=code == "ballots_not_deposited")
        for code in codes
    ]  # fmt: skip
    items.append(
        {"code": "votes", "label": night.label("得票数"), "kind": "votes", "unit": "votes", "by_choice": True}
    )
    asked = [code for code in (*codes, "votes") if code not in left_out]
    form = {
        "code": "own", "label": night.label("独自の様式"), "items": asked,
        "slots": [{"code": "final", "label": night.label("確定")}],
    }  # fmt: skip
    return night.election(items=items, forms=[form], rules=[{"code": code} for code in rules])


def filed(definition: ElectionDefinition, changed: Mapping[str, int], scale: int = 1) -> Context:
    asked = set(definition.forms[0].items)
    figures: dict[str, Value] = {}
    values: dict[str, Any] = {**COUNTS, **changed}
    for one in night.tiny.cells(**values):
        if one.item in asked:
            key = Cell(one.contest, one.item, one.breakdown, one.choice).key
            figures[key] = Decimal(int(one.value) * scale)
    return Context(definition, "own", "final", "11", frozenset({"pr"}), figures)


def told(one: Context, **more: Any) -> list[frozenset[str]]:
    """Items of the cells that J28 asks about, finding by finding; all of them are warnings."""
    findings = examine(one.definition.rules, replace(one, **more)).findings
    assert all(finding.severity == "warning" for finding in findings if finding.rule == "J28")
    return [
        frozenset(Cell.from_key(key).item for key in finding.cells)
        for finding in findings
        if finding.rule == "J28"
    ]


def test_a_sound_return_of_ones_own_form_is_silent() -> None:
    assert told(filed(own_form(), {})) == []


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_well_be_right_is_asked_about_once(what: str) -> None:
    """With nobody to compare it with, and no rule in force but J28. A small number may be so by chance."""
    changed, items = WRONG[what]
    (asked,) = told(filed(own_form(), changed))
    assert items <= asked
    few = filed(own_form(), changed)
    small = {key: (Decimal(str(value)) / 100).to_integral_value() for key, value in few.figures.items()}
    assert len(told(few, figures=small)) <= 1


@pytest.mark.parametrize(
    "left_out",
    [
        ("ballots_counted",),  # made of valid and invalid votes
        ("valid_votes",),
        ("invalid_votes",),  # what valid votes leave
        ("valid_votes", "ballots_counted"),  # held against voters
        ("valid_votes", "ballots_counted", "voters"),  # and against the ways of voting
    ],
)
def test_invalid_votes_are_seen_whichever_of_the_numbers_is_asked(left_out: tuple[str, ...]) -> None:
    changed, _ = WRONG["invalid of ballots"]
    assert told(filed(own_form(*left_out), {})) == []
    asked = told(filed(own_form(*left_out), changed))
    assert any({"invalid_votes", "valid_votes"} & items for items in asked), asked


def test_turnout_is_seen_by_its_parts() -> None:
    """Nobody asks voters: the ways of voting make them."""
    parts = {"voters_polling_day": 10, "voters_early": 9, "voters_absentee": 1}
    definition = own_form("voters", "abstentions", "ballots_counted", "valid_votes", "invalid_votes", "votes")
    asked = told(filed(definition, parts))
    assert any("electors" in items and "voters_polling_day" in items for items in asked), asked


def test_with_enough_neighbours_or_the_election_before_those_say_what_is_usual() -> None:
    """An island of 90 % invalid votes every time is asked nothing; one that is unlike them is, once."""
    changed, _ = WRONG["invalid of ballots"]
    one = filed(own_form(), changed)
    assert told(one, previous=one.figures) == []
    alike = {f"u{n}": one.figures for n in range(6)}
    assert told(one, neighbours=alike) == []
    sound = {f"u{n}": filed(own_form(), {"invalid_votes": 30 + n}).figures for n in range(6)}
    assert len(told(one, neighbours=sound)) >= 1
    few = told(one, neighbours={name: sound[name] for name in ("u0", "u1")})
    assert [items for items in few if "invalid_votes" in items] == [{"invalid_votes", "ballots_counted"}]


def test_what_an_election_calls_usual_of_a_rate_of_its_own_holds_instead() -> None:
    rate = {
        "code": "spoilt", "label": night.label("無効投票率"), "kind": "rate", "unit": "percent", "numerator": "invalid_votes",
        "denominator": "ballots_counted", "usual": {"low": 0, "high": 80},
    }  # fmt: skip
    stored = own_form().model_dump(mode="json")
    stored["items"].append(rate)
    definition = ElectionDefinition.model_validate(stored)
    changed, _ = WRONG["invalid of ballots"]
    assert told(filed(definition, changed)) == []
    wide = own_form().model_copy(
        update={
            "rules": tuple(
                use.model_copy(update={"settings": {"rate_invalid_most": "80"}}) for use in own_form().rules
            )
        }
    )
    assert told(filed(wide, changed)) == []


@given(st.data())
def test_a_share_beyond_the_usual_is_asked_about_on_every_shipped_form(data: st.DataObject) -> None:
    """By a warning or, where it cannot be at all, by an error."""
    place = data.draw(st.sampled_from(PLACES))
    one = context(place, alone=True)
    if not (beyond := shares(one)):
        return
    share = data.draw(st.sampled_from(beyond))
    usual = share.usual or Usual()
    least = (usual.high + Decimal(6) * (usual.high * (100 - usual.high) / share.bottom).sqrt()) / 100
    if least >= 1 or len(share.top_cells) > 1 or set(share.top_cells) & set(share.bottom_cells):
        return
    value = (share.bottom * (least + (1 - least) * data.draw(st.integers(50, 100)) / 100)).to_integral_value()
    findings = examine(one.definition.rules, replace(one, figures={**one.figures, share.top_cells[0]: value}))
    seen = [finding for finding in findings.findings if share.top_cells[0] in finding.cells]
    assert {finding.rule for finding in seen} & {"J08", "J28"}, (place, share.item, value)


def test_the_catalogues_own_rates_call_the_same_usual() -> None:
    """The numbers stand in the catalogue of items and in that of rules: they do not part."""
    from reporting.definitions.catalogue import shipped_catalogue

    check = next(c for rule in load_rules() for c in rule.checks if isinstance(c, Rates) and c.usual)
    settings = in_force(()).settings
    said = {(share.part, share.whole): share for share in check.usual}
    seen = 0
    for item in shipped_catalogue().items.values():
        share = said.get((item.numerator or "", item.denominator or ""))
        if item.usual is not None and share is not None:
            low, high = (Decimal(settings.get(text.lstrip("$"), text)) for text in (share.low, share.high))
            assert (low, high) == (item.usual.low, item.usual.high), item.code
            seen += 1
    assert seen >= 3
