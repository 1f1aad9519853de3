"""An archive of WAL files beside a base backup: how far they lead from it, and the first thing that stops them.

PostgreSQL takes a damaged or missing file for the end of the WAL and says that recovery is complete; so the files are
held against each other before it is asked to replay them.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.recovery.base_backup import VerifiedBase, place, written
from api.recovery.errors import WalDamaged, WalForeign, WalMissing
from reporting.database.local_server import required
from reporting.errors import ReportingError

SEGMENT = re.compile(r"[0-9A-F]{24}")
PARTIAL = ".partial"
HEADER = struct.Struct("<HHIQI4xQII")
"""The long header of a WAL file's first page: magic, flags, timeline, its place, what remains of a record, the server's number,
bytes of a file, bytes of a page. The same in PostgreSQL 15 to 18."""
COMMIT = re.compile(r"desc: COMMIT (\d{4}-\d\d-\d\d [\d:.]+ \S+)")
NO_FILE = re.compile(r'could not find file "([0-9A-F]{24})"')
AT = re.compile(r"WAL record at ([0-9A-F]+/[0-9A-F]+)")


@dataclass(frozen=True, slots=True)
class Reach:
    """`files`: name as PostgreSQL asks for it → file, as far as they lead; `end`: the place in the WAL they lead to;
    `last_change`: when the last transaction in them was committed; `stopped_by`: what is wrong behind them."""

    files: Mapping[str, Path]
    end: int
    last_change: str | None
    stopped_by: ReportingError | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Of one timeline, in numbers of files: from `first` on; `until` is the place where the next timeline left it."""

    timeline: int
    first: int
    until: int | None


def reach(base: Path, whole: VerifiedBase, archive: Path | None, programs: Path | None = None) -> Reach:
    """Everything from the start of the base backup on. Its own files of WAL count like archived ones."""
    there = _files(base / "pg_wal") | (_files(archive) if archive else {})
    histories = {path.name: path for path in archive.glob("*.history")} if archive else {}
    way = _way(whole, histories)
    files, stopped = _unbroken(there, way, whole)
    if not files:
        return Reach(files, whole.end, None, stopped)
    last = max(files, key=lambda name: (_number(name, whole.segment), name))
    end = (_number(last, whole.segment) + 1) * whole.segment
    damage, change = None, None
    for stretch in way:
        if stretch.first * whole.segment < end and damage is None:
            damage, change_there = _read(files, stretch, whole, end, programs)
            change = change_there or change
    if isinstance(damage, WalDamaged):
        stopped, end = damage, place(damage.facts["at"])
    return Reach(
        files | {name: path for name, path in histories.items() if name[:8] in {f[:8] for f in files}},
        end,
        change,
        stopped,
    )


def _files(folder: Path) -> dict[str, Path]:
    """What `pg_receivewal` is still writing counts as well, under the name it will have."""
    names = {path.name: path for path in folder.iterdir() if path.is_file()} if folder.is_dir() else {}
    whole = {name: path for name, path in names.items() if SEGMENT.fullmatch(name)}
    begun = {
        name.removesuffix(PARTIAL): path
        for name, path in names.items()
        if name.endswith(PARTIAL) and SEGMENT.fullmatch(name.removesuffix(PARTIAL)) and _begun(path)
    }
    return begun | whole


def _begun(file: Path) -> bool:
    """Whether anything was written into it: it is made of zeros first."""
    with file.open("rb") as content:
        return any(content.read(HEADER.size))


