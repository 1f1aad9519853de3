"""A counting night in Hyogo: 41 municipalities in 49 units, 13 candidates, 60 corrections, and every release on time.

The areas are the real ones of 10 July 2022; the figures are invented. Ward → Kobe → prefecture → ministry; the clock is
told what time it is. Beside the product runs a plain dictionary of what the prefecture should have approved.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tiny import SYSTEM

from projections.read import Sees, TotalsQuery, ViewReader
from projections.runner import Projector
from projections.verify import verify
from reporting.application import desk_commands as desks
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.looks import LookFirst
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.load import shipped_registry
from reporting.definitions.templates import ElectionFacts
from reporting.domain.actor import Actor, Role
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition
from reporting.domain.figures import Cell
from reporting.domain.labels import Label
from reporting.domain.layer import Layer
from reporting.domain.status import NotNow, Status
from reporting.domain.workflow_events import SlotReleased
from reporting.ledger import Ledger, slot_stream
from reporting.publication.planned import Release
from reporting.publication.release import Publication

CODE = "sangiin-hyogo"
CANDIDATES = tuple(f"c{number:02d}" for number in range(1, 14))
FORMS = ("early_voting", "turnout_flash", "final_voting", "count_flash", "final_count")
SLOTS = ("c2130", "c2200", "c2230", "c2330")
PARTS = 6
KOBE = Actor("神戸の係長", "神戸市選管", Role.MUNICIPALITY, "28100")
PREFECTURE = Actor("県の係長", "兵庫県選管", Role.PREFECTURE, "28")
PREFECTURE_2 = Actor("県の主査", "兵庫県選管", Role.PREFECTURE, "28")
MINISTRY = Actor("本省の係長", "総務省", Role.MINISTRY, "JP")
NOT_YET = "!not_reported"

Figures = dict[str, str]


def definition() -> ElectionDefinition:
    """The shipped Upper House template: the forms of voting and count, and the interim slots of this night."""
    here = AreaRef(geography="administrative", area="28")
    facts = ElectionFacts(
        template="upper_house",
        code=CODE,
        label=Label(ja="兵庫の夜（模擬）", en="A night in Hyogo (simulated)"),
        polling_date=date(2022, 7, 10),
        is_test=True,
        area=here,
        contests=(
            Contest(
                code="hyogo",
                label=Label(ja="兵庫県選挙区", en="Hyogo"),
                kind="constituency",
                area=AreaRef(geography="upper_house", area="28"),
                seats=3,
                choices=tuple(Choice(code=code, name=f"候補者{code}") for code in CANDIDATES),
            ),
        ),
    )
    made = compose(shipped_catalogue(), "upper_house", facts)
    forms = []
    for form in made.forms:
        slots = tuple(slot.model_copy(update={"publish_at": None}) for slot in form.slots)
        if form.code == "count_flash":
            slots = tuple(slot for slot in form.slots if slot.code in (*SLOTS, "complete"))
        if form.code in FORMS:
            forms.append(form.model_copy(update={"slots": slots}))
    return ElectionDefinition.model_validate(made.model_copy(update={"forms": tuple(forms)}).model_dump())


def key(item: str, choice: str = "") -> str:
    return Cell("hyogo", item, "", choice).key


@dataclass
class Night:
    """`values`: what units hold in the slot at hand; `seen`: what the prefecture approved of it; `public`: released."""

    service: Reporting
    desk: Desk
    clock: Publication
    units: tuple[str, ...]
    wards: tuple[str, ...]
    final: dict[str, Figures]
    publish: dict[str, datetime]
    chance: random.Random = field(default_factory=lambda: random.Random(28))
    values: dict[str, Figures] = field(default_factory=dict)
    seen: dict[str, Figures] = field(default_factory=lambda: defaultdict(dict))
    public: dict[str, Figures] = field(default_factory=lambda: defaultdict(dict))
    published: dict[str, dict[str, Figures]] = field(default_factory=dict)
    back: set[tuple[str, str]] = field(default_factory=set)
    corrections: int = 0
    notices: int = 0
    warnings: int = 0

    def owner(self, unit: str, person: int = 1) -> Actor:
        role = Role.WARD if unit in self.wards else Role.MUNICIPALITY
        return Actor(f"{unit}の{person}人目", f"{unit}選管", role, unit)

    def of(self, unit: str, form: str, slot: str) -> dict[str, Any]:
        return {"command_id": uuid4(), "election": CODE, "form": form, "slot": slot, "unit": unit}

    def submit(
        self, unit: str, figures: Figures, where: tuple[str, str], actor: Actor | None = None, **more: Any
    ) -> None:
        cells = tuple(
            CellInput(contest=c.contest, item=c.item, choice=c.choice, value=text)
            for c, text in ((Cell.from_key(one), text) for one, text in figures.items())
        )
        request = desks.Submit(**self.of(unit, *where), figures=cells, **more)
        try:
            self.desk.submit(request, actor or self.owner(unit))
        except RulesRefused as refused:
            if {finding.severity for finding in refused.findings} != {"warning"}:
                raise
            self.warnings += len(refused.findings)
            explained = {finding.key: "読み合わせ済み" for finding in refused.findings}
            again = request.model_copy(update={"command_id": uuid4(), "explanations": explained})
            self.desk.submit(again, actor or self.owner(unit))
        self.values[unit] = self.values.get(unit, {}) | figures
        self.back -= {(unit, cell) for cell in self.values[unit]}

    def send_back(self, unit: str, cell: str, where: tuple[str, str]) -> None:
        request = desks.SendBack(
            **self.of(unit, *where), cells=(cell,), reason_class="query", reason="確認してください"
        )
        by = KOBE if unit in self.wards and cell == key("ballots_counted") else PREFECTURE
        self.desk.send_back(request, by)
        self.back.add((unit, cell))

    def approve(self, where: tuple[str, str], *actors: Actor) -> None:
        """Everything green in one press at each office; nobody else's return is in the way. What declares a difference
        is approved by itself."""
        for actor in actors:
            request = desks.ApproveGreen(command_id=uuid4(), election=CODE, form=where[0], slot=where[1])
            for unit, outcome in self.desk.approve_green(request, actor):
                new = isinstance(outcome, RulesRefused)  # what a neighbour's return made the rules see
                assert new or not isinstance(outcome, Exception) or isinstance(outcome, NotNow), (
                    unit,
                    outcome,
                )
                if new or isinstance(outcome, LookFirst):
                    one = self.desk.returns.open(CODE, *where, unit)
                    level = next(level for level, area in one.chain if area == actor.jurisdiction)
                    cells = tuple(one.case.waiting_at(level))
                    self.desk.approve(desks.Approve(**self.of(unit, *where), cells=cells), actor)
        for unit, figures in self.values.items():
            if NOT_YET not in figures.values():
                self.seen[unit] |= {
                    one: text for one, text in figures.items() if (unit, one) not in self.back
                }

    def changed(self, unit: str, number: int) -> Figures:
        """One candidate's votes as they should have been."""
        cell = key("votes", CANDIDATES[number % len(CANDIDATES)])
        return {cell: str(int(self.final_of(unit)[cell]) + 1 + number % 5)}

    def final_of(self, unit: str) -> Figures:
        """What the unit holds, or held before it withdrew."""
        held = self.values[unit]
        return held if NOT_YET not in held.values() else self.seen[unit]

    def tick(self, now: datetime) -> Release | None:
        """What went out, checked against the dictionary: every difference once, with before and after."""
        expected = {
            (unit, cell, self.public[unit].get(cell), text)
            for unit, figures in self.seen.items()
            for cell, text in figures.items()
            if self.public[unit].get(cell) != text
        }
        made = self.clock.tick(CODE, now)
        if not made:
            return None
        (release,) = made
        if release.number > 1:
            told = [(one.unit, one.cell, one.before, one.after) for one in release.changes]
            assert len(told) == len(set(told))
            assert set(told) == expected
            self.notices += 1
        for unit, figures in self.seen.items():
            self.public[unit] |= figures
        assert self.clock.tick(CODE, now) == []
        return release


