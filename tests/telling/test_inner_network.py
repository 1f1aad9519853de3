"""A webhook leads outside, or where the operator allowed it; every address of a name is looked at, each time."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from reporting.errors import InvalidInput
from reporting.telling.inner_network import InnerNetwork, reachable, read_networks
from reporting.telling.webhook import Webhook

INNER = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.1.2.3", "64:ff9b::a01:203",
    "2002:a01:203::1", "2001:db8::1", "::10.1.2.3", "::ffff:0:10.1.2.3", "64:ff9b:1::a01:203", "fec0::1", "5f00::1", "3fff::1",
    "192.0.0.8", "192.88.99.1", "2001:0:a01:203::1",
)  # fmt: skip


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def rows(host: str, port: int, **more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", rows)


@pytest.mark.parametrize("address", INNER)
def test_addresses_inside_are_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolving(monkeypatch, "8.8.8.8", address)  # one of several is enough
    with pytest.raises(InnerNetwork) as refused:
        reachable("hook.example.jp", 443)
    assert refused.value.facts == {"host": "hook.example.jp", "address": address}
    assert "REPORTING_TELL_NETWORKS" in refused.value.message_ja


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_addresses_outside_are_called(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolving(monkeypatch, address)
    assert reachable("hook.example.jp", 443) == [address]


def test_what_the_operator_allows_is_called_and_nothing_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = read_networks("10.20.0.0/16 fd00:1::/32")
    resolving(monkeypatch, "10.20.3.4", "fd00:1::5")
    assert reachable("alarm.lan", 80, allowed) == ["10.20.3.4", "fd00:1::5"]
    resolving(monkeypatch, "10.20.3.4", "10.21.0.1")
    with pytest.raises(InnerNetwork):
        reachable("alarm.lan", 80, allowed)


@pytest.mark.parametrize("text", ["10.20.0.1/16", "alarm.lan", "10.0.0.0/8,192.168.0.0/16"])
def test_a_list_that_is_none_is_named(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_networks(text)
    assert refused.value.facts["field"] == "REPORTING_TELL_NETWORKS"


def test_a_name_that_nobody_knows_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asked for an address that begins with https://, of one that did."""

    def unknown(*asked: object, **options: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(InvalidInput) as refused:
        Webhook(lambda: datetime.now(UTC)).check("https://alarm.example.jp/hook")
    assert "DNS" in refused.value.message_en
    assert "begins with" not in refused.value.message_en
