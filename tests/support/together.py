"""Many looks at the schema in few requests: fields of one root beside each other, as many as a request may have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from starlette.testclient import TestClient
from straight import Asked, answers

from api.graphql.limits import MAX_ROOT_FIELDS


@dataclass(frozen=True, slots=True)
class Look:
    """One field of the schema's root with what is asked below it; `root`: the field and its arguments alone."""

    root: str
    text: str


def bodies(client: TestClient, looks: Sequence[Look], headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The JSON of each, as it would be had it been asked alone, in their order. Those of one root stand together."""
    parts = [
        same[start : start + MAX_ROOT_FIELDS]
        for same in (list(group) for _, group in groupby(looks, lambda look: look.root))
        for start in range(0, len(same), MAX_ROOT_FIELDS)
    ]
    told: list[dict[str, Any] | None] = []
    for part, body in zip(parts, _asked(client, parts, headers), strict=True):
        told += _apart(body, len(part))
    alone = [[look] for look, body in zip(looks, told, strict=True) if body is None]
    again = iter(_asked(client, alone, headers))
    return [next(again) if body is None else body for body in told]


def _asked(
    client: TestClient, parts: Sequence[Sequence[Look]], headers: Mapping[str, str]
) -> list[dict[str, Any]]:
    texts = ["{ " + " ".join(f"at{n}: {look.text}" for n, look in enumerate(part)) + " }" for part in parts]
    posts = [Asked("POST", "/graphql", headers, json.dumps({"query": text}).encode()) for text in texts]
    found = answers(client, posts)
    for text, answer in zip(texts, found, strict=True):
        assert answer.status_code == 200, (text, answer.text)
    return [json.loads(answer.text) for answer in found]


def _apart(body: dict[str, Any], count: int) -> list[dict[str, Any] | None]:
    """Of each of a request's looks; None where what befell another of them hides it. What the root itself refuses it refuses
    whatever is asked below it."""
    errors, data = body.get("errors", []), body.get("data")
    if data is None:
        by_root = count == 1 or (errors and all(len(error.get("path", ())) == 1 for error in errors))
        return [body if by_root else None] * count
    return [
        {"data": data[f"at{n}"], "errors": [error for error in errors if error["path"][0] == f"at{n}"]}
        for n in range(count)
    ]
