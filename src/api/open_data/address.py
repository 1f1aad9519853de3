"""A release's address: election, form, slot and number as the product names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from projections.read.published import PublishedRelease
from reporting.domain.public_addresses import CATALOG, LATEST, SERIES
from reporting.publication.distribution.making import CORE, ReleasePlace
from reporting.publication.distribution.making import MANIFEST as LIST_OF_FILES
from reporting.publication.package_check import PROOF

__all__ = ["CATALOG", "LATEST", "PREFIX", "SERIES", "Edition", "NamedList", "ReleaseAddress", "is_data"]

PREFIX = "/data"
MARK = 16  # hex digits of a hash in a folder's name


def is_data(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


@dataclass(frozen=True, slots=True, order=True)
class ReleaseAddress:
    """Codes hold neither `/` nor a leading dot (`figures.CODE`), so a path made of them stays where it is put."""

    election: str
    form: str
    slot: str
    number: int

    @classmethod
    def of(cls, release: PublishedRelease) -> Self:
        return cls(release.election, release.form, release.slot, release.number)

    @property
    def place(self) -> ReleasePlace:
        return ReleasePlace(self.election, self.form, self.slot, self.number)

    @property
    def path(self) -> str:
        """Below `/data/`, and in the store's folder."""
        return f"{self.election}/{self.form}/{self.slot}/{self.number}"

    def at(self, file: str) -> str:
        """`/data/…/{file}`."""
        return f"{PREFIX}/{self.path}/{file}"

    @property
    def stem(self) -> str:
        """What its files are called where they lie among others."""
        return f"{self.election}-{self.form}-{self.slot}-{self.number}"


@dataclass(frozen=True, slots=True)
class NamedList:
    """The list of files of a release's formats, as the log names it: SHA-256 of `distribution.json`, by the event at `position`
    with its stored bytes."""

    sha256: str
    position: int
    event: bytes


@dataclass(frozen=True, slots=True)
class Edition:
    """A release as it went out. `event`: the stored bytes of its event; `manifest`: SHA-256 of the signed package's manifest.json,
    by that event: what another ledger released under the same codes is another edition. `formats`: None until they are made."""

    address: ReleaseAddress
    release: str
    position: int
    released_at: datetime
    event: bytes
    manifest: str
    formats: NamedList | None = None

    @property
    def folder(self) -> str:
        """Where its files lie ready: with other formats it lies elsewhere."""
        formats = self.formats.sha256 if self.formats else ""
        return f"{self.address.path}/{self.manifest[:MARK]}{formats[:MARK]}"

    @property
    def list_of_files(self) -> str:
        """The file that names the others."""
        return CORE + "manifest.json" if self.formats is None else LIST_OF_FILES

    def proved_by(self, name: str) -> int:
        """Position of the event whose proof a file of this name is; 0 for any other file."""
        if name == CORE + PROOF:
            return self.position
        return self.formats.position if self.formats is not None and name == PROOF else 0