def _number(name: str, segment: int) -> int:
    """Of a file of WAL, counted over all timelines."""
    return int(name[8:16], 16) * (2**32 // segment) + int(name[16:], 16)


def _name(timeline: int, number: int, segment: int) -> str:
    high, low = divmod(number, 2**32 // segment)
    return f"{timeline:08X}{high:08X}{low:08X}"


def _way(whole: VerifiedBase, histories: Mapping[str, Path]) -> list[Stretch]:
    """Over the timelines to the newest that descends from the base backup, as `recovery_target_timeline = latest` goes."""
    newest: list[tuple[int, int]] = []
    last = whole.timeline
    for name, path in sorted(histories.items()):
        left = [
            (int(line.split()[0]), place(line.split()[1]))
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
            if re.match(r"\s*\d+\s+[0-9A-F]+/[0-9A-F]+", line)
        ]
        if any(timeline == whole.timeline and at >= whole.end for timeline, at in left):
            newest, last = [part for part in left if part[0] >= whole.timeline], int(name[:8], 16)
    way, first = [], whole.start // whole.segment
    for timeline, at in newest:
        way.append(Stretch(timeline, first, at))
        first = at // whole.segment
    return [*way, Stretch(last, first, None)]


def _unbroken(
    there: Mapping[str, Path], way: list[Stretch], whole: VerifiedBase
) -> tuple[dict[str, Path], ReportingError | None]:
    """Files from the first on, each of the newest timeline that has it, and why they end before the last that is there."""
    numbers = {
        _number(name, whole.segment)
        for name in there
        for stretch in way
        if int(name[:8], 16) == stretch.timeline and _number(name, whole.segment) >= stretch.first
    }
    files: dict[str, Path] = {}
    first = whole.start // whole.segment
    last = max(numbers | {(whole.end - 1) // whole.segment})  # what the backup itself needs, in any case
    for number in range(first, last + 1):
        names = [
            name
            for stretch in reversed(way)
            if stretch.first <= number and (name := _name(stretch.timeline, number, whole.segment)) in there
        ]
        if not names:
            return files, WalMissing(name=_name(_timeline(way, number), number, whole.segment))
        if wrong := _foreign(names[0], there[names[0]], whole):
            return files, wrong
        files |= {name: there[name] for name in names}
    return files, None


def _timeline(way: list[Stretch], number: int) -> int:
    return next(stretch.timeline for stretch in reversed(way) if stretch.first <= number)


def _foreign(name: str, path: Path, whole: VerifiedBase) -> ReportingError | None:
    """Cut off, of another server, or under another one's name."""
    with path.open("rb") as content:
        head = content.read(HEADER.size)
    if len(head) < HEADER.size or (path.stat().st_size != whole.segment and not path.name.endswith(PARTIAL)):
        return WalDamaged(name, written(_number(name, whole.segment) * whole.segment), "")
    _, _, _, at, _, system, segment, _ = HEADER.unpack(head)
    if segment != whole.segment or system != whole.system or at != _number(name, whole.segment) * segment:
        return WalForeign(name=path.name)
    return None


def _read(
    files: Mapping[str, Path], stretch: Stretch, whole: VerifiedBase, end: int, programs: Path | None
) -> tuple[ReportingError | None, str | None]:
    """Every record of a stretch against its checksum, by PostgreSQL's own reader; and when its last change was committed."""
    start = max(whole.start, stretch.first * whole.segment)
    stop = min(end, stretch.until or end)
    if start >= stop:
        return None, None
    with tempfile.TemporaryDirectory() as name:
        for number in range(start // whole.segment, -(-stop // whole.segment)):
            same = [path for file, path in files.items() if _number(file, whole.segment) == number]
            asked = _name(stretch.timeline, number, whole.segment)
            (Path(name) / asked).symlink_to(files.get(asked, same[-1]).resolve())
        command = [required("pg_waldump", programs), "--path", name, "--timeline", str(stretch.timeline)]
        command += ["--rmgr", "Transaction", "--start", written(start), "--end", written(stop)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as reading:
            assert reading.stdout is not None
            assert reading.stderr is not None
            change = None
            for line in reading.stdout:
                if committed := COMMIT.search(line):
                    change = committed.group(1)
            said = reading.stderr.read().strip()
    if reading.returncode == 0 or _is_the_end(said, files, whole, stop):
        return None, change
    spot = AT.search(said)
    at = place(spot.group(1)) if spot else start
    return WalDamaged(_name(stretch.timeline, at // whole.segment, whole.segment), written(at), said), change


def _is_the_end(said: str, files: Mapping[str, Path], whole: VerifiedBase, stop: int) -> bool:
    """A record that goes on in a file not yet archived, or the zeros behind the last one of a file that is still written."""
    if missing := NO_FILE.search(said):
        return _number(missing.group(1), whole.segment) * whole.segment >= stop
    last = max(files, key=lambda name: (_number(name, whole.segment), name))
    spot = AT.search(said)
    return (
        files[last].name.endswith(PARTIAL)
        and spot is not None
        and place(spot.group(1)) // whole.segment == _number(last, whole.segment)
        and "checksum" not in said
    )
