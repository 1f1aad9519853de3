"""Differences that somebody who may type was shown, and what becomes of each when figures are handed in.

Every value that stood in a cell of a shown difference reaches the approvers: with the declaration that carries the difference
on, or as a difference that is gone. Neither is by the rule alone: two cells of one rule are two differences, and a difference
that has grown smaller is not the one that was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from reporting.domain.case import ReturnCase
from reporting.rules.model import Finding


def doubt_of(key: str) -> str:
    """A finding's key without its amount: rule, contest, part and cell, which stay the same while figures are tried."""
    return key.rpartition("|")[0]


def rule_of(key: str) -> str:
    """The rule whose finding it is."""
    return key.partition("|")[0]


def held_in(texts: Mapping[str, str], cells: Iterable[str]) -> dict[str, str]:
    """Those of the cells that hold something."""
    return {cell: texts[cell] for cell in cells if cell in texts}


def both(
    first: Mapping[str, tuple[str, ...]], then: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Cell → every value it was seen with, each once, in the order of time."""
    return {
        cell: tuple(dict.fromkeys((*first.get(cell, ()), *then.get(cell, ())))) for cell in {**first, **then}
    }


@dataclass(frozen=True, slots=True)
class Doubt:
    """A difference as it was shown, perhaps several times while the figures were tried. `keys`: of its findings; `sights`: its
    cells with what they held (canonical texts), each time it was another; `position`: of the first in the ledger."""

    keys: tuple[str, ...]
    sights: tuple[Mapping[str, str], ...]
    position: int

    @property
    def key(self) -> str:
        return self.keys[0]

    @property
    def name(self) -> str:
        return doubt_of(self.key)

    @property
    def cells(self) -> dict[str, tuple[str, ...]]:
        """Every value each cell was seen with, in the order of time."""
        return in_order(self.sights)

    def again(self, later: Doubt) -> Doubt:
        """Seen once more, with these values."""
        fresh = tuple(sight for sight in later.sights if sight not in self.sights)
        return replace(
            self, keys=tuple(dict.fromkeys((*self.keys, *later.keys))), sights=(*self.sights, *fresh)
        )

    def tells(self, later: Doubt) -> bool:
        """Whether it holds all that the later one shows."""
        return set(later.keys) <= set(self.keys) and all(sight in self.sights for sight in later.sights)

    def moved(self, texts: Mapping[str, str]) -> bool:
        """Whether one of its cells holds something else than it was shown with; so it is where none is known."""
        return not any(self.sights) or any(
            text != texts.get(cell) for sight in self.sights for cell, text in sight.items()
        )


def in_order(sights: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Cell → its values in these, each once."""
    seen: dict[str, tuple[str, ...]] = {}
    for sight in sights:
        seen = both(seen, {cell: (text,) for cell, text in sight.items()})
    return seen


def within(inner: Mapping[str, tuple[str, ...]], outer: Mapping[str, tuple[str, ...]]) -> bool:
    return all(set(shown) <= set(outer.get(cell, ())) for cell, shown in inner.items())


@dataclass(slots=True)
class Settled:
    """What the register is told. `carried`: key of a declaration → cells with the values seen before of what it declares;
    `gone`: what is declared nowhere, cell values included."""

    carried: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    gone: list[Doubt] = field(default_factory=list)


def settle(
    doubts: Iterable[Doubt],
    findings: Sequence[Finding],
    declared: Iterable[str],
    case: ReturnCase,
    texts: Mapping[str, str],
) -> Settled:
    """What was shown against what is handed in. `findings`: every one of these `texts` that may be declared; `declared`:
    keys of those that are declared with them. A difference said in another form of its rule by the same amount (a negative
    number of ballots taken home) is carried on by that."""
    settled, told = Settled(), set(declared)
    for key in told:
        earlier = [
            entry.values
            for entry in case.discrepancies.values()
            if doubt_of(entry.key) == doubt_of(key) and (entry.closed_at is not None or entry.vanished)
        ]
        for cells in earlier:
            settled.carried[key] = both(settled.carried.get(key, {}), cells)
    for doubt in doubts:
        same = [finding for finding in findings if doubt_of(finding.key) == doubt.name]
        carriers = same or _restated(doubt, findings)
        if into := next((finding.key for finding in carriers if finding.key in told), None):
            settled.carried[into] = both(settled.carried.get(into, {}), doubt.cells)
        elif not carriers:
            if doubt.moved(texts):
                settled.gone.append(doubt)
        elif (entry := case.discrepancies.get(carriers[0].key)) is not None:
            # It was declared before these values were seen: what was tried in between stands in no declaration.
            others = tuple(key for key in doubt.keys if key != entry.key)
            if others and doubt.moved(texts) and not within(doubt.cells, entry.values):
                settled.gone.append(replace(doubt, keys=others))
    return settled


def _restated(doubt: Doubt, findings: Sequence[Finding]) -> list[Finding]:
    """Findings of the same rule and contest, by another part of it, that together make the amount of the doubt."""
    rule, contest, part, *_ = doubt.key.split("|")
    others = [
        finding
        for finding in findings
        if finding.key.split("|")[:2] == [rule, contest] and finding.key.split("|")[2] != part
    ]
    amount = sum((abs(finding.difference) for finding in others if finding.difference), Decimal(0))
    amounts = {key.rpartition("|")[2].lstrip("-") for key in doubt.keys}
    return others if others and format(amount.normalize(), "f") in amounts else []
