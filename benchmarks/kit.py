"""Workbooks of a whole country: one for each of 1,900 returns of 80 cells, made, read again and compared with what stands.

In one process and one thread, as `reporting kit workbook --each` and `previewWorkbook` do; beside it what the log alone takes to open the
same returns, once.
"""

from __future__ import annotations

import time

from benchmarks import pages, stage
from benchmarks.table import Row
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.kit.handing_in import preview
from reporting.kit.making import books_of
from reporting.kit.reading import read_book
from reporting.ledger import Ledger

MOST_S = 60.0
PLACE = ("pages", "count", "final")


def run(server_url: str, quick: bool) -> list[Row]:
    units = [stage.unit(number) for number in range(40 if quick else stage.UNITS)]
    with stage.database(server_url, "bench_kit") as database:
        pages.fill(database)
        ledger = Ledger(database)
        try:
            desk = Desk(Reporting(ledger))
            begun, used = time.perf_counter(), time.process_time()
            books = [data for _, data in books_of(desk, *PLACE, units, pages.PERSON)]
            made, made_by = time.perf_counter() - begun, time.process_time() - used
            begun, used = time.perf_counter(), time.process_time()
            states = [
                outcome.state
                for data in books
                for outcome in preview(desk, read_book("book.xlsx", data), pages.PERSON)
            ]
            read, read_by = time.perf_counter() - begun, time.process_time() - used
            begun = time.perf_counter()
            desk.returns.open_all(*PLACE, units)
            opened = time.perf_counter() - begun
        finally:
            ledger.close()
    if set(states) != {"nothing"} or len(states) != len(units):
        raise RuntimeError(f"what stands is not what was written: {set(states)}")
    size = sum(map(len, books)) / len(books)
    name = f"kit: {len(units):,} workbooks of {pages.CELLS} cells"
    return [
        _row(f"{name} made", made, made_by, opened, f"{size / 1000:.0f} kB each, with the rules as formulas"),
        _row(
            f"{name} read and dry-run", read, read_by, opened,
            "measured, read, and each cell compared with what stands",
        ),
    ]  # fmt: skip


def _row(name: str, seconds: float, used: float, opened: float, note: str) -> Row:
    """The target is held against the time of one core, which other work on the machine does not change."""
    ours, peer = f"{used:.1f} s of one core", f"{opened:.1f} s (opening the returns)"
    told = f"One after the other, in one thread, {seconds:.0f} s by the clock with whatever else ran; {note}."
    target = f"\u2264 {MOST_S:.0f} s"
    return Row(name, ours, peer, f"{used / opened:.0f}\u00d7 its time", target, used <= MOST_S, told)
