"""A file that was sent stays with who sent it, within bounds, and with nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from night import OTHER_WARD, WARD

from reporting.domain.actor import Actor, Role
from reporting.errors import UnknownReference
from reporting.files.sheets import MAX_BYTES
from reporting.kit.sent import KEPT_FOR, MOST, SentBooks

BEGUN = datetime(2026, 11, 28, tzinfo=UTC)


class Clock:
    now = BEGUN

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent(tmp_path: Path, clock: Clock) -> SentBooks:
    return SentBooks(tmp_path / "uploads", clock)


def test_it_is_there_for_who_sent_it_only(sent: SentBooks) -> None:
    sent.keep(WARD, "報告.xlsx", b"one")
    (book,) = sent.of(WARD)
    assert (book.name, book.size, sent.read(WARD, book.sha256)) == ("報告.xlsx", 3, b"one")
    namesake = Actor(WARD.person, "別の選管", Role.WARD, WARD.jurisdiction)
    for other in (OTHER_WARD, namesake):
        assert sent.of(other) == []
        with pytest.raises(UnknownReference):
            sent.read(other, book.sha256)
    sent.settle(WARD, book.sha256)
    assert sent.of(WARD) == []


def test_sent_again_it_is_one_file(sent: SentBooks) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        sent.keep(WARD, name, b"one")
    assert [book.name for book in sent.of(WARD)] == ["b.xlsx"]


def test_the_oldest_give_way(sent: SentBooks, clock: Clock) -> None:
    for number in range(MOST + 3):
        sent.keep(WARD, f"{number}.xlsx", str(number).encode())
    assert [book.name for book in sent.of(WARD)][-1] == "3.xlsx"
    clock.now += KEPT_FOR
    sent.keep(WARD, "last.xlsx", b"last")
    assert [book.name for book in sent.of(WARD)] == ["last.xlsx"]


def test_what_cannot_be_read_is_not_kept(sent: SentBooks) -> None:
    sent.keep(WARD, "big.xlsx", bytes(MAX_BYTES + 1))
    assert sent.of(WARD) == []


@pytest.mark.parametrize("sha256", ["", "../x", "0" * 64, "/etc/passwd", "0" * 63 + "/"])
def test_no_other_file_is_reached(sent: SentBooks, sha256: str) -> None:
    sent.keep(WARD, "a.xlsx", b"one")
    sent.settle(WARD, sha256)
    with pytest.raises(UnknownReference):
        sent.read(WARD, sha256)
    assert len(sent.of(WARD)) == 1


def test_names_of_people_are_no_names_of_folders(sent: SentBooks, tmp_path: Path) -> None:
    sent.keep(WARD, "../../a\n.xlsx", b"one")
    paths = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    assert not [path for path in paths if WARD.person in path or ".." in path]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "uploads").rglob("*"))


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "uploads").write_text("no folder")
    SentBooks(tmp_path / "uploads", clock).keep(WARD, "a.xlsx", b"one")
