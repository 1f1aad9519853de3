"""The rules in a sheet say what the engine says, with the same words, on every shipped form.

The formulas are worked out by a small reader of our own, so that the test runs anywhere, and by LibreOffice where it is
installed (`SHEETS=2000` for as many sheets).
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import kinds
import night
import pytest
import typed_book
from sheet_formulas import Sheet

from reporting.application.service import Reporting
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.domain.figures import Absence, Cell, Value, format_value
from reporting.kit.formulas import KINDS, Held, checks_of
from reporting.kit.making import make_book
from reporting.kit.plan import ABSENCES
from reporting.rules.catalogue import load_rules
from reporting.rules.context import Context
from reporting.rules.engine import check

SHEETS = int(os.environ.get("SHEETS", "240"))
HELD = {(rule.code, check.part) for rule in load_rules() for check in rule.checks if isinstance(check, KINDS)}


@dataclass(frozen=True)
class Case:
    """A form and slot of a shipped template: what stands around it, and a sound return of it."""

    context: Context
    rows: Mapping[str, int]
    held: Held


def cases() -> Iterator[Case]:
    for template in kinds.CONTESTS:
        definition = compose(shipped_catalogue(), template, kinds.facts(template))
        whole = kinds.night(definition)
        for (form, slot), figures in whole.items():
            shape = definition.form(form)
            slots = [one.code for one in shape.slots]
            context = Context(
                definition, form, slot, "28382", frozenset(c.code for c in definition.contests), figures,
                earlier={s: whole[form, s] for s in slots[: slots.index(slot)]},
                other_forms={place: held for place, held in whole.items() if place[0] != form},
            )  # fmt: skip
            rows = {key: n for n, key in enumerate(figures, 9)}
            yield Case(context, rows, checks_of(context, rows))


CASES = list(cases())


def typed(figures: Mapping[str, Value], dice: random.Random) -> dict[str, Value]:
    """A sound return as somebody in a hurry fills it: some cells off by a little, blank, absent, or like another."""
    result = dict(figures)
    for key in dice.sample(list(result), min(len(result), dice.choice([0, 1, 1, 2, 3, 6]))):
        value = result.get(key)
        match dice.choice(["off", "off", "off", "blank", "none", "unknown", "like", "negative", "part"]):
            case "off" if isinstance(value, Decimal):
                result[key] = max(value + dice.choice([-18, -1, 1, 2, 500]), Decimal(0))
            case "blank":
                result.pop(key, None)
            case "none":
                result[key] = Absence.NONE
            case "unknown":
                result[key] = Absence.NOT_REPORTED
            case "like":
                result[key] = dice.choice(list(figures.values()))
            case "negative" if key.split("|")[1] in ("ballots_not_deposited", "ballots_other"):
                result[key] = Decimal(-18)
            case "part" if key.split("|")[1] == "votes" and isinstance(value, Decimal):
                result[key] = value + Decimal("0.125")
            case _:
                pass
    return result


def by_engine(case: Case, figures: Mapping[str, Value]) -> set[tuple[str, str, str]]:
    found = check(case.context.definition.rules, replace(case.context, figures=figures))
    return {
        (one.rule, one.message_ja, one.message_en)
        for one in found
        if (one.rule, one.key.split("|")[2]) in HELD
    }


def held_in_cell(value: Value | None) -> Any:
    if value is None:
        return ""
    return float(value) if isinstance(value, Decimal) else ABSENCES[format_value(value)]


def by_sheet(case: Case, figures: Mapping[str, Value]) -> set[tuple[str, str, str]]:
    values = {f"E{row}": held_in_cell(figures.get(key)) for key, row in case.rows.items()}
    formulas = {}
    for row in case.rows.values():
        formulas[f"H{row}"] = f'IF(E{row}="",0,IF(OR(ISNUMBER(E{row}),E{row}="該当なし"),1,-1))'
        formulas[f"I{row}"] = f"N(E{row})"
    sheet = Sheet(values, formulas)
    return {
        (one.rule, sheet.work_out(one.message_ja), sheet.work_out(one.message_en))
        for one in case.held.checks
        if sheet.work_out(one.violated)
    }


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_sheet_says_what_the_engine_says(number: int) -> None:
    case, dice = CASES[number], random.Random(number)
    for _ in range(max(SHEETS // len(CASES), 1)):
        figures = typed(case.context.figures, dice)
        assert by_sheet(case, figures) == by_engine(case, figures), {
            key: (case.context.figures.get(key), figures.get(key))
            for key in case.rows
            if case.context.figures.get(key) != figures.get(key)
        }


def test_the_sheets_are_not_all_sound() -> None:
    """The comparison would hold of two that say nothing."""
    said = [
        by_engine(case, typed(case.context.figures, random.Random(n)))
        for n, case in enumerate(CASES)
        for _ in range(5)
    ]
    assert len({rule for one in said for rule, _, _ in one}) >= 6
    assert sum(map(bool, said)) > len(said) // 5


def test_what_a_sheet_cannot_hold_is_named() -> None:
    """Every rule in force has each of its checks in the sheet, or stands on the list."""
    for case in CASES:
        named = {rule.code for rule in case.held.unheld}
        for use in case.context.definition.rules:
            rule = next(one for one in load_rules() if one.code == use.code)
            kinds_of = {isinstance(check, KINDS) for check in rule.checks}
            assert kinds_of == {True} or rule.code in named or not in_sheet_or_moot(rule, case)


def in_sheet_or_moot(rule: Any, case: Case) -> bool:
    """Whether one of its checks that a sheet cannot hold applies to the slot."""
    final = case.context.is_final
    return any(
        not isinstance(check, KINDS) and (check.slots == "all" or (check.slots == "final") == final)
        for check in rule.checks
    )


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
        figures = typed(sound, dice)
        values = {
            ("11", key): float(value) if isinstance(value, Decimal) else format_value(value)
            for key, value in figures.items()
        }
        books[f"{n}.xlsx"] = typed_book.typed(data, values)
        told[f"{n}.xlsx"] = {
            (one.rule, one.message_ja, one.message_en)
            for one in check(context.definition.rules, replace(context, figures=figures))
            if (one.rule, one.key.split("|")[2]) in HELD
        }
    for name, book in typed_book.recomputed(tmp_path, books).items():
        sheet = book[known.name]
        said = {
            (str(sheet[f"A{row}"].value), str(sheet[f"B{row}"].value), str(sheet[f"F{row}"].value))
            for row in range(1, sheet.max_row + 1)
            if sheet[f"J{row}"].value is True
        }
        assert said == told[name], name


def test_the_guide_says_which_rules_a_sheet_holds() -> None:
    guide = (Path(__file__).parents[2] / "docs/kit.md").read_text(encoding="utf-8")
    whole, rest = guide.split("Held whole: ", 1)[1].split("Held but for", 1)
    part = rest.split(". The others", 1)[0]
    checks = {rule.code: {isinstance(check, KINDS) for check in rule.checks} for rule in load_rules()}
    assert set(re.findall("J[0-9]{2}", whole)) == {code for code, held in checks.items() if held == {True}}
    assert set(re.findall("J[0-9]{2}", part)) == {
        code for code, held in checks.items() if held == {True, False}
    }


def test_cells_are_named() -> None:
    assert all(Cell.from_key(key).item for case in CASES for key in case.rows)
