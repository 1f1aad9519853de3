"""The rules as a printable sheet in Markdown, made from the data."""

from __future__ import annotations

from typing import Literal

from reporting.domain.labels import Label
from reporting.rules.catalogue import shipped
from reporting.rules.checks import Structural, Text
from reporting.rules.messages import message
from reporting.rules.model import RuleDefinition
from reporting.words import Words, in_both

Language = Literal["ja", "en"]


def cheat_sheet(language: Language = "ja") -> str:
    """The whole sheet: an overview table, then every rule with what each level does about it."""
    catalogue = shipped()
    word = {key: _in(text, language) for key, text in message.table("sheet").items()}
    lines = [f"# {word['title']}", "", word["intro"], ""]
    lines += [f"| {word['code']} | {word['rule']} | {word['kind']} |", "|---|---|---|"]
    lines += [
        f"| {rule.code} | {_label(rule.label, language)} | {_kind(rule, word)} |" for rule in catalogue.rules
    ]
    for rule in catalogue.rules:
        lines += ["", *_rule(rule, language, word)]
    lines += ["", f"## {word['lines']}", ""]
    lines += [f"- {_label(line.label, language)} — {_side(line.basis, language)}" for line in catalogue.lines]
    return "\n".join(lines) + "\n"


def document() -> str:
    """docs/rules.md: Japanese, then English."""
    note = "<!-- `reporting rules print --both > docs/rules.md` -->\n"
    return note + cheat_sheet("ja") + "\n---\n\n" + cheat_sheet("en")


def _rule(rule: RuleDefinition, language: Language, word: dict[str, str]) -> list[str]:
    defaults = {
        name: value for shipped_rule in shipped().rules for name, value in shipped_rule.settings.items()
    }
    formula = rule.formula_ja if language == "ja" else rule.formula
    for name, value in defaults.items():
        formula = formula.replace("{" + name + "}", value)
    out = [
        f"## {rule.code} {_label(rule.label, language)}",
        "",
        f"- {word['kind']}: {_kind(rule, word)}（{word['version']} {rule.version}）"
        if language == "ja"
        else f"- {word['kind']}: {_kind(rule, word)} ({word['version']} {rule.version})",
        f"- {word['formula']}: `{formula}`",
    ]
    enforced = [check.enforced for check in rule.checks if isinstance(check, Structural)]
    out += [f"- {word['enforced']}: {text}" for text in enforced]
    if rule.contest_kinds:
        out.append(f"- {word['contests']}: {', '.join(rule.contest_kinds)}")
    if rule.settings:
        out.append(
            f"- {word['settings']}: "
            + ", ".join(f"`{name}` = {value}" for name, value in rule.settings.items())
        )
    out += [
        f"- {word['basis']}: {_side(rule.basis, language)}",
        f"- {word['example']}: {_in(rule.example, language)}",
        f"- {word['do']}:",
    ]
    for role in ("ward", "municipality", "prefecture", "ministry"):
        out.append(f"  - {word[role]}: {_in(getattr(rule.instruction, role), language)}")
    return out


def _kind(rule: RuleDefinition, word: dict[str, str]) -> str:
    if rule.structural:
        return word["structural"]
    kinds = [word[rule.severity]]
    if rule.waivable:
        kinds.append(word["waivable"])
    if rule.severity == "error" and any(check.severity == "warning" for check in rule.checks):
        kinds.append(word["also"])
    return word["beside"].join(kinds)


def _side(text: str, language: Language) -> str:
    """`日本語 / English`: the half in that language."""
    return _in(in_both(text), language)


def _in(text: Text | Words, language: Language) -> str:
    return text.ja if language == "ja" else text.en


def _label(label: Label, language: Language) -> str:
    return label.ja if language == "ja" else label.en or label.ja
