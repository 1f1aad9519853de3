"""The rates that a form implies, told from what its items are: part of a whole by the identities of the rules, whether or not
anybody declared a rate of them, and whether or not a rule of theirs is in force."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from reporting.domain.election import Contest, ElectionDefinition, Form
from reporting.domain.figures import Cell, Value
from reporting.domain.items import Item, ItemKind, Usual
from reporting.rules.catalogue import load_rules
from reporting.rules.checks import Rates
from reporting.rules.context import Context, total
from reporting.rules.evaluate import label, split_cells
from reporting.rules.messages import message
from reporting.rules.order import Identity, Order, order_of
from reporting.rules.suspect import Settings, number
from reporting.words import Words

ALL = Usual()
"""0 to 100 percent: says nothing of a part in its whole."""


@dataclass(frozen=True, slots=True)
class Implied:
    """100·top/bottom of one contest. `item`, `breakdown`: the rate item, or the part of the whole; `usual`: what it is
    without anybody wondering, where that is known; `declared`: by the election, with its rate; `on_the_day`: it comes in
    with the hours of the polling day; `adds_up`: no total stands that its values do not make."""

    item: str
    name: Words
    top: Decimal
    bottom: Decimal
    top_item: str
    bottom_item: str
    top_cells: tuple[str, ...]
    bottom_cells: tuple[str, ...]
    usual: Usual | None = None
    progress: bool = False
    is_rate: bool = False
    declared: bool = False
    on_the_day: bool = False
    breakdown: str = ""
    adds_up: bool = True

    @property
    def cells(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.top_cells, *self.bottom_cells)))

    @property
    def percent(self) -> Decimal:
        """Exact."""
        return 100 * self.top / self.bottom

    def of(self, figures: Mapping[str, Value]) -> Decimal | None:
        """The same rate of other figures, exact; None where a number is missing."""
        top, bottom = (_sum(figures, cells) for cells in (self.top_cells, self.bottom_cells))
        return None if top is None or not bottom or bottom < 0 else 100 * top / bottom


@dataclass(frozen=True, slots=True)
class Pair:
    """Part and wholes to hold it against, the first that stands; `rate`: the item that is this rate."""

    top: str
    bottoms: tuple[str, ...]
    rate: Item | None = None


@dataclass(frozen=True, slots=True)
class _Amount:
    value: Decimal
    cells: tuple[str, ...]


def structure(definition: ElectionDefinition) -> Order:
    """What is part of what among the election's items: as all rules of the catalogue say, in force or not."""
    return order_of(load_rules(), definition.items)


def implied(check: Rates, context: Context, contest: Contest, settings: Settings) -> Iterator[Implied]:
    """The form's rates as this return makes them in a contest, each where both numbers stand."""
    asking = _Asking(context.definition, context.form, contest.kind)
    said = tuple(
        (share.part, share.whole, number(share.low, settings), number(share.high, settings))
        for share in check.usual
    )
    plan = _plan(asking, said)
    on_the_day = {(share.part, share.whole) for share in check.usual if share.on_the_day}
    for pair in plan.pairs:
        for bottom in pair.bottoms:
            if made := _standing(plan, context, contest, pair, bottom, on_the_day):
                yield made
                break
    yield from _splits(check, plan.order, context, contest, settings)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A form of a definition and a kind of contest. Definitions are told apart by what they are in memory: they are made once
    and asked again for every return."""

    definition: ElectionDefinition
    form: str
    kind: str

    def __hash__(self) -> int:
        return hash((id(self.definition), self.form, self.kind))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Asking)
            and self.definition is other.definition
            and (self.form, self.kind) == (other.form, other.kind)
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a form implies, before any number. `usual`: of (part, whole) where something is known."""

    order: Order
    pairs: tuple[Pair, ...]
    sums: Mapping[str, tuple[Identity, ...]]
    usual: Mapping[tuple[str, str], Usual]


@lru_cache(maxsize=256)
def _plan(asking: _Asking, said: tuple[tuple[str, str, Decimal, Decimal], ...]) -> _Plan:
    definition, form = asking.definition, asking.definition.form(asking.form)
    order = structure(definition)
    pairs = rate_pairs(order, definition, form, asking.kind)
    usuals = _Usuals(
        {(part, whole): Usual(low=low, high=high) for part, whole, low, high in said},
        order,
        frozenset(form.items),
        asking.kind,
    )
    usual = {
        (pair.top, bottom): share
        for pair in pairs
        for bottom in pair.bottoms
        if (share := usuals.of(pair.top, bottom)) is not None
    }
    return _Plan(order, tuple(pairs), sums_of(order, form, asking.kind), usual)


