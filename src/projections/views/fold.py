"""Run the set-based fold on one connection: one fold per transaction (its end empties the scratch tables)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from psycopg import Connection, Cursor

from projections.errors import ProjectionStopped
from projections.messages import message
from reporting.database.connect import together
from reporting.database.sql import filled, load
from reporting.domain.access_events import ACCESS_EVENTS
from reporting.domain.definition_events import ChangeProposed
from reporting.domain.delivery_events import DELIVERY_EVENTS
from reporting.domain.document_events import DOCUMENT_EVENTS
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import format_value, parse_value
from reporting.domain.incident_events import INCIDENT_EVENTS
from reporting.domain.item_events import ITEM_EVENTS
from reporting.domain.lineage_events import LineageRegistered
from reporting.domain.log_events import LOG_EVENTS
from reporting.domain.office_events import MembershipEnded, MembershipGranted, OfficeRegistered, ReadsCounted
from reporting.domain.polling_place_events import PlaceFiguresCaptured, PollingPlacesRegistered
from reporting.domain.retention_events import RETENTION_EVENTS
from reporting.domain.workflow_events import (
    CellsConfirmed,
    CellsSentBack,
    DiscrepancyClosed,
    DiscrepancyConfirmed,
    DiscrepancyDeclared,
    DistributionMade,
    DraftSaved,
    EntrySettled,
    FiguresReceived,
    FiguresReleased,
    LotConfirmed,
    LotRecorded,
    NamesProofread,
    ReadTogether,
    RemarkPublished,
    RemarkTakenBack,
    ReminderSent,
    ReturnAnnotated,
    ReturnApproved,
    ReturnCertified,
    ReturnSubmitted,
    ReturnWithdrawn,
    SecondEntrySaved,
    SlotCommandTaken,
    SlotReleased,
    SubmissionRefused,
)
from reporting.ledger import Recorded

Sent = TypeVar("Sent")
SQL = load(__package__)
FOLDING, ADDING = (filled(SQL[name], numbered=SQL["numbered"]).encode() for name in ("fold", "add_return"))
FIGURE_EVENTS = (FiguresEntered, FiguresCorrected)
RETURN_EVENTS: tuple[type[Event], ...] = (
    *FIGURE_EVENTS,
    ReturnSubmitted,
    FiguresReceived,
    ReturnApproved,
    CellsSentBack,
    CellsConfirmed,
    ReturnCertified,
    ReturnWithdrawn,
    ReturnAnnotated,
    ReadTogether,
    DiscrepancyDeclared,
    DiscrepancyConfirmed,
    DiscrepancyClosed,
    ReminderSent,
)
"""Everything that stands in a return's stream."""
_FOLDED: tuple[type[Event], ...] = (*RETURN_EVENTS, FiguresReleased)
STREAM_TYPES = [event.type for event in _FOLDED]


def _every_version(events: tuple[type[Event], ...]) -> list[str]:
    return [f"{event.type}:{version}" for event in events for version in range(1, event.version + 1)]


FIGURE_TYPES = _every_version(_FOLDED)
"""What the SQL fold reads by itself: in every version of them so far, figures stand at the same place in the same form.
A version of which that is no longer true has to be left out here and comes through `fold_recorded`."""
BESIDE_EVENTS: tuple[type[Event], ...] = (
    DraftSaved,
    SecondEntrySaved,
    EntrySettled,
    SubmissionRefused,
    SlotCommandTaken,
    SlotReleased,
    LotRecorded,
    LotConfirmed,
    NamesProofread,
    RemarkPublished,
    RemarkTakenBack,
    DistributionMade,
    OfficeRegistered,
    MembershipGranted,
    MembershipEnded,
    ReadsCounted,
    *ACCESS_EVENTS,
    *RETENTION_EVENTS,
    PollingPlacesRegistered,
    PlaceFiguresCaptured,
    *INCIDENT_EVENTS,
    *ITEM_EVENTS,
    *DOCUMENT_EVENTS,
    LineageRegistered,
    ChangeProposed,
    *DELIVERY_EVENTS,
    *LOG_EVENTS,
)
BESIDE_TYPES = _every_version(BESIDE_EVENTS)
"""What holds no figures: read by `cases`, or by nobody here."""

