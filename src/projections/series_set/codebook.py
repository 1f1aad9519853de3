"""The codebook for people: what the items are, what the files and columns hold, what the flags say; Markdown and HTML, in both
languages, of the very tables that the machine-readable one is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from projections.series_set.facts import SeriesFacts
from projections.series_set.messages import OBS_STATUS, message
from reporting.publication.formats.table import DataSet
from reporting.words import Words

SAID = message.table("said")
STYLE = "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}"


@dataclass(frozen=True, slots=True)
class _Part:
    """A heading with sentences and at most one table."""

    heading: Words
    sentences: Sequence[str]
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def _parts(facts: SeriesFacts, made: DataSet) -> Iterator[_Part]:
    licence = facts.publisher.licence
    from_where = SAID["made_from"]
    told = Words(
        from_where.ja.format(position=f"{facts.position:,}"),
        from_where.en.format(position=f"{facts.position:,}"),
    )
    yield _Part(SAID["about"], (told.ja, told.en))
    yield _Part(
        SAID["licence"],
        (f"{licence.name.ja} / {licence.name.en}: {licence.url}", _both(facts.publisher.name)),
    )
    items = next(table for table in made.tables if table.name == "codebook")
    yield _Part(SAID["items"], (), [_both(column.label) for column in items.columns], items.rows)
    columns = [
        (
            f"{table.name}.csv",
            column.name,
            _both(column.label),
            column.kind.value,
            _both(column.about) if column.about else "",
        )
        for table in made.tables
        for column in table.columns
    ]
    counts = SAID["rows"]
    sizes = [
        f"{table.name}: {_both(table.title)}, {counts.ja.format(count=f'{len(table.rows):,}')} / {counts.en.format(count=f'{len(table.rows):,}')}"
        for table in made.tables
    ]
    yield _Part(SAID["tables"], sizes, ("", "", "", "", ""), columns)
    yield _Part(
        SAID["flags"], (), ("", ""), [(code, _both(words)) for code, words in sorted(OBS_STATUS.items())]
    )


def markdown(facts: SeriesFacts, made: DataSet) -> bytes:
    lines = [f"# {_both(made.about.title)}", ""]
    for part in _parts(facts, made):
        lines += [
            f"## {_both(part.heading)}",
            "",
            *(line for text in part.sentences for line in (f"- {text}",)),
            "",
        ]
        if part.rows:
            lines += [_row(part.head), "|" + "---|" * len(part.head), *map(_row, part.rows), ""]
    return "\n".join(lines).encode()


def html(facts: SeriesFacts, made: DataSet) -> bytes:
    title = escape(_both(made.about.title))
    body = [f"<h1>{title}</h1>"]
    for part in _parts(facts, made):
        body += [
            f"<h2>{escape(_both(part.heading))}</h2>",
            *(f"<p>{escape(text)}</p>" for text in part.sentences),
        ]
        if part.rows:
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in part.head)
            rows = (
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in part.rows
            )
            body.append(f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>")
    return (
        f'<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    ).encode()


def _row(cells: Sequence[str]) -> str:
    """Whatever a name holds, it is one cell."""
    kept = (
        cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
        for cell in cells
    )
    return "|" + "|".join(kept) + "|"


def _both(words: Words) -> str:
    return words.ja if words.ja == words.en else f"{words.ja} / {words.en}"
