"""The public test vectors for every format, good and broken on purpose."""

from __future__ import annotations

import json
import struct
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reporting.errors import ReportingError
from reporting.ledger.registry import canonical
from reporting.transparency import merkle, note
from reporting.transparency.checkpoint import Checkpoint, opened, sign, timestamp
from reporting.transparency.errors import KeyInvalid, NoteInvalid, ProofInvalid
from reporting.transparency.note import Note, SignerKey, VerifierKey
from reporting.transparency.proof import Proof, parse_tile_path, tile_path

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Any:
    return lambda name: json.loads((shared / "vectors" / f"{name}.json").read_text(encoding="utf-8"))


def test_rfc6962_tree(vectors: Any) -> None:
    data = vectors("rfc6962_tree")
    for case in data["hasher"]:
        parts = [
            bytes.fromhex(value) if name.endswith("_hex") else value.encode()
            for name, value in case.items()
            if name not in ("op", "want")
        ]
        made: dict[str, Callable[..., bytes]] = {
            "empty_root": lambda: merkle.EMPTY_ROOT,
            "leaf": merkle.leaf_hash,
            "node": merkle.node_hash,
        }
        assert made[case["op"]](*parts).hex() == case["want"]
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in data["leaf_inputs_hex"]]
    for size, want in enumerate(data["roots_by_size_hex"]):
        assert merkle.root_of(leaves[:size]).hex() == want


def test_inclusion_proofs(vectors: Any) -> None:
    cases = vectors("merkle_inclusion_proofs")
    assert len(cases) == 98
    for case in cases:
        leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
        path = [b64decode(one) for one in case["proof"] or ()]
        arguments = (case["leafIdx"], case["treeSize"], leaf, path, root)
        if case["wantErr"]:
            with pytest.raises(ProofInvalid):
                merkle.verify_inclusion(*arguments)
        else:
            merkle.verify_inclusion(*arguments)


def test_consistency_proofs(vectors: Any) -> None:
    cases = vectors("merkle_consistency_proofs")
    assert len(cases) == 98
    for case in cases:
        roots = (b64decode(case["root1"] or ""), b64decode(case["root2"] or ""))
        path = [b64decode(one) for one in case["proof"] or ()]
        arguments = (case["size1"], case["size2"], *roots, path)
        if case["wantErr"]:
            with pytest.raises(ProofInvalid):
                merkle.verify_consistency(*arguments)
        else:
            merkle.verify_consistency(*arguments)


def test_notes(vectors: Any) -> None:
    data = vectors("signed_note")
    for case in data["open"]:
        raw = case["note"].encode() if case["note"] is not None else bytes.fromhex(case["note_hex"])
        keys = [VerifierKey.parse(text) for text in case["vkeys"]]
        if case["expect"] == "accept":
            names = [one.name for one in Note.parse(raw).verified(keys)]
            assert names == case["verified_names"], case["name"]
        else:
            with pytest.raises(NoteInvalid):
                Note.parse(raw).verified(keys)
    for case in [data["sign"]] if isinstance(data["sign"], dict) else data["sign"]:
        assert str(note.sign(case["text"], SignerKey.parse(case["skey"]))) == case["want"]


def test_keys(vectors: Any) -> None:
    data = vectors("signed_note")
    for text in data["vkeys_valid"]:
        assert str(VerifierKey.parse(text)) == text
    good = data["vkeys_valid"][0]
    substrings = {good[a:b] for a in range(len(good)) for b in range(a, len(good) + 1)} - {good}
    for text in [*data["vkeys_invalid"], *substrings]:
        with pytest.raises(KeyInvalid):
            VerifierKey.parse(text)
    for case in data["cosigner_test_keys"]:
        signer = SignerKey.parse(case["skey"])
        assert signer.reveal() == case["skey"]
        assert str(signer.verifier()) == case["vkey"]


def test_checkpoint_bodies(vectors: Any) -> None:
    data = vectors("checkpoint_bodies")
    for case in data["cases"]:
        short_root = not case["wantErr"] and len(b64decode(case["body"].split("\n")[2])) != 32
        if case["wantErr"] or short_root:  # ours insists on 32 bytes, as the vectors allow
            with pytest.raises(NoteInvalid):
                Checkpoint.parse(case["body"])
        else:
            assert str(Checkpoint.parse(case["body"])) == case["body"]
    for case in data["signed_examples"]:
        signed = Note.parse(case["note"])
        assert Checkpoint.parse(signed.text).size == 20852163
        assert timestamp(signed.signatures[1]) == case["cosig_timestamp"]


