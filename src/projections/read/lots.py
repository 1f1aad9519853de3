"""Who won by lot: what was recorded and what became of it, and what the releases hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from projections.read import ElectionRow, Snapshot
from reporting.database.sql import load
from reporting.domain.lots import Lot
from reporting.domain.released import ReleasedLot

SQL = load(__package__)


@dataclass(frozen=True, slots=True)
class PublicLot:
    """`number`, `position`: of the last release of the slot, which holds it."""

    form: str
    slot: str
    number: int
    position: int
    lot: ReleasedLot


def lots(
    snapshot: Snapshot,
    election: ElectionRow,
    place: tuple[str, str] | None = None,
) -> list[Lot]:
    """By position. `place`: form and slot."""
    form, slot = place or (None, None)
    where = {"election_no": election.number, "form": form, "slot": slot}
    names = Lot.__dataclass_fields__
    rows = (dict(zip(names, row, strict=True)) for row in snapshot.fetch(SQL["lots"], where))
    return [Lot(**row | {"among": tuple(row["among"]), "winners": tuple(row["winners"])}) for row in rows]


def standing_lots(snapshot: Snapshot, election: ElectionRow, form: str, slot: str) -> list[Lot]:
    """Those of a slot that are confirmed and whose votes are equal as recorded."""
    of_slot = lots(snapshot, election, (form, slot))
    return [lot for lot in of_slot if lot.confirmed_at is not None and lot.overtaken_at is None]


def public_lots(snapshot: Snapshot, election: ElectionRow, upto: int) -> list[PublicLot]:
    """What releases made up to a position tell of lots, those that were overtaken included."""
    rows = snapshot.fetch(SQL["public_lots"], {"election_no": election.number, "upto": upto})
    return [
        PublicLot(form, slot, number, position, ReleasedLot.model_validate(lot))
        for form, slot, number, position, told in rows
        for lot in told
    ]


def sources(snapshot: Snapshot, positions: Iterable[int]) -> dict[int, str]:
    """Position of a record → the document it names, `(erased)` where the words were."""
    return dict(snapshot.fetch(SQL["lot_sources"], {"positions": sorted(set(positions))}))
