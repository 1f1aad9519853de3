"""The closed list of event types, their canonical bytes, and pure upcasters from older versions.

A stored row names a type and a version; nothing is ever imported by a name found in the database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import orjson

from reporting.domain.access_events import ACCESS_EVENTS
from reporting.domain.actor import By
from reporting.domain.definition_events import DEFINITION_EVENTS
from reporting.domain.delivery_events import DELIVERY_EVENTS
from reporting.domain.document_events import DOCUMENT_EVENTS
from reporting.domain.events import (
    AreasRegistered,
    ElectionDefined,
    Event,
    FiguresCorrected,
    FiguresEntered,
    GeographiesDeclared,
)
from reporting.domain.incident_events import INCIDENT_EVENTS
from reporting.domain.item_events import ITEM_EVENTS
from reporting.domain.lineage_events import LINEAGE_EVENTS
from reporting.domain.log_events import LOG_EVENTS
from reporting.domain.office_events import OFFICE_EVENTS
from reporting.domain.polling_place_events import POLLING_PLACE_EVENTS
from reporting.domain.released import as_told_now
from reporting.domain.retention_events import RETENTION_EVENTS
from reporting.domain.workflow_events import WORKFLOW_EVENTS
from reporting.errors import CannotDecode, InvalidInput
from reporting.files.strict_json import strict_json
from reporting.ledger.messages import message
from reporting.ledger.records import Recorded

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_EVENTS: tuple[type[Event], ...] = (
    GeographiesDeclared,
    AreasRegistered,
    ElectionDefined,
    FiguresEntered,
    FiguresCorrected,
    *WORKFLOW_EVENTS,
    *OFFICE_EVENTS,
    *ACCESS_EVENTS,
    *RETENTION_EVENTS,
    *LINEAGE_EVENTS,
    *POLLING_PLACE_EVENTS,
    *DELIVERY_EVENTS,
    *INCIDENT_EVENTS,
    *ITEM_EVENTS,
    *DOCUMENT_EVENTS,
    *DEFINITION_EVENTS,
    *LOG_EVENTS,
)
TYPES: Mapping[str, type[Event]] = {event.type: event for event in _EVENTS}


def _with_kinds(state: dict[str, Any]) -> dict[str, Any]:
    """SlotReleased 1 called every release after the first a correction, and counted them so."""
    changes = [as_told_now(change) for change in state["changes"]]
    return {**state, "changes": changes, "corrections": state["number"] - 1}


def _with_lists(state: dict[str, Any]) -> dict[str, Any]:
    """ElectionDefined 5 and before knew whose list somebody stands on by the party's displayed name, or its code."""

    def on_list(choice: dict[str, Any], contest: dict[str, Any]) -> str | None:
        party = choice.get("party")
        if party is None or party == choice["name"]:
            return None
        others = [other for other in contest["choices"] if other["code"] != choice["code"]]
        return next((other["code"] for other in others if party in (other["code"], other["name"])), None)

    definition = state["definition"]
    contests = [
        {
            **contest,
            "choices": [
                {**choice, "on_list": on_list(choice, contest)} for choice in contest.get("choices", ())
            ],
        }
        for contest in definition["contests"]
    ]
    return {**state, "definition": {**definition, "contests": contests}}


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("AreasRegistered", 1): lambda state: state,  # no area had an official code beside its key
    ("ElectionDefined", 1): lambda state: (
        state
    ),  # everything versions 2 to 11 added, but for lists, has a default
    ("ElectionDefined", 2): lambda state: state,
    ("ElectionDefined", 3): lambda state: state,
    ("ElectionDefined", 4): lambda state: state,
    ("ElectionDefined", 5): _with_lists,
    ("ElectionDefined", 6): lambda state: state,  # no contest had units of its own
    ("ElectionDefined", 7): lambda state: state,  # every form was typed by one person
    ("ElectionDefined", 8): lambda state: state,  # no name had a reading
    ("ElectionDefined", 9): lambda state: (
        state
    ),  # parts of a unit were areas of the registry, errata stood in the program
    ("ElectionDefined", 10): lambda state: state,  # every one was of an election
    ("ElectionDefined", 11): lambda state: state,  # no units were merged
    ("FiguresEntered", 1): lambda state: state,  # nobody is named as a further author
    ("FiguresCorrected", 1): lambda state: state,
    ("DraftSaved", 1): lambda state: state,  # no division was kept with a draft
    ("SubmissionRefused", 1): lambda state: state,  # by a submission, of cells nobody noted
    ("ReturnSubmitted", 1): lambda state: state,  # by itself
    ("ReturnSubmitted", 2): lambda state: state,  # approvals of the same values went on
    ("ReturnSubmitted", 3): lambda state: state,  # which rules it passed was not noted
    ("ReturnApproved", 1): lambda state: state,
    ("ReturnCertified", 1): lambda state: state,
    ("DiscrepancyDeclared", 1): lambda state: state,
    ("DiscrepancyDeclared", 2): lambda state: state,  # only the first values were noted
    ("DiscrepancyClosed", 1): lambda state: state,
    ("SlotReleased", 1): _with_kinds,
    ("SlotReleased", 2): lambda state: state,  # of no unit it was noted
    ("SlotReleased", 3): lambda state: state,  # no lot was part of a release
    ("SlotReleased", 4): lambda state: state,  # what figures rest on was no news
    ("FiguresReleased", 1): lambda state: state,  # what its return rested on at that moment
    ("MembershipGranted", 1): lambda state: state,  # everybody in their own right
    ("LotRecorded", 1): lambda state: {key: state[key] for key in state if key != "reference"},
    ("LotConfirmed", 1): lambda state: state,  # nobody could override
    ("HoldOpened", 1): lambda state: state,  # documents were no kind of record
    ("DisposalProposed", 1): lambda state: state,
    ("DisposalCertified", 1): lambda state: state,
}
"""(type, n) → pure function from the state of version n to that of version n + 1."""


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of text, whole numbers below 2**53 in size, true, false, null, and arrays and text-keyed
    objects of them. ValueError for anything else, fractions above all: figures are text."""
    _refuse_others(value)
    return _dump(value)


def encode(event: Event) -> bytes:
    """`canonical` of the event's fields. InvalidInput for a text with NUL: the log would hold it for ever, and every view, whose
    texts are PostgreSQL's, would stop at it."""
    plain = type(event) in _PLAIN
    state = _dump(event.__dict__) if plain else canonical(event.model_dump(mode="json"))
    if rb"\u0000" in state and _NUL.search(state):
        raise no_text(event.type)
    return state


