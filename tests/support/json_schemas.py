"""What JSON Schemas complain of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def without_grammar() -> Iterator[None]:
    """`jsonschema` is to be imported in here, by whatever needs it: else it compiles a grammar of addresses for two seconds, for a
    format that nobody here looks at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "rfc3987_syntax", None)
        yield


def complaints(schema: dict[str, Any], told: object) -> list[str]:
    """By the draft that the schema names, the newest where it names none. Formats are not looked at."""
    with without_grammar():
        from jsonschema.validators import validator_for
    return [error.message for error in validator_for(schema)(schema).iter_errors(told)]
