"""Every form and slot of the shipped catalogue is watched by every rule its items permit: a sound night is silent, and
each kind of inconsistency that a form can hold is found. What is inconsistent is told here from the law, not the rules."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds import CONTESTS
from shipped_places import PLACES, Place, context, election
from thorough import some

from reporting.definitions.lint import lint_definition
from reporting.domain.figures import Absence, Cell, Value
from reporting.domain.items import ItemKind, counted_by_choice
from reporting.domain.labels import Label
from reporting.domain.workflow import RuleLeftOut, RuleUse
from reporting.rules.catalogue import load_rules
from reporting.rules.context import Context
from reporting.rules.engine import examine
from reporting.rules.model import Finding
from reporting.rules.permits import permitted, permitted_by

WHOLES: dict[str, tuple[str, ...]] = {
    "voters": ("electors",),
    "abstentions": ("electors",),
    "voters_polling_day": ("voters", "electors"),
    "voters_early": ("voters", "electors"),
    "voters_absentee": ("voters", "electors"),
    "voters_overseas": ("voters", "electors"),
    "voters_provisional": ("voters", "electors"),
    "voters_braille": ("voters",),
    "voters_assisted": ("voters",),
    "voters_registration_certificate": ("voters",),
    "absentee_not_accepted": ("absentee_issued",),
    "ballots_counted": ("voters", "electors"),
    "ballots_not_accepted": ("voters", "electors"),
    "valid_votes": ("ballots_counted", "voters", "electors"),
    "invalid_votes": ("ballots_counted", "voters", "electors"),
    "votes": ("valid_votes", "ballots_counted", "voters", "electors"),
    "party_votes": ("votes", "valid_votes", "ballots_counted", "voters"),
    "dismiss": ("valid_votes", "ballots_counted", "voters"),
    "keep": ("valid_votes", "ballots_counted", "voters"),
    "invalid_entries": ("valid_votes", "ballots_counted", "voters"),
    "votes_unattributed": ("valid_votes", "ballots_counted", "voters"),
    "votes_truncated": ("valid_votes", "ballots_counted", "voters"),
    **{
        f"invalid_{reason}": ("invalid_votes", "ballots_counted", "voters")
        for reason in (
            "blank", "other_entry", "unknown_candidate", "multiple", "ineligible", "not_handwritten",
            "unidentifiable", "irregular_paper", "scribble",
        )
    },
    "polling_districts_designated": ("polling_districts",),
    "polling_places_in_shifts": ("polling_places",),
    "early_voting_places_mobile": ("early_voting_places",),
    "polling_places_reported": ("polling_places",),
}  # fmt: skip


def found(one: Context, **changed: Value | None) -> tuple[Finding, ...]:
    """Findings with these cells changed (`None`: taken away)."""
    given = {key: value for key, value in {**one.figures, **changed}.items() if value is not None}
    return examine(one.definition.rules, replace(one, figures=given)).findings


SPREAD = some(PLACES, 74)
"""A third of them in the run of every change; that a sound night is silent is looked at in all."""


@pytest.mark.parametrize("place", PLACES)
def test_a_sound_night_is_silent_in_every_slot(place: Place) -> None:
    assert [finding.message_en for finding in found(context(place))] == []


@given(st.data())
def test_a_part_above_its_whole_is_found_in_every_form_and_slot(data: st.DataObject) -> None:
    """Whatever else of the return is missing, and whichever of the unit's forms holds the whole."""
    place = data.draw(st.sampled_from(PLACES))
    one = context(place)
    pairs = [(part, whole) for part in one.asked.items for whole in WHOLES.get(part, ())]
    cells = [
        (cell, Cell(cell.contest, whole).key)
        for cell in one.cells
        for part, whole in pairs
        if cell.item == part and not cell.breakdown
    ]
    cells = [(cell, whole) for cell, whole in cells if isinstance(one.value(whole), Decimal)]
    if not cells:
        return
    cell, whole = data.draw(st.sampled_from(cells))
    most = one.value(whole)
    assert isinstance(most, Decimal)
    more = most + data.draw(st.integers(1, 10**6))
    others = sorted(set(one.figures) - {cell.key, whole})
    gone = data.draw(st.lists(st.sampled_from(others), unique=True)) if others else []
    told = found(one, **dict.fromkeys(gone), **{cell.key: more})
    assert [f for f in told if f.rule != "J27" and cell.key in f.cells], (place, cell, whole)


