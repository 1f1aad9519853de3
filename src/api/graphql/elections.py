"""Elections and their contests, as defined, now or at a moment."""

from __future__ import annotations

from datetime import date

import strawberry

from api.graphql.access import PUBLIC, TOTALS, UNIT, Seen, readable
from api.graphql.arguments import (
    After,
    Areas,
    Breakdown,
    ChoiceCode,
    ContestCode,
    First,
    FormCode,
    GeographyCode,
    ItemCode,
    Items,
    Layer,
    Level,
    SlotCode,
    UnitCode,
)
from api.graphql.contests import Contest
from api.graphql.context import Info, Moment
from api.graphql.figures import (
    Figure,
    FigureVersionConnection,
    history_of,
)
from api.graphql.known import require_entered, require_known
from api.graphql.logs import ElectionStands, stands
from api.graphql.rules import RuleInForce, RuleNotInForce, rules_of
from api.graphql.sums import Contests, ContestSumConnection, KindOfContest, SameChoices, SumByArgument
from api.graphql.totals import require_few
from api.graphql.types import (
    Dimension,
    DimensionValue,
    Form,
    Item,
    Label,
    Slot,
    Workflow,
    described,
)
from api.graphql.units import OfficialCode, ReportingUnit, WithdrawnUnit
from projections.read import ElectionRow, FigureRow, asof
from projections.read.contests import SameBy, SumsQuery
from reporting.domain.figures import Absence, Cell, format_value, parse_value
from reporting.domain.place import Place
from reporting.errors import UnknownReference
from reporting.ledger import return_stream


@strawberry.type(description="One reporting unit's filled form.")
class Return:
    unit: str = described("code of the reporting unit")
    official_code: str | None = described(
        "the authorities' code of it on the polling day, where it is not the key"
    )
    unit_name: str = described("its name")
    version: int = described("0 while nothing is entered; send it as expectedVersion")
    figures: list[Figure] = described("what its cells hold now")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="A code and what people call it.")
class NamedCode:
    code: str = described("code")
    label: Label = described("what it is called")


@strawberry.type(description="A way of arranging areas, as the registry names it.")
class NamedGeography:
    code: str = described("code")
    label: Label = described("what it is called")
    levels: list[NamedCode] = described("its levels, top first")


