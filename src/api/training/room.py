"""The practice room of a server: rehearsals that people open and join in their browser, played by threads beside it."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from api.demo.people import ROLES
from api.drills import (
    LONGEST,
    SHORTEST,
    DrillReport,
    DrillStands,
    DrillState,
    EndDrill,
    MissionTold,
    OpenDrill,
    PaperCell,
    PaperReturn,
    ReportingUnit,
)
from api.training.messages import message
from api.training.record import DrillRecord, KeptSeat, OpenedBy, read_all, write
from api.training.told import report_of
from api.training.truth import new_drill, source_of
from reporting.application.commands import Request, says_something
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.election import ElectionDefinition
from reporting.errors import CommandIdReused, InvalidInput, NotAuthorised, UnknownReference
from reporting.ledger import return_stream
from reporting.publication.release import CLOCK
from reporting.training.copy import Clock
from reporting.training.drill import Drill, OnClock, scored
from reporting.training.history import is_drills_own
from reporting.training.missions import missions
from reporting.training.prepare import area_of_a_drill, roster_of, units_of

AT_ONCE = 3
"""Rehearsals that are played at a time: each has a thread, and its robots write into the ledger."""
MISSIONS, TO_DO = message.table("mission"), message.table("mission_todo")
JOIN_WITHIN_S = 10.0
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Playing:
    """`ending`: its leader ends it; a stop without that is the server's."""

    thread: threading.Thread
    drill: Drill
    stop: threading.Event = field(default_factory=threading.Event)
    ending: bool = False


