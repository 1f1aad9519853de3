"""The auditors' program, loaded from its one file as they have it, and its totals beside the product's own."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType

from projections.independent import IndependentFold
from reporting.ledger import Recorded
from reporting.ledger.registry import encode

FILE = Path(__file__).resolve().parents[2] / "src" / "api" / "cli" / "verify.py"


@cache
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def require_same_totals(log: list[Recorded], fold: IndependentFold) -> None:
    """Every total, area by area: value, units that reported, units with a number."""
    auditor = program().Fold()
    for recorded in log:
        event = recorded.event
        auditor.apply(
            recorded.position, str(recorded.stream_id), str(recorded.command_id), event.type, event.version,
            json.loads(encode(event)),
        )  # fmt: skip
    assert auditor.newer is None
    theirs = {
        (election, form, slot, f"{geography}/{area}", key): (value, f"{reported}/{counted}")
        for (election, form, slot, geography, area, key), (
            value,
            reported,
            counted,
            _,
        ) in auditor.totals().items()
        if value or reported
    }
    ours = {
        (row.election, row.form, row.slot + ("@" + row.layer if row.layer else ""), row.area, row.key): (
            row.value,
            row.counts,
        )
        for row in fold.total_rows()
        if row.value or not row.counts.startswith("0/")
    }
    assert theirs == ours
