"""The rules on the shipped forms: a sound night of 13 candidates is silent in every slot, and quick to check."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from time import process_time

import pytest

from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.templates import ElectionFacts
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition, Form
from reporting.domain.figures import Absence, Cell, Value
from reporting.domain.items import ItemKind
from reporting.domain.labels import Label
from reporting.rules.context import Context
from reporting.rules.engine import examine

VOTERS = {
    "electors": 10_000,
    "voters": 6_000,
    "abstentions": 4_000,
    "voters_polling_day": 4_000,
    "voters_early": 1_900,
    "voters_absentee": 90,
    "voters_overseas": 10,
    "registered_electors": 10_050,
    "polling_places": 12,
    "polling_places_reported": 12,
}
BALLOTS = {
    "ballots_counted": 5_998,
    "valid_votes": 5_850,
    "invalid_votes": 148,
    "invalid_blank": 148,
    "ballots_not_deposited": 2,
    "votes": 450,
    "dismiss": 585,
    "keep": 5_265,
}
OVERSEAS = {"electors": 20, "voters": 10, "abstentions": 10}
OWN = {
    "proportional": {"votes": 449, "valid_votes": 5_837, "invalid_votes": 161, "invalid_blank": 161},
    "retention": {"keep": 5_264, "valid_votes": 5_849, "invalid_votes": 149, "invalid_blank": 149},
}
OTHER = {"proportional": 1, "retention": 3}
"""Some people do not take every ballot."""


@pytest.fixture(scope="module")
def lower_house() -> ElectionDefinition:
    choices = tuple(Choice(code=f"c{i:02d}", name=f"候補{i:02d}") for i in range(1, 14))
    places = (
        ("28-1", "single_member", "lower_house", "28-1"),
        ("B08", "proportional", "lower_house", "B08"),
        ("review", "retention", "counting", "JP"),
    )
    facts = ElectionFacts(
        template="lower_house",
        code="night",
        label=Label(ja="試験", en="Test"),
        polling_date=date(2026, 10, 25),
        contests=tuple(
            Contest(
                code=code,
                label=Label(ja=code, en=code),
                kind=kind,
                area=AreaRef(geography=geography, area=area),
                choices=choices,
            )
            for code, kind, geography, area in places
        ),
    )
    return compose(shipped_catalogue(), "lower_house", facts)


def _filled(definition: ElectionDefinition, form: Form, slot: int) -> dict[str, Value]:
    """Final numbers; in a flash that part of them which has come in by the slot."""
    figures: dict[str, Value] = {}
    items = {item.code: item for item in definition.items}
    for contest in definition.contests:
        if form.contest_kinds and contest.kind not in form.contest_kinds:
            continue
        less = OTHER.get(contest.kind, 0)
        for code in form.items:
            value = {**VOTERS, **BALLOTS, **OWN.get(contest.kind, {})}.get(code)
            if items[code].kind is ItemKind.RATE:
                continue
            if value is None:
                absent = [c.code for c in contest.choices] if items[code].by_choice else [""]
                figures |= {Cell(contest.code, code, "", choice).key: Absence.NONE for choice in absent}
                continue
            if code in ("voters", "voters_early", "ballots_counted", "invalid_votes", "invalid_blank"):
                value -= less
            elif code == "abstentions":
                value += less
            if form.cumulative and code not in ("electors", "voters"):
                value = value * (slot + 1) // (len(form.slots) + 1)
            if code in OVERSEAS and ("residence",) in items[code].breakdowns and not form.cumulative:
                figures[Cell(contest.code, code, "residence=domestic").key] = Decimal(value - OVERSEAS[code])
                figures[Cell(contest.code, code, "residence=overseas").key] = Decimal(OVERSEAS[code])
            for choice in [c.code for c in contest.choices] if items[code].by_choice else [""]:
                figures[Cell(contest.code, code, "", choice).key] = Decimal(value)
    return figures


def _contexts(definition: ElectionDefinition) -> list[Context]:
    every = {
        (form.code, slot.code): _filled(definition, form, i)
        for form in definition.forms
        for i, slot in enumerate(form.slots)
    }
    contests = frozenset(contest.code for contest in definition.contests)
    made = []
    for form in definition.forms:
        for i, slot in enumerate(form.slots):
            made.append(
                Context(
                    definition,
                    form.code,
                    slot.code,
                    "28101",
                    contests,
                    every[form.code, slot.code],
                    earlier={before.code: every[form.code, before.code] for before in form.slots[:i]},
                    other_forms=every,
                )
            )
    return made


def test_a_sound_night_is_silent(lower_house: ElectionDefinition) -> None:
    contexts = _contexts(lower_house)
    assert len(contexts) > 20
    for context in contexts:
        examination = examine(lower_house.rules, context)
        assert [one.message_en for one in examination.findings] == [], (context.form, context.slot)
        assert examination.unchecked == (), (context.form, context.slot)


def test_a_changed_cell_is_noticed_in_each_final_form(lower_house: ElectionDefinition) -> None:
    noticed: dict[str, set[str]] = {}
    for context in _contexts(lower_house):
        if context.is_final:
            key = next((key for key in context.figures if key.endswith("|voters||")), None)
            if key is None:
                continue
            figures = {**context.figures, key: Decimal(6_001)}
            changed = Context(
                lower_house,
                context.form,
                context.slot,
                "28101",
                context.contests,
                figures,
                other_forms=context.other_forms,
            )
            noticed[context.form] = {
                one.rule for one in examine(lower_house.rules, changed).blocking if one.blocks
            }
    assert {"J03", "J05"} <= noticed["final_voting"]
    assert "J11" in noticed["final_count"]
    assert "J11" in noticed["retention_review"]


def test_41_returns_of_13_candidates_are_checked_within_the_preview(lower_house: ElectionDefinition) -> None:
    """A share of the 300 ms a preview may take for one return, and of the second that 41 approvals may take."""
    (context,) = [one for one in _contexts(lower_house) if one.form == "final_count"]
    examine(lower_house.rules, context)
    began = process_time()
    for _ in range(41):
        examine(lower_house.rules, context)
    assert process_time() - began < 0.5
