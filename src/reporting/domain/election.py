"""Election definitions: contests and choices, forms with slots, and how they and the reporting units refer to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from reporting.domain.errata import KnownErratum
from reporting.domain.items import Dimension, Item
from reporting.domain.labels import LARGEST, Code, Day, Definition, Kana, Label, Moment, Name
from reporting.domain.messages import message
from reporting.domain.reporting_units import ReportingUnits, Withdrawal
from reporting.domain.workflow import RuleLeftOut, RuleUse, Workflow
from reporting.errors import UnknownReference

Method = Literal["full", "sample", "estimate"]


class Choice(Definition):
    """A candidate or a party list. `party` is the party's label in this election: shown, and nothing follows from it."""

    code: Code
    name: Name
    kana: Kana | None = Field(
        None, description="how the name is read, in hiragana or katakana; searched and sorted by"
    )
    party: Name | None = None
    on_list: Code | None = Field(
        None, description="code of the choice of this contest (a party) on whose list this person stands"
    )
    identity: Code | None = Field(
        None, description="the same party or person in every election, whatever its code and name there"
    )
    number: int | None = Field(None, ge=-LARGEST, le=LARGEST, description="place on the official list")
    withdrawn: Withdrawal | None = Field(
        None, description="no longer stands for election; its figures stand, marked"
    )


class AreaRef(Definition):
    geography: Code
    area: Code


