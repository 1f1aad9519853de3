"""What is kept and what may go: due elections, legal holds, and disposals that two people decide. Erasing itself is the database
owner's (`reporting.transparency.erasure`); this appends what it is decided on, and the certificate of what was done."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from uuid import UUID

from reporting.application.authority import authorise
from reporting.application.commands import require_words
from reporting.application.kept_documents import KeptDocuments, MeantDocuments, by_election, holding_of, means
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.documents import Documents
from reporting.domain.actor import Actor, Channel
from reporting.domain.disposal import Disposal, Holding, require_over
from reporting.domain.events import ElectionDefined, Event
from reporting.domain.retention import KeptUntil, schedule
from reporting.domain.retention_events import (
    DisposalCertified,
    DisposalConfirmed,
    DisposalProposed,
    Ground,
    HeldKind,
    HoldLifted,
    HoldOpened,
)
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Command, NewEvent
from reporting.ledger.records import DeedFacts, Disposable
from reporting.ledger.registry import canonical
from reporting.ledger.streams import election_stream, retention_stream

JAPAN = timezone(timedelta(hours=9))


@dataclass(frozen=True, slots=True)
class Due:
    """An election's names and documents: how long they are kept, by which row, and what stands against their disposal. `commands`:
    how many still have words; `documents`: how many are not disposed of, and what holds these."""

    election: str
    kept: KeptUntil
    over: bool
    holds: tuple[str, ...]
    commands: int
    documents: int
    document_holds: tuple[str, ...]


class Retention:
    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def holding(self) -> Holding:
        """Every hold that is open and every disposal, as of now."""
        return holding_of(self._reporting.ledger)

    def holds(self, actor: Actor) -> list[tuple[HoldOpened, DeedFacts]]:
        """Every hold that is open, in the order of the log, with who opened it, when and why."""
        authorise("manage_retention", actor)
        opened = {
            deed.recorded.event.hold: (deed.recorded.event, deed.facts)
            for deed in self._reporting.ledger.deeds([retention_stream()], ["HoldOpened"])
            if isinstance(deed.recorded.event, HoldOpened)
        }
        return [opened[name] for name in self.holding().holds]

    def due(self, actor: Actor, every: bool = False) -> list[Due]:
        """Elections whose period is over and that still have names or documents, the oldest first; `every`: the others, too."""
        authorise("manage_retention", actor)
        holding, listed = self.holding(), list[Due]()
        asked = {
            election: kept
            for election in self._reporting.catalog.codes()
            if self._today() > (kept := self._kept(election)).until or every
        }
        if not asked:
            return []
        words = self._reporting.ledger.words_left()
        documents = by_election(KeptDocuments.of(self._reporting.ledger, holding))
        for election, kept in asked.items():
            count, attached = words.get(election, 0), documents.get(election, 0)
            if every or count or attached:
                over = self._today() > kept.until
                holds = (tuple(holding.over(record, [election])) for record in ("names", "documents"))
                listed.append(Due(election, kept, over, next(holds), count, attached, next(holds)))
        return sorted(listed, key=lambda row: (row.kept.until, row.election))

    def hold(
        self, command_id: UUID, election: str | None, record: HeldKind | None, reason: str, actor: Actor
    ) -> str:
        """Its name. UnknownReference for an election that is not there; InvalidInput without a reason."""
        self._with_reason(reason, actor)
        if election is not None:
            self._kept(election)
        opened = HoldOpened(hold=f"h-{secrets.token_hex(4)}", election=election, record=record)
        body = {"kind": "OpenHold", "reason": reason, "election": election, "record": record}
        self._append(command_id, body, reason, actor, lambda holding: opened)
        return next(
            deed.recorded.event.hold
            for deed in self._reporting.ledger.deeds([retention_stream()], ["HoldOpened"])
            if deed.recorded.command_id == command_id and isinstance(deed.recorded.event, HoldOpened)
        )

    def lift(self, command_id: UUID, hold: str, reason: str, actor: Actor) -> int:
        """Ledger position. UnknownReference for a hold that is not open."""
        self._with_reason(reason, actor)

        def decide(holding: Holding) -> Event:
            if hold not in holding.holds:
                raise _unknown("hold", hold, holding.holds)
            return HoldLifted(hold=hold)

        return self._append(
            command_id, {"kind": "LiftHold", "reason": reason, "hold": hold}, reason, actor, decide
        )

    def propose_due(self, command_id: UUID, election: str | None, reason: str, actor: Actor) -> Disposal:
        """Of an election whose period is over, or (None) of what stands under no election and is old enough. KeptStill; UnderHold;
        InvalidInput where no words are left."""
        self._with_reason(reason, actor)
        kept = schedule().of_no_election(self._today()) if election is None else self._kept(election)
        # Of no election the database takes only commands that are old enough by themselves: the youngest was kept until yesterday.
        until = self._today() - timedelta(days=1) if election is None else kept.until
        law, meant = kept.period.source.ja, self._reporting.ledger.disposable(None, (), election)
        require_over("period_over", until, law, self._today())
        if not meant.commands:
            raise InvalidInput.at("election", election or "-", message("words_to_dispose_of"))
        return self._propose(command_id, "period_over", election, law, until, meant, reason, actor)

    def propose_person(
        self,
        command_id: UUID,
        person: str | None,
        commands: Sequence[UUID],
        ground: Ground,
        reason: str,
        actor: Actor,
    ) -> Disposal:
        """Of one person, and of commands named besides: only as a person asked or a court ordered. The name goes into nothing
        that is kept. `reason`: the number of the decision."""
        self._with_reason(reason, actor)
        if ground == "period_over" or not (person or commands):
            raise InvalidInput.at("ground", ground, message("a_request_or_an_order"))
        law = message.table("ground")[ground].ja
        meant = self._reporting.ledger.disposable(person, commands, None)
        return self._propose(command_id, ground, None, law, None, meant, reason, actor)

    def confirm(
        self,
        command_id: UUID,
        disposal: str,
        actor: Actor,
        person: str | None = None,
        commands: Sequence[UUID] = (),
    ) -> Disposal:
        """The other person's half, for the very commands or documents that the first one meant. DisposedAlone; KeptStill; UnderHold;
        UnknownReference for one that is not proposed or is done."""
        authorise("manage_retention", actor)

        def decide(holding: Holding) -> Event:
            waiting = holding.disposals.get(disposal)
            if waiting is None or waiting.confirmed_at is not None:
                open_ones = [name for name, row in holding.disposals.items() if row.confirmed_at is None]
                raise _unknown("disposal", disposal, open_ones)
            digest, elections = self._meant(holding, waiting, person, commands)
            if digest != waiting.proposal.digest:
                raise InvalidInput.at("disposal", disposal, message("the_same_commands"))
            holding.require_confirmable(waiting, actor.person, self._today(), elections)
            return DisposalConfirmed(disposal=disposal)

        self._append(command_id, {"kind": "ConfirmDisposal", "disposal": disposal}, None, actor, decide)
        return self.holding().disposals[disposal]

    def _meant(
        self, holding: Holding, waiting: Disposal, person: str | None, commands: Sequence[UUID]
    ) -> tuple[str, Collection[str]]:
        """Digest of what a proposal means today, and whose elections that is."""
        proposal = waiting.proposal
        if proposal.record == "documents":
            assert proposal.election is not None
            meant = KeptDocuments.of(self._reporting.ledger, holding).meant(proposal.election, waiting)
            return meant.digest, [proposal.election]
        words = self._reporting.ledger.disposable(person, commands, proposal.election)
        return words.digest, words.elections

    def propose_documents(
        self, command_id: UUID, election: str | None, reason: str, actor: Actor
    ) -> Disposal:
        """Of all documents attached in an election whose period is over. KeptStill; UnderHold; UnknownReference; InvalidInput
        where none is left, or no election is named: every document is of one."""
        self._with_reason(reason, actor)
        if election is None:
            raise InvalidInput.at("election", "-", message("documents_to_dispose_of"))
        kept = self._kept(election)
        require_over("period_over", kept.until, kept.period.source.ja, self._today())
        meant = KeptDocuments.of(self._reporting.ledger).meant(election)
        if not meant.documents:
            raise InvalidInput.at("election", election, message("documents_to_dispose_of"))
        proposed = DisposalProposed(
            disposal=f"d-{secrets.token_hex(4)}", record="documents", ground="period_over", election=election,
            law=kept.period.source.ja, kept_until=kept.until, commands=0, digest=meant.digest, documents=len(meant.documents),
        )  # fmt: skip
        return self._proposed(command_id, proposed, [election], reason, actor)

    def document_of(self, disposal: Disposal) -> str | None:
        """The one document that a disposal before its period means; None of every other disposal."""
        told = disposal.proposal
        if told.record != "documents" or told.ground == "period_over":
            return None
        attached = KeptDocuments.of(self._reporting.ledger).attachments
        return next((row.document for row in attached if means(disposal, row)), None)

    def propose_document(
        self, command_id: UUID, election: str | None, document: str, ground: Ground, reason: str, actor: Actor
    ) -> Disposal:
        """Of one document (SHA-256) wherever it is attached in an election, before the period is over: only as a person asked or a
        court ordered. UnderHold (a court's order passes it); UnknownReference for one that is not attached there, or is disposed of.
        The event tells it by its digest alone, as it tells all of an election. `reason`: the number of the decision."""
        self._with_reason(reason, actor)
        if election is None:
            raise InvalidInput.at("election", "-", message("documents_to_dispose_of"))
        if ground == "period_over":
            raise InvalidInput.at("ground", ground, message("a_request_or_an_order"))
        self._kept(election)
        attached = KeptDocuments.of(self._reporting.ledger).meant(election).documents
        if document not in attached:
            raise _unknown("document", document[:64], attached)
        proposed = DisposalProposed(
            disposal=f"d-{secrets.token_hex(4)}", record="documents", ground=ground, election=election,
            law=message.table("ground")[ground].ja, kept_until=None, commands=0, digest=MeantDocuments((document,)).digest, documents=1,
        )  # fmt: skip
        return self._proposed(command_id, proposed, [election], reason, actor)

    def dispose_documents(
        self, command_id: UUID, disposal: str, actor: Actor, store: Documents
    ) -> DisposalCertified:
        """Take from the folder what two people decided on, and certify it. KeptStill and UnderHold by what stands today, whatever
        it was when they decided; UnknownReference for what is no disposal of documents that two people decided. A second call takes
        away what a restore has brought back, and gives the first certificate."""
        authorise("manage_retention", actor)
        holding = self.holding()
        kept = KeptDocuments.of(self._reporting.ledger, holding)
        done = holding.disposals.get(disposal)
        if done is None or done.proposal.record != "documents" or done.confirmed_at is None:
            raise _unknown("disposal", disposal, kept.decided())
        told = done.proposal
        assert told.election is not None
        meant = kept.meant(told.election, done)
        store.put_back(meant.documents)  # of somebody who began it and died
        self._require_disposable(told, holding)
        going = meant.documents_but(kept.needed())
        store.set_aside(going)
        try:  # what was held or attached anew until now was so before anything was gone
            now = self.holding()
            self._require_disposable(told, now)
            gone = meant.documents_but(KeptDocuments.of(self._reporting.ledger, now).needed())
        except BaseException:
            store.put_back(going)
            raise
        store.put_back(document for document in going if document not in gone)
        store.remove_aside(gone)
        if done.certificate is not None:
            return done.certificate
        certificate = DisposalCertified(
            disposal=disposal, record=told.record, ground=told.ground, election=told.election, law=told.law, commands=0,
            files=len(gone), addresses=0, digest=told.digest, proposed=done.proposed_at, confirmed=done.confirmed_at,
            documents=len(meant.documents),
        )  # fmt: skip
        self._certify(command_id, certificate, actor)
        return certificate

    def _require_disposable(self, told: DisposalProposed, holding: Holding) -> None:
        """KeptStill, UnderHold."""
        assert told.election is not None
        require_over(told.ground, self._kept(told.election).until, told.law, self._today())
        holding.require_free(told.ground, "documents", [told.election])

    def certify(self, command_id: UUID, disposal: str, actor: Actor) -> DisposalCertified:
        """What the database erased for it, as an event. UnknownReference before anything was erased; the first one again after."""
        authorise("manage_retention", actor)
        holding, erased = self.holding(), self._reporting.ledger.erased_for(disposal)
        done = holding.disposals.get(disposal)
        if done is None or done.confirmed_at is None or erased is None:
            raise _unknown("disposal", disposal, holding.disposals)
        if done.certificate is not None:
            return done.certificate
        told = done.proposal
        certificate = DisposalCertified(
            disposal=disposal, record=told.record, ground=told.ground, election=told.election, law=told.law,
            commands=erased[0], files=erased[1], addresses=erased[2], digest=told.digest, proposed=done.proposed_at, confirmed=done.confirmed_at,
        )  # fmt: skip
        self._certify(command_id, certificate, actor)
        return certificate

    def _certify(self, command_id: UUID, certificate: DisposalCertified, actor: Actor) -> None:
        """UnknownReference where somebody has certified it meanwhile: there is one certificate."""
        name = certificate.disposal

        def decide(holding: Holding) -> Event:
            if holding.disposals[name].certificate is not None:
                raise _unknown("disposal", name, ())
            return certificate

        self._append(command_id, {"kind": "CertifyDisposal", "disposal": name}, None, actor, decide)

    def _propose(
        self, command_id: UUID, ground: Ground, election: str | None, law: str, until: date | None, meant: Disposable,
        reason: str, actor: Actor,
    ) -> Disposal:  # fmt: skip
        proposed = DisposalProposed(
            disposal=f"d-{secrets.token_hex(4)}", record="access" if ground == "period_over" and election is None else "names",
            ground=ground, election=election, law=law, kept_until=until, commands=meant.commands, digest=meant.digest,
        )  # fmt: skip

        return self._proposed(command_id, proposed, meant.elections, reason, actor)

    def _proposed(
        self, command_id: UUID, proposed: DisposalProposed, elections: Collection[str], reason: str, actor: Actor
    ) -> Disposal:  # fmt: skip
        def decide(holding: Holding) -> Event:
            holding.require_free(proposed.ground, proposed.record, elections)
            return proposed

        body = {
            "kind": "ProposeDisposal",
            "reason": reason,
            "ground": proposed.ground,
            "election": proposed.election,
            "digest": proposed.digest,
        }
        position = self._append(command_id, body, reason, actor, decide)
        return next(row for row in self.holding().disposals.values() if row.proposed_at == position)

    def _kept(self, election: str) -> KeptUntil:
        history = self._reporting.ledger.stream(election_stream(election))
        definitions = [row.event.definition for row in history if isinstance(row.event, ElectionDefined)]
        if not definitions:
            raise _unknown("election", election, self._reporting.catalog.codes())
        return schedule().kept(definitions)

    def _today(self) -> date:
        return self._reporting.clock().astimezone(JAPAN).date()

    def _with_reason(self, reason: str, actor: Actor) -> None:
        authorise("manage_retention", actor)
        require_words("reason", reason, message("why_it_is_held_or_goes"))

    def _append(
        self, command_id: UUID, body: object, reason: str | None, actor: Actor, decide: Callable[[Holding], Event]
    ) -> int:  # fmt: skip
        ledger, stream = self._reporting.ledger, retention_stream()
        command = Command(command_id, canonical(body), actor, Channel.API, (), reason=reason)

        def decided() -> Command:
            version = ledger.stream_version(stream)
            return command.deciding([NewEvent(stream, version + 1, decide(self.holding()))])

        return once(ledger, command, decided, ledger.append).last_position


def _unknown(kind: str, name: str, among: Iterable[str]) -> UnknownReference:
    return UnknownReference(kind=kind, found=name, among=among)
