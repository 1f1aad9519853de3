"""Stored bytes: every version ever written stays readable, and the canonical form is RFC 8785's."""

from __future__ import annotations

import copy
import json
import math
import struct
from pathlib import Path
from typing import Any, ClassVar

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reporting.domain.election import unlinked
from reporting.domain.events import ElectionDefined, Event, FiguresCorrected, FiguresEntered
from reporting.errors import CannotDecode
from reporting.ledger.registry import TYPES, UPCASTERS, canonical, decode, encode

CORPUS = Path(__file__).parents[1] / "corpus"
STORED = sorted(CORPUS.glob("*/v*.json"))
SAFE = 2**53 - 1
"""RFC 8785 §3.2.2.3: integers beyond it are not every reader's same number."""


# --- The corpus: tests/corpus/<type>/v<version>.json, the exact bytes as stored. Files are added, never changed. ---


def test_the_corpus_holds_every_registered_version() -> None:
    registered = {(name, n) for name, event in TYPES.items() for n in range(1, event.version + 1)}
    assert {(path.parent.name, int(path.stem[1:])) for path in STORED} == registered


def test_every_older_version_has_an_upcaster() -> None:
    assert set(UPCASTERS) == {(name, n) for name, event in TYPES.items() for n in range(1, event.version)}


def test_types_are_named_by_themselves() -> None:
    assert all(event.type == name and "type" in vars(event) for name, event in TYPES.items())


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_stored_bytes_stay_readable(path: Path) -> None:
    """And are canonical; those of the current version are also what would be written today."""
    state, version = path.read_bytes(), int(path.stem[1:])
    event = decode(path.parent.name, version, state, 1)
    assert type(event) is TYPES[path.parent.name]
    assert rfc8785.dumps(json.loads(state)) == state
    assert decode(event.type, event.version, encode(event)) == event
    if version == event.version:
        assert encode(event) == state


def test_lists_that_were_named_by_words_are_named_by_code() -> None:
    """What an old definition meant by a party's name, or its code, it means after any renaming."""
    stored = json.loads((CORPUS / "ElectionDefined" / "v5.json").read_bytes())
    person = {"identity": None, "number": None, "withdrawn": None}
    stored["definition"]["contests"][0]["choices"] += [
        {**person, "code": "a1", "name": "一郎", "party": "甲党"},
        {**person, "code": "b1", "name": "二郎", "party": "b"},
        {**person, "code": "n", "name": "無所属の人", "party": "無所属"},
        {**person, "code": "o", "name": "一人の党", "party": "一人の党"},
    ]
    event = decode("ElectionDefined", 5, canonical(stored), 1)
    assert isinstance(event, ElectionDefined)
    found = {one.code: one.on_list for one in event.definition.contests[0].choices}
    assert found == {"a": None, "b": None, "a1": "a", "b1": "b", "n": None, "o": None}
    assert unlinked(event.definition.contests[0]) == ()


# --- The canonical form. ---

TEXTS = st.text().filter(lambda text: "\0" not in text)
scalars = st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=40
)


