"""Of a form that two people type: events whose values a reader does not see until both entries are done, by whichever way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reporting.application.opened import OpenReturn, ReturnReader
from reporting.application.service import Reporting
from reporting.domain.place import Place
from reporting.domain.workflow_events import (
    DraftSaved,
    EntrySettled,
    ReadTogether,
    SecondEntrySaved,
    SubmissionRefused,
)
from reporting.ledger import Deed, draft_stream, return_stream

HOLD_WHAT_WAS_TYPED = frozenset(
    event.type for event in (DraftSaved, SecondEntrySaved, EntrySettled, ReadTogether, SubmissionRefused)
)
"""Types of events whose values may have been typed and not handed in."""


def blind_to(opened: OpenReturn, deeds: Sequence[Deed], person: str) -> frozenset[int]:
    """Ledger positions of those of the `deeds` (of the return and its draft, by position) that hold what somebody else typed
    since the entries were last empty. Everybody sees what they did themselves, and how it came to what was handed in."""
    draft = opened.draft
    if not opened.typed_twice or draft.compared:
        return frozenset()
    handed_in = {deed.recorded.command_id for deed in deeds if deed.recorded.stream_id == opened.stream}
    waiting: list[Deed] = []
    for deed in deeds:
        of_an_entry = isinstance(deed.recorded.event, DraftSaved | SecondEntrySaved)
        if of_an_entry and deed.recorded.command_id in handed_in:
            waiting = []  # a submission empties both entries
        elif of_an_entry or (waiting and deed.recorded.event.type in HOLD_WHAT_WAS_TYPED):
            waiting.append(deed)
    return frozenset(
        deed.recorded.position
        for deed in waiting
        if deed.person != person
        and not (
            draft.sees_second(person)
            if isinstance(deed.recorded.event, SecondEntrySaved)
            else draft.sees_first(person)
        )
    )


def blind_among(
    reporting: Reporting, returns: ReturnReader, places: Iterable[Place], person: str
) -> frozenset[int]:
    """`blind_to` of the returns at these places, most of which one person types alone."""
    positions: set[int] = set()
    for place in dict.fromkeys(places):
        if _typed_twice(reporting, place):
            streams = [return_stream(*place), draft_stream(*place)]
            positions |= blind_to(returns.open(*place), reporting.ledger.deeds(streams), person)
    return frozenset(positions)


def _typed_twice(reporting: Reporting, place: Place) -> bool:
    """By the definition as it is now; what it no longer has is not typed at all."""
    defined = reporting.catalog.election(place.election)
    return (
        defined.definition.workflow is not None
        and place.unit in defined.roster.units
        and any(
            form.code == place.form
            and form.entry == "double"
            and any(slot.code == place.slot for slot in form.slots)
            for form in defined.definition.forms
        )
    )
