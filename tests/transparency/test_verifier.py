"""The offline verifier: silent on clean exports, and right about the first bad position of broken ones."""

from __future__ import annotations

import ast
import copy
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from exports import LOG, WITNESSES, Made, hash_of, made, rewrite, signed_note, verdict

from reporting.transparency.merkle import root_of
from reporting.transparency.note import SignerKey

PLACES = int(os.environ.get("TAMPERED_PLACES", "20"))
"""Random places for each kind of tampering; 200 in the long run (docs/transparency.md)."""
CLEAN = int(os.environ.get("CLEAN_EXPORTS", "100"))
"""Clean exports that must pass; 1,000 in the long run."""
EVENTS = 60

Kind = Callable[[Made, Random], int]
KINDS: dict[str, Kind] = {}


def kind(tamper: Kind) -> Kind:
    """Registers a way to break an export; it returns the first bad position."""
    KINDS[tamper.__name__] = tamper
    return tamper


def any_position(export: Made, random: Random) -> int:
    return random.randrange(1, export.size + 1)


def renumber(export: Made) -> None:
    for position, event in enumerate(export.events, 1):
        if event["position"] != position:
            rewrite(export, position, partial(dict.update, position=position))


@kind
def a_value(export: Made, random: Random) -> int:
    places = [at for at, event in enumerate(export.events, 1) if "figures" in event["state"]]

    def change(event: dict[str, Any]) -> None:
        key = random.choice(list(event["state"]["figures"]))
        event["state"]["figures"][key] = str(random.randrange(10**6, 10**7))

    return rewrite(export, random.choice(places), change)


@kind
def who_did_it(export: Made, random: Random) -> int:
    other = random.choice(export.events)["office"]
    return rewrite(export, any_position(export, random), lambda event: event.update(person=other, words={}))


@kind
def in_what_role(export: Made, random: Random) -> int:
    return rewrite(export, any_position(export, random), lambda event: event.update(role="ministry"))


@kind
def when(export: Made, random: Random) -> int:
    position = any_position(export, random)
    digit = export.events[position - 1]["recordedAt"][-2]
    other = str((int(digit) + 1) % 10)

    def change(event: dict[str, Any]) -> None:
        event["recordedAt"] = event["recordedAt"][:-2] + other + "Z"

    return rewrite(export, position, change)


@kind
def a_reason(export: Made, random: Random) -> int:
    places = [at for at, event in enumerate(export.events, 1) if "reason" in event["words"]]

    def change(event: dict[str, Any]) -> None:
        event["words"]["reason"][1] += "。"

    return rewrite(export, random.choice(places), change)


@kind
def another_type(export: Made, random: Random) -> int:
    return rewrite(export, any_position(export, random), lambda event: event.update(type="Unknown"))


@kind
def a_stream_version(export: Made, random: Random) -> int:
    def change(event: dict[str, Any]) -> None:
        event["streamVersion"] += 1

    return rewrite(export, any_position(export, random), change)


@kind
def what_a_correction_replaces(export: Made, random: Random) -> int:
    places = [at for at, event in enumerate(export.events, 1) if "supersedes" in event["state"]]
    if not places:
        return a_value(export, random)

    def change(event: dict[str, Any]) -> None:
        key = random.choice(list(event["state"]["supersedes"]))
        event["state"]["supersedes"][key] -= 1

    return rewrite(export, random.choice(places), change)


@kind
def an_event_taken_out(export: Made, random: Random) -> int:
    position = any_position(export, random)
    del export.lines[position - 1]
    return position


@kind
def an_event_taken_out_and_the_rest_renumbered(export: Made, random: Random) -> int:
    position = an_event_taken_out(export, random)
    del export.events[position - 1]
    renumber(export)
    return position


@kind
def an_event_put_in(export: Made, random: Random) -> int:
    position = any_position(export, random)
    export.events.insert(position, copy.deepcopy(export.events[position - 1]))
    export.lines.insert(position, export.lines[position - 1])
    renumber(export)
    return position + 1


@kind
def two_events_swapped(export: Made, random: Random) -> int:
    position = random.randrange(1, export.size)
    lines = export.lines
    lines[position - 1], lines[position] = lines[position], lines[position - 1]
    return position


@kind
def two_events_swapped_and_renumbered(export: Made, random: Random) -> int:
    position = random.randrange(1, export.size)
    events, lines = export.events, export.lines
    events[position - 1], events[position] = events[position], events[position - 1]
    lines[position - 1], lines[position] = lines[position], lines[position - 1]
    renumber(export)
    return position


@kind
def the_tail_cut_off(export: Made, random: Random) -> int:
    position = any_position(export, random)
    del export.lines[position - 1 :]
    return position


@kind
def the_file_cut_off_within_an_event(export: Made, random: Random) -> int:
    position = any_position(export, random)
    line = export.lines[position - 1]
    export.lines[position - 1 :] = [line[: random.randrange(1, len(line))]]
    return position


