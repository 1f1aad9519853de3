"""One return's way through the offices: which cell was approved by whom, sent back, certified.

Approval belongs to a cell's value, not to the form: a corrected cell loses its approvals, every other keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reporting.domain.actor import By
from reporting.domain.cell_case import NO_LEVELS, CellCase, SaidTogether
from reporting.domain.discrepancy import Discrepancy
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.layer import ENTERED, Layer
from reporting.domain.released import WHOLE_COUNT, RestsOn
from reporting.domain.status import Status
from reporting.domain.workflow_events import (
    CellsConfirmed,
    CellsSentBack,
    DiscrepancyClosed,
    DiscrepancyConfirmed,
    DiscrepancyDeclared,
    Divided,
    FiguresReceived,
    ReadTogether,
    ReturnApproved,
    ReturnCertified,
    ReturnPlace,
    ReturnSubmitted,
    ReturnWithdrawn,
)


@dataclass(slots=True)
class Reading:
    """Values read out against the paper: cell key → text. `confirmed_by`: who else was there; None: nobody has said so."""

    position: int
    by: By
    cells: Mapping[str, str]
    confirmed_by: By | None = None


@dataclass(slots=True)
class Partial:
    """Figures of a return that rest on a sample or an estimate, by its own word: `places` of `of_places` where it is a
    sample. `layer`: in which the figures stand; `since`:
    position of what brought such figures there; `until`: of what ended it, None while it stands."""

    method: str
    places: int | None
    of_places: int | None
    since: int
    until: int | None = None
    layer: Layer = ENTERED

    @property
    def rests(self) -> RestsOn:
        return RestsOn(method=self.method, places=self.places, of_places=self.of_places)


@dataclass(slots=True)
class ReturnCase:
    """The one fold of a return's stream, with or without offices that look at it. `version`: of the stream; `changed[key]`: version that last changed the cell;
    `overridden`: levels at which somebody openly approved or certified what they had a hand in; `dividers`: contest →
    who said what was divided in it; `edition`: of the rules that the last submission, approval or certification passed, None
    where that is not noted; `vouched`: version of the last submission, `vouched_at`: its position, `together`: the
    other returns of that."""

    version: int = 0
    cells: dict[str, CellCase] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    submitted_by: By | None = None
    submissions: int = 0
    edition: int | None = None
    vouched: int = 0
    vouched_at: int = 0
    together: tuple[ReturnPlace, ...] = ()
    explanations: dict[str, str] = field(default_factory=dict)
    divisions: dict[str, Divided] = field(default_factory=dict)
    dividers: dict[str, By] = field(default_factory=dict)
    discrepancies: dict[str, Discrepancy] = field(default_factory=dict)
    certified: bool = False
    overridden: set[str] = field(default_factory=set)
    withdrawn: bool = False
    owner_office: str | None = None
    stand_in: str | None = None
    method: str = "full"
    partials: list[Partial] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def texts(self) -> dict[str, str]:
        """Cell key → canonical text of what stands."""
        return {key: cell.text for key, cell in self.cells.items()}

    @property
    def partial(self) -> Partial | None:
        """What the figures entered rest on now, where that is not the whole count."""
        return self._standing(ENTERED)

    def partial_at(self, level: str | None) -> Partial | None:
        """The same of what a level approved, perhaps of an earlier submission; of a return no level approves: as entered."""
        return self._standing(ENTERED if level is None else Layer(level))

    def rests_at(self, level: str | None) -> RestsOn:
        """What the figures rest on that a level approved, or without one those entered."""
        partial = self.partial_at(level)
        return WHOLE_COUNT if partial is None else partial.rests

    def _standing(self, layer: Layer) -> Partial | None:
        if not self.partials:  # nearly always
            return None
        return next(
            (partial for partial in self.partials if partial.layer == layer and partial.until is None), None
        )

    def _rests_on(self, layer: Layer, on: Partial | None, position: int) -> None:
        if (before := self._standing(layer)) is not None:
            before.until = position
        if on is not None:
            self.partials.append(replace(on, layer=layer, since=position, until=None))

    def _approved_as_counted(self, level: str, position: int) -> None:
        """A level's figures rest on what the return does once they are the return's; while one stands among them that was
        approved as another value, or as resting on another count, a partial count on either side makes them partial."""
        if not self.partials or (self.partial is None and self._standing(Layer(level)) is None):
            return
        settled = all(level in cell.approvers for cell in self.cells.values() if level in cell.approved)
        if settled or self.partial is not None:
            self._rests_on(Layer(level), self.partial, position)

    def apply(self, event: Event, position: int, by: By) -> None:
        """The owner is the office that first brought figures of its own; a change by another office is one the owner is
        told of and may object to. `stand_in`: the office that enters for an owner nobody has heard from yet."""
        self.version += 1
        match event:
            case FiguresEntered() | FiguresCorrected():
                if self.owner_office is None and by.office != self.stand_in:
                    self.owner_office = by.office
                why = event.reason_class if isinstance(event, FiguresCorrected) else None
                above = by.office != (self.owner_office or self.stand_in)
                own, typed_at = self.cells, event.typed_at
                for key, text in event.figures.items():
                    before, approved, grounds, eyes = own.get(key), NO_LEVELS, NO_LEVELS, NO_LEVELS
                    if before is not None:
                        approved, grounds, eyes = before.approved, before.grounds, before.eyes
                    # All in their order, without defaults and names: this is made for every cell of every return.
                    own[key] = CellCase(
                        text, position, by, why, approved, grounds, NO_LEVELS, eyes,
                        None, above and before is not None, False, False, typed_at.get(key, ()),
                    )  # fmt: skip
                self.changed |= dict.fromkeys(event.figures, self.version)
                self.withdrawn = False
            case ReturnSubmitted():
                self.submitted_by, self.edition = by, event.edition
                self.submissions += 1
                self.together = event.together
                self.explanations |= event.explanations
                self.divisions |= event.divisions
                self.dividers |= dict.fromkeys(event.divisions, by)
                if event.receipt is not None and self.submissions == 1:
                    self.owner_office, self.stand_in = None, by.office
                for key, cell in self.cells.items():
                    if self.changed[key] > self.vouched:
                        cell.on_behalf = event.receipt is not None
                    elif event.receipt is None and by.office != self.stand_in:
                        cell.on_behalf = False
                if event.rests_anew:
                    for cell in self.cells.values():
                        cell.approvers = NO_LEVELS
                self.vouched, self.vouched_at = self.version, position
                self.method = event.method
                whole = event.method == "full"
                on = None if whole else Partial(event.method, event.places, event.of_places, position)
                self._rests_on(ENTERED, on, position)
            case FiguresReceived():
                if event.above and self.owner_office == by.office:
                    self.owner_office, self.stand_in = None, by.office
                elif not event.above:
                    self.owner_office = by.office
                for key in event.cells:
                    if key in self.cells:
                        self.cells[key].edited_above = event.above
                        self.cells[key].on_behalf &= event.above
            case ReturnApproved():
                self.edition = event.edition
                self.overridden |= {event.level} if event.override else set()
                level, submitter, said = event.level, self.submitted_by, SaidTogether()
                for key, text in event.figures.items():
                    if held := self.cells.get(key):
                        held.approve(level, text, by, submitter, said)
                self._approved_as_counted(event.level, position)
                waiting = set(self.waiting_at(event.level)) if self.discrepancies else set()
                for difference in self.discrepancies.values():
                    cells = set(difference.shown or self.cells)
                    if cells & set(event.figures) and not cells & waiting:
                        difference.looked_at(event.level, by, position)
            case CellsSentBack():
                for key in event.cells:
                    if key in self.cells:
                        self.cells[key].sent_back = event.reason_class
                        self.cells[key].approvers = NO_LEVELS
            case CellsConfirmed():
                for key in event.cells:
                    if key in self.cells:
                        self.cells[key].sent_back = None
                        self.cells[key].edited_above = self.cells[key].on_behalf = False
                        self.cells[key].objected = not event.agrees
                if self.owner_office is None and by.office != self.stand_in:
                    self.owner_office = by.office
            case ReturnCertified():
                self.certified, self.edition = True, event.edition
                self.overridden |= {event.level} if event.override else set()
            case ReturnWithdrawn():
                self.withdrawn = True
                self.submitted_by = None
                # It starts anew: what was said of figures that are gone says nothing of the next ones.
                self.explanations, self.divisions, self.dividers = {}, {}, {}
                self._rests_on(ENTERED, None, position)
            case ReadTogether(confirms=None):
                self.readings.append(Reading(position, by, event.cells))
            case ReadTogether():
                for reading in self.readings:
                    if reading.position == event.confirms:
                        reading.confirmed_by = by
            case DiscrepancyDeclared():
                self.discrepancies[event.key] = Discrepancy(
                    event.key,
                    event.rule,
                    event.difference,
                    position,
                    by,
                    event.reason_class,
                    shown=event.shown,
                    between=event.between,
                )
            case DiscrepancyConfirmed() if event.key in self.discrepancies:
                confirmed = self.discrepancies[event.key]
                confirmed.confirmed_by = by
                if confirmed.vanished:  # nothing is left open once a second person has looked
                    confirmed.closed_at = position
            case DiscrepancyClosed() if event.key in self.discrepancies:
                self.discrepancies[event.key].closed_at = position
                self.discrepancies[event.key].closed_class = event.reason_class
                self.discrepancies[event.key].correction = event.correction

    @property
    def went_through_offices(self) -> bool:
        """Whether somebody vouched for it, approved, sent back or certified it, or declared a difference in it."""
        approved = any(cell.approved or cell.sent_back for cell in self.cells.values())
        return bool(self.submissions or self.certified or self.discrepancies or approved)

    def changed_since(self, version: int) -> set[str]:
        """Cells another value was given to after that version of the return."""
        return {key for key, at in self.changed.items() if at > version}

    def sent_back(self) -> list[str]:
        return [key for key, cell in self.cells.items() if cell.sent_back is not None]

    def unanswered(self) -> list[str]:
        """Cells another office changed, or entered on the owner's behalf, and the owner has not answered."""
        return [key for key, cell in self.cells.items() if cell.edited_above or cell.on_behalf]

    @property
    def on_behalf(self) -> bool:
        """Whether another office entered some of it and its owner has not answered."""
        return any(cell.on_behalf for cell in self.cells.values())

    def typed_at(self) -> Iterable[int]:
        return (at for cell in self.cells.values() for at in cell.typed_at)

    def name_typists(self, doers: Mapping[int, By]) -> None:
        """`doers`: position → who did it, for (at least) every `typed_at`."""
        for cell in self.cells.values():
            if cell.typed_at:
                cell.typists = tuple(dict.fromkeys(doers[at] for at in cell.typed_at))

    def hands(self) -> frozenset[str]:
        """Everybody who typed, sent, submitted or approved what stands."""
        approvers = {person for cell in self.cells.values() for person in cell.approvers.values()}
        return self.authors(self.cells) | approvers

    def sole_eyes(self, level: str) -> str | None:
        """The one person who alone typed, submitted and approved all that this level approved; None where somebody else
        had a look, or nothing is approved there."""
        looked: set[str] = set()
        for cell in self.cells.values():
            if level not in cell.approved:
                continue
            if level in cell.approvers:
                looked |= cell.authors | set(cell.approvers.values()) | cell.eyes.get(level, frozenset())
            elif eyes := cell.eyes.get(level):
                looked |= eyes
            else:
                return None
        return looked.pop() if len(looked) == 1 else None

    def authors(self, cells: Iterable[str]) -> frozenset[str]:
        """Persons who typed or divided the present values of these cells, declared a difference in them that nobody else
        has looked at, or vouched for the return last."""
        cells = set(cells)
        persons = {self.cells[key].by.person for key in cells}
        persons.update(typist.person for key in cells for typist in self.cells[key].typists)
        if self.submitted_by is not None:
            persons.add(self.submitted_by.person)
        for key in cells if self.dividers else ():
            contest, _, _, choice = key.split("|")
            if choice and contest in self.dividers:
                persons.add(self.dividers[contest].person)
        persons |= {
            difference.declared_by.person
            for difference in self.discrepancies.values()
            if difference.unseen and cells & set(difference.shown or self.cells)
        }
        return frozenset(persons)

    def waiting_at(self, level: str) -> list[str]:
        """Cells whose present value this level has not approved and that are not sent back."""
        return [
            key for key, cell in self.cells.items() if level not in cell.approvers and cell.sent_back is None
        ]

    def differences_at(self, level: str) -> list[Discrepancy]:
        """Declared and vanished differences that this level has to look at: cells of theirs wait for it, and it has not
        seen them, whoever closed them in the meantime; a declared one as long as it is open."""
        if not self.discrepancies:
            return []
        waiting = set(self.waiting_at(level))
        return [
            discrepancy
            for discrepancy in self.discrepancies.values()
            if waiting & set(discrepancy.shown or self.cells)
            and (level not in discrepancy.seen or discrepancy.stays_open)
        ]

    def approved_by(self, level: str) -> bool:
        return bool(self.cells) and all(level in cell.approvers for cell in self.cells.values())

    def next_level(self, chain: Sequence[str]) -> str | None:
        """The lowest level of the chain that has not approved everything; None when all have."""
        return next((level for level in chain if not self.approved_by(level)), None)

    def status(self, chain: Sequence[str]) -> Status:
        if self.withdrawn:
            return Status.WITHDRAWN
        if not self.cells:
            return Status.MISSING
        if self.sent_back():
            return Status.SENT_BACK
        if self.certified:
            return Status.CERTIFIED
        if self.submitted_by is None:
            return Status.ENTERED
        return Status.APPROVED if chain and self.approved_by(chain[0]) else Status.SUBMITTED
