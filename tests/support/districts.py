"""Two districts for one seat each, a second election in one of them, and the nation's list beside: random figures, plain sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import tiny
from hypothesis import strategies as st

from projections.read import ViewReader
from projections.read.contests import SameBy, SumRow
from projections.runner import Projector
from reporting.application.commands import CellInput, CorrectFigures, EnterFigures
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import format_value, parse_value, rounded
from reporting.domain.returns import FiguresRefused
from reporting.ledger import return_stream

UNITS = {"d1": ("11", "20"), "d2": ("12", "31", "32"), "d3": ("12", "31", "32")}
CHOICES = {
    "d1": (("1", "甲党", "p.x"), ("2", "乙党", None)),
    "d2": (("1", "甲党", "p.y"), ("2", "甲党", "p.x"), ("3", None, None)),
    "d3": (("1", "乙党", "p.z"),),
}
CELLS = [
    (contest, item, choice)
    for contest, choices in CHOICES.items()
    for item, choice in (("electors", ""), ("voters", ""), *(("votes", code) for code, *_ in choices))
]
TEXTS = st.integers(0, 900).map(str) | st.sampled_from(["!none", "!not_reported", "!suppressed", "0"])
REPORTS = st.lists(
    st.tuples(st.sampled_from(CELLS), st.integers(0, 2), TEXTS), min_size=1, max_size=25
)  # fmt: skip


def contest(code: str, geography: str = "electoral", area: str = "") -> dict[str, Any]:
    choices = [
        {"code": one, "name": f"{code}-{one}", "party": party, "identity": who}
        for one, party, who in CHOICES[code]
    ]
    where = {"geography": geography, "area": area or ("D1" if code == "d1" else "D2")}
    return {
        "code": code,
        "label": tiny.label(code),
        "kind": "single_member",
        "area": where,
        "choices": choices,
    }


def definition() -> Any:
    """Two districts, and a second election in one of them; `share`: votes of voters."""
    base = tiny.election()
    turnout = next(item for item in base.items if item.code == "turnout")
    share = turnout.model_copy(update={"code": "share", "numerator": "votes", "denominator": "voters"})
    form = base.forms[0].model_copy(
        update={
            "items": ("electors", "voters", "turnout", "votes", "share"),
            "slots": base.forms[0].slots[:1],
        }
    )
    return tiny.election(
        items=(*base.items, share),
        forms=(form,),
        contests=[contest(code) for code in UNITS] + [base.contests[0]],
    )


@dataclass(frozen=True, slots=True)
class Expected:
    value: str | None
    reported: int
    expected: int
    withheld: int
    contests_reported: int
    contests_expected: int

    @classmethod
    def of(cls, row: SumRow) -> Expected:
        return cls(
            row.value, row.reported, row.expected, row.withheld, row.contests_reported, row.contests_expected
        )


class Story:
    def __init__(self, database: Database, service: Reporting) -> None:
        self.service, self.projector = service, Projector(database)
        service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
        service.define_election(definition(), tiny.SYSTEM, uuid4())
        self.projector.catch_up()
        self.reader = ViewReader(database)
        self.roster = service.catalog.election("tiny").roster
        self.held: dict[tuple[str, str, str, str], str] = {}

    def report(self, reports: list[tuple[tuple[str, str, str], int, str]]) -> None:
        for (code, item, choice), place, text in reports:
            unit = UNITS[code][place % len(UNITS[code])]
            version = self.service.return_case(return_stream("tiny", "final", "final", unit)).version
            where = {
                "command_id": uuid4(), "election": "tiny", "form": "final", "slot": "final", "unit": unit,
                "expected_version": version,
                "figures": [CellInput(contest=code, item=item, choice=choice, value=text)],
            }  # fmt: skip
            try:
                if (unit, code, item, choice) in self.held:
                    why = {"reason_class": "typing_error", "reason": "転記誤り"}
                    self.service.correct_figures(CorrectFigures(**where, **why), tiny.SYSTEM)
                else:
                    self.service.enter_figures(EnterFigures(**where), tiny.SYSTEM)
            except FiguresRefused as refused:
                assert refused.problems[0].kind == "unchanged"
            self.held[unit, code, item, choice] = text
        self.projector.catch_up()

    def same(self, by: SameBy) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {}
        for code, choices in CHOICES.items():
            for one, party, who in choices:
                key = (party or f"{code}-{one}") if by is SameBy.PARTY else (who or f"{code}/{one}")
                found.setdefault(key, {}).setdefault(code, []).append(one)
        return found

    def expected(
        self, geography: str, area: str, item: str, those: Mapping[str, list[str]] | None
    ) -> Expected | None:
        """`those`: contest → choices of one party or person."""
        top, bottom = Fraction(0), Fraction(0)
        numbers, below = 0, 0
        reported = expected = withheld = whole = contests = 0
        for code, units in UNITS.items():
            here = [unit for unit in units if area in self.roster.places[unit][geography]]
            if not here or (those is not None and code not in those and item != "share"):
                continue
            above = {"turnout": ["voters"], "share": ["votes"]}.get(item, [item])
            keys = [
                (name, choice)
                for name in above
                for choice in ((those or {}).get(code, []) if those is not None else [""])
            ]
            under = {"turnout": [("electors", "")], "share": [("voters", "")]}.get(item, [])
            there = {(i, c) for (_, k, i, c) in self.held if k == code}
            keys = [key for key in keys if key in there] or keys
            n = 0
            for unit in here:
                texts = {key: self.held.get((unit, code, *key)) for key in (*keys, *under)}
                withheld += "!suppressed" in texts.values()
                if any(text is None or text in ("!not_reported", "!suppressed") for text in texts.values()):
                    continue
                n += 1
                values = {key: parse_value(str(text)) for key, text in texts.items()}
                for key, value in values.items():
                    if isinstance(value, Decimal) and key in under:
                        bottom, below = bottom + Fraction(value), below + 1
                    elif isinstance(value, Decimal):
                        top, numbers = top + Fraction(value), numbers + 1
            reported, expected, contests = reported + n, expected + len(here), contests + 1
            whole += n == len(here)
        if not contests:
            return None
        shown = None
        if item in ("turnout", "share"):
            if numbers and below and bottom:
                shown = format(rounded(100 * top / bottom, 2), "f")
        elif numbers:
            shown = format_value(Decimal(int(top)))
        return Expected(shown, reported, expected, withheld, whole, contests)
