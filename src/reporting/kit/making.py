"""Makes the workbook of returns as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from reporting.application.acting import phase_of
from reporting.application.asked import asked_contests
from reporting.application.authority import allowed, authorise, reach_of
from reporting.application.catalog import KnownElection
from reporting.application.desk import Desk
from reporting.application.opened import OpenReturn
from reporting.domain.actor import Actor
from reporting.domain.place import Place
from reporting.errors import UnknownReference
from reporting.kit.book import FilledSheet, write_book
from reporting.kit.bounds import cells_of, parts_of, require_one_part, require_readable, require_rows
from reporting.kit.formulas import checks_of
from reporting.kit.plan import FORMAT, MadeBook, MadeSheet, SheetPlan, sections_of
from reporting.words import Words

MANY = 4_000
"""Cells of a workbook that is written to disk sheet by sheet."""


def make_book(
    desk: Desk,
    election: str,
    form: str,
    slot: str,
    units: Iterable[str],
    actor: Actor,
    made_at: datetime | None = None,
) -> bytes:
    """One sheet for each unit that reports in the slot, as it stands now, each told by its key or its official code.
    NotAuthorised for one the actor does not reach; UnknownReference for one that is none, or where none reports; InvalidInput for
    more than one workbook holds (`bounds.parts_of`), and for a form that no sheet holds. `made_at`: what the workbook says of itself [default: now]; the rest of its bytes follows from what
    stands."""
    defined = desk.reporting.catalog.election(election)
    returns = readable_returns(desk, election, form, slot, units, actor)
    asked = [opened.place.unit for opened in returns]
    require_one_part(parts_of(defined, form, slot, asked))
    many = sum(cells for _, cells in cells_of(defined, form, slot, asked)) > MANY
    contexts = desk.findings.contexts(returns)

    def filled() -> Iterator[FilledSheet]:
        for number, opened in enumerate(returns, 1):
            plan = _plan(desk, number, opened)
            made = FilledSheet(plan, checks_of(contexts[opened.stream], plan.rows))
            require_rows(plan.first_check + len(made.held.checks) + len(made.held.gaps))
            yield made

    data = write_book(election, defined.versions[0], made_at or desk.reporting.clock(), filled(), many=many)
    require_readable(data, len(returns))
    return data


def make_page(desk: Desk, election: str, form: str, slot: str, unit: str, actor: Actor) -> MadeBook:
    """What a page must know to be typed into without a line and to come back as a workbook does. Errors of `make_book`."""
    (opened,) = readable_returns(desk, election, form, slot, [unit], actor)
    sheet = MadeSheet.of(_plan(desk, 1, opened), (), ())
    definition = opened.defined.versions[0]
    return MadeBook(
        format=FORMAT,
        election=election,
        definition=definition,
        made_at=desk.reporting.clock(),
        sheets=(sheet,),
    )


def books_of(
    desk: Desk, election: str, form: str, slot: str, units: Sequence[str], actor: Actor
) -> Iterator[tuple[str, bytes]]:
    """(unit, workbook) of one return each, in order. Errors of `make_book`, with the first one that is made."""
    for unit in units:
        yield unit, make_book(desk, election, form, slot, [unit], actor)


def readable_returns(
    desk: Desk, election: str, form: str, slot: str, units: Iterable[str], actor: Actor
) -> list[OpenReturn]:
    """Each told by its key or its official code, once; units that are not asked for the slot are left out. NotAuthorised for
    one the actor does not reach; UnknownReference for one that is none, or where none reports."""
    defined = desk.reporting.catalog.election(election)
    defined.shape(form, slot)
    keys = keys_of(defined, units)
    asked = [unit for unit in keys if defined.reports(form, slot, unit)]
    if not asked:
        raise not_asked(defined, form, slot, "、".join(keys))
    returns = desk.returns.open_all(election, form, slot, asked)
    for opened in returns:
        authorise("read_unreleased", actor, defined.roster, opened.place.unit, phase_of(opened))
    return returns


def keys_of(defined: KnownElection, units: Iterable[str]) -> list[str]:
    """Each unit, told by its key or its official code, once. UnknownReference for one that is none."""
    keys = [defined.roster.key(unit, defined.roster.units) for unit in units]
    for key in keys:
        defined.roster.require_unit(key)
    return list(dict.fromkeys(keys))


def not_asked(defined: KnownElection, form: str, slot: str, unit: str) -> UnknownReference:
    """Of a unit that the slot does not ask, or (empty) of none at all."""
    return UnknownReference(kind="unit", found=unit, among=defined.roster.units, within=f"{form}/{slot}")


def in_reach(desk: Desk, election: str, form: str, slot: str, actor: Actor) -> tuple[str, ...]:
    """Units that report in the slot and whose figures the actor's office may read."""
    defined = desk.reporting.catalog.election(election)
    return tuple(
        unit
        for unit in defined.waited_for(form, slot)
        if allowed("read_unreleased", actor, reach_of(actor, defined.roster, unit))
    )


def _plan(desk: Desk, number: int, opened: OpenReturn) -> SheetPlan:
    place, defined = opened.place, opened.defined
    form = defined.form(place.form, place.slot)
    slot = form.slot(place.slot)
    offered = {key: (held.text, held.origin) for key, held in desk.returns.prefill(*place).items()}
    standing = opened.case.texts
    election = defined.definition.label
    titles = [election, form.label, slot.label]
    unit = defined.roster.units[place.unit].name
    return SheetPlan(
        number,
        Place(*place),
        opened.case.version,
        (*(label.words for label in titles), Words(unit, unit)),
        slot.cut_off,
        sections_of(asked_contests(opened), standing, offered),
    )
