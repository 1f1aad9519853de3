"""Witnesses asked beside the signer: k of n come together, and none of them can hold it up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from beside import beside
from click.testing import CliRunner
from signed import NewSigner, grow, night
from waiting import until

from api.cli.evidence import write_key
from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database
from reporting.errors import InvalidInput
from reporting.transparency import merkle
from reporting.transparency.checkpoint import Checkpoint, Policy, sign
from reporting.transparency.cosigner import Cosigner, Round, WitnessAt
from reporting.transparency.errors import KeyInvalid, LogDisagrees, NotSigned, WitnessRefuses, WitnessSilent
from reporting.transparency.log import SignedLog
from reporting.transparency.note import COSIGNATURE, SignerKey
from reporting.transparency.witness import Witness, WitnessRequest
from reporting.transparency.witness_http import serve

KEYS = [SignerKey.generate(f"witness.example/w{n}", COSIGNATURE) for n in range(4)]
CLOSED = "http://127.0.0.1:1"


@contextmanager
def served(witness: Witness) -> Iterator[str]:
    with serve(witness, "127.0.0.1", 0) as server, beside(server.serve_forever, let_go=server.shutdown):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def hanging() -> Iterator[str]:
    """A witness that takes the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def good(key: SignerKey, tmp_path: Path) -> Iterator[list[WitnessAt]]:
    """Two that cosign this log."""
    with ExitStack() as stack:
        yield [
            WitnessAt(
                stack.enter_context(served(Witness(one, [key.verifier()], tmp_path / one.name[-2:]))),
                one.verifier(),
            )
            for one in KEYS[:2]
        ]


def last(database: Database, cosigned: int = 0) -> str:
    with database.connect(READER) as connection:
        found = SignedLog(connection).latest(cosigned)
    assert found is not None
    return str(found[1])


def test_who_answers_makes_the_quorum(
    service: Reporting,
    database: Database,
    new_signer: NewSigner,
    key: SignerKey,
    good: list[WitnessAt],
    hanging: str,
) -> None:
    silent = [WitnessAt(CLOSED, KEYS[2].verifier()), WitnessAt(hanging, KEYS[3].verifier())]
    cosigner = Cosigner(database, [*good, *silent], 2, wait=2, rest=60)
    assert cosigner.ask() is None
    signer = new_signer()
    grow(service, 300)
    assert signer.step() is not None
    policy = Policy(key.verifier(), tuple(one.key for one in [*good, *silent]), 2)
    done = cosigner.ask()
    assert done is not None
    assert (done.size, done.by, done.needed) == (300, (KEYS[0].name, KEYS[1].name), 2)
    assert set(done.failed) == {KEYS[2].name, KEYS[3].name}
    assert all(isinstance(failure, WitnessSilent) for failure in done.failed.values())
    assert policy.check(last(database, 2)).size == 300
    assert cosigner.ask() is None
    grow(service, 30, first=300)
    assert signer.step() is not None
    assert policy.check(last(database, 2)).size == 300
    done = cosigner.ask()
    assert done == Round(330, (KEYS[0].name, KEYS[1].name), 2, {})
    assert policy.check(last(database, 2)).size == 330
    cosigner.close()
    grow(service, 1, first=330)
    assert signer.step() is not None
    with database.connect(READER) as connection:
        log = SignedLog(connection)
        _, proof = log.inclusion(7, cosigned=2)
        assert proof.verify(proof.extra or b"", policy).size == 300
        assert Policy(key.verifier()).check(log.inclusion(331)[1].checkpoint).size == 331
        with pytest.raises(NotSigned, match="330"):
            log.inclusion(331, cosigned=2)


def test_who_failed_is_asked_again_after_a_rest(
    service: Reporting, database: Database, new_signer: NewSigner
) -> None:
    witness = WitnessAt(CLOSED, KEYS[2].verifier())
    at_once = Cosigner(database, [witness], 1, wait=0.5, rest=0)
    later = Cosigner(database, [witness], 1, wait=0.5, rest=3_600)
    grow(service, 3)
    assert new_signer().step() is not None
    for _ in range(3):
        told = at_once.ask()
        assert told is not None
        assert set(told.failed) == {KEYS[2].name}
    assert later.ask() is not None
    assert later.ask() is None
    at_once.close()
    later.close()


def test_signing_never_waits(
    service: Reporting, database: Database, new_signer: NewSigner, good: list[WitnessAt], hanging: str
) -> None:
    told: list[Round] = []
    stop = threading.Event()
    cosigner = Cosigner(database, [WitnessAt(hanging, KEYS[3].verifier()), good[0]], 2, interval=0.05, wait=2)
    signer = new_signer()
    grow(service, 3)
    assert signer.step() is not None
    with beside(lambda: cosigner.run(stop, told.append), let_go=stop.set):
        until(lambda: cosigner._busy, "the round of the first checkpoint is under way")
        grow(service, 3, first=3)
        head = signer.step()
        assert head is not None
        assert head.size == 6
        assert told == [], "the round of the first checkpoint was over before the second was signed"
    assert [(one.size, one.by) for one in told] == [(3, (KEYS[0].name,))]


