"""The rules file, its settings, its printed form."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli.group import root
from reporting.domain.workflow import RuleUse
from reporting.errors import UnknownReference
from reporting.files.problems import FileRefused
from reporting.rules.catalogue import (
    SettingRefused,
    everything,
    in_force,
    lines_of,
    load_rules,
    read_catalogue,
)
from reporting.rules.cheatsheet import cheat_sheet, document
from reporting.rules.checks import Check, Term

ROLES = ("ward", "municipality", "prefecture", "ministry")


def _values(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [value for inner in node.values() for value in _values(inner)]
    if isinstance(node, list | tuple):
        return [value for inner in node for value in _values(inner)]
    return [node]


def test_all_rules_are_complete() -> None:
    rules = load_rules()
    assert [rule.code for rule in rules] == [f"J{number:02d}" for number in range(1, 30)]
    assert {rule.code for rule in rules if rule.structural} == {"J04", "J06", "J15", "J23", "J25"}
    for rule in rules:
        assert all(
            str(value).strip() for value in _values(rule.model_dump(include={"instruction", "example"}))
        )
        assert rule.label.en
        assert not (rule.waivable and rule.severity == "warning")


def test_every_setting_named_exists() -> None:
    rules = load_rules()
    known = {name for rule in rules for name in rule.settings}
    for rule in rules:
        used = [
            text[1:] for text in _values(rule.model_dump()) if isinstance(text, str) and text.startswith("$")
        ]
        assert set(used) <= known
        assert {name for check in rule.checks for name in check.when} <= known


def test_every_item_named_is_in_the_item_catalogue() -> None:
    folder = files("reporting.definitions") / "data" / "catalogue" / "items"
    if not folder.is_dir():
        pytest.skip("no item catalogue")
    shelf = "\n".join(entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    for item in _items():
        assert f'code = "{item}"' in shelf, item


def _items() -> set[str]:
    found: set[str] = set()
    for rule in load_rules():
        for check in rule.checks:
            found |= _named(check)
    return found


def _named(check: Check) -> set[str]:
    found: set[str] = set()
    for name in type(check).model_fields:
        value = getattr(check, name)
        if isinstance(value, Term):
            found.add(value.item)
        elif isinstance(value, tuple) and value and isinstance(value[0], Term):
            found |= {term.item for term in value}
        elif name in ("item", "votes", "truncated", "unattributed", "asked_with"):
            found.add(value)
        elif name == "items":
            found |= set(value)
    return found


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("-votes{*}", ("votes", True, "", "*", False)),
        ("voters[residence=domestic]", ("voters", False, "residence=domestic", "", False)),
        ("votes_truncated?", ("votes_truncated", False, "", "", True)),
    ],
)
def test_terms(text: str, fields: tuple[object, ...]) -> None:
    term = Term.model_validate(text)
    assert (term.item, term.negative, term.breakdown, term.choices, term.optional) == fields


def test_a_wrong_rules_file_is_refused_with_its_places() -> None:
    text = (files("reporting.rules") / "data" / "rules.toml").read_text("utf-8")
    with pytest.raises(FileRefused, match="TOML"):
        read_catalogue("[[rules")
    with pytest.raises(FileRefused, match="a term as in"):
        read_catalogue(text.replace('"votes{*}"', '"votes(*)"', 1))
    with pytest.raises(FileRefused, match="twice"):
        read_catalogue(text.replace('code = "J02"', 'code = "J01"'))
    with pytest.raises(FileRefused, match=r"rules\.0\.instruction\.wart\].*the name ward"):
        read_catalogue(text.replace("instruction.ward", "instruction.wart", 1))


def test_settings_of_an_election() -> None:
    force = in_force([RuleUse(code="J08", severity="warning", settings={"turnout_max": "99"})])
    assert force.rules[0][1] == "warning"
    assert force.settings["turnout_max"] == "99"
    assert force.settings["not_accepted"] == "ask"
    with pytest.raises(UnknownReference, match="J99"):
        in_force([RuleUse(code="J99")])
    for code, name, value in (
        ("J12", "not_accepted", "maybe"),
        ("J08", "turnout_max", "high"),
        ("J08", "x", "1"),
    ):
        with pytest.raises(SettingRefused):
            in_force([RuleUse(code=code, settings={name: value})])


def test_a_warning_made_an_error_may_still_be_declared(run: Any) -> None:
    from reporting.rules.engine import check

    context = run.context("turnout", {"smd|voters": 332, "smd|electors": 332})
    assert [one.blocks for one in check([RuleUse(code="J08")], context)] == [False]
    copied = run.context("turnout", {"smd|voters_early": 3_000, "pr|voters_early": 3_000})
    (found,) = check([RuleUse(code="J18", severity="error")], copied)
    assert (found.blocks, found.waivable) == (True, True)


def test_lines_of_a_contest_kind() -> None:
    assert [line.code for line in lines_of("assembly")] == ["elected_assembly", "deposit_assembly"]
    assert lines_of("retention") == ()


def test_nothing_typed_nothing_found(run: Any) -> None:
    every = " ".join(use.code for use in everything())
    assert run(every, "count", {}).findings == ()


def test_the_printed_sheet_is_current_and_whole() -> None:
    written = Path(__file__).parents[2] / "docs" / "rules.md"
    assert written.read_text("utf-8") == document(), "run: reporting rules print --both > docs/rules.md"
    for language in ("ja", "en"):
        sheet = cheat_sheet(language)
        assert all(f"## {rule.code} " in sheet for rule in load_rules())
        assert "{" not in sheet.replace("{*}", "")


def test_the_command_prints_it() -> None:
    runner = CliRunner()
    assert runner.invoke(root, ["rules", "print", "--lang", "en"]).output == cheat_sheet("en")
    assert runner.invoke(root, ["rules", "print", "--both"]).output == document()
    assert "Example" in runner.invoke(root, ["rules", "print", "--help"]).output
