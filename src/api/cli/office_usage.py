"""What each office has used of a common installation: the log's own account, and what servers wrote of requests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import IO

from api.cli.messages import message
from api.usage import LINE
from reporting.errors import InvalidInput
from reporting.ledger import Ledger


@dataclass(frozen=True, slots=True)
class OfficeUsage:
    """`bytes`: of its events, as canonical text; `requests`, `changes`, `seconds`: None without servers' lines."""

    office: str
    commands: int = 0
    events: int = 0
    bytes: int = 0
    requests: int | None = None
    changes: int | None = None
    seconds: float | None = None

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def usage(
    ledger: Ledger, since: datetime | None, until: datetime | None, lines: Iterable[IO[str]]
) -> list[OfficeUsage]:
    """By office, who used most first. InvalidInput for a line that is none of a server's."""
    by_office = {row[0]: OfficeUsage(*row) for row in ledger.usage(since, until)}
    for file in lines:
        for number, text in enumerate(file, 1):
            if LINE in text:
                _add(by_office, text, f"{file.name}:{number}", since, until)
    return sorted(by_office.values(), key=lambda used: (-used.bytes, -(used.requests or 0), used.office))


def _add(
    by_office: dict[str, OfficeUsage],
    text: str,
    where: str,
    since: datetime | None,
    until: datetime | None,
) -> None:
    try:
        line = json.loads(text)
        at = datetime.fromisoformat(line["timestamp"])
        office, asked = str(line["office"]), (int(line["requests"]), int(line["changes"]))
        seconds = float(line["seconds"])
    except (ValueError, KeyError, TypeError):
        raise InvalidInput.at("--lines", where, message("a_servers_line", line=LINE)) from None
    if line.get("event") != LINE or (since and at < since) or (until and at >= until):
        return
    before = by_office.get(office, OfficeUsage(office))
    by_office[office] = replace(
        before,
        requests=(before.requests or 0) + asked[0],
        changes=(before.changes or 0) + asked[1],
        seconds=round((before.seconds or 0.0) + seconds, 3),
    )
