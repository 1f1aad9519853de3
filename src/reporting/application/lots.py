"""Who won by lot where votes were equal (Public Offices Election Act, art. 95(2): くじ): recorded by one person from the
record of the election meeting, confirmed by another. The votes stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from reporting.application.authority import authorise
from reporting.application.commands import Request
from reporting.application.desk import Desk
from reporting.application.opened import OpenReturn
from reporting.application.service import MERGE_ATTEMPTS, Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import FourEyes
from reporting.domain.election import Contest
from reporting.domain.figures import Cell, format_value, parse_value
from reporting.domain.labels import Code
from reporting.domain.lots import Lot, in_force, lots_of
from reporting.domain.workflow_events import FiguresReleased, LotConfirmed, LotRecorded
from reporting.errors import InvalidInput, UnknownReference, VersionConflict
from reporting.ledger import Command, NewEvent
from reporting.ledger.streams import lot_stream, released_stream

Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Chosen = Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]


class OfLot(Request):
    """Names one count of a contest. `command_id` makes sending again safe."""

    command_id: UUID
    election: Code
    form: Code
    slot: Code
    contest: Code
    item: Code


class RecordLot(OfLot):
    """`among`: every choice of the same votes at the last seat; `winners`: those of them the lot gave a seat.
    `source_class`, `reference`: the document that says so, without a person's name."""

    among: Chosen
    winners: Chosen
    source_class: Code
    reference: Reference


class ConfirmLot(OfLot):
    """`recorded`: ledger position of the record that is confirmed."""

    recorded: int = Field(ge=1)


class RecorderConfirms(FourEyes):
    """facts: `person`. Who recorded a lot does not confirm it."""

    template_ja = "{person} がこのくじの結果を記録しました。確認は別の人が行ってください。"
    template_en = "{person} recorded this lot. Ask someone else to confirm it."


@dataclass(frozen=True, slots=True)
class LotDone:
    """`recorded`: position of the record; `position`: of this command's event."""

    recorded: int
    confirmed: bool
    position: int
    repeated: bool


