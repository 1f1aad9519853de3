"""`/deliveries`: what one's office was told, what waits, and what could not be delivered and why; never where somebody is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.words import said

STATES = {
    "DEAD": ("!", said("届かなかった")),
    "WAITING": ("◔", said("これから送る")),
    "MADE": ("✓", said("届いた")),
    "UNNEEDED": ("―", said("要らなくなった")),
}
KINDS = {
    "sent_back": said("差し戻し"),
    "edited_above": said("上位の委員会による入力・変更"),
    "override_used": said("承認・確定の特例"),
    "difference_declared": said("不突合の申告"),
    "release": said("公表"),
    "correction_published": said("公表後の通知"),
    "due": said("締切が近い（未提出）"),
    "overdue": said("締切を過ぎた（未提出）"),
    "reminded": said("督促"),
}
CHANNELS = {"mail": said("メール")}


def wanted(asked: Asked) -> str | None:
    state = asked.query.get("state", "").upper()
    return state if state in STATES else None


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`dead` first, where all are shown: they wait for somebody."""
    listed = answer["deliveries"]
    return {
        "deliveries": sorted(listed, key=lambda row: row["state"] != "DEAD"),
        "counts": Counter(row["state"] for row in listed),
        "wanted": wanted(asked),
        "states": STATES,
        "kinds": KINDS,
        "channels": CHANNELS,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/deliveries",
    title=lambda asked, answer: asked.words.of("通知の配信"),
    variables=lambda asked: {"state": wanted(asked)},
    show=show,
    needs_login=True,
)
