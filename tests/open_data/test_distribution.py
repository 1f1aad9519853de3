"""A release's open data: equal to the events, the same bytes wherever they are made, kept whole, named in the log."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import night
import pytest
import released_night
from click.testing import CliRunner, Result
from released_night import FIRST, LATE, SECOND, ReleasedNight

from api.cli.commands.release import command
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import parse_value
from reporting.errors import NotAuthorised, UnknownReference
from reporting.ledger import Ledger, released_stream
from reporting.publication.distribution.making import MANIFEST, Distribution, ReleasePlace
from reporting.publication.distribution.publisher import UNNAMED, PublisherChoice
from reporting.publication.distribution.store import DistributionDiffers, DistributionStore
from reporting.publication.kinds import TrainingRefused
from reporting.words import Words


@pytest.fixture(scope="module")
def played(module_database: Database) -> Iterator[ReleasedNight]:
    ledger = Ledger(module_database)
    yield released_night.play(Reporting(ledger))
    ledger.close()


@pytest.fixture(scope="module")
def made(played: ReleasedNight) -> tuple[Distribution, Distribution]:
    first, second = (played.distributions.make(place, UNNAMED) for place in (FIRST, SECOND))
    return first, second


def rows(made: Distribution, name: str = "observations.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.contents[name].decode(), newline="")))


def test_returns_are_what_the_events_made_public(
    played: ReleasedNight, made: tuple[Distribution, Distribution]
) -> None:
    for number, one in enumerate(made, 1):
        public: dict[tuple[str, str], str] = {}
        for unit in ("11", "12", "20"):
            for recorded in played.service.ledger.stream(released_stream("tiny", "final", "final", unit)):
                event = recorded.event
                if recorded.stream_version <= number:
                    public |= {(unit, key): text for key, text in event.figures.items()}  # type: ignore[attr-defined]
        if number == 1:
            public = {place: text for place, text in public.items() if place[0] != "12"}
        told = {}
        for row in rows(one):
            if row["figure"] == "return":
                breakdown = f"sex={row['by_sex']}" if row["by_sex"] else ""
                key = f"{row['contest']}|{row['item']}|{breakdown}|{row['choice']}"
                told[row["area"], key] = row["value"] if row["status"] == "reported" else f"!{row['status']}"
        assert told == public
        assert all(str(parse_value(text)) for text in told.values())
    assert ("20", "pr|invalid_votes||") in told
    assert told["20", "pr|invalid_votes||"] == "!none"


def test_names_stand_beside_codes(made: tuple[Distribution, Distribution]) -> None:
    (row,) = [
        row for row in rows(made[0])
        if (row["figure"], row["area"], row["item"], row["choice"]) == ("return", "11", "votes", "a")
    ]  # fmt: skip
    assert row["choice_name"] == "甲党"
    assert row["contest_name"] == "比例代表"
    assert row["item_name"] == "得票数"
    assert row["area_name"]
    assert (row["unit"], row["value"], row["release"]) == ("votes", "60.125", "1")


def test_the_difference_file_makes_the_old_table_the_new_one(made: tuple[Distribution, Distribution]) -> None:
    def keyed(found: list[dict[str, str]], value: str, status: str) -> dict[tuple[str, ...], tuple[str, str]]:
        names = ("figure", "geography", "area", "contest", "item", "by_sex", "choice")
        return {tuple(row[name] for name in names): (row[value], row[status]) for row in found}

    old, new = (keyed(rows(one), "value", "status") for one in made)
    changes = rows(made[1], "changes.csv")
    before, after = (
        keyed(changes, "before", "before_status"),
        keyed(changes, "after", "after_status"),
    )
    assert {place: told for place, told in before.items() if told != ("", "")} == {
        place: old[place] for place in before if place in old
    }
    assert {**old, **after} == new
    assert all(before[place] != after[place] for place in before)
    (fixed,) = [
        row for row in changes if (row["figure"], row["area"], row["choice"]) == ("return", "11", "a")
    ]
    assert (fixed["before"], fixed["after"], fixed["difference"]) == ("60.125", "59.125", "-1")
    assert (fixed["change"], fixed["office"]) == ("correction", night.WARD.office)


def test_the_list_of_files_names_every_one_with_size_and_hash(
    made: tuple[Distribution, Distribution],
) -> None:
    for one in made:
        told = json.loads(one.manifest)
        there = {name: data for name, data in one.contents.items() if name != MANIFEST}
        assert {file["name"]: (file["bytes"], file["sha256"]) for file in told["files"]} == {
            name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in there.items()
        }
        assert told["core"]["manifest"] == hashlib.sha256(there["core/manifest.json"]).hexdigest()
        assert all(file["mediaType"] for file in told["files"])


AGAIN = """
import hashlib, json, sys
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger
from reporting.publication.distribution.making import ReleasePlace
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.recording import Distributions
import reporting
service = Reporting(Ledger(Database(sys.argv[1])))
made = Distributions(service, Desk(service)).make(ReleasePlace(*sys.argv[2:5], int(sys.argv[5])), UNNAMED)
told = {name: hashlib.sha256(data).hexdigest() for name, data in made.contents.items()}
print(json.dumps({"files": told, "by": reporting.__file__, "python": sys.version_info[:2]}))
"""
ELSEWHERE = {
    "PYTHONHASHSEED": "4711",
    "TZ": "Asia/Kathmandu",
    "PGTZ": "America/Lima",
    "PGDATESTYLE": "German",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
}
"""Another machine's settings: of Python, of its clock, and of the database's session."""


def made_by(python: str | Path, database: Database, folder: Path) -> dict[str, Any]:
    """SHA-256 of each file of the second release, made from the events by another process (`files`)."""
    place = (SECOND.election, SECOND.form, SECOND.slot, str(SECOND.number))
    done = subprocess.run(
        [str(python), "-c", AGAIN, database.url, *place], env={**os.environ, **ELSEWHERE}, cwd=folder, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def hashes(made: Distribution) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in made.contents.items()}


def test_another_process_with_another_seed_zone_and_locale_makes_the_same_bytes_from_the_events(
    made: tuple[Distribution, Distribution], module_database: Database, tmp_path: Path
) -> None:
    assert made_by(sys.executable, module_database, tmp_path)["files"] == hashes(made[1])


@pytest.mark.skipif(
    "TWO_BUILDS" not in os.environ,
    reason="TWO_BUILDS=python3.13: builds a wheel and installs it from the registry",
)
def test_another_build_on_another_python_makes_the_same_bytes(
    made: tuple[Distribution, Distribution], module_database: Database, tmp_path: Path
) -> None:
    """A wheel of a copy of the tree, in an environment of its own with the locked libraries, under another interpreter."""
    root = Path(__file__).resolve().parents[2]
    copy, home = tmp_path / "elsewhere", tmp_path / "installed"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".*", "tests", "clients", "__pycache__"))
    python = home / "bin" / "python"
    locks = [
        word
        for name in ("runtime", "parquet")
        for word in ("-r", str(root / "requirements" / f"{name}.lock"))
    ]
    for step in (
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(copy / "out")],
        [os.environ["TWO_BUILDS"], "-m", "venv", str(home)],
        [str(python), "-m", "pip", "install", "-q", "--require-hashes", *locks],
    ):
        subprocess.run(step, cwd=copy, check=True, capture_output=True)
    (wheel,) = (copy / "out").glob("*.whl")
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True, capture_output=True
    )
    told = made_by(python, module_database, tmp_path)
    assert told["by"].startswith(str(home))
    assert told["python"] != list(sys.version_info[:2])
    assert told["files"] == hashes(made[1])


def test_what_was_not_released_has_no_data(played: ReleasedNight) -> None:
    for place in (
        ReleasePlace("tiny", "final", "final", 3),
        ReleasePlace("tiny", "flash", "2300", 2),
        ReleasePlace("tiny", "nothing", "2300", 1),
        ReleasePlace("nowhere", "final", "final", 1),
    ):
        with pytest.raises(UnknownReference):
            played.distributions.make(place, UNNAMED)


def test_a_release_without_a_figure_has_tables_without_a_row(played: ReleasedNight) -> None:
    made = played.distributions.make(ReleasePlace("tiny", "flash", "2300", 1), UNNAMED)
    assert rows(made) == []
    assert rows(made, "items.csv")


def test_training_has_no_open_data(service: Reporting) -> None:
    training = released_night.play(service, is_test=True)
    with pytest.raises(TrainingRefused):
        training.distributions.make(FIRST, UNNAMED)


def test_the_log_names_the_list_once(played: ReleasedNight, made: tuple[Distribution, Distribution]) -> None:
    with pytest.raises(NotAuthorised):
        played.distributions.record(made[0], night.WARD)
    at = played.distributions.record(made[0], night.tiny.SYSTEM)
    assert played.distributions.record(made[0], night.tiny.SYSTEM) == at
    named = played.distributions.named("tiny", "final", "final")[1]
    assert (named.position, named.event.manifest) == (at, made[0].manifest_sha256)  # type: ignore[attr-defined]
    other = played.distributions.make(FIRST, PublisherChoice(Words("別の機関", "another")))
    assert other.manifest_sha256 != made[0].manifest_sha256
    with pytest.raises(DistributionDiffers):
        played.distributions.record(other, night.tiny.SYSTEM)
    assert played.clock.tick("tiny", LATE) == []


def test_kept_once_and_never_replaced(made: tuple[Distribution, Distribution], tmp_path: Path) -> None:
    store = DistributionStore(tmp_path / "kept")
    assert list(store.places()) == []
    kept = store.add(made[0])
    assert store.add(made[0]) == kept
    assert {name: kept.read(name) for name in made[0].contents} == made[0].contents
    for name in ("../1/distribution.json", "event.json", "/etc/passwd", ""):
        with pytest.raises(UnknownReference):
            kept.read(name)
    store.add(made[1])
    assert kept.read("observations.csv") == made[0].contents["observations.csv"]
    assert list(store.places("tiny")) == [FIRST, SECOND]
    for code in ("..", ".", "", "a/b", "ａ"):
        with pytest.raises(UnknownReference):
            store.get(ReleasePlace("tiny", code, "final", 1))
    with pytest.raises(UnknownReference) as refused:
        store.get(ReleasePlace("tiny", "final", "final", 9))
    assert "final/final/2" in str(refused.value)


def test_the_command_makes_records_and_keeps(
    played: ReleasedNight, module_database: Database, tmp_path: Path
) -> None:
    def run(*arguments: str) -> Result:
        env = {"REPORTING_DATABASE_URL": module_database.url, "REPORTING_DATA_DIR": str(tmp_path / "files")}
        return CliRunner().invoke(command, list(arguments), env=env)

    done = run("package", "tiny", "final", "final", "--to", str(tmp_path / "given"))
    assert done.exit_code == 0, done.output
    store = DistributionStore(tmp_path / "files" / "distributions")
    assert list(store.places()) == [SECOND]
    kept, event = store.get(SECOND), played.distributions.named("tiny", "final", "final")[2]
    assert kept.manifest_sha256 == event.event.manifest  # type: ignore[attr-defined]
    assert kept.manifest_sha256 in run("list", "tiny").output
    given = {
        str(file.relative_to(tmp_path / "given"))
        for file in (tmp_path / "given").rglob("*.*")
        if file.is_file()
    }
    assert given == {MANIFEST, *(file.name for file in kept.files)}
    assert run("package", "tiny", "final", "final").exit_code == 0
    assert run("package", "tiny", "final", "final", "--to", str(tmp_path / "given")).exit_code != 0
    assert run("package", "tiny", "final", "final", "--without", "pdf").exit_code != 0
    assert run("package", "tiny", "final", "final", "--number", "7").exit_code != 0
    projector = Projector(module_database)
    projector.catch_up()
    assert verify(module_database).differences == []


KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from reporting.publication.distribution.store import DistributionStore
made = pickle.load(open(sys.argv[1], "rb"))
left, sync, rename = int(sys.argv[3]), os.fsync, os.rename
def die(call):
    def counted(*arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments)
    return counted
os.fsync, os.rename = die(sync), die(rename)
DistributionStore(Path(sys.argv[2])).add(made)
"""


def test_cut_off_at_any_moment_nothing_half_is_there(
    made: tuple[Distribution, Distribution], tmp_path: Path
) -> None:
    (tmp_path / "made").write_bytes(pickle.dumps(made[0]))
    store = DistributionStore(tmp_path / "kept")
    files = len(made[0].contents)
    for left in (0, files // 2, files):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path / "made"), str(store.folder), str(left)]
        )
        assert done.returncode == -signal.SIGKILL
        assert list(store.places()) == []
    store.add(made[0])
    assert list(store.places()) == [FIRST]
