"""An election from a template of the catalogue, its own facts, slot plans and local additions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from reporting.definitions.catalogue import Catalogue
from reporting.definitions.checks import numbered, wrong
from reporting.definitions.lint import lint_additions, lint_definition
from reporting.definitions.messages import message
from reporting.definitions.templates import (
    NATIONAL,
    UNCONTESTED,
    Additions,
    ElectionFacts,
    ElectionTemplate,
    FormSlots,
    FormTemplate,
    OwnForm,
    SlotPlan,
    SlotTemplate,
    read,
)
from reporting.domain.election import Contest, ElectionDefinition, Form, Slot, Source
from reporting.domain.items import Dimension, Item, ItemKind
from reporting.domain.workflow import RuleUse
from reporting.errors import UnknownReference
from reporting.files.problems import FileProblem, FileRefused, problems_of
from reporting.rules.permits import derived


def compose(
    catalogue: Catalogue,
    template: str,
    facts: ElectionFacts,
    plans: Sequence[SlotPlan] = (),
    additions: Sequence[Additions] = (),
) -> ElectionDefinition:
    """The election these make together. A plan without scope stands for the whole election in place of the forms' own slots; one with a scope adds its
    slots for its area. A form for which the election has no contest is left out. FileRefused naming file and place;
    UnknownReference."""
    if template not in catalogue.templates:
        raise UnknownReference(kind="template", found=template, among=catalogue.templates)
    return _Composer(catalogue, catalogue.templates[template], facts, plans, additions).definition()


def compose_file(catalogue: Catalogue, path: Path) -> ElectionDefinition:
    """The same from an election's own file, with the slot plans and additions it names. Also OSError."""
    facts = read(path, ElectionFacts)
    plans, additions = parts(catalogue, path, facts)
    return compose(catalogue, facts.template, facts, plans, additions)


def parts(
    catalogue: Catalogue, path: Path, facts: ElectionFacts
) -> tuple[tuple[SlotPlan, ...], tuple[Additions, ...]]:
    """The slot plans (of the catalogue, or files beside the election's) and additions an election names."""
    plans = []
    for name in facts.slot_plans:
        if name.endswith(".toml"):
            plans.append(read(path.parent / name, SlotPlan))
        elif name in catalogue.plans:
            plans.append(catalogue.plans[name])
        else:
            raise UnknownReference(kind="slot plan", found=name, among=catalogue.plans)
    return tuple(plans), tuple(read(path.parent / name, Additions) for name in facts.additions)


_STATED = ("cut_off", "publish_at", "publish", "public", "opens", "method")


def _restated(plan: SlotPlan, field: str, own: SlotTemplate, whole: SlotTemplate) -> FileProblem:
    """L14: a place's plan names a slot of the whole election only as that slot is. A slot has one release for everybody, so a
    time of the place's own would be dropped without a word."""
    said, stands = (str(getattr(slot, field)).removeprefix("None") for slot in (own, whole))
    column = f"slots.{own.code}.{field}"
    return wrong(
        plan, "L14", own.code, column, said, message("the_whole_elections_slot_as_it_is", stands=stands)
    )


