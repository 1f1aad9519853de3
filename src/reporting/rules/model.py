"""What a rule of the catalogue is (data), and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from reporting.domain.labels import Code, Definition, Label
from reporting.rules.checks import AnyCheck, Severity, Text
from reporting.rules.messages import message


class Instruction(Definition):
    """What each level does about it."""

    ward: Text
    municipality: Text
    prefecture: Text
    ministry: Text


class RuleDefinition(Definition):
    """One rule. `version` rises with every change that can alter a finding. `waivable`: an error that may be declared
    as a difference with a reason, for the approver to look at, no cell being altered. `settings`: names and default values.
    `formula`, `formula_ja`: what it compares, in codes of items and in their Japanese words."""

    code: Code = Field(pattern=r"^J[0-9]{2}$")
    version: int = Field(ge=1)
    label: Label
    formula: str
    formula_ja: str
    severity: Severity
    waivable: bool = False
    contest_kinds: tuple[Code, ...] = Field((), description="empty: all")
    settings: dict[Code, str] = Field(default_factory=dict)
    words: dict[Code, tuple[str, ...]] = Field(
        default_factory=dict, description="what a setting may be; without it a number"
    )
    checks: tuple[AnyCheck, ...] = Field(min_length=1)
    instruction: Instruction
    basis: str
    example: Text
    since: str = Field(description="when, or by which incident, it came into the catalogue")

    @model_validator(mode="after")
    def _parts_differ(self) -> Self:
        parts = [(check.part, tuple(check.when.items())) for check in self.checks]
        if len(set(parts)) != len(parts):
            raise ValueError(message("each_check_its_part", code=self.code))
        return self

    @property
    def structural(self) -> bool:
        return all(check.kind == "structural" for check in self.checks)


class StatutoryLine(Definition):
    """valid votes ÷ `parts` (÷ seats where `per_seat`): a candidate below it is not elected (`elects`) or loses the
    deposit."""

    code: Code
    label: Label
    contest_kinds: tuple[Code, ...]
    parts: int = Field(ge=1)
    per_seat: bool = False
    elects: bool = False
    basis: str


class RuleCatalogue(Definition):
    """A whole rules file."""

    rules: tuple[RuleDefinition, ...] = Field(min_length=1)
    lines: tuple[StatutoryLine, ...] = ()

    @model_validator(mode="after")
    def _codes_and_settings_are_unique(self) -> Self:
        codes = [rule.code for rule in self.rules]
        names = [name for rule in self.rules for name in rule.settings]
        if twice := _twice(codes):
            raise ValueError(message("each_rule_once", twice=twice))
        if twice := _twice(names):
            raise ValueError(message("each_setting_once", twice=twice))
        return self


def _twice(names: list[str]) -> str:
    return ", ".join(sorted({name for name in names if names.count(name) > 1}))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found in one return. `difference` = actual − expected. `key` names rule, contest, part, cell and
    difference: an explanation or declaration made for one difference does not cover another. `declared`: it was.
    `instruction`: what each level does about it."""

    key: str
    rule: str
    version: int
    severity: Severity
    contest: str
    cells: tuple[str, ...]
    expected: Decimal | None
    actual: Decimal | None
    difference: Decimal | None
    message_ja: str
    message_en: str
    waivable: bool
    instruction: Instruction
    declared: bool = False

    @property
    def blocks(self) -> bool:
        """Whether it stands in the way of submission; a warning does until it is explained, elsewhere."""
        return self.severity == "error" and not (self.waivable and self.declared)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that could not be applied because these cells hold no number."""

    rule: str
    contest: str
    cells: tuple[str, ...]
