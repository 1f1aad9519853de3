"""The ID token, checked by OpenID Connect Core §3.1.3.7, RFC 8725 and this project's own narrower rules."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from api.oidc.errors import LoginRefused
from api.oidc.keys import PublicKey
from api.oidc.settings import OidcSettings
from api.oidc.strict import is_text
from reporting.files.strict_json import strict_object

MAX_BYTES = 8_000
LEEWAY_S = 60
MAX_AGE_S = 600
"""It was issued for this login just now; an older one is another login's."""
MAX_LIFETIME_S = 24 * 3_600

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


def verify(
    token: str, settings: OidcSettings, key_of: Callable[[str | None], PublicKey], *, nonce: str, now: float
) -> dict[str, Any]:
    """The claims of a good token. LoginRefused with the check that failed as `reason`: size, form, algorithm, key,
    signature, issuer, audience, time, nonce, subject, acr. Raised without cause: causes may quote the token."""
    if len(token) > MAX_BYTES:
        raise LoginRefused(reason="size")
    claims = _signed(token, settings.algorithm, key_of)
    if claims.get("iss") != settings.issuer:
        raise LoginRefused(reason="issuer")
    if claims.get("aud") not in (settings.client_id, [settings.client_id]):
        raise LoginRefused(reason="audience")
    if claims.get("azp", settings.client_id) != settings.client_id:
        raise LoginRefused(reason="audience")
    _check_time(claims, now)
    nonce_claim = claims.get("nonce")
    if not isinstance(nonce_claim, str) or not hmac.compare_digest(nonce_claim.encode(), nonce.encode()):
        raise LoginRefused(reason="nonce")
    if not is_text(claims.get("sub")):
        raise LoginRefused(reason="subject")
    if settings.acr is not None and claims.get("acr") not in settings.acr.split():
        raise LoginRefused(reason="acr")
    return claims


def _signed(token: str, algorithm: str, key_of: Callable[[str | None], PublicKey]) -> dict[str, Any]:
    """Claims under a good signature. The algorithm is ours, the key only from our set: `jwk`, `jku`, `x5u` and
    `x5c` of the header are never looked at (RFC 8725 §3.1, §3.5, §3.10)."""
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        raise LoginRefused(reason="form")
    header = _object(parts[1])
    if header.get("alg") != algorithm:
        raise LoginRefused(reason="algorithm")
    kid, kind = header.get("kid"), header.get("typ", "JWT")
    if not (kid is None or is_text(kid)) or not isinstance(kind, str) or kind.upper() != "JWT":
        raise LoginRefused(reason="form")
    if "crit" in header or "b64" in header:
        raise LoginRefused(reason="form")
    key = key_of(kid)
    try:
        jws.deserialize_compact(token, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        raise LoginRefused(reason="signature") from None
    return _object(parts[2])


def _object(segment: str) -> dict[str, Any]:
    try:
        return strict_object(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        raise LoginRefused(reason="form") from None


def _check_time(claims: dict[str, Any], now: float) -> None:
    """Whole seconds only; numbers as text, NaN and 1e308 are no times."""
    issued, expires, begins = claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)
    if type(issued) is not int or type(expires) is not int or type(begins) is not int:
        raise LoginRefused(reason="time")
    good = (
        0 < expires - issued <= MAX_LIFETIME_S
        and issued - LEEWAY_S <= now <= issued + MAX_AGE_S
        and begins - LEEWAY_S <= now < expires + LEEWAY_S
    )
    if not good:
        raise LoginRefused(reason="time")
