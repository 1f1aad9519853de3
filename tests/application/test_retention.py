"""Disposal before the database's own gate: nothing before its time, nothing under hold, by nobody alone, whatever way in; the log's
proofs hold after it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import tiny
from kept_elections import CLERKS, ELECTIONS, KEPT, LAST, ONE, OTHER, Clock, elections_of_three_years

from api.cli.evidence import published_totals
from api.cli.verify import main as check
from projections.rebuild import rebuild
from reporting.application.retention import Retention
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.disposal import DisposedAlone, KeptStill, UnderHold
from reporting.domain.events import Event
from reporting.domain.retention import schedule
from reporting.domain.retention_events import DisposalConfirmed, DisposalProposed, Ground
from reporting.errors import InvalidInput, NotAuthorised, UnknownReference
from reporting.ledger import Command, NewEvent
from reporting.ledger.streams import registry_stream, retention_stream
from reporting.transparency.erasure import OWNER, NotDisposable, erase
from reporting.transparency.export import export, steady
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

KEY = SignerKey.generate("ledger.example.jp/test")


@pytest.fixture
def clock(service: Reporting, database: Database) -> Clock:
    return elections_of_three_years(service, database)


@pytest.fixture
def retention(service: Reporting, clock: Clock) -> Retention:
    return Retention(service)


def there(database: Database, election: str) -> bool:
    """Whether the clerk of an election is still named."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT FROM ledger.command WHERE person = %s", (CLERKS[election],)
        ).fetchone()
    return row is not None


def carry_out(database: Database, disposal: str, person: str | None = None) -> tuple[int, int]:
    done = erase(database, disposal, person, by="保護担当", ground="2026-17")
    return done.commands, done.files


def disposed(retention: Retention, election: str) -> str:
    name = retention.propose_due(uuid4(), election, "2029-1", ONE).proposal.disposal
    retention.confirm(uuid4(), name, OTHER)
    return name


def test_what_is_over_goes_by_two_people_with_a_certificate_and_every_proof_holds(
    retention: Retention, service: Reporting, database: Database, clock: Clock, tmp_path: Path
) -> None:
    signer = Signer(database, KEY, tmp_path / "signer.json")
    signer.step()
    clock.move(LAST + timedelta(days=1))
    assert [row.election for row in retention.due(ONE)] == ["past", "tiny"]
    name = disposed(retention, "tiny")
    with pytest.raises(UnknownReference):
        retention.certify(uuid4(), name, ONE)
    assert carry_out(database, name) == carry_out(database, name) == (2, 0)
    certificate = retention.certify(uuid4(), name, ONE)
    assert retention.certify(uuid4(), name, OTHER) == certificate
    assert (certificate.commands, certificate.election, certificate.ground) == (2, "tiny", "period_over")
    assert "第71条" in certificate.law
    halves = [
        deed.person
        for deed in service.ledger.deeds([retention_stream()])
        if deed.recorded.position in (certificate.proposed, certificate.confirmed)
    ]
    assert halves == [ONE.person, OTHER.person]
    assert not there(database, "tiny")
    assert there(database, "later")
    assert there(database, "past")
    assert [row.election for row in retention.due(ONE)] == ["past"]
    signer.step()
    signer.close()
    rebuild(database)
    with published_totals(database) as totals, steady(database) as connection:
        export(connection, tmp_path / "export", KEY.verifier(), totals=totals, words=True)
    assert check([str(tmp_path / "export"), "--key", str(KEY.verifier())]) == 0
    everything = "".join(
        file.read_text(encoding="utf-8", errors="replace") for file in (tmp_path / "export").iterdir()
    )
    assert CLERKS["tiny"] not in everything
    assert CLERKS["later"] in everything


def test_the_last_day_is_kept(retention: Retention, clock: Clock) -> None:
    clock.move(LAST)
    with pytest.raises(KeptStill):
        retention.propose_due(uuid4(), "tiny", "2029-1", ONE)


