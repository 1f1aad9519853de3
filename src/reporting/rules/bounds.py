"""J26: whatever is missing, parts are not above their whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.figures import Absence, Cell, Value, format_value
from reporting.identical import Identical
from reporting.rules.checks import Term
from reporting.rules.context import Context, term_keys
from reporting.rules.evaluate import Hit, Outcome, Split, label, places_of, split_cells, stands_as_identity
from reporting.rules.order import Identity, Order
from reporting.rules.passing import ELECTIONS, LAYOUTS, Layout
from reporting.words import Words


@dataclass(frozen=True, slots=True)
class Root:
    """Parts that are compared, the whole they belong to, and where."""

    cells: tuple[str, ...]
    item: str
    breakdown: str
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """A whole that stands, nearest above a root; `signed`: cells that may be missing from it, so that parts may be above it by
    what is stated as negative there."""

    cell: str
    signed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One of the wholes that a sum of parts belongs to, and as what. `silent`: another rule compares just these two, or nothing of it is this return's."""

    root: Root
    bound: Bound
    silent: bool


@dataclass(frozen=True, slots=True)
class BoundedParts:
    """Parts (cells that hold a number) whose sum is not above the smallest of its options, in the order they are looked at."""

    parts: tuple[str, ...]
    options: tuple[Option, ...]


def at_most(order: Order, context: Context, contest: Contest, settings: Mapping[str, str]) -> Outcome:
    """Every sum of parts that no identity has compared already, once, with the smallest of the wholes that it belongs to.
    An interim figure is held against wholes only, never taken for one: more of it may come."""
    for comparison in comparisons(order, context, contest, settings):
        parts = {cell: value for cell in comparison.parts if (value := part_at(context, cell)) is not None}
        total = sum(parts.values(), Decimal(0))
        most, option = min(
            ((_most(context, option.bound), option) for option in comparison.options),
            key=lambda pair: pair[0],
        )
        if total <= most or option.silent:
            continue
        whole, root = Cell.from_key(option.bound.cell), option.root
        facts = {"left": _said(context, parts), "other": label(context, whole.item)}
        cells = (*parts, option.bound.cell)
        yield Hit(cells, most, total, root.item, root.breakdown, root.choice, facts)


def comparisons(
    order: Order, context: Context, contest: Contest, settings: Mapping[str, str]
) -> tuple[BoundedParts, ...]:
    """What is compared, given which cells hold numbers; which numbers these are is not looked at: worked out once for all returns
    in which the same ones do."""
    kept = _kept(Identical(order), Identical(settings), Identical(context.definition))
    layout = (context.form, context.slot, context.contests, contest.code, context.filled)
    compared = kept.get(layout)
    if compared is None:
        if len(kept) >= LAYOUTS:
            kept.clear()
        compared = kept[layout] = tuple(compared_anew(order, context, contest, settings))
    return compared


@lru_cache(maxsize=ELECTIONS)
def _kept(
    order: Identical[Order], settings: Identical[Mapping[str, str]], definition: Identical[ElectionDefinition]
) -> dict[Layout, tuple[BoundedParts, ...]]:
    return {}


def compared_anew(
    order: Order, context: Context, contest: Contest, settings: Mapping[str, str]
) -> Iterator[BoundedParts]:
    """The same from the definition and the cells, whatever is kept."""
    options: dict[tuple[str, ...], list[tuple[Root, Bound]]] = {}
    splits = [split for _, check in order.splits for split in split_cells(check, context, contest)]
    for root in dict.fromkeys(_roots(order, splits, context, contest, settings)):
        if cells := tuple(cell for cell in root.cells if part_at(context, cell) is not None):
            bounds = _bounds(order, context, contest, root, set(cells))
            if bounds:
                options.setdefault(cells, []).extend((root, bound) for bound in bounds)
    # Parts of a breakdown that is whole are compared with its total as a sum.
    summed = {(part, split.whole) for split in splits if split.complete for part in split.parts}
    for parts, wholes in options.items():
        told = []
        for root, bound in wholes:
            mine = any(cell in context.figures for cell in (*parts, bound.cell))
            twice = len(parts) == 1 and (
                (parts[0], bound.cell) in summed
                or _compared_elsewhere(order, context, contest, parts[0], Cell.from_key(bound.cell))
            )
            told.append(Option(root, bound, twice or not mine))
        yield BoundedParts(parts, tuple(told))


def _roots(
    order: Order,
    splits: Iterable[Split],
    context: Context,
    contest: Contest,
    settings: Mapping[str, str],
) -> Iterator[Root]:
    for identity in order.identities:
        if identity.rule.contest_kinds and contest.kind not in identity.rule.contest_kinds:
            continue
        if not identity.check.chosen(settings):
            continue
        for breakdown, choice in places_of(identity.check, context, contest):
            if not stands_as_identity(identity.check, context, contest, breakdown, choice):
                yield from _identity_roots(identity, context, contest, breakdown, choice)
    for split in splits:
        if not split.complete:
            yield Root(split.parts, split.item, split.at, split.choice)
            yield Root((split.whole,), split.item, split.at, split.choice)
    # A number for men alone belongs to the wholes' numbers for men, and to all that the one of both belongs to.
    for cell in context.cells:
        if cell.contest == contest.code and cell.breakdown and not cell.choice:
            yield Root((cell.key,), cell.item, cell.breakdown)
    for item in context.definition.items:
        if item.part_of is not None and not item.by_choice:
            for breakdown in sorted({c.breakdown for c in context.cells if c.item == item.code} | {""}):
                yield Root((Cell(contest.code, item.code, breakdown).key,), item.code, breakdown)


