"""Returns as they stand in the log, with everything one needs to decide about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from reporting.application.catalog import KnownElection
from reporting.application.doubts import Doubt, held_in
from reporting.application.incident_facts import said_by_incidents
from reporting.application.messages import message
from reporting.application.renamed import RenamedFigures
from reporting.application.rolling_up import said_by_places
from reporting.application.service import Reporting
from reporting.domain.actor import By
from reporting.domain.case import ReturnCase
from reporting.domain.events import Event
from reporting.domain.figures import Cell, format_value
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, FormShape, TypedCell
from reporting.domain.status import NotNow, Status
from reporting.domain.typed import read_value
from reporting.domain.units import Roster
from reporting.domain.workflow_events import (
    Divided,
    DraftSaved,
    EntrySettled,
    SecondEntrySaved,
    SubmissionRefused,
)
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Beforehand, Command, Deed, Stands, draft_stream, return_stream
from reporting.words import listed


@dataclass(frozen=True, slots=True)
class Typed:
    """A draft cell's present text: who typed it, first and since (one after the other may type the same); the ledger
    positions of that; the draft's version that last changed it. An empty text: taken out again."""

    text: str
    typists: tuple[By, ...]
    positions: tuple[int, ...]
    version: int


@dataclass(frozen=True, slots=True)
class DraftedDivision:
    """A proportional division (按分) that goes with the submission. `version`: of the draft, when it came, at ledger `position`;
    `by`: who divided."""

    divided: Divided
    version: int
    position: int
    by: By


@dataclass(slots=True)
class Draft:
    """Cell key → text as typed; `divisions`: contest → what goes with the submission; `typed`: the same with its authors, and what was taken out again. `second`: the same of a
    second entry, where the form has two; `compared`: it is done, and both are open to everybody who may read the return. `shown`: name of a
    doubt → every difference that could have been declared and that somebody who may type was shown since the return was last
    submitted, with all the values it was shown with, however often the figures were tried. `hands`: (cell, value) → positions at
    which that value was typed into the cell here, also where it was taken out again or typed over since."""

    version: int = 0
    cells: dict[str, str] = field(default_factory=dict)
    divisions: dict[str, DraftedDivision] = field(default_factory=dict)
    typed: dict[str, Typed] = field(default_factory=dict)
    shown: dict[str, Doubt] = field(default_factory=dict)
    second: dict[str, Typed] = field(default_factory=dict)
    compared: bool = False
    hands: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)

    def apply(self, event: Event, position: int, by: By) -> None:
        self.version += 1
        if isinstance(event, SubmissionRefused):
            if not event.keys:
                self.shown = {}
            for key in event.waivable:
                doubt = Doubt((key,), (held_in(event.figures, event.cells_of.get(key, ())),), position)
                earlier = self.shown.get(doubt.name)
                self.shown[doubt.name] = doubt if earlier is None else earlier.again(doubt)
        elif isinstance(event, DraftSaved):
            for key, text in event.cells.items():
                self._type(self.typed, key, text, position, by)
            for contest, divided in event.divisions.items():
                self.divisions.pop(contest, None)
                if divided.common:
                    self.divisions[contest] = DraftedDivision(divided, self.version, position, by)
        elif isinstance(event, SecondEntrySaved):
            for key, text in event.cells.items():
                self._type(self.second, key, text, position, by)
            self.compared = event.done
        elif isinstance(event, EntrySettled):
            for key, text in event.cells.items():
                first = self.typed.get(key)
                theirs = first is not None and any(typist.person == by.person for typist in first.typists)
                self._type(self.typed if theirs else self.second, key, text, position, by)
        self.cells = {key: held.text for key, held in self.typed.items() if held.text}

    def _type(self, entry: dict[str, Typed], key: str, text: str, position: int, by: By) -> None:
        if text:
            value = (key, meaning(text))
            self.hands[value] = (*self.hands.get(value, ()), position)
        held = entry.get(key)
        if held is not None and held.text and meaning(held.text) == meaning(text):
            typists = tuple(dict.fromkeys((*held.typists, by)))
            entry[key] = Typed(text, typists, (*held.positions, position), held.version)
        else:
            entry[key] = Typed(text, (by,), (position,), self.version)

    def agreed(self, key: str, text: str) -> bool:
        """Whether both entries hold this canonical text, and two people have typed it."""
        entries = [entry[key] for entry in (self.typed, self.second) if key in entry]
        alike = [held for held in entries if held.text and meaning(held.text) == text]
        return len(alike) == 2 and len({by.person for held in alike for by in held.typists}) >= 2

    def differing(self) -> list[str]:
        """Keys of what is typed in either entry and not agreed."""
        keys = {key for entry in (self.typed, self.second) for key, held in entry.items() if held.text}
        return sorted(
            key
            for key in keys
            if key not in self.typed or not self.agreed(key, meaning(self.typed[key].text))
        )

    def typists_of(self, entry: Mapping[str, Typed]) -> frozenset[str]:
        """Persons who typed what an entry holds."""
        return frozenset(by.person for held in entry.values() if held.text for by in held.typists)

    def sees_first(self, person: str) -> bool:
        return self.compared or person in self.typists_of(self.typed)

    def sees_second(self, person: str) -> bool:
        return self.compared or person in self.typists_of(self.second)


