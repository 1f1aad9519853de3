"""What every command on a return goes through: the office's place in the chain, one decision, one append, the first answer again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from reporting.application.authority import (
    Phase,
    authorise,
    require_office_of_chain,
)
from reporting.application.called_otherwise import require_called_so
from reporting.application.desk_commands import (
    OfReturn,
    Submit,
)
from reporting.application.elsewhere import DifferencesElsewhere
from reporting.application.entry import require_begun
from reporting.application.findings import (
    Findings,
)
from reporting.application.messages import message
from reporting.application.once import looks, once_seen
from reporting.application.opened import (
    OpenReturn,
    ReturnReader,
)
from reporting.application.reasons import told_apart
from reporting.application.registering import Registering
from reporting.application.service import Reporting
from reporting.application.submission import Submission
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import ReturnCase
from reporting.domain.events import Event
from reporting.domain.four_eyes import AloneWithOthersThere
from reporting.domain.place import Place
from reporting.domain.status import Status
from reporting.domain.units import Roster
from reporting.errors import (
    InvalidInput,
    NotAuthorised,
)
from reporting.ledger import Appended, Beforehand, Command, NewEvent, draft_stream


@dataclass(frozen=True, slots=True)
class Done:
    """`status` and `version` of the return after the command; `position` of its last event."""

    unit: str
    status: Status
    version: int
    position: int
    repeated: bool


class Acting:
    """Decides on what stands and appends; decides again when somebody wrote in between. `returns`: as they stand in the
    log; `findings`: what the rules say of them; `elsewhere`: what they say of a unit's other returns; `registering`: what
    figures leave in the register; `submission`: what a request would make of one."""

    def __init__(self, reporting: Reporting) -> None:
        self.reporting = reporting
        self.returns = ReturnReader(reporting)
        self.findings = Findings(reporting)
        self.elsewhere = DifferencesElsewhere(self.returns, self.findings)
        self.registering = Registering(self.findings, self.elsewhere)
        self.submission = Submission(self.returns, self.findings, self.registering)

    def act(
        self,
        request: OfReturn,
        actor: Actor,
        reason: str | None,
        decide: Callable[[OpenReturn], Sequence[Event]],
        *,
        also: Callable[[OpenReturn], list[NewEvent]] = lambda opened: [],
        body: bytes | None = None,
    ) -> Done:
        command = self.command(request, actor, reason, body)
        place = Place(request.election, request.form, request.slot, request.unit)

        def decided(seen: Beforehand) -> list[Command]:
            opened = self.returns.open_seen(place, seen)
            new = [
                NewEvent(opened.stream, opened.case.version + n, event)
                for n, event in enumerate(decide(opened), 1)
            ]
            whole = command.deciding([*new, *also(opened)], opened.stands)
            return told_apart(whole, request.reasons if isinstance(request, Submit) else ())

        ledger, append = self.reporting.ledger, self.reporting.append_together
        appended = once_seen(ledger, command, lambda: self.returns.look(command, place), decided, append)
        # As it stood with this command: what was answered the first time is answered again.
        opened = self.returns.open(*place, upto=appended.last_position)
        authorise("read_unreleased", actor, opened.defined.roster, request.unit, phase_of(opened))
        return Done(
            request.unit, opened.status, opened.case.version, appended.last_position, appended.repeated
        )

    def take_note(
        self, command_id: UUID, body: bytes, actor: Actor, channel: Channel, opened: OpenReturn, event: Event
    ) -> Appended:
        """Append at the end of a return's draft, whose order decides nothing; once for each id. First as the draft was opened: whether it has
        moved since, or the note stands there already, the append says."""
        ledger, command = self.reporting.ledger, Command(command_id, body, actor, channel, ())
        stream = draft_stream(*opened.place)
        first = Beforehand(None, {stream: opened.draft.version}, ())

        def look() -> Beforehand:
            return ledger.beforehand(command, (stream, stream))

        def decide(seen: Beforehand) -> Command:
            return command.deciding([NewEvent(stream, seen.versions[stream] + 1, event)])

        return once_seen(ledger, command, looks(look, first), decide, ledger.append)

    def command(
        self, request: OfReturn, actor: Actor, reason: str | None, body: bytes | None = None
    ) -> Command:
        submitted = request if isinstance(request, Submit) else None
        return Command(
            request.command_id,
            request.body() if body is None else body,
            actor,
            submitted.channel if submitted else Channel.API,
            (),
            reason=reason,
            on_behalf_of=submitted.on_behalf_of if submitted else None,
        )

    def require_called_so(self, opened: OpenReturn, cells: Iterable[str], *seen: int | None) -> None:
        """CalledOtherwise where one of these cells is called otherwise than at the earliest position at which the sender saw it."""
        held = opened.case.texts
        texts = {key: held.get(key, "") for key in cells}
        require_called_so(self.reporting.renamed, opened.shape, opened.place, texts, *seen)

    def require_begun(self, opened: OpenReturn) -> None:
        require_begun(opened.defined, *opened.place.page, self.reporting.clock())

    def level(self, operation: str, opened: OpenReturn, actor: Actor, level: str | None) -> tuple[str, str]:
        """The level of the chain the actor's office stands for: its own; of an office that reaches everywhere the one it
        names, else the top. NotAuthorised, InvalidInput."""
        own = actor.jurisdiction
        if own == "*" and level is None:
            return opened.chain[-1]
        for area_level, area in opened.chain:
            if area == own or (own == "*" and area_level == level):
                return area_level, area
        require_office_of_chain(operation, actor, opened.defined.roster, opened.place.unit)
        told = ", ".join(opened.levels)
        raise InvalidInput(
            field="level",
            found=level,
            expected=message("level_that_looks_at_unit", told=told),
        )


def require_company(
    reporting: Reporting, actor: Actor, refusal: type[AloneWithOthersThere] = AloneWithOthersThere
) -> None:
    """AloneWithOthersThere (or a `refusal` that says it in other words) unless nobody else is registered for the actor's
    office today."""
    if reporting.directory().others(actor, reporting.clock()):
        raise refusal(person=actor.person, office=actor.office)


def require_no_chain(reporting: Reporting, case: ReturnCase, actor: Actor) -> None:
    """AloneWithOthersThere for one more override of the only person who ever looked at the return, where the office has
    somebody else."""
    if case.overridden and case.hands() == {actor.person}:
        require_company(reporting, actor)


def out_of_reach(operation: str, actor: Actor, roster: Roster, unit: str) -> NotAuthorised | None:
    """Why the office may not do this for a return of the unit that is not certified; None: it may."""
    try:
        authorise(operation, actor, roster, unit)
    except NotAuthorised as refused:
        return refused
    return None


def phase_of(opened: OpenReturn) -> Phase:
    return "certified" if opened.case.certified else "open"
