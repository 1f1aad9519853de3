"""Signed bearer tokens: who acts, for which office, in which role, where. Issued for development and drills by the
command line, and after a login by `api.oidc`.

Checks beyond the library's: one algorithm, our issuer and audience, token type, lifetime, size, no doubled JSON keys
(security findings: the JOSE libraries accept a doubled `sub`, the last one winning).
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from api.messages import message
from reporting.domain.actor import Actor, Role
from reporting.errors import NotAuthenticated, ReportingError
from reporting.files.strict_json import strict_object

ALGORITHM = "HS256"
ISSUER = "reporting-development"
SESSION_ISSUER = "reporting-session"
ACCOUNT_ISSUER = "reporting-account"
"""Of a system's account: counts at every installation, as long as the log says that the account does."""
AUDIENCE = "reporting-api"
TYPE = "at+jwt"
KEY_BYTES = 32  # RFC 7518 §3.2: not shorter than the hash
MAX_BYTES = 8_000
MAX_LIFETIME_S = 31 * 24 * 3600
LEEWAY_S = 30


class KeyRefused(ReportingError):
    """facts: `path`, `detail`."""

    code = "key_refused"
    template_ja = "署名鍵のファイル {path} は使えません（{detail}）。32 バイト以上にし、chmod 640 以下にしてください。ファイルを消すと新しい鍵が作られ、発行済みのトークンは無効になります。"
    template_en = (
        "The signing key {path} cannot be used ({detail}). It needs 32 bytes or more and no access for others "
        "(chmod 640). Without the file a new key is made, and tokens issued before no longer count."
    )


def load_key(path: Path) -> OctKey:
    """The signing key in `path`; made at first use, readable by its owner only. KeyRefused for one that others can read
    or guess."""
    if not path.exists():
        _make_key(path)
    key = path.read_bytes().strip()
    if len(key) < KEY_BYTES:
        raise KeyRefused(path=path, detail=message("bytes", count=len(key)))
    if os.name == "posix" and (mode := path.stat().st_mode & 0o777) & 0o007:
        raise KeyRefused(path=path, detail=message("others_may_read", mode=f"{mode:o}"))
    return OctKey.import_key(key)


def _make_key(path: Path) -> None:
    """Several processes may start at once: the file appears whole, and the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)))
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


def issue_token(
    key: OctKey, actor: Actor, *, now: int, lifetime_s: int = 12 * 3600, issuer: str = ISSUER
) -> str:
    """A token for `actor`, valid from `now` (Unix seconds)."""
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": actor.person,
        "iat": now,
        "jti": secrets.token_urlsafe(12),
        "exp": now + min(lifetime_s, MAX_LIFETIME_S),
        "office": actor.office,
        "role": actor.role.value,
        "jurisdiction": actor.jurisdiction,
    }
    if actor.access is not None:
        claims["access"] = actor.access
    if actor.operations is not None:
        claims["operations"] = sorted(actor.operations)
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, key, algorithms=[ALGORITHM])


def read_token(key: OctKey, token: str, *, now: int, issuers: Collection[str] = (ISSUER,)) -> Actor:
    """The actor a valid token of one of `issuers` names; NotAuthenticated for every other text. Whether the `access` that the
    actor came by still counts, the log says (`Access.check`)."""
    if len(token) > MAX_BYTES or not token.isascii():
        raise NotAuthenticated(detail=message("not_a_token"))
    try:
        signed = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        claims: dict[str, Any] = strict_object(signed.payload)
        header = signed.headers()
    except (JoseError, ValueError) as refused:
        raise NotAuthenticated(detail=message("the_token_has_another_signature")) from refused
    issued, expires = claims.get("iat"), claims.get("exp")
    if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
        raise NotAuthenticated(detail=message("a_token_of_another_type"))
    if claims.get("iss") not in issuers or claims.get("aud") != AUDIENCE:
        raise NotAuthenticated(detail=message("not_a_token_of_this_system"))
    if type(issued) is not int or type(expires) is not int or not 0 < expires - issued <= MAX_LIFETIME_S:
        raise NotAuthenticated(detail=message("the_tokens_lifetime_does_not_fit"))
    if not issued - LEEWAY_S <= now < expires:
        raise NotAuthenticated(detail=message("token_expired"))
    names = [claims.get(name) for name in ("sub", "office", "role", "jurisdiction")]
    if not all(isinstance(name, str) and 0 < len(name) <= 200 for name in names):
        raise NotAuthenticated(detail=message("the_token_lacks_claims"))
    access, within = claims.get("access"), claims.get("operations")
    if access is None and claims["iss"] == ACCOUNT_ISSUER:
        raise NotAuthenticated(detail=message("the_token_lacks_claims"))
    if not isinstance(access, str | None) or not (within is None or _all_texts(within)):
        raise NotAuthenticated(detail=message("the_token_lacks_claims"))
    held = None if within is None else frozenset(within)
    try:
        return Actor(names[0], names[1], Role(names[2]), names[3], held, access)  # type: ignore[arg-type]
    except ValueError as refused:
        raise NotAuthenticated(detail=message("no_such_role_as_the_tokens")) from refused


def issued_at(token: str) -> int:
    """Unix seconds, of a token that `read_token` has read."""
    payload = token.split(".")[1]
    return int(strict_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iat"])


def _all_texts(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(text, str) for text in told)
