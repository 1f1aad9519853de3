"""What a changed definition or registry says otherwise of figures that stand: what each is called, and where it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from reporting.domain.election import ContestUnits, ElectionDefinition, Withdrawal
from reporting.domain.figures import Cell
from reporting.domain.labels import Label
from reporting.domain.units import Roster

Thing = tuple[str, str]
"""Kind of thing and its code: ("choice", "pr/a"), ("unit", "20")."""

THINGS = {
    "election": ("選挙", "election"), "form": ("様式", "form"), "slot": ("回", "slot"), "contest": ("選挙区", "contest"),
    "item": ("項目", "item"), "choice": ("候補者・政党", "choice"), "breakdown": ("区分", "breakdown"),
    "unit": ("報告単位", "unit"),
}  # fmt: skip
ASPECTS = {
    "label": ("名称", "label"), "polling_date": ("選挙期日", "polling date"), "kind": ("種類", "kind"),
    "measure": ("単位", "measure"), "version": ("定義の版", "version"), "party": ("党派", "party"), "on_list": ("名簿", "list"),
    "identity": ("同一人・同一党派の符号", "identity"), "withdrawn": ("取り下げ", "withdrawn"), "area": ("区域", "area"),
    "without": ("投票のない区域", "areas without a vote"), "cumulative": ("累計", "cumulative"), "method": ("方法", "method"),
    "contest_kinds": ("対象の選挙", "kinds of contest"), "contests": ("投票する選挙区", "contests"), "place": ("所属", "place"),
    "units": ("報告単位", "reporting units"),
}  # fmt: skip
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Change:
    """One aspect of one thing, before and after. `code`: of the thing; empty for the election itself."""

    thing: str
    code: str
    aspect: str
    before: str
    after: str

    def told(self, language: int) -> str:
        """0 Japanese, 1 English."""
        words = (THINGS[self.thing][language], self.code, ASPECTS[self.aspect][language])
        return f"{' '.join(word for word in words if word)}: {self.before} → {self.after}"


@dataclass(frozen=True)
class Standing:
    """A definition and its roster: what figures are called and where they count."""

    definition: ElectionDefinition
    roster: Roster

    @cached_property
    def aspects(self) -> Mapping[Thing, Mapping[str, str]]:
        """Of every thing that a figure can belong to."""
        one = self.definition
        told: dict[Thing, Mapping[str, str]] = {
            ("election", ""): {"label": _label(one.label), "polling_date": one.polling_date.isoformat()}
        }
        for item in one.items:
            told["item", item.code] = {
                "label": _label(item.label), "kind": item.kind.value, "measure": item.unit, "version": str(item.version),
            }  # fmt: skip
        for name in one.dimensions:
            for value in name.values:
                told["breakdown", f"{name.code}={value.code}"] = {
                    "label": f"{_label(name.label)} {_label(value.label)}"
                }
        for contest in one.contests:
            told["contest", contest.code] = {
                "label": _label(contest.label), "kind": contest.kind, "withdrawn": _withdrawal(contest.withdrawn),
                "area": f"{contest.area.geography}/{contest.area.area}", "without": _listed(contest.without),
                "units": _own_units(contest.units),
            }  # fmt: skip
            for choice in contest.choices:
                told["choice", f"{contest.code}/{choice.code}"] = {
                    "label": choice.name, "party": choice.party or NOTHING, "identity": choice.identity or NOTHING,
                    "on_list": choice.on_list or NOTHING,
                    "withdrawn": _withdrawal(choice.withdrawn),
                }  # fmt: skip
        for form in one.forms:
            told["form", form.code] = {
                "label": _label(form.label), "cumulative": str(form.cumulative).lower(),
                "contest_kinds": _listed(sorted(form.contest_kinds)),
            }  # fmt: skip
            for slot in form.slots:
                told["slot", f"{form.code}/{slot.code}"] = {
                    "label": _label(slot.label),
                    "method": slot.method,
                }
        return {**told, **self._units}

    @cached_property
    def _units(self) -> Mapping[Thing, Mapping[str, str]]:
        gone = {unit.unit: unit for unit in self.definition.units.withdrawn}
        voting: dict[str, list[str]] = {}
        for contest, units in self.roster.contest_units.items():
            for unit in units:
                voting.setdefault(unit, []).append(contest)
        return {
            ("unit", code): {
                "label": unit.name, "withdrawn": _withdrawal(gone.get(code)), "contests": _listed(sorted(voting.get(code, ()))),
                "place": "; ".join(
                    f"{geography}: {' < '.join(self.roster.above(code, geography))}"
                    for geography in sorted(self.roster.places[code])
                ),
            }
            for code, unit in {**self.roster.retired, **self.roster.units}.items()
        }  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """From one standing to the next: thing → what is said otherwise of it."""

    by_thing: Mapping[Thing, tuple[Change, ...]]

    def __bool__(self) -> bool:
        return bool(self.by_thing)

    def of(self, form: str, slot: str, unit: str, key: str) -> tuple[Change, ...]:
        """Those that touch one figure."""
        return tuple(
            change for thing in things(form, slot, unit, key) for change in self.by_thing.get(thing, ())
        )


def changes(before: Standing, after: Standing) -> Changes:
    """Of things that stand on both sides; what is gone altogether is another matter (`taken_away`)."""
    found: dict[Thing, tuple[Change, ...]] = {}
    for thing, aspects in before.aspects.items():
        now = after.aspects.get(thing)
        if now is not None and now != aspects:
            found[thing] = tuple(
                Change(*thing, aspect, was, now[aspect])
                for aspect, was in aspects.items()
                if now[aspect] != was
            )
    return Changes(found)


def things(form: str, slot: str, unit: str, key: str) -> tuple[Thing, ...]:
    """What one figure belongs to."""
    cell = Cell.from_key(key)
    return (
        ("election", ""),
        ("form", form),
        ("slot", f"{form}/{slot}"),
        ("contest", cell.contest),
        ("item", cell.item),
        *((("choice", f"{cell.contest}/{cell.choice}"),) if cell.choice else ()),
        *(("breakdown", part) for part in cell.breakdown.split(",") if part),
        ("unit", unit),
    )


def _label(label: Label) -> str:
    return label.ja if label.en is None or label.en == label.ja else f"{label.ja} ({label.en})"


def _own_units(told: ContestUnits | None) -> str:
    if told is None:
        return NOTHING
    return "; ".join(
        f"{name}: {_listed(codes)}"
        for name, codes in (("levels", told.levels), ("whole", told.whole))
        if codes
    )


def _withdrawal(told: Withdrawal | None) -> str:
    return NOTHING if told is None else f"{told.on.isoformat()} {told.reason}"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(codes) or NOTHING
