"""The files of a distribution from the facts of a release, and the list of them: the same release gives the same bytes.

Nothing here looks at a clock, the environment or a database. Versions of the libraries whose bytes stand in a file are told in
the list, since another version may write the same numbers in other bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from uuid import UUID, uuid5

from reporting.errors import InvalidInput
from reporting.ledger.registry import canonical
from reporting.ledger.streams import slot_stream
from reporting.publication.distribution.contests import counted
from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.distribution.publisher import area_of_all
from reporting.publication.distribution.tables import about, data_set
from reporting.publication.formats import (
    cdf_json,
    cdf_xml,
    csvw,
    dcat,
    parquet,
    prov,
    sdmx_csv,
    sdmx_structure,
    sheets,
    tidy_csv,
)
from reporting.publication.formats.moments import instant
from reporting.publication.formats.table import DataSet
from reporting.publication.package import Package

LAYOUT = "reporting-distribution/1"
MANIFEST = "distribution.json"
CORE = "core/"
"""Where the signed package stands in a distribution."""


@dataclass(frozen=True, slots=True)
class ReleasePlace:
    """Which release: the `number`th of a slot."""

    election: str
    form: str
    slot: str
    number: int


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file; `format`: a key of FORMATS_MADE, `core` for the signed package's own."""

    name: str
    data: bytes
    media_type: str
    format: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Distribution:
    """`manifest`: bytes of `distribution.json`, which names every file."""

    id: str
    place: ReleasePlace
    release: str
    package: str
    formats: int
    files: tuple[MadeFile, ...]
    manifest: bytes

    @property
    def manifest_sha256(self) -> str:
        return hashlib.sha256(self.manifest).hexdigest()

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Name → bytes, the list of files among them."""
        return {**{file.name: file.data for file in self.files}, MANIFEST: self.manifest}


def _csv(made: DataSet) -> Iterator[MadeFile]:
    for table in made.tables:
        yield MadeFile(f"{table.name}.csv", tidy_csv.csv_bytes(table), tidy_csv.MEDIA_TYPE, "csv")
    yield MadeFile("csv-metadata.json", csvw.csvw_bytes(made), csvw.MEDIA_TYPE, "csv")


def _excel_csv(made: DataSet) -> Iterator[MadeFile]:
    for table in made.tables:
        data = tidy_csv.csv_bytes(table, bom=True)
        yield MadeFile(f"excel/{table.name}.csv", data, tidy_csv.MEDIA_TYPE, "excel-csv")


def _parquet(made: DataSet) -> Iterator[MadeFile]:
    facts = {"id": made.about.id, "licence": made.about.licence, **made.about.facts}
    for table in made.tables:
        data = parquet.parquet_bytes(table, facts)
        yield MadeFile(f"{table.name}.parquet", data, parquet.MEDIA_TYPE, "parquet")


def _sdmx(made: DataSet) -> Iterator[MadeFile]:
    structure = sdmx_structure.structure_bytes(made)
    yield MadeFile("sdmx-structure.xml", structure, sdmx_structure.MEDIA_TYPE, "sdmx")
    yield MadeFile("sdmx-observations.csv", sdmx_csv.sdmx_csv_bytes(made), sdmx_csv.MEDIA_TYPE, "sdmx")


def _workbook(made: DataSet) -> Iterator[MadeFile]:
    yield MadeFile("tables.xlsx", sheets.workbook_bytes(made), sheets.MEDIA_TYPE, "xlsx")


def _cdf(facts: ReleasedFacts) -> Iterator[MadeFile]:
    votes = counted(facts)
    yield MadeFile("cdf.json", cdf_json.cdf_json_bytes(facts, votes), cdf_json.MEDIA_TYPE, "cdf")
    yield MadeFile("cdf.xml", cdf_xml.cdf_xml_bytes(facts, votes), cdf_xml.MEDIA_TYPE, "cdf")


def _dcat(facts: ReleasedFacts, files: Sequence[MadeFile]) -> MadeFile:
    """A catalogue of the files that were made before it."""
    listed = [
        dcat.CatalogFile(
            file.name, file.name, file.media_type, len(file.data), file.sha256, STANDARDS.get(file.format, "")
        )
        for file in files
    ]
    data = dcat.dcat_bytes(about(facts), coverage(facts), listed)
    return MadeFile("dcat.jsonld", data, dcat.MEDIA_TYPE, "dcat")


def coverage(facts: ReleasedFacts) -> dcat.SpanAndArea:
    """When and where: polling day, and the area of all of it."""
    day, (area, name) = facts.definition.polling_date, area_of_all(facts.definition, facts.roster)
    before = release_before(facts)
    return dcat.SpanAndArea(day, day, area, name, f"urn:uuid:{before}" if before else "")


def release_before(facts: ReleasedFacts) -> str:
    """Id of the release before; empty for the first."""
    head = facts.head
    stream = slot_stream(head.election, head.form, head.slot)
    return str(uuid5(stream, str(head.number - 1))) if head.number > 1 else ""


def _prov(facts: ReleasedFacts, files: Sequence[MadeFile]) -> MadeFile:
    told = [prov.ProvFile(file.name, file.sha256) for file in files]
    program = {"open-election-reporting": f"formats {facts.formats}"}
    data = prov.prov_bytes(
        facts, distribution_id(facts.head.release, facts.formats), told, release_before(facts), program
    )
    return MadeFile("prov.json", data, prov.MEDIA_TYPE, "prov")


TABULAR: Mapping[str, Callable[[DataSet], Iterator[MadeFile]]] = {
    "csv": _csv,
    "excel-csv": _excel_csv,
    "parquet": _parquet,
    "sdmx": _sdmx,
    "xlsx": _workbook,
}
"""Formats of tables, of a release as of any other data set."""
COUNTS: Mapping[str, Callable[[ReleasedFacts], Iterator[MadeFile]]] = {"cdf": _cdf}
"""Formats of a release's counts."""
DESCRIPTIONS: Mapping[str, Callable[[ReleasedFacts, Sequence[MadeFile]], MadeFile]] = {
    "dcat": _dcat,
    "prov": _prov,
}
"""What is said of all files that were made before them."""
STANDARDS: Mapping[str, str] = {
    "csv": "https://www.w3.org/TR/tabular-data-model/",
    "sdmx": "https://sdmx.org/standards-2/",
    "cdf": "https://doi.org/10.6028/NIST.SP.1500-100r2",
    "prov": "https://www.w3.org/submissions/prov-json/",
}
"""Format → the standard it follows."""
LIBRARIES: Mapping[str, str] = {"parquet": "duckdb"}
"""Format → the library that writes its bytes."""


