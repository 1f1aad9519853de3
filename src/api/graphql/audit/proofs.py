"""Proofs over the signed log, for whoever wants to check it without trusting this answer."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import EVENT, PUBLIC, readable
from api.graphql.arguments import Witnesses
from api.graphql.audit.types import CheckpointText, ConsistencyProof, InclusionProof
from api.graphql.context import Info
from api.graphql.types import at_least
from reporting.transparency.log import SignedLog
from reporting.transparency.note import encode64


@strawberry.type(description="Proofs.")
class ProofQueries:
    @readable(PUBLIC, "the last signed tree head; null before the first")
    def checkpoint(
        self,
        info: Info,
        witnesses: Witnesses = 0,
    ) -> CheckpointText | None:
        log = SignedLog(info.context.snapshot.connection)
        latest = log.latest(at_least(witnesses))
        if latest is None:
            return None
        head, note = latest
        others = sorted({signature.name for signature in note.signatures} - {head.origin})
        return CheckpointText(
            size=head.size,
            origin=head.origin,
            signed_at=log.signed_at(head.size),
            unsigned=max(0, info.context.snapshot.position - head.size),
            cosigned_by=others,
            note=str(note),
        )

    # A leaf holds the hash of its figures, which could be guessed before their time.
    @readable(EVENT, "proof that an event stands in the signed log, against the first head that covers it")
    def inclusion_proof(
        self,
        info: Info,
        position: Annotated[int, strawberry.argument(description="ledger position of the event")],
        witnesses: Witnesses = 0,
    ) -> InclusionProof:
        entry, proof = SignedLog(info.context.snapshot.connection).inclusion(
            position, cosigned=at_least(witnesses)
        )
        return InclusionProof(position=position, proof=str(proof), leaf=entry.leaf().decode())

    @readable(PUBLIC, "proof that one signed head continues another")
    def consistency_proof(
        self,
        info: Info,
        old_size: Annotated[int, strawberry.argument(description="size of the earlier head")],
        new_size: Annotated[int, strawberry.argument(description="size of the later head")],
    ) -> ConsistencyProof:
        hashes = SignedLog(info.context.snapshot.connection).consistency(old_size, new_size)
        return ConsistencyProof(
            old_size=old_size, new_size=new_size, hashes=[encode64(node_hash) for node_hash in hashes]
        )
