"""Many returns at once: what a file says becomes one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid5

from reporting.application.commands import CellInput, ReasonFor
from reporting.application.desk import Desk, Part
from reporting.application.desk_commands import Submit
from reporting.application.entry import received, require_begun
from reporting.application.findings import still_open
from reporting.application.opened import OpenReturn, ReturnReader
from reporting.application.reasons import told_apart
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import ReturnCase
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.place import Place
from reporting.errors import ReportingError
from reporting.ledger import Command, NewEvent
from reporting.ledger.registry import canonical

TOLD = 50
"""Findings told one by one after an import; of more only how many."""


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """Checked values for cells of one return: all new (`reason` empty), or all replacing."""

    stream: UUID
    election: str
    form: str
    slot: str
    unit: str
    values: Mapping[str, Value]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The file the figures came from. `sha256` (hex) alone tells one file from another. `confirmed`: what whoever imports
    vouched for although the file says something else; it stands with the command, as its reason does."""

    kind: str
    name: str
    sha256: str
    command_id: UUID
    confirmed: tuple[str, ...] = ()

    def body(self, part: int) -> bytes:
        return canonical({"kind": self.kind, "sha256": self.sha256, "part": part})

    def said(self, reason: str) -> str:
        vouched = f" [表題を確認 / title confirmed: {'、'.join(self.confirmed)}]" if self.confirmed else ""
        return f"{reason} ({self.name} sha256:{self.sha256}){vouched}".strip()


@dataclass(frozen=True, slots=True)
class BatchRecorded:
    events: int
    position: int | None
    repeated: bool


def recorded_before(service: Reporting, source: Source) -> BatchRecorded | None:
    """What became of this very file, if it was taken before."""
    before = service.ledger.repeat_of(source.command_id, hashlib.sha256(source.body(0)).digest())
    return None if before is None else BatchRecorded(0, before.last_position, True)


def record_batch(
    service: Reporting,
    source: Source,
    figures: Iterable[ReturnFigures],
    cases: Mapping[UUID, ReturnCase],
    actor: Actor,
) -> BatchRecorded:
    """Append everything or nothing: one command for the new values and one for each reason of correction.

    In an election with a workflow a certified return is corrected as at the desk, by a submission of its own with the
    rules and the reason; every other stays entered until somebody submits it, and says from which office it came.

    Errors: NotAuthorised, RulesRefused (a certified return), VersionConflict (someone wrote since `cases` were read),
    Unavailable.
    """
    commands = decide_batch(service, source, figures, cases, actor)
    appended = service.ledger.append_all(commands)
    return BatchRecorded(
        sum(len(command.events) for command in commands), appended[-1].last_position, appended[0].repeated
    )


def decide_batch(
    service: Reporting,
    source: Source,
    figures: Iterable[ReturnFigures],
    cases: Mapping[UUID, ReturnCase],
    actor: Actor,
) -> list[Command]:
    """The commands of `record_batch`, decided and not appended: errors as there. What a refusal shows is remembered."""
    figures = list(figures)
    for election, form, slot in dict.fromkeys((one.election, one.form, one.slot) for one in figures):
        require_begun(service.catalog.election(election), form, slot, service.clock())
    by_reason: dict[str, list[ReturnFigures]] = {}
    certified: dict[UUID, list[ReturnFigures]] = {}
    opened = _opened(service, figures)
    for one in figures:
        if one.stream in opened and opened[one.stream].case.certified:
            certified.setdefault(one.stream, []).append(one)
        else:
            by_reason.setdefault(one.reason, []).append(one)
        case = cases.get(one.stream)
        service.authorise_write(actor, one.election, one.unit, case is not None and case.certified)
    desk = Desk(service)
    versions = {stream: case.version for stream, case in cases.items()}
    commands: list[Command] = []
    for number, reason in enumerate(sorted(by_reason)):
        events = []
        for one in by_reason[reason]:
            versions[one.stream] = versions.get(one.stream, 0) + 1
            events.append(
                NewEvent(
                    one.stream,
                    versions[one.stream],
                    _event(one, cases.get(one.stream), desk, opened.get(one.stream)),
                )
            )
            if one.stream in opened:
                where, case = opened[one.stream].where, opened[one.stream].case
                for said in received(where, case, actor, one.values):
                    versions[one.stream] += 1
                    events.append(NewEvent(one.stream, versions[one.stream], said))
        commands.append(
            Command(
                source.command_id if number == 0 else uuid5(source.command_id, str(number)),
                source.body(number),
                actor,
                Channel.IMPORT,
                tuple(events),
                reason=source.said(reason),
            )
        )
    after = {
        stream: {key: cell.text for key, cell in one.case.cells.items()}
        for stream, one in opened.items()
        if stream not in certified
    }
    for given in figures:
        if given.stream in after:
            after[given.stream] |= {key: format_value(value) for key, value in given.values.items()}
    commands += _resubmitted(service, source, len(commands), certified, opened, after, actor)
    return commands


def _opened(service: Reporting, figures: Iterable[ReturnFigures]) -> dict[UUID, OpenReturn]:
    """By stream, the returns that offices look at; none of an election without a workflow."""
    slots: dict[tuple[str, str, str], list[str]] = {}
    for one in figures:
        if service.catalog.election(one.election).definition.workflow is not None:
            slots.setdefault((one.election, one.form, one.slot), []).append(one.unit)
    reader = ReturnReader(service)
    return {
        one.stream: one
        for slot, units in slots.items()
        for one in reader.open_all(*slot, dict.fromkeys(units))
    }


