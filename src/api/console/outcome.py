"""What a mutation's answer says: done, or why not and beside which cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from api.console.page import Answer, Asked, Problem
from api.console.words import Words

Told = Mapping[str, Any]


def said_by(told: Told, words: Words) -> str:
    """`messageJa`/`messageEn` in the page's language."""
    return words.error({"ja": told["messageJa"], "en": told["messageEn"]})


def problems_of(outcome: Told, words: Words) -> list[Problem]:
    """None for what was done; else one for each cell or finding at fault, or one for the whole."""
    if "code" not in outcome:
        return []
    beside = [*_findings(outcome, words), *_moved(outcome, words)]
    return beside or [
        Problem(outcome["code"].upper(), said_by(outcome, words), within=within(outcome)),
        *cell_problems(outcome, words),
    ]


Judged = tuple[list[Problem], str]


def judging(onward: Callable[[Asked, Answer], str]) -> Callable[[str], Callable[[Answer, Asked], Judged]]:
    """Of a page: how each deed is judged by the field its mutation answers, and where the page leads then."""

    def judge(field: str) -> Callable[[Answer, Asked], Judged]:
        def outcome(answer: Answer, asked: Asked) -> Judged:
            return problems_of(answer[field], asked.words), onward(asked, answer[field])

        return outcome

    return judge


def in_its_words(
    judge: Callable[[Answer, Asked], Judged], wrong: Callable[[Asked], str]
) -> Callable[[Answer, Asked], Judged]:
    """The same, but a request that is refused for what the page sees itself is refused in the words beside its fields. `wrong`: these words,
    empty where the page sees nothing."""

    def outcome(answer: Answer, asked: Asked) -> Judged:
        problems, onward = judge(answer, asked)
        if [problem.code for problem in problems] == ["INVALID_INPUT"] and (words := wrong(asked)):
            return [Problem("INVALID_INPUT", words)], ""
        return problems, onward

    return outcome


def within(told: Told) -> str:
    """`form/slot/unit` of a return that the API tells; empty where it tells none."""
    return "/".join(told[name] for name in ("form", "slot", "unit")) if told.get("unit") else ""


def cell_problems(told: Told, words: Words) -> list[Problem]:
    """Of the `problems` of a refusal, or of an error of a read."""
    code = told.get("code", "figures_refused").upper()
    return [cell_problem(one_problem, words, code) for one_problem in told.get("problems", ())]


def cell_problem(told: Told, words: Words, code: str = "FIGURES_REFUSED") -> Problem:
    """Of a `CellProblem` of the API, in a refusal of this code."""
    key = "|".join(told[part] for part in ("contest", "item", "breakdown", "choice"))
    expected = told["expectedEn" if words.language == "en" else "expectedJa"]
    message = words.of("「{found}」→ {expected}", found=told["found"], expected=expected)
    return Problem(code, message, key, within(told))


def _findings(outcome: Told, words: Words) -> Iterator[Problem]:
    for told in (outcome, *outcome.get("returns", ())):
        for finding in told.get("findings", ()):
            cell = next(iter(finding["cells"]), "")
            yield Problem(finding["rule"], said_by(finding, words), cell, within(told))


def _moved(outcome: Told, words: Words) -> Iterator[Problem]:
    for key in outcome.get("cells", ()):
        yield Problem(outcome["code"].upper(), said_by(outcome, words), key, within(outcome))
