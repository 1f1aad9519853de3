"""The offline verifier on an export of a long log, as a process of its own."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from uuid import uuid4

from benchmarks import stage
from benchmarks.measure import Resident, own_seconds, timed_program
from benchmarks.table import Row
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.events import FiguresEntered
from reporting.ledger import Command, Ledger, NewEvent, return_stream
from reporting.transparency.export import export, steady
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

PROGRAM = Path(__file__).resolve().parent.parent / "src" / "api" / "cli" / "verify.py"
SECONDS, MEGABYTES = 10.0, 300.0


def verify(server_url: str, events: int) -> Row:
    key = SignerKey.generate("ledger.example.jp/bench")
    with tempfile.TemporaryDirectory() as name, stage.database(server_url, "bench_verify") as log:
        folder = Path(name)
        stage.define(log, stage.ELECTIONS)
        enter(log, events)
        signer = Signer(log, key, folder / "state")
        while signer.step():
            pass
        signer.close()
        with steady(log) as connection:
            size = export(connection, folder / "export", key.verifier())
        words = (str(folder / "export"), "--key", str(key.verifier()))
        used = own_seconds()
        with Resident(own=False) as memory:
            seconds, _ = timed_program(PROGRAM, words)
        used, peak = own_seconds() - used - memory.cpu, memory.peak
    return Row(
        f"audit: verify.py, {size:,} events",
        f"{seconds:.1f} s, {used:.1f} CPU-s, {peak:.0f} MB",
        "–",
        "–",
        f"≤ {SECONDS:.0f} s, ≤ {MEGABYTES:.0f} MB",
        seconds <= SECONDS and peak <= MEGABYTES,
        "Processes of its own on an exported folder: every byte, hash, root, signature and stream; four figures an event;"
        " time to their end, CPU seconds and resident memory at its highest of all of them together.",
    )


def enter(log: Database, events: int, first: int = 1) -> None:
    """Returns of all units, one contest of one slot after the other, through the ledger's own door. `first`: number of the election
    that they begin with, of which nothing is entered yet."""
    dice, ledger = random.Random(1), Ledger(log)
    versions: dict[tuple[str, str, str], int] = {}
    try:
        for turn in range(-(-events // stage.UNITS)):
            contest = stage.CONTESTS[turn % 4]
            slot, election = f"s{turn // 4 % stage.SLOTS + 1}", f"e{turn // 4 // stage.SLOTS + first}"
            made = []
            for number in range(min(stage.UNITS, events - turn * stage.UNITS)):
                unit = stage.unit(number)
                figures = {f"{contest}|{item}||": str(dice.randrange(100_000)) for item in stage.ITEMS}
                event = FiguresEntered(election=election, form="night", slot=slot, unit=unit, figures=figures)
                where = (election, slot, unit)
                versions[where] = versions.get(where, 0) + 1
                made.append(NewEvent(return_stream(election, "night", slot, unit), versions[where], event))
            ledger.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.API, tuple(made)))
    finally:
        ledger.close()
