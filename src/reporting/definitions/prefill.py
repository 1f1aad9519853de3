"""Enter once: which cells of a form are filled from forms before it, and which are typed there for the first time."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from reporting.domain.election import ElectionDefinition, Form, Source
from reporting.domain.figures import Cell
from reporting.domain.items import ItemKind


def cells(definition: ElectionDefinition, form: Form) -> frozenset[Cell]:
    """Every cell that may be entered on the form, in any unit; rates are not entered."""
    items = [item for item in definition.items if item.code in form.items and item.kind is not ItemKind.RATE]
    values = {
        dimension.code: [value.code for value in dimension.values] for dimension in definition.dimensions
    }
    enterable = set()
    for contest in definition.contests:
        if form.contest_kinds and contest.kind not in form.contest_kinds:
            continue
        for item in items:
            parts = [
                ",".join(f"{dimension}={value}" for dimension, value in zip(names, combination, strict=True))
                for names in (tuple(sorted(breakdown)) for breakdown in item.breakdowns)
                for combination in product(*(values[name] for name in names))
            ]
            for choice in [choice.code for choice in contest.choices] if item.by_choice else [""]:
                enterable |= {Cell(contest.code, item.code, part, choice) for part in ("", *parts)}
    return frozenset(enterable)


def retyped(definition: ElectionDefinition, form: Form) -> frozenset[Cell]:
    """The cells of the form no source of its `prefill` has."""
    filled: frozenset[Cell] = frozenset()
    for source in form.prefill:
        filled |= offered(definition, form, source)
    return cells(definition, form) - filled


def offered(definition: ElectionDefinition, form: Form, source: Source) -> frozenset[Cell]:
    """Cells of the form that a source may fill."""
    source_cells = cells(definition, definition.form(source.form))
    if source.contest_kind is None:
        return source_cells
    kinds = {contest.code: contest.kind for contest in definition.contests}
    asked = {cell.contest for cell in cells(definition, form)}
    return frozenset(
        replace(cell, contest=contest)
        for cell in source_cells
        if kinds[cell.contest] == source.contest_kind
        for contest in asked
    )
