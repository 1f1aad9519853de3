"""Made-up logs as exports, in memory, to be broken in every way. No database."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any
from uuid import UUID

from tiny import AREAS, GEOGRAPHIES, UNITS, election

from projections.independent import IndependentFold
from reporting.domain.events import (
    AreasRegistered,
    ElectionDefined,
    Event,
    FiguresCorrected,
    FiguresEntered,
    GeographiesDeclared,
)
from reporting.domain.layer import Layer, Layered
from reporting.ledger import Recorded, election_stream, registry_stream, return_stream
from reporting.ledger.registry import canonical, encode
from reporting.transparency import checkpoint
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.export import FORMAT, line
from reporting.transparency.leaf import Entry
from reporting.transparency.merkle import Frontier
from reporting.transparency.note import COSIGNATURE, Note, SignerKey

START = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
KEYS = [f"pr|{item}|{part}|" for item in ("electors", "voters") for part in ("", "sex=m", "sex=f")]
KEYS += ["pr|votes||a", "pr|votes||b", "d1|votes||x"]
LOG = SignerKey.generate("ledger.example.jp/live")
WITNESSES = [SignerKey.generate(f"witness.example/{n}", COSIGNATURE) for n in range(3)]


def seal(field: str, salt: bytes, words: str) -> bytes:
    """What stands for the words: the same as `ledger.seal_v1` makes."""
    return hashlib.sha256(b"reporting/seal/v1 " + field.encode() + b"\x00" + salt + words.encode()).digest()


def signed_note(
    size: int, root: bytes, key: SignerKey = LOG, witnesses: list[SignerKey] | None = None
) -> str:
    note = checkpoint.sign(Checkpoint(key.name, size, root), key)
    lines = [checkpoint.cosign(note.text, one, 1_790_000_000 + size) for one in witnesses or []]
    return str(Note(note.text, note.signatures + tuple(lines)))


@dataclass
class Made:
    """An export as lists; `write` puts it into a folder. `newest`: total → position of its newest figure."""

    events: list[dict[str, Any]] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    totals: list[dict[str, Any]] = field(default_factory=list)
    newest: list[int] = field(default_factory=list)
    totals_at: int = 0
    sizes: list[int] = field(default_factory=list)
    size: int = 0
    manifest: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / "events.ndjson").write_bytes(b"".join(self.lines))
        (folder / "hashes.bin").write_bytes(b"".join(self.hashes))
        (folder / "checkpoints.ndjson").write_bytes(
            b"".join(canonical({"note": note}) + b"\n" for note in self.notes)
        )
        (folder / "totals.ndjson").write_bytes(b"".join(canonical(row) + b"\n" for row in self.totals))
        (folder / "manifest.json").write_text(json.dumps(self.manifest))
        return folder

    def sign(self, sizes: list[int], key: SignerKey = LOG) -> None:
        """Checkpoints over `hashes` at these sizes and at the end, all witnessed."""
        tree, self.notes = Frontier(), []
        self.sizes = sorted({*sizes, len(self.hashes)})
        for hash_ in self.hashes:
            tree.append(hash_)
            if tree.size in self.sizes:
                self.notes.append(signed_note(tree.size, tree.root(), key, WITNESSES))


def made(random: Random, count: int, *, words: bool = True, at_once: bool = False) -> Made:
    """A log of about `count` events: a country, its election, returns entered and corrected. `at_once`: each command gives cells of
    all units, nearly always the same."""
    export = Made()
    with IndependentFold() as fold:
        newest: dict[tuple[str, str], dict[str, int]] = {}
        cells: dict[UUID, dict[str, tuple[str, int]]] = {}
        versions: dict[UUID, int] = {}
        events: list[tuple[UUID, Event]] = [
            (registry_stream("tinyland"), GeographiesDeclared(registry="tinyland", geographies=GEOGRAPHIES)),
            (registry_stream("tinyland"), AreasRegistered(registry="tinyland", areas=AREAS)),
            (election_stream("tiny"), ElectionDefined(definition=election())),
        ]
        export.totals_at = random.randrange(3, count + 1)
        now, command = START, UUID(int=random.getrandbits(128))
        said, seals = list[Any](), list[bytes | None]()
        for position in range(1, count + 1):
            if position > len(events):
                turn, nth = divmod(position - len(events) - 1, len(UNITS))
                unit = UNITS[nth] if at_once else random.choice(UNITS)
                where = {"election": "tiny", "form": "final", "slot": "final", "unit": unit}
                stream = return_stream(*where.values())
                held = cells.setdefault(stream, {})
                keys = random.sample(KEYS, random.randrange(1, 4))
                if at_once and random.random() < 0.95:
                    keys = KEYS[2 * turn % len(KEYS) :][:2]
                value = {key: str(random.choice([random.randrange(10**6), "0.125", "!none"])) for key in keys}
                known = {key: value[key] for key in keys if key in held}
                event: Event
                if known and len(known) == len(keys):
                    supersedes = {key: held[key][1] for key in keys}
                    event = FiguresCorrected(
                        **where, figures=known, supersedes=supersedes, reason_class="typing_error"
                    )
                else:
                    value = {key: text for key, text in value.items() if key not in held}
                    event = FiguresEntered(**where, figures=value)
                held |= {key: (text, position) for key, text in event.figures.items()}
            else:
                stream, event = events[position - 1]
            versions[stream] = versions.get(stream, 0) + 1
            begins = not (position - len(events) - 1) % len(UNITS) if at_once else random.random() < 0.7
            if begins:
                command, now = (
                    UUID(int=random.getrandbits(128)),
                    now + timedelta(microseconds=random.randrange(10**7)),
                )
            if begins or not at_once or not seals:
                said, seals = _sealed(random)
            entry = Entry(
                position, stream, versions[stream], event.type, event.version, now, command, "ward", "api", None, *seals,  # type: ignore[arg-type,call-arg]
                encode(event),
            )  # fmt: skip
            export.lines.append(line(entry, said if words else None))
            export.hashes.append(entry.hash())
            fold.apply(Recorded(position, stream, versions[stream], now, command, event))
            if isinstance(event, FiguresEntered | FiguresCorrected):
                for key in event.figures:
                    newest.setdefault((event.unit, key), {})["at"] = position
            if position == export.totals_at:
                _totals(export, fold, {where: at["at"] for where, at in newest.items()})
    export.events = [json.loads(one) for one in export.lines]
    export.size = count
    export.sign([random.randrange(1, count + 1) for _ in range(random.randrange(6))])
    export.manifest = {
        "format": FORMAT,
        "logKey": str(LOG.verifier()),
        "origin": LOG.name,
        "quorum": 2,
        "size": count,
        "totals": export.totals_at,
        "witnesses": [str(key.verifier()) for key in WITNESSES],
        "words": words,
    }
    return export


def _sealed(random: Random) -> tuple[list[Any], list[bytes | None]]:
    """Salts and words one after the other, and what stands for them."""
    said: list[Any] = []
    seals: list[bytes | None] = []
    for name in ("person", "office", "on_behalf_of", "reason"):
        salt, text = random.randbytes(16), f"{name} {random.randrange(99)} 佐藤"
        empty = name in ("on_behalf_of",) and random.random() < 0.5
        seals.append(None if empty else seal(name, salt, text))
        said += [None, None] if empty or random.random() < 0.1 else [salt, text]
    return said, seals


def _totals(export: Made, fold: IndependentFold, newest: dict[tuple[str, str], int]) -> None:
    roster = fold.rosters()["tiny"]
    for row in fold.total_rows():
        geography, area = row.area.split("/")
        reported, counted = map(int, row.counts.split("/"))
        export.totals.append(
            {
                "election": row.election, "form": row.form, "slot": str(Layered(row.slot, Layer(row.layer))), "geography": geography, "area": area,
                "cell": row.key, "value": str(row.value), "reported": reported, "counted": counted,
            }
        )  # fmt: skip
        under = [unit for unit, paths in roster.places.items() if area in paths.get(geography, ())]
        export.newest.append(max(newest.get((unit, row.key), 0) for unit in under))


def rewrite(export: Made, position: int, change: Callable[[dict[str, Any]], None]) -> int:
    event = export.events[position - 1]
    change(event)
    export.lines[position - 1] = canonical(event) + b"\n"
    return position


def hash_of(event: dict[str, Any]) -> bytes:
    leaf = {name: value for name, value in event.items() if name != "words"}
    leaf["state"] = hashlib.sha256(canonical(leaf["state"])).hexdigest()
    return hashlib.sha256(b"\x00" + canonical(leaf)).digest()


def verdict(verifier: ModuleType, arguments: list[str]) -> tuple[int, int | None, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = verifier.main(arguments)
    said = out.getvalue()
    if not said.startswith("BAD"):
        return code, None, said
    return code, int(said.split("position ")[1].split(":")[0]), said
