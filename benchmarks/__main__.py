"""`python -m benchmarks [name …] [--quick]`: run, print one table, write docs/benchmarks.md (not when quick).

A benchmark that was not run keeps its row there, and the document says so."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from benchmarks import stage
from benchmarks.table import Row, document, facts, markdown, rows_of

NAMES = (
    "append",
    "bulk",
    "file",
    "across",
    "rebuild",
    "long",
    "beside",
    "restore",
    "graphql",
    "visible",
    "audit",
    "editors",
    "series",
    "client",
    "totals",
    "pages",
    "kit",
    "formats",
    "stream",
    "places",
    "telling",
    "replicas",
    "idle",
)
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small runs: shows that it works, not how fast")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in NAMES]:
        parser.error(f"unknown: {', '.join(unknown)}")
    chosen = [name for name in NAMES if not given.names or name in given.names]
    rows: list[Row] = []
    with stage.server() as url:
        machine = facts(url)
        for name in chosen:
            begun = time.monotonic()
            print(f"{name} …", file=sys.stderr, flush=True)
            run: Callable[[str, bool], list[Row]] = import_module(f"benchmarks.{name}").run
            rows += run(url, given.quick)
            print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print("\n".join(machine))
    print(markdown(rows))
    for row in rows:
        if row.note:
            print(f"{row.benchmark}: {row.note}")
    if not given.quick:
        before = rows_of(DOCUMENT.read_text(encoding="utf-8")) if DOCUMENT.exists() else []
        kept = [row for row in before if row.name not in chosen]
        if kept:
            names = ", ".join(dict.fromkeys(row.name for row in kept))
            machine = [*machine, f"not run this time, rows of an earlier run: {names}"]
        ordered = sorted([*rows, *kept], key=lambda row: NAMES.index(row.name))
        DOCUMENT.write_text(document(ordered, machine), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
