"""The workbooks of every shipped form, typed into and recomputed by LibreOffice, say what the engine says.

Takes half an hour and more: `OFFICE_SHEETS=2000`. The everyday run recomputes a small election's (test_rules_in_the_sheet).
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sheet_says
import typed_book
from hurried import hurried
from kinds import CONTESTS
from shipped_desk import busiest, define_shipped, sound
from shipped_places import PLACES
from tiny import SYSTEM

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import Value, format_value
from reporting.kit.making import make_book
from reporting.ledger import Ledger

SHEETS = int(os.environ.get("OFFICE_SHEETS", "0"))
EACH = max(2, -(-SHEETS // len(PLACES)))
"""Sheets of every form and slot: a sound one, and others."""
TOGETHER = 10
"""Forms and slots whose sheets are recomputed at once."""


@pytest.fixture(scope="module")
def desk(module_database: Database) -> Iterator[Desk]:
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    define_shipped(service, CONTESTS)
    yield Desk(service)
    ledger.close()


@pytest.mark.timeout(7_200)
@pytest.mark.skipif(not SHEETS, reason="OFFICE_SHEETS=2000 recomputes that many sheets")
@pytest.mark.skipif(typed_book.OFFICE is None, reason="LibreOffice is not installed")
def test_every_form_recomputed(desk: Desk, tmp_path: Path) -> None:
    service, dice, said, books = desk.reporting, random.Random(7), 0, 0
    units = {template: busiest(service, template) for template in CONTESTS}
    for start in range(0, len(PLACES), TOGETHER):
        typed: dict[str, bytes] = {}
        told: dict[str, sheet_says.Told] = {}
        names: dict[str, str] = {}
        for number, (template, form, slot) in enumerate(PLACES[start : start + TOGETHER]):
            unit = units[template]
            opened = desk.returns.open(template, form, slot, unit)
            context = desk.findings.contexts([opened])[opened.stream]
            data = make_book(desk, template, form, slot, [unit], SYSTEM)
            known = typed_book.read(data).made.sheets[0]
            cells = {cell.key for cell in known.cells}
            whole = {k: v for k, v in sound(service, template, form, slot, unit).items() if k in cells}
            for times in range(EACH):
                figures: dict[str, Value] = hurried(whole, dice) if times else dict(whole)
                values = {
                    (unit, key): float(value) if isinstance(value, Decimal) else format_value(value)
                    for key, value in figures.items()
                }
                name = f"{number}-{times}.xlsx"
                typed[name], names[name] = typed_book.typed(data, values), known.name
                told[name] = sheet_says.by_engine(context, cells, figures)
        folder = tmp_path / str(start)
        folder.mkdir()
        for name, book in typed_book.recomputed(folder, typed, tmp_path / "profile").items():
            assert typed_book.said(book[names[name]]) == told[name], (start, name)
            books, said = books + 1, said + bool(told[name])
        shutil.rmtree(folder)
    assert books >= SHEETS
    assert said > books // 5, "sheets that are all sound would agree with anything"
    print(f"{books} sheets recomputed, {said} with findings")
