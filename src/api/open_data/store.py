"""What is public, and its files, for who answers requests or writes them out."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from api.open_data.address import Edition, ReleaseAddress
from api.open_data.catalog import Listed, catalog
from api.open_data.released import Released
from api.open_data.shelf import LEVEL, DataFile, Shelf
from projections.read import Snapshot, ViewReader
from projections.read.published import PublishedRelease, published
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.kept import Kept
from reporting.publication.live_or_training import LivePublication
from reporting.publication.package_check import EVENT
from reporting.transparency.errors import NotSigned
from reporting.transparency.log import SignedLog

EDITIONS = 10_000
TRIED_AGAIN_S = 60.0
READERS = 8
"""Requests at once that read what is public; other reads go on beside them."""


@dataclass(frozen=True, slots=True)
class MadeCatalog:
    """The catalogue's bytes, also as gzip. `of`: what it lists."""

    of: tuple[Edition, ...]
    plain: bytes
    small: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.plain).hexdigest()


@dataclass(frozen=True, slots=True)
class _Try:
    """A release that is being made, or was. `begun`: by the monotonic clock."""

    future: Future[tuple[DataFile, ...]]
    begun: float = field(default_factory=time.monotonic)

    def over(self, now: float) -> bool:
        """Made and lost again, or failed a while ago."""
        if not self.future.done():
            return False
        return self.future.exception() is None or now - self.begun > TRIED_AGAIN_S


class OpenData:
    """`folder`: where files of releases are kept; need not be there yet. Thread-safe."""

    def __init__(self, reader: ViewReader, service: Reporting, folder: Path) -> None:
        self._reader, self._service = reader, service
        self._shelf = Shelf(folder, self._make)
        self._editions: Kept[Edition] = Kept(EDITIONS)
        self.readers = anyio.CapacityLimiter(READERS)
        self._catalog: MadeCatalog | None = None
        self._maker = ThreadPoolExecutor(1, "open-data")  # one release at a time, beside the requests
        self._tried: dict[ReleaseAddress, _Try] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        self._maker.shutdown(cancel_futures=True)

    def released(self) -> Released:
        with self._reader.snapshot() as snapshot:
            return Released(published(snapshot))

    def edition(self, address: ReleaseAddress) -> Edition | None:
        """None where nothing such is public. What is public stays so: asked again, nothing is read."""
        if (edition := self._editions.get(address)) is None:
            with self._reader.snapshot() as snapshot:
                edition = self.edition_in(snapshot, address)
        return edition

    def edition_in(self, snapshot: Snapshot, address: ReleaseAddress) -> Edition | None:
        """The same for who has a snapshot open: another one could wait for this one's connection."""
        if (edition := self._editions.get(address)) is None:
            release = Released(published(snapshot)).at(address)
            if release is None:
                return None
            edition = _edition(release, snapshot.event(release.position).state.encode())
            self._editions.put(address, edition)
        return edition

    def kept(self, address: ReleaseAddress) -> Edition | None:
        """The same, of what this process was asked for before."""
        return self._editions.get(address)

    def ready(self, edition: Edition) -> tuple[DataFile, ...] | None:
        return self._shelf.ready(edition)

    def making(self, edition: Edition) -> Future[tuple[DataFile, ...]]:
        """Its files, made beside whatever goes on; however many ask, they are made once. What could not be made is not tried again
        for TRIED_AGAIN_S."""
        with self._lock:
            tried = self._tried.get(edition.address)
            if tried is None or tried.over(time.monotonic()):
                self._tried[edition.address] = tried = _Try(self._maker.submit(self._shelf.made, edition))
        return tried.future

    def made(self, edition: Edition) -> tuple[DataFile, ...]:
        """Its files, made here and now where they are not. TrainingRefused, PackageDiffers."""
        return self._shelf.made(edition)

    def unmade(self) -> list[Future[tuple[DataFile, ...]]]:
        """Of every release that is public and whose files are not there yet: they are made from now on."""
        return [self.making(edition) for edition in self._public() if self.ready(edition) is None]

    def catalog(self) -> MadeCatalog:
        """Of all releases; of those whose files are made by now."""
        files = {edition: files for edition in self._public() if (files := self.ready(edition)) is not None}
        of = tuple(files)
        if (kept := self._catalog) is None or kept.of != of:
            defined = self._service.catalog.election
            listed = [
                Listed(edition, defined(edition.address.election).definition, made)
                for edition, made in files.items()
            ]
            plain = catalog(listed)
            kept = self._catalog = MadeCatalog(of, plain, gzip.compress(plain, LEVEL, mtime=0))
        return kept

    def _public(self) -> list[Edition]:
        with self._reader.snapshot() as snapshot:
            addresses = [ReleaseAddress.of(release) for release in published(snapshot)]
            return [edition for at in addresses if (edition := self.edition_in(snapshot, at)) is not None]

    def proof(self, edition: Edition) -> bytes | None:
        """That its event stands in the signed log, by the first checkpoint that holds it; None until that is there."""
        with self._reader.snapshot() as snapshot:
            try:
                return str(SignedLog(snapshot.connection).inclusion(edition.position)[1]).encode()
            except NotSigned:
                return None

    def _make(self, edition: Edition) -> Mapping[str, bytes]:
        at = edition.address
        publication = LivePublication(self._service, Desk(self._service))
        package = publication.package(publication.election(at.election), at.form, at.slot, at.number)
        return {**package.files, EVENT: edition.event}


def _edition(release: PublishedRelease, event: bytes) -> Edition:
    return Edition(
        ReleaseAddress.of(release), release.release, release.position, release.released_at, event,
        json.loads(event)["package"],
    )  # fmt: skip
