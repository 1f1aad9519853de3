"""What a submission becomes: values, corrections, declarations, and what stands in its way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reporting.application.around import NOTHING, Beside
from reporting.application.commands import CellInput, fingerprint, require_untouched
from reporting.application.desk_commands import DraftCell, Submit
from reporting.application.doubts import Doubt, both, held_in, in_order, settle, within
from reporting.application.elsewhere import DifferencesElsewhere
from reporting.application.findings import Findings, division_of
from reporting.application.messages import message
from reporting.application.opened import Draft, OpenReturn, Prefill, ReturnReader
from reporting.application.reasons import by_reason, require_changed
from reporting.application.seen import require_seen
from reporting.application.typed_twice import require_typed_twice
from reporting.domain.actor import Actor
from reporting.domain.case import ReturnCase
from reporting.domain.discrepancy import ALTERED
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell, format_value
from reporting.domain.returns import CellProblem, FiguresRefused, TypedCell
from reporting.domain.workflow_events import (
    CellsConfirmed,
    DiscrepancyDeclared,
    Divided,
    ReturnSubmitted,
)
from reporting.errors import DraftMoved, InvalidInput, UnknownReference
from reporting.ledger import draft_stream
from reporting.rules.apportionment import divide
from reporting.rules.model import Finding

NOT_REPORTED = "!not_reported"


class Submission:
    """Decides; appends nothing."""

    def __init__(self, reader: ReturnReader, findings: Findings) -> None:
        self._reader, self._findings = reader, findings
        self._elsewhere = DifferencesElsewhere(reader, findings)

    def events(
        self, request: Submit, opened: OpenReturn, actor: Actor, beside: Beside = NOTHING
    ) -> list[Event]:
        """`beside`: other returns as they are to be, with this one."""
        draft = self._reader.draft(*opened.place) if request.take_draft else Draft()
        self._require_draft_seen(request, opened, draft, actor)
        values, typed = self.typed(opened, request)
        # A return that was withdrawn starts anew: that nothing stands in a cell is nobody's earlier statement.
        anew = {
            key
            for key, cell in opened.case.cells.items()
            if opened.case.withdrawn and cell.text == NOT_REPORTED
        }
        prefilled = self._reader.prefill(*opened.place)
        taken: dict[str, str] = {}
        if request.fill:
            taken = {
                key: held.text
                for key, held in prefilled.items()
                if key not in values or (key in anew and key not in typed)
            }
            if request.filled is not None:
                require_untouched(
                    fingerprint({_cell(given).key: given.value for given in request.filled}),
                    taken,
                    opened.place.within,
                )
            values, typed = values | taken, typed | taken
        shape = opened.shape
        request = with_drafted(request, draft)
        self._require_seen(request, opened, typed)
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
        declared = self._declarations(request, opened, values, beside)
        self._findings.refuse_open(
            opened, values, request.explanations, {event.key for event in declared}, request.divisions, beside
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
        events.append(
            ReturnSubmitted(
                **opened.where, explanations=explanations, method=basis.method, places=basis.places,
                of_places=basis.of_places, receipt=request.receipt, divisions=request.divisions,
            )
        )  # fmt: skip
        back = [key for key in case.sent_back() if key not in changed]
        if back:
            events.append(CellsConfirmed(**opened.where, cells=tuple(sorted(back)), agrees=True))
        return events

    def _declarations(
        self, request: Submit, opened: OpenReturn, values: dict[str, str], beside: Beside
    ) -> list[DiscrepancyDeclared]:
        """Differences said openly, and differences that were made to go away: one that somebody was shown, here or in
        another return that is compared with this one, and that is gone now stands in the register as altered until an
        approver has looked at it. Both need words."""
        register = opened.case.discrepancies
        waivable = {
            finding.key: finding
            for finding in self._findings.of(opened, values, request.divisions, beside)
            if finding.waivable
        }
        said = {
            key: reason
            for key, reason in sorted(request.declarations.items())
            if key in waivable
            and (key not in register or register[key].closed_at is not None or register[key].vanished)
        }
        settled = settle(
            self._doubts(opened, values, beside), list(waivable.values()), said, opened.case, values
        )
        declared = [
            declaration(opened, waivable[key], reason, values, settled.carried.get(key, {}))
            for key, reason in said.items()
        ]
        gone = settled.gone
        if (gone or declared) and request.reason is None:
            raise InvalidInput(
                field="reason",
                found="",
                expected=message("why_differing_figures_were_changed")
                if gone
                else message("why_figures_differ_in_words"),
            )
        return [*declared, *_altered(opened, gone)]

    def traces(self, opened: OpenReturn, values: Mapping[str, str], beside: Beside = NOTHING) -> list[Event]:
        """What values that come without a submission, into a return that somebody has vouched for, leave in its register.
        One that nobody has vouched for is submitted first, and then tells it."""
        if opened.case.submitted_by is None:
            return []
        findings = [
            finding for finding in self._findings.of(opened, values, beside=beside) if finding.waivable
        ]
        return [
            *_altered(
                opened, settle(self._doubts(opened, values, beside), findings, (), opened.case, values).gone
            )
        ]

    def _doubts(self, opened: OpenReturn, values: Mapping[str, str], beside: Beside) -> list[Doubt]:
        """Differences that somebody has seen, in this return or in another that is compared with it and loses it by these
        values."""
        doubts = dict(opened.draft.shown)
        for lost in self._elsewhere.submitted(opened, values, beside):
            doubts[lost.name] = doubts[lost.name].again(lost) if lost.name in doubts else lost
        return [doubts[name] for name in sorted(doubts)]

    def _require_seen(self, request: Submit, opened: OpenReturn, typed: Mapping[str, str]) -> None:
        """VersionConflict when a cell to be changed got another value after the version the sender has seen."""
        cells = opened.case.cells
        other = [key for key, text in typed.items() if key in cells and cells[key].text != text]
        require_seen(opened, request.expected_version, other)

    def _require_draft_seen(self, request: Submit, opened: OpenReturn, draft: Draft, actor: Actor) -> None:
        """DraftMoved when the draft would bring in a cell that somebody else typed, and the sender names no version of the
        draft; or a cell that changed after the version the sender names. A division in it likewise."""
        sent = {_cell(given).key for given in request.figures}
        left = {key: cell for key, cell in draft.typed.items() if key not in sent}
        seen = request.draft_version
        unseen = [
            key
            for key, cell in left.items()
            if (
                cell.text and any(by.person != actor.person for by in cell.typists)
                if seen is None
                else cell.version > seen
            )
        ]
        divided = [
            contest
            for contest, held in draft.divisions.items()
            if contest not in request.divisions
            and (held.by.person != actor.person if seen is None else held.version > seen)
        ]
        if unseen or divided or (seen is not None and seen > draft.version):
            raise draft_moved(opened, draft, unseen, seen, divided)

    def typed(self, opened: OpenReturn, request: Any) -> tuple[dict[str, str], dict[str, str]]:
        """(all cells after the draft and the request, those typed): canonical texts. FiguresRefused for every wrong one."""
        given = {_cell(cell).key: cell.value for cell in getattr(request, "figures", ())}
        draft = self._reader.draft(*opened.place).cells if getattr(request, "take_draft", True) else {}
        values, typed, problems = self._parsed(opened, draft | given)
        if problems:
            # What is wrong with a value tells the value: not to who may have to type it, too.
            require_typed_twice(opened, draft, [p.cell.key for p in problems if p.cell.key not in given])
            raise FiguresRefused(problems)
        return values, typed

    def origins(self, opened: OpenReturn, texts: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
        """Where these values (cell key → canonical text) had been typed before they come here, whoever carries them."""
        return _origins(opened.draft, self._reader.prefill(*opened.place), texts)

    def draft_check(self, opened: OpenReturn) -> tuple[list[CellProblem], tuple[Finding, ...]]:
        """What would stand in the draft's way, were it submitted: cells at fault, and findings over all others."""
        draft = self._reader.draft(*opened.place).cells
        if not draft:
            return [], ()
        values, _, problems = self._parsed(opened, draft)
        left_out = opened.shape.left_out([*values, *draft])
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

    def _parsed(
        self, opened: OpenReturn, texts: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str], list[CellProblem]]:
        shape = opened.shape
        contests = opened.known.contests_of_unit[opened.place.unit]
        problems: list[CellProblem] = []
        typed: dict[str, str] = {}
        for key, text in texts.items():
            outcome = shape.problem(TypedCell(Cell.from_key(key), text), contests)
            if isinstance(outcome, CellProblem):
                problems.append(outcome)
            else:
                typed[key] = format_value(outcome)
        return opened.case.texts | typed, typed, problems