@given(values)
@example('\x00\x1f\x7f\x80\u2028\u2029\ufeff\uffff"\\/\b\f\n\r\t𠮷😀')
@example([SAFE, -SAFE, 0, True, False, None, [], {}, ""])
@example({"": 1, "\r": 2, "\x80": 3, "é": 4, "e\u0301": 5, "Ａ": 6, "\uffff": 7, "10": 8, "9": 9})
@settings(max_examples=150, deadline=None, database=None)
def test_canonical_equals_the_reference(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert json.loads(canonical(value)) == value


def test_keys_are_in_utf16_order() -> None:
    """U+FB33 comes before U+1F602 as a code point, but after it in UTF-16, which RFC 8785 §3.2.3 asks for."""
    value = {"\ufb33": 1, "\U0001f602": 2}
    assert canonical(value) == rfc8785.dumps(value)


@given(
    st.dictionaries(TEXTS, TEXTS), st.dictionaries(TEXTS, st.integers(-SAFE, SAFE)), TEXTS
)  # fmt: skip
@example({"\ufb33": "1", "\U0001f602": "2"}, {"\uffff": SAFE, "\U00010000": -SAFE}, "😀")
@settings(max_examples=80, deadline=None, database=None)
def test_an_event_is_encoded_as_its_fields_are(
    figures: dict[str, str], supersedes: dict[str, int], text: str
) -> None:
    """Also where its fields are written without a copy."""
    where = {"election": text, "form": "f", "slot": "s", "unit": "u", "figures": figures}
    for event in (
        FiguresEntered.model_validate(where),
        FiguresCorrected.model_validate({**where, "supersedes": supersedes, "reason_class": text}),
    ):
        assert encode(event) == rfc8785.dumps(event.model_dump(mode="json"))


@pytest.mark.parametrize(("key", "position"), [("a", SAFE + 1), ("a", -SAFE - 1), ("\ud800", 1)])
def test_an_event_without_canonical_form_is_refused(key: str, position: int) -> None:
    event = FiguresCorrected(
        election="e",
        form="f",
        slot="s",
        unit="u",
        figures={},
        supersedes={"a": position},
        reason_class="r" if key == "a" else key,
    )
    with pytest.raises(ValueError, match=r"."):
        encode(event)


def test_every_code_point_is_written_as_the_reference_writes_it() -> None:
    for start in range(0, 0x110000, 0x4000):
        points = [chr(n) for n in range(start, start + 0x4000) if not 0xD800 <= n <= 0xDFFF]
        value = {**dict.fromkeys(points), "text": "".join(points)}
        assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 1.0, 4.5, 1e16, 1e21, 5e-324, math.nan, math.inf, -math.inf, SAFE + 1, -SAFE - 1, 10**30],
)
@pytest.mark.parametrize("around", [lambda value: value, lambda value: {"a": [1, {"b": value}]}])
def test_other_numbers_are_refused(value: float, around: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(around(value))


@pytest.mark.parametrize("key", [1, None, True, 1.5])
def test_other_keys_are_refused(key: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical({key: 1})


@pytest.mark.parametrize("value", ["\ud800", ["a\udfff"], {"\ud800": 1}, b"bytes", {1, 2}, object()])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical(value)


def vectors(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "vectors" / "jcs_rfc8785.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.shared
@pytest.mark.parametrize("name", ["arrays.json", "french.json", "unicode.json", "weird.json"])
def test_documents_of_the_rfc(shared: Path, name: str) -> None:
    (document,) = [found for found in vectors(shared)["documents"] if found["name"] == name]
    assert canonical(json.loads(document["input"])) == bytes.fromhex(document["output_hex"])


@pytest.mark.shared
@pytest.mark.parametrize("name", ["structures.json", "values.json"])
def test_documents_of_the_rfc_with_fractions_are_refused(shared: Path, name: str) -> None:
    (document,) = [found for found in vectors(shared)["documents"] if found["name"] == name]
    with pytest.raises(ValueError, match=r"."):
        canonical(json.loads(document["input"]))


@pytest.mark.shared
def test_every_document_of_the_rfc_is_looked_at(shared: Path) -> None:
    assert {document["name"] for document in vectors(shared)["documents"]} == {
        "arrays.json",
        "french.json",
        "structures.json",
        "unicode.json",
        "values.json",
        "weird.json",
    }


@pytest.mark.shared
def test_numbers_of_the_rfc_are_refused(shared: Path) -> None:
    """Figures are text, positions are integers: no IEEE 754 number is ever stored, not even a whole one."""
    found = vectors(shared)
    bits = [*(number["ieee_hex"] for number in found["numbers_appendix_b"]), *found["numbers_must_fail"]]
    assert len(bits) > 10
    for number in bits:
        with pytest.raises(ValueError, match=r"."):
            canonical(struct.unpack(">d", bytes.fromhex(number))[0])


# --- Reading old versions, and what nobody can read. ---


class Moved(Event):
    """Version 1 had one `place`, version 2 split it, version 3 counts."""

    type: ClassVar[str] = "Moved"
    version: ClassVar[int] = 3
    prefecture: str
    municipality: str | None
    times: int


def split_place(state: dict[str, Any]) -> dict[str, Any]:
    prefecture, _, municipality = state["place"].partition("/")
    return {"prefecture": prefecture, "municipality": municipality or None}


def count_once(state: dict[str, Any]) -> dict[str, Any]:
    return {**state, "times": 1}


MADE_UP: dict[str, type[Event]] = {"Moved": Moved}
STEPS = {("Moved", 1): split_place, ("Moved", 2): count_once}


@pytest.mark.parametrize(
    ("version", "state"),
    [
        (1, {"place": "東京都/千代田区"}),
        (2, {"prefecture": "東京都", "municipality": "千代田区"}),
        (3, {"prefecture": "東京都", "municipality": "千代田区", "times": 1}),
    ],
)
def test_an_old_event_reads_as_the_current_one(version: int, state: dict[str, Any]) -> None:
    stored = canonical(state)
    event = decode("Moved", version, stored, 7, types=MADE_UP, upcasters=STEPS)
    assert event == Moved(prefecture="東京都", municipality="千代田区", times=1)
    assert decode("Moved", version, stored, 7, types=MADE_UP, upcasters=STEPS) == event


def _states(name: str, version: int) -> dict[str, Any]:
    if name == "Moved":
        return {"place": "東京都"} if version == 1 else {"prefecture": "東京都", "municipality": None}
    found: dict[str, Any] = json.loads((CORPUS / name / f"v{version}.json").read_bytes())
    return found


@pytest.mark.parametrize(("name", "version"), [*STEPS, *UPCASTERS])
def test_upcasters_are_pure(name: str, version: int) -> None:
    """Same answer twice, the argument untouched: an event may be read again from the same parsed state."""
    step = {**STEPS, **UPCASTERS}[name, version]
    state = _states(name, version)
    before = copy.deepcopy(state)
    first = step(state)
    assert state == before
    assert step(state) == first


GOOD = encode(FiguresEntered(election="e", form="f", slot="s", unit="u", figures={"c|voters||": "1"}))


@pytest.mark.parametrize(
    ("type_", "version", "state"),
    [
        ("NoSuchType", 1, GOOD),
        ("reporting.domain.events:FiguresEntered", 1, GOOD),
        ("", 1, GOOD),
        ("FiguresEntered", 0, GOOD),
        ("FiguresEntered", -1, GOOD),
        ("FiguresEntered", FiguresEntered.version + 1, GOOD),
        ("FiguresEntered", 1, b""),
        ("FiguresEntered", 1, b"\xff\xfe\x00garbage"),
        ("FiguresEntered", 1, b"\x00\x01\x02\x03"),
        ("FiguresEntered", 1, GOOD[:-1]),
        ("FiguresEntered", 1, GOOD + GOOD),
        ("FiguresEntered", 1, b"null"),
        ("FiguresEntered", 1, b"[]"),
        ("FiguresEntered", 1, b"9" * 5_000),
        ("FiguresEntered", 1, b"{}"),
        ("FiguresEntered", 1, GOOD.replace(b'"unit"', b'"unti"')),
        ("FiguresEntered", 1, GOOD.replace(b'"form"', b'"extra":1,"form"')),
        ("FiguresEntered", 1, GOOD.replace(b'"form"', b'"election":"other","form"')),
        ("FiguresEntered", 1, GOOD.replace(b'"1"', b"1.5")),
        pytest.param("FiguresEntered", 1, b"[" * 200_000, id="deep"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_nobody_can_read_is_named(type_: str, version: int, state: bytes) -> None:
    assert decode("FiguresEntered", 1, GOOD, 41)
    with pytest.raises(CannotDecode, match="41") as refused:
        decode(type_, version, state, 41)
    facts = refused.value.facts
    assert (facts["position"], facts["type"], facts["type_version"]) == (41, type_, version)
    assert facts["detail"]


@pytest.mark.parametrize(
    ("upcasters", "state"),
    [
        ({("Moved", 2): count_once}, b'{"place":"a"}'),
        (STEPS, b'{"plaice":"a"}'),
        pytest.param(STEPS, b"[]"),
        pytest.param(STEPS, b'{"place":1}'),
    ],
    ids=["step missing", "field missing", "no object", "wrong kind"],
)
def test_a_failing_upcaster_is_named(upcasters: Any, state: bytes) -> None:
    with pytest.raises(CannotDecode, match="41") as refused:
        decode("Moved", 1, state, 41, types=MADE_UP, upcasters=upcasters)
    assert refused.value.facts["position"] == 41


@given(st.binary())
@settings(max_examples=300, deadline=None, database=None)
def test_no_bytes_bring_the_decoder_down(state: bytes) -> None:
    with pytest.raises(CannotDecode):
        decode("FiguresEntered", 1, state, 1)
