"""What a release would let be computed of the figures that it withholds (非公表), from all that is public then. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from reporting.application.catalog import KnownElection
from reporting.domain.election import Form
from reporting.domain.figures import Cell, Value, parse_value
from reporting.domain.released import NOT_REPORTED
from reporting.errors import ReportingError
from reporting.rules.catalogue import load_rules
from reporting.rules.checks import Cumulative
from reporting.rules.context import Context, is_final
from reporting.rules.disclosure import (
    CUMULATIVE,
    DIVIDED,
    EARLIER,
    SAME_CELL,
    Disclosure,
    Equation,
    UnitCell,
    disclosures,
    equations_of,
    told,
)
from reporting.rules.narrowing import narrowed

SUPPRESSED = "!suppressed"
TOLD = 5
"""Cells named in one refusal; the preview of the release has all."""

Texts = Mapping[str, Mapping[str, str]]
"""Unit → cell key → text."""
NOTHING: Mapping[str, Texts] = MappingProxyType({})


class DisclosureUnexplained(ReportingError):
    """facts: `cells`, `count`. Withheld figures can be computed from what the release holds, and nobody said why that is
    right."""

    code = "disclosure_unexplained"
    template_ja = "非公表とした数値 {count} 件が、公表する数値から計算できます（{cells}）。併せて非公表とするか、公表してよい理由を reason に入力してください。"
    template_en = (
        "{count} withheld figures can be computed from what would be public ({cells}). Withhold others with them, or say in "
        "reason why they may go out."
    )

    def __init__(self, disclosed: Sequence[Disclosure]) -> None:
        self.disclosures = tuple(disclosed)
        named = [
            f"{disclosure.cell.unit} {disclosure.cell.key} ({'+'.join(e.by for e in disclosure.equations)})"
            for disclosure in disclosed
        ]
        more = " …" if len(named) > TOLD else ""
        super().__init__(cells=", ".join(named[:TOLD]) + more, count=len(disclosed))


@dataclass(frozen=True, slots=True)
class Around:
    """What is public around a release of a slot. `now`, `shown`: of the slot itself, what stands and the last number of each
    cell that ever did; `elsewhere`, `slots`: as of `disclosed_by`."""

    election: KnownElection
    form: str
    slot: str
    now: Texts
    shown: Texts
    elsewhere: Mapping[tuple[str, str], Texts]
    slots: Mapping[str, Texts]

    def disclosed(self, figures: Texts) -> list[Disclosure]:
        """With these figures public."""
        public = {**self.now, **figures}
        return disclosed_by(
            self.election, self.form, self.slot, public, self.shown, self.elsewhere, self.slots
        )

    def held_back(self, figures: Texts, changed: Collection[str]) -> tuple[str, ...]:
        """Of the units that would change, those with whose figures a withheld one could be computed that cannot be now; not
        where a public figure becomes withheld, which would stay public."""
        computed_now = {disclosure.cell for disclosure in self.disclosed({})}
        units = {
            cell.unit
            for disclosure in self.disclosed(figures)
            if disclosure.cell not in computed_now
            and self.now.get(disclosure.cell.unit, {}).get(disclosure.cell.key, "!").startswith("!")
            for cell in (disclosure.cell, *(cell for by in disclosure.equations for cell in by.terms))
        }
        return tuple(sorted(units.intersection(changed)))


def disclosed_by(
    election: KnownElection,
    form: str,
    slot: str,
    figures: Texts,
    shown: Texts,
    elsewhere: Mapping[tuple[str, str], Texts],
    slots: Mapping[str, Texts] = NOTHING,
) -> list[Disclosure]:
    """`figures`: all that would be public of the slot; `shown`: the last number of each cell that ever was; `elsewhere`: what
    is public of the units' other forms, by (form, slot); `slots`: of the other slots of a form whose slots include those
    before. Their cells are named `key @slot`."""
    asking = election.form(form, slot)
    final = is_final(election.definition, asking, slot)
    others = elsewhere if final else {}
    beside = [*others.values(), *slots.values()]
    units = [
        unit
        for unit in {**figures, **{unit: "" for texts in slots.values() for unit in texts}}
        if SUPPRESSED in figures.get(unit, {}).values()
        or any(SUPPRESSED in texts.get(unit, {}).values() for texts in beside)
    ]
    families = {
        unit: whole
        for divided in election.roster.made_of.values()
        for whole, parts in divided.items()
        for unit in (whole, *parts)
    }
    wholes = {families[unit] for unit in units if unit in families}
    looked_at = [*units, *(unit for unit in figures if families.get(unit) in wholes and unit not in units)]
    withheld: set[UnitCell] = set()
    public: set[UnitCell] = set()
    equations: list[Equation] = []
    numbers: dict[UnitCell, Decimal] = {}
    signed: set[UnitCell] = set()
    for unit in looked_at:
        context = Context(
            election.definition,
            form,
            slot,
            unit,
            election.contests_of_unit.get(unit, frozenset()),
            {key: parse_value(text) for key, text in figures.get(unit, {}).items()},
            other_forms={
                place: {key: parse_value(text) for key, text in texts[unit].items()}
                for place, texts in others.items()
                if unit in texts
            },
        )
        hidden, there, same = told(context)
        withheld |= hidden
        public |= there
        equations += [*equations_of(context, load_rules()), *same]
        equations += [
            Equation(EARLIER, {cell: 1}, f"{form}/{slot}")
            for cell in sorted(hidden)
            if cell.key in shown.get(unit, {})
        ]
        numbers |= {cell: _number(context.value(cell.key)) for cell in there}
        signed |= {
            cell
            for cell in (*hidden, *there)
            if (item := context.items.get(Cell.from_key(cell.key).item)) is not None and item.signed
        }
        if slots:
            chain = _chain(asking, slot, unit, {slot: figures, **slots})
            withheld |= chain.withheld
            numbers |= chain.numbers
            equations += chain.equations
    equations += [equation for whole in sorted(wholes) for equation in _divided(whole, election, figures)]
    computed = disclosures(withheld, public, equations)
    told_already = {disclosure.cell for disclosure in computed}
    # What another equation gives needs no inequality, and a cell that two forms tell apart is no number to reckon with.
    sure = {cell: number for cell, number in numbers.items() if cell not in withheld}
    between = [
        disclosure
        for disclosure in narrowed(
            withheld, sure, signed, [e for e in equations if e.by not in (SAME_CELL, EARLIER)]
        )
        if disclosure.cell not in told_already
    ]
    return sorted((*computed, *between), key=lambda disclosure: disclosure.cell)


def _number(value: Value | None) -> Decimal:
    """What is public and is no number says that there is nothing."""
    return value if isinstance(value, Decimal) else Decimal(0)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Cells of several slots, each of which includes what the slots before it counted."""

    withheld: set[UnitCell]
    numbers: dict[UnitCell, Decimal]
    equations: list[Equation]


