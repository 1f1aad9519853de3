"""What is said of a return and moves nothing in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reporting.application.acting import Acting, Done, phase_of
from reporting.application.asked import asked_contests
from reporting.application.authority import authorise, reach_of
from reporting.application.called_otherwise import require_called_so
from reporting.application.commands import fingerprint, require_untouched
from reporting.application.desk_commands import (
    Annotate,
    ReadOut,
    Remind,
    RemindAll,
    TakeBackRemark,
)
from reporting.application.messages import message
from reporting.application.opened import (
    OpenReturn,
)
from reporting.domain.actor import Actor
from reporting.domain.events import Event
from reporting.domain.four_eyes import ReadAlone, SameTypist
from reporting.domain.status import NotNow
from reporting.domain.workflow_events import (
    ReadTogether,
    RemarkPublished,
    RemarkTakenBack,
    ReminderSent,
    ReturnAnnotated,
)
from reporting.errors import CommandIdReused, InvalidInput, NotAuthorised, ReportingError, UnknownReference
from reporting.ledger import Deed, NewEvent
from reporting.ledger.streams import remarks_stream
from reporting.suggest import with_hint

MOST_NAMED = 20
"""Cells that are named where one is asked for that is none."""
TAKEN_BACK = "taken_back"
"""Class of the remark that says why a public one was taken back."""


def _standing(opened: OpenReturn, cells: Iterable[str]) -> dict[str, str]:
    """What these cells hold: the draft's text, else what is submitted; nothing where they hold neither."""
    held = opened.case.texts | opened.draft.cells
    return {key: held.get(key, "") for key in cells}


def _require_reading(opened: OpenReturn, position: int, cells: Mapping[str, str], actor: Actor) -> None:
    reading = next((reading for reading in opened.case.readings if reading.position == position), None)
    if reading is None or reading.confirmed_by is not None or dict(reading.cells) != dict(cells):
        raise NotNow(
            operation="read together",
            status=opened.status.value,
            **message.words("no_reading_waits").named("detail"),
        )
    if reading.by.person == actor.person:
        raise ReadAlone(person=actor.person)


