"""What a message calls a field on a page: the API names it, and who fills a form in has never seen that name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NAMED = re.compile(r"「([A-Za-z][A-Za-z0-9_.]*)」の値")
CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def called(text: str) -> str:
    """A Japanese message of `InvalidInput` with its field in words: of `figures.0.value` the last part that has some. What has none
    stays."""
    return NAMED.sub(lambda found_here: f"「{_words(found_here[1])}」の値", text)


def _words(field: str) -> str:
    parts = [CAPITAL.sub(r"_\1", part).lower() for part in field.split(".")]
    return next((WORDS[part] for part in reversed(parts) if part in WORDS), field)
