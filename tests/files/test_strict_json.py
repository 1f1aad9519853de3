"""One way to read JSON: what one door refuses, every door refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from api.auth import ALGORITHM, TYPE, read_token
from api.gate import body_json
from reporting.errors import CannotDecode, InvalidInput, NotAuthenticated
from reporting.files.problems import FileRefused
from reporting.files.strict_json import MAX_DIGITS, NotStrict, strict_json, strict_object
from reporting.files.structured import read_file
from reporting.ledger.registry import decode

KEY = OctKey.import_key(b"k" * 32)
AMBIGUOUS = (
    '{"a": 1, "a": 2}',
    '{"a": {"b": [{"c": 1, "c": 1}]}}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '{"a": ' + "9" * (MAX_DIGITS + 1) + "}",
    "[" * 100_000 + "]" * 100_000,
    '{"a": ',
)


def of_file(text: str, folder: Path) -> None:
    (folder / "given.json").write_text(text, "utf-8")
    with pytest.raises(FileRefused):
        read_file(folder / "given.json")


def of_request(text: str, folder: Path) -> None:
    with pytest.raises(InvalidInput):
        body_json(text)


def of_token(text: str, folder: Path) -> None:
    token = jws.serialize_compact({"alg": ALGORITHM, "typ": TYPE}, text.encode(), KEY, algorithms=[ALGORITHM])
    with pytest.raises(NotAuthenticated):
        read_token(KEY, token, now=0)


def of_log(text: str, folder: Path) -> None:
    with pytest.raises(CannotDecode):
        decode("FiguresEntered", 1, text.encode())


@pytest.mark.parametrize("door", [of_file, of_request, of_token, of_log])
@pytest.mark.parametrize("text", AMBIGUOUS, ids=range(len(AMBIGUOUS)))
def test_every_door_refuses_what_two_readers_could_read_differently(
    door: Callable[[str, Path], None], text: str, tmp_path: Path
) -> None:
    with pytest.raises((NotStrict, json.JSONDecodeError)):
        strict_json(text)
    door(text, tmp_path)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(values)
def test_everything_else_is_read_as_written(value: object) -> None:
    assert strict_json(json.dumps(value).encode()) == value


def test_a_refusal_names_what_stands_twice_and_an_object_is_an_object() -> None:
    with pytest.raises(NotStrict) as refused:
        strict_json(AMBIGUOUS[1])
    assert refused.value.found == "c"
    with pytest.raises(NotStrict):
        strict_object("[]")
