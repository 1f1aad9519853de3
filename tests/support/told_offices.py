"""A night's offices with addresses, and a teller whose clock the test moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import night
import tiny

from projections.followers import wait_for
from projections.followers.notices import following
from reporting.application.desk import Desk
from reporting.application.offices import Offices
from reporting.application.service import Placements, Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Role
from reporting.domain.delivery_events import DeliveryMade
from reporting.ledger import Ledger
from reporting.telling import Address, Addresses, Outbox, Rules, Teller, read_rules
from reporting.telling.addresses import Channel
from reporting.telling.letter import Sender
from reporting.telling.webhook import new_secret

OFFICES = (
    ("ward", "中央区選管", Role.WARD, "11"),
    ("north", "北区選管", Role.WARD, "12"),
    ("city", "市選管", Role.MUNICIPALITY, "10"),
    ("town", "町選管", Role.MUNICIPALITY, "20"),
    ("pref", "県選管", Role.PREFECTURE, "P1"),
    ("pref2", "第二県選管", Role.PREFECTURE, "P2"),
    ("mic", "総務省", Role.MINISTRY, "*"),
)


@dataclass
class Told:
    """`now`: what the teller's clock says."""

    database: Database
    service: Reporting
    desk: Desk
    addresses: Addresses
    outbox: Outbox
    now: datetime
    placements: Placements | None = None

    def address(
        self, office: str, where: str, channel: Channel = "webhook", rank: int = 0, quiet: tuple[int, int] | None = None,
        person: str = "係",
    ) -> Address:  # fmt: skip
        secret = new_secret() if channel == "webhook" else None
        start, end = (time(quiet[0]), time(quiet[1])) if quiet else (None, None)
        since = self.service.ledger.position()
        return self.addresses.add(
            Address(uuid4(), office, person, channel, where, secret, rank, start, end, since)
        )

    def follow(self) -> None:
        """Bring the notices up to the log's end."""
        with following(self.database.url) as runner:
            wait_for(runner, runner.app.recorder.max_notification_id())

    def teller(self, senders: Mapping[str, Sender], rules: Rules | None = None) -> Teller:
        reporting = Reporting(self.service.ledger, clock=lambda: self.now, placements=self.placements)
        return Teller(
            reporting,
            self.outbox,
            self.addresses,
            rules or read_rules(),
            senders,
            "https://console.example.jp",
        )

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def made(self) -> list[DeliveryMade]:
        log: Ledger = self.service.ledger
        return [row.event for row in log.read(0, 10_000) if isinstance(row.event, DeliveryMade)]

    def send_back(self, unit: str = "11") -> None:
        """A return comes and the city sends it back: the ward is to be told."""
        night.submit(self.desk, unit)
        night.send_back(self.desk, night.CITY, unit, "pr|voters||")


@contextmanager
def told_offices(service: Reporting, database: Database, is_test: bool = False) -> Iterator[Told]:
    desk = night.define(service, is_test=is_test)
    for office, label, role, area in OFFICES:
        Offices(service).register(uuid4(), office, label, role, area, tiny.SYSTEM)
    addresses, outbox = Addresses(database), Outbox(database)
    try:
        yield Told(database, service, desk, addresses, outbox, datetime(2026, 7, 1, 3, tzinfo=UTC))
    finally:
        addresses.close()
        outbox.close()