def declaration(
    opened: OpenReturn,
    finding: Finding,
    reason_class: str,
    texts: Mapping[str, str],
    before: Mapping[str, tuple[str, ...]],
) -> DiscrepancyDeclared:
    """A difference said openly: its cells as they were seen first, before these texts, and then with them."""
    seen = both(before, in_order([held_in(texts, finding.cells)]))
    return DiscrepancyDeclared(
        **opened.where, key=finding.key, rule=finding.rule, difference=difference_of(finding), reason_class=reason_class,
        shown=_first(seen), between=_after(seen),
    )  # fmt: skip


def _altered(opened: OpenReturn, gone: Iterable[Doubt]) -> list[DiscrepancyDeclared]:
    """As they go into the register, but those that stand there with all these values and wait for a look already. What a
    level has not seen yet of an earlier one is told with it."""
    entered: list[DiscrepancyDeclared] = []
    for doubt in gone:
        entry, seen = opened.case.discrepancies.get(doubt.key), doubt.cells
        if entry is not None and entry.closed_at is None and within(seen, entry.values):
            continue
        if entry is not None and not set(opened.levels) <= set(entry.seen):
            seen = both(entry.values, seen)
        entered.append(
            DiscrepancyDeclared(
                **opened.where, key=doubt.key, rule=doubt.key.split("|")[0], difference="0", reason_class=ALTERED,
                shown=_first(seen), between=_after(seen),
            )
        )  # fmt: skip
    return entered


