"""One release of the Upper House election of 2022 in all formats, from real figures; every number equal in each and equal to the
events. Two prefectures and Hamamatsu's; the whole country with OPEN_DATA_WHOLE=1."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4, uuid5

import pytest
import read_back
import sources
from tiny import SYSTEM

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.load import shipped_registry
from reporting.domain.actor import Channel
from reporting.domain.figures import Cell
from reporting.domain.workflow_events import FiguresReleased, SlotReleased
from reporting.ledger import Command, Ledger, NewEvent, released_stream, slot_stream
from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.distribution.making import Distribution, ReleasePlace, make
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import write_whole
from reporting.publication.package import LAYOUT, build

pytestmark = pytest.mark.shared
PREFECTURES = ("22", "31", "32")
WHOLE = bool(os.environ.get("OPEN_DATA_WHOLE"))


def released(service: Reporting, source: sources.UpperHouse) -> dict[str, dict[str, str]]:
    """The published figures as a release of the slot; unit → cell → text."""
    public: dict[str, dict[str, str]] = defaultdict(dict)
    for row in source.rows():
        if WHOLE or row["unit"][:2] in PREFECTURES:
            cell = Cell(row["contest"], row["item"], "", row.get("choice") or "")
            public[row["unit"]][cell.key] = row["value"]
    stream, where = (
        slot_stream(source.code, "final", "final"),
        {"election": source.code, "form": "final", "slot": "final"},
    )
    known = service.catalog.election(source.code)
    head = SlotReleased(
        **where, release=str(uuid5(stream, "1")), number=1, upto=service.ledger.position(), due=None,
        approved=len(public), expected=1896, under_correction=(), units_changed=len(public), whole=len(public),
        layout=LAYOUT,
    )  # fmt: skip
    package = build(known.definition, known.roster, head, public, {}).manifest_sha256
    events = [NewEvent(stream, 1, head.model_copy(update={"package": package}))]
    for unit, figures in sorted(public.items()):
        event = FiguresReleased(**where, unit=unit, release=head.release, figures=figures, method="full")
        events.append(NewEvent(released_stream(source.code, "final", "final", unit), 1, event))
    service.ledger.append(Command(uuid4(), b"{}", SYSTEM, Channel.API, tuple(events)))
    return public


class Country:
    def __init__(
        self, facts: ReleasedFacts, made: Distribution, folder: Path, public: dict[str, dict[str, str]]
    ) -> None:
        self.facts, self.made, self.folder, self.public = facts, made, folder, public
        self.files, self.expected = made.contents, read_back.of_events(facts)


@pytest.fixture(scope="module")
def country(
    module_database: Database, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Country]:
    ledger = Ledger(module_database)
    service, source, registry = Reporting(ledger), sources.UpperHouse(shared, 2022), shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    service.define_election(source.definition(), SYSTEM, uuid4())
    public = released(service, source)
    place = ReleasePlace(source.code, "final", "final", 1)
    facts, contents = Distributions(service, Desk(service)).facts(place, UNNAMED)
    facts = replace(facts, released_at=datetime(2022, 7, 11, 3, tzinfo=UTC))
    made, folder = make(facts, contents.package), tmp_path_factory.mktemp("sangiin") / "1"
    write_whole(folder, made.contents)
    yield Country(facts, made, folder, public)
    ledger.close()


def test_returns_are_those_of_the_events(country: Country) -> None:
    told = {
        (area, f"{contest}|{item}||{choice}"): text
        for (figure, _, area, contest, item, choice), (text, _) in country.expected.items()
        if figure == "return"
    }
    assert told == {
        (unit, key): read_back.digits(text)
        for unit, figures in country.public.items()
        for key, text in figures.items()
    }
    if WHOLE:
        assert country.expected["total", "administrative", "JP", "pr", "votes", "ldp"] == (
            "18256244.835",
            "reported",
        )


def test_every_format_has_the_same_numbers(country: Country, shared: Path) -> None:
    assert read_back.by_pandas(country.files, country.facts) == country.expected
    assert read_back.by_duckdb(country.folder, country.facts) == country.expected
    assert read_back.by_pysdmx(country.folder, country.facts) == country.expected
    assert read_back.by_calamine(country.files, country.facts) == country.expected
    votes = read_back.votes_of(country.facts)
    assert len(votes) >= len(country.public)
    assert read_back.by_cdf_json(country.files["cdf.json"]) == votes
    assert read_back.by_cdf_xml(country.files["cdf.xml"]) == votes
    read_back.valid_cdf(country.files, shared)
    graph = read_back.graph_of(country.files["dcat.jsonld"])
    assert len(graph) > 100
    assert {file["name"] for file in json.loads(country.made.manifest)["files"]} == {*country.files} - {
        "distribution.json"
    }


@pytest.mark.skipif(not WHOLE, reason="slow readers: with OPEN_DATA_WHOLE=1")
def test_slow_readers_too(country: Country) -> None:
    assert read_back.by_csvw(country.folder, country.facts) == country.expected
    assert read_back.by_openpyxl(country.files, country.facts) == country.expected
