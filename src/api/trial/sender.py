"""Offices and readers of a night, as a process of its own that knows HTTP alone: `python -m api.trial.sender PLAN ANSWERS`.

Requests go out at their time whether or not earlier ones were answered, as long as a connection is free; how long one took
is counted from the time it was due. What is not answered is sent again with the same command id, to the next address, until it is.
"""

from __future__ import annotations

import http.client
import itertools
import json
import queue
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S, PAUSE_S = 10.0, 0.1
AWAY = {"UNAVAILABLE", "READ_ONLY", "Unavailable"}
"""What a server answers that cannot take it just now, or never could: another may, or the same in a moment."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One request. `due`: seconds after the beginning; `field`: of the answer's `data` that says what became of it."""

    kind: str
    due: float
    token: str
    field: str
    body: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of it. Moments are of this machine's monotonic clock; `outcome`: done, repeated, given_up or the code of a refusal."""

    kind: str
    command: str
    due: float
    answered: float
    tries: int
    outcome: str
    position: int | None


class Office:
    """One connection at a time, to one address after the other."""

    def __init__(self, addresses: list[str], first: int, give_up_s: float) -> None:
        self._turn = itertools.cycle([*addresses[first:], *addresses[:first]])
        self._give_up_s = give_up_s
        self._connection: http.client.HTTPConnection | None = None

    def send(self, wish: Wish, began: float) -> Reply:
        due, tries, outcome = began + wish.due, 0, "given_up"
        while time.monotonic() - due < self._give_up_s:
            tries += 1
            status, answer = self._post(wish)
            if status < 500 and status:
                outcome, position = _read(answer, wish.field)
                if outcome not in AWAY:
                    return Reply(wish.kind, wish.command, due, time.monotonic(), tries, outcome, position)
            self._next()
            time.sleep(PAUSE_S)
        return Reply(wish.kind, wish.command, due, time.monotonic(), tries, "given_up", None)

    def _post(self, wish: Wish) -> tuple[int, Any]:
        """0 where no answer came."""
        if self._connection is None:
            at = urlsplit(next(self._turn))
            self._connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {wish.token}"}
        try:
            self._connection.request("POST", "/graphql", wish.body.encode(), headers)
            answer = self._connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content)
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None

    def _next(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _read(answer: Any, field: str) -> tuple[str, int | None]:
    if errors := answer.get("errors"):
        return str(errors[0].get("extensions", {}).get("code", "error")), None
    told = (answer.get("data") or {}).get(field)
    if not isinstance(told, dict):
        return "nothing", None
    kind = told.get("__typename", "")
    if kind in ("ReturnDone", "Election"):
        return "repeated" if told.get("repeated") else "done", told.get("position")
    return str(kind), None


def main(plan: Path, answers: Path) -> None:
    with plan.open(encoding="utf-8") as lines:
        head = json.loads(next(lines))
        wishes = [Wish(**json.loads(line)) for line in lines]
    waiting: queue.SimpleQueue[Wish | None] = queue.SimpleQueue()
    written = threading.Lock()
    began = time.monotonic() + 0.5
    with answers.open("w", encoding="utf-8") as file:

        def work(number: int) -> None:
            office = Office(head["addresses"], number % len(head["addresses"]), head["give_up_s"])
            while (wish := waiting.get()) is not None:
                line = json.dumps(asdict(office.send(wish, began)))
                with written:
                    file.write(line + "\n")
                    file.flush()

        workers = [threading.Thread(target=work, args=(number,)) for number in range(head["connections"])]
        for worker in workers:
            worker.start()
        for wish in sorted(wishes, key=lambda wish: wish.due):
            time.sleep(max(0.0, began + wish.due - time.monotonic()))
            waiting.put(wish)
        for _ in workers:
            waiting.put(None)
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
