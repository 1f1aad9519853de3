"""Named SQL: every statement stands in a `.sql` file beside the code that runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from psycopg import sql

MAX_NAME = 63
"""PostgreSQL cuts longer names off."""
MAX_QUOTED = 1_024
"""Names kept as quoted: those of columns are asked for again and again."""
_FIT = re.compile(rf"[_A-Za-z][_0-9A-Za-z]{{0,{MAX_NAME - 1}}}")
_BLANK = re.compile(r"\{([a-z_]+)\}")
_NAME = re.compile(r"^-- name: ([a-z0-9_]+)[^\n]*\n", re.MULTILINE)


@cache
def load(package: str) -> Mapping[str, str]:
    """All blocks `-- name: some_name` of the package's `.sql` files; a name that stands twice is a ValueError.

    Files without such a line (whole schemas) are found under their file name without the ending.
    """
    statements: dict[str, str] = {}
    for resource in sorted(files(package).iterdir(), key=lambda entry: entry.name):
        if not resource.name.endswith(".sql"):
            continue
        text = resource.read_text(encoding="utf-8")
        parts = _NAME.split(text)
        blocks = list(zip(parts[1::2], parts[2::2], strict=True)) or [(resource.name[:-4], text)]
        for name, body in blocks:
            if name in statements:
                raise ValueError(f"{package}: SQL name {name} stands twice")
            statements[name] = body.strip()
    return MappingProxyType(statements)


def filled(statement: str, **blocks: str) -> str:
    """A statement with each `{name}` in it, and in the blocks, replaced by the block of that name: SQL of ours, or made by
    `identifier`; values are parameters, never blocks. ValueError for a name without a block, or a block in itself."""
    return _filled(statement, blocks, frozenset())


def _filled(statement: str, blocks: Mapping[str, str], within: frozenset[str]) -> str:
    def block(blank: re.Match[str]) -> str:
        name = blank[1]
        if name not in blocks or name in within:
            raise ValueError(f"SQL: nothing to put in place of {{{name}}}")
        return _filled(blocks[name], blocks, within | {name})

    return _BLANK.sub(block, statement)


@lru_cache(MAX_QUOTED)
def identifier(name: str) -> str:
    """A name as PostgreSQL reads it, quoted, whatever stands in it."""
    return sql.Identifier(name).as_string(None)


def columns_as(fields: Mapping[str, str], allowed: Iterable[str]) -> str:
    """Columns of a SELECT under their response names (name → column). ValueError for a column that is none of these, and for
    an unfit name."""
    if not set(fields.values()) <= set(allowed) or not all(_FIT.fullmatch(name) for name in fields):
        raise ValueError("unknown column or unfit name")
    return ", ".join(f"{identifier(column)} AS {identifier(name)}" for name, column in fields.items())
