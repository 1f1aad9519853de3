"""One small election of every template of the shipped catalogue, and a whole, sound night of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from reporting.definitions.templates import ElectionFacts
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition, Form, heads
from reporting.domain.figures import Cell, Value
from reporting.domain.items import Dimension, Item, ItemKind
from reporting.domain.labels import Label

TWO = (Choice(code="1", name="甲"), Choice(code="2", name="乙"))
PARTIES = (
    *TWO,
    Choice(code="1-1", name="丙", on_list=TWO[0].code),
    Choice(code="1-2", name="丁", party="甲", on_list=TWO[0].code),
)
CONTESTS: dict[str, list[tuple[str, str, str, str, tuple[Choice, ...]]]] = {
    "lower_house": [
        ("28-1", "single_member", "lower_house", "28-1", TWO),
        ("28-2", "single_member", "lower_house", "28-2", TWO),
        ("B08", "proportional", "lower_house", "B08", TWO),
        ("review", "retention", "counting", "JP", TWO),
    ],
    "upper_house": [
        ("C28", "constituency", "upper_house", "C28", TWO),
        ("pr", "proportional", "administrative", "JP", PARTIES),
    ],
    "governor": [("governor", "governor", "administrative", "28", TWO)],
    "mayor": [("mayor", "mayor", "administrative", "28382", TWO)],
    "prefectural_assembly": [
        ("akashi", "assembly", "administrative", "28203", TWO),
        ("harima", "assembly", "administrative", "28382", TWO),
    ],
    "municipal_assembly": [("assembly", "assembly", "administrative", "28382", TWO)],
    "designated_city_assembly": [("nada", "assembly", "administrative", "28102", TWO)],
}
AREA = {"prefectural_assembly": "28", "designated_city_assembly": "28100"}


def facts(template: str) -> ElectionFacts:
    return ElectionFacts(
        template=template,
        code=f"{template}-test",
        label=Label(ja="試験", en="Test"),
        polling_date=date(2026, 10, 25),
        is_test=True,
        area=AreaRef(geography="administrative", area=AREA[template]) if template in AREA else None,
        contests=tuple(
            Contest(
                code=code,
                label=Label(ja=code, en=code),
                kind=kind,
                area=AreaRef(geography=geography, area=area),
                choices=choices,
            )
            for code, kind, geography, area, choices in CONTESTS[template]
        ),
    )


SUMS: dict[str, int] = {
    "electors": 20_000, "voters": 12_000, "abstentions": 8_000, "voters_polling_day": 8_000,
    "voters_early": 3_600, "voters_absentee": 300, "voters_overseas": 60, "voters_provisional": 40,
    "registered_electors": 20_100, "registered_electors_overseas": 90,
    "polling_districts": 24, "polling_places": 24, "polling_places_reported": 24,
    "polling_districts_designated": 2, "polling_places_shared": 1, "early_voting_places": 3,
    "early_voting_places_mobile": 1, "polling_places_in_shifts": 5,
    "ballots_counted": 11_990, "valid_votes": 11_600, "invalid_votes": 390,
    "ballots_not_deposited": 10, "ballots_not_accepted": 0, "ballots_other": 0,
    "votes_unattributed": 0, "votes_truncated": 0,
    "absentee_requested": 320, "absentee_issued": 310, "absentee_not_accepted": 4,
    "voters_braille": 3, "voters_assisted": 9, "voters_registration_certificate": 2,
}  # fmt: skip
"""What a unit of 20,000 electors reports in the end, where it is not by choice."""


def night(definition: ElectionDefinition) -> dict[tuple[str, str], dict[str, Value]]:
    """(form, slot) → every cell the forms ask of one unit that votes on every contest, each identity of it holding. In a
    flash that part which has come in."""
    return {
        (form.code, slot.code): _filled(definition, form, n)
        for form in definition.forms
        for n, slot in enumerate(form.slots)
    }


def _filled(definition: ElectionDefinition, form: Form, slot: int) -> dict[str, Value]:
    items = {item.code: item for item in definition.items}
    dimensions = {one.code: one for one in definition.dimensions}
    figures: dict[str, Value] = {}
    for number, contest in enumerate(definition.contests):
        if form.contest_kinds and contest.kind not in form.contest_kinds:
            continue
        for code in (code for code in form.items if items[code].kind is not ItemKind.RATE):
            for choice, whole in _wholes(contest, items, code, number):
                value = whole * (slot + 1) // (len(form.slots) + 1) if _comes_in(form, code) else whole
                figures[Cell(contest.code, code, "", choice).key] = Decimal(value)
                if not form.cumulative:
                    _break_down(figures, contest.code, items[code], choice, value, dimensions)
    return figures


def _comes_in(form: Form, code: str) -> bool:
    return form.cumulative and code not in ("electors", "voters")


def _wholes(contest: Contest, items: dict[str, Item], code: str, less: int) -> list[tuple[str, int]]:
    """`less`: by how many people who did not take this ballot, and as many fewer votes for each, contests differ."""
    first = [choice.code for choice in heads(contest)]
    listed = [choice.code for choice in contest.choices if choice.code not in first]
    each = SUMS["valid_votes"] // max(len(first), 1) - less
    named = 100
    match code:
        case "votes":
            return [(choice, each) for choice in first]
        case "party_votes":
            return [(c, each - named * sum(1 for o in listed if o.startswith(f"{c}-"))) for c in first]
        case "named_votes":
            return [(choice, 0) for choice in first] + [(choice, named) for choice in listed]
        case "priority_votes":
            return [(choice, 0) for choice in (*first, *listed)]
        case "dismiss" | "keep" | "invalid_entries":
            share = {"dismiss": 1_600, "keep": 9_990 - less * len(first), "invalid_entries": 10}[code]
            return [(choice, share) for choice in first]
        case "invalid_blank":
            return [("", 200 + less)]
        case "invalid_other_entry":
            return [("", 190)]
        case "valid_votes":
            return [("", SUMS[code] - less * len(first))]
        case "voters" | "voters_early" | "ballots_counted":
            return [("", SUMS[code] - less)]
        case "invalid_votes" | "abstentions":
            return [("", SUMS[code] + less)]
        case "voters_absentee" if "voters_overseas" not in items:
            return [("", SUMS[code] + SUMS["voters_overseas"])]
    return [("", SUMS.get(code, 0))]


def _break_down(
    figures: dict[str, Value],
    contest: str,
    item: Item,
    choice: str,
    value: int,
    dimensions: dict[str, Dimension],
) -> None:
    """By one dimension each: nearly all in its first value, the rest in the last."""
    for combination in item.breakdowns:
        if len(combination) != 1 or (combination == ("residence",) and item.code == "abstentions"):
            continue
        (dimension,) = combination
        values = [one.code for one in dimensions[dimension].values]
        rest = {"residence": 60 if item.code == "voters" else 90}.get(dimension, value // 3)
        for one in values:
            part = rest if one == values[-1] else value - rest if one == values[0] else 0
            figures[Cell(contest, item.code, f"{dimension}={one}", choice).key] = Decimal(part)
