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
    ReportingUnits,
    Slot,
    Source,
    Withdrawal,
    WithdrawnUnit,
)
from reporting.domain.items import Dimension, Item, Usual
from reporting.domain.labels import Label
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
    """`name`: what it is called where a change of it is told; `aspect`: its code there, where it is not the field's own.
    `in_order`: the order of a list says something. `of_votes`: it touches the figures by choice alone."""

    effect: Effect
    name: Words | None = None
    aspect: str | None = None
    in_order: bool = False
    of_votes: bool = False

    @property
    def told(self) -> bool:
        """Whether figures are touched when it is another one."""
        return self.effect in (Effect.DECIDES, Effect.RELABELS)


FIXED, PARTS, WORDS = (FieldEffect(effect) for effect in (Effect.FIXED, Effect.PARTS, Effect.WORDS))


def _decides(ja: str, en: str, *, in_order: bool = False, of_votes: bool = False) -> FieldEffect:
    return FieldEffect(Effect.DECIDES, Words(ja, en), in_order=in_order, of_votes=of_votes)


def _relabels(ja: str, en: str, aspect: str | None = None) -> FieldEffect:
    return FieldEffect(Effect.RELABELS, Words(ja, en), aspect)


EFFECTS: Mapping[type[BaseModel], Mapping[str, FieldEffect]] = {
    ElectionDefinition: {
        "code": FIXED,
        "is_test": FIXED,
        "label": _relabels("名称", "label"),
        "kind": _decides("種類", "kind"),
        "polling_date": _decides("選挙期日", "polling date"),
        "source": WORDS,
        "registry": _decides("地域の登録", "registry of areas"),
        "geographies": _decides("集計する区域", "geographies"),
        "units": PARTS,
        "dimensions": PARTS,
        "items": PARTS,
        "contests": PARTS,
        "forms": PARTS,
        "workflow": PARTS,
        "rules": _decides("ルール", "rules"),
        "without_rules": WORDS,
        "previous": _decides("前回の選挙", "previous election"),
    },
    ReportingUnits: {
        "geography": _decides("報告単位の区域", "geography of units"),
        "levels": _decides("報告単位の段階", "levels of units"),
        "withdrawn": PARTS,  # told of each unit
    },
    Workflow: {
        "geography": _decides("審査の区域", "geography of offices"),
        "levels": _decides("審査の段階", "levels of approval", in_order=True),
        "publish_at_level": _decides("公表できる段階", "level of publication"),
        "certify_at_level": _decides("確定する段階", "level of certification"),
        "self_managed": _decides("自ら管理する段階", "self-managed levels"),
    },
    Dimension: {
        "code": FIXED,
        "label": _relabels("名称", "label"),
        "values": _decides("値の一覧", "values"),
    },
    Dimension.Value: {"code": FIXED, "label": _relabels("名称", "label")},
    Item: {
        "code": FIXED,
        "label": _relabels("名称", "label"),
        "kind": _decides("種類", "kind"),
        "unit": _relabels("単位", "measure", "measure"),
        "by_choice": _decides("候補者・政党ごと", "by choice"),
        "signed": _decides("負の数", "negative numbers"),
        "breakdowns": _decides("内訳", "breakdowns"),
        "numerator": _decides("分子", "numerator"),
        "denominator": _decides("分母", "denominator"),
        "decimals": _decides("小数の桁", "decimals"),
        "rounding": _decides("端数処理", "rounding"),
        "purpose": WORDS,
        "basis": WORDS,
        "version": _decides("定義の版", "version"),
        "bridge": _decides("前の版との比べ方", "bridge"),
        "scope": _decides("対象の地域", "scope"),
        "part_of": _decides("含まれる項目", "part of"),
        "usual": _decides("通常の範囲", "usual range"),
        "progress": _decides("進捗率", "progress"),
    },
    Contest: {
        "code": FIXED,
        "label": _relabels("名称", "label"),
        "kind": _decides("種類", "kind"),
        "area": _decides("区域", "area"),
        "without": _decides("投票のない区域", "areas without a vote"),
        "units": _decides("報告単位", "reporting units"),
        "seats": _decides("定数", "seats"),
        "choices": _decides("候補者・政党の一覧", "choices", of_votes=True),
        "withdrawn": _decides("取り下げ", "withdrawn"),
    },
    Choice: {
        "code": FIXED,
        "name": _relabels("名称", "label", "label"),
        "party": _relabels("党派", "party"),
        "on_list": _decides("名簿", "list"),
        "identity": _decides("同一人・同一党派の符号", "identity"),
        "number": _relabels("届出番号", "number"),
        "withdrawn": _decides("取り下げ", "withdrawn"),
    },
    Form: {
        "code": FIXED,
        "label": _relabels("名称", "label"),
        "items": _decides("項目の一覧", "items"),
        "contest_kinds": _decides("対象の選挙", "kinds of contest"),
        "slots": _decides("回の一覧", "slots", in_order=True),
        "cumulative": _decides("累計", "cumulative"),
        "prefill": _decides("転記元", "prefilled from", in_order=True),
        "scope": _decides("対象の地域", "scope"),
        "entry": _decides("入力の方式", "entry"),
    },
    Slot: {
        "code": FIXED,
        "label": _relabels("名称", "label"),
        "public": _decides("公表の有無", "public"),
        "cut_off": _decides("締切", "cut-off"),
        "publish_at": _decides("公表時刻", "time of publication"),
        "publish": _decides("公表の条件", "condition of publication"),
        "opens": _decides("開始時刻", "opening"),
        "method": _decides("方法", "method"),
    },
}  # fmt: skip
"""Models whose fields are told one by one."""

VALUES: frozenset[type[BaseModel]] = frozenset(
    (AreaRef, ContestUnits, Label, RuleLeftOut, RuleUse, Source, Usual, Withdrawal, WithdrawnUnit)
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