def no_text(field: str) -> InvalidInput:
    return InvalidInput.at(field, "NUL (U+0000)", message("text_without_nul"))


def decode(
    type_: str,
    type_version: int,
    state: bytes,
    position: int | None = None,
    *,
    types: Mapping[str, type[Event]] = TYPES,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Event:
    """The event in its current version; CannotDecode for anything outside the registry or its schema."""

    def refuse(detail: str) -> CannotDecode:
        return CannotDecode(position=position, type=type_, type_version=type_version, detail=detail)

    event = types.get(type_)
    if event is None:
        raise refuse(message("unknown_type"))
    if not 1 <= type_version <= event.version:
        raise refuse(message("this_program_knows_versions_1", version=event.version))
    try:
        data = _parsed(state)
        for version in range(type_version, event.version):
            data = upcasters[type_, version](data)
        # What `model_validate` does once it has looked at options that nobody gives here.
        made: Event = event.__pydantic_validator__.validate_python(data)
        return made
    except KeyError as missing:
        raise refuse(message("no_upcaster", missing=missing)) from missing
    except (ValueError, TypeError, AttributeError, RecursionError) as wrong:  # an upcaster's, too
        raise refuse(message("the_content_does_not_fit_this")) from wrong


def recorded(row: Sequence[Any]) -> Recorded:
    """A row (position, stream, version, recorded_at, command, type, type_version, data) of `ledger.event`, decoded."""
    position, stream_id, version, recorded_at, command_id, type_, type_version, data = row
    event = decode(type_, type_version, bytes(data), position)
    return Recorded(position, stream_id, version, recorded_at, command_id, event)


def recorded_by(row: Sequence[Any]) -> tuple[Recorded, By]:
    """The same with who did it: a row with person, office and role of the command after those."""
    *stored, person, office, role = row
    return recorded(stored), By(person, office, role)


def _parsed(state: bytes) -> Any:
    """What `strict_json` says of it. Where the fast reader's value gives these very bytes again, no name stood twice and no
    number was read as another: so of all that `canonical` wrote."""
    try:
        data = orjson.loads(state)
        if orjson.dumps(data, option=_OPTIONS) == state:
            return data
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return strict_json(state)


def _refuse_others(value: Any) -> None:
    """ValueError for what has no canonical form here."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{key!r} is no key")
            if inner is not None and type(inner) is not str:
                _refuse_others(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_others(inner)
    elif not (value is None or isinstance(value, str | bool)) and not (
        isinstance(value, int) and abs(value) < 2**53
    ):
        raise ValueError(f"{value!r} has no canonical form")


def _dump(value: Any) -> bytes:
    """Of a value without fractions. orjson writes what RFC 8785 asks for, but sorts keys by code point: the order of UTF-16
    as long as no character lies beyond U+FFFF (a byte from F0 on)."""
    try:
        data = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:  # whatever it cannot write, the slow way writes or refuses
        data = b"\xf0"
    if data.isascii() or not _BEYOND_BMP.search(data):
        return data
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(value: Any) -> Any:
    """The value with its keys in UTF-16 order (RFC 8785 §3.2.3)."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    raise ValueError(f"{value!r} has no canonical form")


def _is_plain(annotation: Any) -> bool:
    """Whether every value of the type is its own JSON form."""
    if annotation in (str, int, bool, None, type(None)):
        return True
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return inner[0] is str and _is_plain(inner[1])
    if origin is tuple:
        return all(_is_plain(part) for part in inner if part is not Ellipsis)
    return origin in (Union, UnionType) and all(_is_plain(part) for part in inner)


def _fields_are_plain(event: type[Event]) -> bool:
    made = event.__pydantic_decorators__
    return not (made.field_serializers or made.model_serializers or made.computed_fields) and all(
        field.serialization_alias is None and not field.exclude and _is_plain(field.annotation)
        for field in event.model_fields.values()
    )


_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""As canonical bytes write it, and not the six characters of a text about it."""
_BEYOND_BMP = re.compile(rb"[\xf0-\xf4]")
_PLAIN = frozenset(event for event in _EVENTS if _fields_are_plain(event))
"""Types whose fields are text, whole numbers, truth values and collections of them: checked when the event was made, and
written without a copy."""
