"""Exports of elections with offices: entered, approved and released totals by the verifier's own fold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import night
import pytest
from exports import LOG, Made, hash_of, made, rewrite, verdict
from night import CITY, NATION, PREFECTURE, WARD
from signed import NewSigner

from api.cli.evidence import published_totals
from projections.runner import Projector
from reporting.application.desk_commands import Certify, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.workflow_events import WORKFLOW_EVENTS
from reporting.ledger.registry import TYPES
from reporting.publication.release import Publication
from reporting.transparency.export import export, steady
from reporting.transparency.note import SignerKey


@pytest.fixture
def folder(
    service: Reporting, database: Database, new_signer: NewSigner, key: SignerKey, tmp_path: Path
) -> Path:
    """Submitted, sent back, approved, released, corrected, released again, certified."""
    desk = night.define(service)
    clock = Publication(service, desk)
    flash: dict[str, Any] = {"form": "flash", "slot": "2200"}
    for unit in ("11", "12", "20"):
        night.submit(desk, unit, **flash)
        if unit != "20":
            night.approve(desk, CITY, unit, **flash)
        night.approve(desk, PREFECTURE, unit, **flash)
    assert clock.tick("tiny", datetime.fromisoformat(night.TEN))
    changed = Submit(**night.of("11", **flash), figures=night.cells(votes_a=59), reason="転記誤り")
    desk.submit(changed, WARD)
    night.approve(desk, CITY, **flash)
    night.approve(desk, PREFECTURE, **flash)
    assert clock.tick("tiny", datetime.fromisoformat(night.TEN))
    night.submit(desk)
    night.send_back(desk, CITY, "11", "pr|voters||")
    desk.submit(Submit(**night.of("11"), figures=night.cells(**night.BALANCED), reason="再確認"), WARD)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    desk.certify(Certify(**night.of("11")), NATION)
    projector = Projector(database)
    projector.catch_up()
    assert new_signer().step()
    with published_totals(database) as totals, steady(database) as connection:
        export(connection, tmp_path / "export", key.verifier(), totals=totals)
    return tmp_path / "export"


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "totals.ndjson").read_bytes().splitlines()]


def test_every_layer_is_folded(folder: Path, key: SignerKey, verifier: ModuleType) -> None:
    slots = {row["slot"] for row in lines(folder)}
    assert {"2200", "2200@city", "2200@prefecture", "2200@+released", "final", "final@nation"} <= slots
    code, _, said = verdict(verifier, [str(folder), "--key", str(key.verifier())])
    assert code == 0, said


@pytest.mark.parametrize("slot", ["2200", "2200@city", "2200@prefecture", "2200@+released", "final@nation"])
@pytest.mark.parametrize("change", [lambda row: row.update(value="7"), lambda row: row.update(slot="2300")])
def test_a_wrong_total_of_any_layer_is_found(
    folder: Path,
    key: SignerKey,
    verifier: ModuleType,
    slot: str,
    change: Callable[[dict[str, Any]], None],
) -> None:
    rows = lines(folder)
    chosen = next(row for row in rows if row["slot"] == slot and row["area"] == "JP" and row["value"] != "0")
    change(chosen)
    canonical = (json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for row in rows)
    (folder / "totals.ndjson").write_text("".join(f"{line}\n" for line in canonical), encoding="utf-8")
    code, position, said = verdict(verifier, [str(folder), "--key", str(key.verifier())])
    assert (code, position is None) == (1, False), said
    assert f"total tiny/{chosen['form']}" in said


def resigned(export: Made) -> Made:
    """With hashes and checkpoints of its events as they are now."""
    export.hashes[:] = [hash_of(event) for event in export.events]
    export.sign(export.sizes)
    return export


@pytest.mark.parametrize("name", ["FiguresEntered", "SlotReleased", "SomethingLater"])
def test_what_is_newer_than_the_program_cannot_be_checked(
    name: str, verifier: ModuleType, tmp_path: Path
) -> None:
    """Not GOOD, and no false BAD either; but what was tampered with besides is still found."""
    export = made(Random(5), 30)
    later: dict[str, Any] = {"type": name, "typeVersion": 9, "state": {"whatever": "it says"}}
    rewrite(export, 20, lambda event: event.update(later))
    arguments = [str(resigned(export).write(tmp_path / "export")), "--key", str(LOG.verifier())]
    code, _, said = verdict(verifier, arguments)
    assert code == 2, said
    assert f"{name} version 9 at 20" in said
    rewrite(export, 25, lambda event: event.update(role="x"))
    export.write(tmp_path / "export")
    assert verdict(verifier, arguments)[:2] == (1, 25)


def test_the_program_knows_every_type_there_is(verifier: ModuleType) -> None:
    assert {name: event.version for name, event in TYPES.items()} == verifier.VERSIONS
    holding = {one.type for one in (*TYPES.values(), *WORKFLOW_EVENTS) if "figures" in one.model_fields}
    beside = {"SubmissionRefused", "PlaceFiguresCaptured"}  # no total rests on them
    assert holding - beside == set(verifier.CARRIERS)


@pytest.mark.parametrize(
    "told", [{}, {"kind": "first"}, {"kind": "absence"}, {"before": "58"}, {"before": None, "kind": "first"}]
)
def test_a_notice_that_misnames_what_happened_is_found(
    folder: Path, verifier: ModuleType, told: dict[str, str | None]
) -> None:
    """A correction told as first figures, or with another value than was public: whoever signed it."""
    fold = verifier.Fold()
    notices = 0
    for position, stored in enumerate((folder / "events.ndjson").read_text("utf-8").splitlines(), 1):
        event = json.loads(stored)
        state = event["state"]
        where = (position, event["stream"], event["command"], event["type"], event["typeVersion"])
        if event["type"] != "SlotReleased" or state["number"] == 1 or not told:
            notices += event["type"] == "SlotReleased" and len(state["changes"])
            fold.apply(*where, state)
            continue
        state["changes"][0].update(told)
        with pytest.raises(verifier.Bad, match=r"pr\|votes\|\|a"):
            fold.apply(*where, state)
        return
    assert (notices, told) == (1, {})
