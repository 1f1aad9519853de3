"""What a slot's next release would hold, decided from its returns and from what is public; and a release as it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from reporting.application.catalog import KnownElection
from reporting.application.opened import OpenReturn
from reporting.definitions.scopes import asked as items_asked
from reporting.domain.cell_case import Grounds
from reporting.domain.election import ElectionDefinition, Slot
from reporting.domain.figures import parse_value
from reporting.domain.opening import opens_at
from reporting.domain.released import (
    ChangeKind,
    Incomplete,
    ReleasedBasis,
    ReleasedChange,
    ReleasedLot,
    kind_of,
)
from reporting.domain.status import Status
from reporting.domain.workflow_events import (
    SlotReleased,
)
from reporting.ledger.registry import canonical
from reporting.publication.package import CountMethod
from reporting.publication.public import PublicUnit
from reporting.rules.whole import lacking


@dataclass(frozen=True, slots=True)
class Release:
    """One publication of a slot. `changes`: what differs from the release before (empty in the first); `corrections`,
    `whole`, `incomplete`, `single_handed`, `lots`, `lot_notices`, `bases`: as in SlotReleased."""

    id: str
    number: int
    position: int
    approved: int
    expected: int
    under_correction: tuple[str, ...]
    changes: tuple[ReleasedChange, ...]
    corrections: int = 0
    whole: int | None = None
    incomplete: tuple[Incomplete, ...] = ()
    single_handed: tuple[str, ...] = ()
    lots: tuple[ReleasedLot, ...] = ()
    lot_notices: int = 0
    bases: tuple[ReleasedBasis, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What the next release would hold. `begins`: not before then. `changed`, `figures`: unit → cell key → text, what is
    new (of a unit of which only what its figures rest on is new: no cell), and all that would be public afterwards. `bases`: whose figures
    would rest on another count. `versions`: of each unit's released stream. `sole_eyes`: unit → who alone
    typed, submitted and approved its figures, where nobody else had a look. `lots`: every lot it would hold. `partial`:
    units whose figures would rest on less than the whole count."""

    number: int
    begins: datetime
    due: datetime | None
    upto: int
    approved: int
    expected: int
    under_correction: tuple[str, ...]
    waits_for: tuple[str, ...]
    sole_eyes: Mapping[str, str]
    changed: Mapping[str, Mapping[str, str]]
    changes: tuple[ReleasedChange, ...]
    figures: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, int]
    lots: tuple[ReleasedLot, ...] = ()
    partial: Mapping[str, CountMethod] = field(default_factory=dict)
    bases: tuple[ReleasedBasis, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what would go out, and whose word it rests on: what somebody looks at before releasing it by hand."""
        told = {
            "number": self.number,
            "changed": self.changed,
            "changes": [change.model_dump(mode="json") for change in self.changes],
            "lots": [lot.model_dump(mode="json") for lot in self.lots],
            "partial": {unit: asdict(rests) for unit, rests in self.partial.items()},
            "bases": [basis.model_dump(mode="json") for basis in self.bases],
        }
        return hashlib.sha256(canonical(told)).hexdigest()

    @property
    def moves(self) -> bool:
        """Whether it would hold anything new: a figure, what figures rest on, or a lot."""
        return bool(self.changed) or any(lot.kind is not None for lot in self.lots)


@dataclass(frozen=True, slots=True)
class Completeness:
    """Of a release: `whole` units lack no figure; `incomplete` are those that lack some."""

    whole: int
    incomplete: tuple[Incomplete, ...]


def completeness_of(defined: KnownElection, form: str, slot: str, plan: ReleasePlan) -> Completeness:
    """Of what would be public afterwards."""
    lacks = {
        unit: cells_lacking(defined, form, slot, unit, figures)
        for unit, figures in sorted(plan.figures.items())
    }
    complete = {unit for unit, cells in lacks.items() if not cells}
    return Completeness(
        defined.coverage(form, defined.reporting_units(form, slot), complete)[0],
        tuple(Incomplete(unit=unit, cells=cells) for unit, cells in lacks.items() if cells),
    )


def change_of(public: PublicUnit, unit: str, cell: str, after: str, grounds: Grounds) -> ReleasedChange:
    before, withdrawn = public.figures.get(cell), public.withdrawn.get(cell)
    kind = kind_of(before, after, withdrawn)
    return ReleasedChange(
        unit=unit, cell=cell, kind=kind, before=before, after=after,
        withdrawn=withdrawn if kind is ChangeKind.CORRECTION else None, **asdict(grounds),
    )  # fmt: skip


def cells_lacking(
    defined: KnownElection, form: str, slot: str, unit: str, figures: Mapping[str, str]
) -> tuple[str, ...]:
    """Cells the form needs of the unit that are not among these."""
    if not defined.reports(form, slot, unit):
        return ()
    asking, definition = defined.form(form, slot), defined.definition
    items = {item.code for item in items_asked(definition, asking, defined.roster, unit)}
    values = {key: parse_value(text) for key, text in figures.items()}
    mine = defined.contests_of_unit[unit]
    return tuple(
        cell
        for contest in definition.contests
        if contest.code in mine and (not asking.contest_kinds or contest.kind in asking.contest_kinds)
        for cell in lacking(definition, asking, contest, values, items)
    )


def release_of(head: SlotReleased, last_position: int) -> Release:
    return Release(
        head.release, head.number, last_position, head.approved, head.expected, head.under_correction,
        head.changes, head.corrections, head.whole, head.incomplete, head.single_handed, head.lots,
        head.lot_notices, head.bases,
    )  # fmt: skip


def approved_by(opened: OpenReturn, level: str | None) -> dict[str, str]:
    """What the unit's publishing level last approved of each cell; a unit without any office needs none."""
    if level is None:
        return opened.case.texts
    return {key: cell.approved[level] for key, cell in opened.case.cells.items() if level in cell.approved}


def grounds_of(opened: OpenReturn, level: str | None) -> dict[str, Grounds]:
    """Who stands behind each of these figures."""
    cells = opened.case.cells.items()
    if level is None:
        return {key: Grounds(cell.by.office, cell.reason_class, None) for key, cell in cells}
    return {key: cell.grounds[level] for key, cell in cells if level in cell.grounds}


def under_correction(opened: OpenReturn, level: str | None) -> bool:
    """Public already or nearly, and being looked at again."""
    if opened.status in (Status.SENT_BACK, Status.WITHDRAWN):
        return True
    if level is None:
        return False
    cells = opened.case.cells.values()
    if any(cell.approved.get(level, cell.text) != cell.text for cell in cells):
        return True
    return any(level in cell.approved for cell in cells) and opened.case.rests_at(
        level
    ) != opened.case.rests_at(None)


def begins_at(definition: ElectionDefinition, slot: Slot) -> datetime:
    """Whatever was approved by then: a final count does not exist before the polling day."""
    return max(filter(None, (opens_at(definition, slot), slot.publish_at)))


def clocked_at(definition: ElectionDefinition, slot: Slot) -> datetime | None:
    """From when the clock releases a slot, however far its units are; None for one that somebody releases."""
    return slot.publish_at if slot.publish is None else begins_at(definition, slot)


def uncertified(returns: Sequence[OpenReturn], waited_for: Collection[str]) -> tuple[str, ...]:
    """Units whose chain has not certified; a unit with no office above or of its own has none to wait for."""
    return tuple(
        sorted(
            return_.place.unit
            for return_ in returns
            if return_.place.unit in waited_for and return_.levels and not return_.case.certified
        )
    )