class ContestUnits(Definition):
    """Who reports on one contest, where that is not who reports on the election. All are areas of the election's
    `units.geography`; in one contest none lies in another."""

    levels: tuple[Code, ...] = Field(
        (),
        description="the lowest areas of these levels report, whatever lies below them; none: the election's own units",
    )
    whole: tuple[Code, ...] = Field(
        (),
        description="areas that report as one, instead of the units below them (a city that districts split)",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.levels and not self.whole:
            raise ValueError(message("levels_or_whole"))
        if len(self.whole) != len(set(self.whole)):
            twice = ", ".join(sorted({code for code in self.whole if self.whole.count(code) > 1}))
            raise ValueError(message("each_of_whole_once_twice", twice=twice))
        return self


class Contest(Definition):
    """One thing voted on, in one area. Its reporting units are the units below `area` in `area.geography`, but those
    below one of `without`: districts in which nobody votes, because there are no more candidates than seats. `units`:
    others than the election's (a proportional count made for a whole city that districts split)."""

    code: Code
    label: Label
    kind: Code = Field(description="free code: single_member, proportional, constituency, retention …")
    area: AreaRef
    without: tuple[Code, ...] = Field((), description="areas of the same geography that do not vote on it")
    units: ContestUnits | None = Field(None, description="who reports on it; none: the units of the election")
    seats: int = Field(1, ge=0, le=LARGEST)
    choices: tuple[Choice, ...] = ()
    withdrawn: Withdrawal | None = Field(None, description="no longer held; its figures stand, marked")


class Slot(Definition):
    """One collection of a form. `public`: its totals may be read without a token; where the election has a workflow,
    only what was released, and never before `publish_at`."""

    code: Code
    label: Label
    public: bool = True
    cut_off: Moment | None = Field(None, description="what is reported by then belongs to this slot")
    publish_at: Moment | None = Field(None, description="embargo: nothing of it is public before")
    publish: Literal["when_certified"] | None = Field(
        None,
        description="goes public by the clock once every unit that reports in it is certified (with `publish_at`: not before)",
    )
    opens: Moment | None = Field(
        None,
        description="nothing of it is released before; none: from the polling day, or the day of its cut-off before it",
    )
    method: Method = Field("full", description="full count, a sample of places, or an estimate")


class Source(Definition):
    """Another form's slot whose cells fill this form in advance: cells of the same contest; with `contest_kind` those of
    the unit's contest of that kind, which counts the same people (turnout of the whole election is the turnout of the
    district's vote). Then it fills a form that asks one contest of the unit."""

    form: Code
    slot: Code
    contest_kind: Code | None = None


class Form(Definition):
    """Items asked together; `contest_kinds` limits them to contests of these kinds (empty: all). `cumulative`: a
    slot's counts include those of the slots before it. `prefill`: where values come from, first found wins. `entry`:
    `double`: nothing is submitted that two people have not typed alike, the second without seeing the first's."""

    code: Code
    label: Label
    items: tuple[Code, ...] = Field(min_length=1)
    contest_kinds: tuple[Code, ...] = ()
    slots: tuple[Slot, ...] = Field(min_length=1)
    cumulative: bool = False
    prefill: tuple[Source, ...] = ()
    scope: Code = "national"
    entry: Literal["single", "double"] = "single"

    def slot(self, code: str) -> Slot:
        """UnknownReference for a slot that the form does not have."""
        return _of_code("slot", code, self.slots, within=self.code)


class ElectionDefinition(Definition):
    """A whole election."""

    code: Code
    label: Label
    kind: Code
    polling_date: Day
    is_test: bool = Field(False, description="simulated or training data; shown with every answer")
    source: str | None = None
    registry: Code = Field(description="the area registry it stands on")
    geographies: tuple[Code, ...] = Field(min_length=1, description="geographies its totals are made in")
    units: ReportingUnits
    dimensions: tuple[Dimension, ...] = ()
    items: tuple[Item, ...] = Field(min_length=1)
    contests: tuple[Contest, ...] = Field(min_length=1)
    forms: tuple[Form, ...] = Field(min_length=1)
    workflow: Workflow | None = Field(None, description="none: what is entered counts at once")
    rules: tuple[RuleUse, ...] = ()
    without_rules: tuple[RuleLeftOut, ...] = ()
    previous: Code | None = Field(None, description="the election values are compared with")
    survey: bool = Field(
        False,
        description="a survey without an election (`survey` in its file): nothing is voted on, `polling_date` is its reference date",
    )
    errata: tuple[KnownErratum, ...] = Field(
        (),
        description="known differences between official publications of its figures (`reporting import errata`)",
    )

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        items = {item.code for item in self.items}
        dimensions = {dimension.code for dimension in self.dimensions}
        for what, codes in (
            ("item", [item.code for item in self.items]),
            ("contest", [contest.code for contest in self.contests]),
            ("form", [form.code for form in self.forms]),
            ("dimension", [dimension.code for dimension in self.dimensions]),
            *((f"choice ({c.code})", [choice.code for choice in c.choices]) for c in self.contests),
            *(
                (
                    f"identity ({c.code})",
                    [choice.identity for choice in c.choices if choice.identity is not None],
                )
                for c in self.contests
            ),
            ("erratum", [erratum.id for erratum in self.errata]),
            *((f"slot ({f.code})", [slot.code for slot in f.slots]) for f in self.forms),
            *((f"value ({d.code})", [value.code for value in d.values]) for d in self.dimensions),
        ):
            if len(codes) != len(set(codes)):
                twice = ", ".join(sorted({code for code in codes if codes.count(code) > 1}))
                of = message.table("defined")[what.partition(" ")[0]].ja
                raise ValueError(message("each_code_once", what_ja=of, what_en=what, twice=twice))
        for item in self.items:
            for part in (*item.parts, *([] if item.part_of is None else [item.part_of])):
                if part not in items:
                    raise ValueError(message("an_item_that_is_there", item=item.code, part=part))
            for combination in item.breakdowns:
                if unknown := set(combination) - dimensions:
                    raise ValueError(
                        message(
                            "dimensions_that_are_there_of_item",
                            item=item.code,
                            unknown=", ".join(sorted(unknown)),
                        )
                    )
        for form in self.forms:
            if unknown := set(form.items) - items:
                raise ValueError(
                    message(
                        "items_that_are_there_of_form", form=form.code, unknown=", ".join(sorted(unknown))
                    )
                )
        if self.workflow is not None and self.workflow.geography not in self.geographies:
            raise ValueError(message("a_workflow_geography_that_is_among", geography=self.workflow.geography))
        for divided in self.units.withdrawn:
            if unknown := set(divided.keeps) - {form.code for form in self.forms}:
                told = ", ".join(sorted(unknown))
                raise ValueError(message("forms_that_are_there", unit=divided.unit, unknown=told))
        if self.survey and (
            [contest.kind for contest in self.contests] != ["survey"] or self.contests[0].choices
        ):
            raise ValueError(message("a_survey_without_contests"))
        contests = {contest.code for contest in self.contests}
        for erratum in self.errata:
            if erratum.contest not in contests or erratum.item not in items:
                named = f"{erratum.contest} / {erratum.item}"
                raise ValueError(message("an_erratum_of_what_is_asked", erratum=erratum.id, named=named))
        slots = {(form.code, slot.code) for form in self.forms for slot in form.slots}
        for form in self.forms:
            for source in form.prefill:
                if (source.form, source.slot) not in slots:
                    raise ValueError(
                        message(
                            "a_slot_that_is_there_prefill",
                            form=form.code,
                            source=source.form,
                            slot=source.slot,
                        )
                    )
        return self

    def form(self, code: str) -> Form:
        """UnknownReference for a form that the election does not have."""
        return _of_code("form", code, self.forms)

    def contest(self, code: str) -> Contest:
        """UnknownReference for a contest that the election does not have."""
        return _of_code("contest", code, self.contests)


class _Labelled(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def label(self) -> Label: ...


P = TypeVar("P", bound=_Labelled)


def _of_code(kind: str, code: str, parts: Sequence[P], within: str = "") -> P:
    for part in parts:
        if part.code == code:
            return part
    among = {part.code: part.label.ja for part in parts}
    raise UnknownReference(kind=kind, found=code, among=among, within=within)


def heads(contest: Contest) -> tuple[Choice, ...]:
    """Choices that are not listed under another choice (a party's candidates beside the party)."""
    return tuple(choice for choice in contest.choices if choice.on_list is None)


def members(contest: Contest, head: str) -> tuple[Choice, ...]:
    """Candidates on the list of the choice `head`."""
    return tuple(choice for choice in contest.choices if choice.on_list == head)


def unlinked(contest: Contest) -> tuple[Choice, ...]:
    """Choices that do not say rightly whose list they stand on: it is no choice of the contest with a list, or their party
    is another choice's name or code and they name no list."""
    lists = {choice.code for choice in heads(contest)}
    called = {word for choice in contest.choices for word in (choice.code, choice.name)}
    return tuple(
        choice
        for choice in contest.choices
        if (choice.on_list is not None and choice.on_list not in lists)
        or (choice.on_list is None and choice.party in called - {choice.code, choice.name})
    )
