"""`python3 do.py faults`: every fault played on one installation, and the table of docs/reliability.md.

With codes of faults only these are played, and the other rows stay as they are."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from acknowledged import Book
from every_fault import BY_CODE, FAULTS
from fault import Fault, MissingHere, play
from installation import Installation, installed
from judged import Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEADING = (
    "| 障害 fault | 受付済み acknowledged | 消失 lost | 二重 doubled | 集計の差 views differ"
    " | 通知まで told after | 回復まで again after | 何が直すか mended by | 結果 |\n|---|---|---|---|---|---|---|---|---|"
)


def row(fault: Fault, outcome: Outcome) -> str:
    told = "—" if outcome.told_s is None else f"{outcome.told_s:.1f} s"
    verdict = "✓" if not outcome.wrong else "✗ " + "; ".join(outcome.wrong[:2]).replace("|", "/")
    return (
        f"| `{fault.code}` {fault.ja} / {fault.en} | {outcome.acknowledged:,} | {outcome.lost} | {outcome.doubled}"
        f" | {outcome.differences} | {told} | {outcome.again_s:.1f} s | {fault.mends_ja} / {fault.mends_en} | {verdict} |"
    )


def written(page: str, rows: dict[str, str], day: date) -> str:
    """The page with these rows, by their faults' codes, in the places of those before; of faults that are no more, none."""
    before, rest = page.split(BEGIN)
    table, after = rest.split(END)
    earlier = {line.split("`")[1]: line for line in table.splitlines() if line.startswith("| `")}
    kept = [fault.code for fault in FAULTS if fault.code not in rows and fault.code in earlier]
    told = f"{day.isoformat()}" + (f" (earlier runs: {', '.join(kept)})" if kept else "")
    made = [(earlier | rows)[fault.code] for fault in FAULTS if fault.code in earlier | rows]
    return "\n".join((f"{before}{BEGIN}", told, "", HEADING, *made, f"{END}{after}"))


def played(faults: Sequence[Fault]) -> Iterator[tuple[Fault, Outcome]]:
    """Those that share an installation on one, then the others each on its own. One that this machine cannot play is told and
    left out: its row stays that of an earlier run."""
    together = [fault for fault in faults if fault.alone is None]
    if together:
        with installed() as at:
            book = Book()
            for fault in together:
                yield fault, tried(fault, at, book)
    for fault in faults:
        if fault.alone is not None:
            try:
                with fault.alone() as at:
                    yield fault, tried(fault, at, Book())
            except MissingHere as lacks:
                print(f"{fault.code}: not played, this machine lacks {lacks}", file=sys.stderr)


def tried(fault: Fault, at: Installation, book: Book) -> Outcome:
    try:
        return play(fault, at, book)
    except AssertionError as stuck:
        where = traceback.extract_tb(stuck.__traceback__)[-1]
        return Outcome(wrong=[f"{str(stuck).splitlines()[:1]} {where.line}"])


def main(codes: list[str]) -> int:
    """Exit code 1 where a fault was not borne, 2 for a code that none has."""
    if unknown := set(codes) - BY_CODE.keys():
        print(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(BY_CODE)}", file=sys.stderr)
        return 2
    rows, all_borne = dict[str, str](), True
    for fault, outcome in played([BY_CODE[code] for code in codes] or FAULTS):
        all_borne = all_borne and not outcome.wrong
        rows[fault.code] = row(fault, outcome)
        print(rows[fault.code], flush=True)
    PAGE.write_text(written(PAGE.read_text("utf-8"), rows, date.today()), "utf-8")
    return 0 if all_borne else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
