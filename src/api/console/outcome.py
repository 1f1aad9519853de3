"""What a mutation's answer says: done, or why not and beside which cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.console.page import Problem
from api.console.words import Words

Told = Mapping[str, Any]


def said_by(told: Told, words: Words) -> str:
    """`messageJa`/`messageEn` in the page's language."""
    text: str = told["messageEn" if words.language == "en" else "messageJa"]
    return text


def problems_of(outcome: Told, words: Words) -> list[Problem]:
    """None for what was done; else one for each cell or finding at fault, or one for the whole."""
    if "code" not in outcome:
        return []
    found = [*_cells(outcome, words), *_findings(outcome, words), *_moved(outcome, words)]
    return found or [Problem(outcome["code"].upper(), said_by(outcome, words))]


def cell_problem(told: Told, words: Words) -> Problem:
    """Of a `CellProblem` of the API."""
    key = "|".join(told[part] for part in ("contest", "item", "breakdown", "choice"))
    expected = told["expectedEn" if words.language == "en" else "expectedJa"]
    return Problem(
        "FIGURES_REFUSED", words.of("「{found}」→ {expected}", found=told["found"], expected=expected), key
    )


def _cells(outcome: Told, words: Words) -> Iterator[Problem]:
    yield from (cell_problem(one, words) for one in outcome.get("problems", ()))


def _findings(outcome: Told, words: Words) -> Iterator[Problem]:
    for finding in outcome.get("findings", ()):
        yield Problem(finding["rule"], said_by(finding, words), next(iter(finding["cells"]), ""))


def _moved(outcome: Told, words: Words) -> Iterator[Problem]:
    for key in outcome.get("cells", ()):
        yield Problem(outcome["code"].upper(), said_by(outcome, words), key)