@kind
def a_key_twice(export: Made, random: Random) -> int:
    position = any_position(export, random)
    export.lines[position - 1] = export.lines[position - 1].replace(b'"role":', b'"role":"x","role":')
    return position


@kind
def other_white_space(export: Made, random: Random) -> int:
    position = any_position(export, random)
    export.lines[position - 1] = export.lines[position - 1].replace(b'"v":1', b'"v": 1')
    return position


@kind
def a_recorded_hash(export: Made, random: Random) -> int:
    position = any_position(export, random)
    export.hashes[position - 1] = random.randbytes(32)
    return position


@kind
def an_event_and_its_hash(export: Made, random: Random) -> int:
    """Which event it was can then only be told between two checkpoints."""
    position = any_position(export, random)
    rewrite(export, position, lambda event: event.update(channel="fax"))
    export.hashes[position - 1] = random.randbytes(32)
    return max([size for size in export.sizes if size < position], default=0) + 1


@kind
def a_value_and_its_very_hash(export: Made, random: Random) -> int:
    position = a_value(export, random)
    export.hashes[position - 1] = hash_of(export.events[position - 1])
    return max([size for size in export.sizes if size < position], default=0) + 1


@kind
def a_total(export: Made, random: Random) -> int:
    if not export.totals:
        return a_value(export, random)
    place = random.randrange(len(export.totals))
    export.totals[place]["value"] = str(random.randrange(10**7, 10**8))
    return export.newest[place]


@kind
def a_total_left_out(export: Made, random: Random) -> int:
    places = [at for at, row in enumerate(export.totals) if row["reported"]]
    if not places:
        return a_value(export, random)
    place = random.choice(places)
    del export.totals[place]
    return export.newest[place]


@kind
def a_checkpoint_of_another_key(export: Made, random: Random) -> int:
    place = random.randrange(len(export.notes))
    size = export.sizes[place]
    export.notes[place] = signed_note(size, root_of(export.hashes[:size]), SignerKey.generate(LOG.name))
    return size


@kind
def a_training_log_for_the_live_one(export: Made, random: Random) -> int:
    key = SignerKey.generate(LOG.name.replace("live", "training"))
    export.sign(export.sizes, key)
    export.manifest |= {"logKey": str(key.verifier()), "origin": key.name}
    return export.sizes[0]


@kind
def too_few_witnesses(export: Made, random: Random) -> int:
    export.notes[-1] = signed_note(export.size, root_of(export.hashes), witnesses=WITNESSES[:1])
    return export.size


@pytest.fixture(scope="module")
def originals() -> list[Made]:
    return [made(Random(seed), EVENTS) for seed in range(10)]


def first_bad(verifier: ModuleType, folder: Path, *more: str) -> int | None:
    """Position; None when all is well. The auditor's key comes from elsewhere, as it should."""
    parser_arguments = [str(folder), "--key", str(LOG.verifier()), *more]
    return verdict(verifier, parser_arguments)[1]


@pytest.mark.parametrize("name", KINDS)
def test_tampering_is_found_where_it_was_done(
    name: str, originals: list[Made], verifier: ModuleType, tmp_path: Path
) -> None:
    for place in range(PLACES):
        random = Random(f"{name} {place}")
        export = copy.deepcopy(random.choice(originals))
        position = KINDS[name](export, random)
        folder = export.write(tmp_path / "export")
        assert first_bad(verifier, folder) == position, (name, place)


def test_clean_exports_raise_no_alarm(verifier: ModuleType, tmp_path: Path) -> None:
    for seed in range(CLEAN):
        random = Random(f"clean {seed}")
        export = made(random, random.randrange(3, EVENTS), words=random.random() < 0.5)
        code, _, said = verdict(
            verifier, [str(export.write(tmp_path / "export")), "--key", str(LOG.verifier())]
        )
        assert code == 0, said


