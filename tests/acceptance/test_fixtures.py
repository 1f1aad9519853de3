"""Published numbers of real elections through the product: typed at real units' desks, checked, declared, previewed.

The same fixtures as a matter of rules alone: tests/rules/test_golden.py (F4's percentages, F7's division, F18's
recomputation of a wrong one, both readings of F11 among them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tiny import SYSTEM

from projections.read import Sees, TotalsQuery, ViewReader
from projections.read.desk import DifferencesWanted, discrepancies
from projections.read.preview import Preview, preview
from projections.runner import Projector
from projections.verify import verify
from reporting.application import desk_commands as desks
from reporting.application.acting import Done
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.load import shipped_registry
from reporting.definitions.templates import ElectionFacts
from reporting.domain.actor import Actor, Role
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition
from reporting.domain.figures import parse_value
from reporting.domain.labels import Label
from reporting.domain.status import NotNow, Status
from reporting.domain.workflow import RuleLeftOut
from reporting.ledger import Ledger
from reporting.ledger.registry import canonical
from reporting.publication.release import Publication

CODE, BEFORE = "fixtures", "fixtures-before"
JAPAN = AreaRef(geography="upper_house", area="JP")
VOTING, COUNT, COUNT_PR = "final_voting", "final_count", "final_count_pr"


def definition(code: str, previous: str | None = None) -> ElectionDefinition:
    def contest(code: str, kind: str) -> Contest:
        choices = tuple(Choice(code=one, name=f"候補{one}") for one in "abc")
        return Contest(code=code, label=Label(ja=code), kind=kind, area=JAPAN, choices=choices)

    facts = ElectionFacts(
        template="upper_house",
        code=code,
        label=Label(ja="実例（模擬）"),
        polling_date=date(2025, 7, 20),
        is_test=True,
        previous=previous,
        contests=(contest("seat", "constituency"), contest("pr", "proportional")),
    )
    made = compose(shipped_catalogue(), "upper_house", facts)
    # What was published of these returns is an excerpt: nothing says what stood in their other cells.
    excerpt = RuleLeftOut(
        code="J27", reason=Label(ja="公表された欄だけの抜粋", en="only the cells published")
    )
    rules = tuple(use for use in made.rules if use.code != "J27")
    return made.model_copy(update={"rules": rules, "without_rules": (excerpt,)})


@dataclass
class Country:
    """Real units, one return each."""

    database: Database
    service: Reporting
    desk: Desk
    projector: Projector
    reader: ViewReader

    def of(self, unit: str, form: str, slot: str = "final", election: str = CODE) -> dict[str, Any]:
        return {"command_id": uuid4(), "election": election, "form": form, "slot": slot, "unit": unit}

    def submit(
        self,
        unit: str,
        form: str,
        figures: dict[str, Any],
        slot: str = "final",
        person: int = 1,
        election: str = CODE,
        **more: Any,
    ) -> Done:
        """`figures`: `contest|item|breakdown|choice`, trailing empty parts left out."""
        request = desks.Submit(
            **self.of(unit, form, slot, election), figures=tuple(map(cell, figures.items())), **more
        )
        return self.desk.submit(request, owner(unit, person))

    def preview(self, unit: str, form: str, figures: dict[str, Any]) -> Preview:
        self.projector.catch_up()
        changes = {full(key): parse_value(str(value)) for key, value in figures.items()}
        with self.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            return preview(snapshot, snapshot.election(CODE), form, "final", unit, changes)

    def total(self, area: str, form: str, contest: str, item: str, **more: Any) -> str | None:
        slot, breakdown = more.pop("slot", "final"), more.pop("breakdown", "")
        self.projector.catch_up()
        query = TotalsQuery(form, slot, contest, "administrative", (item,), breakdown, areas=(area,), **more)
        with self.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            (row,) = snapshot.totals(snapshot.election(CODE), query)
            return row.value

    def others(self, unit: str, form: str, *named: str) -> str:
        """SHA-256 of every cell but the named ones."""
        cells = self.desk.returns.open(CODE, form, "final", unit).case.cells
        held = {key: one.text for key, one in sorted(cells.items()) if key not in named}
        return hashlib.sha256(canonical(held)).hexdigest()


def full(key: str) -> str:
    return key + "|" * (3 - key.count("|"))


def cell(pair: tuple[str, Any]) -> CellInput:
    contest, item, breakdown, choice = full(pair[0]).split("|")
    return CellInput(contest=contest, item=item, breakdown=breakdown, choice=choice, value=str(pair[1]))


def owner(unit: str, person: int = 1) -> Actor:
    return Actor(f"{unit}の{person}人目", f"{unit}選管", Role.MUNICIPALITY, unit)


def above(unit: str) -> Actor:
    return Actor("県の係長", f"{unit[:2]}県選管", Role.PREFECTURE, unit[:2])


@pytest.fixture(scope="module")
def country(module_database: Database) -> Iterator[Country]:
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    service.define_election(definition(BEFORE), SYSTEM, uuid4())
    service.define_election(definition(CODE, BEFORE), SYSTEM, uuid4())
    projector = Projector(module_database)
    reader = ViewReader(module_database)
    yield Country(module_database, service, Desk(service), projector, reader)
    reader.close()
    ledger.close()


NATION = {
    "electorate|electors": 106_202_873,
    "electorate|electors|sex=m": 51_326_614,
    "electorate|electors|sex=f": 54_876_259,
    "electorate|electors|residence=domestic": 106_097_679,
    "electorate|electors|residence=overseas": 105_194,
    "electorate|voters": 58_094_005,
    "electorate|voters|residence=domestic": 58_070_644,
    "electorate|voters|residence=overseas": 23_361,
}


def test_f1_f2_f3_the_senate_of_2016(country: Country) -> None:
    """The nation's figures as one unit's return: sound, and the three rates come out as published."""
    unit = "13101"
    registered = {"electorate|registered_electors": 106_494_872}
    overseas = {"electorate|registered_electors_overseas": 105_529}
    country.submit(unit, "registration", registered | overseas, slot="election")
    assert country.submit(unit, VOTING, NATION).status is Status.SUBMITTED
    for breakdown, rate in (("", "54.70"), ("residence=domestic", "54.73"), ("residence=overseas", "22.21")):
        assert country.total(unit, VOTING, "electorate", "turnout", breakdown=breakdown) == rate
    counted = {
        "seat|voters": 58_094_005,
        "seat|ballots_counted": 58_092_778,
        "seat|valid_votes": 56_555_393,
        "seat|invalid_votes": 1_537_385,
        "seat|ballots_not_deposited": 1_227,
    }
    with pytest.raises(RulesRefused) as refused:
        country.submit(unit, COUNT, counted | {"seat|invalid_votes": 1_537_386})
    assert [finding.rule for finding in refused.value.findings] == ["J09"]
    assert country.submit(unit, COUNT, counted, reason="転記誤り").status is Status.SUBMITTED


def test_f5_nagasaki_by_sex(country: Country) -> None:
    men = {"electorate|electors|sex=m": 165_835, "electorate|voters|sex=m": 87_139}
    women = {"electorate|electors|sex=f": 199_478, "electorate|voters|sex=f": 106_508}
    all_ = {"electorate|electors": 365_313, "electorate|voters": 193_647, "electorate|abstentions": 171_666}
    country.submit("42201", VOTING, men | women | all_)
    for breakdown, rate in (("sex=m", "52.55"), ("sex=f", "53.39"), ("", "53.01")):
        assert country.total("42201", VOTING, "electorate", "turnout", breakdown=breakdown) == rate


def test_f6_yachiyo_by_slot(country: Country) -> None:
    for slot, voters, rate in (("t1100", 399, "2.44"), ("t1400", 2_973, "18.21")):
        figures = {"electorate|electors": 16_322, "electorate|voters_polling_day": voters}
        country.submit("12221", "turnout_flash", figures, slot=slot)
        found = country.total("12221", "turnout_flash", "electorate", "turnout_polling_day", slot=slot)
        assert found == rate
    with pytest.raises(RulesRefused) as refused:
        country.submit("12221", "turnout_flash", figures | {"electorate|voters_polling_day": 2_972}, "t1600")
    assert {finding.rule for finding in refused.value.findings} == {"J07"}


def test_f7_oita_with_its_residue(country: Country) -> None:
    figures = {"seat|votes||a": "337.173", "seat|votes||b": "132.826", "seat|votes||c": 0}
    accounts = {"seat|valid_votes": 470, "seat|votes_truncated": "0.001"}
    with pytest.raises(RulesRefused) as refused:
        country.submit("44201", COUNT, figures | accounts | {"seat|votes_truncated": "0.002"})
    assert {finding.rule for finding in refused.value.findings} >= {"J10"}
    assert (
        country.submit("44201", COUNT, figures | accounts, reason="端数の転記誤り").status is Status.SUBMITTED
    )
    assert country.total("44201", COUNT, "seat", "votes", choices=("a",)) == "337.173"


SURPLUS = {
    "F8 Kagoshima": ("46201", COUNT, "seat", 178_259, 178_279, True),
    "F9 Nishinomiya": ("28204", COUNT, "seat", 218_105, 218_223, True),
    "F10 Nishinomiya PR": ("28204", COUNT_PR, "pr", 218_109, 218_199, True),
    "F11 Amagasaki": ("28202", COUNT, "seat", 178_907, 178_927, True),
    "F12 Kitakyushu": ("40101", COUNT, "seat", 52_077, 52_078, False),
    "F13 Kawasaki Tama": ("14135", COUNT, "seat", 104_519, 104_525, False),
    "F14 Kashihara PR": ("29205", COUNT_PR, "pr", 54_820, 54_831, False),
}
"""unit, form, contest, voters, ballots; whether the difference was written as a negative number taken away."""


@pytest.mark.parametrize("name", SURPLUS)
def test_f8_to_f14_more_ballots_than_voters(country: Country, name: str) -> None:
    """Either practice: one declaration with a reason, a second person, and no cell touched on the way."""
    unit, form, contest, voters, ballots, written = SURPLUS[name]
    figures = {f"{contest}|voters": voters, f"{contest}|ballots_counted": ballots}
    if written:
        figures[f"{contest}|ballots_not_deposited"] = voters - ballots
    with pytest.raises(RulesRefused) as refused:
        country.submit(unit, form, figures)
    (finding,) = refused.value.findings
    assert (finding.rule, finding.waivable) == ("J11", True)
    assert country.desk.returns.open(CODE, form, "final", unit).status is Status.MISSING
    country.submit(unit, form, figures, declarations={finding.key: "recount"}, reason="再点検でも一致せず")
    with pytest.raises(NotNow):
        country.desk.approve(desks.Approve(**country.of(unit, form)), _first_above(country, unit, form))
    cells = tuple(sorted(country.desk.returns.open(CODE, form, "final", unit).case.cells))
    look = desks.Approve(**country.of(unit, form), cells=cells)
    done = country.desk.approve(look, _first_above(country, unit, form))
    assert done.status is Status.APPROVED
    held = country.desk.returns.open(CODE, form, "final", unit).case.cells
    assert {key: one.text for key, one in held.items()} == {
        full(key): str(value) for key, value in figures.items()
    }
    country.projector.catch_up()
    with country.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        rows = discrepancies(snapshot, snapshot.election(CODE), DifferencesWanted(only_open=True), None, 100)
    (row,) = [one for one in rows if (one.unit, one.form) == (unit, form)]
    assert row.confirmed
    assert abs(int(row.difference)) == ballots - voters


def _first_above(country: Country, unit: str, form: str) -> Actor:
    level, area = country.desk.returns.open(CODE, form, "final", unit).chain[0]
    role = Role.PREFECTURE if level == "prefecture" else Role.MUNICIPALITY
    return Actor("上位の係長", f"{area}選管", role, area)


def test_f9_118_became_1(country: Country) -> None:
    """117 voters turned up: the voters are corrected, the rest is a difference of its own, the first one is closed."""
    unit = "27203"  # not beside the city whose numbers these are
    figures = {"seat|voters": 218_105, "seat|ballots_counted": 218_223}
    with pytest.raises(RulesRefused) as refused:
        country.submit(unit, COUNT, figures)
    (first,) = refused.value.findings
    country.submit(unit, COUNT, figures, declarations={first.key: "recount"}, reason="再点検でも一致せず")
    second = desks.ConfirmDiscrepancy(**country.of(unit, COUNT), key=first.key)
    country.desk.confirm_discrepancy(second, owner(unit, 2))
    more = {"seat|voters": 218_222}
    with pytest.raises(RulesRefused) as refused:
        country.submit(unit, COUNT, more, reason="計上漏れ117人")
    (left,) = refused.value.findings
    assert (first.difference, left.difference) == (118, 1)
    done = country.submit(unit, COUNT, more, reason="計上漏れ117人", declarations={left.key: "unexplained"})
    close = desks.CloseDiscrepancy(
        **country.of(unit, COUNT),
        key=first.key,
        reason_class="counting_error",
        reason="117人の計上漏れ",
        correction=done.position,
    )
    country.desk.close_discrepancy(close, owner(unit))
    found = country.desk.returns.open(CODE, COUNT, "final", unit).case.discrepancies
    assert {key: one.closed_at is None for key, one in found.items()} == {
        first.key: False, left.key: True,
    }  # fmt: skip


def test_f11_the_one_not_accepted_is_asked_about(country: Country) -> None:
    """20 or 21: the rule asks where the ballot is counted, and takes the explanation."""
    figures = {
        "seat|voters": 178_907,
        "seat|valid_votes": 175_823,
        "seat|invalid_votes": 3_104,
        "seat|ballots_counted": 178_927,
        "seat|ballots_not_accepted": 1,
        "seat|ballots_other": -21,
    }
    with pytest.raises(RulesRefused) as refused:
        country.submit("28206", COUNT, figures)
    found = {finding.rule: finding for finding in refused.value.findings}
    assert {rule: finding.severity for rule, finding in found.items()} == {"J11": "error", "J12": "warning"}
    done = country.submit(
        "28206",
        COUNT,
        figures,
        declarations={found["J11"].key: "surplus"},
        explanations={found["J12"].key: "投票総数に含まない"},
        reason="再点検でも一致せず",
    )
    assert done.status is Status.SUBMITTED


def test_f15_mie_after_the_fix(country: Country) -> None:
    figures = {
        "pr|voters": 773_551,
        "pr|ballots_counted": 773_523,
        "pr|invalid_votes": 24_354,
        "pr|valid_votes": 749_169,
        "pr|ballots_not_deposited": 28,
    }
    assert country.submit("24204", COUNT_PR, figures).status is Status.SUBMITTED


def test_f16_kanagawa_before_and_after_kawasaki(country: Country) -> None:
    """All seven wards had counted some voters twice. Each preview says what the prefecture's rate will be; together
    they lead from 60.36 to 60.30, and one notice names the seven cells."""
    wards = [f"1413{n}" for n in range(1, 8)]
    electors, right, twice = 7_712_688, 4_650_751, 660
    each = {unit: 170_000 + n for n, unit in enumerate(wards)}
    rest = {
        "electorate|electors": electors - sum(each.values()),
        "electorate|voters": right - 7 * 104_000,
    }
    country.submit("14101", VOTING, rest)
    for unit in wards:
        country.submit(
            unit, VOTING, {"electorate|electors": each[unit], "electorate|voters": 104_000 + twice}
        )
    clock = Publication(country.service, country.desk)

    def approve(unit: str) -> None:
        for level, area in country.desk.returns.open(CODE, VOTING, "final", unit).chain[:2]:
            role = Role.PREFECTURE if level == "prefecture" else Role.MUNICIPALITY
            country.desk.approve(
                desks.Approve(**country.of(unit, VOTING)), Actor(f"{area}の係長", f"{area}選管", role, area)
            )

    for unit in ("14101", *wards):
        approve(unit)
    first = clock.release(CODE, VOTING, "final", datetime.now(UTC), SYSTEM)
    assert first is not None
    assert (first.number, first.approved) == (1, 8)
    rates = []
    for unit in wards:
        fix = {"electorate|voters": 104_000}
        seen = country.preview(unit, VOTING, fix)
        (rate,) = {
            (one.before, one.after) for one in seen.totals if (one.area, one.item) == ("14", "turnout")
        }  # the same in both geographies
        rates.append(rate)
        assert {(one.layer.name, one.value) for one in seen.elsewhere} >= {("released", str(104_000 + twice))}
        country.submit(unit, VOTING, fix, reason="不在者・在外の二重計上")
        assert country.total("14", VOTING, "electorate", "turnout") == rate[1]
        approve(unit)
    assert (rates[0][0], rates[-1][1]) == ("60.36", "60.30")
    assert [after for _, after in rates[:-1]] == [before for before, _ in rates[1:]]
    notice = clock.release(CODE, VOTING, "final", datetime.now(UTC), SYSTEM)
    assert notice is not None
    assert [(one.unit, one.cell, one.before, one.after) for one in notice.changes] == [
        (unit, "electorate|voters||", str(104_000 + twice), "104000") for unit in wards
    ]
    assert clock.release(CODE, VOTING, "final", datetime.now(UTC), SYSTEM) is None


def test_f17_saikai_exchanged_candidates(country: Country) -> None:
    """The previous election gives the shares; 58 and 13 were typed the wrong way round. The correction moves the two
    cells and leaves every other as it was."""
    unit = "42212"
    before = {"seat|votes||a": 72, "seat|votes||b": 28, "seat|votes||c": 0}
    country.submit(unit, COUNT, before, election=BEFORE)
    elsewhere = {"seat|votes||a": 133_418 - 58, "seat|votes||b": 51_525 - 13, "seat|votes||c": 0}
    country.submit("42201", COUNT, elsewhere)
    typed = {"seat|votes||a": 13, "seat|votes||b": 58, "seat|votes||c": 0, "seat|valid_votes": 71}
    with pytest.raises(RulesRefused) as refused:
        country.submit(unit, COUNT, typed)
    swapped = [finding for finding in refused.value.findings if finding.rule == "J20"]
    assert {key for finding in swapped for key in finding.cells} >= {"seat|votes||a", "seat|votes||b"}
    explained = {finding.key: "原票を見た" for finding in refused.value.findings}
    country.submit(unit, COUNT, typed, explanations=explained)
    fix = {"seat|votes||a": 58, "seat|votes||b": 13}
    seen = country.preview(unit, COUNT, fix)
    moved = {
        (one.choice, one.before, one.after) for one in seen.totals if (one.area, one.item) == ("42", "votes")
    }
    assert moved == {("a", "133373", "133418"), ("b", "51570", "51525")}
    lock = country.others(unit, COUNT, *fix)
    country.submit(unit, COUNT, fix, reason="候補者の取り違え")
    assert country.others(unit, COUNT, *fix) == lock
    assert country.total("42", COUNT, "seat", "votes", choices=("a",)) == "133418"
    assert country.total("42", COUNT, "seat", "votes", choices=("b",)) == "51525"


def test_the_views_are_still_the_fold(country: Country) -> None:
    assert verify(country.database).differences == []
    assert Decimal(country.total("JP", COUNT, "seat", "votes", choices=("a",)) or 0) == Decimal("133755.173")
