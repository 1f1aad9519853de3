"""What a release would let be computed of the figures that it withholds (非公表), from all that is public then. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reporting.application.catalog import KnownElection
from reporting.domain.figures import Cell, parse_value
from reporting.errors import ReportingError
from reporting.rules.catalogue import load_rules
from reporting.rules.context import Context, is_final
from reporting.rules.disclosure import (
    DIVIDED,
    EARLIER,
    Disclosure,
    Equation,
    UnitCell,
    disclosures,
    equations_of,
    told,
)

SUPPRESSED = "!suppressed"
TOLD = 5
"""Cells named in one refusal; the preview of the release has all."""

Texts = Mapping[str, Mapping[str, str]]
"""Unit → cell key → text."""


class DisclosureUnexplained(ReportingError):
    """facts: `cells`, `count`. Withheld figures can be computed from what the release holds, and nobody said why that is
    right."""

    code = "disclosure_unexplained"
    template_ja = "非公表とした数値 {count} 件が、公表する数値から計算できます（{cells}）。併せて非公表とするか、公表してよい理由を reason に入力してください。"
    template_en = (
        "{count} withheld figures can be computed from what would be public ({cells}). Withhold others with them, or say in "
        "reason why they may go out."
    )

    def __init__(self, disclosed: Sequence[Disclosure]) -> None:
        self.disclosures = tuple(disclosed)
        named = [
            f"{disclosure.cell.unit} {disclosure.cell.key} ({'+'.join(e.by for e in disclosure.equations)})"
            for disclosure in disclosed
        ]
        more = " …" if len(named) > TOLD else ""
        super().__init__(cells=", ".join(named[:TOLD]) + more, count=len(disclosed))


def disclosed_by(
    election: KnownElection,
    form: str,
    slot: str,
    figures: Texts,
    shown: Texts,
    elsewhere: Mapping[tuple[str, str], Texts],
) -> list[Disclosure]:
    """`figures`: all that would be public of the slot; `shown`: the last number of each cell that ever was; `elsewhere`: what
    is public of the units' other forms, by (form, slot)."""
    final = is_final(election.definition, election.form(form, slot), slot)
    others = elsewhere if final else {}
    units = [
        unit
        for unit in figures
        if SUPPRESSED in figures[unit].values()
        or any(SUPPRESSED in texts.get(unit, {}).values() for texts in others.values())
    ]
    families = {
        unit: whole
        for divided in election.roster.parts.values()
        for whole, parts in divided.items()
        for unit in (whole, *parts)
    }
    wholes = {families[unit] for unit in units if unit in families}
    looked_at = [*units, *(unit for unit in figures if families.get(unit) in wholes and unit not in units)]
    withheld: set[UnitCell] = set()
    public: set[UnitCell] = set()
    equations: list[Equation] = []
    for unit in looked_at:
        context = Context(
            election.definition,
            form,
            slot,
            unit,
            election.contests_of_unit.get(unit, frozenset()),
            {key: parse_value(text) for key, text in figures[unit].items()},
            other_forms={
                place: {key: parse_value(text) for key, text in texts[unit].items()}
                for place, texts in others.items()
                if unit in texts
            },
        )
        hidden, there, same = told(context)
        withheld |= hidden
        public |= there
        equations += [*equations_of(context, load_rules()), *same]
        equations += [
            Equation(EARLIER, {cell: 1}, f"{form}/{slot}")
            for cell in sorted(hidden)
            if cell.key in shown.get(unit, {})
        ]
    equations += [equation for whole in sorted(wholes) for equation in _divided(whole, election, figures)]
    return disclosures(withheld, public, equations)


def _divided(whole: str, election: KnownElection, figures: Texts) -> Iterator[Equation]:
    """A divided unit and its parts: what it reported undivided is what they report together."""
    for key in figures.get(whole, {}):
        divided = election.roster.on(Cell.from_key(key).contest).divided
        if whole in divided:
            parts = {UnitCell(part, key): -1 for part in divided[whole]}
            yield Equation(DIVIDED, {UnitCell(whole, key): 1, **parts})
