"""Tokens: one algorithm, one issuer, one audience, a bounded life; everything else is NotAuthenticated."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from api.auth import (
    ALGORITHM,
    AUDIENCE,
    ISSUER,
    LEEWAY_S,
    MAX_LIFETIME_S,
    TYPE,
    KeyRefused,
    issue_token,
    load_key,
    read_token,
)
from reporting.domain.actor import Actor, Role
from reporting.errors import NotAuthenticated

NOW = 1_800_000_000
ACTOR = Actor("髙橋 一郎", "中央区選挙管理委員会", Role.WARD, "13102")


@pytest.fixture
def key(tmp_path: Path) -> OctKey:
    return load_key(tmp_path / "keys" / "token.key")


def claims(**changes: Any) -> dict[str, Any]:
    given = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "p",
        "iat": NOW,
        "exp": NOW + 60,
        "office": "o",
        "role": "ward",
        "jurisdiction": "11",
    }
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def signed(key: OctKey, payload: dict[str, Any] | str, **header: Any) -> str:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return jws.serialize_compact({"alg": ALGORITHM, "typ": TYPE, **header}, text, key, algorithms=[ALGORITHM])


def test_what_was_issued_is_read_back_name_and_all(key: OctKey) -> None:
    assert read_token(key, issue_token(key, ACTOR, now=NOW), now=NOW + 60) == ACTOR


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    first = load_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key(path).as_dict() == first.as_dict()


@pytest.mark.parametrize(("content", "mode"), [(b"", 0o600), (b"change-me", 0o600), (b"x" * 43, 0o604)])
def test_a_key_others_can_read_or_guess_is_refused(tmp_path: Path, content: bytes, mode: int) -> None:
    path = tmp_path / "token.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(KeyRefused):
        load_key(path)


def test_processes_that_start_together_share_the_first_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: load_key(tmp_path / "token.key").as_dict(), range(32)))
    assert all(key == keys[0] for key in keys)
    assert [file.name for file in tmp_path.iterdir()] == ["token.key"]


def test_a_token_ends(key: OctKey) -> None:
    token = issue_token(key, ACTOR, now=NOW, lifetime_s=100)
    assert read_token(key, token, now=NOW + 99) == ACTOR
    assert read_token(key, token, now=NOW - LEEWAY_S) == ACTOR
    for moment in (NOW + 100, NOW - LEEWAY_S - 1):
        with pytest.raises(NotAuthenticated):
            read_token(key, token, now=moment)


def test_no_token_lives_longer_than_a_month(key: OctKey) -> None:
    token = issue_token(key, ACTOR, now=NOW, lifetime_s=10**9)
    with pytest.raises(NotAuthenticated):
        read_token(key, token, now=NOW + MAX_LIFETIME_S)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": [AUDIENCE]},
        {"exp": None},
        {"exp": str(NOW + 60)},
        {"exp": NOW + 60.5},
        {"exp": True},
        {"exp": NOW + MAX_LIFETIME_S + 1},
        {"iat": None},
        {"iat": NOW + 61},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"office": "x" * 201},
        {"role": "king"},
        {"role": None},
        {"jurisdiction": None},
    ],
)
def test_every_claim_is_looked_at(key: OctKey, changes: dict[str, Any]) -> None:
    assert read_token(key, signed(key, claims()), now=NOW).person == "p"
    with pytest.raises(NotAuthenticated):
        read_token(key, signed(key, claims(**changes)), now=NOW)


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": None}])
def test_the_type_is_looked_at(key: OctKey, header: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read_token(
            key, signed(key, claims(), **{k: v for k, v in header.items() if v} or {"typ": "x"}), now=NOW
        )


def test_a_doubled_claim_is_refused(key: OctKey) -> None:
    doubled = json.dumps(claims())[:-1] + ', "role": "ministry"}'
    with pytest.raises(NotAuthenticated):
        read_token(key, signed(key, doubled), now=NOW)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_other_algorithms_and_other_keys_are_refused(key: OctKey) -> None:
    other = OctKey.generate_key(256)
    hs512 = jws.serialize_compact(
        {"alg": "HS512", "typ": TYPE}, json.dumps(claims()), key, algorithms=["HS512"]
    )
    token = signed(key, claims())
    head, body, mark = token.split(".")
    forged = _part(claims(role="ministry", jurisdiction="*"))
    none = _part({"alg": "none", "typ": TYPE})
    for bad in (
        signed(other, claims()),
        hs512,
        f"{none}.{body}.",
        f"{none}.{body}.{mark}",
        f"{head}.{forged}.{mark}",
        f"{head}.{body}",
        f"{head}.{body}.{mark}.x",
        f"{head}.{body}.",
        signed(key, "[1]"),
        signed(key, "not json"),
        signed(key, claims(office="x" * 9_000)),
        "é" * 10,
        "",
        ".",
        "..",
        "a.b.c",
    ):
        with pytest.raises(NotAuthenticated):
            read_token(key, bad, now=NOW)
