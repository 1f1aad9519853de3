"""Who won a contest by lot, as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import strawberry

from api.graphql.context import Info, Moment
from api.graphql.types import described
from projections.read import ElectionRow
from projections.read.lots import PublicLot, sources
from reporting.application.lots import Lots
from reporting.domain.lots import Lot, LotState

strawberry.enum(LotState, name="LotState", description="Where a lot drawn between equal votes stands.")
STATES = {
    LotState.RECORDED: "recorded by one person; waits for another to confirm it",
    LotState.CONFIRMED: "confirmed, and the votes are equal as recorded; no release holds it yet",
    LotState.IN_FORCE: "the same, and the last release holds it: who won by it is elected by it",
    LotState.OVERTAKEN: "the votes are not equal as recorded any more (or not final), or another record took its place",
}
for _value in LotState.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = STATES[LotState(_value.value)]


@strawberry.type(description="Who won by lot where votes were equal at the last seat.")
class ContestLot:
    form: str = described("form code")
    slot: str = described("slot code")
    item: str = described("item whose votes were equal")
    among: list[str] = described("every choice of these votes")
    winners: list[str] = described("those of them the lot gave a seat")
    votes: str = described("the votes each of them has")
    source_class: str = described("kind of the document that says so")
    reference: str = described("which document, in its recorder's words; “(erased)” where those were erased")
    state: LotState = described("where it stands")
    position: int = described("ledger position of the record")
    confirmed_at: int | None = described("ledger position of its confirmation; null while it waits")
    overtaken_at: int | None = described("ledger position of what overtook it; null while it holds")
    override: bool = described(
        "confirmed openly, with a reason, by one who had a hand in the votes or the record"
    )
    alone: bool = described("confirmed by its recorder, whose office had nobody else")
    release: int | None = described(
        "number of the slot's last release, where that holds it as in force: what the public reads; null: it does not"
    )


def lots_of(
    info: Info,
    election: ElectionRow,
    contest: str,
    moment: Moment | None,
    reach: Collection[str] | None,
) -> list[ContestLot]:
    """`reach`: units whose returns the reader may see before release; None: all."""
    context, code = info.context, election.definition.code
    snapshot = context.snapshot
    upto = snapshot.position if moment is None else moment.position
    seen = context.lots_of(election, upto)
    public = [held for held in seen.public if held.lot.contest == contest]
    recorded = [lot for lot in seen.recorded if lot.contest == contest and lot.position <= upto]
    if not recorded:
        return []
    defined = context.defined(code) if moment is None else moment.election
    units = defined.roster.contest_units.get(contest, ())
    if reach is not None and not (units and set(units) <= set(reach)):
        lots = [_public(held) for held in public]
    elif moment is None:
        lots = _unreleased(recorded, public)
    else:
        then = context.service.as_of(upto)
        lots = _unreleased(Lots(then).of(code, contest), public)
    words = sources(snapshot, (lot.position for lot in lots))
    for lot in lots:
        lot.reference = words[lot.position]
    return sorted(lots, key=lambda lot: lot.position)


def _public(held: PublicLot) -> ContestLot:
    lot = held.lot
    holds = lot.overtaken is None
    return ContestLot(
        form=held.form, slot=held.slot, item=lot.item, among=list(lot.among), winners=list(lot.winners), votes=lot.votes,
        source_class=lot.source_class, reference="", position=lot.recorded, confirmed_at=lot.confirmed,
        overtaken_at=lot.overtaken, override=lot.override, alone=lot.alone, release=held.number if holds else None,
        state=LotState.IN_FORCE if holds else LotState.OVERTAKEN,
    )  # fmt: skip


def _unreleased(lots: Sequence[Lot], public: Sequence[PublicLot]) -> list[ContestLot]:
    numbers = {held.lot.recorded: held.number for held in public if held.lot.overtaken is None}
    return [
        ContestLot(
            form=lot.form, slot=lot.slot, item=lot.item, among=list(lot.among), winners=list(lot.winners), votes=lot.votes,
            source_class=lot.source_class, reference="", position=lot.position, confirmed_at=lot.confirmed_at,
            overtaken_at=lot.overtaken_at, override=lot.override, alone=lot.alone, release=numbers.get(lot.position),
            state=lot.state(lot.position in numbers),
        )
        for lot in lots
    ]  # fmt: skip
