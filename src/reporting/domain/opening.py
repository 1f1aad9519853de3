"""From when on figures of a slot can exist, by the election's own times. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone, tzinfo

from reporting.domain.election import ElectionDefinition, Slot

JAPAN = timezone(timedelta(hours=9))
"""Where a definition without any time of day is held."""


def zone(definition: ElectionDefinition) -> tzinfo:
    """The offset the definition's times are written in; a time in UTC says nothing of where it is."""
    times = (at for form in definition.forms for slot in form.slots for at in (slot.cut_off, slot.publish_at))
    for at in times:
        if at is not None and at.tzinfo is not None and at.utcoffset():
            return at.tzinfo
    return JAPAN


def opens_at(definition: ElectionDefinition, slot: Slot) -> datetime:
    """As the slot says (the roll, planned places); else the beginning of the polling day there, or of the day of a slot
    that closes or goes public before (early voting)."""
    if slot.opens is not None:
        return slot.opens
    place = zone(definition)
    day = datetime.combine(definition.polling_date, time.min, place)
    for own in (slot.cut_off, slot.publish_at):
        if own is not None:
            return min(day, datetime.combine(own.astimezone(place).date(), time.min, place))
    return day


def first_opening(definition: ElectionDefinition) -> datetime:
    """Before this moment nobody can have sent any figure of the election."""
    return min(opens_at(definition, slot) for form in definition.forms for slot in form.slots)
