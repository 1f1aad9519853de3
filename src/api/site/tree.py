"""A folder that is replaced as a whole: made anew beside the old one, what has not changed taken over, then exchanged in one step.

Whoever reads the folder sees the site as it was or as it is, at every moment and after every crash.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reporting.errors import ReportingError

MARK = ".reporting-site"
"""A file in every site that was written here: no other folder is ever replaced."""
MARK_SAYS = b"1\n"
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # renameat2(2) of Linux


class NotASite(ReportingError):
    """facts: `folder`."""

    code = "not_a_site"
    template_ja = "{folder} には、このプログラムが書いたものでないファイルがあります。空のフォルダーか、新しい名前を指定してください。"
    template_en = (
        "{folder} holds files that were not written by this program. Name an empty folder, or a new one."
    )


class AlreadyPublishing(ReportingError):
    """facts: `folder`."""

    code = "already_publishing"
    template_ja = "{folder} は、別の reporting publish が書き込んでいます。終わってから実行してください。"
    template_en = "Another `reporting publish` is writing {folder}. Run it again when that has ended."


@dataclass(slots=True)
class Written:
    """Files of a site: `new` had other bytes before or were not there, `gone` are there no more."""

    files: int = 0
    new: int = 0
    gone: int = 0

    @property
    def moves(self) -> bool:
        return bool(self.new or self.gone)


class SiteTree:
    """`folder`: the site; need not be there yet. Used by one process at a time (`alone`). NotASite for a root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        if not self._folder.name:  # `/`: nothing stands beside it to be exchanged with
            raise NotASite(folder=self._folder)
        self._next, self._before, self._lock = (
            self._folder.with_name(f".{self._folder.name}.{name}") for name in ("next", "before", "lock")
        )
        self.written = Written()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """NotASite, AlreadyPublishing. What a killed run has left is put right first."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyPublishing(folder=self._folder) from None
            if self._before.exists() and not self._folder.exists():
                self._before.rename(self._folder)
            if self._folder.exists() and not self._is_ours():
                raise NotASite(folder=self._folder)
            try:
                yield
            finally:
                for left in (self._next, self._before):
                    shutil.rmtree(left, ignore_errors=True)

    def begin(self) -> None:
        """An empty site, to be filled."""
        shutil.rmtree(self._next, ignore_errors=True)
        shutil.rmtree(self._before, ignore_errors=True)
        self._next.mkdir()
        self.written = Written()
        self.put(MARK, MARK_SAYS)

    def put(self, name: str, content: bytes) -> None:
        """One file; taken over where the site holds the same bytes under this name."""
        target, current = self._next / name, self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (_holds(current, content) and _linked(current, target)):
            target.write_bytes(content)
            self.written.new += 1
        self.written.files += 1

    def take(self, name: str, source: Path, size: int) -> None:
        """The same of a file that may be large: read in pieces."""
        target, current = self._next / name, self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (_same(current, source, size) and _linked(current, target)):
            shutil.copyfile(source, target)
            self.written.new += 1
        self.written.files += 1

    def holds(self, name: str) -> bool:
        """Whether the new site has it already."""
        return (self._next / name).exists()

    def replace(self) -> None:
        """The new one instead of the old one; where nothing differs the old one stays, untouched."""
        self.written.gone = sum(1 for path in self._files(self._folder) if not (self._next / path).exists())
        if not self.written.moves:
            return
        os.sync()  # every byte of it is on the disk before it has its name
        if self._folder.exists():
            _exchange(self._next, self._folder, self._before)
        else:
            self._next.rename(self._folder)
        os.sync()

    def _files(self, folder: Path) -> Iterator[Path]:
        return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())

    def _is_ours(self) -> bool:
        return (self._folder / MARK).is_file() or (self._folder.is_dir() and not any(self._folder.iterdir()))


def _exchange(new: Path, old: Path, aside: Path) -> None:
    """In one step where the system can; else the old one is put aside first, from where a later run takes it back."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is not None:
        given = (AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(old), RENAME_EXCHANGE)
        if renameat2(*given) == 0:
            return
    old.rename(aside)
    new.rename(old)


def _linked(current: Path, target: Path) -> bool:
    """Taken over without a copy; not where the file system has no links."""
    try:
        os.link(current, target)
    except OSError:
        return False
    return True


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _same(path: Path, source: Path, size: int) -> bool:
    try:
        if path.stat().st_size != size:
            return False
        with path.open("rb") as there, source.open("rb") as here:
            while piece := here.read(1 << 20):
                if there.read(1 << 20) != piece:
                    return False
    except OSError:
        return False
    return True
