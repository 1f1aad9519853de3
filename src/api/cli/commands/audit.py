"""`reporting audit`."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path

import click

from api.cli.commands.custody import erase, key, sign, witness
from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running
from reporting.errors import InvalidInput

PATH = click.Path(path_type=Path)
LOG = click.option(
    "--log", "log", required=True, metavar="KEY", help="the log's public key, or a file with it"
)
WITNESSES = click.option(
    "--witness", "witnesses", multiple=True, metavar="KEY", help="a witness's public key"
)
QUORUM = click.option(
    "--quorum",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="witnesses that must have cosigned",
)


@click.group("audit")
def command() -> None:
    """Prove that the log was only ever appended to: sign, witness, prove, release, export, verify, erase.

    What each of these detects, and against whom, stands in docs/transparency.md.

    \b
    Example:
      reporting audit export evidence --log signer.key.pub
    """


for part in (erase, key, sign, witness):
    command.add_command(part)


@command.command()
@click.option("--size", type=click.IntRange(1), help="of exactly this size [default: the last]")
@click.option(
    "--request-from", "old", type=click.IntRange(0), metavar="SIZE", help="print a witness request instead"
)
@click.option("--witness-url", metavar="URL", help="have it cosigned by this witness now")
@click.option("--add", "answer", type=PATH, help="a witness's answer, brought as a file")
@WITNESSES
@click.option(
    "--quorum", type=click.IntRange(0), default=0, help="the last that so many witnesses have cosigned"
)
def checkpoint(
    size: int | None,
    old: int | None,
    witness_url: str | None,
    answer: Path | None,
    witnesses: tuple[str, ...],
    quorum: int,
) -> None:
    """Print a signed checkpoint; have it cosigned over HTTP or by files (SIZE: what the witness saw last, or 0).

    \b
    Examples:
      reporting audit checkpoint > kept-2026-02-08.txt
      reporting audit checkpoint --quorum 2 > kept-2026-02-08.txt
      reporting audit checkpoint --request-from 0 > request.txt
      reporting audit checkpoint --add answer.txt --witness witness.key.pub
    """
    from api.cli.evidence import verifier_key
    from reporting.transparency.errors import NotSigned, QuorumMissing
    from reporting.transparency.log import SQL, SignedLog
    from reporting.transparency.signer import SIGNER
    from reporting.transparency.witness import accepted
    from reporting.transparency.witness_http import obtain

    with running() as (_, database), database.connect(SIGNER) as connection:
        log = SignedLog(connection)
        if old is not None:
            click.echo(str(log.witness_request(old, size)), nl=False)
            return
        keys = [verifier_key(text) for text in witnesses]
        if (witness_url or answer) and not keys:
            raise InvalidInput(field="--witness", found="—", expected=message("key_of_a_witness"))
        text = answer.read_text(encoding="utf-8") if answer else ""
        if answer and size is None:
            head, note = log.answered(text, keys)
        elif signed := log.latest(quorum) if size is None else log.at(size):
            head, note = signed
        elif quorum:
            raise QuorumMissing(found=f"0–{quorum - 1}", needed=quorum)
        else:
            raise NotSigned(position=1, size=0)
        if witness_url:
            text = obtain(witness_url, partial(log.continuation, size=head.size))
        if text:
            for cosignature in accepted(text, note, keys):
                connection.execute(SQL["add_cosignature"], (head.size, cosignature.name, str(cosignature)))
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
@QUORUM
def proof(position: int, size: int | None, since: int | None, quorum: int) -> None:
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
            click.echo(str(log.inclusion(position, size, quorum)[1]), nl=False)
        else:
            for node in log.consistency(since, position):
                click.echo(encode64(node))


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
    from api.cli.evidence import published_totals, verifier_key
    from reporting.transparency.export import export as write
    from reporting.transparency.export import steady

    keys = [verifier_key(text) for text in witnesses]
    if quorum > len(keys):
        raise InvalidInput(field="--quorum", found=quorum, expected=f"0–{len(keys)} (--witness)")
    with (
        running() as (_, database),
        progress(message.table("progress")["export"].beside) as report,
        published_totals(database, quorum) as totals,
        steady(database) as connection,
    ):
        size = write(
            connection, folder, verifier_key(log), witnesses=keys, quorum=quorum, totals=totals, words=words,
            progress=report,
        )  # fmt: skip
    click.echo(f"{size:,} events in {folder}")


@command.command()
@click.argument("election")
@click.argument("form")
@click.argument("slot")
@click.argument("folder", type=PATH)
@click.option(
    "--number", type=click.IntRange(1), default=1, show_default=True, help="2 and more: corrections"
)
@QUORUM
def release(election: str, form: str, slot: str, folder: Path, number: int, quorum: int) -> None:
    """Write a release into a new folder: its very files, its event, and the proof that it is in the signed log.

    \b
    Example:
      reporting audit release hr51 final final release-1
    """
    from api.cli.evidence import release_files

    with running() as (_, database):
        files = release_files(database, election, form, slot, number, quorum)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(17, "not empty", str(folder))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    click.echo(f"{len(files)} files in {folder}")


@command.command()
@click.argument("evidence", type=PATH)
@LOG
@WITNESSES
@QUORUM
@click.option("--old-checkpoint", "kept", multiple=True, type=PATH, help="a checkpoint you kept")
@click.option("--reads", type=PATH, help="the servers' log of reads before release, beside an export")
def verify(
    evidence: Path,
    log: str,
    witnesses: tuple[str, ...],
    quorum: int,
    kept: tuple[Path, ...],
    reads: Path | None,
) -> None:
    """Check an export, a release or its open data (folders) or a proof (a .tlog-proof file). Exit code 1 when something is wrong.

    Auditors run the same program by itself: `reporting audit verifier` writes it out.

    \b
    Example:
      reporting audit verify evidence --log signer.key.pub
    """
    from api.cli.evidence import verifier_key
    from api.cli.verify import main as check
    from reporting.publication.package_check import PROOF
    from reporting.publication.package_check import check as check_package
    from reporting.transparency.checkpoint import Policy
    from reporting.transparency.errors import NoEvidence
    from reporting.transparency.proof import Proof

    keys = [verifier_key(text) for text in witnesses]
    published = (evidence / PROOF).is_file()
    if published or not evidence.is_dir():
        log_proof = Proof.parse((evidence / PROOF if published else evidence).read_text(encoding="utf-8"))
        head = log_proof.verify(log_proof.extra or b"", Policy(verifier_key(log), tuple(keys), quorum))
        if published:
            files = {
                file.relative_to(evidence).as_posix(): file.read_bytes()
                for file in evidence.rglob("*")
                if file.is_file()
            }
            click.echo(f"GOOD: release {check_package(files, log_proof.extra or b'')}")
        click.echo(f"GOOD: event {log_proof.index + 1} is in {head.origin} of {head.size:,}")
        click.echo((log_proof.extra or b"").decode())
        return
    if not (evidence / "manifest.json").is_file():
        raise NoEvidence(path=str(evidence))
    arguments = [str(evidence), "--key", str(verifier_key(log)), "--quorum", str(quorum)]
    for text in keys:
        arguments += ["--witness", str(text)]
    for file in kept:
        arguments += ["--old-checkpoint", str(file)]
    if reads is not None:
        arguments += ["--reads", str(reads)]
    raise click.exceptions.Exit(check(arguments))


@command.command()
@click.option("--to", "file", type=PATH, required=True, help="a file that is not there yet")
def verifier(file: Path) -> None:
    """Write the offline verifier out: one file that needs Python 3.11 and `cryptography`, and nothing of this system.

    \b
    Example:
      reporting audit verifier --to verify.py
    """
    program = resources("api.cli").joinpath("verify.py").read_bytes()
    try:
        with file.open("xb") as written:
            written.write(program)
    except FileExistsError:
        raise InvalidInput(
            field="--to", found=str(file), expected=message("file_that_is_not_there_yet")
        ) from None
    click.echo(f"{file}: SHA-256 {sha256(program).hexdigest()}")
