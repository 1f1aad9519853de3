"""What no definition may lack: somebody who reports on each contest, something to vote for, something to enter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, MINYEAR

from pydantic import BaseModel

from reporting.application.commands import require_words_if_any, says_something
from reporting.application.messages import message
from reporting.domain.areas import GeographyRecord
from reporting.domain.election import Contest, ElectionDefinition, unlinked
from reporting.domain.items import Item, ItemKind
from reporting.domain.public_addresses import (
    ADDRESSES_OF_ELECTION,
    ADDRESSES_OF_FORM,
    ADDRESSES_OVER_ELECTIONS,
)
from reporting.domain.units import Roster
from reporting.errors import InvalidInput
from reporting.rules.catalogue import in_force
from reporting.suggest import with_hint

TOLD = 5


def require_whole(definition: ElectionDefinition, roster: Roster) -> None:
    """InvalidInput naming the first of: candidates who do not say by its code whose list they stand on, forms that no
    contest answers or whose every item is a rate (made of sums, never entered), rates that nobody could ever read, contests on
    which nobody reports, contests without choices although a form asks them by choice, what a list names twice, names that nobody
    sees, times that no clock shows, a form filled from itself, an election before itself.

    A contest in which nobody votes says so: by `withdrawn`, by its own area in `without`, or by a kind that no form asks by
    choice (uncontested). UnknownReference for a rule that is none, SettingRefused for a setting that it does not take: with them
    nobody could open a return of the election."""
    in_force(definition.rules)
    for field, twice in _named_twice(definition):
        refuse([twice], field, message("once_in_the_list"))
    for field, text in _unseen(definition):
        refuse([ascii(text)], field, message("words_that_are_seen"))
    _refuse_strange_times(definition)
    refuse(
        [form.code for form in definition.forms if any(source.form == form.code for source in form.prefill)],
        "forms.prefill",
        message("another_form"),
    )
    refuse(
        [definition.code] if definition.previous == definition.code else [],
        "previous",
        message("another_election"),
    )
    refuse(
        [f"{contest.code}/{choice.code}" for contest in definition.contests for choice in unlinked(contest)],
        "contests.choices.on_list",
        message("party_whose_list_it_is"),
    )
    items = {item.code: item for item in definition.items}
    kinds = {contest.kind for contest in definition.contests}
    told = ", ".join(sorted(kinds)[:TOLD])
    refuse(
        [
            f"{form.code} ({', '.join(form.contest_kinds)})"
            for form in definition.forms
            if form.contest_kinds and kinds.isdisjoint(form.contest_kinds)
        ],
        "forms.contest_kinds",
        message("at_least_one_kind_of_contest", told=told),
    )
    rates = [
        form.code
        for form in definition.forms
        if all(items[code].kind is ItemKind.RATE for code in form.items)
    ]
    refuse(
        rates, "forms.items",
        message("at_least_one_item_entered"),
    )  # fmt: skip
    _require_readable_rates(definition, items)
    refuse(
        [contest.code for contest in _held(definition) if not roster.contest_units.get(contest.code)], "contests.area",
        message("area_with_units_below"),
    )  # fmt: skip
    asked = {
        kind
        for form in definition.forms
        if any(items[code].by_choice for code in form.items)
        for kind in form.contest_kinds or {contest.kind for contest in definition.contests}
    }
    refuse(
        [contest.code for contest in _held(definition) if not contest.choices and contest.kind in asked],
        "contests.choices",
        message("at_least_one_choice"),
    )  # fmt: skip


def _named_twice(part: BaseModel, at: str = "") -> Iterator[tuple[str, str]]:
    """(field, what a list of it holds twice): an item twice on a form is two fields for one figure, a rule twice is in force
    with the settings of one of them."""
    for name in type(part).model_fields:
        listed, field = getattr(part, name), f"{at}{name}"
        if isinstance(listed, BaseModel):
            yield from _named_twice(listed, f"{field}.")
        elif isinstance(listed, tuple):
            codes = [_code(member) for member in listed]
            yield from ((field, _told(code)) for place, code in enumerate(codes) if code in codes[:place])
            yield from (
                (field, _told(code))
                for code in codes
                if isinstance(code, tuple) and len(set(code)) < len(code)
            )
            for member in listed:
                if isinstance(member, BaseModel):
                    yield from _named_twice(
                        member, f"{field}.{getattr(member, 'code', '')}.".replace("..", ".")
                    )


def _code(member: object) -> object:
    """By which a list names it. A combination is the same in any order."""
    if isinstance(member, tuple):
        return tuple(sorted(member))
    return getattr(member, "code", getattr(member, "unit", member))


def _unseen(part: BaseModel) -> Iterator[tuple[str, str]]:
    """(field, text) of blanks alone, and of characters that no page, print or database shows."""
    return ((field, text) for field, text in texts(part) if not _seen(text))


def _reasons(part: BaseModel) -> Iterator[tuple[str, str]]:
    """(field, text) of why something is as it is."""
    return ((field, text) for field, text in texts(part) if "reason" in field.split("."))


def texts(part: BaseModel, at: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of whatever is said, wherever it stands."""
    for name in type(part).model_fields:
        value, field = getattr(part, name), f"{at}{name}"
        for member in value if isinstance(value, tuple) else (value,):
            if isinstance(member, BaseModel):
                yield from texts(member, f"{field}.")
            elif isinstance(member, str) and member:
                yield field, member


def _seen(text: str) -> bool:
    return says_something(text) and all(
        unicodedata.category(character) != "Cc" or character in "\t\n\r" for character in text
    )


