"""1,900 offices are told of one release, each once and with an event for each: the outbox to a local web server and a local mail server,
beside the same messages sent by the standard library with nothing kept of them. In turns; each round is another slot.

CPU seconds of the process and of the database server: they are the same on a machine that others load. The servers that take the
messages are processes of their own and count on neither side."""

from __future__ import annotations

import http.client
import ipaddress
import json
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import stage
from benchmarks.measure import Compared, alternate, cpu_seconds
from benchmarks.table import Row
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Role
from reporting.ledger import GroupAppender, Ledger
from reporting.telling import Address, Addresses, Outbox, Teller, read_rules
from reporting.telling.addresses import Channel
from reporting.telling.letter import Letter, Sender
from reporting.telling.mail import Mail, MailServer, written
from reporting.telling.telling import AT_ONCE
from reporting.telling.webhook import Webhook, new_secret

ROUNDS, TARGET = 5, 60.0
FROM = "tell@example.jp"
WEB_SINK = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Taken(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204); self.end_headers()
    def log_message(self, *_): pass
ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Taken).serve_forever()
"""


def run(server_url: str, quick: bool) -> list[Row]:
    rounds, count = (2, 40) if quick else (ROUNDS, stage.UNITS)
    return [
        _of_channel(server_url, "webhook", rounds, count),
        _of_channel(server_url, "mail", rounds, count),
    ]


def _of_channel(server_url: str, channel: Channel, rounds: int, count: int) -> Row:
    with (
        stage.database(server_url, f"bench_telling_{channel}") as database,
        psycopg.connect(server_url, autocommit=True) as server,
        _taking(channel) as port,
    ):
        stage.define(database)
        ledger, addresses, outbox = Ledger(database), Addresses(database), Outbox(database)
        appender = GroupAppender(ledger)
        try:
            service = Reporting(ledger, appender)
            _offices(service, addresses, channel, port, count)
            teller = Teller(service, outbox, addresses, read_rules(), {channel: _sender(channel, port)})
            told, clock = _told(server, database, teller, channel, port, rounds, count)
        finally:
            outbox.close()
            addresses.close()
            appender.close()
            ledger.close()
    peer = "the same by http.client" if channel == "webhook" else "the same by smtplib"
    return Row(
        f"telling: {count:,} deliveries of a slot by {channel}", f"{told.ours:.1f} CPU-s", f"{told.peer:.1f} CPU-s ({peer})",
        f"{told.ratio:.1f}× its CPU", f"≤ {TARGET:.0f} s", told.ours <= TARGET,
        f"From the notice in the outbox to {count:,} messages taken, each delivery claimed, sent, recorded in the log as an event of its own and"
        f" noted as made; {AT_ONCE} calls at once on either side, a connection for each message; {rounds} rounds. By the clock"
        f" {clock:.0f} s a round, with whatever else ran.",
    )  # fmt: skip


def _told(
    server: psycopg.Connection[Any], database: Database, teller: Teller, channel: Channel, port: int,
    rounds: int, count: int,
) -> tuple[Compared, float]:  # fmt: skip
    """CPU seconds of a round, and seconds by the clock of ours."""
    notices, clock = iter(range(1, rounds + 1)), list[float]()

    def ours() -> float:
        slot = next(notices)
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO ops.notice (position, kind, election, form, slot, unit) VALUES (%s, 'release', 'e1', 'night', %s, '')",
                (1_000_000 + slot, f"s{slot}"),
            )

        def tell() -> None:
            begun = time.perf_counter()
            assert teller.lay_out() == 1
            assert teller.send() == count
            clock.append(time.perf_counter() - begun)

        return cpu_seconds(server, tell)

    def peer() -> float:
        letters = [
            Letter(
                uuid4(),
                1,
                "release",
                "e1",
                "night",
                "s1",
                "",
                f"o{n}",
                _address(channel, port, n),
                new_secret(),
            )
            for n in range(count)
        ]
        with ThreadPoolExecutor(AT_ONCE) as calls:
            return cpu_seconds(server, lambda: list(calls.map(_plainly(channel, port), letters)))

    compared = alternate(rounds, ours, peer)
    return compared, sorted(clock)[len(clock) // 2]


def _address(channel: Channel, port: int, number: int) -> str:
    return f"http://127.0.0.1:{port}/{number}" if channel == "webhook" else f"o{number}@example.jp"


def _offices(service: Reporting, addresses: Addresses, channel: Channel, port: int, count: int) -> None:
    for number in range(count):
        office, secret = f"o{number}", new_secret() if channel == "webhook" else None
        unit = stage.unit(number)
        Offices(service).register(uuid4(), office, office, Role.MUNICIPALITY, unit, stage.ACTOR)
        where = _address(channel, port, number)
        addresses.add(Address(uuid4(), office, "係", channel, where, secret, 0, None, None, 0))


def _sender(channel: Channel, port: int) -> Sender:
    def now() -> datetime:
        return datetime.now(UTC)

    if channel == "webhook":
        return Webhook(now, (ipaddress.ip_network("127.0.0.0/8"),))
    return Mail(MailServer("smtp+plain", "127.0.0.1", port, FROM), now)


def _plainly(channel: Channel, port: int) -> Callable[[Letter], None]:
    def post(letter: Letter) -> None:
        call = http.client.HTTPConnection("127.0.0.1", port)
        call.request("POST", "/", json.dumps(letter.told()), {"Content-Type": "application/json"})
        assert call.getresponse().status == 204
        call.close()

    def mail(letter: Letter) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as line:
            line.send_message(written(letter, FROM, datetime.now(UTC)))

    return post if channel == "webhook" else mail


@contextmanager
def _taking(channel: Channel) -> Iterator[int]:
    """A server that takes everything, on this port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    smtp = ["-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    taking = subprocess.Popen(
        [sys.executable, *(["-c", WEB_SINK, str(port)] if channel == "webhook" else smtp)]
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port
    finally:
        taking.terminate()
        taking.wait()
