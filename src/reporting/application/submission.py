"""What a submission becomes: values, corrections, declarations, and what stands in its way."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reporting.application.around import NOTHING, Beside
from reporting.application.called_otherwise import (
    choices_divided,
    problems_of_names,
    require_called_so,
)
from reporting.application.commands import fingerprint, require_untouched
from reporting.application.desk_commands import Submit
from reporting.application.drafted import (
    drafted_divisions,
    drafted_otherwise,
    require_divisible,
    require_draft_seen,
    with_drafted,
)
from reporting.application.findings import Findings
from reporting.application.messages import message
from reporting.application.opened import Draft, OpenReturn, Prefill, ReturnReader
from reporting.application.reasons import by_reason, require_changed
from reporting.application.registering import Registering
from reporting.application.seen import require_seen
from reporting.application.typed_twice import require_typed_twice
from reporting.domain.actor import Actor
from reporting.domain.case import ReturnCase
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell, format_value
from reporting.domain.released import RestsOn
from reporting.domain.returns import CellProblem, FiguresRefused, TypedCell
from reporting.domain.workflow_events import (
    CellsConfirmed,
    ReturnSubmitted,
)
from reporting.errors import InvalidInput
from reporting.rules.editions import current_edition
from reporting.rules.model import Finding

NOT_REPORTED = "!not_reported"


class Submission:
    """Decides; appends nothing."""

    def __init__(self, reader: ReturnReader, findings: Findings, registering: Registering) -> None:
        self._reader, self._findings = reader, findings
        self._registering = registering

    def events(
        self, request: Submit, opened: OpenReturn, actor: Actor, beside: Beside = NOTHING
    ) -> list[Event]:
        """`beside`: other returns as they are to be, with this one."""
        draft = self._reader.draft(*opened.place) if request.take_draft else Draft()
        require_draft_seen(request, opened, draft, actor)
        values, typed = self.typed(opened, request)
        # A return that was withdrawn starts anew: that nothing stands in a cell is nobody's earlier statement.
        anew = {
            key
            for key, cell in opened.case.cells.items()
            if opened.case.withdrawn and cell.text == NOT_REPORTED
        }
        prefilled = self._reader.prefill_of(opened.defined, *opened.place.within)
        taken: dict[str, str] = {}
        if request.fill:
            taken = {
                key: held.text
                for key, held in prefilled.items()
                if key not in values or (key in anew and key not in typed)
            }
            if request.filled is not None:
                require_untouched(
                    fingerprint({given.key: given.value for given in request.filled}),
                    taken,
                    opened.place.within,
                )
            values, typed = values | taken, typed | taken
        shape = opened.shape
        request = with_drafted(request, draft)
        self._require_seen(request, opened, typed)
        # Whoever submits stands for all of the return, as they saw it.
        seen = values | dict.fromkeys(choices_divided(request.divisions), "")
        require_called_so(self._reader.renamed, shape, opened.place, seen, request.seen_at)
        others = {key: cell.text for key, cell in opened.case.cells.items() if key not in typed}
        require_untouched(request.untouched, others, opened.place.within)
        case = opened.case
        entered = {key: text for key, text in typed.items() if key not in case.cells}
        changed = {
            key: text for key, text in typed.items() if key in case.cells and case.cells[key].text != text
        }
        # A value that another form holds already is not typed again: it is taken, or changed for a reason.
        first = (
            values
            if case.submissions == 0
            else {key: typed[key] for key in typed if key in anew or key in entered}
        )
        retyped = [key for key, text in first.items() if key in prefilled and prefilled[key].text != text]
        require_typed_twice(opened, values, _unvouched(opened, entered, anew & typed.keys()) - taken.keys())
        require_changed(request.reasons, {**entered, **changed})
        named = {key for reason in request.reasons for key in reason.cells}
        asked = {key: prefilled[key].text for key in retyped} | {
            key: case.cells[key].text for key in changed if key not in anew
        }
        before = {key: text for key, text in asked.items() if key not in named}
        if before and request.reason is None:
            raise FiguresRefused(
                CellProblem(
                    Cell.from_key(key), "reason", values[key],
                    *message.words("reported_as_something_else", text=text),
                    shape.named(Cell.from_key(key)),
                )
                for key, text in sorted(before.items())
            )  # fmt: skip
        if absent := shape.left_out(values):
            raise FiguresRefused(absent)
        require_divisible(opened, request.divisions)
        declared = self._registering.declared(request, opened, values, beside)
        self._findings.refuse_open(
            opened,
            values,
            request.explanations,
            {event.key for event in declared},
            request.divisions,
            beside,
            request.declarations,
        )
        # A value that somebody has in the draft is theirs, too, on whatever way it is sent.
        origins = _origins(opened.draft, prefilled, typed)
        figures: list[tuple[bool, Event]] = []
        for because in by_reason(entered, request.reasons):
            texts = dict(sorted(because.texts.items()))
            event: Event = FiguresEntered(**opened.where, figures=texts, typed_at=_only(origins, texts))
            figures.append((because.own is not None, event))
        for because in by_reason(changed, request.reasons):
            texts = dict(sorted(because.texts.items()))
            event = FiguresCorrected(
                **opened.where, figures=texts, supersedes={key: case.cells[key].position for key in texts},
                reason_class=because.own.reason_class if because.own else request.reason_class,
                typed_at=_only(origins, texts),
            )  # fmt: skip
            figures.append((because.own is not None, event))
        # What has a reason of its own comes first: it becomes a command of its own (`reasons.told_apart`).
        events = [event for own, event in figures if own]
        events += [*declared, *(event for own, event in figures if not own)]
        if not entered and (not case.cells or (case.withdrawn and not changed)):
            raise InvalidInput(field="figures", found="[]", expected=message("at_least_one_figure"))
        explanations = {key: text for key, text in request.explanations.items()}
        basis = _rests_on(request, case)
        rests_anew = bool(case.cells) and not case.withdrawn and basis != case.rests_at(None)
        events.append(
            ReturnSubmitted(
                **opened.where, explanations=explanations, method=basis.method, places=basis.places,
                of_places=basis.of_places, receipt=request.receipt, divisions=request.divisions, rests_anew=rests_anew,
                edition=current_edition(),
            )
        )  # fmt: skip
        back = [key for key in case.sent_back() if key not in changed]
        if back:
            events.append(CellsConfirmed(**opened.where, cells=tuple(sorted(back)), agrees=True))
        return events

    def _require_seen(self, request: Submit, opened: OpenReturn, typed: Mapping[str, str]) -> None:
        """VersionConflict when a cell to be changed got another value after the version the sender has seen."""
        cells = opened.case.cells
        other = [key for key, text in typed.items() if key in cells and cells[key].text != text]
        require_seen(opened, request.expected_version, other)

    def typed(
        self, opened: OpenReturn, request: Submit | None = None
    ) -> tuple[dict[str, str], dict[str, str]]:
        """(all cells after the draft and the request, those typed): canonical texts; no request: after the draft.
        FiguresRefused for every wrong one."""
        given = {cell.key: cell.value for cell in request.figures} if request else {}
        kept = self._reader.draft(*opened.place) if request is None or request.take_draft else Draft()
        draft = kept.cells
        values, typed, problems = self._parsed(opened, draft | given)
        anew = {*given, *choices_divided(request.divisions if request else {})}
        problems += [
            problem for problem in self._of_other_names(opened, kept) if problem.cell.key not in anew
        ]
        if problems:
            # What is wrong with a value tells the value: not to who may have to type it, too.
            require_typed_twice(opened, draft, [p.cell.key for p in problems if p.cell.key not in given])
            raise FiguresRefused(problems)
        return values, typed

    def origins(self, opened: OpenReturn, texts: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
        """Where these values (cell key → canonical text) had been typed before they come here, whoever carries them."""
        return _origins(opened.draft, self._reader.prefill_of(opened.defined, *opened.place.within), texts)

    def draft_check(self, opened: OpenReturn) -> tuple[list[CellProblem], tuple[Finding, ...]]:
        """What would stand in the draft's way, were it submitted: cells at fault, and findings over all others."""
        kept = self._reader.draft(*opened.place)
        if not (draft := kept.cells):
            return [], ()
        values, _, problems = self._parsed(opened, draft)
        left_out = opened.shape.left_out([*values, *draft])
        problems += self._of_other_names(opened, kept)
        return [*problems, *left_out], self._of_draft(opened, values)

    def draft_texts(self, opened: OpenReturn) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
        """(cells with the draft on top, findings over them); nothing where nothing is drafted."""
        if not (draft := self._reader.draft(*opened.place).cells):
            return {}, ()
        values, _, _ = self._parsed(opened, draft)
        return values, self._of_draft(opened, values)

    def _of_draft(self, opened: OpenReturn, values: Mapping[str, str]) -> tuple[Finding, ...]:
        """Findings with the divisions that would go with it."""
        return self._findings.of(opened, values, drafted_divisions(opened.draft)) if values else ()

    def _of_other_names(self, opened: OpenReturn, draft: Draft) -> list[CellProblem]:
        others = drafted_otherwise(self._reader.renamed, opened.place, draft)
        return problems_of_names(opened.shape, others, draft.cells)

    def _parsed(
        self, opened: OpenReturn, texts: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str], list[CellProblem]]:
        shape = opened.shape
        contests = opened.defined.contests_of_unit[opened.place.unit]
        problems: list[CellProblem] = []
        typed: dict[str, str] = {}
        for key, text in texts.items():
            outcome = shape.problem(TypedCell(Cell.from_key(key), text), contests)
            if isinstance(outcome, CellProblem):
                problems.append(outcome)
            else:
                typed[key] = format_value(outcome)
        return opened.case.texts | typed, typed, problems


