"""Clerks who enter and correct, each command until it is acknowledged, and the book of what was."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import demo_land

CLERKS = 4
PAUSE_S, AGAIN_S = 0.04, 0.1
PATIENCE_S = 6.0
"""Then a clerk sends it again under its id, whatever has become of it."""
GIVEN_UP_S = 120.0
MOVED_S = 60.0
ENTER = """mutation($input: EnterFiguresInput!) { enterFigures(input: $input) {
  __typename ... on FiguresRecorded { position } ... on Refusal { code messageEn } } }"""
CORRECT = ENTER.replace("EnterFiguresInput", "CorrectFiguresInput").replace("enterFigures", "correctFigures")


def ask(port: int, token: str, query: str, variables: dict[str, Any], patience_s: float = PATIENCE_S) -> Any:
    """The answer's JSON. OSError, HTTPException, ValueError: none came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience_s)
    try:
        body = json.dumps({"query": query, "variables": variables})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/graphql", body, headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Sent:
    """One command as it was sent, each time. `unit`: of the turnout's final; `version`: what the clerk has seen of it."""

    command: UUID
    unit: str
    version: int
    value: int

    def variables(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "commandId": str(self.command), "election": "demo", "form": "turnout", "slot": "final",
            "unit": self.unit, "expectedVersion": self.version,
            "figures": [{"contest": "pr", "item": "voters", "value": str(self.value)}],
        }  # fmt: skip
        if self.version:
            given |= {"reasonClass": "typing_error", "reason": f"第 {self.version} 訂正"}
        return {"input": given}

    def ask(self, port: int, token: str) -> Any:
        """What became of it: the type, and the position where it is recorded. Errors: as `ask`, and KeyError, TypeError."""
        answer = ask(port, token, CORRECT if self.version else ENTER, self.variables())
        return next(iter(answer["data"].values()))


NO_ANSWER = (OSError, http.client.HTTPException, KeyError, TypeError, ValueError, AttributeError)


@dataclass
class Book:
    """What was acknowledged: the command, its position, and when, by this machine's steady clock."""

    positions: dict[UUID, int] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    moved: threading.Condition = field(default_factory=threading.Condition)

    def note(self, sent: Sent, position: int) -> None:
        with self.moved:
            self.positions[sent.command] = position
            self.sent.append(sent)
            self.moments.append(time.monotonic())
            self.versions[sent.unit] = sent.version + 1
            self.values[sent.unit] = sent.value
            self.moved.notify_all()

    def refuse(self, what: str) -> None:
        with self.moved:
            self.refused.append(what)
            self.moved.notify_all()

    def grows_by(self, commands: int, since: float) -> float:
        """Waits for so many acknowledgements after that moment; when the first of them came."""
        with self.moved:
            assert self.moved.wait_for(
                lambda: self.refused or sum(1 for one in self.moments if one > since) >= commands, MOVED_S
            ), f"{MOVED_S:g} s and not {commands} acknowledged"
            assert not self.refused, self.refused
            return min(one for one in self.moments if one > since)


@contextmanager
def clerks(port: int, token: str, book: Book) -> Iterator[None]:
    """At work until the end; then each has its last command acknowledged."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(port, token, book, number, stop), daemon=True)
        for number in range(CLERKS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _work(port: int, token: str, book: Book, number: int, stop: threading.Event) -> None:
    units = demo_land.CODES[number::CLERKS]
    turn = len(book.positions)
    while not stop.wait(PAUSE_S):
        unit = units[turn % len(units)]
        turn += 1
        sent = Sent(uuid4(), unit, book.versions.get(unit, 0), 100 + turn)
        if not _until_acknowledged(port, token, book, sent):
            return


def _until_acknowledged(port: int, token: str, book: Book, sent: Sent) -> bool:
    deadline = time.monotonic() + GIVEN_UP_S
    while time.monotonic() < deadline:
        try:
            outcome = sent.ask(port, token)
            kind = outcome["__typename"]
        except NO_ANSWER:
            kind = "Unavailable"
        if kind == "FiguresRecorded":
            book.note(sent, outcome["position"])
            return True
        if kind != "Unavailable":
            book.refuse(f"{sent}: {outcome}")
            return False
        time.sleep(AGAIN_S)
    book.refuse(f"{sent}: not acknowledged within {GIVEN_UP_S:g} s")
    return False
