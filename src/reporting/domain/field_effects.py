"""What each field of a definition does to figures that stand under it: every field of every model, declared in one place.

`EFFECTS` and `VALUES` together name every model of a definition. A model or field that is in neither is an error wherever two
definitions are compared (`relabelled`), so that a new field cannot come without an answer to what it does to figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from reporting.domain.election import (
    AreaRef,
    Choice,
    Contest,
    ContestUnits,
    ElectionDefinition,
    Form,
    Slot,
    Source,
)
from reporting.domain.errata import KnownErratum
from reporting.domain.items import Dimension, Item, Usual
from reporting.domain.labels import Label
from reporting.domain.messages import message
from reporting.domain.reporting_units import (
    CountingPart,
    MergedUnit,
    ReportingUnits,
    Withdrawal,
    WithdrawnUnit,
)
from reporting.domain.workflow import RuleLeftOut, RuleUse, Workflow
from reporting.words import Words


class Effect(StrEnum):
    """`fixed`: by which it is the same thing; another is another thing. `parts`: things or fields of their own."""

    FIXED = "fixed"
    PARTS = "parts"
    DECIDES = "decides"
    RELABELS = "relabels"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class FieldEffect:
    """`aspect`: its code where a change of it is told, where it is not the field's own.
    `in_order`: the order of a list says something. `of_votes`: it touches the figures by choice alone."""

    effect: Effect
    aspect: str | None = None
    in_order: bool = False
    of_votes: bool = False

    @property
    def told(self) -> bool:
        """Whether figures are touched when it is another one."""
        return self.effect in (Effect.DECIDES, Effect.RELABELS)


FIXED, PARTS, WORDS, DECIDES, RELABELS = map(
    FieldEffect, (Effect.FIXED, Effect.PARTS, Effect.WORDS, Effect.DECIDES, Effect.RELABELS)
)


EFFECTS: Mapping[type[BaseModel], Mapping[str, FieldEffect]] = {
    ElectionDefinition: {
        "code": FIXED,
        "is_test": FIXED,
        "label": RELABELS,
        "kind": DECIDES,
        "polling_date": DECIDES,
        "source": WORDS,
        "registry": DECIDES,
        "geographies": DECIDES,
        "units": PARTS,
        "dimensions": PARTS,
        "items": PARTS,
        "contests": PARTS,
        "forms": PARTS,
        "workflow": PARTS,
        "rules": DECIDES,
        "without_rules": WORDS,
        "previous": DECIDES,
        "errata": WORDS,
        "survey": FIXED,
    },
    ReportingUnits: {
        "geography": DECIDES,
        "levels": DECIDES,
        "withdrawn": PARTS,  # told of each unit
        "merged": PARTS,  # told of each unit that was merged
    },
    Workflow: {
        "geography": DECIDES,
        "levels": FieldEffect(Effect.DECIDES, in_order=True),
        "publish_at_level": DECIDES,
        "certify_at_level": DECIDES,
        "self_managed": DECIDES,
    },
    Dimension: {
        "code": FIXED,
        "label": RELABELS,
        "values": DECIDES,
    },
    Dimension.Value: {"code": FIXED, "label": RELABELS},
    Item: {
        "code": FIXED,
        "label": RELABELS,
        "kind": DECIDES,
        "unit": FieldEffect(Effect.RELABELS, "measure"),
        "by_choice": DECIDES,
        "signed": DECIDES,
        "breakdowns": DECIDES,
        "numerator": DECIDES,
        "denominator": DECIDES,
        "decimals": DECIDES,
        "rounding": DECIDES,
        "purpose": WORDS,
        "basis": WORDS,
        "version": DECIDES,
        "bridge": DECIDES,
        "scope": DECIDES,
        "part_of": DECIDES,
        "usual": DECIDES,
        "progress": DECIDES,
    },
    Contest: {
        "code": FIXED,
        "label": RELABELS,
        "kind": DECIDES,
        "area": DECIDES,
        "without": DECIDES,
        "units": DECIDES,
        "seats": DECIDES,
        "choices": FieldEffect(Effect.DECIDES, of_votes=True),
        "withdrawn": DECIDES,
    },
    Choice: {
        "code": FIXED,
        "name": FieldEffect(Effect.RELABELS, "label"),
        "kana": RELABELS,
        "party": RELABELS,
        "on_list": DECIDES,
        "identity": DECIDES,
        "number": RELABELS,
        "withdrawn": DECIDES,
    },
    Form: {
        "code": FIXED,
        "label": RELABELS,
        "items": DECIDES,
        "contest_kinds": DECIDES,
        "slots": FieldEffect(Effect.DECIDES, in_order=True),
        "cumulative": DECIDES,
        "prefill": FieldEffect(Effect.DECIDES, in_order=True),
        "scope": DECIDES,
        "entry": DECIDES,
    },
    Slot: {
        "code": FIXED,
        "label": RELABELS,
        "public": DECIDES,
        "cut_off": DECIDES,
        "publish_at": DECIDES,
        "publish": DECIDES,
        "opens": DECIDES,
        "method": DECIDES,
    },
}  # fmt: skip
"""Models whose fields are told one by one."""

VALUES: frozenset[type[BaseModel]] = frozenset(
    (
        AreaRef,
        ContestUnits,
        CountingPart,
        KnownErratum,
        Label,
        MergedUnit,
        RuleLeftOut,
        RuleUse,
        Source,
        Usual,
        Withdrawal,
        WithdrawnUnit,
    )
)
"""Models that are told whole, with all their fields, as one value of the field that holds them."""


class UndeclaredField(TypeError):
    """A model or a field of the definition that nobody has said of what it does to figures."""


def effects(model: type[BaseModel]) -> Mapping[str, FieldEffect]:
    """Of every field of the model. UndeclaredField where one is missing."""
    declared = EFFECTS.get(model, {})
    if missing := model.model_fields.keys() - declared.keys():
        raise UndeclaredField(f"{model.__name__}: {', '.join(sorted(missing))}")
    return declared


def name_of(model: type[BaseModel], field: str) -> Words:
    """What a field is called where a change of it is told: by model and field, or by the field alone."""
    named = message.table("field")
    return named.get(f"{model.__qualname__}.{field}") or named[field]
