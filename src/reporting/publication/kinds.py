"""Live and training elections as two types: what releases the one cannot be given the other.

An election is what its first definition made it. One whose test mark was changed afterwards is neither, so that no
later definition can carry figures of a drill over to the live side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from reporting.application.defining import MarkChanged
from reporting.application.service import Reporting
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.errors import ReportingError, UnknownReference
from reporting.ledger import election_stream


class TrainingRefused(ReportingError):
    """facts: `election`. Test data asked for on the live side."""

    code = "training_refused"
    template_ja = "{election} は訓練用の選挙です。本番の公表・集計には使えません。訓練として開いてください。"
    template_en = "{election} is a training election: nothing of it is published or counted in live results. Open it as training."


class NotTraining(ReportingError):
    """facts: `election`. A live election asked for in a drill."""

    code = "not_training"
    template_ja = "{election} は本番の選挙です。訓練の操作はできません。訓練用の写しを作ってください。"
    template_en = "{election} is a live election: a drill may not touch it. Make a training copy."


@dataclass(frozen=True, slots=True)
class LiveElection:
    """An election whose figures are real. TrainingRefused when the definition is marked as a test."""

    definition: ElectionDefinition
    is_test: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.definition.is_test:
            raise TrainingRefused(election=self.code)

    @property
    def code(self) -> str:
        return self.definition.code


@dataclass(frozen=True, slots=True)
class TrainingElection:
    """An election whose figures are invented or replayed. NotTraining when it is not marked as a test."""

    definition: ElectionDefinition
    is_test: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.definition.is_test:
            raise NotTraining(election=self.code)

    @property
    def code(self) -> str:
        return self.definition.code


def live(reporting: Reporting, code: str) -> LiveElection:
    """UnknownReference, TrainingRefused, MarkChanged."""
    definition = _unchanged(reporting, code)
    return LiveElection(definition)


def training(reporting: Reporting, code: str) -> TrainingElection:
    """UnknownReference, NotTraining, MarkChanged."""
    definition = _unchanged(reporting, code)
    return TrainingElection(definition)


def must_be_live(election: Any) -> None:
    """What types say, once more at run time: TrainingRefused for anything but a LiveElection."""
    if not isinstance(election, LiveElection):
        raise TrainingRefused(election=getattr(election, "code", str(election)))


def must_be_training(election: Any) -> None:
    """NotTraining for anything but a TrainingElection."""
    if not isinstance(election, TrainingElection):
        raise NotTraining(election=getattr(election, "code", str(election)))


def _unchanged(reporting: Reporting, code: str) -> ElectionDefinition:
    history = [
        recorded.event.definition
        for recorded in reporting.ledger.stream(election_stream(code))
        if isinstance(recorded.event, ElectionDefined)
    ]
    if not history:
        raise UnknownReference(kind="election", found=code, among=reporting.catalog.codes())
    if len({definition.is_test for definition in history}) > 1:
        raise MarkChanged(election=code)
    return history[-1]
