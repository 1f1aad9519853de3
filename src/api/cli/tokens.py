"""What `--token` takes."""

from __future__ import annotations

import click

from api.cli.messages import message
from reporting.errors import InvalidInput


def require_token(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    """InvalidInput for an empty one: without a token a command may do more than with it, as the installation or an auditor."""
    if text is not None and not text.strip():
        raise InvalidInput(field="--token", found=text, expected=message("a_token_as_printed"))
    return text
