"""What an operator says about the provider, checked before the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from api.oidc.messages import message
from api.oidc.strict import is_text
from reporting.errors import InvalidInput

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""Public-key signatures only (RFC 8725 §3.1, §3.2): never `none`, never a MAC keyed with something public."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PREFIX = "REPORTING_OIDC_"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """One provider, one client, one algorithm. `jwks` and `metadata` are a file path or a URL; None means what
    the provider's own discovery document says. No secret file means a public client."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret_file: Path | None = None
    jwks: str | None = None
    metadata: str | None = None
    algorithm: str = "RS256"
    scope: str = "openid"
    acr: str | None = None
    office_claim: str = "office"
    role_claim: str = "role"
    jurisdiction_claim: str = "jurisdiction"
    session_s: int = 8 * 3600

    def __post_init__(self) -> None:
        """InvalidInput naming the variable that is wrong."""
        for name, url in (("ISSUER", self.issuer), ("REDIRECT_URI", self.redirect_uri)):
            if not is_safe_url(url) or urlsplit(url).query:
                raise _wrong(name, url, "https://… without ? and #")
        if urlsplit(self.redirect_uri).path != "/callback":
            raise _wrong("REDIRECT_URI", self.redirect_uri, "https://…/callback")
        if self.algorithm not in ALGORITHMS:
            raise _wrong("ALGORITHM", self.algorithm, " / ".join(sorted(ALGORITHMS)))
        if "openid" not in self.scope.split():
            raise _wrong("SCOPE", self.scope, "openid …")
        if not 300 <= self.session_s <= 24 * 3600:
            raise _wrong("SESSION_MINUTES", str(self.session_s // 60), "5–1440")
        for name, source in (("JWKS", self.jwks), ("METADATA", self.metadata)):
            if source is not None and "://" in source and not is_safe_url(source):
                raise _wrong(name, source, "a file path or https://…")
        for name in ("client_id", "scope", "office_claim", "role_claim", "jurisdiction_claim"):
            if not is_text(getattr(self, name)):
                raise _wrong(name.upper(), getattr(self, name), message("characters"))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self | None:
        """Read `REPORTING_OIDC_…`; None when none of them is set. InvalidInput when some are and one is missing."""
        given = {name.removeprefix(PREFIX): text for name, text in env.items() if name.startswith(PREFIX)}
        given = {name: text.strip() for name, text in given.items() if text.strip()}
        if not given:
            return None
        if unknown := sorted(set(given) - NAMES):
            raise _wrong(unknown[0], "", " / ".join(sorted(NAMES)))
        for name in ("ISSUER", "CLIENT_ID", "REDIRECT_URI"):
            if name not in given:
                raise _wrong(name, "", message("a_value"))
        minutes = given.get("SESSION_MINUTES", "480")
        if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 4):
            raise _wrong("SESSION_MINUTES", minutes, "5–1440")
        secret = given.get("CLIENT_SECRET_FILE")
        return cls(
            issuer=given["ISSUER"],
            client_id=given["CLIENT_ID"],
            redirect_uri=given["REDIRECT_URI"],
            client_secret_file=Path(secret) if secret else None,
            jwks=given.get("JWKS"),
            metadata=given.get("METADATA"),
            algorithm=given.get("ALGORITHM", "RS256"),
            scope=given.get("SCOPE", "openid"),
            acr=given.get("ACR"),
            office_claim=given.get("CLAIM_OFFICE", "office"),
            role_claim=given.get("CLAIM_ROLE", "role"),
            jurisdiction_claim=given.get("CLAIM_JURISDICTION", "jurisdiction"),
            session_s=int(minutes) * 60,
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """What of it stands in files."""
        named = (self.jwks, self.metadata)
        paths = [Path(source) for source in named if source is not None and "://" not in source]
        return (*paths, *([self.client_secret_file] if self.client_secret_file is not None else []))

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https: then cookies are Secure and bound to the host."""
        return self.redirect_uri.startswith("https:")

    @property
    def origin(self) -> str:
        """Our own origin, as browsers write it in `Origin`."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


NAMES = frozenset(
    {
        "ISSUER",
        "CLIENT_ID",
        "CLIENT_SECRET_FILE",
        "JWKS",
        "METADATA",
        "REDIRECT_URI",
        "ALGORITHM",
        "SCOPE",
        "ACR",
    }
    | {"CLAIM_OFFICE", "CLAIM_ROLE", "CLAIM_JURISDICTION", "SESSION_MINUTES"}
)


def is_safe_url(url: str) -> bool:
    """https, or http to this machine; no user name, no fragment, nothing but printable ASCII."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.fragment or "@" in parts.netloc or not url.isascii() or not url.isprintable():
        return False
    if " " in url or "\\" in url or len(url) > 2_000:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def _wrong(name: str, found: str, expected: str) -> InvalidInput:
    return InvalidInput(field=PREFIX + name, found=repr(found[:80]), expected=expected)
