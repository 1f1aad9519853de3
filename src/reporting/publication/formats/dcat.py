"""A data set and its files as DCAT-AP 3 in JSON-LD: licence, time, place, checksums.

Addresses of files are relative to the document's own: in a copied folder they lead to the files beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
        "dct:title": _both(title),
        "dct:description": _both(title),
        "dct:publisher": _agent(publisher),
        "dct:language": LANGUAGES,
        "dcat:dataset": list(datasets),
    }
    return (json.dumps({"@context": CONTEXT, **catalog}, ensure_ascii=False, indent=1) + "\n").encode()


def dataset(about: About, coverage: SpanAndArea, files: Sequence[CatalogFile]) -> dict[str, object]:
    """One data set with its files, as a node without a context."""
    made_at = about.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    licence = {"@id": about.licence, "@type": "dct:LicenseDocument"}
    node: dict[str, object] = {
        "@id": about.id,
        "@type": "dcat:Dataset",
        "dct:identifier": about.id,
        "dct:title": _both(about.title),
        "dct:description": _both(about.title),
        "dct:publisher": _agent(about.publisher),
        "dct:license": licence,
        "dct:issued": {"@value": made_at, "@type": "xsd:dateTime"},
        "dct:language": LANGUAGES,
        "dcat:theme": {"@id": THEME},
        "dcat:version": str(about.version),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": coverage.first.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": coverage.last.isoformat(), "@type": "xsd:date"},
        },
        "dct:spatial": {
            "@type": "dct:Location",
            "dct:identifier": coverage.area,
            "skos:prefLabel": _both(coverage.area_name),
        },
        "dcat:distribution": [_file(about, file, licence) for file in files],
    }
    if coverage.previous:
        node["dcat:previousVersion"] = {"@id": coverage.previous}
    return node


def _file(about: About, file: CatalogFile, licence: Mapping[str, str]) -> dict[str, object]:
    plain = file.media_type.partition(";")[0]
    node: dict[str, object] = {
        "@id": f"{about.id}#{file.title}",
        "@type": "dcat:Distribution",
        "dct:title": file.title,
        "dcat:accessURL": {"@id": file.address},
        "dcat:downloadURL": {"@id": file.address},
        "dcat:mediaType": {"@id": MEDIA_TYPES + plain, "@type": "dct:MediaType"},
        "dcat:byteSize": {"@value": str(file.size), "@type": "xsd:nonNegativeInteger"},
        "dct:license": licence,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": SHA256},
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }
    if file.conforms_to:
        node["dct:conformsTo"] = {"@id": file.conforms_to, "@type": "dct:Standard"}
    return node


def _agent(name: Words) -> dict[str, object]:
    return {"@type": "foaf:Agent", "foaf:name": _both(name)}


def _both(words: Words) -> list[dict[str, str]]:
    return [{"@value": words.ja, "@language": "ja"}, {"@value": words.en, "@language": "en"}]