def _chain(form: Form, slot: str, unit: str, slots: Mapping[str, Texts]) -> _Chain:
    """`slots`: that of the release and the public ones beside it."""
    counted = {
        item
        for rule in load_rules()
        for check in rule.checks
        if isinstance(check, Cumulative)
        for item in check.items
    }
    of_slots = [(at, slots[at].get(unit, {})) for at in (its.code for its in form.slots) if at in slots]
    keys = {
        key
        for _, texts in of_slots
        for key, text in texts.items()
        if text == SUPPRESSED and Cell.from_key(key).item in counted
    }
    chain = _Chain(set(), {}, [])
    for key in sorted(keys):
        said = [
            (UnitCell(unit, key if code == slot else f"{key} @{code}"), code, texts[key])
            for code, texts in of_slots
            if key in texts and texts[key] != NOT_REPORTED
        ]
        for cell, _, text in said:
            if text == SUPPRESSED:
                chain.withheld.add(cell)
            else:
                chain.numbers[cell] = _number(parse_value(text))
        chain.equations.extend(
            Equation(
                CUMULATIVE, {earlier: 1, later: -1}, f"{form.code}/{of}, {form.code}/{into}", at_most=True
            )
            for (earlier, of, _), (later, into, _) in pairwise(said)
        )
    return chain


def _divided(whole: str, election: KnownElection, figures: Texts) -> Iterator[Equation]:
    """A divided or merged unit and the smaller ones: what it reported is what they report together."""
    for key in figures.get(whole, {}):
        divided = election.roster.made_of.get(Cell.from_key(key).contest, {})
        if whole in divided:
            parts = {UnitCell(part, key): -1 for part in divided[whole]}
            yield Equation(DIVIDED, {UnitCell(whole, key): 1, **parts})
