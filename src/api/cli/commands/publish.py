"""`reporting publish`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from api.brands import Brand
from api.cli.messages import message
from api.cli.progress import Report, progress
from api.cli.runtime import running
from api.serving import Serving
from api.settings import Settings
from reporting.errors import UnknownReference


@click.command("publish")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="the folder of the site",
)
@click.option(
    "--brand",
    metavar="CODE",
    help="the office of REPORTING_BRANDS whose name, logo, colours and feed the pages have [default: the product's own look]",
)
@click.option("--data-only", is_flag=True, help="released files and the catalogue, without pages")
def command(folder: Path, brand: str | None, data_only: bool) -> None:
    """Write the whole public site as files: released data, catalogue, results, maps, notices, in Japanese and English.

    Any web server or CDN can serve the folder; data have the same addresses and bytes as here. The folder is replaced in one step;
    run again, only what has changed is written. A folder with files of somebody else is refused.

    \b
    Examples:
      reporting publish --to /srv/results
      reporting publish --to /srv/hyogo --brand hyogo
      rsync -a --delete /srv/results/ web.example.lg.jp:/var/www/results/
    """
    import anyio

    with running() as (settings, _), progress("publish") as report:
        line = anyio.run(_publish, settings, folder, report, not data_only, brand)
    click.echo(line)


async def _publish(settings: Settings, folder: Path, report: Report, pages: bool, brand: str | None) -> str:
    """What was written, in one line."""
    import anyio.to_thread

    from api.app import create_app
    from api.site.publish import Site

    alone = replace(settings, publication=False, console=True, oidc=None, practice=())
    app = create_app(alone)
    async with app.router.lifespan_context(app):
        state: Serving = app.state
        look = None if brand is None else _brand(state, brand)

        def practice() -> list[str]:
            """Codes of test elections, once the views hold all that is in the log."""
            with state.reader.snapshot(state.service.ledger.position(), wait_s=VIEWS_WITHIN_S) as snapshot:
                return [row.definition.code for row in snapshot.elections() if row.definition.is_test]

        tests = await anyio.to_thread.run_sync(practice)
        written = await Site(app, state.open_data, tests, report, pages=pages, brand=look).write(folder)
    return message("site_written", folder=folder, files=written.files, new=written.new, gone=written.gone)


def _brand(state: Serving, code: str) -> Brand:
    """UnknownReference."""
    if (brand := state.brands.by_code.get(code)) is None:
        raise UnknownReference(kind="brand", found=code, among=state.brands.by_code)
    return brand


VIEWS_WITHIN_S = 60.0
