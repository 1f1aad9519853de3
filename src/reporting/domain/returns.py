"""One reporting unit's filled form: what may be entered, what may be corrected, and what results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import product

from reporting.domain.case import ReturnCase
from reporting.domain.election import Contest, ElectionDefinition, Form, heads
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.items import Item, ItemKind, beside_item
from reporting.domain.messages import message
from reporting.domain.namesakes import called_in
from reporting.domain.place import Within
from reporting.domain.typed import NotANumber, read_value
from reporting.errors import InvalidInput, ReportingError
from reporting.suggest import hint, listed, near
from reporting.words import Words, in_both


@dataclass(frozen=True, slots=True)
class TypedCell:
    """A cell and the text typed for it."""

    cell: Cell
    text: str


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One thing wrong with one cell; `kind` is stable. `named`: the cell in words, Japanese and English. `within`: its return,
    where several are looked at at once."""

    cell: Cell
    kind: str
    found: str
    expected_ja: str
    expected_en: str
    named: Words | None = None
    within: Within | None = None


class FiguresRefused(ReportingError):
    """Every problem of a command at once. `problems`: CellProblem list."""

    code = "figures_refused"
    template_ja = "{count} 個の欄を確認してください。最初: {first_ja}"
    template_en = "Cells to check: {count}. First: {first_en}"

    def __init__(self, problems: Iterable[CellProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        ja, en = first.named or in_both(first.cell.key)
        blank = message.words("blank")
        super().__init__(
            count=len(self.problems),
            first_ja=f"{ja}「{first.found or blank.ja}」→ {first.expected_ja}",
            first_en=f"{en} “{first.found or blank.en}” → {first.expected_en}",
        )


class FormShape:
    """Which cells a form has for a unit, and what each may hold. Built once per definition and form."""

    def __init__(self, definition: ElectionDefinition, form: Form) -> None:
        self._items = {item.code: item for item in definition.items if item.code in form.items}
        self._contests = {
            contest.code: contest
            for contest in definition.contests
            if not form.contest_kinds or contest.kind in form.contest_kinds
        }
        self._choices = {
            code: {c.code: c.name for c in contest.choices} for code, contest in self._contests.items()
        }
        self._asked = {
            code: item.label.ja for code, item in self._items.items() if item.kind is not ItemKind.RATE
        }
        self._dimensions = definition.dimensions
        values = {
            dimension.code: [value.code for value in dimension.values] for dimension in self._dimensions
        }
        self._breakdowns = {item.code: set(_breakdowns(item, values)) for item in self._items.values()}

    def __eq__(self, other: object) -> bool:
        """Whether both take the same figures, whatever they call them."""
        return isinstance(other, FormShape) and self._judges == other._judges

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _judges(self) -> object:
        items = {code: (item.kind, item.by_choice, item.signed) for code, item in self._items.items()}
        return items, {code: frozenset(choices) for code, choices in self._choices.items()}, self._breakdowns

    def contests(self) -> Mapping[str, Contest]:
        return self._contests

    def items(self) -> Mapping[str, Item]:
        return self._items

    def named(self, cell: Cell) -> Words:
        """A cell in words, Japanese and English; codes where something is not known."""
        contest, item = self._contests.get(cell.contest), self._items.get(cell.item)
        rest = beside_item(cell.breakdown, cell.choice, self._dimensions, called_in(contest))
        ja = [part.label.ja if part else code for part, code in ((contest, cell.contest), (item, cell.item))]
        en = [
            (thing.label.en or thing.label.ja) if thing else code
            for thing, code in ((contest, cell.contest), (item, cell.item))
        ]
        return Words(f"{ja[0]} {ja[1]}{rest.ja}", f"{en[0]}: {en[1]}{rest.en}")

    def left_out(self, keys: Iterable[str]) -> list[CellProblem]:
        """Candidates and parties without a figure in a contest that has the others': a sum without one of them looks
        whole. A candidate on a party's list needs one of its figures, everybody else all that any of them has."""
        held = [Cell.from_key(key) for key in keys]
        cell_problems: list[CellProblem] = []
        for contest in self._contests.values():
            given: dict[str, set[str]] = {}
            for cell in held:
                if cell.contest == contest.code and cell.choice and not cell.breakdown:
                    given.setdefault(cell.item, set()).add(cell.choice)
            first = [choice.code for choice in heads(contest)]
            listed = [choice.code for choice in contest.choices if choice.code not in first]
            any_of = set().union(*given.values())
            absent = [
                Cell(contest.code, item, "", code)
                for item, codes in given.items()
                if codes & set(first)
                for code in first
                if code not in codes
            ]
            if any_of & set(listed):
                item = next(item for item, codes in given.items() if codes & set(listed))
                absent += [Cell(contest.code, item, "", code) for code in listed if code not in any_of]
            cell_problems += [
                CellProblem(
                    cell,
                    "missing",
                    "",
                    *message.words("the_votes_0_where_there_are"),
                    self.named(cell),
                )
                for cell in absent
            ]
        return cell_problems

    def problem(self, given: TypedCell, contests_of_unit: frozenset[str]) -> CellProblem | Value:
        """The parsed value, or what is wrong with it."""
        cell = given.cell

        def wrong(kind: str, found: str, ja: str, en: str) -> CellProblem:
            return CellProblem(cell, kind, found, ja, en, self.named(cell))

        if cell.contest not in self._contests or cell.contest not in contests_of_unit:
            asked = [code for code in self._contests if code in contests_of_unit]
            return wrong("contest", cell.contest, *_one_of(cell.contest, asked, CONTEST))
        item = self._items.get(cell.item)
        if item is None:
            return wrong("item", cell.item, *_one_of(cell.item, self._asked, ITEM))
        if item.kind is ItemKind.RATE:
            return wrong(
                "derived",
                cell.item,
                *message.words("nothing_rates_are_computed_from_sums"),
            )
        if cell.breakdown not in self._breakdowns[item.code]:
            offered = [
                breakdown or f"（{message.words('blank').ja}）"
                for breakdown in sorted(self._breakdowns[item.code])
            ]
            return wrong("breakdown", cell.breakdown, *_one_of(cell.breakdown, offered, BREAKDOWN))
        if item.by_choice and cell.choice not in self._choices[cell.contest]:
            return wrong("choice", cell.choice, *_one_of(cell.choice, self._choices[cell.contest], CHOICE))
        if not item.by_choice and cell.choice:
            return wrong(
                "choice",
                cell.choice,
                *message.words("nothing_the_item_has_no_choices"),
            )
        try:
            value = read_value(given.text, cell.item)
        except NotANumber as strange:
            ja, en = _NUMBERS[item.kind]
            why_ja, why_en = strange.facts["why_ja"], strange.facts["why_en"]
            why = message.words("number_and_why", number_ja=ja, number_en=en, why_ja=why_ja, why_en=why_en)
            return wrong("value", given.text, *why)
        except InvalidInput:
            ja, en = _NUMBERS[item.kind]
            return wrong("value", given.text, *message.words("number_or_none", number_ja=ja, number_en=en))
        if isinstance(value, Decimal):
            if value < 0 and not item.signed:
                return wrong("negative", given.text, *message.words("a_number_of_at_least_0"))
            if item.kind is ItemKind.COUNT and value != value.to_integral_value():
                return wrong("fraction", given.text, *message.words("whole_number"))
        return value


_NUMBERS = {
    ItemKind.COUNT: message.words("whole_number"),
    ItemKind.VOTES: message.words("number_with_3_decimals"),
}


CONTEST = message.words("a_contest_of_this_unit")
ITEM = message.words("an_item_of_this_form")
BREAKDOWN = message.words("a_breakdown_of_this_item")
CHOICE = message.words("a_candidate_or_party_of_this")


def _one_of(typed: str, codes: Iterable[str], what: Words) -> Words:
    """What is expected, with what was meant where that is plain, else with what there is."""
    every = codes if isinstance(codes, Mapping) else list(codes)
    if near(typed, every):
        ja, en = hint(typed, every)
        return Words(f"{what[0]}。{ja}", f"{what[1]}. {en}")
    ja, en = listed(every)
    return Words(what[0] + ja, what[1] + en)


def _breakdowns(item: Item, values: Mapping[str, list[str]]) -> Iterable[str]:
    yield ""
    for combination in item.breakdowns:
        dimensions = sorted(combination)
        for picked in product(*(values[code] for code in dimensions)):
            yield ",".join(f"{code}={value}" for code, value in zip(dimensions, picked, strict=True))


def _check(
    shape: FormShape, contests_of_unit: frozenset[str], given: Iterable[TypedCell]
) -> tuple[dict[str, Value], list[CellProblem]]:
    values: dict[str, Value] = {}
    problems: list[CellProblem] = []
    for cell in given:
        outcome = shape.problem(cell, contests_of_unit)
        if isinstance(outcome, CellProblem):
            problems.append(outcome)
        elif cell.cell.key in values:
            problems.append(CellProblem(cell.cell, "twice", cell.text, *message.words("each_cell_once")))
        else:
            values[cell.cell.key] = outcome
    return values, problems


def decide_entry(
    case: ReturnCase, shape: FormShape, contests_of_unit: frozenset[str], given: Iterable[TypedCell]
) -> dict[str, str]:
    """Figures of a FiguresEntered event; FiguresRefused listing every cell at fault."""
    values, problems = _check(shape, contests_of_unit, given)
    for key in values:
        if held := case.cells.get(key):
            problems.append(
                CellProblem(
                    Cell.from_key(key),
                    "already_entered",
                    format_value(values[key]),
                    *message.words("it_already_holds_send_a_correction", held=format_value(held.value)),
                )
            )
    if problems:
        raise FiguresRefused(problems)
    if not values:
        raise InvalidInput(field="figures", found="[]", expected=message("at_least_one_figure"))
    return {key: format_value(value) for key, value in sorted(values.items())}


def decide_correction(
    case: ReturnCase, shape: FormShape, contests_of_unit: frozenset[str], given: Iterable[TypedCell]
) -> tuple[dict[str, str], dict[str, int]]:
    """Figures and supersedes of a FiguresCorrected event; FiguresRefused listing every cell at fault."""
    values, problems = _check(shape, contests_of_unit, given)
    supersedes: dict[str, int] = {}
    for key, value in values.items():
        held = case.cells.get(key)
        if held is None:
            problems.append(
                CellProblem(
                    Cell.from_key(key),
                    "not_entered",
                    format_value(value),
                    *message.words("nothing_stands_there_yet_enter"),
                )
            )
        elif held.value == value and type(held.value) is type(value):
            problems.append(
                CellProblem(
                    Cell.from_key(key),
                    "unchanged",
                    format_value(value),
                    *message.words("another_value_than_it_holds_now"),
                )
            )
        else:
            supersedes[key] = held.position
    if problems:
        raise FiguresRefused(problems)
    if not values:
        raise InvalidInput(field="figures", found="[]", expected=message("at_least_one_figure"))
    return {key: format_value(value) for key, value in sorted(values.items())}, supersedes
