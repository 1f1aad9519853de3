"""What a provider sends as text."""

from __future__ import annotations

from typing import Any


def is_text(value: Any, longest: int = 200) -> bool:
    """Whether `value` is text of 1…`longest` printable characters; the blank of Japanese writing (U+3000), which Python does not count
    among them, is one: it stands in names of offices."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.replace("\u3000", " ").isprintable()
