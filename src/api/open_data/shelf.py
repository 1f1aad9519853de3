"""Releases as files on disk: each made once, whole or not at all, whoever asks and however many.

A release's folder appears by one rename, after every byte of it is on the disk; until then it is not there. Its `.index.json`
(beside the files, never served) holds size and hash of each file and is checked against the bytes when a process first opens
the folder: what a disk or a hand has changed is made again, not served.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.open_data.media import is_compressible
from reporting.domain.public_addresses import SMALL
from reporting.files.durable import sync_folder, write_through
from reporting.kept import Kept
from reporting.publication.distribution.making import MadeFile

Make = Callable[[], Iterable[MadeFile]]
INDEX, MAKING = ".index.json", ".making"
LEVEL = 9  # once, for everybody
OPEN_RELEASES = 10_000  # whose lists of files one process holds; the rest is read from disk again


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a release; `name` may stand in a folder of it. `small`: the same compressed with gzip, made once, where that is worth it."""

    name: str
    size: int
    sha256: str
    media_type: str
    path: Path
    small: Path | None
    small_size: int


class Shelf:
    """`folder` need not be there yet. A `place` is a folder in it, of codes; what it holds is the same bytes every time. Any number of
    processes may share the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: Kept[tuple[DataFile, ...]] = Kept(OPEN_RELEASES)

    def ready(self, place: str) -> tuple[DataFile, ...] | None:
        """Its files by name; None where they are not made."""
        if (files := self._open.get(place)) is None:
            files = _read(self.folder / place)
            if files is not None:
                self._open.put(place, files)
        return files

    def made(self, place: str, make: Make) -> tuple[DataFile, ...]:
        """The same, made now where they are not: by one process at a time, the others wait and take what it made."""
        if (files := self.ready(place)) is not None:
            return files
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if (files := self.ready(place)) is not None:
                return files
            self._write(place, make)
        files = self.ready(place)
        assert files is not None
        return files

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The lock goes with its process, however that ends."""
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.folder.glob(f"{MAKING}*"):  # of one that was killed
                shutil.rmtree(left, ignore_errors=True)
            yield

    def _write(self, place: str, make: Make) -> None:
        made, target = self.folder / f"{MAKING}-{os.getpid()}", self.folder / place
        made.mkdir(mode=0o700)
        index = {}
        for file in sorted(make(), key=lambda file: file.name):
            (made / file.name).parent.mkdir(mode=0o700, exist_ok=True)
            write_through(made / file.name, file.data)
            index[file.name] = {"size": len(file.data), "sha256": file.sha256, "mediaType": file.media_type}
            if is_compressible(file.name, len(file.data)):
                write_through(made / (file.name + SMALL), gzip.compress(file.data, LEVEL, mtime=0))
        write_through(made / INDEX, json.dumps(index, sort_keys=True).encode())
        for folder in (*(inner for inner in made.iterdir() if inner.is_dir()), made):
            sync_folder(folder)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.exists():  # its bytes are not what its index says
            target.rename(self.folder / f"{MAKING}-broken-{os.getpid()}")
        made.rename(target)
        for folder in target.parents:
            sync_folder(folder)
            if folder == self.folder:
                break


def _read(folder: Path) -> tuple[DataFile, ...] | None:
    """None where there is no such folder, or one that does not hold what it should."""
    try:
        index = json.loads((folder / INDEX).read_bytes())
        files = tuple(
            _checked(folder, name, told["size"], told["sha256"], told["mediaType"])
            for name, told in sorted(index.items())
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return files


def _checked(folder: Path, name: str, size: int, sha256: str, media_type: str) -> DataFile:
    """ValueError for other bytes than were written."""
    path = folder / name
    with path.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
            raise ValueError(name)
    small = path.with_name(path.name + SMALL) if is_compressible(name, size) else None
    if small is not None and hashlib.sha256(gzip.decompress(small.read_bytes())).hexdigest() != sha256:
        raise ValueError(small.name)
    return DataFile(name, size, sha256, media_type, path, small, small.stat().st_size if small else 0)
