"""CSV on the Web: what the columns of the CSV files are (W3C Recommendations "Metadata Vocabulary for Tabular Data" and "Model for
Tabular Data", 2015). Names of files are relative to the metadata's own place, so that a copied folder stays whole."""

from __future__ import annotations

import json

from reporting.publication.formats.table import PLACES, Column, ColumnRole, DataSet, Kind, TidyTable

MEDIA_TYPE = "application/csvm+json"
CONTEXT = "http://www.w3.org/ns/csvw"
DATATYPES: dict[Kind, object] = {
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.DECIMAL: {"base": "decimal", "format": "#0." + "#" * PLACES},
    Kind.WHOLE: "integer",
    Kind.YES_NO: {"base": "boolean", "format": "true|false"},
    Kind.DAY: "date",
    Kind.INSTANT: {"base": "dateTime"},
}


def csvw_bytes(made: DataSet, *, ending: str = ".csv") -> bytes:
    """Of all tables; each in the file of its name."""
    about = made.about
    group = {
        "@context": [CONTEXT, {"@language": "ja"}],
        "dc:identifier": about.id,
        "dc:title": [
            {"@value": about.title.ja, "@language": "ja"},
            {"@value": about.title.en, "@language": "en"},
        ],
        "dc:license": {"@id": about.licence},
        "dc:publisher": about.publisher.ja,
        "dialect": {"lineTerminators": ["\r\n"], "encoding": "utf-8"},
        "tables": [_table(table, ending) for table in made.tables],
    }
    return (json.dumps(group, ensure_ascii=False, indent=1) + "\n").encode()


def _table(table: TidyTable, ending: str) -> dict[str, object]:
    schema: dict[str, object] = {"columns": [_column(column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    titles = [
        {"@value": table.title.ja, "@language": "ja"},
        {"@value": table.title.en, "@language": "en"},
    ]
    return {"url": table.name + ending, "dc:title": titles, "tableSchema": schema}


def _column(column: Column) -> dict[str, object]:
    told: dict[str, object] = {
        "name": column.name,
        "titles": {"und": [column.name], "ja": [column.label.ja], "en": [column.label.en]},
        "datatype": DATATYPES[column.kind],
        "required": column.required,
    }
    if column.role is ColumnRole.DIMENSION and not column.required:
        told["null"] = []  # an empty text is a value of the key: "nothing of this kind"
    if column.about is not None:
        told["dc:description"] = [
            {"@value": column.about.ja, "@language": "ja"},
            {"@value": column.about.en, "@language": "en"},
        ]
    return told
