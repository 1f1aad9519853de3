"""What the rules say of a return, with everything around it that they may look at."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

from reporting.application.around import NOTHING, Beside, ReturnsAround, pages_looking_at
from reporting.application.compared import Compared
from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.definitions.scopes import asked_of
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import values_of
from reporting.domain.place import Place
from reporting.domain.workflow_events import Divided
from reporting.errors import InvalidInput, ReportingError
from reporting.rules.apportionment import Division, Group
from reporting.rules.catalogue import known_force
from reporting.rules.context import NO_ELECTION, Context, Made
from reporting.rules.engine import check, examine, found_by, looks_back
from reporting.rules.model import Finding, RuleDefinition, Unchecked
from reporting.suggest import with_hint

KEYS = {"explanations": message("key_of_explanations"), "declarations": message("key_of_declarations")}
"""Field of a submission → what its keys are of."""


class RulesRefused(ReportingError):
    """Findings that stand in the way. `findings`: errors not declared, warnings not explained."""

    code = "rules_refused"
    template_ja = "{count} 件の確認が残っています。値を直すか、不突合を申告するか、説明を書いてください。最初: {first_ja}"
    template_en = (
        "Open checks: {count}. Correct the figures, declare the difference, or explain. First: {first_en}"
    )

    def __init__(self, findings: Sequence[Finding], where: str = "") -> None:
        self.findings = tuple(findings)
        first = findings[0]
        super().__init__(
            count=len(findings),
            first_ja=f"{where}{first.rule}: {first.message_ja}",
            first_en=f"{where}{first.rule}: {first.message_en}",
        )


class NoSuchFinding(InvalidInput):
    """Words that are of nothing that the rules find: nobody would read them. `findings`: what there is, of which the message names the
    keys. facts: as of InvalidInput."""

    def __init__(self, field: str, key: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        keys = dict.fromkeys(finding.key for finding in findings)
        super().__init__(field=field, found=key, expected=with_hint(KEYS[field], key, keys))


@dataclass(frozen=True, slots=True)
class OpenFindings:
    """What is left open of one return."""

    place: Place
    findings: tuple[Finding, ...]


class RulesRefusedTogether(RulesRefused):
    """What stands in the way of several returns that are submitted together, by return."""

    def __init__(self, returns: Sequence[OpenFindings]) -> None:
        self.returns = tuple(returns)
        first = str(returns[0].place.within)
        super().__init__([finding for return_ in returns for finding in return_.findings], f"{first} ")


class Findings:
    """Reads what is around a return from the log and asks the rules."""

    def __init__(self, reporting: Reporting, rules: Sequence[RuleDefinition] | None = None) -> None:
        """`rules`: of another edition than the one in force."""
        self._rules = rules
        self._around = ReturnsAround(reporting)
        self.compared = Compared(reporting, self._around)

    def of(
        self,
        opened: OpenReturn,
        texts: Mapping[str, str] | None = None,
        divisions: Mapping[str, Divided] | None = None,
        beside: Beside = NOTHING,
    ) -> tuple[Finding, ...]:
        """Every finding of one return with these cell texts and divisions (default: as it stands), declared ones
        included. `beside`: other returns as they would be."""
        opened = (
            opened
            if not divisions
            else replace(opened, case=replace(opened.case, divisions={**opened.case.divisions, **divisions}))
        )
        return self._check([opened], {opened.stream: texts} if texts is not None else {}, beside=beside)[
            opened.stream
        ]

    def by_rule(
        self, opened: OpenReturn, texts: Mapping[str, str] | None, beside: Beside
    ) -> Callable[[str], tuple[Finding, ...]]:
        """Of `of`, what one rule finds, by its code: each is asked when somebody wants to know, and once."""
        given = {opened.stream: texts} if texts is not None else {}
        context = self._looked_at([opened], given, True, beside)[opened.stream]
        return cache(lambda code: check(context.definition.rules, context, self._rules, code))

    def open_findings(self, returns: Sequence[OpenReturn]) -> dict[UUID, list[Finding]]:
        """By stream, what nobody may approve: neither declared nor explained in returns as they stand. Without the
        neighbours: what arrives elsewhere afterwards is looked at before it is approved, and holds up nobody."""
        standing = self.standing(returns, neighbours=False)
        return {
            return_.stream: still_open(standing[return_.stream], return_.case.explanations)
            for return_ in returns
        }

    def standing(
        self, returns: Sequence[OpenReturn], *, neighbours: bool = True
    ) -> dict[UUID, tuple[Finding, ...]]:
        """By stream, every finding of returns as they stand at this moment, declared and explained ones included."""
        return self._check(returns, {}, neighbours=neighbours)

    def unchecked(self, opened: OpenReturn) -> tuple[Unchecked, ...]:
        """Rules that could say nothing of the return as it stands, for what they compare is nowhere."""
        rules = opened.defined.definition.rules
        return (
            examine(rules, self._contexts([opened], {}, False)[opened.stream], self._rules).unchecked
            if rules
            else ()
        )

    def contexts(self, returns: Sequence[OpenReturn]) -> Mapping[UUID, Context]:
        """By stream, what the rules may look at around returns of one election, without their neighbours."""
        return self._contexts(returns, {}, False)

    def context(self, opened: OpenReturn) -> Context:
        """What the rules may look at around one return, its neighbours included."""
        return self._contexts([opened], {}, True)[opened.stream]

    def would_stand(
        self, returns: Sequence[OpenReturn], texts: Mapping[UUID, Mapping[str, str]]
    ) -> dict[UUID, tuple[Finding, ...]]:
        """By stream, every finding of these returns of one election with all of these cell texts; without the neighbours."""
        return self._check(returns, texts, neighbours=False, beside=texts)

    def refuse_open(
        self,
        opened: OpenReturn,
        texts: Mapping[str, str],
        explanations: Mapping[str, str],
        declared: Set[str],
        divisions: Mapping[str, Divided] | None = None,
        beside: Beside = NOTHING,
        said: Iterable[str] = (),
    ) -> None:
        """RulesRefused when anything is left open with these texts, explanations and declarations; NoSuchFinding for an explanation of
        nothing that is found or was explained before. `said`: keys that are declared with it, of which NoSuchFinding for one that is
        neither found nor in the register."""
        findings = self.of(opened, texts, divisions, beside)
        _require_found("explanations", explanations, findings, opened.case.explanations)
        waivable = [finding for finding in findings if finding.waivable]
        _require_found("declarations", said, waivable, opened.case.discrepancies)
        explained = {**opened.case.explanations, **explanations}
        # One that had vanished and is back is not said by anybody.
        waiting = {
            key
            for key, said in opened.case.discrepancies.items()
            if said.closed_at is None and not said.vanished
        }
        left = [
            finding
            for finding in still_open(findings, explained)
            if not (finding.waivable and finding.key in declared | waiting)
        ]
        if left:
            raise RulesRefused(left)

    def _check(
        self,
        returns: Sequence[OpenReturn],
        texts: Mapping[UUID, Mapping[str, str]],
        *,
        neighbours: bool = True,
        beside: Beside = NOTHING,
    ) -> dict[UUID, tuple[Finding, ...]]:
        if not returns:
            return {}
        rules = returns[0].defined.definition.rules
        if not rules:
            return {return_.stream: () for return_ in returns}
        contexts = self._looked_at(returns, texts, neighbours, beside)
        force = known_force(rules, self._rules)
        return {stream: found_by(force, context) for stream, context in contexts.items()}

    def _looked_at(
        self,
        returns: Sequence[OpenReturn],
        texts: Mapping[UUID, Mapping[str, str]],
        neighbours: bool,
        beside: Beside,
    ) -> dict[UUID, Context]:
        """Of `_contexts`, what the rules in force do look at."""
        earlier = looks_back(returns[0].defined.definition.rules, self._rules)
        return self._contexts(returns, texts, neighbours, beside, earlier=earlier)

    def looking_at(self, definition: ElectionDefinition, page: tuple[str, str]) -> list[tuple[str, str]]:
        """(form, slot) of every other return of a unit in which the rules in force look at its return of this form and slot."""
        return pages_looking_at(definition, page, earlier=looks_back(definition.rules, self._rules))

    def _contexts(
        self,
        returns: Sequence[OpenReturn],
        texts: Mapping[UUID, Mapping[str, str]],
        neighbours: bool,
        beside: Beside = NOTHING,
        *,
        earlier: bool = True,
    ) -> dict[UUID, Context]:
        """By stream, what the rules may look at. `returns`: one at least, of one election. `earlier`: as of `other_forms`."""
        definition = returns[0].defined.definition
        around = self._around.other_forms(returns, beside, earlier=earlier)
        comparison = self.compared.with_elections(returns)
        previous = self.compared.figures(definition, comparison)
        before_slot = self.compared.figures(definition, comparison, (returns[0].place.page,))
        forms, roster = {form.code: form for form in definition.forms}, returns[0].defined.roster
        beside_units = self._around.neighbours(returns, beside) if neighbours else {}
        inside = self._around.inside(returns, beside) if neighbours else {}
        groups = {id(others.siblings): others.siblings.figures for others in beside_units.values()}
        near = itertools.chain(*groups.values(), *inside.values())
        names = {code: roster.ever[code].name for code in near}
        contexts: dict[UUID, Context] = {}
        made: Made = {}
        slots = {code: [slot.code for slot in form.slots] for code, form in forms.items()}
        pages: dict[str, list[str]] = {}
        for return_ in returns:
            pages.setdefault(return_.place.form, []).append(return_.place.unit)
        asked = {code: asked_of(definition, forms[code], roster, units) for code, units in pages.items()}
        for return_ in returns:
            _, form, slot, unit = return_.place
            given, others = texts.get(return_.stream), beside_units.get(unit)
            if others is not None and not given and return_.stream not in beside:
                figures = others.siblings.figures.get(unit, {})
            else:
                figures = values_of(given or return_.case.texts)
            around_it = around.get(unit, {})
            at = slots[form].index(slot)
            before, after = slots[form][:at], slots[form][at + 1 :]
            contexts[return_.stream] = Context(
                definition,
                form,
                slot,
                unit,
                return_.defined.contests_of_unit[unit],
                figures,
                earlier={code: around_it[form, code] for code in before if (form, code) in around_it},
                later={code: around_it[form, code] for code in after if (form, code) in around_it},
                other_forms={place: figures for place, figures in around_it.items() if place[0] != form},
                previous=previous.get(unit, {}),
                divisions={contest: division_of(given) for contest, given in return_.case.divisions.items()},
                previous_slot=before_slot.get(unit, {}),
                previous_named=comparison.words(unit) if comparison else NO_ELECTION,
                neighbours={} if others is None else others,
                made=made,
                inside=inside.get(unit, {}),
                names=names,
                asked_items=asked[form][unit],
                # Closed after a look it stays settled with the figures it was about, and no others.
                declared=frozenset(
                    key
                    for key, said in return_.case.discrepancies.items()
                    if not said.vanished
                    and (
                        said.closed_at is None
                        or (said.confirmed_by and said.is_about(given or return_.case.texts))
                    )
                ),
            )
        return contexts


def _require_found(
    field: str, keys: Iterable[str], findings: Sequence[Finding], before: Iterable[str]
) -> None:
    there = {finding.key for finding in findings}.union(before)
    for key in keys:
        if key not in there:
            raise NoSuchFinding(field, key, findings)


def division_of(given: Divided) -> Division:
    groups = tuple(Group(shared.choices, shared.ballots) for shared in given.common)
    return Division(given.own, groups, given.exact, given.reason)


def still_open(findings: Iterable[Finding], explanations: Mapping[str, str]) -> list[Finding]:
    """Errors nobody declared, warnings nobody explained."""
    return [
        finding
        for finding in findings
        if not finding.declared and not (finding.severity == "warning" and finding.key in explanations)
    ]
