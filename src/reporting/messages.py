"""Catalogues of messages: code → one text in Japanese and in English, with named places for what it is about.

A package's texts stand in its `messages.toml`, both languages of a text beside each other, so that whoever puts one right sees
the other; its `messages` module reads them. Texts of an error's class are templates there (`reporting.errors`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources

from reporting.words import Words


class Messages:
    """What one package says. `texts`: by code. `tables`: by name, texts by the keys that code looks them up with (deeds,
    states, kinds)."""

    def __init__(
        self, texts: Mapping[str, Words], tables: Mapping[str, Mapping[str, Words]] | None = None
    ) -> None:
        self.texts, self.tables = texts, tables or {}

    @classmethod
    def of(cls, package: str) -> Messages:
        text = resources.files(package).joinpath("messages.toml").read_text(encoding="utf-8")
        written = tomllib.loads(text)
        return cls(
            {code: Words(**both) for code, both in written.items() if "ja" in both},
            {
                name: {key: Words(**both) for key, both in table.items()}
                for name, table in written.items()
                if "ja" not in table
            },
        )

    def __call__(self, code: str, /, **facts: object) -> str:
        """`日本語 / English`, as a fact of an error holds it. KeyError for a code or a place that is not there: a test reads
        every call, so nobody meets it."""
        return str(self.words(code, **facts))

    def words(self, code: str, /, **facts: object) -> Words:
        """The same in two halves, for who tells them apart."""
        both = self.texts[code]
        return Words(both.ja.format_map(facts), both.en.format_map(facts))

    def table(self, name: str, /) -> Mapping[str, Words]:
        """key → both languages, as they stand: places are the reader's to fill."""
        return self.tables[name]


message = Messages.of("reporting")
"""What the modules say that stand in no package of their own: errors, hints, bounds, the machine around."""