PLACING = ("intern_returns", "intern_cells", "place_figures")
"""Statements that place a batch once its elections and units are there, each on what the one before it left."""

CARRIERS = ("FiguresEntered", "FiguresCorrected", "ReturnApproved", "FiguresReleased")
"""Types of events that hold figures."""


def prepare(connection: Connection[Any]) -> None:
    """Scratch tables, where the connection has none."""
    connection.execute(SQL["batch_tables"])


def fold_range(connection: Connection[Any], after: int, upto: int, also: Callable[[], Sent]) -> Sent:
    """Fold figure events in (after, upto]; ProjectionStopped for one nobody can place. `also`: sends what else is asked of what was placed,
    in the same round trip, and gives what it will be answered."""
    with together(connection, len(PLACING) + 4):
        lost = connection.execute(FOLDING, {"after": after, "upto": upto, "types": FIGURE_TYPES})
        kept = _place(connection)
        sent = also()
    stop_if_lost(lost.fetchone())
    _remake_moved(connection, kept)
    return sent


def fold_recorded(connection: Connection[Any], recorded: Recorded) -> None:
    """Fold one decoded event; same statements from there on."""
    event = recorded.event
    assert isinstance(event, FIGURE_EVENTS)
    lost = connection.execute(
        ADDING,
        {
            "stream_id": recorded.stream_id,
            "stream_version": recorded.stream_version,
            "position": recorded.position,
            **event.model_dump(include={"election", "form", "slot", "unit"}),
        },
    )
    stop_if_lost(lost.fetchone())
    rows = [
        (recorded.stream_id, key, f"{recorded.position:019d}{format_value(parse_value(text))}")
        for key, text in event.figures.items()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(SQL["add_cell"], rows)
    with together(connection, len(PLACING) + 1):
        kept = _place(connection)
    _remake_moved(connection, kept)


def _place(connection: Connection[Any]) -> Cursor[Any]:
    """What the batch holds, but what is lost of it; gives the elections of which more is to be made. Sent, not waited for."""
    for name in PLACING:
        connection.execute(SQL[name])
    return connection.execute(SQL["kept_elections"])


def _remake_moved(connection: Connection[Any], elections: Cursor[Any]) -> None:
    if kept := [row[0] for row in elections]:
        remake(connection, [row[0] for row in connection.execute(SQL["kept_cells"], {"elections": kept})])


def make_totals(connection: Connection[Any], election_no: int) -> None:
    """All totals of one election from its figures."""
    connection.execute(SQL["drop_totals"], {"election_no": election_no})
    if election_no in _kept(connection):
        cells = connection.execute(SQL["cells_of"], {"elections": [election_no]}).fetchall()
        remake(connection, [row[0] for row in cells])
        return
    connection.execute(SQL["make_totals"], {"election_no": election_no})


def remake_kept(connection: Connection[Any]) -> None:
    """Totals of all elections with units that are gone, withdrawn or divided: sums alone do not say them."""
    if kept := _kept(connection):
        remake(connection, [row[0] for row in connection.execute(SQL["cells_of"], {"elections": kept})])


def remake(connection: Connection[Any], cells: list[int]) -> None:
    if cells:
        connection.execute(SQL["drop_kept_totals"], {"cells": cells})
        connection.execute(SQL["make_kept_totals"], {"cells": cells})


def _kept(connection: Connection[Any]) -> list[int]:
    return [row[0] for row in connection.execute(SQL["kept_elections"])]


def stop_if_lost(lost: tuple[Any, ...] | None) -> None:
    """ProjectionStopped for an event about an election or unit nobody defined: (position, election, unit)."""
    if lost is not None:
        position, election, unit = lost
        raise ProjectionStopped(
            position=position,
            detail=message("unknown_election_or_unit", election=election, unit=unit),
        )
