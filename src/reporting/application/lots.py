"""Who won by lot where votes were equal (Public Offices Election Act, art. 95(2): くじ): recorded by one person from the
record of the election meeting, confirmed by another, part of the contest's next release. The votes stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from reporting.application.acting import require_company, require_no_chain
from reporting.application.authority import authorise
from reporting.application.called_otherwise import require_called_so
from reporting.application.catalog import KnownElection
from reporting.application.commands import Named, Text, Worded
from reporting.application.entry import require_begun
from reporting.application.lot_refusals import (
    TOLD,
    NoTie,
    NoTieCause,
    RecorderAlone,
    RecorderConfirms,
    VotesOpen,
)
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain import approval
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import ReturnCase
from reporting.domain.election import Contest, ElectionDefinition, Form
from reporting.domain.figures import Cell, format_value
from reporting.domain.labels import Code
from reporting.domain.lots import Lot
from reporting.domain.place import Place
from reporting.domain.released import ChangeKind, ReleasedLot
from reporting.domain.workflow_events import LotConfirmed, LotRecorded
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Command, NewEvent
from reporting.ledger.streams import election_stream, lot_stream, return_stream
from reporting.rules.context import is_final
from reporting.rules.lots import Count, Counting, LotsOfCount, Texts, Tie, by_quotients, units_of

Reference = Annotated[str, StringConstraints(min_length=1, max_length=100), Worded]
Chosen = Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]


NOT_TOLD = {"command_id", "seen_at", "votes", "reference", "override"}
"""Fields of a request that its event does not hold, or in its own way."""


class OfLot(Named):
    """Names one count of a contest. `command_id` makes sending again safe."""

    command_id: UUID
    election: Code
    form: Code
    slot: Code
    contest: Code
    item: Code


class RecordLot(OfLot):
    """`among`: every choice of the same votes at the last seat; `winners`: those of them the lot gave a seat.
    `source_class`, `reference`: the document that says so; the words stand with the command, which can be erased."""

    later = OfLot.later | {"votes"}
    among: Chosen
    winners: Chosen
    source_class: Code
    reference: Reference
    votes: str | None = Field(
        None, max_length=40, description="what each had as the sender saw it: anything else is not recorded"
    )


class ConfirmLot(OfLot):
    """`recorded`: ledger position of the record that is confirmed. `override`: the reason why one who typed or submitted
    these votes, or recorded the lot, may confirm it here."""

    recorded: int = Field(ge=1)
    override: Text | None = None


@dataclass(frozen=True, slots=True)
class LotDone:
    """`recorded`: position of the record; `position`: of this command's event."""

    recorded: int
    confirmed: bool
    position: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Drawable:
    """One item of a contest in a slot, as whoever would record a lot sees it. `count`: None where seats go by quotients;
    `refusal`: why nothing is recorded now; None: a lot may be drawn between `tie`."""

    item: str
    count: Count | None
    refusal: VotesOpen | NoTie | None

    @property
    def tie(self) -> Tie | None:
        return None if self.count is None else self.count.tie