def rate_pairs(order: Order, definition: ElectionDefinition, form: Form, kind: str) -> list[Pair]:
    """Rates of the form; shares of parts in wholes that the form asks together; of parts whose whole it does not ask, the
    share in the nearest whole farther up that it asks, or whose parts it asks (valid and invalid votes make the ballots
    counted); and where nobody asks a whole here, the share of the highest that another form holds, or of what is nearly
    equal to that one (early voters of the electors, before polling day of the register). Each pair once."""
    asked = set(form.items)
    items = {item.code: item for item in definition.items}
    pairs: dict[tuple[str, str], Pair] = {}
    for item in definition.items:
        top, bottom = item.numerator, item.denominator
        if top and bottom and (item.code in asked or {top, bottom} <= asked):
            pairs[top, bottom] = Pair(top, (bottom,), item)
    for identity in _identities(order, kind):
        whole = identity.whole
        for term in identity.parts:
            plain = not (term.choices or term.breakdown or whole.breakdown)
            if plain and {term.item, whole.item} <= asked:
                pairs.setdefault((term.item, whole.item), Pair(term.item, (whole.item,)))
    held = {top for top, _ in pairs}
    made = {code for code in sums_of(order, form, kind) if code not in asked}
    for code in (*form.items, *sorted(made)):
        part = items.get(code)
        if code in held or (part is not None and (part.kind is not ItemKind.COUNT or part.by_choice)):
            continue
        wholes = [upper for upper in _upward(order, code) if upper in asked or upper in made]
        highest = order.highest(code)
        if not wholes and code in asked and highest not in asked:
            wholes = [highest, *order.like.get(highest, ())]
        if wholes:
            pairs[code, wholes[0]] = Pair(code, tuple(wholes))
    anywhere = {code for other in definition.forms for code in other.items} | made
    return [pair for pair in pairs.values() if anywhere & set(pair.bottoms)]


def sums_of(order: Order, form: Form, kind: str) -> Mapping[str, tuple[Identity, ...]]:
    """Wholes that are made of what the form asks → by which identities: it asks all parts that are not optional. Not what
    votes by choice make: who files an excerpt defines some of the choices."""
    asked = set(form.items)
    sums: dict[str, tuple[Identity, ...]] = {}
    for identity in _identities(order, kind):
        required = {part.item for part in identity.parts if not part.optional}
        broken = identity.whole.breakdown or any(part.breakdown or part.choices for part in identity.parts)
        if required and required <= asked and not broken and len(identity.parts) > 1:
            sums[identity.whole.item] = (*sums.get(identity.whole.item, ()), identity)
    return sums


def _identities(order: Order, kind: str) -> Iterator[Identity]:
    for identity in order.identities:
        kinds = identity.rule.contest_kinds
        if identity.check.per == "contest" and (not kinds or kind in kinds):
            yield identity


def _upward(order: Order, item: str) -> Iterator[str]:
    """The wholes of an item, the nearest first."""
    level, seen = [item], {item}
    while level:
        level = [node[0] for code in level for node, _ in order.above(code, "") if node[0] not in seen]
        level = list(dict.fromkeys(level))
        seen.update(level)
        yield from level


def _standing(
    plan: _Plan,
    context: Context,
    contest: Contest,
    pair: Pair,
    bottom: str,
    on_the_day: Container[tuple[str, str]],
) -> Implied | None:
    top, rate = pair.top, pair.rate
    above = _amount(plan, context, contest, top, own=True)
    below = None if above is None else _amount(plan, context, contest, bottom, own=False)
    if above is None or below is None or below.value <= 0:
        return None
    part, whole = label(context, top), label(context, bottom)
    name = label(context, rate.code) if rate else _of_whole(part, whole)
    declared = rate.usual if rate else None
    return Implied(
        rate.code if rate else top,
        name,
        above.value,
        below.value,
        top,
        bottom,
        above.cells,
        below.cells,
        usual=declared or plan.usual.get((top, bottom)),
        progress=rate.progress if rate else False,
        is_rate=rate is not None,
        declared=declared is not None,
        on_the_day=rate is not None or (top, bottom) in on_the_day,
    )


