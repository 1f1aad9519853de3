#!/usr/bin/env python3
"""Check an export of an election log, or a release, without its server. Needs Python 3.11 and `cryptography`, nothing else.

It is one file on purpose, and takes nothing of ours: an auditor copies it to a machine of their own, reads it from the first
line to the last, and runs what was read.

  python3 verify.py EXPORT --key 'name+hash+key' [--witness KEY]… [--quorum K] [--old-checkpoint FILE]…

EXPORT is the folder `reporting audit export` writes; docs/transparency.md describes every file in it. Checked, event by
event: canonical bytes (RFC 8785), positions 1, 2, 3 …, stream versions, times that never run back (but where events
are said to be copied from another log), seals of words,
that every correction names the value it replaced, the Merkle root (RFC 6962) at every checkpoint in the export and at
every one you kept, their signatures and witnesses (C2SP), and the totals (entered, approved by each level, released)
against a fold of its own.

EXPORT may also be the folder of a release or of its open data, with `event.json` and `event.tlog-proof` in it: then each file is
said to be the released one or not, from the file to the list of files, to the event that names the list, to the signed log.

Keys must reach you by another way than the export. Exit code: 0 good, 1 bad (the first bad position is printed),
2 could not be checked.
"""

from __future__ import annotations

import argparse
import base64
import gc
import hashlib
import json
import marshal
import os
import re
import subprocess
import sys
import time
import uuid
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from decimal import Decimal
from hashlib import sha256
from itertools import chain, pairwise, repeat
from operator import lt
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, BinaryIO, NamedTuple

FORMAT = "reporting-export/1"
LEAF = {
    *("cause", "channel", "command", "office", "onBehalfOf", "person", "position", "reason", "recordedAt"),
    *("role", "state", "stream", "streamVersion", "type", "typeVersion", "v"),
}
SEALED = {"person": "person", "office": "office", "onBehalfOf": "on_behalf_of", "reason": "reason"}
RETURN = {"election", "form", "slot", "unit", "figures"}
CARRIERS = {
    "FiguresEntered": set(),
    "FiguresCorrected": {"supersedes", "reason_class"},
    "ReturnApproved": {"level", "area", "override"},
    "FiguresReleased": {"release"},
}
"""Types with figures that count, and their further fields."""
ADDED = {
    ("FiguresEntered", 2): {"typed_at"},
    ("FiguresCorrected", 2): {"typed_at"},
    ("FiguresReleased", 2): {"method", "places", "of_places"},
    ("ReturnApproved", 2): {"edition"},
}
"""Fields that came with a later version of a type."""
FIELDS = {
    (type_, version): RETURN | fields | (ADDED.get((type_, version), set()))
    for type_, fields in CARRIERS.items()
    for version in (1, 2)
}
VERSIONS = {
    **dict.fromkeys(CARRIERS, 1),
    **{"FiguresEntered": 2, "FiguresCorrected": 2, "FiguresReleased": 2, "ReturnApproved": 2},
    **{"SubmissionRefused": 2, "DiscrepancyDeclared": 3, "DiscrepancyClosed": 2},
    **{"GeographiesDeclared": 1, "AreasRegistered": 2, "ElectionDefined": 12, "LineageRegistered": 1},
    **{
        "DraftSaved": 2,
        "SecondEntrySaved": 1,
        "EntrySettled": 1,
        "ReadTogether": 1,
        "ReturnSubmitted": 4,
        "CellsSentBack": 1,
        "CellsConfirmed": 1,
    },
    **{"ReturnCertified": 2, "ReturnWithdrawn": 1, "ReturnAnnotated": 1, "DiscrepancyConfirmed": 1},
    **{
        "SlotReleased": 5,
        "ReminderSent": 1,
        "RemarkPublished": 1,
        "RemarkTakenBack": 1,
        "SlotCommandTaken": 1,
        "FiguresReceived": 1,
    },
    **{"LotRecorded": 2, "LotConfirmed": 2, "NamesProofread": 1, "DistributionMade": 1},
    **{"PollingPlacesRegistered": 1, "PlaceFiguresCaptured": 1},
    **{"IncidentRecorded": 1, "IncidentCorrected": 1, "IncidentReviewed": 1, "IncidentReleased": 1},
    **{"ItemRemarked": 1, "ItemFlagged": 1, "DocumentAttached": 1, "DocumentLinked": 1},
    **{"DocumentWithdrawn": 1},
    **{
        "OfficeRegistered": 1,
        "MembershipGranted": 2,
        "MembershipEnded": 1,
        "ChangeProposed": 1,
        "ReadsCounted": 1,
        "AccessOpened": 1,
        "AccessClosed": 1,
        "SigningKeyTaken": 1,
        "DeliveryMade": 1,
    },
    **{"HoldOpened": 2, "HoldLifted": 1},
    **{
        "ElectionPlaced": 1,
        "CheckpointNoted": 1,
        "ElectionMovedAway": 1,
        "ElectionTakenIn": 1,
        "EventsCopied": 1,
    },
    **{"DisposalProposed": 2, "DisposalConfirmed": 1, "DisposalCertified": 2},
}
"""What this program knows; an older version of a type means the same. Anything newer may hold figures it cannot see."""
VALUE = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,2}[1-9])?|!none|!not_reported|!suppressed")
NOTHING = "!not_reported"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
STREAMS = uuid.UUID("6f1f2a0e-7d0c-5c0e-9a53-5f2b8c0e7a10").bytes
FOREVER = "9999-12-31"


Place = tuple[str, str, str]
"""Election, form, slot."""
Details = tuple[Any, str, int, str, str, int]
"""State, recordedAt, stream version, command, type, type version."""


class Bad(Exception):
    """The export is not what it should be, first at `position`."""

    def __init__(self, position: int, why: str) -> None:
        self.position, self.why = position, why
        super().__init__(why)


class CannotCheck(Exception):
    """Something needed for checking is missing or unreadable."""


# --- canonical JSON -------------------------------------------------------------------------------------------------


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 2**53:
        raise ValueError("a number too large")
    return int(text)


def _refuse(text: str) -> Any:
    raise ValueError(f"the number {text}")


_decoder = json.JSONDecoder(parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
loads = _decoder.decode
_dump = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False
).encode