@pytest.mark.parametrize("place", SPREAD)
def test_every_blank_is_found(place: Place) -> None:
    """One cell at a time; of the optional ones, the reasons of invalidity are found when all of them are blank."""
    one = context(place)
    free = {
        "voters_overseas", "voters_provisional", "votes_unattributed", "votes_truncated",
        "ballots_not_deposited", "ballots_not_accepted", "ballots_other", "invalid_entries",
        "named_votes", "priority_votes",
    }  # fmt: skip
    for cell in one.cells:
        if cell.item in free or (cell.item.startswith("invalid_") and cell.item != "invalid_votes"):
            continue
        if not cell.breakdown and sum(other.contest == cell.contest for other in one.cells) > 1:
            assert "J27" in {f.rule for f in found(one, **{cell.key: None})}, cell
    reasons = [c.key for c in one.cells if c.item.startswith("invalid_") and c.item not in
               ("invalid_votes", "invalid_entries")]  # fmt: skip
    if reasons:
        assert "J27" in {f.rule for f in found(one, **dict.fromkeys(reasons))}


@pytest.mark.parametrize("place", SPREAD)
def test_a_breakdown_that_does_not_add_up_is_found(place: Place) -> None:
    one = context(place)
    sums = {"sex", "residence", "early_reason", "absentee_place", "closing", "opening", "facility"}
    for cell in one.cells:
        if cell.breakdown and cell.breakdown.partition("=")[0] in sums:
            value = one.figures[cell.key]
            assert isinstance(value, Decimal)
            assert {f.rule for f in found(one, **{cell.key: value + 1})} & {"J01", "J02", "J05", "J22"}, cell


@pytest.mark.parametrize("place", SPREAD)
def test_an_identity_that_does_not_hold_is_found_at_the_end(place: Place) -> None:
    """Any required cell of a final count or final voting moved by one."""
    one = context(place)
    balanced = {"voters", "abstentions", "ballots_counted", "valid_votes", "invalid_votes", "votes", "dismiss",
                "keep", "voters_polling_day", "voters_early", "voters_absentee", "polling_places_reported"}  # fmt: skip
    for cell in one.cells:
        if one.is_final and cell.item in balanced and not cell.breakdown:
            value = one.figures[cell.key]
            assert isinstance(value, Decimal)
            assert [f for f in found(one, **{cell.key: value + 1}) if f.severity == "error"], cell


@pytest.mark.parametrize("place", SPREAD)
def test_a_cumulative_figure_that_falls_is_found(place: Place) -> None:
    one = context(place)
    for cell in one.cells if one.earlier else ():
        before = max(
            (v for given in one.earlier.values() if isinstance(v := given.get(cell.key), Decimal)), default=0
        )
        if one.asked.cumulative and before > 0 and cell.item not in ("electors", "voters"):
            assert {f.rule for f in found(one, **{cell.key: Decimal(before) - 1})} & {"J07", "J21"}, cell


@pytest.mark.parametrize("place", SPREAD)
def test_a_copied_return_and_a_return_of_zeros_are_found(place: Place) -> None:
    one = context(place)
    large = [value for value in one.figures.values() if isinstance(value, Decimal) and value >= 100]
    if len(large) > 1:
        assert "J29" in {f.rule for f in found(replace(one, neighbours={"other": one.figures}))}
    zero = found(one, **dict.fromkeys(one.figures, Decimal(0)))
    assert "J29" in {finding.rule for finding in zero}


@pytest.mark.parametrize("place", SPREAD)
def test_none_throughout_is_asked_about_where_people_voted(place: Place) -> None:
    """`!none` in every cell was no quieter way to say 0; a contest that nobody voted in is stated so and asked nothing."""
    one = context(place)
    contest = one.cells[0].contest
    none = dict.fromkeys((cell.key for cell in one.cells if cell.contest == contest), Absence.NONE)
    elsewhere = [value for given in (*one.other_forms.values(), *one.earlier.values()) for key, value in given.items()
                 if key.startswith(f"{contest}|") and isinstance(value, Decimal) and value >= 100]  # fmt: skip
    told = [f for f in found(one, **none) if f.rule == "J29" and f.contest == contest]
    assert bool(told) is bool(elsewhere)
    quiet = replace(context(place, alone=True), figures={**one.figures, **none})
    assert [
        f for f in examine(one.definition.rules, quiet).findings if f.rule == "J29" and f.contest == contest
    ] == []


@pytest.mark.parametrize("place", SPREAD)
def test_a_rate_unlike_the_neighbours_is_found(place: Place) -> None:
    """Beside six neighbours of 1/10 of the rate, and beside two. Shares by choice are compared by J20."""
    one = context(place)
    items = one.items
    rates = [
        (item.numerator, item.denominator)
        for item in items.values()
        if item.kind is ItemKind.RATE and not item.progress and item.code in one.asked.items
        if not counted_by_choice(item, items)
    ]
    for top, bottom in rates:
        key = next(c.key for c in one.cells if c.item == top and not c.breakdown)
        whole = Cell.from_key(key).contest + f"|{bottom}||"
        most = one.figures[whole]
        assert isinstance(most, Decimal)
        usual = {n: {**one.figures, key: most / 10 + n} for n in range(6)}
        for several in (6, 2):
            beside = {f"u{n}": usual[n] for n in range(several)}
            told = found(replace(one, neighbours=beside), **{key: most * 7 / 10})
            assert {f.rule for f in told} & {"J08", "J28"}, (place, top, several)


