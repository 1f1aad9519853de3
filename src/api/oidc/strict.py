"""What a provider sends as text."""

from __future__ import annotations

from typing import Any


def is_text(value: Any, longest: int = 200) -> bool:
    """Whether `value` is text of 1…`longest` printable characters."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()
