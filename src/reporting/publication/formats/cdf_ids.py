"""What both files of the common data format for election results share: ids, kinds of areas, the status of a report.

NIST SP 1500-100 version 2: JSON schema and XML schema of usnistgov/ElectionResultsReporting.
"""

from __future__ import annotations

from reporting.domain.released import ChangeKind
from reporting.publication.distribution.facts import ReleasedFacts

VENDOR = "open-election-reporting"
LEVELS = {
    "country": "country", "nation": "country", "prefecture": "state", "municipality": "municipality", "city": "city",
    "town": "town", "village": "village", "ward": "ward", "county": "county", "state": "state",
}  # fmt: skip
"""Level of an area → the word of the format; any other is `other`, with the level beside it."""


def area_id(code: str) -> str:
    return "area-" + _name(code)


def party_id(contest: str, choice: str) -> str:
    return f"party-{_name(contest)}·{_name(choice)}"


def candidate_id(contest: str, choice: str) -> str:
    return f"candidate-{_name(contest)}·{_name(choice)}"


def contest_id(code: str) -> str:
    return "contest-" + _name(code)


def selection_id(contest: str, choice: str) -> str:
    return f"selection-{_name(contest)}·{_name(choice)}"


def _name(code: str) -> str:
    """`··` for `+`, which no XML name may have; no code has a middle dot."""
    return code.replace("+", "··")


def status_of(facts: ReleasedFacts) -> str:
    """Nobody is told that a count is certified: that is said of returns, one by one."""
    if any(change.kind is ChangeKind.CORRECTION for change in facts.head.changes):
        return "correction"
    return "unofficial-complete" if facts.head.approved >= facts.head.expected else "unofficial-partial"
