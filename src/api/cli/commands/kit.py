"""`reporting kit`."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from datetime import UTC
from functools import partial
from pathlib import Path

import click

from api.cli.messages import message, say_if_none
from api.cli.printing import (
    TOKEN,
    approval,
    at_the_desk,
    at_the_desk_with_files,
    check,
    forms,
    names,
    require_ending,
)
from api.cli.progress import progress

PAIR = "UNIT KEY"
SHA256 = re.compile(r"[0-9a-f]{64}")


@click.group("kit")
def command() -> None:
    """Work without a line: returns as workbooks, and back. Each command asks as somebody: a token, given or set once as below.

    \b
    Examples:
      export REPORTING_TOKEN=$(reporting token --person a.sato --office 神戸市選管 --role municipality --jurisdiction 28100)
      reporting kit workbook --election mayor-2027 --form final_count --slot final --out returns.xlsx
      reporting kit take returns.xlsx
      reporting kit take returns.xlsx --submit --reason 転記誤り
    """


@command.command()
@click.option("--election", required=True, metavar="CODE")
@click.option("--form", required=True, metavar="CODE")
@click.option("--slot", required=True, metavar="CODE")
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="CODE",
    help="only this one [default: all in the office's reach]",
)
@click.option("--each", is_flag=True, help="a workbook for each return, in the folder --out")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="the workbook, a file that is not there yet; of more returns than one holds, several with a number behind the name",
)
@TOKEN
def workbook(
    election: str, form: str, slot: str, units: tuple[str, ...], each: bool, out: Path, token: str
) -> None:
    """Make one .xlsx of the returns as they stand: a sheet for each, the rules in it, cells to type in unlocked.

    \b
    Example:
      reporting kit workbook --election mayor-2027 --form final_count --slot final --unit 28101 --out 28101.xlsx
    """
    from api.cli.identity import who
    from reporting.kit.bounds import parts_of
    from reporting.kit.making import books_of, in_reach, keys_of, make_book

    if not each:
        require_ending(out, ".xlsx")
    with at_the_desk() as (settings, desk), progress(out.name) as report:
        actor = who(settings, token)
        asked = units or in_reach(desk, election, form, slot, actor)
        size = 0
        if each:
            out.mkdir(parents=True, exist_ok=True)
            paths = [out / f"{election}-{form}-{slot}-{unit}.xlsx" for unit in asked]
            _require_new(paths)
            made = books_of(desk, election, form, slot, asked, actor)
            for number, (path, (_, data)) in enumerate(zip(paths, made, strict=True), 1):
                path.write_bytes(data)
                size += len(data)
                report(number, len(asked))
        else:
            defined = desk.reporting.catalog.election(election)
            parts = parts_of(defined, form, slot, keys_of(defined, asked))
            numbered = [out.with_name(f"{out.stem}-{n}{out.suffix}") for n in range(1, len(parts) + 1)]
            paths = numbered if len(parts) > 1 else [out]
            _require_new(paths)
            for number, (path, part) in enumerate(zip(paths, parts or [[]], strict=True), 1):
                data = make_book(desk, election, form, slot, part, actor)
                path.write_bytes(data)
                click.echo(f"{path}: {len(part):,} {message('returns')}, {len(data):,} bytes")
                report(number, len(parts))
            return
    click.echo(f"{out}: {len(asked):,} {message('returns')}, {size:,} bytes")


def _require_new(paths: Sequence[Path]) -> None:
    """FileExistsError: somebody may have typed into it, and nothing of that is anywhere else."""
    for path in paths:
        if path.exists() and not path.is_dir():
            raise FileExistsError(errno.EEXIST, "", str(path))


@command.command()
@click.argument("file", metavar="FILE|SHA256")
@click.option("--election", metavar="CODE", help="refuse a workbook of another election")
@click.option("--submit", is_flag=True, help="hand in what is ready [default: only say what would happen]")
@click.option(
    "--reason", metavar="WORDS", help="why values that stood are changed, or differences are gone or declared"
)
@click.option("--explain", nargs=3, multiple=True, metavar=f"{PAIR} WORDS", help="why a warning is in order")
@click.option("--declare", nargs=3, multiple=True, metavar=f"{PAIR} CLASS", help="a difference that stands")
@click.option("--take", nargs=2, multiple=True, metavar=PAIR, help="a conflict in which the sheet is right")
@click.option("--keep", nargs=2, multiple=True, metavar=PAIR, help="a conflict in which what stands is right")
@TOKEN
def take(
    file: str,
    election: str | None,
    submit: bool,
    reason: str | None,
    explain: tuple[tuple[str, str, str], ...],
    declare: tuple[tuple[str, str, str], ...],
    take: tuple[tuple[str, str], ...],
    keep: tuple[tuple[str, str], ...],
    token: str,
) -> None:
    """Compare a workbook that came back with what stands, cell by cell, and hand it in as the desk does. KEY is a finding's
    or a cell's key, as this command prints it. A file that was sent before may be told by its SHA-256 (`reporting kit sent`).

    \b
    Examples:
      reporting kit take returns.xlsx
      reporting kit take returns.xlsx --submit --reason 転記誤り --take 28101 'mayor|votes||1'
    """
    from api.cli.identity import who
    from reporting.files.problems import shown
    from reporting.files.sheets import MAX_BYTES
    from reporting.kit.bringing import bring
    from reporting.kit.handing_in import Said, hand_in, preview

    said = Said(
        reason=reason,
        explanations={(unit, key): words for unit, key, words in explain},
        declarations={(unit, key): why for unit, key, why in declare},
        take=frozenset(take),
        keep=frozenset(keep),
    )
    with at_the_desk_with_files() as (settings, desk, uploads), progress(Path(file).name) as report:
        actor = who(settings, token)
        path = Path(file)
        if path.is_file():
            with path.open("rb") as file_:
                name, content = path.name, file_.read(MAX_BYTES + 1)  # what is longer is refused
        elif SHA256.fullmatch(file):
            kept = uploads.of_hash(actor, file)
            name, content = kept.name, uploads.read(kept)
        else:
            raise click.BadParameter(message("file_or_sent", file=shown(file)))
        do = partial(hand_in if submit else preview, progress=report)
        outcomes = bring(desk, uploads, name, content, actor, said, do, election)
    for outcome in outcomes:
        for line in outcome.lines():
            click.echo(line)
    if any(outcome.state in ("conflict", "refused") for outcome in outcomes):
        raise SystemExit(1)


for printed in (forms, approval, check, names):
    command.add_command(printed)


@command.command()
@click.option("--fetch", metavar="SHA256", help="one of them, into --out")
@click.option("--discard", metavar="SHA256", help="not wanted any more")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the file")
@TOKEN
def sent(fetch: str | None, discard: str | None, out: Path | None, token: str) -> None:
    """List the files that you sent, workbooks and imports, and that are not dealt with. Each is kept for 30 days, for nobody but
    you.

    \b
    Examples:
      reporting kit sent
      reporting kit sent --fetch 9f86d0…0a08 --out returns.xlsx
    """
    from api.cli.identity import who

    if (fetch is None) != (out is None):
        raise click.UsageError(message("fetch_and_out"))
    with at_the_desk_with_files() as (settings, _, uploads):
        actor = who(settings, token)
        if fetch is not None and out is not None:
            _require_new([out])
            out.write_bytes(uploads.read(uploads.of_hash(actor, fetch)))
            return
        if discard is not None:
            uploads.remove(uploads.of_hash(actor, discard))
        waiting = uploads.waiting(actor)
        say_if_none(waiting)
        for kept in reversed(waiting):
            sent_at = kept.received_at.astimezone(UTC)
            click.echo(
                f"{kept.sha256}  {sent_at:%Y-%m-%dT%H:%MZ}  {kept.way:8}  {kept.size:,} bytes  {kept.name}"
            )


@command.command()
@click.option("--election", required=True, metavar="CODE")
@click.option(
    "--office", metavar="AREA", help="only units of this area [default: all in your office's reach]"
)
@click.option("--without-paper", is_flag=True, help="no PDFs, where the parts for printing are not installed")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="the zip")
@TOKEN
def offline(election: str, office: str | None, without_paper: bool, out: Path, token: str) -> None:
    """Make one zip for places without a line: workbooks, forms on paper, the rules, the verifier, a guide, checksums. Nothing in it
    needs a network. Made twice on the same state it is the same file.

    \b
    Example:
      reporting kit offline --election mayor-2027 --office 28100 --out kobe.zip
    """
    from api.cli import verify
    from api.cli.identity import who
    from reporting.kit.offline import offline_kit
    from reporting.kit.paper.fonts import fonts_of

    require_ending(out, ".zip")
    with at_the_desk() as (settings, desk), progress(out.name) as report:
        made: list[str] = []

        def told(name: str) -> None:
            made.append(name)
            report(len(made), 0, name)

        kit = offline_kit(
            desk,
            election,
            who(settings, token),
            area=office,
            fonts=None if without_paper else fonts_of(settings.fonts),
            verifier=Path(verify.__file__).read_bytes(),
            progress=told,
        )
        data = kit.zipped()
    out.write_bytes(data)
    click.echo(
        f"{out}: {len(kit.units):,} {message('units')}, {len(kit.files) + 1:,} {message('files')}, {len(data):,} bytes"
    )
