"""Stream ids: UUIDv5 of the stream's natural key, so that a stream can be created only once."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1f2a0e-7d0c-5c0e-9a53-5f2b8c0e7a10")
"""Fixed for ever; changing it would orphan every stream."""


@lru_cache(maxsize=10_000)
def _stream(*parts: str) -> UUID:
    return uuid5(NAMESPACE, "\x1f".join(parts))


def registry_stream(registry: str) -> UUID:
    return _stream("registry", registry)


def election_stream(code: str) -> UUID:
    return _stream("election", code)


def return_stream(election: str, form: str, slot: str, unit: str) -> UUID:
    return _stream("return", election, form, slot, unit)


def draft_stream(election: str, form: str, slot: str, unit: str) -> UUID:
    """Apart from the return's own, so that saving as one types raises no version anybody waits for."""
    return _stream("draft", election, form, slot, unit)


def released_stream(election: str, form: str, slot: str, unit: str) -> UUID:
    """What releases made public of one return."""
    return _stream("released", election, form, slot, unit)


def slot_stream(election: str, form: str, slot: str) -> UUID:
    """A slot's releases, in order."""
    return _stream("slot", election, form, slot)


def remarks_stream(election: str, form: str, slot: str) -> UUID:
    """Remarks on returns of a slot that are public."""
    return _stream("remarks", election, form, slot)


def distribution_stream(election: str, form: str, slot: str) -> UUID:
    """What was made of a slot's releases for readers: beside them, so that making it holds up none."""
    return _stream("distribution", election, form, slot)


def reads_stream(chain: str) -> UUID:
    """How far a server's log of reads before release is."""
    return _stream("reads", chain)


def lot_stream(election: str, form: str, slot: str, contest: str) -> UUID:
    """Lots drawn between equal votes of one count of a contest."""
    return _stream("lot", election, form, slot, contest)


def polling_places_stream(election: str, unit: str) -> UUID:
    """The polling places of a unit, and what each of them counted."""
    return _stream("polling_places", election, unit)


def incidents_stream(election: str, unit: str) -> UUID:
    """Incidents of a unit in an election, and what became of each."""
    return _stream("incidents", election, unit)


def document_stream(election: str, form: str, slot: str, unit: str) -> UUID:
    """Scans that show what a return holds: beside it, so that attaching one raises no version anybody waits for."""
    return _stream("document", election, form, slot, unit)


def item_stream(election: str, item: str) -> UUID:
    """What offices and the nation say of an item of an election."""
    return _stream("item", election, item)


def names_stream(election: str, contest: str) -> UUID:
    """Who found the names of a contest right, and when."""
    return _stream("names", election, contest)


def command_stream(command_id: UUID) -> UUID:
    """What is remembered of a command on a whole slot, beside what came of it."""
    return _stream("command", str(command_id))


def proposals_stream() -> UUID:
    """Changes of definitions and registries that wait, or waited, for a second person."""
    return _stream("proposals")


def offices_stream() -> UUID:
    """Offices and who works for them."""
    return _stream("offices")


def access_stream() -> UUID:
    """Who was let in beside the ordinary login, and which key signs."""
    return _stream("access")


def delivery_stream(delivery_id: UUID) -> UUID:
    """That somebody was told of an event: one event each, as a stream's first version can be had only once."""
    return _stream("delivery", str(delivery_id))


def retention_stream() -> UUID:
    """Legal holds, and what two people disposed of."""
    return _stream("retention")


def logs_stream() -> UUID:
    """Of the directory: which log holds which election, and the heads that each log was seen with."""
    return _stream("logs")


def placement_stream(election: str) -> UUID:
    """An election's way from log to log; it goes with the election."""
    return _stream("placement", election)


def copied_stream(election: str, log: str) -> UUID:
    """What was copied of an election into one log."""
    return _stream("copied", election, log)


def lineage_stream(registry: str, geography: str | None = None) -> UUID:
    """What became of a registry's areas; of one geography alone, where it has a lineage of its own."""
    return _stream("lineage", registry, *([geography] if geography else []))
