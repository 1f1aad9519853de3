"""A backup is worth what a drill says of it: whole, older than what was signed, altered, damaged."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import tiny
from click.testing import CliRunner
from psycopg.sql import SQL, Identifier

from api.cli.group import root
from api.recovery.drill import Against, hold
from api.recovery.errors import NoRestoreTool, ToolNewer
from api.recovery.report import STEPS, VERDICTS, RestoreReport, Verdict
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.ledger import Ledger
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

KEY = SignerKey.generate("ledger.example.jp/live")


DEFAULTS = "ALTER DEFAULT PRIVILEGES FOR ROLE {1} IN SCHEMA public GRANT SELECT ON TABLES TO {0}"


class Site:
    """A small night that is signed and goes on."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.ledger = Ledger(database)
        self.service = Reporting(self.ledger)
        self.signer = Signer(database, KEY, folder / "signer.json")

    def enter(self, unit: str) -> None:
        tiny.enter(self.service, unit, voters=10, electors=20)

    def sign(self) -> Checkpoint:
        head = self.signer.step()
        assert head is not None
        return head

    def dump(self, name: str) -> Path:
        target, tool = self.folder / name, embedded.program("pg_dump")
        assert tool is not None
        subprocess.run(
            [
                tool,
                "-Fc",
                "-N",
                "views_v*",
                "--exclude-table-data=ops.projection",
                "-f",
                target,
                self.database.url,
            ],
            check=True,
        )
        return target


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(module_database, tmp_path_factory.mktemp("site"))
    tiny.define(made.service)
    made.enter("11")
    projector = Projector(module_database)
    projector.create_if_missing()
    projector.catch_up()
    yield made
    made.signer.close()
    made.ledger.close()


@pytest.fixture(scope="module")
def head(site: Site) -> Checkpoint:
    return site.sign()


@pytest.fixture(scope="module")
def backup(site: Site, head: Checkpoint) -> Path:
    return site.dump("night.dump")


@pytest.fixture
def held(server_url: str) -> Callable[..., RestoreReport]:
    return lambda backup, **against: hold(backup, Against(**against), server_url)


def databases(server_url: str) -> int:
    with psycopg.connect(server_url) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_database WHERE datname LIKE 'restore_drill_%'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_good_one_is_proved_to_its_views(
    held: Callable[..., RestoreReport], backup: Path, head: Checkpoint, site: Site, server_url: str
) -> None:
    report = held(backup, head=head, live=site.ledger.position())
    assert (report.verdict, report.lacking, report.position) == (Verdict.GOOD, 0, head.size)
    assert report.steps.keys() == STEPS.keys() - {"check"}  # of base backups alone
    assert not databases(server_url)


def test_a_tool_that_is_newer_than_the_server_says_nothing_of_the_backup(
    backup: Path, server_url: str, tmp_path: Path
) -> None:
    """From PostgreSQL 17 on it begins with a setting that an older server does not know: every sound backup was BAD there, not to be used."""
    tool = tmp_path / "pg_restore"
    tool.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exec echo "pg_restore (PostgreSQL) 99.1"\n'
        "echo 'pg_restore: error: unrecognized configuration parameter \"of_99\"' >&2; exit 1\n",
        encoding="utf-8",
    )
    tool.chmod(0o755)
    with pytest.raises(ToolNewer) as told:
        hold(backup, server_url=server_url, programs=tmp_path)
    assert told.value.facts["tool"] == "99"
    tool.write_text(tool.read_text("utf-8").replace("99.1", "9.6"), encoding="utf-8")
    report = hold(backup, server_url=server_url, programs=tmp_path)
    assert (report.verdict, "of_99" in report.said) == (Verdict.BAD, True)
    assert not databases(server_url)
    with pytest.raises(NoRestoreTool):
        hold(backup, server_url=server_url, programs=tmp_path / "nowhere")


