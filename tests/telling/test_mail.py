"""E-mail to a local SMTP server: one message each, refusals told apart, a dead server holds up nothing."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from beside import beside
from told_offices import Told, told_offices
from web_hooked import hooked

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.telling.inner_network import read_networks
from reporting.telling.letter import Sender
from reporting.telling.mail import Mail, check_address, read_server
from reporting.telling.outbox import LEASE, MOST_ATTEMPTS
from reporting.telling.webhook import Webhook

FROM = "election@pref.example.jp"


@dataclass
class Post:
    """`refusals`: of recipients to come, answers instead of 250."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


@contextmanager
def answering(answers: dict[str, str]) -> Iterator[int]:
    """A server of this kind, by its port."""

    class Says(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 there\r\n")
            for line in self.rfile:
                word = line.split()[0].decode().upper()
                usual = "250-there\r\n250 AUTH PLAIN" if word == "EHLO" and "AUTH" in answers else "250 OK"
                answer = answers.get(word, "221 bye" if word == "QUIT" else usual)
                if not answer:
                    return
                self.wfile.write(answer.encode() + b"\r\n")

    with (
        ThreadingTCPServer(("127.0.0.1", 0), Says) as server,
        beside(lambda: server.serve_forever(0.02), let_go=server.shutdown),
    ):
        yield int(server.server_address[1])


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@contextmanager
def posted() -> Iterator[Post]:
    post = Post(free_port())
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        yield offices


@pytest.fixture
def post() -> Iterator[Post]:
    with posted() as listening:
        yield listening


def mailing(told: Told, port: int) -> Sender:
    return Mail(read_server(f"smtp+plain://127.0.0.1:{port}", FROM), lambda: told.now)


def tell(told: Told, port: int) -> int:
    told.follow()
    telling = told.teller({"mail": mailing(told, port)})
    telling.lay_out()
    return telling.send()


def states(told: Told) -> list[tuple[str, int]]:
    return [(kept.state, kept.attempts) for kept in told.outbox.kept(None)]


def test_one_message_in_both_languages_without_a_figure(told: Told, post: Post) -> None:
    told.address("ward", "a.sato@ward.example.jp", "mail")
    told.send_back()
    assert (tell(told, post.port), tell(told, post.port)) == (1, 0)
    (mail,) = post.mails
    (kept,) = told.outbox.kept(None)
    assert mail["Subject"] == "報告が差し戻されました / A return was sent back"
    assert (mail["From"], mail["To"]) == (FROM, "a.sato@ward.example.jp")
    assert mail["Message-ID"] == f"<{kept.delivery_id}@pref.example.jp>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().split("\n") == [
        "報告が差し戻されました", "A return was sent back", "", "tiny / final / final / 11",
        "https://console.example.jp/history/tiny/final/final/11", "",
    ]  # fmt: skip
    (event,) = told.made()
    assert (event.channel, event.told_of) == ("mail", kept.position)
    assert "sato" not in str(event)


def test_a_dead_mail_server_holds_up_nothing_and_costs_no_attempts(told: Told, post: Post) -> None:
    with hooked() as hook:
        told.address("ward", "a.sato@ward.example.jp", "mail")
        told.address("ward", hook.url)
        told.send_back()
        told.follow()
        webhook = Webhook(lambda: told.now, read_networks("127.0.0.0/8"))
        dead = told.teller({"mail": mailing(told, free_port()), "webhook": webhook})
        dead.lay_out()
        assert dead.send() == 1
        assert len(hook.calls) == 1
    for _ in range(MOST_ATTEMPTS + 2):
        told.later(minutes=1)
        assert dead.send() == 0
    (waits,) = told.outbox.kept(None, "waiting")
    assert (waits.channel, waits.attempts) == ("mail", 0)
    assert "メールサーバー" in (waits.failure or "")
    told.later(minutes=1)
    assert tell(told, post.port) == 1


@pytest.mark.parametrize(
    ("spoken", "answers", "why"),
    [
        ("smtp+plain://u@", {"AUTH": "535 5.7.8 no"}, "REPORTING_MAIL_PASSWORD"),
        ("smtp+plain://u@", {}, "no STARTTLS or no login"),
        ("smtp://", {}, "no STARTTLS or no login"),
        ("smtp+plain://", {"MAIL": "553 5.7.1 not yours"}, "REPORTING_MAIL_FROM"),
        ("smtp+plain://", {"EHLO": "421 busy", "HELO": "421 busy"}, "answers 421"),
        ("smtp+plain://", {"MAIL": ""}, "cut the connection"),
    ],
)
def test_why_a_mail_server_takes_nothing_is_said(
    told: Told, spoken: str, answers: dict[str, str], why: str
) -> None:
    """`answers`: by the command's first word, nothing: hangs up."""
    told.address("ward", "a.sato@ward.example.jp", "mail")
    told.send_back()
    told.follow()
    with answering(answers) as port:
        server = read_server(f"{spoken}127.0.0.1:{port}", FROM, "hidden")
        telling = told.teller({"mail": Mail(server, lambda: told.now)})
        telling.lay_out()
        assert telling.send() == 0
    (waits,) = told.outbox.kept(None, "waiting")
    assert why in (waits.failure or "")
    assert "メール" in (waits.failure or "")
    assert waits.attempts == 0


def test_a_recipient_who_is_refused_for_good_is_dead_and_for_now_is_not(told: Told, post: Post) -> None:
    told.address("ward", "gone@ward.example.jp", "mail")
    told.send_back()
    post.refusals = ["450 later", "550 no such person"]
    assert tell(told, post.port) == 0
    assert states(told) == [("waiting", 1)]
    told.later(hours=1)
    assert tell(told, post.port) == 0
    assert states(told) == [("dead", 2)]
    assert told.outbox.kept(None)[0].failure == "相手が 550 を返しました / it answered 550"


def test_sent_again_after_a_crash_it_bears_the_same_message_id(told: Told, post: Post) -> None:
    told.address("ward", "a.sato@ward.example.jp", "mail")
    told.send_back()
    real, dies = mailing(told, post.port), [True]

    def dying(letter: Any) -> None:
        real(letter)
        if dies and dies.pop():
            raise SystemExit("killed after the server had it")

    told.follow()
    telling = told.teller({"mail": dying})
    telling.lay_out()
    with pytest.raises(SystemExit):
        telling.send()
    told.now += LEASE
    assert telling.send() == 1
    assert len({mail["Message-ID"] for mail in post.mails}) == 1
    assert (len(post.mails), len(told.made())) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a@b",
        "a b@c.jp",
        "a@c.jp\nBcc: x@y.jp",
        "<a@c.jp>",
        "a@c.jp,b@c.jp",
        "佐藤@c.jp",
        "a" * 250 + "@c.jp",
    ],
)
def test_what_is_no_mail_address_is_named(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_address(text)


@pytest.mark.parametrize(
    "url", ["http://a.jp", "smtp://", "smtp://u:secret@a.jp", "smtps://a.jp:x", "a.jp", "smtp://a.jp/x"]
)
def test_what_is_no_mail_server_is_named(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_server(url, FROM)
    assert refused.value.facts["field"] == "REPORTING_MAIL_SERVER"


def test_a_server_is_spoken_to_in_clear_only_where_the_operator_says_so() -> None:
    assert read_server("smtps://user%40a@mail.example.jp", FROM).port == 465
    assert read_server("smtps://user%40a@mail.example.jp", FROM).user == "user@a"
    assert read_server("smtp://mail.example.jp", FROM).spoken == "smtp"
    assert "hidden" not in repr(read_server("smtp://u@mail.example.jp", FROM, "hidden"))
