"""A difference that somebody was shown and that is then gone reaches the approver with every value, whatever kind it is of and
wherever it was shown: a balance, against the electors, a part of its whole, against another form, against an earlier slot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import night
import pytest
from night import CITY, PREFECTURE, WARD
from two_forms import COUNT, COUNTED, FORMS, VOTED, VOTING

from reporting.application.acting import Done
from reporting.application.desk import Desk
from reporting.application.desk_commands import ApproveGreen, SaveDraft, Submit
from reporting.application.findings import RulesRefused
from reporting.application.looks import LookFirst
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.errors import ReportingError
from reporting.publication.release import Publication

EARLY = ("voting", "early")
BALLOTS_OF_100 = {**COUNTED, "ballots_counted": 100, "valid_votes": 98, "votes_a": 60}


@dataclass(frozen=True, slots=True)
class Kind:
    """`rule` finds `wrong` in the return at `at`, where `before` stands; `evading` silences it. `moved`: the cell that did, and what it
    held when it was shown."""

    rule: str
    at: tuple[str, str]
    wrong: Mapping[str, int]
    evading: Mapping[str, int]
    moved: tuple[str, str]
    before: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)


KINDS = {
    "balance": Kind(
        "J09", COUNT, {**BALLOTS_OF_100, "invalid_votes": 5}, BALLOTS_OF_100, ("pr|invalid_votes||", "5"), {VOTING: VOTED}
    ),
    "against the electors": Kind("J08", VOTING, {**VOTED, "voters": 250}, VOTED, ("pr|voters||", "250")),
    "parts of a whole": Kind(
        "J10", COUNT, {**BALLOTS_OF_100, "votes_b": 40}, BALLOTS_OF_100, ("pr|votes||b", "40"), {VOTING: VOTED}
    ),
    "against another form": Kind("J11", COUNT, COUNTED, BALLOTS_OF_100, ("pr|ballots_counted||", "118"), {VOTING: VOTED}),
    "against an earlier slot": Kind(
        "J07", VOTING, {**VOTED, "voters": 90}, {**VOTED, "voters": 110}, ("pr|voters||", "90"),
        {EARLY: {**VOTED, "voters": 110}},
    ),
}  # fmt: skip


def draft(desk: Desk, kind: Kind) -> None:
    desk.save_draft(SaveDraft(**night.of("11", *kind.at), cells=night.cells(**kind.wrong)), WARD)
    assert desk.shown_draft(desk.returns.open("tiny", *kind.at, "11"), WARD)
    desk.save_draft(
        SaveDraft(**night.of("11", *kind.at), cells=night.cells(**dict.fromkeys(kind.wrong, ""))), WARD
    )


def submission(desk: Desk, kind: Kind) -> None:
    with pytest.raises(RulesRefused):
        night.submit(desk, form=kind.at[0], slot=kind.at[1], values=dict(kind.wrong))


def evade(desk: Desk, kind: Kind, **more: object) -> None:
    request = Submit(
        **night.of("11", *kind.at), figures=night.cells(**kind.evading),
        draft_version=desk.returns.draft("tiny", *kind.at, "11").version, **more,
    )  # fmt: skip
    desk.submit(request, WARD)


def green(desk: Desk, kind: Kind, actor: Actor) -> Done | ReportingError:
    """What bulk approval says of the return."""
    form, slot = kind.at
    request = ApproveGreen(command_id=uuid4(), election="tiny", form=form, slot=slot)
    return dict(desk.approve_green(request, actor))["11"]


@pytest.mark.parametrize("shown", [draft, submission], ids=["draft", "submission"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_what_was_shown_and_is_gone_is_looked_at(
    service: Reporting, kind: Kind, shown: Callable[[Desk, Kind], None]
) -> None:
    desk = night.define(
        service, forms=FORMS, rules=[{"code": code} for code in ("J01", "J07", "J08", "J09", "J10", "J11")]
    )
    for at, values in kind.before.items():
        night.submit(desk, form=at[0], slot=at[1], values=dict(values))
    shown(desk, kind)
    with pytest.raises(ReportingError, match="理由"):
        evade(desk, kind)
    evade(desk, kind, reason="転記誤り")
    opened = desk.returns.open("tiny", *kind.at, "11")
    (trace,) = opened.case.discrepancies.values()
    assert (trace.rule, trace.vanished) == (kind.rule, True)
    cell, held = kind.moved
    for actor in (CITY, PREFECTURE):
        assert isinstance(green(desk, kind, actor), LookFirst)
        with pytest.raises(LookFirst):
            night.approve(desk, actor, form=kind.at[0], slot=kind.at[1])
        looks = desk.looks(desk.returns.open("tiny", *kind.at, "11"), actor)
        assert any(held in looked.path for look in looks for looked in look.cells if looked.key == cell)
        plan = Publication(service, desk).plan("tiny", *kind.at)
        assert "11" not in plan.changed, "nothing of it goes out unseen"
        night.look(desk, actor, form=kind.at[0], slot=kind.at[1])
    assert "11" in Publication(service, desk).plan("tiny", *kind.at).changed
