"""What is public, and its files, for who answers requests or writes them out."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
import structlog

from api.open_data.address import Edition, NamedList, ReleaseAddress
from api.open_data.catalog import Listed, catalog
from api.open_data.media import media_type
from api.open_data.released import Released
from api.open_data.series_sets import SeriesSets
from api.open_data.shelf import LEVEL, DataFile, Shelf
from projections.read import Snapshot, ViewReader
from projections.read.published import published
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.workflow_events import DistributionMade
from reporting.errors import UnknownReference
from reporting.kept import Kept
from reporting.publication.distribution.facts import Licence
from reporting.publication.distribution.making import CORE, MadeFile
from reporting.publication.distribution.making import MANIFEST as LIST_OF_FILES
from reporting.publication.distribution.publisher import LICENCES, PublisherChoice
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import DistributionStore
from reporting.publication.live_or_training import LivePublication
from reporting.publication.package_check import EVENT
from reporting.transparency.errors import NotSigned
from reporting.transparency.log import SignedLog

log = structlog.get_logger(__name__)

EDITIONS = 10_000
TRIED_AGAIN_S = 60.0
SEEN_FOR_S = 1.0
"""How long it may take until the formats of a release are served, once they are made."""
READERS = 8
"""Requests at once that read what is public; other reads go on beside them."""


@dataclass(frozen=True, slots=True)
class MadeCatalog:
    """The catalogue's bytes, also as gzip. `of`: what it lists."""

    of: tuple[object, ...]
    plain: bytes
    small: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.plain).hexdigest()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A release as it was read. `at`: by the monotonic clock."""

    edition: Edition
    at: float = field(default_factory=time.monotonic)


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
    """`folder`: where files to serve are laid ready, `kept`: formats of releases as they were made; neither need be there yet.
    Thread-safe."""

    def __init__(
        self,
        reader: ViewReader,
        service: Reporting,
        folder: Path,
        kept: DistributionStore,
        publisher: PublisherChoice,
        series: SeriesSets,
    ) -> None:
        self._reader, self._service, self._kept = reader, service, kept
        self.publisher, self.series = publisher, series
        self._distributions = Distributions(service, Desk(service))
        self._shelf = Shelf(folder)
        self._editions: Kept[Edition] = Kept(EDITIONS)
        self._without_formats: Kept[_Seen] = Kept(EDITIONS)
        self.readers = anyio.CapacityLimiter(READERS)
        self._catalog: MadeCatalog | None = None
        self._maker = ThreadPoolExecutor(1, "open-data")  # one release at a time, beside the requests
        self._tried: dict[ReleaseAddress, _Try] = {}
        self._lock = threading.Lock()

    @property
    def licence(self) -> Licence:
        """Of everything that this installation publishes."""
        return LICENCES[self.publisher.licence]

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
        if (edition := self._editions.get(address)) is None and (edition := self._seen(address)) is None:
            release = Released(published(snapshot)).at(address)
            if release is None:
                return None
            event = snapshot.event(release.position).state.encode()
            edition = Edition(
                address, release.release, release.position, release.released_at, event,
                json.loads(event)["package"], self._formats(snapshot, address),
            )  # fmt: skip
            self._without_formats.put(address, _Seen(edition))
        if edition.formats is not None:  # it has all that it will ever have
            self._editions.put(address, edition)
        return edition

    def _seen(self, address: ReleaseAddress) -> Edition | None:
        """What was read a moment ago, so that a crowd does not read it each time."""
        seen = self._without_formats.get(address)
        return seen.edition if seen is not None and time.monotonic() - seen.at < SEEN_FOR_S else None

    def whole(self, address: ReleaseAddress) -> Edition | None:
        """The same, of what this process has seen with all its formats."""
        return self._editions.get(address)

    def ready(self, edition: Edition) -> tuple[DataFile, ...] | None:
        return self._shelf.ready(edition.folder)

    def making(self, edition: Edition) -> Future[tuple[DataFile, ...]]:
        """Its files, made beside whatever goes on; however many ask, they are made once. What could not be made is not tried again
        for TRIED_AGAIN_S."""
        with self._lock:
            tried = self._tried.get(edition.address)
            if tried is None or tried.over(time.monotonic()):
                self._tried[edition.address] = tried = _Try(self._maker.submit(self.made, edition))
        return tried.future

    def made(self, edition: Edition) -> tuple[DataFile, ...]:
        """Its files, made here and now where they are not. TrainingRefused, PackageDiffers."""
        return self._shelf.made(edition.folder, partial(self._make, edition))

    def unmade(self) -> list[Future[tuple[DataFile, ...]]]:
        """Of every release that is public and whose files are not there yet: they are made from now on."""
        return [self.making(edition) for edition in self._public() if self.ready(edition) is None]

    def catalog(self) -> MadeCatalog:
        """Of all releases; of those whose files are made by now."""
        files = {edition: files for edition in self._public() if (files := self.ready(edition)) is not None}
        sets = self.series.every()
        of = (*files, *((each.name, each.position) for each in sets))
        if (kept := self._catalog) is None or kept.of != of:
            election = self._service.catalog.election
            listed = [
                Listed(
                    edition, defined.definition, self.publisher.of(defined.definition, defined.roster), made
                )
                for edition, made in files.items()
                for defined in (election(edition.address.election),)
            ]
            plain = catalog(listed, sets)
            kept = self._catalog = MadeCatalog(of, plain, gzip.compress(plain, LEVEL, mtime=0))
        return kept

    def _public(self) -> list[Edition]:
        with self._reader.snapshot() as snapshot:
            addresses = [ReleaseAddress.of(release) for release in published(snapshot)]
            return [edition for at in addresses if (edition := self.edition_in(snapshot, at)) is not None]

    def proof(self, position: int) -> bytes | None:
        """That the event at a position stands in the signed log, by the first checkpoint that holds it; None until that is there."""
        with self._reader.snapshot() as snapshot:
            try:
                return str(SignedLog(snapshot.connection).inclusion(position)[1]).encode()
            except NotSigned:
                return None

    def _make(self, edition: Edition) -> Iterator[MadeFile]:
        """The signed package below `core/` with its event; beside it the formats, as they are kept."""
        at = edition.address
        publication = LivePublication(self._service, Desk(self._service))
        package = publication.package(publication.election(at.election), at.form, at.slot, at.number)
        for name, content in {**package.files, EVENT: edition.event}.items():
            yield MadeFile(CORE + name, content, media_type(name), "core")
        if edition.formats is None:
            return
        kept = self._kept.get(at.place)
        for file in kept.files:
            if file.format != "core":
                yield MadeFile(file.name, kept.read(file.name), file.media_type, file.format)
        for name, content in {LIST_OF_FILES: kept.read(LIST_OF_FILES), EVENT: edition.formats.event}.items():
            yield MadeFile(name, content, media_type(name), "list")

    def _formats(self, snapshot: Snapshot, address: ReleaseAddress) -> NamedList | None:
        """None until they are made, named in the log and kept here: what is kept otherwise is nobody's word."""
        named = self._distributions.named(address.election, address.form, address.slot).get(address.number)
        if (
            named is None
            or not isinstance(named.event, DistributionMade)
            or named.position > snapshot.position
        ):
            return None
        try:
            kept = self._kept.get(address.place)
        except UnknownReference:
            return None
        if kept.manifest_sha256 != named.event.manifest:
            log.error("distribution_differs", release=address.path, kept=kept.manifest_sha256)
            return None
        return NamedList(kept.manifest_sha256, named.position, snapshot.event(named.position).state.encode())
