"""Distributions that were made, as folders: `election/form/slot/number/`, each there whole or not at all.

Written under another name, synced to the disk file by file and renamed: whoever is cut off at any moment leaves nothing that is
served. Names that begin with a point are unfinished, and no code of anything begins with one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from reporting.domain.figures import CODE
from reporting.errors import ReportingError, UnknownReference
from reporting.files.durable import sync_folder, write_through
from reporting.publication.distribution.making import MANIFEST, Distribution, ReleasePlace
from reporting.publication.release import unknown_release

MAKING = ".making-"


class DistributionDiffers(ReportingError):
    """facts: `release`, `kept`, `made` (SHA-256 of lists of files). What was made once is never replaced."""

    code = "distribution_differs"
    template_ja = "公表 {release} の公開データは作成済み（{kept}）で、今回の結果（{made}）と異なります。公開済みのものは置き換えません。公表者名・利用条件・ライブラリの版を作成時にそろえてください。"
    template_en = "The open data of release {release} were made before ({kept}) and come out otherwise now ({made}). What is public is not replaced: set publisher, licence and libraries as they were then."


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a kept distribution, as its list names it."""

    name: str
    format: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeptDistribution:
    """`folder` holds `files` and the list of them (`manifest`, of `manifest_sha256`)."""

    place: ReleasePlace
    folder: Path
    manifest: Mapping[str, object]
    manifest_sha256: str
    files: tuple[KeptFile, ...]

    def read(self, name: str) -> bytes:
        """A file of the list, or the list itself. UnknownReference for any other name."""
        names = (MANIFEST, *(file.name for file in self.files))
        if name not in names:
            raise unknown_release(
                f"{_words(self.place)}/{name}", [f"{_words(self.place)}/{there}" for there in names]
            )
        return (self.folder / name).read_bytes()


class DistributionStore:
    """In one folder. Any number of processes may read and add."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, made: Distribution) -> KeptDistribution:
        """Keep it; once kept it stays as it is. DistributionDiffers where another one is."""
        target = self._folder(made.place)
        if (kept := self._same(made)) is not None:
            return kept
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.parent / f"{MAKING}{uuid4().hex}"
        try:
            write_whole(half, made.contents)
            os.rename(half, target)
        except OSError:
            shutil.rmtree(half, ignore_errors=True)
            if (kept := self._same(made)) is not None:  # somebody else was quicker
                return kept
            raise
        for folder in (target.parent, *list(target.parent.parents)[:3]):
            sync_folder(folder)
        return self.get(made.place)

    def get(self, place: ReleasePlace) -> KeptDistribution:
        """UnknownReference for one that is not kept."""
        folder = self._folder(place)
        try:
            data = (folder / MANIFEST).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            kept = [_words(there) for there in self.places(place.election)]
            raise unknown_release(_words(place), kept) from None
        manifest = json.loads(data)
        files = tuple(
            KeptFile(told["name"], told["format"], told["mediaType"], told["bytes"], told["sha256"])
            for told in manifest["files"]
        )
        return KeptDistribution(place, folder, manifest, hashlib.sha256(data).hexdigest(), files)

    def places(self, election: str | None = None) -> Iterator[ReleasePlace]:
        """Of one election or all, in the order of their codes and numbers."""
        for top in _folders(self.folder):
            if election not in (None, top.name):
                continue
            for form in _folders(top):
                for slot in _folders(form):
                    numbers = sorted(int(inner.name) for inner in _folders(slot) if inner.name.isdecimal())
                    yield from (ReleasePlace(top.name, form.name, slot.name, number) for number in numbers)

    def _same(self, made: Distribution) -> KeptDistribution | None:
        try:
            kept = self.get(made.place)
        except UnknownReference:
            return None
        if kept.manifest_sha256 != made.manifest_sha256:
            raise DistributionDiffers(
                release=made.release, kept=kept.manifest_sha256, made=made.manifest_sha256
            )
        return kept

    def _folder(self, place: ReleasePlace) -> Path:
        for code in (place.election, place.form, place.slot):
            if not CODE.fullmatch(code):
                raise unknown_release(code[:80])
        return self.folder / place.election / place.form / place.slot / str(place.number)


def write_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """A new folder with these files, on the disk when this returns. FileExistsError for one that is there."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_through(path, data)
    for inner in sorted({(folder / name).parent for name in files} | {folder}, reverse=True):
        sync_folder(inner)


def _words(place: ReleasePlace) -> str:
    return f"{place.form}/{place.slot}/{place.number}"


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(inner for inner in folder.iterdir() if inner.is_dir() and not inner.name.startswith("."))
