"""The rules in a sheet say what the engine says, with the same words, on every shipped form.

The formulas are worked out by a small reader of our own, so that the test runs anywhere, and by LibreOffice where it is
installed (`SHEETS=2000` for as many sheets).
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import kinds
import night
import pytest
import sheet_says
import typed_book
from fires import FIRES
from hurried import hurried
from sheet_formulas import Sheet
from sheet_says import Told

from reporting.application.service import Reporting
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.domain.figures import Cell, Value, format_value
from reporting.kit.formulas import KINDS, PARTLY, Held, checks_of
from reporting.kit.making import make_book
from reporting.kit.plan import ABSENCES
from reporting.rules.catalogue import load_rules
from reporting.rules.context import Context

SHEETS = int(os.environ.get("SHEETS", "240"))


@dataclass(frozen=True)
class Case:
    """A form and slot of a shipped template: what stands around it, and a sound return of it."""

    context: Context
    rows: Mapping[str, int]
    held: Held


@cache
def cases(template: str) -> tuple[Case, ...]:
    return tuple(_cases(template))


def _cases(template: str) -> Iterator[Case]:
    definition = compose(shipped_catalogue(), template, kinds.facts(template))
    whole = kinds.night(definition)
    for (form, slot), figures in whole.items():
        shape = definition.form(form)
        slots = [timed.code for timed in shape.slots]
        context = Context(
            definition, form, slot, "28382", frozenset(c.code for c in definition.contests), figures,
            earlier={s: whole[form, s] for s in slots[: slots.index(slot)]},
            other_forms={place: held for place, held in whole.items() if place[0] != form},
        )  # fmt: skip
        rows = {key: n for n, key in enumerate(figures, 9)}
        yield Case(context, rows, checks_of(context, rows))


def every_case() -> list[Case]:
    """Made when it is first asked for: every process that runs tests reads this file."""
    return [case for template in kinds.CONTESTS for case in cases(template)]


def by_engine(case: Case, figures: Mapping[str, Value]) -> Told:
    return sheet_says.by_engine(case.context, case.rows, figures)


def held_in_cell(value: Value | None) -> Any:
    if value is None:
        return ""
    return float(value) if isinstance(value, Decimal) else ABSENCES[format_value(value)]


def by_sheet(case: Case, figures: Mapping[str, Value]) -> Told:
    values = {f"E{row}": held_in_cell(figures.get(key)) for key, row in case.rows.items()}
    formulas = {}
    for row in case.rows.values():
        formulas[f"H{row}"] = f'IF(E{row}="",0,IF(OR(ISNUMBER(E{row}),E{row}="該当なし"),1,-1))'
        formulas[f"I{row}"] = f"N(E{row})"
    for gap in case.held.gaps:
        formulas |= {f"K{gap.row}": gap.blanks, f"L{gap.row}": gap.unknowns}
        values |= {f"M{gap.row}": gap.name.ja, f"N{gap.row}": gap.name.en}
    sheet = Sheet(values, formulas)
    return {
        (one.rule, sheet.work_out(one.message_ja), sheet.work_out(one.message_en))
        for one in case.held.checks
        if sheet.work_out(one.violated)
    }


@pytest.mark.parametrize("template", kinds.CONTESTS)
def test_a_sheet_says_what_the_engine_says(template: str) -> None:
    times = max(SHEETS // len(every_case()), 1)
    for number, case in enumerate(cases(template)):
        dice = random.Random(number)
        for _ in range(times):
            figures = hurried(case.context.figures, dice)
            assert by_sheet(case, figures) == by_engine(case, figures), (
                (case.context.form, case.context.slot),
                {
                    key: (case.context.figures.get(key), figures.get(key))
                    for key in case.rows
                    if case.context.figures.get(key) != figures.get(key)
                },
            )


def test_the_sheets_are_not_all_sound() -> None:
    """The comparison would hold of two that say nothing."""
    said = [
        by_engine(case, hurried(case.context.figures, random.Random(n)))
        for n, case in enumerate(every_case())
    ]
    assert len({rule for told in said for rule, _, _ in told}) >= 6
    assert sum(map(bool, said)) > len(said) // 5


CANNOT = {"J20"}
"""Of J01–J25: exchanged candidates show beside neighbours and the election before, which no sheet holds."""
BY_DESIGN = {rule.code for rule in load_rules() if rule.structural}
"""What no sheet can say: a rate, an upper area's figure, an exact division, an older report."""


