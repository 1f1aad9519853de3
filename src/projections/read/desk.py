"""Boards, work lists, the register of differences, releases: read from one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from projections.read import ElectionRow, Snapshot
from projections.read.statements import texts
from reporting.database.sql import load
from reporting.domain.election import Form, Source
from reporting.domain.figures import trimmed
from reporting.domain.layer import Layer
from reporting.domain.released import Incomplete, ReleasedBasis, ReleasedChange, ReleasedLot, as_told_now

SQL = load(__package__)


class BoardRow(NamedTuple):
    """Returns of one slot under one area, by status."""

    area: str
    name: str
    level: str
    units: int
    missing: int
    entered: int
    submitted: int
    sent_back: int
    approved: int
    certified: int
    withdrawn: int
    changed_at: datetime | None
    sampled: int
    places: int | None
    of_places: int | None


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A return that waits for somebody."""

    unit: str
    unit_name: str
    form: str
    slot: str
    status: str
    next_level: str | None
    next_area: str | None
    submitted_by: str | None
    changed_at: datetime | None
    sent_back: list[str]
    edited_above: list[str]
    objected: list[str]
    method: str
    places: int | None
    of_places: int | None
    differing: list[str]


@dataclass(frozen=True, slots=True)
class DifferencesWanted:
    """Which declared differences are listed; all of the election, as nothing is said. `own_reach`: nothing beyond the reader's units, public or not;
    `after`: those behind this one, by the position of its declaration, its unit and its key."""

    only_open: bool = False
    own_reach: bool = False
    form: str | None = None
    slot: str | None = None
    unit: str | None = None
    after: tuple[int, str, str] | None = None

    def holds(self, form: str, slot: str, unit: str) -> bool:
        return self.form in (None, form) and self.slot in (None, slot) and self.unit in (None, unit)


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """A declared difference; `closed_at` None: open. `declared_words`, `closed_words`: the reasons as their authors gave
    them, None for a reader whose office does not reach the unit."""

    unit: str
    unit_name: str
    form: str
    slot: str
    key: str
    rule: str
    difference: str
    reason_class: str
    declared_at: int
    declared_time: datetime
    declared_office: str
    confirmed: bool
    closed_at: int | None
    correction: int | None
    owner_office: str | None
    closed_time: datetime | None
    declared_words: str | None
    closed_class: str | None
    closed_words: str | None


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    form: str
    slot: str
    number: int
    release: str
    position: int
    upto: int
    released_at: datetime
    due: datetime | None
    approved: int
    expected: int
    under_correction: list[str]
    changes: tuple[ReleasedChange, ...]
    corrections: int
    whole: int | None
    incomplete: tuple[Incomplete, ...]
    single_handed: list[str]
    lots: tuple[ReleasedLot, ...]
    lot_notices: int
    bases: tuple[ReleasedBasis, ...]


@dataclass(frozen=True, slots=True)
class SampledReturn:
    """A return that rests on a sample or an estimate; of a sample so many `places` of so many."""

    unit: str
    unit_name: str
    method: str
    places: int | None
    of_places: int | None


def sampled_returns(
    snapshot: Snapshot, election: ElectionRow, form: str, slot: str, layer: Layer, contest: str, position: int
) -> list[SampledReturn]:
    """Those of a slot that hold figures of the contest in a layer, by unit code."""
    where = {
        "election_no": election.number,
        "form": form,
        "slot": slot,
        "layer": layer.code,
        "contest": contest,
        "position": position,
    }
    return [SampledReturn(*row) for row in snapshot.fetch(SQL["sampled_returns"], where)]


def partial_counts(
    snapshot: Snapshot, election: ElectionRow, form: str, slot: str, position: int
) -> dict[str, SampledReturn]:
    """Unit → its return of a slot, where it is not of the whole count."""
    where = {"election_no": election.number, "form": form, "slot": slot, "position": position}
    partial = [SampledReturn(*row) for row in snapshot.fetch(SQL["partial_counts"], where)]
    return {sampled.unit: sampled for sampled in partial}


def board(
    snapshot: Snapshot,
    election: ElectionRow,
    form: str,
    slot: str,
    geography: str,
    level: str,
    areas: Sequence[str] | None,
    asked: Sequence[str],
    divided: Mapping[str, Collection[str]],
) -> list[BoardRow]:
    """`asked`: the units that this slot asks; `divided`: those of them, or of before, whose return stands for units below
    them → these (`Roster.divided`)."""
    stands = [(whole, part) for whole, parts in divided.items() for part in parts]
    rows = _rows(
        snapshot, "board", election_no=election.number, form=form, slot=slot, geography=geography, level=level,
        areas=None if areas is None else texts(areas), asked=texts(unit for unit in asked if unit not in divided),
        wholes=[whole for whole, _ in stands], parts=[part for _, part in stands],
    )  # fmt: skip
    return [BoardRow(*row) for row in rows]


