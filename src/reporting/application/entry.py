"""What holds for figures on every way in: from which office, how they had reached it, in whose name.

Whoever enters, corrects or submits for a unit that is not their own office's edits from above. That follows from the
office they act for, never from what a request says of itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from reporting.application.catalog import KnownElection
from reporting.application.commands import LONGEST_SOURCE, require_words
from reporting.application.messages import message
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import ReturnCase
from reporting.domain.directory import Directory
from reporting.domain.opening import first_opening, opens_at
from reporting.domain.units import Roster
from reporting.domain.workflow_events import FiguresReceived, Receipt
from reporting.errors import InvalidInput

NEEDS_RECEIPT = frozenset({Channel.FAX, Channel.TELEPHONE, Channel.PAPER})
"""Channels on which a person copies figures from something that has to be kept."""
CLOCKS_DIFFER = timedelta(minutes=2)
"""A receipt may be stamped by a clock that is this much fast."""


class Brought(Protocol):
    """What a request says of how its figures came."""

    @property
    def channel(self) -> Channel: ...
    @property
    def receipt(self) -> Receipt | None: ...
    @property
    def on_behalf_of(self) -> str | None: ...


def require_receipt(defined: KnownElection, brought: Brought, now: datetime) -> None:
    """InvalidInput for figures copied from a fax, a telephone or paper without saying from what and when it came, and for a
    time at which it cannot have come."""
    receipt = brought.receipt
    if receipt is None:
        if brought.channel in NEEDS_RECEIPT:
            raise _no_receipt(
                "",
                "",
                message("receipt_with_source_and_time"),
            )
        return
    expected = message("what_it_was_copied_from", longest_source=LONGEST_SOURCE)
    require_words("receipt.source", receipt.source, expected)
    if len(receipt.source) > LONGEST_SOURCE:
        raise _no_receipt(".source", receipt.source[:LONGEST_SOURCE], expected)
    at = receipt.received_at
    if at.tzinfo is None:
        expected = message("time_with_its_offset")
        raise _no_receipt(".receivedAt", at.isoformat(), expected)
    first = first_opening(defined.definition)
    if not first <= at <= now + CLOCKS_DIFFER:
        expected = message("time_from_until_now", first=first.isoformat())
        raise _no_receipt(".receivedAt", at.isoformat(), expected)


def _no_receipt(part: str, given: str, expected: str) -> InvalidInput:
    return InvalidInput(field=f"receipt{part}", found=given, expected=expected)


def require_begun(defined: KnownElection, form: str, slot: str, now: datetime) -> None:
    """InvalidInput while figures of the slot cannot exist yet: before the polling day, or the slot's own times. Drafts
    count nowhere and may be prepared. A test election is played at any hour, on a clock of its own: its marks say so to
    everybody."""
    if defined.definition.is_test:
        return
    begins = opens_at(defined.definition, defined.form(form, slot).slot(slot))
    if now < begins:
        raise InvalidInput(
            field="slot",
            found=f"{form}/{slot}",
            expected=message("or_later", begins=begins.isoformat()),
        )


def own_office_names(roster: Roster, unit: str, owner_office: str | None, directory: Directory) -> list[str]:
    """Every name by which a unit's own office may be called; the first is the one it is told by."""
    name = roster.units[unit].name
    registered = [
        label
        for office in directory.offices.values()
        if roster.answers_for(office.jurisdiction, unit)
        for label in (office.label_ja, office.label_en, office.office)
        if label
    ]
    names = [*registered, f"{name}選挙管理委員会", f"{name}選管", name, unit]
    return names if owner_office is None else [*names, owner_office]


def require_owner(
    defined: KnownElection, unit: str, given: str | None, owner_office: str | None, directory: Directory
) -> None:
    """InvalidInput unless the name given is the unit's own office's, naming that."""
    if given is None:
        return
    right = own_office_names(defined.roster, unit, owner_office, directory)
    if _plain(given) not in {_plain(name) for name in right}:
        raise InvalidInput(field="onBehalfOf", found=given, expected=f"{right[0]} / {right[0]}")


def received(
    roster: Roster,
    where: dict[str, str],
    case: ReturnCase,
    actor: Actor,
    cells: Iterable[str],
    receipt: Receipt | None = None,
    *,
    vouched: bool = False,
) -> list[FiguresReceived]:
    """What the return must hold of where these cells came from; nothing where its own office typed them itself.
    `vouched`: by a submission, which holds the receipt itself and stands for the whole return."""
    named = tuple(sorted(cells))
    if not roster.answers_for(actor.jurisdiction, where["unit"]):
        kept = None if vouched else receipt
        return [FiguresReceived(**where, cells=named, above=True, receipt=kept)] if named else []
    if vouched and case.owner_office is None and case.cells:
        # Others stood in for it until now: it has seen what they entered, and vouches for it.
        return [FiguresReceived(**where, cells=tuple(sorted({*named, *case.cells})), above=False)]
    # Its own office under another name than the one it first reported with is no other office.
    renamed = case.owner_office is not None and case.owner_office != actor.office
    if named and (receipt is not None or renamed):
        return [FiguresReceived(**where, cells=named, above=False, receipt=None if vouched else receipt)]
    return []


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
