"""The product's modules as trees, each read once in a process: whoever looks through all of them looks at the same."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    """Shared: to be looked at, never changed."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def every_node(path: Path) -> tuple[ast.AST, ...]:
    """What `ast.walk` tells of it, in its order."""
    return tuple(nodes(parsed(path)))


def nodes(tree: ast.AST) -> list[ast.AST]:
    """What `ast.walk` tells, which asks two generators for each of a million nodes."""
    told = [tree]
    for node in told:  # it grows meanwhile
        told += below(node)
    return told


def below(node: ast.AST) -> list[ast.AST]:
    """What `ast.iter_child_nodes` tells."""
    told: list[ast.AST] = []
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, ast.AST):
            told.append(part)
        elif isinstance(part, list):
            told += [one for one in part if isinstance(one, ast.AST)]
    return told
