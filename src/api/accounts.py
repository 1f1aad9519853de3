"""`POST /token`: other software logs in with the account that was opened for it (RFC 6749, section 4.4) and gets a bearer token."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from urllib.parse import unquote_plus

import anyio.to_thread
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from api.auth import ACCOUNT_ISSUER, issue_token
from api.form import read_form
from api.serving import serving
from reporting.application.access import Access
from reporting.errors import InvalidInput, NotAuthenticated, ReportingError, Unavailable

LIFETIME_S = 600
"""A token outlives its account by no more; and no more than this is lost with one that leaks."""
LONGEST_NAMED = 64
"""Characters of a name that nobody has, in the log of the server: a form may hold 400 kB of it."""
QUIET = {"Cache-Control": "no-store", "Pragma": "no-cache"}
log = structlog.get_logger(__name__)


def account_routes(clock: Callable[[], float]) -> APIRouter:
    """`clock`: Unix seconds."""
    router = APIRouter()

    @router.post("/token")
    async def token(request: Request) -> Response:
        try:
            form = await read_form(request)
            name, secret = _credentials(form or {}, request.headers.get("authorization"))
            if (form or {}).get("grant_type") != "client_credentials":
                raise InvalidInput.at(
                    "grant_type", (form or {}).get("grant_type", "")[:40], "client_credentials"
                )
            state, now = serving(request), int(clock())
            access: Access = state.access
            account = await anyio.to_thread.run_sync(access.account, name, secret, limiter=state.reads)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except NotAuthenticated as refused:
            log.warning("account_refused", account=name[:LONGEST_NAMED])
            return _refused("invalid_client", refused, 401)
        except InvalidInput as refused:
            return _refused("unsupported_grant_type", refused, 400)
        except Unavailable as away:
            return _refused("temporarily_unavailable", away, 503)
        lifetime = min(LIFETIME_S, int(account.event.valid_to.timestamp()) - now)
        made = issue_token(
            state.key, account.actor, now=now, lifetime_s=max(lifetime, 1), issuer=ACCOUNT_ISSUER
        )
        log.info("account_accepted", account=name)
        return JSONResponse(
            {"access_token": made, "token_type": "Bearer", "expires_in": lifetime}, 200, QUIET
        )

    return router


def _credentials(form: Mapping[str, str], header: str | None) -> tuple[str, str]:
    """Section 2.3.1: in the header (each part form-encoded), else in the body; ("", "") where in neither."""
    scheme, _, told = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(told, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _refused(code: str, why: ReportingError, status: int) -> Response:
    """Section 5.2; in Japanese beside it."""
    told = {"error": code, "error_description": why.message_en, "messageJa": why.message_ja}
    challenge = {"WWW-Authenticate": 'Basic realm="reporting"'} if status == 401 else {}
    return JSONResponse(told, status, {**QUIET, **challenge})
