"""The product's modules as trees, each read once in a process: whoever looks through all of them looks at the same."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    """Shared: to be looked at, never changed."""
    return ast.parse(path.read_text(encoding="utf-8"))
