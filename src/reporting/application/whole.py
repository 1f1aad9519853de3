"""What no definition may lack: somebody who reports on each contest, something to vote for, something to enter."""

from __future__ import annotations

from collections.abc import Iterator

from reporting.domain.election import Contest, ElectionDefinition, ItemKind, unlinked
from reporting.domain.units import Roster
from reporting.errors import InvalidInput

TOLD = 5


def require_whole(definition: ElectionDefinition, roster: Roster) -> None:
    """InvalidInput naming the first of: candidates who do not say by its code whose list they stand on, forms whose every item is a rate (made of sums, never entered), contests on which
    nobody reports, contests without choices although a form asks them by choice.

    A contest in which nobody votes says so: by `withdrawn`, by its own area in `without`, or by a kind that no form asks by
    choice (uncontested)."""
    _refuse(
        [f"{contest.code}/{choice.code}" for contest in definition.contests for choice in unlinked(contest)],
        "contests.choices.on_list",
        "名簿の政党のコード（同じ選挙の choices の code。党派の表示名では結び付けません） / the code of the party whose list it is, "
        "one of the contest's choices: nothing follows from a displayed name",
    )
    items = {item.code: item for item in definition.items}
    rates = [
        form.code
        for form in definition.forms
        if all(items[code].kind is ItemKind.RATE for code in form.items)
    ]
    _refuse(
        rates, "forms.items",
        "入力する項目を 1 つ以上（率は合計から計算するため、入力しません） / at least one item that is entered: rates are made of sums",
    )  # fmt: skip
    _refuse(
        [one.code for one in _held(definition) if not roster.contest_units.get(one.code)], "contests.area",
        "報告単位を含む区域（units.levels の地域が下にあるもの）。投票のない選挙は without に区域自身か、withdrawn / an area with "
        "reporting units (areas of units.levels) below it; where nobody votes, its own area in without, or withdrawn",
    )  # fmt: skip
    asked = {
        kind
        for form in definition.forms
        if any(items[code].by_choice for code in form.items)
        for kind in form.contest_kinds or {contest.kind for contest in definition.contests}
    }
    _refuse(
        [one.code for one in _held(definition) if not one.choices and one.kind in asked], "contests.choices",
        "候補者・政党を 1 つ以上（様式が候補者・政党ごとの項目を聞きます）。無投票は、どの様式も得票を聞かない種類（例: uncontested） / at "
        "least one choice, as a form asks by choice; uncontested ones under a kind that no form asks for votes",
    )  # fmt: skip


def _held(definition: ElectionDefinition) -> Iterator[Contest]:
    """Contests in which somebody votes."""
    return (
        contest
        for contest in definition.contests
        if contest.withdrawn is None and contest.area.area not in contest.without
    )


def _refuse(codes: list[str], field: str, expected: str) -> None:
    if codes:
        more = f" … ({len(codes)})" if len(codes) > TOLD else ""
        raise InvalidInput(field=field, found=", ".join(codes[:TOLD]) + more, expected=expected)