class PracticeRoom:
    """`folder`: of the sheets. `now`: with its offset from UTC. Implements `api.drills.Drills`."""

    def __init__(
        self, service: Reporting, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._service, self._folder, self._now = service, folder, now
        self._records = read_all(folder)
        self._playing: dict[str, Playing] = {}
        self._opening, self._lock = threading.Lock(), threading.Lock()

    def listed(self) -> Sequence[DrillStands]:
        records = sorted(self._records.values(), key=lambda record: record.opened_at, reverse=True)
        return [self._stands(record) for record in records]

    def stands(self, election: str) -> DrillStands:
        return self._stands(self._record(election))

    def may_open(self, actor: Actor) -> bool:
        return actor.role.may_write

    def leads(self, election: str, actor: Actor) -> bool:
        return self._record(election).leader.actor == actor

    def open(self, wish: OpenDrill, actor: Actor) -> DrillStands:
        with self._opening:  # one after the other: the first free code is looked for
            again = next((kept for kept in self._records.values() if kept.opened[0] == wish.command_id), None)
            if again is not None:
                self._must_be_same(again.opened, wish, again.leader.actor == actor)
                return self._stands(again)
            if not self.may_open(actor):
                raise _refused("open_drill", actor, message("who_opens_drills"))
            if len(self._playing) >= AT_ONCE:
                raise InvalidInput.at("drills", len(self._playing), message("one_ended_first", most=AT_ONCE))
            return self._stands(self._begin(wish, actor))

    def end(self, wish: EndDrill, actor: Actor) -> DrillStands:
        record = self._record(wish.election)
        if record.leader.actor != actor:
            raise _refused("end_drill", actor, message("its_leader"))
        again = next(
            (kept for kept in self._records.values() if kept.ended and kept.ended[0] == wish.command_id), None
        )
        if again is not None and again.ended is not None:
            self._must_be_same(again.ended, wish, True)
            return self._stands(record)
        playing = self._playing.get(wish.election)
        if record.state is not DrillState.PLAYING or playing is None:
            raise InvalidInput.at("election", wish.election, message("drill_being_played"))
        self._keep(wish.election, ended=(wish.command_id, wish.body()))
        playing.ending = True
        playing.stop.set()
        playing.thread.join(JOIN_WITHIN_S)
        return self.stands(wish.election)

    def report(self, election: str, actor: Actor) -> DrillReport | None:
        record = self._record(election)
        everything = actor.jurisdiction == "*" and (actor.role.may_write or actor.role is Role.AUDITOR)
        seated = any(kept.seat.taken_by(actor) for kept in record.seats)
        if record.state is DrillState.PLAYING or not (everything or seated or record.leader.actor == actor):
            return None
        return report_of(record.sheet, scored(self._service, record.sheet))

    def missions(self, election: str, actor: Actor) -> Sequence[MissionTold]:
        record = self._record(election)
        own = missions(
            self._service.ledger, record.sheet, actor.by,
            seated=any(kept.seat.taken_by(actor) for kept in record.seats),
            leads=record.leader.actor == actor, audits=actor.role is Role.AUDITOR,
        )  # fmt: skip
        return [
            MissionTold(mission.code, MISSIONS[mission.code], TO_DO[mission.code], mission.done)
            for mission in own
        ]

    def phone_sheet(self, election: str, unit: str, actor: Actor) -> Sequence[PaperReturn]:
        record = self._record(election)
        if record.leader.actor != actor:
            raise _refused("read_phone_sheet", actor, message("its_leader"))
        pages = [page for page in record.sheet.pages if page.unit == unit]
        if not pages:
            raise UnknownReference(kind="unit", found=unit, among={page.unit for page in record.sheet.pages})
        return [
            PaperReturn(page.form, page.slot, tuple(PaperCell(*cell) for cell in page.truth.items()))
            for page in pages
        ]

    def guest(self, election: str, area: str, name: str) -> Actor | None:
        record = self._records.get(election)
        seat = next((kept.seat for kept in record.seats if kept.area == area), None) if record else None
        typed = unicodedata.normalize("NFKC", name).strip()
        fits = SHORTEST <= len(typed) <= LONGEST and typed.isprintable() and says_something(typed)
        if seat is None or not fits or is_drills_own(typed) or typed == CLOCK.person:
            return None
        return Actor(typed, seat.office, seat.role, seat.area)

    def has_seat(self, actor: Actor) -> bool:
        return any(
            kept.seat.taken_by(actor) and kept.office == actor.office
            for record in list(self._records.values())
            for kept in record.seats
        )

    def close(self) -> None:
        for playing in list(self._playing.values()):
            playing.stop.set()
        for playing in list(self._playing.values()):
            playing.thread.join(JOIN_WITHIN_S)

    def _begin(self, wish: OpenDrill, actor: Actor) -> DrillRecord:
        source = source_of(self._service, wish.election)
        area = wish.area or (
            actor.jurisdiction if actor.jurisdiction != "*" else area_of_a_drill(self._service, source)
        )
        units = units_of(self._service, source, area)
        self._must_reach(source, units, area, actor)
        if wish.election is not None and not source.is_test:
            self._must_be_settled(source, units)
        clock = Clock(self._now(), wish.speed)
        sheet = new_drill(
            self._service, clock, election=wish.election, area=area, units=wish.units, speed=wish.speed,
            errors=wish.mistakes, kinds=(), seed=wish.seed,
        )  # fmt: skip
        defined = self._service.catalog.election(sheet.election)
        flow = defined.definition.workflow
        assert flow is not None, "a training copy has one"
        drill = Drill(self._service, sheet, people=self._levels(wish, flow.levels, flow.publish_at_level))
        roles = {
            area: ROLES.get(level, Role.MUNICIPALITY)
            for chain in defined.roster.chains.values()
            for level, area in chain
        }
        seats = tuple(
            KeptSeat(area=played, office=sheet.offices[played], role=roles[played])
            for played in drill.sheet.played
        )
        record = DrillRecord(
            sheet=drill.sheet, leader=OpenedBy.of(actor), seats=seats, opened_at=self._now(),
            opened=(wish.command_id, wish.body()), position=self._service.ledger.position(),
        )  # fmt: skip
        write(self._folder, record)
        thread = threading.Thread(
            target=self._play, args=(sheet.election, clock), name=sheet.election, daemon=True
        )
        self._playing[sheet.election] = Playing(thread, drill)
        self._records[sheet.election] = record
        thread.start()
        return record

    def _levels(self, wish: OpenDrill, levels: Sequence[str], publishing: str) -> tuple[str, ...]:
        for level in wish.people:
            if level not in levels[: levels.index(publishing) + 1]:
                raise InvalidInput.at("people", level, ", ".join(levels[: levels.index(publishing) + 1]))
        return wish.people or (publishing,)

    def _must_reach(self, source: ElectionDefinition, units: Sequence[str], area: str, actor: Actor) -> None:
        """Whoever opens a rehearsal reads its figures: no others than they may."""
        roster = roster_of(self._service, source)
        if actor.jurisdiction != "*" and not all(roster.covers(actor.jurisdiction, unit) for unit in units):
            raise _refused("open_drill", actor, message("office_of_area", area=area))

    def _must_be_settled(self, source: ElectionDefinition, units: Sequence[str]) -> None:
        """Only certified figures of a real election are shown to a room: never a night that still goes on."""
        streams = [
            return_stream(source.code, form.code, slot.code, unit)
            for form in source.forms
            for slot in form.slots
            for unit in units
        ]
        cases = self._service.return_cases(streams).values()
        if not all(case.certified for case in cases if case.cells):
            raise InvalidInput.at("election", source.code, message("certified_election"))

    def _play(self, election: str, clock: Clock) -> None:
        playing = self._playing[election]
        changes: dict[str, Any] = {"state": DrillState.INTERRUPTED}
        try:
            changes["sheet"] = playing.drill.run(OnClock(clock, playing.stop))
            if playing.ending:
                changes["state"] = DrillState.ENDED
            elif not playing.stop.is_set():
                changes["state"] = DrillState.OVER
        except Exception as fault:
            log.error("drill", election=election, exc_info=fault)
        finally:
            record = self._records[election]
            minute = round(min(max(clock.minute(self._now()), 0.0), record.sheet.ends), 1)
            self._keep(election, minute=minute, trouble=len(playing.drill.trouble), **changes)
            self._playing.pop(election, None)

    def _keep(self, election: str, **changes: Any) -> None:
        with self._lock:
            self._records[election] = self._records[election].model_copy(update=changes)
            write(self._folder, self._records[election])

    def _record(self, election: str) -> DrillRecord:
        record = self._records.get(election)
        if record is None:
            raise UnknownReference(kind="election", found=election, among=self._records)
        return record

    def _must_be_same(self, done: tuple[object, bytes], wish: Request, own: bool) -> None:
        if not own or done[1] != wish.body():
            raise CommandIdReused(command_id=str(done[0]))

    def _stands(self, record: DrillRecord) -> DrillStands:
        sheet, playing = record.sheet, self._playing.get(record.sheet.election)
        passed = sheet.clock.minute(self._now()) if record.state is DrillState.PLAYING else record.minute
        return DrillStands(
            election=sheet.election,
            position=record.position,
            label=self._service.catalog.election(sheet.election).definition.label,
            source=sheet.source,
            opened_by=record.leader.actor,
            starts_at=sheet.starts_at,
            speed=sheet.speed,
            state=record.state,
            minute=round(min(max(passed, 0.0), sheet.ends), 1),
            ends=round(sheet.ends, 1),
            units=tuple(
                ReportingUnit(unit, sheet.offices.get(unit, unit))
                for unit in sorted({page.unit for page in sheet.pages})
            ),
            returns=len(sheet.pages),
            mistakes=len(sheet.injected),
            seats=tuple(kept.seat for kept in record.seats),
            trouble=len(playing.drill.trouble) if playing else record.trouble,
        )


def _refused(operation: str, actor: Actor, needed: str) -> NotAuthorised:
    ja = message.table("operation")[operation].ja
    return NotAuthorised(operation=operation, operation_ja=ja, office=actor.office, needed=needed)
