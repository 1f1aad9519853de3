"""The `reporting` command. Each subcommand stands in `commands` and is imported only when used.

Takes arguments and files, gives text and an exit code; every subcommand calls what the API calls.
"""

from __future__ import annotations

from api.cli.group import main

__all__ = ["main"]
