"""What makes each rule fire on a form as shipped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LOWER, UPPER = "lower_house", "upper_house"
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
