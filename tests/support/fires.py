"""What makes each rule fire on a form as shipped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LOWER, UPPER, INSIDE = "lower_house", "upper_house", "inside"
Changes = Mapping[str, Any]

FIRES: dict[str, tuple[str, str, str, Changes]] = {
    "J01": (LOWER, "final_voting", "final", {"electorate|electors|sex=m|": +1}),
    "J02": (LOWER, "final_voting", "final", {"electorate|electors|residence=domestic|": +1}),
    "J03": (LOWER, "final_voting", "final", {"electorate|abstentions||": +1}),
    "J05": (LOWER, "final_voting", "final", {"electorate|voters_absentee||": +1}),
    "J07": (LOWER, "turnout_flash", "t1400", {"electorate|voters_polling_day||": -1_500}),
    "J08": (LOWER, "final_voting", "final", {"electorate|voters||": +9_000}),
    "J09": (LOWER, "final_count", "final", {"28-1|ballots_counted||": +1}),
    "J10": (LOWER, "final_count", "final", {"28-1|votes||1": +1}),
    "J11": (LOWER, "final_count", "final", {"28-1|ballots_not_deposited||": +1}),
    "J12": (LOWER, "final_count", "final", {"28-1|ballots_not_accepted||": +1}),
    "J13": (LOWER, "final_count", "final", {"28-1|invalid_blank||": +1}),
    "J14": (LOWER, "final_count", "final", {"28-1|votes||1": Decimal("0.5")}),
    "J16": (UPPER, "final_count_pr", "final", {"pr|party_votes||1": +1}),
    "J17": (LOWER, "retention_review", "final", {"review|keep||1": +1}),
    "J18": (LOWER, "final_voting", "final", {"B08|voters||": -1_000}),
    "J19": (LOWER, "final_voting", "final", {"electorate|polling_places_reported||": -1}),
    "J20": (LOWER, "final_count", "final", {"28-1|votes||1": -2_200, "28-1|votes||2": +2_200}),
    "J21": (LOWER, "count_flash", "c2200", {"28-1|votes||1": -1_000}),
    "J22": (LOWER, "facilities", "planned", {"electorate|polling_places|closing=regular|": +1}),
    "J24": (LOWER, "results_survey_facilities", "final", {"electorate|registered_electors||": +5_000}),
    "J26": (LOWER, "count_flash", "c2130", {"28-1|votes||1": +12_000}),
    "J27": (LOWER, "final_count", "final", {"28-1|invalid_votes||": None}),
    "J28": (LOWER, "turnout_flash", "t1100", {"electorate|voters_polling_day||": +18_000}),
    "J29": (LOWER, "turnout_flash", "t1100", {"electorate|electors||": 0, "electorate|voters_polling_day||": 0}),
}  # fmt: skip
"""Rule → form and slot, and what is added to a sound return (`None`: left blank; 0: zero)."""

E, NOBODY_YET = "electorate|", "28201"
"""A unit of which this election holds nothing yet, and the one before its roll."""
PARTS: dict[tuple[str, str, str], tuple[Any, ...]] = {
    ("J05", "b", ""): (LOWER, "final_voting", "final", {E + "voters_polling_day||": +1}),
    ("J05", "c", ""): (LOWER, "final_voting", "final", {E + "voters_overseas||": +1}),
    ("J05", "d", ""): (LOWER, "final_voting", "final", {E + "voters_early|early_reason=work|": +1}),
    ("J05", "e", ""): (LOWER, "final_voting", "final", {E + "voters_absentee|absentee_place=own|": +1}),
    ("J07", "b", ""): (LOWER, "turnout_flash", "closed", {E + "voters_polling_day||": +14_000}),
    ("J08", "b", ""): (LOWER, "final_voting", "final", {E + "voters||": +8_000}),
    ("J08", "c", ""): (LOWER, "final_voting", "final", {E + "voters||": +7_400}),
    ("J08", "d", ""): (UPPER, "final_voting", "final", {E + "voters||": -6_000}),
    ("J08", "e", ""): (LOWER, "turnout_flash", "closed", {E + "voters_polling_day||": +14_000}),
    ("J08", "f", ""): (LOWER, "turnout_flash", "closed", {E + "voters_polling_day||": +13_143}),
    ("J11", "a", "inside"): (INSIDE, "final_count", "final", {"28-1|ballots_other||": +1}),
    ("J11", "b", ""): (LOWER, "final_count", "final", {"28-1|ballots_other||": -1}),
    ("J17", "b", ""): (
        LOWER,
        "retention_review",
        "final",
        {"review|dismiss||2": +3_000, "review|keep||2": -3_000},
    ),
    ("J18", "a", ""): (LOWER, "final_count", "final", {"28-1|valid_votes||": -6}),
    ("J18", "b", ""): (LOWER, "final_voting", "final", {"B08|voters||": -1_000}),
    ("J20", "b", ""): (UPPER, "final_count", "final", {"C28|votes||1": +4_500, "C28|votes||2": -4_500}),
    ("J21", "b", ""): (LOWER, "count_flash", "c2200", {"28-1|ballots_counted||": +11_000}),
    ("J21", "c", ""): (LOWER, "count_flash", "c2200", {"28-1|votes||1": +30_000}),
    ("J22", "b", ""): (LOWER, "facilities", "planned", {E + "polling_places|opening=earlier|": +1}),
    ("J22", "c", ""): (LOWER, "facilities", "planned", {E + "polling_places|facility=school|": +1}),
    ("J24", "b", ""): (LOWER, "results_survey_facilities", "final", {E + "registered_electors||": -100}),
    ("J27", "b", ""): (LOWER, "final_count", "final", {}, {"28-1|invalid_votes||": "!not_reported"}),
    ("J28", "b", ""): (LOWER, "turnout_flash", "t1100", {E + "voters_polling_day||": +18_000}),
    ("J28", "c", ""): (UPPER, "final_count", "final", {"C28|valid_votes||": -2_000}),
    ("J28", "d", ""): (LOWER, "facilities", "planned", {E + "polling_districts||": +9_000}),
    ("J28", "e", ""): (UPPER, "early_voting", "d1", {E + "voters_early||": +60_000}, {}, NOBODY_YET),
    ("J28", "f", ""): (LOWER, "facilities", "planned", {E + "count_minutes_planned||": +5_000}),
    ("J29", "a", ""): (UPPER, "final_count", "final", {"C28|votes||1": +2_007, "C28|votes||2": -2_007}),
    ("J29", "b", ""): (LOWER, "turnout_flash", "t1100", {E + "electors||": 0, E + "voters_polling_day||": 0}),
}
"""(Rule, part, the value of its setting that chooses it) → form and slot, what is added, what is typed besides, the unit."""