def meaning(typed: str) -> str:
    """The canonical text of what somebody typed; what means no value stands for itself."""
    try:
        return format_value(read_value(typed))
    except InvalidInput:
        return typed


@dataclass(frozen=True, slots=True)
class OpenReturn:
    """Everything one needs to decide about a return."""

    defined: KnownElection
    place: Place
    stream: UUID
    case: ReturnCase
    chain: tuple[tuple[str, str], ...]
    draft: Draft = field(default_factory=Draft)

    @property
    def roster(self) -> Roster:
        return self.defined.roster

    @property
    def shape(self) -> FormShape:
        """Which cells its form has for the unit, and what each may hold."""
        return self.defined.shape(*self.place.within)

    @property
    def typed_twice(self) -> bool:
        """Whether its form asks for a second entry."""
        return self.defined.form(*self.place.page).entry == "double"

    def require_reporter(self) -> None:
        """ReportsNoMore where nothing is reported yet and others report in its unit's place: nothing of it could be submitted."""
        if not self.case.cells:
            self.defined.require_reporter(self.place.form, self.place.unit)

    def hides_draft_from(self, person: str) -> bool:
        """Whether somebody must not see what the first entry holds: they may have to type it, too."""
        typed = bool(self.draft.typists_of(self.draft.typed))
        return self.typed_twice and typed and not self.draft.sees_first(person)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(level for level, _ in self.chain)

    @property
    def where(self) -> dict[str, str]:
        return self.place._asdict()

    @property
    def status(self) -> Status:
        return self.case.status(self.levels)

    @property
    def next_level(self) -> str | None:
        """Whose approval it waits for; None where all have approved or nobody has submitted it."""
        return self.case.next_level(self.levels) if self.case.submitted_by else None

    @property
    def stands(self) -> tuple[Stands, ...]:
        """What is decided on it rests on: the election's definition and its registry."""
        return self.defined.stands


@dataclass(frozen=True, slots=True)
class Prefill:
    """A value another form of the unit holds: its text, where it stands, the event that set it, and where it had been
    typed before that. `places`: of the unit's polling places it is the sum or count, `cases`: of so many incidents of the unit,
    each for this very form and slot; both None: it is another form's."""

    text: str
    form: str
    slot: str
    position: int
    typed_at: tuple[int, ...] = ()
    places: int | None = None
    cases: int | None = None

    @property
    def origin(self) -> str:
        """In words: so many places or cases, or form and slot in codes."""
        places = self.places
        if self.cases is not None:
            return message("said_by_incidents", count=self.cases)
        return f"{self.form}/{self.slot}" if places is None else message("said_by_places", count=places)


