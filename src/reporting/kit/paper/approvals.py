"""Approval documents (起案): a return, an office's slot or a slot's release as the log has it at a position, as PDF or workbook.

Everything in it is read from the log up to that position, so that it can be made again byte for byte: by the same program, and as long as
nobody's name in it was erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from reporting.application.asked import AskedCell, asked_contests
from reporting.application.desk import Desk
from reporting.application.opened import OpenReturn
from reporting.domain.actor import Actor
from reporting.domain.event_names import NAMES
from reporting.domain.figures import format_value, parse_value
from reporting.domain.status import STATUS_WORDS, Status
from reporting.errors import ReportingError
from reporting.kit.paper.controls import ControlTotals, control_totals
from reporting.kit.paper.messages import message
from reporting.kit.paper.states import State, Subject, desk_at, require_readable, state_at
from reporting.ledger.streams import return_stream
from reporting.rules.context import Figures
from reporting.rules.model import Finding


class NothingToApprove(ReportingError):
    """facts: `place`. Nothing was entered there."""

    code = "nothing_to_approve"
    template_ja = "{place} にはまだ何も入力されていません。入力してから承認の起案をしてください。"
    template_en = "Nothing has been entered in {place} yet. Enter it before drawing up its approval."


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One cell of a return: what stands (None: nothing), what the form it is filled from holds, and the election before."""

    asked: AskedCell
    contest: str
    value: str | None
    flash: str | None
    before: str | None

    @property
    def name(self) -> str:
        return self.asked.choice.name if self.asked.choice else self.asked.item.ja

    @property
    def part(self) -> str:
        part = self.asked.breakdown.ja if self.asked.breakdown else ""
        return f"{self.asked.item.ja} {part}".strip() if self.asked.choice else part


def difference(value: str | None, other: str | None) -> Decimal | None:
    """value − other; None where either holds no number."""
    if value is None or other is None or value.startswith("!") or other.startswith("!"):
        return None
    return Decimal(value) - Decimal(other)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding that is not silent. `said`: why it is in order (words, or the class of a declaration); empty: nothing was said."""

    unit: str
    finding: Finding
    said: str


@dataclass(frozen=True, slots=True)
class DeedLine:
    """An event of the returns: what, who, when."""

    position: int
    unit: str
    what: str
    office: str
    person: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit of a document about several. `status`: in Japanese."""

    unit: str
    name: str
    status: str
    version: int
    totals: ControlTotals
    open_findings: int


@dataclass(frozen=True, slots=True)
class SumLine:
    """A cell over the units of the document that hold a number there: `units` of them."""

    line: ValueLine
    total: Decimal
    units: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Everything a document shows. `values`: of the one return, else empty; `units`, `sums`: of several; `at`: when the last event it
    rests on was recorded; `compared`: how the election before is called."""

    state: State
    titles: tuple[str, str, str]
    scope_name: str
    is_test: bool
    at: datetime
    compared: str
    values: tuple[ValueLine, ...]
    sums: tuple[SumLine, ...]
    units: tuple[UnitLine, ...]
    findings: tuple[FindingLine, ...]
    deeds: tuple[DeedLine, ...]


def approval_of(desk: Desk, subject: Subject, actor: Actor, position: int | None = None) -> Approval:
    """`position`: None for now. NotAuthorised unless the actor may read all of it; NothingToApprove; UnknownReference."""
    require_readable(desk, subject, actor)
    at = desk.reporting.ledger.position() if position is None else position
    then = desk_at(desk, at)
    return approval_from(then, state_at(then, subject, at))


def approval_from(desk: Desk, state: State) -> Approval:
    """`desk`: of the state's position."""
    subject = state.subject
    if not state.returns:
        raise NothingToApprove(place=str(subject.place))
    defined = desk.reporting.catalog.election(subject.election)
    form = defined.form(subject.form, subject.slot)
    findings = desk.findings.standing(state.returns, neighbours=len(state.returns) == 1)
    contexts = desk.findings.contexts(state.returns)
    lines = {
        opened.place.unit: tuple(_values(desk, opened, state, contexts[opened.stream].previous))
        for opened in state.returns
    }
    deeds = tuple(_deeds(desk, state))
    alone = subject.letter == "R"
    only = state.returns[0]
    names = defined.roster.units
    nodes = {code: node.name for (_, code), node in defined.roster.nodes.items()}
    told = tuple(_findings(state.returns, findings))
    return Approval(
        state,
        (defined.definition.label.ja, form.label.ja, form.slot(subject.slot).label.ja),
        names[subject.scope].name if alone else nodes.get(subject.scope, ""),
        defined.definition.is_test,
        deeds[-1].at,
        contexts[only.stream].previous_named.ja if alone and defined.definition.previous else "",
        lines[only.place.unit] if alone else (),
        () if alone else _sums(lines),
        () if alone else tuple(_unit_line(opened, state, names[opened.place.unit].name, told) for opened in state.returns),
        told,
        deeds if alone else (),
    )  # fmt: skip


