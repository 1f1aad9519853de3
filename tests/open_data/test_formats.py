"""One release in every format: each number equal in each, read back with the field's own tools, and equal to the events."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import read_back
import released_night
from released_night import SECOND

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger
from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.distribution.making import Distribution, format_names, make
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.store import write_whole


class Made:
    """A release's facts, its files, and a folder that has them."""

    def __init__(self, facts: ReleasedFacts, made: Distribution, folder: Path) -> None:
        self.facts, self.made, self.folder = facts, made, folder
        self.files, self.expected = made.contents, read_back.of_events(facts)


@pytest.fixture(scope="module")
def tiny(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    ledger = Ledger(module_database)
    facts, contents = released_night.play(Reporting(ledger)).distributions.facts(SECOND, UNNAMED)
    made, folder = make(facts, contents.package), tmp_path_factory.mktemp("made") / "two"
    write_whole(folder, made.contents)
    yield Made(facts, made, folder)
    ledger.close()


def test_there_is_something_to_compare(tiny: Made) -> None:
    assert {status for _, status in tiny.expected.values()} >= {"reported", "none"}
    assert any("." in text for text, _ in tiny.expected.values())
    told = json.loads(tiny.made.manifest)
    assert set(told["formats"]["made"]) == {*format_names(), "core"}


def test_csv_with_pandas(tiny: Made) -> None:
    assert read_back.by_pandas(tiny.files, tiny.facts) == tiny.expected
    rates = [row.reading.text for row in tiny.facts.observations if row.place.cell.item == "turnout"]
    assert rates
    assert all(text.encode() in tiny.files["observations.csv"] for text in rates)  # 50.00 stays 50.00
    assert read_back.by_pandas(tiny.files, tiny.facts, "excel/observations.csv") == tiny.expected
    assert tiny.files["excel/observations.csv"] == b"\xef\xbb\xbf" + tiny.files["observations.csv"]


def test_csv_by_its_metadata(tiny: Made) -> None:
    assert read_back.by_csvw(tiny.folder, tiny.facts) == tiny.expected


def test_parquet_with_duckdb(tiny: Made) -> None:
    assert read_back.by_duckdb(tiny.folder, tiny.facts) == tiny.expected


def test_sdmx_with_pysdmx(tiny: Made) -> None:
    assert read_back.by_pysdmx(tiny.folder, tiny.facts) == tiny.expected


def test_workbook_with_openpyxl_and_calamine(tiny: Made) -> None:
    assert read_back.by_openpyxl(tiny.files, tiny.facts) == tiny.expected
    assert read_back.by_calamine(tiny.files, tiny.facts) == tiny.expected


def test_common_data_format(tiny: Made) -> None:
    votes = read_back.votes_of(tiny.facts)
    assert ("pr", "a", "11", "") in votes
    assert read_back.by_cdf_json(tiny.files["cdf.json"]) == votes
    assert read_back.by_cdf_xml(tiny.files["cdf.xml"]) == votes


@pytest.mark.shared
def test_common_data_format_is_valid_by_the_published_schemas(tiny: Made, shared: Path) -> None:
    read_back.valid_cdf(tiny.files, shared)


def test_catalogue_with_rdflib(tiny: Made) -> None:
    from rdflib import DCAT, DCTERMS, RDF, Literal, Namespace, URIRef

    graph = read_back.graph_of(tiny.files["dcat.jsonld"])
    spdx = Namespace("http://spdx.org/rdf/terms#")
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    assert graph.value(dataset, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert graph.value(dataset, URIRef(f"{DCAT}previousVersion")) is not None
    listed = {}
    for file in graph.subjects(RDF.type, DCAT.Distribution):
        checksum = graph.value(graph.value(file, spdx.checksum), spdx.checksumValue)
        listed[str(graph.value(file, DCAT.downloadURL))] = str(checksum).lower()
    told = {
        f"https://example.lg.jp/d/{file['name']}": file["sha256"]
        for file in json.loads(tiny.made.manifest)["files"]
        if file["name"] not in ("dcat.jsonld", "prov.json")
    }
    assert listed == told
    titles = {
        (title.language, str(title))
        for title in graph.objects(dataset, DCTERMS.title)
        if isinstance(title, Literal)
    }
    assert {language for language, _ in titles} == {"ja", "en"}


@pytest.mark.shared
def test_catalogue_fits_the_shapes_of_dcat_ap(tiny: Made, shared: Path) -> None:
    assert read_back.against_dcat_ap(tiny.files["dcat.jsonld"], shared) == ""


def test_provenance_leads_from_files_to_the_event(tiny: Made) -> None:
    told = json.loads(tiny.files["prov.json"])
    derived = {
        part["prov:generatedEntity"]: part["prov:usedEntity"] for part in told["wasDerivedFrom"].values()
    }
    generated = {part["prov:entity"]: part["prov:activity"] for part in told["wasGeneratedBy"].values()}
    whole = f"er:distribution/{tiny.made.id}"
    package = derived[f"{whole}/observations.parquet"]
    assert package == f"er:package/{tiny.facts.core}"
    assert generated[package] == f"er:event/{tiny.facts.position}"
    named = {*told["entity"], *told["activity"], *told["agent"]}
    for relation in told.keys() - {"prefix", "entity", "activity", "agent"}:
        for part in told[relation].values():
            assert {end for end in part.values() if str(end).startswith("er:")} <= named


def test_workbooks_and_columnar_files_are_described(tiny: Made) -> None:
    import duckdb
    from openpyxl import load_workbook

    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT key, value FROM parquet_kv_metadata('{tiny.folder / 'observations.parquet'}')"
        ).fetchall()
    told = {key.decode(): value.decode() for key, value in found}
    assert told["core_manifest_sha256"] == tiny.facts.core
    book = load_workbook(io.BytesIO(tiny.files["tables.xlsx"]))
    assert book.sheetnames[-1] == "注"
    assert all(not sheet.merged_cells.ranges for sheet in book)
