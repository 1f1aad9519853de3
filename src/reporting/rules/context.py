"""What a rule may look at: one return and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar, cast

from reporting.domain.election import Contest, ElectionDefinition, Form, heads, members
from reporting.domain.figures import Absence, Cell, Value, cell_key
from reporting.domain.items import Item
from reporting.rules.apportionment import Division
from reporting.rules.checks import Term
from reporting.rules.messages import message
from reporting.words import Words

T = TypeVar("T")

Figures = Mapping[str, Value]
"""Cell key (`contest|item|breakdown|choice`) to value."""


def is_flash(definition: ElectionDefinition, form: Form) -> bool:
    """A cumulative form that another form is filled from: what it says is on the way to something."""
    return form.cumulative and any(
        source.form == form.code for other in definition.forms for source in other.prefill
    )


def is_final(definition: ElectionDefinition, form: Form, slot: str) -> bool:
    """The last slot of a form that is no flash."""
    return form.slots[-1].code == slot and not is_flash(definition, form)


def settled_slot(definition: ElectionDefinition, form: Form) -> str:
    """The slot that speaks for a form: the latest another form is filled from, else the last."""
    used = {s.slot for other in definition.forms for s in other.prefill if s.form == form.code}
    return next((slot.code for slot in reversed(form.slots) if slot.code in used), form.slots[-1].code)


Made = dict[tuple[object, ...], tuple[Figures, Any]]
"""What was made of figures, beside those that it was made of."""

NO_ELECTION = message.words("previous_election")
"""How the election before is told where none is named, in Japanese and English."""


@dataclass(frozen=True)
class Context:
    """One return. `form`, `slot`, `unit`, `contests`: codes. `figures`: this return's, drafts included.
    `earlier`, `later`: slots of the form by code, in slot order; later ones of a cumulative form alone. `other_forms`: by (form, slot), same unit. `previous`: the election before, last
    slots first; `previous_slot`: its figures of this very form and slot; `previous_named`: which election that is, and the
    areas of then where they are not this unit's own, in both languages. `neighbours`: comparable units' figures of the
    same form and slot, by unit; `inside`: of a unit that counts for others below it in one contest, what these reported on the
    others (settled slots of every form, by unit; empty for one that has not reported); `names`: what all these units are
    called. `asked_items`: what the form asks of this unit
    (None: everything on it). `declared`: keys of findings declared with a reason. `divisions`: by
    contest, what was divided by 按分. `made`: what was made of neighbours' figures: once for all returns of a slot that are
    looked at together."""

    definition: ElectionDefinition
    form: str
    slot: str
    unit: str
    contests: frozenset[str]
    figures: Figures
    earlier: Mapping[str, Figures] = field(default_factory=dict)
    later: Mapping[str, Figures] = field(default_factory=dict)
    other_forms: Mapping[tuple[str, str], Figures] = field(default_factory=dict)
    previous: Figures = field(default_factory=dict)
    previous_slot: Figures = field(default_factory=dict)
    previous_named: Words = NO_ELECTION
    neighbours: Mapping[str, Figures] = field(default_factory=dict)
    inside: Mapping[str, Figures] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    asked_items: frozenset[str] | None = None
    declared: frozenset[str] = frozenset()
    divisions: Mapping[str, Division] = field(default_factory=dict)
    made: Made = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def asked(self) -> Form:
        """The form itself; UnknownReference when the election has none of this code."""
        return self.definition.form(self.form)

    @cached_property
    def is_final(self) -> bool:
        """Whether nothing of this form comes after the slot."""
        return is_final(self.definition, self.asked, self.slot)

    def _flash(self, form: Form) -> bool:
        return is_flash(self.definition, form)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.code: item for item in self.definition.items}

    @cached_property
    def around(self) -> Figures:
        """Settled slots of the unit's other forms; of one cell in two forms a flash yields, then the earlier wins."""
        return self._others(flashes=True)

    @cached_property
    def settled(self) -> Figures:
        """Of the unit's other forms those that are no flash: what a part may be held against."""
        return self._others(flashes=False)

    @cached_property
    def so_far(self) -> Figures:
        """Of the unit's flashes the newest slot, where the settled one has not been reported: what has come in at least."""
        values: dict[str, Value] = {}
        for form in self.definition.forms:
            if form.code != self.form and self._flash(form):
                for slot in reversed(form.slots):
                    if reported := self.other_forms.get((form.code, slot.code)):
                        for key, value in reported.items():
                            values.setdefault(key, value)
                        break
        return values

    def _others(self, *, flashes: bool) -> Figures:
        values: dict[str, Value] = {}
        for form in sorted(self.definition.forms, key=self._flash):
            if form.code != self.form and (flashes or not self._flash(form)):
                settled = (form.code, settled_slot(self.definition, form))
                for key, value in self.other_forms.get(settled, {}).items():
                    values.setdefault(key, value)
        return values

    def rows(self, cells: Sequence[str]) -> list[tuple[Decimal, ...]]:
        """The numbers of these cells in every neighbour that has them all; who lacks another cell is compared all the
        same."""
        rows = []
        for figures in self.neighbours.values():
            row = tuple(value for cell in cells if isinstance(value := figures.get(cell), Decimal))
            if len(row) == len(cells):
                rows.append(row)
        return rows

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(Cell.from_key(key) for key in self.figures)

    def once(self, unit: str, what: tuple[object, ...], make: Callable[[Figures], T]) -> T:
        """What `make` makes of a neighbour's figures; `what`: all that it rests on besides them."""
        figures = self.neighbours[unit]
        made = self.made.get((unit, *what))
        if made is None or made[0] is not figures:
            made = self.made[unit, *what] = figures, make(figures)
        return cast(T, made[1])

    @cached_property
    def filled(self) -> tuple[tuple[object, ...], ...]:
        """Which cells are filled in, in this return and in the unit's other forms, and of which it is said why they hold no
        number: alike for returns that differ in numbers alone."""
        return tuple(
            (*figures, *((key, value) for key, value in figures.items() if isinstance(value, Absence)))
            for figures in (self.figures, self.around, self.settled, self.so_far)
        )

    @cached_property
    def at_hand(self) -> tuple[Contest, ...]:
        """The unit's contests that this form asks about."""
        kinds = self.asked.contest_kinds
        return tuple(
            contest
            for contest in self.definition.contests
            if contest.code in self.contests and (not kinds or contest.kind in kinds)
        )

    def asks(self, contest: Contest, term: Term, breakdown: str, around: bool) -> bool:
        """Whether this form, or with `around` any form of the election, asks the term of such a contest."""
        item = self.items.get(term.item)
        dimensions = tuple(
            part.partition("=")[0] for part in (term.breakdown or breakdown).split(",") if part
        )
        if item is None or (dimensions and dimensions not in {tuple(sorted(b)) for b in item.breakdowns}):
            return False
        return any(
            item.code in form.items and (not form.contest_kinds or contest.kind in form.contest_kinds)
            for form in (self.definition.forms if around else (self.asked,))
        )

    def value(self, key: str) -> Value | None:
        """This return's value, else another form's last one; None: nobody typed it."""
        value = self.figures.get(key)
        return self.around.get(key) if value is None else value


