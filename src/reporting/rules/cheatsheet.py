"""The rules as a printable sheet in Markdown, made from the data."""

from __future__ import annotations

from typing import Literal

from reporting.domain.labels import Label
from reporting.rules.catalogue import shipped
from reporting.rules.checks import Structural, Text
from reporting.rules.model import RuleDefinition
from reporting.words import Words, in_both

Language = Literal["ja", "en"]

WORDS: dict[str, Text] = {
    key: Text(ja=ja, en=en)
    for key, ja, en in (
        ("title", "点検ルール早見表", "Rules at a glance"),
        (
            "intro",
            "エラーは提出を止めますが、入力は止めません。警告は説明を書けば提出できます。「申告可」のエラーは、他の欄を変えずに、理由を付けて不突合として申告でき、承認者が個別に見ます。",
            "An error stops submission, never typing. A warning needs a written explanation. An error marked “may be "
            "declared” can stand as a difference with a reason, looked at by every approver; no other cell is altered.",
        ),
        ("code", "番号", "Code"),
        ("rule", "ルール", "Rule"),
        ("kind", "種別", "Kind"),
        ("error", "エラー", "error"),
        ("warning", "警告", "warning"),
        ("structural", "仕組み", "by design"),
        ("waivable", "申告可", "may be declared"),
        ("formula", "式", "Formula"),
        ("enforced", "どこで守られるか", "Enforced by"),
        ("also", "ほかに警告", "Also warns"),
        ("settings", "設定", "Settings"),
        ("contests", "対象の選挙", "Contests"),
        ("example", "実例", "Example"),
        ("basis", "根拠", "Basis"),
        ("ward", "区・投票区", "Ward"),
        ("municipality", "市区町村", "Municipality"),
        ("prefecture", "都道府県", "Prefecture"),
        ("ministry", "総務省", "Ministry"),
        ("do", "どうするか", "What to do"),
        ("lines", "法定得票・供託物没収点", "Statutory lines"),
        ("version", "版", "version"),
    )
}


def cheat_sheet(language: Language = "ja") -> str:
    """The whole sheet: an overview table, then every rule with what each level does about it."""
    catalogue = shipped()
    word = {key: _in(text, language) for key, text in WORDS.items()}
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
    defaults = {name: value for one in shipped().rules for name, value in one.settings.items()}
    formula = rule.formula
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
    return "・".join(kinds) if word["error"] == "エラー" else ", ".join(kinds)


def _side(text: str, language: Language) -> str:
    """`日本語 / English`: the half in that language."""
    return _in(in_both(text), language)


def _in(text: Text | Words, language: Language) -> str:
    return text.ja if language == "ja" else text.en


def _label(label: Label, language: Language) -> str:
    return label.ja if language == "ja" else label.en or label.ja
