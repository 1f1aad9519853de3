"""Editions of the rules: which version of every rule was in force, so that what a return passed then can be found again.

A rule's version rises with every change that can alter a finding. The versions before stay in `data/rules_before.toml`, and
`data/editions.toml` says which versions were in force together, and what each of them meant (a digest).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files

from pydantic import Field

from reporting.domain.labels import Code, Definition
from reporting.errors import UnknownReference
from reporting.files.structured import checked, read_toml
from reporting.rules.catalogue import load_rules
from reporting.rules.model import RuleDefinition

FILE, BEFORE = "editions.toml", "rules_before.toml"
DECIDES = {"severity", "waivable", "contest_kinds", "settings", "words", "checks"}
"""What of a rule can make a finding come out otherwise; its words to people can not."""


class RulesEdition(Definition):
    """`rules`: code → version in force, from `since` on."""

    number: int = Field(ge=1)
    since: date
    rules: dict[Code, int]


class EditionRecord(Definition):
    """`meanings`: `J08.2` → digest of what that version finds."""

    editions: tuple[RulesEdition, ...] = Field(min_length=1)
    meanings: dict[str, str]


class RulesBefore(Definition):
    """Versions of rules that are in force no more."""

    rules: tuple[RuleDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class Editions:
    """Every edition with every rule it had. `versions`: (code, version) → the rule."""

    record: EditionRecord
    versions: Mapping[tuple[str, int], RuleDefinition]

    @property
    def current(self) -> RulesEdition:
        """The one that what is decided now passes."""
        return self.record.editions[-1]

    def edition(self, number: int) -> RulesEdition:
        """UnknownReference for one that this program does not know: a later program made the record."""
        for edition in self.record.editions:
            if edition.number == number:
                return edition
        numbers = [str(edition.number) for edition in self.record.editions]
        raise UnknownReference(kind="edition of the rules", found=str(number), among=numbers)

    def rules(self, number: int) -> tuple[RuleDefinition, ...]:
        """The rules of an edition, as they were."""
        return tuple(self.versions[rule] for rule in self.edition(number).rules.items())


def meaning(rule: RuleDefinition) -> str:
    """A digest that differs when a finding can; the words of messages stay out of it."""
    held = rule.model_dump_json(
        include=DECIDES, exclude={"checks": {"__all__": {"message"}}}, exclude_defaults=True
    )
    return sha256(held.encode()).hexdigest()[:16]


@cache
def shipped_editions() -> Editions:
    """As they come with the program."""
    data = files("reporting.rules") / "data"
    record = checked(FILE, read_toml(FILE, (data / FILE).read_text("utf-8")), EditionRecord)
    before = checked(BEFORE, read_toml(BEFORE, (data / BEFORE).read_text("utf-8")), RulesBefore)
    versions = {(rule.code, rule.version): rule for rule in (*before.rules, *load_rules())}
    return Editions(record, versions)


def current_edition() -> int:
    """The number of the one in force, which whatever is decided now passes."""
    return shipped_editions().current.number
