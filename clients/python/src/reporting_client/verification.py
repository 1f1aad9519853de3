"""Whether a folder holds a release as it was published, offline: files → manifest → event → leaf → signed head of the log.

What does not hold is an exception. What could not be looked at is in the answer (`unchecked`), in words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting_client.errors import InvalidArgument, NotAsReleased
from reporting_client.signed_log import LogKey, NewerProof, Proof, ProofWrong

MANIFEST, EVENT, PROOF = "manifest.json", "event.json", "event.tlog-proof"
RELEASED = "SlotReleased"
NAME = re.compile(r"[^/\\:\x00-\x1f]+(?:/[^/\\:\x00-\x1f]+)*")


@dataclass(frozen=True)
class Unchecked:
    """Something nobody looked at, and why."""

    ja: str
    en: str

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"


@dataclass(frozen=True)
class Verification:
    """The release that a folder holds, by its event (all None where there was none), the names that were `checked`, and what was not.
    `log_position`: of its event in the signed log, None where no proof was given."""

    election: str | None
    form: str | None
    slot: str | None
    number: int | None
    checked: tuple[str, ...]
    unchecked: tuple[Unchecked, ...]
    log_position: int | None = None

    @property
    def complete(self) -> bool:
        """Every file, up to a signature by the log's key."""
        return not self.unchecked


def verify(folder: str | Path, *, log_key: str | None = None) -> Verification:
    """NotAsReleased for the first file that is not what was released, or that no release names. `log_key`: the line its operator
    gives out, had by another way than the files; without it nobody has proved who made them."""
    folder = Path(folder)
    key = None if log_key is None else _key(log_key)
    there = {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
    }
    manifest = read_manifest(_read(there, MANIFEST))
    unchecked: list[Unchecked] = []
    if strange := sorted(set(there) - {MANIFEST, EVENT, PROOF, *manifest}):
        raise NotAsReleased(
            file=strange[0], detail_ja="目録にないファイル", detail_en="not named in the manifest"
        )
    for name, sha256 in manifest.items():
        if name not in there:
            unchecked.append(
                Unchecked(f"{name} はこのフォルダーにありません", f"{name} is not in this folder")
            )
        elif sha256_of(there[name]) != sha256:
            raise _other_hash(name)
    checked = [name for name in manifest if name in there]
    if EVENT not in there:
        unchecked.append(
            Unchecked(
                "公表の記録（event.json）がなく、目録そのものは確認していません",
                "the manifest itself: there is no event.json",
            )
        )
        return Verification(None, None, None, None, tuple(checked), tuple(unchecked))
    stored = _read(there, EVENT)
    event = _event(stored)
    if hashlib.sha256(there[MANIFEST].read_bytes()).hexdigest() != event.get("package"):
        raise _other_hash(MANIFEST)
    checked += [MANIFEST]
    position = None
    if PROOF in there:
        position = _proved(_read(there, PROOF), stored, key, checked, unchecked)
    else:
        unchecked.append(
            Unchecked(
                "署名されたログの証明（event.tlog-proof）がありません。公表の直後は数秒後に取得できます",
                "the signed log: there is no event.tlog-proof (after a release it comes within seconds)",
            )
        )
    return Verification(
        str(event["election"]), str(event["form"]), str(event["slot"]), int(event["number"]), tuple(checked), tuple(unchecked),
        position,
    )  # fmt: skip


def _proved(
    raw: bytes, event: bytes, key: LogKey | None, checked: list[str], unchecked: list[Unchecked]
) -> int | None:
    """The event's position in the log."""
    try:
        proof = Proof.parse(raw.decode())
        leaf = json.loads(proof.leaf)
        if leaf.get("type") != RELEASED or leaf.get("state") != hashlib.sha256(event).hexdigest():
            raise ProofWrong("証明が別の記録のものです", "the proof is for another event")
        if leaf.get("position") != proof.index + 1:
            raise ProofWrong("証明の位置が記録と違います", "the proof is for another position")
        proof.check_inclusion()
        checked.append(EVENT)
        if key is None:
            unchecked.append(
                Unchecked(
                    "ログの署名（log_key が指定されていません）。だれが作ったかは確認していません",
                    "the log's signature: no log_key was given, so nobody has proved who made it",
                )
            )
        else:
            try:
                proof.check_signature(key)
                checked.append(PROOF)
            except ImportError:
                unchecked.append(
                    Unchecked(
                        "ログの署名（pip install 'reporting-client[verify]' で確認できます）",
                        "the log's signature: pip install 'reporting-client[verify]' first",
                    )
                )
        if proof.note.rpartition("\n\n")[2].count("\n") > 1:
            unchecked.append(
                Unchecked(
                    "証人の連署（reporting audit verify で確認できます）",
                    "cosignatures of witnesses: reporting audit verify checks them",
                )
            )
        return int(leaf["position"])
    except NewerProof as newer:
        unchecked.append(
            Unchecked(
                f"ログの証明（この版では読めない形式 {newer}）",
                f"the log's proof: a form this version cannot read ({newer})",
            )
        )
        return None
    except ProofWrong as wrong:
        raise NotAsReleased(file=PROOF, detail_ja=wrong.ja, detail_en=wrong.en) from None
    except (ValueError, AttributeError, TypeError):
        raise NotAsReleased(
            file=PROOF, detail_ja="証明として読めない", detail_en="not readable as a proof"
        ) from None


def read_manifest(raw: bytes) -> Mapping[str, str]:
    """File name → SHA-256 in hex. NotAsReleased for what is no manifest, or names what lies outside its folder."""
    try:
        files = json.loads(raw)["files"]
        sound = all(
            NAME.fullmatch(name) and ".." not in name.split("/") and re.fullmatch(r"[0-9a-f]{64}", sha256)
            for name, sha256 in files.items()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise NotAsReleased(
            file=MANIFEST, detail_ja="目録として読めない", detail_en="not readable as a manifest"
        )
    return {str(name): str(sha256) for name, sha256 in files.items()}


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while piece := content.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _event(raw: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(raw)
        _ = event["election"], event["form"], event["slot"], int(event["number"])
    except (ValueError, KeyError, TypeError):
        raise NotAsReleased(
            file=EVENT, detail_ja="公表の記録として読めない", detail_en="not readable as a release's event"
        ) from None
    told: Mapping[str, Any] = event
    return told


def _read(there: Mapping[str, Path], name: str) -> bytes:
    if name not in there:
        raise NotAsReleased(file=name, detail_ja="ファイルがない", detail_en="it is not there")
    return there[name].read_bytes()


def _other_hash(name: str) -> NotAsReleased:
    return NotAsReleased(file=name, detail_ja="SHA-256 が違う", detail_en="another SHA-256")


def _key(text: str) -> LogKey:
    try:
        return LogKey.parse(text)
    except ProofWrong:
        raise InvalidArgument(
            field="log_key",
            found=repr(text)[:60],
            expected_ja="ログの公開鍵の行（name+hash+key）",
            expected_en="the line of the log's public key (name+hash+key)",
        ) from None