def _refuse_strange_times(definition: ElectionDefinition) -> None:
    """The first and last year of the calendar have days that lie beyond it in another time zone."""
    refuse(
        [
            f"{form.code}/{slot.code} {moment.isoformat()}"
            for form in definition.forms
            for slot in form.slots
            for moment in (slot.cut_off, slot.publish_at, slot.opens)
            if moment is not None and not MINYEAR < moment.year < MAXYEAR
        ],
        "forms.slots",
        message("a_time_of_a_clock"),
    )


def _told(code: object) -> str:
    """A code, a combination of codes, or a source."""
    if isinstance(code, BaseModel):
        return "/".join(str(value) for value in code.model_dump(exclude_none=True).values())
    return "+".join(code) if isinstance(code, tuple) else str(code)


def require_named(areas: Iterable[tuple[str, str]]) -> None:
    """InvalidInput for areas (code, name) whose name nobody sees."""
    refuse(
        [code for code, name in areas if not says_something(name)],
        "areas.name",
        message("words_that_are_seen"),
    )


def require_reasons(definition: ElectionDefinition, before: ElectionDefinition | None) -> None:
    """InvalidInput where it is not said in words why something no longer reports, stands or is held, or why a rule is left out.
    `before`: what stands already is not asked again."""
    held = frozenset() if before is None else frozenset(_reasons(before))
    for field, text in _reasons(definition):
        if (field, text) not in held:
            require_words_if_any(field, text)


def require_own_addresses(definition: ElectionDefinition, before: ElectionDefinition | None) -> None:
    """InvalidInput for a code of an election or form that an address of what is public has for something else: nobody would
    find its releases. `before`: what stands already keeps its codes, which its releases are cited by."""
    forms_before = () if before is None else before.forms
    held = {form.code for form in forms_before} | {
        (form.code, slot.code) for form in forms_before for slot in form.slots
    }
    election = [definition.code] if before is None and definition.code in ADDRESSES_OVER_ELECTIONS else []
    refuse(election, "code", message("code_of_no_address", taken=_listed(ADDRESSES_OVER_ELECTIONS)))
    forms = [
        form.code for form in definition.forms if form.code in ADDRESSES_OF_ELECTION and form.code not in held
    ]
    refuse(forms, "forms.code", message("code_of_no_address", taken=_listed(ADDRESSES_OF_ELECTION)))
    slots = [
        f"{form.code}/{slot.code}"
        for form in definition.forms
        for slot in form.slots
        if slot.code in ADDRESSES_OF_FORM and (form.code, slot.code) not in held
    ]
    refuse(slots, "forms.slots.code", message("code_of_no_address", taken=_listed(ADDRESSES_OF_FORM)))


def require_levels(
    definition: ElectionDefinition,
    before: ElectionDefinition | None,
    geographies: Mapping[str, GeographyRecord],
) -> None:
    """InvalidInput for a level that its geography does not have: nobody would look at, or report, what was meant by it. `before`:
    what stands already is not asked again."""
    held = frozenset() if before is None else frozenset(_levels(before))
    for field, geography, level in _levels(definition):
        there = geographies.get(geography)
        if there is None or (field, geography, level) in held:
            continue
        levels = {declared.code: declared.label.ja for declared in there.levels}
        if level not in levels:
            told = message("a_level_of_the_geography", geography=geography, levels=", ".join(levels))
            refuse([level], field, with_hint(told, level, levels))


def _levels(definition: ElectionDefinition) -> Iterator[tuple[str, str, str]]:
    """(field, geography, level) of whatever names one."""
    at, flow = definition.units.geography, definition.workflow
    yield from (("units.levels", at, level) for level in definition.units.levels)
    for contest in definition.contests:
        for level in contest.units.levels if contest.units else ():
            yield f"contests.{contest.code}.units.levels", at, level
    if flow is not None:
        yield from (("workflow.levels", flow.geography, level) for level in flow.levels)


def _listed(codes: frozenset[str]) -> str:
    return ", ".join(sorted(codes))


def _require_readable_rates(definition: ElectionDefinition, items: Mapping[str, Item]) -> None:
    """A rate is of two items that are entered and summed, in the form that asks it, one by one of the same choice: any other
    would be nothing for everybody, whatever is entered."""
    parts = {item.code: (item.numerator, item.denominator) for item in definition.items if item.numerator}
    refuse(
        [code for code, of in parts.items() if any(part in parts for part in of)], "items",
        message("parts_of_a_rate_entered"),
    )  # fmt: skip
    refuse(
        [
            code for code, (above, below) in parts.items()
            if above and below and items[below].by_choice and not items[above].by_choice
        ],
        "items.denominator",
        message("numerator_by_choice_too"),
    )  # fmt: skip
    refuse(
        [
            f"{form.code}/{code}: {part}"
            for form in definition.forms
            for code in form.items
            for part in parts.get(code, ())
            if part not in form.items
        ],
        "forms.items",
        message("rate_with_both_parts_on_form"),
    )  # fmt: skip


def _held(definition: ElectionDefinition) -> Iterator[Contest]:
    """Contests in which somebody votes."""
    return (
        contest
        for contest in definition.contests
        if contest.withdrawn is None and contest.area.area not in contest.without
    )


def refuse(codes: list[str], field: str, expected: str) -> None:
    if codes:
        more = f" … ({len(codes)})" if len(codes) > TOLD else ""
        raise InvalidInput(field=field, found=", ".join(codes[:TOLD]) + more, expected=expected)
