"""One login between its start and the provider's answer, kept in the person's own browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import asdict, dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from api.oidc.errors import LoginRefused
from api.oidc.strict import is_text
from reporting.files.strict_json import strict_object

LIFETIME_S = 600
MAX_COOKIE = 3_800
TYPE = "login+jwt"
REMEMBERED = 20_000
MAX_BACK = 1_500  # characters; the cookie holds it
MAX_OFFICE = 300  # characters: of a name, a role and an area
OUR_OWN = ("/login", "/callback", "/logout", "/session")
"""Addresses of the login itself, to which nobody goes back."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`state` ties the answer to this browser, `nonce` the ID token, `verifier` the code (RFC 7636 §4.1). `back`: the page of
    this site that was asked for, empty for none."""

    state: str
    nonce: str
    verifier: str
    office: str
    expires: int
    back: str = ""

    @classmethod
    def begin(cls, office: str, now: float, back: str = "") -> Attempt:
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        return cls(state, nonce, verifier, office, int(now) + LIFETIME_S, back)

    @property
    def challenge(self) -> str:
        """S256 (RFC 7636 §4.2); `plain` is not offered."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


class CookieSigner:
    """Signs attempts with a key of their own, derived from the installation's, so that no cookie is a token."""

    def __init__(self, key: OctKey) -> None:
        derived = hmac.digest(key.raw_value, b"reporting login attempt v1", "sha256")
        self._key = OctKey.import_key(derived)

    def close(self, attempt: Attempt) -> str:
        return self.signed(json.dumps(asdict(attempt)))

    def signed(self, text: str) -> str:
        return jws.serialize_compact({"alg": "HS256", "typ": TYPE}, text, self._key, algorithms=["HS256"])

    def open(self, cookie: str | None, now: float) -> Attempt:
        """LoginRefused: `cookie` when there is none, it is not ours, or it is too old."""
        if not cookie or len(cookie) > MAX_COOKIE or not cookie.isascii():
            raise LoginRefused(reason="cookie")
        try:
            signed = jws.deserialize_compact(cookie, self._key, algorithms=["HS256"])
            attempt = Attempt(**strict_object(signed.payload or b""))
        except (JoseError, ValueError, TypeError):
            raise LoginRefused(reason="cookie") from None
        if signed.headers().get("typ") != TYPE or not 0 <= attempt.expires - now <= LIFETIME_S + 1:
            raise LoginRefused(reason="cookie")
        return attempt


class Spent:
    """What this process has seen and must not accept again until `until`: states, and sessions logged out.

    Bounded: the oldest goes first. Another process does not know them; a code is used once by the provider's own
    promise (RFC 6749 §4.1.2).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[bytes, float] = {}

    def add(self, text: str, until: float, now: float) -> bool:
        """False when it was there already."""
        mark = hashlib.sha256(text.encode()).digest()
        with self._lock:
            if self._until.get(mark, now) > now:
                return False
            if len(self._until) >= REMEMBERED:
                self._until = {mark: end for mark, end in self._until.items() if end > now}
            while len(self._until) >= REMEMBERED:
                del self._until[next(iter(self._until))]
            self._until[mark] = until
            return True

    def holds(self, text: str, now: float) -> bool:
        return self._until.get(hashlib.sha256(text.encode()).digest(), now) > now


def checked_back(text: str) -> str:
    """An address within this site, as it stands in a request; empty for any other text, and for one too long to be kept."""
    inside = text.startswith("/") and not text.startswith(("//", "/\\", *OUR_OWN))
    return text if inside and text.isascii() and text.isprintable() and len(text) <= MAX_BACK else ""


def checked_office(text: str) -> str:
    """The office a login asks for; empty means the only one. LoginRefused: `parameters`."""
    if text and not is_text(text, MAX_OFFICE):
        raise LoginRefused(reason="parameters")
    return text
