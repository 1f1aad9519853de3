"""`reporting audit key`, `sign`, `witness` and `erase`: what custodians of keys and of personal data run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from api.cli.failure import NotMigrated, NotPermitted, as_failure
from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running
from reporting.errors import ReportingError

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("name")
@click.argument("file", type=PATH)
@click.option("--witness", "for_witness", is_flag=True, help="a witness's key, not a log's")
def key(name: str, file: Path, for_witness: bool) -> None:
    """Make a key for a log (NAME is its origin; training has another) or a witness, and print its public half.

    \b
    Example:
      reporting audit key ledger.example.lg.jp/2026-live signer.key
    """
    from api.cli.evidence import write_key
    from reporting.transparency.note import COSIGNATURE, ED25519, SignerKey

    made = SignerKey.generate(name, COSIGNATURE if for_witness else ED25519)
    write_key(file, made)
    click.echo(str(made.verifier()))


@click.command()
@click.option(
    "--key",
    "key_file",
    type=PATH,
    envvar="REPORTING_SIGNER_KEY",
    show_envvar=True,
    required=True,
    help="key file",
)
@click.option(
    "--state",
    type=PATH,
    envvar="REPORTING_SIGNER_STATE",
    show_envvar=True,
    required=True,
    help="what it signed last",
)
@click.option("--interval", type=click.FloatRange(0.1, 10), default=5.0, show_default=True, metavar="SECONDS")
@click.option("--once", is_flag=True, help="sign what is there and end")
@click.option("--adopt", is_flag=True, help="a new machine: take over checkpoints this key made elsewhere")
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    nargs=2,
    metavar="URL KEY",
    envvar="REPORTING_SIGNER_WITNESSES",
    show_envvar=True,
    help="have every checkpoint cosigned there; may be repeated",
)
@click.option(
    "--quorum",
    type=click.IntRange(0),
    default=0,
    envvar="REPORTING_SIGNER_QUORUM",
    show_envvar=True,
    help="say so when fewer witnesses than these have cosigned",
)
def sign(
    key_file: Path,
    state: Path,
    interval: float,
    once: bool,
    adopt: bool,
    witnesses: tuple[tuple[str, str], ...],
    quorum: int,
) -> None:
    """Sign the log as it grows. Refuses, and ends with exit code 1, when it is not what was signed before.

    Keep the state file on the signer's own disk, out of the database administrator's reach. Witnesses are asked
    beside it: signing never waits for them. With --once exit code 1 also says that fewer than the quorum cosigned, or that a witness
    saw another log; what was signed stays signed.

    \b
    Examples:
      reporting audit sign --key signer.key --state signer.json
      reporting audit sign --key signer.key --state signer.json --witness https://w1.example w1.pub --quorum 1
    """
    from api.cli.evidence import cosigned, read_key, verifier_key
    from reporting.transparency.cosigner import Cosigner, WitnessAt
    from reporting.transparency.errors import LogDisagrees, QuorumMissing
    from reporting.transparency.signer import Signer

    def told(head: Any) -> None:
        click.echo(f"signed {head.size:,}")

    def waits(why: Exception) -> None:
        if isinstance((failure := as_failure(why)).error, NotPermitted | NotMigrated):
            raise failure  # no waiting gives a login its right, nor a database its tables
        if not isinstance(why, ReportingError):
            click.echo(f"{message('as_told')}: {str(why).strip()}", err=True)
        click.echo(message("signer_waits"), err=True)

    stop = threading.Event()
    with running(service=True) as (_, database), progress(message.table("progress")["sign"].beside) as report:
        signer = Signer(database, read_key(key_file), state, interval=interval, adopt=adopt, progress=report)
        cosigner = Cosigner(
            database, [WitnessAt(url, verifier_key(key)) for url, key in witnesses], quorum, interval=interval
        )
        beside = threading.Thread(target=cosigner.run, args=(stop, cosigned), name="cosigner", daemon=True)
        try:
            if once:
                while head := signer.step():
                    told(head)
                if done := cosigner.ask():
                    cosigned(done)
                    if any(isinstance(why, LogDisagrees) for why in done.failed.values()):
                        raise click.exceptions.Exit(1)  # told with whoever saw another log
                    if len(done.by) < done.needed:
                        raise QuorumMissing(found=len(done.by), needed=done.needed)
            else:
                beside.start()
                signer.run(stop, told, waits)
        finally:
            stop.set()
            signer.close()
            if beside.is_alive():
                beside.join(1)
            else:
                cosigner.close()


@click.command()
@click.option("--key", "key_file", type=PATH, required=True, help="the witness's key file")
@click.option("--logs", multiple=True, required=True, metavar="KEY", help="a log it follows; may be repeated")
@click.option("--state", type=PATH, required=True, help="folder for the last checkpoint of each log")
@click.option("--request", "request_file", type=PATH, help="answer this file instead of serving HTTP")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8100, show_default=True)
def witness(
    key_file: Path, logs: tuple[str, ...], state: Path, request_file: Path | None, host: str, port: int
) -> None:
    """Be a witness: cosign a log's checkpoint only when it continues the last one seen. Needs no database.

    \b
    Example:
      reporting audit witness --key witness.key --logs signer.key.pub --state seen --request request.txt
    """
    from api.cli.evidence import read_key, verifier_key
    from api.cli.server import PortTaken
    from reporting.outside import of_system
    from reporting.transparency.errors import NoteInvalid
    from reporting.transparency.witness import Witness
    from reporting.transparency.witness_http import serve

    log_witness = Witness(read_key(key_file), [verifier_key(text) for text in logs], state)
    if request_file:
        answer = log_witness.add_checkpoint(request_file.read_bytes())
        if answer.status != 200:
            hint = f"--request-from {answer.body.strip()}" if answer.status == 409 else answer.body.strip()
            raise NoteInvalid(detail=f"HTTP {answer.status}", said=hint)
        click.echo(answer.body, nl=False)
        return
    try:
        bound = serve(log_witness, host, port)
    except OSError as error:
        raise PortTaken(host=host, port=port, detail=of_system(error)) from None
    with bound as server:
        click.echo(f"http://{host}:{port}/add-checkpoint", err=True)
        server.serve_forever()


@click.command()
@click.argument("disposal")
@click.option(
    "--person", help="whose words: of all commands they sent or had sent for them; - to be asked for the name"
)
@click.option("--command", "commands", multiple=True, type=click.UUID, help="the words of this command, too")
@click.option("--by", required=True, help="who erases")
@click.option("--ground", required=True, help="why, e.g. the number of the decision")
def erase(disposal: str, person: str | None, commands: tuple[UUID, ...], by: str, ground: str) -> None:
    """Carry out a DISPOSAL that one person proposed and another confirmed (reporting retention): names, reasons and salts go from the
    ledger and the views, the files that the person sent and did not deal with, and where they were told of things. Cannot be undone;
    proofs stay valid. Refused before its time and under legal hold.

    With `--person -` the name is asked for, so that it stands in no shell history and no list of processes. It is the one that was
    proposed; a disposal whose period is over needs none.

    \b
    Example:
      reporting audit erase d-1f00ab42 --person - --by 'data protection officer' --ground '2026-17'
    """
    from api.cli.disposing import asked_name, carried_out

    with running() as (_, database):
        certificate = carried_out(database, disposal, asked_name(person), commands, by=by, ground=ground)
    click.echo(
        f"{certificate.disposal}: {certificate.commands:,} commands, {certificate.files:,} {message('files')}, "
        f"{certificate.addresses:,} {message('addresses')}"
    )