def test_a_witness_that_saw_another_log_is_heard(
    service: Reporting, database: Database, new_signer: NewSigner, key: SignerKey, tmp_path: Path
) -> None:
    """Its last checkpoint is none of ours, is as long as ours, is shorter, or is longer: written anew, or cut back."""
    signer = new_signer()
    for first in (0, 5):
        grow(service, 5, first)
        signer.step()
    cases = ((3, LogDisagrees, "of 3"), (10, WitnessRefuses, "409"), (5, WitnessRefuses, "422"))
    for size, kind, detail in (*cases, (12, LogDisagrees, "of 12")):
        other = [merkle.leaf_hash(b"%d" % n) for n in range(size)]
        forked = sign(Checkpoint(key.name, size, merkle.root_of(other)), key)
        witness = Witness(KEYS[0], [key.verifier()], tmp_path / str(size))
        assert witness.add_checkpoint(str(WitnessRequest(0, (), str(forked))).encode()).status == 200
        with served(witness) as url:
            cosigner = Cosigner(database, [WitnessAt(url, KEYS[0].verifier())], 1)
            done = cosigner.ask()
            cosigner.close()
        assert done is not None
        failure = done.failed[KEYS[0].name]
        assert (done.by, type(failure)) == ((), kind)
        assert detail in str(failure)
    grow(service, 1, 10)
    assert signer.step() is not None


@pytest.mark.parametrize(
    ("witnesses", "quorum", "refused"),
    [
        ([WitnessAt(CLOSED, KEYS[0].verifier())], 2, InvalidInput),
        ([WitnessAt(CLOSED, KEYS[0].verifier()), WitnessAt(CLOSED, KEYS[0].verifier())], 1, InvalidInput),
        ([WitnessAt("file:///etc", KEYS[0].verifier())], 1, InvalidInput),
        ([WitnessAt(CLOSED, SignerKey.generate("log.example").verifier())], 1, KeyInvalid),
    ],
)
def test_what_cannot_be_a_policy(
    database: Database, witnesses: list[WitnessAt], quorum: int, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        Cosigner(database, witnesses, quorum)


def test_at_the_terminal(service: Reporting, database: Database, key: SignerKey, tmp_path: Path) -> None:
    night(service)
    size = service.ledger.position()
    write_key(tmp_path / "signer.key", key)
    with served(Witness(KEYS[0], [key.verifier()], tmp_path / "seen")) as url:
        words = f"{url} {KEYS[0].verifier()} {CLOSED} {KEYS[1].verifier()}"
        env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_SIGNER_WITNESSES": words}

        def run(*words: str, code: int = 0) -> str:
            done = CliRunner().invoke(root, ["audit", *words], prog_name="reporting", env=env)
            assert done.exit_code == code, done.output
            return done.output

        state = ["--key", str(tmp_path / "signer.key"), "--state", str(tmp_path / "state"), "--once"]
        run("sign", *state, "--quorum", "3", code=1)
        said = run("sign", *state, "--quorum", "2", code=1)
    assert f"signed {size}" in said
    assert f"cosigned {size}: 1 ({KEYS[0].name}); needed 2" in said
    assert "[witness_silent]" in said
    assert "[quorum_missing]" in said
    assert run("checkpoint", "--quorum", "1") == last(database)
    assert "[quorum_missing]" in run("checkpoint", "--quorum", "2", code=1)
    assert "[no_such_checkpoint]" in run("checkpoint", "--size", "3", code=1)
    assert "[invalid_input]" in run("checkpoint", "--witness-url", CLOSED, code=1)
    assert "[witness_silent]" in run(
        "checkpoint", "--witness-url", CLOSED, "--witness", str(KEYS[1].verifier()), code=1
    )
    witnesses = ["--witness", str(KEYS[0].verifier()), "--witness", str(KEYS[1].verifier())]
    log = ["--log", str(key.verifier())]
    assert "[invalid_input]" in run("export", str(tmp_path / "a"), *log, "--quorum", "1", code=1)
    assert "[quorum_missing]" in run("export", str(tmp_path / "b"), *log, *witnesses, "--quorum", "2", code=1)
    grow(service, 2)
    with served(Witness(KEYS[1], [], tmp_path / "stranger")) as url:
        env["REPORTING_SIGNER_WITNESSES"] = f"{url} {KEYS[1].verifier()}"
        assert "unknown log" in run("sign", *state)
    run("export", str(tmp_path / "c"), *log, *witnesses, "--quorum", "1")
    head = service.ledger.position()
    other = [merkle.leaf_hash(b"%d" % n) for n in range(head)]
    forked = sign(Checkpoint(key.name, head, merkle.root_of(other)), key)
    elsewhere = Witness(KEYS[1], [key.verifier()], tmp_path / "elsewhere")
    assert elsewhere.add_checkpoint(str(WitnessRequest(0, (), str(forked))).encode()).status == 200
    with served(elsewhere) as url:
        env["REPORTING_SIGNER_WITNESSES"] = f"{url} {KEYS[1].verifier()}"
        assert "[witness_refuses]" in run("sign", *state, code=1)
    assert f"GOOD: {size} events" in run(
        "verify", str(tmp_path / "c"), "--log", str(key.verifier()), *witnesses, "--quorum", "1"
    )
