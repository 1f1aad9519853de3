"""The `reporting` command. Each subcommand stands in `commands` and is imported only when used."""

from __future__ import annotations

from api.cli.group import main

__all__ = ["main"]