def test_nobody_alone_and_nothing_under_a_hold_that_came_later(
    retention: Retention, database: Database, clock: Clock
) -> None:
    clock.move(LAST + timedelta(days=1))
    name = retention.propose_due(uuid4(), "tiny", "2029-1", ONE).proposal.disposal
    with pytest.raises(DisposedAlone):
        retention.confirm(uuid4(), name, ONE)
    with pytest.raises(NotDisposable):
        carry_out(database, name)
    retention.confirm(uuid4(), name, OTHER)
    hold = retention.hold(uuid4(), "tiny", None, "訴訟", ONE)
    with pytest.raises(NotDisposable, match="停止中"):
        carry_out(database, name)
    with pytest.raises(UnderHold):
        retention.propose_due(uuid4(), "tiny", "2029-2", ONE)
    retention.lift(uuid4(), hold, "判決確定", ONE)
    with pytest.raises(UnknownReference):
        retention.lift(uuid4(), hold, "判決確定", ONE)
    assert carry_out(database, name) == (2, 0)


def test_before_its_time_only_as_a_person_asks_or_a_court_orders(
    retention: Retention, database: Database
) -> None:
    def proposed(code: str, ground: Ground) -> str:
        return retention.propose_person(uuid4(), CLERKS[code], (), ground, "2026-17", ONE).proposal.disposal

    asked, ordered = proposed("tiny", "data_protection"), proposed("later", "court_order")
    with pytest.raises(InvalidInput):
        retention.confirm(uuid4(), asked, OTHER, CLERKS["later"])
    retention.confirm(uuid4(), asked, OTHER, CLERKS["tiny"])
    retention.confirm(uuid4(), ordered, OTHER, CLERKS["later"])
    retention.hold(uuid4(), None, "names", "訴訟", ONE)
    with pytest.raises(NotDisposable):
        carry_out(database, asked, CLERKS["tiny"])
    with pytest.raises(NotDisposable):
        carry_out(database, ordered, CLERKS["tiny"])
    assert carry_out(database, ordered, CLERKS["later"]) == (1, 0)
    assert there(database, "tiny")
    told = retention.certify(uuid4(), ordered, ONE).model_dump_json()
    assert CLERKS["later"] not in told


def test_it_takes_the_right_to_and_a_reason(retention: Retention, clock: Clock) -> None:
    with pytest.raises(NotAuthorised):
        retention.hold(uuid4(), None, None, "訴訟", tiny.CITY_CLERK)
    with pytest.raises(InvalidInput):
        retention.hold(uuid4(), None, None, " ", ONE)
    with pytest.raises(UnknownReference):
        retention.hold(uuid4(), "nowhere", None, "訴訟", ONE)
    clock.move(LAST + timedelta(days=1))
    with pytest.raises(InvalidInput):
        retention.propose_person(uuid4(), CLERKS["tiny"], (), "period_over", "2029-1", ONE)


def test_the_database_reckons_as_the_data_says(service: Reporting, clock: Clock, database: Database) -> None:
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT election, contest, polled_from, polled_before, years FROM ledger.retention_period"
        ).fetchall()
        until = dict(
            connection.execute(
                "SELECT c, ledger.kept_until_v1(c) FROM unnest(%s::text[]) c", (list(KEPT),)
            ).fetchall()
        )
    assert set(rows) == {
        (row.election, row.contest, row.polled_from, row.polled_before, row.years)
        for row in schedule().period
    }
    assert schedule().margin_years == 1
    assert until == {code: day.date() for code, day in KEPT.items()}
    assert {row.election: row.kept.until for row in Retention(service).due(ONE, every=True)} == until


