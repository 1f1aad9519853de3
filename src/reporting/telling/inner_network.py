"""Addresses that a webhook may be at: public ones, and those of inner networks that the operator allows."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from reporting.errors import InvalidInput, ReportingError
from reporting.telling.messages import message

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IPV4_BEHIND = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64: an IPv4 address stands in its last 32 bits."""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out. Outside of it lie IPv4 in other clothes (`::10.0.0.1`), NAT64 of one's own network (RFC 8215) and what was
once site-local (`fec0::`), of which Python takes several for global."""
_SPECIAL: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")
)
"""Of protocols and documentation (RFC 6890): no server of anybody's."""


class InnerNetwork(ReportingError):
    """facts: `host`, `address`."""

    code = "inner_network"
    template_ja = (
        "宛先 {host} は内部ネットワークのアドレス {address} を指すため、送りません。必要な宛先なら、運用担当者が "
        "REPORTING_TELL_NETWORKS にそのネットワークを加えてください。"
    )
    template_en = (
        "{host} leads to {address}, an address of an inner network, and is not called. Where it is wanted, the operator adds its "
        "network to REPORTING_TELL_NETWORKS."
    )


def read_networks(text: str) -> tuple[Network, ...]:
    """InvalidInput for what is no list of networks."""
    try:
        return tuple(ipaddress.ip_network(part) for part in text.split())
    except ValueError as wrong:
        raise InvalidInput.at("REPORTING_TELL_NETWORKS", text, message("networks")) from wrong


def reachable(host: str, port: int, allowed: Sequence[Network] = ()) -> list[str]:
    """All addresses of a host, each of which may be called. OSError where there are none; InnerNetwork where one may not: a name
    that leads inside by only one of them leads inside."""
    rows: Iterable[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))
    for address in addresses:
        if not _may_be_called(ipaddress.ip_address(address), allowed):
            raise InnerNetwork(host=host, address=address)
    return addresses


def is_allowed(address: str, allowed: Sequence[Network]) -> bool:
    """Whether the operator named its network."""
    return any(ipaddress.ip_address(address) in network for network in allowed)


def _may_be_called(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, allowed: Sequence[Network]
) -> bool:
    if any(address in network for network in allowed):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        behind = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _IPV4_BEHIND:
            behind.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        inner = [each for each in behind if each is not None]
        if inner:
            return all(_may_be_called(each, allowed) for each in inner)
        if address not in _UNICAST:
            return False
    special = any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not special
