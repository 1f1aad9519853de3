"""What became of lots, in plain Python beside the fold of the views: from what each cell held, who had approved it and when
it was sent back, no line shared with `rules.lots`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg import Connection

from projections.versions import SQL
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.events import ElectionDefined, FiguresCorrected, FiguresEntered
from reporting.domain.figures import format_value
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Roster
from reporting.domain.workflow_events import CellsSentBack, LotConfirmed, LotRecorded, ReturnApproved
from reporting.ledger import Recorded, return_stream
from reporting.ledger.registry import recorded
from reporting.ledger.streams import lot_stream
from reporting.rules.catalogue import shipped

Held = dict[tuple[str, str], str]
"""(unit, cell key) → text."""
Moves = dict[tuple[str, str, str], int]
"""(unit, cell key, what) → position; what: `""` entered, `!` sent back, else the level that approved it."""


@dataclass
class SlotSeen:
    """Everything of a slot that its lots may depend on, as it goes."""

    held: Held = field(default_factory=dict)
    moves: Moves = field(default_factory=dict)

    def take(self, stored: Recorded) -> None:
        match stored.event:
            case FiguresEntered() | FiguresCorrected() as event:
                for key, text in event.figures.items():
                    self.held[event.unit, key] = text
                    self.moves[event.unit, key, ""] = stored.position
            case ReturnApproved() as event:
                for key in event.figures:
                    self.moves[event.unit, key, event.level] = stored.position
            case CellsSentBack() as event:
                for key in event.cells:
                    self.moves[event.unit, key, "!"] = stored.position


@dataclass
class IndependentLots:
    """Which counts of contests have lots, and where each election was defined last; the rest is read again for them alone,
    one after the other, so that a log of any length takes no more memory than the returns of one."""

    counts: set[tuple[str, str, str, str]] = field(default_factory=set)
    defined: dict[str, int] = field(default_factory=dict)

    def apply(self, stored: Recorded) -> None:
        event = stored.event
        if isinstance(event, ElectionDefined):
            self.defined[event.definition.code] = stored.position
        elif isinstance(event, LotRecorded | LotConfirmed):
            self.counts.add((event.election, event.form, event.slot, event.contest))

    def rows(
        self, connection: Connection[Any], position: int, history: RosterHistory
    ) -> Iterator[tuple[object, ...]]:
        """As `compare.sql` has them. `history`: settled, at `position`."""
        for count in sorted(self.counts):
            election, form, slot, contest = count
            roster = history.roster(election)
            streams = [return_stream(election, form, slot, unit) for unit in roster.places]
            streams.append(lot_stream(election, form, slot, contest))
            events = (recorded(row) for row in connection.execute(SQL["events_of"], (streams, position)))
            yield from self._of_count((election, form, slot), events, history.definitions[election], roster)

    def _of_count(
        self,
        where: tuple[str, str, str],
        events: Iterable[Recorded],
        definition: ElectionDefinition,
        roster: Roster,
    ) -> Iterator[tuple[object, ...]]:
        state = SlotSeen()
        records: dict[int, LotRecorded] = {}
        confirmed: dict[int, tuple[int, LotConfirmed]] = {}
        replaced: dict[int, int] = {}
        broken: dict[int, int] = {}
        for event in events:
            state.take(event)
            if isinstance(event.event, LotRecorded | LotConfirmed):
                self._take_lot(event, event.event, records, confirmed, replaced)
            for at, lot in records.items():
                if at in replaced or not _touches(event, lot, definition, roster):
                    continue
                if _bears(state, lot, where, definition, roster):
                    broken.pop(at, None)
                else:
                    broken.setdefault(at, event.position)
        for at, lot in records.items():
            on, by = confirmed.get(at, (0, None))
            gone = broken.get(at, 0)
            if gone == at:
                gone = max(gone, self.defined[where[0]])
            flags = "/".join(
                "t" if by is not None and flag else "f" for flag in (by and by.override, by and by.alone)
            )
            told = f"{lot.votes}/{lot.source_class}/{flags}/{on}/{replaced.get(at, 0)}/{gone}"
            yield (
                *where, f"{lot.contest}/{lot.item}", str(at),
                f"{','.join(lot.among)}>{','.join(lot.winners)}", told, at,
            )  # fmt: skip

    def _take_lot(
        self,
        stored: Recorded,
        event: LotRecorded | LotConfirmed,
        records: dict[int, LotRecorded],
        confirmed: dict[int, tuple[int, LotConfirmed]],
        replaced: dict[int, int],
    ) -> None:
        same = [at for at, lot in records.items() if (lot.contest, lot.item) == (event.contest, event.item)]
        if isinstance(event, LotRecorded):
            for at in same:
                if at not in confirmed:
                    replaced.setdefault(at, stored.position)
            records[stored.position] = event
        else:
            for at in same:
                if at != event.recorded:
                    replaced.setdefault(at, stored.position)
            confirmed[event.recorded] = stored.position, event


def _touches(stored: Recorded, lot: LotRecorded, definition: ElectionDefinition, roster: Roster) -> bool:
    """Whether the event is one of the lot's contest: others say nothing of it."""
    unit = getattr(stored.event, "unit", None)
    if unit is None:
        return bool(getattr(stored.event, "contest", None) == lot.contest)
    contest = next((contest for contest in definition.contests if contest.code == lot.contest), None)
    return contest is not None and _lies(roster, unit, contest)


