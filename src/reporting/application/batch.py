"""Many returns at once: what a file says becomes one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from reporting.application.authority import authorise
from reporting.application.cell_words import MOST_REASON, NO_WORDS, ReturnWords
from reporting.application.commands import CellInput, ReasonFor
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.entry import received, require_begun
from reporting.application.findings import still_open
from reporting.application.messages import message
from reporting.application.opened import OpenReturn, ReturnReader
from reporting.application.reasons import told_apart
from reporting.application.service import Reporting
from reporting.application.submitting import Part
from reporting.application.typed_in import entry_of
from reporting.application.typed_twice import is_entry
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import ReturnCase
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell
from reporting.domain.place import Place
from reporting.files.spool import Spool
from reporting.ledger import Command, NewEvent, Stands, draft_stream
from reporting.ledger.prepared import Prepared, prepare
from reporting.ledger.registry import canonical

NOTHING_SAID: Mapping[Place, ReturnWords] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """Checked values for cells of one return, as canonical texts: all new (`reason` empty), or all replacing."""

    stream: UUID
    election: str
    form: str
    slot: str
    unit: str
    values: Mapping[str, str]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The file the figures came from. `sha256` (hex) alone tells one file from another. `confirmed`: what whoever imports
    vouched for although the file says something else; `by`: the mapping that read it, and its SHA-256. Both stand with the
    command, as its reason does."""

    kind: str
    name: str
    sha256: str
    command_id: UUID
    confirmed: tuple[str, ...] = ()
    by: str = ""

    def body(self, part: int) -> bytes:
        return canonical({"kind": self.kind, "sha256": self.sha256, "part": part})

    def command(self, number: int) -> UUID:
        """Id of one of the commands that the file becomes."""
        return self.command_id if number == 0 else uuid5(self.command_id, str(number))

    def said(self, reason: str) -> str:
        vouched = f" [{message('title_confirmed')}: {'、'.join(self.confirmed)}]" if self.confirmed else ""
        read_by = f" [{message('read_by_mapping')}: {self.by}]" if self.by else ""
        return f"{reason} ({self.name} sha256:{self.sha256}){read_by}{vouched}".strip()


@dataclass(frozen=True, slots=True)
class BatchRecorded:
    """`events` appended, the last at `position`; `repeated`: they had been appended before."""

    events: int
    position: int | None
    repeated: bool


def recorded_before(service: Reporting, source: ImportedFile) -> BatchRecorded | None:
    """What became of this very file, if it was taken before."""
    before = service.ledger.repeat_of(source.command_id, hashlib.sha256(source.body(0)).digest())
    return None if before is None else BatchRecorded(0, before.last_position, True)


@dataclass(frozen=True, slots=True)
class ComparedReturn:
    """A return that holds anything already, when the file was compared with it. `positions`: cell key → ledger position of
    what the cell holds."""

    version: int
    certified: bool
    positions: Mapping[str, int]

    @classmethod
    def of(cls, case: ReturnCase) -> ComparedReturn:
        return cls(case.version, case.certified, {key: cell.position for key, cell in case.cells.items()})


@dataclass(frozen=True, slots=True)
class BatchPart:
    """Returns of a file that are decided at once: all of a unit's, for the rules compare them. `standing`: by stream;
    `stands`: definitions and registries that the cells were checked by."""

    figures: Sequence[ReturnFigures]
    standing: Mapping[UUID, ComparedReturn]
    stands: tuple[Stands, ...] = ()


def record_batch(
    service: Reporting,
    source: ImportedFile,
    parts: Iterable[BatchPart],
    actor: Actor,
    *,
    said: Mapping[Place, ReturnWords] = NOTHING_SAID,
    dry_run: bool = False,
) -> BatchRecorded:
    """Append everything or nothing: a command for the new values of each part and one for each reason of correction.
    `parts`: can be gone through more than once; one is in memory at a time. `dry_run`: decided all the same, and not
    appended. What a refusal shows is remembered.

    In an election with a workflow a certified return is corrected as at the desk, by a submission of its own with the
    rules, the reason and what the file says (`said`), and all of those together; every other stays entered until somebody submits it, and says from
    which office it came. Of a form that two people type the file is an entry of one of them.

    Errors: NotAuthorised, RulesRefused (a certified return), VersionConflict (someone wrote since the file was compared),
    Unavailable.
    """
    deciding = _Deciding(service, source, parts, actor, said)
    with Spool[list[Prepared]]() as decided:
        events = 0
        for commands in deciding.commands():
            if not dry_run and commands:
                prepared = [prepare(command) for command in commands]
                events += sum(len(command.events) for command in commands)
                decided.put(prepared)
        if not events:
            return BatchRecorded(0, None, False)
        appended = service.ledger.append_parts(decided)
    return BatchRecorded(events, appended.last_position, appended.repeated)


