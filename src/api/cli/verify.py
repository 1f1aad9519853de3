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
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from decimal import Decimal
from hashlib import sha256
from itertools import chain, pairwise
from operator import itemgetter, lt
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, NamedTuple

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


Rows = tuple[
    Sequence[int], Place, str, tuple[str, ...], list[str], list[tuple[str, ...]], list[tuple[int, ...]]
]
"""Of states with figures that give the same cells of one place in one layer: which they are of those that were read; place, layer and
cells; and of each its unit, its texts, and the positions that it replaces, if it is a correction."""


class Form:
    """States with figures of one type: canonical if they fit the pattern and names within their fields are in order."""

    def __init__(self, fields: set[str], type_: str = "") -> None:
        self._names, self.type = sorted(fields), type_
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

    def read_all(self, states: list[bytes]) -> tuple[Collection[int], list[Rows]]:
        """The same of many that have as many quotation marks each, which are put together with one more between two and cut again at
        all of them: no text holds one, as none has anything escaped. First those that are otherwise than the sample, for better or
        worse; the sample is the first such state that `read` takes."""
        together, each = b'"'.join(states), range(len(states))
        if b"\\" in together or len(together.translate(None, CONTROLS)) != len(together):
            return each, []
        try:
            parts = together.decode().split('"')
            quotes = len(parts) // len(states)
            sample = self._samples.get(quotes) or next(filter(None, map(self._sample, states)), None)
            if sample is None:
                return each, []
            self._samples[quotes] = sample
            return sample.rows(parts)
        except ValueError:
            return each, []

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

    def rows(self, parts: list[str]) -> tuple[set[int], list[Rows]]:
        """First those that are otherwise. ValueError where a number cannot be read."""
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
        replacing = []
        for place in self._numbers:
            end = self._parts[place].lstrip(":0123456789")
            column = [int(part[1 : -len(end)]) for part in columns[place]]
            replacing.append(column)
            odd.update(
                row
                for row, (number, part) in enumerate(zip(column, columns[place], strict=True))
                if f":{number}{end}" != part or not 0 <= number < WHOLE
            )
        fixed = [columns[self._texts[name]] for name in _WHERE if name in self._texts] + cells
        units, texts = (
            columns[self._texts["unit"]],
            [*zip(*(columns[at] for at in self._values), strict=True)],
        )
        numbers = [*zip(*replacing, strict=True)]
        if not odd and all(column.count(column[0]) == count for column in fixed):
            where = self._where(tuple(column[0] for column in fixed))
            return odd, [(range(count), *where, units, texts, numbers)]
        alike = defaultdict[tuple[str, ...], list[int]](list)
        for row, key in enumerate(zip(*fixed, strict=True)):
            if row not in odd:
                alike[key].append(row)
        rows: list[Rows] = []
        for key, nth in alike.items():
            theirs = [units[row] for row in nth], [texts[row] for row in nth]
            rows.append((nth, *self._where(key), *theirs, [numbers[row] for row in nth] if numbers else []))
        return odd, rows

    def _where(self, key: tuple[str, ...]) -> tuple[Place, str, tuple[str, ...]]:
        """Place, layer and cells, of place, level (if there is one) and cells."""
        place = key[0], key[1], key[2]
        if "level" in self._texts:
            return place, "@" + key[3], key[4:]
        return place, "@+released" if "release" in self._texts else "", key[3:]


_WHERE = "election", "form", "slot", "level"
"""Texts of a state that say where its figures stand, beside their unit."""


