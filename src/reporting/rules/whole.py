"""When a form is whole: everything it needs is there, or stated as not being there. Pure.

`lacking` is the one answer to it: the rule J27 asks it of a return, and a release's n of N counts the units for which
it is empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from reporting.domain.election import Choice, Contest, ElectionDefinition, Form, heads, members
from reporting.domain.figures import Absence, Cell, Value
from reporting.domain.items import Item, ItemKind
from reporting.rules.catalogue import load_rules
from reporting.rules.checks import Balance, Term


@dataclass(frozen=True, slots=True)
class Need:
    """Cells (keys) of one contest of which one has to be there, the first of them where only one is needed; `unless`: a whole
    (key) of which there is none."""

    cells: tuple[str, ...]
    unless: str | None = None


def needs(
    definition: ElectionDefinition, form: Form, contest: Contest, asked: Collection[str] | None = None
) -> Iterator[Need]:
    """What the form needs of a contest, in the form's order: every counted item of the form, of everybody who stands; not what an
    identity takes as optional, of which, where nothing else makes a sum, one must be there. `asked`: the form's items asked
    of this unit (default: all)."""
    items = {item.code: item for item in definition.items}
    codes = [code for code in form.items if asked is None or code in asked]
    optional, groups = _optional()
    for code in codes:
        item = items[code]
        if item.kind is not ItemKind.RATE and code not in optional:
            yield from (Need((key,)) for key in _cells(contest, item))
    yield from _lists(contest, [items[code] for code in codes if items[code].by_choice])
    for whole, parts in groups:
        mine = tuple(Cell(contest.code, code).key for code in codes if code in parts)
        if mine:
            yield Need(mine, Cell(contest.code, whole).key)


def asked_of(definition: ElectionDefinition, contest: Contest, item: Item) -> tuple[Choice, ...]:
    """Of whom of a contest an item by choice is asked: where the election counts persons on a list by items of their own, those items of
    the persons, and what the identity adds them up to, and with, of the lists (J16); everything else of everybody."""
    persons = _of_members()
    if persons.isdisjoint(each.code for each in definition.items):
        return contest.choices
    first = heads(contest)
    if item.code in persons:
        return tuple(choice for choice in contest.choices if choice not in first)
    return first if item.code in _of_lists() else contest.choices


def lacking(
    definition: ElectionDefinition,
    form: Form,
    contest: Contest,
    figures: Mapping[str, Value],
    asked: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Cells (keys) the form still needs of a contest, in the order of `needs`; empty: it is whole. A number and a stated
    `!none` are there; `!not_reported` and `!suppressed` are not."""
    return tuple(
        need.cells[0]
        for need in needs(definition, form, contest, asked)
        if not any(_there(figures.get(key)) for key in need.cells)
        and not (need.unless is not None and _none_of_it(figures.get(need.unless)))
    )


def _cells(contest: Contest, item: Item) -> list[str]:
    """The cells of an item that has to be there: by choice, of all who head a list or stand alone."""
    if not item.by_choice:
        return [Cell(contest.code, item.code).key]
    if item.code in _of_members():
        return []
    return [Cell(contest.code, item.code, "", head.code).key for head in heads(contest)]


def _lists(contest: Contest, by_choice: list[Item]) -> Iterator[Need]:
    """Of everybody on a list one figure: votes for the person, or in a priority place."""
    codes = [item.code for item in by_choice if item.code in _of_members()]
    if codes:
        for head in heads(contest):
            for member in members(contest, head.code):
                yield Need(tuple(Cell(contest.code, code, "", member.code).key for code in codes))


def _there(value: Value | None) -> bool:
    return value is not None and value not in (Absence.NOT_REPORTED, Absence.SUPPRESSED)


def _none_of_it(value: Value | None) -> bool:
    return value is Absence.NONE or value == 0


@lru_cache(maxsize=1)
def _optional() -> tuple[frozenset[str], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Items no identity needs, and those of which one must be there: (whole, its parts), all parts being optional."""
    optional: set[str] = set()
    groups: list[tuple[str, tuple[str, ...]]] = []
    for check in _balances():
        for side, other in ((check.left, check.right), (check.right, check.left)):
            optional |= {term.item for term in side if term.optional}
            if all(term.optional for term in side) and len(other) == 1:
                groups.append((other[0].item, tuple(term.item for term in side)))
    return frozenset(optional), tuple(groups)


@lru_cache(maxsize=1)
def _of_members() -> frozenset[str]:
    return frozenset(t.item for check in _balances() for t in _terms(check) if t.choices == "+")


@lru_cache(maxsize=1)
def _of_lists() -> frozenset[str]:
    """Items beside those of the members in an identity that is looked at list by list."""
    by_list = [check for check in _balances() if any(term.choices == "+" for term in _terms(check))]
    return frozenset(term.item for check in by_list for term in _terms(check) if not term.choices)


def _terms(check: Balance) -> tuple[Term, ...]:
    return (*check.left, *check.right)


@lru_cache(maxsize=1)
def _balances() -> tuple[Balance, ...]:
    return tuple(
        check
        for rule in load_rules()
        for check in rule.checks
        if isinstance(check, Balance) and check.kind != "not_above"
    )
