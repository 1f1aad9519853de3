"""Style sheet, scripts and pictures: compressed once, at addresses that name their content and may be kept for ever."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/console"
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


@dataclass(frozen=True, slots=True)
class File:
    """`small`: gzip, the same bytes every time."""

    name: str
    mark: str
    media: str
    plain: bytes
    small: bytes


@cache
def files() -> dict[str, File]:
    """Name → file. One mark for all: modules import each other by relative names, so they change address together."""
    data_by_name = {
        str(path.relative_to(FOLDER)): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in TYPES
    }
    named = b"".join(name.encode() + data for name, data in data_by_name.items())
    mark = hashlib.sha256(named).hexdigest()[:16]
    return {
        name: File(name, mark, TYPES[Path(name).suffix], data, gzip.compress(data, 9, mtime=0))
        for name, data in data_by_name.items()
    }


def address(name: str) -> str:
    """KeyError for a file that is not there."""
    return f"{PREFIX}/{files()[name].mark}/{name}"


async def serve(request: Request) -> Response:
    file = files().get(request.path_params["name"])
    if file is None or request.path_params["mark"] != file.mark:
        return Response(status_code=404)
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "ETag": f'"{file.mark}"'}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.small, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.media)
    return Response(file.plain, headers=headers, media_type=file.media)


async def verifier(request: Request) -> Response:
    """The offline verifier, the one file that needs nothing of this product."""
    program = (Path(__file__).parent.parent / "cli" / "verify.py").read_bytes()
    headers = {"Content-Disposition": "attachment; filename=verify.py"}
    return Response(program, media_type="text/x-python; charset=utf-8", headers=headers)
