"""What the write side knows of elections and areas: folded from the log, folded further when the log has more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from uuid import UUID

from reporting.application.messages import message
from reporting.definitions.scopes import asked, collected, is_collected
from reporting.domain.areas import GeographyRecord
from reporting.domain.counting import coverage
from reporting.domain.election import ElectionDefinition, Form
from reporting.domain.events import AreasRegistered, ElectionDefined, GeographiesDeclared
from reporting.domain.expansion import expand
from reporting.domain.registry import AreaRegistry
from reporting.domain.returns import FormShape
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Roster
from reporting.errors import ReportingError, UnknownReference
from reporting.ledger.records import Stands
from reporting.ledger.store import Ledger
from reporting.ledger.streams import election_stream, registry_stream

NOTHING_SEEN: Mapping[UUID, int] = MappingProxyType({})


class AskedOfWhole(UnknownReference):
    """What a unit was divided into, or units were merged into, is not asked a form that these go on reporting. facts: those of
    UnknownReference (`found`: the form; `suggestions`: the units), `unit`, `named`."""

    template_ja = "開票区 {unit} には様式 {found} を聞きません。もとの単位 {named} が報告します。"
    template_en = "The form {found} is not asked of the counting district {unit}: the units it was made of, {named}, report it."

    def __init__(self, form: str, unit: str, names: Mapping[str, str]) -> None:
        super().__init__(kind="form", found=form, within=unit)
        named = ", ".join(f"{code} {name}" for code, name in names.items())
        self.facts |= {"suggestions": [*names], "unit": unit, "named": named}
        self.args = (f"{self.message_ja} / {self.message_en}",)


class ReportsNoMore(UnknownReference):
    """A first figure of a unit that was withdrawn from a form. facts: those of UnknownReference (`found`: the unit; `suggestions`: who
    reports in its place), `form`, `named_ja`, `named_en`."""

    template_ja = "{found} は様式 {form} をもう報告しません。{named_ja}"
    template_en = "{found} no longer reports the form {form}. {named_en}"

    def __init__(self, form: str, unit: str, names: Mapping[str, str]) -> None:
        super().__init__(kind="unit", found=unit, within=form)
        named = ", ".join(f"{code} {name}" for code, name in names.items())
        words = (
            message.words("reports_in_its_place", named=named)
            if names
            else message.words("nobody_in_its_place")
        )
        self.facts |= {"suggestions": [*names], "form": form, **words.named("named")}
        self.args = (f"{self.message_ja} / {self.message_en}",)


@dataclass
class KnownElection:
    """A definition with its roster at the polling date. `versions`: of the streams of both."""

    definition: ElectionDefinition
    roster: Roster
    versions: tuple[int, int]
    shapes: dict[tuple[str, tuple[str, ...]], FormShape] = field(default_factory=dict)
    _asked: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def stands(self) -> tuple[Stands, Stands]:
        """What figures decided on this rest on: appended only while definition and registry are still these."""
        defined, registered = self.versions
        return (
            Stands(election_stream(self.definition.code), defined),
            Stands(registry_stream(self.definition.registry), registered),
        )

    @cached_property
    def contests_of_unit(self) -> Mapping[str, frozenset[str]]:
        contests_by_unit: dict[str, set[str]] = {unit: set() for unit in self.roster.units}
        for contest, units in self.roster.contest_units.items():
            for unit in units:
                contests_by_unit[unit].add(contest)
        return {unit: frozenset(contests) for unit, contests in contests_by_unit.items()}

    def reporting_units(self, form: str, slot: str) -> tuple[str, ...]:
        """Units that are asked this slot: those that vote on a contest of the form and lie in its scope. Looked for once: every board
        and list of work asks for them."""
        if (form, slot) not in self._asked:
            self._asked[form, slot] = tuple(
                unit for unit in self.roster.units if self.reports(form, slot, unit)
            )
        return self._asked[form, slot]

    def waited_for(self, form: str, slot: str) -> tuple[str, ...]:
        """Of the units that are asked a slot those whose return is still to come: of one that was withdrawn, and does not go on
        reporting the form, what it reported stands, and nothing more is asked."""
        gone = self.reports_no_more(form)
        return tuple(unit for unit in self.reporting_units(form, slot) if unit not in gone)

    def reports_no_more(self, form: str) -> frozenset[str]:
        """Units that were withdrawn from a form, or in whose place others report it."""
        withdrawn = self.roster.withdrawn.difference(self.roster.keeping.get(form, ()))
        return withdrawn.union(self.divided(form))

    def require_reporter(self, form: str, unit: str) -> None:
        """ReportsNoMore for a first figure of a unit in whose place others report; what it reported before may be corrected."""
        if unit not in self.reports_no_more(form) or unit in self.kept_by(form):
            return  # or never was asked it (`shape`)
        instead = dict.fromkeys(sorted(self.divided(form).get(unit, ())))
        for contest in self.contests_of(form):
            instead |= dict.fromkeys(self.roster.on(contest, form).joined.get(unit, ()))
        raise ReportsNoMore(
            form, unit, {code: self.roster.units[code].name for code in instead if code in self.roster.units}
        )

    def contests_of(self, form: str) -> tuple[str, ...]:
        """Contests that a form asks; none for a form that is not there."""
        return self._contests_of.get(form, ())

    def coverage(self, form: str, asked: Iterable[str], given: Set[str]) -> tuple[int, int]:
        """n of N of the units asked for a form, of which these gave something (`Roster.coverage`)."""
        return coverage(asked, given, self.divided(form))

    def divided(self, form: str) -> Mapping[str, frozenset[str]]:
        """Units whose returns of a form are none of N beside those of their parts (`Roster.divided`)."""
        return self.roster.divided(form, self.contests_of(form))

    def kept_by(self, form: str) -> Mapping[str, tuple[str, ...]]:
        """Units that are not asked a form, as those they were made of go on reporting it (`keeps`) → these: of a part the unit that was
        divided, of a merged unit those that were merged."""
        return self._kept_by.get(form, {})

    @cached_property
    def _kept_by(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        kept: dict[str, dict[str, tuple[str, ...]]] = {}
        for gone in self.definition.units.withdrawn:
            made = [part.code for part in gone.parts] if gone.into is None else [gone.into]
            for form in gone.keeps if gone.unit in self.roster.withdrawn else ():
                for code in made:
                    kept.setdefault(form, {})[code] = (*kept.get(form, {}).get(code, ()), gone.unit)
        return kept

    @cached_property
    def _contests_of(self) -> Mapping[str, tuple[str, ...]]:
        return {
            form.code: tuple(
                contest.code
                for contest in self.definition.contests
                if not form.contest_kinds or contest.kind in form.contest_kinds
            )
            for form in self.definition.forms
        }

    def form(self, form: str, slot: str) -> Form:
        """UnknownReference for a form or a slot of it that the election does not have."""
        asked = self.definition.form(form)
        asked.slot(slot)
        return asked

    def shape(self, form: str, slot: str, unit: str | None = None) -> FormShape:
        """What the form asks: of anybody, or of one unit (local items and slots are asked in their area only).
        UnknownReference for a slot in which the unit does not report; AskedOfWhole where what it was made of does."""
        given = self.form(form, slot)
        if unit is not None:
            if kept_by := self.kept_by(form).get(unit):
                raise AskedOfWhole(form, unit, {code: self.roster.units[code].name for code in kept_by})
            if not is_collected(given, given.slot(slot), self.roster, unit):
                slots = [asked_slot.code for asked_slot in collected(given, self.roster, unit)]
                raise UnknownReference(kind="slot", found=slot, among=slots, within=f"{form} ({unit})")
            codes = tuple(item.code for item in asked(self.definition, given, self.roster, unit))
        else:
            codes = given.items
        if (form, codes) not in self.shapes:
            asking = given if codes == given.items else given.model_copy(update={"items": codes})
            self.shapes[form, codes] = FormShape(self.definition, asking)
        return self.shapes[form, codes]

    def reports(self, form: str, slot: str, unit: str) -> bool:
        """Whether the unit reports in this slot at all; one that is none any more does not."""
        asking = self.form(form, slot)
        in_contest = not self.contests_of_unit.get(unit, frozenset()).isdisjoint(self.contests_of(form))
        in_contest = in_contest and unit not in self.kept_by(form)
        return in_contest and is_collected(asking, asking.slot(slot), self.roster, unit)


class Catalog:
    """Thread-safe. One lookup costs two index probes in one question when nothing changed."""

    def __init__(
        self, ledger: Ledger, elsewhere: Callable[[str], ReportingError | None] | None = None
    ) -> None:
        """`elsewhere`: why an election that is not here is written elsewhere."""
        self._ledger, self._elsewhere = ledger, elsewhere
        self._lock = threading.Lock()
        self._registries: dict[str, tuple[int, AreaRegistry]] = {}
        self._elections: dict[str, KnownElection] = {}
        self._known_by: dict[str, tuple[int, KnownElection]] = {}
        self._codes: tuple[int, frozenset[str]] = (0, frozenset())

    def codes(self) -> frozenset[str]:
        """Every election there is, for an unknown one to be compared with. The first time looks at the whole log, then only
        at what came since."""
        upto, codes = self._ledger.position(), self._codes
        began = self._ledger.first_definitions(codes[0])
        told = {
            recorded.event.definition.code
            for recorded in began
            if isinstance(recorded.event, ElectionDefined)
        }
        self._codes = (upto, codes[1] | told)
        return self._codes[1]

    def registry(self, code: str) -> tuple[int, AreaRegistry]:
        """(stream version, registry); version 0 and an empty registry for one never declared."""
        stream = registry_stream(code)
        version, registry = self._registries.get(code, (0, AreaRegistry()))
        if (now := self._ledger.stream_version(stream)) != version:
            registry = registry.copy()
            for recorded in self._ledger.stream(stream, version):
                if isinstance(recorded.event, GeographiesDeclared):
                    registry.declare(recorded.event.geographies)
                elif isinstance(recorded.event, AreasRegistered):
                    registry.register(recorded.event.areas)
                now = recorded.stream_version
            version = now
            self._registries[code] = (version, registry)
        return version, registry

    def kept(self, code: str) -> KnownElection | None:
        """An election as it was last looked up, if it ever was: perhaps it is another by now."""
        return self._elections.get(code)

    def rests_on(self, code: str) -> tuple[UUID, UUID]:
        """The streams of an election's definition and of its registry, as far as was looked up: else the definition's alone, twice."""
        kept, defined = self.kept(code), election_stream(code)
        return defined, defined if kept is None else registry_stream(kept.definition.registry)

    def election(self, code: str, seen: Mapping[UUID, int] = NOTHING_SEEN) -> KnownElection:
        """UnknownReference for an election never defined; HeldElsewhere for one that another log of the installation holds. `seen`: versions
        of streams at a look at the log; of those that `rests_on` names they are not asked for again."""
        try:
            return self._election(code, seen)
        except UnknownReference:
            if self._elsewhere is not None and (refused := self._elsewhere(code)) is not None:
                raise refused from None
            raise

    def election_by(self, head: int, code: str) -> KnownElection:
        """As `election`, for who only reads and knows where the log ends (`head`): while that stands nothing is looked up again. Where a replica
        knows it, what was looked up may be as much later than it as the replica is behind."""
        kept = self._known_by.get(code)
        if kept is None or kept[0] != head:
            kept = self._known_by[code] = head, self.election(code)
        return kept[1]

    def _election(self, code: str, seen: Mapping[UUID, int] = NOTHING_SEEN) -> KnownElection:
        # The lock is for making, never for looking: a database that is slow to answer one must not keep all waiting.
        defined = self._elections.get(code)
        if defined is not None and defined.versions == self._versions(
            code, defined.definition.registry, seen
        ):
            return defined
        with self._lock:
            if (version := self._ledger.stream_version(election_stream(code))) == 0:
                raise UnknownReference(kind="election", found=code, among=self.codes())
            defined = self._elections.get(code)
            if defined is None or defined.versions[0] != version:
                last = self._ledger.stream(election_stream(code), version - 1)[-1]
                assert isinstance(last.event, ElectionDefined)
                definition, version = last.event.definition, last.stream_version
            else:
                definition = defined.definition
            registry_version, registry = self.registry(definition.registry)
            if defined is None or defined.versions != (version, registry_version):
                roster = self._roster(code, definition, registry)
                defined = KnownElection(definition, roster, (version, registry_version))
                self._elections[code] = defined
            return defined

    def _versions(self, election: str, registry: str, seen: Mapping[UUID, int]) -> tuple[int, int]:
        """Both streams' versions, as they were seen or now."""
        streams = election_stream(election), registry_stream(registry)
        if seen.keys() >= {*streams}:
            return seen[streams[0]], seen[streams[1]]
        defined, registered = self._ledger.stream_versions(streams)
        return defined, registered

    def election_at(self, code: str, position: int) -> KnownElection:
        """As it was known at a ledger position. UnknownReference when it was not defined yet."""
        history = self._history(code, position)
        if code not in history.definitions:
            raise UnknownReference(kind="election", found=code)
        return KnownElection(history.definitions[code], history.roster(code), (0, 0))

    def _roster(self, code: str, definition: ElectionDefinition, registry: AreaRegistry) -> Roster:
        """With every unit the election ever had; one that was defined once, and its areas before, had no others."""
        defined = self._ledger.stream(election_stream(code))
        areas = self._ledger.stream(
            registry_stream(definition.registry),
            max(self._ledger.stream_version(registry_stream(definition.registry)) - 1, 0),
        )
        if len(defined) == 1 and all(area.position < defined[0].position for area in areas):
            return expand(definition, registry.at(definition.polling_date))
        return self._history(code, self._ledger.position()).roster(code)

    def _history(self, code: str, position: int) -> RosterHistory:
        """What led to an election's roster, up to a position."""
        defined = self._ledger.stream(election_stream(code))
        registries = {
            recorded.event.definition.registry
            for recorded in defined
            if isinstance(recorded.event, ElectionDefined)
        }
        events = [
            *defined,
            *(e for registry in registries for e in self._ledger.stream(registry_stream(registry))),
        ]
        history = RosterHistory()
        for recorded in sorted(events, key=lambda entry: entry.position):
            if recorded.position <= position:
                history.apply(recorded.event, recorded.command_id)
        history.settle()
        return history

    def geographies(self, registry: str) -> tuple[GeographyRecord, ...]:
        return tuple(self.registry(registry)[1].geographies.values())
