"""One cell of a return: what it holds, who set it, who vouched for it, what was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from reporting.domain.actor import By
from reporting.domain.figures import Value, parse_value

T = TypeVar("T")

NO_LEVELS: Mapping[str, Any] = MappingProxyType({})
"""What the levels did with a cell that none has looked at: one for all cells, and replaced, never changed."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Who stands behind an approved value: the office that set it, why it differs from the value before (None: the
    first), the office that approved it."""

    office: str
    reason_class: str | None
    approved_by: str | None


@lru_cache(maxsize=1_000)
def _grounds(office: str, reason_class: str | None, approved_by: str | None) -> Grounds:
    """One for all cells of which it is said."""
    return Grounds(office, reason_class, approved_by)


@lru_cache(maxsize=1_000)
def _looked_at_first(
    level: str, own: By, reason_class: str | None, by: By, submitter: By | None, typed: bool
) -> tuple[Mapping[str, Grounds], Mapping[str, str], Mapping[str, frozenset[str]]]:
    """`grounds`, `approvers`, `eyes` of a value that the first level of all has approved: one for all cells of which the same is
    said, most of them in a return. `own`: who set it; `by`: who approves; `typed`: others had typed it."""
    there = frozenset(who.person for who in (own, by, submitter) if who is not None)
    return (
        MappingProxyType({level: _grounds(own.office, reason_class, by.office)}),
        MappingProxyType({level: by.person}),
        MappingProxyType({level: frozenset() if typed else there}),
    )  # fmt: skip


def _with(levels: Mapping[str, T], level: str, said: T) -> Mapping[str, T]:
    return {**levels, level: said} if levels else {level: said}


def no_levels() -> Mapping[str, Any]:
    return NO_LEVELS


@dataclass(slots=True)
class CellCase:
    """One cell: its canonical text and the position of the event that set it. `reason_class`: of the correction that set it; `approved`: level → value text approved there (perhaps an
    earlier one), `grounds` the same way; `approvers`: level → person whose approval of the present value stands;
    `eyes`: level → who sent, submitted and approved the value approved there (empty: others had typed it).
    `typed_at`: positions at which the present value was typed before it came here; `typists`: who did, once somebody has
    looked them up (`name_typists`)."""

    text: str
    position: int
    by: By
    reason_class: str | None = None
    approved: Mapping[str, str] = field(default_factory=no_levels)
    grounds: Mapping[str, Grounds] = field(default_factory=no_levels)
    approvers: Mapping[str, str] = field(default_factory=no_levels)
    eyes: Mapping[str, frozenset[str]] = field(default_factory=no_levels)
    sent_back: str | None = None
    edited_above: bool = False
    objected: bool = False
    on_behalf: bool = False
    typed_at: tuple[int, ...] = ()
    typists: tuple[By, ...] = ()

    @property
    def value(self) -> Value:
        return parse_value(self.text)

    def approve(self, level: str, text: str, by: By, submitter: By | None) -> None:
        """A level approves the value `text` of this cell, perhaps an earlier one; `submitter`: who vouched for it last."""
        if not self.approved and self.text == text:
            self.approved = {level: text}
            self.grounds, self.approvers, self.eyes = _looked_at_first(
                level, self.by, self.reason_class, by, submitter, bool(self.typed_at)
            )
            return
        self.approved = _with(self.approved, level, text)
        self.grounds = _with(self.grounds, level, _grounds(self.by.office, self.reason_class, by.office))
        if self.text == text:
            self.approvers = _with(self.approvers, level, by.person)
            vouched = () if submitter is None else (submitter.person,)
            there = frozenset({self.by.person, *self.approvers.values(), *vouched})
            self.eyes = _with(self.eyes, level, frozenset() if self.typed_at else there)

    @property
    def authors(self) -> frozenset[str]:
        """Persons who typed the present value or brought it here: none of them approves or certifies it."""
        return frozenset({self.by.person, *(typist.person for typist in self.typists)})

    @property
    def approved_now(self) -> frozenset[str]:
        """Levels that approved the present value."""
        return frozenset(self.approvers)
