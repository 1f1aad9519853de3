"""Which units report, which areas they count towards, and which contests they report on.

The one code path for it: the write side checks with it, the projections total with it, the verifier folds with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from reporting.domain.counting import CountingUnits, Places
from reporting.domain.messages import message
from reporting.domain.workflow import Workflow
from reporting.errors import InvalidInput, UnknownReference
from reporting.suggest import LISTED, listed


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Node:
    """An area with at least one reporting unit, or a part of one, below it (or that is one), in one geography of the
    election."""

    geography: str
    code: str
    level: str
    name: str
    name_en: str | None
    parent: str | None
    depth: int
    official_code: str | None = None


@dataclass(frozen=True)
class Roster:
    """An election's areas at its polling date. `places[unit][geography]`: the areas that hold all of the unit, the lowest
    first (itself, where it is one), the root last."""

    units: Mapping[str, Unit]
    nodes: Mapping[tuple[str, str], Node]
    places: Places
    contest_units: Mapping[str, tuple[str, ...]]
    workflow: Workflow | None = None
    retired: Mapping[str, Unit] = field(default_factory=dict)
    """Units of a roster before this one that no longer report. They have places, and are in no contest."""
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Contest → units that reported on it by a roster before this one and report on it no more: retired, or reporting on
    others alone."""
    parts: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Contest → of its gone and withdrawn units, the divided ones → the units below them that report on it now, or were the
    last to."""
    joined: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Contest → of its gone and withdrawn units, those that lie in a unit that reports on it now, or did after them → these."""
    withdrawn: frozenset[str] = frozenset()
    """Units that the definition withdraws openly: they report no more, what they reported stands and counts in N."""
    united: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Contest → merged unit that reports on it → the units of N that were merged into it; they are withdrawn."""
    dissolved: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Contest → of its divided units, those that were merged ones and whose units report again."""
    seats: Mapping[str, str] = field(default_factory=dict)
    """Merged unit → the unit whose office reports for it."""
    keeping: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """Form → withdrawn units that go on reporting it → what they were merged into, None for those that were divided. A form that is not
    here is reported by those that took their place."""
    across: Places = field(default_factory=dict)
    """Unit → geography → areas that hold some of the unit and not all: the districts that split it. Its figures are in
    none of their totals, and it counts in their N."""

    def on(self, contest: str, form: str) -> CountingUnits:
        """How the units of a contest stand for each other in what they report by a form."""
        keeping = self.keeping.get(form)
        if not keeping:
            return self._of_contest(contest)
        if (contest, form) not in self._kept:
            self._kept[contest, form] = self._of_contest(contest).of_kept_form(keeping)
        return self._kept[contest, form]

    def _of_contest(self, contest: str) -> CountingUnits:
        if contest not in self._on:
            self._on[contest] = CountingUnits(
                self.places,
                frozenset(self.gone.get(contest, ())),
                self.parts.get(contest, {}),
                self.joined.get(contest, {}),
                self.across,
                self.united.get(contest, {}),
                self.dissolved.get(contest, frozenset()),
            )
        return self._on[contest]

    @cached_property
    def _on(self) -> dict[str, CountingUnits]:
        return {}

    @cached_property
    def _kept(self) -> dict[tuple[str, str], CountingUnits]:
        return {}

    @cached_property
    def ever(self) -> Mapping[str, Unit]:
        """Every unit that the election has or had."""
        return {**self.retired, **self.units}

    @cached_property
    def made_of(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Contest → divided and merged units → the smaller ones that each is the sum of."""
        contests = dict.fromkeys((*self.parts, *self.united))
        return {
            contest: {**self.parts.get(contest, {}), **self.united.get(contest, {})} for contest in contests
        }

    @property
    def kept(self) -> bool:
        """Whether some contest has units that are gone or replaced: its sums are not the sum of all figures."""
        return bool(self.gone or self.parts or self.joined)

    def reports_itself(self, contest: str) -> frozenset[str]:
        """Areas that are units of the contest, or were: its smallest."""
        return frozenset((*self.contest_units.get(contest, ()), *self.gone.get(contest, ())))

    def expected(self, contest: str, form: str, geography: str) -> Mapping[str, list[str]]:
        """Area → units of N: those that report on the contest by the form and lie in it, wholly or in part. For a divided unit its
        parts are there, unless it goes on reporting the form; for a joined one its whole, and for a merged one those it was merged from."""
        former = self.on(contest, form).former
        units_in: dict[str, list[str]] = defaultdict(list)
        for unit in self.contest_units.get(contest, ()):
            if unit in former:
                continue
            for areas in (self.places[unit], self.across.get(unit, {})):
                for area in areas.get(geography, ()):
                    units_in[area].append(unit)
        return units_in

    def unplaced(self, contest: str, geography: str) -> Mapping[str, tuple[str, ...]]:
        """Units of the contest that some total of the geography lacks → the areas that hold a part of them; none: it
        holds nothing of them."""
        return {
            unit: self.across.get(unit, {}).get(geography, ())
            for unit in self.contest_units.get(contest, ())
            if not self.places[unit].get(geography) or self.across.get(unit, {}).get(geography)
        }

    @cached_property
    def sole(self) -> Mapping[tuple[str, str], str]:
        """(geography, area) → the one unit in it, whose figures its totals are. A unit that is gone or divided somewhere,
        and an area that holds a part of another, have totals of their own."""
        below: dict[tuple[str, str], list[str]] = defaultdict(list)
        for unit, paths in self.places.items():
            for geography, path in paths.items():
                for area in path:
                    below[geography, area].append(unit)
        for unit, elsewhere in self.across.items():
            for geography, path in elsewhere.items():
                for area in path:
                    below[geography, area] += (unit, unit)
        shared = {unit for units in self.gone.values() for unit in units}
        shared |= {unit for divided in self.parts.values() for unit in divided}
        shared |= {unit for joined in self.joined.values() for unit in joined}
        shared |= {unit for united in self.united.values() for unit in united}
        alone = self.units.keys() - shared
        return {place: units[0] for place, units in below.items() if len(units) == 1 and units[0] in alone}

    def divided(self, form: str, contests: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Of a form and its contests: units whose returns are no returns of N, since others report for them on all they voted on →
        the units that report below them; none for a unit that another above it reports for."""
        asked = tuple((contest, self.on(contest, form)) for contest in contests)
        parts_of: dict[str, frozenset[str]] = {}
        for _, units in asked:
            for whole, parts in units.divided.items():
                parts_of[whole] = parts_of.get(whole, frozenset()) | frozenset(parts)
            for unit in units.joined:
                parts_of.setdefault(unit, frozenset())
        for contest, units in asked if parts_of else ():
            replaced = units.divided.keys() | units.joined.keys()
            for unit in (set(self.contest_units.get(contest, ())) & parts_of.keys()) - replaced:
                del parts_of[unit]
        return parts_of

    @property
    def rests_on(self) -> object:
        """What totals are made of: equal for two rosters whose totals are the same."""
        return (
            self.places,
            self.across,
            set(self.nodes),
            self.gone,
            self.parts,
            self.joined,
            self.united,
            self.dissolved,
            self.keeping,
        )

    areas: Mapping[str, str] = field(default_factory=dict)
    """Code → name of every area of the registry on that day, in any geography of the election."""
    official: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Official code of that day → the areas that have it: one in a geography, and one key in most registries."""

    @cached_property
    def levels(self) -> Mapping[str, Set[str]]:
        """Geography → levels of its areas."""
        levels: dict[str, set[str]] = defaultdict(set)
        for (geography, _), node in self.nodes.items():
            levels[geography].add(node.level)
        return dict(levels)

    @cached_property
    def official_codes(self) -> Mapping[str, str]:
        """Area → its official code on that day, where it has one beside its key."""
        return {key: code for code, keys in self.official.items() for key in keys}

    def key(self, code: str, among: Container[str] = ()) -> str:
        """The key of an area told by its key or by its official code of that day; a code that nobody has is given back, for
        whoever looks it up to refuse. AmbiguousCode where geographies have different areas of that code, and not just one of
        those that it is looked for `among`."""
        if code in self.areas or code in self.units or code in self.retired:
            return code
        keys = self.official.get(code, (code,))
        keys = tuple(key for key in keys if key in among) or keys
        if len(keys) > 1:
            raise AmbiguousCode(code, {key: self.areas[key] for key in keys})
        return keys[0]

    def path(self, unit: str, geography: str) -> tuple[tuple[str, str], ...]:
        """(level, area) of the areas that hold all of the unit, itself included, from below; empty outside the
        geography."""
        codes = self.places[unit].get(geography, ())
        return tuple((self.nodes[geography, code].level, code) for code in codes)

    def above(self, unit: str, geography: str) -> tuple[str, ...]:
        """Areas above the unit, the lowest first."""
        path = self.places[unit].get(geography, ())
        return path[1:] if path[:1] == (unit,) else path

    @cached_property
    def chains(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Unit → (level, area) of every office that looks at its returns, lowest first; empty without a workflow."""
        flow = self.workflow
        if flow is None:
            return dict.fromkeys(self.units, ())
        return {unit: flow.chain(unit, self.path(unit, flow.geography)) for unit in self.units}

    def answers_for(self, jurisdiction: str, unit: str) -> bool:
        """Whether the office of an area is the unit's own: the unit's, or of a merged one the one that reports for all of it."""
        return unit in self.places and jurisdiction in (unit, self.seats.get(unit))

    @cached_property
    def managing(self) -> Mapping[str, tuple[Set[str], Set[str]]]:
        """Unit → areas whose office may certify its returns, and areas above all offices that look at them."""
        flow = self.workflow
        if flow is None:
            return dict.fromkeys(self.units, (frozenset(), frozenset()))
        return {unit: self._managing(flow, unit, chain) for unit, chain in self.chains.items()}

    def _managing(
        self, flow: Workflow, unit: str, chain: tuple[tuple[str, str], ...]
    ) -> tuple[Set[str], Set[str]]:
        if not chain:
            return frozenset(), frozenset()
        path = self.places[unit].get(flow.geography, ())
        ends = chain[flow.certifying([level for level, _ in chain]) :]
        return frozenset(area for _, area in ends), frozenset(path[path.index(chain[-1][1]) + 1 :])

    def require_offices(self) -> None:
        """InvalidInput unless every unit that votes has an office that ends its returns, and its offices stand in
        order: otherwise what it submits could never be certified."""
        flow = self.workflow
        if flow is None:
            return
        for unit in sorted({unit for units in self.contest_units.values() for unit in units}):
            chain = [area for _, area in self.chains[unit]]
            upward = [area for _, area in self.path(unit, flow.geography) if area in chain]
            if not chain or chain != upward:
                raise InvalidInput(
                    field="workflow.levels",
                    found=", ".join(flow.levels),
                    expected=message("levels_above_lowest_first", unit=unit),
                )

    def require_unit(self, code: str) -> None:
        """UnknownReference unless the code is the key of a reporting unit; NotAUnit for an area that is none, AmbiguousCode for
        an official code of several areas."""
        if code in self.units:
            return
        self.key(code, self.units)
        if code in self.areas:
            raise NotAUnit(self, code)
        raise UnknownReference(
            kind="unit", found=code, among={unit.code: unit.name for unit in self.units.values()}
        )

    def covers(self, jurisdiction: str, unit: str) -> bool:
        """Whether the unit lies in the area (of any geography) or its office answers for it: by the tree, never by prefix."""
        return (
            jurisdiction == "*"
            or unit in self._units_in.get(jurisdiction, ())
            or self.answers_for(jurisdiction, unit)
        )

    def covered(self, jurisdiction: str, among: Iterable[str] | None = None) -> list[str]:
        """Of some units, or of all, those that an area's office covers (`covers`), in their order."""
        asked = self.units if among is None else among
        if jurisdiction == "*":
            return list(asked)
        covered = {*self._units_in.get(jurisdiction, ()), *self._answered_for.get(jurisdiction, ())}
        return list(filter(covered.__contains__, asked))

    @cached_property
    def _answered_for(self) -> Mapping[str, Set[str]]:
        """Area → units whose own office its is (`answers_for`)."""
        own: dict[str, set[str]] = defaultdict(set)
        for unit in self.places:
            for area in {unit, self.seats.get(unit, unit)}:
                own[area].add(unit)
        return dict(own)

    @cached_property
    def _units_in(self) -> Mapping[str, Set[str]]:
        """Area of any geography → units that lie in it, those that no longer report included."""
        inside: dict[str, set[str]] = defaultdict(set)
        for unit, paths in self.places.items():
            for path in paths.values():
                for area in path:
                    inside[area].add(unit)
        return dict(inside)

    def areas_in(self, geography: str, area: str) -> Set[str]:
        """The area and those below it that hold all of a unit; none for one that is not in the geography."""
        return self._areas_in.get((geography, area), frozenset())

    def names_in(self, geography: str, area: str) -> tuple[str, ...]:
        """The same as `geography/code`, by code."""
        kept, asked = self._names_in, (geography, area)
        if asked not in kept:
            kept[asked] = tuple(f"{geography}/{code}" for code in sorted(self.areas_in(*asked)))
        return kept[asked]

    @cached_property
    def _names_in(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {}

    @cached_property
    def _areas_in(self) -> Mapping[tuple[str, str], Set[str]]:
        inside: dict[tuple[str, str], set[str]] = defaultdict(set)
        for paths in self.places.values():
            for geography, path in paths.items():
                for number, area in enumerate(path, 1):
                    inside[geography, area].update(path[:number])
        return dict(inside)

    @cached_property
    def siblings(self) -> Mapping[str, tuple[str, ...]]:
        """Area → the units right below it where returns go through offices, by code; empty without a workflow."""
        groups: dict[str, list[str]] = defaultdict(list)
        if self.workflow is not None:
            for unit in sorted(self.places):
                for area in self.above(unit, self.workflow.geography)[:1]:
                    groups[area].append(unit)
        return {area: tuple(units) for area, units in groups.items()}


class AmbiguousCode(InvalidInput):
    """An official code that several areas have or had. facts: those of InvalidInput; `candidates`: their keys."""

    def __init__(self, code: str, candidates: Mapping[str, str]) -> None:
        shown = ", ".join(f"{key} {name}" for key, name in candidates.items())
        super().__init__(
            field="area",
            found=code,
            expected=message("one_of_these_by_its_key", shown=shown),
        )
        self.facts["candidates"] = list(candidates)


class NotAUnit(UnknownReference):
    """An area that does not report itself. facts: those of UnknownReference; `suggestions` are units that do: those
    below it, or the one above."""

    template_ja = "{found} {name} は地域ですが、この選挙の報告単位ではありません。{hint_ja}"
    template_en = "{found} {name} is an area, but no reporting unit of this election. {hint_en}"

    def __init__(self, roster: Roster, code: str) -> None:
        super().__init__(kind="unit", found=code)
        below = [unit for unit in roster.units if roster.covers(code, unit)]
        names = [f"{unit} {roster.units[unit].name}" for unit in below]
        ja, en = listed(names)
        hint = (
            message.words("name_a_unit_in_it", units_ja=ja, units_en=en)
            if below
            else message.words("name_the_unit_around_it")
        )
        self.facts |= {"name": roster.areas[code], "suggestions": below[:LISTED], **hint.named("hint")}
        self.args = (f"{self.message_ja} / {self.message_en}",)
