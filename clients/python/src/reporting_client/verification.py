"""Whether a folder holds a release as it was published, offline: files → list of files → event → leaf → signed head of the log.

A release is its signed package (`core/`, listed by `manifest.json`, named by the event of the release) and, once they are made, formats
of it (listed by `distribution.json`, named by an event of their own). What does not hold is an exception. What could not be
looked at is in the answer (`unchecked`), in words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting_client.errors import InvalidArgument, NotAsReleased
from reporting_client.signed_log import LogKey, NewerProof, Proof, ProofWrong

CORE, MANIFEST, DISTRIBUTION = "core/", "manifest.json", "distribution.json"
EVENT, PROOF = "event.json", "event.tlog-proof"
NAME = re.compile(r"[^/\\:\x00-\x1f]+(?:/[^/\\:\x00-\x1f]+)*")
SHA256 = re.compile(r"[0-9a-f]{64}")


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
    `log_position`: of the release's event in the signed log, None where no proof was given."""

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


@dataclass(frozen=True)
class ListOfFiles:
    """`name`: of the list, in the folder `below`; `event`: the type of the event that names its SHA-256 as `field`; `read`: the names
    of its files with theirs, below `files`."""

    name: str
    below: str
    files: str
    event: str
    field: str
    read: Callable[[bytes], Mapping[str, str]]

    @property
    def path(self) -> str:
        return self.below + self.name


def verify(folder: str | Path, *, log_key: str | None = None) -> Verification:
    """NotAsReleased for the first file that is not what was released, or that no list of the release names. `log_key`: the line its
    operator gives out, had by another way than the files; without it nobody has proved who made them."""
    folder = Path(folder)
    key = None if log_key is None else _key(log_key)
    there = {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
    }
    if not there.keys() & {MANIFEST, CORE + MANIFEST, DISTRIBUTION}:
        raise NotAsReleased(file=MANIFEST, detail_ja="目録がない", detail_en="there is no list of files")
    check = _Check(there, key)
    alone = MANIFEST in there and DISTRIBUTION not in there
    package = ListOfFiles(
        MANIFEST, "" if alone else CORE, "" if alone else CORE, "SlotReleased", "package", read_manifest
    )
    release = check.listed(package)
    if DISTRIBUTION in there:
        formats = ListOfFiles(DISTRIBUTION, "", "", "DistributionMade", "manifest", read_distribution)
        made = check.listed(formats)
        if release and made and [made.get(name) for name in PLACE] != [release[name] for name in PLACE]:
            raise NotAsReleased(file=EVENT, detail_ja="別の公表のもの", detail_en="of another release")
        release = release or made
    if strange := sorted(set(there) - check.named):
        raise NotAsReleased(
            file=strange[0], detail_ja="目録にないファイル", detail_en="not named in the list of files"
        )
    told = tuple(check.checked), tuple(check.unchecked), check.position
    if release is None:
        return Verification(None, None, None, None, *told)
    election, form, slot, number = (release[name] for name in PLACE)
    return Verification(str(election), str(form), str(slot), int(number), *told)


PLACE = ("election", "form", "slot", "number")