@strawberry.type(description="A whole election, as defined.")
class Election:
    code: str = described("stable code")
    label: Label = described("name")
    kind: str = described("kind of election")
    polling_date: date = described("day of polling; of a survey the day its answers are about")
    is_survey: bool = described(
        "a survey without an election: nothing is voted on, pollingDate is its reference date"
    )
    is_test: bool = described("simulated or for training: never a live result")
    registry: str = described("area registry it stands on")
    geographies: list[str] = described("geographies its totals are made in")
    source: str | None = described("where the figures come from, when loaded from elsewhere")
    items: list[Item] = described("what is asked")
    forms: list[Form] = described("what is asked together, and when")
    dimensions: list[Dimension] = described("what figures may be split by")
    workflow: Workflow | None = described("who looks at a return; null: what is entered counts at once")
    rules: list[str] = described("rules in force")
    withdrawn_units: list[WithdrawnUnit] = described("reporting units that were withdrawn openly")
    row: strawberry.Private[ElectionRow]
    moment: strawberry.Private[Moment | None] = None

    @readable(PUBLIC, "the log that holds it; null where the installation has one alone")
    def stands(self, info: Info) -> ElectionStands | None:
        return stands(info, self.code)

    @readable(PUBLIC, "what is voted on")
    def contests(self) -> list[Contest]:
        return [Contest.of(contest, self.row, self.moment) for contest in self.row.definition.contests]

    @readable(PUBLIC, "what the registry calls the election's geographies and their levels")
    def named_geographies(self, info: Info) -> list[NamedGeography]:
        _, registry = info.context.service.catalog.registry(self.registry)
        return [
            NamedGeography(
                code=code,
                label=Label.of(registry.geographies[code].label),
                levels=[
                    NamedCode(code=level.code, label=Label.of(level.label))
                    for level in registry.geographies[code].levels
                ],
            )
            for code in self.geographies
            if code in registry.geographies
        ]

    @readable(
        PUBLIC,
        "codes of the authorities beside the keys of areas, by key; empty where keys are all there are",
    )
    def official_codes(self, info: Info) -> list[OfficialCode]:
        roster = self.moment.election.roster if self.moment else info.context.defined(self.code).roster
        return [OfficialCode(area=key, code=code) for key, code in sorted(roster.official_codes.items())]

    @readable(PUBLIC, "rules in force, with where they apply and what to do")
    def rules_in_force(self) -> list[RuleInForce]:
        return rules_of(self.row.definition)

    @readable(PUBLIC, "rules that the forms' items permit and that are left out, with why")
    def rules_left_out(self) -> list[RuleNotInForce]:
        return [RuleNotInForce.of(left_out) for left_out in self.row.definition.without_rules]

    @readable(PUBLIC, "a reporting unit; null where the election has none of this code")
    def unit(self, info: Info, unit: UnitCode) -> ReportingUnit | None:
        roster = self.moment.election.roster if self.moment else info.context.defined(self.code).roster
        return ReportingUnit.of(unit, roster) if unit in roster.units else None

    @readable(PUBLIC, "one contest by code")
    def contest(self, code: ContestCode) -> Contest:
        for contest in self.row.definition.contests:
            if contest.code == code:
                return Contest.of(contest, self.row, self.moment)
        raise UnknownReference(
            kind="contest",
            found=code,
            among={contest.code: contest.label.ja for contest in self.row.definition.contests},
        )

    @readable(
        TOTALS,
        "totals over several contests of one kind: of an item, a party, a person; a slot that is not public needs a token",
    )
    def totals(
        self,
        info: Info,
        form: FormCode,
        slot: SlotCode,
        geography: GeographyCode,
        contests: Contests = None,
        contest_kind: KindOfContest = None,
        by: SumByArgument = SameBy.PARTY,
        items: Items = None,
        breakdown: Breakdown = "",
        choices: SameChoices = None,
        level: Level = None,
        areas: Areas = None,
        layer: Layer = None,
        first: First = 50,
        after: After = None,
        *,
        seen: Seen,
    ) -> ContestSumConnection:
        require_few(items=items, contests=contests, choices=choices, areas=areas)
        query = SumsQuery(
            form=form,
            slot=slot,
            layer=seen.layer,
            geography=geography,
            contests=None if contests is None else tuple(contests),
            contest_kind=contest_kind,
            by=by,
            items=tuple(items or ()),
            breakdown=breakdown,
            choices=None if choices is None else tuple(choices),
            level=level,
            areas=None if seen.areas is None else tuple(seen.areas),
        )
        return ContestSumConnection(
            election=self.row, query=query, first=first, after_cursor=after, moment=self.moment
        )

    @readable(UNIT, "one unit's return, with its version; needs a token")
    def unit_return(self, info: Info, form: FormCode, slot: SlotCode, unit: UnitCode) -> Return:
        snapshot = info.context.snapshot
        if self.moment is not None:
            return _return_then(info, self, form, slot, unit)
        roster = info.context.defined(self.code).roster
        roster.require_unit(unit)
        code, name, version = snapshot.unit(self.row, form, slot, unit)
        rows = snapshot.return_figures(self.row, form, slot, unit)
        return Return(
            unit=code,
            official_code=roster.official_codes.get(code),
            unit_name=name,
            version=version,
            figures=[Figure.of(row, self.code) for row in rows],
            as_of_position=snapshot.position,
        )

    @readable(UNIT, "every value one cell has held, newest first; needs a token")
    def figure_history(
        self,
        info: Info,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        contest: ContestCode,
        item: ItemCode,
        breakdown: Breakdown = "",
        choice: ChoiceCode = "",
        first: First = 20,
        after: After = None,
    ) -> FigureVersionConnection:
        upto = self.moment.position if self.moment else None
        versions = history_of(
            info,
            Place(self.code, form, slot, unit),
            Cell(contest, item, breakdown, choice).key,
            first,
            after,
            upto,
        )
        if not versions.nodes and after is None:
            defined = info.context.defined(self.code)
            require_known(
                defined.definition,
                defined.roster,
                unit=unit,
                form=form,
                slot=slot,
                contest=contest,
                item=item,
            )
            require_entered(defined.definition, item)
        return versions

    @readable(PUBLIC, "ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    @classmethod
    def then(cls, row: ElectionRow, moment: Moment) -> Election:
        """The election as it was known."""
        election = cls.of(ElectionRow(row.number, moment.election.definition, moment.election.defined_at))
        election.moment = moment
        return election

    @classmethod
    def of(cls, row: ElectionRow) -> Election:
        definition = row.definition
        return cls(
            code=definition.code,
            label=Label.of(definition.label),
            kind=definition.kind,
            polling_date=definition.polling_date,
            is_survey=row.definition.survey,
            is_test=definition.is_test,
            registry=definition.registry,
            geographies=list(definition.geographies),
            source=definition.source,
            items=[Item.of(item) for item in definition.items],
            forms=[
                Form(
                    code=f.code,
                    label=Label.of(f.label),
                    items=list(f.items),
                    slots=[
                        Slot(
                            code=s.code,
                            label=Label.of(s.label),
                            public=s.public,
                            cut_off=s.cut_off,
                            publish_at=s.publish_at,
                            publish_when_certified=s.publish == "when_certified",
                            method=s.method,
                        )
                        for s in f.slots
                    ],
                    contest_kinds=list(f.contest_kinds),
                    filled_from=[f"{source.form}/{source.slot}" for source in f.prefill],
                    cumulative=f.cumulative,
                    entry=f.entry,
                )
                for f in definition.forms
            ],
            dimensions=[
                Dimension(
                    code=d.code,
                    label=Label.of(d.label),
                    values=[DimensionValue(code=v.code, label=Label.of(v.label)) for v in d.values],
                )
                for d in definition.dimensions
            ],
            workflow=None
            if definition.workflow is None
            else Workflow(
                geography=definition.workflow.geography,
                levels=list(definition.workflow.levels),
                publish_at_level=definition.workflow.publish_at_level,
                certify_at_level=definition.workflow.certify_at_level,
            ),
            rules=[rule.code for rule in definition.rules],
            withdrawn_units=[WithdrawnUnit.of(unit, definition.units) for unit in definition.units.withdrawn],
            row=row,
        )


def _return_then(info: Info, election: Election, form: str, slot: str, unit: str) -> Return:
    assert election.moment is not None
    defined, position = election.moment.election, election.moment.position
    defined.roster.require_unit(unit)
    stream, name = return_stream(election.code, form, slot, unit), defined.roster.units[unit].name
    version = asof.version_at(info.context.snapshot, stream, position)
    figures = []
    for key, (raw, at) in asof.cells_at(
        info.context.snapshot, election.code, form, slot, unit, position
    ).items():
        value = parse_value(raw)
        absence = value.value if isinstance(value, Absence) else None
        number = None if isinstance(value, Absence) else format_value(value)
        row = FigureRow(unit, name, number, absence, at, version, stream, form, slot, key)
        figures.append(Figure.of(row, election.code, position))
    official = defined.roster.official_codes.get(unit)
    return Return(
        unit=unit,
        official_code=official,
        unit_name=name,
        version=version,
        figures=figures,
        as_of_position=position,
    )