class Remarking:
    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def annotate(self, request: Annotate, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("annotate", actor, opened.roster, request.unit, phase_of(opened))
            if request.public:
                authorise("annotate_public", actor, opened.roster, request.unit, phase_of(opened))
            for key in request.cells:
                self._require_cell(opened, key, held=request.public)
            self._acting.require_called_so(opened, request.cells, request.seen_at)
            return [
                ReturnAnnotated(**opened.where, cells=tuple(request.cells), note_class=request.note_class)
            ]

        def public(opened: OpenReturn) -> list[NewEvent]:
            if not request.public:
                return []
            stream = remarks_stream(request.election, request.form, request.slot)
            told = RemarkPublished(**opened.where, cells=tuple(request.cells), note_class=request.note_class)
            return [NewEvent(stream, self._acting.reporting.ledger.stream_version(stream) + 1, told)]

        return self._acting.act(request, actor, request.note, decide, also=public)

    def take_back(self, request: TakeBackRemark, actor: Actor) -> Done:
        """A public remark, by its office or the one that certifies. InvalidInput for what is no public remark of this return, or is taken
        back already; NotAuthorised."""

        def decide(opened: OpenReturn) -> list[Event]:
            authorise("annotate_public", actor, opened.roster, request.unit, phase_of(opened))
            remark = self._standing_remark(request)
            self._require_its_office(remark, opened, actor)
            told = remark.recorded.event
            assert isinstance(told, RemarkPublished)
            return [ReturnAnnotated(**opened.where, cells=told.cells, note_class=TAKEN_BACK)]

        def public(opened: OpenReturn) -> list[NewEvent]:
            stream = remarks_stream(request.election, request.form, request.slot)
            told = RemarkTakenBack(**opened.where, remark=request.remark)
            return [NewEvent(stream, self._acting.reporting.ledger.stream_version(stream) + 1, told)]

        return self._acting.act(request, actor, request.reason, decide, also=public)

    def _standing_remark(self, request: TakeBackRemark) -> Deed:
        deeds = self._acting.reporting.ledger.deeds(
            [remarks_stream(request.election, request.form, request.slot)]
        )
        gone = {
            deed.recorded.event.remark for deed in deeds if isinstance(deed.recorded.event, RemarkTakenBack)
        }
        for deed in deeds:
            event, position = deed.recorded.event, deed.recorded.position
            of_it = isinstance(event, RemarkPublished) and event.unit == request.unit
            if of_it and position == request.remark and position not in gone:
                return deed
        raise InvalidInput.at("remark", request.remark, message("remark_that_stands"))

    def _require_its_office(self, remark: Deed, opened: OpenReturn, actor: Actor) -> None:
        reach = reach_of(actor, opened.roster, opened.place.unit)
        if actor.office != remark.office and reach not in ("sole", "last", "all"):
            raise NotAuthorised(
                operation=f"annotate_public:{opened.place.unit}", office=actor.office,
                operation_ja=message.table("operation")["annotate_public"].ja,
                needed=message("office_of_the_remark", office=remark.office),
            )  # fmt: skip

    def _require_cell(self, opened: OpenReturn, key: str, *, held: bool) -> None:
        """InvalidInput for a cell that the form does not ask, naming those that it does: nobody would see the remark at it. `held`: nor
        for one without a figure, which nothing public is said of."""
        asked = set(opened.case.texts)
        if not held:
            asked |= {cell.key for contest in asked_contests(opened) for cell in contest.cells}
        if key not in asked:
            raise InvalidInput.at("cells", key, with_hint(", ".join(sorted(asked)[:MOST_NAMED]), key, asked))

    def read_out(self, request: ReadOut, actor: Actor) -> Done:
        """OtherCellsMoved where a value is not, or is not any more, what was read; NotNow for a reading that is none;
        ReadAlone; SameTypist for who must not see the draft."""

        def decide(opened: OpenReturn) -> list[Event]:
            authorise("save_draft", actor, opened.roster, request.unit, phase_of(opened))
            if opened.hides_draft_from(actor.person):
                raise SameTypist(person=actor.person)
            cells = {given.cell().cell.key: given.value for given in request.figures}
            standing = _standing(opened, cells)
            for key in sorted(cells):
                if not standing[key]:
                    held = opened.case.texts | opened.draft.cells
                    raise InvalidInput.at(
                        "figures", key, with_hint(message("cell_that_holds_a_value"), key, held)
                    )
            require_untouched(fingerprint(cells), standing, opened.place.within)
            if request.confirms is not None:
                _require_reading(opened, request.confirms, cells, actor)
            renamed, seen = self._acting.reporting.renamed, (request.seen_at, request.confirms)
            require_called_so(renamed, opened.shape, opened.place, cells, *seen)
            return [
                ReadTogether(**opened.where, cells=dict(sorted(cells.items())), confirms=request.confirms)
            ]

        return self._acting.act(request, actor, None, decide)

    def remind(self, request: Remind, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("remind", actor, opened.roster, request.unit, phase_of(opened))
            opened.require_reporter()
            return [ReminderSent(**opened.where, kind=request.kind)]

        return self._acting.act(request, actor, None, decide)

    def remind_all(self, request: RemindAll, actor: Actor) -> list[tuple[str, Done | ReportingError]]:
        """By unit, each as by itself: what was asked of one is there whatever is refused for another. CommandIdReused where the
        id stands for other reminders of all of them."""
        told: list[tuple[str, Done | ReportingError]] = []
        for unit in dict.fromkeys(request.units):
            try:
                told.append((unit, self.remind(request.of_unit(unit), actor)))
            except (NotAuthorised, UnknownReference, CommandIdReused) as refused:
                told.append((unit, refused))
        if all(isinstance(outcome, CommandIdReused) for _, outcome in told):
            raise CommandIdReused(command_id=str(request.command_id))
        return sorted(told, key=lambda outcome: isinstance(outcome[1], Done))
