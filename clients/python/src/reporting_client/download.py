"""A release's files into a folder: whole, checked, or not there at all."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote

import httpx

from reporting_client.connection import Connection
from reporting_client.errors import (
    DownloadBroken,
    InvalidArgument,
    NotAsReleased,
    NotFullyVerified,
    NotPublished,
    NotThisApi,
    ServerAway,
)
from reporting_client.verification import (
    CORE,
    DISTRIBUTION,
    EVENT,
    MANIFEST,
    PROOF,
    Verification,
    read_distribution,
    read_manifest,
    verify,
)


@dataclass(frozen=True)
class Downloaded:
    """`folder` holds `files` and what proves them. `verification`: None where it was not asked for."""

    folder: Path
    files: tuple[Path, ...]
    verification: Verification | None

    def path(self, name: str) -> Path:
        """Of one of its files. InvalidArgument for another name."""
        _check_names([name], [file.relative_to(self.folder).as_posix() for file in self.files])
        return self.folder / name


def download(
    connection: Connection,
    codes: tuple[str, ...],
    number: int | None,
    into: Path,
    files: Collection[str] | None,
    checked: bool,
    log_key: str | None,
) -> Downloaded:
    """Into a folder of its own in `into`, which is there once everything in it is. `codes`: election, or election, form and slot."""
    place = "/data/" + "/".join(quote(code, safe="") for code in codes)
    place = _newest(connection, place) if number is None else f"{place}/{number}"
    lists = {CORE + MANIFEST: connection.get(f"{place}/{CORE}{MANIFEST}").content}
    listed = [CORE + name for name in read_manifest(lists[CORE + MANIFEST])]
    if (made := _optional(connection, f"{place}/{DISTRIBUTION}")) is not None:
        lists[DISTRIBUTION] = made
        listed = list(dict.fromkeys([*read_distribution(made), *listed]))
    names = [name for name in (listed if files is None else dict.fromkeys(files)) if name not in lists]
    _check_names(names, listed)
    into.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".reporting-", dir=into))
    try:
        for path, content in lists.items():
            _write(half / path, content)
            for beside in (EVENT, PROOF):
                name = path.rpartition("/")[0] + "/" * ("/" in path) + beside
                if (content_beside := _optional(connection, f"{place}/{name}")) is not None:
                    _write(half / name, content_beside)  # a missing one is said by the check
        for name in names:
            (half / name).parent.mkdir(parents=True, exist_ok=True)
            _fetch(connection, f"{place}/{quote(name)}", half / name, name)
        verification = _verified(half, place, log_key) if checked else None
        folder = into / "-".join(place.removeprefix("/data/").split("/"))
        for written in [path for path in half.rglob("*") if path.is_file()]:
            target = folder / written.relative_to(half)
            target.parent.mkdir(parents=True, exist_ok=True)
            written.replace(target)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return Downloaded(folder, tuple(folder / name for name in names), verification)


RELEASE = re.compile(r"/data/[^/]+/[^/]+/[^/]+/[0-9]+")


def _newest(connection: Connection, place: str) -> str:
    """Where the newest release is, as the server leads on; a folder of files (`reporting publish`) leads programs nowhere, and its
    catalogue says which came last."""
    try:
        led = connection.get(f"{place}/latest").url.raw_path.decode()
    except NotThisApi as answer:
        if not str(answer.facts["detail"]).startswith("HTTP 404"):
            raise
        led = ""  # a folder of files says 404 in its own words
    below = httpx.URL(connection.url).raw_path.decode().rstrip("/")
    release = led.removeprefix(below).removesuffix(f"/{DISTRIBUTION}").removesuffix(f"/{CORE}{MANIFEST}")
    return release if RELEASE.fullmatch(release) else _last_in_catalogue(connection, place)


def _last_in_catalogue(connection: Connection, place: str) -> str:
    """The release below `place` that was issued last. InvalidArgument where two slots came at one moment, and for a place without any."""
    try:
        told = json.loads(connection.get("/data/catalog.jsonld").content)
        releases: list[tuple[datetime, int, str]] = [
            (
                datetime.fromisoformat(each["dct:issued"]["@value"]),
                int(each["dcat:version"]),
                "/data/" + each["@id"].rstrip("/"),
            )
            for each in told["dcat:dataset"]
            if each["@type"] == "dcat:Dataset" and "dct:issued" in each
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise NotThisApi(url=f"{connection.url}/data/catalog.jsonld", detail=repr(wrong)) from wrong
    below = [release for release in releases if release[2].startswith(f"{place}/")]
    if not below:
        public = sorted({path.rpartition("/")[0].removeprefix("/data/") for _, _, path in releases})
        asked = place.removeprefix("/data/")
        meant = get_close_matches(asked, public, 3, 0.5) or public[:12]
        raise InvalidArgument(
            field="election",
            found=repr(asked)[:80],
            expected_ja=f"公表されたもの（{'、'.join(meant)}）",
            expected_en=f"one that was released ({', '.join(meant)})",
        )
    (issued, _, path) = max(below)
    slots = {other.rpartition("/")[0] for moment, _, other in below if moment == issued}
    if len(slots) > 1:
        raise InvalidArgument(
            field="slot",
            found="None",
            expected_ja="様式と公表時点（同じ時刻に複数の公表があります）",
            expected_en="form and slot: several releases went out at the same moment",
        )
    return path


def _optional(connection: Connection, path: str) -> bytes | None:
    try:
        return connection.get(path).content
    except NotPublished:
        return None
    except NotThisApi:  # a folder of files says 404 in its own words
        return None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _verified(folder: Path, place: str, log_key: str | None) -> Verification:
    """NotAsReleased, also for a sound release that is another one than was asked for."""
    verification = verify(folder, log_key=log_key)
    said = [verification.election, verification.form, verification.slot, str(verification.number)]
    asked = place.removeprefix("/data/").split("/")
    if verification.election is not None and [quote(str(code), safe="") for code in said] != asked:
        raise NotAsReleased(
            file=EVENT,
            detail_ja=f"別の公表 {'/'.join(map(str, said))} のもの",
            detail_en=f"of another release, {'/'.join(map(str, said))}",
        )
    if not verification.complete:
        told = "; ".join(map(str, verification.unchecked))
        warnings.warn(f"確認していないもの / not checked: {told}", NotFullyVerified, stacklevel=4)
    return verification


class _Part:
    """What is there of a file so far. `expected`: its size, where the server told it; `etag`: of what the bytes are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.received, self.expected, self.etag = 0, None, ""  # type: int, int | None, str

    def headers(self) -> dict[str, str]:
        """The bytes as they are; from where it was cut off, as long as the file is still the same (If-Range)."""
        if not self.etag:
            self.received = 0
        goes_on = {"Range": f"bytes={self.received}-", "If-Range": self.etag} if self.received else {}
        return {"Accept-Encoding": "identity", **goes_on}

    def take(self, answer: httpx.Response) -> None:
        """Whatever comes, until it ends or breaks."""
        if answer.status_code == 200:
            self.received = 0
        self.etag = answer.headers.get("etag", "")
        length = answer.headers.get("content-length", "")
        self.expected = self.received + int(length) if length.isdigit() else None
        with self._path.open("r+b" if self.received else "wb") as out:
            out.seek(self.received)
            out.truncate()
            for piece in answer.iter_raw():
                out.write(piece)
                self.received += len(piece)

    @property
    def whole(self) -> bool:
        return self.expected in (None, self.received)


def _fetch(connection: Connection, path: str, to: Path, name: str) -> None:
    """ServerAway where nothing came of it, DownloadBroken where a part did."""
    part, attempt = _Part(to), 0
    while True:
        away = None
        try:
            with connection.stream(path, part.headers()) as answer:
                usable = answer.status_code in (200, 206)
                if usable:
                    part.take(answer)
            if not usable:
                part.received = 0
                connection.get(path)  # waits as the server asks, and raises what it says
            elif part.whole:
                return
        except httpx.TransportError as error:
            away = error
        if not connection.retries.wait(attempt, None):
            if away is not None and not part.received:
                raise ServerAway(url=connection.url, detail=str(away) or type(away).__name__) from away
            raise DownloadBroken(
                file=name, received=part.received, expected="?" if part.expected is None else part.expected
            )
        attempt += 1


def _check_names(names: Iterable[str], among: Collection[str]) -> None:
    for name in names:
        if name not in among:
            meant = get_close_matches(name, among, 3) or sorted(among)[:12]
            raise InvalidArgument(
                field="files",
                found=repr(name)[:80],
                expected_ja=f"この公表の目録にあるファイル（{'、'.join(meant)}）",
                expected_en=f"a file that the release's manifest names ({', '.join(meant)})",
            )
