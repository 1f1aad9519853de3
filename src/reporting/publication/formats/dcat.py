"""A data set and its files as DCAT-AP 3 in JSON-LD: licence, time, place, checksums.

Addresses of files are relative to the document's own: in a copied folder they lead to the files beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reporting.publication.formats.moments import instant
from reporting.publication.formats.table import About
from reporting.words import Words

MEDIA_TYPE = "application/ld+json"
CONTEXT: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
THEME = "http://publications.europa.eu/resource/authority/data-theme/GOVE"
LANGUAGES = tuple(
    {"@id": f"http://publications.europa.eu/resource/authority/language/{code}"} for code in ("JPN", "ENG")
)
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """`address`: relative to the catalogue, or absolute; `conforms_to`: the standard's own address, empty where none."""

    address: str
    title: str
    media_type: str
    size: int
    sha256: str
    conforms_to: str = ""


@dataclass(frozen=True, slots=True)
class SpanAndArea:
    """The days and the area that a data set is about. `area`: its code and name; `area_code_of`: what the code is of."""

    first: date
    last: date
    area: str
    area_name: Words
    previous: str = ""
    """`About.id` of the version before; empty for the first."""


def dcat_bytes(about: About, coverage: SpanAndArea, files: Sequence[CatalogFile]) -> bytes:
    """A catalogue of this one data set."""
    return catalog_bytes(about.title, about.publisher, [dataset(about, coverage, files)])


def catalog_bytes(title: Words, publisher: Words, datasets: Sequence[Mapping[str, object]]) -> bytes:
    """A catalogue of what `dataset` gave."""
    catalog = {
        "@type": "dcat:Catalog",
        "dct:title": both(title),
        "dct:description": both(title),
        "dct:publisher": agent(publisher),
        "dct:language": LANGUAGES,
        "dcat:dataset": list(datasets),
    }
    return (json.dumps({"@context": CONTEXT, **catalog}, ensure_ascii=False, indent=1) + "\n").encode()


def dataset(about: About, coverage: SpanAndArea, files: Sequence[CatalogFile]) -> dict[str, object]:
    """One data set with its files, as a node without a context."""
    licence = licensed(about.licence)
    node: dict[str, object] = {
        "@id": about.id,
        "@type": "dcat:Dataset",
        "dct:identifier": about.id,
        "dct:title": both(about.title),
        "dct:description": both(about.title),
        "dct:publisher": agent(about.publisher),
        "dct:license": licence,
        "dct:issued": typed(instant(about.made_at), "dateTime"),
        "dct:language": LANGUAGES,
        "dcat:theme": {"@id": THEME},
        "dcat:version": str(about.version),
        "dct:temporal": period(coverage.first, coverage.last),
        "dct:spatial": {
            "@type": "dct:Location",
            "dct:identifier": coverage.area,
            "skos:prefLabel": both(coverage.area_name),
        },
        "dcat:distribution": [distribution(f"{about.id}#{file.title}", file, licence) for file in files],
    }
    if coverage.previous:
        node["dcat:previousVersion"] = {"@id": coverage.previous}
    return node


def distribution(node_id: str, file: CatalogFile, licence: Mapping[str, object]) -> dict[str, object]:
    """One file of a data set; `node_id`: what the catalogue calls it."""
    plain = file.media_type.partition(";")[0]
    node: dict[str, object] = {
        "@id": node_id,
        "@type": "dcat:Distribution",
        "dct:title": file.title,
        "dcat:accessURL": {"@id": file.address},
        "dcat:downloadURL": {"@id": file.address},
        "dcat:mediaType": {"@id": MEDIA_TYPES + plain, "@type": "dct:MediaType"},
        "dcat:byteSize": typed(str(file.size), "nonNegativeInteger"),
        "dct:license": licence,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": SHA256},
            "spdx:checksumValue": typed(file.sha256, "hexBinary"),
        },
    }
    if file.conforms_to:
        node["dct:conformsTo"] = {"@id": file.conforms_to, "@type": "dct:Standard"}
    return node


def agent(name: Words) -> dict[str, object]:
    return {"@type": "foaf:Agent", "foaf:name": both(name)}


def licensed(address: str) -> dict[str, object]:
    return {"@id": address, "@type": "dct:LicenseDocument"}


def period(first: date, last: date) -> dict[str, object]:
    """From the one day to the other."""
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": typed(first.isoformat(), "date"),
        "dcat:endDate": typed(last.isoformat(), "date"),
    }


def typed(value: str, kind: str) -> dict[str, object]:
    """`kind`: of XML Schema's."""
    return {"@value": value, "@type": f"xsd:{kind}"}


def both(words: Words) -> list[dict[str, str]]:
    """A text in each language."""
    return [{"@value": words.ja, "@language": "ja"}, {"@value": words.en, "@language": "en"}]
