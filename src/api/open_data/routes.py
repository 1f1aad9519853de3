"""`/data/…`: what is public, at addresses that never change, for anybody and any page of the world."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar
from urllib.parse import quote

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.open_data.address import CATALOG, LATEST, PREFIX, SERIES, Edition, ReleaseAddress
from api.open_data.answers import ASK_AGAIN, OPEN, Representation, accepts_gzip, answer, file_answer
from api.open_data.errors import BeingMade, NotPublished, ReadOnly
from api.open_data.media import media_type
from api.open_data.released import SHOWN, missing_file
from api.open_data.shelf import DataFile
from api.open_data.store import OpenData
from api.refusals import error_of
from api.serving import serving
from projections.errors import ProjectionError
from projections.series_set.making import LIST_OF_FILES
from reporting.application.defining import MarkChanged
from reporting.database.connect import AWAY
from reporting.errors import Unavailable
from reporting.publication.kinds import TrainingRefused
from reporting.publication.package_check import PROOF
from reporting.suggest import hint, near

WAIT_S = 15.0
"""How long a request stays for files that are being made; then it is told to come again."""
AGAIN_S = 5
METHODS = ("GET", "HEAD")
T = TypeVar("T")


def data_routes() -> APIRouter:
    router = APIRouter()
    router.add_api_route(PREFIX, _told, methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
    router.add_api_route(
        PREFIX + "/{path:path}", _told, methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
    )
    return router


async def _told(request: Request) -> Response:
    """Whoever asks: no token and no cookie counts."""
    if request.method == "OPTIONS":
        return _preflight()
    if request.method not in METHODS:
        return _refused(ReadOnly(method=request.method), 405, {"Allow": ", ".join(METHODS)})
    try:
        return await _found(request, request.path_params.get("path", "").split("/"))
    except (NotPublished, TrainingRefused, MarkChanged) as missing:
        if not isinstance(
            missing, NotPublished
        ):  # released as a test under an older build, or by a log made elsewhere
            missing = NotPublished(asked=request.path_params["path"][:60], nearest="", hint_ja="", hint_en="")
        return _refused(missing, 404, {})
    except (Unavailable, ProjectionError, *AWAY) as away:
        return _refused(away, 503, {"Retry-After": str(AGAIN_S)})
    except BeingMade as making:
        return _refused(making, 503, {"Retry-After": str(AGAIN_S)})
    except Exception as unexpected:
        return _refused(unexpected, 503, {"Retry-After": str(AGAIN_S)})


async def _found(request: Request, parts: Sequence[str]) -> Response:
    """By the parts of its address."""
    data: OpenData = serving(request).open_data
    match [part for part in parts if part] if parts[-1] == "" else list(parts):
        case []:
            return _onward(f"{PREFIX}/{CATALOG}")
        case [name] if name == CATALOG:
            return await _catalog(request, data)
        case [first, *rest] if first == SERIES and rest and rest[0] in await _read(data, data.series.names):
            return await _series(request, data, rest)
        case [election, form, slot, number, *inner, file] if (
            len(inner) < 2 and (at := _address(election, form, slot, number)) is not None
        ):
            return await _file(request, data, at, "/".join((*inner, file)))
        case [election, form, slot, number] if (at := _address(election, form, slot, number)) is not None:
            edition = await _edition(data, at)
            return _onward(at.at(edition.list_of_files))
        case [election, form, slot, last, *file] if last == LATEST and 0 < len(file) < 3:
            return await _newest(data, (election, form, slot), "/".join(file))
        case [*codes, last] if last == LATEST and len(codes) in (1, 3):
            return await _newest(data, codes)
        case [*codes] if len(codes) <= 3:
            return await _newest(data, codes)
    raise (await _read(data, data.released)).missing(parts)


async def _newest(data: OpenData, codes: Sequence[str], file: str = "") -> Response:
    """To the file of the newest release, or to its list of files."""
    released = await _read(data, data.released)
    newest = released.newest(*codes)
    if newest is None:
        raise released.missing(codes)
    edition = await _edition(data, ReleaseAddress.of(newest))
    return _onward(edition.address.at(file or edition.list_of_files))


async def _file(request: Request, data: OpenData, at: ReleaseAddress, name: str) -> Response:
    edition = data.whole(at) or await _edition(data, at)
    head = request.method == "HEAD"
    if (position := edition.proved_by(name)) and (proof := await _read(data, partial(data.proof, position))):
        etag = f'"{hashlib.sha256(proof).hexdigest()}"'
        whole = Representation(len(proof), etag, "", content=proof)
        headers = {**OPEN, "Cache-Control": ASK_AGAIN}
        return answer(whole, request.headers, head=head, media_type=media_type(PROOF), headers=headers)
    files = await _files(data, edition)
    file = next((file for file in files if file.name == name), None)
    if file is None:
        raise missing_file(at, name, [file.name for file in files])
    told = {
        "Content-Disposition": f'inline; filename="{at.stem}-{quote(name.replace("/", "-"), safe="")}"',
        "Link": f'<{data.licence.url}>; rel="license", <{quote(at.at(edition.list_of_files))}>; rel="describedby"',
    }
    return file_answer(file, request.headers, head=head, since=edition.released_at, told=told)


async def _series(request: Request, data: OpenData, parts: Sequence[str]) -> Response:
    """`name/position/file`, `name/latest/…`, or what leads to the newest."""
    name, version, file = parts[0], (*parts[1:], LATEST)[0], "/".join(parts[2:])
    newest = await _read(data, partial(data.series.newest, name))
    made = newest
    if version != LATEST:
        position = int(version) if version.isascii() and version.isdigit() and len(version) < 16 else -1
        made = (
            await _read(data, partial(data.series.at, name, position)) if str(position) == version else None
        )
    if made is None or newest is None:
        raise NotPublished(
            asked="/".join(parts)[:SHOWN], hint_ja="", hint_en="",
            nearest=f"{PREFIX}/{SERIES}/{name}/{LATEST}" if newest else f"{PREFIX}/{CATALOG}",
        )  # fmt: skip
    at = f"{PREFIX}/{SERIES}/{made.path}/"
    if version == LATEST or not file:
        return _onward(at + (file or LIST_OF_FILES))
    held = next((each for each in made.files if each.name == file), None)
    if held is None:
        told = hint(file, names := [each.name for each in made.files])
        raise NotPublished(
            asked="/".join(parts)[:SHOWN],
            hint_ja=told.ja,
            hint_en=told.en,
            nearest=at + next(iter(near(file, names)), ""),
        )
    told_as = {
        "Content-Disposition": f'inline; filename="{name}-{made.position}-{quote(file.replace("/", "-"), safe="")}"',
        "Link": f'<{made.licence}>; rel="license", <{at}{LIST_OF_FILES}>; rel="describedby"',
    }
    return file_answer(held, request.headers, head=request.method == "HEAD", since=None, told=told_as)


async def _catalog(request: Request, data: OpenData) -> Response:
    if unmade := await _read(data, data.unmade):
        await _wait(*unmade, failing=True)
    made = await _read(data, data.catalog)
    plain = Representation(len(made.plain), f'"{made.sha256}"', "", content=made.plain)
    small = Representation(len(made.small), f'"{made.sha256}-gzip"', "gzip", content=made.small)
    chosen = small if accepts_gzip(request.headers) else plain
    headers = {**OPEN, "Cache-Control": ASK_AGAIN, "Vary": "Accept-Encoding"}
    head = request.method == "HEAD"
    return answer(chosen, request.headers, head=head, media_type=media_type(CATALOG), headers=headers)


async def _edition(data: OpenData, at: ReleaseAddress) -> Edition:
    edition = await _read(data, partial(data.edition, at))
    if edition is None:
        raise (await _read(data, data.released)).missing((at.election, at.form, at.slot, str(at.number)))
    return edition


async def _files(data: OpenData, edition: Edition) -> tuple[DataFile, ...]:
    """A request waits for files that are being made, and makes none itself."""
    files = await _read(data, partial(data.ready, edition))
    if files is not None:
        return files
    making = data.making(edition)
    await _wait(making)
    return making.result()


async def _wait(*making: Future[tuple[DataFile, ...]], failing: bool = False) -> None:
    """BeingMade; they go on being made whether this request waits or not. `failing`: what cannot be made keeps nobody from the rest."""
    waited = (asyncio.wrap_future(future) for future in making)
    together = asyncio.gather(*waited, return_exceptions=failing)
    try:
        await asyncio.wait_for(asyncio.shield(together), WAIT_S)
    except TimeoutError:
        together.add_done_callback(lambda done: done.exception())  # nobody waits for it any more
        raise BeingMade(wait=AGAIN_S) from None


async def _read(data: OpenData, ask: Callable[[], T]) -> T:
    return await anyio.to_thread.run_sync(ask, limiter=data.readers)


def _address(election: str, form: str, slot: str, number: str) -> ReleaseAddress | None:
    """None where the number is not written as a number is."""
    if not (number.isascii() and number.isdigit() and len(number) < 10 and str(int(number)) == number):
        return None
    return ReleaseAddress(election, form, slot, int(number))


def _onward(address: str) -> Response:
    return Response(
        status_code=302, headers={**OPEN, "Cache-Control": ASK_AGAIN, "Location": quote(address, safe="/+")}
    )


def _preflight() -> Response:
    allowed = {
        **OPEN,
        "Access-Control-Allow-Methods": ", ".join(METHODS),
        "Access-Control-Allow-Headers": "If-Match, If-Modified-Since, If-None-Match, If-Range, Range",
        "Access-Control-Max-Age": "86400",
        "Allow": ", ".join((*METHODS, "OPTIONS")),
    }
    return Response(status_code=204, headers=allowed)


def _refused(error: Exception, status: int, headers: dict[str, str]) -> Response:
    body = orjson.dumps({"errors": [error_of(error)]})
    told = {**OPEN, "Cache-Control": ASK_AGAIN, **headers}
    if isinstance(error, NotPublished) and error.facts["nearest"]:
        told["Link"] = f'<{quote(error.facts["nearest"], safe="/+")}>; rel="alternate"'
    return Response(body, status, told, media_type="application/json")
