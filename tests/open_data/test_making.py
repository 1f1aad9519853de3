"""Open data of each release come by themselves: once, in all formats, of live elections alone."""

from __future__ import annotations

from pathlib import Path

import open_night
import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from api.cli.commands.release import command
from api.open_data.making import OpenDataMaker
from projections.read import ViewReader
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import Unavailable
from reporting.publication.distribution.making import Distribution, ReleasePlace
from reporting.publication.distribution.publisher import UNNAMED, PublisherChoice
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import DistributionStore


def nameless() -> str:
    raise KeyError("getpwuid(): uid not found: 4711")


FIRST, SECOND = (ReleasePlace("tiny", "final", "final", number) for number in (1, 2))


def test_each_release_is_made_once_and_one_that_cannot_be_holds_up_no_other(
    service: Reporting, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_night.played(service, database)
    open_night.correct(service, desk, database)
    store, reader = DistributionStore(tmp_path / "distributions"), ViewReader(database, max_connections=1)
    maker = OpenDataMaker(service, reader, store, UNNAMED, open_night.SYSTEM)
    make = Distributions.make

    def refuses(
        self: Distributions, place: ReleasePlace, choice: PublisherChoice, without: object
    ) -> Distribution:
        if place == FIRST:
            raise Unavailable(detail="for a test")
        return make(self, place, choice)

    monkeypatch.setattr(Distributions, "make", refuses)
    with capture_logs() as lines:
        assert (maker.step(), maker.step()) == (1, 0)
    assert [line["event"] for line in lines] == ["open_data_refused"]
    assert list(store.places()) == [SECOND]
    reader.close()
    monkeypatch.undo()
    monkeypatch.setattr("getpass.getuser", nameless)  # as in a container
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    ran = CliRunner().invoke(command, ["follow", "--once"], env=env)
    assert (ran.exit_code, ran.output) == (0, "tiny final final 1\n"), ran.exception
    assert list(store.places()) == [FIRST, SECOND]
    assert CliRunner().invoke(command, ["follow", "--once"], env=env).output == "0 made\n"
    assert set(Distributions(service, desk).named("tiny", "final", "final")) == {1, 2}
