"""What the verifier reads of many events at once is what it reads of each by itself, and no more is taken for it."""

from __future__ import annotations

import copy
import json
import os
from itertools import repeat
from random import Random
from types import ModuleType
from typing import Any

import pytest
from exports import LOG, Made, hash_of, made, rewrite, verdict
from tiny import UNITS

from reporting.ledger import released_stream, return_stream
from reporting.ledger.registry import canonical

STATES: dict[tuple[str, str], dict[str, Any]] = {
    ("FiguresEntered", "2"): {"typed_at": {}},
    ("FiguresCorrected", "1"): {"reason_class": "r", "supersedes": {"a|b||": 7, "a|c||": 20}},
    ("ReturnApproved", "2"): {"level": "city", "area": "1", "override": False, "edition": 3},
    ("FiguresReleased", "2"): {"release": "r", "method": "full", "places": 3, "of_places": None},
}
"""What states of each type have beside what all have."""
INTO = [b'"', b"\\", b"{", b"}", b",", b":", b"0", b"-", b" ", b"\t", b"\x7f", b"\xff", "佐".encode(), "１".encode(), b'""', b"null", b"\\u0041", b'"a":"1",', b"z"]  # fmt: skip
VALUES: list[Any] = ["", "-0", "0", "-5", "5.5", "5.50", "007", "+5", " 5", "1_0", "１", "!none", "!x", "9" * 15, "9" * 16, "\n", '"', None, 5, True, [], {}]  # fmt: skip
CHANGED = 3 * int(os.environ.get("TAMPERED_PLACES", "20"))
"""Exports that are changed at random."""


def text_of(fields: dict[str, Any], random: Random) -> bytes:
    figures = {key: str(random.randrange(1000)) for key in ("a|b||", "a|c||")}
    where = {name: random.choice(("x", "y", "é")) for name in ("election", "form", "slot", "unit")}
    return json.dumps(
        {**where, "figures": figures, **fields}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def broken(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text))
    return text[:at] + random.choice((random.choice(INTO), b"")) + text[at + random.randrange(3) :]


def rows_of(form: Any, states: list[bytes]) -> dict[int, Any]:
    """Of each that was read with the others what it says; all others are said to be otherwise."""
    odd, alike = form.read_all(states)
    rows = {}
    for nths, place, layer, names, units, texts, numbers in alike:
        for nth, unit, said, replaced in zip(nths, units, texts, numbers or repeat(()), strict=False):
            rows[nth] = place, unit, layer, names, said, replaced
    assert sorted([*odd, *rows]) == [*range(len(states))]
    return rows


@pytest.mark.parametrize("kind", STATES)
def test_states_read_together_are_those_read_one_by_one(kind: tuple[str, str], verifier: ModuleType) -> None:
    """Of broken ones none is taken that has not its form by itself; sound ones are all taken, whatever else is among them."""
    random, taken = Random(str(kind)), 0
    for _ in range(300):
        form = verifier.Form(verifier.FIELDS[kind[0], int(kind[1])])
        sound = [text_of(STATES[kind], random) for _ in range(4)]
        states = [state if random.random() < 0.5 else broken(state, random) for state in sound]
        for quotes in {state.count(b'"') for state in states}:
            alike = [state for state in states if state.count(b'"') == quotes]
            for nth, cells in rows_of(form, alike).items():
                taken += 1
                state = form.read(alike[nth].decode())
                released = "@+released" if "release" in state else ""
                layer = "@" + state["level"] if "level" in state else released
                assert cells == (
                    (state["election"], state["form"], state["slot"]), state["unit"], layer, tuple(state["figures"]),
                    tuple(state["figures"].values()), tuple(state.get("supersedes", {}).values()),
                )  # fmt: skip
        assert rows_of(form, sound).keys() == {0, 1, 2, 3}
    assert taken > 300


def test_names_out_of_order_and_twice_are_not_taken(verifier: ModuleType) -> None:
    form = verifier.Form(verifier.FIELDS["FiguresEntered", 1])
    state = text_of({}, Random(1))
    others = [state.replace(b"a|b||", b"a|d||"), state.replace(b"a|b||", b"a|c||")]
    rows = rows_of(form, [state, *others, state])
    assert rows.keys() == {0, 3}
    assert rows[0] == rows[3]


def held(fold: Any) -> Any:
    """All that a fold holds of figures, and what stands where."""
    return fold.versions, fold.not_folded, {
        (layer, place, unit, stream): {key: (fold.codes.text(code), at) for key, code, at in table.cells(unit)}
        for layer, tables in fold.tables.items()
        for place, table in tables.items()
        for unit, stream in table.streams.items()
    }  # fmt: skip


