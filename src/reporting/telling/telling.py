"""Lay out what there is to tell, send it, and write into the log that somebody was told: once, whatever dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event

import structlog

from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.delivery_events import DeliveryMade
from reporting.ledger import Command, NewEvent
from reporting.ledger.registry import canonical
from reporting.ledger.streams import delivery_stream, return_stream
from reporting.telling.addresses import Address, Addresses, still_there
from reporting.telling.letter import NotDelivered, Sender
from reporting.telling.outbox import Claimed, NoticeRow, Outbox
from reporting.telling.rules import Rules

log = structlog.get_logger(__name__)
TELLER = Actor("reporting tell", "reporting tell", Role.SYSTEM, "*")
BATCH, AT_ONCE = 64, 8
"""Deliveries claimed together, and calls at the same time: a batch takes BATCH / AT_ONCE calls' longest time, below the lease."""


@dataclass(slots=True)
class _Batch:
    """What came of deliveries that were claimed together; several threads add to it. `made`: the log says so, and the outbox is to;
    `failed`: why, and when; `away`: filled as soon as nobody is reached on the channel: the rest waits untried. `silent`: hosts that
    have not answered in this round, its earlier batches included: what else is for them would take as long."""

    silent: dict[str, NotDelivered]
    made: list[Claimed] = field(default_factory=list)
    failed: list[tuple[Claimed, NotDelivered, datetime]] = field(default_factory=list)
    away: list[NotDelivered] = field(default_factory=list)


