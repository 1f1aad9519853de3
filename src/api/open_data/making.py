"""Open data of each release as it goes out, by a process of its own: a nation's release is half a minute's work of one core, which no
server has to spare on counting night."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

import structlog

from projections.read import ViewReader
from projections.read.published import PublishedRelease, published
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import AWAY
from reporting.domain.actor import Actor
from reporting.errors import ReportingError
from reporting.publication.distribution.making import ReleasePlace
from reporting.publication.distribution.publisher import PublisherChoice
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import DistributionStore
from reporting.publication.release import ReleasedElsewhere

EVERY_S = 5.0
AGAIN_S = 300.0
"""After a release that could not be made: what keeps it seldom goes by itself, and is in the log once in so long."""
log = structlog.get_logger(__name__)


class OpenDataMaker:
    """Any number may run: the log names one list of files for each release, and all make the same bytes. `actor` records them."""

    def __init__(
        self,
        service: Reporting,
        reader: ViewReader,
        store: DistributionStore,
        publisher: PublisherChoice,
        actor: Actor,
        without: Collection[str] = (),
    ) -> None:
        self._reader, self._store, self._publisher = reader, store, publisher
        self._actor, self._without = actor, without
        self._distributions = Distributions(service, Desk(service))
        self._refused: set[ReleasePlace] = set()
        self._elsewhere: set[ReleasePlace] = set()

    def step(self, told: Callable[[ReleasePlace], None] = lambda place: None) -> int:
        """How many were made now; oldest first. One that cannot be made holds up no other."""
        made = 0
        with self._reader.snapshot() as snapshot:
            places = [_place(release) for release in published(snapshot)]
        kept = set(self._store.places())
        for place in places:
            if place in kept or place in self._refused or place in self._elsewhere:
                continue
            try:
                distribution = self._distributions.make(place, self._publisher, self._without)
                self._distributions.record(distribution, self._actor)
                self._store.add(distribution)
            except ReleasedElsewhere:
                self._elsewhere.add(place)  # that log's maker makes it
                continue
            except ReportingError as refused:
                self._refused.add(place)
                log.warning("open_data_refused", release=str(place), detail=str(refused))
                continue
            made += 1
            told(place)
        return made

    def run(self, stop: threading.Event, told: Callable[[ReleasePlace], None]) -> None:
        """Until `stop`; what was refused is tried again after a while."""
        waited = 0.0
        while not stop.is_set():
            try:
                self.step(told)
            except (ReportingError, *AWAY) as failed:
                log.warning("open_data_waits", detail=str(failed))
            if (waited := waited + EVERY_S) >= AGAIN_S:
                self._refused.clear()
                waited = 0.0
            stop.wait(EVERY_S)


def _place(release: PublishedRelease) -> ReleasePlace:
    return ReleasePlace(release.election, release.form, release.slot, release.number)
