"""`/proof`: the signed head and its witnesses; any proof or head, pasted here, is checked in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.words import said

STEPS = (
    ("head", said("署名された木の頭（ログの名前・件数・根）が読める")),
    ("leaf", said("葉の番号が台帳の位置と合う")),
    ("state", said("出来事の保存されたバイト列のハッシュが葉にある値と同じ")),
    ("path", said("葉から証明のハッシュをたどると、頭の根になる")),
    ("signature", said("頭の署名が、あなたの鍵で正しい")),
    ("witnesses", said("証人の連署が、あなたの鍵で正しい")),
    ("before", said("この頭は、このブラウザーが前に確かめた頭の続きである")),
)
"""What the island checks, in its order. Its words stand in the page, so that it says nothing of its own."""


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {
        "head": answer["checkpoint"],
        "steps": STEPS,
        "proof": (answer["checkpoint"] or {}).get("note", ""),
        "event": None,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/proof",
    title=lambda asked, answer: asked.words.of("証明を確かめる"),
    show=show,
    islands=("proof_page.js",),
)