def _identity_roots(
    identity: Identity, context: Context, contest: Contest, breakdown: str, choice: str
) -> Iterator[Root]:
    whole = identity.whole
    cells = [key for term in identity.parts for key in term_keys(context, contest, term, breakdown, choice)]
    yield Root(tuple(cells), whole.item, whole.breakdown or breakdown, choice)
    own = tuple(term_keys(context, contest, whole, breakdown, choice))
    yield Root(own, whole.item, whole.breakdown or breakdown, choice)


def part_at(context: Context, cell: str) -> Decimal | None:
    """What counts as come in: this return's; on a final slot that of the unit's other forms, too."""
    value = context.figures.get(cell)
    if value is None and (context.is_final or not context.asked.cumulative):
        value = context.settled.get(cell)
        if value is None:
            value = context.so_far.get(cell)
    return value if isinstance(value, Decimal) else None


def _bounds(order: Order, context: Context, contest: Contest, root: Root, parts: set[str]) -> list[Bound]:
    """The nearest wholes upward that stand. The search goes on above what is missing, and above what another form says: this
    return may say less of a whole farther up."""
    start = (root.item, root.breakdown)
    own = Cell(contest.code, root.item, root.breakdown, root.choice).key
    own_signed = _cells_of(contest, _signed_at(order, start, parts))
    bounds: list[Bound] = []
    people = same_people(context, contest)

    def look(node: tuple[str, str], signed: tuple[str, ...], choice: str) -> bool:
        item = context.items.get(node[0])
        by_choice = item is not None and item.by_choice
        if by_choice and not choice:
            return False
        for code in people:
            key = Cell(code, *node, choice if by_choice else "").key
            if key not in parts and whole_at(context, key) is not None:
                bounds.append(Bound(key, signed))
                return key in context.figures
        return False

    if own not in parts and look(start, own_signed, root.choice):
        return bounds
    waiting = [(start, own_signed if own not in parts else ())]
    done = {start}
    while waiting:
        node, signed = waiting.pop(0)
        for upper, terms in order.above(*node):
            if upper in done:
                continue
            done.add(upper)
            more = (*signed, *_cells_of(contest, terms))
            if not look(upper, more, ""):
                waiting.append((upper, more))
    return bounds


def _signed_at(order: Order, whole: tuple[str, str], parts: set[str]) -> tuple[Term, ...]:
    """The signed terms of the identities that make this whole of these parts."""
    items = {Cell.from_key(key).item for key in parts}
    terms: list[Term] = []
    for identity in order.identities:
        if identity.whole.item == whole[0] and items & {part.item for part in identity.parts}:
            terms += [term for term in identity.signed if term not in terms]
    return tuple(terms)


def _cells_of(contest: Contest, terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(Cell(contest.code, term.item, term.breakdown).key for term in terms)


def _most(context: Context, bound: Bound) -> Decimal:
    """What parts may be together: the whole, and what is stated as negative between."""
    values = [whole_at(context, cell) for cell in bound.signed]
    slack = -sum((value for value in values if value is not None and value < 0), Decimal(0))
    return (whole_at(context, bound.cell) or Decimal(0)) + slack


def whole_at(context: Context, cell: str) -> Decimal | None:
    """A number that a part may be held against: this return's, or another form's that is no flash."""
    value: Value | None = context.figures.get(cell)
    if value is None:
        value = context.settled.get(cell)
    return None if value is None or isinstance(value, Absence) else value


def same_people(context: Context, contest: Contest) -> list[str]:
    """The contest, and the unit's contests whose figures fill forms of it in advance: who votes there votes here."""
    kinds = {
        source.contest_kind
        for form in context.definition.forms
        if not form.contest_kinds or contest.kind in form.contest_kinds
        for source in form.prefill
        if source.contest_kind is not None
    }
    return [
        contest.code,
        *(c.code for c in context.definition.contests if c.kind in kinds and c.code in context.contests),
    ]


def _compared_elsewhere(order: Order, context: Context, contest: Contest, key: str, whole: Cell) -> bool:
    """Whether a rule of its own compares just these two here, or an identity of both stands."""
    part = Cell.from_key(key)
    if (part.contest, part.breakdown) != (whole.contest, whole.breakdown):
        return (
            False  # a rule looks at one contest: nothing but this holds its voters against another's electors
        )
    slots = {slots for item, other, slots in order.direct if (item, other) == (part.item, whole.item)}
    if slots & {"all", "final" if context.is_final else "interim"}:
        return True
    return any(
        identity.whole.item == whole.item
        and part.item in {term.item for term in identity.parts}
        and stands_as_identity(identity.check, context, contest, part.breakdown, part.choice)
        for identity in order.identities
    )


def _said(context: Context, parts: Mapping[str, Decimal]) -> Words:
    """`有効投票数 60725 ＋ 無効投票数 3`: each item once, by-choice items summed."""
    sums: dict[str, Decimal] = {}
    for key, value in parts.items():
        item = Cell.from_key(key).item
        sums[item] = sums.get(item, Decimal(0)) + value
    names = [(label(context, item), format_value(value)) for item, value in sums.items()]
    return Words(
        " + ".join(f"{name[0]} {text}" for name, text in names),
        " + ".join(f"{name[1]} {text}" for name, text in names),
    )
