"""Whatever is typed: the engine answers, its keys are distinct, and declaring is always a way out."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting.domain.figures import Absence, Cell
from reporting.rules.catalogue import everything, load_rules

RULES = " ".join(use.code for use in everything())
VALUE = st.one_of(
    st.sampled_from(list(Absence)), st.integers(-5, 300), st.decimals(0, 300, places=3, allow_nan=False)
)
ITEMS = [
    "ballots_counted",
    "valid_votes",
    "invalid_votes",
    "ballots_not_deposited",
    "ballots_other",
    "invalid_blank",
]
KEYS = st.sampled_from(
    [f"{contest}|{item}" for contest in ("smd", "pr") for item in [*ITEMS, "voters", "electors"]]
    + [f"smd|votes||{code}" for code in "abc"]
)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SHARED
@given(st.dictionaries(KEYS, VALUE), st.dictionaries(KEYS, VALUE), st.sampled_from(["count", "turnout"]))
def test_any_figures_are_answered(
    run: Any, figures: dict[str, Any], around: dict[str, Any], form: str
) -> None:
    other = {("turnout" if form == "count" else "count", "final"): around}
    examination = run(RULES, form, figures, other_forms=other, previous=around)
    keys = [finding.key for finding in examination.findings]
    assert len(keys) == len(set(keys))
    for finding in examination.findings:
        assert finding.message_ja
        assert "{" not in finding.message_en
        assert all(Cell.from_key(cell).key == cell for cell in finding.cells)
    waived = frozenset(finding.key for finding in examination.findings if finding.waivable)
    after = run(RULES, form, figures, other_forms=other, previous=around, declared=waived)
    assert [one.key for one in after.findings] == keys
    assert {one.rule for one in after.blocking} <= {rule.code for rule in load_rules() if not rule.waivable}


@SHARED
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_every_imbalance_can_be_declared(run: Any, voters: int, valid: int, invalid: int) -> None:
    figures = {"smd|valid_votes": valid, "smd|invalid_votes": invalid, "smd|ballots_counted": valid + invalid}
    around = {("turnout", "final"): {"smd|voters": voters}}
    found = run("J09 J11", "count", figures, other_forms=around).findings
    assert [one.difference for one in found] == (
        [valid + invalid - voters] if valid + invalid != voters else []
    )
    declared = frozenset(one.key for one in found)
    assert run("J09 J11", "count", figures, other_forms=around, declared=declared).blocking == ()
