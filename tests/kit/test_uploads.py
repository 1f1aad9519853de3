"""A file that was sent stays with who sent it, within bounds, and with nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from night import OTHER_WARD, WARD

from reporting.domain.actor import Actor, Role
from reporting.errors import UnknownReference
from reporting.files.sheets import MAX_BYTES
from reporting.kit.uploads import KEPT_FOR, MOST, Uploads

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
def uploads(tmp_path: Path, clock: Clock) -> Uploads:
    return Uploads(tmp_path / "uploads", clock)


def test_it_is_there_for_who_sent_it_only(uploads: Uploads) -> None:
    uploads.keep(WARD, "報告.xlsx", b"one")
    (book,) = uploads.of(WARD)
    assert (book.name, book.size, uploads.read(WARD, book.sha256)) == ("報告.xlsx", 3, b"one")
    namesake = Actor(WARD.person, "別の選管", Role.WARD, WARD.jurisdiction)
    for other in (OTHER_WARD, namesake):
        assert uploads.of(other) == []
        with pytest.raises(UnknownReference):
            uploads.read(other, book.sha256)
    uploads.settle(WARD, book.sha256)
    assert uploads.of(WARD) == []


def test_sent_again_it_is_one_file(uploads: Uploads) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        uploads.keep(WARD, name, b"one")
    assert [book.name for book in uploads.of(WARD)] == ["b.xlsx"]


def test_the_oldest_give_way(uploads: Uploads, clock: Clock) -> None:
    for number in range(MOST + 3):
        uploads.keep(WARD, f"{number}.xlsx", str(number).encode())
    assert [book.name for book in uploads.of(WARD)][-1] == "3.xlsx"
    clock.now += KEPT_FOR
    uploads.keep(WARD, "last.xlsx", b"last")
    assert [book.name for book in uploads.of(WARD)] == ["last.xlsx"]


def test_what_cannot_be_read_is_not_kept(uploads: Uploads) -> None:
    uploads.keep(WARD, "big.xlsx", bytes(MAX_BYTES + 1))
    assert uploads.of(WARD) == []


@pytest.mark.parametrize("sha256", ["", "../x", "0" * 64, "/etc/passwd", "0" * 63 + "/"])
def test_no_other_file_is_reached(uploads: Uploads, sha256: str) -> None:
    uploads.keep(WARD, "a.xlsx", b"one")
    uploads.settle(WARD, sha256)
    with pytest.raises(UnknownReference):
        uploads.read(WARD, sha256)
    assert len(uploads.of(WARD)) == 1


def test_names_of_people_are_no_names_of_folders(uploads: Uploads, tmp_path: Path) -> None:
    uploads.keep(WARD, "../../a\n.xlsx", b"one")
    paths = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    assert not [path for path in paths if WARD.person in path or ".." in path]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "uploads").rglob("*"))


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "uploads").write_text("no folder")
    Uploads(tmp_path / "uploads", clock).keep(WARD, "a.xlsx", b"one")