def _figures(chance: random.Random) -> Figures:
    votes = {key("votes", code): chance.randint(600, 40_000) for code in CANDIDATES}
    invalid = chance.randint(100, 2_000)
    ballots = sum(votes.values()) + invalid
    accounts = {
        "voters": ballots + chance.randint(0, 9),
        "ballots_counted": ballots,
        "valid_votes": ballots - invalid,
        "invalid_votes": invalid,
        "invalid_blank": invalid,
    }
    not_deposited = accounts["voters"] - ballots
    numbers = {key(item): number for item, number in accounts.items()} | votes
    return {
        cell: str(number) for cell, number in {**numbers, key("ballots_not_deposited"): not_deposited}.items()
    }


def _interim(final: Figures, part: int) -> Figures:
    """What is counted by the slot; all voters are known."""
    kept = {cell: text for cell, text in final.items() if "|votes|" in cell or cell == key("ballots_counted")}
    counted = {cell: str(int(text) * part // PARTS) for cell, text in kept.items()}
    return {key("voters"): final[key("voters")], **counted}


def _interim_slot(night: Night, slot: str, part: int) -> None:
    where, due = ("count_flash", slot), night.publish[slot]
    night.values, night.seen, night.public, night.back = {}, defaultdict(dict), defaultdict(dict), set()
    order = list(night.units)
    night.chance.shuffle(order)
    late, again, right, withdrawn, above, own = (
        order[0:2], order[2:5], order[5:7], order[7:9], order[9:11], order[11:14],
    )  # fmt: skip
    for unit in set(night.units) - set(late):
        night.submit(unit, _interim(night.final[unit], part), where)
    for number, unit in enumerate(again):
        night.send_back(unit, next(iter(night.changed(unit, number))), where)
    night.approve(where, KOBE, PREFECTURE)
    for unit in right:
        night.send_back(unit, key("ballots_counted"), where)
    for unit in withdrawn:
        request = desks.Withdraw(**night.of(unit, *where), reason="別の開票区の表だった")
        night.desk.withdraw(request, night.owner(unit))
        night.values[unit] = dict.fromkeys(night.values[unit], NOT_YET)

    assert night.tick(due - timedelta(seconds=1)) is None
    first = night.tick(due)
    assert first is not None
    assert (first.number, first.approved, first.expected) == (1, len(night.units) - len(late), 49)
    assert first.under_correction == tuple(sorted([*again, *right, *withdrawn]))
    night.published[slot] = {unit: dict(figures) for unit, figures in night.public.items() if figures}

    now = due
    for number, unit in enumerate(own):  # each of them is one notice
        now += timedelta(minutes=1)
        fix = night.changed(unit, number)
        night.submit(unit, fix, where, reason="集計表の読み違い")
        assert night.tick(now) is None
        for actor in (KOBE, PREFECTURE) if unit in night.wards else (PREFECTURE,):
            night.desk.approve(desks.Approve(**night.of(unit, *where)), actor)
        night.seen[unit] |= fix
        notice = night.tick(now)
        assert notice is not None
        assert [(one.unit, one.cell, one.after) for one in notice.changes] == [
            (unit, *next(iter(fix.items())))
        ]
    for unit in late:
        night.submit(unit, _interim(night.final[unit], part), where)
    for number, unit in enumerate(again):
        night.submit(unit, night.changed(unit, number), where, reason="束の数え違い")
    for unit in right:
        cells = (key("ballots_counted"),)
        night.desk.answer(desks.Answer(**night.of(unit, *where), cells=cells, agrees=True), night.owner(unit))
        night.back -= {(unit, cells[0])}
    for number, unit in enumerate(withdrawn):
        true = _interim(night.final[unit], part) | night.changed(unit, number)
        night.submit(unit, true, where, reason="正しい開票区の表")
    for number, unit in enumerate(above):
        night.submit(unit, night.changed(unit, number), where, PREFECTURE_2, reason="電話で確認")
    night.approve(where, KOBE, PREFECTURE)
    last = night.tick(now + timedelta(minutes=5))
    assert last is not None
    assert (last.approved, last.under_correction) == (49, ())
    assert night.public == night.values
    night.corrections += sum(map(len, (again, right, withdrawn, above, own)))


def _final(night: Night) -> None:
    where = ("final_count", "final")
    night.values, night.seen, night.public, night.back = {}, defaultdict(dict), defaultdict(dict), set()
    doubtful, again = night.units[::5][:10], night.units[1::5][:2]
    for unit in night.units:
        figures = night.final[unit]
        if unit not in doubtful:
            night.submit(unit, figures, where)
            continue
        more = {key("voters"): str(int(figures[key("ballots_counted")]) - 3)}  # a surplus nobody can explain
        night.final[unit] = figures = {
            cell: text for cell, text in (figures | more).items() if cell != key("ballots_not_deposited")
        }
        with pytest.raises(RulesRefused) as refused:
            night.submit(unit, figures, where)
        (finding,) = (one for one in refused.value.findings if one.severity == "error")
        warned = {one.key: "読み合わせ済み" for one in refused.value.findings if one.severity == "warning"}
        assert (finding.rule, finding.difference, finding.waivable) == ("J11", Decimal(3), True)
        night.submit(
            unit,
            figures,
            where,
            declarations={finding.key: "recount"},
            explanations=warned,
            reason="再点検でも一致せず",
        )
    for unit in again:
        night.send_back(unit, key("votes", "c01"), where)
        more = {
            one: str(int(night.values[unit][one]) + 7) for one in (key("votes", "c01"), key("valid_votes"))
        }
        less = {
            one: str(int(night.values[unit][one]) - 7) for one in (key("invalid_votes"), key("invalid_blank"))
        }
        night.submit(unit, more | less, where, reason="束の読み違い")
        night.final[unit] = night.final[unit] | more | less
    night.approve(where, KOBE, PREFECTURE, MINISTRY)
    for unit in night.units:
        done = night.desk.certify(desks.Certify(**night.of(unit, *where)), MINISTRY)
        assert done.status is Status.CERTIFIED
    night.corrections += len(doubtful) + len(again)


@pytest.fixture(scope="module")
def night(module_database: Database) -> Iterator[Night]:
    """The whole night, played once."""
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    made = definition()
    service.define_election(made, SYSTEM, uuid4())
    desk = Desk(service)
    roster = service.catalog.election(CODE).roster
    units = roster.contest_units["hyogo"]
    wards = tuple(unit for unit in units if "28100" in roster.places[unit]["administrative"])
    chance = random.Random(13)
    (flash,) = [form for form in made.forms if form.code == "count_flash"]
    one = Night(
        service,
        desk,
        Publication(service, desk),
        units,
        wards,
        {unit: _figures(chance) for unit in units},
        {slot.code: slot.publish_at for slot in flash.slots if slot.publish_at is not None},
    )
    for part, slot in enumerate(SLOTS, 1):
        _interim_slot(one, slot, part)
    _final(one)
    yield one
    ledger.close()


def test_41_municipalities_in_49_units(night: Night) -> None:
    assert (len(night.units), len(night.wards)) == (49, 9)
    assert len(night.units) - len(night.wards) + 1 == 41
    gaps = [b - a for a, b in zip(night.publish.values(), list(night.publish.values())[1:], strict=False)]
    assert all(timedelta(minutes=30) <= gap <= timedelta(minutes=60) for gap in gaps)


def test_no_interim_publication_is_missed_or_late(night: Night) -> None:
    assert night.corrections == 60
    for slot in SLOTS:
        released = [one.event for one in night.service.ledger.stream(slot_stream(CODE, "count_flash", slot))]
        assert all(isinstance(one, SlotReleased) for one in released)
        first, *notices = released
        assert isinstance(first, SlotReleased)
        assert (first.number, first.due, first.changes) == (1, night.publish[slot], ())
        assert len(notices) == 4  # three of one correction each, one of all that came later
    assert night.notices == 4 * len(SLOTS)


def test_what_was_not_approved_is_no_zero(night: Night) -> None:
    """Fewer cells than units × items: late units and cells sent back are not there, rather than 0."""
    for public in night.published.values():
        cells = [text for figures in public.values() for text in figures.values()]
        assert len(public) == 47
        assert len(cells) == 47 * (2 + len(CANDIDATES)) - 3
        assert not {NOT_YET, "0"} & set(cells)


def _sums(night: Night, units: Iterable[str], code: str) -> Decimal:
    return sum((Decimal(night.final[unit][key("votes", code)]) for unit in units), Decimal(0))


def test_certified_totals_are_an_independent_sum(night: Night, module_database: Database) -> None:
    projector = Projector(module_database)
    projector.catch_up()
    areas = {"28100": night.wards, "28": night.units, "JP": night.units}
    reader = ViewReader(module_database)
    try:
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            election = snapshot.election(CODE)
            for layer in ("entered", "prefecture", "nation"):
                query = TotalsQuery(
                    "final_count",
                    "final",
                    "hyogo",
                    "administrative",
                    ("votes",),
                    areas=tuple(areas),
                    layer=Layer.named(layer),
                )
                rows = {(row.code, row.choice): row for row in snapshot.totals(election, query)}
                for area, units in areas.items():
                    for code in CANDIDATES:
                        row = rows[area, code]
                        assert Decimal(row.value or -1) == _sums(night, units, code)
                        assert (row.reported, row.expected) == (len(units), len(units))
    finally:
        reader.close()
    assert verify(module_database).differences == []
