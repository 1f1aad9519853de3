"""One cell of a return: what it holds, who set it, who vouched for it, what was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from reporting.domain.actor import By
from reporting.domain.figures import Value, parse_value

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


Said = tuple[Mapping[str, Grounds], Mapping[str, str], Mapping[str, frozenset[str]]]
"""`grounds`, `approvers`, `eyes` of a cell."""

SaidTogether = dict[tuple[object, ...], tuple[Said, Said]]
"""Of cells that are approved together: what is alike of some of them → what is said of these then, and was before."""


@lru_cache(maxsize=1_000)
def _looked_at_first(
    level: str, own: By, reason_class: str | None, by: By, submitter: By | None, typed: bool
) -> Said:
    """Of a value that the first level of all has approved: one for all cells of which the same is said, most of them in a return. `own`: who set it; `by`: who approves; `typed`: others had typed it."""
    there = frozenset(who.person for who in (own, by, submitter) if who is not None)
    return (
        MappingProxyType({level: _grounds(own.office, reason_class, by.office)}),
        MappingProxyType({level: by.person}),
        MappingProxyType({level: frozenset() if typed else there}),
    )  # fmt: skip


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

    def approve(self, level: str, text: str, by: By, submitter: By | None, said: SaidTogether) -> None:
        """A level approves the value `text` of this cell, perhaps an earlier one; `submitter`: who vouched for it last; `said`: of the
        cells that it approves with this one, empty before the first."""
        stands = self.text == text
        if not self.approved and stands:
            self.approved = {level: text}
            self.grounds, self.approvers, self.eyes = _looked_at_first(
                level, self.by, self.reason_class, by, submitter, bool(self.typed_at)
            )
            return
        self.approved = {**self.approved, level: text}
        before = (self.grounds, self.approvers, self.eyes)
        # What the cells held before is alive until the last is approved, so no two are taken for one.
        alike = (*map(id, before), self.by, self.reason_class, bool(self.typed_at), stands)
        if (after := said.get(alike)) is None:
            after = said[alike] = self._looked_at(level, by, submitter, stands), before
        (self.grounds, self.approvers, self.eyes), _ = after

    def _looked_at(self, level: str, by: By, submitter: By | None, stands: bool) -> Said:
        """For all cells of which the same is said, so that nobody may change it."""
        grounds = MappingProxyType(
            {**self.grounds, level: _grounds(self.by.office, self.reason_class, by.office)}
        )
        if not stands:
            return grounds, self.approvers, self.eyes
        approvers = MappingProxyType({**self.approvers, level: by.person})
        vouched = () if submitter is None else (submitter.person,)
        there = frozenset({self.by.person, *approvers.values(), *vouched})
        return (
            grounds,
            approvers,
            MappingProxyType({**self.eyes, level: frozenset() if self.typed_at else there}),
        )

    @property
    def authors(self) -> frozenset[str]:
        """Persons who typed the present value or brought it here: none of them approves or certifies it."""
        return frozenset({self.by.person, *(typist.person for typist in self.typists)})

    @property
    def approved_now(self) -> frozenset[str]:
        """Levels that approved the present value."""
        return frozenset(self.approvers)
