"""`reporting schema`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("schema")
@click.option(
    "--definitions",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="write the JSON Schemas of area registry, election and mapping files there instead",
)
def command(definitions: Path | None) -> None:
    """Print the GraphQL schema (SDL), or write the JSON Schemas of definition files.

    \b
    Examples:
      reporting schema > schema.graphql
      reporting schema --definitions docs/schema
    """
    if definitions is not None:
        from reporting.definitions.schema import SCHEMAS, export
        from reporting.importing.mapping import SCHEMA_FILE, FileMapping

        definitions.mkdir(parents=True, exist_ok=True)
        export(definitions, {**SCHEMAS, SCHEMA_FILE: FileMapping})
        return
    from api.graphql.schema import sdl

    click.echo(sdl(), nl=False)