class _Deciding:
    """Parts to commands, numbered through."""

    def __init__(
        self,
        service: Reporting,
        source: ImportedFile,
        parts: Iterable[BatchPart],
        actor: Actor,
        said: Mapping[Place, ReturnWords],
    ) -> None:
        self._service, self._source, self._parts, self._actor = service, source, parts, actor
        self._said = said
        self._desk = Desk(service)
        self._number = 0
        self._stands: tuple[Stands, ...] = ()
        self._corrected: dict[UUID, _Corrected] = {}
        self._entered: dict[UUID, dict[str, str]] = {}

    def commands(self) -> Iterator[list[Command]]:
        beside = self._beside_certified()
        for part in self._parts:
            yield self._part(part, beside)
        # The file changes all certified returns at once, and they are looked at as they all are to be.
        yield self._resubmitted()

    def _beside_certified(self) -> set[tuple[str, ...]]:
        """Slots and units of certified returns: what the rules look at beside them."""
        near: set[tuple[str, ...]] = set()
        for part in self._parts:
            for given in part.figures:
                before = part.standing.get(given.stream)
                if before is not None and before.certified:
                    near |= {(given.election, given.form, given.slot), (given.election, given.unit)}
        return near

    def _part(self, part: BatchPart, beside: set[tuple[str, ...]]) -> list[Command]:
        service, actor, figures, standing = self._service, self._actor, part.figures, part.standing
        self._stands = tuple(dict.fromkeys((*self._stands, *part.stands)))
        elections = {code: service.catalog.election(code) for code in {given.election for given in figures}}
        for election, form, slot in dict.fromkeys(
            (figure.election, figure.form, figure.slot) for figure in figures
        ):
            require_begun(elections[election], form, slot, service.clock())
        by_reason: dict[str, list[ReturnFigures]] = {}
        opened = opened_of(service, figures)
        of_return: dict[UUID, list[ReturnFigures]] = {}
        for given in figures:
            of_return.setdefault(given.stream, []).append(given)
        for given in figures:
            if self._is_entry(opened.get(given.stream), of_return):
                pass  # becomes one of the two entries, and no figure yet
            elif given.stream in opened and opened[given.stream].case.certified:
                corrected = self._corrected.setdefault(given.stream, _Corrected(opened[given.stream]))
                corrected.figures.append(given)
            else:
                by_reason.setdefault(given.reason, []).append(given)
            before = standing.get(given.stream)
            if before is None or not before.positions:
                elections[given.election].require_reporter(given.form, given.unit)
            roster = elections[given.election].roster
            if before is not None and before.certified:
                authorise("correct_certified", actor, roster, given.unit, "certified")
            else:
                authorise("import", actor, roster, given.unit)
        versions = {stream: before.version for stream, before in standing.items()}
        after = {stream: after_file(held, of_return[stream]) for stream, held in opened.items()}
        traced: set[UUID] = set()
        commands: list[Command] = []
        commands += self._entries(opened, of_return)
        for reason in sorted(by_reason):
            events = []
            for given in by_reason[reason]:
                held = opened.get(given.stream)
                said = [_event(given, standing.get(given.stream), self._desk, held)]
                if held is not None:
                    if given.stream not in traced:
                        said += self._desk.traces(held, after[given.stream], after)
                        traced.add(given.stream)
                    said += received(held.roster, held.where, held.case, actor, given.values)
                for event in said:
                    versions[given.stream] = versions.get(given.stream, 0) + 1
                    events.append(NewEvent(given.stream, versions[given.stream], event))
            commands.append(self._command(tuple(events), self._source.said(reason)))
        for stream, held in opened.items():
            at = held.place
            if self._is_entry(held, of_return):
                continue
            if stream not in self._corrected and not beside.isdisjoint({at[:3], (at.election, at.unit)}):
                self._entered[stream] = after[stream]
        return commands

    @staticmethod
    def _is_entry(opened: OpenReturn | None, of_return: Mapping[UUID, Sequence[ReturnFigures]]) -> bool:
        """Whether what the file says of the return has to be typed by somebody else, too."""
        if opened is None:
            return False
        return is_entry(opened, (key for given in of_return[opened.stream] for key in given.values))

    def _entries(
        self, opened: Mapping[UUID, OpenReturn], of_return: Mapping[UUID, Sequence[ReturnFigures]]
    ) -> list[Command]:
        """Of forms that two people type: an entry of each return, kept beside the draft as at the desk."""
        events: list[NewEvent] = []
        for stream, held in opened.items():
            if not self._is_entry(held, of_return):
                continue
            self._desk.typed_in.require(held, self._actor)
            cells = {key: text for given in of_return[stream] for key, text in given.values.items()}
            event = entry_of(held, self._actor, dict(sorted(cells.items())))
            events.append(NewEvent(draft_stream(*held.place), held.draft.version + 1, event))
        return [self._command(tuple(events), self._source.said(""))] if events else []

    def _command(self, events: tuple[NewEvent, ...], reason: str) -> Command:
        number, self._number = self._number, self._number + 1
        return Command(
            self._source.command(number),
            self._source.body(number),
            self._actor,
            Channel.IMPORT,
            events,
            reason=reason,
            stands=self._stands,
        )

    def _resubmitted(self) -> list[Command]:
        """Certified returns' cells as submissions, decided together; one command each, and one more for each further
        reason of it."""
        source, parts, reasons = self._source, list[Part](), list[str]()
        for number, corrected in enumerate(self._corrected.values(), self._number):
            cells_of: dict[str, list[str]] = {}
            for given in corrected.figures:
                cells_of.setdefault(given.reason, []).extend(given.values)
            own = [reason for reason in cells_of if reason]
            reason = _together(own)
            values = {key: text for part in corrected.figures for key, text in part.values.items()}
            request = Submit(
                command_id=source.command(number),
                **corrected.opened.where,
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
            parts.append(Part(request, corrected.opened))
            reasons.append(source.said(reason))
        commands: list[Command] = []
        if not parts:
            return commands
        parts = self._answered(parts)
        reasons = [part.request.reason or reason for part, reason in zip(parts, reasons, strict=True)]
        decided = self._desk.submissions(parts, self._actor, self._entered)
        for part, reason, events in zip(parts, reasons, decided, strict=True):
            opened = part.opened
            new = [
                NewEvent(opened.stream, opened.case.version + n, event) for n, event in enumerate(events, 1)
            ]
            new += self._desk.forget_shown(opened)
            commands += told_apart(self._command(tuple(new), reason), part.request.reasons)
        return commands

    def _answered(self, parts: list[Part]) -> list[Part]:
        """The parts with what the file says of what is found in them, looked at together."""
        if not any(Place(*part.opened.place) in self._said for part in parts):
            return parts
        texts = {
            part.opened.stream: part.opened.case.texts
            | {cell.cell().cell.key: cell.value for cell in part.request.figures}
            for part in parts
        }
        answered = []
        for part in parts:
            opened, words = part.opened, self._said.get(Place(*part.opened.place), NO_WORDS)
            findings = self._desk.findings.of(opened, texts[opened.stream], beside={**self._entered, **texts})
            left = still_open(findings, opened.case.explanations)
            answered.append(replace(part, request=words.added_to(part.request, left)))
        return answered


@dataclass(slots=True)
class _Corrected:
    """A certified return and what the file says of it."""

    opened: OpenReturn
    figures: list[ReturnFigures] = field(default_factory=list)


def after_file(opened: OpenReturn, figures: Iterable[ReturnFigures]) -> dict[str, str]:
    """A return's cells as they are to be."""
    texts = opened.case.texts
    for given in figures:
        if given.stream == opened.stream:
            texts |= given.values
    return texts


def opened_of(service: Reporting, figures: Iterable[ReturnFigures]) -> dict[UUID, OpenReturn]:
    """By stream, the returns that offices look at; none of an election without a workflow."""
    slots: dict[tuple[str, str, str], list[str]] = {}
    for figure in figures:
        slots.setdefault((figure.election, figure.form, figure.slot), []).append(figure.unit)
    looked_at = {
        code
        for code in dict.fromkeys(election for election, _, _ in slots)
        if service.catalog.election(code).definition.workflow is not None
    }
    reader = ReturnReader(service)
    return {
        return_.stream: return_
        for slot, units in slots.items()
        if slot[0] in looked_at
        for return_ in reader.open_all(*slot, dict.fromkeys(units))
    }


def _event(
    return_figures: ReturnFigures, before: ComparedReturn | None, desk: Desk, opened: OpenReturn | None
) -> Event:
    """Who had typed these values in a draft or another form of a return that offices look at stays their author."""
    where: dict[str, Any] = {
        "election": return_figures.election,
        "form": return_figures.form,
        "slot": return_figures.slot,
        "unit": return_figures.unit,
    }
    texts = dict(sorted(return_figures.values.items()))
    if opened is not None:
        where["typed_at"] = dict(sorted(desk.origins(opened, texts).items()))
    if not return_figures.reason:
        return FiguresEntered.model_construct(**where, figures=texts)
    assert before is not None
    supersedes = {key: before.positions[key] for key in texts}
    return FiguresCorrected(**where, figures=texts, supersedes=supersedes, reason_class="import")


def _together(reasons: Sequence[str]) -> str:
    """Of all of a return's rows in one; each is kept with its own cells."""
    whole = "; ".join(reasons)
    if len(whole) <= MOST_REASON:
        return whole
    more = f" … ({message('more_lines', count=len(reasons) - 1)})"
    return reasons[0][: MOST_REASON - len(more)] + more
