"""The `reporting` command. Each subcommand stands in `commands` and is imported only when used.

Takes arguments and files, gives text and an exit code; every subcommand calls what the API calls.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """The console script."""
    try:
        from api.cli.group import main as run
    except KeyboardInterrupt:  # nothing was begun, and the messages are not there yet
        raise SystemExit(130) from None
    run()
