"""The reader: sees totals change, and checks every one it read to the digit."""

from __future__ import annotations

import time
from collections import defaultdict
from decimal import Decimal
from multiprocessing import Queue
from typing import Any, NamedTuple

from projections.read import Sees, TotalsQuery, ViewReader
from reporting.database.connect import READER, Database


class Sent(NamedTuple):
    slot: int
    position: int
    value: int
    at: float


class Seen(NamedTuple):
    slot: int
    position: int
    value: Decimal
    at: float


def watch(url: str, slots: int, readings: Queue[Any]) -> None:
    """The reader: slot by slot until its national total is complete. The monotonic clock is the machine's."""
    database = Database(url)
    reader, seen = ViewReader(database), []
    with database.connect(READER, autocommit=True) as ears:
        ears.execute("LISTEN views")
        readings.put("ready")
        for slot in range(1, slots + 1):
            query = TotalsQuery("night", f"s{slot}", "c1", "adm", items=("voters",), level="nation")
            while True:
                with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
                    (total,) = snapshot.totals(snapshot.election("e1"), query)
                    position = snapshot.position
                seen.append((slot, position, Decimal(total.value or 0), time.monotonic()))
                if total.reported == total.expected:
                    break
                for _ in ears.notifies(timeout=1, stop_after=1):
                    pass
    readings.put(seen)
    reader.close()


def waits(sent: list[Sent], seen: list[Seen]) -> list[float]:
    """Milliseconds from each answer to the first reading that holds it; every reading must be exact."""
    by_slot: dict[int, list[Sent]] = defaultdict(list)
    for one in sent:
        by_slot[one.slot].append(one)
    found = []
    for slot, commands in by_slot.items():
        pending, total = sorted(commands, key=lambda one: one.position), 0
        for reading in (one for one in seen if one.slot == slot):
            while pending and pending[0].position <= reading.position:
                total += pending[0].value
                found.append(1000 * max(0.0, reading.at - pending.pop(0).at))
            if total != reading.value:
                raise RuntimeError(f"slot {slot} at {reading.position}: {reading.value} read, {total} sent")
        if pending:
            raise RuntimeError(f"{len(pending)} commands were never seen")
    return found
