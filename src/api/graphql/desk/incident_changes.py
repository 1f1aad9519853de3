"""Telling, correcting, reviewing and releasing an incident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk.answers import FourEyes, run
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused, Refusal, VersionConflict
from api.graphql.types import described
from reporting.application import incident_commands as commands
from reporting.application.incidents import IncidentDone as DoneRecord
from reporting.application.incidents import Incidents


@strawberry.type(description="Done, durably. Ask with minPosition = position to read your own write.")
class IncidentDone:
    number: int = described("number of the case in its unit")
    position: int = described("ledger position of this command's event")
    repeated: bool = described("whether this command had been recorded before")


@strawberry.type(description="The case is not in a state for this.")
class IncidentNotNow(Refusal):
    state: str = described("recorded, in_review, sent_back, reviewed or released")


IncidentOutcome = Annotated[
    IncidentDone | IncidentNotNow | FourEyes | VersionConflict | AnyCommandRefused,
    strawberry.union("IncidentOutcome", description="Done, or refused for a named reason."),
]
Seen = "`seen` of the case as the sender saw it"


@strawberry.input(description="What a case has to do with a return of its unit.")
class IncidentLinkInput:
    form: str = described("form code")
    slot: str = described("slot code")
    cells: list[str] = strawberry.field(default_factory=list, description="contest|item|breakdown|choice")
    discrepancy: str | None = strawberry.field(
        default=None, description="key of a difference declared in that return"
    )


@strawberry.input(description="What a case is, in codes (`incidentCodes`) and numbers. No persons here.")
class IncidentFactsInput:
    kind: str = described("kind of case")
    phase: str = described("when in the election")
    site: str = described("kind of place")
    validity: str = described("what became of the votes")
    place: str | None = strawberry.field(
        default=None, description="number of the polling place; needed where the site is one"
    )
    contests: list[str] = strawberry.field(
        default_factory=list, description="contests concerned; empty: all of the unit"
    )
    ballots: str = strawberry.field(
        default="!not_reported",
        description="ballots touched: a number, !none where there is none, !not_reported while nobody knows",
    )
    links: list[IncidentLinkInput] = strawberry.field(
        default_factory=list, description="returns of the unit that it concerns"
    )


@strawberry.input(description="A case that happened in a unit.")
class RecordIncidentInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    unit: str = described("code of the reporting unit")
    facts: IncidentFactsInput = described("what it is")
    account: str = described("what happened")
    measure: str = strawberry.field(default="", description="what was done at once")
    prevention: str = strawberry.field(
        default="", description="what is done so that it does not happen again"
    )
    personal: list[str] = strawberry.field(
        default_factory=list,
        description="words of these texts by which a person could be known: no public extract holds them",
    )


@strawberry.input(description="A case told anew, whole; what was told stays in the log.")
class CorrectIncidentInput(RecordIncidentInput):
    number: int = strawberry.field(default=0, description="number of the case in the unit")
    seen: int = strawberry.field(default=0, description=Seen)
    reason_class: str = strawberry.field(default="", description="stable code of why it is corrected")
    reason: str = strawberry.field(default="", description="the same in words")
    withdrawn: bool = strawberry.field(default=False, description="it turned out to be no case")


@strawberry.input(description="One level's word on a case.")
class ReviewIncidentInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    unit: str = described("code of the reporting unit")
    number: int = described("number of the case in the unit")
    seen: int = described(Seen)
    accepted: bool = described("false: it is sent back, with a reason")
    level: str | None = strawberry.field(
        default=None, description="level, of an office that reaches everywhere; null: whose turn it is"
    )
    reason_class: str | None = strawberry.field(
        default=None, description="stable code of why it is sent back"
    )
    reason: str | None = strawberry.field(default=None, description="the same in words")


@strawberry.input(description="A reviewed case that becomes public, without persons.")
class ReleaseIncidentInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    unit: str = described("code of the reporting unit")
    number: int = described("number of the case in the unit")
    seen: int = described(Seen)


def _told(do: Callable[[], DoneRecord]) -> IncidentDone | IncidentNotNow:
    try:
        done = do()
    except commands.IncidentNotNow as error:
        refused: IncidentNotNow = IncidentNotNow.of(error, state=str(error.facts["state"]))
        return refused
    return IncidentDone(number=done.number, position=done.position, repeated=done.repeated)


@strawberry.type(description="Changes of the register of incidents.")
class IncidentMutations:
    @change("tell an incident in the running of an election in a unit; no figure of a return moves")
    def record_incident(
        self, info: Info, input: Annotated[RecordIncidentInput, strawberry.argument(description="the case")]
    ) -> IncidentOutcome:
        return run(
            info, commands.RecordIncident, input,
            lambda desk, request, actor: _told(lambda: Incidents(desk.reporting).record(request, actor)),
        )  # fmt: skip

    @change("tell a case anew, whole and with a reason; every level reviews it again")
    def correct_incident(
        self, info: Info, input: Annotated[CorrectIncidentInput, strawberry.argument(description="the case")]
    ) -> IncidentOutcome:
        return run(
            info, commands.CorrectIncident, input,
            lambda desk, request, actor: _told(lambda: Incidents(desk.reporting).correct(request, actor)),
        )  # fmt: skip

    @change("accept a case for one's level, or send it back; nobody reviews what they told themselves")
    def review_incident(
        self, info: Info, input: Annotated[ReviewIncidentInput, strawberry.argument(description="the word")]
    ) -> IncidentOutcome:
        return run(
            info, commands.ReviewIncident, input,
            lambda desk, request, actor: _told(lambda: Incidents(desk.reporting).review(request, actor)),
        )  # fmt: skip

    @change("make a case public that every level has accepted, without persons")
    def release_incident(
        self,
        info: Info,
        input: Annotated[ReleaseIncidentInput, strawberry.argument(description="which case")],
    ) -> IncidentOutcome:
        return run(
            info, commands.ReleaseIncident, input,
            lambda desk, request, actor: _told(lambda: Incidents(desk.reporting).release(request, actor)),
        )  # fmt: skip
