"""What commands say, in both languages: `messages.toml`. Help is English."""

from __future__ import annotations

import click

from reporting.messages import Messages

message = Messages.of("api.cli")


def say_if_none(listed: object) -> None:
    """Beside the list, which whoever reads it by program finds empty."""
    if not listed:
        click.echo(message("nothing_to_list"), err=True)
