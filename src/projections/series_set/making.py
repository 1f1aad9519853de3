"""The files of a series' data set, and the list of them: at the same ledger position the same bytes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from projections.series_set.codebook import html, markdown
from projections.series_set.facts import SeriesFacts
from projections.series_set.tables import data_set, title_of
from reporting.domain.figures import CODE
from reporting.errors import InvalidInput
from reporting.ledger.registry import canonical
from reporting.publication.distribution.making import TABULAR, MadeFile
from reporting.publication.formats import dcat
from reporting.publication.formats.moments import instant
from reporting.words import Words

LAYOUT = "reporting-series/1"
LIST_OF_FILES = "data-set.json"


@dataclass(frozen=True, slots=True)
class MadeSeries:
    """`files` with the list of them among them."""

    name: str
    position: int
    files: tuple[MadeFile, ...]


def make_series(facts: SeriesFacts, without: Collection[str] = ()) -> MadeSeries:
    """In all formats but those `without`. InvalidInput for a name that is no code or a format that there is not;
    ParquetNeedsExtra."""
    if not CODE.fullmatch(facts.name):
        raise InvalidInput.at("--name", facts.name[:40], CODE.pattern)
    for name in without:
        if name not in TABULAR:
            raise InvalidInput.at("--without", name[:40], ", ".join(TABULAR))
    made = data_set(facts)
    files = [file for name, write in TABULAR.items() if name not in without for file in write(made)]
    files.append(MadeFile("codebook.md", markdown(facts, made), "text/markdown; charset=utf-8", "codebook"))
    files.append(MadeFile("codebook.html", html(facts, made), "text/html; charset=utf-8", "codebook"))
    listed = [
        dcat.CatalogFile(file.name, file.name, file.media_type, len(file.data), file.sha256) for file in files
    ]
    days = [row.date for row in facts.rows]
    span = dcat.SpanAndArea(
        min(days), max(days), facts.rows[0].area, Words(facts.rows[0].name, facts.rows[0].name)
    )
    files.append(MadeFile("dcat.jsonld", dcat.dcat_bytes(made.about, span, listed), dcat.MEDIA_TYPE, "dcat"))
    files.sort(key=lambda file: file.name)
    title, licence = title_of(facts), facts.publisher.licence
    told = {
        "layout": LAYOUT,
        "name": facts.name,
        "position": facts.position,
        "boundaries": facts.boundaries,
        "title": title._asdict(),
        "madeAt": instant(facts.made_at),
        "observations": len(facts.rows),
        "publisher": facts.publisher.name._asdict(),
        "licence": {"code": licence.code, "url": licence.url, "name": licence.name._asdict()},
        "files": [
            {"name": file.name, "mediaType": file.media_type, "bytes": len(file.data), "sha256": file.sha256}
            for file in files
        ],
    }
    content = canonical(told) + b"\n"
    return MadeSeries(
        facts.name, facts.position, (*files, MadeFile(LIST_OF_FILES, content, "application/json", "list"))
    )
