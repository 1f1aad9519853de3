"""Base backups (`pg_basebackup`, plain): which there are, and whether each is what was written."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from api.recovery.errors import BackupDamaged, NoBaseBackup, OtherVersion, TablespacesInside
from reporting.database.local_server import required, version_of

MANIFEST, LABEL = "backup_manifest", "backup_label"
BASES, ARCHIVE = "base", "wal"
"""Folders within the folder of an installation's backups: of base backups, and of archived WAL."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class BaseBackup:
    """`started`: when it was begun, as PostgreSQL wrote it; empty where that cannot be read."""

    folder: Path
    started: str

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(frozen=True, slots=True)
class VerifiedBase:
    """What a base backup that was verified says of itself: `start` and `end` are places in the WAL that it needs, `system` is the
    number of its database server, `segment` the bytes of a file of WAL."""

    timeline: int
    start: int
    end: int
    system: int
    segment: int
    size: int
    sha256: str


def place(text: str) -> int:
    """`0/3000028` as a number."""
    high, low = text.split("/")
    return (int(high, 16) << 32) | int(low, 16)


def written(lsn: int) -> str:
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def base_backups(folder: Path) -> list[BaseBackup]:
    """The newest first. NoBaseBackup where there is none."""
    places = [folder] if (folder / MANIFEST).exists() else [*folder.glob(f"{BASES}/*"), *folder.glob("*")]
    backups = [BaseBackup(inside, _started(inside)) for inside in places if (inside / MANIFEST).is_file()]
    if not backups:
        raise NoBaseBackup(folder=folder)
    return sorted(backups, key=lambda backup: (backup.started, backup.name), reverse=True)


def _started(folder: Path) -> str:
    try:
        label = (folder / LABEL).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    line = re.search(r"^START TIME: (.+)$", label, re.MULTILINE)
    return line.group(1) if line else ""


def verified(backup: BaseBackup, archive: Path | None, programs: Path | None = None) -> VerifiedBase:
    """Every file held against its checksum by PostgreSQL's own tool. BackupDamaged, OtherVersion, TablespacesInside."""
    _same_version(backup, programs)
    if (backup.folder / "tablespace_map").exists():
        raise TablespacesInside(name=backup.name)
    command = [required("pg_verifybackup", programs), "--quiet", str(backup.folder)]
    if not any((backup.folder / "pg_wal").glob("0*")):  # taken without its WAL, which the archive has
        command += ["--wal-directory", str(archive)] if archive else ["--no-parse-wal"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = done.stderr.strip()
        files = ", ".join(dict.fromkeys(re.findall(r'"([^"]+)"', said))) or MANIFEST
        raise BackupDamaged(backup.name, files, "\n".join(said.splitlines()[:SHOWN]))
    return _described(backup, programs)


def _same_version(backup: BaseBackup, programs: Path | None) -> None:
    try:
        made_by = (backup.folder / "PG_VERSION").read_text(encoding="utf-8").strip()
    except OSError:
        raise BackupDamaged(backup.name, "PG_VERSION", "") from None
    if (here := version_of(required("postgres", programs))) != made_by:
        raise OtherVersion(name=backup.name, made_by=made_by[:20], here=here)


def _described(backup: BaseBackup, programs: Path | None) -> VerifiedBase:
    raw = (backup.folder / MANIFEST).read_bytes()
    manifest = json.loads(raw)
    ranges = manifest["WAL-Ranges"]
    control = subprocess.run(
        [required("pg_controldata", programs), str(backup.folder)],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C"},
    ).stdout
    of = dict(line.split(":", 1) for line in control.splitlines() if ":" in line)
    return VerifiedBase(
        timeline=int(ranges[0]["Timeline"]),
        start=place(ranges[0]["Start-LSN"]),
        end=place(ranges[-1]["End-LSN"]),
        system=int(of["Database system identifier"]),
        segment=int(of["Bytes per WAL segment"]),
        size=sum(int(file["Size"]) for file in manifest["Files"]),
        sha256=hashlib.sha256(raw).hexdigest(),
    )
