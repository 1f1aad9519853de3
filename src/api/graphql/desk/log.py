"""A return's log: everything that was done to it and to what its cells are called, and lots between its votes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import strawberry

from api.graphql.desk.ballots import BallotsInCommon, OwnBallots, parts_of_division
from api.graphql.figures import FigureChange
from api.graphql.types import DeedTold, Label, TogetherWith, Typist, described
from projections.read import Snapshot
from projections.read.lots import public_lots, sources
from reporting.application.blind import blind_to
from reporting.application.opened import OpenReturn
from reporting.application.renamed import Renamed
from reporting.application.service import Reporting
from reporting.domain.actor import By
from reporting.domain.event_names import DEFINITION_CHANGED
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell
from reporting.domain.relabelled import Change
from reporting.domain.workflow_events import (
    DraftSaved,
    EntrySettled,
    LotConfirmed,
    LotRecorded,
    ReturnSubmitted,
    SecondEntrySaved,
)
from reporting.ledger import Deed, draft_stream
from reporting.ledger.streams import lot_stream


@strawberry.type(description="A cell an event set or named.")
class LoggedCell:
    key: str = described("contest|item|breakdown|choice")
    before: str | None = described("what it held before, where the event set it")
    after: str | None = described("what it holds since; null where the event only named it")
    typed_by: list[Typist] = described("who had typed the value before, where it was another's draft or form")


@strawberry.type(description="A proportional division that was kept with a draft, or went with a submission.")
class LoggedDivision:
    contest: str = described("contest")
    own: list[OwnBallots] = described("votes of their own")
    common: list[BallotsInCommon] = described("ballots in common; none: it was taken out again")

    @classmethod
    def of(cls, event: Event) -> list[LoggedDivision]:
        """Of an event that holds any, by contest."""
        held = event.divisions if isinstance(event, DraftSaved | ReturnSubmitted) else {}
        return [
            cls(contest=contest, **parts_of_division(divided)) for contest, divided in sorted(held.items())
        ]


@strawberry.type(description="One thing that was done to a return: by whom, when, why.")
class LogEntry(DeedTold):
    type: str = described("event type, e.g. DraftSaved, FiguresCorrected, CellsSentBack, ReturnApproved")
    type_label: Label = described("what people call that type")
    at: datetime = strawberry.field(
        description="when it was recorded", deprecation_reason="recordedAt is the same, as of every Deed"
    )
    on_behalf_of: str | None = described("entry on behalf: of which office")
    source: str | None = described(
        "entry on behalf: fax, telephone, paper …; of a lot: the document that says who won by it"
    )
    received_at: datetime | None = described("entry on behalf: when it arrived")
    level: str | None = described("level that approved, sent back or certified")
    override: bool = described("approved by who submitted it; the reason says why")
    agrees: bool | None = described("the owner's answer")
    reason_class: str | None = described("stable code of the reason or remark")
    reason: str | None = described("the reason or remark in words")
    finding: str | None = described("key of the difference it declared, confirmed or closed")
    cells: list[LoggedCell] = described("cells it set or named")
    together: list[TogetherWith] = described("of a joint correction: the other returns it submitted")
    definition_changes: list[FigureChange] = described(
        "type DefinitionChanged: what the definition or the areas said otherwise of the cells named from then on; no value "
        "changed"
    )
    divisions: list[LoggedDivision] = described(
        "types DraftSaved, ReturnSubmitted: divisions it kept, by contest"
    )
    edition: int | None = described(
        "types ReturnSubmitted, ReturnApproved, ReturnCertified: edition of the rules that it passed (`desk(asOf:)` at its "
        "position names them: `then { passed }`); null from before that was noted"
    )
    won: list[str] = described(
        "types LotRecorded, LotConfirmed: choices that a lot between the equal votes named gave a seat"
    )

    @classmethod
    def renamed(cls, told: Renamed, keys: Sequence[str], changes: Iterable[Change]) -> LogEntry:
        """`keys`: cells that held something and are called, or counted, otherwise."""
        return cls(
            **cls.facts(told), type=DEFINITION_CHANGED, type_label=Label.called(DEFINITION_CHANGED), at=told.recorded_at,
            on_behalf_of=None, source=None, received_at=None, level=None, override=False, agrees=None, reason_class=None,
            finding=None, together=[], definition_changes=[FigureChange.of(change) for change in changes],
            cells=[LoggedCell(key=key, before=None, after=None, typed_by=[]) for key in keys], won=[], divisions=[], edition=None,
        )  # fmt: skip

    @classmethod
    def lot(cls, deed: Deed, record: LotRecorded, reference: str | None) -> LogEntry:
        """A lot's record or its confirmation. `reference`: what the record's document is called."""
        of = record.contest, record.item, ""
        return cls(
            **cls.facts(deed.facts), type=deed.recorded.event.type, type_label=Label.called(deed.recorded.event.type), at=deed.recorded.recorded_at,
            on_behalf_of=None, source=reference, received_at=None, level=None,
            override=getattr(deed.recorded.event, "override", False), agrees=None, reason_class=record.source_class,
            finding=None, together=[], definition_changes=[], won=list(record.winners), divisions=[], edition=None,
            cells=[
                LoggedCell(key=Cell(*of, choice).key, before=None, after=record.votes, typed_by=[])
                for choice in record.among
            ],
        )  # fmt: skip

    @classmethod
    def of(
        cls, deed: Deed, held: dict[str, str], drafted: dict[str, str], doers: Mapping[int, By]
    ) -> LogEntry:
        """`held`: cell key → text before the event, `drafted`: the same of the draft; updated. `doers`: who did what the
        event's `typed_at` names."""
        event = deed.recorded.event
        receipt = getattr(event, "receipt", None)
        figures = getattr(event, "figures", {})
        sets = isinstance(event, FiguresEntered | FiguresCorrected)
        typed_at = event.typed_at if isinstance(event, FiguresEntered | FiguresCorrected) else {}
        if isinstance(event, DraftSaved):
            figures, sets, held = event.cells, True, drafted
        if isinstance(event, SecondEntrySaved | EntrySettled):
            figures, sets, held = event.cells, True, {}
        cells = [
            LoggedCell(
                key=key, before=held.get(key) if sets else None, after=figures.get(key),
                typed_by=[Typist.of(by) for by in dict.fromkeys(doers[at] for at in typed_at.get(key, ()))],
            )
            for key in dict.fromkeys((*figures, *getattr(event, "cells", ())))
        ]  # fmt: skip
        if sets:
            held.update(figures)
        return cls(
            **cls.facts(deed.facts), type=event.type, type_label=Label.called(event.type), at=deed.recorded.recorded_at,
            on_behalf_of=deed.on_behalf_of, source=receipt.source if receipt else None,
            received_at=receipt.received_at if receipt else None, level=getattr(event, "level", None),
            override=getattr(event, "override", False), agrees=getattr(event, "agrees", None),
            reason_class=getattr(event, "reason_class", None) or getattr(event, "note_class", None),
            finding=getattr(event, "key", None), cells=cells,
            together=[TogetherWith.of(place) for place in getattr(event, "together", ())], definition_changes=[], won=[],
            divisions=LoggedDivision.of(event), edition=getattr(event, "edition", None),
        )  # fmt: skip