def test_swapped_candidates_are_found_even_where_another_withdrew() -> None:
    place = ("governor", "final_count", "final")
    one = context(place)
    keys = [f"governor|votes||{code}" for code in ("1", "2")]
    contest = one.definition.contests[0]
    three = contest.model_copy(
        update={
            "choices": (*contest.choices, contest.choices[0].model_copy(update={"code": "3", "name": "丙"}))
        }
    )
    definition = one.definition.model_copy(update={"contests": (three,)})
    shares = {keys[0]: Decimal(8_000), keys[1]: Decimal(3_600)}
    beside = {f"u{n}": {**one.figures, **shares} for n in range(3)}
    swapped = {**one.figures, keys[0]: Decimal(3_600), keys[1]: Decimal(8_000), "governor|votes||3": Absence.NONE,
               "governor|votes_truncated||": Absence.NONE}  # fmt: skip
    here = replace(one, definition=definition, neighbours=beside, figures=swapped)
    (told,) = [f for f in examine(definition.rules, here).findings if f.rule == "J20" and len(f.cells) == 2]
    assert set(told.cells) == set(keys)


@pytest.mark.parametrize("template", CONTESTS)
def test_all_that_is_permitted_is_in_force_and_each_rule_is_permitted_somewhere(template: str) -> None:
    made = election(template)
    assert tuple(use.code for use in made.rules) == permitted(made)
    assert lint_definition(made) == []
    some = permitted(made)[0]
    less = made.model_copy(update={"rules": tuple(use for use in made.rules if use.code != some)})
    (problem,) = lint_definition(less)
    assert (problem.found, problem.expected[-5:]) == (some, "[L17]")
    reason = RuleLeftOut(code=some, reason=Label(ja="様式が別にある", en="another form has it"))
    assert lint_definition(less.model_copy(update={"without_rules": (reason,)})) == []
    dumb = reason.model_copy(update={"reason": Label(ja="様式が別にある")})
    assert [p.expected[-5:] for p in lint_definition(less.model_copy(update={"without_rules": (dumb,)}))] == [
        "[L07]"
    ]
    both = made.model_copy(update={"without_rules": (reason,), "rules": (*less.rules, RuleUse(code=some))})
    assert [p.expected[-5:] for p in lint_definition(both)] == ["[L17]"]


def test_no_rule_of_the_sheet_is_out_of_reach_of_every_shipped_form() -> None:
    reached = {code for template in CONTESTS for code in permitted(election(template))}
    assert reached == {rule.code for rule in load_rules()}


def test_a_count_flash_is_watched_by_more_than_the_order_of_its_slots() -> None:
    flash = next(form for form in election("governor").forms if form.code == "count_flash")
    assert {"J20", "J21", "J26", "J27", "J29"} <= set(permitted_by(election("governor"), flash, "c2130"))


BROKEN_DOWN = [place for place in PLACES if any(cell.breakdown for cell in context(place).cells)]


@given(st.data())
def test_a_broken_down_part_above_a_whole_of_the_same_people_is_found_whatever_is_missing(
    data: st.DataObject,
) -> None:
    """Men who voted early are not more than the men who voted, than all who did, than the men on the roll: any two that stand."""
    one = context(data.draw(st.sampled_from(BROKEN_DOWN)))
    people = {item: (*wholes, item) for item, wholes in WHOLES.items()} | {"electors": ("electors",)}
    pairs = [
        (cell, whole)
        for cell in one.cells
        if cell.breakdown and not cell.choice
        for item in people.get(cell.item, (cell.item,))
        for whole in (
            Cell(cell.contest, item, at).key
            for at in (cell.breakdown, "")
            if (item, at) != (cell.item, cell.breakdown)
        )
        if isinstance(one.figures.get(whole), Decimal)
    ]
    cell, whole = data.draw(st.sampled_from(pairs))
    most = one.figures[whole]
    assert isinstance(most, Decimal)
    others = sorted(set(one.figures) - {cell.key, whole})
    stand = data.draw(st.lists(st.sampled_from(others), unique=True, max_size=4)) if others else []
    gone = dict.fromkeys(key for key in others if key not in stand)
    alone = replace(one, earlier={}, other_forms={})
    told = found(alone, **gone, **{cell.key: most + data.draw(st.integers(1, 10**6))})
    assert [f for f in told if f.rule != "J27" and cell.key in f.cells], (cell, whole, stand)


def test_a_breakdown_that_is_whole_and_wrong_is_told_once() -> None:
    one = context(("governor", "final_voting", "final"))
    figures = {
        "governor|voters||": Decimal(100),
        "governor|voters|sex=m|": Decimal(20),
        "governor|voters|sex=f|": Decimal(300),
    }
    told = examine(one.definition.rules, replace(one, figures=figures, earlier={}, other_forms={})).findings
    assert [finding.rule for finding in told if finding.rule != "J27"] == ["J01"]
