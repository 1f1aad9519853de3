"""`reporting query`."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any

import click

from api.cli.messages import message
from api.cli.runtime import FEW_LOOKS, running
from api.cli.tokens import require_token
from reporting.errors import InvalidInput, ReportingError
from reporting.outside import of_system

TIMEOUT_S = 60
PATH = "/graphql"


class NoAnswer(ReportingError):
    """facts: `url`, `detail`."""

    code = "no_answer"
    template_ja = (
        "{url} から GraphQL の応答がありません。URL とサーバーの稼働を確認してください。（{detail}）"
    )
    template_en = "No GraphQL answer from {url} ({detail}). Check the address and that the server runs."


@click.command("query")
@click.argument("document", metavar="GRAPHQL")
@click.option("--variables", metavar="JSON", help="the request's variables, a JSON object")
@click.option(
    "--token",
    envvar="REPORTING_TOKEN",
    show_envvar=True,
    callback=require_token,
    help="bearer token, see `reporting token`",
)
@click.option("--url", help="a running server, e.g. http://localhost:8000 [default: this process]")
def command(document: str, variables: str | None, token: str | None, url: str | None) -> None:
    """Run a GraphQL request and print its answer as JSON. `-` reads the request from standard input.

    Without --url the request runs in this process on the configured database, and without --token as an auditor
    of everything: whoever may open the database may read it. Exit code 1 when the answer holds errors.

    \b
    Examples:
      reporting query '{ elections { nodes { code isTest } } }'
      reporting query --url http://localhost:8000 --variables '{"code": "demo"}' \\
        'query($code: String!) { election(code: $code) { asOfPosition } }'
    """
    request = {"query": sys.stdin.read() if document == "-" else document, "variables": _variables(variables)}
    body = json.dumps(request, ensure_ascii=False).encode()
    status, answer = _over_http(url, body, token) if url else _in_process(body, token)
    parsed = _json(answer, url or "—", status)
    click.echo(json.dumps(parsed, ensure_ascii=False, indent=2))
    if not isinstance(parsed, dict) or parsed.get("errors") or status != 200:
        raise click.exceptions.Exit(1)


def _variables(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        raise InvalidInput(
            field="--variables",
            found=text,
            expected=message("json_object"),
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidInput(
            field="--variables",
            found=text,
            expected=message("json_object"),
        )
    return parsed


def _headers(token: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _over_http(url: str, body: bytes, token: str | None) -> tuple[int, bytes]:
    address = url if url.rstrip("/").endswith(PATH) else url.rstrip("/") + PATH
    if not address.startswith(("http://", "https://")):
        raise InvalidInput(field="--url", found=url, expected="http://…, https://…")
    try:
        request = urllib.request.Request(address, data=body, headers=_headers(token))
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except (OSError, ValueError) as error:
        raise NoAnswer(
            url=address, detail=of_system(error), said=str(getattr(error, "reason", error))
        ) from None


def _in_process(body: bytes, token: str | None) -> tuple[int, bytes]:
    gc.set_threshold(*FEW_LOOKS)
    from api.app import create_app
    from api.cli.asgi import post
    from api.cli.identity import local_token
    from projections.runner import Projector

    with running() as (settings, database):
        projector = Projector(database)
        projector.create_if_missing()
        projector.catch_up()
        headers = _headers(token or local_token(settings))
        return asyncio.run(
            post(
                create_app(replace(settings, projector=False, publication=False, dev_tokens=True)),
                PATH,
                body,
                headers,
            )
        )


def _json(answer: bytes, url: str, status: int) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        raise NoAnswer(url=url, detail=f"HTTP {status}", said=repr(answer[:80])) from None
