"""Whatever of a definition becomes another under figures that went through offices: live views, rebuilt views and the
independent fold are the same, and what the write side takes it can read again."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import night
import pytest
import tiny
from definition_changes import FieldPlace, changed, places
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from thorough import examples

from projections.erased import forget
from projections.runner import Projector
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.desk_commands import Certify, ReleaseSlot, Submit, Withdraw
from reporting.application.service import Reporting
from reporting.application.taken_away import FiguresTakenAway
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel
from reporting.domain.areas import AreaRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.errors import ReportingError
from reporting.ledger import Command, Ledger, NewEvent, election_stream
from reporting.publication.release import Publication

LATER = datetime(2024, 10, 28, 12, tzinfo=UTC)
UNITS = st.sampled_from(sorted(night.OWNERS))
SLOTS = st.sampled_from((("flash", "2200"), ("final", "final"), ("final", "final")))
OF_AREA = {"10": night.CITY, "P1": night.PREFECTURE, "JP": night.NATION}
OFFICES = st.sampled_from((night.CITY, night.PREFECTURE, night.NATION))

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), UNITS, SLOTS, st.integers(0, 60)),
        st.tuples(st.just("through"), UNITS, SLOTS, st.integers(0, 60)),
        st.tuples(st.just("approve"), UNITS, SLOTS, OFFICES),
        st.tuples(st.just("certify"), UNITS, SLOTS, OFFICES),
        st.tuples(st.just("withdraw"), UNITS, SLOTS, st.none()),
        st.tuples(st.just("release"), st.none(), SLOTS, st.none()),
        st.tuples(st.just("define"), st.booleans(), st.integers(0, 10_000), st.integers(0, 10_000)),
        st.tuples(st.just("define"), st.booleans(), st.integers(0, 10_000), st.integers(0, 10_000)),
        st.tuples(st.just("move"), st.sampled_from(("20", "31")), st.sampled_from(("P1", "P2")), st.none()),
        st.tuples(st.just("project"), st.integers(1, 4), st.none(), st.none()),
    ),
    min_size=6,
    max_size=24,
)


class Night:
    """One log that only grows; every example begins with the first definition again."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.service = Reporting(Ledger(database))
        self.desk = night.define(self.service)
        self.publication = Publication(self.service, self.desk)
        self.projector = Projector(database)
        self.asked = True

    def define(self, definition: ElectionDefinition, *, as_before: bool) -> None:
        """As a release before this one took it (`as_before`: without a question, where it was no nonsense), or as now."""
        try:
            self.service.define_election(
                definition, tiny.SYSTEM, uuid4(), dry_run=as_before, reason="定義の訂正"
            )
        except FiguresTakenAway:
            if not as_before:
                raise
        if as_before:
            self.append(definition)
        self.asked = not as_before

    def append(self, definition: ElectionDefinition) -> None:
        """Without a question; one of another code is another election's, as every release has taken it."""
        stream = election_stream(definition.code)
        event = NewEvent(
            stream, self.service.ledger.stream_version(stream) + 1, ElectionDefined(definition=definition)
        )
        self.service.ledger.append(Command(uuid4(), b"{}", tiny.SYSTEM, Channel.IMPORT, (event,)))

    def submit(self, unit: str, form: str, slot: str, votes: int) -> None:
        """Of some a sample; of some a difference that is declared."""
        values = {"votes_a": votes, "votes_b": 98 - votes}
        if form == "final":
            values = {**night.BALANCED, **values, "ballots_not_deposited": -(votes % 3)}
        cells = night.cells(**values)
        request = Submit(**night.of(unit, form, slot), figures=cells, reason="再点検")
        if votes % 4 == 0:
            request = request.model_copy(update={"method": "sample", "places": 1 + votes % 5, "of_places": 9})
        opened = self.desk.returns.open("tiny", form, slot, unit)
        texts = {cell.cell().cell.key: cell.value for cell in cells}
        found = self.desk.findings.of(opened, texts)
        update = {"declarations": {one.key: "recount" for one in found if one.waivable}}
        self.desk.submit(request.model_copy(update=update), night.OWNERS[unit])

    def take(self, kind: str, what: object, more: object, last: object) -> None:
        match kind, what, more, last:
            case "submit", str(unit), (str(form), str(slot)), int(votes):
                self.submit(unit, form, slot, votes)
            case "through", str(unit), (str(form), str(slot)), int(votes):
                self.submit(unit, form, slot, votes)
                for _, area in self.desk.returns.open("tiny", form, slot, unit).chain[: 1 + votes % 3]:
                    self.take("approve", unit, (form, slot), OF_AREA.get(area, night.NATION))
                if votes % 5 == 2:
                    self.take("certify", unit, (form, slot), night.NATION)
            case "approve", str(unit), (str(form), str(slot)), Actor() as office:
                chain = self.desk.returns.open("tiny", form, slot, unit)
                levels = [level for level, area in chain.chain if area == office.jurisdiction]
                waiting = chain.case.waiting_at(levels[0]) if levels else ()
                night.approve(self.desk, office, unit, form, slot, cells=tuple(sorted(waiting)))
            case "certify", str(unit), (str(form), str(slot)), Actor() as office:
                self.desk.certify(Certify(**night.of(unit, form, slot), override="一人の課"), office)
            case "withdraw", str(unit), (str(form), str(slot)), _:
                self.desk.withdraw(
                    Withdraw(**night.of(unit, form, slot), reason="誤入力"), night.OWNERS[unit]
                )
            case "release", _, (str(form), str(slot)), _:
                asked = ReleaseSlot(
                    command_id=uuid4(), election="tiny", form=form, slot=slot, reason="公表時刻"
                )
                self.publication.release("tiny", form, slot, LATER, night.NATION, asked)
            case "define", bool(as_before), int(field), int(value):
                now = self.service.catalog.election("tiny").definition
                of_field: dict[tuple[str, str], list[FieldPlace]] = {}
                for place in places(now):
                    of_field.setdefault((place.model.__name__, place.field), []).append(place)
                chosen = list(of_field.values())[field % len(of_field)]
                others = list(changed(now, chosen[value % len(chosen)]))
                if others:
                    self.define(others[value % len(others)], as_before=as_before)
            case "move", str(unit), str(area), _:
                self.service.declare_registry(
                    "tinyland", (), (_moved(unit, area),), tiny.SYSTEM, uuid4(), reason="境界変更"
                )
            case "project", int(events), _, _:
                self.projector.run_once(limit=events)