@dataclass(slots=True)
class Sum:
    """Σ of terms. `around`: other forms are read too. `missing`: cells without a number; `own`: some cell belongs to
    this return."""

    total: Decimal = Decimal(0)
    around: bool = True
    cells: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    present: int = 0
    own: bool = False

    def add(self, context: Context, key: str, negative: bool, optional: bool) -> None:
        value = context.value(key) if self.around else context.figures.get(key)
        if value is None and optional:
            return
        self.own = self.own or key in context.figures
        if value is None or (isinstance(value, Absence) and value is not Absence.NONE):
            self.missing.append(key)
            return
        self.cells.append(key)
        self.present += 1
        number = value if isinstance(value, Decimal) else Decimal(0)
        self.total += -number if negative else number


def term_keys(context: Context, contest: Contest, term: Term, breakdown: str, choice: str) -> list[str]:
    """Keys of the cells that a term adds up in a contest. An unbroken term takes `breakdown`; a by-choice item takes
    `choice`."""
    item = context.items.get(term.item)
    if term.choices == "*":
        codes = [head.code for head in heads(contest)]
    elif term.choices == "+":
        codes = [choice, *(member.code for member in members(contest, choice))]
    else:
        codes = [choice if item is not None and item.by_choice else ""]
    return [cell_key(contest.code, term.item, term.breakdown or breakdown, code) for code in codes]


def total(
    context: Context,
    contest: Contest,
    terms: Iterable[Term],
    breakdown: str = "",
    choice: str = "",
    around: bool = True,
) -> Sum:
    """Σ of the terms in a contest, of their `term_keys`; Σ over nobody's votes misses them."""
    result = Sum(around=around)
    for term in terms:
        keys = term_keys(context, contest, term, breakdown, choice)
        if not keys:
            result.missing.append(Cell(contest.code, term.item, term.breakdown or breakdown, "*").key)
        for key in keys:
            result.add(context, key, term.negative, term.optional or term.choices == "+")
    return result
