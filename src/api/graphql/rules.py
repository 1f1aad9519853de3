"""The rules that watch an election's returns, as a reader asks for them: in words, with where they apply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import strawberry

from api.graphql.types import Label, described
from reporting.domain.election import ElectionDefinition
from reporting.domain.workflow import RuleLeftOut
from reporting.rules.catalogue import in_force
from reporting.rules.model import RuleDefinition
from reporting.rules.permits import permitted_by


class InBoth(Protocol):
    """A sentence of the catalogue."""

    @property
    def ja(self) -> str: ...
    @property
    def en(self) -> str: ...


@strawberry.type(description="What each level does about a finding of a rule.")
class RuleInstruction:
    ward: Label = described("who typed it")
    municipality: Label = described("the municipality above")
    prefecture: Label = described("the prefecture")
    ministry: Label = described("the ministry")


@strawberry.type(description="A value that an election may choose for a rule.")
class RuleSetting:
    name: str = described("name")
    value: str = described("as it is in force")
    usual: str = described("as the catalogue has it")


@strawberry.type(description="A form and slot in which the items permit a rule.")
class RuleApplies:
    form: str = described("form code")
    slot: str = described("slot code")


@strawberry.type(description="A rule in force for an election.")
class RuleInForce:
    code: str = described("stable code, as findings name it")
    label: Label = described("name")
    version: int = described("rises with every change that can make a finding come out otherwise")
    formula: str = described("what it compares, in codes of items")
    formula_label: Label = described("the same for people, in words of the language")
    severity: str = described("error or warning, as it is in force here")
    waivable: bool = described("an error that may be declared as a difference, with a reason")
    structural: bool = described("kept by the program itself: it never finds anything")
    contest_kinds: list[str] = described("only in contests of these kinds; empty: all")
    basis: Label = described("law article, form or survey it rests on")
    example: Label = described("where it would have helped")
    since: str = described("when, or by which incident, it came into the catalogue")
    instruction: RuleInstruction = described("what to do about a finding")
    settings: list[RuleSetting] = described("its values")
    applies: list[RuleApplies] = described("forms and slots whose items permit it")


@strawberry.type(description="A rule that the forms' items permit and that the election leaves out.")
class RuleNotInForce:
    code: str = described("stable code")
    reason: Label = described("why")

    @classmethod
    def of(cls, left_out: RuleLeftOut) -> RuleNotInForce:
        return cls(code=left_out.code, reason=Label.of(left_out.reason))


def rules_of(definition: ElectionDefinition) -> list[RuleInForce]:
    """In the order of the definition, which is the catalogue's where rules are in force by derivation."""
    resolved = in_force(definition.rules)
    applies: dict[str, list[RuleApplies]] = {}
    for form in definition.forms:
        for slot in form.slots:
            for code in permitted_by(definition, form, slot.code):
                applies.setdefault(code, []).append(RuleApplies(form=form.code, slot=slot.code))
    return [
        _told(rule, severity, resolved.settings, applies.get(rule.code, []))
        for rule, severity in resolved.rules
    ]


def _told(
    rule: RuleDefinition, severity: str, settings: Mapping[str, str], applies: list[RuleApplies]
) -> RuleInForce:
    do = rule.instruction
    return RuleInForce(
        code=rule.code, label=Label.of(rule.label), version=rule.version, formula=rule.formula, severity=severity,
        formula_label=Label(ja=rule.formula_ja, en=rule.formula),
        waivable=rule.waivable, structural=rule.structural, contest_kinds=list(rule.contest_kinds),
        basis=Label.halves(rule.basis), example=_label(rule.example), since=rule.since,
        instruction=RuleInstruction(
            ward=_label(do.ward), municipality=_label(do.municipality), prefecture=_label(do.prefecture),
            ministry=_label(do.ministry),
        ),
        settings=[
            RuleSetting(name=name, value=settings[name], usual=usual) for name, usual in rule.settings.items()
        ],
        applies=applies,
    )  # fmt: skip


def _label(said: InBoth) -> Label:
    return Label(ja=said.ja, en=said.en)
