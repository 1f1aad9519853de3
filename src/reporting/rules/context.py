"""What a rule may look at: one return and what stands around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from reporting.domain.election import Choice, Contest, ElectionDefinition, Form, Item
from reporting.domain.figures import Absence, Cell, Value
from reporting.errors import UnknownReference
from reporting.rules.apportionment import Division
from reporting.rules.checks import Term

Figures = Mapping[str, Value]
"""Cell key (`contest|item|breakdown|choice`) to value."""


@dataclass(frozen=True)
class Context:
    """One return. `form`, `slot`, `unit`, `contests`: codes. `figures`: this return's, drafts included.
    `earlier`: by slot code, in slot order. `other_forms`: by (form, slot), same unit; only a form's last slot is
    read. `siblings`: comparable units' values of a cell; the sequences of one contest name the units in one order.
    `declared`: keys of findings declared with reason and second person. `reported_places`: polling place → reported;
    None: not known. `divisions`: by contest, what was divided by 按分."""

    definition: ElectionDefinition
    form: str
    slot: str
    unit: str
    contests: frozenset[str]
    figures: Figures
    earlier: Mapping[str, Figures] = field(default_factory=dict)
    other_forms: Mapping[tuple[str, str], Figures] = field(default_factory=dict)
    previous: Figures = field(default_factory=dict)
    siblings: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    reported_places: Mapping[str, bool] | None = None
    divisions: Mapping[str, Division] = field(default_factory=dict)

    @cached_property
    def asked(self) -> Form:
        """The form itself; UnknownReference when the election has none of this code."""
        for form in self.definition.forms:
            if form.code == self.form:
                return form
        raise UnknownReference(kind="form", found=self.form)

    @property
    def is_last_slot(self) -> bool:
        return self.asked.slots[-1].code == self.slot

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.code: item for item in self.definition.items}

    @cached_property
    def around(self) -> Figures:
        """Last slots of the unit's other forms; of one cell in two forms the earlier form's."""
        found: dict[str, Value] = {}
        for form in self.definition.forms:
            if form.code != self.form:
                for key, value in self.other_forms.get((form.code, form.slots[-1].code), {}).items():
                    found.setdefault(key, value)
        return found

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(Cell.from_key(key) for key in self.figures)

    def at_hand(self) -> tuple[Contest, ...]:
        """The unit's contests that this form asks about."""
        kinds = self.asked.contest_kinds
        return tuple(
            contest
            for contest in self.definition.contests
            if contest.code in self.contests and (not kinds or contest.kind in kinds)
        )

    def asks(self, contest: Contest, item: str) -> bool:
        """Whether any form of the election asks the item of such a contest."""
        return any(
            item in form.items and (not form.contest_kinds or contest.kind in form.contest_kinds)
            for form in self.definition.forms
        )

    def value(self, key: str) -> Value | None:
        """This return's value, else another form's last one; None: nobody typed it."""
        value = self.figures.get(key)
        return self.around.get(key) if value is None else value


@dataclass(slots=True)
class Sum:
    """Σ of terms. `missing`: cells without a number; `own`: some cell belongs to this return."""

    total: Decimal = Decimal(0)
    cells: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    present: int = 0
    own: bool = False

    def add(self, context: Context, key: str, negative: bool, optional: bool) -> None:
        value = context.value(key)
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


def total(
    context: Context, contest: Contest, terms: Iterable[Term], breakdown: str = "", choice: str = ""
) -> Sum:
    """Σ of the terms in a contest. An unbroken term takes `breakdown`; a by-choice item takes `choice`."""
    result = Sum()
    terms = tuple(terms)
    for term in terms:
        at = term.breakdown or breakdown
        item = context.items.get(term.item)
        if term.choices == "*":
            codes: Iterable[str] = [head.code for head in heads(contest)]
            if not codes:
                result.missing.append(Cell(contest.code, term.item, at, "*").key)
        elif term.choices == "+":
            codes = [choice, *(member.code for member in members(contest, choice))]
        else:
            codes = [choice if item is not None and item.by_choice else ""]
        for code in codes:
            key = Cell(contest.code, term.item, at, code).key
            result.add(context, key, term.negative, term.optional or term.choices == "+")
    return result


def heads(contest: Contest) -> tuple[Choice, ...]:
    """Choices that are not listed under another choice (a party's candidates beside the party)."""
    names = {choice.name for choice in contest.choices} | {choice.code for choice in contest.choices}
    return tuple(
        choice for choice in contest.choices if choice.party not in names or choice.party == choice.name
    )


def members(contest: Contest, head: str) -> tuple[Choice, ...]:
    """Candidates whose `party` is the name or the code of the choice `head`."""
    party = next((choice for choice in contest.choices if choice.code == head), None)
    if party is None:
        return ()
    return tuple(
        choice
        for choice in contest.choices
        if choice.code != head and choice.party in (party.code, party.name)
    )