def _first(seen: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {cell: texts[0] for cell, texts in seen.items()}


def _after(seen: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {cell: texts[1:] for cell, texts in seen.items() if len(texts) > 1}


@dataclass(frozen=True, slots=True)
class _Basis:
    """What figures rest on: `method` full, sample or estimate; of a sample `places` of `of_places`."""

    method: str
    places: int | None = None
    of_places: int | None = None


def _rests_on(request: Submit, case: ReturnCase) -> _Basis:
    """By the request's word; where it says nothing, as what stands: whoever explains, corrects one cell or corrects several
    returns together has not counted the rest."""
    if request.method is not None:
        return _Basis(request.method, request.places, request.of_places)
    if case.partial is None:
        return _Basis("full")
    return _Basis(case.partial.method, case.partial.places, case.partial.of_places)


def _cell(given: CellInput | DraftCell) -> Cell:
    return Cell(given.contest, given.item, given.breakdown, given.choice)


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
    found: dict[str, tuple[int, ...]] = {}
    for key, text in typed.items():
        at = list(draft.hands.get((key, text), ()))
        if (source := prefilled.get(key)) is not None and source.text == text:
            at += (*source.typed_at, source.position)
        if at:
            found[key] = tuple(sorted(set(at)))
    return found


def _only(origins: Mapping[str, tuple[int, ...]], keys: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    return {key: origins[key] for key in sorted(keys) if key in origins}


def require_not_overwritten(
    opened: OpenReturn, draft: Draft, cells: Mapping[str, str], seen: int | None, actor: Actor
) -> None:
    """DraftMoved when one of the cells was given another text by somebody else after the draft's version `seen`."""
    if seen is None:
        return
    moved = [
        key
        for key, text in cells.items()
        if (held := draft.typed.get(key)) is not None
        and held.version > seen
        and held.text.strip() != text.strip()
        and any(by.person != actor.person for by in held.typists)
    ]
    if moved or seen > draft.version:
        raise draft_moved(opened, draft, moved, seen)


def require_divisible(opened: OpenReturn, divisions: Mapping[str, Divided]) -> None:
    """Divisions name contests of this return and their candidates; DivisionRefused for what cannot be divided."""
    asked = opened.shape.contests()
    for code, given in divisions.items():
        if code not in asked or code not in opened.known.contests_of_unit[opened.place.unit]:
            raise UnknownReference(kind="contest", found=code, among=asked)
        choices = {choice.code: choice.name for choice in asked[code].choices}
        named = [*given.own, *(choice for group in given.common for choice in group.choices)]
        for choice in named:
            if choice not in choices:
                raise UnknownReference(kind="choice", found=choice, among=choices, within=code)
        divide(division_of(given))


def require_same_divisions(
    opened: OpenReturn, draft: Draft, contests: Iterable[str], seen: int | None, actor: Actor
) -> None:
    """DraftMoved where the draft's division of one of the contests is somebody else's and came after what the sender saw."""
    unseen = [
        code
        for code in contests
        if (held := draft.divisions.get(code)) is not None
        and held.by.person != actor.person
        and held.version > (seen or 0)
    ]
    if unseen:
        raise draft_moved(opened, draft, [], seen, unseen)


def with_drafted(request: Submit, draft: Draft) -> Submit:
    """The request with the draft's divisions, where it takes the draft and says nothing of their contests itself."""
    if not request.take_draft or not draft.divisions:
        return request
    return request.model_copy(update={"divisions": {**drafted_divisions(draft), **request.divisions}})


def drafted_divisions(draft: Draft) -> dict[str, Divided]:
    return {contest: held.divided for contest, held in draft.divisions.items()}


def draft_moved(
    opened: OpenReturn, draft: Draft, cells: Sequence[str], seen: int | None, contests: Iterable[str] = ()
) -> DraftMoved:
    """Names the cells, the contests whose division it is, and who typed them."""
    shape = opened.shape
    names = [shape.named(Cell.from_key(key)) for key in cells]
    names += [
        message.words("division_of_contest", name_ja=label.ja, name_en=label.en or label.ja)
        for contest in contests
        for label in [shape.contests()[contest].label]
    ]
    by = [who for key in cells for who in draft.typed[key].typists]
    by += [draft.divisions[contest].by for contest in contests]
    return DraftMoved(
        stream_id=str(draft_stream(*opened.place)), expected=seen or 0, actual=draft.version, cells=list(cells),
        cells_ja="、".join(ja for ja, _ in names) or "—", cells_en="; ".join(en for _, en in names) or "—",
        persons=", ".join(dict.fromkeys(f"{who.person} {who.office}" for who in by)) or "—",
        changed_by=by[-1].office if by else None, changed_person=by[-1].person if by else None,
    )  # fmt: skip


def difference_of(finding: Finding) -> str:
    return "" if finding.difference is None else format_value(finding.difference)
