"""What a definition or a registry would take from under figures that stand: found before it is taken, and refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from reporting.application.catalog import KnownElection
from reporting.domain.case import ReturnCase
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell
from reporting.domain.relabelled import Changes, Standing, changes
from reporting.domain.units import Roster
from reporting.errors import InvalidInput, ReportingError
from reporting.ledger import return_stream
from reporting.suggest import hint

TOLD = 5


class FiguresTakenAway(ReportingError):
    """facts: `election`, `losses` (list: what, and how many figures it holds), `first`. Withdrawn openly, they stand."""

    code = "figures_taken_away"
    template_ja = (
        "{election} の変更は、報告済みの数値の置き場をなくします: {first_ja}。"
        "なくすものは定義に残し、withdrawn（日付と理由）を付けてください。数値はそのまま残ります。"
    )
    template_en = (
        "The change of {election} takes away what holds figures: {first_en}. "
        "Keep it in the definition and mark it `withdrawn` (date and reason): its figures stand."
    )

    def __init__(self, election: str, losses: Mapping[str, int]) -> None:
        first = list(losses.items())[:TOLD]
        more = len(losses) - len(first)
        super().__init__(
            election=election,
            losses=[f"{what}: {count}" for what, count in losses.items()],
            first_ja="、".join(f"{what} {count} 件" for what, count in first)
            + (f" ほか {more}" if more > 0 else ""),
            first_en=", ".join(f"{what} ({count})" for what, count in first)
            + (f" and {more} more" if more > 0 else ""),
        )


@dataclass(frozen=True)
class Removed:
    """Codes that the next definition no longer has, and units that no longer report."""

    units: frozenset[str]
    slots: frozenset[str]
    contests: frozenset[str]
    items: frozenset[str]
    asked: frozenset[str]
    choices: frozenset[str]
    values: frozenset[str]

    def __bool__(self) -> bool:
        return any((self.units, self.slots, self.contests, self.items, self.asked, self.choices, self.values))

    def says(self, form: str, slot: str, unit: str, key: str) -> str | None:
        """What takes this cell's place away; None for one that stays."""
        cell = Cell.from_key(key)
        gone = (
            (f"unit {unit}", unit in self.units),
            (f"slot {form}/{slot}", f"{form}/{slot}" in self.slots),
            (f"contest {cell.contest}", cell.contest in self.contests),
            (f"item {cell.item}", cell.item in self.items),
            (f"form {form} item {cell.item}", f"{form}/{cell.item}" in self.asked),
            (f"choice {cell.contest}/{cell.choice}", f"{cell.contest}/{cell.choice}" in self.choices),
            (f"breakdown {cell.breakdown}", bool(self.values.intersection(cell.breakdown.split(",")))),
        )
        return next((what for what, is_gone in gone if is_gone), None)


def removed(known: KnownElection, after: ElectionDefinition, roster: Roster) -> Removed:
    """Between what is known and what would follow it."""
    before = known.definition
    units = frozenset(known.roster.units.keys() - roster.units.keys())
    return Removed(units, *(_codes(before, of) - _codes(after, of) for of in (_slots, _contests, _items, _asked, _choices, _values)))  # fmt: skip


def gone(known: KnownElection, after: ElectionDefinition, roster: Roster) -> tuple[str, ...]:
    """What the next definition or registry takes away, for the report: `choice pr/a`, `unit 20` …"""
    what = removed(known, after, roster)
    named = (
        ("unit", what.units), ("slot", what.slots), ("contest", what.contests), ("item", what.items),
        ("form item", what.asked), ("choice", what.choices), ("breakdown", what.values),
    )  # fmt: skip
    return tuple(f"{kind} {code}" for kind, codes in named for code in sorted(codes))


def refuse_taken_away(
    known: KnownElection,
    after: ElectionDefinition,
    roster: Roster,
    cases: Callable[[Sequence[UUID]], Mapping[UUID, ReturnCase]],
) -> None:
    """FiguresTakenAway when figures would have no place any more. Reads returns only where something is removed."""
    if not (lost := removed(known, after, roster)):
        return
    losses: Counter[str] = Counter()
    code = known.definition.code
    for form in known.definition.forms:
        for slot in form.slots:
            streams = {return_stream(code, form.code, slot.code, unit): unit for unit in known.roster.units}
            for stream, case in cases(list(streams)).items():
                for key in case.cells:
                    if what := lost.says(form.code, slot.code, streams[stream], key):
                        losses[what] += 1
    if losses:
        raise FiguresTakenAway(code, losses)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A change of an election, weighed against its figures as they stood at a ledger position (`since`)."""

    election: str
    since: int
    removed: Removed
    changed: Changes

    def touches(self, event: Event) -> bool:
        """Whether the event brings a figure that the change would take away, or say otherwise."""
        if not isinstance(event, FiguresEntered | FiguresCorrected) or event.election != self.election:
            return False
        where = (event.form, event.slot, event.unit)
        return any(self.removed.says(*where, key) or self.changed.of(*where, key) for key in event.figures)


def weighed(
    election: KnownElection, after: ElectionDefinition, roster: Roster, since: int
) -> tuple[Weighed, ...]:
    """Nothing for a change that no figure can stand in the way of."""
    lost = removed(election, after, roster)
    said = changes(Standing(election.definition, election.roster), Standing(after, roster))
    return (Weighed(election.definition.code, since, lost, said),) if lost or said else ()


def require_reporters(definition: ElectionDefinition, roster: Roster, levels: Mapping[str, str]) -> None:
    """InvalidInput for an election that nobody reports on, with the levels there are (code → name)."""
    if roster.units:
        return
    told = ", ".join(definition.units.levels)
    ja, en = hint(told, levels)
    raise InvalidInput(
        field="units.levels",
        found=told,
        expected=f"報告単位のある段階。{ja} / a level that has reporting units. {en}",
    )


def _codes(definition: ElectionDefinition, of: Callable[[ElectionDefinition], set[str]]) -> frozenset[str]:
    return frozenset(of(definition))


def _slots(definition: ElectionDefinition) -> set[str]:
    return {f"{form.code}/{slot.code}" for form in definition.forms for slot in form.slots}


def _contests(definition: ElectionDefinition) -> set[str]:
    return {contest.code for contest in definition.contests}


def _items(definition: ElectionDefinition) -> set[str]:
    return {item.code for item in definition.items}


def _asked(definition: ElectionDefinition) -> set[str]:
    return {f"{form.code}/{item}" for form in definition.forms for item in form.items}


def _choices(definition: ElectionDefinition) -> set[str]:
    return {f"{contest.code}/{choice.code}" for contest in definition.contests for choice in contest.choices}


def _values(definition: ElectionDefinition) -> set[str]:
    return {f"{name.code}={value.code}" for name in definition.dimensions for value in name.values}
