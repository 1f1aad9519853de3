"""An identity provider without a network: a function that answers as one does (OpenID Connect Core, Discovery)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

from api.oidc.fetch import Fetched, HttpCall

ISSUER, CLIENT = "https://id.example/realm", "reporting"
KEYS = {kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "two")}
CLERK = {"office": "中央区選管", "role": "ward", "jurisdiction": "11"}


def metadata_of(issuer: str) -> dict[str, Any]:
    """What its discovery document says."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "end_session_endpoint": f"{issuer}/logout",
        "code_challenge_methods_supported": ["S256"],
    }


METADATA = metadata_of(ISSUER)


def jwks(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def b64(data: bytes | str) -> str:
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


class Provider:
    """Answers discovery, keys and the token request; `make` may put another token, `answers` another answer."""

    def __init__(self, issuer: str = ISSUER, now: float = 1_800_000_000.0) -> None:
        self.issuer, self.now = issuer, now
        self.metadata: dict[str, Any] = metadata_of(issuer)
        self.published = ["one"]
        self.signer = "one"
        self.changes: dict[str, Any] = {}
        self.make: Callable[[dict[str, Any]], str] = self.sign
        self.answers: dict[str, Callable[[], Fetched]] = {}
        self.calls: list[HttpCall] = []
        self.codes: dict[str, dict[str, str]] = {}

    def __call__(self, call: HttpCall) -> Fetched:
        self.calls.append(call)
        end = call.url.removeprefix(self.issuer)
        if end in self.answers:
            return self.answers[end]()
        if end == "/.well-known/openid-configuration":
            return Fetched(200, json.dumps(self.metadata).encode())
        if end == "/keys":
            return Fetched(200, jwks(*(KEYS[kid].as_dict(private=False) for kid in self.published)))
        assert end == "/token"
        form = dict(call.form or {})
        asked = self.codes.pop(form["code"], None)
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if asked is None or (asked["code_challenge"], asked["redirect_uri"]) != (
            challenge,
            form["redirect_uri"],
        ):
            return Fetched(400, b'{"error":"invalid_grant"}')
        token = self.make(self.claims(asked["nonce"]))
        return Fetched(
            200, json.dumps({"token_type": "Bearer", "access_token": "a", "id_token": token}).encode()
        )

    def claims(self, nonce: str) -> dict[str, Any]:
        now = int(self.now)
        base = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "sato",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        return {name: value for name, value in {**base, **CLERK, **self.changes}.items() if value is not ...}

    def sign(self, claims: dict[str, Any] | str, **header: Any) -> str:
        text = claims if isinstance(claims, str) else json.dumps(claims)
        head = {"alg": "RS256", "kid": self.signer, **header}
        head = {name: value for name, value in head.items() if value is not None}
        return jws.serialize_compact(head, text, KEYS[self.signer], algorithms=["RS256"])

    def count(self, end: str) -> int:
        return sum(call.url == self.issuer + end for call in self.calls)

    def approve(self, location: str) -> dict[str, str]:
        """What the provider's own pages do: the parameters that come back."""
        asked = dict(parse_qsl(urlsplit(location).query))
        code = f"code{len(self.calls)}-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}
