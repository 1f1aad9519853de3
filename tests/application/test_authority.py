"""The authorisation matrix, cell by cell: every command of the service and the desk against `authority.toml`.

The commands are the real ones on a real ledger; only the last step, the append, is caught, so that one prepared return
serves every office.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import scans
import sources
import tiny
from click.testing import CliRunner
from night import NATION, PREFECTURE
from reaches import AFTER, CHAINS, CLERKS, PLACES, UNIT, election_of, level_of, of, prepare

from api.cli.group import root
from reporting.application import authority
from reporting.application import desk_commands as desks
from reporting.application.access import Access
from reporting.application.authority import PHASES, REACHES, Phase, Reach, as_markdown, matrix, operations
from reporting.application.commands import CellInput, CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.application.dividing import DivideUnit, Divisions, PartInput
from reporting.application.documents import AttachDocument, AttachedDocuments
from reporting.application.figures import FigureDoor
from reporting.application.incident_commands import RecordIncident, ReleaseIncident, ReviewIncident
from reporting.application.incidents import Incidents
from reporting.application.item_remarks import FlagItem, ItemRemarks, RemarkItem
from reporting.application.lot_refusals import NoTie, VotesOpen
from reporting.application.lots import Lots, RecordLot
from reporting.application.offices import Offices
from reporting.application.proofing import Proofing, ProofreadNames, digest_of
from reporting.application.retention import Retention
from reporting.application.service import Reporting
from reporting.application.taken_away import CertifiedReplaced
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.domain.access_events import AccessOpened
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes
from reporting.domain.incident_events import IncidentFacts
from reporting.errors import InvalidInput, NotAuthorised, ReportingError, UnknownReference
from reporting.importing import import_returns
from reporting.ledger import Ledger
from reporting.logs.directory import LogDirectory
from reporting.logs.naming import Installation, Log
from reporting.publication.release import Publication

DOCUMENT = Path(__file__).parents[2] / "docs" / "authority.md"


class Wrote(Exception):
    """The command was decided and would now be appended."""


class Caught:
    """A ledger nothing gets into."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def _wrote(self, *_: Any) -> Any:
        raise Wrote

    append = append_all = append_many = append_parts = _wrote


@dataclass
class Stage:
    """Returns in every state, one slot each, and commands that are caught before they are written."""

    service: Reporting
    desk: Desk
    key: str
    repeated: dict[str, EnterFigures]
    folder: Path
    database: Database

    def __post_init__(self) -> None:
        self.caught = Reporting(Caught(self.service.ledger))  # type: ignore[arg-type]
        self.caught_desk = Desk(self.caught)

    def drive(self, operation: str, election: str, actor: Actor, phase: Phase) -> bool:
        """Whether the command went through. A refusal must be one of authority, or of the phase."""
        try:
            OPERATIONS[operation](self, election, actor, phase)
        except Wrote:
            return True
        except NotAuthorised as refused:
            assert refused.facts["office"] == actor.office
            return False
        except ReportingError as refused:
            told = (operation, refused.code)
            assert phase == "certified", (operation, actor, refused)
            assert told in (("certify", "not_now"), ("withdraw", "not_now")), (operation, actor, refused)
            return False
        return operation == "read_unreleased"


