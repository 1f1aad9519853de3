"""0, none, not reported and withheld in each format of a release, in the codes of the series; and what was made in an earlier version of
the formats is made again in that."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import night
import pytest
import read_back
import released_night
from released_night import FIRST, SECOND, ReleasedNight
from tiny import SYSTEM

from projections.read import Sees, ViewReader
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import RELEASED
from reporting.publication.distribution import recording
from reporting.publication.distribution.making import Distribution, ReleasePlace, make
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import write_whole
from reporting.publication.release import Publication

Statuses = dict[tuple[str, str, str], tuple[str, str, str]]


def play(service: Reporting) -> ReleasedNight:
    """Twice released: every kind of absence, some of them others the second time."""
    desk = night.define(service, is_test=False, rules=[])
    clock = Publication(service, desk)
    absent: dict[str, dict[str, object]] = {
        "11": {"invalid_votes": 0, "votes_a": "!suppressed", "electors": "!suppressed"},
        "12": {"invalid_votes": "!not_reported", "votes_a": "!none", "votes_b": "0.0"},
        "20": {"invalid_votes": "!none", "votes_a": "!not_reported", "votes_b": "12.345"},
    }
    for unit, values in absent.items():
        night.submit(desk, unit, values={**night.BALANCED, **values})
        released_night.approve(desk, unit)
    clock.tick("tiny", released_night.LATE)
    changed = night.cells(votes_a="59.125", invalid_votes="!not_reported")
    desk.submit(Submit(**night.of("11"), figures=changed, reason="読み違い"), night.WARD)
    released_night.approve(desk, "11")
    clock.tick("tiny", released_night.LATE)
    return ReleasedNight(service, desk, clock, Distributions(service, desk))


def statuses(made: Distribution) -> Statuses:
    """(area, item, choice) of the administrative figures that are no rates → value, status, SDMX's code."""
    rows = csv.DictReader(io.StringIO(made.contents["observations.csv"].decode(), newline=""))
    return {
        (row["area"], row["item"], row["choice"]): (row["value"], row["status"], row["obs_status"])
        for row in rows
        if row["geography"] == "administrative" and row["item"] != "turnout"
    }


@pytest.mark.shared
def test_four_different_things_in_every_format(service: Reporting, tmp_path: Path, shared: Path) -> None:
    facts, contents = play(service).distributions.facts(SECOND, UNNAMED)
    made = make(facts, contents.package)
    told, folder = statuses(made), tmp_path / "made"
    write_whole(folder, made.contents)
    assert told["20", "invalid_votes", ""] == ("", "none", "M")
    assert told["11", "invalid_votes", ""] == ("", "not_reported", "L")
    assert told["11", "electors", ""] == ("", "suppressed", "Q")
    assert told["12", "votes", "b"] == ("0", "reported", "A")
    expected = read_back.of_events(facts)
    assert read_back.by_pandas(made.contents, facts) == expected
    assert read_back.by_duckdb(folder, facts) == expected
    assert read_back.by_pysdmx(folder, facts) == expected
    assert read_back.by_calamine(made.contents, facts) == expected
    assert read_back.by_csvw(folder, facts) == expected
    read_back.valid_cdf(made.contents, shared)
    assert read_back.against_dcat_ap(made.contents["dcat.jsonld"], shared) == ""


def test_a_total_says_what_its_units_say_and_that_it_is_not_whole(service: Reporting) -> None:
    """20 stated that there is none and 11 and 12 that theirs was not collected: together that was told as “cannot exist”; and 2 of 5
    units as a normal value, where the series say provisional."""
    told = statuses(play(service).distributions.make(SECOND, UNNAMED))
    assert told["P1", "invalid_votes", ""] == ("", "not_reported", "L")
    assert told["JP", "electors", ""] == ("400", "reported", "P")
    assert told["10", "voters", ""] == ("200", "reported", "A")
    assert told["JP", "voters", ""] == ("300", "reported", "P")


