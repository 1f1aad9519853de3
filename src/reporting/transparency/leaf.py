"""The bytes the log commits to for one event: RFC 8785 JSON without any personal data in it. Pure.

A leaf is the object of `Entry.leaf`; its hash is RFC 6962's leaf hash of those bytes. Words about people (person,
office, on behalf of, reason) stand in it as seals, SHA-256 over a salt and the words: whoever is shown salt and words
can check them, whoever is not learns nothing, and erasing both leaves every proof as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from reporting.transparency.merkle import leaf_hash
from reporting.transparency.note import encode64

VERSION = 1
"""Raised when the leaf's fields change; verifiers refuse what they do not know."""

SEALED = ("person", "office", "on_behalf_of", "reason")
SALT_SIZE = 16


def instant(recorded_at: datetime) -> str:
    """UTC with microseconds, e.g. `2026-11-21T07:55:46.000123Z`."""
    return recorded_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored event with its command's seals. `state`: the event's bytes as stored."""

    position: int
    stream_id: UUID
    stream_version: int
    type: str
    type_version: int
    recorded_at: datetime
    command_id: UUID
    role: str
    channel: str
    cause: UUID | None
    person_seal: bytes
    office_seal: bytes
    on_behalf_of_seal: bytes | None
    reason_seal: bytes | None
    state: bytes

    @classmethod
    def of(cls, row: Sequence[Any]) -> Entry:
        """From a row of the query `entries`."""
        return cls(*row)

    def fields(self) -> dict[str, Any]:
        """All of the leaf but `state` and `v`, in canonical order."""
        return {
            "cause": None if self.cause is None else str(self.cause),
            "channel": self.channel,
            "command": str(self.command_id),
            "office": encode64(self.office_seal),
            "onBehalfOf": None if self.on_behalf_of_seal is None else encode64(self.on_behalf_of_seal),
            "person": encode64(self.person_seal),
            "position": self.position,
            "reason": None if self.reason_seal is None else encode64(self.reason_seal),
            "recordedAt": instant(self.recorded_at),
            "role": self.role,
            "stream": str(self.stream_id),
            "streamVersion": self.stream_version,
            "type": self.type,
            "typeVersion": self.type_version,
        }

    def leaf(self) -> bytes:
        """Canonical bytes; `state` is the hex SHA-256 of the event's bytes, `v` the version of this layout. Written in order instead of
        sorted, and what all events of a command share made once: a long log is hashed whole again at each start of the signer."""
        return (
            f'{{"cause":{_id(self.cause)},"channel":{_text(self.channel)},"command":{_id(self.command_id)},'
            f'"office":{_seal(self.office_seal)},"onBehalfOf":{_seal(self.on_behalf_of_seal)},"person":{_seal(self.person_seal)},'
            f'"position":{self.position},"reason":{_seal(self.reason_seal)},"recordedAt":"{_instant(self.recorded_at)}",'
            f'"role":{_text(self.role)},"state":"{hashlib.sha256(self.state).hexdigest()}","stream":"{self.stream_id}",'
            f'"streamVersion":{self.stream_version},"type":{_text(self.type)},"typeVersion":{self.type_version},"v":{VERSION}}}'
        ).encode()

    def hash(self) -> bytes:
        return leaf_hash(self.leaf())


SHARED = 1_024
"""Words, seals and times kept as they are written: of some commands, and of every type, role and channel."""


@lru_cache(SHARED)
def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


@lru_cache(SHARED)
def _seal(seal: bytes | None) -> str:
    return "null" if seal is None else f'"{encode64(seal)}"'


@lru_cache(SHARED)
def _id(value: UUID | None) -> str:
    return "null" if value is None else f'"{value}"'


_instant = lru_cache(SHARED)(instant)