@pytest.fixture(scope="module")
def stage(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    desk = night.define(service)
    keys = set()
    repeated = {}
    for code, (unit, _) in CHAINS.items():
        service.define_election(election_of(code), tiny.SYSTEM, uuid4())
        repeated[code] = EnterFigures(
            **of(code, "entered"), expected_version=0, figures=tiny.cells(voters=100)
        )
        service.enter_figures(repeated[code], CLERKS[unit][0])
        keys.add(prepare(desk, code))
    (key,) = keys
    yield Stage(service, desk, key, repeated, tmp_path_factory.mktemp("imports"), module_database)
    ledger.close()


Drive = Callable[[Stage, str, Actor, Phase], object]


def on(
    kind: type[desks.OfReturn], name: str, state: str, certified: str = "certified", **given: Any
) -> Drive:
    """The desk's command `name` on the return that is ready for it in this phase, at the actor's level."""

    def drive(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
        more = dict(given)
        level = level_of(election, actor)
        if "level" in kind.model_fields and actor.jurisdiction == "*":
            more["level"] = level
        if "key" in kind.model_fields:
            more["key"] = stage.key
        ready = state if phase == "open" else certified
        request = kind(
            **of(election, f"{ready}-{level}" if ready in ("waiting", "corrected") else ready), **more
        )
        return getattr(stage.caught_desk, name)(request, actor)

    return drive


def enter(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    where = of(election, "empty" if phase == "open" else "certified")
    version = stage.desk.returns.open(election, "final", where["slot"], where["unit"]).case.version
    request = EnterFigures(**where, expected_version=version, figures=tiny.cells(voters_m=50, voters_f=50))
    return FigureDoor(stage.caught, stage.caught_desk).record(request, actor)


def correct(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    where = of(election, "submitted" if phase == "open" else "certified")
    request = CorrectFigures(
        **where,
        expected_version=stage.desk.returns.open(
            election, "final", where["slot"], where["unit"]
        ).case.version,
        figures=night.cells(votes_a=59, votes_b=39),
        reason_class="typing_error",
        reason="転記誤り",
    )
    return FigureDoor(stage.caught, stage.caught_desk).record(request, actor)


def take(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    row = {
        "election": election,
        "form": "final",
        "slot": "empty" if phase == "open" else "certified",
        "unit": CHAINS[election][0],
        "contest": "pr",
        "item": "electors",
        "value": "201",
        "reason": "" if phase == "open" else "訂正",
    }
    return import_returns(sources.returns_csv(stage.folder / f"{uuid4()}.csv", [row]), stage.caught, actor)


def submit_drive(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    given: dict[str, Any] = {"figures": night.cells(**night.BALANCED)}
    if phase == "certified":
        given = {"figures": night.cells(votes_a=59, votes_b=39), "reason": "読み違い"}
    request = desks.Submit(**of(election, "empty" if phase == "open" else "certified"), **given)
    return stage.caught_desk.submit(request, actor)


def release(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    clock = Publication(stage.caught, stage.caught_desk)
    state = "approved" if phase == "open" else "certified"
    return clock.release(election, "final", state, datetime.now(UTC), actor)


def proofread(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    contest = stage.caught.catalog.election(election).definition.contest("pr")
    request = ProofreadNames(command_id=uuid4(), election=election, contest="pr", names=digest_of(contest))
    return Proofing(stage.caught).sign_off(request, actor)


def lot(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    """Nobody is equal in votes here: to be told so is to have been let in."""
    state = "approved" if phase == "open" else "certified"
    request = RecordLot(
        command_id=uuid4(), election=election, form="final", slot=state, contest="pr", item="votes",
        among=("a", "b"), winners=("a",), source_class="election_meeting_record", reference="1",
    )  # fmt: skip
    try:
        return Lots(stage.caught).record(request, actor)
    except (VotesOpen, NoTie):
        raise Wrote from None


INCIDENT = {"kind": "ballot_issue", "phase": "polling", "site": "office", "validity": "undecided"}


def incident(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    asked = RecordIncident(
        command_id=uuid4(), election=election, unit=CHAINS[election][0],
        facts=IncidentFacts.model_validate(INCIDENT), account="交付の誤り",
    )  # fmt: skip
    return Incidents(stage.caught).record(asked, actor)


def looked_at(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    """There is no case here: to be told so is to have been let in, as an office of the unit's chain."""
    asked = ReviewIncident(
        command_id=uuid4(), election=election, unit=CHAINS[election][0], number=1, seen=1, accepted=True
    )
    try:
        return Incidents(stage.caught).review(asked, actor)
    except UnknownReference:
        raise Wrote from None


def shown(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    asked = ReleaseIncident(command_id=uuid4(), election=election, unit=CHAINS[election][0], number=1, seen=1)
    try:
        return Incidents(stage.caught).release(asked, actor)
    except UnknownReference:
        raise Wrote from None


def remarked(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    asked = RemarkItem(
        command_id=uuid4(), election=election, item="voters", unit=CHAINS[election][0], wish="remove", text="重い"
    )  # fmt: skip
    return ItemRemarks(stage.caught).remark(asked, actor)


def flagged(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    asked = FlagItem(
        command_id=uuid4(), election=election, item="voters", candidate=True, reason="使われていない"
    )
    return ItemRemarks(stage.caught).flag(asked, actor)


def scanned(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    asked = AttachDocument(**of(election, "empty"), upload=uuid4(), title="開票録")
    return AttachedDocuments(stage.caught, Documents(stage.folder)).attach(asked, actor, lambda: scans.png())


def split(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    """A ward is of the lowest level here: to be told so is to have been let in."""
    parts = tuple(PartInput(code=f"{UNIT}-{part}", name=part) for part in "ab")
    asked = DivideUnit(
        command_id=uuid4(), election=election, unit=CHAINS[election][0], parts=parts, on=date(2024, 10, 27),
        reason="離島は翌日開票",
    )  # fmt: skip
    try:
        return Divisions(stage.caught).divide(asked, actor)
    except InvalidInput as refused:
        assert refused.facts["field"] == "level"
        raise Wrote from None
    except CertifiedReplaced:  # whoever may divide is told that one form of it is certified by now
        raise Wrote from None


def read(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    """Sending somebody's command again tells what became of it. (The other paths: tests/api/test_desk.py.)"""
    return stage.service.enter_figures(stage.repeated[election], actor)


def registry(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    return stage.caught.declare_registry("other", tiny.GEOGRAPHIES, tiny.AREAS, actor, uuid4())


def definition(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    return stage.caught.define_election(night.election(code="another"), actor, uuid4())


def office(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    offices = Offices(stage.caught)
    return offices.register(uuid4(), "o1", "選管", Role.WARD, UNIT, actor)


def access(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    asked = AccessOpened(
        access="t-1", kind="token", person="人", office="選管", role="ward", jurisdiction=UNIT,
        valid_to=datetime.now(UTC) + timedelta(hours=1),
    )  # fmt: skip
    return Access(stage.caught).open(uuid4(), asked, "試験", actor)


def keeping(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    return Retention(stage.caught).hold(uuid4(), None, None, "試験", actor)


DRAFT = (CellInput(contest="pr", item="voters", value="1"),)


def place(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    return _directory(stage).place(uuid4(), election, "here", actor, None)


def moved(stage: Stage, election: str, actor: Actor, phase: Phase) -> object:
    return _directory(stage).moved(uuid4(), election, "here", actor, None)


def _directory(stage: Stage) -> LogDirectory:
    log = Log(name="here", database=stage.database.url, address="https://here.example/")
    return LogDirectory(Installation(directory="here", log=(log,)), stage.caught.ledger)


OPERATIONS: dict[str, Drive] = {
    "annotate_public": on(
        desks.Annotate, "annotate", "waiting", note_class="remark", note="備考", public=True
    ),
    "annotate": on(desks.Annotate, "annotate", "waiting", note_class="remark", note="備考"),
    "answer": on(desks.Answer, "answer", "back", "edited", cells=("pr|votes||a",), agrees=True),
    "approve": on(desks.Approve, "approve", "waiting", "corrected", override="試験のため"),
    "attach_document": scanned,
    "certify": on(desks.Certify, "certify", "approved"),
    "close_discrepancy": on(
        desks.CloseDiscrepancy,
        "close_discrepancy",
        "declared",
        "disputed",
        reason_class="recount",
        reason="判明",
    ),
    "confirm_discrepancy": on(desks.ConfirmDiscrepancy, "confirm_discrepancy", "declared", "disputed"),
    "correct_figures": correct,
    "declare_discrepancy": on(
        desks.Declare, "declare", "unsound", "disputed", reason_class="recount", reason="再点検"
    ),
    "declare_registry": registry,
    "define_election": definition,
    "divide_unit": split,
    "enter_figures": enter,
    "flag_item": flagged,
    "import": take,
    "manage_access": access,
    "manage_offices": office,
    "move_election": moved,
    "place_election": place,
    "manage_retention": keeping,
    "proofread_names": proofread,
    "read_unreleased": read,
    "record_incident": incident,
    "record_lot": lot,
    "release": release,
    "release_incident": shown,
    "review_incident": looked_at,
    "remark_item": remarked,
    "remind": on(desks.Remind, "remind", "submitted"),
    "save_draft": on(desks.SaveDraft, "save_draft", "empty", cells=DRAFT),
    "send_back": on(
        desks.SendBack, "send_back", "waiting", cells=("pr|voters||",), reason_class="query", reason="確認"
    ),
    "submit": submit_drive,
    "withdraw": on(desks.Withdraw, "withdraw", "waiting", reason="取り下げ"),
}
CHANGES = ("submit", "enter_figures", "correct_figures", "import")
"""After certification each of these is the operation `correct_certified`."""
NO_UNIT = (
    "declare_registry", "define_election", "manage_access", "manage_offices", "manage_retention", "move_election", "place_election",
)  # fmt: skip


def expected(operation: str, role: Role, reach: Reach | None, phase: Phase) -> bool:
    if reach is None:
        return False
    if operation in CHANGES and phase == "certified":
        operation = "correct_certified"
    return (operation, role, reach, phase) in matrix()


def test_every_operation_of_the_matrix_is_driven() -> None:
    assert {*OPERATIONS, "correct_certified"} == set(operations())
    for operation, _, reach, phase in matrix():
        assert not (operation in CHANGES and phase == "certified"), operation
        assert not (operation == "correct_certified" and phase == "open")
        assert not (operation in NO_UNIT and reach != "all"), operation


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_what_the_matrix_says_is_what_the_commands_do(stage: Stage, operation: str) -> None:
    at = stage.service.ledger.position()
    wrong = []
    for role in Role:
        for reach, election, jurisdiction in PLACES:
            for phase in PHASES:
                actor = Actor("だれか", f"{role.value}/{reach}", role, jurisdiction)
                if stage.drive(operation, election, actor, phase) != expected(operation, role, reach, phase):
                    wrong.append((role.value, reach, election, phase))
    assert wrong == []
    assert stage.service.ledger.position() == at


def test_every_reach_is_met() -> None:
    assert {reach for reach, _, _ in PLACES} == {*REACHES, None}


def test_who_certifies_alone_may_what_owner_and_last_office_may() -> None:
    """A town in its own election is both: nothing more, and nothing less."""
    may = {reach: {(op, role, phase) for op, role, at, phase in matrix() if at == reach} for reach in REACHES}
    assert may["sole"] == may["own"] | may["last"]


def test_who_stands_beyond_sees_and_advises() -> None:
    """Public Offices Election Act, art. 5: whose election it is manages it."""
    assert {op for op, _, reach, _ in matrix() if reach == "beyond"} == {
        "annotate",
        "read_unreleased",
        "remind",
    }


def test_a_unit_that_no_longer_reports_is_reached_and_nobodys_to_decide(stage: Stage) -> None:
    roster = stage.service.catalog.election("tiny").roster
    left = replace(roster, units={code: unit for code, unit in roster.units.items() if code != "11"})
    assert authority.reach_of(night.WARD, left, "11") == "own"
    assert authority.reach_of(PREFECTURE, left, "11") == "below"
    assert authority.reach_of(night.TOWN, left, "11") is None
    assert authority.reach_of(night.CITY, roster, "10") is None, "an area that is no unit"


def test_a_prefecture_releases_its_own_elections_only(stage: Stage) -> None:
    """A slot is everybody's it asks: below the nation it is whole, below one prefecture it is not."""
    clock = Publication(stage.caught, stage.caught_desk)
    with pytest.raises(NotAuthorised):
        clock.release("tiny", "final", "final", AFTER, PREFECTURE)
    with pytest.raises(Wrote):
        clock.release("tiny", "final", "final", AFTER, NATION)


def test_who_declared_a_difference_does_not_make_it_go_away_alone(stage: Stage) -> None:
    """Closing is no way round the second person, neither for a declared difference nor for an altered figure."""
    for election, (unit, _) in CHAINS.items():
        close = desks.CloseDiscrepancy(
            **of(election, "declared"), key=stage.key, reason_class="recount", reason="判明"
        )
        with pytest.raises(FourEyes):
            stage.caught_desk.close_discrepancy(close, CLERKS[unit][1])
        with pytest.raises(Wrote):
            stage.caught_desk.close_discrepancy(close, CLERKS[unit][0])


def test_offices_of_yesterday_are_not_asked(stage: Stage) -> None:
    """Roles are events: who stopped working for an office has none of its cells."""
    offices = Offices(stage.service)
    offices.register(uuid4(), "kita", "北区選管", Role.WARD, "12", tiny.SYSTEM)
    offices.grant(uuid4(), "kita", "sub-1", date(2024, 10, 1), None, tiny.SYSTEM)
    offices.end(uuid4(), "kita", "sub-1", date(2024, 10, 27), tiny.SYSTEM)
    day_before, day = (datetime(2024, 10, day, 3, tzinfo=UTC) for day in (26, 27))
    assert [actor.jurisdiction for actor in offices.roles_of("sub-1", day_before, {})] == ["12"]
    assert list(offices.roles_of("sub-1", day, {})) == []


def test_the_printed_matrix_is_current() -> None:
    printed = CliRunner().invoke(root, ["authority"])
    assert printed.output == as_markdown()
    whole = CliRunner().invoke(root, ["authority", "--document"]).output
    assert whole == authority.document()
    assert DOCUMENT.read_text("utf-8") == whole, "run: reporting authority --document > docs/authority.md"
    assert "Example" in CliRunner().invoke(root, ["authority", "--help"]).output