def _values(desk: Desk, opened: OpenReturn, state: State, before: Figures) -> Iterator[ValueLine]:
    shown = state.cells[opened.place.unit]
    flash = {key: held.text for key, held in desk.returns.prefill(*opened.place).items()}
    for contest in asked_contests(opened):
        for cell in contest.cells:
            earlier = before.get(cell.key)
            yield ValueLine(
                cell,
                contest.contest.label.ja,
                shown.get(cell.key),
                flash.get(cell.key),
                None if earlier is None else format_value(earlier),
            )


def _sums(lines: dict[str, tuple[ValueLine, ...]]) -> tuple[SumLine, ...]:
    """By cell, in the order of the first unit that is asked it."""
    sums: dict[str, SumLine] = {}
    for line in (line for of_unit in lines.values() for line in of_unit):
        number = parse_value(line.value) if line.value is not None else None
        held = sums.get(line.asked.key, SumLine(line, Decimal(0), 0))
        counts = isinstance(number, Decimal)
        added = number if isinstance(number, Decimal) else Decimal(0)
        sums[line.asked.key] = SumLine(held.line, held.total + added, held.units + counts)
    return tuple(sums.values())


def _unit_line(opened: OpenReturn, state: State, name: str, findings: Sequence[FindingLine]) -> UnitLine:
    unit = opened.place.unit
    return UnitLine(
        unit, name, _status(opened), opened.case.version, control_totals(state.cells[unit]),
        sum(1 for line in findings if line.unit == unit and not line.said),
    )  # fmt: skip


def _status(opened: OpenReturn) -> str:
    """As the console says it: what the first level has approved is not approved yet."""
    if opened.status is Status.APPROVED and opened.next_level is not None:
        return message.words("approved_in_part").ja
    return STATUS_WORDS[opened.status.value].ja


def _findings(
    returns: Sequence[OpenReturn], standing: Mapping[UUID, tuple[Finding, ...]]
) -> Iterator[FindingLine]:
    for opened in returns:
        case = opened.case
        for finding in standing[opened.stream]:
            declared = case.discrepancies.get(finding.key)
            said = case.explanations.get(finding.key, "")
            if finding.declared and declared is not None:
                said = declared.reason_class
            yield FindingLine(opened.place.unit, finding, said)


def _deeds(desk: Desk, state: State) -> Iterator[DeedLine]:
    """Every event of the returns, by position."""
    subject = state.subject
    streams = {
        return_stream(subject.election, subject.form, subject.slot, opened.place.unit): opened.place.unit
        for opened in state.returns
    }
    for deed in desk.reporting.ledger.deeds(list(streams)):
        event = deed.recorded
        yield DeedLine(
            event.position, streams[event.stream_id], NAMES[event.event.type].ja, deed.office, deed.person,
            event.recorded_at, deed.reason or "",
        )  # fmt: skip
