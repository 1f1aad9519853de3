"""Two publications over one clockwork: the live one takes live elections only, the training one training elections only.

Figures of a drill stand under the drill's own election code, hence in streams of their own (`reporting.ledger.streams`
hashes the code into every stream id); these types see to it that they are never released as anything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from reporting.application.defining import MarkChanged
from reporting.application.desk import Desk
from reporting.application.desk_commands import ReleaseSlot
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.practice import is_drill
from reporting.publication.kinds import (
    LiveElection,
    TrainingElection,
    TrainingRefused,
    live,
    must_be_live,
    must_be_training,
    training,
)
from reporting.publication.package import Package
from reporting.publication.planned import Release, ReleasePlan
from reporting.publication.release import CLOCK, Publication, ReleasedContents


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """A release of real figures."""

    election: str
    release: Release
    is_test: Literal[False] = False


@dataclass(frozen=True, slots=True)
class TrainingRelease:
    """A release inside a drill; says so wherever it goes."""

    election: str
    release: Release
    is_test: Literal[True] = True

    def as_json(self) -> str:
        parts = {
            "changes": [change.model_dump() for change in self.release.changes],
            "incomplete": [unit.model_dump() for unit in self.release.incomplete],
        }
        facts = {"election": self.election, "is_test": self.is_test, **asdict(self.release)}
        return json.dumps(facts | parts, ensure_ascii=False, sort_keys=True)


class LivePublication:
    """Releases live elections. Anything else is TrainingRefused (and no LiveElection can be made of it)."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._inner = reporting, Publication(reporting, desk)

    def election(self, code: str) -> LiveElection:
        return live(self._reporting, code)

    def release(
        self,
        election: LiveElection,
        form: str,
        slot: str,
        now: datetime,
        actor: Actor = CLOCK,
        asked: ReleaseSlot | None = None,
    ) -> LiveRelease | None:
        """None when it would change nothing; other errors as in `Publication.release`. The ledger is asked once more:
        the definition may have been replaced since."""
        must_be_live(election)
        checked = live(self._reporting, election.code)
        made = self._inner.release(checked.code, form, slot, now, actor, asked)
        return None if made is None else LiveRelease(checked.code, made)

    def tick(self, election: LiveElection, now: datetime) -> list[LiveRelease]:
        """Whatever is due."""
        must_be_live(election)
        checked = live(self._reporting, election.code)
        return [LiveRelease(checked.code, made) for made in self._inner.tick(checked.code, now)]

    def held_last(self, election: LiveElection, form: str, slot: str) -> tuple[str, ...]:
        """As `Publication.held_last`."""
        return self._inner.held_last(election.code, form, slot)

    def package(self, election: LiveElection, form: str, slot: str, number: int) -> Package:
        """The files of a release; errors as in `Publication.package`."""
        must_be_live(election)
        return self._inner.package(live(self._reporting, election.code).code, form, slot, number)[1]

    def contents(self, election: LiveElection, form: str, slot: str, number: int) -> ReleasedContents:
        """A release with what it was made of; errors as in `Publication.package`."""
        must_be_live(election)
        return self._inner.contents(live(self._reporting, election.code).code, form, slot, number)


class TrainingPublication:
    """Releases training elections, on the clock of their drill."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._inner = reporting, Publication(reporting, desk)

    def election(self, code: str) -> TrainingElection:
        return training(self._reporting, code)

    def release(
        self,
        election: TrainingElection,
        form: str,
        slot: str,
        now: datetime,
        actor: Actor = CLOCK,
        asked: ReleaseSlot | None = None,
    ) -> TrainingRelease | None:
        """As `LivePublication.release`; NotTraining for a live election."""
        must_be_training(election)
        checked = training(self._reporting, election.code)
        made = self._inner.release(checked.code, form, slot, now, actor, asked)
        return None if made is None else TrainingRelease(checked.code, made)

    def tick(self, election: TrainingElection, now: datetime) -> list[TrainingRelease]:
        """Whatever is due."""
        must_be_training(election)
        checked = training(self._reporting, election.code)
        return [TrainingRelease(checked.code, made) for made in self._inner.tick(checked.code, now)]

    def held_last(self, election: TrainingElection, form: str, slot: str) -> tuple[str, ...]:
        """As `Publication.held_last`."""
        return self._inner.held_last(election.code, form, slot)

    def package(self, election: TrainingElection, form: str, slot: str, number: int) -> Package:
        """The files of a release, marked as a test; errors as in `Publication.package`."""
        must_be_training(election)
        return self._inner.package(training(self._reporting, election.code).code, form, slot, number)[1]


class Publications:
    """For a server's clock, which meets elections of both kinds by code: each goes its own way, and one whose test mark
    was changed goes none."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        publication = Publication(reporting, desk)
        self._due, self._plan = publication.due, publication.plan
        self.disclosures, self.held_back = publication.disclosures, publication.held_back
        self.certified_needed = publication.certified_needed
        self._live, self._training = LivePublication(reporting, desk), TrainingPublication(reporting, desk)

    def due(self, code: str, now: datetime) -> Iterator[tuple[str, str]]:
        """(form, slot) whose time has come; of an election that is neither live nor training none, so that it holds
        up no other. None of a drill: it publishes itself, on its own clock, after all that its minutes before held. A
        server's clock would not wait for a machine that is behind, and release what the drill was about to approve."""
        try:
            opened = self._opened(code)
        except MarkChanged:
            return
        if isinstance(opened, TrainingElection) and is_drill(code):
            return
        yield from self._due(code, now)

    def plan(self, code: str, form: str, slot: str) -> ReleasePlan:
        """What the next release would hold; MarkChanged when it could go neither way."""
        return self._plan(self._opened(code).code, form, slot)

    def release(
        self,
        code: str,
        form: str,
        slot: str,
        now: datetime,
        actor: Actor = CLOCK,
        asked: ReleaseSlot | None = None,
    ) -> LiveRelease | TrainingRelease | None:
        """By what the election is; MarkChanged when that was altered."""
        election = self._opened(code)
        if isinstance(election, LiveElection):
            return self._live.release(election, form, slot, now, actor, asked)
        return self._training.release(election, form, slot, now, actor, asked)

    def held_last(self, code: str, form: str, slot: str) -> tuple[str, ...]:
        """Units that the clock held back when it last looked at the slot, by what the election is."""
        election = self._opened(code)
        if isinstance(election, LiveElection):
            return self._live.held_last(election, form, slot)
        return self._training.held_last(election, form, slot)

    def package(self, code: str, form: str, slot: str, number: int) -> Package:
        """The files of a release, by what the election is."""
        election = self._opened(code)
        if isinstance(election, LiveElection):
            return self._live.package(election, form, slot, number)
        return self._training.package(election, form, slot, number)

    def _opened(self, code: str) -> LiveElection | TrainingElection:
        try:
            return self._live.election(code)
        except TrainingRefused:
            return self._training.election(code)


if TYPE_CHECKING:
    # The type check itself: were either call to pass it, the ignore would be unused, which mypy reports as an error.
    def _refused_by_types(
        to_live: LivePublication,
        to_training: TrainingPublication,
        real: LiveElection,
        drill: TrainingElection,
    ) -> None:
        now = datetime.now()
        to_live.tick(drill, now)  # type: ignore[arg-type]
        to_live.release(drill, "", "", now)  # type: ignore[arg-type]
        to_training.tick(real, now)  # type: ignore[arg-type]
        to_training.release(real, "", "", now)  # type: ignore[arg-type]
        released: LiveRelease = TrainingRelease("", Release("", 1, 1, 0, 0, (), ()))  # type: ignore[assignment]
        del released