def log_of(
    opened: OpenReturn, reporting: Reporting, snapshot: Snapshot, reached: frozenset[str], person: str
) -> list[LogEntry]:
    """Oldest first. `reached`: contests all of whose units lie within the reader's reach; `person`: the reader."""
    ledger = reporting.ledger
    deeds = ledger.deeds([opened.stream, draft_stream(*opened.place)])
    submitted = {deed.recorded.command_id for deed in deeds if deed.recorded.stream_id == opened.stream}
    blind = blind_to(opened, deeds, person)
    told = [
        deed
        for deed in deeds
        if deed.recorded.position not in blind
        and (
            deed.recorded.stream_id == opened.stream
            # Submitting empties the draft: nobody's typing.
            or (
                isinstance(deed.recorded.event, DraftSaved | SecondEntrySaved | EntrySettled)
                and deed.recorded.command_id not in submitted
            )
        )
    ]
    doers = ledger.doers(
        at
        for deed in told
        for before in getattr(deed.recorded.event, "typed_at", {}).values()
        for at in before
    )
    held: dict[str, str] = {}
    drafted: dict[str, str] = {}
    entries = [LogEntry.of(deed, held, drafted, doers) for deed in told]
    lots = _lots(opened, reporting, snapshot, reached)
    return sorted([*entries, *_renamed(opened, reporting, told), *lots], key=lambda entry: entry.position)


def _lots(
    opened: OpenReturn, reporting: Reporting, snapshot: Snapshot, reached: frozenset[str]
) -> Iterator[LogEntry]:
    """Records of lots of the return's contests, and their confirmations."""
    election, form, slot, unit = opened.place
    public = {
        lot.lot.recorded
        for lot in public_lots(snapshot, snapshot.election(election), snapshot.position)
        if (lot.form, lot.slot) == (form, slot)
    }
    contests = sorted(opened.defined.contests_of_unit[unit])
    streams = {lot_stream(election, form, slot, contest): contest for contest in contests}
    deeds = reporting.ledger.deeds(list(streams))
    words = sources(snapshot, (deed.recorded.position for deed in deeds))
    records: dict[int, LotRecorded] = {}
    for deed in deeds:
        event, at = deed.recorded.event, deed.recorded.position
        if isinstance(event, LotRecorded):
            records[at] = event
        else:
            assert isinstance(event, LotConfirmed)
            at = event.recorded
        if streams[deed.recorded.stream_id] in reached or at in public:
            yield LogEntry.lot(deed, records[at], words.get(at))


def _renamed(opened: OpenReturn, reporting: Reporting, told: Sequence[Deed]) -> Iterator[LogEntry]:
    """What definitions and areas said otherwise of cells that held something by then."""
    since: dict[str, int] = {}
    for deed in told:
        if isinstance(deed.recorded.event, FiguresEntered | FiguresCorrected):
            for key in deed.recorded.event.figures:
                since.setdefault(key, deed.recorded.position)
    if not since:
        return
    for renamed in reporting.renamed.all(opened.place.election):
        touched = {
            key: renamed.changes.of(*opened.place.within, key)
            for key, at in since.items()
            if at < renamed.position
        }
        keys = [key for key, changes in touched.items() if changes]
        if keys:
            changed = dict.fromkeys(change for key in keys for change in touched[key])
            yield LogEntry.renamed(renamed, keys, changed)
