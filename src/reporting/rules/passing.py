"""Which checks of a return are asked: those that can find nothing there are passed over.

Nothing is found in most returns, and most of what a catalogue looks at is asked by other forms. What a check can say of the
cells that are filled in, whatever numbers they hold, is worked out once for all returns that fill in the same ones. What remains is
calm where the numbers rule out a finding by less work than the check. Both only ever pass over what finds nothing: `examine` asks everything, and
finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from reporting.domain.election import Contest, ElectionDefinition, heads
from reporting.domain.figures import ZERO, Absence, Cell, cell_key
from reporting.identical import Identical
from reporting.rules.catalogue import InForce
from reporting.rules.checks import (
    AcrossContests,
    Amounts,
    AnyCheck,
    Apportionment,
    Balance,
    BelowLater,
    BreakdownSum,
    Cumulative,
    Deviation,
    Places,
    Ratio,
    SameValue,
    Severity,
    Sign,
    Structural,
    Swap,
    Term,
    Twin,
    Zeros,
)
from reporting.rules.context import Context, term_keys
from reporting.rules.evaluate import places_of, reads_around, split_places
from reporting.rules.model import RuleDefinition
from reporting.rules.shared_choices import LEAST, beside_previous
from reporting.rules.siblings import (
    Others,
    SiblingReturns,
    WholeVotes,
    choice_cells,
    none_exchanged,
    none_unlike,
    own_votes,
    spreads,
    whole_votes,
)
from reporting.rules.suspect import number

Calm = Callable[[Context], bool]
"""Whether the numbers of a return with these cells leave a check nothing to find; False where only the check can say."""
Layout = tuple[object, ...]
"""What a check may see of a return before it looks at numbers: form, slot, contests, its own cells, those of other forms."""

ELECTIONS, LAYOUTS = 16, 500
"""Kept at most: definitions that were looked at last, and of each so many layouts (districts, each with its candidates)."""


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """One check of a rule in one contest."""

    rule: RuleDefinition
    severity: Severity
    check: AnyCheck
    contest: Contest
    calm: Calm


def asked_checks(force: InForce, context: Context) -> tuple[AskedCheck, ...]:
    """In the order in which findings are told: rules, their checks, contests."""
    kept = _kept(Identical(force), Identical(context.definition))
    layout = (context.form, context.slot, context.contests, tuple(context.figures), tuple(context.around))
    asked = kept.get(layout)
    if asked is None:
        if len(kept) >= LAYOUTS:
            kept.clear()
        asked = kept[layout] = tuple(_asked(force, context))
    return asked


@lru_cache(maxsize=ELECTIONS)
def _kept(
    force: Identical[InForce], definition: Identical[ElectionDefinition]
) -> dict[Layout, tuple[AskedCheck, ...]]:
    return {}


def _asked(force: InForce, context: Context) -> Iterator[AskedCheck]:
    for rule, severity in force.rules:
        for check in rule.checks:
            if not (check.chosen(force.settings) and check.of_slot(context.is_final)):
                continue
            for contest in context.at_hand:
                if rule.contest_kinds and contest.kind not in rule.contest_kinds:
                    continue
                calm = _Cells(context, contest, force).calm(check)
                if calm is not None:
                    yield AskedCheck(rule, severity, check, contest, calm)


def never(context: Context) -> bool:
    """Calm of a check that no cheaper test stands in for."""
    return False


@dataclass(frozen=True, slots=True)
class _Terms:
    """Cells that one side of an identity adds up: key, whether it is this return's own, whether it is taken away."""

    cells: tuple[tuple[str, bool, bool], ...]
    added: tuple[str, ...] = field(init=False)
    """Keys of all of them where all are this return's own and added, as in most; else none."""

    def __post_init__(self) -> None:
        plain = all(own and not negative for _, own, negative in self.cells)
        object.__setattr__(self, "added", tuple(key for key, _, _ in self.cells) if plain else ())

    @property
    def own(self) -> bool:
        """Whether any of them is."""
        return any(own for _, own, _ in self.cells)

    def total(self, context: Context) -> Decimal | None:
        """None where one holds no number."""
        if not self.added:
            return self._each(context)
        try:
            return sum(map(context.figures.__getitem__, self.added), ZERO)  # type: ignore[return-value]  # or it fails
        except TypeError:  # one is an absence
            return self._each(context)

    def _each(self, context: Context) -> Decimal | None:
        total = ZERO
        for key, own, negative in self.cells:
            value = context.figures[key] if own else context.around[key]
            if isinstance(value, Absence):
                if value is not Absence.NONE:
                    return None
            else:
                total = total - value if negative else total + value
        return total


