"""Our own session after a login: an `api.auth` token in a cookie that scripts cannot read."""

from __future__ import annotations

from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import Response

from api.auth import SESSION_ISSUER, issue_token, read_token
from api.oidc.attempt import LIFETIME_S, Spent
from api.oidc.errors import CrossSite
from api.oidc.messages import message
from api.oidc.settings import OidcSettings
from reporting.domain.actor import Actor
from reporting.errors import NotAuthenticated

HEADER = "x-reporting"
"""No form and no foreign page can send it without a CORS permission, which we never give."""


class Sessions:
    """Issues, reads and ends cookie sessions. A session that was ended does not count as a bearer token either."""

    def __init__(self, settings: OidcSettings, key: OctKey) -> None:
        self._settings, self._key, self._spent = settings, key, Spent()
        mark = "__Host-" if settings.secure else ""
        self.session_cookie, self.login_cookie = f"{mark}reporting-session", f"{mark}reporting-login"

    def start(self, response: Response, actor: Actor, now: int) -> None:
        """SameSite=Strict: it goes out only with requests that our own pages make."""
        lifetime = self._settings.session_s
        token = issue_token(self._key, actor, now=now, lifetime_s=lifetime, issuer=SESSION_ISSUER)
        self._set(response, self.session_cookie, token, lifetime, strict=True)

    def begin_login(self, response: Response, cookie: str) -> None:
        """SameSite=Lax: it must come back with the provider's redirect."""
        self._set(response, self.login_cookie, cookie, LIFETIME_S, strict=False)

    def end_login(self, response: Response) -> None:
        self._set(response, self.login_cookie, "", 0, strict=False)

    def end(self, request: Request, response: Response, now: int) -> None:
        """Logged out: the cookie goes, and this process refuses its token from now on."""
        token = request.cookies.get(self.session_cookie, "")
        try:
            read_token(self._key, token, now=now, issuers=(SESSION_ISSUER,))
        except NotAuthenticated:
            pass
        else:
            self._spent.add(token, now + self._settings.session_s, now)
        self._set(response, self.session_cookie, "", 0, strict=True)

    def bearer(self, token: str, now: int) -> Actor | None:
        """Whose session this token is, sent without its cookie; None for any other text. NotAuthenticated for a session
        that was logged out here."""
        try:
            actor = read_token(self._key, token, now=now, issuers=(SESSION_ISSUER,))
        except NotAuthenticated:
            return None
        self._check_live(token, now)
        return actor

    def emergency(self, token: str, now: int) -> Actor | None:
        """Who may begin a session with this, while the provider is away; None for any other text, a session's own among them."""
        actor = self.bearer(token, now)
        return None if actor is None or actor.access is None else actor

    def _check_live(self, token: str, now: int) -> None:
        if self._spent.holds(token, now):
            raise NotAuthenticated(detail=message("logged_out"))

    def actor(self, request: Request, now: int) -> Actor | None:
        """Whose cookie this is. Without our header the cookie does not count: nobody. NotAuthenticated for a cookie
        that is not good (any more), CrossSite for another site's page."""
        token = request.cookies.get(self.session_cookie)
        if token is None or HEADER not in request.headers:
            return None
        self.check_same_site(request)
        actor = read_token(self._key, token, now=now, issuers=(SESSION_ISSUER,))
        self._check_live(token, now)
        return actor

    def check_same_site(self, request: Request) -> None:
        """CrossSite unless our header is there and, where the browser tells the origin, it is ours."""
        origin = request.headers.get("origin", self._settings.origin)
        fetched_from = request.headers.get("sec-fetch-site", "same-origin")
        if HEADER not in request.headers or origin != self._settings.origin or fetched_from != "same-origin":
            raise CrossSite

    def _set(self, response: Response, name: str, value: str, seconds: int, *, strict: bool) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self._settings.secure,
            httponly=True,
            samesite="strict" if strict else "lax",
        )