def test_signed_log(vectors: Any) -> None:
    data = vectors("signed_log_15")
    key, secret = VerifierKey.parse(data["vkey"]), SignerKey.parse(data["skey"])
    leaves = [merkle.leaf_hash(leaf.encode()) for leaf in data["leaves_utf8"]]
    for size, text in data["checkpoints_by_size"].items():
        head, signed = opened(text, key)
        assert head == Checkpoint(key.name, int(size), merkle.root_of(leaves[: int(size)]))
        assert str(sign(head, secret)) == str(signed) == text
    for size, tile in data["level0_partial_tiles_hex"].items():
        assert b"".join(leaves[: int(size)]).hex() == tile
    for size, bundle in data["entry_bundles_hex"].items():
        entries = [leaf.encode() for leaf in data["leaves_utf8"][: int(size)]]
        assert b"".join(len(one).to_bytes(2, "big") + one for one in entries).hex() == bundle


def test_proof_texts(vectors: Any) -> None:
    data = vectors("tlog_proof_text")
    for case in data["marshal"]:
        extra = None if case["extra"] is None else b64decode(case["extra"])
        proof = Proof(
            case["index"], tuple(b64decode(one) for one in case["hashes"]), case["checkpoint"], extra
        )
        assert str(proof) == case["want"]
        assert Proof.parse(case["want"]) == proof
    for case in data["reject"]:
        with pytest.raises(ProofInvalid):
            Proof.parse(case["text"])


def test_tile_paths(vectors: Any) -> None:
    data = vectors("tile_paths")
    for case in data["format"]:
        assert tile_path(case["level"], case["index"], case["partial"]) == case["want"]
    for case in data["parse_ok"]:
        want = (case["want_level"], case["want_index"], case["want_partial"])
        assert parse_tile_path(case["level"], case["path"]) == want
    for case in data["parse_error"]:
        with pytest.raises(ProofInvalid):
            parse_tile_path(case["level"], case["path"])


def test_canonical_json(vectors: Any) -> None:
    """Fractions have no place in our events, so documents that hold one are refused, not rounded."""
    for case in vectors("jcs_rfc8785")["documents"]:
        value = json.loads(case["input"])
        if "." in case["output"] or "e+" in case["output"]:
            with pytest.raises(ValueError, match="canonical"):
                canonical(value)
        elif "56.0" in case["input"]:
            assert canonical(json.loads(case["input"].replace("56.0", "56"))).hex() == case["output_hex"]
        else:
            assert canonical(value).hex() == case["output_hex"]
    numbers = vectors("jcs_rfc8785")
    for hexed in [case["ieee_hex"] for case in numbers["numbers_appendix_b"]] + numbers["numbers_must_fail"]:
        with pytest.raises(ValueError, match="canonical"):
            canonical(struct.unpack(">d", bytes.fromhex(hexed))[0])


def test_real_transparency_logs(vectors: Any) -> None:
    """Entries of Rekor logs: proofs of those meant to pass, Ed25519 checkpoints as the vectors say."""
    checked = 0
    for entry in vectors("sigstore_inclusion")["entries"]:
        proof, kind = entry["proof"], entry["checkpoint_result"]
        if entry["bundle_expected"] == "pass" and proof.get("rootHash"):
            leaf = merkle.leaf_hash(b64decode(entry["body_b64"]))
            path = [b64decode(one) for one in proof.get("hashes") or ()]
            index, size = int(proof["logIndex"]), int(proof["treeSize"])
            merkle.verify_inclusion(index, size, leaf, path, b64decode(proof["rootHash"]))
        if kind is None:
            continue
        envelope = proof["checkpoint"]["envelope"]
        keys = _rekor_keys(entry, envelope)
        if kind == "signed":
            assert Note.parse(envelope).verified(keys)
        else:
            with pytest.raises(NoteInvalid):
                Note.parse(envelope).verified(keys)
        checked += 1
    assert checked == 25


def _rekor_keys(entry: dict[str, Any], envelope: str) -> list[VerifierKey]:
    """Trusted keys under their hosts' names; a line of another name stays unknown."""
    logs = [log for log in entry["trusted_tlogs"] if log["keyDetails"] == "PKIX_ED25519"]
    return [
        VerifierKey(log["baseUrl"].split("//")[1], note.ED25519, b64decode(log["rawBytes"])[-32:])
        for log in logs
    ]


def test_ed25519(shared: Path) -> None:
    data = json.loads((shared / "vectors/wycheproof/ed25519_test.json").read_text())
    count = 0
    for group in data["testGroups"]:
        key = VerifierKey("x", note.ED25519, bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            good = key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert good == (case["result"] == "valid"), case["tcId"]
            count += 1
    assert count == 151


def test_errors_speak_both_languages() -> None:
    for kind in (KeyInvalid, NoteInvalid, ProofInvalid):
        wrong: ReportingError = kind(detail="x")
        assert "x" in wrong.message_ja
        assert "x" in wrong.message_en