def test_the_list_of_rules_is_whole() -> None:
    assert {f"J{n:02}" for n in range(1, 26)} <= set(FIRES) | BY_DESIGN
    assert not {code for code in CANNOT if any(held == code for held, _ in sheet_says.HELD)}


@pytest.mark.parametrize("code", sorted(set(FIRES) - BY_DESIGN))
def test_a_rule_fires_in_the_sheet_or_stands_on_the_list(code: str) -> None:
    template, form, slot, changes = FIRES[code]
    case = next(
        case
        for case in every_case()
        if (case.context.form, case.context.slot) == (form, slot)
        and case.context.definition.code == f"{template}-test"
    )
    figures = dict(case.context.figures)
    for key, change in changes.items():
        value = figures.pop(key)
        if change is not None:
            assert isinstance(value, Decimal)
            figures[key] = value + change if change else Decimal(0)
    told = by_sheet(case, figures)
    assert told == by_engine(case, figures)
    if code not in {rule for rule, _, _ in told}:
        assert code in CANNOT | {"J28", "J29"}
        assert code in {rule.code for rule in case.held.unheld}, "on the sheet's list"


def test_what_a_sheet_cannot_hold_is_named() -> None:
    """A rule in force of which something is not in the sheet stands on its list."""
    for case in every_case():
        named = {rule.code for rule in case.held.unheld}
        for use in case.context.definition.rules:
            rule = next(rule for rule in load_rules() if rule.code == use.code)
            lacks = [
                check
                for check in rule.checks
                if not isinstance(check, KINDS)
                and (check.slots == "all" or (check.slots == "final") == case.context.is_final)
            ]
            assert not lacks or rule.structural or rule.code in named


@pytest.mark.skipif(
    typed_book.OFFICE is None,
    reason="LibreOffice is not installed: formulas were read by our own reader only",
)
def test_libreoffice_works_out_the_same(service: Reporting, tmp_path: Path) -> None:
    """The workbook itself, typed into and recomputed: states, values, sentences."""
    desk = night.define(service)
    opened = desk.returns.open("tiny", "final", "final", "11")
    context, data = (
        desk.findings.contexts([opened])[opened.stream],
        make_book(desk, "tiny", "final", "final", ["11"], night.WARD),
    )
    dice, books, told = random.Random(1), {}, {}
    sound: dict[str, Value] = {c.cell().cell.key: Decimal(c.value) for c in night.cells(**night.BALANCED)}
    known = typed_book.read(data).made.sheets[0]
    for n in range(max(SHEETS // 12, 1)):
        figures = hurried(sound, dice)
        values = {
            ("11", key): float(value) if isinstance(value, Decimal) else format_value(value)
            for key, value in figures.items()
        }
        books[f"{n}.xlsx"] = typed_book.typed(data, values)
        told[f"{n}.xlsx"] = sheet_says.by_engine(context, [cell.key for cell in known.cells], figures)
    for name, book in typed_book.recomputed(tmp_path, books).items():
        assert typed_book.said(book[known.name]) == told[name], name


def test_the_guide_says_which_rules_a_sheet_holds() -> None:
    guide = (Path(__file__).parents[2] / "docs/kit.md").read_text(encoding="utf-8")
    whole, rest = guide.split("Held whole: ", 1)[1].split("Held but for", 1)
    part, rest = rest.split("Not held: ", 1)
    none = rest.split(".", 1)[0]
    wholly, partly, not_at_all = set(), set(), set()
    for rule in load_rules():
        kinds_of = {isinstance(check, KINDS) for check in rule.checks}
        if rule.structural:
            continue
        if kinds_of == {False}:
            not_at_all.add(rule.code)
        elif kinds_of == {True} and not any(isinstance(check, PARTLY) for check in rule.checks):
            wholly.add(rule.code)
        else:
            partly.add(rule.code)
    told = [set(re.findall("J[0-9]{2}", text)) for text in (whole, part, none)]
    assert told == [wholly, partly, not_at_all]


def test_cells_are_named() -> None:
    assert all(Cell.from_key(key).item for case in every_case() for key in case.rows)
