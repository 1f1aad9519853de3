"""What the engine says of a return, as far as its sheet is to say the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from reporting.domain.figures import Cell, Value
from reporting.kit.formulas import KINDS
from reporting.rules.bounds import same_people
from reporting.rules.catalogue import load_rules
from reporting.rules.context import Context
from reporting.rules.engine import check

HELD = {(rule.code, check.part) for rule in load_rules() for check in rule.checks if isinstance(check, KINDS)}
Told = set[tuple[str, str, str]]
"""Rule, and its sentence in Japanese and in English."""


def by_engine(context: Context, cells: Collection[str], figures: Mapping[str, Value]) -> Told:
    """`cells`: keys of the sheet's cells."""
    return {
        (finding.rule, finding.message_ja, finding.message_en)
        for finding in check(context.definition.rules, replace(context, figures=figures))
        if (finding.rule, finding.key.split("|")[2]) in HELD
        and (finding.rule != "J26" or full(context, cells, figures, finding.contest))
    }


def full(context: Context, cells: Collection[str], figures: Mapping[str, Value], code: str) -> bool:
    """No cell of the contest's voters is blank or without a number: only then does a sheet tell J26."""
    contest = next(contest for contest in context.definition.contests if contest.code == code)
    people = same_people(context, contest)
    return all(isinstance(figures.get(key), Decimal) for key in cells if Cell.from_key(key).contest in people)
