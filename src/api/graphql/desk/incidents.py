"""The register of incidents (管理執行上問題となった事項) as offices see it: every case in reach, with its words and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import PUBLIC, STANDING, Seen, readable
from api.graphql.arguments import After, ElectionCode, First, MinPosition
from api.graphql.context import Info
from api.graphql.types import Label, PageInfo, cursor, described, page, parts_of
from projections.read.incidents import IncidentRow, incidents
from reporting.application.incidents import IncidentFile, Incidents
from reporting.domain.incident_codes import IncidentCodes, codes_of
from reporting.domain.incident_events import IncidentFacts as FactsRecord
from reporting.domain.incident_events import IncidentLink as LinkRecord
from reporting.domain.incident_words import words_of
from reporting.domain.incidents import IncidentState
from reporting.domain.labels import Label as LabelRecord

MOST = 200

strawberry.enum(IncidentState, name="IncidentState", description="Where the latest version of a case stands.")
STATES = {
    IncidentState.RECORDED: "no office above has looked at it",
    IncidentState.IN_REVIEW: "accepted by some levels, not by all",
    IncidentState.SENT_BACK: "an office above asks for a correction",
    IncidentState.REVIEWED: "accepted by every level, not public",
    IncidentState.RELEASED: "public as it stands",
}
for _value in IncidentState.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = STATES[IncidentState(_value.value)]


@strawberry.type(description="A code by which incidents are told, and what people call it.")
class IncidentCode:
    code: str = described("stable code")
    label: Label = described("its name")

    @classmethod
    def of(cls, code: str, label: LabelRecord | None) -> IncidentCode:
        """A code that has left the election's list keeps itself for a name."""
        return cls(code=code, label=Label(ja=code, en=None) if label is None else Label.of(label))


@strawberry.type(
    description="By which codes an election's incidents are told: its own lists, else the shipped ones."
)
class IncidentCodeLists:
    kinds: list[IncidentCode] = described("kinds of cases")
    phases: list[IncidentCode] = described("phases of the election")
    sites: list[IncidentCode] = described("kinds of places; `polling_place` goes with a number")
    validities: list[IncidentCode] = described("what became of the votes touched")


@strawberry.type(description="What a case is, in codes and numbers.")
class IncidentFacts:
    kind: IncidentCode = described("kind of case")
    phase: IncidentCode = described("when in the election")
    site: IncidentCode = described("kind of place")
    place: str | None = described("number of the polling place in the unit")
    contests: list[str] = described("contests concerned; empty: all of the unit")
    ballots: str = described(
        "ballots touched: a number, !none where there is none, !not_reported while nobody knows"
    )
    validity: IncidentCode = described("what became of the votes")

    @classmethod
    def of(cls, facts: FactsRecord, codes: IncidentCodes) -> IncidentFacts:
        return cls(
            kind=IncidentCode.of(facts.kind, codes.kinds.get(facts.kind)),
            phase=IncidentCode.of(facts.phase, codes.phases.get(facts.phase)),
            site=IncidentCode.of(facts.site, codes.sites.get(facts.site)),
            place=facts.place, contests=list(facts.contests), ballots=facts.ballots,
            validity=IncidentCode.of(facts.validity, codes.validities.get(facts.validity)),
        )  # fmt: skip


@strawberry.type(description="What a case has to do with a return of its unit.")
class IncidentLink:
    form: str = described("form code")
    slot: str = described("slot code")
    cells: list[str] = described("contest|item|breakdown|choice")
    discrepancy: str | None = described("key of a difference declared in that return")

    @classmethod
    def of(cls, link: LinkRecord) -> IncidentLink:
        return cls(form=link.form, slot=link.slot, cells=list(link.cells), discrepancy=link.discrepancy)


@strawberry.type(description="Something done to a case.")
class IncidentDeed:
    position: int = described("ledger position")
    recorded_at: datetime = described("when")
    type_label: Label = described("what was done")
    person: str = described("by whom")
    office: str = described("for which office")
    reason: str | None = described(
        "why it was corrected or sent back; null where none was asked, or it was erased"
    )


@strawberry.type(description="A case as its offices see it, with the words in which it was told.")
class Incident:
    unit: str = described("code of the reporting unit")
    name: str = described("its name")
    number: int = described("number of the case in the unit")
    seen: int = described("ledger position of the latest version: send it as `seen`")
    state: IncidentState = described("where it stands")
    levels: list[str] = described("levels that review it, lowest first")
    accepted: list[str] = described("those that accepted the latest version")
    sent_back: str | None = described("level that sent it back; null: none did")
    withdrawn: bool = described("it turned out to be no case")
    facts: IncidentFacts = described("what it is")
    links: list[IncidentLink] = described("returns of the unit that it concerns")
    account: str | None = described("what happened; null: erased")
    measure: str | None = described("what was done at once; null: erased")
    prevention: str | None = described("what is done so that it does not happen again; null: erased")
    personal: list[str] = described("words by which a person could be known, in no public extract")
    public_since: int | None = described(
        "ledger position of the version that everybody sees; null: none is public"
    )
    history: list[IncidentDeed] = described("everything done to it, in order")

    @classmethod
    def of(cls, row: IncidentRow, name: str, file: IncidentFile, codes: IncidentCodes) -> Incident:
        """`row`: where to look; what is told is what the log holds now."""
        case = file.folded.cases[row.number]
        latest, words = case.latest, file.words(case.latest)
        return cls(
            unit=row.unit, name=name, number=row.number, seen=latest.position, state=case.state(file.levels),
            levels=list(file.levels), accepted=[level for level in file.levels if level in case.accepted],
            sent_back=case.sent_back, withdrawn=latest.withdrawn, facts=IncidentFacts.of(latest.facts, codes),
            links=[IncidentLink.of(link) for link in latest.facts.links],
            account=None if words is None else words.account, measure=None if words is None else words.measure,
            prevention=None if words is None else words.prevention,
            personal=[] if words is None else list(words.personal),
            public_since=None if case.released is None else case.released.position, history=_history(file, row.number),
        )  # fmt: skip


