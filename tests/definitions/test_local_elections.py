"""Who manages an election, elections without a vote, by-elections: what templates and definitions say of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from reporting.definitions.catalogue import Catalogue, shipped_catalogue
from reporting.definitions.checks import numbered
from reporting.definitions.compose import compose, compose_file
from reporting.definitions.lint import lint_definition
from reporting.definitions.load import shipped_registry
from reporting.definitions.templates import ElectionFacts
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition
from reporting.domain.expansion import expand
from reporting.domain.labels import Label
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import Roster
from reporting.domain.workflow import Workflow
from reporting.errors import InvalidInput
from reporting.files.problems import FileRefused

EXAMPLES = Path(__file__).parents[2] / "examples" / "municipal"
DAY = date(2026, 10, 25)
TOWN, WARD, SPECIAL_WARD = "28382", "28102", "13101"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped_catalogue()


@pytest.fixture(scope="module")
def registry() -> AreaRegistry:
    definition, found = shipped_registry(), AreaRegistry()
    found.declare(definition.geographies)
    found.register(definition.areas)
    return found


def contest(area: str, kind: str, candidates: int, seats: int = 1, code: str = "") -> Contest:
    return Contest(
        code=code or f"{kind}-{area}",
        label=Label(ja=area, en=area),
        kind=kind,
        area=AreaRef(geography="administrative", area=area),
        seats=seats,
        choices=tuple(Choice(code=str(n), name=f"候補{n}") for n in range(1, candidates + 1)),
    )


def facts(template: str, *contests: Contest, **more: Any) -> ElectionFacts:
    label = Label(ja="試験", en="Test")
    return ElectionFacts(
        template=template, code="e", label=label, polling_date=DAY, is_test=True, contests=contests, **more
    )


def refused(catalogue: Catalogue, template: str, one: Contest) -> set[tuple[str, str]]:
    with pytest.raises(FileRefused) as caught:
        compose(catalogue, template, facts(template, one))
    return {(problem.column, problem.expected) for problem in caught.value.problems}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_in_order(catalogue: Catalogue, registry: AreaRegistry, path: Path) -> None:
    made = compose_file(catalogue, path)
    assert lint_definition(made) == []
    expand(made, registry.at(made.polling_date)).require_offices()


@pytest.mark.parametrize(
    ("template", "kind", "area", "unit", "chain"),
    [
        ("mayor", "mayor", TOWN, TOWN, [("municipality", TOWN)]),
        ("mayor", "mayor", "28203", "28203", [("municipality", "28203")]),
        ("mayor", "mayor", SPECIAL_WARD, SPECIAL_WARD, [("municipality", SPECIAL_WARD)]),
        ("mayor", "mayor", "28100", WARD, [("designated_city", "28100")]),
        ("municipal_assembly", "assembly", TOWN, TOWN, [("municipality", TOWN)]),
        ("municipal_assembly", "assembly", SPECIAL_WARD, SPECIAL_WARD, [("municipality", SPECIAL_WARD)]),
        ("designated_city_assembly", "assembly", WARD, WARD, [("designated_city", "28100")]),
        ("governor", "governor", "28", TOWN, [("prefecture", "28")]),
        ("governor", "governor", "28", WARD, [("designated_city", "28100"), ("prefecture", "28")]),
    ],
)
def test_where_each_kind_of_election_ends(
    catalogue: Catalogue, registry: AreaRegistry, template: str, kind: str, area: str, unit: str,
    chain: list[tuple[str, str]],
) -> None:  # fmt: skip
    given = facts(template, contest(area, kind, 2), area=AreaRef(geography="administrative", area=area))
    made = compose(catalogue, template, given)
    roster = expand(made, registry.at(DAY))
    roster.require_offices()
    assert list(roster.chains[unit]) == chain
    assert made.workflow is not None
    levels = [level for level, _ in chain]
    assert levels[made.workflow.certifying(levels)] == levels[-1] == made.workflow.publishing(levels)


def test_the_candidates_say_whether_a_vote_is_held(catalogue: Catalogue) -> None:
    for template, kind in (("mayor", "mayor"), ("governor", "governor"), ("municipal_assembly", "assembly")):
        assert refused(catalogue, template, contest(TOWN, kind, 1)) == {
            ("contests.kind", numbered("L15", "kind = uncontested"))
        }
        assert refused(catalogue, template, contest(TOWN, "uncontested", 2)) == {
            ("contests.kind", numbered("L15", f"kind = {kind}"))
        }
    before_nominations = compose(catalogue, "mayor", facts("mayor", contest(TOWN, "mayor", 0)))
    assert len(before_nominations.forms) > 1


def test_districts_without_a_vote_are_left_out_of_the_turnout(
    catalogue: Catalogue, registry: AreaRegistry
) -> None:
    """Their roll is reported with their own contest; every other form asks the voting districts alone."""
    area = AreaRef(geography="administrative", area="28100")
    contests = (contest(WARD, "uncontested", 3, 3), contest("28101", "assembly", 3, 2))
    made = compose(
        catalogue, "designated_city_assembly", facts("designated_city_assembly", *contests, area=area)
    )
    assert lint_definition(made) == []
    roster = expand(made, registry.at(DAY))
    electorate = roster.contest_units["electorate"]
    assert (len(electorate), WARD in electorate, "28101" in electorate) == (8, False, True)
    assert roster.contest_units[f"uncontested-{WARD}"] == (WARD,)
    asked = {form.code for form in made.forms if set(form.contest_kinds) & {"uncontested"}}
    assert asked == {"registration"}


def test_a_whole_assembly_without_a_vote(catalogue: Catalogue) -> None:
    area = AreaRef(geography="administrative", area="28100")
    given = facts("designated_city_assembly", contest(WARD, "uncontested", 3, 3), area=area)
    made = compose(catalogue, "designated_city_assembly", given)
    assert [form.code for form in made.forms] == ["registration"]
    assert [one.kind for one in made.contests] == ["uncontested"]


@pytest.mark.parametrize("occasion", ["by_election", "repeat_election"])
def test_a_by_election_has_the_same_forms_and_series_of_its_own(catalogue: Catalogue, occasion: str) -> None:
    one = contest(TOWN, "assembly", 3, 2)
    regular = compose(catalogue, "municipal_assembly", facts("municipal_assembly", one))
    made = compose(catalogue, "municipal_assembly", facts("municipal_assembly", one, occasion=occasion))
    assert (regular.kind, made.kind) == ("municipal_assembly", f"municipal_assembly.{occasion}")
    assert made.forms == regular.forms


def _with(made: ElectionDefinition, registry: AreaRegistry, **workflow: Any) -> Roster:
    flow = Workflow.model_validate({"geography": "administrative", **workflow})
    return expand(made.model_copy(update={"workflow": flow}), registry.at(DAY))


def test_a_workflow_that_leaves_a_unit_without_an_office_is_refused(
    catalogue: Catalogue, registry: AreaRegistry
) -> None:
    """A town under no designated city, offices upside down, a level that is none: nothing could ever be certified."""
    made = compose(catalogue, "mayor", facts("mayor", contest(TOWN, "mayor", 2)))
    wrong: tuple[tuple[str, ...], ...] = (("designated_city",), ("nation", "prefecture"), ("king",))
    for levels in wrong:
        flow = {"levels": levels, "publish_at_level": levels[0], "certify_at_level": levels[0]}
        with pytest.raises(InvalidInput) as caught:
            _with(made, registry, **flow).require_offices()
        assert caught.value.facts["field"] == "workflow.levels"
        assert TOWN in str(caught.value)
    right = {"levels": ("prefecture",), "publish_at_level": "prefecture", "certify_at_level": "prefecture"}
    _with(made, registry, **right).require_offices()


def test_a_level_that_manages_itself_is_one_of_the_chain_and_reports(catalogue: Catalogue) -> None:
    made = compose(catalogue, "mayor", facts("mayor", contest(TOWN, "mayor", 2)))
    assert made.workflow is not None
    flow = made.workflow.model_dump()
    with pytest.raises(ValidationError, match="self_managed"):
        Workflow.model_validate({**flow, "self_managed": ["prefecture"]})
    city = Workflow.model_validate({**flow, "self_managed": ["designated_city"]})
    problems = lint_definition(made.model_copy(update={"workflow": city}))
    assert [(one.column, one.found) for one in problems] == [("workflow.self_managed", "designated_city")]
    elsewhere = {**made.model_dump(mode="json"), "workflow": {**flow, "geography": "counting"}}
    with pytest.raises(ValidationError, match="geography"):
        ElectionDefinition.model_validate(elsewhere)
