"""Like with like: over the units that reported both times, through mergers and splits, against a plain recomputation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples

from projections.read import Snapshot, ViewReader
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader, SeriesRow
from reporting.application.commands import CorrectFigures, EnterFigures
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.areas import AreaRecord
from reporting.domain.figures import format_value, parse_value
from reporting.domain.layer import ENTERED
from reporting.domain.returns import FiguresRefused
from reporting.ledger import Ledger, return_stream

THEN, NOW, CHANGED = date(2020, 10, 27), date(2024, 10, 27), date(2022, 4, 1)
UNITS = {"e2020": ("11", "12", "20", "31", "32"), "e2024": ("11", "12", "21", "22", "33")}
ABOVE = {
    "11": ("10", "P1", "JP"), "12": ("10", "P1", "JP"), "20": ("P1", "JP"), "31": ("P2", "JP"), "32": ("P2", "JP"),
    "21": ("P1", "JP"), "22": ("P2", "JP"), "33": ("P2", "JP"),
}  # fmt: skip
"""22, a part of what was 20, went to the other prefecture."""
GROUPS = ({"11"}, {"12"}, {"20"}, {"31", "32"}), ({"11"}, {"12"}, {"21", "22"}, {"33"})
CELLS = ("voters", "electors", "votes_a")
ITEMS = {"voters": ("voters",), "turnout": ("voters", "electors"), "votes": ("votes_a",)}
TEXTS = st.integers(0, 900).map(str) | st.sampled_from(["!none", "!not_reported", "!suppressed", "0"])
REPORTS = st.dictionaries(
    st.sampled_from([(election, unit) for election, units in UNITS.items() for unit in units]),
    st.dictionaries(st.sampled_from(CELLS), TEXTS, min_size=1),
    min_size=1,
)


def areas() -> list[AreaRecord]:
    """2020: 20, 31 and 32; since 2022: 21 and 22 (of 20), 33 (of 31 and 32)."""
    gone = ("20", "31", "32")
    kept = [area for area in tiny.AREAS if area.geography == "administrative" and area.code not in gone]
    old = [
        area.model_copy(update={"valid_to": CHANGED})
        for area in tiny.AREAS
        if area.geography == "administrative" and area.code in gone
    ]
    new = [
        AreaRecord(
            geography="administrative", code=code, level="municipality", name=f"地域{code}", parent=ABOVE[code][0],
            valid_from=CHANGED,
        )
        for code in ("21", "22", "33")
    ]  # fmt: skip
    return [*kept, *old, *new]


def _named(codes: str) -> tuple[AreaName, ...]:
    return tuple(AreaName(code=code, name=f"地域{code}") for code in codes.split())


CHANGES = [
    AreaChange(id="split", date=CHANGED, kind="split", source="t", from_areas=_named("20"), to_areas=_named("21 22")),
    AreaChange(id="merged", date=CHANGED, kind="merged", source="t", from_areas=_named("31 32"), to_areas=_named("33")),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    coverage: str | None
    value: str | None
    previous: str | None
    difference: str | None

    @classmethod
    def of(cls, row: SeriesRow) -> Compared:
        return cls(row.compared, row.compared_value, row.compared_previous_value, row.compared_difference)


class Story:
    def __init__(self, database: Database, service: Reporting) -> None:
        self.service, self.projector = service, Projector(database)
        service.declare_registry("tinyland", tiny.GEOGRAPHIES, areas(), tiny.SYSTEM, uuid4())
        base = tiny.election()
        form = base.forms[0].model_copy(update={"slots": base.forms[0].slots[:1]})
        for code, day in (("e2020", THEN), ("e2024", NOW)):
            definition = tiny.election(
                code=code, polling_date=day, is_test=False, forms=(form,), contests=base.contests[:1],
                geographies=["administrative"],
            )  # fmt: skip
            service.define_election(definition, tiny.SYSTEM, uuid4())
        start = {code: AreaName(code=code, name=f"地域{code}") for code in ("11", "12", "20", "31", "32")}
        register_lineage(service, "tinyland", date(2000, 1, 1), start, CHANGES, tiny.SYSTEM, uuid4())
        self.projector.create_if_missing()
        self.projector.catch_up()
        self.reader = ViewReader(database)
        self.held: dict[tuple[str, str], dict[str, str]] = {
            (election, unit): {} for election, units in UNITS.items() for unit in units
        }

    def report(self, reports: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
        for (election, unit), figures in reports.items():
            for name, text in figures.items():
                version = self.service.return_case(return_stream(election, "final", "final", unit)).version
                where = {
                    "command_id": uuid4(), "election": election, "form": "final", "slot": "final", "unit": unit,
                    "expected_version": version, "figures": tiny.cells(**{name: text}),
                }  # fmt: skip
                try:
                    if name in self.held[election, unit]:
                        why = {"reason_class": "typing_error", "reason": "転記誤り"}
                        self.service.correct_figures(CorrectFigures(**where, **why), tiny.SYSTEM)
                    else:
                        self.service.enter_figures(EnterFigures(**where), tiny.SYSTEM)
                except FiguresRefused as refused:
                    assert refused.problems[0].kind == "unchanged"
                self.held[election, unit][name] = text
        self.projector.catch_up()

    def expected(self, area: str, item: str, boundaries: date | None) -> Compared:
        """The plain recomputation: groups that lie in the area and have every figure at both elections."""
        names = ITEMS[item]
        within = [self._within(area, election, boundaries) for election in UNITS]
        total = sum(len(group & units) for group, units in zip(GROUPS[1], [within[1]] * 4, strict=True))
        if boundaries is not None and area == "20":
            total = 2
        sums = [[Fraction(0)] * len(names) for _ in UNITS]
        numbers = [[0] * len(names) for _ in UNITS]
        compared = 0
        for then, now in zip(*GROUPS, strict=True):
            if not (then <= within[0] and now <= within[1]):
                continue
            said = [
                [[self.held[election, unit].get(name) for name in names] for unit in units]
                for election, units in zip(UNITS, (then, now), strict=True)
            ]
            flat = [text for side in said for unit in side for text in unit]
            if any(text is None or text in ("!not_reported", "!suppressed") for text in flat):
                continue
            compared += len(now)
            for side, members in enumerate(said):
                for texts in members:
                    for place, text in enumerate(texts):
                        if isinstance(number := parse_value(str(text)), Decimal):
                            sums[side][place] += Fraction(number)
                            numbers[side][place] += 1
        shown: list[Fraction | None] = [
            None
            if not all(numbers[side]) or (len(names) == 2 and not sums[side][1])
            else sums[side][0]
            if len(names) == 1
            else 100 * sums[side][0] / sums[side][1]
            for side in (0, 1)
        ]
        places = 2 if len(names) == 2 else 0
        previous, value = (_text(one, places) for one in shown)
        both = shown[0] is not None and shown[1] is not None
        difference = _text(shown[1] - shown[0], places) if both else None  # type: ignore[operator]
        return Compared(f"{compared}/{total}", value, previous, difference)

    def _within(self, area: str, election: str, boundaries: date | None) -> set[str]:
        """Units that lie in the area: of one of a day those that lead into it, as reported those that it came from."""
        own = {unit for unit in UNITS[election] if area in (unit, *ABOVE[unit])}
        if area in ("P1", "P2", "JP", "10"):
            return own
        into = {"33": {"31", "32"}, "20": {"21", "22"}, "21": {"20"}, "22": {"20"}}
        return own | (into.get(area, set()) & set(UNITS[election]))


def _text(number: Fraction | None, places: int) -> str | None:
    """Half up, away from 0; counts without decimals."""
    if number is None:
        return None
    size = (abs(number) * 10**places + Fraction(1, 2)) // 1
    shown = Decimal(int(size)).scaleb(-places)
    return (
        format(-shown if number < 0 and size else shown, "f")
        if places
        else format_value(-shown if number < 0 else shown)
    )


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[Story]:
    service = Reporting(Ledger(module_database))
    made = Story(module_database, service)
    yield made
    made.reader.close()
    service.ledger.close()


def rows(snapshot: Snapshot, boundaries: date | None = None, position: int | None = None) -> list[SeriesRow]:
    areas = (
        None if boundaries is None else ("P1", "P2", "JP", "10", "11", "33" if boundaries == NOW else "20")
    )
    query = SeriesQuery(
        ("voters", "turnout", "votes"), geography="administrative", areas=areas, boundaries=boundaries, position=position,
        comparable=True, limit=1_000,
    )  # fmt: skip
    found = SeriesReader(snapshot, query, lambda _: ENTERED).rows()
    return [row for row in found if row.choice in ("", "a")]


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS)
def test_like_with_like_equals_a_plain_recomputation(
    story: Story, reports: dict[tuple[str, str], dict[str, str]]
) -> None:
    with story.reader.snapshot() as snapshot:
        before, seen = snapshot.position, rows(snapshot)
    story.report(reports)
    with story.reader.snapshot() as snapshot:
        for boundaries in (None, NOW, THEN):
            checked = 0
            for row in rows(snapshot, boundaries):
                if row.election == "e2020" or row.previous_election is None:
                    assert Compared.of(row) == Compared(None, None, None, None)
                    continue
                assert Compared.of(row) == story.expected(row.area, row.item, boundaries), (boundaries, row)
                checked += 1
            assert checked >= 5 * len(ITEMS)
        if before < snapshot.position:
            past = rows(snapshot, position=before)
            assert [replace(row, position=0, citation="") for row in past] == [
                replace(row, position=0, citation="") for row in seen
            ]


def test_a_partial_night_is_compared_over_the_units_that_reported_both_times(story: Story) -> None:
    story.report({key: {"voters": "!not_reported"} for key in story.held})
    story.report({("e2020", unit): {"voters": "100"} for unit in UNITS["e2020"]})
    story.report(
        {
            ("e2024", "11"): {"voters": "90"},
            ("e2024", "33"): {"voters": "230"},
            ("e2024", "21"): {"voters": "7"},
        }
    )
    with story.reader.snapshot() as snapshot:
        query = SeriesQuery(("voters",), geography="administrative", areas=("JP",), comparable=True)
        reader = SeriesReader(snapshot, query, lambda _: ENTERED)
        last = reader.rows()[-1]
        units = reader.compared_units()
    assert (last.value, last.previous_value, last.difference) == ("327", "500", None)
    assert Compared.of(last) == Compared("2/5", "320", "300", "20")
    told = {(one.election, one.unit): one.why_not for one in units}
    assert told == {
        ("e2024", "11"): "", ("e2024", "12"): "lacks", ("e2024", "21"): "counterpart", ("e2024", "22"): "lacks",
        ("e2024", "33"): "", ("e2020", "11"): "", ("e2020", "12"): "counterpart", ("e2020", "20"): "counterpart",
        ("e2020", "31"): "", ("e2020", "32"): "",
    }  # fmt: skip
    assert {one.group for one in units if one.unit in ("31", "32", "33")} == {"then=31|then=32|now=33"}


def test_what_became_part_of_another_area_is_left_out_and_said_so(story: Story) -> None:
    story.report({key: {"voters": "10"} for key in story.held})
    with story.reader.snapshot() as snapshot:
        query = SeriesQuery(("voters",), geography="administrative", areas=("P1",), comparable=True)
        reader = SeriesReader(snapshot, query, lambda _: ENTERED)
        last = reader.rows()[-1]
        why = {(one.election, one.unit): one.why_not for one in reader.compared_units()}
    assert Compared.of(last) == Compared("2/3", "20", "20", "0")
    assert why["e2020", "20"] == why["e2024", "21"] == "elsewhere"


def test_a_unit_divided_on_the_night_is_compared_whole_until_its_parts_have_reported(
    database: Database, service: Reporting
) -> None:
    base = tiny.election()
    contests = base.contests[:1]
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    for code, day, voters in (("then", THEN, "80"), ("tiny", NOW, "85")):
        one = tiny.election(code=code, polling_date=day, contests=contests)
        service.define_election(one, tiny.SYSTEM, uuid4())
        figures = tiny.cells(voters=voters)
        where = {
            "command_id": uuid4(),
            "election": code,
            "form": "final",
            "slot": "final",
            "expected_version": 0,
        }
        service.enter_figures(EnterFigures(**where, unit="20", figures=figures), tiny.SYSTEM)
    gone = [{"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}]
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": gone}
    divided = tiny.election(contests=contests, units=units)
    service.define_election(divided, tiny.SYSTEM, uuid4(), reason="離島")
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    parts = [
        town.model_copy(
            update={"code": code, "level": "ward", "parent": "20", "valid_from": date(2024, 10, 1)}
        )
        for code in ("21", "22")
    ]
    service.declare_registry("tinyland", (), parts, tiny.SYSTEM, uuid4())
    projector, reader = Projector(database), ViewReader(database)
    projector.create_if_missing()
    told: list[tuple[Compared, Compared]] = []
    positions = []
    try:
        for part, reported in (("", 0), ("21", 40), ("22", 46)):
            if part:
                tiny.enter(service, part, voters=reported)
            projector.catch_up()
            with reader.snapshot() as snapshot:
                positions.append(snapshot.position)
                told.append(_above(snapshot, None))
        with reader.snapshot() as snapshot:
            assert [_above(snapshot, position) for position in positions] == told
    finally:
        reader.close()
    before = Compared("2/6", "85", "80", "5"), Compared("2/2", "85", "80", "5")
    after = Compared("2/6", "86", "80", "6"), Compared("2/2", "86", "80", "6")
    assert told == [before, before, after]


def _above(snapshot: Snapshot, position: int | None) -> tuple[Compared, Compared]:
    """The nation and the divided town."""
    query = SeriesQuery(
        ("voters",), geography="administrative", areas=("JP", "20"), position=position, slot="final", tests=True,
        comparable=True,
    )  # fmt: skip
    found = SeriesReader(snapshot, query, lambda _: ENTERED).rows()
    last = {row.area: Compared.of(row) for row in found if row.election == "tiny"}
    return last["JP"], last["20"]
