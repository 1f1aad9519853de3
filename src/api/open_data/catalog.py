"""`/data/catalog.jsonld`: every release and its files as DCAT 3 (DCAT-AP), for portals, crawlers and people's programs.

Addresses in it are relative to itself, so the same bytes serve from this server, a CDN or a folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.open_data.address import SERIES, Edition
from api.open_data.messages import message
from api.open_data.series_sets import SeriesSet
from api.open_data.shelf import DataFile
from reporting.domain.election import ElectionDefinition
from reporting.publication.distribution.facts import Publisher
from reporting.publication.formats.dcat import (
    CONTEXT,
    CatalogFile,
    agent,
    both,
    distribution,
    licensed,
    period,
    typed,
)
from reporting.publication.formats.moments import exact_instant

SAID = message.table("catalog")
Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A release with its election's definition, who publishes it under which licence, and its files."""

    edition: Edition
    definition: ElectionDefinition
    publisher: Publisher
    files: Sequence[DataFile]


def catalog(listed: Iterable[Listed], sets: Sequence[SeriesSet] = ()) -> bytes:
    """In the order given; the same releases give the same bytes."""
    releases = list(listed)
    series: dict[str, Listed] = {_slot(entry): entry for entry in releases}
    publishers = [*(entry.publisher.name for entry in releases), *(each.publisher for each in sets)]
    publisher = {"dct:publisher": agent(publishers[0])} if publishers else {}
    told = {
        "@context": CONTEXT,
        "@id": "catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": both(SAID["title"]),
        "dct:description": both(SAID["about"]),
        **publisher,
        "dcat:dataset": [
            *(_series(newest) for newest in series.values()),
            *(_release(entry) for entry in releases),
            *(_series_set(each) for each in sets),
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def _series(newest: Listed) -> Node:
    """Of a slot: all its releases; `dcat:last` is the newest."""
    at = newest.edition.address
    return {
        "@id": _slot(newest),
        "@type": "dcat:DatasetSeries",
        "dct:title": _named("slot_title", newest),
        "dct:description": both(SAID["about"]),
        "dcat:last": {"@id": f"{at.path}/"},
    }


def _release(entry: Listed) -> Node:
    edition, at = entry.edition, entry.edition.address
    before = {"dcat:previousVersion": {"@id": f"{_slot(entry)}{at.number - 1}/"}} if at.number > 1 else {}
    return {
        "@id": f"{at.path}/",
        "@type": "dcat:Dataset",
        "dct:identifier": f"urn:uuid:{edition.release}",
        "dct:title": _named("release_title", entry, number=at.number),
        "dct:description": both(SAID["about"]),
        "dct:publisher": agent(entry.publisher.name),
        "dct:issued": typed(exact_instant(edition.released_at), "dateTime"),
        "dct:license": licensed(entry.publisher.licence.url),
        "dct:temporal": period(entry.definition.polling_date, entry.definition.polling_date),
        "dcat:version": str(at.number),
        "dcat:inSeries": {"@id": _slot(entry)},
        **before,
        "dcat:distribution": [_file(at.path, entry.publisher.licence.url, file) for file in entry.files],
    }


def _slot(entry: Listed) -> str:
    at = entry.edition.address
    return f"{at.election}/{at.form}/{at.slot}/"


def _series_set(made: SeriesSet) -> Node:
    path = f"{SERIES}/{made.path}"
    return {
        "@id": f"{path}/",
        "@type": "dcat:Dataset",
        "dct:title": both(made.title),
        "dct:description": both(made.title),
        "dct:publisher": agent(made.publisher),
        "dct:license": licensed(made.licence),
        "dcat:version": str(made.position),
        "dcat:distribution": [_file(path, made.licence, file) for file in made.files],
    }


def _file(path: str, licence: str, file: DataFile) -> Node:
    address = f"{path}/{file.name}"
    told = CatalogFile(address, file.name, file.media_type, file.size, file.sha256)
    return distribution(address, told, licensed(licence))


def _named(code: str, entry: Listed, **facts: object) -> list[Node]:
    """What is said of a slot, with its names in each language."""
    at, definition = entry.edition.address, entry.definition
    form = definition.form(at.form)
    slot = form.slot(at.slot)
    names = {"election": definition.label.words, "form": form.label.words, "slot": slot.label.words}
    told = SAID[code]
    ja = told.ja.format(**{name: words.ja for name, words in names.items()}, **facts)
    en = told.en.format(**{name: words.en for name, words in names.items()}, **facts)
    return [{"@language": "ja", "@value": ja}, {"@language": "en", "@value": en}]
