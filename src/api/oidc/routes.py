"""`GET /login`, `GET /callback`, `POST /logout`, `GET /session`."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import anyio
import anyio.to_thread
import orjson
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from joserfc.jwk import OctKey

from api.oidc.attempt import checked_back
from api.oidc.client import RelyingParty
from api.oidc.errors import LoginRefused, ProviderUnavailable, SeveralOffices
from api.oidc.fetch import Fetch, http_fetch
from api.oidc.messages import message
from api.oidc.offices import ClaimOffices, HeldOffices
from api.oidc.session import Sessions
from api.oidc.settings import OidcSettings
from api.serving import serving
from reporting.domain.actor import Actor
from reporting.errors import NotAuthenticated, NotAuthorised, ReportingError, Unavailable

T = TypeVar("T")

AFTER_LOGIN = "/graphql"
THREADS = 8
"""Logins at once, apart from those of the API: a slow provider does not hold up an entry."""
WITHIN_S = 25.0
MAX_QUERY = 6_000
QUIET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
PAGE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

log = structlog.get_logger(__name__)


class Login:
    """What the routes and the API's own check share; one per application."""

    def __init__(
        self,
        settings: OidcSettings,
        key: OctKey,
        clock: Callable[[], float],
        offices: HeldOffices | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self.clock = clock
        self._offices = offices or ClaimOffices(settings)
        self.party = RelyingParty(settings, key, self._offices, fetch or http_fetch, clock)
        self.sessions = Sessions(settings, key)
        self._limiter = anyio.CapacityLimiter(THREADS)

    def check_held(self, actor: Actor) -> None:
        """NotAuthenticated when who logged in does not work for that office any more. May read the database."""
        if not self._offices.holds(actor, datetime.fromtimestamp(self.clock(), UTC)):
            raise NotAuthenticated(detail=message("no_longer_of_office", office=actor.office))

    async def run(self, work: Callable[..., T], *given: Any) -> T:
        """`work` in a thread; ProviderUnavailable when it takes too long."""
        try:
            with anyio.fail_after(WITHIN_S):
                return await anyio.to_thread.run_sync(
                    work, *given, limiter=self._limiter, abandon_on_cancel=True
                )
        except TimeoutError:
            raise ProviderUnavailable(detail="time") from None


def login_routes() -> APIRouter:
    """The routes; they find their `Login` in the application's state."""
    router = APIRouter()

    @router.get("/login")
    async def login(request: Request) -> Response:
        login = _login(request)
        try:
            address, cookie = await login.run(login.party.begin, _parameters(request))
        except Exception as failure:
            return _refusal(request, failure, checked_back(request.query_params.get("back", "")))
        response = RedirectResponse(address, 303, QUIET)
        login.sessions.begin_login(response, cookie)
        return response

    @router.get("/callback")
    async def callback(request: Request) -> Response:
        login = _login(request)
        cookie = request.cookies.get(login.sessions.login_cookie)
        try:
            arrived = await login.run(login.party.finish, _parameters(request), cookie)
            response: Response = (
                _onward(arrived.back) if arrived.back else RedirectResponse(AFTER_LOGIN, 303, QUIET)
            )
            login.sessions.start(response, arrived.actor, int(login.clock()))
            log.info("login_accepted", role=arrived.actor.role.value)
        except Exception as failure:
            response = _refusal(request, failure, login.party.back_of(cookie))
        login.sessions.end_login(response)
        return response

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        login = _login(request)
        try:
            login.sessions.check_same_site(request)
            address = await login.run(login.party.end_session)
        except Exception as failure:
            return _refusal(request, failure)
        response = _json({"loggedOut": True, "providerLogout": address}, 200)
        login.sessions.end(request, response, int(login.clock()))
        return response

    @router.get("/session")
    async def session(request: Request) -> Response:
        """Who is logged in, for the pages of this server."""
        login = _login(request)
        try:
            actor = login.sessions.actor(request, int(login.clock()))
            if actor is None:
                raise NotAuthenticated(detail=message("open_login"))
        except Exception as failure:
            return _refusal(request, failure)
        identity = {"person": actor.person, "office": actor.office, "jurisdiction": actor.jurisdiction}
        return _json({**identity, "role": actor.role.value}, 200)

    return router


def _onward(back: str) -> Response:
    """A page that goes on to `back` by itself. Not a redirect: that would still be the provider's request, with which no
    browser sends a cookie that is SameSite=Strict; what a page of ours asks for is ours."""
    address = html.escape(back)
    page = (
        '<!doctype html><meta charset="utf-8"><title>Login</title>'
        f'<meta http-equiv="refresh" content="0;url={address}"><p><a href="{address}">{address}</a></p>'
    )
    return Response(page, 200, {**QUIET, "Content-Security-Policy": PAGE_POLICY}, media_type="text/html")


def _login(request: Request) -> Login:
    login = serving(request).login
    assert login is not None  # these routes are there with a provider only
    return login


def _parameters(request: Request) -> list[tuple[str, str]]:
    if len(request.url.query) > MAX_QUERY:
        raise LoginRefused(reason="parameters")
    return request.query_params.multi_items()


def _refusal(request: Request, failure: Exception, back: str = "") -> Response:
    """Both languages; a page for a browser, JSON for a program. `back`: the page of this site that was asked for, to which the
    next attempt leads. The log gets the kind and the reason word only."""
    request_id = str(uuid.uuid4())
    if not isinstance(failure, ReportingError):
        log.error("login_failed", request_id=request_id, kind=type(failure).__name__)
        failure = Unavailable(detail=message("request", request_id=request_id))
    else:
        reason = failure.facts.get("reason") or failure.facts.get("detail")
        log.warning("login_refused", request_id=request_id, code=failure.code, reason=reason)
    status = 401 if isinstance(failure, NotAuthenticated) else 503
    status = 403 if isinstance(failure, NotAuthorised) else status
    if "text/html" in request.headers.get("accept", ""):
        words = "".join(
            f'<p lang="{language}">{html.escape(text)}</p>'
            for language, text in (("ja", failure.message_ja), ("en", failure.message_en))
        )
        offices = str(failure.facts["offices"]).split("、") if isinstance(failure, SeveralOffices) else []
        links = "".join(f"<p>{_again(back, office)}</p>" for office in offices or [""])
        page = f'<!doctype html><meta charset="utf-8"><title>Login</title>{words}{links}'
        headers = {**QUIET, "Content-Security-Policy": PAGE_POLICY, "X-Request-Id": request_id}
        return Response(page, status, headers, media_type="text/html")
    extensions = {"code": failure.code.upper(), "ja": failure.message_ja, "en": failure.message_en}
    body = {"errors": [{"message": str(failure), "extensions": {**extensions, "facts": failure.facts}}]}
    return _json(body, status, {"X-Request-Id": request_id})


def _again(back: str, office: str) -> str:
    """A link to the login, for one of several offices and back to what was asked for."""
    query = urlencode({name: text for name, text in (("office", office), ("back", back)) if text})
    address = "/login" + (f"?{query}" if query else "")
    return f'<a href="{html.escape(address)}">{html.escape(office or "/login")}</a>'


def _json(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {**QUIET, **(headers or {})}, media_type="application/json")