class Lots:
    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def record(self, request: RecordLot, actor: Actor) -> LotDone:
        """NotAuthorised; VotesOpen while a unit's votes are not final, NoTie where they are not equal at the last seat, elect
        nobody, or are not all that will be counted (a flash, a sample), InvalidInput for others than those that are equal or as many winners as seats are left."""

        def decide(fold: LotsOfCount) -> LotRecorded:
            counting = self._counting(request)
            _require_whole_counts(counting, fold.cases)
            tie = self._tie(request, counting.of_cases(fold.cases))
            _require_all(tie, request.among)
            _require_winners(tie, request.winners)
            self._require_called_so(request, request.among, request.seen_at)
            votes = format_value(tie.votes)
            if request.votes not in (None, votes):
                raise NoTie(NoTieCause.MOVED, votes=request.votes or "", now=votes)
            return LotRecorded(**request.model_dump(exclude=NOT_TOLD), votes=votes)

        return self._append(request, actor, request.reference, decide)

    def confirm(self, request: ConfirmLot, actor: Actor) -> LotDone:
        """FourEyes for an author of the votes and for the recorder, unless with an `override`, of which a chain by one
        person alone is refused as in certifying; NoTie, VotesOpen where the votes are not those recorded any more;
        InvalidInput where the record is not the latest, or is confirmed."""

        def decide(fold: LotsOfCount) -> LotConfirmed:
            mine = [lot for lot in fold.told() if lot.item == request.item]
            last = mine[-1] if mine else None
            if last is None or last.position != request.recorded or last.confirmed_at is not None:
                raise InvalidInput.at("recorded", str(request.recorded), message("latest_record_that_waits"))
            self._require_called_so(request, last.among, request.seen_at, last.position)
            counting = self._counting(request)
            _require_whole_counts(counting, fold.cases)
            alone = self._require_other_eyes(counting, fold.cases, last, actor, request.override is not None)
            count = counting.of_cases(fold.cases)
            tie = self._tie(request, count)
            if not count.bears(last):
                raise NoTie(NoTieCause.MOVED, votes=last.votes, now=format_value(tie.votes))
            told = request.model_dump(exclude=NOT_TOLD)
            return LotConfirmed(**told, override=request.override is not None, alone=alone)

        return self._append(request, actor, request.override, decide)

    def drawable(self, election: str, form: str, slot: str, contest: str) -> list[Drawable]:
        """Of each item that the form counts by choice there. UnknownReference."""
        defined = self._reporting.catalog.election(election)
        asked = defined.form(form, slot)
        of_contest = defined.definition.contest(contest)
        items = [
            item.code for item in defined.definition.items if item.by_choice and item.code in asked.items
        ]
        if by_quotients(of_contest):
            refused = NoTie(NoTieCause.QUOTIENTS, **_called(of_contest))
            return [Drawable(item, None, refused) for item in items]
        cases = self._fold(defined, form, slot, contest).cases if items else {}
        listed = []
        for item in items:
            counting = Counting(defined.definition, defined.roster, form, slot, of_contest, item)
            count = counting.of_cases(cases)
            refusal: VotesOpen | NoTie | None = None
            try:
                if not is_final(defined.definition, asked, slot):
                    raise NoTie(NoTieCause.INTERIM, form=form, slot=slot)
                _require_whole_counts(counting, cases)
                _tie(count, defined, form, slot)
            except (VotesOpen, NoTie) as why:
                refusal = why
            listed.append(Drawable(item, count, refusal))
        return listed

    def of(self, election: str, contest: str) -> list[Lot]:
        """Everything recorded of a contest and what became of it, by position, as the log stands."""
        defined = self._reporting.catalog.election(election)
        drawn = [
            lot
            for form in defined.definition.forms
            for slot in form.slots
            if self._reporting.ledger.stream_version(lot_stream(election, form.code, slot.code, contest))
            for lot in self._fold(defined, form.code, slot.code, contest).told()
        ]
        return sorted(drawn, key=lambda lot: lot.position)

    def for_release(
        self,
        defined: KnownElection,
        form: str,
        slot: str,
        figures: Texts,
        before: Sequence[ReleasedLot],
        upto: int,
    ) -> tuple[ReleasedLot, ...]:
        """Every lot that a release of these figures holds, by contest and position: those that are confirmed and whose
        votes are equal both as approved and in these very figures; and those that were public `before`, in force or
        overtaken. `upto`: position the release stands at; `figures`: unit → cell key → text, all that is public with it."""
        code = defined.definition.code
        streams = {
            lot_stream(code, form, slot, contest.code): contest.code
            for contest in defined.definition.contests
        }
        drawn = {streams[recorded.stream_id] for recorded in self._reporting.ledger.streams(list(streams))}
        public = {lot.recorded: lot for lot in before}
        released = []
        for contest in (contest for contest in defined.definition.contests if contest.code in drawn):
            for lot in self._fold(defined, form, slot, contest.code).told():
                there = public.get(lot.position)
                if lot.confirmed_at is None or (there is None and lot.overtaken_at is not None):
                    continue
                counting = Counting(defined.definition, defined.roster, form, slot, contest, lot.item)
                holds = lot.replaced_at is None and counting.of(figures).bears(lot)
                if there is None and not holds:
                    continue
                released.append(_released(lot, lot.confirmed_at, there, holds, upto))
        return tuple(released)

    def _fold(self, defined: KnownElection, form: str, slot: str, contest: str) -> LotsOfCount:
        code, ledger = defined.definition.code, self._reporting.ledger
        (last_definition,) = ledger.stream(
            election_stream(code), ledger.stream_version(election_stream(code)) - 1
        )
        fold = LotsOfCount(defined.definition, defined.roster, form, slot, contest, last_definition.position)
        of_contest = defined.definition.contest(contest)
        streams = {
            return_stream(code, form, slot, unit): unit for unit in units_of(defined.roster, of_contest)
        }
        for deed in ledger.deeds([*streams, lot_stream(code, form, slot, contest)]):
            recorded = deed.recorded
            fold.apply(streams.get(recorded.stream_id), recorded.event, recorded.position, deed.by)
        doers = ledger.doers(at for case in fold.cases.values() for at in case.typed_at())
        for case in fold.cases.values():
            case.name_typists(doers)
        return fold

    def _require_other_eyes(
        self,
        counting: Counting,
        cases: Mapping[str, ReturnCase],
        lot: Lot,
        actor: Actor,
        override: bool,
    ) -> bool:
        """As certifying asks it of every return that these votes stand in; whether the recorder confirms."""
        recorder = self._reporting.ledger.doers([lot.position])[lot.position].person
        alone = recorder == actor.person
        if alone and not override:
            raise RecorderConfirms(person=actor.person)
        if alone:
            require_company(self._reporting, actor, RecorderAlone)
        by = actor.by
        for case in cases.values():
            if mine := [key for key in counting.keys if key in case.cells]:
                approval.require_other_eyes(case, by, mine, override=override)
                if override:
                    require_no_chain(self._reporting, case, actor)
        return alone

    def _append(
        self,
        request: OfLot,
        actor: Actor,
        words: str | None,
        decide: Callable[[LotsOfCount], LotRecorded | LotConfirmed],
    ) -> LotDone:
        defined = self._reporting.catalog.election(request.election)
        if defined.definition.workflow is None:
            raise UnknownReference(kind="workflow", found=request.election)
        counting = self._counting(request)
        for unit in sorted(defined.roster.contest_units[request.contest]):
            authorise("record_lot", actor, defined.roster, unit)
        require_begun(defined, request.form, request.slot, self._reporting.clock())
        _require_seats_by_votes(counting.contest)
        if not is_final(counting.definition, counting.definition.form(request.form), request.slot):
            raise NoTie(NoTieCause.INTERIM, form=request.form, slot=request.slot)
        stream = lot_stream(request.election, request.form, request.slot, request.contest)
        ledger = self._reporting.ledger
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=words)

        def decided() -> Command:
            version, now = ledger.stream_version(stream), self._reporting.catalog.election(request.election)
            fold = self._fold(now, request.form, request.slot, request.contest)
            return command.deciding([NewEvent(stream, version + 1, decide(fold))], now.stands)

        appended = once(ledger, command, decided, ledger.append)
        confirmed = isinstance(request, ConfirmLot)
        recorded = request.recorded if isinstance(request, ConfirmLot) else appended.first_position
        return LotDone(recorded, confirmed, appended.last_position, appended.repeated)

    def _require_called_so(self, lot: OfLot, choices: Iterable[str], *seen: int | None) -> None:
        """CalledOtherwise where the sender, or who recorded the lot, knew one of these by another name."""
        shape = self._reporting.catalog.election(lot.election).shape(lot.form, lot.slot)
        texts = {Cell(lot.contest, lot.item, "", choice).key: "" for choice in choices}
        place = Place(lot.election, lot.form, lot.slot, "")
        require_called_so(self._reporting.renamed, shape, place, texts, *seen)

    def _tie(self, request: OfLot, count: Count) -> Tie:
        """VotesOpen, NoTie: each for its own cause."""
        return _tie(count, self._reporting.catalog.election(request.election), request.form, request.slot)

    def _counting(self, request: OfLot) -> Counting:
        defined = self._reporting.catalog.election(request.election)
        form = defined.form(request.form, request.slot)
        by_choice = [
            item.code for item in defined.definition.items if item.by_choice and item.code in form.items
        ]
        if request.item not in by_choice:
            ja, en = "、".join(by_choice), ", ".join(by_choice)
            asked = message("item_counted_by_choice", by_choice_ja=ja, by_choice_en=en)
            raise InvalidInput.at("item", request.item, asked)
        contest = defined.definition.contest(request.contest)
        return Counting(defined.definition, defined.roster, request.form, request.slot, contest, request.item)