@pytest.fixture
def by_several(verifier: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whether an export was looked at in order after all: once for each."""
    again: list[str] = []
    in_order = verifier.Export._events

    def noted(export: Any, progress: Any) -> None:
        again.append(str(export.folder))
        in_order(export, progress)

    monkeypatch.setattr(verifier.Export, "_events", noted)
    monkeypatch.setattr(verifier, "WORTH_SHARING", 1)
    monkeypatch.setattr(verifier.os, "cpu_count", lambda: 3)
    return again


def test_several_processes_find_clean_exports_clean(
    originals: list[Made], verifier: ModuleType, tmp_path: Path, by_several: list[str]
) -> None:
    for export in originals[:2]:
        assert first_bad(verifier, export.write(tmp_path / "export")) is None
    assert by_several == []


@pytest.mark.parametrize(
    "name", ["a_value", "an_event_put_in", "what_a_correction_replaces", "when", "a_reason"]
)
def test_several_processes_find_the_same_place(
    name: str, originals: list[Made], verifier: ModuleType, tmp_path: Path, by_several: list[str]
) -> None:
    export = copy.deepcopy(originals[3])
    position = KINDS[name](export, Random(name))
    assert first_bad(verifier, export.write(tmp_path / "export")) == position
    assert len(by_several) == 1


@pytest.mark.parametrize("piece", [2_000, 50_000])
def test_a_stream_in_several_parts_of_the_file_hides_nothing(
    piece: int, originals: list[Made], verifier: ModuleType, tmp_path: Path, by_several: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The election's event stands in the stream of a return that begins elsewhere: both are its version 1."""
    monkeypatch.setattr(verifier, "PIECE", piece)
    export = copy.deepcopy(originals[4])
    assert first_bad(verifier, export.write(tmp_path / "export")) is None
    other = next(
        at for at, event in enumerate(export.events)
        if event["type"] == "FiguresEntered" and event["streamVersion"] == 1
    )  # fmt: skip
    rewrite(export, 3, lambda event: event.update(stream=export.events[other]["stream"]))
    export.hashes[2] = hash_of(export.events[2])
    export.sign(export.sizes)
    assert first_bad(verifier, export.write(tmp_path / "export")) == other + 1
    assert len(by_several) == 1


@pytest.mark.parametrize("behind", [0, 1])
def test_several_processes_know_whose_times_are_of_another_log(
    behind: int, originals: list[Made], verifier: ModuleType, tmp_path: Path, by_several: list[str]
) -> None:
    """Two events are said to be copied; a third that goes back in time is found."""
    export, count = copy.deepcopy(originals[5]), 2
    copied = {"count": count, "digest": "", "election": "tiny", "from_log": "x"}
    export.events.append(
        dict(export.events[-1], type="EventsCopied", typeVersion=1, state=copied, stream="x", streamVersion=1)
    )
    for nth in range(count + behind):
        export.events.append(copy.deepcopy(export.events[-1]))
        export.events[-1].update(
            type="CheckpointNoted", state={}, streamVersion=nth + 2, recordedAt="2001-01-01T00:00:00.000000Z"
        )
    export.lines += [b"" for _ in range(count + behind + 1)]
    renumber(export)
    export.hashes[:] = [hash_of(event) for event in export.events]
    export.sign(export.sizes)
    export.manifest["size"] = len(export.events)
    place = len(export.events) if behind else None
    assert first_bad(verifier, export.write(tmp_path / "export")) == place
    assert len(by_several) == behind


def test_a_rewritten_and_resigned_log_needs_a_kept_checkpoint(
    originals: list[Made], verifier: ModuleType, tmp_path: Path
) -> None:
    """The signer's own key in the wrong hands: the export agrees with itself, and with nobody who remembers."""
    for place in range(PLACES):
        random = Random(place)
        export = copy.deepcopy(random.choice(originals))
        kept = tmp_path / "kept.txt"
        kept.write_text(export.notes[-1], encoding="utf-8")
        position = any_position(export, random)
        rewrite(export, position, lambda event: event.update(channel="fax"))
        export.hashes[position - 1] = hash_of(export.events[position - 1])
        export.sign(export.sizes)
        folder = export.write(tmp_path / "export")
        assert first_bad(verifier, folder) is None
        found = first_bad(verifier, folder, "--old-checkpoint", str(kept))
        assert found is not None
        assert found <= position


def test_a_log_cut_back_needs_a_kept_checkpoint(
    originals: list[Made], verifier: ModuleType, tmp_path: Path
) -> None:
    export = copy.deepcopy(originals[0])
    kept = tmp_path / "kept.txt"
    kept.write_text(export.notes[-1], encoding="utf-8")
    del export.lines[30:], export.hashes[30:]
    export.sign([])
    export.manifest |= {"size": 30, "totals": None}
    folder = export.write(tmp_path / "export")
    assert first_bad(verifier, folder) is None
    assert first_bad(verifier, folder, "--old-checkpoint", str(kept)) == 31


def test_exit_codes_and_words(originals: list[Made], verifier: ModuleType, tmp_path: Path) -> None:
    folder = copy.deepcopy(originals[1]).write(tmp_path / "export")
    code, _, said = verdict(verifier, [str(folder)])
    assert code == 0
    assert "the key came with the export" in said
    assert verdict(verifier, [str(tmp_path)])[0] == 2
    assert verdict(verifier, [str(folder), "--key", "nonsense"])[0] == 2
    assert verdict(verifier, [str(folder), "--quorum", "4"])[0] == 1
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": "reporting-export/9"}))
    assert verdict(verifier, [str(folder)])[0] == 2
    (folder / "hashes.bin").unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert verdict(verifier, [str(folder)])[0] == 2


def test_needs_only_cryptography(verifier: ModuleType) -> None:
    assert verifier.__file__
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    named = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in named} <= sys.stdlib_module_names | {"cryptography"}
