"""Deliveries that wait, were made, or were given up: beside the log, claimed by one sender at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

from reporting.database.connect import WRITER, Database
from reporting.database.sql import load
from reporting.errors import InvalidInput
from reporting.ledger.streams import NAMESPACE
from reporting.telling.addresses import Address
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.messages import message

SQL = load(__package__)
LEASE = timedelta(minutes=10)
"""A delivery is one sender's for so long; longer than a batch can take."""
MOST_ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
LATE = timedelta(minutes=1)
"""Whoever sends on a channel looks each second."""
State = Literal["waiting", "made", "dead", "unneeded"]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What there is to tell. `unit` is empty for a whole slot."""

    position: int
    kind: str
    election: str
    form: str
    slot: str
    unit: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery to be tried now. `attempts`: this one included."""

    letter: Letter
    attempts: int
    address_id: UUID
    rank: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it stands. `failure`: why the last attempt failed, in both languages."""

    delivery_id: UUID
    position: int
    kind: str
    election: str
    form: str
    slot: str
    unit: str
    office: str
    channel: str
    person: str
    state: State
    attempts: int
    next_at: datetime | None
    failure: str | None


def delivery_id(position: int, address: Address) -> UUID:
    """The same for the same event and recipient, whoever lays it out and how often."""
    return uuid5(NAMESPACE, f"delivery\x1f{position}\x1f{address.address_id}\x1f{address.channel}")


class Outbox:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool(WRITER, 0, 4)

    def close(self) -> None:
        self._pool.close()

    def followed(self) -> dict[str, int]:
        """Follower → the position up to which it has read the log."""
        with self._pool.connection() as connection:
            return dict(connection.execute(SQL["followed"]).fetchall())

    def to_lay_out(self, most: int = 100) -> list[NoticeRow]:
        with self._pool.connection() as connection:
            return [NoticeRow(*row) for row in connection.execute(SQL["to_lay_out"], (most,)).fetchall()]

    def lay_out(self, notice: NoticeRow, when: Sequence[tuple[Address, datetime | None]]) -> None:
        """All deliveries of a notice or none. None: only when somebody before is not reached."""
        rows = [
            (delivery_id(notice.position, address), notice.position, address.address_id, at)
            for address, at in when
        ]
        with self._pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(SQL["lay_out"], rows)
            cursor.execute(SQL["laid_out"], (notice.position,))

    def claim(self, channel: str, now: datetime, most: int, link: str = "") -> list[Claimed]:
        """Deliveries that are due, the caller's alone until LEASE is over."""
        asked = {"channel": channel, "now": now, "until": now + LEASE, "most": most}
        with self._pool.connection() as connection:
            rows = connection.execute(SQL["claim"], asked).fetchall()
        return [
            Claimed(replace(Letter(*row[:10]), link=link), *row[10:])
            for row in sorted(rows, key=lambda row: row[1])
        ]

    def made(self, several: Sequence[Claimed]) -> None:
        told = {
            "positions": [claimed.letter.position for claimed in several],
            "offices": [claimed.letter.office for claimed in several],
            "ranks": [claimed.rank for claimed in several],
        }
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(SQL["made"], ([claimed.letter.delivery_id for claimed in several],))
            connection.execute(SQL["nobody_else"], told)

    def unneeded(self, claimed: Claimed) -> None:
        self._run("unneeded", (claimed.letter.delivery_id,))

    def failed(self, claimed: Claimed, why: NotDelivered, now: datetime) -> None:
        """Tried again later, twice as long each time; dead after MOST_ATTEMPTS, and then the office's next person is told."""
        letter, detail, said = claimed.letter, why.facts["detail"], why.facts["said"]
        if not why.final and claimed.attempts < MOST_ATTEMPTS:
            wait = min(FIRST_WAIT * 2 ** (claimed.attempts - 1), LONGEST_WAIT)
            self._run("try_again", (now + wait, detail, said, letter.delivery_id))
            return
        following = {
            "now": now, "position": letter.position, "office": letter.office, "rank": claimed.rank
        }  # fmt: skip
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(SQL["dead"], (detail, said, letter.delivery_id))
            connection.execute(SQL["next_person"], following)

    def give_back(self, claimed: Claimed, why: NotDelivered, now: datetime) -> None:
        """Of a channel by which nobody is reached now."""
        detail, said = why.facts["detail"], why.facts["said"]
        self._run("give_back", (now + FIRST_WAIT, detail, said, claimed.letter.delivery_id))

    def untried(self, claimed: Claimed, now: datetime) -> None:
        """Of whoever ends before its turn came."""
        self._run("untried", (now, claimed.letter.delivery_id))

    def again(self, wanted: Sequence[UUID], now: datetime) -> None:
        """Dead ones are tried again: all of them, or InvalidInput for the first that is none."""
        with self._pool.connection() as connection, connection.transaction():
            rows = connection.execute(SQL["revive"], (now, list(wanted))).fetchall()
            revived = {row[0] for row in rows}
            for delivery in wanted:
                if delivery not in revived:
                    raise InvalidInput.at("delivery", str(delivery), message("a_dead_delivery"))

    def of_nobody(self, channels: Collection[str], now: datetime) -> dict[str, int]:
        """Channel → how many wait there, where nobody sends who would have by now; `channels`: the asker's own."""
        with self._pool.connection() as connection:
            rows = connection.execute(SQL["of_nobody"], (now - LATE, list(channels))).fetchall()
        return dict(rows)

    def standing(self, now: datetime) -> dict[str, int]:
        """How many are `dead`, and how many `late`: due for longer than LATE, or tried in vain."""
        with self._pool.connection() as connection:
            row = connection.execute(SQL["standing"], (now - LATE,)).fetchone()
        assert row is not None
        return {"dead": row[0], "late": row[1]}

    def next_due(self) -> datetime | None:
        with self._pool.connection() as connection:
            row = connection.execute(SQL["next_due"]).fetchone()
        return None if row is None else row[0]

    def kept(
        self, offices: Sequence[str] | None, state: State | None = None, most: int = 1_000
    ) -> list[Delivery]:
        """Of these offices, the newest first; None: of all."""
        asked = {"offices": None if offices is None else list(offices), "state": state, "most": most}
        with self._pool.connection() as connection:
            return [Delivery(*row) for row in connection.execute(SQL["kept"], asked).fetchall()]

    def _run(self, statement: str, values: tuple[Any, ...]) -> None:
        with self._pool.connection() as connection:
            connection.execute(SQL[statement], values)
