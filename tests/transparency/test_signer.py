"""The signer over a real ledger: signs what is new, and refuses once the log is not what it signed."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from beside import beside
from exports import seal
from signed import NewSigner, grow, night
from waiting import until

from reporting.application.service import Reporting
from reporting.database.connect import WRITER, Database
from reporting.errors import Unavailable
from reporting.transparency import merkle
from reporting.transparency import signer as module
from reporting.transparency.checkpoint import Checkpoint, opened
from reporting.transparency.errors import (
    LogDisagrees,
    NotSigned,
    SignedByAnotherKey,
    SignerStateMissing,
    SignerStateUnusable,
)
from reporting.transparency.leaf import Entry
from reporting.transparency.log import SignedLog, entries
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import SIGNER, Signer


def tamper(database: Database, statement: str) -> None:
    """As a superuser who switches the triggers off."""
    with database.connect(autocommit=True) as connection:
        for table in ("event", "command", "tile", "checkpoint", "cosignature"):
            connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER append_only")
        assert connection.execute(statement).rowcount


def test_signs_what_is_new_and_nothing_twice(
    service: Reporting, database: Database, new_signer: NewSigner, key: SignerKey
) -> None:
    signer = new_signer()
    assert signer.step() is None
    night(service)
    first = signer.step()
    assert first is not None
    assert first.size == service.ledger.position()
    assert signer.step() is None
    grow(service, 3)
    second = signer.step()
    assert second is not None
    assert second.size == first.size + 3
    with database.connect(SIGNER) as connection:
        log = SignedLog(connection)
        hashes = [entry.hash() for entry in entries(connection, 0, second.size)]
        latest = log.latest()
        assert latest is not None
        assert opened(str(latest[1]), key.verifier())[0] == second
        assert second.root == merkle.root_of(hashes)
        merkle.verify_consistency(
            first.size, second.size, first.root, second.root, log.consistency(first.size, second.size)
        )


def test_proofs_across_tiles(service: Reporting, database: Database, new_signer: NewSigner) -> None:
    signer = new_signer()
    sizes = []
    for count in (1, 254, 1, 1, 300, 43):
        grow(service, count)
        head = signer.step()
        assert head is not None
        sizes.append(head.size)
    with database.connect(SIGNER) as connection:
        log = SignedLog(connection)
        for position in (1, 2, 255, 256, 257, 512, 513, 600):
            entry, proof = log.inclusion(position, 600)
            assert proof.index == position - 1
            assert proof.extra == entry.leaf()
        for old in sizes:
            for new in sizes[sizes.index(old) :]:
                log.consistency(old, new)
        with pytest.raises(NotSigned):
            log.inclusion(601)
    again = new_signer()
    assert again.step() is None


def test_who_cannot_reach_the_log_says_why_once(key: SignerKey, tmp_path: Path) -> None:
    told, stop = list[Exception](), threading.Event()
    signer = Signer(Database("host=/nowhere"), key, tmp_path / "signer.json", interval=0.01)
    threading.Timer(0.2, stop.set).start()
    signer.run(stop, waits=told.append)
    assert len(told) == 1
    assert "/nowhere" in str(told[0])


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE ledger.event SET state = '{}' WHERE position = 3", 3),
        ("UPDATE ledger.event SET state = '{}' WHERE position = 290", 290),
        ("UPDATE ledger.event SET recorded_at = recorded_at + interval '1 us' WHERE position = 257", 257),
        ("UPDATE ledger.event SET type_version = type_version + 1 WHERE position = 300", 300),
        ("UPDATE ledger.command SET person_seal = reason_seal WHERE first_position = 100", 100),
        ("UPDATE ledger.command SET role = 'ministry' WHERE first_position = 299", 299),
        ("DELETE FROM ledger.event WHERE position = 300", 300),
        ("DELETE FROM ledger.event WHERE position = 12", 12),
        ("DELETE FROM ledger.command WHERE first_position = 12", 12),
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_refuses_a_log_that_was_changed(
    service: Reporting,
    database: Database,
    new_signer: NewSigner,
    statement: str,
    position: int,
    restarted: bool,
) -> None:
    grow(service, 300)
    signer = new_signer()
    assert signer.step()
    tamper(database, statement)
    grow(service, 1, 300)
    if restarted:
        signer = new_signer()
    with pytest.raises(LogDisagrees) as refused:
        signer.step()
    assert refused.value.facts["position"] == position
    with pytest.raises(LogDisagrees):
        signer.step()
    with database.connect(SIGNER) as connection:
        latest = SignedLog(connection).latest()
    assert latest is not None
    assert latest[0].size == 300


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger.checkpoint WHERE size = 300",
        "UPDATE ledger.checkpoint SET note = replace(note, 'live', 'dead')",
        "INSERT INTO ledger.checkpoint SELECT 301, origin, root, note FROM ledger.checkpoint",
    ],
)
def test_refuses_checkpoints_it_did_not_make(
    service: Reporting, database: Database, new_signer: NewSigner, statement: str
) -> None:
    grow(service, 300)
    signer = new_signer()
    signer.step()
    tamper(database, statement)
    with pytest.raises(LogDisagrees):
        signer.step()


def test_a_cut_tail_is_refused(service: Reporting, database: Database, new_signer: NewSigner) -> None:
    grow(service, 10)
    signer = new_signer()
    signer.step()
    tamper(database, "DELETE FROM ledger.event WHERE position > 8")
    with database.connect(autocommit=True) as connection:
        connection.execute("UPDATE ledger.head SET position = 8")
    for one in (signer, new_signer):
        with pytest.raises(LogDisagrees) as refused:
            (one if one is signer else new_signer()).step()
        assert refused.value.facts["position"] == 9


def test_an_altered_tile_is_refused_at_start(
    service: Reporting, database: Database, new_signer: NewSigner
) -> None:
    grow(service, 600)
    new_signer().step()
    tamper(
        database,
        "UPDATE ledger.tile SET hashes = set_byte(hashes, 40, 1 - least(get_byte(hashes, 40), 1)) WHERE index = 1",
    )
    with pytest.raises(LogDisagrees) as refused:
        new_signer().start()
    assert refused.value.facts["position"] == 258


def test_a_lost_state_file_needs_adopting(
    service: Reporting, new_signer: NewSigner, tmp_path: Path, database: Database
) -> None:
    grow(service, 20)
    new_signer().step()
    moved = tmp_path / "elsewhere.json"
    with pytest.raises(SignerStateMissing) as refused:
        new_signer(state=moved).step()
    assert refused.value.facts == {"file": str(moved), "size": 20}
    assert not moved.exists()
    assert new_signer(state=moved, adopt=True).step() is None
    assert json.loads(moved.read_bytes())["size"] == 20


def test_another_key_is_told_as_that_and_not_as_a_log_that_was_altered(
    service: Reporting, new_signer: NewSigner, tmp_path: Path, database: Database, key: SignerKey
) -> None:
    """A wrong --key on a new machine: nobody has to call the auditors."""
    grow(service, 5)
    with closing(new_signer()) as first:
        first.step()
    with closing(
        Signer(database, SignerKey.generate(key.name), tmp_path / "other.json", adopt=True)
    ) as other, pytest.raises(SignedByAnotherKey) as refused:  # fmt: skip
        other.step()
    assert (refused.value.facts["size"], refused.value.facts["signed"]) == (
        5,
        f"{key.name}+{key.verifier().id.hex()}",
    )
    assert not (tmp_path / "other.json").exists()


def test_a_state_file_of_another_time_is_refused(
    service: Reporting, new_signer: NewSigner, tmp_path: Path
) -> None:
    state = tmp_path / "signer.json"
    grow(service, 5)
    new_signer().step()
    old = state.read_bytes()
    grow(service, 5)
    new_signer().step()
    state.write_bytes(old)
    with pytest.raises(LogDisagrees, match="never made"):
        new_signer().step()
    state.write_bytes(old.replace(b'"size": 5', b'"size": 4'))
    with pytest.raises(SignerStateUnusable, match="cannot be read"):
        new_signer().step()
    state.write_bytes(b"{}")
    with pytest.raises(SignerStateUnusable, match="cannot be read"):
        new_signer().step()


def test_a_state_file_of_another_key_is_no_altered_log(
    service: Reporting, database: Database, new_signer: NewSigner, tmp_path: Path
) -> None:
    grow(service, 5)
    first = new_signer()
    first.step()
    first.close()
    other = Signer(database, SignerKey.generate("log.example/other"), tmp_path / "signer.json")
    with closing(other), pytest.raises(SignerStateUnusable, match="another key"):
        other.step()


def test_a_crash_before_the_commit_is_made_good(
    service: Reporting, database: Database, new_signer: NewSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(service, 300)

    def crash(*arguments: object) -> None:
        raise psycopg.OperationalError("gone")

    signer = new_signer()
    with monkeypatch.context() as patched:
        patched.setattr(module.Signer, "_store", crash)
        with pytest.raises(psycopg.OperationalError):
            signer.step()
    with database.connect(SIGNER) as connection:
        assert SignedLog(connection).latest() is None
    grow(service, 1)
    head = signer.step()
    assert head is not None
    assert head.size == 301
    with database.connect(SIGNER) as connection:
        log = SignedLog(connection)
        log.consistency(300, 301)
        log.inclusion(17, 301)


def test_one_signer_at_a_time(service: Reporting, database: Database, key: SignerKey, tmp_path: Path) -> None:
    grow(service, 1)
    first = module.Signer(database, key, tmp_path / "a")
    second = module.Signer(database, key, tmp_path / "b")
    assert first.step()
    with pytest.raises(Unavailable):
        second.step()
    first.close()
    second.close()


def test_runs_until_it_is_stopped_and_signs_in_time(service: Reporting, new_signer: NewSigner) -> None:
    told: list[Checkpoint] = []
    stop = threading.Event()
    signer = new_signer(interval=0.1)
    with beside(lambda: signer.run(stop, told.append), let_go=stop.set):
        grow(service, 4)
        until(lambda: told and told[-1].size == 4, "all is signed", 10)
    with pytest.raises(ValueError, match="within"):
        new_signer(interval=11)


def test_the_signer_sees_no_words_and_changes_nothing(service: Reporting, database: Database) -> None:
    grow(service, 1)
    for statement in (
        "SELECT person FROM ledger.command",
        "SELECT reason_salt FROM ledger.command",
        "UPDATE ledger.checkpoint SET size = 1",
        "DELETE FROM ledger.tile",
        "INSERT INTO ledger.event DEFAULT VALUES",
        "SELECT ledger.erase_v2('d', '佐藤', NULL, 'x', 'y')",
    ):
        with database.connect(SIGNER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    with database.connect(WRITER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("INSERT INTO ledger.checkpoint VALUES (1, 'x', '', '')")


def test_seals_are_those_of_the_words(service: Reporting, database: Database) -> None:
    grow(service, 2)
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT person, person_salt, person_seal, reason, reason_salt, reason_seal FROM ledger.command"
        ).fetchall()
        ((entry,),) = [list(entries(connection, 0, 1))]
    assert len({row[2] for row in rows}) == 2
    for person, person_salt, person_seal, reason, reason_salt, reason_seal in rows:
        assert seal("person", person_salt, person) == person_seal
        assert seal("reason", reason_salt, reason) == reason_seal
    assert isinstance(entry, Entry)
    assert "佐藤" not in entry.leaf().decode()
    assert "理由" not in entry.leaf().decode()
