"""What a release tells of each figure it changes, and of each lot: what happened to it, in the words the public counts by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from reporting.domain.messages import message
from reporting.words import Words, listed

NOT_REPORTED = "!not_reported"


class ChangeKind(StrEnum):
    """What happened to one public figure, or to a lot. A notice is named after the kinds in it, in this order."""

    CORRECTION = "correction"  # a figure that was public, or had been before it was withdrawn, is another now
    FIRST = "first"  # the first figure of a cell that the releases before did not hold
    WITHDRAWAL = "withdrawal"  # a public figure was taken back and stands as not reported
    ABSENCE = "absence"  # where nothing was public, it was stated that there is no figure (none, withheld)
    BASIS = "basis"  # the same figures, or others, rest on another count than before: a sample, an estimate, the whole
    LOT = "lot"  # who won by lot went public, or is in force again
    LOT_OVERTAKEN = (
        "lot_overtaken"  # the public votes are not equal any more, or another record took its place
    )


KIND_WORDS: Mapping[str, Words] = message.table("change")
"""By the value of ChangeKind."""
COUNT_WORDS: Mapping[str, Words] = message.table("count")
"""What figures rest on, by `method`."""


class ReleasedChange(BaseModel):
    """One figure that a later release changes: what happened, by which office, why (None: nothing was there before),
    approved by whom. `before`: what was public until now, None where nothing was; `withdrawn`: the figure that had been
    public before a withdrawal, so that taking back and entering anew is no way around a correction."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit: str
    cell: str
    kind: ChangeKind
    before: str | None
    after: str
    withdrawn: str | None = None
    office: str
    reason_class: str | None
    approved_by: str | None


class RestsOn(BaseModel):
    """What a unit's figures rest on: `method` full, sample (of so many `places` of so many) or estimate."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    method: str
    places: int | None = None
    of_places: int | None = None


WHOLE_COUNT = RestsOn(method="full")


class ReleasedBasis(BaseModel):
    """A unit whose public figures rest on another count since this release, whether a figure moved or not: by which office's
    word, approved by whom (None: nobody has to)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit: str
    before: RestsOn
    after: RestsOn
    office: str
    approved_by: str | None


class ReleasedLot(BaseModel):
    """A lot as a release has it. `recorded`, `confirmed`: ledger positions; `overtaken`: of what overtook it, None while it
    is in force; `kind`: what this release changed of it, None: nothing. `override`, `alone`: as in LotConfirmed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contest: str
    item: str
    among: tuple[str, ...]
    winners: tuple[str, ...]
    votes: str
    source_class: str
    recorded: int
    confirmed: int
    overtaken: int | None = None
    kind: ChangeKind | None = None
    override: bool = False
    alone: bool = False


class Incomplete(BaseModel):
    """A unit with public figures that are not whole: keys of the cells its form still needs."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit: str
    cells: tuple[str, ...]


def kind_of(before: str | None, after: str, withdrawn: str | None = None) -> ChangeKind:
    """`before`: what is public of the cell, None: nothing ever was; `withdrawn`: the last figure that was, if it was
    taken back since."""
    nothing = before is None or before == NOT_REPORTED
    if after == NOT_REPORTED:
        return ChangeKind.ABSENCE if nothing else ChangeKind.WITHDRAWAL
    if not nothing or withdrawn is not None:
        return ChangeKind.CORRECTION
    return ChangeKind.ABSENCE if after.startswith("!") else ChangeKind.FIRST


def as_told_now(change: Mapping[str, Any]) -> dict[str, Any]:
    """A stored change with its kind. Version 1 of SlotReleased had none, and `!not_reported` where nothing was public."""
    if "kind" in change:
        return dict(change)
    before = None if change["before"] == NOT_REPORTED else change["before"]
    return {**change, "before": before, "kind": kind_of(before, change["after"]).value}


def kinds_in(
    changes: Iterable[ReleasedChange], lots: Iterable[ReleasedLot] = (), bases: Iterable[ReleasedBasis] = ()
) -> tuple[ChangeKind, ...]:
    """Which kinds a release holds, in the order they are told."""
    there = {change.kind for change in changes} | {lot.kind for lot in lots}
    there |= {ChangeKind.BASIS for _ in bases}
    return tuple(kind for kind in ChangeKind if kind in there)


LOTS = (ChangeKind.LOT, ChangeKind.LOT_OVERTAKEN)


def notice_words(number: int, kinds: Sequence[ChangeKind], corrections: int, lot_notices: int = 0) -> Words:
    """The release's name in Japanese and English. `corrections`: how many releases of the slot were corrections, this one
    included, and `lot_notices`: how many after the first told of a lot: what 第n号 counts."""
    if number == 1:
        return message.words("publication")
    counted = {ChangeKind.CORRECTION: corrections, **dict.fromkeys(LOTS, lot_notices)}
    told = [
        message.words("numbered", kind_ja=words.ja, kind_en=words.en, number=counted[kind])
        if kind in counted
        else words
        for kind in kinds
        for words in (KIND_WORDS[kind],)
    ]
    return listed(told)
