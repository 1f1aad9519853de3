"""What becomes of each odd or hostile workbook, and that none of them takes the process's memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import night
import pytest
import typed_book
from odd_books import EVERY, READ, REFUSED, TOLD, write_all

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.files.problems import FileRefused
from reporting.kit.handing_in import hand_in
from reporting.kit.making import make_book
from reporting.kit.reading import read_book
from reporting.ledger import Ledger

MOST_MEMORY_MB = 200
READ_EACH = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, 2_000_000_000))
from reporting.files.problems import FileRefused
from reporting.kit.reading import read_book
refused = 0
for path in sys.argv[1:]:
    try:
        refused += bool(read_book("b.xlsx", Path(path).read_bytes()).problems)
    except FileRefused:
        refused += 1
# The process's own peak: what getrusage tells holds its parent's, too.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([refused, int(peak.split()[1]) // 1024]))
"""


@pytest.fixture(scope="module")
def desk(module_database: Database) -> Iterator[Desk]:
    ledger = Ledger(module_database)
    yield night.define(Reporting(ledger))
    ledger.close()


@pytest.fixture(scope="module")
def sound(desk: Desk) -> bytes:
    values = {("11", c.cell().cell.key): float(c.value) for c in night.cells(**night.BALANCED)}
    return typed_book.typed(make_book(desk, "tiny", "final", "final", ["11"], night.WARD), values)


def test_there_are_enough_of_them() -> None:
    assert len(EVERY) >= 40


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, desk: Desk, sound: bytes) -> None:
    make, told = REFUSED[name]
    with pytest.raises(FileRefused) as refused:
        hand_in(desk, read_book("b.xlsx", make(sound)), night.WARD)
    assert told in " ".join(str(problem) for problem in refused.value.problems), refused.value.problems
    assert desk.returns.open("tiny", "final", "final", "11").case.cells == {}


@pytest.mark.parametrize("name", READ)
def test_read(name: str, sound: bytes) -> None:
    make, says = READ[name]
    book = read_book("b.xlsx", make(sound))
    book.require_understood()
    assert book.sheets[0].typed["pr|voters||"] == says


@pytest.mark.parametrize("name", TOLD)
def test_told(name: str, sound: bytes) -> None:
    make, told = TOLD[name]
    book = read_book("b.xlsx", make(sound))
    book.require_understood()
    assert told in " ".join(note.ja for note in book.sheets[0].notes)
    assert book.sheets[0].typed["pr|voters||"] == "100"


def test_a_sound_one_has_nothing_to_tell(sound: bytes) -> None:
    book = read_book("b.xlsx", sound)
    assert (book.problems, book.sheets[0].notes) == ([], ())


def test_of_another_election(sound: bytes) -> None:
    book = read_book("b.xlsx", sound)
    book.require_of("tiny")
    with pytest.raises(FileRefused) as refused:
        book.require_of("other")
    assert "選挙 tiny のブック" in str(refused.value)


def test_all_of_them_within_the_memory(sound: bytes, tmp_path: Path) -> None:
    """One process after the other's file, with the largest workbook that may be handed in among them."""
    paths = write_all(sound, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", READ_EACH, *map(str, paths)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    refused, peak = (int(text) for text in done.stdout.strip("[]\n ").split(","))
    assert refused == len(REFUSED)
    assert peak <= MOST_MEMORY_MB, peak
    print(f"peak {peak} MB")