def open_questions(service: Reporting, figures: Iterable[ReturnFigures], actor: Actor) -> tuple[str, ...]:
    """What the rules would ask of returns that are entered and not submitted: told, never in the way of an import, and
    remembered like everything that is shown."""
    figures = list(figures)
    opened = {stream: one for stream, one in _opened(service, figures).items() if not one.case.certified}
    texts = {
        stream: {key: cell.text for key, cell in one.case.cells.items()} for stream, one in opened.items()
    }
    for one in figures:
        if one.stream in texts:
            texts[one.stream] |= {key: format_value(value) for key, value in one.values.items()}
    desk = Desk(service)
    by_election: dict[str, list[OpenReturn]] = {}
    for standing in opened.values():
        by_election.setdefault(standing.place.election, []).append(standing)
    told: list[str] = []
    for returns in by_election.values():
        standing_of = desk.findings.would_stand(returns, texts)
        for held in returns:
            left = still_open(standing_of[held.stream], held.case.explanations)
            desk.remember_shown(held, texts[held.stream], left, actor, "import")
            told += [f"{held.place}: {f.rule} {f.message_ja} / {f.message_en}" for f in left]
    if len(told) > TOLD:
        told[TOLD:] = [f"ほか {len(told) - TOLD} 件 / {len(told) - TOLD} more"]
    return tuple(told)


@dataclass(frozen=True, slots=True)
class Submitted:
    """`count`: returns handed in; `refused`: a line for each that was not, with what stands in its way."""

    count: int = 0
    refused: tuple[str, ...] = ()


def submit_all(service: Reporting, source: Source, places: Iterable[Place], actor: Actor) -> Submitted:
    """Hand in these returns as they stand, each by a command of its own, by the desk's authority, rules and history. What the
    rules do not let pass stays entered and is told. A return that is handed in already is passed over."""
    desk, count, refused = Desk(service), 0, []
    for place in places:
        election, form, slot, unit = place
        if service.catalog.election(election).definition.workflow is None:
            continue
        if desk.returns.open(*place).case.submitted_by is not None:
            continue
        request = Submit(
            command_id=uuid5(source.command_id, str(place)), election=election, form=form, slot=slot, unit=unit,
            reason=source.said(""), reason_class="import", channel=Channel.IMPORT, take_draft=False,
        )  # fmt: skip
        try:
            desk.submit(request, actor)
            count += 1
        except ReportingError as why:
            refused.append(f"{place}: 未提出 {why.message_ja} / not submitted: {why.message_en}")
    return Submitted(count, tuple(refused))


def _resubmitted(
    service: Reporting,
    source: Source,
    first: int,
    certified: Mapping[UUID, list[ReturnFigures]],
    opened: Mapping[UUID, OpenReturn],
    entered: Mapping[UUID, Mapping[str, str]],
    actor: Actor,
) -> list[Command]:
    """Certified returns' cells as submissions, decided together: the file changes all of them at once. What a refusal
    shows is remembered. `first`: number of the first command; `entered`: the file's other
    returns as they are to be."""
    desk, parts, reasons = Desk(service), [], []
    for number, (stream, figures) in enumerate(certified.items(), first):
        one = opened[stream]
        cells_of: dict[str, list[str]] = {}
        for given in figures:
            cells_of.setdefault(given.reason, []).extend(given.values)
        own = [reason for reason in cells_of if reason]
        reason = "; ".join(own)
        values = {key: format_value(value) for part in figures for key, value in part.values.items()}
        request = Submit(
            command_id=source.command_id if number == 0 else uuid5(source.command_id, str(number)),
            **one.where,
            figures=tuple(
                CellInput(**asdict(Cell.from_key(key)), value=text) for key, text in values.items()
            ),
            reason=source.said(reason) if reason else None,
            reason_class="import",
            channel=Channel.IMPORT,
            take_draft=False,
            reasons=tuple(
                ReasonFor(cells=tuple(cells_of[words]), reason_class="import", reason=source.said(words))
                for words in (own if len(own) > 1 else ())
            ),
        )
        parts.append(Part(request, one))
        reasons.append(source.said(reason))
    commands: list[Command] = []
    for number, (part, reason, events) in enumerate(
        zip(parts, reasons, desk.submissions(parts, actor, entered), strict=True), first
    ):
        one = part.opened
        new = [NewEvent(one.stream, one.case.version + n, event) for n, event in enumerate(events, 1)]
        new += desk.forget_shown(one)
        command = Command(
            part.request.command_id, source.body(number), actor, Channel.IMPORT, tuple(new), reason=reason
        )
        commands += told_apart(command, part.request.reasons)
    return commands


def _event(one: ReturnFigures, case: ReturnCase | None, desk: Desk, opened: OpenReturn | None) -> Event:
    """Who had typed these values in a draft or another form of a return that offices look at stays their author."""
    where: dict[str, Any] = {"election": one.election, "form": one.form, "slot": one.slot, "unit": one.unit}
    texts = {key: format_value(value) for key, value in sorted(one.values.items())}
    if opened is not None:
        where["typed_at"] = dict(sorted(desk.origins(opened, texts).items()))
    if not one.reason:
        return FiguresEntered.model_construct(**where, figures=texts)
    assert case is not None
    supersedes = {key: case.cells[key].position for key in texts}
    return FiguresCorrected(**where, figures=texts, supersedes=supersedes, reason_class="import")
