"""`/proof/{position}`: one event of the ledger, its stored bytes and the proof that it stands in the signed log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page, Variables, whole_number
from api.console.pages.proof.page import STEPS


def variables(asked: Asked) -> Variables:
    """What is no position is asked as 0, which no event has."""
    return {"position": whole_number(asked.path["position"]) or 0}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {
        "head": answer["checkpoint"],
        "steps": STEPS,
        "proof": answer["event"]["proof"] or "",
        "event": answer["event"],
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/proof/{position}",
    title=lambda asked, answer: asked.words.of("台帳 {position} の証明", position=asked.path["position"]),
    variables=variables,
    show=show,
    needs_login=True,
    islands=("proof_page.js",),
)
