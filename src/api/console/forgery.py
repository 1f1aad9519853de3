"""A form's token: bound to the session, other bytes on every page (so that compression tells nothing of it)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from fastapi import Request

NONCE = 12  # bytes


def token_for(session: str) -> str:
    nonce = secrets.token_hex(NONCE)
    return f"{nonce}{_stamp(session, nonce)}"


def is_ours(request: Request, session: str, token: str) -> bool:
    """Sent by a page of this server, in this session. Old browsers send neither header; the token holds for them, too."""
    fetched_from = request.headers.get("sec-fetch-site", "same-origin")
    nonce, stamp = token[: 2 * NONCE], token[2 * NONCE :]
    return fetched_from in ("same-origin", "none") and hmac.compare_digest(stamp, _stamp(session, nonce))


def _stamp(session: str, nonce: str) -> str:
    return hmac.new(session.encode(), f"form/{nonce}".encode(), hashlib.sha256).hexdigest()