def test_every_row_of_a_release_has_the_status_of_the_series(service: Reporting, database: Database) -> None:
    """A rate with a withheld part was told as one that is missing, a rate of nothing, too; “cannot exist” of a total of which two of
    five units had said so."""
    played = play(service)
    night.submit(played.desk, "20", slot="2200", form="flash", values={"votes_a": 5, "votes_b": "!none"})
    night.approve(played.desk, night.PREFECTURE, "20", form="flash", slot="2200")
    nobody = night.cells(electors=0, voters=0)
    played.desk.submit(Submit(**night.of("20"), figures=nobody, reason="読み違い"), night.TOWN)
    released_night.approve(played.desk, "20")
    played.clock.tick("tiny", released_night.LATE)
    Projector(database).catch_up()
    final = _compared(database, played, replace(SECOND, number=3))
    assert final["20", "turnout", ""] == ("M", "M")
    assert final["11", "turnout", ""] == ("Q", "Q")
    assert final["10", "turnout", ""] == ("Q", "Q")
    flash = _compared(database, played, ReleasePlace("tiny", "flash", "2200", 2))
    assert flash["20", "votes", "a"] == ("P", "P")
    assert flash["P1", "votes", "b"] == ("O", "OP")


def _compared(database: Database, played: ReleasedNight, place: ReleasePlace) -> dict[Any, Any]:
    """(area, item, choice) → code of the release, codes of the series: each holds the other's."""
    facts, _ = played.distributions.facts(place, UNNAMED)
    rows = csv.DictReader(
        io.StringIO(played.distributions.make(place, UNNAMED).contents["observations.csv"].decode())
    )
    released = {
        (row["area"], row["item"], row["choice"]): (row["obs_status"], row["conf_status"])
        for row in rows if row["geography"] == "administrative"
    }  # fmt: skip
    query = SeriesQuery(facts.form.items, form=place.form, slot=place.slot, limit=10_000)
    with closing(ViewReader(database)) as reader, reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        shown = SeriesReader(snapshot, query, lambda definition: RELEASED).rows()
    told = {(row.area, row.item, row.choice): "".join(row.obs_status) for row in shown}
    confined = {(row.area, row.item, row.choice): row.conf_status for row in shown}
    compared = {key: (code, told[key]) for key, (code, _) in released.items()}
    collected = {
        key: codes for key, codes in compared.items() if codes != ("L", "O")
    }  # a total's units said so
    assert not {key: codes for key, codes in collected.items() if codes[0] not in codes[1]}
    assert {key: conf for key, (_, conf) in released.items()} == {key: confined[key] for key in released}
    return compared


def test_an_earlier_version_of_the_formats_is_made_again_as_it_was(
    service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what follows it in a new one lists as changes what that says otherwise."""
    distributions = play(service).distributions
    with monkeypatch.context() as earlier:
        earlier.setattr(recording, "FORMATS", 1)
        first = distributions.make(FIRST, UNNAMED)
        at = distributions.record(first, SYSTEM)
    assert json.loads(first.manifest)["formats"]["version"] == 1
    assert statuses(first)["P1", "invalid_votes", ""] == ("", "none", "M")
    assert statuses(first)["12", "invalid_votes", ""] == ("", "not_reported", "O")
    again = distributions.make(FIRST, UNNAMED)
    assert again.contents == first.contents
    assert distributions.record(again, SYSTEM) == at
    second = distributions.make(SECOND, UNNAMED)
    assert json.loads(second.manifest)["formats"]["version"] == 2
    changes = csv.DictReader(io.StringIO(second.contents["changes.csv"].decode(), newline=""))
    became = {
        (row["area"], row["item"], row["choice"]): (row["after"], row["after_status"]) for row in changes
    }
    before, after = statuses(first), statuses(second)
    assert {place: (value, status) for place, (value, status, _) in after.items()} == {
        **{place: (value, status) for place, (value, status, _) in before.items()},
        **{place: became[place] for place in became if place in after},
    }
