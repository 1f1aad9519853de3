"""A distribution read with the tools of its readers: place of a figure → its text and status, whatever the format.

A place is (figure, geography, area, contest, item, value of `by_sex` …, choice), as the tables have it.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from json_schemas import complaints, without_grammar

from reporting.domain.figures import format_value
from reporting.publication.distribution.contests import counted
from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.distribution.tables import data_set
from reporting.publication.formats.sheets import headers
from reporting.publication.formats.table import ColumnRole

Told = dict[tuple[str, ...], tuple[str, str]]
FIXED = ("election", "polling_date", "form", "slot")


def key_columns(facts: ReleasedFacts) -> list[str]:
    table = data_set(facts).observations
    return [
        column.name
        for column in table.columns
        if column.role is ColumnRole.DIMENSION and column.name not in FIXED
    ]


def of_events(facts: ReleasedFacts) -> Told:
    """What the facts say, without any table in between."""
    broken = [name for name in key_columns(facts) if name.startswith("by_")]
    told: Told = {}
    for row in facts.observations:
        cell, place = row.place.cell, row.place
        values = dict(part.split("=") for part in cell.breakdown.split(",") if part)
        parts = [values.get(name.removeprefix("by_"), "") for name in broken]
        key = (place.figure, place.geography, place.area, cell.contest, cell.item, *parts, cell.choice)
        told[tuple(map(str, key))] = (digits(row.reading.text), row.reading.status.value)
    return told


def digits(number: object) -> str:
    """Canonical text of what a library gave for a number."""
    if number is None or number == "" or number != number:
        return ""
    if isinstance(number, float):
        number = repr(number) if not number.is_integer() else str(int(number))
    return format_value(Decimal(str(number)))


def by_pandas(files: Mapping[str, bytes], facts: ReleasedFacts, name: str = "observations.csv") -> Told:
    import pandas

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = pandas.read_csv(io.BytesIO(files[name]), dtype=str, keep_default_na=False)
    keys = key_columns(facts)
    rows = frame[[*keys, "value", "status"]].itertuples(index=False)
    return {tuple(row[: len(keys)]): (digits(row[-2]), row[-1]) for row in rows}


def by_csvw(folder: Path, facts: ReleasedFacts) -> Told:
    """Iterated to the end: only then is a wrong cell found."""
    with without_grammar():
        from csvw import CSVW

    keys, told = key_columns(facts), {}
    described = CSVW(str(folder / "csv-metadata.json"))
    for table in described.tables:
        for row in table:
            if str(table.url) == "observations.csv":
                value = row["value"]
                assert value is None or isinstance(value, Decimal)
                told[tuple(row[key] or "" for key in keys)] = (digits(value), str(row["status"]))
    return told


def by_duckdb(folder: Path, facts: ReleasedFacts) -> Told:
    import duckdb

    keys = key_columns(facts)
    names = ", ".join(f'"{key}"' for key in keys)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {names}, value, status FROM '{folder / 'observations.parquet'}'"
        ).fetchall()
    assert all(row[-2] is None or isinstance(row[-2], Decimal) for row in rows)
    return {tuple(row[: len(keys)]): (digits(row[-2]), row[-1]) for row in rows}


def by_pysdmx(folder: Path, facts: ReleasedFacts) -> Told:
    """The structure by pysdmx, valid by the official schema, and the data held against it: its columns, its codes, what it requires.
    pysdmx's own reader of data makes floats of numbers, and needs pyarrow for it."""
    import pandas
    from pysdmx.io import read_sdmx
    from pysdmx.model import DataType

    message: Any = read_sdmx(str(folder / "sdmx-structure.xml"), validate=True)
    (structure,) = message.get_data_structure_definitions()
    (flow,) = message.get_dataflows()
    lists = {codes.short_urn: {code.id for code in codes.items} for codes in message.get_codelists()}
    frame = pandas.read_csv(folder / "sdmx-observations.csv", dtype=str, keep_default_na=False)
    components = [component.id for component in structure.components]
    assert {*frame.columns} == {"STRUCTURE", "STRUCTURE_ID", "ACTION", *components}
    assert {*frame["STRUCTURE_ID"]} <= {flow.short_urn.partition("=")[2]}
    enumerated = 0
    for component in structure.components:
        there = {*frame[component.id]}
        if component.required:
            assert "" not in there, component.id
        if component.local_enum_ref is not None or component.local_codes is not None:
            short = getattr(component.local_codes, "short_urn", None) or component.local_enum_ref
            enumerated += 1
            listed = lists[str(short).replace("urn:sdmx:org.sdmx.infomodel.codelist.", "")]
            assert there - {""} <= listed, (component.id, there - listed)
        if component.local_dtype is DataType.DECIMAL:
            assert all(parse_number(text) for text in there - {""})
    assert enumerated >= 12
    keys = key_columns(facts)
    rows = frame[[*(key.upper() for key in keys), "OBS_VALUE", "STATUS"]].itertuples(index=False)
    told: Told = {}
    for row in rows:
        parts = [plain(text) for text in row[: len(keys)]]
        parts[-1] = parts[-1].rpartition("@")[2]
        told[tuple(parts)] = (digits(row[-2]), row[-1])
    return told


