"""Witnesses by file and over HTTP, the k of n policy, proofs as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from beside import beside
from dripping import WHOLE_HEAD, dripping

from reporting.transparency import merkle
from reporting.transparency.checkpoint import Checkpoint, Policy, cosign, sign, witnessed
from reporting.transparency.errors import (
    KeyInvalid,
    NoteInvalid,
    ProofInvalid,
    QuorumMissing,
    WitnessRefuses,
    WitnessSilent,
)
from reporting.transparency.note import COSIGNATURE, Note, Signature, SignerKey, encode64
from reporting.transparency.proof import Proof
from reporting.transparency.witness import Witness, WitnessRequest, accepted
from reporting.transparency.witness_http import obtain, post, serve

LOG = SignerKey.generate("ledger.example.jp/live")
WITNESS = SignerKey.generate("witness.example/w1", COSIGNATURE)
LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(40)]


def node(level: int, index: int) -> bytes:
    return merkle.root_of(LEAVES[index << level : (index + 1) << level])


def head(size: int, leaves: list[bytes] = LEAVES, key: SignerKey = LOG) -> Note:
    return sign(Checkpoint(key.name, size, merkle.root_of(leaves[:size])), key)


def request(old: int, new: int, note: Note | None = None) -> WitnessRequest:
    return WitnessRequest(old, tuple(merkle.consistency_proof(node, old, new)), str(note or head(new)))


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(WITNESS, [LOG.verifier()], tmp_path / "seen", clock=lambda: 1_790_000_000)


def ask(witness: Witness, asked: WitnessRequest | str) -> tuple[int, str]:
    answer = witness.add_checkpoint(str(asked).encode())
    return answer.status, answer.body


def test_cosigns_what_continues(witness: Witness, tmp_path: Path) -> None:
    for old, new in ((0, 3), (3, 3), (3, 17), (17, 40)):
        asked = request(old, new)
        assert WitnessRequest.parse(str(asked).encode()) == asked
        status, body = ask(witness, asked)
        assert status == 200
        (line,) = accepted(body, head(new), [WITNESS.verifier()])
        note = Note(head(new).text, (*head(new).signatures, line))
        assert Policy(LOG.verifier(), (WITNESS.verifier(),), 1).check(str(note)).size == new
        assert witnessed(note, [WITNESS.verifier()]) == {WITNESS.name: 1_790_000_000}
    again = Witness(WITNESS, [LOG.verifier()], tmp_path / "seen")
    seen = again.seen(LOG.name)
    assert seen is not None
    assert seen.size == 40


def test_answers_by_the_book(witness: Witness) -> None:
    assert ask(witness, request(0, 10))[0] == 200
    other = [merkle.leaf_hash(b"x"), *LEAVES[1:]]
    forged = str(head(20)).replace("\n20\n", "\n21\n")
    stranger = SignerKey.generate("elsewhere.example/log")
    same_name = SignerKey.generate(LOG.name)
    answers: list[tuple[WitnessRequest | str, int, str | None]] = [
        (request(5, 20), 409, "10\n"),
        (request(0, 20), 409, "10\n"),
        (WitnessRequest(10, (), str(head(10, other))), 409, "10\n"),
        (WitnessRequest(10, (), str(head(20))), 422, None),
        (WitnessRequest(10, request(10, 20).proof, str(head(20, other))), 422, None),
        (WitnessRequest(10, request(10, 20).proof, forged), 403, None),
        (request(10, 20, head(20, key=same_name)), 403, None),
        (request(10, 20, head(20, key=stranger)), 404, None),
        (WitnessRequest(30, (), str(head(20))), 400, None),
        ("old 10\nnothing", 400, None),
        ("old 010\n\n" + str(head(20)), 400, None),
        ("old 10\n" + "AAAA\n" * 64 + "\n" + str(head(20)), 400, None),
    ]
    for asked, status, body in answers:
        got = ask(witness, asked)
        assert got[0] == status, (asked, got)
        assert body is None or got[1] == body
    assert ask(witness, request(10, 20))[0] == 200


def test_a_first_checkpoint_needs_no_proof_and_takes_none(witness: Witness) -> None:
    assert ask(witness, WitnessRequest(0, (LEAVES[0],), str(head(5))))[0] == 422
    assert ask(witness, request(0, 0))[0] == 200
    assert ask(witness, request(0, 5))[0] == 200


def test_a_log_key_cannot_witness() -> None:
    with pytest.raises(KeyInvalid):
        Witness(LOG, [LOG.verifier()], Path("unused"))


def test_the_quorum_counts_different_witnesses_only() -> None:
    keys = [SignerKey.generate(f"w{n}.example", COSIGNATURE) for n in range(3)]
    twin = SignerKey(keys[0].name + "-twin", COSIGNATURE, keys[0].seed)
    own = SignerKey(LOG.name, COSIGNATURE, LOG.seed)
    bare = head(7)

    def policy(quorum: int) -> Policy:
        return Policy(LOG.verifier(), tuple(key.verifier() for key in (*keys, twin, own)), quorum)

    def with_(*signers: SignerKey) -> str:
        lines = tuple(cosign(bare.text, key, 1_790_000_000) for key in signers)
        return str(Note(bare.text, bare.signatures + lines))

    assert policy(2).check(with_(keys[0], keys[2])).size == 7
    for signers in [(keys[0],), (keys[0], keys[0]), (keys[0], twin), (keys[0], own), ()]:
        with pytest.raises(QuorumMissing):
            policy(2).check(with_(*signers))
    unknown = SignerKey.generate("nobody.example", COSIGNATURE)
    with pytest.raises(QuorumMissing):
        policy(2).check(with_(keys[0], unknown))
    broken = Note.parse(with_(keys[0], keys[1]))
    spoilt = Signature(keys[1].name, keys[1].verifier().id, bytes(72))
    with pytest.raises(NoteInvalid):
        policy(1).check(str(Note(broken.text, (*broken.signatures[:2], spoilt))))


def test_a_cosignature_counts_for_its_own_checkpoint_only() -> None:
    line = str(cosign(head(7).text, WITNESS, 1))
    assert accepted(line, head(7), [WITNESS.verifier()])
    with pytest.raises(NoteInvalid):
        accepted(line, head(8), [WITNESS.verifier()])
    with pytest.raises(NoteInvalid):
        accepted(line, head(7), [])


def test_proof_files(tmp_path: Path) -> None:
    policy = Policy(LOG.verifier())
    note = head(40)
    text = str(Proof(11, tuple(merkle.inclusion_proof(node, 11, 40)), str(note), b"11"))
    assert Proof.parse(text).verify(b"11", policy).size == 40
    with pytest.raises(ProofInvalid):
        Proof.parse(text).verify(b"12", policy)
    with pytest.raises(ProofInvalid):
        Proof.parse(text.replace("index 11", "index 12")).verify(b"11", policy)
    with pytest.raises(NoteInvalid):
        Proof.parse(text).verify(
            b"11", Policy(SignerKey.generate(LOG.name.replace("live", "training")).verifier())
        )


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    with serve(witness, "127.0.0.1", 0) as server, beside(server.serve_forever, let_go=server.shutdown):
        yield f"http://127.0.0.1:{server.server_port}"


def test_over_http(url: str) -> None:
    assert accepted(obtain(url, lambda old: request(old, 9)), head(9), [WITNESS.verifier()])
    assert accepted(obtain(url, lambda old: request(old, 31)), head(31), [WITNESS.verifier()])
    answer = post(url, request(4, 31))
    assert (answer.status, answer.body, answer.content_type) == (409, "31\n", "text/x.tlog.size")
    other = [merkle.leaf_hash(b"x"), *LEAVES[1:]]
    with pytest.raises(WitnessRefuses):
        obtain(
            url, lambda old: WitnessRequest(old, request(old, 40).proof if old else (), str(head(40, other)))
        )
    assert post(url + "/elsewhere", request(0, 1)).status == 404
    for broken in ("http://127.0.0.1:1", url + "/elsewhere"):
        with pytest.raises(WitnessSilent):
            obtain(broken, lambda old: request(old, 9))


@pytest.mark.parametrize("begins", [WHOLE_HEAD[:-2], WHOLE_HEAD], ids=["head", "body"])
def test_a_witness_that_drips_its_answer_is_a_silent_one(
    monkeypatch: pytest.MonkeyPatch, begins: bytes
) -> None:
    monkeypatch.setattr("reporting.transparency.witness_http.TIMEOUT_S", 0.3)
    with dripping(begins) as address, pytest.raises(WitnessSilent):
        post(address, WitnessRequest(0, (), str(head(10))))


def test_what_another_log_adds_to_its_head_is_kept_line_for_line() -> None:
    body = "elsewhere.example/log\n20\n" + encode64(bytes(32)) + "\nfirst extension\nsecond, the last\n"
    head = Checkpoint.parse(body)
    assert head.extensions == ("first extension", "second, the last")
    assert str(head) == body


def test_a_head_has_no_empty_line_within() -> None:
    root = encode64(bytes(32))
    for body in (
        f"log.example\n20\n{root}\n\nlast\n",
        f"log.example\n\n{root}\nlast\n",
        f"\n20\n{root}\nlast\n",
    ):
        with pytest.raises(NoteInvalid):
            Checkpoint.parse(body)
