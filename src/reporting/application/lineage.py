"""Register what became of a registry's areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from reporting.application.authority import authorise
from reporting.application.commands import DefinitionRecorded
from reporting.application.messages import message
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.lineage_events import LineageRegistered
from reporting.errors import InvalidInput
from reporting.ledger import Command, NewEvent
from reporting.ledger.registry import canonical
from reporting.ledger.streams import lineage_stream
from reporting.lineage.record import LineageRecord, chunks

PER_EVENT = 500
"""Keeps one event's bytes well under a megabyte."""


def lineage_record(
    service: Reporting, registry: str, geography: str | None = None, upto: int | None = None
) -> tuple[int, LineageRecord]:
    """(stream version, what stands), or stood at the position `upto`."""
    record, version = LineageRecord(), 0
    for recorded in service.ledger.stream(lineage_stream(registry, geography)):
        if upto is not None and recorded.position > upto:
            break
        event, version = recorded.event, recorded.stream_version
        assert isinstance(event, LineageRegistered)
        record.apply(event.start_date, event.start, event.changes, event.removed)
    return version, record


def register_lineage(
    service: Reporting,
    registry: str,
    start_date: date,
    start: Mapping[str, AreaName],
    changes: Iterable[AreaChange],
    actor: Actor,
    command_id: UUID,
    *,
    geography: str | None = None,
    dry_run: bool = False,
    channel: Channel = Channel.IMPORT,
) -> DefinitionRecorded:
    """Take a whole lineage; what already stands so is left out, changes that are not in it any more are removed.

    LineageRefused with every problem; InvalidInput for another first day, or one without an area that stands there."""
    authorise("declare_registry", actor)
    changes = tuple(changes)
    version, record = lineage_record(service, registry, geography)
    if record.start_date not in (None, start_date):
        raise InvalidInput(field="start_date", found=start_date.isoformat(), expected=str(record.start_date))
    if gone := sorted(record.start.keys() - start.keys()):
        raise InvalidInput(
            field="start",
            found=f"{gone[0]} …",
            expected=message("list_with_areas_of_last_time", count=len(record.start)),
        )
    areas, news, removed = record.news(start, changes)
    record.apply(start_date, areas, changes, removed)
    record.graph()
    body = canonical(
        {
            "kind": "RegisterLineage",
            "registry": registry,
            **({"geography": geography} if geography else {}),
            "start_date": start_date.isoformat(),
            "start": [area.model_dump(mode="json") for area in areas],
            "changes": [change.model_dump(mode="json") for change in news],
            "removed": removed,
        }
    )
    command = Command(command_id, body, actor, channel, ())
    if repeat := service.ledger.repeat_of(command_id, command.body_hash):
        return DefinitionRecorded(0, repeat.last_position, True)
    made = partial(LineageRegistered, registry=registry, geography=geography, start_date=start_date)
    events = [
        *(made(start=part) for part in chunks(areas, PER_EVENT)),
        *(made(changes=part) for part in chunks(news, PER_EVENT)),
    ]
    if removed:
        events.append(made(removed=tuple(sorted(removed))))
    if not events or dry_run:
        return DefinitionRecorded(0, None, False)
    stream = lineage_stream(registry, geography)
    new = tuple(NewEvent(stream, version + place, event) for place, event in enumerate(events, 1))
    appended = service.appender.append(replace(command, events=new))
    return DefinitionRecorded(len(events), appended.last_position, appended.repeated)