def elects(definition: ElectionDefinition, form: Form, slot: str) -> bool:
    """Whether a slot's votes are all that will be counted: only between them is a lot drawn."""
    return is_final(definition, form, slot)


def _called(contest: Contest) -> dict[str, str]:
    ja, en = contest.label.words
    return {"contest": contest.code, "contest_ja": ja, "contest_en": en}


def _require_seats_by_votes(contest: Contest) -> None:
    if by_quotients(contest):
        raise NoTie(NoTieCause.QUOTIENTS, **_called(contest))


def _require_whole_counts(counting: Counting, cases: Mapping[str, ReturnCase]) -> None:
    """NoTie where votes rest on a sample or an estimate: equal so far is not equal."""
    partial = sorted(
        unit
        for unit, case in cases.items()
        if case.partial is not None and not case.cells.keys().isdisjoint(counting.keys)
    )
    if partial:
        more = " …" if len(partial) > TOLD else ""
        raise NoTie(NoTieCause.PARTIAL, units=", ".join(partial[:TOLD]) + more)


def _tie(count: Count, defined: KnownElection, form: str, slot: str) -> Tie:
    if count.waiting:
        raise VotesOpen(count.waiting, defined.reporting_units(form, slot))
    tie = count.tie
    if tie is None:
        raise NoTie(NoTieCause.NONE, **_called(count.contest))
    if (line := tie.short_of) is not None:
        raise NoTie(
            NoTieCause.BELOW_LINE, votes=format_value(tie.votes), line_ja=line.label.ja,
            line_en=line.label.en or line.label.ja,
        )  # fmt: skip
    return tie


