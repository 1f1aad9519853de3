"""The linter catches every kind of problem, with its number, file and row; each is planted here on purpose."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.group import root
from reporting.definitions.catalogue import Catalogue, shipped_catalogue
from reporting.definitions.compose import compose_file
from reporting.definitions.lint import lint_additions, lint_catalogue, lint_change, lint_definition
from reporting.definitions.templates import Additions, read
from reporting.files.problems import FileProblem, FileRefused
from reporting.words import bilingual

EXAMPLE = Path(__file__).parents[2] / "examples" / "local-assembly"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_catalogue().folder, tmp_path / "catalogue"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped_catalogue()


def plant(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text), (path.name, old)
    path.write_text(re.sub(old, new, text, count=1), encoding="utf-8")


def number(problem: FileProblem) -> str:
    """Its number; each problem is told in Japanese and in English, the number with both."""
    ja, en = bilingual(problem.expected) or ("", "")
    assert re.search(r"[ぁ-ん一-龥].* \[L[0-9]{2}\]$", ja), problem
    assert re.fullmatch(r"[^ぁ-んァ-ヶ]+ \[L[0-9]{2}\]", en), problem
    return problem.expected.rpartition("[")[2].rstrip("]")


@pytest.mark.parametrize(
    ("file", "old", "new", "expected", "place"),
    [
        ("items/roll.toml", r"purpose = .*\n", "", "L01", "items.registered_electors.purpose"),
        (
            "items/roll.toml",
            r'(purpose = .*), en = "[^"]*"',
            r"\1",
            "L01",
            "items.registered_electors.purpose",
        ),
        ("items/roll.toml", r"basis = .*\n", "", "L02", "items.registered_electors.basis"),
        ("items/roll.toml", r"basis = .*\n", 'basis = " "\n', "L02", "items.registered_electors.basis"),
        ("items/turnout.toml", r'numerator = "voters"', 'numerator = "nobody"', "L03", "items.turnout"),
        ("items/turnout.toml", r'numerator = "voters"', 'numerator = "invalid_rate"', "L03", "items.turnout"),
        ("forms/turnout_flash.toml", r'  "electors",\n', "", "L03", "forms.turnout_flash.items"),
        ("forms/registration.toml", r'  "registered_electors",\n', "", "", ""),
        (
            "forms/results_survey_facilities.toml",
            r'  "incidents",\n',
            "",
            "L04",
            "items.incidents",
        ),
        ("forms/final_count.toml", r'"count_flash"\]', '"nothing"]', "L05", "forms.final_count.prefill"),
        ("forms/final_count.toml", r'"count_flash"\]', '"facilities"]', "L05", "forms.final_count.prefill"),
        (
            "forms/final_count.toml",
            r'"count_flash"\]',
            '"count_flash/c9900"]',
            "L05",
            "forms.final_count.prefill",
        ),
        ("items/roll.toml", r'\[\["sex"\]\]', '[["age"]]', "L06", "items.registered_electors.breakdowns"),
        ("items/roll.toml", r', en = "Registered electors"', "", "L07", "items.registered_electors.label"),
        ("dimensions.toml", r', en = "Women"', "", "L07", "dimensions.sex.f.label"),
        (
            "forms/facilities.toml",
            r', en = "At the announcement"',
            "",
            "L07",
            "forms.facilities.slots.planned.label",
        ),
        ("templates/mayor.toml", r', en = "Mayor election"', "", "L07", "label"),
        ("slots/local_town.toml", r', en = "At 10:00"', "", "L07", "slots.t1000.label"),
        (
            "items/roll.toml",
            r'unit = "persons"',
            'unit = "families"',
            "L08",
            "items.registered_electors.version",
        ),
        ("items/roll.toml", r"basis = ", "version = 2\nbasis = ", "L08", "items.registered_electors.version"),
        ("forms/facilities.toml", r'"polling_places"', '"nothing"', "L10", "forms.facilities.items"),
        ("templates/mayor.toml", r"without = \[", 'without = ["nothing", ', "L10", "without"),
        ("slots/local_town.toml", r'form = "count_flash"', 'form = "nothing"', "L10", "forms.form"),
        ("templates/mayor.toml", r"forms = \[", 'forms = [ "nothing",', "L11", "forms"),
        (
            "items/roll.toml",
            r'"registered_electors_overseas"',
            '"registered_electors"',
            "L12",
            "items.registered_electors",
        ),
        (
            "items/roll.toml",
            r"basis = ",
            'scope = "pref28"\nbasis = ',
            "L13",
            "items.registered_electors.scope",
        ),
        ("slots/lower_house.pref14.toml", r'"pref14"', '"14"', "L13", "scope"),
        (
            "templates/mayor.toml",
            r'self_managed = \["municipality"',
            'self_managed = ["designated_city"',
            "L16",
            "workflow.self_managed",
        ),
        ("slots/local_town.toml", r'templates = \["mayor"', 'templates = ["king"', "L14", "templates"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_caught(
    folder: Path, file: str, old: str, new: str, expected: str, place: str
) -> None:
    plant(folder / file, old, new)
    found = lint_catalogue(Catalogue.load(folder))
    if not expected:
        assert {number(problem) for problem in found} <= {"L05"}
        return
    assert (expected, place) in {(number(problem), problem.column) for problem in found}
    (first, *_) = [p for p in found if (number(p), p.column) == (expected, place)]
    assert "/" in first.file or first.file == "dimensions.toml"


def test_a_problem_names_its_row(folder: Path) -> None:
    plant(folder / "items" / "turnout.toml", r'(code = "voters"\n(?:.*\n)*?)basis = .*\n', r"\1")
    (problem,) = lint_catalogue(Catalogue.load(folder))
    rows = (folder / "items" / "turnout.toml").read_text(encoding="utf-8").splitlines()
    assert problem.row is not None
    assert rows[problem.row - 1] == 'code = "voters"'
    assert str(problem).startswith(f"items/turnout.toml:{problem.row} [items.voters.basis]")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("items/turnout.toml", r'numerator = "voters"\n', "", "numerator and denominator"),
        ("items/turnout.toml", r'kind = "rate"', 'kind = "guess"', "kind"),
        ("items/turnout.toml", r'unit = "persons"', 'unitt = "persons"', "unitt"),
        ("forms/registration.toml", r"\[", "[[[", "TOML"),
        ("slots/local_town.toml", r'cut_off = "10:00"', 'cut_off = "10 o’clock"', "cut_off"),
        ("slots/local_town.toml", r'code = "t1000"', 'code = "t.1000"', "code"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_and_place(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    plant(folder / file, old, new)
    with pytest.raises(FileRefused) as caught:
        Catalogue.load(folder)
    (problem,) = caught.value.problems
    assert problem.file == file
    assert told in str(problem)
    if file.startswith("items"):
        rows = (folder / file).read_text(encoding="utf-8").splitlines()
        assert problem.row is not None
        assert rows[problem.row - 1] == "[[items]]"


def test_a_doubled_form_and_an_empty_folder(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "forms" / "facilities.toml", folder / "forms" / "again.toml")
    assert any(
        p.file.startswith("forms/") and p.column == "code" for p in lint_catalogue(Catalogue.load(folder))
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileRefused):
        Catalogue.load(tmp_path / "empty")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (r"purpose = .*\n", "", "L01"),
        (r"basis = .*\n", "", "L02"),
        (r', "children_along"', "", ""),
        (r'items = \["bus_riders", ', "items = [", "L04"),
        (r'prefill = \["final_voting"\]', 'prefill = ["registration"]', "L05"),
        (r'\[\["bus_route"\]\]', '[["boat_route"]]', "L06"),
        (r', en = "Riders of the polling bus"', "", "L07"),
        (r'"bus_riders"', '"voters"', "L09"),
        (r'"bus_survey"', '"final_count"', "L09"),
        (r'"bus_route"', '"sex"', "L09"),
        (r'form = "final_voting"', 'form = "nothing"', "L10"),
        (r'items = \["children_along"\]', 'items = ["voters"]', "L10"),
        (r'"muni28382"', '"national"', "L13"),
        (r'"muni28382"', '"Harima"', "L13"),
        (r"basis = ", 'scope = "pref28"\nbasis = ', "L13"),
    ],
)
def test_what_is_wrong_with_additions_is_caught(
    catalogue: Catalogue, tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = Path(shutil.copy(EXAMPLE / "additions.toml", tmp_path))
    assert lint_additions(catalogue, read(path, Additions)) == []
    plant(path, old, new)
    found = lint_additions(catalogue, read(path, Additions))
    assert all(problem.file == "additions.toml" for problem in found)
    assert expected in {number(problem) for problem in found} if expected else found == []


def test_a_definition_is_checked_however_it_was_made(catalogue: Catalogue) -> None:
    made = compose_file(catalogue, EXAMPLE / "election.toml")
    bare = made.items[0].model_copy(update={"purpose": None, "basis": None})
    forms = tuple(
        form.model_copy(update={"items": ("incidents",)}) if form.code == "final_voting" else form
        for form in made.forms
    )
    alone = made.items[0].model_copy(update={"code": "alone"})
    wrong = made.model_copy(update={"items": (bare, *made.items[1:], alone), "forms": forms})
    assert {"L01", "L02", "L04", "L05"} <= {number(problem) for problem in lint_definition(wrong)}


def test_an_item_means_the_same_as_at_the_election_before(catalogue: Catalogue) -> None:
    now = compose_file(catalogue, EXAMPLE / "election.toml")
    changed = now.items[0].model_copy(update={"unit": "families"})
    before = now.model_copy(update={"items": (changed, *now.items[1:])})
    assert lint_change(now, now) == []
    (problem,) = lint_change(before, now, "election.toml")
    assert (number(problem), problem.file) == ("L08", "election.toml")
    newer = now.model_copy(update={"items": (now.items[0].model_copy(update={"version": 2}), *now.items[1:])})
    assert lint_change(before, newer) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("slots/local_town.toml", 'publish_at = "10:30"', 'publish_at = "09:30"', "forms.slots.publish_at"),
        ("election.toml", "候補者甲", "候補者甲\u200b", "contests.choices"),
        ("election.toml", "候補者乙", "候補者乙 ", None),
        ("election.toml", "2027-04-25", "2099-04-25", None),
        (
            "templates/municipal_assembly.toml",
            r'levels = \["municipality", "ward"\]',
            'levels = ["municipality", "wardd"]',
            "units.levels",
        ),
        ("election.toml", 'registry = "japan"', 'registry = "elsewhere"', None),
    ],
)
def test_an_election_is_asked_what_its_import_will_ask(
    folder: Path, tmp_path: Path, file: str, old: str, new: str, field: str | None
) -> None:
    made = Path(shutil.copytree(EXAMPLE, tmp_path / "made"))
    plant((folder if "/" in file else made) / file, old, new)
    given = ["definitions", "lint", str(made / "election.toml"), "--catalogue", str(folder)]
    told = CliRunner().invoke(root, given)
    assert (told.exit_code, field is None or field in told.output) == (0 if field is None else 1, True), (
        told.output
    )


def test_the_command_checks_composes_and_records(folder: Path, tmp_path: Path) -> None:
    run = CliRunner()
    election = str(EXAMPLE / "election.toml")
    assert run.invoke(root, ["definitions", "lint", election]).exit_code == 0
    composed = run.invoke(root, ["definitions", "compose", election])
    (tmp_path / "e.json").write_text(composed.output, encoding="utf-8")
    assert (
        run.invoke(root, ["definitions", "lint", election, "--previous", str(tmp_path / "e.json")]).exit_code
        == 0
    )
    assert "bus_riders" in composed.output
    assert "bus_riders" not in run.invoke(root, ["definitions", "compose", election, "--national"]).output
    plant(folder / "items" / "roll.toml", r'unit = "persons"', 'unit = "families"')
    refused = run.invoke(root, ["definitions", "lint", "--catalogue", str(folder)])
    assert refused.exit_code == 1
    assert "items/roll.toml" in refused.output
    assert "[L08]" in refused.output
    plant(folder / "items" / "roll.toml", r'unit = "families"', 'unit = "families"\nversion = 2')
    assert run.invoke(root, ["definitions", "lint", "--catalogue", str(folder), "--record"]).exit_code == 0
    assert "families" in (folder / "versions.toml").read_text(encoding="utf-8")
