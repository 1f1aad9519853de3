"""Logs to sign: many small returns, or a whole small night."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tiny import WARD_CLERK, correct, define, enter

from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import FiguresEntered
from reporting.ledger import Command, NewEvent
from reporting.transparency.signer import Signer

NewSigner = Callable[..., Signer]


def grow(service: Reporting, returns: int, first: int = 0) -> None:
    actor = Actor("佐藤", "市選管", Role.WARD, "*")
    commands = [
        Command(
            uuid4(),
            b"{}",
            actor,
            Channel.API,
            (
                NewEvent(
                    uuid4(),
                    1,
                    FiguresEntered(election="e", form="f", slot="s", unit=str(n), figures={"c|i||": str(n)}),
                ),
            ),
            reason=f"理由{n}",
        )
        for n in range(first, first + returns)
    ]
    service.ledger.append_all(commands)


def night(service: Reporting, rounds: int = 3) -> None:
    """A country, five returns, and some corrections."""
    define(service)
    for number, unit in enumerate(("11", "12", "20", "31", "32")):
        actor = WARD_CLERK if unit == "11" else None
        more: dict[str, Any] = {"actor": actor} if actor else {}
        enter(service, unit, electors=1000 + number, voters=500 + number, votes_a="1.5", **more)
        for version in range(1, rounds):
            correct(
                service, unit, version, voters=500 + number + version, reason=f"転記誤り {version}", **more
            )
