"""What a definition or a registry would take from under figures that stand: found before it is taken, and refused.

Every figure that stands, and every value that an office approved, is asked for as if it were entered under the next
definition: what could not be entered there has lost its place. Figures that went through offices need offices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from reporting.application.catalog import KnownElection
from reporting.application.messages import message
from reporting.domain.case import ReturnCase
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell
from reporting.domain.relabelled import ASPECTS, THINGS, Change, Changes, Standing, changes
from reporting.domain.returns import CellProblem, FormShape, TypedCell
from reporting.domain.units import Roster
from reporting.errors import InvalidInput, ReportingError, UnknownReference
from reporting.ledger import Stands, return_stream
from reporting.suggest import hint
from reporting.words import Words

TOLD = 5


class FiguresTakenAway(ReportingError):
    """facts: `election`, `losses` (list: what, and how many figures it holds), `first`. Withdrawn openly, they stand."""

    code = "figures_taken_away"
    template_ja = (
        "{election} の変更は、報告済みの数値の置き場をなくします: {first_ja}。"
        "定義に残してください。候補者・政党、選挙区、報告単位は、withdrawn（日付と理由）を付ければ、数値はそのまま残ります。"
        "値のほうが誤りなら、先に訂正してください。"
    )
    template_en = (
        "The change of {election} takes away what holds figures: {first_en}. Keep it in the definition. A choice, a contest "
        "or a unit may be marked `withdrawn` (date and reason): its figures stand. Where the values are wrong, correct them first."
    )

    def __init__(self, election: str, losses: Mapping[Words, int]) -> None:
        first = list(losses.items())[:TOLD]
        more = (
            message.words("and_more_of_them", count=len(losses) - len(first))
            if len(losses) > len(first)
            else Words("", "")
        )
        told = [
            message.words("so_many", what_ja=what.ja, what_en=what.en, count=count) for what, count in first
        ]
        super().__init__(
            election=election,
            losses=[f"{what.en}: {count}" for what, count in losses.items()],
            first_ja="、".join(words.ja for words in told) + more.ja,
            first_en=", ".join(words.en for words in told) + more.en,
        )


class CertifiedReplaced(ReportingError):
    """facts: `election`, `units` (codes), `listed`. Whoever reports in the place of a unit would say anew what was certified, by a return of
    their own that nobody has certified."""

    code = "certified_replaced"
    template_ja = (
        "{listed} の報告は確定しているため、ほかの単位に代わって報告させること（開票区の分割・合同）はできません。"
        "値が誤りなら、確定した報告を訂正してください。"
    )
    template_en = (
        "Returns of {listed} are certified: no other units can report in their place (dividing, merging). Where a value is wrong, "
        "correct the certified return."
    )

    def __init__(self, election: str, units: Sequence[str]) -> None:
        super().__init__(election=election, units=list(units), listed=", ".join(units))


@dataclass(frozen=True)
class Removed:
    """Codes that the next definition no longer has, and units that no longer report."""

    units: frozenset[str]
    slots: frozenset[str]
    contests: frozenset[str]
    items: frozenset[str]
    asked: frozenset[str]
    choices: frozenset[str]
    values: frozenset[str]

    def __bool__(self) -> bool:
        return any((self.units, self.slots, self.contests, self.items, self.asked, self.choices, self.values))

    def says(self, form: str, slot: str, unit: str, key: str) -> Words | None:
        """What takes this cell's place away; None for one that stays."""
        cell = Cell.from_key(key)
        gone = (
            (_thing("unit", unit), unit in self.units),
            (_thing("slot", f"{form}/{slot}"), f"{form}/{slot}" in self.slots),
            (_thing("contest", cell.contest), cell.contest in self.contests),
            (_thing("item", cell.item), cell.item in self.items),
            (_of_form(form, "item", cell.item), f"{form}/{cell.item}" in self.asked),
            (
                _thing("choice", f"{cell.contest}/{cell.choice}"),
                f"{cell.contest}/{cell.choice}" in self.choices,
            ),
            (_thing("breakdown", cell.breakdown), bool(self.values.intersection(cell.breakdown.split(",")))),
        )
        return next((what for what, is_gone in gone if is_gone), None)


def removed(defined: KnownElection, after: ElectionDefinition, roster: Roster) -> Removed:
    """Between what is known and what would follow it."""
    before = defined.definition
    units = frozenset(defined.roster.units.keys() - roster.units.keys())
    return Removed(units, *(_codes(before, of) - _codes(after, of) for of in (_slots, _contests, _items, _asked, _choices, _values)))  # fmt: skip


