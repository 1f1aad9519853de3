"""What somebody confirms is what the page has shown: its form carries it stamped, and whatever else comes is shown anew.

A number typed after the look, a page kept in another tab, a form put together by hand: none of them goes out unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.console.words import said

STAMP = "stamp"
NOT_AS_SHOWN = said(
    "送信された内容は、確認のために示したものと違います。いまの内容をもう一度示します。確かめてから確定してください。"
)
MOVED = frozenset({"VERSION_CONFLICT", "OTHER_CELLS_MOVED", "RELEASE_MOVED", "CALLED_OTHERWISE"})
"""Codes of refusals that say: what was shown is not what stands any more, or not by that name."""
SEEN_AT = "seen-at"
"""Field of a form: ledger position at which its page told what the cells are called."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`at`: the address it was shown at; `fields`: all that must come back exactly as it was shown. What somebody types on
    the confirmation itself (a reason, a tick) is not among them: they see it as they send it."""

    at: str
    fields: Mapping[str, str]

    def stamp(self, session: str) -> str:
        told = json.dumps([self.at, sorted(self.fields.items())], ensure_ascii=False)
        return hmac.new(session.encode(), f"shown/{told}".encode(), hashlib.sha256).hexdigest()


def carried(at: str, form: Mapping[str, str], names: re.Pattern[str]) -> Confirmation:
    """What came back: every field whose whole name is one of these, whoever put it there."""
    return Confirmation(at, {name: text for name, text in form.items() if names.fullmatch(name)})


def is_as_shown(sent: Confirmation, session: str, stamp: str) -> bool:
    return hmac.compare_digest(sent.stamp(session).encode(), stamp.encode())
