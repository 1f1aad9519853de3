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
    """What one package says."""

    def __init__(self, texts: Mapping[str, Words]) -> None:
        self.texts = texts

    @classmethod
    def of(cls, package: str) -> Messages:
        text = resources.files(package).joinpath("messages.toml").read_text(encoding="utf-8")
        return cls({code: Words(**both) for code, both in tomllib.loads(text).items()})

    def __call__(self, code: str, /, **facts: object) -> str:
        """`日本語 / English`, as a fact of an error holds it. KeyError for a code or a place that is not there: a test reads
        every call, so nobody meets it."""
        both = self.texts[code]
        return str(Words(both.ja.format_map(facts), both.en.format_map(facts)))
