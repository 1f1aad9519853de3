"""Erasing as a court orders it: proposed by one, confirmed by another, carried out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from reporting.application.retention import Retention
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.ledger import Ledger
from reporting.transparency import erasure


def erase(
    database: Database, person: str | None, commands: Sequence[UUID] = (), *, by: str, ground: str
) -> erasure.Erased:
    """How much went."""
    ledger = Ledger(database)
    retention = Retention(Reporting(ledger))
    people = [Actor(name, "監査室", Role.SYSTEM, "*") for name in ("提案者", "確認者")]
    try:
        name = retention.propose_person(
            uuid4(), person, commands, "court_order", ground, people[0]
        ).proposal.disposal
        retention.confirm(uuid4(), name, people[1], person, commands)
    finally:
        ledger.close()
    return erasure.erase(database, name, person, commands, by=by, ground=ground)
