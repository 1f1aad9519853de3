"""What a message calls a field on a page: the API names it, and who fills a form in has never seen that name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
"""Language → field in snake case → what pages call it."""
NAMED = re.compile(
    r"(?<=^「)[A-Za-z][\w.]*(?=」の値 )|(?<= of “)[A-Za-z][\w.]*(?=” is not accepted\.)", re.ASCII
)
CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def called(text: str, language: str) -> str:
    """A message of `InvalidInput` with its field in words: of `figures.0.value` the last part that has some. What has none stays."""
    return NAMED.sub(lambda field: _words(field[0], WORDS[language]), text, count=1)


def _words(field: str, words: Mapping[str, str]) -> str:
    parts = [CAPITAL.sub(r"_\1", part).lower() for part in field.split(".")]
    return next((words[part] for part in reversed(parts) if part in words), field)