class ReturnReader:
    """Opens returns of elections with a workflow."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def open(self, election: str, form: str, slot: str, unit: str, upto: int | None = None) -> OpenReturn:
        """UnknownReference for anything not defined; NotNow for an election without a workflow. `upto`: as it stood at
        that position."""
        (opened,) = self.open_all(election, form, slot, (unit,), upto)
        return opened

    def open_of(
        self, defined: KnownElection, place: Place, deeds: Iterable[Deed] | None = None
    ) -> OpenReturn:
        """The same of an election that was just looked up. `deeds`: as of `open_all_of`."""
        (opened,) = self.open_all_of(defined, *place.page, (place.unit,), deeds=deeds)
        return opened

    def look(self, command: Command | None, place: Place) -> Beforehand:
        """The log as of one moment, for a command on a return to be decided on; None: for who only looks."""
        return self._reporting.look(command, place)

    def open_seen(self, place: Place, seen: Beforehand) -> OpenReturn:
        """The return as it stood at that look. Errors as for `open`."""
        defined = self._reporting.catalog.election(place.election, seen.versions)
        (opened,) = self.open_all_of(defined, *place.page, (place.unit,), deeds=seen.deeds)
        return opened

    def open_all(
        self, election: str, form: str, slot: str, units: Iterable[str], upto: int | None = None
    ) -> list[OpenReturn]:
        """Many returns of one slot in one read."""
        return self.open_all_of(self._reporting.catalog.election(election), form, slot, units, upto)

    def open_all_of(
        self,
        defined: KnownElection,
        form: str,
        slot: str,
        units: Iterable[str],
        upto: int | None = None,
        deeds: Iterable[Deed] | None = None,
    ) -> list[OpenReturn]:
        """The same of an election that was just looked up. `deeds`: of these returns and their drafts, where they were read with it."""
        election = defined.definition.code
        defined.shape(form, slot)
        if defined.definition.workflow is None:
            raise UnknownReference(kind="workflow", found=election)
        places, drafts, draft_of = {}, {}, {}
        for unit in units:
            defined.roster.require_unit(unit)
            places[stream := return_stream(election, form, slot, unit)] = Place(election, form, slot, unit)
            drafts[beside := draft_stream(election, form, slot, unit)] = Draft()
            draft_of[stream] = beside
        cases = {stream: ReturnCase() for stream in places}
        if deeds is None:
            deeds = self._reporting.ledger.deeds([*places, *drafts])
        for deed in deeds:
            if upto is not None and deed.recorded.position > upto:
                break  # deeds come by position
            stream = deed.recorded.stream_id
            fold = cases[stream] if stream in cases else drafts[stream]
            fold.apply(deed.recorded.event, deed.recorded.position, deed.by)
        doers = self._reporting.ledger.doers(at for case in cases.values() for at in case.typed_at())
        for case in cases.values():
            case.name_typists(doers)
        return [
            OpenReturn(
                defined,
                place,
                stream,
                cases[stream],
                defined.roster.chains[place.unit],
                drafts[draft_of[stream]],
            )
            for stream, place in places.items()
        ]

    @property
    def renamed(self) -> RenamedFigures:
        return self._reporting.renamed

    def streams_with(self, streams: Sequence[UUID], types: Sequence[str]) -> list[UUID]:
        """Those of the streams in which an event of one of these types stands."""
        return list(
            dict.fromkeys(recorded.stream_id for recorded in self._reporting.ledger.of_types(streams, types))
        )

    def draft(self, election: str, form: str, slot: str, unit: str) -> Draft:
        draft = Draft()
        for deed in self._reporting.ledger.deeds([draft_stream(election, form, slot, unit)]):
            draft.apply(deed.recorded.event, deed.recorded.position, deed.by)
        return draft

    def prefill(self, election: str, form: str, slot: str, unit: str) -> dict[str, Prefill]:
        """By cell key, what the polling places of the unit say, all of them, what its incidents count, and what other forms hold
        already."""
        return self.prefill_of(self._reporting.catalog.election(election), form, slot, unit)

    def prefill_of(self, defined: KnownElection, form: str, slot: str, unit: str) -> dict[str, Prefill]:
        """The same of an election that was just looked up."""
        election = defined.definition.code
        shape = defined.shape(form, slot, unit)
        definition = defined.form(form, slot)
        sources = [
            (return_stream(election, source.form, source.slot, unit), source) for source in definition.prefill
        ]
        cases = self._reporting.return_cases([stream for stream, _ in sources])
        said = said_by_places(self._reporting.ledger, defined, form, slot, unit)
        prefills = {
            key: Prefill(held.text, form, slot, held.position, held.typed_at, held.places)
            for key, held in said.items()
        }
        for key, counted in said_by_incidents(self._reporting.ledger, defined, form, slot, unit).items():
            prefills[key] = Prefill(
                counted.text, form, slot, counted.position, counted.typed_at, cases=counted.cases
            )
        contests = defined.contests_of_unit.get(unit, frozenset())
        asked = [code for code in shape.contests() if code in contests]
        kinds = {contest.code: contest.kind for contest in defined.definition.contests}
        for stream, source in sources:
            for key, held in (cases[stream].cells if stream in cases else {}).items():
                text, cell = held.text, Cell.from_key(key)
                if source.contest_kind is not None:
                    if kinds[cell.contest] != source.contest_kind or len(asked) != 1:
                        continue
                    cell = replace(cell, contest=asked[0])
                if cell.key not in prefills and not isinstance(
                    shape.problem(TypedCell(cell, text), contests), CellProblem
                ):
                    prefills[cell.key] = Prefill(text, source.form, source.slot, held.position, held.typed_at)
        return prefills


def require_whole(opened: OpenReturn) -> None:
    """Nothing is final while a contest the unit votes on has no figure at all: `!none` says that there is none."""
    contests = opened.shape.contests()
    held = {key.split("|")[0] for key in opened.case.cells}
    silent = [
        contest
        for code, contest in contests.items()
        if code in opened.defined.contests_of_unit[opened.place.unit] and code not in held
    ]
    if silent:
        ja, en = listed(contest.label.words for contest in silent)
        raise NotNow(
            operation="certify", status=opened.status.value,
            **message.words("no_figures_of", contests_ja=ja, contests_en=en).named("detail"),
        )  # fmt: skip