class Lots:
    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._desk = reporting, desk

    def record(self, request: RecordLot, actor: Actor) -> LotDone:
        """NotAuthorised; InvalidInput where the choices are not equal at the last seat in what the top has approved."""

        def decide(stands: Sequence[Lot]) -> LotRecorded:
            votes = self._tied(request, request.among, request.winners)
            return LotRecorded(**request.model_dump(exclude={"command_id"}), votes=format_value(votes))

        return self._append(request, actor, decide)

    def confirm(self, request: ConfirmLot, actor: Actor) -> LotDone:
        """RecorderConfirms; InvalidInput where the record is not the latest, is confirmed, or its votes have changed."""

        def decide(stands: Sequence[Lot]) -> LotConfirmed:
            last = stands[-1] if stands else None
            if (
                last is None
                or (last.position, last.item) != (request.recorded, request.item)
                or last.confirmed_at is not None
            ):
                raise InvalidInput(
                    field="recorded",
                    found=str(request.recorded),
                    expected="確認を待つ最新の記録の位置 / the position of the latest record that waits for confirmation",
                )
            if self._reporting.ledger.doers([last.position])[last.position].person == actor.person:
                raise RecorderConfirms(person=actor.person)
            votes = self._tied(request, last.among, last.winners)
            if format_value(votes) != last.votes:
                raise _not_tied("得票数が記録時と異なります / votes are not those recorded", last.votes)
            return LotConfirmed(**request.model_dump(exclude={"command_id"}))

        return self._append(request, actor, decide)

    def of(self, election: str, contest: str, upto: int) -> tuple[Lot, ...]:
        """What was recorded of a contest up to a ledger position, in order; not what a later confirmed record replaced."""
        known = self._reporting.catalog.election(election)
        streams = [
            lot_stream(election, form.code, slot.code, contest)
            for form in known.definition.forms
            for slot in form.slots
        ]
        stored = self._reporting.ledger.streams(streams)
        return in_force(lots_of((one.position, one.event) for one in stored if one.position <= upto))

    def is_public(self, lot: Lot, upto: int) -> bool:
        """Whether it is confirmed and the very votes that were equal are released."""
        if lot.confirmed_at is None:
            return False
        units = self._reporting.catalog.election(lot.election).roster.contest_units[lot.contest]
        released: dict[str, dict[str, str]] = {}
        streams = [released_stream(lot.election, lot.form, lot.slot, unit) for unit in sorted(units)]
        for recorded in self._reporting.ledger.streams(streams):
            if recorded.position <= upto and isinstance(recorded.event, FiguresReleased):
                released.setdefault(recorded.event.unit, {}).update(recorded.event.figures)
        sums = dict.fromkeys(lot.among, Decimal(0))
        for figures in released.values():
            for choice in lot.among:
                value = parse_value(figures.get(Cell(lot.contest, lot.item, "", choice).key, "!none"))
                sums[choice] += value if isinstance(value, Decimal) else 0
        return all(format_value(value) == lot.votes for value in sums.values())

    def _append(
        self, request: OfLot, actor: Actor, decide: Callable[[Sequence[Lot]], LotRecorded | LotConfirmed]
    ) -> LotDone:
        known = self._reporting.catalog.election(request.election)
        known.form(request.form, request.slot)
        self._contest(request)
        for unit in sorted(known.roster.contest_units[request.contest]):
            authorise("record_lot", actor, known.roster, unit)
        stream = lot_stream(request.election, request.form, request.slot, request.contest)
        ledger, attempts = self._reporting.ledger, 0
        command = Command(request.command_id, request.body(), actor, Channel.API, ())
        appended = ledger.repeat_of(command.command_id, command.body_hash)
        while appended is None:
            stored = ledger.stream(stream)
            event = decide(lots_of((one.position, one.event) for one in stored))
            try:
                new = NewEvent(stream, len(stored) + 1, event)
                appended = ledger.append(replace(command, events=(new,)))
            except VersionConflict:
                attempts += 1
                if attempts >= MERGE_ATTEMPTS:
                    raise
        confirmed = isinstance(request, ConfirmLot)
        recorded = request.recorded if isinstance(request, ConfirmLot) else appended.first_position
        return LotDone(recorded, confirmed, appended.last_position, appended.repeated)

    def _contest(self, request: OfLot) -> Contest:
        return self._reporting.catalog.election(request.election).definition.contest(request.contest)

    def _tied(self, request: OfLot, among: Sequence[str], winners: Sequence[str]) -> Decimal:
        """The votes that all of `among`, and nobody else, have in what the top has approved, where too few seats are left
        for them and `winners` fill those."""
        contest = self._contest(request)
        if contest.kind == "proportional" and contest.seats > 1:
            raise _not_tied(
                "比例代表の議席は得票数の順では決まりません / seats by quotients are not by votes",
                contest.code,
            )
        votes = self._votes(request, contest)
        equal = {votes.get(choice) for choice in among}
        if None in equal or len(equal) != 1:
            raise _not_tied("得票数の等しい候補者 / choices of equal votes", ", ".join(among))
        (value,) = equal
        assert value is not None
        if sorted(among) != sorted(choice for choice, held in votes.items() if held == value):
            raise _not_tied(
                "同数の候補者を全て、一度ずつ / every choice of these votes, once each", ", ".join(among)
            )
        left = contest.seats - sum(held > value for held in votes.values())
        if not 0 < left < len(among):
            raise _not_tied("最後の議席を争う同数 / a tie for the last seats", ", ".join(among))
        if len(set(winners)) != len(winners) or not set(winners) <= set(among) or len(winners) != left:
            raise InvalidInput(
                field="winners",
                found=", ".join(winners),
                expected=f"くじの対象から {left} 名 / {left} of those drawn among",
            )
        return value

    def _votes(self, request: OfLot, contest: Contest) -> dict[str, Decimal]:
        """Of each choice that stands, over all units. InvalidInput while a unit's are not approved at its top."""
        known = self._reporting.catalog.election(request.election)
        workflow = known.definition.workflow
        if workflow is None:
            raise UnknownReference(kind="workflow", found=request.election)
        asked = set(known.reporting_units(request.form, request.slot))
        units = sorted(known.roster.contest_units[contest.code])
        standing = [one.code for one in contest.choices if one.withdrawn is None]
        votes = dict.fromkeys(standing, Decimal(0))
        waiting = sorted(set(units) - asked)
        for one in self._desk.returns.open_all(
            request.election, request.form, request.slot, [u for u in units if u in asked]
        ):
            top = one.levels[workflow.certifying(one.levels)] if one.levels else None
            for choice in standing:
                value = _approved(one, Cell(contest.code, request.item, "", choice).key, top)
                if value is None:
                    waiting.append(one.place.unit)
                    break
                votes[choice] += value
        if waiting:
            raise _not_tied("全ての単位の最終承認 / every unit approved at its top", ", ".join(waiting[:20]))
        return votes


def _approved(one: OpenReturn, key: str, level: str | None) -> Decimal | None:
    cell = one.case.cells.get(key)
    text = None if cell is None else cell.text if level is None else cell.approved.get(level)
    value = None if text is None else parse_value(text)
    return value if isinstance(value, Decimal) else None


def _not_tied(expected: str, found: str) -> InvalidInput:
    return InvalidInput(field="among", found=found, expected=expected)
