"""An event's proof in the signed log, where there is one already."""

from __future__ import annotations

from api.graphql.context import Info
from api.graphql.types import at_least
from reporting.transparency.errors import NotSigned
from reporting.transparency.log import SignedLog


def proof_of(info: Info, position: int, witnesses: int) -> str | None:
    """As a c2sp.org/tlog-proof file; None while no head that covers it has so many cosignatures."""
    log = SignedLog(info.context.snapshot.connection)
    try:
        return str(log.inclusion(position, cosigned=at_least(witnesses))[1])
    except NotSigned:
        return None