class _Check:
    """`named`: every path that may be there; `position`: of the release in the log."""

    def __init__(self, there: Mapping[str, Path], key: LogKey | None) -> None:
        self._there, self._key = there, key
        self.checked: list[str] = []
        self.unchecked: list[Unchecked] = []
        self.named: set[str] = set()
        self.position: int | None = None

    def listed(self, told: ListOfFiles) -> Mapping[str, Any] | None:
        """The event that names the list; None where there is none."""
        event_at, proof_at = told.below + EVENT, told.below + PROOF
        self.named |= {told.path, event_at, proof_at}
        if told.path not in self._there:
            self._not(f"{told.path} がありません", f"the files of {told.path}: it is not in this folder")
            return None
        raw = self._there[told.path].read_bytes()
        for name, sha256 in told.read(raw).items():
            self._file(told.files + name, sha256)
        if event_at not in self._there:
            self._not(
                f"公表の記録（{event_at}）がなく、{told.path} そのものは確認していません",
                f"{told.path} itself: there is no {event_at}",
            )
            return None
        stored = self._there[event_at].read_bytes()
        event = _event(stored, event_at)
        if hashlib.sha256(raw).hexdigest() != event.get(told.field):
            raise _other_hash(told.path)
        self.checked.append(told.path)
        if proof_at in self._there:
            position = self._proved(told, proof_at, event_at, stored)
            self.position = self.position or position
        else:
            self._not(
                f"署名されたログの証明（{proof_at}）がありません。公表の直後は数秒後に取得できます",
                f"the signed log: there is no {proof_at} (it comes within seconds of the event)",
            )
        return event

    def _file(self, name: str, sha256: str) -> None:
        self.named.add(name)
        if name not in self._there:
            self._not(f"{name} はこのフォルダーにありません", f"{name} is not in this folder")
        elif sha256_of(self._there[name]) != sha256:
            raise _other_hash(name)
        elif name not in self.checked:
            self.checked.append(name)

    def _proved(self, told: ListOfFiles, proof_at: str, event_at: str, event: bytes) -> int | None:
        """The event's position in the log."""
        try:
            proof = Proof.parse(self._there[proof_at].read_bytes().decode())
            leaf = json.loads(proof.leaf)
            if leaf.get("type") != told.event or leaf.get("state") != hashlib.sha256(event).hexdigest():
                raise ProofWrong("証明が別の記録のものです", "the proof is for another event")
            if leaf.get("position") != proof.index + 1:
                raise ProofWrong("証明の位置が記録と違います", "the proof is for another position")
            proof.check_inclusion()
            self.checked.append(event_at)
            self._signed(proof, proof_at)
            return int(leaf["position"])
        except NewerProof as newer:
            self._not(
                f"ログの証明 {proof_at}（この版では読めない形式 {newer}）",
                f"the log's proof {proof_at}: a form this version cannot read ({newer})",
            )
            return None
        except ProofWrong as wrong:
            raise NotAsReleased(file=proof_at, detail_ja=wrong.ja, detail_en=wrong.en) from None
        except (ValueError, AttributeError, TypeError):
            raise NotAsReleased(
                file=proof_at, detail_ja="証明として読めない", detail_en="not readable as a proof"
            ) from None

    def _signed(self, proof: Proof, proof_at: str) -> None:
        if self._key is None:
            self._not(
                "ログの署名（log_key が指定されていません）。だれが作ったかは確認していません",
                "the log's signature: no log_key was given, so nobody has proved who made it",
            )
        else:
            try:
                proof.check_signature(self._key)
                self.checked.append(proof_at)
            except ImportError:
                self._not(
                    "ログの署名（pip install 'reporting-client[verify]' で確認できます）",
                    "the log's signature: pip install 'reporting-client[verify]' first",
                )
        if proof.note.rpartition("\n\n")[2].count("\n") > 1:
            self._not(
                "証人の連署（reporting audit verify で確認できます）",
                "cosignatures of witnesses: reporting audit verify checks them",
            )

    def _not(self, ja: str, en: str) -> None:
        if (said := Unchecked(ja, en)) not in self.unchecked:
            self.unchecked.append(said)


def read_manifest(raw: bytes) -> Mapping[str, str]:
    """Of `manifest.json`: file name → SHA-256 in hex. NotAsReleased for what is no list, or names what lies outside its folder."""
    try:
        files = dict(json.loads(raw)["files"])
    except (ValueError, KeyError, TypeError):
        files = {"": ""}
    return _sound(files, MANIFEST)


def read_distribution(raw: bytes) -> Mapping[str, str]:
    """Of `distribution.json`: the same."""
    try:
        files = {file["name"]: file["sha256"] for file in json.loads(raw)["files"]}
    except (ValueError, KeyError, TypeError):
        files = {"": ""}
    return _sound(files, DISTRIBUTION)


def _sound(files: Mapping[Any, Any], told_by: str) -> Mapping[str, str]:
    for name, sha256 in files.items():
        texts = isinstance(name, str) and isinstance(sha256, str)
        if not (
            texts
            and NAME.fullmatch(name)
            and not {"..", "."} & {*name.split("/")}
            and SHA256.fullmatch(sha256)
        ):
            raise NotAsReleased(
                file=told_by, detail_ja="目録として読めない", detail_en="not readable as a list of files"
            )
    return files


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while piece := content.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _event(raw: bytes, name: str) -> Mapping[str, Any]:
    try:
        event = json.loads(raw)
        _ = int(event["number"]), [event[code] for code in PLACE]
    except (ValueError, KeyError, TypeError):
        raise NotAsReleased(
            file=name, detail_ja="公表の記録として読めない", detail_en="not readable as a release's event"
        ) from None
    told: Mapping[str, Any] = event
    return told


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
