"""Evaluators of the warnings: what is arithmetically possible and still looks like a slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from statistics import median

from reporting.domain.election import Contest, heads
from reporting.domain.figures import Absence, Cell, Value, cell_key
from reporting.domain.namesakes import called_in
from reporting.rules.checks import AcrossContests, Deviation, Ratio, SameValue, Swap
from reporting.rules.context import Context, Figures, total
from reporting.rules.detectors import ENOUGH, exchanges, looks_copied, shares, unlike
from reporting.rules.evaluate import Hit, Outcome, label
from reporting.rules.messages import message
from reporting.rules.shared_choices import SharedChoices, beside_neighbours, beside_previous
from reporting.words import Words, listed

Settings = Mapping[str, str]
CENT = Decimal("0.01")


def number(text: str, settings: Settings) -> Decimal:
    """A literal, or the setting that `$name` refers to."""
    return Decimal(settings[text[1:]] if text.startswith("$") else text)


def percent(numerator: Decimal, denominator: Decimal) -> Decimal:
    return (100 * numerator / denominator).quantize(CENT, ROUND_HALF_UP)


def same_value(check: SameValue, context: Context, contest: Contest, settings: Settings) -> Outcome:
    first, other = check.items
    at_least, bundle = number(check.at_least, settings), number(check.bundle, settings)
    breakdowns = {c.breakdown for c in context.cells if c.contest == contest.code and c.item in check.items}
    for breakdown in sorted(breakdowns):
        keys = tuple(Cell(contest.code, item, breakdown).key for item in (first, other))
        a, b = (context.value(key) for key in keys)
        if not isinstance(a, Decimal) or not isinstance(b, Decimal):
            continue
        if looks_copied(a, b, at_least, bundle, not context.is_final):
            facts: dict[str, Words | str] = {"other": label(context, other)}
            yield Hit(keys, None, a, first, breakdown, facts=facts)


def across_contests(check: AcrossContests, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Compares with the contests after this one in the definition's order, so that each pair is seen once."""
    at_least, most = number(check.at_least, settings), number(check.percent, settings)
    bundle = number(check.bundle, settings)
    codes = [c.code for c in context.definition.contests if c.code in context.contests]
    labels = {c.code: c.label.words for c in context.definition.contests}
    for item in check.items:
        for other in codes[codes.index(contest.code) + 1 :]:
            keys = (Cell(contest.code, item).key, Cell(other, item).key)
            a, b = (context.value(key) for key in keys)
            if (
                not isinstance(a, Decimal)
                or not isinstance(b, Decimal)
                or not set(keys) & set(context.figures)
            ):
                continue
            gap = abs(a - b)
            facts: dict[str, Words | str] = {"other": labels[other]}
            if check.kind == "gap_across_contests":
                if gap > at_least and 100 * gap > most * max(a, b):
                    yield Hit(keys, a, b, item, facts=facts)
            elif looks_copied(a, b, at_least, bundle, not context.is_final):
                yield Hit(keys, None, a, item, facts=facts)