def _moved(unit: str, area: str) -> AreaRecord:
    record = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", unit))
    return record.model_copy(update={"parent": area})


@pytest.fixture(scope="module")
def running(module_database: Database) -> Night:
    return Night(module_database)


@settings(
    max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)  # fmt: skip
@given(STEPS)
def test_whatever_field_changes_live_rebuilt_and_fold_are_equal(
    running: Night, steps: list[tuple[str, object, object, object]]
) -> None:
    """Only refusals in words are no fault: anything else that goes wrong is."""
    running.append(night.election())
    running.asked = True
    for unit, area in (("20", "P1"), ("31", "P2")):
        running.take("move", unit, area, None)
    for step in steps:
        try:
            running.take(*step)
        except ReportingError:
            continue
    running.projector.catch_up()
    assert verify(running.database).differences == []
    if running.asked:
        _require_readable(running)


def _require_readable(running: Night) -> None:
    """Every return of an election whose definition was asked for can be opened and looked through."""
    desk = Desk(running.service)
    known = running.service.catalog.election("tiny")
    for form in known.definition.forms if known.definition.workflow else ():
        for slot in form.slots:
            for unit in known.reporting_units(form.code, slot.code):
                desk.findings.of(desk.returns.open("tiny", form.code, slot.code, unit))


def test_returns_of_an_election_without_offices_are_on_no_way(database: Database) -> None:
    """An earlier release took the workflow from under returns: what stood of them is no part of the views any more, and
    with the workflow it is there again."""
    log = Night(database)
    log.submit("11", "final", "final", 60)
    night.look(log.desk, night.CITY)
    log.submit("12", "final", "final", 41)
    log.projector.catch_up()
    for workflow in (None, night.election().workflow):
        log.append(night.election().model_copy(update={"workflow": workflow}))
        log.projector.catch_up()
        assert verify(database).differences == []


def test_a_definition_after_the_release_of_a_sample_stops_nobody(database: Database) -> None:
    """Nor does the erasure of a name, which folds returns anew as a definition does."""
    log = Night(database)
    log.submit("11", "flash", "2200", 60)
    for office in (night.CITY, night.PREFECTURE):
        night.look(log.desk, office, "11", "flash", "2200")
    asked = ReleaseSlot(command_id=uuid4(), election="tiny", form="flash", slot="2200", reason="公表時刻")
    assert log.publication.release("tiny", "flash", "2200", LATER, night.NATION, asked)
    log.projector.catch_up()
    log.append(night.election(label=tiny.label("別の名")))
    log.projector.catch_up()
    forget(database)
    assert verify(database).differences == []
