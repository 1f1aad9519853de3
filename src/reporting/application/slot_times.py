"""What a definition's times must not say: that a slot is published before it is cut off, opens after it went out, counts on
from a later one, belongs to another polling day, or is kept back in an election whose figures are public as entered. An election copied from an earlier one says such things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise

from reporting.application.messages import message
from reporting.application.whole import refuse
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.opening import zone

EARLY = timedelta(days=60)
"""Before the polling day at most so long, unless the slot says from when on it is released: a time of the last election
would release it as soon as anything is approved."""


def require_times(definition: ElectionDefinition, before: ElectionDefinition | None) -> None:
    """InvalidInput naming the slots. `before`: what stands already is not asked again, so that nobody is kept from changing something
    else on the night."""
    held = frozenset() if before is None else frozenset(_said(before))
    alike: dict[tuple[str, str], list[str]] = {}
    for said in _said(definition):
        if said not in held:
            field, expected, told = said
            alike.setdefault((field, expected), []).append(told)
    for (field, expected), slots in alike.items():
        refuse(slots, field, expected)


def _said(definition: ElectionDefinition) -> Iterator[tuple[str, str, str]]:
    """(field, what is expected, the slot with its times) of each that cannot be meant."""
    midnight = datetime.combine(definition.polling_date, time.min, zone(definition))
    for form in definition.forms:
        for slot in form.slots:
            where = f"{form.code}/{slot.code}"
            if slot.publish_at and slot.cut_off and slot.publish_at < slot.cut_off:
                told = f"{where} {_at(slot.publish_at)} < {_at(slot.cut_off)}"
                yield "forms.slots.publish_at", message("published_after_the_cut_off"), told
            if slot.publish_at and slot.opens and slot.opens > slot.publish_at:
                told = f"{where} {_at(slot.opens)} > {_at(slot.publish_at)}"
                yield "forms.slots.opens", message("opens_before_it_is_published"), told
            for name, clocked in (("publish_at", slot.publish_at), ("publish", slot.publish)):
                if clocked and definition.workflow is None:
                    yield f"forms.slots.{name}", message("published_by_a_workflow"), where
            for name, moment in (("cut_off", slot.cut_off), ("publish_at", slot.publish_at)):
                if moment and slot.opens is None and moment < midnight - EARLY:
                    told = f"{where} {_at(moment)}"
                    yield (
                        f"forms.slots.{name}",
                        message("near_the_polling_day", day=f"{definition.polling_date}", days=EARLY.days),
                        told,
                    )
        for earlier, later in _backwards(form):
            told = f"{form.code}/{later.code} {_at(later.cut_off)} < {earlier.code} {_at(earlier.cut_off)}"
            yield "forms.slots.cut_off", message("cut_off_after_the_slot_before"), told


def _backwards(form: Form) -> Iterator[tuple[Slot, Slot]]:
    """Slots of a cumulative form that are cut off before one that stands before them: J07 would hold the larger count against
    the smaller one."""
    timed = [slot for slot in form.slots if slot.cut_off is not None] if form.cumulative else []
    for earlier, later in pairwise(timed):
        if earlier.cut_off and later.cut_off and later.cut_off < earlier.cut_off:
            yield earlier, later


def _at(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""
