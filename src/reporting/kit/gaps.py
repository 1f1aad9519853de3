"""What a form needs and a sheet does not say yet, as formulas (J27). Pure.

The cells that may lack stand in hidden rows, in the engine's order, each with how many lack up to it, and its name: the rule's
sentence names the first four.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from reporting.domain.election import Contest
from reporting.domain.figures import Absence, Cell
from reporting.kit.ground import STATE, TYPED, UNKNOWN, VALUE, SheetCheck, SheetGround, quoted, ranges
from reporting.kit.messages import message
from reporting.kit.plan import FIRST_ROW
from reporting.rules.blanks import elsewhere, named_cell
from reporting.rules.checks import BreakdownSum, Severity, Whole
from reporting.rules.evaluate import split_places
from reporting.rules.model import RuleDefinition
from reporting.rules.whole import Need, needs
from reporting.words import Words

BLANKS, UNKNOWNS, NAME_JA, NAME_EN = "K", "L", "M", "N"
COUNT = "#"
COMMA = "\u3001"
NAMED = 4
"""Cells that the sentence names; of the others it says how many."""


@dataclass(frozen=True, slots=True)
class GapRow:
    """A hidden row: `blanks`, `unknowns`: formulas without `=` of how many lack, or are stated as not known, up to here."""

    row: int
    key: str
    name: Words
    blanks: str
    unknowns: str

    @property
    def is_blank(self) -> str:
        """Formula: this very cell lacks."""
        return f"{BLANKS}{self.row}>N({BLANKS}{self.row - 1})"


@dataclass
class Gaps:
    """Of one sheet. `splits`: checks of breakdowns in force."""

    ground: SheetGround
    splits: Sequence[BreakdownSum]
    rows: list[GapRow] = field(default_factory=list)
    _of: dict[str, list[GapRow]] = field(default_factory=dict)

    def checks(
        self, rule: RuleDefinition, severity: Severity, check: Whole, contest: Contest
    ) -> Iterator[SheetCheck]:
        """One for the contest, where the form needs anything of it. It is silent until something of the contest is typed."""
        listed = self._listed(contest)
        if not listed:
            return
        column = BLANKS if check.kind == "blank" else UNKNOWNS
        first, last = listed[0].row, listed[-1].row
        count = f"{column}{last}"
        begun = f"COUNTA({ranges(TYPED, self._own(contest))})>0"
        said = message.words("cells_left_out", count=COUNT)
        told = []
        for names, comma, more in ((NAME_JA, COMMA, said.ja), (NAME_EN, ", ", said.en)):
            pieces = [
                f'IF({count}<{n},"",{quoted(comma if n > 1 else "")}&INDEX({names}{first}:{names}{last},MATCH({n},{column}{first}:{column}{last},0)))'
                for n in range(1, NAMED + 1)
            ]
            ahead, behind = (quoted(text) for text in f" {more}".split(COUNT))
            rest = f'IF({count}>{NAMED},{ahead}&({count}-{NAMED})&{behind},"")'
            told.append("&".join([*pieces, rest]))
        # No cell of its own: a sheet that was begun would be red all over.
        yield self.ground.made(
            rule, severity, check, contest, [begun, f"{count}>0"], "0", '""', [], more={"cells": told}
        )

    def _own(self, contest: Contest) -> list[int]:
        return [row for key, row in self.ground.rows.items() if Cell.from_key(key).contest == contest.code]

    def _listed(self, contest: Contest) -> list[GapRow]:
        if contest.code not in self._of:
            lacks: dict[str, list[str]] = {}
            unknown: dict[str, str] = {}
            context = self.ground.context
            for need in needs(context.definition, context.asked, contest, context.asked_items):
                key = need.cells[0]
                if elsewhere(context, key):
                    continue
                lacks.setdefault(key, []).append(self._lacks(need))
                unknown.setdefault(key, self._unknown(need))
            for check in self.splits:
                for place in split_places(check, context, contest):
                    self._of_split(place.whole, place.parts, lacks)
            rows = self._own(contest)
            listed: list[GapRow] = []
            for key, conditions in lacks.items() if rows else ():
                row = FIRST_ROW + len(self.rows) + len(listed)
                before = f"{{}}{row - 1}+" if listed else ""
                listed.append(
                    GapRow(
                        row, key, named_cell(context, contest, key),
                        f"{before.format(BLANKS)}IF(OR({','.join(dict.fromkeys(conditions))}),1,0)",
                        f"{before.format(UNKNOWNS)}IF({unknown.get(key, 'FALSE')},1,0)",
                    )
                )  # fmt: skip
            self._of[contest.code] = listed
            self.rows += listed
        return self._of[contest.code]

    def _missing(self, need: Need) -> list[str]:
        """None of them is there, and nothing says that there is none of it."""
        rows = self.ground.rows
        conditions = [f"{STATE}{rows[key]}<>1" for key in need.cells if key in rows]
        if need.unless is not None and (row := rows.get(need.unless)) is not None:
            conditions.append(f"NOT(AND({STATE}{row}=1,{VALUE}{row}=0))")
        return conditions

    def _lacks(self, need: Need) -> str:
        row = self.ground.rows.get(need.cells[0])
        blank = [] if row is None else [f'{TYPED}{row}=""']
        if row is not None and len(need.cells) == 1 and need.unless is None:
            return blank[0]
        return f"AND({','.join([*blank, *self._missing(need)]) or 'TRUE'})"

    def _unknown(self, need: Need) -> str:
        row = self.ground.rows.get(need.cells[0])
        if row is None:
            return "FALSE"
        said = f"{STATE}{row}={UNKNOWN}"
        if len(need.cells) == 1 and need.unless is None:
            return said
        return f"AND({said},{','.join(self._missing(need))})"

    def _of_split(self, whole: str, parts: tuple[str, ...], lacks: dict[str, list[str]]) -> None:
        """The rest of a breakdown that was begun, in the order in which it is added up."""
        rows, context = self.ground.rows, self.ground.context
        begun = [f'{TYPED}{rows[key]}<>""' for key in parts if key in rows]
        if not begun:
            return
        any_begun = f"OR({','.join(begun)})"
        for key in (*parts, whole):
            held = context.around.get(key)
            if isinstance(held, Decimal) or held is Absence.NONE or elsewhere(context, key):
                continue
            row = rows.get(key)
            blank = [] if row is None else [f'{TYPED}{row}=""']
            lacks.setdefault(key, []).append(f"AND({','.join([*blank, any_begun])})")
