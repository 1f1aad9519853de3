"""Named SQL: every statement stands in a `.sql` file beside the code that runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)[^\n]*\n", re.MULTILINE)


@cache
def load(package: str) -> Mapping[str, str]:
    """All blocks `-- name: some_name` of the package's `.sql` files; a name that stands twice is a ValueError.

    Files without such a line (whole schemas) are found under their file name without the ending.
    """
    found: dict[str, str] = {}
    for resource in sorted(files(package).iterdir(), key=lambda entry: entry.name):
        if not resource.name.endswith(".sql"):
            continue
        text = resource.read_text(encoding="utf-8")
        parts = _NAME.split(text)
        blocks = list(zip(parts[1::2], parts[2::2], strict=True)) or [(resource.name[:-4], text)]
        for name, body in blocks:
            if name in found:
                raise ValueError(f"{package}: SQL name {name} stands twice")
            found[name] = body.strip()
    return MappingProxyType(found)
