"""What an approval document stands for: returns as the log had them at a position, and the SHA-256 of exactly that.

Values, versions and approvals, no words and no people: those can be erased, and the hash still holds. Whoever has the log makes the
same state again at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from reporting.application.acting import phase_of
from reporting.application.authority import authorise
from reporting.application.catalog import KnownElection
from reporting.application.desk import Desk
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.place import Place
from reporting.errors import ReportingError
from reporting.kit.paper.codes import KINDS, ApprovalCode
from reporting.ledger.registry import canonical
from reporting.publication.planned import approved_by

FORMAT = 1


class NoneReports(ReportingError):
    """facts: `place`. No unit of the subject reports in the slot."""

    code = "none_reports"
    template_ja = "{place} に報告する単位はありません。様式・回・単位を確かめてください。"
    template_en = "No unit reports in {place}. See whether form, slot and unit are right."


@dataclass(frozen=True, slots=True)
class Subject:
    """`letter`: a key of KINDS; `scope`: the unit, the office's area (`*`: everything), nothing."""

    letter: str
    election: str
    form: str
    slot: str
    scope: str = ""

    @property
    def kind(self) -> str:
        return KINDS[self.letter]

    @property
    def place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.scope)


@dataclass(frozen=True, slots=True)
class State:
    """`returns`: those with anything in them, in the roster's order, as they stood at `position`; `cells`: unit → cell key →
    text that the document shows; `asked`: units that report in the slot and the subject."""

    subject: Subject
    position: int
    asked: tuple[str, ...]
    returns: tuple[OpenReturn, ...]
    cells: Mapping[str, Mapping[str, str]]
    sha256: str
    defined: KnownElection

    @property
    def code(self) -> ApprovalCode:
        return ApprovalCode.of(self.subject.letter, self.subject.place, self.position, self.sha256)


def desk_at(desk: Desk, position: int) -> Desk:
    """The same desk without anything after a position."""
    return Desk(Reporting(desk.reporting.ledger.as_of(position)))


def units_of(desk: Desk, subject: Subject) -> tuple[str, ...]:
    """Units of the subject that report in its slot. UnknownReference for a form, slot or unit that is none."""
    defined = desk.reporting.catalog.election(subject.election)
    units = defined.reporting_units(subject.form, subject.slot)
    if subject.letter == "R":
        defined.roster.require_unit(subject.scope)
        units = tuple(unit for unit in units if unit == subject.scope)
    elif subject.letter == "S" and subject.scope != "*":
        units = tuple(unit for unit in units if defined.roster.covers(subject.scope, unit))
    if not units:
        defined.shape(subject.form, subject.slot, subject.scope if subject.letter == "R" else None)
        raise NoneReports(place=str(subject.place))
    return units


def require_readable(desk: Desk, subject: Subject, actor: Actor) -> None:
    """NotAuthorised unless the office may read every return that the document shows, as they stand now."""
    units = units_of(desk, subject)
    roster = desk.reporting.catalog.election(subject.election).roster
    for opened in desk.returns.open_all(subject.election, subject.form, subject.slot, units):
        authorise("read_unreleased", actor, roster, opened.place.unit, phase_of(opened))


def state_at(desk: Desk, subject: Subject, position: int) -> State:
    """`desk`: of that position (`desk_at`). A release shows what each unit's publishing level has approved."""
    units = units_of(desk, subject)
    defined = desk.reporting.catalog.election(subject.election)
    roster = defined.roster
    returns = tuple(
        opened
        for opened in desk.returns.open_all(subject.election, subject.form, subject.slot, units)
        if opened.case.version
    )
    cells: dict[str, Mapping[str, str]] = {}
    for opened in returns:
        flow = roster.workflow
        level = flow.publishing(opened.levels) if flow is not None else None
        cells[opened.place.unit] = approved_by(opened, level) if subject.letter == "P" else opened.case.texts
    told = {
        "format": FORMAT,
        "kind": subject.kind,
        "election": subject.election,
        "form": subject.form,
        "slot": subject.slot,
        "scope": subject.scope,
        "position": position,
        "returns": [
            {
                "unit": opened.place.unit,
                "version": opened.case.version,
                "certified": opened.case.certified,
                "cells": dict(cells[opened.place.unit]),
                "approved": {key: sorted(cell.approved_now) for key, cell in opened.case.cells.items()},
            }
            for opened in returns
        ],
    }
    sha256 = hashlib.sha256(canonical(told)).hexdigest()
    return State(subject, position, units, returns, cells, sha256, defined)
