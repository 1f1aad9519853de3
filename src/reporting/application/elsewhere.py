"""Differences that stand in another return of the unit, and that a change of this one makes to go away.

A rule may compare several forms or slots. Who has seen the difference in one of them can lose it in another, where nobody
ever showed it: the change is looked at like one in the return itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from reporting.application.around import NOTHING, Beside
from reporting.application.doubts import Doubt, doubt_of, rule_of
from reporting.application.findings import Findings
from reporting.application.opened import OpenReturn, ReturnReader
from reporting.domain.place import Place
from reporting.domain.workflow_events import DiscrepancyDeclared, SubmissionRefused
from reporting.ledger import draft_stream, return_stream
from reporting.rules.model import Finding

NOT_REPORTED = "!not_reported"
_Texts = frozenset[tuple[str, str]]
"""Cells with their texts."""
_ByRule = Callable[[str], tuple[Finding, ...]]
"""A rule's code → what it finds."""
SEES = (DiscrepancyDeclared.type, SubmissionRefused.type)
"""Events by which a return's streams tell that somebody has seen a difference in it."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A difference somebody has seen in a return. `position`: since when, in the ledger; `drafted`: its cells there as they
    were seen in a draft (None: as they stand)."""

    key: str
    holder: OpenReturn
    position: int
    drafted: Mapping[str, str] | None = None

    def lost(self, held: Mapping[str, str]) -> Doubt:
        """By a return's cells that held this before."""
        return Doubt((self.key,), (held,), self.position)


class DifferencesElsewhere:
    """Reads the unit's other returns in which somebody has seen a difference, and asks the rules with and without a change.
    Only this return differs between the two: what the rules say no more, this return has made to go away."""

    def __init__(self, reader: ReturnReader, findings: Findings) -> None:
        self._reader, self._findings = reader, findings

    def submitted(
        self, opened: OpenReturn, after: Mapping[str, str], beside: Beside = NOTHING
    ) -> list[Doubt]:
        """By submitting these cell texts: against what stands, and against what stood when the difference was seen, for the
        values may have come on another way. `beside`: other returns as they are to be, with this one."""
        looks = _Looks(self._reader, self._findings, beside)
        lost: dict[str, Doubt] = {}
        standing = opened.case.texts
        for seen in self._seen([opened])[opened.stream]:
            register = opened.case.discrepancies.get(seen.key)
            if register is not None and register.closed_at is None:
                continue  # it stands in this return's own register: every approver is shown it
            befores: list[Mapping[str, str]] = [standing]
            if register is None or register.declared_at < seen.position:
                befores.append(looks.as_of(opened, seen.position))
            for before in befores:
                if held := looks.lost(opened, seen, before, after):
                    lost.setdefault(seen.key, seen.lost(held))
        return list(lost.values())

    def standing(self, returns: Sequence[OpenReturn], level: str) -> dict[UUID, list[Doubt]]:
        """By stream of returns of one slot, what was lost by values that wait at this level, on whatever way they came:
        against what the level approved before, or else what stood when the difference was seen."""
        looks = _Looks(self._reader, self._findings)
        by_stream = {return_.stream: return_ for return_ in returns}
        lost_by_stream: dict[UUID, list[Doubt]] = {stream: [] for stream in by_stream}
        for stream, seen_here in self._seen(returns).items():
            if not seen_here:
                continue
            return_ = by_stream[stream]
            waiting = set(return_.case.waiting_at(level))
            after = return_.case.texts
            for seen in seen_here:
                register = return_.case.discrepancies.get(seen.key)
                if register is not None and register.declared_at > seen.position:
                    continue  # told by the register already
                then = looks.as_of(return_, seen.position)
                before = {
                    key: text
                    for key, cell in return_.case.cells.items()
                    if (text := cell.approved.get(level) or then.get(key)) is not None
                }
                if (held := looks.lost(return_, seen, before, after)) and waiting & set(held):
                    lost_by_stream[stream].append(seen.lost(held))
        return lost_by_stream

    def _seen(self, returns: Sequence[OpenReturn]) -> dict[UUID, list[_Seen]]:
        """By stream of each return, differences seen in the unit's other returns, and those of its own that are closed."""
        seen_by_stream: dict[UUID, list[_Seen]] = {return_.stream: [] for return_ in returns}
        by_unit = {return_.place.unit: return_ for return_ in returns}
        own = {return_.stream: _registered(return_, closed=True) for return_ in returns}
        for stream, seen in own.items():
            seen_by_stream[stream] += seen
        for (form, slot), units in (self._holders(returns) if returns else {}).items():
            for holder in self._reader.open_all(returns[0].place.election, form, slot, units):
                return_ = by_unit[holder.place.unit]
                if holder.stream != return_.stream:
                    seen_by_stream[return_.stream] += [*_registered(holder), *_shown(holder)]
        return seen_by_stream

    def _holders(self, returns: Sequence[OpenReturn]) -> dict[tuple[str, str], list[str]]:
        """(form, slot) → units whose return of it has a difference that somebody saw. Of few returns anybody ever did; where the rules
        do not look at these returns, nothing of theirs makes a difference go away, and nobody is asked."""
        definition, page = returns[0].defined.definition, returns[0].place.page
        looking = self._findings.looking_at(definition, page)
        places: dict[UUID, Place] = {}
        for return_ in returns:
            election, _, _, unit = return_.place
            for form, slot in looking:
                place = Place(election, form, slot, unit)
                places[return_stream(*place)] = places[draft_stream(*place)] = place
        if not places:
            return {}
        holders: dict[tuple[str, str], list[str]] = {}
        for stream in self._reader.streams_with(list(places), SEES):
            place = places[stream]
            if place.unit not in holders.setdefault(place.page, []):
                holders[place.page].append(place.unit)
        return holders


