"""JSON from outside, read so that two readers cannot understand it differently."""

from __future__ import annotations

import json
from typing import Any


def strict_object(data: bytes | str) -> dict[str, Any]:
    """The object in `data`. ValueError for anything else: doubled names (RFC 8259 §4 leaves them open, libraries
    take the last one), NaN and Infinity, integers of more than 20 digits, nesting without end, other than UTF-8."""
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_integer)
    except RecursionError:
        raise ValueError("nesting") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def is_text(value: Any, longest: int = 200) -> bool:
    """Whether `value` is text of 1…`longest` printable characters."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled name")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError("not a number")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("too many digits")
    return int(digits)
