"""`reporting audit`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import click

from api.cli.commands.custody import erase, key, witness
from api.cli.progress import progress
from api.cli.runtime import running

PATH = click.Path(path_type=Path)
LOG = click.option(
    "--log", "log", required=True, metavar="KEY", help="the log's public key, or a file with it"
)
WITNESSES = click.option(
    "--witness", "witnesses", multiple=True, metavar="KEY", help="a witness's public key"
)
QUORUM = click.option("--quorum", default=0, show_default=True, help="witnesses that must have cosigned")


@click.group("audit")
def command() -> None:
    """Prove that the log was only ever appended to: sign, witness, prove, export, verify, erase.

    What each of these detects, and against whom, stands in docs/transparency.md.

    \b
    Example:
      reporting audit export evidence --log signer.key.pub
    """


for part in (erase, key, witness):
    command.add_command(part)


@command.command()
@click.option("--key", "key_file", type=PATH, envvar="REPORTING_SIGNER_KEY", required=True, help="key file")
@click.option(
    "--state", type=PATH, envvar="REPORTING_SIGNER_STATE", required=True, help="what it signed last"
)
@click.option("--interval", type=click.FloatRange(0.1, 10), default=5.0, show_default=True, metavar="SECONDS")
@click.option("--once", is_flag=True, help="sign what is there and end")
@click.option("--adopt", is_flag=True, help="a new machine: take over checkpoints this key made elsewhere")
def sign(key_file: Path, state: Path, interval: float, once: bool, adopt: bool) -> None:
    """Sign the log as it grows. Refuses, and ends with exit code 1, when it is not what was signed before.

    Keep the state file on the signer's own disk, out of the database administrator's reach.

    \b
    Example:
      reporting audit sign --key signer.key --state signer.json
    """
    from api.cli.evidence import read_key
    from reporting.transparency.signer import Signer

    def told(head: Any) -> None:
        click.echo(f"signed {head.size:,}")

    with running() as (_, database), progress("署名 sign") as report:
        signer = Signer(database, read_key(key_file), state, interval=interval, adopt=adopt, progress=report)
        try:
            if once:
                while head := signer.step():
                    told(head)
            else:
                signer.run(threading.Event(), told)
        finally:
            signer.close()


@command.command()
@click.option("--size", type=int, help="of exactly this size [default: the last]")
@click.option("--request-from", "old", type=int, metavar="SIZE", help="print a witness request instead")
@click.option("--witness-url", metavar="URL", help="have it cosigned by this witness now")
@click.option("--add", "answer", type=PATH, help="a witness's answer, brought as a file")
@WITNESSES
def checkpoint(
    size: int | None,
    old: int | None,
    witness_url: str | None,
    answer: Path | None,
    witnesses: tuple[str, ...],
) -> None:
    """Print a signed checkpoint; have it cosigned over HTTP or by files (SIZE: what the witness saw last, or 0).

    \b
    Examples:
      reporting audit checkpoint > kept-2026-02-08.txt
      reporting audit checkpoint --request-from 0 > request.txt
      reporting audit checkpoint --add answer.txt --witness witness.key.pub
    """
    from api.cli.evidence import known
    from reporting.transparency.log import SQL, SignedLog
    from reporting.transparency.signer import SIGNER
    from reporting.transparency.witness import accepted
    from reporting.transparency.witness_http import obtain

    with running() as (_, database), database.connect(SIGNER) as connection:
        log = SignedLog(connection)
        request = log.witness_request(old or 0, size)
        if old is not None:
            click.echo(str(request), nl=False)
            return
        found = log.latest() if size is None else log.at(size)
        assert found is not None
        head, note = found
        if witness_url or answer:
            text = (
                answer.read_text(encoding="utf-8")
                if answer
                else obtain(witness_url or "", lambda seen: log.witness_request(seen, head.size))
            )
            for one in accepted(text, note, [known(text) for text in witnesses]):
                connection.execute(SQL["add_cosignature"], (head.size, one.name, str(one)))
            note = log.at(head.size)[1]
        click.echo(str(note), nl=False)


@command.command()
@click.argument("position", type=click.IntRange(1))
@click.option(
    "--at", "size", type=int, help="in the checkpoint of this size [default: the first that covers it]"
)
@click.option(
    "--since", type=int, metavar="SIZE", help="instead: that the checkpoint POSITION continues this one"
)
def proof(position: int, size: int | None, since: int | None) -> None:
    """Print the proof that an event is in the signed log, as a c2sp.org/tlog-proof file.

    \b
    Example:
      reporting audit proof 17 > 17.tlog-proof
    """
    from reporting.database.connect import READER
    from reporting.transparency.log import SignedLog
    from reporting.transparency.note import encode64

    with running() as (_, database), database.connect(READER) as connection:
        log = SignedLog(connection)
        if since is None:
            click.echo(str(log.inclusion(position, size)[1]), nl=False)
        else:
            for one in log.consistency(since, position):
                click.echo(encode64(one))


@command.command()
@click.argument("folder", type=PATH)
@LOG
@WITNESSES
@QUORUM
@click.option("--words", is_flag=True, help="with persons, offices and reasons")
def export(folder: Path, log: str, witnesses: tuple[str, ...], quorum: int, words: bool) -> None:
    """Write everything needed to check the log without this system into a new folder.

    \b
    Example:
      reporting audit export evidence --log signer.key.pub
    """
    from api.cli.evidence import known, published_totals
    from reporting.transparency.export import export as write
    from reporting.transparency.export import steady

    with (
        running() as (_, database),
        progress("書き出し export") as report,
        published_totals(database) as totals,
        steady(database) as connection,
    ):
        keys = [known(text) for text in witnesses]
        size = write(
            connection, folder, known(log), witnesses=keys, quorum=quorum, totals=totals, words=words,
            progress=report,
        )  # fmt: skip
    click.echo(f"{size:,} events in {folder}")


@command.command()
@click.argument("evidence", type=PATH)
@LOG
@WITNESSES
@QUORUM
@click.option("--old-checkpoint", "kept", multiple=True, type=PATH, help="a checkpoint you kept")
def verify(evidence: Path, log: str, witnesses: tuple[str, ...], quorum: int, kept: tuple[Path, ...]) -> None:
    """Check an export (a folder) or a proof (a .tlog-proof file). Exit code 1 when something is wrong.

    Auditors run the same program by itself, deploy/verify/verify.py, which needs nothing of this system.

    \b
    Example:
      reporting audit verify evidence --log signer.key.pub
    """
    from api.cli.evidence import known
    from api.cli.verify import main as check
    from reporting.transparency.checkpoint import Policy
    from reporting.transparency.proof import Proof

    keys = [known(text) for text in witnesses]
    if not evidence.is_dir():
        one = Proof.parse(evidence.read_text(encoding="utf-8"))
        head = one.verify(one.extra or b"", Policy(known(log), tuple(keys), quorum))
        click.echo(f"GOOD: event {one.index + 1} is in {head.origin} of {head.size:,}")
        click.echo((one.extra or b"").decode())
        return
    arguments = [str(evidence), "--key", str(known(log)), "--quorum", str(quorum)]
    for text in keys:
        arguments += ["--witness", str(text)]
    for file in kept:
        arguments += ["--old-checkpoint", str(file)]
    raise click.exceptions.Exit(check(arguments))
