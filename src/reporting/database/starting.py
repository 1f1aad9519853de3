"""A database that is just coming up: waited for, within bounds, and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping

from reporting.database.connect import why_refused
from reporting.errors import ReportingError

WITHIN_S = 120.0  # recovery after a kill replays at most what a checkpoint left over: minutes at the worst
PAUSE_S = 0.25


class StillStarting(ReportingError):
    """facts: `seconds`."""

    code = "still_starting"
    template_ja = "データベースは {seconds} 秒待っても起動・復旧が終わりません。データベースの記録（ログ）を確認してください。"
    template_en = "The database is still starting or recovering after {seconds} s. Look at its log."


class NobodyAnswers(ReportingError):
    """facts: `where`, `seconds`, `said` (the driver's words)."""

    code = "nobody_answers"
    template_ja = (
        "データベースの接続先 {where} では {seconds} 秒待っても何も応答しません。サーバーが動いているか、URL（REPORTING_DATABASE_URL、または --server）の"
        "ホストとポートが正しいか、証明書が有効かを確認してください。"
    )
    template_en = (
        "Nothing answered for {seconds} s at the database's address {where}. See whether its server runs, and whether host "
        "and port in its URL (REPORTING_DATABASE_URL, or --server) are right, and whether the certificates hold."
    )


class NothingThere(ReportingError):
    """facts: `where`, `said` (the driver's words)."""

    code = "unavailable"
    template_ja = (
        "データベースの接続先 {where} に応答がありません。サーバーが動いているか、URL（REPORTING_DATABASE_URL、または --server）のホストとポートが正しいか、"
        "証明書が有効かを確認し、もう一度実行してください。"
    )
    template_en = (
        "Nothing answers at the database's address {where}. See whether its server runs, and whether host and port in "
        "its URL (REPORTING_DATABASE_URL, or --server) are right, and whether the certificates hold; then run the command again."
    )


def wait_until_up(
    url: str,
    told: Callable[[], None] = lambda: None,
    *,
    absent: bool = False,
    within_s: float = WITHIN_S,
    ping: Callable[[bytes], int] = PGconn.ping,
    why: Callable[[str], str | None] = why_refused,
) -> None:
    """Returns as soon as the server takes connections.

    It waits while the server answers that it is starting, recovering or stopping; with `absent` (services, which start
    with the machine) also while nothing answers. `told` is called once, before the first wait. StillStarting; NobodyAnswers where
    it is not there to the end, NothingThere where that is not waited for (a pool
    would try for seconds and not say what it tried). `why` is asked then, what the driver says.
    """
    waited = {Ping.REJECT, Ping.NO_RESPONSE} if absent else {Ping.REJECT}
    given: dict[str, Any] = {"connect_timeout": 3} | conninfo_to_dict(url)
    asked = make_conninfo(**given).encode()
    deadline, first = time.monotonic() + within_s, True
    while (answer := ping(asked)) in waited:
        if first:
            told()
            first = False
        if time.monotonic() > deadline:
            if answer == Ping.NO_RESPONSE:
                raise NobodyAnswers(where=_where(given), seconds=round(within_s), said=why(asked.decode()))
            raise StillStarting(seconds=round(within_s))
        time.sleep(PAUSE_S)
    if answer == Ping.NO_RESPONSE and (said := why(asked.decode())):
        raise NothingThere(where=_where(given), said=said)


def _where(given: Mapping[str, Any]) -> str:
    """Host and port, nothing else of it: it may hold a password."""
    return f"{given.get('host') or given.get('hostaddr') or 'localhost'}:{given.get('port') or 5432}"