FORMS = {(type_, str(version)): Form(fields, type_) for (type_, version), fields in FIELDS.items()}


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
        for hash_, leaves in whole_trees(self.size, hashes):
            self.append(hash_, leaves)

    def root(self) -> bytes:
        root = self.stack[-1] if self.stack else sha256().digest()
        for left in reversed(self.stack[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


def whole_trees(size: int, hashes: bytes) -> Iterator[tuple[bytes, int]]:
    """Of leaves one after the other, behind so many, as few whole trees as there are: the hash and the leaves of each."""
    while left := len(hashes) // 32:
        leaves = 1 << (left.bit_length() - 1)
        if size:
            leaves = min(leaves, size & -size)
        level, hashes, size = hashes[: 32 * leaves], hashes[32 * leaves :], size + leaves
        while len(level) > 32:
            level = b"".join(
                [sha256(b"\x01" + level[at : at + 64]).digest() for at in range(0, len(level), 64)]
            )
        yield level, leaves


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


class Codes:
    """What stands for texts: whole numbers as they are, of another text its place in `texts`, counted from `WHOLE`."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int | None:
        """None: for no such text."""
        code = self._codes.get(text)
        if code is None:
            if numbers := numbers_of([text]):
                return numbers[0]
            if not VALUE.fullmatch(text) or text == "-0":
                return None
            code = self._codes[text] = WHOLE + len(self.texts)
            self.texts.append(text)
        return code

    def all(self, texts: list[str]) -> array[int]:
        """ValueError where one is no such text."""
        if not (numbers := numbers_of(texts)) and texts:
            odd = [None if text.isdecimal() else self.code(text) for text in texts]
            numbers = numbers_of(
                [text if code is None else "0" for text, code in zip(texts, odd, strict=True)]
            )
            if not numbers:
                raise ValueError("a text")
            numbers = [number if code is None else code for number, code in zip(numbers, odd, strict=True)]
        return array("q", numbers)

    def text(self, code: int) -> str:
        return str(code) if code < WHOLE else self.texts[code - WHOLE]


class Block:
    """Some cells of several units: each row holds all of them, what they hold (`Codes`) and since which position. Arrays, as a log may
    hold millions of cells."""

    __slots__ = ("codes", "names", "positions", "rows")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names, self.rows = names, dict[str, int]()
        self.codes, self.positions = array("q"), array("I")


MANY = 20
"""Blocks that hold the same cell, each beside other cells; beyond, cells have blocks of their own, so that none is looked for in more."""


class Table:
    """What one place holds in one layer. A cell of a unit is in one block at most. `streams`: of each unit, in the order in which they
    came; `since`: the positions at which they came; `columns`: the place's cells, in their order."""

    def __init__(self, place: Place, columns: dict[str, int]) -> None:
        self.place, self.columns = place, columns
        self.streams, self.since = dict[str, str](), array("I")
        self.blocks: dict[tuple[str, ...], Block] = {}
        self.holding: dict[str, list[tuple[Block, int]]] = defaultdict(list)

    def find(self, unit: str, key: str) -> tuple[Block, int] | None:
        """Where the cell is in a block's arrays."""
        for block, nth in self.holding.get(key, ()):
            if (row := block.rows.get(unit)) is not None:
                return block, row * len(block.names) + nth
        return None

    def block(self, names: tuple[str, ...]) -> Block | None:
        """None: each cell has its own."""
        block = self.blocks.get(names)
        if block is None and (len(names) == 1 or all(len(self.holding[name]) < MANY for name in names)):
            block = self.blocks[names] = Block(names)
            for nth, name in enumerate(names):
                self.holding[name].append((block, nth))
                self.columns.setdefault(name, len(self.columns))
        return block

    def add(self, position: int, unit: str, names: tuple[str, ...], codes: Sequence[int]) -> None:
        """Cells that the unit does not hold yet."""
        if (block := self.block(names)) is None:
            for name, code in zip(names, codes, strict=True):
                self.add(position, unit, (name,), (code,))
            return
        block.rows[unit] = len(block.rows)
        block.codes.extend(codes)
        block.positions.extend([position] * len(codes))

    def cells(self, unit: str) -> list[tuple[str, int, int]]:
        """What it holds, and since when, in the order of the place's cells."""
        held = []
        for block in self.blocks.values():
            if (row := block.rows.get(unit)) is not None:
                start = row * len(block.names)
                held += [
                    (self.columns[key], key, block.codes[at], block.positions[at])
                    for at, key in enumerate(block.names, start)
                ]
        return [(key, code, position) for _, key, code, position in sorted(held)]


Tables = dict[Place, Table]


def returns_in(tables: Tables) -> Iterator[tuple[Table, str]]:
    """Tables and units of all returns, in the order in which they came."""
    came = [
        (position, unit, table)
        for table in tables.values()
        for position, unit in zip(table.since, table.streams, strict=True)
    ]
    return ((table, unit) for _, unit, table in sorted(came, key=itemgetter(0)))


class Fold:
    """The log's meaning: each return's cells by layer, areas, elections; and what corrections must name. Layers are ""
    (entered), "@level" (as approved there) and "@+released" (as made public)."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.tables: dict[str, Tables] = defaultdict(dict)
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
        self.codes, self._columns, self._shared = Codes(), dict[Place, dict[str, int]](), dict[str, str]()

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
        table = self._table(position, stream, layer, where, state["unit"])
        figures, correcting = state["figures"], type_ == "FiguresCorrected"
        if correcting and state["supersedes"].keys() != figures.keys():
            raise Bad(position, "a correction that does not name what it replaces")
        numbers = numbers_of(figures.values()) if isinstance(figures, dict) else []
        replaced = [state["supersedes"][key] for key in figures] if correcting else None
        cells, texts = [key for key, _ in figures.items()], [text for _, text in figures.items()]
        self._hold(position, table, state["unit"], type_, cells, numbers, texts, replaced)

    def enter(self, position: int, stream: str, group: Group, row: int) -> None:
        """The same of what was read together, which has the fields of its type."""
        unit, width = group.units[row], len(group.names)
        codes = group.codes[row * width : row * width + width]
        replaced = group.replaced[row] if group.replaced else None
        table = self._table(position, stream, group.layer, group.place, unit)
        self._hold(position, table, unit, group.type, group.names, codes, (), replaced)

    def enter_all(self, first: int, streams: list[str], group: Group) -> bool:
        """The same of all of a group, where each unit is there once and holds none of these cells yet. False: nothing was done, some hold
        them. `first`, `streams`: position and streams of the piece."""
        width, positions = len(group.names), array("I", [first + at for at in group.ats])
        theirs, tables = [streams[at] for at in group.ats], self.tables[group.layer]
        table = tables.get(group.place)
        if table is None or [*map(table.streams.get, group.units)] != theirs:
            for position, stream, unit in zip(positions, theirs, group.units, strict=True):
                table = self._table(position, stream, group.layer, group.place, unit)
        if group.replaced or table is None or (block := table.block(group.names)) is None:
            return False
        for held in {held for name in group.names for held, _ in table.holding[name]}:
            if not held.rows.keys().isdisjoint(group.units):
                return False
        rows = len(block.rows)
        units = map(self._shared.__getitem__, group.units)
        block.rows.update(zip(units, range(rows, rows + len(theirs)), strict=True))
        block.codes.extend(group.codes)
        cells = array("I", bytes(width * len(positions) * positions.itemsize))
        for nth in range(width):
            cells[nth::width] = positions
        block.positions.extend(cells)
        return True

    def _table(self, position: int, stream: str, layer: str, where: Place, unit: str) -> Table:
        """Where the figures of a unit stand. Bad unless that is the stream's place and unit."""
        tables = self.tables[layer]
        kind = "released" if layer == "@+released" else "return"
        with suppress(TypeError):
            table = tables.get(where)
            if table is not None and table.streams.get(unit) == stream:
                return table
            if stream_of(kind, *where, unit) == stream:
                if table is None:
                    table = tables[where] = Table(where, self._columns.setdefault(where, {}))
                table.streams[self._shared.setdefault(unit, unit)] = stream
                table.since.append(position)
                return table
        for other, theirs in returns_in(tables):
            if other.streams[theirs] == stream:
                said, in_place = "/".join((*where, unit)), "/".join((*other.place, theirs))
                raise Bad(position, f"{said} in the stream of {in_place}")
        stream_of(kind, *where, unit)  # TypeError where one of them is no text
        raise Bad(position, f"the stream is not that of {'/'.join((*where, unit))}")

    def _hold(
        self, position: int, table: Table, unit: str, type_: str, cells: Collection[str],
        numbers: Sequence[int], texts: Sequence[str], replaced: Sequence[int] | None,
    ) -> None:  # fmt: skip
        """`numbers`: what stands for the texts; none where it is still to be found."""
        entering, correcting = type_ == "FiguresEntered", type_ == "FiguresCorrected"
        names, codes = list[str](), list[int]()
        for nth, key in enumerate(cells):
            at = table.find(unit, key)
            held = at[0].positions[at[1]] if at else 0
            if correcting and replaced is not None and (not held or held != replaced[nth]):
                named, stands = replaced[nth], held or "nothing"
                raise Bad(position, f"{key} names {named} as replaced; there stands {stands}")
            if entering and held:
                raise Bad(position, f"{key} entered although {held} holds it")
            code = numbers[nth] if numbers else self.codes.code(texts[nth])
            if code is None:
                raise Bad(position, f"{key} holds {texts[nth]!r}")
            if at:
                at[0].codes[at[1]], at[0].positions[at[1]] = code, position
            else:
                names.append(key)
                codes.append(code)
        if names:
            table.add(position, self._shared[unit], tuple(names), codes)

    def _notice(self, position: int, version: int, state: dict[str, Any]) -> None:
        """A notice says what was public, and calls nothing that was by the name of a first figure."""
        self.not_folded += 1
        for change in state["changes"] if version > 1 else ():
            names = ("released", *(state[name] for name in ("election", "form", "slot")), change["unit"])
            stream = stream_of(*names)
            table, where = self.tables["@+released"].get((names[1], names[2], names[3])), change["unit"]
            at = table.find(where, change["cell"]) if table and table.streams.get(where) == stream else None
            public = self.codes.text(at[0].codes[at[1]]) if at else None
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
        for layer, tables in self.tables.items():
            standing = self._standing(tables)
            for table, unit in returns_in(tables):
                election, form, slot = table.place
                if election not in self.rosters:
                    continue
                roster = self.rosters[election][2]
                towards = roster.totals_of(unit)
                for key, code, position in table.cells(unit):
                    units, text = roster.on(key.partition("|")[0], form), self.codes.text(code)
                    stands = standing.get((table.place, key), set())
                    number = code < WHOLE or not text.startswith("!")
                    value = code if code < WHOLE else Decimal(text) if number else 0
                    for geography, area in towards:
                        where = (election, form, slot + layer, geography, area, key)
                        row = sums.get(where) or sums.setdefault(where, [0, 0, 0, 0])
                        row[3] = max(row[3], position)
                        if not (number or text == "!none") or (
                            units.concerned and not units.counts_at(unit, geography, area, stands)
                        ):
                            continue
                        row[0] += value
                        row[1] += units.weight_at(unit, geography, area)
                        row[2] += number
        return sums

    def _standing(self, tables: Tables) -> dict[tuple[Place, str], set[str]]:
        """By cell of one layer, the divided and joined units whose figure stands for others; nothing where none ever was."""
        reported: dict[tuple[Place, str], set[str]] = defaultdict(set)
        for table in tables.values():
            there = self.rosters.get(table.place[0])
            if there is None or not (there[2].parts or there[2].joined):
                continue
            for unit in table.streams:
                for key, code, _ in table.cells(unit):
                    if unit in there[2].on(key.partition("|")[0], table.place[1]).concerned and (
                        (text := self.codes.text(code)) == "!none" or not text.startswith("!")
                    ):
                        reported[table.place, key].add(unit)
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

    def _shared_events(self, of: int, progress: Callable[[int, int], None]) -> None:
        """The same by several processes: each reads other parts of the file, finds the hashes of their events in `hashes.bin` and makes
        whole trees of them (`Reader`). This one puts together in order what they found: positions, versions, times, figures, areas, the
        tree. Any exception: something is not as it should be, here or in the export."""
        pending, self.last_time, self.copied_to = list(self.checkpoints), "", 0
        size_of_file = (self.folder / "events.ndjson").stat().st_size
        parts = [(at, min(at + PIECE, size_of_file)) for at in range(0, size_of_file, PIECE)]
        with ExitStack() as stack:
            others = [stack.enter_context(Helper(self.folder)) for _ in range(1, of)]
            reader = stack.enter_context(Reader(self))
            while pending and pending[0].size == 0:
                self._compare(pending.pop(0))
            self.wrong_total = self._totals() if self.totals_at == 0 else None
            for (_, end), pieces in zip(parts, in_order(reader, others, parts), strict=True):
                for piece in pieces:
                    if piece.first != self.tree.size + 1:
                        raise ValueError("positions")
                    self._look_at_times(piece)
                    self._fold(piece)
                    self._grow(piece, pending)
                    if self.tree.size == self.totals_at:
                        self.wrong_total = self._totals()
                progress(end, size_of_file)
        if (self.folder / "hashes.bin").stat().st_size != 32 * self.tree.size or pending:
            raise ValueError("the end")
        if self.fold.newer is not None or self.wrong_total is not None:
            raise ValueError("newer, or totals")
        progress(1, 1)

    def _look_at_times(self, piece: Piece) -> None:
        """None runs back but of events that were copied."""
        moments = [(position, moment) for position, _, moment in piece.heads]
        copied = {
            position: state["count"] for position, type_, _, state in piece.others if type_ == "EventsCopied"
        }
        if copied or self.copied_to >= piece.first:
            end = piece.first + len(piece.streams)
            moments = [
                (position, moment)
                for (start, moment), (until, _) in pairwise([*moments, (end, "")])
                for position in range(start, until)
            ]
        for position, moment in moments:
            if position > self.copied_to:
                if moment < self.last_time:
                    raise ValueError("times")
                self.last_time = moment
            if position in copied:
                self.copied_to = position + copied[position]

    def _fold(self, piece: Piece) -> None:
        """Figures that came together are folded together, where no order among them matters: where none else of the piece are of the
        same stream, and no notice says what was public."""
        fold, versions, first, streams = self.fold, self.fold.versions, piece.first, piece.streams
        for stream, version in zip(streams, piece.versions, strict=True):
            if versions.get(stream, 0) + 1 != version:
                raise ValueError("version")
            versions[stream] = version
        often = Counter(streams[at] for group in piece.groups for at in group.ats)
        often.update(streams[at - first] for at, type_, _, _ in piece.others if type_ in CARRIERS)
        again = {stream for stream, times in often.items() if times > 1}
        notices = any(type_ == "SlotReleased" for _, type_, _, _ in piece.others)
        theirs = [fold.codes.code(text) or 0 for text in piece.texts]  # none is 0: they had a code there
        steps: list[tuple[int, int, Any, Any]] = [(at, 0, command, None) for at, command, _ in piece.heads]
        steps += [(position, 1, other, None) for position, *other in piece.others]
        for group in piece.groups:
            for at, code in enumerate(group.codes if theirs else ()):
                if code >= WHOLE:
                    group.codes[at] = theirs[code - WHOLE]
            alone = not again or again.isdisjoint([streams[at] for at in group.ats])
            if (
                (notices and group.layer == "@+released")
                or not alone
                or not fold.enter_all(first, streams, group)
            ):
                steps += [(first + at, 2, group, row) for row, at in enumerate(group.ats)]
        command = ""
        for position, kind, what, row in sorted(steps, key=itemgetter(0, 1)):
            if kind == 0:
                fold.follow(command := what)
            elif kind == 1:
                fold.apply(position, streams[position - first], command, *what)
            else:
                fold.enter(position, streams[position - first], what, row)

    def _grow(self, piece: Piece, pending: list[Checkpoint]) -> None:
        """Leaves into the tree, which is compared at the size of each checkpoint."""
        end = self.tree.size + len(piece.streams)
        if not pending or pending[0].size > end:
            for hash_, leaves in piece.trees:
                self.tree.append(hash_, leaves)
            return
        with (self.folder / "hashes.bin").open("rb") as recorded:
            recorded.seek(32 * self.tree.size)
            while self.tree.size < end:
                upto = min(end, pending[0].size) if pending else end
                self.tree.extend(recorded.read(32 * (upto - self.tree.size)))
                while pending and pending[0].size == self.tree.size:
                    self._compare(pending.pop(0))

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
PIECE = 1 << 17
"""Bytes of the file that are read together."""
AHEAD = 4
"""Parts of the file that a process is given, or holds, before they are asked for."""
MEANT = {*CARRIERS, "SlotReleased", "ReadsCounted", "AreasRegistered", "ElectionDefined", "EventsCopied"}
"""Types whose states are looked at; of others it is enough that they are in the log."""


STREAM = b',"stream":"'
UPTO, BEHIND = len(STREAM), len(STREAM) + 36
"""Where a stream's id begins and ends, from `STREAM`."""
KEPT = 10_000
"""Ends of lines that are remembered."""


Tail = tuple[int, Form | None, bytes, str | None]
"""What stands in a line behind its stream's id; the same stands behind many: stream version, form of the state, that part as the leaf
has it, words. No form, where it is not in the form that nearly all have."""


class Group(NamedTuple):
    """`Rows` of a piece, with the type of their events, where in the piece they are, and what stands for their texts, row after row."""

    type: str
    ats: list[int]
    place: Place
    layer: str
    names: tuple[str, ...]
    units: list[str]
    replaced: list[tuple[int, ...]]
    codes: array[int]


class Piece(NamedTuple):
    """What is found in lines that stand one after the other, the first of them at position `first`: of each its stream and its version
    there; command and time, each time that they are other than before; the leaves as whole trees; states with figures that were read
    together, their texts that are no whole numbers, and the other events (position, type, version, state)."""

    first: int
    streams: list[str]
    versions: list[int]
    heads: list[tuple[int, str, str]]
    trees: list[tuple[bytes, int]]
    others: list[tuple[int, str, int, Any]]
    texts: list[str]
    groups: list[Group]


class Reader:
    """Reads parts of an export's file. This is `Export.event` for many events at once: what stands around a state is that of an event
    before, or is matched as there; states with figures are read together, by their form. What is otherwise goes their way. So nothing
    is taken here that is not taken there, and nothing in another meaning."""

    def __init__(self, export: Export) -> None:
        self._export, self._tails = export, dict[bytes, Tail]()

    def __enter__(self) -> Reader:
        self._lines = (self._export.folder / "events.ndjson").open("rb")
        self._recorded = (self._export.folder / "hashes.bin").open("rb")
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._recorded.close()

    def part(self, start: int, end: int) -> list[Piece]:
        """Of the lines that begin between these bytes. One piece ends where the totals are compared. Raises for the first that is not as
        it should be, or has another hash than is recorded."""
        self._lines.seek(max(start - 1, 0))
        if start:
            self._lines.readline()
        if (size := end - self._lines.tell()) <= 0:
            return []
        text = self._lines.read(size)
        if text[-1:] != b"\n":
            text += self._lines.readline()
        *lines, rest = text.split(b"\n")
        if rest:
            raise ValueError("the line is cut off")
        match = HEAD.match(lines[0].decode())
        first = int(match["position"]) if match else loads(lines[0].decode())["position"]
        self._recorded.seek(32 * (first - 1))
        cut = min(max((self._export.totals_at or 0) + 1 - first, 0), len(lines))
        return [self._piece(first + at, some) for at, some in ((0, lines[:cut]), (cut, lines[cut:])) if some]

    def _piece(self, first: int, lines: list[bytes]) -> Piece:
        self._before, self._after, self._said = b"\n", b"", dict[str, Any]()  # no line begins with its end
        self._heads, self._others = list[tuple[int, str, str]](), list[tuple[int, str, int, Any]]()
        streams, versions, hashes, states = list[str](), list[int](), list[bytes](), list[bytes]()
        of_form, tails = defaultdict[tuple[Form, int], list[int]](list), self._tails
        for at, line in enumerate(lines):
            behind = line.rfind(STREAM)
            stream_version, form, leaf, words = tails.get(line[behind + BEHIND :]) or self._tail(line, behind)
            head = b"%b%d%b" % (self._before, first + at, self._after)
            if (
                form is None
                or not (line.startswith(head) or (head := self._head(first + at, line)))
                or behind < len(head)
                or not (words is None or self._export.unsealed_as_said(words, self._said))
            ):
                hash_, stream, stream_version, now = self._other(first + at, line)
                if not self._heads or self._heads[-1][1:] != now:
                    self._heads.append((first + at, *now))
                    self._before = b"\n"
                states.append(b"")
            else:
                state, stream = line[len(head) : behind], line[behind + UPTO : behind + BEHIND].decode()
                of_form[form, state.count(b'"')].append(at)
                states.append(state)
                hashed = sha256(state).hexdigest().encode()
                rest = line[behind:] if words is None else line[behind : behind + BEHIND] + leaf
                hash_ = sha256(b"".join((b"\0", head, b'"', hashed, b'"', rest))).digest()
            hashes.append(hash_)
            streams.append(stream)
            versions.append(stream_version)
        recorded = b"".join(hashes)
        if self._recorded.read(len(recorded)) != recorded:
            raise ValueError("hashes")
        groups, codes, texts = list[tuple[Any, ...]](), Codes(), list[str]()
        for (form, _), ats in of_form.items():
            odd, alike = form.read_all([states[at] for at in ats])
            for at in (ats[nth] for nth in odd):
                if self._other(first + at, lines[at])[:3] != (hashes[at], streams[at], versions[at]):
                    raise ValueError("read otherwise")
            for nths, *where, units, theirs, replaced in alike:
                begun = len(texts)
                texts += chain.from_iterable(theirs)
                these = [ats[nth] for nth in nths]
                groups.append((form.type, these, *where, units, replaced, slice(begun, len(texts))))
        held = codes.all(texts)
        trees = [*whole_trees(first - 1, recorded)]
        of_group = [Group._make((*group, held[cells])) for *group, cells in groups]
        return Piece(first, streams, versions, self._heads, trees, self._others, codes.texts, of_group)

    def _other(self, position: int, line: bytes) -> tuple[bytes, str, int, tuple[str, str]]:
        """Of an event that is read by itself hash, stream, version; command and time."""
        hash_, details, stream = self._export.event(position, line + b"\n")
        state, moment, stream_version, command, type_, version = details
        self._others.append((position, type_, version, state if type_ in MEANT else None))
        return hash_, stream, stream_version, (command, moment)

    def _head(self, position: int, line: bytes) -> bytes:
        """What stands before the state; nothing unless it has the form that nearly all have."""
        text = line.decode()
        if not (match := HEAD.match(text)) or match["position"] != str(position):
            return b""
        self._before = text[: match.start("position")].encode()
        self._after = text[match.end("position") : match.end()].encode()
        self._said = match.groupdict()
        if not self._heads or self._heads[-1][1:] != (match["command"], match["recordedAt"]):
            self._heads.append((position, match["command"], match["recordedAt"]))
        return match[0].encode()

    def _tail(self, line: bytes, at: int) -> Tail:
        match = TAIL.fullmatch(line[at:].decode() + "\n") if at >= 0 else None
        if not match or len(match["stream"].encode()) != BEHIND - UPTO:
            return 0, None, b"", None
        _, stream_version, type_, version, words = match.groups()
        leaf = match.string[match.end("stream") : match.end("version")] + ',"v":1}'
        tail = int(stream_version), FORMS.get((type_, version)), leaf.encode(), words
        if len(self._tails) == KEPT:
            self._tails.clear()
        self._tails[line[at + BEHIND :]] = tail
        return tail


def in_order(reader: Reader, others: list[Helper], parts: list[tuple[int, int]]) -> Iterator[list[Piece]]:
    """What is found in each part, one after the other. The others are given parts as they say what was in those before; while we would
    have to wait for them, we read ourselves."""
    whose, mine, left = dict[int, Helper](), dict[int, list[Piece]](), iter(range(len(parts)))

    def give(helper: Helper) -> None:
        if (part := next(left, None)) is not None:
            whose[part] = helper
            helper.give(*parts[part])

    for helper in others * AHEAD:
        give(helper)
    for part in range(len(parts)):
        while part not in mine:
            its = whose.get(part)
            waits = its is None or not (its.ready() or len(mine) >= AHEAD)
            if waits and (ahead := next(left, None)) is not None:
                mine[ahead] = reader.part(*parts[ahead])
            elif its is not None:
                mine[part] = its.take()
                give(its)
        yield mine.pop(part)


class Helper:
    """Another process that reads parts of the file, which it is given by `give`; `take` is what it found in the next of them."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, __file__, str(folder), "--share"]
        self._said: Queue[bytes] = Queue()
        self._process: Any = None

    def __enter__(self) -> Helper:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()

    def give(self, start: int, end: int) -> None:
        self._process.stdin.write(start.to_bytes(8, "big") + end.to_bytes(8, "big"))
        self._process.stdin.flush()

    def ready(self) -> bool:
        return not self._said.empty()

    def take(self) -> list[Piece]:
        if not (said := self._said.get()):
            raise EOFError
        pieces = []
        for *fields, groups in marshal.loads(said):
            of_group = [Group._make((*group, array("q", codes))) for *group, codes in groups]
            pieces.append(Piece._make((*fields, of_group)))
        return pieces

    def _listen(self) -> None:
        """Nothing: it has ended, as it does where something is wrong."""
        said, output = b"-", self._process.stdout
        while said:
            size = int.from_bytes(output.read(8), "big")
            said = output.read(size)
            self._said.put(said if len(said) == size else b"")


def help_with(options: argparse.Namespace) -> int:
    """As one of several processes: what is found in each part of the file that is asked for."""
    export = Export(options.export, options)
    export.anew()
    with Reader(export) as reader:
        while len(asked := sys.stdin.buffer.read(16)) == 16:
            pieces = reader.part(int.from_bytes(asked[:8], "big"), int.from_bytes(asked[8:], "big"))
            said = marshal.dumps(
                [(*piece[:-1], [tuple(group) for group in piece.groups]) for piece in pieces]
            )
            sys.stdout.buffer.write(len(said).to_bytes(8, "big") + said)
            sys.stdout.buffer.flush()
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
    parser.add_argument("--share", action="store_true", help=argparse.SUPPRESS)
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
