"""What is public, and its files, for who answers requests or writes them out."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import anyio

from api.open_data.address import Edition, ReleaseAddress
from api.open_data.catalog import Listed, catalog
from api.open_data.released import Released
from api.open_data.shelf import DataFile, Shelf
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


class OpenData:
    """`folder`: where files of releases are kept; need not be there yet. Thread-safe."""

    def __init__(self, reader: ViewReader, service: Reporting, folder: Path) -> None:
        self._reader, self._service = reader, service
        self._shelf = Shelf(folder, self._make)
        self._editions: Kept[Edition] = Kept(EDITIONS)
        self.readers = anyio.CapacityLimiter(READERS)
        self._catalog: MadeCatalog | None = None
        self._maker = ThreadPoolExecutor(1, "open-data")  # one release at a time, beside the requests
        self._waited_for: dict[ReleaseAddress, Future[tuple[DataFile, ...]]] = {}
        self._lock = threading.RLock()  # a future that is done already calls back at once

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
        """Its files, made beside whatever goes on; however many ask, they are made once."""
        with self._lock:
            future = self._waited_for.get(edition.address)
            if future is None or future.done():
                future = self._maker.submit(self._shelf.made, edition)
                self._waited_for[edition.address] = future
                future.add_done_callback(lambda done: self._done(edition.address, done))
        return future

    def made(self, edition: Edition) -> tuple[DataFile, ...]:
        """Its files, made here and now where they are not. TrainingRefused, PackageDiffers."""
        return self._shelf.made(edition)

    def catalog(self) -> MadeCatalog:
        """Of all releases whose files are made; those that are not are made from now on."""
        editions = [
            edition
            for release in self.released().releases
            if (edition := self.edition(ReleaseAddress.of(release))) is not None
        ]
        of = tuple(edition for edition in editions if self.ready(edition) is not None)
        for edition in set(editions).difference(of):
            self.making(edition)
        if (kept := self._catalog) is None or kept.of != of:
            listed = [
                Listed(edition, self._service.catalog.election(edition.address.election).definition, files)
                for edition in of
                if (files := self.ready(edition)) is not None
            ]
            plain = catalog(listed)
            kept = self._catalog = MadeCatalog(of, plain, gzip.compress(plain, 9, mtime=0))
        return kept

    def proof(self, edition: Edition) -> bytes | None:
        """That its event stands in the signed log, by the first checkpoint that holds it; None until that is there."""
        with self._reader.snapshot() as snapshot:
            try:
                return str(SignedLog(snapshot.connection).inclusion(edition.position)[1]).encode()
            except NotSigned:
                return None

    def _done(self, address: ReleaseAddress, future: Future[tuple[DataFile, ...]]) -> None:
        with self._lock:
            if self._waited_for.get(address) is future:
                del self._waited_for[address]

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