def _by_utf16(value: Any) -> Any:
    if isinstance(value, list):
        return [_by_utf16(element) for element in value]
    if isinstance(value, dict):
        return {key: _by_utf16(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return value


def _dump_exact(value: Any) -> str:
    """RFC 8785 §3.2.3 orders keys by UTF-16 units; that differs from Python's order only beyond the BMP."""
    return json.dumps(_by_utf16(value), ensure_ascii=False, separators=(",", ":"))


def parse(text: str) -> tuple[Any, Callable[[Any], str]]:
    """The value, and the writer that gives its canonical text. ValueError unless the text is canonical."""
    value = loads(text)
    if _dump(value) == text:
        return value, _dump
    if _dump_exact(value) != text:
        raise ValueError("not canonical")
    return value, _dump_exact


def unbase64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical base64")
    return raw


def stream_of(*names: str) -> str:
    """A UUID of version 5 (RFC 9562), written here since `uuid.uuid5` takes four times as long."""
    digits = hashlib.sha1(STREAMS + "\x1f".join(names).encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def unseal(words: dict[str, Any], event: dict[str, Any]) -> None:
    """ValueError unless an event seals just these."""
    for name, (salt, said) in words.items():
        sealed = b"reporting/seal/v1 " + SEALED[name].encode() + b"\x00" + unbase64(salt) + said.encode()
        if len(unbase64(salt)) != 16 or unbase64(event[name]) != sha256(sealed).digest():
            raise ValueError(f"the words of {name} are not the ones sealed")


CONTROLS = bytes(range(32))
_TEXT, _NUMBER = r'[^"\\\x00-\x1f]*+', r"(?:0|[1-9][0-9]{0,14})"
_ORDER = (
    "cause",
    "channel",
    "command",
    "office",
    "onBehalfOf",
    "person",
    "position",
    "reason",
    "recordedAt",
    "role",
)


def _named(name: str) -> str:
    """A member of the line, with what it holds: of a sealed one the text, or nothing where it is null."""
    if name == "position":
        return f'"position":(?P<position>{_NUMBER})'
    if name in ("command", "recordedAt"):
        return f'"{name}":"(?P<{name}>{_TEXT if name == "command" else INSTANT.pattern})"'
    return f'"{name}":(?:null|"(?P<{name}>{_TEXT})")'


HEAD = re.compile(r"\{" + ",".join(map(_named, _ORDER)) + r',"state":', re.ASCII)
"""Canonical by its form: names in order, texts without anything to escape, numbers below 2**53."""
TAIL = re.compile(
    f',"stream":"(?P<stream>{_TEXT})","streamVersion":(?P<streamVersion>{_NUMBER}),"type":"(?P<type>{_TEXT})",'
    f'"typeVersion":(?P<version>{_NUMBER}),"v":1(?:,"words":(?P<words>.*))?}}\n'
)


def _object(value: str) -> str:
    member = f'"{_TEXT}":{value}'
    return rf"\{{(?:{member}(?:,{member})*+)?\}}"


_HOLDS = {
    "figures": _object(f'"{_TEXT}"'),
    "supersedes": _object(_NUMBER),
    "typed_at": _object(rf"\[(?:{_NUMBER}(?:,{_NUMBER})*+)?\]"),
    "override": "false|true",
    **dict.fromkeys(("edition", "places", "of_places"), f"{_NUMBER}|null"),
    "method": f'"{_TEXT}"|null',
}
"""What a field of a state with figures is that is no text."""


def _figures(text: str) -> dict[str, str]:
    """Of an object that holds texts alone, by its quotation marks: the fourth part of them are names. ValueError unless names are in
    order, and none is there twice."""
    parts = text.split('"')
    names = parts[1::4]
    figures = dict(zip(names, parts[3::4], strict=True))
    if sorted(figures) != names:
        raise ValueError("not canonical")
    return figures


def _held(text: str) -> Any:
    """Of another field of them."""
    if text == "{}":
        return {}
    value = loads(text)
    if isinstance(value, dict) and (sorted(value) != list(value) or len(value) != text.count('":')):
        raise ValueError("not canonical")
    return value


Cells = tuple[tuple[str, str, str], str, str, tuple[str, ...], tuple[str, ...], tuple[int, ...]]
"""Of a state with figures: election, form and slot; unit; layer; cells; their texts; positions replaced."""


class Form:
    """States with figures of one type: canonical if they fit the pattern and names within their fields are in order."""

    def __init__(self, fields: set[str]) -> None:
        self._names = sorted(fields)
        members = (
            f'"{name}":' + (f"({_HOLDS[name]})" if name in _HOLDS else f'"({_TEXT})"') for name in self._names
        )
        self._pattern = re.compile(r"\{" + ",".join(members) + r"\}")
        self._held = [
            (name, _figures if name == "figures" else _held) for name in self._names if name in _HOLDS
        ]
        self._samples: dict[int, Sample] = {}

    def read(self, text: str) -> dict[str, Any] | None:
        if not (match := self._pattern.fullmatch(text)):
            return None
        state: dict[str, Any] = dict(zip(self._names, match.groups(), strict=True))
        for name, read in self._held:
            state[name] = read(state[name])
        return state

    def read_all(self, states: list[bytes]) -> list[Cells | None]:
        """The same of many that have as many quotation marks each, which are put together with one more between two and cut again at
        all of them: no text holds one, as none has anything escaped. None for one that is otherwise than the sample, for
        better or worse; the sample is the first such state that `read` takes."""
        together = b'"'.join(states)
        if b"\\" in together or len(together.translate(None, CONTROLS)) != len(together):
            return [None] * len(states)
        try:
            parts = together.decode().split('"')
            quotes = len(parts) // len(states)
            sample = self._samples.get(quotes) or next(filter(None, map(self._sample, states)), None)
            if sample is None:
                return [None] * len(states)
            self._samples[quotes] = sample
            return sample.rows(parts)
        except ValueError:
            return [None] * len(states)

    def _sample(self, state: bytes) -> Sample | None:
        fields = self.read(text := state.decode()) or {}
        figures = fields.get("figures")
        if (
            not figures
            or fields.get("typed_at")
            or fields.get("supersedes", figures).keys() != figures.keys()
        ):
            return None
        return Sample(text, self._names, fields)


class Sample:
    """A canonical state, cut at its quotation marks: every second part is a text. A state with as many parts is canonical, too, if
    what may be otherwise in it is only texts (of fields, names of cells, what they hold) and numbers in canonical form, and names of
    cells are in order. That is what `Form.read` proves of each; here it is asked of all the first parts, then of all the second
    ones, and so on: few questions to long lists instead of many to each state."""

    def __init__(self, text: str, names: list[str], fields: dict[str, Any]) -> None:
        self._parts, cells = text.split('"'), len(fields["figures"])
        self._texts: dict[str, int] = {}
        self._cells, self._values, self._replaced, self._numbers = range(0), range(0), range(0), range(0)
        at = 1
        for name in names:
            at += 2
            if name == "figures":
                self._cells, self._values = range(at, at + 4 * cells, 4), range(at + 2, at + 4 * cells, 4)
                at += 4 * cells
            elif name == "supersedes":
                self._replaced, self._numbers = range(at, at + 2 * cells, 2), range(at + 1, at + 2 * cells, 2)
                at += 2 * cells
            elif name not in _HOLDS or isinstance(fields[name], str):
                self._texts[name] = at
                at += 2
        any_ = {*self._texts.values(), *self._cells, *self._values, *self._replaced, *self._numbers}
        self._same = [(place, part) for place, part in enumerate(self._parts) if place not in any_]

    def rows(self, parts: list[str]) -> list[Cells | None]:
        """ValueError where a number cannot be read."""
        each = len(self._parts)
        count, columns = len(parts) // each, [parts[place::each] for place in range(each)]
        odd = set[int]()
        for place, part in self._same:
            if columns[place].count(part) != count:
                odd.update(row for row, other in enumerate(columns[place]) if other != part)
        cells, replaced = [columns[at] for at in self._cells], [columns[at] for at in self._replaced]
        for before, after in pairwise(cells):
            if not all(map(lt, before, after)):
                odd.update(row for row, pair in enumerate(zip(before, after, strict=True)) if not lt(*pair))
        for names, others in zip(cells, replaced, strict=False):
            if names != others:
                odd.update(row for row in range(count) if names[row] != others[row])
        numbers = []
        for place in self._numbers:
            end = self._parts[place].lstrip(":0123456789")
            column = [int(part[1 : -len(end)]) for part in columns[place]]
            numbers.append(column)
            odd.update(
                row
                for row, (number, part) in enumerate(zip(column, columns[place], strict=True))
                if f":{number}{end}" != part or not 0 <= number < WHOLE
            )
        layers: Iterator[str] = repeat("@+released" if "release" in self._texts else "", count)
        if "level" in self._texts:
            layers = map("@".__add__, columns[self._texts["level"]])
        rows: list[Any] = [
            *zip(
                _across([columns[self._texts[name]] for name in ("election", "form", "slot")]),
                columns[self._texts["unit"]],
                layers,
                _across(cells),
                zip(*(columns[at] for at in self._values), strict=True),
                zip(*numbers, strict=True) if numbers else repeat((), count),
                strict=True,
            )
        ]
        for row in odd:
            rows[row] = None
        return rows


def _across(columns: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """Row after row; the same tuple where all rows are the same."""
    first, count = tuple(column[0] for column in columns), len(columns[0])
    if all(column.count(text) == count for column, text in zip(columns, first, strict=True)):
        return repeat(first, count)
    return zip(*columns, strict=True)


FORMS = {(type_, str(version)): Form(fields) for (type_, version), fields in FIELDS.items()}


# --- Merkle tree, RFC 6962 ------------------------------------------------------------------------------------------


class Tree:
    def __init__(self) -> None:
        self.size, self.stack = 0, list[bytes]()

    def append(self, hash_: bytes, leaves: int = 1) -> None:
        """A leaf, or a whole tree of so many, which is a power of two and divides the size."""
        size = self.size // leaves
        while size & 1:
            hash_ = sha256(b"\x01" + self.stack.pop() + hash_).digest()
            size >>= 1
        self.stack.append(hash_)
        self.size += leaves

    def extend(self, hashes: bytes) -> None:
        """Leaves one after the other, in as few whole trees as there are."""
        while left := len(hashes) // 32:
            leaves = 1 << (left.bit_length() - 1)
            if self.size:
                leaves = min(leaves, self.size & -self.size)
            level, hashes = hashes[: 32 * leaves], hashes[32 * leaves :]
            while len(level) > 32:
                level = b"".join(
                    [sha256(b"\x01" + level[at : at + 64]).digest() for at in range(0, len(level), 64)]
                )
            self.append(level, leaves)

    def root(self) -> bytes:
        root = self.stack[-1] if self.stack else sha256().digest()
        for left in reversed(self.stack[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


# --- signed notes, C2SP ---------------------------------------------------------------------------------------------


class Key:
    """`name+hash+base64(type || key)`; type 1 signs for the log, type 4 is a witness."""

    def __init__(self, text: str) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            self.name, hash_, key = text.strip().split("+", 2)
            raw = unbase64(key)
            self.id = sha256(self.name.encode() + b"\n" + raw).digest()[:4]
            if self.id.hex() != hash_ or len(raw) != 33 or raw[0] not in (1, 4) or not self.name:
                raise ValueError("hash or type")
            self.kind, self.raw, self._key = raw[0], raw[1:], Ed25519PublicKey.from_public_bytes(raw[1:])
        except ValueError as wrong:
            raise CannotCheck(f"not a key: {text[:80]!r} ({wrong})") from None

    def good(self, text: str, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        if self.kind == 4:
            text = f"cosignature/v1\ntime {int.from_bytes(signature[:8], 'big')}\n{text}"
            signature = signature[8:]
        try:
            self._key.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Checkpoint:
    """A signed tree head. ValueError unless it is one."""

    def __init__(self, note: str, kept: bool = False) -> None:
        text, blank, block = note.rpartition("\n\n")
        lines = text.split("\n")
        if not blank or not block.endswith("\n") or len(lines) < 3 or not all(lines):
            raise ValueError("not a checkpoint")
        self.text, self.origin, self.root, self.kept = text + "\n", lines[0], unbase64(lines[2]), kept
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise ValueError("not a size")
        self.size = int(lines[1])
        self.signatures: list[tuple[str, bytes, bytes]] = []
        for line in block[:-1].split("\n"):
            if not (match := re.fullmatch(r"— (\S+) (\S+)", line)):
                raise ValueError("not a signature line")
            raw = unbase64(match[2])
            self.signatures.append((match[1], raw[:4], raw[4:]))

    def signers(self, keys: list[Key]) -> set[bytes]:
        """Public keys that signed. Bad when a signature under a given key's name and id is not its own."""
        public_keys = set()
        for key in keys:
            for name, id_, signature in self.signatures:
                if (name, id_) == (key.name, key.id):
                    if not key.good(self.text, signature):
                        raise Bad(self.size, f"the checkpoint of {self.size} has a bad signature of {name}")
                    public_keys.add(key.raw)
        return public_keys


# --- who reports, and where it counts -------------------------------------------------------------------------------


Areas = dict[str, dict[str, dict[str, Any]]]
"""Geography → code → area, of one day."""
Paths = dict[str, tuple[str, ...]]
"""Geography → areas that hold a unit, from below."""
Replaced = dict[str, dict[str, tuple[str, ...]]]
"""Contest → unit → the units that stand for it."""


def _above(areas: dict[str, dict[str, Any]], code: str | None) -> tuple[str, ...]:
    """The area itself first, its root last."""
    path: list[str] = []
    while code is not None and code in areas and code not in path:
        path.append(code)
        code = areas[code]["parent"]
    return tuple(path)


class UnitTree:
    """The areas of the geography that all units are of. `general`: the units of the election."""

    def __init__(self, election: dict[str, Any], areas: Areas) -> None:
        units = election["units"]
        self.main: str = units["geography"]
        self.areas, self.source = areas, dict(areas.get(units["geography"], {}))
        self.parts: dict[str, list[str]] = {}
        self.whole_of: dict[str, str] = {}
        for gone in units.get("withdrawn", ()):
            if gone.get("parts"):
                self._divide(gone)
        self.merged_from: dict[str, list[str]] = {}
        for merged in units.get("merged", ()):
            self._merge(merged, [g["unit"] for g in units["withdrawn"] if g.get("into") == merged["code"]])
        self.children: dict[str | None, list[str]] = defaultdict(list)
        for code in sorted(self.source):
            self.children[self.source[code]["parent"]].append(code)
        self.into = {unit: merged for merged, of in self.merged_from.items() for unit in of}
        self.withdrawn = {
            gone["unit"]
            for gone in units.get("withdrawn", ())
            if gone.get("into") is None or gone["unit"] in self.into
        }
        inside = {code for merged in self.merged_from for code in self.below(merged)}
        lowest = self._lowest(units["levels"]) | self.whole_of.keys() | self.merged_from.keys()
        self.general = lowest - self.withdrawn - inside

    def _divide(self, gone: dict[str, Any]) -> None:
        """Parts that a unit has in this election alone, below it; a code that is an area's already stays that area's."""
        whole = gone["unit"]
        new = [part["code"] for part in gone["parts"] if whole in self.source]
        for code in new:
            self.source.setdefault(code, {"parent": whole, "level": gone["level"]})
        self.parts[whole] = [code for code in new if self.source[code]["parent"] == whole]
        self.whole_of |= dict.fromkeys(self.parts[whole], whole)

    def _merge(self, merged: dict[str, Any], units: list[str]) -> None:
        """What units are merged into in this election alone, above them and below what the first of them lay in; a code that is an
        area's already stays that area's."""
        code, there = merged["code"], [unit for unit in units if unit in self.source]
        if there and code not in self.source:
            around = self.source[there[0]]["parent"]
            self.source[code] = {"parent": around, "level": merged["level"]}
            for unit in there:
                if self.source[unit]["parent"] == around:
                    self.source[unit] = {**self.source[unit], "parent": code}
        if any(self.source[unit]["parent"] == code for unit in there):
            self.merged_from[code] = units

    def _instead(self, codes: set[str]) -> set[str]:
        """With its parts for a divided unit, with what it was merged into for a merged one, and without one that is withdrawn and
        has neither."""
        while divided := codes & self.parts.keys():
            codes = codes.difference(divided).union(*(self.parts[code] for code in divided))
        return (codes - self.withdrawn) | {self.into[code] for code in codes if code in self.into}

    def _lowest(self, levels: list[str]) -> set[str]:
        return {c for c, area in self.source.items() if area["level"] in levels and c not in self.children}

    def below(self, code: str) -> set[str]:
        inside, look = set[str](), [code]
        while look:
            children = set(self.children.get(look.pop(), ())) - inside
            inside |= children
            look += children
        return inside

    def own(self, units: dict[str, Any]) -> set[str]:
        """Of a contest that names its own; where one would lie in another, the larger reports."""
        reporting = set(self.general)
        if units["levels"]:
            level = {code for code, area in self.source.items() if area["level"] in units["levels"]}
            reporting = self._instead({code for code in level if level.isdisjoint(self.below(code))})
        reporting |= self._instead({code for code in units["whole"] if code in self.source})
        return {code for code in reporting if reporting.isdisjoint(_above(self.source, code)[1:])}

    def holding(self, code: str, geography: str) -> tuple[tuple[str, ...], set[str]]:
        """Areas that hold all of a unit, from below, and those that hold some of it."""
        areas = self.source if geography == self.main else self.areas.get(geography, {})
        if code in areas:
            return _above(areas, code), set()
        if code in self.whole_of:
            return self.holding(self.whole_of[code], geography)
        inside = self.below(code)
        smallest = [part for part in inside if part not in self.children]
        paths = [_above(areas, part) for part in smallest if part in areas]
        if not paths:
            return (), set()
        some = set().union(*paths) - inside
        whole = some.intersection(*paths) if len(paths) == len(smallest) else set()
        return tuple(area for area in paths[0] if area in whole), some - whole


class Roster:
    """Who reports on each contest, and which areas hold whom. What an election's units reported stands when they are
    divided, joined or gone: `before` is the roster that this one follows."""

    def __init__(self, election: dict[str, Any], areas: Areas, before: Roster | None) -> None:
        tree, contests = UnitTree(election, areas), election["contests"]
        self.main: str = election["units"]["geography"]
        self.shown: list[str] = election["geographies"]
        own = {contest["code"]: tree.own(contest["units"]) for contest in contests if contest.get("units")}
        self.units = tree.general.union(*own.values())
        self.places: dict[str, Paths] = {}
        self.across: dict[str, dict[str, set[str]]] = {}
        for unit in self.units:
            held = {
                name: tree.holding(unit, name)
                for name in {*self.shown, self.main, *(contest["area"]["geography"] for contest in contests)}
            }
            self.places[unit] = {name: whole for name, (whole, _) in held.items() if whole}
            self.across[unit] = {name: some for name, (_, some) in held.items() if some}
        self.contests: dict[str, set[str]] = {}
        for contest in contests:
            name, code = contest["area"]["geography"], contest["code"]
            silent = set(contest.get("without", ()))
            self.contests[code] = {
                unit
                for unit in own.get(code, tree.general)
                for path in (self.places[unit].get(name, ()),)
                if contest["area"]["area"] in path and silent.isdisjoint(path)
            }
        self.nodes = {
            (g, area) for paths in self.places.values() for g in self.shown for area in paths.get(g, ())
        }
        self.retired: set[str] = set()
        self.gone: dict[str, set[str]] = {}
        self.parts: Replaced = {}
        self.joined: Replaced = {}
        self.united: Replaced = {}
        self.dissolved: dict[str, set[str]] = {}
        self.merged_from = {m["code"]: [g["unit"] for g in election["units"]["withdrawn"] if g.get("into") == m["code"]]
                            for m in election["units"].get("merged", ())}  # fmt: skip
        self.keeping: dict[str, dict[str, str | None]] = {}
        withdrawn = set[str]()
        if before is not None:
            withdrawn = self._follow(before, {**areas, tree.main: tree.source}, tree.withdrawn)
        for gone in election["units"].get("withdrawn", ()):
            for form in gone.get("keeps", ()) if gone["unit"] in withdrawn else ():
                self.keeping.setdefault(form, {})[gone["unit"]] = gone.get("into")
        self._on: dict[tuple[str, str], Counting] = {}

    def _follow(self, before: Roster, areas: Areas, withdrawn: set[str]) -> set[str]:
        """The units that are withdrawn openly, and were units before."""
        fresh = {code: set(units) for code, units in self.contests.items()}
        kept = (before.units | before.retired) - self.units
        withdrawn = kept & withdrawn
        for code, units in self.contests.items():
            units |= before.contests.get(code, set()) & withdrawn
        for code in before.contests.keys() | before.gone.keys():
            once = before.contests.get(code, set()) | before.gone.get(code, set())
            if left := once - self.contests.get(code, set()):
                self.gone[code] = left
        if not kept and not self.gone:
            return withdrawn
        for unit in kept:
            self.places[unit] = {
                name: self._rehung(path, areas.get(name, {}))
                for name, path in before.places[unit].items()
                if name in self.shown or name == self.main
            }
            self.across[unit] = before.across.get(unit, {})
            for name, path in self.places[unit].items():
                there = {(name, area) for area in path if area in areas.get(name, {})}
                self.nodes |= (
                    there | (before.nodes & {(name, area) for area in path}) if name in self.shown else set()
                )
        for code in self.gone.keys() | self.contests.keys():
            now = fresh.get(code, set())
            former = (self.gone.get(code, set()) | self.contests.get(code, set())) - now
            self._replace(code, now, former, before)
        wholes = {whole for of in self.parts.values() for whole in of}
        for unit in self.units if wholes else ():
            self.places[unit] = self._with_wholes(unit, wholes)
        self.retired = kept - withdrawn
        self.units |= withdrawn
        return withdrawn

    def _replace(self, code: str, now: set[str], former: set[str], before: Roster) -> None:
        """A division or a union that was followed by another change stands as it was."""
        inside: dict[str, set[str]] = defaultdict(set)
        for unit in now if former else ():
            for whole in former.intersection(area for path in self.places[unit].values() for area in path):
                inside[whole].add(unit)
        for whole, parts in before.parts.get(code, {}).items():
            if whole in former and whole not in inside:
                inside[whole] = set(parts)
        for merged, of in before.united.get(code, {}).items():
            if merged in former and merged not in inside and now.intersection(of):
                inside[merged] = set(of)
        into_of = {unit: merged for merged, of in self.merged_from.items() for unit in of}
        into = {}
        for unit in former:
            wholes = now.intersection(area for path in self.places[unit].values() for area in path)
            wholes |= now & {into_of.get(unit)}
            wholes |= former.intersection(before.joined.get(code, {}).get(unit, ()))
            if wholes:
                into[unit] = tuple(wholes)
        self.dissolved[code] = inside.keys() & {*before.united.get(code, ()), *before.dissolved.get(code, ())}
        self.parts |= {code: {whole: tuple(parts) for whole, parts in inside.items()}} if inside else {}
        self.joined |= {code: into} if into else {}
        stood = self.contests.get(code, set()) - now - inside.keys()
        united = {
            merged: tuple(unit for unit in of if unit in stood)
            for merged, of in self.merged_from.items()
            if merged in now
        }
        self.united |= {code: {merged: of for merged, of in united.items() if of}}

    @staticmethod
    def _rehung(path: tuple[str, ...], areas: dict[str, dict[str, Any]]) -> tuple[str, ...]:
        """A former path below the first of its areas that still stands, and that area's own path from there."""
        for place, code in enumerate(path):
            if code in areas:
                return (*path[:place], *_above(areas, code))
        return path

    def _with_wholes(self, unit: str, wholes: set[str]) -> Paths:
        """In a geography that does not hold a part, it lies where its whole lies."""
        paths = dict(self.places[unit])
        for area in self.places[unit].get(self.main, ()):
            if area in wholes:
                for name, path in self.places[area].items():
                    if name not in self.across.get(unit, ()):
                        paths.setdefault(name, path)
        return paths

    def on(self, contest: str, form: str) -> Counting:
        key = (contest, form if form in self.keeping else "")
        if key not in self._on:
            self._on[key] = Counting(self, *key)
        return self._on[key]

    def totals_of(self, unit: str) -> list[tuple[str, str]]:
        """Every (geography, area) that the unit counts towards, itself included."""
        paths = self.places.get(unit, {})
        return [(g, area) for g in self.shown for area in paths.get(g, ()) if (g, area) in self.nodes]


class Counting:
    """How the units of one contest stand for each other in a form: a divided unit's figure counts until all its parts have reported,
    theirs from then on; a joined one's until its whole has. So no vote is counted twice, and none is lost in between. N counts
    those that were merged (`united`), and what they were merged into stands for them. Of a form that they go on reporting withdrawn units
    are neither divided nor merged: what was to take their place gives it back, as after an undoing."""

    def __init__(self, roster: Roster, contest: str, form: str) -> None:
        self.places, self.across = roster.places, roster.across
        self.divided, self.joined = roster.parts.get(contest, {}), roster.joined.get(contest, {})
        self.gone = roster.gone.get(contest, set())
        self.united = roster.united.get(contest, {})
        self.dissolved = roster.dissolved.get(contest, set())
        self._give_back(
            {unit: into for unit, into in roster.keeping.get(form, {}).items() if unit not in self.gone}
        )
        self.of_n = {unit for of in self.united.values() for unit in of}
        self.concerned = {*self.divided, *self.joined}
        for others in (*self.divided.values(), *self.joined.values()):
            self.concerned.update(others)

    def _give_back(self, keeping: dict[str, str | None]) -> None:
        again = {
            merged: kept
            for merged, of in self.united.items()
            if (kept := tuple(unit for unit in of if unit in keeping))
        }
        undivided = self.divided.keys() & keeping.keys()
        if not again and not undivided:
            return
        inside: dict[str, list[str]] = {}
        for unit in self.places:
            if wholes := [whole for whole in undivided if self._lies_in(unit, whole)]:
                inside[unit] = wholes
        others = {unit: [w for w in of if w != keeping.get(unit, "")] for unit, of in self.joined.items()}
        self.joined = {unit: tuple(of) for unit, of in others.items() if of}
        self.joined |= {
            unit: (*wholes, *(over for whole in wholes for over in others.get(whole, ())))
            for unit, wholes in inside.items()
        }
        divided: dict[str, tuple[str, ...]] = {}
        for whole in self.divided.keys() - undivided:
            parts = {
                unit for part in self.divided[whole] for unit in inside.get(part, (part,))
            } - again.keys()
            merged = {unit for part in again.keys() & set(self.divided[whole]) for unit in again[part]}
            divided[whole] = (*parts, *(unit for unit in merged - parts if self._lies_in(unit, whole)))
        self.divided = divided | again
        self.united = {merged: of for merged, of in self.united.items() if merged not in again}
        self.dissolved = self.dissolved | again.keys()

    def standing(self, reported: set[str]) -> set[str]:
        return {
            unit
            for unit in (self.divided.keys() | self.joined.keys()) & reported
            if not (unit in self.divided and reported.issuperset(self.divided[unit]))
            and reported.isdisjoint(self.joined.get(unit, ()))
        }

    def weight_at(self, unit: str, geography: str, area: str) -> int:
        """Units of an area's N that a report stands for: a divided unit's for its parts there, a merged one's for those it was
        merged from, another former one's for none."""
        if unit in self.united:
            parts = set(self.united[unit])
        elif unit not in self.divided or unit in self.of_n:
            return int(unit in self.of_n or (unit not in self.gone and unit not in self.joined))
        else:
            parts = set(self.divided[unit]) - self.gone - self.joined.keys()
            parts -= {part for part in parts if self._stood_for(part, unit)}
            parts -= self.divided.keys() if unit in self.dissolved else set()
            parts = {
                smaller
                for part in parts
                for smaller in self.united.get(part, (part,))
                if smaller == part or self._lies_in(smaller, unit)
            }
        return sum(
            area in self.places[part].get(geography, ())
            or area in self.across.get(part, {}).get(geography, ())
            for part in parts
        )

    def _lies_in(self, unit: str, whole: str) -> bool:
        """A merged unit has no area once it is divided again: in it lies what lies in those that it was merged from."""
        within = {whole, *(self.divided[whole] if whole in self.dissolved else ())}
        return unit != whole and not all(within.isdisjoint(path) for path in self.places[unit].values())

    def _stood_for(self, part: str, whole: str) -> bool:
        """By another divided unit beside this one: the one it lies in now, else the first."""
        here = not self._lies_in(part, whole), whole
        return any(
            part in parts and here > (not self._lies_in(part, other), other)
            for other, parts in self.divided.items()
            if other != whole and not self._lies_in(whole, other) and not self._lies_in(other, whole)
        )

    def counts_at(self, unit: str, geography: str, area: str, standing: set[str]) -> bool:
        """A part counts at once below its whole, and where the whole does not lie."""
        if unit not in standing and (unit in self.divided or unit in self.joined):
            return False
        return not any(
            area in self.places[whole].get(geography, ())
            for whole in standing
            if whole in self.divided and self._lies_in(unit, whole)
        )


# --- what the events mean -------------------------------------------------------------------------------------------


WHOLE = 10**15
"""Whole numbers are below it."""
_WHOLE = r"(?:0|-?[1-9][0-9]{0,14})"
WHOLE_ONLY = re.compile(f"{_WHOLE}(?: {_WHOLE})*+")
"""Numbers with blanks between them; a text that holds such a blank itself is none for int()."""


def numbers_of(texts: Collection[str]) -> list[int]:
    """Their numbers; none unless all are whole numbers in canonical form."""
    try:
        return [*map(int, texts)] if WHOLE_ONLY.fullmatch(" ".join(texts)) else []
    except (TypeError, ValueError):
        return []


class Return:
    """One return in one layer: what each cell holds and since which position, by the cell's number in its form and slot. `codes`: whole
    numbers as they are, of another text its place in `Fold.texts`, counted from `WHOLE`. Arrays, as a log may hold millions of cells."""

    __slots__ = ("codes", "columns", "place", "positions", "unit")

    def __init__(self, place: Place, unit: str, columns: dict[str, int]) -> None:
        self.place, self.unit, self.columns = place, unit, columns
        self.codes, self.positions = array("q"), array("q")

    def at(self, key: str) -> int:
        """The cell's number; there is room for it afterwards. Position 0: it holds nothing."""
        at = self.columns.setdefault(key, len(self.columns))
        missing = [0] * (at + 1 - len(self.codes))
        self.codes.extend(missing)
        self.positions.extend(missing)
        return at

    def cells(self) -> Iterator[tuple[str, int, int]]:
        for key, at in self.columns.items():
            if at < len(self.codes) and self.positions[at]:
                yield key, self.codes[at], self.positions[at]


class Fold:
    """The log's meaning: each return's cells by layer, areas, elections; and what corrections must name. Layers are ""
    (entered), "@level" (as approved there) and "@+released" (as made public)."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.returns: dict[str, dict[str, Return]] = defaultdict(dict)
        self.areas: dict[str, dict[tuple[str, str], dict[str, dict[str, Any]]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        self.elections: dict[str, dict[str, Any]] = {}
        self.rosters: dict[str, tuple[dict[str, Any], Areas, Roster]] = {}
        self.command = ""
        self.changed: set[str] = set()
        self.not_folded = 0
        self.reads: dict[str, dict[int, str]] = defaultdict(dict)
        self.newer: tuple[int, str] | None = None
        self._places: dict[Place, tuple[Place, dict[str, int]]] = {}
        self._shared: dict[str, str] = {}
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}
        self._names, self._columns, self._first = tuple[str, ...](), dict[str, int](), -1

    def apply(
        self, position: int, stream: str, command: str, type_: str, version: int, state: dict[str, Any]
    ) -> None:
        self.follow(command)
        if not 1 <= version <= VERSIONS.get(type_, 0):
            self.newer = self.newer or (position, f"{type_} version {version}")
            return
        match type_:
            case "FiguresEntered" | "FiguresCorrected" | "ReturnApproved" | "FiguresReleased":
                self._figures(position, stream, type_, version, state)
            case "SlotReleased":
                self._notice(position, version, state)
            case "GeographiesDeclared":
                pass
            case "ReadsCounted":
                self.reads[state["chain"]][state["count"]] = state["head"]
            case "AreasRegistered":
                for area in state["areas"]:
                    spans = self.areas[state["registry"]][area["geography"], area["code"]]
                    spans[area["valid_from"]] = area
                self.changed |= {
                    code
                    for code, election in self.elections.items()
                    if election["registry"] == state["registry"]
                }
            case "ElectionDefined":
                self.elections[state["definition"]["code"]] = state["definition"]
                self.changed.add(state["definition"]["code"])
            case _:
                self.not_folded += 1

    def follow(self, command: str) -> None:
        if command != self.command:
            self.settle()
            self.command = command

    def _figures(self, position: int, stream: str, type_: str, version: int, state: dict[str, Any]) -> None:
        if state.keys() != FIELDS[type_, version]:
            raise Bad(position, f"fields {sorted(state)}")
        typed = state.get("typed_at", {})
        if typed != {} and (
            not typed.keys() <= state["figures"].keys()
            or any(not 0 < at < position for before in typed.values() for at in before)
        ):
            raise Bad(position, "typed_at names what is not of this event, or not before it")
        released, approved = type_ == "FiguresReleased", type_ == "ReturnApproved"
        layer = "@+released" if released else "@" + state["level"] if approved else ""
        where = (state["election"], state["form"], state["slot"])
        return_ = self._return(position, stream, layer, where, state["unit"])
        figures, correcting = state["figures"], type_ == "FiguresCorrected"
        if correcting and state["supersedes"].keys() != figures.keys():
            raise Bad(position, "a correction that does not name what it replaces")
        numbers = numbers_of(figures.values()) if isinstance(figures, dict) else []
        replaced = [state["supersedes"][key] for key in figures] if correcting else None
        self._hold(position, return_, type_, [*figures.items()], numbers, replaced)

    def enter(self, position: int, stream: str, type_: str, cells: Cells, codes: Sequence[int]) -> None:
        """The same of what `Form.read_all` gave, which has the fields of its type."""
        where, unit, layer, names, texts, replaced = cells
        return_ = self.returns[layer].get(stream)
        if return_ is None or return_.unit != unit or return_.place != where:
            return_ = self._return(position, stream, layer, where, unit)
        columns = return_.columns
        if columns is not self._columns or names != self._names:
            ats = [columns.setdefault(name, len(columns)) for name in names]
            in_order = ats == [*range(ats[0], ats[0] + len(ats))]
            self._names, self._columns, self._first = names, columns, ats[0] if in_order else -1
        if self._first == len(return_.codes) and type_ == "FiguresEntered":
            # Behind all that it holds, as they come: none of them was there.
            return_.codes.extend(codes)
            return_.positions.extend([position] * len(codes))
        else:
            self._hold(position, return_, type_, [*zip(names, texts, strict=True)], codes, replaced)

    def _return(self, position: int, stream: str, layer: str, where: Place, unit: str) -> Return:
        returns = self.returns[layer]
        return_ = returns.get(stream)
        if return_ is None:
            if stream_of("released" if layer == "@+released" else "return", *where, unit) != stream:
                raise Bad(position, f"the stream is not that of {'/'.join((*where, unit))}")
            place, columns = self._places.setdefault(where, (where, {}))
            return_ = returns[stream] = Return(place, self._shared.setdefault(unit, unit), columns)
        if return_.place != where or return_.unit != unit:
            raise Bad(
                position,
                f"{'/'.join((*where, unit))} in the stream of {'/'.join((*return_.place, return_.unit))}",
            )
        return return_

    def _hold(
        self, position: int, return_: Return, type_: str, figures: list[tuple[str, str]], numbers: Sequence[int],
        replaced: Sequence[int] | None,
    ) -> None:  # fmt: skip
        """`numbers`: codes of the figures; none where they are still to be found."""
        entering, correcting = type_ == "FiguresEntered", type_ == "FiguresCorrected"
        codes, positions, columns, room = (
            return_.codes,
            return_.positions,
            return_.columns,
            len(return_.codes),
        )
        for nth, (key, text) in enumerate(figures):
            at = columns.get(key, -1)
            held = positions[at] if 0 <= at < room else 0
            if correcting and replaced is not None and (not held or held != replaced[nth]):
                named, stands = replaced[nth], held or "nothing"
                raise Bad(position, f"{key} names {named} as replaced; there stands {stands}")
            if entering and held:
                raise Bad(position, f"{key} entered although {held} holds it")
            code = numbers[nth] if numbers else self.code(text)
            if code is None:
                raise Bad(position, f"{key} holds {text!r}")
            if at == room:
                codes.append(code)
                positions.append(position)
                room += 1
                continue
            if not 0 <= at < room:
                at = return_.at(key)
                room = len(codes)
            codes[at], positions[at] = code, position

    def codes_of(self, rows: list[Cells | None]) -> list[Sequence[int] | None]:
        """What stands for the texts of each; None where one is no such text."""
        texts = [row[4] if row else () for row in rows]
        numbers = numbers_of([*chain.from_iterable(texts)]) if all(texts) else []
        if numbers:
            return [*zip(*[iter(numbers)] * len(texts[0]), strict=True)]
        return [self._all_codes(row) for row in texts]

    def _all_codes(self, texts: Sequence[str]) -> list[int] | None:
        if not (codes := numbers_of(texts)):
            for text in texts:
                if (code := self.code(text)) is None:
                    return None
                codes.append(code)
        return codes

    def code(self, text: str) -> int | None:
        """What stands for a text in a return. None: for no such text."""
        if numbers := numbers_of([text]):
            return numbers[0]
        code = self._codes.get(text)
        if code is None:
            if not VALUE.fullmatch(text) or text == "-0":
                return None
            code = self._codes[text] = WHOLE + len(self.texts)
            self.texts.append(text)
        return code

    def text(self, code: int) -> str:
        return str(code) if code < WHOLE else self.texts[code - WHOLE]

    def _notice(self, position: int, version: int, state: dict[str, Any]) -> None:
        """A notice says what was public, and calls nothing that was by the name of a first figure."""
        self.not_folded += 1
        for change in state["changes"] if version > 1 else ():
            names = ("released", *(state[name] for name in ("election", "form", "slot")), change["unit"])
            stream = stream_of(*names)
            held = self.returns["@+released"].get(stream)
            at = None if held is None else held.columns.get(change["cell"])
            there = held is not None and at is not None and at < len(held.codes) and held.positions[at]
            public = self.text(held.codes[at]) if held is not None and at is not None and there else None
            if change["before"] != public:
                raise Bad(position, f"{change['cell']} says {change['before']} was public; that was {public}")
            first = change["kind"] in ("first", "absence")
            if first != ((public or NOTHING) == NOTHING and change["withdrawn"] is None):
                raise Bad(position, f"{change['cell']} was {public} and is told as {change['kind']}")

    def settle(self) -> None:
        """Rosters after a command that changed areas or elections: half a registry is nobody's tree."""
        for code in sorted(self.changed):
            election = self.elections[code]
            areas = self._on_day(election["registry"], election["polling_date"])
            before = self.rosters.get(code)
            if before is None or before[:2] != (election, areas):
                self.rosters[code] = election, areas, Roster(election, areas, before and before[2])
        self.changed.clear()

    def _on_day(self, registry: str, day: str) -> Areas:
        areas: Areas = defaultdict(dict)
        for (geography, code), spans in self.areas[registry].items():
            for area in spans.values():
                if area["valid_from"] <= day < (area["valid_to"] or FOREVER):
                    areas[geography][code] = area
        return areas

    def totals(self) -> dict[tuple[str, ...], list[Any]]:
        """(election, form, slot + layer, geography, area, cell) → [sum, reported, counted, newest position]."""
        self.settle()
        sums: dict[tuple[str, ...], list[Any]] = {}
        for layer, returns in self.returns.items():
            standing = self._standing(returns)
            for return_ in returns.values():
                election, form, slot = return_.place
                if election not in self.rosters:
                    continue
                roster = self.rosters[election][2]
                towards = roster.totals_of(return_.unit)
                for key, code, position in return_.cells():
                    units, text = roster.on(key.partition("|")[0], form), self.text(code)
                    number = not text.startswith("!")
                    stands = standing.get((return_.place, key), set())
                    for geography, area in towards:
                        where = (election, form, slot + layer, geography, area, key)
                        row = sums.setdefault(where, [Decimal(0), 0, 0, 0])
                        row[3] = max(row[3], position)
                        if not (number or text == "!none") or (
                            units.concerned and not units.counts_at(return_.unit, geography, area, stands)
                        ):
                            continue
                        if number:
                            row[0] += Decimal(text)
                        row[1] += units.weight_at(return_.unit, geography, area)
                        row[2] += number
        return sums

    def _standing(self, returns: dict[str, Return]) -> dict[tuple[Place, str], set[str]]:
        """By cell of return_ layer, the divided and joined units whose figure stands for others; nothing where none ever was."""
        reported: dict[tuple[Place, str], set[str]] = defaultdict(set)
        for return_ in returns.values():
            if (there := self.rosters.get(return_.place[0])) is None or not (
                there[2].parts or there[2].joined
            ):
                continue
            for key, code, _ in return_.cells():
                if return_.unit in there[2].on(key.partition("|")[0], return_.place[1]).concerned and (
                    (text := self.text(code)) == "!none" or not text.startswith("!")
                ):
                    reported[return_.place, key].add(return_.unit)
        return {
            (place, key): self.rosters[place[0]][2].on(key.partition("|")[0], place[1]).standing(units)
            for (place, key), units in reported.items()
        }


# --- the check ------------------------------------------------------------------------------------------------------


class Export:
    """One export folder and whom the auditor trusts."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        try:
            self.manifest = json.loads((folder / "manifest.json").read_bytes())
            if self.manifest["format"] != FORMAT:
                raise CannotCheck(f"format {self.manifest['format']!r}; this program reads {FORMAT}")
            self.folder, self.size = folder, int(self.manifest["size"])
            self.key = Key(options.key or self.manifest["logKey"])
            self.witnesses = [Key(text) for text in options.witness or self.manifest["witnesses"]]
            self.quorum = int(self.manifest["quorum"]) if options.quorum is None else options.quorum
            self.totals_at: int | None = self.manifest["totals"]
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise CannotCheck(f"manifest.json: {wrong}") from None
        self.checkpoints = sorted(
            self._checkpoints(options.old_checkpoint), key=lambda checkpoint: checkpoint.size
        )
        if not self.checkpoints or not (folder / "events.ndjson").is_file():
            raise CannotCheck("no checkpoint or no events.ndjson in the export")

    def _checkpoints(self, kept: list[Path]) -> Iterator[Checkpoint]:
        last = 0
        try:
            for file in kept:
                yield Checkpoint(file.read_text(encoding="utf-8"), kept=True)
            lines = (self.folder / "checkpoints.ndjson").read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as wrong:
            raise CannotCheck(f"checkpoints: {wrong}") from None
        for line in lines:
            try:
                checkpoint = Checkpoint(json.loads(line)["note"])
            except (ValueError, KeyError, TypeError) as wrong:
                raise Bad(last + 1, f"a checkpoint after {last} cannot be read ({wrong})") from None
            last = checkpoint.size
            yield checkpoint

    def verify(self, progress: Callable[[int, int], None]) -> Fold:
        """Raises Bad at the first bad position."""
        if self.size >= WORTH_SHARING:
            with suppress(Bad, CannotCheck, EOFError, *UNREADABLE):
                self.anew()
                self._shared_events(min(os.cpu_count() or 1, MOST), progress)
                self._whole()
                return self.fold
        # Whatever was not as it should be: it is all looked at once more, in order, which finds the first.
        self.anew()
        try:
            self._events(progress)
            self._whole()
        except Bad as bad:
            if self.differs and self.differs < bad.position:
                raise Bad(self.differs, "the event is not the one that was signed") from bad
            raise
        return self.fold

    def anew(self) -> None:
        self.fold, self.tree, self.good, self.good_kept, self.differs = Fold(), Tree(), 0, 0, 0
        self.wrong_total: Bad | None = None
        self.unsealed: tuple[Any, ...] = ()
        self.around = "\n", "", dict[str, Any]()  # no line begins with its end
        self.copies: dict[int, int] = {}

    def _shared_events(self, of: int, progress: Callable[[int, int], None]) -> None:
        """The same by several processes: each reads the whole file and looks into events of its own streams (`Share`), so that
        what stands in a stream is with one of them. Each finds the hashes of its events in `hashes.bin`; this one alone knows
        areas, elections and what was released, makes the tree of those hashes and compares times, roots and totals. Any
        exception: something is not as it should be, here or in the export."""
        pending, last_time, share, copied = list(self.checkpoints), b"", Share(self, 0, of), 0
        size_of_file, position = (self.folder / "events.ndjson").stat().st_size, 0
        with ExitStack() as stack:
            others = [stack.enter_context(Helper(self.folder, number, of)) for number in range(1, of)]
            lines = stack.enter_context((self.folder / "events.ndjson").open("rb"))
            recorded = stack.enter_context((self.folder / "hashes.bin").open("rb"))
            while pending and pending[0].size == 0:
                self._compare(pending.pop(0))
            self.wrong_total = self._totals() if self.totals_at == 0 else None
            for piece in pieces(lines, self.totals_at):
                hashes = recorded.read(32 * len(piece))
                whose, times = share.look_at(position, piece, hashes)
                said = [times, *(re.findall(rb".{27}", other.take()) for other in others)]
                if [len(times) for times in said] != [whose.count(owner) for owner in range(of)]:
                    raise ValueError("shares")
                entries = [iter(times) for times in said]
                moments = [next(entries[owner]) for owner in whose]
                if copied or self.copies:
                    for at in range(len(moments)):
                        if copied:
                            copied, moments[at] = copied - 1, moments[at - 1] if at else last_time
                        copied = self.copies.get(position + at + 1, copied)
                    self.copies.clear()
                if sorted(moments) != moments or moments[0] < last_time:
                    raise ValueError("times")
                last_time = moments[-1]
                position += len(piece)
                self._grow(hashes, pending)
                if position == self.totals_at:
                    self._take_returns(others)
                    self.wrong_total = self._totals()
                progress(lines.tell(), size_of_file)
            strange = self.fold.versions.keys()
            for other in others:
                streams, not_folded, newer = marshal.loads(other.take())
                if newer is not None or not strange.isdisjoint(streams):
                    raise ValueError("streams")
                self.fold.not_folded += not_folded
            if recorded.read(1) or pending or self.fold.newer is not None or self.wrong_total is not None:
                raise ValueError("the end")
        progress(1, 1)

    def _grow(self, hashes: bytes, pending: list[Checkpoint]) -> None:
        """Leaves into the tree, which is compared at the size of each checkpoint."""
        at = 0
        while at < len(hashes):
            upto = len(hashes)
            if pending:
                upto = min(upto, at + 32 * (pending[0].size - self.tree.size))
            self.tree.extend(hashes[at:upto])
            at = upto
            while pending and pending[0].size == self.tree.size:
                self._compare(pending.pop(0))

    def _take_returns(self, others: list[Helper]) -> None:
        """What the others folded so far, for the totals of here; they are not corrected here any more."""
        for other in others:
            theirs, returns = marshal.loads(other.take())
            texts = [self.fold.code(text) or 0 for text in theirs]  # they had a code there, so none is 0 here
            for layer, stream, place, unit, keys, codes, positions in returns:
                held = Return(place, unit, {key: at for at, key in enumerate(keys)})
                held.codes, held.positions = array("q", codes), array("q", positions)
                for at, code in enumerate(held.codes if texts else ()):
                    if code >= WHOLE:
                        held.codes[at] = texts[code - WHOLE]
                self.fold.returns[layer][stream] = held

    def _events(self, progress: Callable[[int, int], None]) -> None:
        pending, last_time, copied = list(self.checkpoints), "", 0
        tree, versions, fold = self.tree, self.fold.versions, self.fold
        size_of_file = (self.folder / "events.ndjson").stat().st_size
        recorded_file = self.folder / "hashes.bin"
        read = 0
        if not recorded_file.is_file():
            raise CannotCheck("no hashes.bin in the export")
        with (self.folder / "events.ndjson").open("rb") as lines, recorded_file.open("rb") as recorded:
            while pending and pending[0].size == 0:
                self._compare(pending.pop(0))
            if self.totals_at == 0:
                self.wrong_total = self._totals()
            for position, line in enumerate(lines, 1):
                read += len(line)
                try:
                    hash_, state, stream = self.event(position, line)
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
                    raise Bad(position, f"the event cannot be read: {wrong}") from None
                if hash_ != recorded.read(32) and not self.differs:
                    self.differs = position
                moment = state[1]
                if copied:
                    copied, moment = copied - 1, last_time
                if moment < last_time:
                    raise Bad(position, f"recorded at {moment}, before its predecessor")
                last_time = moment
                if versions.get(stream, 0) + 1 != state[2]:
                    raise Bad(position, f"version {state[2]} after {versions.get(stream, 0)} of {stream}")
                versions[stream] = state[2]
                try:
                    fold.apply(position, stream, *state[3:], state[0])
                except (KeyError, TypeError, AttributeError) as wrong:
                    raise Bad(position, f"the event's fields are wrong: {wrong!r}") from None
                if state[4] == "EventsCopied":
                    copied = state[0]["count"]
                tree.append(hash_)
                while pending and pending[0].size == position:
                    self._compare(pending.pop(0))
                if position == self.totals_at:
                    self.wrong_total = self._totals()
                if not position & 0x3FFF:
                    progress(read, size_of_file)
            if recorded.read(1):
                raise Bad(tree.size + 1, "hashes.bin goes on, the events do not")
        if pending:
            raise Bad(tree.size + 1, f"events are missing: a checkpoint covers {pending[-1].size}")
        progress(1, 1)

    def event(self, position: int, line: bytes) -> tuple[bytes, Details, str]:
        """Leaf hash, details, stream."""
        text = line.decode()
        return self._plain_event(position, text) or self._any_event(position, text)

    def _plain_event(self, position: int, text: str) -> tuple[bytes, Details, str] | None:
        """Of an event in the form that nearly all have: what stands around its state is canonical because it fits the pattern (or is that of
        the event before, of the same command, with the next position), a state with figures because it has its form; any other is
        written again. None where anything is otherwise, for better or worse."""
        before, after, said = self.around
        head = f"{before}{position}{after}"
        if not text.startswith(head):
            if not (match := HEAD.match(text)) or match["position"] != str(position):
                return None
            head, said = match[0], match.groupdict()
            self.around = text[: match.start("position")], text[match.end("position") : match.end()], said
        behind = text.rfind(',"stream":"')
        if behind < len(head) or not (tail := TAIL.fullmatch(text, behind)):
            return None
        stream, stream_version, type_, version, words = tail.groups()
        inner = text[len(head) : behind]
        try:
            form = FORMS.get((type_, version))
            state = form.read(inner) if form else None
            if state is None:
                state = loads(inner)
                if not isinstance(state, dict) or _dump(state) != inner:
                    return None
        except (ValueError, RecursionError):
            return None
        if words is not None and not self.unsealed_as_said(words, said):
            return None
        hash_ = sha256(inner.encode()).hexdigest()
        leaf = f'\x00{head}"{hash_}"{text[behind : tail.end("version")]},"v":1}}'
        details = state, said["recordedAt"], int(stream_version), said["command"], type_, int(version)
        return sha256(leaf.encode()).digest(), details, stream

    def unsealed_as_said(self, words: str, said: dict[str, Any]) -> bool:
        """Whether they are in canonical form; ValueError unless they are the ones sealed."""
        if (words, *map(said.get, SEALED)) != self.unsealed:
            spoken = loads(words)
            if not isinstance(spoken, dict) or _dump(spoken) != words:
                return False
            unseal(spoken, said)
            self.unsealed = words, *map(said.get, SEALED)
        return True

    def _any_event(self, position: int, text: str) -> tuple[bytes, Details, str]:
        if not text.endswith("\n"):
            raise ValueError("the line is cut off")
        event, dump = parse(text[:-1])
        if event["position"] != position:
            raise ValueError(f"position {event['position']} where {position} should be")
        words, state = event.pop("words", None), event["state"]
        if event.keys() != LEAF or event["v"] != 1 or not isinstance(state, dict):
            raise ValueError("other fields than an event of version 1 has")
        if not INSTANT.fullmatch(event["recordedAt"]):
            raise ValueError(f"time {event['recordedAt']}")
        unseal(words or {}, event)
        event["state"] = sha256(dump(state).encode()).hexdigest()
        details = (
            state, event["recordedAt"], event["streamVersion"], event["command"], event["type"], event["typeVersion"],
        )  # fmt: skip
        return sha256(b"\x00" + dump(event).encode()).digest(), details, event["stream"]

    def _compare(self, checkpoint: Checkpoint) -> None:
        """The root, the origin and the signature of one checkpoint, at the moment the tree has its size."""
        size, whose = checkpoint.size, " you kept" if checkpoint.kept else ""
        if checkpoint.origin != self.key.name:
            raise Bad(size, f"the checkpoint of {size} is of another log: {checkpoint.origin}")
        if self.key.raw not in checkpoint.signers([self.key]):
            raise Bad(size, f"the checkpoint of {size}{whose} is not signed by the log's key")
        if checkpoint.root != self.tree.root():
            if self.differs and self._recorded_root(size) == checkpoint.root:
                raise Bad(self.differs, "the event is not the one that was signed")
            good = self.good_kept if checkpoint.kept else self.good
            raise Bad(good + 1, f"not the log of the checkpoint{whose}: between here and {size}")
        if self.differs:
            raise Bad(self.differs, "hashes.bin does not give the event that was signed")
        self.good = size
        self.good_kept = size if checkpoint.kept else self.good_kept
        if self.wrong_total:  # only now: the events before it are the ones that were signed
            raise self.wrong_total

    def _recorded_root(self, size: int) -> bytes:
        tree = Tree()
        with (self.folder / "hashes.bin").open("rb") as recorded:
            for _ in range(size):
                tree.append(recorded.read(32))
        return tree.root()

    def _whole(self) -> None:
        if self.wrong_total:
            raise self.wrong_total
        own = [checkpoint for checkpoint in self.checkpoints if not checkpoint.kept]
        if not own or own[-1].size != self.size or self.tree.size != self.size:
            raise Bad(
                self.good + 1, f"{self.tree.size} events, signed to {self.good}, said to be {self.size}"
            )
        witnesses = [key for key in self.witnesses if key.kind == 4 and key.raw != self.key.raw]
        cosigners = len(own[-1].signers(witnesses))
        if cosigners < self.quorum:
            raise Bad(
                self.size, f"{cosigners} witnesses cosigned the last checkpoint; {self.quorum} are needed"
            )
        if self.totals_at is not None and not 0 <= self.totals_at <= self.size:
            raise Bad(self.size, f"totals at {self.totals_at}")
        if self.fold.newer:
            raise CannotCheck(
                "{1} at {0} is newer than this program; bytes and signatures are good".format(
                    *self.fold.newer
                )
            )

    def _totals(self) -> Bad | None:
        """What is wrong with the published totals, by the fold; a total that was emptied equals one that never was."""
        if self.fold.newer:
            return None  # `_whole` says so, once the rest is known to be good
        sums = self.fold.totals()
        file = self.folder / "totals.ndjson"
        if not file.is_file():
            raise CannotCheck("no totals.ndjson in the export")
        at = self.totals_at or 0
        with file.open("rb") as lines:
            for line in lines:
                try:
                    row, _ = parse(line.decode().removesuffix("\n"))
                    key = tuple(
                        row[name] for name in ("election", "form", "slot", "geography", "area", "cell")
                    )
                    said = (Decimal(row["value"]), row["reported"], row["counted"])
                except (ValueError, KeyError, TypeError, ArithmeticError) as wrong:
                    return Bad(at, f"a total cannot be read: {wrong}")
                *own, newest = sums.pop(key, (Decimal(0), 0, 0, at))
                if tuple(own) != said:
                    return Bad(newest, f"total {'/'.join(key)}: {said[0]}, by the events {own[0]}")
        for key, (value, reported, _, newest) in sums.items():
            if value or reported:
                return Bad(newest, f"total {'/'.join(key)} is missing; by the events {value}")
        return None


UNREADABLE = OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError
"""What comes of an export that is not as it should be, where many events are looked at together."""
WORTH_SHARING = 20_000
"""Events that make up for processes of their own."""
MOST = 4
"""Of them."""
PIECE = 1 << 18
"""Bytes of lines that are looked at together; all processes cut the file at the same places."""
OF_RETURNS = {
    *(
        "FiguresEntered",
        "FiguresCorrected",
        "ReturnApproved",
        "ReturnSubmitted",
        "FiguresReceived",
        "CellsSentBack",
    ),
    *(
        "CellsConfirmed",
        "ReturnCertified",
        "ReturnWithdrawn",
        "ReturnAnnotated",
        "ReadTogether",
        "ReminderSent",
    ),
    *("DiscrepancyDeclared", "DiscrepancyConfirmed", "DiscrepancyClosed"),
}
"""Types of streams that are shared out; all others are of the first process."""


STREAM = b',"stream":"'
UPTO, BEHIND = len(STREAM), len(STREAM) + 36
"""Where a stream's id begins and ends, from `STREAM`."""
KEPT = 10_000
"""Ends of lines that are remembered."""


class Tail(NamedTuple):
    """What stands in a line behind its stream's id; the same stands behind many. `shared`: of a type that is shared out; `leaf`: as the
    leaf has it. Nothing in it, where it is not in the form that nearly all have."""

    stream_version: int = 0
    type: str = ""
    version: int = 0
    form: Form | None = None
    shared: bool = False
    leaf: bytes = b""
    words: str | None = None


class Owners:
    """Who looks into an event: by its type, and by the beginning of its stream's id, which is a hash; what has no such type or form
    is the first process's. That has a little less, since it also puts together what the others find."""

    def __init__(self, of: int) -> None:
        first = 256 if of == 1 else 256 * 7 // (8 * of)
        self._by_stream = {
            b"%02x" % at: 0 if at < first else 1 + (at - first) * (of - 1) // (256 - first)
            for at in range(256)
        }
        self._tails: dict[bytes, Tail] = {}

    def of(self, lines: list[bytes]) -> list[tuple[int, int, Tail]]:
        """Of each: the owner, where `STREAM` begins, what stands behind its id."""
        tails, by_stream, whose = self._tails, self._by_stream, []
        for line in lines:
            at = line.rfind(STREAM)
            tail = tails.get(line[at + BEHIND :]) or self._tail(line, at)
            owner = by_stream.get(line[at + UPTO : at + UPTO + 2], 0) if tail.shared else 0
            whose.append((owner, at, tail))
        return whose

    def _tail(self, line: bytes, at: int) -> Tail:
        match = TAIL.fullmatch(line[at:].decode()) if at >= 0 else None
        if not match or len(match["stream"].encode()) != BEHIND - UPTO:
            return Tail()
        _, stream_version, type_, version, words = match.groups()
        leaf = match.string[match.end("stream") : match.end("version")] + ',"v":1}'
        form, shared = FORMS.get((type_, version)), type_ in OF_RETURNS
        tail = Tail(int(stream_version), type_, int(version), form, shared, leaf.encode(), words)
        if len(self._tails) == KEPT:
            self._tails.clear()
        self._tails[line[at + BEHIND :]] = tail
        return tail


class Share:
    """A process's own part of an export, a piece of the file at a time. This is `Export.event` and `Fold.apply` for many events at
    once: what stands around a state is that of an event before, or is matched as there; states with figures are read together, by
    their form; a stream's id is good if it is the one that `Fold.enter` makes of the names in the state. What is otherwise goes their
    way. So nothing is taken here that is not taken there, and nothing in another meaning."""

    def __init__(self, export: Export, number: int, of: int) -> None:
        self._export, self._fold, self._me, self._owners = export, export.fold, number, Owners(of)
        self._before, self._after, self._said = b"\n", b"", dict[str, Any]()  # no line begins with its end
        self._command, self._time = "", b""

    def look_at(self, position: int, lines: list[bytes], recorded: bytes) -> tuple[list[int], list[bytes]]:
        """Whose the lines are that stand behind `position`, and when mine were recorded. Mine are folded. Raises for the first that is
        not as it should be, or has another hash than `recorded`."""
        whose = self._owners.of(lines)
        fold, versions, times = self._fold, self._fold.versions, list[bytes]()
        mine, read = self._together(position, lines, whose)
        for (place, line, tail, hash_, stream, command, time_), figures in zip(mine, read, strict=True):
            if figures:
                stream_version = tail.stream_version
                if command != fold.command:
                    fold.follow(command)
                fold.enter(place, stream, tail.type, *figures)
            else:
                hash_, details, stream = self._export.event(place, line)
                state, moment, stream_version, command, type_, version = details
                fold.apply(place, stream, command, type_, version, state)
                if type_ == "EventsCopied":
                    self._export.copies[place] = state["count"]
                time_ = moment.encode("ascii")
            if hash_ != recorded[32 * (place - position - 1) : 32 * (place - position)]:
                raise ValueError("hash")
            if versions.get(stream, 0) + 1 != stream_version:
                raise ValueError("version")
            versions[stream] = stream_version
            times.append(time_)
        return [owner for owner, _, _ in whose], times

    def _together(
        self, position: int, lines: list[bytes], whose: list[tuple[int, int, Tail]]
    ) -> tuple[list[tuple[Any, ...]], list[tuple[Cells, Sequence[int]] | None]]:
        """Of each of mine position, line and tail, of one with figures in its form also hash, stream, command and time; and of
        such a one its cells with their codes."""
        me, mine, states = self._me, list[tuple[Any, ...]](), list[bytes]()
        of_form = defaultdict[tuple[Form, int], list[int]](list)
        for place, (line, (owner, at, tail)) in enumerate(zip(lines, whose, strict=True), position + 1):
            if owner != me:
                continue
            head = b"%b%d%b" % (self._before, place, self._after)
            if (
                tail.form is None
                or not (line.startswith(head) or (head := self._head(place, line)))
                or at < len(head)
                or not (tail.words is None or self._export.unsealed_as_said(tail.words, self._said))
            ):
                mine.append((place, line, tail, b"", "", "", b""))
                states.append(b"")
                continue
            state = line[len(head) : at]
            of_form[tail.form, state.count(b'"')].append(len(mine))
            states.append(state)
            hashed = sha256(state).hexdigest().encode()
            behind = line[at:-1] if tail.words is None else line[at : at + BEHIND] + tail.leaf
            leaf = b"".join((b"\0", head, b'"', hashed, b'"', behind))
            stream = line[at + UPTO : at + BEHIND].decode()
            mine.append((place, line, tail, sha256(leaf).digest(), stream, self._command, self._time))
        figures: list[tuple[Cells, Sequence[int]] | None] = [None] * len(mine)
        for (form, _), alike in of_form.items():
            rows = form.read_all([states[nth] for nth in alike])
            for nth, cells, codes in zip(alike, rows, self._fold.codes_of(rows), strict=True):
                if cells is not None and codes is not None:
                    figures[nth] = cells, codes
        return mine, figures

    def _head(self, place: int, line: bytes) -> bytes:
        """What stands before the state; nothing unless it has the form that nearly all have."""
        text = line.decode()
        if not (match := HEAD.match(text)) or match["position"] != str(place):
            return b""
        self._before = text[: match.start("position")].encode()
        self._after = text[match.end("position") : match.end()].encode()
        self._said = match.groupdict()
        self._command, self._time = match["command"], match["recordedAt"].encode()
        return match[0].encode()


def pieces(file: BinaryIO, cut: int | None) -> Iterator[list[bytes]]:
    """Lines of the file, so many bytes at a time; one piece ends where the totals are compared."""
    position = 0
    while lines := file.readlines(PIECE):
        if cut is not None and position < cut < position + len(lines):
            yield lines[: cut - position]
            lines, position = lines[cut - position :], cut
        yield lines
        position += len(lines)


class Helper:
    """Another process with this very program, which looks at its share; `take` is what it says next. It reads ahead of us, as
    far as there is room in the queue."""

    def __init__(self, folder: Path, number: int, of: int) -> None:
        self._command = [sys.executable, __file__, str(folder), "--share", f"{number}/{of}"]
        self._said: Queue[bytes] = Queue(64)

    def __enter__(self) -> Helper:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._over = Event()
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._process.kill()
        self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def take(self) -> bytes:
        if not (said := self._said.get()):
            raise EOFError
        return said[1:]

    def _listen(self) -> None:
        """Nothing: it has ended, as it does where something is wrong."""
        said = b"-"
        while said:
            head = self._process.stdout.read(4) if self._process.stdout is not None else b""
            size = int.from_bytes(head, "big")
            body = (
                self._process.stdout.read(size)
                if len(head) == 4 and self._process.stdout is not None
                else b""
            )
            said = b"+" + body if len(head) == 4 and len(body) == size else b""
            while not self._over.is_set():
                with suppress(Full):
                    self._said.put(said, timeout=1)
                    break
            if self._over.is_set():
                return


def help_with(options: argparse.Namespace) -> int:
    """As one of several processes: the times of each piece, the returns where totals are compared, in the end streams and counts."""
    number, of = map(int, options.share.split("/"))
    export, position = Export(options.export, options), 0
    export.anew()
    fold, share = export.fold, Share(export, number, of)

    def say(what: bytes) -> None:
        sys.stdout.buffer.write(len(what).to_bytes(4, "big") + what)
        sys.stdout.buffer.flush()

    def returns() -> bytes:
        held = [
            (layer, stream, r.place, r.unit, list(r.columns), r.codes.tobytes(), r.positions.tobytes())
            for layer, by_stream in fold.returns.items()
            for stream, r in by_stream.items()
        ]
        return marshal.dumps((fold.texts, held))

    with (
        (options.export / "events.ndjson").open("rb") as lines,
        (options.export / "hashes.bin").open("rb") as recorded,
    ):
        for piece in pieces(lines, export.totals_at):
            say(b"".join(share.look_at(position, piece, recorded.read(32 * len(piece)))[1]))
            position += len(piece)
            if position == export.totals_at:
                say(returns())
    say(marshal.dumps((list(fold.versions), fold.not_folded, fold.newer)))
    return 0


# --- a release, or its open data --------------------------------------------------------------------------------------


LISTS = {"SlotReleased": ("manifest.json", "package"), "DistributionMade": ("distribution.json", "manifest")}
"""Type of an event → the list of files, and the event's field with the list's SHA-256."""
EVENT, PROOF = "event.json", "event.tlog-proof"


class Published:
    """A folder of released files. `states`: file → `same`, `changed`, `missing`, or `not of the release`."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        if not options.key:
            raise CannotCheck("--key is needed: a release does not bring the log's key along")
        self.key, self.witnesses = Key(options.key), [Key(text) for text in options.witness or []]

    def verify(self) -> dict[str, str]:
        """Bad when the event is not in the signed log, or the list is not the one it names."""
        try:
            leaf = self._leaf((self.folder / PROOF).read_text(encoding="utf-8"))
            event = (self.folder / EVENT).read_bytes()
            fields, told = json.loads(leaf), json.loads(event)
            if fields["type"] not in LISTS:
                raise CannotCheck(f"an event {fields['type']!r} names no files")
            name, field = LISTS[fields["type"]]
            if sha256(event).hexdigest() != fields["state"]:
                raise Bad(self.index + 1, "event.json is not the event that was signed")
            listed = (self.folder / name).read_bytes()
            if sha256(listed).hexdigest() != told[field]:
                raise Bad(self.index + 1, f"{name} is not the list that the event names")
            files = json.loads(listed)["files"]
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise CannotCheck(f"the folder of a release: {wrong!r}") from None
        hashes = files if isinstance(files, dict) else {file["name"]: file["sha256"] for file in files}
        if "core/manifest.json" in hashes and hashes["core/manifest.json"] != told["package"]:
            raise Bad(self.index + 1, "core/manifest.json is not the signed package that the event names")
        there = {
            file.relative_to(self.folder).as_posix() for file in self.folder.rglob("*") if file.is_file()
        }
        states = dict.fromkeys(there - {name, EVENT, PROOF}, "not of the release")
        for file, hash_ in hashes.items():
            if file not in there:
                states[file] = "missing"
            else:
                same = sha256((self.folder / file).read_bytes()).hexdigest() == hash_
                states[file] = "same" if same else "changed"
        return dict(sorted(states.items()))

    def _leaf(self, text: str) -> bytes:
        """The leaf in a proof (c2sp.org/tlog-proof@v1) that holds against the log's key and so many witnesses."""
        head, _, note = text.partition("\n\n")
        lines = head.split("\n")
        if lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("extra "):
            raise CannotCheck("event.tlog-proof is no proof with its leaf")
        leaf = unbase64(lines[1].removeprefix("extra "))
        self.index, path = int(lines[2].removeprefix("index ")), [unbase64(line) for line in lines[3:]]
        checkpoint = Checkpoint(note)
        if self.key.raw not in checkpoint.signers([self.key]) or checkpoint.origin != self.key.name:
            raise Bad(self.index + 1, "the tree head of the proof is not signed by the log's key")
        cosigned = len(checkpoint.signers(self.witnesses) - {self.key.raw})
        if cosigned < (self.options.quorum or 0):
            raise Bad(
                self.index + 1, f"{cosigned} witnesses signed the tree head, {self.options.quorum} are needed"
            )
        if included(self.index, checkpoint.size, leaf, path) != checkpoint.root:
            raise Bad(self.index + 1, "the event is not in the signed log")
        return leaf


def included(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that a proof of inclusion leads to (RFC 9162, 2.1.3.2). Bad when it has another length."""
    if not 0 <= index < size:
        raise Bad(index + 1, "the proof is of an event behind the end of the log")
    at, last, hash_ = index, size - 1, sha256(b"\x00" + leaf).digest()
    for beside in path:
        if last == 0:
            raise Bad(index + 1, "the proof is too long")
        if at & 1 or at == last:
            hash_ = sha256(b"\x01" + beside + hash_).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hash_ = sha256(b"\x01" + hash_ + beside).digest()
        at, last = at >> 1, last >> 1
    if last:
        raise Bad(index + 1, "the proof is too short")
    return hash_


def published(folder: Path, options: argparse.Namespace) -> int:
    """Says of each file whether it is what was released. 0: all are; 1: some are not."""
    release = Published(folder, options)
    states = release.verify()
    for file, state in states.items():
        print(f"{state:<18} {file}")
    wrong = sum(state != "same" for state in states.values())
    said = f"{len(states)} files of event {release.index + 1} of {release.key.name}"
    print(
        f"BAD: {wrong} of {said} are not what was released"
        if wrong
        else f"GOOD: {said} are what was released"
    )
    return 1 if wrong else 0


def bar() -> Callable[[int, int], None]:
    """A bar on a terminal, a line now and then elsewhere; on standard error."""
    start = time.monotonic()
    shown = [start]

    def progress(done: int, total: int) -> None:
        now, part = time.monotonic(), done / max(total, 1)
        if sys.stderr.isatty():
            filled = int(part * 40)
            left = (now - start) / max(part, 0.001) * (1 - part)
            end = "\n" if done == total else ""
            print(f"\r[{'#' * filled:40}] {part:4.0%} {left:4.0f} s ", end=end, file=sys.stderr, flush=True)
        elif now - shown[0] > 5:
            shown[0] = now
            print(f"{part:.0%}", file=sys.stderr, flush=True)

    return progress


READ = {"chain", "n", "previous", "at", "office", "role", "election", "request_id", "person_seal"}
READ_OF = {"unit", "area"}
"""Fields of a read before release that its hash is over; of the latter those that are there."""


def reads(file: Path, counted: dict[str, dict[int, str]]) -> tuple[int, int, list[str]]:
    """(lines, of these covered by what the log names, notes) of the servers' logs of reads before release: every line seals the
    one before, and at every count that the log names the line with that hash stands. Other lines are passed over. Raises
    BadReads."""
    chains: dict[str, dict[int, str]] = defaultdict(dict)
    lines = 0
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if "unreleased_read" not in text:
            continue
        try:
            line = json.loads(text)
            if line["event"] != "unreleased_read":
                continue
            held = {name: line[name] for name in READ | (READ_OF & line.keys())}
            chain, n = str(held["chain"]), int(held["n"])
            digest = sha256(
                json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            ).hexdigest()
            seal = held["person_seal"]
            if line["salt"] != "(erased)" and seal != seal_of(line["person"], line["salt"]):
                raise BadReads(number, "another person than was sealed")
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise BadReads(number, f"no line of the read log ({type(wrong).__name__}: {wrong})") from None
        if digest != line["hash"]:
            raise BadReads(number, "changed: it has another hash")
        if (n - 1 in chains[chain] and chains[chain][n - 1] != held["previous"]) or n in chains[chain]:
            raise BadReads(number, f"line {n} of {chain} does not follow the one before it")
        if n - 1 not in chains[chain] and chains[chain]:
            raise BadReads(number, f"before line {n} of {chain} lines are missing")
        chains[chain][n] = digest
        lines += 1
    covered, notes = 0, []
    for chain, heads in sorted(counted.items()):
        there = chains.get(chain)
        if there is None:
            notes.append(f"{max(heads)} reads of {chain} are named in the log and not in this file")
            continue
        for count, head in sorted(heads.items()):
            if count >= min(there) and there.get(count) != head:
                raise BadReads(0, f"the log names line {count} of {chain}, which is not there as it was")
        covered += sum(n <= max(heads) for n in there)
        if min(there) > 1:
            notes.append(f"{chain} begins at line {min(there)} here")
    if lines > covered:
        notes.append(
            f"{lines - covered} reads are not named in the log yet: nothing says that none was cut off after them"
        )
    return lines, covered, notes


def seal_of(person: str, salt: str) -> str:
    return sha256(b"reporting/seal/v1 person\0" + bytes.fromhex(salt) + person.encode()).hexdigest()


class BadReads(Exception):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}" if line else why)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", help="the log's key, as you know it from elsewhere")
    parser.add_argument("--witness", action="append", help="a witness's key; may be repeated")
    parser.add_argument("--quorum", type=int, help="how many of them must have cosigned")
    parser.add_argument("--old-checkpoint", type=Path, action="append", default=[], help="one you kept")
    parser.add_argument(
        "--reads", type=Path, help="the servers' log of reads before release, to check with it"
    )
    parser.add_argument("--share", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.share:
            return help_with(options)
        import cryptography  # noqa: F401

        if (options.export / PROOF).is_file():
            return published(options.export, options)
        export = Export(options.export, options)
        fold = export.verify(bar())
    except Bad as bad:
        print(f"BAD: first bad position {bad.position}: {bad.why}")
        return 1
    except (CannotCheck, ImportError, OSError) as wrong:
        print(f"COULD NOT CHECK: {wrong}")
        return 2
    print(f"GOOD: {export.size} events of {export.key.name}, {len(export.checkpoints)} checkpoints", end="")
    print(f", totals at {export.totals_at}" if export.totals_at is not None else ", no totals")
    if fold.not_folded:
        print(
            f"note: {fold.not_folded} events carry no figures, areas or elections; only their bytes were checked"
        )
    if options.reads is not None:
        try:
            lines, covered, notes = reads(options.reads, fold.reads)
        except BadReads as bad_reads:
            print(f"BAD: reads before release, {bad_reads}")
            return 1
        except OSError as wrong:
            print(f"COULD NOT CHECK: {wrong}")
            return 2
        print(f"GOOD: {lines} reads before release, {covered} of them named in the log")
        for note in notes:
            print(f"note: {note}")
    if not options.key:
        print("note: the key came with the export, so this shows only that the export agrees with itself")
    return 0


if __name__ == "__main__":
    gc.disable()  # nothing here refers to itself, and looking for what does took a fifth of the time
    sys.exit(main())
