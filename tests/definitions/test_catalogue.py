"""The catalogue: every template makes a whole election, local additions stay local, nothing is typed twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import product
from pathlib import Path

import pytest
from kinds import CONTESTS, facts

from reporting.definitions.catalogue import Catalogue, shipped_catalogue
from reporting.definitions.compose import compose, compose_file, parts
from reporting.definitions.lint import lint_catalogue, lint_definition
from reporting.definitions.listing import catalogue_listing, versions_record
from reporting.definitions.load import shipped_registry
from reporting.definitions.prefill import cells, retyped
from reporting.definitions.scopes import asked, asked_of, collected, is_collected, national_only, scope_area
from reporting.definitions.templates import Additions, ElectionFacts, SlotPlan, SlotTemplate, moment, read
from reporting.domain.election import ElectionDefinition
from reporting.domain.expansion import expand
from reporting.domain.registry import AreaRegistry
from reporting.errors import UnknownReference
from reporting.files.problems import FileRefused
from reporting.rules.catalogue import in_force

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "local-assembly"
JST = timezone(timedelta(hours=9))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped_catalogue()


@pytest.fixture(scope="module")
def registry() -> AreaRegistry:
    definition, found = shipped_registry(), AreaRegistry()
    found.declare(definition.geographies)
    found.register(definition.areas)
    return found


def form_items(definition: ElectionDefinition, form: str) -> tuple[str, ...]:
    return next(one.items for one in definition.forms if one.code == form)


def test_the_shipped_catalogue_is_in_order(catalogue: Catalogue) -> None:
    assert lint_catalogue(catalogue) == []
    assert set(CONTESTS) == set(catalogue.templates)


def test_the_listing_and_the_record_of_versions_are_current(catalogue: Catalogue) -> None:
    assert (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8") == catalogue_listing(catalogue)
    assert (catalogue.folder / "versions.toml").read_text(encoding="utf-8") == versions_record(catalogue)


@pytest.mark.parametrize("template", CONTESTS)
def test_every_template_makes_a_whole_election(
    catalogue: Catalogue, registry: AreaRegistry, template: str
) -> None:
    made = compose(catalogue, template, facts(template))
    assert lint_definition(made) == []
    assert {form.code for form in made.forms} == set(catalogue.templates[template].forms)
    roster = expand(made, registry.at(made.polling_date))
    assert all(roster.contest_units[contest.code] for contest in made.contests)
    assert made.workflow is not None
    levels = {node.level for node in roster.nodes.values() if node.geography == made.workflow.geography}
    assert set(made.workflow.levels) <= levels
    in_force(made.rules)
    assert national_only(made) == made


@pytest.mark.parametrize("template", CONTESTS)
def test_only_what_no_form_asked_before_is_typed_into_the_survey(catalogue: Catalogue, template: str) -> None:
    made = compose(catalogue, template, facts(template))
    surveys = [form for form in made.forms if form.code.startswith("results_survey")]
    before = frozenset().union(*(cells(made, form) for form in made.forms if form not in surveys))
    for form in surveys:
        assert retyped(made, form) == cells(made, form) - before, form.code
    typed = {cell.item for form in surveys for cell in retyped(made, form)}
    assert not typed & {code for form in made.forms if form not in surveys for code in form.items}
    assert len(typed) == 22 + (template in ("lower_house", "upper_house"))


def test_the_final_forms_are_filled_from_the_flashes(catalogue: Catalogue) -> None:
    made = compose(catalogue, "governor", facts("governor"))
    forms = {form.code: form for form in made.forms}
    final = {cell.item for cell in retyped(made, forms["final_voting"])}
    assert final == {
        "voters",
        "abstentions",
        "voters_absentee",
        "voters_provisional",
        "polling_places_reported",
    }
    count = {cell.item for cell in retyped(made, forms["final_count"])}
    assert not count & {"voters", "votes", "ballots_counted"}


def test_what_a_kind_of_election_does_not_have_is_not_asked(catalogue: Catalogue) -> None:
    mayor = compose(catalogue, "mayor", facts("mayor"))
    assert "voters_overseas" not in {item.code for item in mayor.items}
    assert "residence" not in {one.code for one in mayor.dimensions}
    lower, upper = (compose(catalogue, one, facts(one)) for one in ("lower_house", "upper_house"))
    assert "priority_votes" not in form_items(lower, "final_count_pr")
    assert {"votes", "party_votes", "named_votes", "priority_votes"} <= set(
        form_items(upper, "final_count_pr")
    )
    by_election = facts("upper_house")
    by_election = by_election.model_copy(update={"contests": by_election.contests[:1]})
    assert "final_count_pr" not in {f.code for f in compose(catalogue, "upper_house", by_election).forms}


@pytest.mark.parametrize(
    ("clock", "then"),
    [
        ("18:00", datetime(2026, 10, 25, 18, 0, tzinfo=JST)),
        ("25:30", datetime(2026, 10, 26, 1, 30, tzinfo=JST)),
        ("D-7 20:00", datetime(2026, 10, 18, 20, 0, tzinfo=JST)),
        ("D+7 17:00", datetime(2026, 11, 1, 17, 0, tzinfo=JST)),
    ],
)
def test_times_are_seen_from_the_polling_day(clock: str, then: datetime) -> None:
    assert moment(clock, date(2026, 10, 25), "+09:00") == then


def test_slots_of_a_prefecture_beside_the_national_ones(catalogue: Catalogue, registry: AreaRegistry) -> None:
    plan = catalogue.plans["lower_house.pref14"]
    made = compose(catalogue, "lower_house", facts("lower_house"), [plan])
    flash = next(form for form in made.forms if form.code == "turnout_flash")
    codes = [slot.code for slot in flash.slots]
    assert codes[:4] == ["t0900.pref14", "t1000.pref14", "t1100", "t1200.pref14"]
    assert codes[-2:] == ["t1930", "closed"]
    assert [slot.cut_off for slot in flash.slots] == sorted(s.cut_off for s in flash.slots if s.cut_off)
    hidden = {slot.code for slot in flash.slots if not slot.public}
    assert hidden == {f"t{hour}00.pref14" for hour in (12, 13, 15, 17, 19)}
    final = next(form for form in made.forms if form.code == "final_voting")
    assert ("turnout_flash", "closed") in {(source.form, source.slot) for source in final.prefill}
    roster = expand(made, registry.at(made.polling_date))
    assert len(collected(flash, roster, "28382")) == 6
    kanagawa = next(unit for unit, paths in roster.places.items() if "14" in paths["counting"])
    assert len(collected(flash, roster, kanagawa)) == 13  # 12 and the close
    left = next(form for form in national_only(made).forms if form.code == "turnout_flash")
    assert [slot.code for slot in left.slots] == ["t1100", "t1400", "t1600", "t1800", "t1930", "closed"]


def test_plans_that_do_not_fit_are_refused(catalogue: Catalogue) -> None:
    town = catalogue.plans["local_town"]
    whole = town.model_copy(update={"templates": ("lower_house",)})
    for plans, told in (([town], "templates"), ([whole, town], "scope")):
        with pytest.raises(FileRefused) as caught:
            compose(catalogue, "lower_house", facts("lower_house"), plans)
        assert any(problem.column == told and "[L14]" in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("field", "own", "stands"),
    [
        ("publish_at", "11:20", "11:30"),
        ("publish_at", None, "11:30"),
        ("cut_off", "10:50", "11:00"),
        ("public", False, "True"),
        ("publish", "when_certified", ""),
        ("opens", "10:00", ""),
        ("method", "sample", "full"),
    ],
)
def test_a_place_has_no_time_of_its_own_for_a_national_slot(
    catalogue: Catalogue, field: str, own: str | bool | None, stands: str
) -> None:
    plan = catalogue.plans["lower_house.pref14"]
    national = next(slot for slot in catalogue.forms["turnout_flash"].slots if slot.code == "t1100")

    def with_slot(slot: SlotTemplate) -> SlotPlan:
        (form,) = plan.forms
        return plan.model_copy(update={"forms": (form.model_copy(update={"slots": (*form.slots, slot)}),)})

    same = compose(catalogue, "lower_house", facts("lower_house"), [with_slot(national)])
    assert same == compose(catalogue, "lower_house", facts("lower_house"), [plan])
    with pytest.raises(FileRefused) as caught:
        compose(
            catalogue,
            "lower_house",
            facts("lower_house"),
            [with_slot(national.model_copy(update={field: own}))],
        )
    (problem,) = caught.value.problems
    assert (problem.column, problem.found) == (f"slots.t1100.{field}", "" if own is None else str(own))
    assert f"({stands})" in problem.expected
    assert "[L14]" in problem.expected


def test_a_places_plan_is_for_all_that_its_form_is_filled_for(catalogue: Catalogue) -> None:
    plan = catalogue.plans["lower_house.pref14"]
    limited = plan.model_copy(
        update={"forms": tuple(form.model_copy(update={"ballots": ("main",)}) for form in plan.forms)}
    )
    with pytest.raises(FileRefused) as caught:
        compose(catalogue, "lower_house", facts("lower_house"), [limited])
    assert {problem.column for problem in caught.value.problems} == {"forms.ballots"}


def test_every_shipped_plan_fits_its_elections(catalogue: Catalogue) -> None:
    for plan in catalogue.plans.values():
        for template in plan.templates:
            compose(catalogue, template, facts(template), [plan])


def test_contests_and_templates_must_be_known(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownReference):
        compose(catalogue, "king", facts("mayor"))
    with pytest.raises(FileRefused) as caught:
        compose(catalogue, "governor", facts("mayor"))
    assert "contests.kind" in {problem.column for problem in caught.value.problems}
    bare = facts("prefectural_assembly").model_copy(update={"area": None})
    with pytest.raises(FileRefused) as caught:
        compose(catalogue, "prefectural_assembly", bare)
    assert {problem.column for problem in caught.value.problems} == {"area"}


def test_a_town_assembly_from_files_alone(catalogue: Catalogue, registry: AreaRegistry) -> None:
    made = compose_file(catalogue, EXAMPLE / "election.toml")
    roster = expand(made, registry.at(made.polling_date))
    assert roster.contest_units["assembly"] == ("28382",)
    forms = {form.code: form for form in made.forms}
    here = {item.code for item in asked(made, forms["final_voting"], roster, "28382")}
    there = {item.code for item in asked(made, forms["final_voting"], roster, "28203")}
    assert here - there == {"children_along"}
    assert asked(made, forms["bus_survey"], roster, "28203") == ()
    for form in made.forms:
        each = {
            unit: frozenset(item.code for item in asked(made, form, roster, unit)) for unit in roster.units
        }
        assert asked_of(made, form, roster, roster.units) == each
    assert collected(forms["bus_survey"], roster, "28203") == ()
    for form, unit in product(forms.values(), ("28203", "28382")):
        of_unit = [slot for slot in form.slots if is_collected(form, slot, roster, unit)]
        assert tuple(of_unit) == collected(form, roster, unit)
    assert {cell.item for cell in retyped(made, forms["bus_survey"])} == {"bus_riders"}
    assert forms["count_flash"].slots[2].publish_at == datetime(2027, 4, 26, 0, 5, tzinfo=JST)


def test_additions_stay_out_of_the_national_export(catalogue: Catalogue) -> None:
    election = read(EXAMPLE / "election.toml", ElectionFacts)
    plans, additions = parts(catalogue, EXAMPLE / "election.toml", election)
    with_additions = compose(catalogue, election.template, election, plans, additions)
    without = compose(catalogue, election.template, election, plans)
    assert with_additions != without
    assert national_only(with_additions) == without


def test_two_places_add_beside_each_other(catalogue: Catalogue) -> None:
    town = read(EXAMPLE / "additions.toml", Additions)
    same = town.model_copy(update={"scope": "pref28"})
    with pytest.raises(FileRefused) as caught:
        compose(catalogue, "mayor", facts("mayor"), additions=[town, same])
    assert any("[L09]" in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("scope", "area"),
    [
        ("pref28", "28"),
        ("muni28382", "28382"),
        ("guild.north-1", "north-1"),
        ("national", None),
        ("28", None),
    ],
)
def test_a_scope_names_its_area(scope: str, area: str | None) -> None:
    assert scope_area(scope) == area
