"""Commands on polling places: a unit's list of them, and what each of them counted. Whoever may enter for the unit may enter for
its places; no figure of the unit's return moves by it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import Field

from reporting.application.authority import authorise
from reporting.application.catalog import NOTHING_SEEN, KnownElection
from reporting.application.commands import CellInput, Request, Text
from reporting.application.entry import require_begun
from reporting.application.messages import message
from reporting.application.once import once, once_seen
from reporting.application.rolling_up import (
    PageOfPlaces,
    day_of,
    fold_of,
    page_of_places,
    places_of,
    places_of_all,
)
from reporting.application.service import Reporting, cases_of
from reporting.application.turns import turn
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import ReturnCase
from reporting.domain.figures import Absence, format_value
from reporting.domain.labels import Code
from reporting.domain.place import Place
from reporting.domain.polling_place_events import PlaceFiguresCaptured, PollingPlacesRegistered
from reporting.domain.polling_places import PlaceNumber, PlaceProblem, PollingPlace, problems_of_list
from reporting.domain.returns import CellProblem, FiguresRefused
from reporting.domain.rolled_up import UnitPlaces, counted_kinds
from reporting.errors import InvalidInput, NotAuthorised, ReportingError, UnknownReference, VersionConflict
from reporting.ledger import Beforehand, Command, NewEvent, return_stream
from reporting.ledger.streams import polling_places_stream

MOST_CELLS = 100
"""Of one place and slot."""

AT_ONCE = 60
"""So many places of a unit may send at the same moment before one of them is told to send again."""


class PlacesRefused(ReportingError):
    """The lists are not those of polling places. `problems`: every PlaceProblem. facts: `count`, and of the first
    `unit`, `stands`, `expected`."""

    code = "polling_places_refused"
    template_ja = (
        "投票所の一覧に {count} 件の誤りがあり、何も登録していません。最初: 単位 {unit} の「{stands}」→ {expected}。"
        "直してから、もう一度取り込んでください。"
    )
    template_en = (
        "The list of polling places has {count} problems; nothing was recorded. First: “{stands}” of unit {unit} → {expected}. "
        "Correct them and import again."
    )

    def __init__(self, problems: list[PlaceProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            count=len(self.problems), unit=first.unit, stands=first.stands, expected=first.expected
        )


class RegisterPlaces(Request):
    """`units`: unit → all its places. A unit that is not named keeps its own."""

    command_id: UUID
    election: Code
    units: Mapping[Code, tuple[PollingPlace, ...]] = Field(min_length=1)


class CapturePlace(Request):
    """What one place counted, as of a form and slot of its unit. `seen`: ledger position of the place's last capture there as the
    sender saw it, 0 where there was none; a value that stands is changed only with a reason."""

    command_id: UUID
    election: Code
    form: Code
    slot: Code
    unit: Code
    number: PlaceNumber
    figures: tuple[CellInput, ...] = Field(min_length=1, max_length=MOST_CELLS)
    seen: int = Field(0, ge=0)
    reason_class: Code | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class PlacesDone:
    """`units` whose list is another now; `position` of the last event, None where every list stands already."""

    units: tuple[str, ...]
    position: int | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class PlaceDone:
    """`position` of the capture: `seen` of the next one."""

    number: str
    position: int
    repeated: bool


class PollingPlaces:
    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def page(self, election: str, form: str, slot: str, unit: str) -> PageOfPlaces:
        """UnknownReference."""
        defined = self._defined(election, form, slot, unit)
        folded = places_of(self._reporting.ledger, election, unit, form, slot)
        return page_of_places(defined, folded, form, slot, unit)

    def register(self, request: RegisterPlaces, actor: Actor, *, dry_run: bool = False) -> PlacesDone:
        """All lists or none. PlacesRefused naming everything that is wrong; NotAuthorised; UnknownReference."""
        ledger = self._reporting.ledger
        command = Command(request.command_id, request.body(), actor, Channel.IMPORT, ())
        changed: list[str] = []

        def decided() -> Command:
            defined = self._reporting.catalog.election(request.election)
            for unit in request.units:
                defined.roster.require_unit(unit)
                authorise("import", actor, defined.roster, unit)
            folds = places_of_all(ledger, request.election, request.units)
            problems = [
                problem
                for unit, places in request.units.items()
                for problem in problems_of_list(unit, places, folds[unit].holding())
            ]
            if problems:
                raise PlacesRefused(problems)
            changed[:] = [unit for unit, places in request.units.items() if folds[unit].places != places]
            return command.deciding(
                [
                    NewEvent(
                        polling_places_stream(request.election, unit),
                        folds[unit].version + 1,
                        PollingPlacesRegistered(
                            election=request.election, unit=unit, places=request.units[unit]
                        ),
                    )
                    for unit in changed
                ],
                defined.stands,
            )

        decide = decided
        if ledger.repeat_of(command.command_id, command.body_hash) is None:
            first = decided()
            if dry_run or not first.events:
                return PlacesDone(tuple(changed), None, False)
            decide = itertools.chain((first,), iter(decided, None)).__next__
        appended = once(ledger, command, decide, self._reporting.appender.append)
        return PlacesDone(tuple(changed), appended.last_position, appended.repeated)

    def capture(self, request: CapturePlace, actor: Actor) -> PlaceDone:
        """NotAuthorised, UnknownReference; FiguresRefused naming every cell that is wrong, or that places of this kind do not count;
        VersionConflict where the place has sent something since `seen`; InvalidInput where nothing would change, or what stands
        would without a reason."""
        ledger = self._reporting.ledger
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=request.reason)
        place = Place(request.election, request.form, request.slot, request.unit)
        stream, returned = polling_places_stream(request.election, request.unit), return_stream(*place)

        def look() -> Beforehand:
            rests_on = self._reporting.catalog.rests_on(request.election)
            of_page = place.page, PollingPlacesRegistered.type
            return ledger.beforehand(command, rests_on, (stream, returned), of_page)

        def decided(seen: Beforehand) -> Command:
            defined = self._defined(*place, seen.versions)
            _authorise(place, defined, actor, cases_of(seen.of(returned)).get(returned, ReturnCase()))
            require_begun(defined, request.form, request.slot, self._reporting.clock())
            folded = fold_of(deed.recorded for deed in seen.of(stream))
            if (request.form, request.slot) not in folded.held:
                defined.require_reporter(request.form, request.unit)
            values = _checked(request, defined, folded)
            event = _captured(request, folded, values)
            return command.deciding([NewEvent(stream, seen.versions[stream] + 1, event)], defined.stands)

        with turn(stream):
            appended = once_seen(ledger, command, look, decided, self._reporting.appender.append, AT_ONCE)
        return PlaceDone(request.number, appended.last_position, appended.repeated)

    def _defined(
        self, election: str, form: str, slot: str, unit: str, seen: Mapping[UUID, int] = NOTHING_SEEN
    ) -> KnownElection:
        defined = self._reporting.catalog.election(election, seen)
        defined.roster.require_unit(unit)
        defined.shape(form, slot, unit)
        return defined

    def may_capture(self, place: Place, actor: Actor) -> bool:
        """Whether the matrix lets the actor capture for the places of a unit, as its return stands."""
        try:
            _authorise(
                place, self._defined(*place), actor, self._reporting.return_case(return_stream(*place))
            )
        except NotAuthorised:
            return False
        return True


def _authorise(place: Place, defined: KnownElection, actor: Actor, returned: ReturnCase) -> None:
    """As for the return of the unit: once it is certified, who may correct it."""
    if returned.certified:
        authorise("correct_certified", actor, defined.roster, place.unit, "certified")
    else:
        authorise("enter_figures", actor, defined.roster, place.unit)


def _checked(request: CapturePlace, defined: KnownElection, folded: UnitPlaces) -> dict[str, str]:
    """Cell key → canonical text. UnknownReference for a number that is none; FiguresRefused."""
    mine = [place for place in folded.places if place.number == request.number]
    if not mine:
        among = {place.number: place.name for place in folded.places}
        raise UnknownReference(kind="polling place", found=request.number, among=among, within=request.unit)
    day = day_of(defined.definition, request.form, request.slot)
    kinds = {place.kind for place in mine if place.has_voters(defined.definition.polling_date, day)}
    shape = defined.shape(request.form, request.slot, request.unit)
    contests = defined.contests_of_unit[request.unit]
    values: dict[str, str] = {}
    problems: list[CellProblem] = []
    for given in request.figures:
        typed = given.cell()
        cell, named = typed.cell, shape.named(typed.cell)
        value = shape.problem(typed, contests)
        if isinstance(value, CellProblem):
            problems.append(value)
        elif kinds.isdisjoint(counted_kinds(cell.item)):
            expected = message.words("item_of_this_place")
            problems.append(CellProblem(cell, "not_by_place", cell.item, *expected, named))
        elif value is Absence.SUPPRESSED:
            expected = message.words("number_of_this_place")
            problems.append(CellProblem(cell, "value", given.value, *expected, named))
        elif cell.key in values:
            expected = message.words("cell_of_place_once")
            problems.append(CellProblem(cell, "twice", given.value, *expected, named))
        else:
            values[cell.key] = format_value(value)
    if problems:
        raise FiguresRefused(problems)
    return values


def _captured(request: CapturePlace, folded: UnitPlaces, values: dict[str, str]) -> PlaceFiguresCaptured:
    """VersionConflict, InvalidInput."""
    last = folded.captured_at.get((request.form, request.slot, request.number), 0)
    if last != request.seen:
        raise VersionConflict(
            stream_id=str(polling_places_stream(request.election, request.unit)), expected=request.seen, actual=last,
            form=request.form, slot=request.slot, unit=request.unit,
        )  # fmt: skip
    held = folded.held.get((request.form, request.slot), {}).get(request.number, {})
    figures = {key: text for key, text in sorted(values.items()) if key not in held or held[key].text != text}
    if not figures:
        raise InvalidInput.at("figures", "", message("figure_of_place_that_changes"))
    supersedes = {key: held[key].position for key in figures if key in held}
    if supersedes and (request.reason is None or request.reason_class is None):
        raise InvalidInput.at("reason", "", message("reason_for_changed_place"))
    return PlaceFiguresCaptured(
        **request.model_dump(include={"election", "form", "slot", "unit", "number"}),
        figures=figures, supersedes=supersedes, reason_class=request.reason_class if supersedes else None,
    )  # fmt: skip