def forged(service: Reporting, event: Event, person: str) -> None:
    """Into the log past every decision of ours, as whoever holds the writer's login might."""
    stream = retention_stream()
    new = NewEvent(stream, service.ledger.stream_version(stream) + 1, event)
    service.ledger.append(Command(uuid4(), b"{}", Actor(person, "x", Role.SYSTEM, "*"), Channel.API, (new,)))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_tried_in_whatever_order(
    retention: Retention, service: Reporting, database: Database, clock: Clock, seed: int
) -> None:
    """Beside the program and the database a list in plain words. Confirmations are half of them forged, so that the database
    alone has to refuse."""
    chance, people = random.Random(seed), ("甲", "乙", "丙")
    holds, waiting = dict[str, tuple[str | None, str | None]](), dict[str, tuple[str, str, set[str]]]()
    gone = set[str]()
    for _ in range(40):
        election, person = chance.choice(list(ELECTIONS)), chance.choice(people)
        actor = Actor(person, "総務省", Role.SYSTEM, "*")
        match chance.choice(("hold", "lift", "propose", "propose", "confirm", "erase", "erase", "clock")):
            case "clock":
                clock.move(clock.now + timedelta(days=chance.randrange(900)))
            case "hold" if len(holds) < 2:
                of, record = chance.choice((election, None)), chance.choice(("names", "files", None))
                holds[retention.hold(uuid4(), of, record, "訴訟", actor)] = (of, record)  # type: ignore[arg-type]
            case "lift" if holds:
                name = chance.choice(list(holds))
                del holds[name]
                retention.lift(uuid4(), name, "判決確定", actor)
            case "propose" if election not in gone:
                # Forged in part: proposed before its time, or under hold.
                digest = service.ledger.disposable(None, (), election).digest
                name = f"f-{len(waiting)}"
                forged(
                    service,
                    DisposalProposed(
                        disposal=name, record="names", ground="period_over", election=election, law="法",
                        kept_until=None, commands=2, digest=digest,
                    ),
                    person,
                )  # fmt: skip
                waiting[name] = (person, election, set())
            case "confirm" if waiting:
                name = chance.choice(list(waiting))
                waiting[name][2].add(person)
                forged(service, DisposalConfirmed(disposal=name), person)
            case "erase" if waiting:
                name = chance.choice(list(waiting))
                by, of, confirmed = waiting[name]
                held = any(at in (None, of) and kind in (None, "names") for at, kind in holds.values())
                allowed = bool(confirmed - {by}) and not held and clock.now.date() > KEPT[of].date()
                before = there(database, of)
                try:
                    carry_out(database, name)
                except NotDisposable:
                    assert not allowed or of in gone
                    assert there(database, of) == before
                else:
                    assert allowed or of in gone
                    gone.add(of)
            case _:
                pass
        assert {code for code in ELECTIONS if not there(database, code)} == gone
    clock.move(KEPT["later"] + timedelta(days=1))
    for name in list(holds):
        retention.lift(uuid4(), name, "判決確定", ONE)
    for election in set(ELECTIONS) - gone:
        carry_out(database, disposed(retention, election))
        assert not there(database, election)


def test_no_other_way_of_the_database_erases(clock: Clock, database: Database) -> None:
    with database.connect() as connection, pytest.raises(psycopg.errors.UndefinedFunction):
        connection.execute("SELECT ledger.erase_v1('x', NULL, 'y', 'z')")
    with database.connect(OWNER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT ledger.erase_v2('none', %s, NULL, 'y', 'z')", (CLERKS["past"],))


def test_what_stands_under_no_election_goes_by_its_own_age(
    retention: Retention, service: Reporting, database: Database, clock: Clock
) -> None:
    """Whoever registered the areas: recorded today, so that it is the clock that moves."""
    today = datetime.now(UTC)
    clock.move(today + timedelta(days=365 * 10))
    with pytest.raises(InvalidInput):
        retention.propose_due(uuid4(), None, "2040-1", ONE)
    clock.move(today + timedelta(days=366 * 11))
    name = retention.propose_due(uuid4(), None, "2040-1", ONE).proposal.disposal
    retention.confirm(uuid4(), name, OTHER)
    hold = retention.hold(uuid4(), None, "access", "調査", ONE)
    with pytest.raises(NotDisposable):
        carry_out(database, name)
    retention.lift(uuid4(), hold, "調査終了", ONE)
    assert carry_out(database, name) == (1, 0)
    assert {deed.person for deed in service.ledger.deeds([registry_stream("tinyland")])} == {"(erased)"}
    assert {deed.person for deed in service.ledger.deeds([retention_stream()])} == {ONE.person, OTHER.person}
    assert all(there(database, election) for election in ELECTIONS)
