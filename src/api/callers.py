"""Who calls: the bearer of a token, somebody in a session, or nobody; and from which address."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from api.auth import ACCOUNT_ISSUER, read_token
from api.execute import Asker
from api.messages import message
from api.oidc.routes import Login
from api.serving import Serving, serving
from reporting.errors import NotAuthenticated


def asker_of(request: Request, now: int) -> Asker:
    """NotAuthenticated for a token or a session that is not good (any more)."""
    header = request.headers.get("authorization")
    login: Login | None = serving(request).login
    if header is None:
        actor = None if login is None else login.sessions.actor(request, now)
        if actor is not None and serving(request).people.who(request, now) is None:
            raise NotAuthenticated(detail=message("idle_for_too_long"))
        return Asker() if login is None else Asker(actor, logged_in=True)
    return bearer_of(serving(request), header, now)


def bearer_of(state: Serving, header: str, now: int) -> Asker:
    """Of an `Authorization` header's text; NotAuthenticated for anything but a token that counts."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated(detail=message("send_authorization_bearer"))
    login = state.login
    if login is not None and (actor := login.sessions.bearer(token, now)) is not None:
        return Asker(actor, logged_in=True)
    return Asker(read_token(state.key, token, now=now, issuers=(*state.issuers, ACCOUNT_ISSUER)))


def address_of(scope: Scope, trusted: Sequence[str]) -> str:
    """The caller's address: the peer, or, where the peer is a proxy of ours, the last one it names (it alone wrote that)."""
    peer: str = (scope.get("client") or ("",))[0]
    if peer in trusted:
        named = Headers(scope=scope).get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named or peer
    return peer
