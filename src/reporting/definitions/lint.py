"""What a catalogue, additions or an election must not lack: every problem with its number, file and place.

L01 purpose · L02 legal basis · L03 a rate and its parts · L04 item on no form · L05 prefill from cells that are not
there · L06 unknown dimension · L07 no English label · L08 redefined without a new version · L09 collides with a
national code · L10 unknown item or form · L11 unknown form, contest kind or area of an election · L12 code twice ·
L13 scope · L14 slot plan · L15 a vote held, or not, against the number of candidates ·
L16 a level that manages itself and does not report · L17 a rule that the items permit and that is neither in force nor
left out for a reason
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reporting.definitions.catalogue import Catalogue
from reporting.definitions.checks import (
    check_dimensions,
    check_form,
    check_item,
    check_label,
    check_rates,
    check_rules,
    check_scope,
    check_version,
    check_workflow,
    meaning,
    numbered,
    wrong,
)
from reporting.definitions.messages import message
from reporting.definitions.prefill import cells, offered
from reporting.definitions.templates import NATIONAL, Additions, OwnForm
from reporting.domain.election import ElectionDefinition
from reporting.files.problems import FileProblem


def lint_catalogue(catalogue: Catalogue) -> list[FileProblem]:
    """Everything wrong between the files of a catalogue that each could be read."""
    problems = list(catalogue.doubled)
    used = {code for form in catalogue.forms.values() for code in form.items}
    seen: set[str] = set()
    for file in catalogue.item_files:
        say = partial(wrong, file)
        problems += check_label(say, "", "group", file.group)
        for item in file.items:
            problems += check_item(say, item, catalogue.dimensions, catalogue.items)
            if item.scope != NATIONAL:
                problems.append(say("L13", item.code, f"items.{item.code}.scope", item.scope, "national"))
            if item.code in seen:
                problems.append(say("L12", item.code, f"items.{item.code}", item.code))
            if item.code not in used:
                problems.append(say("L04", item.code, f"items.{item.code}", item.code))
            problems += check_version(say, item, catalogue.versions.versions.get(item.code, {}))
            seen.add(item.code)
    for dimensions in catalogue.dimension_files:
        problems += check_dimensions(partial(wrong, dimensions), dimensions.dimensions, set())
    for form in catalogue.forms.values():
        problems += check_form(partial(wrong, form), form, catalogue.items, catalogue.forms)
    for template in catalogue.templates.values():
        say = partial(wrong, template)
        problems += check_label(say, template.code, "label", template.label)
        problems += check_workflow(say, template.workflow, template.units, ())
        for code in template.forms:
            if code not in catalogue.forms:
                problems.append(say("L11", "", "forms", code, message("a_form_of_the_catalogue")))
        for code in template.without:
            if code not in catalogue.items:
                problems.append(say("L10", "", "without", code, message("an_item_of_the_catalogue")))
    for plan in catalogue.plans.values():
        say = partial(wrong, plan)
        problems += check_label(say, plan.code, "label", plan.label) + check_scope(say, plan.scope)
        for code in plan.templates:
            if code not in catalogue.templates:
                problems.append(say("L14", "", "templates", code, message("a_template_of_the_catalogue")))
        for planned in plan.forms:
            if planned.form not in catalogue.forms:
                problems.append(
                    say("L10", "", "forms.form", planned.form, message("a_form_of_the_catalogue"))
                )
            for slot in planned.slots:
                problems += check_label(say, slot.code, f"slots.{slot.code}.label", slot.label)
    return problems


def lint_additions(
    catalogue: Catalogue, additions: Additions, others: Sequence[Additions] = ()
) -> list[FileProblem]:
    """Everything wrong with what a place asks besides, seen against the national catalogue and other additions."""
    say = partial(wrong, additions)
    problems = check_scope(say, additions.scope) + check_label(say, "", "label", additions.label)
    if additions.scope == NATIONAL:
        problems.append(say("L13", "", "scope", NATIONAL, "pref28, muni28382 …"))
    taken_items = {*catalogue.items, *(item.code for other in others for item in other.items)}
    taken_forms = {*catalogue.forms, *(form.code for other in others for form in other.forms)}
    dimensions = dict(catalogue.dimensions) | {
        dimension.code: dimension for dimension in additions.dimensions
    }
    problems += check_dimensions(say, additions.dimensions, set(catalogue.dimensions))
    items = dict(catalogue.items) | {item.code: item for item in additions.items}
    forms: dict[str, OwnForm] = {**catalogue.forms, **{form.code: form for form in additions.forms}}
    used = {code for form in additions.forms for code in form.items}
    used |= {code for extension in additions.extend for code in extension.items}
    seen: set[str] = set()
    for item in additions.items:
        problems += check_item(say, item, dimensions, items)
        if item.code in taken_items:
            problems.append(say("L09", item.code, f"items.{item.code}.code", item.code))
        elif item.code in seen:
            problems.append(say("L12", item.code, f"items.{item.code}", item.code))
        if item.code not in used:
            problems.append(say("L04", item.code, f"items.{item.code}", item.code))
        if item.scope not in (NATIONAL, additions.scope):
            problems.append(say("L13", item.code, f"items.{item.code}.scope", item.scope, additions.scope))
        seen.add(item.code)
    for form in additions.forms:
        if form.code in taken_forms:
            problems.append(say("L09", form.code, f"forms.{form.code}.code", form.code))
        problems += check_form(say, form, items, forms)
    for place, extension in enumerate(additions.extend):
        if extension.form not in catalogue.forms:
            problems.append(
                say("L10", "", f"extend.{place}.form", extension.form, " ".join(sorted(catalogue.forms)))
            )
        for code in extension.items:
            if code not in {item.code for item in additions.items}:
                problems.append(say("L10", "", f"extend.{place}.items", code, message("an_own_item")))
    return problems


def lint_definition(definition: ElectionDefinition, file: str = "") -> list[FileProblem]:
    """Everything wrong with a whole election, however it was made."""

    def say(number: str, code: str, column: str, told: str = "", expected: str = "") -> FileProblem:
        return FileProblem(file or definition.code, None, column, told, numbered(number, expected))

    items = {item.code: item for item in definition.items}
    dimensions = {dimension.code: dimension for dimension in definition.dimensions}
    problems = check_dimensions(say, definition.dimensions, set())
    problems += check_workflow(say, definition.workflow, definition.units, definition.contests)
    problems += check_rules(say, definition)
    used = {code for form in definition.forms for code in form.items}
    for item in definition.items:
        problems += check_item(say, item, dimensions, items)
        if item.code not in used:
            problems.append(say("L04", item.code, f"items.{item.code}", item.code))
    enterable = {form.code: cells(definition, form) for form in definition.forms}
    for form in definition.forms:
        problems += check_label(say, form.code, f"forms.{form.code}.label", form.label)
        problems += check_rates(say, form.code, form.items, items)
        problems += [
            say("L05", form.code, f"forms.{form.code}.prefill", f"{source.form}/{source.slot}")
            for source in form.prefill
            if not offered(definition, form, source) & enterable[form.code]
        ]
        for slot in form.slots:
            problems += check_label(say, slot.code, f"forms.{form.code}.slots.{slot.code}.label", slot.label)
    return problems


def lint_change(before: ElectionDefinition, after: ElectionDefinition, file: str = "") -> list[FileProblem]:
    """L08 for every item that means something else than in an earlier election under the same version."""
    old = {item.code: item for item in before.items}
    return [
        FileProblem(file or after.code, None, f"items.{item.code}", meaning(item), numbered("L08"))
        for item in after.items
        if item.code in old
        and (meaning(old[item.code]) != meaning(item) or old[item.code].version > item.version)
        and old[item.code].version >= item.version
    ]
