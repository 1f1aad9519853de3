"""An approval document in hand: whether the log had exactly that state, what has changed since, which events prove it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reporting.application.desk import Desk
from reporting.domain.actor import Actor, By
from reporting.errors import ReportingError, UnknownReference
from reporting.kit.paper import codes
from reporting.kit.paper.codes import ApprovalCode
from reporting.kit.paper.reading import UnknownCode
from reporting.kit.paper.states import State, Subject, desk_at, require_readable, state_at
from reporting.ledger.streams import return_stream
from reporting.publication.public import PublicFigures


class NotThatState(ReportingError):
    """facts: `position`, `printed`, `made`. At that position the log had another state than the code speaks of."""

    code = "not_that_state"
    template_ja = "この紙の符号は、台帳 {position} の状態の指紋ではありません（紙 {printed}、台帳 {made}）。この紙は、この仕組みで作られたものではないか、書き換えられています。使わないでください。"
    template_en = "The code is no fingerprint of the state at ledger position {position} (paper {printed}, ledger {made}). The paper was not made here, or was altered. Do not use it."


@dataclass(frozen=True, slots=True)
class MovedCell:
    """A cell that holds something else now. `then`, `now`: canonical text, None: nothing; `position`, `by`: what set it (0: what is
    gone)."""

    unit: str
    key: str
    then: str | None
    now: str | None
    position: int
    by: By | None


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """`state`: as the document shows it; `recorded_at`: of the last event it rests on; `approved`: levels that have approved every one
    of these very values by now; `certified`: every return of it, by now; `public`: how many of its values are public as they stand on it,
    None where nothing of the slot was released; `moved`: what has changed; `events`: positions of the events it rests on."""

    state: State
    recorded_at: datetime
    names: Mapping[str, str]
    approved: tuple[str, ...]
    certified: bool
    public: int | None
    moved: tuple[MovedCell, ...]
    events: tuple[int, ...]

    @property
    def shown(self) -> int:
        """How many values it shows."""
        return sum(len(cells) for cells in self.state.cells.values())


def check_paper(desk: Desk, text: str, actor: Actor) -> CheckedPaper:
    """UnknownCode for what is no code, or of nothing defined; NotAuthorised for who may not read what it is of, whatever its
    fingerprint; NotThatState."""
    code = ApprovalCode.read(text)
    subject = None if code is None else _subject(desk, code)
    if code is None or subject is None or not 0 < code.position <= desk.reporting.ledger.position():
        raise UnknownCode(text)
    require_readable(desk, subject, actor)
    then = desk_at(desk, code.position)
    try:
        require_readable(then, subject, actor)
        state = state_at(then, subject, code.position)
    except UnknownReference:  # nothing of the kind was defined by then
        raise NotThatState(position=code.position, printed=code.fingerprint, made="―") from None
    if state.code != code or not state.returns:
        raise NotThatState(position=code.position, printed=code.fingerprint, made=state.code.fingerprint)
    return _compared(desk, then, state)


def _compared(desk: Desk, then: Desk, state: State) -> CheckedPaper:
    subject = state.subject
    streams = {
        return_stream(subject.election, subject.form, subject.slot, opened.place.unit): opened.place.unit
        for opened in state.returns
    }
    rests_on = [deed.recorded for deed in then.reporting.ledger.deeds(list(streams))]
    units = [opened.place.unit for opened in state.returns]
    now = {
        opened.place.unit: opened
        for opened in desk.returns.open_all(subject.election, subject.form, subject.slot, units)
    }
    levels = [set(level for level in opened.levels if all(
        key in opened.case.cells and opened.case.cells[key].approved.get(level) == shown
        for key, shown in state.cells[unit].items()
    )) for unit, opened in now.items()]  # fmt: skip
    everywhere = set.intersection(*levels) if levels else set()
    order = [level for opened in now.values() for level in opened.levels]
    current = state_at(desk, subject, desk.reporting.ledger.position())
    public = PublicFigures(desk.reporting.ledger).of(subject.election, subject.form, subject.slot, units)
    same = sum(
        public[unit].figures.get(key) == shown
        for unit, cells in state.cells.items()
        if unit in public
        for key, shown in cells.items()
    )
    roster = desk.reporting.catalog.election(subject.election).roster
    return CheckedPaper(
        state,
        rests_on[-1].recorded_at,
        {unit: roster.units[unit].name for unit in units if unit in roster.units},
        tuple(level for level in dict.fromkeys(order) if level in everywhere),
        all(opened.case.certified for opened in now.values()),
        same if public else None,
        tuple(_moved(state, current)),
        tuple(recorded.position for recorded in rests_on),
    )


def _moved(then: State, now: State) -> Iterator[MovedCell]:
    opened = {return_.place.unit: return_ for return_ in now.returns}
    for unit in dict.fromkeys((*then.cells, *now.cells)):
        before, after = then.cells.get(unit, {}), now.cells.get(unit, {})
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                cell = opened[unit].case.cells.get(key) if unit in opened else None
                yield MovedCell(
                    unit,
                    key,
                    before.get(key),
                    after.get(key),
                    cell.position if cell else 0,
                    cell.by if cell else None,
                )


def _subject(desk: Desk, code: ApprovalCode) -> Subject | None:
    """What is defined and has these hashes; None where nothing has."""
    catalog = desk.reporting.catalog
    for election in sorted(catalog.codes()):
        if codes.of_election(election) != code.election:
            continue
        defined = catalog.election(election)
        scopes = {
            "R": tuple(defined.roster.units),
            "S": ("*", *dict.fromkeys(area for _, area in defined.roster.nodes)),
            "P": ("",),
        }[code.letter]
        for form in defined.definition.forms:
            for slot in form.slots:
                for scope in scopes if codes.of_page(form.code, slot.code) == code.page else ():
                    subject = Subject(code.letter, election, form.code, slot.code, scope)
                    if code.is_at(subject.place):
                        return subject
    return None
