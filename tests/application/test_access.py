"""Access beside the ordinary login: who opens it, for whom, how long, and that it ends."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import tiny
from tiny import SYSTEM

from reporting.application.access import Access, hashed
from reporting.application.authority import allowed, authorise, operations
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.domain.access_events import AccessKind, AccessOpened
from reporting.domain.actor import Actor, Role
from reporting.errors import CommandIdReused, InvalidInput, NotAuthenticated, NotAuthorised, UnknownReference

NIGHT = datetime(2027, 4, 11, 15, 0, tzinfo=UTC)
OFFICE, LABEL = "ward11", "十一区選挙管理委員会"


class Clock:
    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(service: Reporting, clock: Clock) -> Access:
    Offices(service).register(uuid4(), OFFICE, LABEL, Role.WARD, "11", SYSTEM)
    service.clock = clock
    return Access(service)


def asked(
    kind: AccessKind = "emergency", name: str = "e-1", hours: float = 2, **more: object
) -> AccessOpened:
    told = {
        "person": "佐藤",
        "office": OFFICE,
        "role": "",
        "jurisdiction": "",
        "valid_to": NIGHT + timedelta(hours=hours),
    }
    return AccessOpened.model_validate({"access": name, "kind": kind, **told, **more})


def opened(
    access: Access, command: UUID | None = None, reason: str = "認証サービスの停止", **more: object
) -> int:
    return access.open(command or uuid4(), asked(**more), reason, SYSTEM)  # type: ignore[arg-type]


def acting(access: Access, name: str) -> Actor:
    """Who comes by it now."""
    actor = access.held()[name].actor
    access.check(actor)
    return actor


def test_it_acts_for_the_office_as_registered_whatever_was_asked(access: Access) -> None:
    opened(access, role="ministry", jurisdiction="*")
    assert acting(access, "e-1") == Actor("佐藤", LABEL, Role.WARD, "11", access="e-1")


@pytest.mark.parametrize(
    "more",
    [
        {"role": Role.MINISTRY},
        {"jurisdiction": "*"},
        {"office": "ほか"},
        {"person": "別人"},
        {"operations": frozenset()},
    ],
)
def test_who_is_named_otherwise_than_it_was_opened_for_is_nobody(
    access: Access, more: dict[str, Any]
) -> None:
    """Whoever can sign a token can write anything into it."""
    opened(access)
    actor = access.held()["e-1"].actor
    access.check(actor)
    with pytest.raises(NotAuthenticated):
        access.check(replace(actor, **more))
    with pytest.raises(NotAuthenticated):
        access.check(replace(actor, access="e-2"))


def test_it_ends_by_the_clock(access: Access, clock: Clock) -> None:
    opened(access)
    clock.now = NIGHT + timedelta(hours=2) - timedelta(seconds=1)
    assert acting(access, "e-1").person == "佐藤"
    clock.now += timedelta(seconds=1)
    with pytest.raises(NotAuthenticated):
        acting(access, "e-1")


def test_it_ends_when_it_is_closed_at_every_server_at_once(access: Access, service: Reporting) -> None:
    elsewhere = Access(service)
    opened(access)
    assert acting(elsewhere, "e-1").office == LABEL
    access.close(uuid4(), "e-1", "認証サービスの復旧", SYSTEM)
    for server in (access, elsewhere, Access(service)):
        with pytest.raises(NotAuthenticated):
            acting(server, "e-1")
    (one,) = Access(service).held().values()
    assert one.closing is not None
    assert (one.opening.reason, one.closing.reason) == ("認証サービスの停止", "認証サービスの復旧")
    assert one.until == one.closing.recorded.recorded_at or one.until == one.event.valid_to


def test_what_was_closed_is_not_closed_again(access: Access) -> None:
    opened(access)
    access.close(uuid4(), "e-1", "復旧", SYSTEM)
    with pytest.raises(UnknownReference):
        access.close(uuid4(), "e-1", "復旧", SYSTEM)


@pytest.mark.parametrize(("kind", "longest"), [("emergency", 12), ("system", 400 * 24), ("token", 31 * 24)])
def test_none_outlives_its_kind(access: Access, kind: AccessKind, longest: int) -> None:
    more: dict[str, Any] = {"office": LABEL, "role": "ward", "jurisdiction": "11"} if kind == "token" else {}
    for hours in (0, -1, longest + 0.1):
        with pytest.raises(InvalidInput, match="valid_to"):
            opened(access, kind=kind, hours=hours, **more)
    opened(access, kind=kind, hours=longest, **more)


@pytest.mark.parametrize("reason", ["", "  ", "\u200b", "。", "\u202e停止"])
def test_nobody_opens_or_closes_it_without_a_reason(access: Access, reason: str) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        opened(access, reason=reason)
    opened(access)
    with pytest.raises(InvalidInput, match="reason"):
        access.close(uuid4(), "e-1", reason, SYSTEM)
    assert acting(access, "e-1")


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SYSTEM, Role.MINISTRY)])
def test_only_who_operates_the_installation_opens_it(access: Access, role: Role) -> None:
    somebody = Actor("人", "どこか", role, "*")
    with pytest.raises(NotAuthorised):
        access.open(uuid4(), asked(), "理由", somebody)
    opened(access)
    with pytest.raises(NotAuthorised):
        access.close(uuid4(), "e-1", "理由", somebody)


@pytest.mark.parametrize("person", ["", " ", "\u200b", "x" * 201, "a.sato ", "a.sa\u200bto"])
def test_who_could_not_come_by_it_gets_none(access: Access, service: Reporting, person: str) -> None:
    before = service.ledger.position()
    with pytest.raises(InvalidInput, match="person"):
        opened(access, person=person)
    assert service.ledger.position() == before


def test_an_office_nobody_registered_gets_none(access: Access) -> None:
    with pytest.raises(UnknownReference, match="ward99"):
        opened(access, office="ward99")


def test_sent_again_it_is_opened_once_and_another_is_refused(access: Access) -> None:
    command = uuid4()
    assert opened(access, command) == opened(access, command)
    with pytest.raises(CommandIdReused):
        opened(access, command, hours=3)
    with pytest.raises(InvalidInput, match="access"):
        opened(access, hours=3)


def test_an_account_is_known_by_its_secret_alone(access: Access, clock: Clock) -> None:
    secret = secrets.token_urlsafe(32)
    opened(access, kind="system", name="s-1", person="開票集計システム", secret_hash=hashed(secret))
    opened(access, name="e-1")
    assert access.account("s-1", secret).event.person == "開票集計システム"
    for name, word in (("s-1", ""), ("s-1", secret + "x"), ("s-2", secret), ("e-1", ""), ("e-1", secret)):
        with pytest.raises(NotAuthenticated):
            access.account(name, word)
    clock.now += timedelta(hours=3)
    with pytest.raises(NotAuthenticated):
        access.account("s-1", secret)


def test_an_account_does_nothing_but_what_it_was_opened_for(service: Reporting, access: Access) -> None:
    opened(access, kind="system", name="s-1", operations=("import",), secret_hash=hashed("x"))
    actor = acting(access, "s-1")
    tiny.define(service)
    roster = service.catalog.election("tiny").roster
    authorise("import", actor, roster, "11")
    for operation in set(operations()) - {"import"}:
        assert not allowed(operation, actor, "own"), operation
    with pytest.raises(NotAuthorised, match="who opened this account"):
        authorise("submit", actor, roster, "11")
    with pytest.raises(InvalidInput, match="operations"):
        opened(access, kind="system", name="s-2", operations=("everything",))
    with pytest.raises(InvalidInput, match="operations"):
        opened(access, kind="system", name="s-2", operations=())


def test_a_key_is_named_once_and_again_when_it_is_another(access: Access, service: Reporting) -> None:
    assert access.sign_with(uuid4(), "first", SYSTEM) is not None
    assert access.sign_with(uuid4(), "first", SYSTEM) is None
    assert Access(service).sign_with(uuid4(), "second", SYSTEM) is not None
    assert access.sign_with(uuid4(), "second", SYSTEM) is None