def beside_parts(check: AcrossContests, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """A unit that counts for those below it in one contest (a city that districts split), against what they counted together
    of each other kind, once all of them have: the same people went to the same ballot boxes."""
    at_least, most = number(check.at_least, settings), number(check.percent, settings)
    kinds = dict.fromkeys(other.kind for other in context.definition.contests if other.kind != contest.kind)
    for item, kind in product(check.items, kinds if context.inside else ()):
        key = Cell(contest.code, item).key
        whole = context.figures.get(key)
        counted = [_counted(context, figures, kind, item) for figures in context.inside.values()]
        cells = [cell for cell in counted if cell is not None]
        if not isinstance(whole, Decimal) or len(cells) < len(counted):
            continue
        total = sum((cell.value for cell in cells), Decimal(0))
        if abs(whole - total) > at_least and 100 * abs(whole - total) > most * max(whole, total):
            names = [context.names.get(unit, unit) for unit in context.inside]
            labels = [cells[0].contest.label.ja, cells[0].contest.label.en or cells[0].contest.label.ja]
            facts: dict[str, Words | str] = {
                "other": message.words(
                    "and_others_together",
                    contest_ja=labels[0],
                    contest_en=labels[1],
                    names_ja="、".join(names),
                    names_en=", ".join(names),
                )
            }
            yield Hit((key, Cell(cells[0].contest.code, item).key), whole, total, item, facts=facts)


@dataclass(frozen=True, slots=True)
class _Counted:
    contest: Contest
    value: Decimal


def _counted(context: Context, figures: Figures, kind: str, item: str) -> _Counted | None:
    """What one unit gives of an item in its one contest of a kind."""
    given = [
        _Counted(contest, value)
        for contest in context.definition.contests
        if contest.kind == kind and isinstance(value := figures.get(Cell(contest.code, item).key), Decimal)
    ]
    return given[0] if len(given) == 1 else None


def ratio(check: Ratio, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """100 percent and more are left to `not_above` and `same_value`."""
    top = total(context, contest, (check.numerator,))
    bottom = total(context, contest, (check.denominator,))
    if top.missing or bottom.missing or not bottom.total or not (top.own or bottom.own):
        return
    exact, value = 100 * top.total / bottom.total, percent(top.total, bottom.total)
    cells = (*top.cells, *bottom.cells)
    if check.above is not None and 100 > exact > (most := number(check.above, settings)):
        yield Hit(cells, most, value, check.numerator.item)
    if check.away is not None and abs(exact - 100) > number(check.away, settings):
        yield Hit(cells, Decimal(100), value, check.numerator.item)


def deviation(check: Deviation, context: Context, contest: Contest, settings: Settings) -> Outcome:
    if check.per == "choice":
        yield from _unlike_share(check, context, contest, settings)
        return
    top = total(context, contest, (check.numerator,))
    bottom = total(context, contest, (check.denominator,))
    if top.missing or bottom.missing or not bottom.total or not (top.own or bottom.own):
        return
    value = percent(top.total, bottom.total)
    if value >= 100:
        return
    cells = tuple(dict.fromkeys((*top.cells, *bottom.cells)))
    usual = [percent(a, b) for a, b in _pairs(context, top.cells, bottom.cells) if b]
    before = [_numbers(context.previous, side.cells) for side in (top, bottom)]
    earlier = percent(before[0], before[1]) if before[0] is not None and before[1] else None
    share = _Share(cells, value, bottom.total, usual, earlier)
    yield from _unlike(check, share, context, settings)


@dataclass(frozen=True, slots=True)
class _Share:
    """A percentage of this return, of so many, the others' and that of the election before (None: there is none)."""

    cells: tuple[str, ...]
    value: Decimal
    of: Decimal
    usual: list[Decimal]
    before: Decimal | None
    choice: str = ""


def _unlike(check: Deviation, share: _Share, context: Context, settings: Settings) -> Outcome:
    points, limit, least = (number(text, settings) for text in (check.points, check.z, check.least))
    item = check.numerator.item
    if share.usual and unlike(share.value, share.of, share.usual, z=limit, least=least, few=points):
        middle, siblings = beside_others(share.usual)
        yield Hit(share.cells, middle, share.value, item, "", share.choice, siblings)
    elif share.before is not None and abs(share.value - share.before) > points:
        compared: dict[str, Words | str] = {"compared": context.previous_named}
        yield Hit(share.cells, share.before, share.value, item, "", share.choice, compared)


def beside_others(usual: Sequence[Decimal]) -> tuple[Decimal | None, dict[str, Words | str]]:
    """What comparable units have as a finding tells it, and in which words: of too few nothing."""
    if len(usual) < ENOUGH:
        return None, {"against": message.words("against_few", enough=ENOUGH)}
    return median(usual), {"compared": message.words("median_of_comparable_units")}


def _unlike_share(check: Deviation, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Each choice's share of the votes of all choices that it is compared over; once for each choice."""
    item = check.numerator.item
    told: set[str] = set()
    near, before = beside_neighbours(context, contest, item), beside_previous(context, contest, item)
    for shared in near or before:
        own = {code: context.figures[key] for code, key in shared.cells.items()}
        votes = {code: value for code, value in own.items() if isinstance(value, Decimal)}
        now = shares(votes)
        earlier = shares(before[0].sums) if before and before[0].cells == shared.cells else {}
        rows = _rows_of_shares(shared, context, contest, item) if near else []
        for code in now:
            share = _Share(
                tuple(dict.fromkeys((shared.cells[code], *shared.cells.values()))),
                now[code].quantize(CENT, ROUND_HALF_UP), sum(votes.values(), Decimal(0)),
                [row[code] for row in rows if row],
                earlier[code].quantize(CENT, ROUND_HALF_UP) if earlier else None, code,
            )  # fmt: skip
            if code not in told and (hits := list(_unlike(check, share, context, settings))):
                told.add(code)
                yield from hits


def _rows_of_shares(
    shared: SharedChoices, context: Context, contest: Contest, item: str
) -> list[Mapping[str, Decimal]]:
    """Of each neighbour, choice → its share as it is told."""
    codes = tuple(shared.cells)

    def told(figures: Figures) -> dict[str, Decimal]:
        votes = {
            code: value for code, key in shared.cells.items() if isinstance(value := figures[key], Decimal)
        }
        return {code: share.quantize(CENT, ROUND_HALF_UP) for code, share in shares(votes).items()}

    return [context.once(unit, (contest.code, item, codes), told) for unit in shared.rows]


def swap(check: Swap, context: Context, contest: Contest, settings: Settings) -> Outcome:
    """Against the siblings' shares; without siblings against the previous election. Points are of all the votes there: a few
    choices that both have are a part of the list, and what is exchanged among them is a part of its misfit."""
    votes = {
        head.code: value
        for head in heads(contest)
        if isinstance(
            value := context.figures.get(cell_key(contest.code, check.item, choice=head.code)), Decimal
        )
    }
    bundle = number(check.bundle, settings)
    if bundle and not context.is_final and not any(value % bundle for value in votes.values()):
        return
    names = called_in(contest)
    told: set[frozenset[str]] = set()
    near = beside_neighbours(context, contest, check.item)
    for shared in near or beside_previous(context, contest, check.item):
        if not shared.part:
            continue
        own = {code: votes[code] for code in shared.cells}
        for exchange in exchanges(own, shared.sums, number(check.points, settings) / shared.part):
            if frozenset(exchange.choices) in told:
                continue
            told.add(frozenset(exchange.choices))
            gain = exchange.gain * shared.part
            facts: dict[str, Words | str] = {
                "names": listed(Words(names[code], names[code]) for code in exchange.choices).ja,
                "gain": message.words("exchanged_by", gain=f"{gain:.1f}"),
            }
            amount = gain.quantize(Decimal("0.1"))
            if near and len(shared.rows) < ENOUGH:  # of few others it would tell what they have
                facts["gain"] = ""
                amount = max(own[code] for code in exchange.choices)
            cells = tuple(shared.cells[code] for code in exchange.choices)
            yield Hit(cells, None, amount, check.item, facts=facts)


def _pairs(context: Context, top: Sequence[str], bottom: Sequence[str]) -> list[tuple[Decimal, Decimal]]:
    """(Σ top, Σ bottom) of each neighbour that has all of these cells. A cell this return states as none is no part."""
    cells = [[cell for cell in side if context.value(cell) is not Absence.NONE] for side in (top, bottom)]
    if not cells[0] or not cells[1]:
        return []
    rows = context.rows((*cells[0], *cells[1]))
    cut = len(cells[0])
    return [(sum(row[:cut], Decimal(0)), sum(row[cut:], Decimal(0))) for row in rows]


def _numbers(figures: Mapping[str, Value], cells: Iterable[str]) -> Decimal | None:
    values = [figures.get(cell) for cell in cells]
    if not values or any(value is None or isinstance(value, Absence) for value in values):
        return None
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
