"""A trial cluster in somebody's hands: what there is, and a key that kills its primary."""

from __future__ import annotations

import select
import sys
import time

import click

from api.trial.cluster import Cluster
from api.trial.messages import message
from reporting.words import Words

LOOK_S = 1.0


def keep_running(cluster: Cluster) -> None:
    """Until interrupted. ProgramEnded where a part of it ended by itself."""
    for line in _introduced(cluster):
        click.echo(line, err=True)
    while True:
        if _asked():
            _fail_over(cluster)
        if ended := cluster.ended():
            raise ended[0].ended()


def _introduced(cluster: Cluster) -> list[str]:
    token = f"REPORTING_TOKEN_KEY={cluster.token_key} reporting token --role ministry --jurisdiction JP"
    told = [
        *(message.words("api_at", address=address) for address in cluster.addresses),
        message.words("database_at", url=cluster.pair.url),
        message.words("token_by", command=token),
        message.words("logs_in", folder=cluster.folder),
        message.words("signed_by", key=cluster.signed_by),
    ]
    return [*map(str, told), *([str(message.words("enter_kills"))] if sys.stdin.isatty() else [])]


def _asked() -> bool:
    """Whether Enter was pressed, within a second."""
    if not sys.stdin.isatty():
        time.sleep(LOOK_S)
        return False
    ready, _, _ = select.select([sys.stdin], [], [], LOOK_S)
    return bool(ready and sys.stdin.readline())


def _fail_over(cluster: Cluster) -> None:
    def say(words: Words) -> None:
        click.echo(str(words), err=True)

    killed = time.monotonic()
    cluster.pair.leads.kill()
    say(message.words("killed"))
    cluster.pair.notice()
    cluster.pair.promote()
    say(message.words("promoted", seconds=f"{time.monotonic() - killed:.1f}"))
    cluster.pair.rejoin()
    say(message.words("again", seconds=f"{time.monotonic() - killed:.1f}"))