@pytest.fixture
def by_one(verifier: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One process reads all exports together first; of each that it found good, what it had folded."""
    folds: list[Any] = []
    together = verifier.Export._shared_events

    def noted(export: Any, of: int, progress: Any) -> None:
        together(export, of, progress)
        folds.append(export.fold)

    monkeypatch.setattr(verifier.Export, "_shared_events", noted)
    monkeypatch.setattr(verifier, "WORTH_SHARING", 1)
    monkeypatch.setattr(verifier.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(verifier, "PIECE", 5_000)
    return folds


WHERE = {"election": "tiny", "form": "final", "slot": "final"}


def behind(export: Made, events: list[tuple[str, str, dict[str, Any]]]) -> Made:
    """The same with events of type, stream and state behind it; what it says of totals is left out."""
    versions = {event["stream"]: event["streamVersion"] for event in export.events}
    for type_, stream, state in events:
        versions[stream] = versions.get(stream, 0) + 1
        event = copy.deepcopy(export.events[-1])
        event.update(type=type_, typeVersion=1 + (type_ == "SlotReleased"), words={}, state=WHERE | state)
        event.update(position=event["position"] + 1, stream=stream, streamVersion=versions[stream])
        export.events.append(event)
    export.lines = [canonical(event) + b"\n" for event in export.events]
    export.hashes = [hash_of(event) for event in export.events]
    export.size = export.manifest["size"] = len(export.events)
    export.manifest["totals"] = None
    export.sign([])
    return export


def approved(
    unit: str, figures: dict[str, str], level: str, override: bool
) -> tuple[str, str, dict[str, Any]]:
    state = {"unit": unit, "figures": figures, "level": level, "area": "1", "override": override}
    return "ReturnApproved", str(return_stream("tiny", "final", "final", unit)), state


def layers(export: Made, random: Random, count: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Approvals of what was entered, releases and their notices."""
    entered: dict[str, dict[str, str]] = {}
    for event in export.events:
        if "figures" in event["state"]:
            entered.setdefault(event["state"]["unit"], {}).update(event["state"]["figures"])
    events, public = list[Any](), dict[str, dict[str, str]]()
    for _ in range(count):
        unit, way = random.choice(list(entered)), random.randrange(4)
        keys = sorted(random.sample(sorted(entered[unit]), random.randrange(1, len(entered[unit]) + 1)))
        figures = {key: entered[unit][key] for key in keys}
        if way < 2:
            events.append(approved(unit, figures, random.choice(("city", "nation")), random.random() < 0.3))
        elif way == 2:
            stream = str(released_stream("tiny", "final", "final", unit))
            events.append(("FiguresReleased", stream, {"unit": unit, "figures": figures, "release": "r"}))
            public.setdefault(unit, {}).update(figures)
        else:
            before = public.get(unit, {}).get(keys[0])
            change = {"unit": unit, "cell": keys[0], "before": before, "withdrawn": None}
            change["kind"] = "first" if before is None else "changed"
            events.append(("SlotReleased", "notices", {"changes": [change]}))
    return events


def in_order(verifier: ModuleType, folder: Any) -> Any:
    """The same export without anything read together."""
    export = verifier.Export(folder, verifier.argparse.Namespace(
        key=str(LOG.verifier()), witness=None, quorum=None, old_checkpoint=[]))  # fmt: skip
    export.anew()
    export._events(lambda done, total: None)
    return export.fold


def test_sound_exports_are_read_together_in_the_same_meaning(
    verifier: ModuleType,
    tmp_path: Any,
    by_one: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_itself, at_once = list[bytes](), list[bool]()
    event, enter_all = verifier.Export.event, verifier.Fold.enter_all

    def noted(export: Any, position: int, line: bytes) -> Any:
        by_itself.append(line)
        return event(export, position, line)

    def told(*words: Any) -> bool:
        at_once.append(enter_all(*words))
        return at_once[-1]

    for seed in range(16):
        export = made(Random(seed), 60, words=seed % 2 == 0, at_once=seed % 3 == 0)
        if seed > 5:
            export = behind(export, layers(export, Random(seed), 60))
        folder = export.write(tmp_path / "export")
        with monkeypatch.context() as patched:
            patched.setattr(verifier.Export, "event", noted)
            patched.setattr(verifier.Fold, "enter_all", told)
            patched.setattr(verifier, "MANY", (20, 1)[seed % 2])
            assert verdict(verifier, [str(folder), "--key", str(LOG.verifier())])[0] == 0
        assert len(by_one) == seed + 1
        assert held(by_one[-1]) == held(in_order(verifier, folder))
    assert by_itself
    assert not any(b'"type":"Figures' in line for line in by_itself)
    assert {*at_once} == {False, True}


@pytest.mark.parametrize("others", [(), ("1",), ("2", "3")])
def test_a_unit_that_is_read_by_itself_and_with_others_keeps_the_order(
    verifier: ModuleType, tmp_path: Any, by_one: list[Any], others: tuple[str, ...]
) -> None:
    """One approved again in another way than the first of its form is read by itself; which of the two was later stands."""
    figures = [dict.fromkeys(("pr|votes||a", "pr|votes||b"), text) for text in "12"]
    events = [approved(UNITS[0], figures[0], "city", False)]
    events += [approved(UNITS[1], figures[nth], "city", nth == 0) for nth in range(2)]
    events += [approved(UNITS[int(nth)], figures[0], "city", False) for nth in others]
    folder = behind(made(Random(1), 10), events).write(tmp_path / "export")
    assert verdict(verifier, [str(folder), "--key", str(LOG.verifier())])[0] == 0
    assert held(by_one[-1]) == held(in_order(verifier, folder))


def change(export: Made, random: Random) -> None:
    """An event in another meaning or writing, hashed and signed as it stands."""
    position = random.randrange(1, export.size + 1)

    def other(event: dict[str, Any]) -> None:
        state, way = event["state"], random.randrange(6)
        if way < 2 and state.get("figures"):
            state["figures"][random.choice(list(state["figures"]))] = random.choice(VALUES)
        elif way == 2:
            state[random.choice(("election", "form", "slot", "unit", "typed_at"))] = random.choice(VALUES)
        elif way == 3:
            event["streamVersion"] = random.choice((0, 1, 2, 3))
        elif way == 4:
            beside = export.events[max(position - random.randrange(1, 4), 1) - 1]
            event["stream"], state["unit"] = beside["stream"], beside["state"].get("unit", "11")
            event["streamVersion"] += random.randrange(2)
        else:
            event[random.choice(("type", "recordedAt", "stream", "command", "words"))] = random.choice(VALUES)

    rewrite(export, position, other)
    if random.random() < 0.8:
        export.hashes[position - 1] = hash_of(export.events[position - 1])
    if random.random() < 0.5:
        export.lines[position - 1] = broken(export.lines[position - 1], random)
    export.sign(export.sizes)


def test_whatever_is_changed_is_told_in_the_same_words(
    verifier: ModuleType,
    tmp_path: Any,
    by_one: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    originals = [made(Random(seed), 40, words=seed % 2 == 0, at_once=seed > 1) for seed in range(4)]
    originals.append(behind(made(Random(4), 40), layers(made(Random(4), 40), Random(4), 40)))
    for seed in range(CHANGED):
        random = Random(seed)
        export = copy.deepcopy(random.choice(originals))
        change(export, random)
        said = []
        folder = export.write(tmp_path / "export")
        for worth in (1, 10**9):
            monkeypatch.setattr(verifier, "WORTH_SHARING", worth)
            said.append(verdict(verifier, [str(folder), "--key", str(LOG.verifier())]))
        assert said[0] == said[1], seed
    assert by_one


def _twice(event: dict[str, Any], before: dict[str, Any]) -> None:
    event["stream"], event["state"]["unit"] = before["stream"], before["state"]["unit"]


def _corrects(event: dict[str, Any], before: dict[str, Any]) -> None:
    event["type"] = "FiguresCorrected"
    replaced = dict.fromkeys(event["state"]["figures"], before["position"])
    event["state"] |= {"reason_class": "typing_error", "supersedes": replaced}


@pytest.mark.parametrize(
    ("other", "why", "hashed"),
    [
        (_twice, "version 5 after 5", True),
        (_corrects, "as replaced; there stands nothing", True),
        (lambda event, _: event["state"]["figures"].update(dict.fromkeys(event["state"]["figures"], "7")), "not the one that was signed", False),
        (lambda event, _: event.update(streamVersion=6), "version 6 after 4", True),
    ],
)  # fmt: skip
def test_the_last_of_a_command_is_looked_at_like_any_other(
    verifier: ModuleType, tmp_path: Any, by_one: list[Any], other: Any, why: str, hashed: bool
) -> None:
    """Nothing comes behind it that would not fit any more."""
    export = next(
        log
        for log in (made(Random(seed), 3 + 5 * len(UNITS), words=False, at_once=True) for seed in range(99))
        if len({tuple(event["state"]["figures"]) for event in log.events[-len(UNITS) :]}) == 1
        and {event["type"] for event in log.events[-len(UNITS) :]} == {"FiguresEntered"}
    )
    export.manifest["totals"] = None
    assert verdict(verifier, [str(export.write(tmp_path / "export")), "--key", str(LOG.verifier())])[0] == 0
    position = rewrite(export, export.size, lambda event: other(event, export.events[-2]))
    if hashed:
        export.hashes[position - 1] = hash_of(export.events[position - 1])
        export.sign([])
    said = verdict(verifier, [str(export.write(tmp_path / "export")), "--key", str(LOG.verifier())])
    assert said[:2] == (1, position)
    assert why in said[2]
    assert len(by_one) == 1