def test_roles_that_only_the_backups_server_has_are_no_damage(
    held: Callable[..., RestoreReport], head: Checkpoint, site: Site, server_url: str
) -> None:
    """Logins of deploy/roles.sql and of the operator stand in grants and in no dump: every dump of a real installation was called
    damaged, and not to be used."""
    logins = ("drill_migrator", 'an operator\'s "own"')
    with site.database.connect(autocommit=True) as owner:
        for login in map(Identifier, logins):
            owner.execute(SQL("CREATE ROLE {}").format(login))
            owner.execute(SQL("GRANT ALL ON SCHEMA public TO {}").format(login))
        owner.execute(SQL(DEFAULTS).format(*map(Identifier, logins)))
        try:
            backup = site.dump("granted.dump")
        finally:
            for login in map(Identifier, logins):
                owner.execute(SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(login))
    report = held(backup, head=head, live=site.ledger.position())
    assert (report.verdict, report.position) == (Verdict.GOOD, head.size)
    with site.database.connect() as owner:
        left = owner.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(logins)])
        assert left.fetchall() == []


def test_one_that_is_older_than_what_was_signed_says_by_how_much(
    held: Callable[..., RestoreReport], backup: Path, head: Checkpoint, site: Site
) -> None:
    site.enter("12")
    later = site.sign()
    site.enter("20")
    report = held(backup, head=later, live=site.ledger.position())
    assert report.verdict is Verdict.OLDER
    assert report.lacking == site.ledger.position() - head.size > later.size - head.size
    assert any(f"{later.size - head.size} 件が足りない" in told.ja for told in report.told)


def test_another_log_is_not_this_one(
    held: Callable[..., RestoreReport], backup: Path, head: Checkpoint
) -> None:
    other = Checkpoint(head.origin, head.size, bytes(32))
    assert held(backup, head=other).verdict is Verdict.BAD


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-2000], lambda raw: raw[:5000] + bytes(40) + raw[5040:], lambda raw: b""]
)
def test_a_damaged_file_is_refused_by_name(
    held: Callable[..., RestoreReport],
    backup: Path,
    tmp_path: Path,
    server_url: str,
    spoil: Callable[[bytes], bytes],
) -> None:
    damaged = tmp_path / "damaged.dump"
    damaged.write_bytes(spoil(backup.read_bytes()))
    report = held(damaged)
    assert report.verdict is Verdict.BAD
    assert report.said
    assert "damaged.dump" in report.told[-1].ja
    assert not databases(server_url)


def test_without_a_signature_nothing_is_called_good(
    held: Callable[..., RestoreReport], database: Database, tmp_path: Path
) -> None:
    site = Site(database, tmp_path)
    tiny.define(site.service)
    report = held(site.dump("unsigned.dump"))
    site.ledger.close()
    assert report.verdict is Verdict.UNPROVEN


def test_the_command_keeps_a_report_in_both_languages(
    backup: Path, site: Site, server_url: str, tmp_path: Path
) -> None:
    note = site.folder / "later.checkpoint"
    with site.database.connect() as connection:
        row = connection.execute("SELECT note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    assert row is not None
    note.write_text(row[0], encoding="utf-8")
    words = [
        "drill",
        "restore",
        str(backup),
        "--head",
        str(note),
        "--log",
        str(KEY.verifier()),
        "--server",
        server_url,
    ]
    ran = CliRunner().invoke(root, [*words, "--report", str(tmp_path)])
    assert ran.exit_code == 1, (ran.output, ran.exception)
    assert list(tmp_path.glob("*")), (ran.output, ran.exception)
    (file,) = tmp_path.glob("restore-drill-*.md")
    text = file.read_text(encoding="utf-8")
    assert (ran.exit_code, "OLDER" in ran.output) == (1, True), ran.output
    assert VERDICTS["older"].ja in text
    assert VERDICTS["older"].en in text
    ran = CliRunner().invoke(root, [*words, "--may-lack", "100", "--report", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    other = str(SignerKey.generate("ledger.example.jp/other").verifier())
    words[words.index("--log") + 1] = other
    assert CliRunner().invoke(root, words).exit_code == 1


def test_events_that_were_altered_before_the_backup_are_found(
    held: Callable[..., RestoreReport], site: Site, head: Checkpoint
) -> None:
    """The last of this file: the log is no longer what it was."""
    with site.database.connect() as owner:
        owner.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")  # as only a superuser may
        changed = owner.execute(
            "UPDATE ledger.event SET state = convert_to(replace(convert_from(state, 'UTF8'), '\"10\"', '\"19\"'), 'UTF8')"
            " WHERE position = %s",
            (head.size,),
        )
        assert changed.rowcount == 1
    report = held(site.dump("altered.dump"), head=head)
    assert report.verdict is Verdict.BAD
    assert str(head.size) in report.told[-1].ja