def gone(defined: KnownElection, after: ElectionDefinition, roster: Roster) -> tuple[str, ...]:
    """What the next definition or registry takes away, for the report: `choice pr/a`, `unit 20` …"""
    what = removed(defined, after, roster)
    named = (
        ("unit", what.units), ("slot", what.slots), ("contest", what.contests), ("item", what.items),
        ("form item", what.asked), ("choice", what.choices), ("breakdown", what.values),
    )  # fmt: skip
    return tuple(f"{kind} {code}" for kind, codes in named for code in sorted(codes))


@dataclass(frozen=True)
class Comparison:
    """An election as it is, and as a definition or a registry that is not in force yet would make it."""

    before: KnownElection
    after: KnownElection

    @cached_property
    def removed(self) -> Removed:
        return removed(self.before, self.after.definition, self.after.roster)

    @cached_property
    def changes(self) -> Changes:
        """What is said otherwise of figures that stay."""
        return changes(
            *(Standing(election.definition, election.roster) for election in (self.before, self.after))
        )

    def __bool__(self) -> bool:
        return bool(self.removed or self.changes)

    @property
    def without_offices(self) -> bool:
        """Whether returns went through offices and no longer would."""
        return self.before.definition.workflow is not None and self.after.definition.workflow is None

    @cached_property
    def replaced(self) -> Mapping[str, Set[str]]:
        """Form → units in whose place others would report by the next definition. A registry that is corrected is another matter: it is
        told, and confirmed."""
        if self.before.definition == self.after.definition:
            return {}
        return {
            form.code: self.after.divided(form.code).keys() - self.before.divided(form.code).keys()
            for form in self.before.definition.forms
        }

    def loss(self, form: str, slot: str, unit: str, key: str, text: str) -> Words | None:
        """What takes this figure's place away; None for one that might be entered as before, or could not be before."""
        if self.removed and (what := self.removed.says(form, slot, unit, key)):
            return what
        if self._judged_alike(form, slot, unit):
            return None
        cell = TypedCell(Cell.from_key(key), text)
        why = _refusal(self.after, form, slot, unit, cell)
        return None if why is None or _refusal(self.before, form, slot, unit, cell) is not None else why

    def _judged_alike(self, form: str, slot: str, unit: str) -> bool:
        """Whether both would take the same figures in a return: as nearly always, and answered once for each."""
        place = form, slot, unit
        if place not in self._alike:
            shapes = [_shape(election, *place) for election in (self.before, self.after)]
            self._alike[place] = None not in shapes and shapes[0] == shapes[1]
        return self._alike[place]

    @cached_property
    def _alike(self) -> dict[tuple[str, str, str], bool]:
        return {}


@dataclass
class Weight:
    """What a comparison comes to. `losses`: what loses its place, by how many figures; `touched`: the same of what is said
    otherwise; `certified`: units in whose place others would report what is certified; `stands`: returns that it rests on as they are."""

    losses: Counter[Words] = field(default_factory=Counter)
    touched: Counter[Change] = field(default_factory=Counter)
    certified: set[str] = field(default_factory=set)
    stands: list[Stands] = field(default_factory=list)


def weigh(comparison: Comparison, cases: Callable[[Sequence[UUID]], Mapping[UUID, ReturnCase]]) -> Weight:
    """FiguresTakenAway when figures would have no place any more. Reads returns only where something is another."""
    weight = Weight()
    if not comparison:
        return weight
    before = comparison.before
    code = before.definition.code
    for form in before.definition.forms:
        for slot in form.slots:
            units = (*before.roster.units, *before.roster.retired)
            streams = {return_stream(code, form.code, slot.code, unit): unit for unit in units}
            for stream, case in cases(list(streams)).items():
                _weigh(weight, comparison, (form.code, slot.code, streams[stream]), case)
                if comparison.without_offices or streams[stream] in comparison.replaced.get(form.code, ()):
                    weight.stands.append(Stands(stream, case.version))
    if weight.losses:
        raise FiguresTakenAway(code, weight.losses)
    if weight.certified:
        raise CertifiedReplaced(code, sorted(weight.certified))
    return weight


