"""Webhooks end to end: from an event in the log to a signed call of a local server, and DeliveryMade."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import night
import pytest
from certificates import Authority
from click.testing import CliRunner, Result
from disposed import erase
from told_offices import Told, told_offices
from web_hooked import Hook, hooked

from api.cli.group import root
from reporting.application.desk_commands import Approve
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.telling import Teller
from reporting.telling.inner_network import InnerNetwork, read_networks
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.outbox import LATE, LEASE, MOST_ATTEMPTS
from reporting.telling.webhook import Webhook, new_secret

LOCAL = read_networks("127.0.0.0/8")


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        yield offices


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as listening:
        yield listening


def calling(told: Told, allowed: Any = LOCAL) -> Teller:
    return told.teller({"webhook": Webhook(lambda: told.now, allowed)})


def tell(told: Told) -> int:
    told.follow()
    telling = calling(told)
    telling.lay_out()
    return telling.send()


def states(told: Told) -> list[tuple[str, str, int]]:
    return [(kept.office, kept.state, kept.attempts) for kept in told.outbox.kept(None)]


def test_the_office_is_told_once_signed_and_without_a_figure(told: Told, hook: Hook) -> None:
    ward = told.address("ward", hook.url)
    for office in ("north", "city", "pref"):
        told.address(office, hook.url)
    told.send_back()
    assert (tell(told), tell(told)) == (1, 0)
    ((headers, body),) = hook.calls
    said = json.loads(body)
    sent_back = told.outbox.kept(None)[0].position
    assert (said["kind"], said["ja"], said["en"]) == (
        "sent_back",
        "報告が差し戻されました",
        "A return was sent back",
    )
    assert (said["unit"], said["office"], said["position"]) == ("11", "ward", sent_back)
    assert said["link"].startswith("https://console.example.jp/history/tiny/")
    assert said["link"].endswith("/11")
    assert said.keys() == {
        "id", "kind", "ja", "en", "position", "election", "form", "slot", "unit", "office", "link", "isTest",
    }  # fmt: skip
    assert not {"voters", "pr|voters||", "100"} & set(map(str, said.values()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode((ward.secret or "").removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(told.now.timestamp()))
    (event,) = told.made()
    assert (event.told_of, event.kind, event.office, event.channel) == (
        sent_back,
        "sent_back",
        "ward",
        "webhook",
    )
    assert (UUID(event.recipient), event.recipient) == (ward.address_id, str(ward.address_id))


def test_a_failing_server_is_tried_again_later_under_the_same_id_until_it_is_dead(
    told: Told, hook: Hook
) -> None:
    told.address("ward", hook.url)
    told.send_back()
    hook.answers = [500, 302] + [503] * (MOST_ATTEMPTS - 2)
    assert tell(told) == 0
    told.later(seconds=29)
    assert (tell(told), len(hook.calls)) == (0, 1)
    for attempt in range(2, MOST_ATTEMPTS + 1):
        told.later(hours=1)
        assert (tell(told), len(hook.calls)) == (0, attempt)
    assert states(told) == [("ward", "dead", MOST_ATTEMPTS)]
    (dead,) = told.outbox.kept(["ward"], "dead")
    assert dead.failure == "相手が 503 を返しました / it answered 503"
    told.later(days=9)
    assert (tell(told), told.made()) == (0, [])
    told.outbox.again([dead.delivery_id], told.now)
    assert tell(told) == 1
    assert states(told) == [("ward", "made", 1)]
    assert {headers["webhook-id"] for headers, _ in hook.calls} == {str(dead.delivery_id)}
    assert len(told.made()) == 1


def test_a_dead_server_holds_up_nobody_else(told: Told, hook: Hook) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        told.address("ward", f"http://127.0.0.1:{taken.getsockname()[1]}/")
        told.address("ward", hook.url)
        told.send_back()
        assert tell(told) == 1
    assert sorted(state for _, state, _ in states(told)) == ["made", "waiting"]


def test_a_name_that_moves_inside_is_not_called_on_a_retry(
    told: Told, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.address("ward", hook.url)
    told.send_back()
    hook.answers = [500]
    tell(told)
    told.later(hours=1)
    calling(told, ()).send()  # the same address is inside now
    assert len(hook.calls) == 1
    (dead,) = told.outbox.kept(None, "dead")
    assert "127.0.0.1" in (dead.failure or "")


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    told: Told, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers otherwise the second time changes nothing."""
    answers = iter(["127.0.0.1"])
    port = int(hook.url.rpartition(":")[2].strip("/"))
    told.address("ward", f"http://rebound.example.jp:{port}/hook?a=1")
    told.send_back()
    told.follow()

    real = socket.getaddrinfo

    def moving(host: str, *more: Any, **options: Any) -> Any:
        return real(next(answers) if host == "rebound.example.jp" else host, *more, **options)

    telling = calling(told)
    telling.lay_out()
    monkeypatch.setattr(socket, "getaddrinfo", moving)
    assert telling.send() == 1
    assert hook.calls[0][0]["host"] == f"rebound.example.jp:{port}"