class Teller:
    """`senders`: by channel. `link`: base address of the console."""

    def __init__(
        self,
        service: Reporting,
        outbox: Outbox,
        addresses: Addresses,
        rules: Rules,
        senders: Mapping[str, Sender],
        link: str = "",
    ) -> None:
        self._service, self._outbox, self._addresses = service, outbox, addresses
        self._rules, self._senders, self._link = rules, senders, link
        self._over = Event()

    def lay_out(self) -> int:
        """Every notice that waits becomes deliveries; how many notices."""
        number = 0
        while notices := self._outbox.to_lay_out():
            directory = self._service.directory()
            held: dict[str, list[Address]] = {}
            for address in still_there(self._addresses.of(), directory, self._service.clock()):
                held.setdefault(address.office, []).append(address)
            for notice in notices:
                defined = self._service.catalog.election(notice.election)
                offices = self._rules.told(notice.kind, notice.unit, directory, defined.roster)
                urgent = self._rules.kinds[notice.kind].urgent and not defined.definition.is_test
                self._outbox.lay_out(
                    notice,
                    [
                        told
                        for office in offices
                        for told in self._of_office(notice, held.get(office, []), urgent)
                    ],
                )
            number += len(notices)
        return number

    def send(self) -> int:
        """What is due now on every channel, each by itself: one that is slow or dead holds up no other. How many were told."""
        with ThreadPoolExecutor(max(1, len(self._senders))) as channels:
            try:
                return sum(channels.map(self._send_all, self._senders))
            except KeyboardInterrupt:
                self._over.set()
                raise

    @contextmanager
    def sending(self) -> Iterator[Callable[[], int]]:
        """Sends beside the block, which lays out and reminds however long somebody takes to answer. Each call begins a round on every
        channel that has none and says how many were told by those that have ended. At the block's end calls under way are waited
        for, and what else was claimed is somebody else's at once."""
        with ThreadPoolExecutor(max(1, len(self._senders))) as channels:
            rounds: dict[str, Future[int]] = {}

            def told() -> int:
                ended = [channel for channel, each in rounds.items() if each.done()]
                number = sum(rounds.pop(channel).result() for channel in ended)
                for channel in self._senders.keys() - rounds.keys():
                    rounds[channel] = channels.submit(self._send_all, channel)
                return number

            try:
                yield told
            finally:
                self._over.set()

    def next_due(self) -> datetime | None:
        return self._outbox.next_due()

    def _of_office(
        self, notice: NoticeRow, addresses: list[Address], urgent: bool
    ) -> list[tuple[Address, datetime | None]]:
        """Whom of an office, and when: the first persons now, those after them when it is their turn, nobody in quiet hours unless it is
        urgent: what is practised never is."""
        rule, now = self._rules.kinds[notice.kind], self._service.clock()
        called = [
            address
            for address in addresses
            if address.channel != "telephone" and address.since < notice.position
        ]
        when: list[tuple[Address, datetime | None]] = []
        for turn, rank in enumerate(sorted({address.rank for address in called})):
            for address in (each for each in called if each.rank == rank):
                at: datetime | None = now
                if turn and rule.escalate_minutes is None:
                    at = None
                elif turn and rule.escalate_minutes is not None:
                    at = now + turn * timedelta(minutes=rule.escalate_minutes)
                when.append((address, at if at is None or urgent else address.after_quiet(at)))
        return when

    def _send_all(self, channel: str) -> int:
        told, silent = 0, dict[str, NotDelivered]()
        while not self._over.is_set() and (
            claimed := self._outbox.claim(channel, self._service.clock(), BATCH, self._link)
        ):
            batch = _Batch(silent)
            try:
                with ThreadPoolExecutor(AT_ONCE) as calls:
                    told += sum(calls.map(lambda each: self._tell(channel, each, batch), claimed))  # noqa: B023
            finally:
                self._note(batch)
            if batch.away:
                break
        return told

    def _note(self, batch: _Batch) -> None:
        """Once for all of a batch. Who dies before it has their deliveries looked for in the log when the lease is over. Those that
        were made come first: where somebody of an office was told, a colleague who was not reached calls nobody else."""
        if batch.made:
            self._outbox.made(batch.made)
        for claimed, why, at in batch.failed:
            self._outbox.failed(claimed, why, at)

    def _tell(self, channel: str, claimed: Claimed, batch: _Batch) -> bool:
        """Whether somebody was told."""
        if self._over.is_set():
            self._outbox.untried(claimed, self._service.clock())
            return False
        is_test = self._service.catalog.election(claimed.letter.election).definition.is_test
        letter, now = replace(claimed.letter, is_test=is_test), self._service.clock()
        if claimed.attempts > 1 and self._is_recorded(claimed):
            batch.made.append(claimed)  # it was sent and recorded, and whoever did so died before noting it
            return False
        if claimed.rank and claimed.attempts == 1 and self._has_moved(claimed):
            self._outbox.unneeded(claimed)
            return False
        if batch.away:
            self._outbox.give_back(claimed, batch.away[0], now)
            return False
        if (unanswered := batch.silent.get(letter.host)) is not None:
            batch.failed.append((claimed, unanswered, now))
            return False
        try:
            self._senders[channel](letter)
        except NotDelivered as why:
            if why.silent:
                batch.silent[letter.host] = why
            log.warning(
                "not_delivered",
                delivery=str(letter.delivery_id),
                channel=channel,
                why=why.facts["detail"],
                said=why.facts["said"],
            )
            if why.all_of_channel:
                batch.away.append(why)
                self._outbox.give_back(claimed, why, now)
            else:
                batch.failed.append((claimed, why, now))
            return False
        self._record(channel, claimed)
        batch.made.append(claimed)
        return True

    def _record(self, channel: str, claimed: Claimed) -> None:
        """The command's id and its stream follow from event and recipient: said twice, it stands once."""
        letter = claimed.letter
        event = DeliveryMade(
            told_of=letter.position, kind=letter.kind, office=letter.office, recipient=str(claimed.address_id),
            channel=channel,
        )  # fmt: skip
        body = canonical({"kind": "RecordDelivery", **event.model_dump(mode="json")})
        new = NewEvent(delivery_stream(letter.delivery_id), 1, event)
        self._service.appender.append(Command(letter.delivery_id, body, TELLER, Channel.API, (new,)))

    def _is_recorded(self, claimed: Claimed) -> bool:
        return self._service.ledger.stream_version(delivery_stream(claimed.letter.delivery_id)) > 0

    def _has_moved(self, claimed: Claimed) -> bool:
        """Whether anything has happened with the return since, wherever its election is now: then the next person need not be told."""
        letter, ledger = claimed.letter, self._service.ledger
        if not letter.unit:
            return False
        stream = return_stream(letter.election, letter.form, letter.slot, letter.unit)
        return self._service.version_of(letter.election, stream) > ledger.version_at(stream, letter.position)