def _history(file: IncidentFile, number: int) -> list[IncidentDeed]:
    deeds = []
    for deed in file.of_case(number):
        words = words_of(deed.reason)
        reason = words.correction or None if words is not None else deed.reason
        deeds.append(
            IncidentDeed(
                position=deed.recorded.position, recorded_at=deed.recorded.recorded_at,
                type_label=Label.called(deed.recorded.event.type), person=deed.person, office=deed.office, reason=reason,
            )
        )  # fmt: skip
    return deeds


@strawberry.type(description="Cases of the units in one's reach, by unit and number.")
class IncidentPage:
    nodes: list[Incident] = described("the cases")
    total: int = described("how many there are in reach, also beyond this page")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="A case as everybody sees it: as it was released, without persons.")
class PublicIncident:
    unit: str = described("code of the reporting unit")
    name: str = described("its name")
    number: int = described("number of the case in the unit")
    position: int = described("ledger position of the version that was released")
    withdrawn: bool = described("it turned out to be no case")
    facts: IncidentFacts = described("what it is")
    account: str | None = described("what happened, without persons; null: erased")
    measure: str | None = described("what was done at once, without persons; null: erased")
    prevention: str | None = described(
        "what is done so that it does not happen again, without persons; null: erased"
    )


@strawberry.type(description="Cases that the last level released, by unit and number.")
class PublicIncidentPage:
    nodes: list[PublicIncident] = described("the cases")
    total: int = described("how many are public")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


def _after(cursor_: str | None) -> tuple[str, int] | None:
    parts = parts_of(cursor_, str, int)
    return None if parts is None else (parts[0], parts[1])


def _pairs(rows: Sequence[IncidentRow], wanted: int) -> PageInfo:
    return PageInfo.of(rows, wanted, lambda row: cursor(row.unit, row.number))


@strawberry.type(description="Reads of the register of incidents.")
class IncidentQueries:
    @readable(PUBLIC, "by which codes the election's incidents are told")
    def incident_codes(self, info: Info, election: ElectionCode) -> IncidentCodeLists:
        codes = codes_of(info.context.snapshot.election(election).definition)
        return IncidentCodeLists(
            kinds=[IncidentCode.of(*pair) for pair in codes.kinds.items()],
            phases=[IncidentCode.of(*pair) for pair in codes.phases.items()],
            sites=[IncidentCode.of(*pair) for pair in codes.sites.items()],
            validities=[IncidentCode.of(*pair) for pair in codes.validities.items()],
        )

    @readable(STANDING, "cases of the units in one's reach, with their words and persons")
    def incidents(
        self,
        info: Info,
        election: ElectionCode,
        unit: Annotated[str | None, strawberry.argument(description="of this unit alone")] = None,
        first: First = 50,
        after: After = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> IncidentPage:
        snapshot, wanted = info.context.snapshot, page(first, MOST)
        defined = info.context.service.catalog.election(election)
        # A case stays where it was told, also of a unit that is none any more (a division that was undone).
        ever, reach = defined.roster.ever, info.context.require_actor().jurisdiction
        units = None if seen.units is None else [code for code in ever if defined.roster.covers(reach, code)]
        if unit is not None:
            defined.roster.require_unit(unit)
            units = [unit] if units is None or unit in units else []
        rows, total = incidents(snapshot, election, units, _after(after), wanted + 1)
        files = (
            Incidents(info.context.service).files(election, {row.unit for row in rows[:wanted]})
            if rows
            else {}
        )
        codes, named = codes_of(defined.definition), defined.roster.ever
        return IncidentPage(
            nodes=[Incident.of(row, named[row.unit].name, files[row.unit], codes) for row in rows[:wanted]],
            total=total, page_info=_pairs(rows, wanted), as_of_position=snapshot.position,
        )  # fmt: skip

    @readable(PUBLIC, "cases that the last level released, without persons")
    def public_incidents(
        self,
        info: Info,
        election: ElectionCode,
        first: First = 50,
        after: After = None,
        min_position: MinPosition = None,
    ) -> PublicIncidentPage:
        snapshot, wanted = info.context.snapshot, page(first, MOST)
        defined = info.context.service.catalog.election(election)
        rows, total = incidents(snapshot, election, None, _after(after), wanted + 1, public=True)
        files = (
            Incidents(info.context.service).files(election, {row.unit for row in rows[:wanted]})
            if rows
            else {}
        )
        codes, named = codes_of(defined.definition), defined.roster.ever
        return PublicIncidentPage(
            nodes=[_public(row, named[row.unit].name, files[row.unit], codes) for row in rows[:wanted]],
            total=total, page_info=_pairs(rows, wanted), as_of_position=snapshot.position,
        )  # fmt: skip


def _public(row: IncidentRow, name: str, file: IncidentFile, codes: IncidentCodes) -> PublicIncident:
    case = file.folded.cases[row.number]
    assert case.released is not None  # the log is never behind the views, and nothing public is taken back
    words = file.for_everybody(case)
    return PublicIncident(
        unit=row.unit, name=name, number=row.number, position=case.released.position, withdrawn=case.released.withdrawn,
        facts=IncidentFacts.of(case.released.facts, codes), account=None if words is None else words.account,
        measure=None if words is None else words.measure, prevention=None if words is None else words.prevention,
    )  # fmt: skip
