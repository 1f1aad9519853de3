"""What the verifier reads in a shorter way than JSON, numbers and trees is what the longer way gives, and nothing else is taken for it."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from reporting.ledger import return_stream
from reporting.transparency.merkle import root_of


@pytest.mark.parametrize("size", [0, 1, 6, 37])
def test_leaves_taken_together_make_the_same_tree(size: int, verifier: ModuleType) -> None:
    leaves = [bytes([at]) * 32 for at in range(100)]
    single, together = verifier.Tree(), verifier.Tree()
    for leaf in leaves:
        single.append(leaf)
    for start, end in ((0, size), (size, 2 * size), (2 * size, 100)):
        together.extend(b"".join(leaves[start:end]))
        assert together.root() == root_of(leaves[:end])
    assert (together.size, together.stack) == (single.size, single.stack)


STATE = (
    '{"election":"e","figures":{"a|b||":"1","a|c||":"!none","é||":""},"form":"f","reason_class":"r","slot":"s",'
    '"supersedes":{"a|b||":1,"a|c||":20},"typed_at":{"a|b||":[1,2],"a|c||":[3]},"unit":"u"}'
)
"""Of a correction, canonical."""


def test_a_state_in_its_form_is_what_json_reads(verifier: ModuleType) -> None:
    read = verifier.FORMS["FiguresCorrected", "2"].read
    assert read(STATE) == json.loads(STATE)
    released: dict[str, Any] = {"election": "e", "figures": {}, "form": "f", "slot": "s", "unit": "u", "release": "r", "method": None, "places": 3, "of_places": None}  # fmt: skip
    text = json.dumps(released, sort_keys=True, separators=(",", ":"))
    assert verifier.FORMS["FiguresReleased", "2"].read(text) == released


@pytest.mark.parametrize(
    ("canonical", "other"),
    [
        ('"a|b||":"1","a|c||":"!none"', '"a|c||":"!none","a|b||":"1"'),
        ('"a|c||":"!none"', '"a|b||":"!none"'),
        ('"a|b||":1,"a|c||":20', '"a|c||":20,"a|b||":1'),
        ('"a|b||":1,"a|c||":20', '"a|c||":1,"a|c||":20'),
        ('"a|b||":[1,2],"a|c||":[3]', '"a|c||":[3],"a|b||":[1,2]'),
        ('"slot":"s",', ""),
        ('"slot":"s"', '"slot":"s","slot":"s"'),
        ('"form":"f"', '"form": "f"'),
        ('"form":"f"', '"form":"\\u0066"'),
        ('"form":"f"', '"form":"\t"'),
        (":20", ":020"),
        (":20", ":-0"),
        (":20", ":2e1"),
    ],
)
def test_another_writing_of_a_state_has_not_its_form(
    canonical: str, other: str, verifier: ModuleType
) -> None:
    text = STATE.replace(canonical, other)
    assert text != STATE
    try:
        state = verifier.FORMS["FiguresCorrected", "2"].read(text)
    except ValueError:
        state = None
    assert state is None


def test_numbers_are_only_what_is_written_as_them(verifier: ModuleType) -> None:
    assert verifier.numbers_of(["0", "-5", "9" * 15]) == [0, -5, 10**15 - 1]
    for text in (
        "",
        "-0",
        "05",
        "+5",
        " 5",
        "5 ",
        "1 2",
        "1_0",
        "１",
        "5.5",
        "!none",
        "9" * 16,
        "1\n",
        5,
        None,
    ):
        assert verifier.numbers_of(["7", text]) == [], text
        assert verifier.numbers_of([text, "7"]) == [], text


def test_streams_are_those_of_the_ledger(verifier: ModuleType) -> None:
    for unit in ("01", "府中市", "x" * 200):
        stream = verifier.stream_of("return", "e", "night", "s", unit)
        assert stream == str(return_stream("e", "night", "s", unit))


def test_cells_stay_together_unless_the_same_comes_beside_ever_others(verifier: ModuleType) -> None:
    table = verifier.Table(("e", "f", "s"), {})
    for district in range(300):
        assert table.block((f"d{district}|votes||a", f"d{district}|votes||b")) is not None
    for nth in range(verifier.MANY + 5):
        table.add(nth + 1, f"u{nth}", ("c|votes||a", f"c|votes||x{nth}"), (nth, 7))
    assert len(table.holding["c|votes||a"]) == verifier.MANY + 1
    for nth in range(verifier.MANY + 5):
        assert table.cells(f"u{nth}") == [("c|votes||a", nth, nth + 1), (f"c|votes||x{nth}", 7, nth + 1)]
        block, at = table.find(f"u{nth}", "c|votes||a")
        assert (block.codes[at], block.positions[at]) == (nth, nth + 1)
    assert table.find("u0", "c|votes||x1") is None
