"""Editions of the rules: nothing that can alter a finding changes without a new version, and every version that was in force stays."""

from __future__ import annotations

import pytest

from reporting.errors import UnknownReference
from reporting.rules.catalogue import load_rules, shipped
from reporting.rules.editions import meaning, shipped_editions


def test_the_edition_in_force_is_the_catalogue() -> None:
    editions = shipped_editions()
    assert editions.current.rules == {rule.code: rule.version for rule in load_rules()}, (
        "a rule has another version: add an edition to editions.toml"
    )
    assert editions.rules(editions.current.number) == shipped().rules


def test_no_rule_finds_something_else_under_the_same_version() -> None:
    editions = shipped_editions()
    now = {f"{code}.{version}": meaning(rule) for (code, version), rule in editions.versions.items()}
    assert now == editions.record.meanings, (
        "raise the version, keep the old text in rules_before.toml, and note the digest of the new one"
    )


def test_every_version_that_was_in_force_is_kept() -> None:
    editions = shipped_editions()
    named = {rule for edition in editions.record.editions for rule in edition.rules.items()}
    assert named == editions.versions.keys()
    numbers = [edition.number for edition in editions.record.editions]
    assert numbers == list(range(1, len(numbers) + 1))
    days = [edition.since for edition in editions.record.editions]
    assert days == sorted(days)


def test_an_edition_of_a_later_program_is_named() -> None:
    with pytest.raises(UnknownReference) as refused:
        shipped_editions().edition(99)
    assert "ルール集の版 99" in str(refused.value)


def test_what_can_alter_a_finding_alters_the_digest_and_words_do_not() -> None:
    rule = next(rule for rule in load_rules() if rule.code == "J11")
    (check, *others) = rule.checks
    said = check.message.model_copy(update={"ja": "別の言い方"})
    reworded = rule.model_copy(
        update={"checks": (check.model_copy(update={"message": said}), *others), "formula_ja": "別の言い方"}
    )
    assert meaning(reworded) == meaning(rule)
    for change in (
        {"severity": "warning"},
        {"waivable": not rule.waivable},
        {"contest_kinds": ("mayor",)},
        {"settings": {"tolerance": "3"}},
        {"checks": tuple(others)},
    ):
        assert meaning(rule.model_copy(update=change)) != meaning(rule), change