class _Composer:
    def __init__(
        self,
        catalogue: Catalogue,
        template: ElectionTemplate,
        facts: ElectionFacts,
        plans: Sequence[SlotPlan],
        additions: Sequence[Additions],
    ) -> None:
        self.catalogue, self.template, self.facts = catalogue, template, facts
        self.plans, self.additions = plans, additions
        self.base = next((plan for plan in plans if plan.scope == NATIONAL), None)
        self.problems: list[FileProblem] = []
        for addition in additions:
            self.problems += lint_additions(
                catalogue, addition, [other for other in additions if other is not addition]
            )

    def definition(self) -> ElectionDefinition:
        facts, template = self.facts, self.template
        contests = self._contests()
        items, dimensions = self._items()
        forms = self._forms({contest.kind for contest in contests}, items)
        self._check_plans({form.code for form in forms})
        used = {code for form in forms for code in form.items}
        asked = [
            item if item.part_of in used else item.model_copy(update={"part_of": None})
            for code, item in items.items()
            if code in used
        ]
        broken = {code for item in asked for combination in item.breakdowns for code in combination}
        if self.problems:
            raise FileRefused(self.problems[0].file or facts.code, self.problems)
        try:
            made = ElectionDefinition(
                code=facts.code,
                label=facts.label,
                kind=template.code if facts.occasion == "regular" else f"{template.code}.{facts.occasion}",
                polling_date=facts.polling_date,
                is_test=facts.is_test,
                source=facts.source,
                registry=facts.registry or template.registry,
                geographies=template.geographies,
                units=template.units,
                dimensions=tuple(dimension for dimension in dimensions if dimension.code in broken),
                items=tuple(asked),
                contests=tuple(contests),
                forms=tuple(forms),
                workflow=template.workflow,
                without_rules=template.without_rules,
                previous=facts.previous,
            )
        except ValidationError as refused:
            raise FileRefused(facts.file or facts.code, problems_of(facts.file, None, refused, {})) from None
        stated = [rule if isinstance(rule, RuleUse) else RuleUse(code=rule) for rule in template.rules]
        made = made.model_copy(update={"rules": derived(made, stated)})
        if problems := lint_definition(made, facts.file):
            raise FileRefused(facts.file or facts.code, problems)
        return made

    def _contests(self) -> list[Contest]:
        ballot_kinds = {kind for kinds in self.template.ballots.values() for kind in kinds}
        for contest in self.facts.contests:
            if contest.kind not in ballot_kinds:
                self.problems.append(
                    wrong(
                        self.facts,
                        "L11",
                        contest.code,
                        "contests.kind",
                        contest.kind,
                        " ".join(sorted(ballot_kinds)),
                    )
                )
        self._check_candidates()
        electorate = self.template.electorate
        silent = self.template.kinds((UNCONTESTED,))
        kinds = {contest.kind for contest in self.facts.contests}
        if electorate is None or electorate.kind in kinds or kinds <= set(silent):
            return list(self.facts.contests)
        area = self.facts.area or electorate.area
        if area is None:
            self.problems.append(wrong(self.facts, "L11", "", "area", "", "{ geography, area }"))
            return list(self.facts.contests)
        own = Contest(
            code=electorate.code,
            label=electorate.label,
            kind=electorate.kind,
            area=area,
            seats=0,
            without=tuple(
                contest.area.area
                for contest in self.facts.contests
                if contest.kind in silent and contest.area.geography == area.geography
            ),
        )
        return [own, *self.facts.contests]

    def _check_candidates(self) -> None:
        """L15: whether a vote is held follows from the candidates, where a template knows elections without one."""
        silent, voted = self.template.kinds((UNCONTESTED,)), self.template.kinds(("main",))
        for contest in self.facts.contests if silent else ():
            few = len(contest.choices) <= contest.seats
            if (contest.kind in silent and not few) or (contest.kind in voted and contest.choices and few):
                right = " ".join(silent if few else voted)
                stated = f"{contest.kind}, {len(contest.choices)}/{contest.seats}"
                self.problems.append(
                    wrong(self.facts, "L15", contest.code, "contests.kind", stated, f"kind = {right}")
                )

    def _items(self) -> tuple[dict[str, Item], list[Dimension]]:
        gone = set(self.template.without_dimensions)
        items = {
            code: item.model_copy(
                update={
                    "breakdowns": tuple(
                        breakdown for breakdown in item.breakdowns if not gone & set(breakdown)
                    ),
                }
            )
            for code, item in self.catalogue.items.items()
        }
        dimensions = [
            dimension for dimension in self.catalogue.dimensions.values() if dimension.code not in gone
        ]
        for addition in self.additions:
            items |= {item.code: item.model_copy(update={"scope": addition.scope}) for item in addition.items}
            dimensions += addition.dimensions
        return items, dimensions

    def _forms(self, kinds: set[str], items: Mapping[str, Item]) -> list[Form]:
        planned = {form.form: form for form in self.base.forms} if self.base else {}
        composed: list[tuple[Form, OwnForm, str]] = []

        def add(form: OwnForm, scope: str, file: str, more: Iterable[str] = ()) -> None:
            plan = planned.get(form.code)
            ballots = tuple(b for b in form.ballots if plan is None or not plan.ballots or b in plan.ballots)
            wanted = tuple(kind for kind in self.template.kinds(ballots) if kind in kinds)
            asked = tuple(code for code in (*form.items, *more) if code not in self.template.without)
            if not wanted or not asked or any(code not in items for code in asked):
                return
            slots = self._slots(plan or FormSlots(form=form.code, slots=form.slots))
            made = Form(
                code=form.code,
                label=form.label,
                items=asked,
                contest_kinds=wanted,
                slots=slots,
                cumulative=form.cumulative,
                scope=scope,
                entry=form.entry,
            )
            composed.append((made, form, file))

        for code in self.template.forms:
            if code in self.catalogue.forms:
                form: FormTemplate = self.catalogue.forms[code]
                more = [i for a in self.additions for e in a.extend if e.form == code for i in e.items]
                add(form, NATIONAL, form.file, more)
        for addition in self.additions:
            for own in addition.forms:
                add(own, addition.scope, addition.file)
        made_forms = {form.code: form for form, _, _ in composed}
        return [
            form.model_copy(update={"prefill": self._prefill(form, given, file, made_forms, items)})
            for form, given, file in composed
        ]

    def _slots(self, base: FormSlots) -> tuple[Slot, ...]:
        """The base's slots; those of further plans where they fall in time, marked with their scope."""
        day, offset = self.facts.polling_date, self.facts.utc_offset or self.template.utc_offset
        slots = [slot.on(day, offset) for slot in base.slots]
        there = {template.code: (template, slot) for template, slot in zip(base.slots, slots, strict=True)}
        for plan in (plan for plan in self.plans if plan.scope != NATIONAL):
            for planned in (slot for form in plan.forms if form.form == base.form for slot in form.slots):
                own = planned.on(day, offset, plan.scope)
                if planned.code not in there:
                    after = [
                        n
                        for n, slot in enumerate(slots)
                        if slot.cut_off is None or (own.cut_off is not None and slot.cut_off > own.cut_off)
                    ]
                    slots.insert(after[0] if after else len(slots), own)
                else:
                    template, slot = there[planned.code]
                    for field in _STATED:
                        if getattr(own, field) != getattr(slot, field):
                            self.problems.append(_restated(plan, field, planned, template))
        return tuple(slots)

    def _prefill(
        self,
        form: Form,
        given: OwnForm,
        file: str,
        forms: Mapping[str, Form],
        items: Mapping[str, Item],
    ) -> tuple[Source, ...]:
        sources = []
        for text in given.prefill:
            code, _, slot = text.partition("/")
            source = forms.get(code)
            if source is None:
                continue  # this election does not have it
            across = None
            if not set(source.contest_kinds) & set(form.contest_kinds):
                across = self._same_voters(source, form)
                if across is None:
                    continue
            if not {i for i in source.items if items[i].kind is not ItemKind.RATE} & set(form.items):
                continue
            codes = [slot.code for slot in source.slots]
            slot = slot or next(code for code in reversed(codes) if "." not in code)
            if slot in codes:
                sources.append(Source(form=code, slot=slot, contest_kind=across))
            else:
                self.problems.append(
                    FileProblem(file, None, "prefill", text, numbered("L05", " ".join(codes)))
                )
        return tuple(sources)

    def _same_voters(self, source: Form, form: Form) -> str | None:
        """The kind of the electorate's contest, where a form of the main ballot is filled from it: who votes there is
        who votes in the districts."""
        electorate = self.template.electorate
        if electorate is None or electorate.kind not in source.contest_kinds:
            return None
        return electorate.kind if set(form.contest_kinds) <= set(self.template.kinds(("main",))) else None

    def _check_plans(self, forms: set[str]) -> None:
        for plan in self.plans:
            if self.template.code not in plan.templates:
                self.problems.append(
                    wrong(plan, "L14", plan.code, "templates", self.template.code, " ".join(plan.templates))
                )
            if plan.scope == NATIONAL and plan is not self.base:
                self.problems.append(wrong(plan, "L14", plan.code, "scope", NATIONAL, "pref28, muni28382 …"))
            form_codes = {
                *self.catalogue.forms,
                *(own.code for addition in self.additions for own in addition.forms),
            }
            for form in plan.forms:
                if plan.scope != NATIONAL and form.ballots:
                    self.problems.append(
                        wrong(
                            plan,
                            "L14",
                            "",
                            "forms.ballots",
                            " ".join(form.ballots),
                            message("no_ballots_in_a_places_plan"),
                        )
                    )
                if form.form not in form_codes:
                    self.problems.append(
                        wrong(plan, "L10", "", "forms.form", form.form, " ".join(sorted(forms)))
                    )
