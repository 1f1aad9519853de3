"""A whole installation on this machine, for trials: primary and synchronous standby, API servers, a follower, a signer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.trial.pair import PrimaryAndStandby
from api.trial.programs import Program, free_port
from reporting.database.migrate import migrate
from reporting.transparency.note import SignerKey, VerifierKey

ORIGIN = "ledger.example.jp/trial"


@dataclass(frozen=True, slots=True)
class Cluster:
    """`addresses`: of the API servers; `signed_by`: the log's public key; `token_key`: file that signs people's tokens."""

    folder: Path
    pair: PrimaryAndStandby
    addresses: tuple[str, ...]
    programs: tuple[Program, ...]
    signed_by: VerifierKey
    token_key: Path

    def ended(self) -> list[Program]:
        """What should be running and is not."""
        return [program for program in self.programs if not program.runs()]


@contextmanager
def cluster(folder: Path, ports: tuple[int, ...] = ()) -> Iterator[Cluster]:
    """Started in this order, stopped in the other one. `ports`: of the API servers, two free ones if none are given. Errors:
    ProgramEnded, StandbyLags."""
    pair, token_key = PrimaryAndStandby(folder), folder / "token.key"
    with ExitStack() as stack:
        stack.callback(pair.stop)
        pair.start()
        migrate(pair.database)
        key = SignerKey.generate(ORIGIN)
        _secret(folder / "signer.key", key.reveal() + "\n")
        common = {
            "REPORTING_DATABASE_URL": pair.url,
            "REPORTING_TOKEN_KEY": str(token_key),
            "REPORTING_PROJECTOR": "no",
        }
        programs, addresses = [], []
        for number, port in enumerate(ports or (free_port(), free_port())):
            own = {
                "REPORTING_PORT": str(port),
                "REPORTING_DATA_DIR": str(folder / f"api-{number}"),
                "REPORTING_PUBLICATION": "yes" if number == 0 else "no",
            }
            programs.append(Program(("serve",), common | own, folder / f"api-{number}.log"))
            addresses.append(f"http://127.0.0.1:{port}")
        signs = {
            "REPORTING_SIGNER_KEY": str(folder / "signer.key"),
            "REPORTING_SIGNER_STATE": str(folder / "signer.json"),
        }
        beside = (
            Program(("projections", "follow"), common, folder / "follow.log"),
            Program(("audit", "sign"), common | signs, folder / "sign.log"),
        )
        stack.callback(_stop, (*programs, *beside))
        for program in (*programs, *beside):
            program.start()
        for program, address in zip(programs, addresses, strict=True):
            program.wait_ready(f"{address}/ready/changes")
        yield Cluster(folder, pair, tuple(addresses), (*programs, *beside), key.verifier(), token_key)


def _stop(programs: Sequence[Program]) -> None:
    """Told all at once: each needs a moment."""
    for program in programs:
        program.tell_to_stop()
    for program in programs:
        program.stop()


def _secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
