"""What the next release of a slot would hold, and what could be computed from it: read from the returns and from what is public."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from reporting.application.desk import Desk
from reporting.application.lots import Lots
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.domain.released import ReleasedBasis, RestsOn
from reporting.domain.workflow import Workflow
from reporting.domain.workflow_events import SlotReleased
from reporting.errors import UnknownReference
from reporting.ledger import Ledger, slot_stream
from reporting.publication.disclosure import Around
from reporting.publication.package import WHOLE, CountMethod
from reporting.publication.planned import (
    ReleasePlan,
    approved_by,
    begins_at,
    change_of,
    grounds_of,
    uncertified,
    under_correction,
)
from reporting.publication.public import PublicFigures, PublicUnit
from reporting.rules.context import settled_slot


class Planning:
    """Decides nothing and appends nothing."""

    def __init__(self, reporting: Reporting, desk: Desk, public: PublicFigures) -> None:
        self._reporting, self._returns, self._public = reporting, desk.returns, public
        self._ledger = reporting.ledger
        self._out: set[tuple[str, str, str]] = set()  # slots seen released, which they stay

    def released(self, election: str, form: str, slot: str) -> bool:
        """Whether anything of the slot has gone out."""
        where = (election, form, slot)
        if where not in self._out and self._ledger.stream_version(slot_stream(*where)):
            self._out.add(where)
        return where in self._out

    def plan(self, election: str, form: str, slot: str, without: Collection[str] = ()) -> ReleasePlan:
        """What a release would hold, were it made now, with nothing new of the units `without`. UnknownReference without a
        workflow."""
        defined = self._reporting.catalog.election(election)
        units = defined.reporting_units(form, slot)
        workflow = defined.definition.workflow
        if workflow is None:
            raise UnknownReference(kind="workflow", found=election)
        timed = defined.form(form, slot).slot(slot)
        number = self._ledger.stream_version(slot_stream(election, form, slot)) + 1
        begins = begins_at(defined.definition, timed)
        upto = self._ledger.position()
        returns = self._returns.open_all(election, form, slot, units)
        approved = {
            return_.place.unit: approved_by(return_, workflow.publishing(return_.levels))
            for return_ in returns
            if return_.place.unit not in without
        }
        public = self._public.of(election, form, slot, [return_.place.unit for return_ in returns])
        nothing = PublicUnit(0, {}, {})
        changed = {
            unit: delta
            for unit, figures in approved.items()
            if (
                delta := {
                    key: text
                    for key, text in figures.items()
                    if public.get(unit, nothing).figures.get(key) != text
                }
            )
        }
        under = tuple(
            sorted(
                opened.place.unit
                for opened in returns
                if under_correction(opened, workflow.publishing(opened.levels))
            )
        )
        grounds = {
            opened.place.unit: grounds_of(opened, workflow.publishing(opened.levels)) for opened in returns
        }
        changes = tuple(
            change_of(public.get(unit, nothing), unit, key, text, grounds[unit][key])
            for unit, delta in sorted(changed.items())
            for key, text in sorted(delta.items())
            if number > 1
        )  # fmt: skip
        after = {
            unit: public.get(unit, nothing).figures | changed.get(unit, {}) for unit in {*public, *changed}
        }
        bases = self._bases((election, form, slot), workflow, returns, public, approved)
        for basis in bases:
            changed.setdefault(basis.unit, {})
        covered, expected = defined.coverage(
            form, approved, {unit for unit, figures in approved.items() if figures}
        )
        gone = (
            self._public.of(election, form, slot, list(defined.roster.retired))
            if defined.roster.retired
            else {}
        )
        lots = Lots(self._reporting).for_release(
            defined,
            form,
            slot,
            {**{unit: there.figures for unit, there in gone.items()}, **after},
            last_release(self._ledger, slot_stream(election, form, slot), number - 1).lots
            if number > 1
            else (),
            upto,
        )
        return ReleasePlan(
            number=number,
            begins=begins,
            due=timed.publish_at,
            upto=upto,
            approved=covered,
            expected=expected,
            under_correction=under,
            waits_for=() if timed.publish is None else uncertified(returns, defined.waited_for(form, slot)),
            sole_eyes={
                return_.place.unit: person
                for return_ in returns
                if (level := workflow.publishing(return_.levels)) is not None
                and (person := return_.case.sole_eyes(level)) is not None
            },
            changed=changed,
            changes=changes,
            figures=after,
            versions={unit: there.version for unit, there in public.items()},
            lots=lots,
            partial=self._will_rest_on((election, form, slot), workflow, returns, public, changed),
            bases=bases,
        )

    def _bases(
        self,
        slot: tuple[str, str, str],
        workflow: Workflow,
        returns: Sequence[OpenReturn],
        public: Mapping[str, PublicUnit],
        approved: Collection[str],
    ) -> tuple[ReleasedBasis, ...]:
        """Units with public figures whose approved ones, the same or others, rest on another count."""
        partial = self._public.rests_on(*slot, public)
        bases = []
        for opened in returns:
            unit, level = opened.place.unit, workflow.publishing(opened.levels)
            grounds = grounds_of(opened, level)
            if unit not in public or unit not in approved or not grounds or opened.case.submitted_by is None:
                continue
            before = RestsOn(**asdict(partial.get(unit, WHOLE)))
            if (after := opened.case.rests_at(level)) != before:
                approver = next(ground.approved_by for ground in grounds.values())
                office = opened.case.submitted_by.office
                bases.append(
                    ReleasedBasis(unit=unit, before=before, after=after, office=office, approved_by=approver)
                )
        return tuple(sorted(bases, key=lambda basis: basis.unit))

    def _will_rest_on(
        self,
        slot: tuple[str, str, str],
        workflow: Workflow,
        returns: Sequence[OpenReturn],
        public: Mapping[str, PublicUnit],
        changed: Collection[str],
    ) -> dict[str, CountMethod]:
        """Units whose figures would rest on less than the whole count: those that move as what was approved does, others as
        they went out."""
        partial = self._public.rests_on(
            *slot, {unit: there for unit, there in public.items() if unit not in changed}
        )
        for opened in returns:
            rests = opened.case.partial_at(workflow.publishing(opened.levels))
            if rests is not None and opened.place.unit in changed:
                partial[opened.place.unit] = CountMethod(rests.method, rests.places, rests.of_places)
        return partial

    def around(self, election: str, form: str, slot: str, plan: ReleasePlan) -> Around:
        """What is public of the units' other forms and of the slots beside this one."""
        defined = self._reporting.catalog.election(election)
        divided = [unit for made in defined.roster.made_of.values() for unit in made]
        units = list(dict.fromkeys((*plan.figures, *divided)))
        asking = defined.form(form, slot)
        elsewhere = {
            (other.code, at): self._texts(election, other.code, at, units)
            for other in defined.definition.forms
            for at in (settled_slot(defined.definition, other),)
            if other.code != form and self.released(election, other.code, at)
        }
        beside = [other.code for other in asking.slots if asking.cumulative and other.code != slot]
        slots = {
            at: self._texts(election, form, at, units) for at in beside if self.released(election, form, at)
        }
        public = self._public.of(election, form, slot, units)
        shown = {unit: there.shown for unit, there in public.items()}
        now = {unit: there.figures for unit, there in public.items()}
        return Around(defined, form, slot, now, shown, elsewhere, slots)

    def _texts(self, election: str, form: str, slot: str, units: Sequence[str]) -> dict[str, dict[str, str]]:
        return {unit: there.figures for unit, there in self._public.of(election, form, slot, units).items()}


def last_release(ledger: Ledger, stream: UUID, number: int) -> SlotReleased:
    """The slot's release of that number, the last so far."""
    event = ledger.stream(stream, number - 1)[0].event
    assert isinstance(event, SlotReleased)
    return event
