"""Whole numbers of events: each is a position of the log that recorded it, or none; and to what each type belongs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reporting.ledger.registry import TYPES
from reporting.logs.belonging import NEVER, OWN, SHARED
from reporting.logs.positions import PATHS, named_in, told_anew

NUMBERS = {
    "ChangeProposed": ("based_on", "proposes_version"), "CheckpointNoted": ("size",), "DiscrepancyDeclared": (),
    "DisposalCertified": ("addresses", "commands", "documents", "files"), "DisposalProposed": ("commands", "documents"), "DistributionMade": ("formats", "number"),
    "DocumentAttached": ("size", "links.*.line", "links.*.page"), "DocumentLinked": ("links.*.line", "links.*.page"),
    "DocumentWithdrawn": ("links.*.line", "links.*.page"),
    "DraftSaved": ("divisions.*.common.*.ballots", "divisions.*.own.*"), "ElectionTakenIn": ("events", "left"), "EventsCopied": ("count",),
    "FiguresReleased": ("of_places", "places"), "IncidentCorrected": ("number",), "IncidentRecorded": ("number",),
    "IncidentReleased": ("number",), "IncidentReviewed": ("number",), "ItemFlagged": ("item_version",), "ItemRemarked": ("item_version",),
    "NamesProofread": ("definition",), "ReadsCounted": ("count",), "ReturnApproved": ("edition",), "ReturnCertified": ("edition",),
    "ReturnSubmitted": ("divisions.*.common.*.ballots", "divisions.*.own.*", "edition", "of_places", "places"),
    "SlotReleased": (
        "approved", "bases.*.after.of_places", "bases.*.after.places", "bases.*.before.of_places", "bases.*.before.places", "corrections", "expected", "layout", "lot_notices", "number", "units_changed", "whole",
    ),
}  # fmt: skip
"""Type → whole numbers that are counts, versions or numbers of something, and no position. `left` of ElectionTakenIn is one of the
log it names, and stays what it is."""

WITHOUT = (
    "ElectionDefined",
    "LineageRegistered",
    "AreasRegistered",
    "GeographiesDeclared",
    "PollingPlacesRegistered",
)
"""Definitions and lists from files, which know no position."""


def whole_numbers(schema: dict[str, Any], of: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Where a type's JSON schema has whole numbers."""
    if "$ref" in of:
        of = schema["$defs"][of["$ref"].rpartition("/")[2]]
    if of.get("type") == "integer":
        yield ".".join(path)
    for part in of.get("anyOf", ()):
        yield from whole_numbers(schema, part, path)
    for name, part in of.get("properties", {}).items():
        yield from whole_numbers(schema, part, (*path, name))
    for inner in ("items", "additionalProperties"):
        if isinstance(part := of.get(inner), dict):
            yield from whole_numbers(schema, part, (*path, "*"))


@pytest.mark.parametrize("type_", sorted(set(TYPES) - set(WITHOUT)))
def test_every_whole_number_is_a_position_or_is_none(type_: str) -> None:
    schema = TYPES[type_].model_json_schema()
    there = sorted(set(whole_numbers(schema, schema)))
    assert there == sorted({*PATHS.get(type_, ()), *NUMBERS.get(type_, ())})


def test_every_type_belongs_somewhere() -> None:
    of_elections = {
        "ElectionDefined",
        *(name for name, type_ in TYPES.items() if "election" in type_.model_fields),
    }
    assert set(TYPES) == of_elections | SHARED | OWN | NEVER
    assert SHARED.isdisjoint(of_elections)
    assert {"HoldOpened", "DisposalProposed", "DisposalCertified", "ElectionPlaced"} == of_elections & OWN


def test_positions_are_told_anew_and_nothing_else() -> None:
    state = {
        "supersedes": {"a": 3, "b": 5}, "typed_at": {"a": [1, 3]}, "figures": {"a": "3"}, "slot": "3",
    }  # fmt: skip
    before = json.dumps(state)
    assert list(named_in("FiguresCorrected", state)) == [3, 5, 1, 3]
    assert not told_anew("FiguresCorrected", state, lambda position: position)
    assert json.dumps(state) == before
    assert told_anew("FiguresCorrected", state, lambda position: position + 100)
    assert state == {
        "supersedes": {"a": 103, "b": 105}, "typed_at": {"a": [101, 103]}, "figures": {"a": "3"}, "slot": "3",
    }  # fmt: skip