def _require_all(tie: Tie, among: Sequence[str]) -> None:
    if sorted(among) != sorted(tie.among):
        votes, names = format_value(tie.votes), ", ".join(tie.among)
        raise InvalidInput(
            field="among",
            found=", ".join(among),
            expected=message("everybody_of_equal_votes", names=names, votes=votes),
        )


def _require_winners(tie: Tie, winners: Sequence[str]) -> None:
    if len(set(winners)) != len(winners) or not set(winners) <= set(tie.among) or len(winners) != tie.seats:
        raise InvalidInput(
            field="winners",
            found=", ".join(winners),
            expected=message("of_those_drawn_among", seats=tie.seats),
        )


def _released(lot: Lot, confirmed: int, before: ReleasedLot | None, holds: bool, upto: int) -> ReleasedLot:
    """One that was overtaken and stays so keeps what overtook it first."""
    overtaken = None if holds else lot.overtaken_at or upto
    if before is not None and before.overtaken is not None and not holds:
        overtaken = before.overtaken
    kind = None
    if before is None or (before.overtaken is None) != holds:
        kind = ChangeKind.LOT if holds else ChangeKind.LOT_OVERTAKEN
    return ReleasedLot(
        contest=lot.contest, item=lot.item, among=lot.among, winners=lot.winners, votes=lot.votes,
        source_class=lot.source_class, recorded=lot.position, confirmed=confirmed, overtaken=overtaken, kind=kind,
        override=lot.override, alone=lot.alone,
    )  # fmt: skip