def _weigh(weight: Weight, comparison: Comparison, place: tuple[str, str, str], case: ReturnCase) -> None:
    if comparison.without_offices and case.went_through_offices:
        weight.losses[OFFICES] += max(len(case.cells), 1)
        return
    form, _, unit = place
    if case.certified and unit in comparison.replaced.get(form, ()):
        weight.certified.add(unit)
    for key, cell in case.cells.items():
        weight.touched.update(comparison.changes.of(*place, key))
        for text in dict.fromkeys((cell.text, *cell.approved.values())):
            if what := comparison.loss(*place, key, text):
                weight.losses[what] += 1
                break


OFFICES = message.words("workflow_of_returns")


def _thing(kind: str, code: str) -> Words:
    ja, en = THINGS[kind]
    return Words(f"{ja} {code}", f"{en} {code}")


def _of_form(form: str, kind: str, code: str) -> Words:
    thing_ja, thing_en = THINGS[kind]
    return message.words("thing_of_form", form=form, code=code, thing_ja=thing_ja, thing_en=thing_en)


def _refusal(election: KnownElection, form: str, slot: str, unit: str, cell: TypedCell) -> Words | None:
    """Why the figure could not be entered; None where it could. Whether the unit votes on the contest is not asked: who no
    longer does keeps its figures, told (`contests`)."""
    shape = _shape(election, form, slot, unit)
    if shape is None:
        return _thing("slot", f"{form}/{slot}")
    problem = shape.problem(cell, frozenset(shape.contests()))
    return _why(form, problem) if isinstance(problem, CellProblem) else None


def _shape(election: KnownElection, form: str, slot: str, unit: str) -> FormShape | None:
    """None where the slot is not collected of the unit."""
    try:
        return election.shape(form, slot, unit)
    except UnknownReference:
        return None


_FIELDS = {
    "derived": "kind", "value": "kind", "fraction": "kind", "negative": "signed", "choice": "by_choice", "breakdown": "breakdowns",
}  # fmt: skip
"""Kind of a cell's problem → the field of its item that makes it one."""


def _why(form: str, problem: CellProblem) -> Words:
    cell = problem.cell
    if problem.kind not in _FIELDS:
        code = cell.contest if problem.kind == "contest" else cell.item
        return _of_form(form, problem.kind, code)
    (ja, en), name = THINGS["item"], ASPECTS["item", _FIELDS[problem.kind]]
    return Words(f"{ja} {cell.item} {name.ja}", f"{en} {cell.item} {name.en}")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A change of an election, weighed against its figures as they stood at a ledger position (`since`)."""

    comparison: Comparison
    since: int

    @property
    def election(self) -> str:
        return self.comparison.before.definition.code

    def touches(self, event: Event) -> bool:
        """Whether the event brings a figure that the change would take away, or say otherwise."""
        if not isinstance(event, FiguresEntered | FiguresCorrected) or event.election != self.election:
            return False
        where = (event.form, event.slot, event.unit)
        return any(
            self.comparison.loss(*where, key, text) or self.comparison.changes.of(*where, key)
            for key, text in event.figures.items()
        )


def weighed(comparison: Comparison, since: int) -> Iterator[Weighed]:
    """Nothing for a change that no figure can stand in the way of."""
    if comparison:
        yield Weighed(comparison, since)


def require_reporters(definition: ElectionDefinition, roster: Roster, levels: Mapping[str, str]) -> None:
    """InvalidInput for an election that nobody reports on, with the levels there are (code → name)."""
    if roster.units:
        return
    told = ", ".join(definition.units.levels)
    hint_ja, hint_en = hint(told, levels)
    raise InvalidInput(
        field="units.levels",
        found=told,
        expected=message("level_that_has_reporting_units", hint_ja=hint_ja, hint_en=hint_en),
    )


def _codes(definition: ElectionDefinition, of: Callable[[ElectionDefinition], set[str]]) -> frozenset[str]:
    return frozenset(of(definition))


def _slots(definition: ElectionDefinition) -> set[str]:
    return {f"{form.code}/{slot.code}" for form in definition.forms for slot in form.slots}


def _contests(definition: ElectionDefinition) -> set[str]:
    return {contest.code for contest in definition.contests}


def _items(definition: ElectionDefinition) -> set[str]:
    return {item.code for item in definition.items}


def _asked(definition: ElectionDefinition) -> set[str]:
    return {f"{form.code}/{item}" for form in definition.forms for item in form.items}


def _choices(definition: ElectionDefinition) -> set[str]:
    return {f"{contest.code}/{choice.code}" for contest in definition.contests for choice in contest.choices}


def _values(definition: ElectionDefinition) -> set[str]:
    return {f"{name.code}={value.code}" for name in definition.dimensions for value in name.values}
