"""An outsider with a copied folder, the log's key and one file of a program: which files are what was released."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import released_night
from click.testing import CliRunner
from released_night import SECOND

from api.cli.commands.audit import command as audit
from api.cli.commands.release import command as release
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

PROGRAM = Path(__file__).resolve().parents[2] / "src" / "api" / "cli" / "verify.py"
PLACE = (SECOND.election, SECOND.form, SECOND.slot)


class Copied:
    """A folder as somebody has it who got it from anywhere, and what they know: the key."""

    def __init__(self, folder: Path, key: str, program: Path) -> None:
        self.folder, self.key, self.program = folder, key, program

    def verify(self, *more: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(self.program), str(self.folder), "--key", key or self.key, *more]
        return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def given(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Copied:
    home, key = tmp_path_factory.mktemp("given"), SignerKey.generate("ledger.example.jp/live")
    ledger = Ledger(module_database)
    released_night.play(Reporting(ledger))
    ledger.close()
    env = {"REPORTING_DATABASE_URL": module_database.url, "REPORTING_DATA_DIR": str(home / "data")}
    runner = CliRunner()
    assert runner.invoke(release, ["package", *PLACE], env=env).exit_code == 0
    signer = Signer(module_database, key, home / "state.json")
    signer.step()
    signer.close()
    folder = home / "two"
    done = runner.invoke(release, ["package", *PLACE, "--to", str(folder)], env=env)
    assert done.exit_code == 0, done.output
    done = runner.invoke(audit, ["release", *PLACE, str(home / "core"), "--number", "2"], env=env)
    assert done.exit_code == 0, done.output
    shutil.copy(PROGRAM, home / "verify.py")
    return Copied(folder, str(key.verifier()), home / "verify.py")


@pytest.fixture
def copied(given: Copied, tmp_path: Path) -> Copied:
    return Copied(Path(shutil.copytree(given.folder, tmp_path / "anywhere")), given.key, given.program)


def test_a_copied_folder_is_what_was_released(given: Copied) -> None:
    done = given.verify()
    assert (done.returncode, done.stderr) == (0, "")
    assert "same               tables.xlsx" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("GOOD: ")
    core = Copied(given.folder.parent / "core", given.key, given.program).verify()
    assert core.returncode == 0, core.stdout


def test_each_file_is_told_apart(copied: Copied) -> None:
    changed = copied.folder / "observations.csv"
    changed.write_bytes(changed.read_bytes().replace(b"59.125", b"69.125"))
    (copied.folder / "cdf.xml").unlink()
    (copied.folder / "extra.csv").write_text("x", encoding="utf-8")
    done = copied.verify()
    assert done.returncode == 1
    told = {line[19:]: line[:19].strip() for line in done.stdout.splitlines()[:-1]}
    assert told["observations.csv"] == "changed"
    assert told["cdf.xml"] == "missing"
    assert told["extra.csv"] == "not of the release"
    assert told["observations.parquet"] == "same"
    assert "BAD: 3 of" in done.stdout


@pytest.mark.parametrize(
    "way",
    ["list", "list and file", "event", "another event", "cut proof", "other key", "no proof", "witness"],
)
def test_a_list_that_the_log_does_not_name_proves_nothing(copied: Copied, given: Copied, way: str) -> None:
    folder, more, key = copied.folder, [], None
    if way.startswith("list"):
        listed = (folder / "distribution.json").read_bytes()
        (folder / "distribution.json").write_bytes(listed.replace(b'"number":2', b'"number":3'))
    elif way == "event":
        told = (folder / "event.json").read_bytes()
        (folder / "event.json").write_bytes(told.replace(b'"number":2', b'"number":3'))
    elif way == "another event":
        for name in ("event.json", "event.tlog-proof"):
            shutil.copy(given.folder.parent / "core" / name, folder / name)
    elif way == "cut proof":
        lines = (folder / "event.tlog-proof").read_text(encoding="utf-8").split("\n")
        del lines[3]
        (folder / "event.tlog-proof").write_text("\n".join(lines), encoding="utf-8")
    elif way == "other key":
        key = str(SignerKey.generate("ledger.example.jp/live").verifier())
    elif way == "no proof":
        (folder / "event.tlog-proof").unlink()
    else:
        more = ["--quorum", "1"]
    done = copied.verify(*more, key=key)
    assert done.returncode in (1, 2), done.stdout
    assert "GOOD" not in done.stdout


def test_the_command_says_the_same(copied: Copied, tmp_path: Path) -> None:
    key = tmp_path / "log.pub"
    key.write_text(copied.key + "\n", encoding="utf-8")
    arguments = ["verify", str(copied.folder), "--log", str(key)]
    done = CliRunner().invoke(audit, arguments)
    assert done.exit_code == 0, done.output
    (copied.folder / "excel" / "items.csv").write_bytes(b"")
    done = CliRunner().invoke(audit, arguments)
    assert getattr(done.exception, "facts", {}).get("file") == "excel/items.csv"
