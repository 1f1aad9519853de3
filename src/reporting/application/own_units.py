"""What a contest that names its own units may not say: units in one another, units half outside, units left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from reporting.application.messages import message
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.registry import AreasOnDay
from reporting.domain.unit_tree import UnitTree
from reporting.domain.units import Roster
from reporting.errors import InvalidInput, ReportingError

TOLD = 5


class OwnUnitsBroken(ReportingError):
    """facts: `election`, `field`, `found`, `expected`. A change of areas under which a contest's own units would be none."""

    code = "own_units_broken"
    template_ja = (
        "この地域の変更では、選挙 {election} の {field} の {found} がそのままでは報告単位になりません（必要なもの: {expected}）。"
        "先に選挙の定義を直してください。"
    )
    template_en = (
        "With this change of areas {found} in {field} of the election {election} could not stand (needed: {expected}). Change "
        "the election's definition first."
    )


def require_own_units_kept(
    definition: ElectionDefinition, before: AreasOnDay, standing: Roster, after: AreasOnDay, following: Roster
) -> None:
    """OwnUnitsBroken where a change of areas breaks what `require_own_units` found in order, or ends a unit that is divided or merged."""
    _require_replaced_units_kept(definition, before, after)
    if all(contest.units is None for contest in definition.contests):
        return
    try:
        require_own_units(definition, before, standing)
    except InvalidInput:
        return  # it was not in order before
    try:
        require_own_units(definition, after, following)
    except InvalidInput as broken:
        facts = {name: broken.facts[name] for name in ("field", "found", "expected")}
        raise OwnUnitsBroken(election=definition.code, **facts) from None


def _require_replaced_units_kept(
    definition: ElectionDefinition, before: AreasOnDay, after: AreasOnDay
) -> None:
    """The parts of one that ends would go with it, while it would go on being asked the forms that it keeps, beside its successor: one
    electorate, counted twice."""
    geography = definition.units.geography
    there, then = (areas.areas.get(geography, {}) for areas in (before, after))
    for replaced in definition.units.withdrawn:
        if (replaced.parts or replaced.into) and replaced.unit in there and replaced.unit not in then:
            raise OwnUnitsBroken(
                election=definition.code, field="units.withdrawn", found=replaced.unit,
                expected=message("unit_neither_divided_nor_merged"),
            )  # fmt: skip


def require_own_units(definition: ElectionDefinition, snapshot: AreasOnDay, roster: Roster) -> None:
    """InvalidInput for a contest whose own units (`Contest.units`) lie in one another, lie in its area only in part, are no
    whole of anything, or leave out a unit of the election that lies there. A definition that names none is never refused."""
    tree = UnitTree.of(definition, snapshot)
    for contest in definition.contests:
        if contest.units is None:
            continue
        named = set(contest.units.whole) - tree.withdrawn
        reporting = tree.units_of(contest)
        _refuse(
            contest, "whole", named - reporting,
            message("areas_that_lie_in_no_other_unit"),
        )  # fmt: skip
        _refuse(
            contest, "whole", {code for code in named if next(tree.below(code), None) is None},
            message("areas_with_others_below_them"),
        )  # fmt: skip
        held = {code: tree.held(code, contest.area.geography) for code in sorted(reporting)}
        area = {contest.area.area, *contest.without}
        _refuse(
            contest, "", {code for code, areas in held.items() if area.intersection(areas.partly)},
            message("areas_that_lie_wholly_in", area=contest.area.area),
        )  # fmt: skip
        members = set(roster.contest_units[contest.code])
        _refuse(
            contest, "whole", named.intersection(reporting) - members,
            message("areas_that_lie_in", area=contest.area.area),
        )  # fmt: skip
        if left := sorted(_left_out(contest, tree, members)):
            told = _told(left)
            raise InvalidInput(
                field=f"contests.{contest.code}.units.levels",
                found=", ".join(contest.units.levels),
                expected=message("levels_that_hold_the_rest", told=told),
            )


def _left_out(contest: Contest, tree: UnitTree, members: Set[str]) -> Iterator[str]:
    """Units of the election in the contest's area that no unit of the contest holds or lies in."""
    held = members | {area for unit in members for area in tree.above(unit)}
    for code in tree.general:
        path = tree.held(code, contest.area.geography).whole
        votes = contest.area.area in path and not set(contest.without).intersection(path)
        if votes and code not in held and members.isdisjoint(tree.above(code)):
            yield code


def _refuse(contest: Contest, key: str, codes: Iterable[str], expected: str) -> None:
    if sorted_codes := sorted(codes):
        field = ".".join(part for part in ("contests", contest.code, "units", key) if part)
        raise InvalidInput(field=field, found=_told(sorted_codes), expected=expected)


def _told(codes: list[str]) -> str:
    return ", ".join(codes[:TOLD]) + (f" … ({len(codes)})" if len(codes) > TOLD else "")
