"""The relying party: sends a browser to the provider and turns what it brings back into an actor."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc.jwk import OctKey

from api.oidc.attempt import Attempt, CookieSigner, Spent, checked_back, checked_office
from api.oidc.documents import Document
from api.oidc.errors import LoginRefused, ProviderUnavailable
from api.oidc.fetch import Fetch, HttpCall, ask, read_source
from api.oidc.id_token import verify
from api.oidc.keys import PublicKey, find_key, parse_keys
from api.oidc.metadata import Metadata, parse_metadata, well_known
from api.oidc.offices import HeldOffices, choose
from api.oidc.settings import OidcSettings
from reporting.domain.actor import Actor
from reporting.files.strict_json import strict_object

MAX_CODE = 2_000
ERRORS = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})
"""What the provider may say that a person can act on; other words are not repeated."""

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Arrived:
    """`back`: the page of this site that they had asked for, empty for none."""

    actor: Actor
    back: str


class RelyingParty:
    """All methods block. `clock`: Unix seconds."""

    def __init__(
        self,
        settings: OidcSettings,
        key: OctKey,
        offices: HeldOffices,
        fetch: Fetch,
        clock: Callable[[], float],
    ) -> None:
        self.settings = settings
        self._offices, self._fetch, self._clock = offices, fetch, clock
        self._cookies, self._spent = CookieSigner(key), Spent()
        self._metadata: Document[Metadata] = Document(
            lambda: settings.metadata or well_known(settings.issuer),
            lambda body: parse_metadata(body, settings.issuer),
            fetch,
            clock,
        )
        self._keys: Document[tuple[PublicKey, ...]] = Document(
            self._key_source, lambda body: parse_keys(body, settings.algorithm), fetch, clock
        )

    def begin(self, parameters: Parameters) -> tuple[str, str]:
        """Where to send the browser (OpenID Connect Core §3.1.2.1) and the cookie it must bring back. Parameters are
        `office` and `back`, a page of this site: where the answer goes is a setting, never the caller's. LoginRefused,
        ProviderUnavailable."""
        given = _once(parameters, {"office", "back"})
        office, back = checked_office(given.get("office", "")), checked_back(given.get("back", ""))
        attempt = Attempt.begin(office, self._clock(), back)
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": self.settings.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        if self.settings.acr is not None:
            query["acr_values"] = self.settings.acr
        endpoint = self._metadata.get().authorization_endpoint
        mark = "&" if "?" in endpoint else "?"
        return f"{endpoint}{mark}{urlencode(query)}", self._cookies.close(attempt)

    def finish(self, parameters: Parameters, cookie: str | None) -> Arrived:
        """Who came back, and where to. LoginRefused, NoOffice, SeveralOffices, ProviderUnavailable."""
        now = self._clock()
        attempt = self._cookies.open(cookie, now)
        given = _once(parameters, None)
        if not hmac.compare_digest(given.get("state", "").encode(), attempt.state.encode()):
            raise LoginRefused(reason="state")
        metadata = self._metadata.get()
        self._check_sender(given.get("iss"), metadata)
        if not self._spent.add(attempt.state, attempt.expires + 1, now):
            raise LoginRefused(reason="replay")
        if "error" in given:
            raise LoginRefused(reason=given["error"] if given["error"] in ERRORS else "provider")
        code = given.get("code", "")
        if not 0 < len(code) <= MAX_CODE:
            raise LoginRefused(reason="code")
        token = self._exchange(code, attempt.verifier, metadata)
        now = self._clock()
        claims = verify(
            token, self.settings, lambda kid: find_key(self._keys, kid), nonce=attempt.nonce, now=now
        )
        subject = str(claims["sub"])
        candidates = self._offices.roles_of(subject, datetime.fromtimestamp(now, UTC), claims)
        return Arrived(choose(candidates, subject, attempt.office), attempt.back)

    def back_of(self, cookie: str | None) -> str:
        """The page that somebody had asked for whose login is refused; empty for none, and for a cookie that is not ours."""
        try:
            return self._cookies.open(cookie, self._clock()).back
        except LoginRefused:
            return ""

    def end_session(self) -> str | None:
        """Where the provider's own session can be ended, where it says so (RP-Initiated Logout 1.0 §2.1)."""
        try:
            endpoint = self._metadata.get().end_session_endpoint
        except ProviderUnavailable:
            return None
        query = urlencode({"client_id": self.settings.client_id})
        return endpoint and f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def _key_source(self) -> str:
        source = self.settings.jwks or self._metadata.get().jwks_uri
        if source is None:
            raise ProviderUnavailable(detail="jwks_uri")
        return source

    def _check_sender(self, issuer: str | None, metadata: Metadata) -> None:
        """Mix-up (RFC 9207 §2.4): an issuer that is named must be ours; one that always names itself must here."""
        if issuer != self.settings.issuer and (issuer is not None or metadata.names_issuer):
            raise LoginRefused(reason="issuer")

    def _exchange(self, code: str, verifier: str, metadata: Metadata) -> str:
        """The ID token for the code (OpenID Connect Core §3.1.3). The access token beside it is thrown away."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        secret = self._secret()
        if secret is None or metadata.secret_in_form:
            form["client_id"] = self.settings.client_id
        if secret is not None and metadata.secret_in_form:
            form["client_secret"] = secret
        elif secret is not None:
            pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(secret)}"  # RFC 6749 §2.3.1
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        answer = ask(self._fetch, HttpCall(metadata.token_endpoint, form, headers))
        try:
            reply: Mapping[str, Any] = strict_object(answer.body)
        except ValueError:
            raise ProviderUnavailable(detail="token", status=answer.status) from None
        if answer.status == 400 and reply.get("error") == "invalid_grant":
            raise LoginRefused(reason="code")
        token = reply.get("id_token")
        if answer.status != 200 or not isinstance(token, str):
            raise ProviderUnavailable(detail="token", status=answer.status)
        return token

    def _secret(self) -> str | None:
        """Read for each login, so that a new one needs no restart."""
        file = self.settings.client_secret_file
        if file is None:
            return None
        try:
            secret = read_source(self._fetch, str(file)).decode("utf-8").strip()
        except ValueError:
            secret = ""
        if not secret:
            raise ProviderUnavailable(detail="secret")
        return secret


def _once(parameters: Parameters, allowed: set[str] | None) -> dict[str, str]:
    """Each parameter at most once (RFC 6749 §3.1); LoginRefused: `parameters`."""
    given = dict(parameters)
    if len(given) != len(parameters) or not (allowed is None or set(given) <= allowed):
        raise LoginRefused(reason="parameters")
    return given
