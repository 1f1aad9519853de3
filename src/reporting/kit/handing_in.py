"""Hands in a workbook that was typed: compared cell by cell with what stands now, then submitted as the desk submits.

Asked first without appending anything, always: what the preview says is decided by the very code that hands in, and a
difference that it shows is remembered as shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal
from uuid import UUID, uuid4, uuid5

from reporting.application.acting import Done, phase_of
from reporting.application.authority import authorise
from reporting.application.called_otherwise import require_called_so
from reporting.application.commands import Request
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.findings import RulesRefused
from reporting.application.opened import OpenReturn
from reporting.application.submitting import Part
from reporting.application.typed_in import entry_of
from reporting.application.typed_twice import is_entry
from reporting.domain.actor import Actor, Channel
from reporting.domain.figures import Cell
from reporting.domain.place import Place, Within
from reporting.domain.returns import CellProblem, FiguresRefused, TypedCell
from reporting.domain.units import Roster
from reporting.errors import CommandIdReused, InvalidInput, ReportingError, Unavailable
from reporting.importing.report import Progress, counted, quiet
from reporting.kit.comparing import SheetBeside, compared, untouched
from reporting.kit.making import not_asked
from reporting.kit.merge import OPEN, MergedCell, Outcome
from reporting.kit.messages import message
from reporting.kit.plan import NONE, UNKNOWN
from reporting.kit.reading import ReadBook, ReadSheet
from reporting.kit.words_beside import unused, with_words
from reporting.ledger import Command
from reporting.rules.model import Finding
from reporting.suggest import with_hint
from reporting.wording import asked_for
from reporting.words import Words


@dataclass(frozen=True, slots=True)
class Said:
    """What whoever hands in says besides the figures: `reason` in words, why values that stood are changed; by unit and
    finding key, `explanations` in words and `declarations` (reason class); by unit and cell key, which conflicts are taken
    from the sheet (`take`) and in which what stands is kept (`keep`)."""

    reason: str | None = None
    explanations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    declarations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    take: frozenset[tuple[str, str]] = frozenset()
    keep: frozenset[tuple[str, str]] = frozenset()

    def keyed(self, roster: Roster) -> Said:
        """Units by their keys; the authorities' codes of the election's day are taken as well."""

        def at(unit: str, key: str) -> tuple[str, str]:
            return roster.key(unit, roster.units), key

        return replace(
            self,
            explanations={at(*place): words for place, words in self.explanations.items()},
            declarations={at(*place): why for place, why in self.declarations.items()},
            take=frozenset(at(*place) for place in self.take),
            keep=frozenset(at(*place) for place in self.keep),
        )

    def taken(self, unit: str) -> set[str]:
        return {key for at, key in self.take if at == unit}

    def kept(self, unit: str) -> set[str]:
        return {key for at, key in self.keep if at == unit}

    def __str__(self) -> str:
        """The same for the same words, in whatever order they were given."""
        words = (self.reason, sorted(self.explanations.items()), sorted(self.declarations.items()))
        return repr((*words, sorted(self.take), sorted(self.keep)))


NOTHING_SAID = Said()
State = Literal["nothing", "ready", "submitted", "typed", "conflict", "refused"]
"""`nothing` to take: all of it stands already; `ready` or `submitted`; `typed`: kept as one of the two entries of its form; `conflict`: somebody has to say which is right;
`refused`: by the desk."""
STATES: Mapping[State, Words] = {
    "nothing": message.words("state_nothing"),
    "ready": message.words("state_ready"),
    "submitted": message.words("state_submitted"),
    "typed": message.words("state_typed"),
    "conflict": message.words("state_conflict"),
    "refused": message.words("state_refused"),
}
OUTCOMES: Mapping[Outcome, Words] = {
    "unchanged": message.words("outcome_unchanged"),
    "agreed": message.words("outcome_agreed"),
    "taken": message.words("outcome_taken"),
    "conflict": message.words("outcome_conflict"),
    "renamed": message.words("outcome_renamed"),
    "outdated": message.words("outcome_outdated"),
    "kept": message.words("outcome_kept"),
    "emptied": message.words("outcome_emptied", none=NONE, unknown=UNKNOWN),
}


@dataclass(frozen=True, slots=True)
class ReturnOutcome:
    """One sheet. `cells`: those that are not simply unchanged; `problems`: cells of no return; `findings`: what the rules ask to be
    explained, declared or corrected first; `refusal`: anything else that the desk says; `done`: what was appended."""

    place: Place
    state: State
    cells: tuple[MergedCell, ...]
    names: Mapping[str, Words]
    notes: tuple[Words, ...] = ()
    problems: tuple[CellProblem, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusal: ReportingError | None = None
    done: Done | None = None

    def lines(self) -> Iterator[str]:
        """As a terminal shows it."""
        repeated = message("as_before") if self.done is not None and self.done.repeated else ""
        yield f"{self.place.unit} {self.place.form}/{self.place.slot}: {STATES[self.state]}{repeated}"
        for note in self.notes:
            yield f"  {note}"
        for cell in self.cells:
            path = " → ".join(text or "-" for text in (cell.base, cell.now, cell.sheet))
            yield f"  {cell.key} {self.names[cell.key].ja}: {path} {OUTCOMES[cell.outcome]}"
        for problem in self.problems:
            named = (problem.named or Words(problem.cell.key, problem.cell.key)).ja
            yield f"  {problem.cell.key} {named} {problem.found!r} → {problem.expected_ja} / {problem.expected_en}"
        for finding in self.findings:
            yield f"  {finding.key} {finding.message_ja} / {finding.message_en}"
        if self.refusal is not None:
            yield f"  {self.refusal}"


class HandingIn(Request):
    """What is handed in, as it was sent: sending it again is safe. `sha256`: of the workbook."""

    command_id: UUID
    file: str
    sha256: str
    said: str

    def of(self, place: Place) -> UUID:
        """Of the command that hands in one of its returns."""
        return uuid5(self.command_id, "/".join(place))


def preview(
    desk: Desk, book: ReadBook, actor: Actor, said: Said = NOTHING_SAID, *, progress: Progress = quiet
) -> list[ReturnOutcome]:
    """What handing in would do, sheet by sheet, of which `progress` is told; nothing is appended but that a difference was shown. FileRefused where the
    workbook is not understood, NotAuthorised for a unit the actor does not reach."""
    return _outcomes(desk, book, actor, _keyed(desk, book, said), None, progress)


def hand_in(
    desk: Desk,
    book: ReadBook,
    actor: Actor,
    said: Said = NOTHING_SAID,
    command_id: UUID | None = None,
    progress: Progress = quiet,
    seen_at: int | None = None,
) -> list[ReturnOutcome]:
    """Submit each return that is ready; those that are not stay as they are, told. Errors as in `preview`. The same command again
    answers the same; under another id (default: a new one) the same workbook finds nothing to take. CommandIdReused for another
    workbook under the id. `seen_at`: ledger position at which the sender was shown what would be taken, by name."""
    said = _keyed(desk, book, said)
    handing = HandingIn(command_id=command_id or uuid4(), file=book.file, sha256=book.sha256, said=str(said))
    return _outcomes(desk, book, actor, said, handing, progress, seen_at)


def _outcomes(
    desk: Desk,
    book: ReadBook,
    actor: Actor,
    said: Said,
    handing: HandingIn | None,
    progress: Progress,
    seen_at: int | None = None,
) -> list[ReturnOutcome]:
    return [
        _gone(desk, book, sheet)
        if opened is None
        else _outcome(desk, book, sheet, opened, actor, said, handing, seen_at)
        for sheet, opened in counted(_readable(desk, book, actor), progress)
    ]


def _keyed(desk: Desk, book: ReadBook, said: Said) -> Said:
    """InvalidInput for words of a unit, or a choice of a cell, that the workbook does not have: nobody would see what became of them."""
    keyed = said.keyed(desk.reporting.catalog.election(book.made.election).roster)
    units = {sheet.made.unit for sheet in book.sheets}
    cells = {(sheet.made.unit, cell.key) for sheet in book.sheets for cell in sheet.made.cells}
    for field_, places in (("explanations", keyed.explanations), ("declarations", keyed.declarations)):
        for unit, _ in places:
            if unit not in units:
                raise InvalidInput.at(field_, unit, with_hint(message("unit_of_workbook"), unit, units))
    for unit, key in (*keyed.take, *keyed.keep):
        if (unit, key) not in cells:
            there = [cell for of, cell in cells if of == unit] or units
            wanted = key if unit in units else unit
            raise InvalidInput.at("conflicts", wanted, with_hint(message("cell_of_workbook"), wanted, there))
    return keyed


def _readable(desk: Desk, book: ReadBook, actor: Actor) -> list[tuple[ReadSheet, OpenReturn | None]]:
    """Every return of the workbook, looked at before the first is decided: in one read for each slot. None for a unit that is not
    asked any more: the other sheets of the workbook do not wait for it."""
    book.require_understood()
    defined = desk.reporting.catalog.election(book.made.election)
    units_of: dict[tuple[str, str], list[str]] = {}
    for sheet in book.sheets:
        form, slot, unit = sheet.made.form, sheet.made.slot, sheet.made.unit
        if unit in defined.roster.units and defined.reports(form, slot, unit):
            units_of.setdefault((form, slot), []).append(unit)
    returns = {
        opened.place.within: opened
        for page, asked in units_of.items()
        for opened in desk.returns.open_all(book.made.election, *page, asked)
    }
    for opened in returns.values():
        authorise("read_unreleased", actor, opened.roster, opened.place.unit, phase_of(opened))
    return [
        (sheet, returns.get(Within(sheet.made.form, sheet.made.slot, sheet.made.unit)))
        for sheet in book.sheets
    ]


def _gone(desk: Desk, book: ReadBook, sheet: ReadSheet) -> ReturnOutcome:
    made, defined = sheet.made, desk.reporting.catalog.election(book.made.election)
    refusal = not_asked(defined, made.form, made.slot, made.unit)
    place = Place(book.made.election, made.form, made.slot, made.unit)
    return _Looked(place, (), {}, sheet.notes).refused(refusal=refusal)


def _outcome(
    desk: Desk,
    book: ReadBook,
    sheet: ReadSheet,
    opened: OpenReturn,
    actor: Actor,
    said: Said,
    handing: HandingIn | None,
    seen_at: int | None,
) -> ReturnOutcome:
    """`handing` None: a preview."""
    place = opened.place
    ledger = desk.reporting.ledger
    before = None if handing is None else ledger.repeat_of(handing.of(place), _hash(handing))
    if before is not None:  # answered as it was the first time
        opened = desk.returns.open(*place, upto=before.first_position - 1)
    offered = desk.returns.prefill(*place) if before is None and untouched(sheet) else {}
    beside = compared(
        opened, sheet, book.made.definition, {key: held.text for key, held in offered.items()},
        said.taken(place.unit), said.kept(place.unit),
    )  # fmt: skip
    looked_at, taken = _Looked(place, beside.told, beside.names, beside.notes), beside.taken
    if before is None and (stop := _stops(opened, beside, looked_at)) is not None:
        return stop
    try:
        request = _request(opened, taken, said, None if handing is None else handing.of(place), book.channel)
        if before is None:
            require_called_so(desk.reporting.renamed, opened.shape, place, taken, seen_at)
        if is_entry(opened, taken):
            return _entry(desk, opened, actor, looked_at, taken, handing, book.channel)
        if before is None:
            findings = _in_the_way(desk, Part(request, opened), actor)
            looked_at = replace(looked_at, notes=(*looked_at.notes, *unused(sheet, findings)))
            request = with_words(request, sheet.said, findings)
            if findings:
                desk.submissions([Part(request, opened)], actor)
        if handing is None:
            return looked_at.ready()
        # The words are there where they are needed; the file stands with them, and alone where none are.
        from_file = f"({book.file} sha256:{book.sha256})"
        reason = f"{request.reason} {from_file}" if request.reason else from_file
        sent = request.model_copy(update={"reason": reason})
        return looked_at.submitted(desk.submit(sent, actor, handing.body()))
    except RulesRefused as refused:
        return looked_at.refused(findings=refused.findings)
    except FiguresRefused as refused:
        return looked_at.refused(problems=refused.problems)
    except (Unavailable, CommandIdReused):
        raise
    except ReportingError as refused:
        return looked_at.refused(refusal=refused)


def _in_the_way(desk: Desk, part: Part, actor: Actor) -> tuple[Finding, ...]:
    """What the rules find of a submission and would have answered first. Errors of `Desk.submissions`, but for that."""
    try:
        desk.submissions([part], actor)
    except RulesRefused as refused:
        return refused.findings
    return ()


def _entry(
    desk: Desk,
    opened: OpenReturn,
    actor: Actor,
    seen: _Looked,
    taken: Mapping[str, str],
    handing: HandingIn | None,
    channel: Channel,
) -> ReturnOutcome:
    """Of a form that two people type."""
    if handing is None:
        desk.typed_in.require(opened, actor)
        entry_of(opened, actor, taken)
        return seen.ready()
    reason = f"({handing.file} sha256:{handing.sha256})"
    command = Command(handing.of(opened.place), handing.body(), actor, channel, (), reason=reason)
    desk.typed_in.keep(opened.place, taken, command)
    return seen.typed()


def _hash(handing: HandingIn) -> bytes:
    return hashlib.sha256(handing.body()).digest()


@dataclass(frozen=True, slots=True)
class _Looked:
    """A sheet compared with what stands; gives its outcome."""

    place: Place
    cells: tuple[MergedCell, ...]
    names: Mapping[str, Words]
    notes: tuple[Words, ...]

    def _outcome(self, state: State) -> ReturnOutcome:
        return ReturnOutcome(self.place, state, self.cells, self.names, self.notes)

    def nothing(self) -> ReturnOutcome:
        return self._outcome("nothing")

    def ready(self) -> ReturnOutcome:
        return self._outcome("ready")

    def typed(self) -> ReturnOutcome:
        return self._outcome("typed")

    def conflict(self) -> ReturnOutcome:
        return self._outcome("conflict")

    def submitted(self, done: Done) -> ReturnOutcome:
        return replace(self._outcome("submitted"), done=done)

    def refused(
        self,
        *,
        problems: tuple[CellProblem, ...] = (),
        findings: tuple[Finding, ...] = (),
        refusal: ReportingError | None = None,
    ) -> ReturnOutcome:
        return replace(self._outcome("refused"), problems=problems, findings=findings, refusal=refusal)


def _stops(opened: OpenReturn, beside: SheetBeside, looked_at: _Looked) -> ReturnOutcome | None:
    """What there is to say before the desk is asked."""
    shape = opened.shape
    contests = opened.defined.contests_of_unit[opened.place.unit]
    wrong = tuple(
        problem
        for key, text in beside.taken.items()
        if isinstance(problem := shape.problem(TypedCell(Cell.from_key(key), text), contests), CellProblem)
    )
    if wrong:
        return looked_at.refused(problems=wrong)
    if any(cell.outcome in OPEN for cell in beside.cells):
        return looked_at.conflict()
    return None if beside.taken else looked_at.nothing()


def _request(
    opened: OpenReturn, taken: Mapping[str, str], said: Said, command_id: UUID | None, channel: Channel
) -> Submit:
    """InvalidInput for words that say nothing."""
    place = opened.place
    given = {
        **place._asdict(), "command_id": command_id or uuid4(),
        "figures": [{**asdict(Cell.from_key(key)), "value": text} for key, text in taken.items()],
        "explanations": {key: text for (unit, key), text in said.explanations.items() if unit == place.unit},
        "declarations": {key: text for (unit, key), text in said.declarations.items() if unit == place.unit},
        "reason": said.reason, "reason_class": "workbook" if channel is Channel.WORKBOOK else "resubmission",
        "expected_version": opened.case.version, "channel": channel, "take_draft": False,
    }  # fmt: skip
    return asked_for(Submit, given)