@dataclass(frozen=True, slots=True)
class _Cells:
    """What is filled in, in one contest. No value is looked at: what is said here is said of every return of this layout."""

    context: Context
    contest: Contest
    force: InForce

    def calm(self, check: AnyCheck) -> Calm | None:
        """None: nothing can be found, whatever the numbers are."""
        match check:
            case Structural():
                return None
            case Balance():
                return self._balance(check)
            case BreakdownSum():
                split = split_places(check, self.context, self.contest)
                return self._if(any(self._own(part) for place in split for part in place.parts))
            case Cumulative():
                sources = {source.form for source in self.context.asked.prefill}
                forms = [form for form in self.context.definition.forms if form.code in sources]
                counts_on = self.context.asked.cumulative or any(form.cumulative for form in forms)
                return self._if(counts_on and self._holds_any(check.items))
            case BelowLater():
                return self._if(self.context.asked.cumulative and self._holds_any(check.items))
            case Sign():
                return self._if(any(self._own(self._key(item)) for item in check.items))
            case Apportionment():
                return self._apportionment(check)
            case Places():
                return self._if(self._own(self._key(check.item)))
            case SameValue():
                return self._if(
                    self._holds_any(check.items[:1], around=True)
                    and self._holds_any(check.items[1:], around=True)
                )
            case AcrossContests():
                return self._across_contests(check)
            case Ratio():
                return self._if(self._shares(check.numerator, check.denominator))
            case Deviation():
                if check.per == "choice":
                    return self._unlike_share(check)
                return self._if(self._shares(check.numerator, check.denominator))
            case Swap():
                return self._swap(check)
            case Amounts():
                items = {item for limit in check.amounts for item in limit.items}
                return self._if(any(self._own(self._key(item)) for item in items))
            case Twin():
                return self._if(self.contest.code == self.context.at_hand[0].code)
            case Zeros():
                return self._zeros()
        return never

    def _if(self, possible: bool) -> Calm | None:
        return never if possible else None

    def _key(self, item: str) -> str:
        return cell_key(self.contest.code, item)

    def _own(self, key: str) -> bool:
        return key in self.context.figures

    def _holds_any(self, items: tuple[str, ...], *, around: bool = False) -> bool:
        """Whether the return, or with `around` another form as well, has a cell of these items in the contest."""
        keys = [*self.context.figures, *self.context.around] if around else [*self.context.figures]
        cells = (Cell.from_key(key) for key in keys)
        return any(cell.contest == self.contest.code and cell.item in items for cell in cells)

    def _terms(
        self, terms: tuple[Term, ...], breakdown: str = "", choice: str = "", around: bool = True
    ) -> _Terms | None:
        """None where a cell is not filled in that has to be."""
        cells: list[tuple[str, bool, bool]] = []
        for term in terms:
            keys = term_keys(self.context, self.contest, term, breakdown, choice)
            if not keys:
                return None
            for key in keys:
                own = self._own(key)
                if own or (around and key in self.context.around):
                    cells.append((key, own, term.negative))
                elif not (term.optional or term.choices == "+"):
                    return None
        return _Terms(tuple(cells))

    def _balance(self, check: Balance) -> Calm | None:
        around = reads_around(check, self.context)
        sides: list[tuple[_Terms, _Terms]] = []
        for breakdown, choice in places_of(check, self.context, self.contest):
            if not all(self.context.asks(self.contest, term, breakdown, around) for term in check.required):
                continue
            left = self._terms(check.left, breakdown, choice, around)
            right = self._terms(check.right, breakdown, choice, around)
            if left and right and left.cells and right.cells and (left.own or right.own):
                sides.append((left, right))

        def holds(context: Context) -> bool:
            for left, right in sides:
                amount, most = left.total(context), right.total(context)
                if amount is None or most is None:
                    return False
                if amount > most if check.kind == "not_above" else amount != most:
                    return False
            return True

        return holds if sides else None

    def _shares(self, *terms: Term) -> bool:
        """Whether a part and a whole are both filled in, one of them in this return."""
        sides = [self._terms((term,)) for term in terms]
        return all(side is not None for side in sides) and any(side.own for side in sides if side)

    def _apportionment(self, check: Apportionment) -> Calm:
        keys = [cell_key(self.contest.code, check.votes, choice=head.code) for head in heads(self.contest)]
        every = bool(keys) and all(self._own(key) for key in keys)
        terms = _Terms(tuple((key, True, False) for key in keys))
        cut, code = self._key(check.truncated), self.contest.code

        def whole(context: Context) -> bool:
            if code in context.divisions:
                return False
            if not every:
                return True
            votes, residue = terms.total(context), context.figures.get(cut, ZERO)
            if votes is None or isinstance(residue, Absence):
                return False
            return 0 <= residue < 1 and not (votes + residue) % 1

        return whole

    def _across_contests(self, check: AcrossContests) -> Calm | None:
        codes = [c.code for c in self.context.definition.contests if c.code in self.context.contests]
        for other in codes[codes.index(self.contest.code) + 1 :]:
            for item in check.items:
                keys = (self._key(item), cell_key(other, item))
                if any(self._own(key) for key in keys) and all(
                    self._own(key) or key in self.context.around for key in keys
                ):
                    return never
        return (lambda context: not context.inside) if check.kind == "gap_across_contests" else None

    def _zeros(self) -> Calm | None:
        keys = [key for key in self.context.figures if key.partition("|")[0] == self.contest.code]

        def counted(context: Context) -> bool:
            return any(value and not isinstance(value, Absence) for value in map(context.figures.get, keys))

        return counted if keys else None

    def _swap(self, check: Swap) -> Calm | None:
        contest, item, points = self.contest, check.item, number(check.points, self.force.settings)
        cells = choice_cells(contest, item)

        def calm(context: Context) -> bool:
            beside = _beside(context, contest, item, cells)
            if isinstance(beside, bool):
                return beside
            return none_exchanged(beside.own, beside.unit, beside.votes, points)

        return calm if self._own_of(cells) >= LEAST else None

    def _unlike_share(self, check: Deviation) -> Calm | None:
        contest, item = self.contest, check.numerator.item
        cells = choice_cells(contest, item)
        few, z, least = (number(text, self.force.settings) for text in (check.points, check.z, check.least))

        def calm(context: Context) -> bool:
            beside = _beside(context, contest, item, cells)
            if isinstance(beside, bool):
                return beside
            if context.previous and beside_previous(context, contest, item):
                return False
            spread = spreads(beside.siblings, contest, item, beside.votes)
            return none_unlike(beside.own, beside.unit, spread, z=z, least=least, few=few)

        return calm if self._own_of(cells) >= LEAST else None

    def _own_of(self, cells: Sequence[tuple[str, str]]) -> int:
        return sum(self._own(key) for _, key in cells)


@dataclass(frozen=True, slots=True)
class _Beside:
    """Votes of a return and of its unit's siblings, no number missing anywhere."""

    own: Mapping[str, Decimal]
    unit: str
    siblings: SiblingReturns
    votes: WholeVotes


def _beside(
    context: Context, contest: Contest, item: str, cells: Sequence[tuple[str, str]]
) -> _Beside | bool:
    """`cells`: as of `choice_cells`. True: there is nothing to compare with; False: only the check can say with what."""
    others = context.neighbours
    if not others:
        return not context.previous
    if not isinstance(others, Others):
        return False
    own, votes = own_votes(cells, context.figures), whole_votes(others.siblings, contest, item)
    if own is None or votes is None:
        return False
    if not votes.rows.keys() - {others.unit}:
        return not context.previous
    return _Beside(own, others.unit, others.siblings, votes)