class _Looks:
    """What the rules say with and without a change, and what stood when: each asked once, however many differences were seen.
    Of one command, or of one look at a slot. `beside`: other returns as they are to be."""

    def __init__(self, reader: ReturnReader, findings: Findings, beside: Beside = NOTHING) -> None:
        self._reader, self._findings, self._beside = reader, findings, beside
        self._stood: dict[tuple[UUID, int], Mapping[str, str]] = {}
        self._said: dict[tuple[UUID, UUID, _Texts, _Texts | None], _ByRule] = {}

    def as_of(self, opened: OpenReturn, position: int) -> Mapping[str, str]:
        """The cell texts that stood in a return at a position of the ledger."""
        asked = (opened.stream, position)
        if asked not in self._stood:
            self._stood[asked] = self._reader.open(*opened.place, upto=position).case.texts
        return self._stood[asked]

    def lost(
        self, opened: OpenReturn, seen: _Seen, before: Mapping[str, str], after: Mapping[str, str]
    ) -> dict[str, str]:
        """Cells of this return that the change which loses the difference, or some of it, touches, with what they held;
        empty where it loses none. Where the finding names cells, only those of them. What is left of a difference in the
        return itself is declared anew, with its cells."""
        changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        if not changed:
            return {}
        was = self._of_doubt(opened, seen, before)
        if not was:
            return {}
        now = self._of_doubt(opened, seen, after)
        if now and (seen.holder.stream == opened.stream or {f.key for f in was} == {f.key for f in now}):
            return {}
        named = {key for finding in was for key in finding.cells} & changed
        return {key: before.get(key, NOT_REPORTED) for key in sorted(named or changed) if key in after}

    def _of_doubt(self, opened: OpenReturn, seen: _Seen, texts: Mapping[str, str]) -> list[Finding]:
        """What the rules find of the difference seen, with these texts in this return."""
        drafted = None if seen.drafted is None else frozenset(seen.drafted.items())
        asked = (opened.stream, seen.holder.stream, frozenset(texts.items()), drafted)
        if asked not in self._said:
            self._said[asked] = self._in_holder(opened, seen, texts)
        return [
            finding
            for finding in self._said[asked](rule_of(seen.key))
            if finding.waivable and doubt_of(finding.key) == doubt_of(seen.key)
        ]

    def _in_holder(self, opened: OpenReturn, seen: _Seen, texts: Mapping[str, str]) -> _ByRule:
        """What the rules find in the holder with these texts in this return."""
        holder = seen.holder
        if holder.stream == opened.stream:
            return self._findings.by_rule(opened, texts, self._beside)
        around = {**self._beside, opened.stream: texts}
        stands = self._beside.get(holder.stream)
        if seen.drafted is not None:
            standing = holder.case.texts if stands is None else stands
            stands = {**standing, **seen.drafted}
        elif not holder.case.cells and stands is None:
            return lambda code: ()
        return self._findings.by_rule(holder, stands, around)


def _registered(holder: OpenReturn, *, closed: bool = False) -> list[_Seen]:
    """Declared differences of its register; `closed`: only those that are settled."""
    return [
        _Seen(said.key, holder, said.declared_at)
        for said in holder.case.discrepancies.values()
        if not said.vanished and (said.closed_at is not None or not closed)
    ]


def _shown(holder: OpenReturn) -> list[_Seen]:
    """In what stood when they were shown, and in what was drafted: each time it was another."""
    return [
        _Seen(doubt.key, holder, doubt.position, sight)
        for doubt in holder.draft.shown.values()
        for sight in doubt.sights
    ]
