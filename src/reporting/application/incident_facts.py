"""Whether the facts of an incident are those of its election and unit; and what the cases of a unit answer of the survey's items."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reporting.application.catalog import KnownElection
from reporting.application.messages import message
from reporting.application.rolling_up import places_of_all
from reporting.application.service import Reporting
from reporting.domain.figures import Absence, Cell, format_value
from reporting.domain.incident_codes import NUMBERED, PHASE, codes_of
from reporting.domain.incident_events import IncidentFacts, IncidentLink
from reporting.domain.incidents import UnitIncidents, counted
from reporting.domain.returns import CellProblem, TypedCell
from reporting.domain.typed import read_value
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Ledger, return_stream
from reporting.ledger.streams import incidents_stream

CASES, BALLOTS = "incidents", "incident_ballots"
"""Items of the catalogue that the cases of a unit answer."""
MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class SaidByIncidents:
    """A value for a cell of the unit: of so many `cases`; `position` of the last event it rests on, `typed_at` of all of them."""

    text: str
    cases: int
    position: int
    typed_at: tuple[int, ...]


def checked_facts(
    reporting: Reporting, defined: KnownElection, unit: str, facts: IncidentFacts
) -> IncidentFacts:
    """As they are kept. UnknownReference; InvalidInput naming the first field at fault."""
    codes = codes_of(defined.definition)
    for field, code, offered in (
        ("kind", facts.kind, codes.kinds),
        ("phase", facts.phase, codes.phases),
        ("site", facts.site, codes.sites),
        ("validity", facts.validity, codes.validities),
    ):
        if code not in offered:
            raise InvalidInput.at(field, code, message("code_of_incident", told=", ".join(offered)))
    _require_place(reporting, defined, unit, facts)
    mine = defined.contests_of_unit[unit]
    for contest in facts.contests:
        if contest not in mine:
            raise UnknownReference(kind="contest", found=contest, among=sorted(mine), within=unit)
    value = read_value(facts.ballots, "ballots")
    if value is Absence.SUPPRESSED or (not isinstance(value, Absence) and (value < 0 or value % 1)):
        raise InvalidInput.at("ballots", facts.ballots, message("ballots_of_incident"))
    if len(facts.links) > MOST_LINKS:
        raise InvalidInput.at("links", len(facts.links), message("links_of_incident", most=MOST_LINKS))
    for link in facts.links:
        _require_link(reporting, defined, unit, link)
    contests = tuple(dict.fromkeys(facts.contests))
    return facts.model_copy(update={"ballots": format_value(value), "contests": contests})


def _require_place(reporting: Reporting, defined: KnownElection, unit: str, facts: IncidentFacts) -> None:
    """A case at a polling place says which: one of the list, where the unit has one."""
    if facts.site not in NUMBERED:
        if facts.place is not None:
            raise InvalidInput.at("place", facts.place, message("no_place_of_incident"))
        return
    if facts.place is None:
        raise InvalidInput.at("place", "", message("place_of_incident"))
    counted = places_of_all(reporting.ledger, defined.definition.code, (unit,))[unit]
    listed = {place.number: place.name for place in counted.places}
    if listed and facts.place not in listed:
        raise UnknownReference(kind="polling place", found=facts.place, among=listed, within=unit)


def _require_link(reporting: Reporting, defined: KnownElection, unit: str, link: IncidentLink) -> None:
    shape = defined.shape(link.form, link.slot, unit)
    contests = defined.contests_of_unit[unit]
    for key in link.cells:
        problem = shape.problem(TypedCell(Cell.from_key(key), "!not_reported"), contests)
        if isinstance(problem, CellProblem):
            raise InvalidInput.at("links", key, f"{problem.expected_ja} / {problem.expected_en}")
    if link.discrepancy is not None:
        stream = return_stream(defined.definition.code, link.form, link.slot, unit)
        declared = reporting.return_case(stream).discrepancies
        if link.discrepancy not in declared:
            told = ", ".join(declared) or "-"
            raise InvalidInput.at("links", link.discrepancy, message("discrepancy_of_incident", told=told))


def said_by_incidents(
    ledger: Ledger, defined: KnownElection, form: str, slot: str, unit: str
) -> dict[str, SaidByIncidents]:
    """By cell key, of a page: how many cases there are and how many ballots they touched. Nothing where nobody told one; asks the
    log only for a form with one of the items."""
    shape = defined.shape(form, slot, unit)
    if {CASES, BALLOTS}.isdisjoint(shape.items()):
        return {}
    folded = UnitIncidents()
    for recorded in ledger.stream(incidents_stream(defined.definition.code, unit)):
        folded.apply(recorded.event, recorded.position, "")
    contests = defined.contests_of_unit.get(unit, frozenset())
    asked = [code for code in shape.contests() if code in contests]
    return {
        key: said
        for key, said in _answers(folded, asked)
        if not isinstance(shape.problem(TypedCell(Cell.from_key(key), said.text), contests), CellProblem)
    }


def _answers(folded: UnitIncidents, contests: Collection[str]) -> Iterator[tuple[str, SaidByIncidents]]:
    for count in counted(folded.cases.values(), list(contests)):
        breakdown = "" if count.phase is None else f"{PHASE}={count.phase}"
        for item, text in ((CASES, str(count.cases)), (BALLOTS, count.ballots)):
            if text is not None:
                said = SaidByIncidents(text, count.cases, max(count.positions), count.positions)
                yield Cell(count.contest, item, breakdown).key, said