def _lies(roster: Roster, unit: str, contest: Contest) -> bool:
    return contest.area.area in roster.places.get(unit, {}).get(contest.area.geography, ())


def _bears(
    state: SlotSeen,
    lot: LotRecorded,
    where: tuple[str, str, str],
    definition: ElectionDefinition,
    roster: Roster,
) -> bool:
    contest = next((contest for contest in definition.contests if contest.code == lot.contest), None)
    form = next((form for form in definition.forms if form.code == where[1]), None)
    if contest is None or form is None or (contest.kind == "proportional" and contest.seats > 1):
        return False
    sums: dict[str, Decimal] = {}
    for choice in (choice.code for choice in contest.choices if choice.withdrawn is None):
        total = _final_sum(
            state, f"{lot.contest}|{lot.item}||{choice}", form.code, contest, definition, roster
        )
        if total is None:
            return False
        sums[choice] = total
    valid: Decimal | None = sum(sums.values(), Decimal(0))
    if "valid_votes" in form.items:
        valid = _final_sum(state, f"{lot.contest}|valid_votes||", form.code, contest, definition, roster)
    if valid is None:
        return False
    line = [votes for votes in sums.values() if format_value(votes) == lot.votes]
    equal = sorted(choice for choice, votes in sums.items() if format_value(votes) == lot.votes)
    if not line or equal != sorted(lot.among):
        return False
    above = sum(votes > line[0] for votes in sums.values())
    if above + len(lot.winners) != contest.seats or len(lot.winners) >= len(equal):
        return False
    for rule in shipped().lines:
        if rule.elects and contest.kind in rule.contest_kinds:
            share = line[0] * rule.parts * (contest.seats if rule.per_seat else 1)
            if share < valid or line[0] == 0:
                return False
    return True


def _final_sum(
    state: SlotSeen, key: str, form: str, contest: Contest, definition: ElectionDefinition, roster: Roster
) -> Decimal | None:
    """Over the contest's area; None while a unit that votes has no number there, or one that counts is not final."""
    given = {
        unit
        for unit in roster.places
        if _lies(roster, unit, contest)
        and (text := state.held.get((unit, key))) is not None
        and text not in ("!not_reported", "!suppressed")
    }
    counting = roster.on(contest.code, form)
    standing = counting.standing(given)
    for unit in roster.contest_units.get(contest.code, ()):
        covered = unit in given or any(whole in standing for whole in counting.above.get(unit, ()))
        if not covered and unit not in counting.replaced and unit not in roster.withdrawn:
            return None
    total = Decimal(0)
    for unit in given:
        if not counting.counts_at(unit, contest.area.geography, contest.area.area, standing):
            continue
        if not _final(state, unit, key, definition, roster):
            return None
        text = state.held[unit, key]
        total += Decimal(0) if text == "!none" else Decimal(text)
    return total


def _final(state: SlotSeen, unit: str, key: str, definition: ElectionDefinition, roster: Roster) -> bool:
    flow = definition.workflow
    if flow is None:
        return True
    above = []
    for area in roster.places[unit].get(flow.geography, ()):
        if (node := roster.nodes.get((flow.geography, area))) is not None:
            above.append((node.level, area))
    levels = [level for level, _ in flow.chain(unit, above)]
    entered, back = state.moves[unit, key, ""], state.moves.get((unit, key, "!"), 0)
    if not levels:
        return back < entered
    return state.moves.get((unit, key, levels[flow.certifying(levels)]), 0) > max(entered, back)
