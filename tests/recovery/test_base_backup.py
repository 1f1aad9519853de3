"""A base backup and the WAL behind it: how far they lead is said, and what is damaged, missing or too old is named. All real:
PostgreSQL's pg_basebackup and archived WAL, by the scripts of `deploy/backup`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import scans
from backed_up import BackedUp, backed_up
from click.testing import CliRunner

from api.cli.group import root
from api.recovery.drill import Against, check, hold
from api.recovery.errors import NoBaseBackup, OtherVersion, SeveralLedgersInside
from api.recovery.from_base import Backups
from api.recovery.report import CHECKED, STEPS, RestoreReport, Verdict
from reporting.database.connect import Database
from reporting.database.migrate import migrate
from reporting.transparency.checkpoint import Checkpoint

IN_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Night:
    """`wal`: names of archived files, in order: each holds an entry. `early`, `last`: heads signed before and after the base
    backup; `end`: the last position there is; `document`: attached to a return before all that."""

    site: BackedUp
    base: Path
    early: Checkpoint
    last: Checkpoint
    wal: tuple[str, ...]
    end: int
    document: str


@pytest.fixture(scope="module", autouse=True)
def memory() -> Iterator[Path | None]:
    """Where a server is made for each test, and nothing is to outlive a power cut."""
    with pytest.MonkeyPatch.context() as patched:
        roomy = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= 1 << 30
        if roomy:
            patched.setattr(tempfile, "tempdir", str(IN_MEMORY))
        yield IN_MEMORY if roomy else None


@pytest.fixture(scope="module")
def night(memory: Path | None) -> Iterator[Night]:
    with backed_up(memory) as site:
        site.enter("11")
        document = site.attach(scans.png())
        early = site.sign()
        base = site.back_up()
        names = []
        for unit in ("12", "20", "31"):
            site.enter(unit)
            last = site.sign()
            names.append(site.archive())
        yield Night(site, base, early, last, tuple(names), site.ledger.position(), document)


def told(report: RestoreReport) -> str:
    return "\n".join(map(str, report.told))


def damage(file: Path) -> None:
    """One byte in the middle of what is written there: behind it there are only zeros."""
    content = bytearray(file.read_bytes())
    written = [at for at, byte in enumerate(content) if byte]
    content[written[len(written) // 2]] ^= 1
    file.write_bytes(content)


def test_a_good_one_leads_to_the_last_event_and_is_proved(night: Night) -> None:
    report = hold(Backups(night.site.backups), Against(night.last, night.end))
    assert (report.verdict, report.lacking, report.position) == (Verdict.GOOD, 0, night.end), told(report)
    assert report.steps.keys() == STEPS.keys()
    assert report.backup == night.base.name


def test_the_check_says_the_newest_position_that_can_be_restored(night: Night, tmp_path: Path) -> None:
    kept = tmp_path / "kept.checkpoint"
    with night.site.database.connect() as connection:
        row = connection.execute("SELECT note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    assert row is not None
    kept.write_text(row[0], encoding="utf-8")
    words = ["backup", "check", str(night.site.backups), "--head", str(kept)]
    ran = CliRunner().invoke(root, [*words, "--log", str(night.site.key.verifier())])
    assert ran.exit_code == 0, (ran.output, ran.exception)
    assert f"復元できる最後の記録の位置: {night.end}" in ran.output
    assert f"Newest restorable event: position {night.end}" in ran.output
    assert str(CHECKED["good"]) in ran.output
    assert "書類 1 件を控えと照合: 足りないか変わったもの 0 件" in ran.output


def test_a_document_that_a_restore_would_lack_is_named(night: Night, tmp_path: Path) -> None:
    copied = night.site.copy(tmp_path / "backups")
    (copied / "documents" / night.document[:2] / night.document).unlink()
    ran = CliRunner().invoke(root, ["backup", "check", str(copied), "--may-lack", "3"])
    assert ran.exit_code == 1, (ran.output, ran.exception)
    assert f"書類 {night.document} がありません（tiny/final/final/11" in ran.output
    assert str(CHECKED["incomplete"]) in ran.output


def test_one_byte_changed_in_the_backup_is_refused_by_name(night: Night, tmp_path: Path) -> None:
    copied = night.site.copy(tmp_path / "backups")
    table = max(copied.glob("base/*/base/*/*"), key=lambda file: file.stat().st_size)
    damage(table)
    for report in (check(Backups(copied)), hold(Backups(copied))):
        assert report.verdict is Verdict.BAD
        assert night.base.name in report.told[-1].ja
        assert table.name in report.told[-1].ja
        assert table.name in report.told[-1].en
        assert "checksum" in report.said
        assert report.position == 0
    ran = CliRunner().invoke(root, ["backup", "check", str(copied)])
    assert (ran.exit_code, table.name in ran.output) == (1, True)


def test_one_byte_changed_in_the_wal_is_no_end_of_it(night: Night, tmp_path: Path) -> None:
    """PostgreSQL itself would say that recovery is complete."""
    copied = night.site.copy(tmp_path / "backups")
    damage(copied / "wal" / night.wal[1])
    report = check(Backups(copied), Against(night.last))
    assert report.verdict is Verdict.BAD
    assert night.wal[1] in told(report)
    assert "checksum" in report.said
    assert night.early.size <= report.position < night.end
    assert report.lacking == night.last.size - report.position


def test_a_missing_file_of_wal_is_named_and_what_lies_before_it_restores(
    night: Night, tmp_path: Path
) -> None:
    copied = night.site.copy(tmp_path / "backups")
    (copied / "wal" / night.wal[1]).unlink()
    report = hold(Backups(copied), Against(night.last))
    assert report.verdict is Verdict.BAD
    assert f"WAL {night.wal[1]} がありません" in told(report)
    assert f"WAL file {night.wal[1]} is missing" in told(report)
    assert night.early.size < report.position < night.end
    assert report.lacking == night.last.size - report.position


def test_one_cut_off_or_of_another_server_is_named(night: Night, tmp_path: Path) -> None:
    copied = night.site.copy(tmp_path / "backups")
    short = copied / "wal" / night.wal[2]
    short.write_bytes(short.read_bytes()[:70_000])
    assert night.wal[2] in told(check(Backups(copied)))
    short.write_bytes((copied / "wal" / night.wal[1]).read_bytes())
    report = check(Backups(copied))
    assert report.verdict is Verdict.BAD
    assert f"WAL {night.wal[2]} は別のデータベースサーバーのもの" in told(report)


def test_one_that_is_older_than_the_last_signed_head_says_by_how_much(night: Night, tmp_path: Path) -> None:
    copied = night.site.copy(tmp_path / "backups")
    for name in night.wal:
        (copied / "wal" / name).unlink()
    for report in (check(Backups(copied), Against(night.last)), hold(Backups(copied), Against(night.last))):
        assert (report.verdict, report.position) == (Verdict.OLDER, night.early.size)
        assert report.lacking == night.last.size - night.early.size > 0
        assert f"{report.lacking} 件が足りない" in told(report)


def test_what_is_still_being_received_counts(night: Night, tmp_path: Path) -> None:
    """`pg_receivewal` as the archive: its last file is not whole yet."""
    copied = night.site.copy(tmp_path / "backups")
    last = copied / "wal" / night.wal[2]
    last.rename(last.with_suffix(".partial"))
    assert check(Backups(copied), Against(night.last)).verdict is Verdict.GOOD


def test_another_log_is_not_this_one(night: Night) -> None:
    other = Checkpoint(night.last.origin, night.last.size, bytes(32))
    assert hold(Backups(night.site.backups), Against(other)).verdict is Verdict.BAD


def test_what_is_no_backup_is_said_before_anything_runs(night: Night, tmp_path: Path) -> None:
    with pytest.raises(NoBaseBackup, match="backup_manifest"):
        check(Backups(tmp_path))
    copied = night.site.copy(tmp_path / "backups")
    (copied / "base" / night.base.name / "PG_VERSION").write_text("15\n")
    with pytest.raises(OtherVersion, match="--programs"):
        check(Backups(copied))


def test_the_wal_is_followed_over_a_failover(night: Night, tmp_path: Path) -> None:
    night.site.promoted()
    night.site.enter("11", "inner")
    names = [night.site.archive()]
    night.site.enter("12", "inner")
    names.append(night.site.archive())
    assert {name[:8] for name in names} == {"00000002"}
    end = night.site.ledger.position()
    report = check(Backups(night.site.backups), Against(live=end))
    assert (report.verdict, report.position) == (Verdict.GOOD, end), told(report)
    copied = night.site.copy(tmp_path / "backups")
    (copied / "wal" / names[0]).unlink()
    report = check(Backups(copied), Against(live=end))
    assert (report.verdict, names[0] in told(report)) == (Verdict.BAD, True)
    assert report.position < end


def test_the_newest_are_kept_with_the_wal_they_need(night: Night) -> None:
    """The last of this file: the older ones go."""
    newer = night.site.back_up(keep=1)
    assert [path.name for path in night.site.backups.glob("base/*")] == [newer.name]
    assert night.wal[0] not in {path.name for path in night.site.wal.iterdir()}
    night.site.enter("20", "inner")
    night.site.archive()
    report = check(Backups(night.site.backups), Against(live=night.site.ledger.position()))
    assert (report.verdict, report.backup) == (Verdict.GOOD, newer.name), told(report)


def test_of_several_ledgers_on_one_server_the_one_that_is_meant_is_judged(night: Night) -> None:
    """The first by name was, such as that of practice: it said of the night's how much was missing, or that nothing was."""
    site = night.site
    with psycopg.connect(site.server.url(), autocommit=True) as owner:
        owner.execute("CREATE DATABASE a_practice")
        try:
            migrate(Database(site.server.url("a_practice")))
            base = site.back_up()
            for meant in (None, "nihgt"):
                for judge in (check, hold):
                    with pytest.raises(SeveralLedgersInside, match="a_practice, night"):
                        judge(Backups(site.backups, name=base.name, database=meant))
            end = site.ledger.position()
            report = check(Backups(site.backups, name=base.name, database="night"), Against(live=end))
            assert (report.position, report.lacking) == (end, 0)
        finally:
            owner.execute("DROP DATABASE a_practice WITH (FORCE)")
