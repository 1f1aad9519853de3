"""Stream ids: UUIDv5 of the stream's natural key, so that a stream can be created only once."""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("6f1f2a0e-7d0c-5c0e-9a53-5f2b8c0e7a10")
"""Fixed for ever; changing it would orphan every stream."""


def _stream(*parts: str) -> UUID:
    return uuid5(NAMESPACE, "\x1f".join(parts))


def registry_stream(registry: str) -> UUID:
    return _stream("registry", registry)


def election_stream(code: str) -> UUID:
    return _stream("election", code)


def return_stream(election: str, form: str, slot: str, unit: str) -> UUID:
    return _stream("return", election, form, slot, unit)
