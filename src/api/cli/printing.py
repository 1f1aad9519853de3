"""`reporting kit forms`, `approval` and `check`: returns on paper, and what a code on paper says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running, service_of
from api.cli.tokens import require_token
from api.settings import Settings
from reporting.application.desk import Desk
from reporting.database.connect import Database
from reporting.kit.paper.forms import MadePaper
from reporting.uploads import Uploads

TOKEN = click.option(
    "--token",
    envvar="REPORTING_TOKEN",
    show_envvar=True,
    callback=require_token,
    required=True,
    help="who asks (see `reporting token`)",
)


@contextmanager
def at_the_desk() -> Iterator[tuple[Settings, Desk]]:
    """The settings and a desk over their database."""
    with running() as (settings, database), at_the_desk_of(database) as desk:
        yield settings, desk


@contextmanager
def at_the_desk_with_files() -> Iterator[tuple[Settings, Desk, Uploads]]:
    """The same, and the files that were sent."""
    with running() as (settings, database), at_the_desk_of(database) as desk, Uploads(database) as uploads:
        yield settings, desk, uploads


@contextmanager
def at_the_desk_of(database: Database) -> Iterator[Desk]:
    with service_of(database) as service:
        yield Desk(service)


def require_ending(out: Path, *endings: str) -> None:
    """UsageError for a name under which nobody could open what is written."""
    if out.suffix.lower() not in endings:
        raise click.UsageError(message("out_ends_in", out=out.name, endings=", ".join(endings)))


def tell(out: Path, made: MadePaper) -> None:
    """Writes a document and says what of it no font has."""
    out.write_bytes(made.data)
    click.echo(f"{out}: {len(made.data):,} bytes")
    for lost in made.unprintable:
        click.echo(message("unprintable", text=lost.text, place=lost.place, points=lost.points), err=True)


@click.command()
@click.option("--election", required=True, metavar="CODE")
@click.option("--form", metavar="CODE", help="[default: every form and slot, blank and filled]")
@click.option("--slot", metavar="CODE")
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="CODE",
    help="only this one [default: all in the office's reach]",
)
@click.option(
    "--filled", is_flag=True, help="what stands, or another form holds, in the boxes [default: blank]"
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="the PDF; without --form a folder"
)
@TOKEN
def forms(
    election: str,
    form: str | None,
    slot: str | None,
    units: tuple[str, ...],
    filled: bool,
    out: Path,
    token: str,
) -> None:
    """Print returns as forms to write on: A4, one page each where it fits, with a code to open the return by.

    \b
    Example:
      reporting kit forms --election mayor-2027 --form final_count --slot final --unit 28101 --out 28101.pdf
      reporting kit forms --election mayor-2027 --out forms
    """
    from api.cli.identity import who
    from reporting.kit.making import in_reach
    from reporting.kit.paper.fonts import fonts_of
    from reporting.kit.paper.forms import TOGETHER, make_forms, office_forms

    if (form is None) != (slot is None):
        raise click.UsageError(message("form_and_slot"))
    if form is not None:
        require_ending(out, ".pdf")
    with at_the_desk() as (settings, desk), progress(out.name):
        actor = who(settings, token)
        if form is None or slot is None:
            out.mkdir(parents=True, exist_ok=True)
            for name, data in office_forms(desk, election, actor, fonts_of(settings.fonts)):
                (out / name).write_bytes(data)
                click.echo(f"{out / name}: {len(data):,} bytes")
            return
        asked = units or in_reach(desk, election, form, slot, actor)
        fonts = fonts_of(settings.fonts)
        for start in range(0, len(asked), TOGETHER):
            part = asked[start : start + TOGETHER]
            file = out if len(asked) <= TOGETHER else out.with_stem(f"{out.stem}-{start // TOGETHER + 1}")
            tell(file, make_forms(desk, election, form, slot, part, actor, fonts, filled=filled))


@click.command()
@click.option("--election", required=True, metavar="CODE")
@click.option("--form", required=True, metavar="CODE")
@click.option("--slot", required=True, metavar="CODE")
@click.option("--unit", metavar="CODE", help="of this return [default: of the returns in the office's area]")
@click.option("--release", is_flag=True, help="of what the slot's next release would hold")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="the document: .pdf, or .xlsx with every value",
)
@TOKEN
def approval(
    election: str, form: str, slot: str, unit: str | None, release: bool, out: Path, token: str
) -> None:
    """Draw up an approval document (起案): values and differences, findings, who did what, and the SHA-256 of exactly that state.

    \b
    Examples:
      reporting kit approval --election mayor-2027 --form final_count --slot final --unit 28101 --out 28101.pdf
      reporting kit approval --election mayor-2027 --form final_count --slot final --release --out release.xlsx
    """
    from api.cli.identity import who
    from reporting.kit.paper.approval_print import as_pdf, as_workbook
    from reporting.kit.paper.approvals import approval_of
    from reporting.kit.paper.fonts import fonts_of
    from reporting.kit.paper.forms import MadePaper
    from reporting.kit.paper.states import Subject

    if unit is not None and release:
        raise click.UsageError(message("unit_or_release"))
    require_ending(out, ".pdf", ".xlsx")
    with at_the_desk() as (settings, desk), progress(out.name):
        actor = who(settings, token)
        if unit is not None:
            subject = Subject(
                "R", election, form, slot, desk.reporting.catalog.election(election).roster.key(unit)
            )
        else:
            subject = Subject(
                "P" if release else "S", election, form, slot, "" if release else actor.jurisdiction
            )
        drawn = approval_of(desk, subject, actor)
        if out.suffix.lower() == ".xlsx":
            made = MadePaper(as_workbook(drawn), ())
        else:
            made = as_pdf(drawn, fonts_of(settings.fonts))
    tell(out, made)
    click.echo(f"{drawn.state.code}\n{drawn.state.sha256}")


@click.command()
@click.argument("paper", metavar="CODE|FILE")
@TOKEN
def check(paper: str, token: str) -> None:
    """Say of a paper's code, or of the PDF or workbook itself, whether the ledger had exactly that state, what has changed since, and
    how many of the events it rests on are proven to stand in the signed log. Ends with 1 where something has changed, with 2
    where it never was so.

    \b
    Examples:
      reporting kit check A1R-93QV-GY3S-H16FSE-120-AJ80-FTF4-VQBF-GEN2-SAAZ
      reporting kit check 28101.pdf
    """
    from api.cli.identity import who
    from reporting.kit.paper.checking import NotThatState, check_paper
    from reporting.kit.paper.codes import is_approval
    from reporting.kit.paper.files import as_made, code_in
    from reporting.kit.paper.reading import read_code
    from reporting.transparency.log import SignedLog

    file = Path(paper)
    named = file.exists() or file.suffix.lower() in (".pdf", ".xlsx")
    data = file.read_bytes() if named else None
    code = paper if data is None else code_in(data)
    with running() as (settings, database), at_the_desk_of(database) as desk:
        actor = who(settings, token)
        if not is_approval(code):
            read = read_code(desk, code, actor)
            click.echo(str(read.opened.place))
            for note in read.notes:
                click.echo(str(note))
            return
        try:
            checked = check_paper(desk, code, actor)
        except NotThatState as refused:
            click.echo(str(refused), err=True)
            raise SystemExit(2) from None
        state = checked.state
        click.echo(message("ledger_had_it", position=state.position, sha256=state.sha256))
        if data is not None:
            same = as_made(desk, state, data, settings.fonts)
            click.echo(message("file_as_made") if same else message("file_not_as_made"))
        for unit, cells in state.cells.items():
            for key, shown in cells.items():
                click.echo(f"  {unit} {key} {shown}")
        for moved in checked.moved:
            then, now = moved.then or "―", moved.now or "―"
            click.echo(
                message("moved", unit=moved.unit, key=moved.key, then=then, now=now, position=moved.position)
            )
        with database.connect() as connection:
            proven = SignedLog(connection).proven(checked.events)
        click.echo(message("proven", proven=proven, events=len(checked.events)))
    if checked.moved:
        raise SystemExit(1)


@click.command()
@click.option("--election", required=True, metavar="CODE")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="the PDF")
def names(election: str, out: Path) -> None:
    """Print the proof sheet of names: each large, with its code points, variants, and what a Shift_JIS file would hold.

    \b
    Example:
      reporting kit names --election mayor-2027 --out names.pdf
    """
    from reporting.kit.paper.fonts import fonts_of
    from reporting.kit.paper.names import make_proof

    require_ending(out, ".pdf")
    with at_the_desk() as (settings, desk), progress(out.name):
        defined = desk.reporting.catalog.election(election)
        made = make_proof(defined.definition, defined.versions[0], fonts_of(settings.fonts))
    tell(out, made)