def format_names() -> tuple[str, ...]:
    return (*TABULAR, *COUNTS, *DESCRIPTIONS)


def make(facts: ReleasedFacts, package: Package, without: Collection[str] = ()) -> Distribution:
    """All formats but those `without`. InvalidInput for a format that there is not; ParquetNeedsExtra."""
    for name in without:
        if name not in format_names():
            raise InvalidInput.at("without", name, ", ".join(format_names()))
    made = data_set(facts)
    files = [
        MadeFile(CORE + name, data, _core_type(name), "core") for name, data in sorted(package.files.items())
    ]
    for name, write in TABULAR.items():
        if name not in without:
            files += write(made)
    for name, write_counts in COUNTS.items():
        if name not in without and not facts.definition.survey:  # a count of votes is a standard of elections
            files += write_counts(facts)
    for name, describe in DESCRIPTIONS.items():
        if name not in without:
            files.append(describe(facts, tuple(files)))
    files.sort(key=lambda file: file.name)
    head = facts.head
    return Distribution(
        distribution_id(head.release, facts.formats),
        ReleasePlace(head.election, head.form, head.slot, head.number),
        head.release,
        facts.core,
        facts.formats,
        tuple(files),
        _manifest(facts, files),
    )


def distribution_id(release: str, formats: int) -> str:
    """The one id of what is made of a release, in a version of the formats."""
    return str(uuid5(UUID(release), f"distribution/{formats}"))


def _manifest(facts: ReleasedFacts, files: list[MadeFile]) -> bytes:
    head, licence = facts.head, facts.publisher.licence
    formats = sorted({file.format for file in files})
    told = {
        "layout": LAYOUT,
        "id": distribution_id(head.release, facts.formats),
        "election": head.election,
        "form": head.form,
        "slot": head.slot,
        "number": head.number,
        "release": head.release,
        "title": facts.title._asdict(),
        "pollingDate": facts.definition.polling_date.isoformat(),
        "isTest": facts.definition.is_test,
        "position": facts.position,
        "upto": head.upto,
        "releasedAt": instant(facts.released_at),
        "core": {"folder": CORE, "manifest": facts.core},
        "publisher": facts.publisher.name._asdict(),
        "licence": {"code": licence.code, "url": licence.url, "name": licence.name._asdict()},
        "formats": {"version": facts.formats, "made": formats, "libraries": _libraries(formats)},
        "files": [
            {
                "name": file.name, "format": file.format, "mediaType": file.media_type, "bytes": len(file.data),
                "sha256": file.sha256,
            }
            for file in files
        ],
    }  # fmt: skip
    return canonical(told) + b"\n"


def _libraries(formats: Collection[str]) -> dict[str, str]:
    told = {}
    for name in sorted({LIBRARIES[name] for name in formats if name in LIBRARIES}):
        try:
            told[name] = version(name)
        except PackageNotFoundError:  # a vendored copy without metadata
            told[name] = "unknown"
    return told


def _core_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else tidy_csv.MEDIA_TYPE
