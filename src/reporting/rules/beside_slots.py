"""A figure beside the same unit's in slots before and after it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.domain.figures import Absence
from reporting.domain.labels import Label
from reporting.rules.checks import BelowLater, Cumulative
from reporting.rules.context import Context, Figures
from reporting.rules.detectors import backwards, overtakes
from reporting.rules.evaluate import Hit, Outcome
from reporting.words import Words


def reported_before(context: Context) -> list[tuple[Words, Figures]]:
    """What counted up to here: earlier slots of a cumulative form, and cumulative forms that this one is filled from, each by
    its name, in their order."""
    before: list[tuple[Words, Figures]] = []
    if context.asked.cumulative:
        names = {slot.code: _words(slot.label) for slot in context.asked.slots}
        before += [(names.get(slot, Words(slot, slot)), figures) for slot, figures in context.earlier.items()]
    forms = {form.code: form for form in context.definition.forms}
    for source in context.asked.prefill:
        form, figures_there = forms[source.form], context.other_forms.get((source.form, source.slot))
        if form.cumulative and figures_there:
            before.append((_words(form.label), figures_there))
    return before


def reported_after(context: Context) -> list[tuple[Words, Figures]]:
    """What a cumulative form's slot counts towards: its later slots, and forms that are filled from it, each by its name."""
    if not context.asked.cumulative:
        return []
    names = {slot.code: _words(slot.label) for slot in context.asked.slots}
    after = [(names.get(slot, Words(slot, slot)), figures) for slot, figures in context.later.items()]
    for form in context.definition.forms:
        if any((source.form, source.slot) == (context.form, context.slot) for source in form.prefill):
            reported = (context.other_forms.get((form.code, slot.code)) for slot in form.slots)
            after += [(_words(form.label), figures) for figures in reported if figures]
    return after


def _words(label: Label) -> Words:
    return label.words


def cumulative(check: Cumulative, context: Context, contest: Contest) -> Outcome:
    yield from _beside_slots(check, context, contest, reported_before(context), backwards)


def below_later(check: BelowLater, context: Context, contest: Contest) -> Outcome:
    yield from _beside_slots(check, context, contest, reported_after(context), overtakes)


def _beside_slots(
    check: Cumulative | BelowLater,
    context: Context,
    contest: Contest,
    others: list[tuple[Words, Figures]],
    worst: Callable[[Decimal, list[tuple[Words, Decimal]]], tuple[Words, Decimal] | None],
) -> Outcome:
    """Each figure against the other slots' of the same cell that hold a number."""
    for cell in context.cells:
        now = context.figures[cell.key]
        if cell.contest != contest.code or cell.item not in check.items or isinstance(now, Absence):
            continue
        held = [
            (name, value) for name, figures in others if isinstance(value := figures.get(cell.key), Decimal)
        ]
        if worse := worst(now, held):
            name, value = worse
            facts: dict[str, Words | str] = {"slot": name}
            yield Hit((cell.key,), value, now, cell.item, cell.breakdown, cell.choice, facts)
