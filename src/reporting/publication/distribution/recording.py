"""Distributions of live releases: made from the log, and their list of files named in the log.

The event comes before the files: nothing is kept, hence nothing is served, that the log does not name. Whoever is cut off
between the two makes it again, which gives the same bytes and no second event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import uuid5

from reporting.application.authority import authorise
from reporting.application.defining import MarkChanged
from reporting.application.desk import Desk
from reporting.application.lineage import lineage_record
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.workflow_events import DistributionMade
from reporting.ledger import Command, NewEvent, Recorded
from reporting.ledger.registry import canonical
from reporting.ledger.streams import distribution_stream, slot_stream
from reporting.publication.distribution.earlier import earlier_figures
from reporting.publication.distribution.facts import FORMATS, Earlier, FigurePlace, ReleasedFacts
from reporting.publication.distribution.making import Distribution, ReleasePlace, make
from reporting.publication.distribution.publisher import PublisherChoice
from reporting.publication.distribution.reading import facts_of, rows_of
from reporting.publication.distribution.store import DistributionDiffers
from reporting.publication.kinds import TrainingRefused
from reporting.publication.live_or_training import LivePublication
from reporting.publication.release import ReleasedContents


class Distributions:
    """Of one ledger."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._live = reporting, LivePublication(reporting, desk)

    def facts(self, place: ReleasePlace, choice: PublisherChoice) -> tuple[ReleasedFacts, ReleasedContents]:
        """UnknownReference for what was not released, TrainingRefused for a training election; PackageDiffers."""
        made, formats = self._contents(place), self._formats(place)
        before = None
        if place.number > 1:
            earlier = ReleasePlace(place.election, place.form, place.slot, place.number - 1)
            then, read_as = self._contents(earlier), min(formats, self._formats(earlier))
            before = rows_of(then.definition, then.roster, then.package, read_as)
        facts = facts_of(
            made.definition, made.roster, made.head, made.position, made.recorded_at, made.package,
            choice.of(made.definition, made.roster), formats, before, self._previous(made, formats),
        )  # fmt: skip
        return facts, made

    def _formats(self, place: ReleasePlace) -> int:
        """Version that the files of a release were made in, or will be."""
        named = self.named(place.election, place.form, place.slot).get(place.number)
        return named.event.formats if named and isinstance(named.event, DistributionMade) else FORMATS

    def _previous(self, made: ReleasedContents, formats: int) -> Mapping[FigurePlace, Earlier]:
        """Of the election before: what of the same form and slot was public when this went out. Empty where there is none, or
        where it is no live election."""
        code, head = made.definition.previous, made.head
        if code is None or code not in self._reporting.catalog.codes():
            return {}
        stored = self._reporting.ledger.stream(slot_stream(code, head.form, head.slot))
        number = sum(recorded.position <= head.upto for recorded in stored)
        if not number:
            return {}
        try:
            then = self._contents(ReleasePlace(code, head.form, head.slot, number))
        except (TrainingRefused, MarkChanged):
            return {}
        registry = made.definition.registry
        version, record = lineage_record(self._reporting, registry, upto=head.upto)
        lineage = record.graph() if version else None
        return earlier_figures(made, then, lineage, formats)

    def make(
        self, place: ReleasePlace, choice: PublisherChoice, without: Collection[str] = ()
    ) -> Distribution:
        """The files of a release; errors as in `facts` and `make`."""
        facts, made = self.facts(place, choice)
        return make(facts, made.package, without)

    def record(self, made: Distribution, actor: Actor) -> int:
        """Position of the event that names the list of files, also where it was recorded before. NotAuthorised;
        DistributionDiffers where the log names another list for this release."""
        authorise("release", actor, None, None)
        place, ledger = made.place, self._reporting.ledger
        stream = distribution_stream(place.election, place.form, place.slot)
        event = DistributionMade(
            election=place.election,
            form=place.form,
            slot=place.slot,
            number=place.number,
            release=made.release,
            distribution=made.id,
            manifest=made.manifest_sha256,
            package=made.package,
            formats=made.formats,
        )
        if (named := self.named(place.election, place.form, place.slot).get(place.number)) is not None:
            return self._same(named, made)
        body = canonical({"kind": "MakeDistribution", **event.model_dump()})
        command = Command(
            uuid5(stream, f"{place.number}/{made.manifest_sha256}"), body, actor, Channel.API, ()
        )

        def decided() -> Command:
            if (other := self.named(place.election, place.form, place.slot).get(place.number)) is not None:
                self._same(other, made)
            return command.deciding([NewEvent(stream, ledger.stream_version(stream) + 1, event)])

        return once(ledger, command, decided, ledger.append).last_position

    def named(self, election: str, form: str, slot: str) -> Mapping[int, Recorded]:
        """Number of a release → the event that names its list of files."""
        stored = self._reporting.ledger.stream(distribution_stream(election, form, slot))
        return {
            recorded.event.number: recorded
            for recorded in stored
            if isinstance(recorded.event, DistributionMade)
        }

    def _contents(self, place: ReleasePlace) -> ReleasedContents:
        return self._live.contents(self._live.election(place.election), place.form, place.slot, place.number)

    @staticmethod
    def _same(named: Recorded, made: Distribution) -> int:
        event = named.event
        assert isinstance(event, DistributionMade)
        if event.manifest != made.manifest_sha256:
            raise DistributionDiffers(release=made.release, kept=event.manifest, made=made.manifest_sha256)
        return named.position
