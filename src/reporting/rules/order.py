"""What may be at most what: the order that the identities give, which holds whatever else is missing.

An identity Σ parts = whole says of each part, and of any sum of parts, that it is not above the whole; a whole that is
missing is itself a part of something else (valid ≤ ballots ≤ voters ≤ electors). So any two figures that stand can be
compared, across the unit's forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from reporting.domain.items import Item
from reporting.rules.checks import Balance, BreakdownSum, Ratio, Term
from reporting.rules.model import RuleDefinition

Node = tuple[str, str]
"""Item and breakdown (`""`: not broken down)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Σ `parts` = `whole` of a rule; `signed`: parts that may be negative, so that the others may be above the whole."""

    rule: RuleDefinition
    check: Balance
    parts: tuple[Term, ...]
    whole: Term
    signed: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Order:
    """`wholes`: part → wholes, each with the terms that may make it smaller than the part. `like`: items that are nearly
    equal to one another by a rule, though none is part of the other."""

    identities: tuple[Identity, ...]
    splits: tuple[tuple[RuleDefinition, BreakdownSum], ...]
    wholes: Mapping[Node, tuple[tuple[Node, tuple[Term, ...]], ...]] = field(default_factory=dict)
    direct: frozenset[tuple[str, str, str]] = frozenset()
    like: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _highest: dict[str, str] = field(default_factory=dict, compare=False)

    def highest(self, item: str) -> str:
        """The whole of the whole of an item, as far up as it goes; the item itself where it is part of nothing."""
        if item not in self._highest:
            level, top, seen = [item], item, {item}
            while level:
                top = level[0]
                level = [node[0] for code in level for node, _ in self.above(code, "") if node[0] not in seen]
                seen.update(level)
            self._highest[item] = top
        return self._highest[item]

    def above(self, item: str, breakdown: str) -> Iterator[tuple[Node, tuple[Term, ...]]]:
        """One step up: the wholes of the item at the same breakdown, and the item less one dimension."""
        for node, signed in (*self.wholes.get((item, breakdown), ()), *self.wholes.get((item, ""), ())):
            yield (node if node[1] or not breakdown else (node[0], breakdown)), signed
        parts = breakdown.split(",") if breakdown else []
        for left_out in range(len(parts)):
            yield (item, ",".join(parts[:left_out] + parts[left_out + 1 :])), ()


def order_of(rules: Iterable[RuleDefinition], items: Iterable[Item]) -> Order:
    """The order of an election's items under these rules."""
    signed = frozenset(item.code for item in items if item.signed)
    parts = tuple((item.code, item.part_of) for item in items if item.part_of is not None)
    return _order(_Rules(tuple(rules)), signed, parts)


@dataclass(frozen=True)
class _Rules:
    """Rules told apart by what they are in memory: they are read once, and hold tables that cannot be hashed."""

    rules: tuple[RuleDefinition, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.rules)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rules) and [*map(id, self.rules)] == [*map(id, other.rules)]


def identity_of(
    rule: RuleDefinition, check: Balance, signed: frozenset[str] = frozenset()
) -> Identity | None:
    """The check as parts and whole; None where neither side is one single number. `a = b − c` is `a + c = b`."""
    left = [term for term in check.left if not term.negative] + [
        _turned(t) for t in check.right if t.negative
    ]
    right = [term for term in check.right if not term.negative] + [
        _turned(t) for t in check.left if t.negative
    ]
    if len(right) != 1:
        left, right = right, left
    if len(right) != 1 or right[0].choices:
        return None
    may = tuple(term for term in left if term.item in signed)
    return Identity(rule, check, tuple(term for term in left if term.item not in signed), right[0], may)


def _turned(term: Term) -> Term:
    return term.model_copy(update={"negative": False})


@lru_cache(maxsize=64)
def _order(in_use: _Rules, signed: frozenset[str], parts: tuple[tuple[str, str], ...]) -> Order:
    identities: list[Identity] = []
    splits: list[tuple[RuleDefinition, BreakdownSum]] = []
    wholes: dict[Node, list[tuple[Node, tuple[Term, ...]]]] = {}
    direct: set[tuple[str, str, str]] = set()
    like: dict[str, list[str]] = {}

    def add(part: Term, whole: Term, less: tuple[Term, ...] = ()) -> None:
        edge = ((whole.item, whole.breakdown), less)
        edges = wholes.setdefault((part.item, part.breakdown), [])
        if edge not in edges and part.item != whole.item:
            edges.append(edge)

    for rule in in_use.rules:
        for check in rule.checks:
            if isinstance(check, BreakdownSum):
                splits.append((rule, check))
            elif isinstance(check, Ratio) and check.away is not None:
                numerator, denominator = check.numerator.item, check.denominator.item
                like.setdefault(numerator, []).append(denominator)
                like.setdefault(denominator, []).append(numerator)
            elif isinstance(check, Balance) and (identity := identity_of(rule, check, signed)):
                for part in identity.parts:
                    add(part, identity.whole, identity.signed)
                if check.kind == "not_above":
                    direct.update((part.item, identity.whole.item, check.slots) for part in identity.parts)
                else:
                    identities.append(identity)
    for code, whole_code in parts:
        add(Term(item=code), Term(item=whole_code))
    return Order(
        tuple(identities),
        tuple(splits),
        {node: tuple(edges) for node, edges in wholes.items()},
        frozenset(direct),
        {code: tuple(others) for code, others in like.items()},
    )