def work(
    snapshot: Snapshot, election: ElectionRow, kind: str, slots: Sequence[tuple[str, str]], units: Sequence[str] | None,
    area: str | None, after: Sequence[str] | None, limit: int,
) -> list[WorkRow]:  # fmt: skip
    """`kind`: missing, sent_back, awaiting_approval, edited_above, objected; to_explain: all that the rules may be asked
    about."""
    rows = _rows(
        snapshot, "work", election_no=election.number, kind=kind, forms=[form for form, _ in slots],
        slots=[slot for _, slot in slots], units=None if units is None else texts(units), area=area,
        after=None if after is None else list(after), limit=limit,
    )  # fmt: skip
    return [WorkRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LastMoved:
    """Ledger position at which one of a slot's returns or lots last moved; how many of the returns are certified."""

    position: int = 0
    certified: int = 0


def moved_slots(snapshot: Snapshot, election: ElectionRow) -> dict[tuple[str, str], LastMoved]:
    """By (form, slot); none of a slot that nobody has touched."""
    rows = _rows(snapshot, "moved_slots", election_no=election.number)
    return {(form, slot): LastMoved(position, certified) for form, slot, position, certified in rows}


def discrepancies(
    snapshot: Snapshot,
    election: ElectionRow,
    wanted: DifferencesWanted,
    units: Sequence[str] | None,
    limit: int,
) -> list[DiscrepancyRow]:
    """Oldest declaration first. `units`: those the reader's office reaches; None: all."""
    asked = asdict(wanted) | {"after": None if wanted.after is None else [str(part) for part in wanted.after]}
    rows = _rows(
        snapshot, "discrepancies", election_no=election.number, limit=limit, units=None if units is None else texts(units), **asked,
    )  # fmt: skip
    return [DiscrepancyRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReconciledRow:
    """One cell beside the slot it was filled from. Positions say which came later."""

    unit: str
    unit_name: str
    cell: str
    source_form: str
    source_slot: str
    source_value: str
    value: str
    source_position: int
    position: int
    prefilled: bool

    @property
    def state(self) -> str:
        """equal; explained: changed afterwards, for which a reason was asked; open: the source moved afterwards, or
        nobody was asked for a reason."""
        if trimmed(self.source_value) == trimmed(self.value):
            return "equal"
        return "explained" if self.prefilled and self.source_position <= self.position else "open"


def reconciliation(
    snapshot: Snapshot, election: ElectionRow, form: Form, slot: str, layer: Layer, units: Sequence[str] | None,
    only_different: bool, after: Sequence[str] | None, limit: int,
) -> list[ReconciledRow]:  # fmt: skip
    """A slot beside those it was filled from; else beside the slots before it in its own form, the last first, unless
    they are counts on the way (`cumulative`). All are compared in one layer."""
    prefilled = {(source.form, source.slot) for source in form.prefill}
    codes = [slot.code for slot in form.slots]
    before = [] if form.cumulative else reversed(codes[: codes.index(slot)])
    own = [Source(form=form.code, slot=code) for code in before if (form.code, code) not in prefilled]
    sources = [
        (source.form, source.slot, contest)
        for source in (*form.prefill, *own)
        for contest in _contests_of(source, election)
    ]
    rows = _rows(
        snapshot, "reconciliation", election_no=election.number, form=form.code, slot=slot, layer=layer.code,
        forms=[form for form, _, _ in sources], slots=[slot for _, slot, _ in sources],
        contests=[contest for _, _, contest in sources],
        units=None if units is None else texts(units), only_different=only_different,
        after=None if after is None else list(after), limit=limit,
    )  # fmt: skip
    return [ReconciledRow(*(*row, (row[3], row[4]) in prefilled)) for row in rows]


def _contests_of(source: Source, election: ElectionRow) -> list[str]:
    """Contests whose cells a source gives; `""`: those of the cell that is filled."""
    if source.contest_kind is None:
        return [""]
    return [contest.code for contest in election.definition.contests if contest.kind == source.contest_kind]


def releases(
    snapshot: Snapshot, election: ElectionRow, form: str | None, slot: str | None, upto: int, limit: int
) -> list[ReleaseRow]:
    """Those made up to a ledger position."""
    rows = _rows(
        snapshot, "releases", election_no=election.number, form=form, slot=slot, upto=upto, limit=limit
    )
    return [_release(dict(zip(ReleaseRow.__dataclass_fields__, row, strict=True))) for row in rows]


def _release(values: dict[str, Any]) -> ReleaseRow:
    """Changes of every version of the event in the words of now."""
    changes = tuple(ReleasedChange.model_validate(as_told_now(change)) for change in values["changes"])
    incomplete = tuple(Incomplete.model_validate(unit) for unit in values["incomplete"])
    lots = tuple(ReleasedLot.model_validate(lot) for lot in values["lots"])
    bases = tuple(ReleasedBasis.model_validate(basis) for basis in values["bases"])
    return ReleaseRow(**values | {"changes": changes, "incomplete": incomplete, "lots": lots, "bases": bases})


def _rows(snapshot: Snapshot, query: str, **values: Any) -> list[Any]:
    """Planned for what is asked: codes of a whole slot's units are among it."""
    return snapshot.fetch(SQL[query], values, prepare=False)
