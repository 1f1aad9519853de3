"""The single checks the linter is made of; each gives the problems of one thing. Numbers as in `lint`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from reporting.definitions.messages import message
from reporting.definitions.scopes import scope_area
from reporting.definitions.templates import NATIONAL, FromFile, OwnForm
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.items import Dimension, Item, ItemKind
from reporting.domain.labels import Label
from reporting.domain.reporting_units import ReportingUnits
from reporting.domain.workflow import Workflow
from reporting.files.problems import FileProblem
from reporting.rules.catalogue import load_rules
from reporting.rules.permits import left_out
from reporting.words import bilingual

EXPECTED = {
    "L01": message("a_purpose_in_ja_and_en"),
    "L02": message("a_basis_article_form_or_survey"),
    "L03": message("the_rates_parts_on_the_same"),
    "L04": message("a_form_that_asks"),
    "L05": message("a_form_and_slot_with_cells"),
    "L07": message("an_english_label_en"),
    "L08": message("a_new_version_or_the_definition"),
    "L09": message("a_code_no_national_one_has"),
    "L12": message("once"),
    "L16": message("a_level_that_reports"),
    "L17": message("in_rules_or_in_without_rules"),
    "L13": message("national_or_a_place_such"),
}
_COUNTED = message("an_item_that_is_counted")
Say = Callable[..., FileProblem]


def wrong(
    source: FromFile, number: str, code: str, column: str, found: str = "", expected: str = ""
) -> FileProblem:
    """A problem in a file, at the row that states `code`."""
    return source.problem(code, column, found, numbered(number, expected))


def numbered(number: str, expected: str = "") -> str:
    """What is expected in both languages, each with the problem's number. `expected`: codes or a form to follow where
    the number alone does not say it."""
    ja, en = bilingual(expected or EXPECTED[number]) or message.words("such_as", expected=expected)
    return f"{ja} [{number}] / {en} [{number}]"


def meaning(item: Item) -> str:
    """What makes figures of the item comparable over time; changing it asks for a new version."""
    parts = [item.label.ja, item.kind.value, item.unit]
    parts += ["by_choice"] * item.by_choice + ["signed"] * item.signed
    if item.kind is ItemKind.RATE:
        parts.append(f"{item.numerator}/{item.denominator} ({item.decimals})")
        parts += [item.rounding] * (item.rounding != "half_up")
    return "; ".join(parts)


def check_item(
    say: Say, item: Item, dimensions: Mapping[str, Dimension], items: Mapping[str, Item]
) -> list[FileProblem]:
    at, problems = f"items.{item.code}", check_label(say, item.code, f"items.{item.code}.label", item.label)
    if item.purpose is None or item.purpose.en is None:
        problems.append(say("L01", item.code, f"{at}.purpose"))
    if not (item.basis or "").strip():
        problems.append(say("L02", item.code, f"{at}.basis"))
    for part in item.parts:
        if part not in items or items[part].kind is ItemKind.RATE:
            problems.append(say("L03", item.code, at, part, _COUNTED))
        elif item.scope == NATIONAL != items[part].scope:
            problems.append(say("L13", item.code, at, part, message("a_national_item")))
    whole = items.get(item.part_of or "")
    if item.part_of and (whole is None or whole.kind is ItemKind.RATE or _round(item, items)):
        problems.append(say("L03", item.code, f"{at}.part_of", item.part_of, _COUNTED))
    dimension_codes = " ".join(sorted(dimensions))
    return problems + [
        say("L06", item.code, f"{at}.breakdowns", code, dimension_codes)
        for combination in item.breakdowns
        for code in combination
        if code not in dimensions
    ]


def _round(item: Item, items: Mapping[str, Item]) -> bool:
    """Whether an item is, over others, part of itself."""
    seen, at = {item.code}, item.part_of
    while at is not None and at not in seen:
        seen.add(at)
        at = items[at].part_of if at in items else None
    return at is not None


def check_form(
    say: Say, form: OwnForm, items: Mapping[str, Item], forms: Mapping[str, OwnForm]
) -> list[FileProblem]:
    at, problems = f"forms.{form.code}", check_label(say, form.code, f"forms.{form.code}.label", form.label)
    for code in form.items:
        if code not in items:
            problems.append(say("L10", form.code, f"{at}.items", code, message("an_item_of_the_catalogue")))
    problems += check_rates(say, form.code, form.items, items)
    for slot in form.slots:
        problems += check_label(say, slot.code, f"{at}.slots.{slot.code}.label", slot.label)
    own = {code for code in form.items if code in items and items[code].kind is not ItemKind.RATE}
    for text in form.prefill:
        code, _, wanted = text.partition("/")
        source = forms.get(code)
        if (
            source is None
            or code == form.code
            or not own & set(source.items)
            or (wanted and wanted not in {slot.code for slot in source.slots})
        ):
            problems.append(say("L05", form.code, f"{at}.prefill", text))
    return problems


def check_rates(say: Say, form: str, codes: Iterable[str], items: Mapping[str, Item]) -> list[FileProblem]:
    asked = set(codes)
    return [
        say("L03", form, f"forms.{form}.items", f"{code}: {part}")
        for code in sorted(asked & set(items))
        for part in items[code].parts
        if part not in asked
    ]


def check_version(say: Say, item: Item, recorded: Mapping[str, str]) -> list[FileProblem]:
    now, at = meaning(item), f"items.{item.code}.version"
    if recorded.get(str(item.version), now) != now or any(
        int(version) > item.version for version in recorded
    ):
        return [say("L08", item.code, at, f"{item.version}: {now}")]
    if str(item.version) not in recorded:
        told = message("recorded_in_versions_toml_record")
        return [say("L08", item.code, at, f"{item.version}", told)]
    return []


def check_dimensions(say: Say, dimensions: Iterable[Dimension], taken: set[str]) -> list[FileProblem]:
    problems = []
    for dimension in dimensions:
        problems += check_label(say, dimension.code, f"dimensions.{dimension.code}.label", dimension.label)
        for value in dimension.values:
            problems += check_label(
                say, value.code, f"dimensions.{dimension.code}.{value.code}.label", value.label
            )
        if dimension.code in taken:
            problems.append(say("L09", dimension.code, f"dimensions.{dimension.code}", dimension.code))
    return problems


def check_label(say: Say, code: str, column: str, label: Label) -> list[FileProblem]:
    return [] if label.en else [say("L07", code, column, label.ja)]


def check_workflow(
    say: Say, workflow: Workflow | None, units: ReportingUnits, contests: Iterable[Contest]
) -> list[FileProblem]:
    """A level in `self_managed` at which no unit of the election, nor of a contest that names levels of its own, reports."""
    own = workflow.self_managed if workflow else ()
    reporting = {
        *units.levels,
        *(level for contest in contests if contest.units for level in contest.units.levels),
    }
    if any(contest.units and contest.units.whole for contest in contests):
        return []  # areas named one by one: their levels stand in the registry
    return [say("L16", "", "workflow.self_managed", level) for level in own if level not in reporting]


def check_rules(say: Say, definition: ElectionDefinition) -> list[FileProblem]:
    """Every rule the items permit is in force, or left out for a reason in both languages; not both."""
    rule_codes, in_force = {rule.code for rule in load_rules()}, {use.code for use in definition.rules}
    problems = [say("L17", code, "rules", code) for code in left_out(definition)]
    for without_rule in definition.without_rules:
        at = f"without_rules.{without_rule.code}"
        problems += check_label(say, "", f"{at}.reason", without_rule.reason)
        if without_rule.code not in rule_codes or without_rule.code in in_force:
            problems.append(say("L17", "", at, without_rule.code, message("a_rule_not_in_force")))
    return problems


def check_scope(say: Say, scope: str) -> list[FileProblem]:
    return [] if scope == NATIONAL or scope_area(scope) else [say("L13", "", "scope", scope)]