def _rests_on(request: Submit, case: ReturnCase) -> RestsOn:
    """By the request's word; where it says nothing, as what stands: whoever explains, corrects one cell or corrects several
    returns together has not counted the rest."""
    if request.method is not None:
        return RestsOn(method=request.method, places=request.places, of_places=request.of_places)
    return case.rests_at(None)


def _unvouched(opened: OpenReturn, entered: Collection[str], anew: Collection[str]) -> set[str]:
    """Cells whose first value nobody has vouched for: those entered now, and those that stand since without a submission."""
    case = opened.case
    standing = {
        key
        for key, cell in case.cells.items()
        if cell.reason_class is None and case.changed[key] > case.vouched and cell.text != NOT_REPORTED
    }
    return {*entered, *anew, *standing}


def _origins(
    draft: Draft, prefilled: Mapping[str, Prefill], typed: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Where each of the typed values had been typed before: in the draft, or in the form whose value it is. A value that
    equals another form's counts as taken over, whoever carried it here; one that was taken out of the draft again had been
    read there."""
    origins: dict[str, tuple[int, ...]] = {}
    for key, text in typed.items():
        at = list(draft.hands.get((key, text), ()))
        if (source := prefilled.get(key)) is not None and source.text == text:
            at += (*source.typed_at, source.position)
        if at:
            origins[key] = tuple(sorted(set(at)))
    return origins


def _only(origins: Mapping[str, tuple[int, ...]], keys: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    return {key: origins[key] for key in sorted(keys) if key in origins}
