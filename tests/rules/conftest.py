"""One unit's counting night: an election with every item the rules speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Absence, Value
from reporting.domain.workflow import RuleUse
from reporting.rules.context import Context
from reporting.rules.engine import Examination, check, examine
from reporting.rules.siblings import SiblingReturns

COUNTS = [
    "electors",
    "voters",
    "abstentions",
    "voters_polling_day",
    "voters_early",
    "voters_absentee",
    "voters_overseas",
    "voters_provisional",
    "registered_electors",
    "polling_places",
    "polling_places_reported",
    "ballots_counted",
    "valid_votes",
    "invalid_votes",
    "invalid_blank",
    "invalid_other_entry",
    "invalid_unknown_candidate",
    "invalid_multiple",
    "ballots_not_accepted",
]
SIGNED = ["ballots_not_deposited", "ballots_other"]
VOTES = ["votes", "party_votes", "named_votes", "priority_votes"]
JUDGES = ["dismiss", "keep", "invalid_entries"]
RESIDUES = ["votes_truncated", "votes_unattributed"]
BROKEN_DOWN = {"electors", "voters", "abstentions"}


def _label(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


def _contest(code: str, kind: str, choices: Iterable[dict[str, Any]]) -> dict[str, Any]:
    area = {"geography": "administrative", "area": "JP"}
    return {"code": code, "label": _label(code), "kind": kind, "area": area, "choices": list(choices)}


def _item(code: str) -> dict[str, Any]:
    breakdowns: list[list[str]] = []
    if code in BROKEN_DOWN:
        breakdowns = [["sex"], ["residence"], ["residence", "sex"]]
    elif code == "polling_places":
        breakdowns = [["closing"]]
    return {
        "code": code,
        "label": _label(code),
        "kind": "votes" if code in VOTES + RESIDUES else "count",
        "by_choice": code in VOTES + JUDGES,
        "signed": code in SIGNED,
        "breakdowns": breakdowns,
    }


def _election() -> ElectionDefinition:
    everything = COUNTS + SIGNED + VOTES + JUDGES + RESIDUES
    turnout = COUNTS[:11]
    people = [
        {"code": code, "name": name, "party": "無所属"}
        for code, name in (("a", "甲"), ("b", "乙"), ("c", "丙"))
    ]
    listed = [
        {"code": "P", "name": "ある党"},
        {"code": "P1", "name": "一郎", "party": "ある党", "on_list": "P"},
        {"code": "P2", "name": "二郎", "on_list": "P"},
        {"code": "Q", "name": "別の党"},
    ]
    return ElectionDefinition.model_validate(
        {
            "code": "night",
            "label": _label("night"),
            "kind": "lower_house",
            "polling_date": date(2026, 2, 8),
            "registry": "tiny",
            "geographies": ["administrative"],
            "units": {"geography": "administrative", "levels": ["municipality"]},
            "dimensions": [
                {
                    "code": code,
                    "label": _label(code),
                    "values": [{"code": v, "label": _label(v)} for v in values],
                }
                for code, values in (
                    ("sex", ["m", "f"]),
                    ("residence", ["domestic", "overseas"]),
                    ("closing", ["t1800", "t2000"]),
                )
            ],
            "items": [_item(code) for code in everything],
            "contests": [
                _contest("smd", "single_member", people),
                _contest("pr", "proportional", [{"code": c, "name": f"党{c}"} for c in "abcdefg"]),
                _contest("list", "upper_proportional", listed),
                _contest(
                    "review", "retention", [{"code": f"j{i}", "name": f"裁判官{i}"} for i in (1, 2, 3, 4)]
                ),
            ],
            "forms": [
                {
                    "code": "turnout",
                    "label": _label("turnout"),
                    "items": turnout,
                    "cumulative": True,
                    "slots": [{"code": code, "label": _label(code)} for code in ("t0900", "t1100", "final")],
                },
                {
                    "code": "count",
                    "label": _label("count"),
                    "items": [code for code in everything if code not in turnout],
                    "cumulative": True,
                    "slots": [{"code": code, "label": _label(code)} for code in ("i2200", "final")],
                },
            ],
        }
    )


ELECTION = _election()


def _full(key: str) -> str:
    return key + "|" * (3 - key.count("|"))


def _figures(given: Mapping[str, Any]) -> dict[str, Value]:
    return {
        _full(key): value if isinstance(value, Absence) else Decimal(str(value))
        for key, value in given.items()
    }


def context(form: str, figures: Mapping[str, Any], slot: str = "final", **around: Any) -> Context:
    """Keys may leave out trailing empty parts: `smd|voters`, `smd|votes||a`."""
    other = {at: _figures(values) for at, values in around.pop("other_forms", {}).items()}
    earlier = {at: _figures(values) for at, values in around.pop("earlier", {}).items()}
    later = {at: _figures(values) for at, values in around.pop("later", {}).items()}
    previous = _figures(around.pop("previous", {}))
    columns = {_full(key): [Decimal(v) for v in row] for key, row in around.pop("siblings", {}).items()}
    neighbours = {
        f"n{n}": {key: row[n] for key, row in columns.items() if n < len(row)}
        for n in range(max(map(len, columns.values()), default=0))
    }
    neighbours |= {unit: _figures(given) for unit, given in around.pop("neighbours", {}).items()}
    return Context(
        ELECTION,
        form,
        slot,
        "20",
        frozenset(contest.code for contest in ELECTION.contests),
        _figures(figures),
        earlier=earlier,
        later=later,
        other_forms=other,
        previous=previous,
        neighbours=neighbours,
        **around,
    )


Run = Callable[..., Examination]


@pytest.fixture
def run() -> Run:
    """`run("J11", "count", {"smd|voters": 10}, slot=…, settings={…}, **context)`."""

    def apply(
        rules: str,
        form: str,
        figures: Mapping[str, Any],
        slot: str = "final",
        settings: Mapping[str, Mapping[str, str]] | None = None,
        **around: Any,
    ) -> Examination:
        chosen = [RuleUse(code=code, settings=dict((settings or {}).get(code, {}))) for code in rules.split()]
        one = context(form, figures, slot, **around)
        examination = examine(chosen, one)
        # Whatever a test asks: what is passed over, beside neighbours as one group, would have found nothing.
        group = SiblingReturns({**one.neighbours, one.unit: one.figures}).without(one.unit)
        beside = replace(one, neighbours=group) if one.neighbours else one
        assert check(tuple(chosen), beside) == examination.findings
        return examination

    apply.context = context  # type: ignore[attr-defined]
    return apply
