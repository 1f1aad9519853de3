"""Where events name other events by their position: such numbers are of the log that recorded them, and are told anew in a log that
takes a copy in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

PATHS: Mapping[str, tuple[str, ...]] = {
    "FiguresEntered": ("typed_at.*.*",),
    "FiguresCorrected": ("supersedes.*", "typed_at.*.*"),
    "PlaceFiguresCaptured": ("supersedes.*",),
    "ReadTogether": ("confirms",),
    "RemarkTakenBack": ("remark",),
    "DiscrepancyClosed": ("correction",),
    "SlotReleased": ("upto", "lots.*.recorded", "lots.*.confirmed", "lots.*.overtaken"),
    "SlotCommandTaken": ("upto",),
    "LotConfirmed": ("recorded",),
    "IncidentCorrected": ("supersedes",),
    "IncidentReviewed": ("reviewed",),
    "IncidentReleased": ("released",),
    "ItemRemarked": ("answers",),
    "DisposalCertified": ("proposed", "confirmed"),
    "DeliveryMade": ("told_of",),
}
"""Type → fields that hold positions (`*`: each of an array or an object). A test holds every whole number of every type against it."""


def named_in(type_: str, state: Any) -> Iterator[int]:
    """Every position that an event's state names."""
    for path in PATHS.get(type_, ()):
        yield from (value for _, _, value in _places(state, path.split(".")))


def told_anew(type_: str, state: Any, here: Callable[[int], int]) -> bool:
    """Put what each position is called here in its place; whether any changed."""
    changed = False
    for path in PATHS.get(type_, ()):
        for holder, key, value in list(_places(state, path.split("."))):
            if (named := here(value)) != value:
                holder[key], changed = named, True
    return changed


def _places(value: Any, path: list[str]) -> Iterator[tuple[Any, Any, int]]:
    first, *rest = path
    if isinstance(value, list):
        keys: list[Any] = list(range(len(value)))
    else:
        keys = list(value) if first == "*" else [first] if first in value else []
    for key in keys:
        if value[key] is None:
            continue
        if rest:
            yield from _places(value[key], rest)
        else:
            yield value, key, value[key]