def parse_number(text: str) -> bool:
    return Decimal(text).is_finite()


def plain(code: str) -> str:
    return "" if code in ("_T", "_Z") else code.replace("$2E", ".").replace("$2B", "+")


def by_openpyxl(files: Mapping[str, bytes], facts: ReleasedFacts) -> Told:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(files["tables.xlsx"]))
    sheet = book[data_set(facts).observations.title.ja]
    assert not sheet.merged_cells.ranges
    return _of_sheet(sheet.iter_rows(values_only=True), facts)


def by_calamine(files: Mapping[str, bytes], facts: ReleasedFacts) -> Told:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(files["tables.xlsx"]))
    rows = book.get_sheet_by_name(data_set(facts).observations.title.ja).to_python()
    return _of_sheet(iter(rows), facts)


def _of_sheet(rows: Iterator[Any], facts: ReleasedFacts) -> Told:
    table = data_set(facts).observations
    names = {label: column.name for label, column in zip(headers(table.columns), table.columns, strict=True)}
    header = [names[label] for label in next(rows)]
    keys, told = key_columns(facts), {}
    for row in rows:
        cells = dict(zip(header, row, strict=False))
        place = tuple(cells[key] or "" for key in keys)
        assert all(isinstance(part, str) for part in place)
        told[place] = (digits(cells["value"]), cells["status"])
    return told


def against_dcat_ap(data: bytes, shared: Path) -> str:
    """What DCAT-AP's own shapes say against a catalogue; empty where it fits."""
    from pyshacl import validate
    from rdflib import Graph

    shapes = Graph().parse(shared / "schemas" / "dcat-ap-3.0.1" / "shapes.ttl")
    conforms, _, text = validate(graph_of(data), shacl_graph=shapes)
    return "" if conforms else str(text)


def graph_of(data: bytes) -> Any:
    """JSON-LD as rdflib reads it, as if from https://example.lg.jp/d/."""
    from rdflib import Graph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own, within its parser
        return Graph().parse(data=data, format="json-ld", publicID="https://example.lg.jp/d/")


def votes_of(facts: ReleasedFacts) -> dict[tuple[str, str, str, str], str]:
    """What a format of counts has to hold: contest, choice, area, kind of count → digits."""
    return {
        (contest.contest.code, told.choice.code, count.area, count.of): count.count
        for contest in counted(facts).contests
        for told in contest.choices
        for count in told.counts
    }


def by_cdf_json(data: bytes) -> dict[tuple[str, str, str, str], str]:
    report = json.loads(data, parse_float=Decimal, parse_int=Decimal)
    told = {}
    for contest in report["Election"][0]["Contest"]:
        for selection in contest["ContestSelection"]:
            code, choice = selection["@id"].removeprefix("selection-").split("·", 1)
            for count in selection.get("VoteCounts", ()):
                place = (code, choice, count["GpUnitId"].removeprefix("area-"), count.get("OtherType", ""))
                told[place] = digits(count["Count"])
    return told


def by_cdf_xml(data: bytes) -> dict[tuple[str, str, str, str], str]:
    from lxml import etree

    space = {"c": "http://itl.nist.gov/ns/voting/1500-100/v2"}
    told = {}
    for selection in etree.fromstring(data).iterfind(".//c:ContestSelection", space):
        code, choice = str(selection.get("ObjectId")).removeprefix("selection-").split("·", 1)
        for count in selection.iterfind("c:VoteCounts", space):
            text: Callable[[str], str] = lambda name, count=count: count.findtext(f"c:{name}", "", space)  # type: ignore[misc]  # noqa: E731
            told[code, choice, text("GpUnitId").removeprefix("area-"), text("OtherType")] = text("Count")
    return told


def valid_cdf(files: Mapping[str, bytes], shared: Path) -> None:
    """By both published schemas."""
    from lxml import etree

    schemas = shared / "schemas" / "nist-1500-100-v2"
    schema = json.loads((schemas / "NIST_V2_election_results_reporting.json").read_text("utf-8"))
    assert complaints(schema, json.loads(files["cdf.json"])) == []
    xsd = etree.XMLSchema(etree.parse(str(schemas / "NIST_V2_election_results_reporting.xsd")))
    xsd.assertValid(etree.fromstring(files["cdf.xml"]))
