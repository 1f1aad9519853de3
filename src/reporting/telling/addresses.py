"""Where people of an office are told: beside the log, by its operator, gone when the person is erased."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID

from reporting.database.connect import WRITER, Database
from reporting.database.sql import load
from reporting.domain.directory import JAPAN, Directory
from reporting.errors import InvalidInput
from reporting.telling.messages import message

SQL = load(__package__)
Channel = Literal["webhook", "mail", "telephone"]


@dataclass(frozen=True, slots=True)
class Address:
    """`rank`: 0 is told first. Between `quiet_from` and `quiet_to`, by the clock in Japan, only what is urgent is told. `since`: of
    nothing before this ledger position. `secret`: of a webhook."""

    address_id: UUID
    office: str
    person: str
    channel: Channel
    address: str
    secret: str | None
    rank: int
    quiet_from: time | None
    quiet_to: time | None
    since: int

    def after_quiet(self, at: datetime) -> datetime:
        """The instant itself, or the end of the quiet hours it lies in."""
        if self.quiet_from is None or self.quiet_to is None:
            return at
        local = at.astimezone(JAPAN)
        now, start, end = local.time(), self.quiet_from, self.quiet_to
        over_midnight = start > end
        quiet = (start <= now or now < end) if over_midnight else start <= now < end
        if not quiet:
            return at
        ending = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        return ending if ending > local else ending + timedelta(days=1)


def still_there(addresses: Iterable[Address], directory: Directory, at: datetime) -> list[Address]:
    """Without those of people who have left the office: what happens there is not their business any more. A shared mailbox or an alarm,
    which never was a member, stays."""
    return [address for address in addresses if not directory.has_left(address.office, address.person, at)]


class Addresses:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool(WRITER, 0, 2)

    def close(self) -> None:
        self._pool.close()

    def add(self, address: Address) -> Address:
        """The address; what stands there under the same office, person, channel and address already."""
        values = (
            address.address_id, address.office, address.person, address.channel, address.address, address.secret,
            address.rank, address.quiet_from, address.quiet_to, address.since,
        )  # fmt: skip
        with self._pool.connection() as connection:
            connection.execute(SQL["add_address"], values)
            row = connection.execute(
                SQL["address_again"], (address.office, address.person, address.channel, address.address)
            ).fetchone()
        assert row is not None
        return Address(*row)

    def of(self, office: str | None = None) -> list[Address]:
        """By office, rank and person; None: of every office."""
        with self._pool.connection() as connection:
            rows = connection.execute(SQL["addresses"], {"office": office}).fetchall()
        return [Address(*row) for row in rows]

    def remove(self, address_id: UUID) -> None:
        """With what waits to be sent there. InvalidInput."""
        with self._pool.connection() as connection:
            row = connection.execute(SQL["remove_address"], (address_id,)).fetchone()
        if row is None:
            raise InvalidInput.at("address", str(address_id), message("an_address_of_the_list"))