def test_a_call_whose_time_was_over_before_it_was_connected_does_not_begin(
    told: Told, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.address("ward", hook.url)
    told.send_back()
    real = socket.create_connection

    def slow(*given: Any) -> socket.socket:
        made = real(*given)
        time.sleep(0.03)
        return made

    monkeypatch.setattr(socket, "create_connection", slow)
    monkeypatch.setattr("reporting.telling.webhook.WITHIN_S", 0.02)
    assert (tell(told), hook.calls) == (0, [])
    (waits,) = told.outbox.kept(None, "waiting")
    assert "no answer in time" in (waits.failure or "")


@pytest.mark.parametrize("spoken", ["http", "https"])
def test_who_answers_byte_after_byte_is_cut_off(
    spoken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time, and the answer never."""
    house = Authority(tmp_path, "house")
    monkeypatch.setenv("SSL_CERT_FILE", str(house.certificate))
    monkeypatch.setattr("reporting.telling.webhook.WITHIN_S", 0.3)
    with hooked(house.issue("hook", "127.0.0.1") if spoken == "https" else None) as hook:
        hook.drips = 0.02
        begun = time.monotonic()
        with pytest.raises(NotDelivered) as cut:
            Webhook(lambda: datetime.now(UTC), LOCAL)(letter_to(hook.url))
    assert isinstance(cut.value.__cause__, TimeoutError)
    assert (len(hook.calls), 0.3 <= time.monotonic() - begun < 3) == (1, True)


def test_whom_a_machine_trusts_is_read_once_and_nobody_else_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, read, real = Authority(tmp_path, "house"), list[int](), ssl.create_default_context

    def reads() -> ssl.SSLContext:
        read.append(1)
        return real()

    monkeypatch.setattr(ssl, "create_default_context", reads)
    with hooked(house.issue("hook", "127.0.0.1")) as hook:
        with pytest.raises(NotDelivered):
            Webhook(lambda: datetime.now(UTC), LOCAL)(letter_to(hook.url))
        assert hook.calls == []
        monkeypatch.setenv("SSL_CERT_FILE", str(house.certificate))
        calls = Webhook(lambda: datetime.now(UTC), LOCAL)
        calls(letter_to(hook.url))
        calls(letter_to(hook.url))
        assert (len(hook.calls), len(read)) == (2, 2)


def letter_to(url: str) -> Letter:
    return Letter(uuid4(), 1, "release", "e", "night", "s1", "", "ward", url, new_secret())


@pytest.mark.parametrize(
    "url", ["ftp://a.jp/", "https://", "https://u:p@a.jp/", "https://a.jp/#x", "https://a.jp:0/", "a.jp"]
)
def test_what_is_no_address_of_the_web_is_named(told: Told, url: str) -> None:
    with pytest.raises(InvalidInput):
        Webhook(lambda: told.now).check(url)


def test_http_is_for_allowed_networks_alone(told: Told) -> None:
    with pytest.raises(InnerNetwork):
        Webhook(lambda: told.now).check("http://127.0.0.1/")
    with pytest.raises(InvalidInput):
        Webhook(lambda: told.now).check("http://8.8.8.8/")
    Webhook(lambda: told.now, LOCAL).check("http://127.0.0.1/")


def test_nobody_is_told_of_what_is_older_than_their_address(told: Told, hook: Hook) -> None:
    told.send_back()
    told.address("ward", hook.url)
    assert tell(told) == 0
    assert told.outbox.kept(None) == []


def test_a_crash_between_sending_and_recording_sends_again_and_records_once(told: Told, hook: Hook) -> None:
    told.address("ward", hook.url)
    told.send_back()
    told.follow()
    telling = calling(told)
    telling.lay_out()
    real, crashes = told.service.ledger.append, [True]

    def dying(command: Any) -> Any:
        if crashes and crashes.pop():
            raise SystemExit("killed")
        return real(command)

    told.service.ledger.append = dying  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        telling.send()
    assert tell(told) == 0  # its lease is not over
    told.now += LEASE
    assert tell(told) == 1
    assert len({headers["webhook-id"] for headers, _ in hook.calls}) == 1
    assert (len(hook.calls), len(told.made())) == (2, 1)


def test_erasing_the_person_takes_their_address_and_leaves_the_event(
    told: Told, hook: Hook, database: Database
) -> None:
    told.address("ward", hook.url, person="佐藤花子")
    told.send_back()
    tell(told)
    before = told.made()
    assert erase(database, "佐藤花子", by="保護担当", ground="2026-17").addresses == 1
    assert (told.addresses.of(), told.outbox.kept(None)) == ([], [])
    assert told.made() == before
    assert "127.0.0.1" not in str(before)


def test_at_the_command_line(told: Told, hook: Hook, database: Database) -> None:
    def run(*arguments: str) -> Result:
        environment = {"REPORTING_DATABASE_URL": database.url, "REPORTING_TELL_NETWORKS": "127.0.0.0/8"}
        return CliRunner().invoke(root, ["tell", *arguments], env=environment)

    new = ("address", "add", "ward", "--person", "a.sato", "--channel", "webhook", "--to")
    refused = run(*new, "http://10.0.0.1/")
    assert refused.exit_code == 1
    assert "内部ネットワーク" in refused.output
    added = run(*new, hook.url, "--quiet", "22:00-06:00")
    assert added.exit_code == 0, added.output
    held = json.loads(added.output)
    assert held["secret"].startswith("whsec_")
    assert held["secret"] not in run("address", "list").output
    assert run("address", "list").output.split("\t")[-1].strip() == "22:00-06:00"
    for quiet in (
        "late",
        "22:00+09:00-06:00",
        "23:00-06:00",
    ):  # none; another zone's; it stands otherwise, and stays so
        assert run(*new, hook.url, "--quiet", quiet).exit_code == 1
    assert json.loads(run(*new, hook.url, "--quiet", "22:00-06:00").output) == held
    assert (
        run("address", "add", "ward", "--person", " ", "--channel", "webhook", "--to", hook.url).exit_code
        == 1
    )
    told.send_back()
    hook.answers = [410]
    assert run("run", "--once").exit_code == 0
    (dead,) = [json.loads(line) for line in run("list", "--state", "dead", "--json").output.splitlines()]
    assert (dead["office"], dead["attempts"]) == ("ward", 1)
    assert run("again", dead["delivery"]).exit_code == 0
    done = run("run", "--once")
    assert "1 件を通知しました" in done.output
    assert [row.split("\t")[10] for row in run("list").output.splitlines()] == ["made"]
    assert run("again", str(uuid4())).exit_code == 1
    listed = run("list", "--state", "dead")
    assert (listed.stdout, "There are none" in listed.output) == ("", True)
    assert run("address", "remove", held["address"]).exit_code == 0
    assert run("list").stdout == ""


def test_several_are_tried_again_or_none(told: Told, hook: Hook) -> None:
    hook.answers = [410, 410]
    for person in ("a.sato", "b.ito"):
        told.address("ward", hook.url, person=person)
    told.send_back()
    tell(told)
    dead = [kept.delivery_id for kept in told.outbox.kept(None, "dead")]
    with pytest.raises(InvalidInput):
        told.outbox.again([*dead, uuid4()], told.now)
    assert len(told.outbox.kept(None, "dead")) == 2
    told.outbox.again(dead, told.now)
    assert tell(told) == 2


def test_mail_that_nobody_sends_is_said(told: Told, database: Database) -> None:
    told.address("ward", "a.sato@ward.example.jp", "mail")
    told.send_back()
    environment = {"REPORTING_DATABASE_URL": database.url, "REPORTING_MAIL_SERVER": ""}
    done = CliRunner().invoke(root, ["tell", "run", "--once"], env=environment)
    assert done.exit_code == 0
    (waits,) = told.outbox.kept(None)
    assert waits.next_at is not None
    assert told.outbox.of_nobody(["webhook"], waits.next_at) == {}  # another teller may be about to
    assert told.outbox.of_nobody(["webhook"], waits.next_at + LATE) == {"mail": 1}
    assert told.outbox.of_nobody(["webhook", "mail"], waits.next_at + LATE) == {}
    with database.connect(autocommit=True) as owner:
        owner.execute("UPDATE ops.delivery SET next_at = next_at - %s", (LATE,))
    done = CliRunner().invoke(root, ["tell", "run", "--once"], env=environment)
    assert "電子メール 1 件が送られずに待っています" in done.output
    assert "REPORTING_MAIL_SERVER" in done.output


def test_an_override_is_told_above_and_by_the_operators_own_rules(
    told: Told, hook: Hook, tmp_path: Path
) -> None:
    from reporting.telling import read_rules

    for office in ("ward", "city", "pref", "pref2", "mic", "town"):
        told.address(office, hook.url)
    night.submit(told.desk, "20", night.PREFECTURE, "flash", "2200", values={"votes_a": 1, "votes_b": 2})
    approval = Approve(**night.of("20", "flash", "2200"), override="職員が一人のため")
    told.desk.approve(approval, night.PREFECTURE)
    own = tmp_path / "own.toml"
    own.write_text(
        '[offices.mic]\nnever = ["override_used"]\n[offices.pref2]\nalso = ["override_used"]\n', "utf-8"
    )
    told.follow()
    telling = told.teller({"webhook": Webhook(lambda: told.now, LOCAL)}, read_rules(own))
    telling.lay_out()
    telling.send()
    assert sorted((body["kind"], body["office"]) for body in hook.bodies) == [
        ("edited_above", "town"),
        ("override_used", "pref"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[kinds",
        "[kinds.nothing]\nroles=[]\nreach='own'",
        "[offices.a]\nalso=['x']",
        "[kinds.release]\nroles=['x']",
    ],
)
def test_rules_that_are_none_are_named(tmp_path: Path, text: str) -> None:
    from reporting.telling import read_rules

    (tmp_path / "own.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidInput):
        read_rules(tmp_path / "own.toml")
