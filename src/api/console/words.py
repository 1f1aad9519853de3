"""The console's two languages. Japanese stands in the code and templates themselves; English is a gettext catalogue.

`tests/console/test_words.py` proves the catalogue complete and compiled.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from markupsafe import escape

from api.console.field_words import called

LOCALE = Path(__file__).parent / "locale"
Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
COOKIE = "reporting-language"


@dataclass(frozen=True, slots=True)
class Words:
    """`of` translates what a page says; `label` picks from what the API tells in both languages."""

    language: Language
    catalogue: gettext.NullTranslations

    def of(self, text: str, /, **parts: object) -> str:
        told = self.catalogue.gettext(text)
        # A figure with its mark stays one, and what is beside it is escaped.
        if any(hasattr(part, "__html__") for part in parts.values()):
            return escape(told).format(**parts)
        return told.format(**parts) if parts else told

    def label(self, told: Mapping[str, str | None] | None) -> str:
        """A `Label` of the API; English where there is one and it is asked for."""
        if told is None:
            return ""
        return (self.language == "en" and told.get("en")) or told["ja"] or ""

    def error(self, told: Mapping[str, str]) -> str:
        """A message of the API, in the page's language."""
        if text := told.get(self.language):
            return called(text, self.language)
        return called(told.get("ja") or "", "ja")


def said(text: str) -> str:
    """Marks a text for the catalogue where it stands; `Words.of` translates it when it is shown."""
    return text


@cache
def words(language: Language) -> Words:
    if language == "ja":
        return Words("ja", gettext.NullTranslations())
    return Words(language, gettext.translation("console", LOCALE, [language]))


def chosen(cookie: str | None) -> Language:
    return "en" if cookie == "en" else "ja"
