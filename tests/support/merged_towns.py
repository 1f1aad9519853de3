"""Two elections over towns that were divided and merged between them, with whatever is reported; and what like with like must say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import tiny
from hypothesis import strategies as st

from projections.read import ViewReader
from projections.runner import Projector
from projections.series.rows import SeriesRow
from reporting.application.commands import CorrectFigures, EnterFigures
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.areas import AreaRecord
from reporting.domain.figures import format_value, parse_value
from reporting.domain.returns import FiguresRefused
from reporting.ledger import return_stream

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
        self.defined = self.projector.catch_up()
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
