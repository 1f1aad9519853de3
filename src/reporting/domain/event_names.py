"""What people call the kinds of facts: type → both languages, from `event_names.toml` beside this."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources

from reporting.words import Words

DEFINITION_CHANGED = "DefinitionChanged"
"""No type of the ledger: how the history of a return calls a later definition, or later areas, that touch its cells."""


def _read() -> Mapping[str, Words]:
    text = resources.files(__package__).joinpath("event_names.toml").read_text(encoding="utf-8")
    return {type_: Words(**both) for type_, both in tomllib.loads(text).items()}


NAMES = _read()
