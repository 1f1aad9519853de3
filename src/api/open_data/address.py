"""A release's address: election, form, slot and number as the product names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from projections.read.published import PublishedRelease

PREFIX = "/data"
CATALOG = "catalog.jsonld"
LATEST = "latest"
MANIFEST = "manifest.json"


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
class Edition:
    """A release as it went out. `event`: the stored bytes of its event; `manifest`: SHA-256 of its manifest.json, by that event:
    what another ledger released under the same codes is another edition."""

    address: ReleaseAddress
    release: str
    position: int
    released_at: datetime
    event: bytes
    manifest: str
