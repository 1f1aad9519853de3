"""Somebody who asks `/health` all the time and writes down what it said, and when."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WITHIN_S = 5.0
"""An answer later than this is none: whoever watches has gone by then."""
PATIENCE_S = 4.0
"""So long one question is waited for, as a balancer does: who is frozen is told by that alone."""
EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Said:
    """`status` None: nothing took the connection, or it was lost; `mute`: it was taken, and no answer came in time."""

    asked: float
    heard: float
    status: int | None
    body: dict[str, Any]
    mute: bool = False

    @property
    def well(self) -> bool:
        """Nothing wrong, and nothing late."""
        return self.status == 200 and self.body["behindSeconds"] < 2.0

    @property
    def away(self) -> bool:
        return self.status != 200 and not self.mute

    @property
    def behind(self) -> bool:
        """The totals do not follow."""
        return self.status == 200 and self.body["behindSeconds"] >= 1.0

    @property
    def unsigned(self) -> bool:
        return self.status == 200 and (self.body["unsignedSeconds"] or 0) >= 3.0


@dataclass
class Heard:
    """All that was said, in order."""

    said: list[Said] = field(default_factory=list)

    def first(self, holds: Callable[[Said], bool], since: float, seconds: float) -> Said | None:
        """The first answer to a question after that moment of which it holds, also one that was heard before this is called; None
        where there is none after these seconds."""
        deadline = since + seconds
        while (found := self._first(holds, since)) is None and time.monotonic() < deadline:
            time.sleep(EVERY_S / 4)
        return found

    def _first(self, holds: Callable[[Said], bool], since: float) -> Said | None:
        return next((one for one in list(self.said) if one.asked >= since and holds(one)), None)


@contextmanager
def asking(port: int) -> Iterator[Heard]:
    """Until the end; a question that is on its way then is still answered."""
    heard, stop = Heard(), threading.Event()

    def ask_on() -> None:
        while not stop.wait(EVERY_S):
            heard.said.append(ask_once(port))

    thread = threading.Thread(target=ask_on, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join()


def ask_once(port: int) -> Said:
    asked, status, body, mute = time.monotonic(), None, {}, False
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        status, body = answer.status, json.loads(answer.read())
    except TimeoutError:
        mute = True
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
    return Said(asked, time.monotonic(), status, body, mute)
