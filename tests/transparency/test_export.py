"""From a real ledger to files that the verifier takes; erasing people leaves all of it valid."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import psycopg
import pytest
import tiny
from click.testing import CliRunner
from disposed import erase
from signed import NewSigner, grow, night
from tiny import WARD_CLERK, correct

from api.cli.evidence import published_totals
from api.cli.group import root
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import READER, WRITER, Database
from reporting.errors import InvalidInput
from reporting.transparency.checkpoint import Policy
from reporting.transparency.erasure import Erased
from reporting.transparency.errors import NotSigned
from reporting.transparency.export import export, steady
from reporting.transparency.log import SignedLog
from reporting.transparency.note import SignerKey


@pytest.fixture
def signed(service: Reporting, database: Database, new_signer: NewSigner) -> int:
    """A night, signed twice; views up to date. The size."""
    night(service)
    signer = new_signer()
    assert signer.step()
    correct(service, "12", 3, voters=1)
    head = signer.step()
    assert head is not None
    projector = Projector(database)
    projector.catch_up()
    return head.size


def written(database: Database, key: SignerKey, folder: Path, *, words: bool = False) -> Path:
    with published_totals(database) as totals, steady(database) as connection:
        export(connection, folder, key.verifier(), totals=totals, words=words)
    return folder


def test_what_counts_for_each_other_is_no_tampering(
    service: Reporting,
    database: Database,
    new_signer: NewSigner,
    key: SignerKey,
    verifier: ModuleType,
    tmp_path: Path,
) -> None:
    """A town split on the night (21, 22), and a city that counts the proportional vote as one: honest all the way."""
    tiny.define(service)
    projector, signer = Projector(database), new_signer()

    def change(*withdrawn: str) -> None:
        gone = [{"unit": unit, "on": "2024-10-27", "reason": "離島は翌日開票"} for unit in withdrawn]
        units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": gone}
        definition = tiny.election(contests=tiny.contests(pr={"whole": ["10"]}), units=units)
        service.define_election(definition, tiny.SYSTEM, uuid4(), reason="離島")

    def require_good(name: str) -> None:
        assert signer.step()
        projector.catch_up()
        folder = written(database, key, tmp_path / name)
        assert verifier.main([str(folder), "--key", str(key.verifier())]) == 0, name

    change()
    for unit, voters in (("10", 500), ("20", 85), ("31", 70)):
        tiny.enter(service, unit, voters=voters)
    tiny.enter(service, "11", contest="d1", voters=300)
    require_good("whole")
    change("20")
    town = next(area for area in tiny.AREAS if (area.geography, area.code) == ("administrative", "20"))
    parts = [town.model_copy(update={"code": code, "level": "ward", "parent": "20"}) for code in ("21", "22")]
    service.declare_registry("tinyland", (), parts, tiny.SYSTEM, uuid4(), reason="離島")
    require_good("split")
    tiny.enter(service, "21", voters=40)
    require_good("one part")
    tiny.enter(service, "22", voters=46)
    require_good("all parts")


def test_an_export_is_good(
    signed: int, database: Database, key: SignerKey, verifier: ModuleType, tmp_path: Path
) -> None:
    for words in (False, True):
        folder = written(database, key, tmp_path / f"words-{words}", words=words)
        assert verifier.main([str(folder), "--key", str(key.verifier())]) == 0
        events = (folder / "events.ndjson").read_text(encoding="utf-8")
        assert ("佐藤" in events) == ("転記誤り" in events) == words
        assert json.loads((folder / "manifest.json").read_bytes())["totals"] == signed
        assert len((folder / "totals.ndjson").read_bytes().splitlines()) > 20
        with pytest.raises(FileExistsError), steady(database) as connection:
            export(connection, folder, key.verifier())


def test_totals_beyond_the_signature_are_not_exported(
    signed: int,
    service: Reporting,
    database: Database,
    key: SignerKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.cli.evidence.WAIT_S", 0)
    correct(service, "12", 4, voters=2)
    Projector(database).catch_up()
    with pytest.raises(NotSigned):
        written(database, key, tmp_path / "export")


def test_views_that_lie_are_found(
    signed: int, database: Database, key: SignerKey, verifier: ModuleType, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with database.connect() as connection:
        connection.execute("UPDATE views_v1.area_total SET value = value + 1 WHERE value > 2000")
    folder = written(database, key, tmp_path / "export")
    assert verifier.main([str(folder), "--key", str(key.verifier())]) == 1
    assert "total tiny/final" in capsys.readouterr().out


def test_many_tiles(
    service: Reporting,
    database: Database,
    new_signer: NewSigner,
    key: SignerKey,
    verifier: ModuleType,
    tmp_path: Path,
) -> None:
    signer = new_signer()
    for count in (700, 1, 1600, 300):
        grow(service, count, service.ledger.position())
        assert signer.step()
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM ledger.tile").fetchone() == (10,)
    with steady(database) as connection:
        export(connection, tmp_path / "export", key.verifier())
        assert (tmp_path / "export" / "hashes.bin").stat().st_size == 2601 * 32


def test_erasing_a_person_leaves_every_proof_and_no_trace(
    signed: int, database: Database, key: SignerKey, verifier: ModuleType, tmp_path: Path, new_signer: NewSigner,
    service: Reporting,
) -> None:  # fmt: skip
    with database.connect(READER) as connection:
        log = SignedLog(connection)
        before = {at: log.inclusion(at, signed) for at in range(1, signed + 1)}
    count = erase(database, WARD_CLERK.person, by="保護担当", ground="2026-17").commands
    assert count == 3
    assert erase(database, WARD_CLERK.person, by="保護担当", ground="2026-17") == Erased(0, 0)
    policy = Policy(key.verifier())
    with database.connect(READER) as connection:
        log = SignedLog(connection)
        for at, (entry, proof) in before.items():
            assert log.inclusion(at, signed) == (entry, proof)
            assert proof.verify(entry.leaf(), policy).size == signed
        everything = [
            repr(connection.execute(f"SELECT * FROM {table}").fetchall())
            for table in ("ledger.command", "ledger.event", "ledger.erasure", "views_v1.figure")
        ]
        office = connection.execute(
            "SELECT DISTINCT office FROM ledger.command WHERE person = '(erased)'"
        ).fetchall()
    assert office == [(WARD_CLERK.office,)]
    assert not any(WARD_CLERK.person in text for text in everything)
    grown = new_signer().step()
    assert grown is not None
    assert grown.size == signed + 4  # both times a proposal and a confirmation
    folder = written(database, key, tmp_path / "export", words=True)
    assert verifier.main([str(folder), "--key", str(key.verifier())]) == 0
    assert WARD_CLERK.person not in (folder / "events.ndjson").read_text(encoding="utf-8")
    correct(service, "11", 3, actor=WARD_CLERK, voters=9)  # the return goes on


def test_erasing_named_commands_takes_every_word(signed: int, database: Database) -> None:
    with database.connect() as connection:
        ((command,),) = connection.execute(
            "SELECT command_id FROM ledger.command WHERE reason = '転記誤り 1' AND person <> '佐藤' LIMIT 1"
        ).fetchall()
    assert erase(database, None, [command], by="保護担当", ground="2026-18") == Erased(1, 0)
    assert erase(database, None, [command], by="保護担当", ground="2026-18") == Erased(0, 0)
    with database.connect() as connection:
        row = connection.execute(
            "SELECT person, office, reason, on_behalf_of, num_nonnulls(person_salt, office_salt, reason_salt)"
            " FROM ledger.command WHERE command_id = %s",
            (command,),
        ).fetchone()
    assert row == ("(erased)", "(erased)", "(erased)", None, 0)
    with pytest.raises(InvalidInput):
        erase(database, None, by="保護担当", ground="2026-18")


@pytest.mark.parametrize(
    "change",
    [
        "person = 'x'",
        "person = '(erased)'",
        "person_salt = NULL",
        "person = '(erased)', person_salt = NULL, role = 'x'",
        "person = '(erased)', person_salt = NULL, person_seal = office_seal",
        "on_behalf_of = '(erased)'",
        "reason_salt = NULL",
        "body_hash = ''",
    ],
)
def test_nothing_but_erasing_changes_a_command(signed: int, database: Database, change: str) -> None:
    with database.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(f"UPDATE ledger.command SET {change}")
    with database.connect(WRITER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT ledger.erase_v2('d', '佐藤', NULL, 'x', 'y')")


def decided(database: Database, person: str) -> str:
    """A disposal that two people decided at the command line, carried out by neither; alone it is refused."""

    def run(who: str, *words: str, code: int = 0) -> str:
        env = {"REPORTING_DATABASE_URL": database.url, "LOGNAME": who}
        done = CliRunner().invoke(root, ["retention", *words], prog_name="reporting", env=env)
        assert done.exit_code == code, done.output
        return done.stdout

    said = run("甲", "propose", "--class", "data_protection", "--person", person, "--reason", "2026-17")
    name = said.partition(":")[0]
    run("甲", "confirm", name, "--person", person, "--decide-only", code=1)
    hold = run("甲", "hold", "--record", "names", "--reason", "訴訟").strip()
    run("乙", "confirm", name, "--person", person, code=1)
    run("甲", "lift", hold, "--reason", "判決確定")
    assert name in run("乙", "due", "--all", "--json")
    run("乙", "confirm", name, "--person", person, "--decide-only")
    return name


def test_the_whole_way_at_the_terminal(service: Reporting, database: Database, tmp_path: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        env = {"REPORTING_DATABASE_URL": database.url}
        result = CliRunner().invoke(root, ["audit", *words], prog_name="reporting", env=env)
        assert result.exit_code == code, result.output
        return result.stdout

    night(service)
    signer, witness = str(tmp_path / "signer.key"), str(tmp_path / "witness.key")
    public = run("key", "ledger.example.jp/live", signer).strip()
    run("key", "witness.example/w1", witness, "--witness")
    assert stat.S_IMODE(Path(signer).stat().st_mode) == 0o400
    run("key", "again", signer, code=1)
    size = service.ledger.position()
    assert f"signed {size}" in run("sign", "--key", signer, "--state", str(tmp_path / "state"), "--once")
    request, answer = tmp_path / "request.txt", tmp_path / "answer.txt"
    request.write_text(run("checkpoint", "--request-from", "0"), encoding="utf-8")
    serve = ["witness", "--key", witness, "--logs", public, "--state", str(tmp_path / "seen")]
    answer.write_text(run(*serve, "--request", str(request)), encoding="utf-8")
    trusted = ["--log", f"{signer}.pub", "--witness", f"{witness}.pub", "--quorum", "1"]
    grow(service, 1)  # the log goes on while the answer is carried
    run("sign", "--key", signer, "--state", str(tmp_path / "state"), "--once")
    note = run("checkpoint", "--add", str(answer), "--witness", f"{witness}.pub")
    assert note.count("— ") == 2
    assert note.split("\n")[1] == str(size)
    run("checkpoint", "--add", str(answer), "--witness", f"{signer}.pub", code=1)
    run("checkpoint", "--add", str(answer), code=1)
    run("checkpoint", "--add", str(request), "--witness", f"{witness}.pub", code=1)
    proof = tmp_path / "17.tlog-proof"
    proof.write_text(run("proof", "17"), encoding="utf-8")
    assert "GOOD: event 17" in run("verify", str(proof), *trusted)
    proof.write_text(run("proof", "17").replace("index 16", "index 15"), encoding="utf-8")
    run("verify", str(proof), *trusted, code=1)
    assert run("proof", str(size), "--since", str(size)) == ""
    folder = str(tmp_path / "export")
    kept = tmp_path / "kept.txt"
    kept.write_text(note, encoding="utf-8")
    run("export", folder, *trusted)
    assert "GOOD" in run("verify", folder, *trusted, "--old-checkpoint", str(kept))
    words = ("--by", "保護担当", "--ground", "2026-17")
    run("erase", "d-0", "--person", "佐藤", *words, code=1)
    run("erase", decided(database, "佐籐"), "--person", "佐籐", *words, code=1)
    assert "4 commands" in run("erase", decided(database, "佐藤"), "--person", "佐藤", *words)
    with database.connect(autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger.event DISABLE TRIGGER append_only")
        connection.execute(
            "UPDATE ledger.event SET recorded_at = recorded_at - interval '1 s' WHERE position = 5"
        )
    run("sign", "--key", signer, "--state", str(tmp_path / "state"), "--once", code=1)
    run("proof", "5", code=1)
    bad = str(tmp_path / "bad")
    run("export", bad, *trusted)
    assert "first bad position 5" in run("verify", bad, *trusted, code=1)
