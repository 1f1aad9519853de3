"""JSON read so that two readers cannot understand it differently: files, requests, tokens and the log by the same rules."""

from __future__ import annotations

import json
from typing import Any

from reporting.files.messages import message

MAX_DIGITS = 32


class NotStrict(ValueError):
    """What JSON libraries take and we do not. `found`: the place in the text; `expected`: in Japanese and English."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"{found}: {expected}")


def strict_json(text: str | bytes) -> Any:
    """The value in `text` (bytes: UTF-8). NotStrict for names twice in an object (RFC 8259 §4 leaves them open, libraries
    take the last one), NaN and Infinity, integers of more than MAX_DIGITS digits, nesting without end; JSONDecodeError
    and UnicodeDecodeError for what is no JSON. All of them are ValueErrors."""
    decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        return json.loads(
            decoded, object_pairs_hook=_each_name_once, parse_constant=_refuse, parse_int=_integer
        )
    except RecursionError:
        raise NotStrict(message("too_deep"), message("flat")) from None


def strict_object(text: str | bytes) -> dict[str, Any]:
    """The object in `text`; ValueError for any other value and for what `strict_json` refuses."""
    value = strict_json(text)
    if not isinstance(value, dict):
        raise NotStrict(type(value).__name__, message("json_object"))
    return value


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise NotStrict(twice, message("each_name_once"))
    return fields


def _refuse(constant: str) -> Any:
    raise NotStrict(constant, message("json_number"))


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotStrict(
            f"{digits[:MAX_DIGITS]}…",
            message("whole_number", digits=MAX_DIGITS),
        )
    return int(digits)
