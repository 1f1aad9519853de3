"""Candidates of one name (同姓同名) are told apart wherever somebody reads who is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reporting.domain.election import Contest


class ListedChoice(NamedTuple):
    """A choice as the official list has it."""

    code: str
    name: str
    number: int | None
    party: str | None


def told_apart(choices: Sequence[ListedChoice]) -> dict[str, str]:
    """Code → what a choice of a contest is called: its name, and of namesakes what tells each from the others beside it, the number
    on the official list, or the party, or at last the code."""
    called = {choice.code: choice.name for choice in choices}
    if len(set(called.values())) == len(called):
        return called
    namesakes: dict[str, list[ListedChoice]] = {}
    for choice in choices:
        namesakes.setdefault(choice.name, []).append(choice)
    for name, alike in namesakes.items():
        if len(alike) > 1:
            called |= {code: f"{name}（{part}）" for code, part in _parts(alike).items()}
    return called


def called_in(contest: Contest | None) -> dict[str, str]:
    """The same of a contest's choices; nobody of a contest that is not there."""
    choices = () if contest is None else contest.choices
    return told_apart(
        [ListedChoice(choice.code, choice.name, choice.number, choice.party) for choice in choices]
    )


def _parts(alike: Sequence[ListedChoice]) -> dict[str, object]:
    for parts in ([choice.number for choice in alike], [choice.party for choice in alike]):
        if None not in parts and len(set(parts)) == len(parts):
            return {choice.code: part for choice, part in zip(alike, parts, strict=True)}
    return {choice.code: choice.code for choice in alike}
