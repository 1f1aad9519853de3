"""`reporting release`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from api.cli.messages import say_if_none
from api.cli.runtime import running


@click.group("release")
def command() -> None:
    """Make the open data of a release: CSV, Parquet and more, from the signed package.

    \b
    Example:
      reporting release package hr51 final final
    """


@command.command()
@click.argument("election")
@click.argument("form")
@click.argument("slot")
@click.option("--number", type=click.IntRange(1), default=None, help="of the release [default: the last]")
@click.option("--without", multiple=True, metavar="FORMAT", help="a format to leave out; may be repeated")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=None,
    help="also write it there: a new folder, with its event and proof once they are signed",
)  # fmt: skip
def package(
    election: str, form: str, slot: str, number: int | None, without: tuple[str, ...], folder: Path | None
) -> None:
    """Make all formats of a release, name their hashes in the log and keep them in the data directory.

    Once made it stays as it is: asked again, it is compared with what is there.

    \b
    Example:
      reporting release package hr51 final final --to release-1
    """
    from api.cli.evidence import distribution_proof
    from api.cli.identity import operator
    from reporting.application.desk import Desk
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger, slot_stream
    from reporting.publication.distribution.making import ReleasePlace
    from reporting.publication.distribution.recording import Distributions
    from reporting.publication.distribution.store import DistributionStore, write_whole

    actor = operator()
    with running() as (settings, database):
        with closing(Ledger(database)) as ledger:
            service = Reporting(ledger)
            distributions = Distributions(service, Desk(service))
            last = number or ledger.stream_version(slot_stream(election, form, slot)) or 1
            made = distributions.make(ReleasePlace(election, form, slot, last), settings.publisher, without)
            position = distributions.record(made, actor)
            kept = DistributionStore(settings.distributions).add(made)
        if folder is not None:
            write_whole(folder, {**made.contents, **distribution_proof(database, position)})
    size = sum(file.size for file in kept.files)
    click.echo(f"{made.id}: {len(kept.files)} files, {size:,} bytes in {kept.folder}")
    click.echo(f"distribution.json SHA-256 {made.manifest_sha256}: position {position:,}")


@command.command("list")
@click.argument("election", required=False)
def list_(election: str | None) -> None:
    """List what is kept: election, form, slot, number, the SHA-256 of distribution.json.

    \b
    Example:
      reporting release list hr51
    """
    from api.settings import Settings
    from reporting.publication.distribution.store import DistributionStore

    store = DistributionStore(Settings.from_env().distributions)
    places = list(store.places(election))
    say_if_none(places)
    for place in places:
        kept = store.get(place)
        click.echo(f"{place.election} {place.form} {place.slot} {place.number} {kept.manifest_sha256}")


@command.command()
@click.option("--once", is_flag=True, help="make what is missing, and end")
@click.option("--without", multiple=True, metavar="FORMAT", help="a format to leave out; may be repeated")
def follow(once: bool, without: tuple[str, ...]) -> None:
    """Make the open data of each release as it goes out, until interrupted: all formats, named in the log, kept in the data
    directory that `reporting serve` gives them out from. Beside the server, on any machine that shares the directory.

    \b
    Example:
      reporting release follow
    """
    import logging
    import threading

    from api.cli.identity import operator
    from api.cli.logs import configure
    from api.open_data.making import OpenDataMaker
    from projections.read import ViewReader
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger
    from reporting.publication.distribution.making import ReleasePlace
    from reporting.publication.distribution.store import DistributionStore

    def told(place: ReleasePlace) -> None:
        click.echo(f"{place.election} {place.form} {place.slot} {place.number}")

    configure(logging.INFO)
    actor = operator()
    with (
        running(service=not once) as (settings, database),
        closing(Ledger(database)) as ledger,
        closing(ViewReader(database, max_connections=1)) as reader,
    ):
        store = DistributionStore(settings.distributions)
        maker = OpenDataMaker(Reporting(ledger), reader, store, settings.publisher, actor, without)
        if not once:
            maker.run(threading.Event(), told)
        elif (made := maker.step(told)) == 0:
            click.echo(f"{made} made")
