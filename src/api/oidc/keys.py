"""The provider's public keys (RFC 7517) and the choice of the one that a token names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from api.oidc.documents import Document
from api.oidc.errors import LoginRefused
from reporting.files.strict_json import strict_object

MAX_KEYS = 50
MIN_RSA_BITS = 2048
"""RFC 7518 §3.3."""
MAX_RSA_BITS = 8192
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

PublicKey = RSAKey | ECKey


def parse_keys(body: bytes, algorithm: str) -> tuple[PublicKey, ...]:
    """The keys of a JWK set that can check `algorithm` (RFC 7517 §5: the others are passed over, never a reason to
    stop). ValueError: not a JWK set, or no key fits, or a private key lies in it."""
    listed = strict_object(body).get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise ValueError("keys")
    if any(isinstance(jwk, dict) and "d" in jwk for jwk in listed):
        raise ValueError("a private key")
    keys = tuple(key for jwk in listed if (key := _usable(jwk, algorithm)) is not None)
    if not keys:
        raise ValueError("no key for this algorithm")
    return keys


def find_key(document: Document[tuple[PublicKey, ...]], kid: str | None) -> PublicKey:
    """The one key with this id; without an id the only key there is (OpenID Connect Core §10.1). The document is
    renewed once when the id is unknown. LoginRefused: `key`."""
    keys = _named(document.get(), kid) or _named(document.renew(), kid)
    if len(keys) != 1:
        raise LoginRefused(reason="key")
    return keys[0]


def _named(keys: Sequence[PublicKey], kid: str | None) -> list[PublicKey]:
    return [key for key in keys if kid is None or key.get("kid") == kid]


def _usable(jwk: Any, algorithm: str) -> PublicKey | None:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        return None
    if "key_ops" in jwk and jwk["key_ops"] != ["verify"]:
        return None
    try:
        if algorithm in CURVES:
            if jwk.get("kty") != "EC" or jwk.get("crv") != CURVES[algorithm]:
                return None
            return ECKey.import_key(jwk)
        if jwk.get("kty") != "RSA" or not MIN_RSA_BITS <= 6 * len(jwk["n"]) <= MAX_RSA_BITS + 24:
            return None  # by its length already: reading a weak key makes the library warn
        key = RSAKey.import_key(jwk)
        return key if MIN_RSA_BITS <= key.public_key.key_size <= MAX_RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