def _amount(plan: _Plan, context: Context, contest: Contest, item: str, *, own: bool) -> _Amount | None:
    """What stands for an item, or what its parts make where the form asks them instead. `own`: of this return."""
    key = Cell(contest.code, item).key
    value = context.figures.get(key) if own else context.value(key)
    if isinstance(value, Decimal):
        return _Amount(value, (key,))
    if value is not None or item in context.asked.items:
        return None
    for identity in plan.sums.get(item, ()):
        made = total(context, contest, (*identity.parts, *identity.signed), around=not own)
        if made.present and not made.missing:
            return _Amount(made.total, tuple(made.cells))
    return None


class _Usuals:
    """What a share of a whole usually is, from what the rule says of parts: of the part itself, of what is left of a whole
    of two, and through the wholes between them (invalid votes of the voters, through the ballots counted)."""

    def __init__(
        self, said: Mapping[tuple[str, str], Usual], order: Order, asked: frozenset[str], kind: str
    ) -> None:
        self._said, self._order, self._asked, self._kind = said, order, asked, kind

    def of(self, part: str, whole: str) -> Usual | None:
        """None where nothing is known: any share is as usual as another."""
        for bottom in (whole, *self._order.like.get(whole, ())):
            usual = self._through(part, bottom, frozenset({part}))
            if usual is not None:
                return None if usual == ALL else usual
        return None

    def _through(self, part: str, whole: str, seen: frozenset[str]) -> Usual | None:
        direct = self._said.get((part, whole)) or self._left_of_two(part, whole)
        if direct is not None:
            return direct
        uppers = [node[0] for node, _ in self._order.above(part, "")]
        if whole in uppers:
            return ALL
        for upper in uppers:
            if upper in seen:
                continue
            rest = self._through(upper, whole, seen | {upper})
            if rest is not None:
                first = self._said.get((part, upper)) or self._left_of_two(part, upper) or ALL
                return Usual(low=first.low * rest.low / 100, high=first.high * rest.high / 100)
        return None

    def _left_of_two(self, part: str, whole: str) -> Usual | None:
        """Of two parts that make a whole, one is what the other leaves; not where the other is asked itself: one slip is
        asked about once."""
        for identity in _identities(self._order, self._kind):
            items = [term.item for term in identity.parts if not term.optional and not term.choices]
            if identity.whole.item != whole or len(items) != 2 or part not in items:
                continue
            (other,) = (item for item in items if item != part)
            said = self._said.get((other, whole))
            if said is not None and other not in self._asked:
                return Usual(low=100 - said.high, high=100 - said.low)
        return None


def _splits(
    check: Rates, order: Order, context: Context, contest: Contest, settings: Settings
) -> Iterator[Implied]:
    """Shares by a dimension (sex) in what all its values make; the last is what the others leave."""
    usual = {
        split.dimension: Usual(low=number(split.low, settings), high=number(split.high, settings))
        for split in check.usual_split
    }
    told: set[str] = set()
    for _, rule in order.splits:
        for split in split_cells(rule, context, contest) if rule.dimension in usual else ():
            numbers = [_sum(context.figures, (cell,)) for cell in split.parts]
            whole = sum((value for value in numbers if value is not None), Decimal(0))
            if split.at or split.choice or None in numbers or whole <= 0:
                continue
            for cell, value in zip(split.parts[:-1], numbers, strict=False):
                if cell in told or value is None:
                    continue
                told.add(cell)
                yield Implied(
                    split.item,
                    _share_of(context, split.item, cell),
                    value,
                    whole,
                    split.item,
                    split.item,
                    (cell,),
                    split.parts,
                    usual=usual[rule.dimension],
                    breakdown=Cell.from_key(cell).breakdown,
                    adds_up=split.whole not in context.figures or split.actual == split.expected,
                )


def _share_of(context: Context, item: str, cell: str) -> Words:
    dimension, _, code = Cell.from_key(cell).breakdown.partition("=")
    values = next(entry.values for entry in context.definition.dimensions if entry.code == dimension)
    part = next(value.label for value in values if value.code == code)
    return _of_whole(part.words, label(context, item))


def _of_whole(part: Words, whole: Words) -> Words:
    return message.words(
        "part_of_whole", part_ja=part.ja, part_en=part.en, whole_ja=whole.ja, whole_en=whole.en
    )


def _sum(figures: Mapping[str, Value], cells: Iterable[str]) -> Decimal | None:
    values: Sequence[Value | None] = [figures.get(cell) for cell in cells]
    numbers = [value for value in values if isinstance(value, Decimal)]
    return sum(numbers, Decimal(0)) if len(numbers) == len(values) else None
