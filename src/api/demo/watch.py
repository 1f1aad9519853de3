"""Reads the board from the live views, as any client would: one snapshot, one position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from api.demo.board import Board, Row
from api.demo.figures import roles
from projections.read import Sees, Snapshot, TotalRow, TotalsQuery, ViewReader
from reporting.domain.election import Contest, ElectionDefinition, Form
from reporting.domain.items import ItemKind
from reporting.domain.units import Roster
from reporting.errors import ReportingError

ROWS = 20_000  # more than areas on the board × items


class Watcher:
    """Shows one contest of one election: the one most units report on."""

    def __init__(self, reader: ViewReader, definition: ElectionDefinition, roster: Roster) -> None:
        self._reader, self._definition = reader, definition
        self._contest = max(
            definition.contests,
            key=lambda contest: (len(roster.contest_units[contest.code]), len(contest.choices)),
        )
        geography = definition.geographies[0]
        shown = [node for node in roster.nodes.values() if node.geography == geography and node.depth <= 1]
        self._areas = tuple(node.code for node in sorted(shown, key=lambda node: (node.depth, node.code)))
        electors, voters = roles(definition)
        turnout = _form_with(definition, self._contest, voters)
        rate = next((item.code for item in definition.items if item.kind is ItemKind.RATE), None)
        self._turnout = turnout
        self._wanted = tuple(
            code for code in (electors, voters, rate) if code and turnout and code in turnout.items
        )
        self._items = (electors, voters, rate)
        self._votes = next((item.code for item in definition.items if item.by_choice), None)
        self._count = _form_with(definition, self._contest, self._votes)

    def board(self, clock: float, counts: Mapping[str, int]) -> Board:
        """What the live views hold now; without rows until the election has reached them."""
        title, rows, slot, position = self._definition.label.ja, [], "", 0
        try:
            with self._reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
                position = snapshot.position
                slot, turnout = self._latest(snapshot)
                count = (
                    self._totals(snapshot, self._count, self._count.slots[-1].code, (self._votes,))
                    if (self._count and self._votes)
                    else {}
                )
                rows = [
                    self._row(code, turnout[code], count.get(code, []))
                    for code in self._areas
                    if code in turnout
                ]
        except ReportingError:
            pass  # the projector has not come to the election yet
        return Board(title, clock, slot, rows, position, dict(counts))

    def _latest(self, snapshot: Snapshot) -> tuple[str, Mapping[str, list[TotalRow]]]:
        """The last slot of the turnout form that anything was reported for."""
        if self._turnout is None:
            return "", {}
        totals_by_area: Mapping[str, list[TotalRow]] = {}
        for slot in reversed(self._turnout.slots):
            totals_by_area = self._totals(snapshot, self._turnout, slot.code, self._wanted)
            if any(row.reported for rows in totals_by_area.values() for row in rows):
                return slot.label.ja, totals_by_area
        return self._turnout.slots[0].label.ja, totals_by_area

    def _totals(
        self, snapshot: Snapshot, form: Form, slot: str, items: tuple[str, ...]
    ) -> Mapping[str, list[TotalRow]]:
        election = snapshot.election(self._definition.code)
        query = TotalsQuery(
            form.code,
            slot,
            self._contest.code,
            self._definition.geographies[0],
            items=items,
            areas=self._areas,
            limit=ROWS,
        )
        totals_by_area: dict[str, list[TotalRow]] = defaultdict(list)
        for row in snapshot.totals(election, query):
            totals_by_area[row.code].append(row)
        return totals_by_area

    def _row(self, code: str, turnout: list[TotalRow], count: list[TotalRow]) -> Row:
        by_item = {row.item: row for row in turnout}
        electors, voters, rate = (by_item.get(item) if item else None for item in self._items)
        some = voters or turnout[0]
        return Row(
            name=some.name,
            electors=_number(electors),
            voters=_number(voters),
            turnout=_number(rate),
            reported=some.reported,
            counted=max((row.reported for row in count), default=0),
            units=some.expected,
            leader=self._leader(count),
        )

    def _leader(self, count: list[TotalRow]) -> str:
        votes = {row.choice: Decimal(row.value) for row in count if row.value is not None}
        total = sum(votes.values())
        if not total:
            return ""
        first = max(votes, key=lambda choice: votes[choice])
        name = next(choice.name for choice in self._contest.choices if choice.code == first)
        return f"{name} {100 * votes[first] / total:.1f} %"


def _form_with(definition: ElectionDefinition, contest: Contest, item: str | None) -> Form | None:
    for form in definition.forms:
        if item in form.items and (not form.contest_kinds or contest.kind in form.contest_kinds):
            return form
    return None


def _number(row: TotalRow | None) -> Decimal | None:
    return None if row is None or row.value is None else Decimal(row.value)
