"""The provider's description of itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), from its URL or from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.oidc.settings import is_safe_url
from reporting.files.strict_json import strict_object


@dataclass(frozen=True, slots=True)
class Metadata:
    """`names_issuer`: answers carry `iss` (RFC 9207 §3). `secret_in_form`: HTTP Basic is not offered."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str | None
    end_session_endpoint: str | None
    names_issuer: bool
    secret_in_form: bool


def well_known(issuer: str) -> str:
    """Where discovery is (OpenID Connect Discovery 1.0 §4.1)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def parse_metadata(body: bytes, issuer: str) -> Metadata:
    """ValueError: not strict JSON, another issuer (Discovery §4.3), an unsafe address, or PKCE without S256."""
    document = strict_object(body)
    if document.get("issuer") != issuer:
        raise ValueError("issuer")
    pkce = document.get("code_challenge_methods_supported")
    if pkce is not None and (not isinstance(pkce, list) or "S256" not in pkce):
        raise ValueError("PKCE")
    ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not isinstance(ways, list):
        raise ValueError("client authentication")
    return Metadata(
        authorization_endpoint=_url(document, "authorization_endpoint"),
        token_endpoint=_url(document, "token_endpoint"),
        jwks_uri=_url(document, "jwks_uri") if "jwks_uri" in document else None,
        end_session_endpoint=_url(document, "end_session_endpoint")
        if "end_session_endpoint" in document
        else None,
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        secret_in_form="client_secret_basic" not in ways and "client_secret_post" in ways,
    )


def _url(document: dict[str, Any], name: str) -> str:
    url = document.get(name)
    if not isinstance(url, str) or not is_safe_url(url):
        raise ValueError(name)
    return url
