"""Every form and slot of the shipped catalogue, with a sound return of it as the rules see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from kinds import CONTESTS, facts, night

from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Value
from reporting.rules.catalogue import in_force, load_rules
from reporting.rules.checks import Rates
from reporting.rules.context import Context
from reporting.rules.implied import Implied, implied

Place = tuple[str, str, str]
"""Template, form, slot."""


@cache
def election(template: str) -> ElectionDefinition:
    return compose(shipped_catalogue(), template, facts(template))


@cache
def figures(template: str) -> Mapping[tuple[str, str], Mapping[str, Value]]:
    return night(election(template))


def places() -> Iterator[Place]:
    for template in CONTESTS:
        for form in election(template).forms:
            for slot in form.slots:
                yield template, form.code, slot.code


PLACES = list(places())


def context(place: Place, *, alone: bool = False) -> Context:
    """The sound return of a place; `alone`: no other form of the unit has been reported."""
    template, code, slot = place
    definition, every = election(template), figures(template)
    form = next(form for form in definition.forms if form.code == code)
    before = [one.code for one in form.slots][: [one.code for one in form.slots].index(slot)]
    return Context(
        definition,
        code,
        slot,
        "unit",
        frozenset(contest.code for contest in definition.contests),
        every[code, slot],
        earlier={} if alone else {one: every[code, one] for one in before},
        other_forms={} if alone else {at: given for at, given in every.items() if at[0] != code},
    )


def shares(one: Context) -> list[Implied]:
    """Of a return, the implied rates of which something is usual."""
    check = next(c for rule in load_rules() for c in rule.checks if isinstance(c, Rates) and c.usual)
    force = in_force(one.definition.rules)
    return [
        share
        for contest in one.at_hand
        for share in implied(check, one, contest, force.settings)
        if share.usual is not None and not share.progress and share.usual.high < 100
    ]
