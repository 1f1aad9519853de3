"""Every value that a shown difference had reaches the approvers, whatever is tried between the showing and the approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import night
import pytest
from night import BALANCED, CITY, CITY_2, WARD, WARD_2
from standing import stands

from reporting.application import desk_commands as desks
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.looks import LookFirst
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.discrepancy import ALTERED
from reporting.domain.four_eyes import FourEyes
from reporting.errors import InvalidInput

pytestmark = pytest.mark.begins.with_args(night.define)

BAD: dict[str, Any] = {**BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
"""18 ballots more than voters."""
NEARLY: dict[str, Any] = {**BALANCED, "ballots_counted": 101, "valid_votes": 99, "votes_a": 61}
COUNTED = "pr|ballots_counted||"
EIGHTEEN = "J11|pr|a|||||18"


def refused(desk: Desk, values: Mapping[str, Any], actor: Actor = WARD, **more: Any) -> None:
    with pytest.raises(RulesRefused):
        night.submit(desk, values=dict(values), actor=actor, **seen(desk), **more)


def seen(desk: Desk) -> dict[str, Any]:
    return {"draft_version": desk.returns.draft("tiny", "final", "final", "11").version}


def draft(desk: Desk, actor: Actor, values: Mapping[str, Any]) -> None:
    cells = tuple(c for c in night.cells(**values))
    desk.save_draft(desks.SaveDraft(**night.of("11"), cells=cells), actor)


def green(desk: Desk, actor: Actor = CITY) -> Any:
    request = desks.ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final")
    return dict(desk.approve_green(request, actor))["11"]


def paths(desk: Desk, cell: str = COUNTED, actor: Actor = CITY) -> list[tuple[str, ...]]:
    """What who approves all green is told of a cell: its values, first to last, in every look that names it."""
    told = green(desk, actor)
    assert isinstance(told, LookFirst), told
    return [held.path for look in told.looks for held in look.cells if held.key == cell]


def declarable(desk: Desk, values: Mapping[str, Any]) -> dict[str, str]:
    opened = desk.returns.open("tiny", "final", "final", "11")
    texts = {c.cell().cell.key: c.value for c in night.cells(**values)}
    return {f.key: "recount" for f in desk.findings.of(opened, texts) if f.waivable and not f.declared}


def close(desk: Desk, actor: Actor, key: str = EIGHTEEN) -> None:
    desk.close_discrepancy(
        desks.CloseDiscrepancy(**night.of("11"), key=key, reason_class="recount", reason="判明"), actor
    )


def vanish(desk: Desk) -> None:
    refused(desk, BAD)
    night.submit(desk, values=BALANCED, reason="転記誤り", **seen(desk))


def test_a_declaration_over_a_vanished_difference_is_refused(service: Reporting) -> None:
    """Declared of a colleague's draft and closed by the first: the register had nothing left to look at."""
    desk = Desk(service)
    vanish(desk)
    draft(desk, WARD_2, {"ballots_counted": 118, "valid_votes": 116, "votes_a": 78})
    with pytest.raises(InvalidInput, match="一覧にまだない"):
        night.declare(desk, WARD_2, "11", EIGHTEEN)
    (entry,) = desk.returns.open("tiny", "final", "final", "11").case.discrepancies.values()
    assert entry.reason_class == ALTERED
    assert paths(desk) == [("118", "100")]


def test_a_declared_draft_that_is_closed_before_anybody_looked_is_looked_at(service: Reporting) -> None:
    desk = Desk(service)
    draft(desk, WARD, BAD)
    night.declare(desk, WARD, "11", EIGHTEEN)
    close(desk, WARD_2)
    night.submit(desk, values=BALANCED, reason="転記誤り", **seen(desk))
    assert ("118", "100") in paths(desk)
    night.look(desk, CITY)
    assert ("118", "100") in paths(desk, actor=night.PREFECTURE), "the next level has not seen it"


def test_declared_submitted_and_closed_by_a_colleague(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk, values=BAD, declarations={EIGHTEEN: "recount"}, reason="再点検でも同じ")
    close(desk, WARD_2)
    night.submit(desk, values=BALANCED, reason="転記誤り", **seen(desk))
    assert ("118", "100") in paths(desk)


def test_a_second_declaration_of_an_open_one_is_refused(service: Reporting) -> None:
    """It would make somebody else the declarer, and the first one the second person."""
    desk = Desk(service)
    draft(desk, WARD, BAD)
    night.declare(desk, WARD, "11", EIGHTEEN)
    with pytest.raises(InvalidInput, match="一覧にまだない"):
        night.declare(desk, CITY, "11", EIGHTEEN)


def test_a_wrong_key_tells_nothing(service: Reporting) -> None:
    """What a refusal tells is shown, and a refusal leaves no trace."""
    desk = Desk(service)
    draft(desk, WARD, BAD)
    with pytest.raises(InvalidInput) as told:
        night.declare(desk, WARD, "11", "J11|pr|a|||||1")
    assert not stands("18", str(told.value))


def by_sex(electors: tuple[int, int], voters: tuple[int, int]) -> tuple[CellInput, ...]:
    return tuple(
        CellInput(contest="pr", item=item, breakdown=f"sex={sex}", value=str(value))
        for item, pair in (("electors", electors), ("voters", voters))
        for sex, value in zip("mf", pair, strict=True)
    )


@pytest.fixture
def sexes(service: Reporting) -> Desk:
    """Both electors and voters differ from their sums of men and women: two differences of one rule in one contest."""
    desk = Desk(service)
    with pytest.raises(RulesRefused) as told:
        desk.submit(
            desks.Submit(**night.of("11"), figures=(*night.cells(**BALANCED), *by_sex((100, 103), (50, 57)))),
            WARD,
        )
    assert [f.key.split("|")[3] for f in told.value.findings] == ["electors", "voters"]
    return desk


def resubmit(desk: Desk, electors: tuple[int, int], voters: tuple[int, int], **more: Any) -> None:
    figures = (*night.cells(**BALANCED), *by_sex(electors, voters))
    desk.submit(
        desks.Submit(**night.of("11"), figures=figures, reason="転記誤り", **seen(desk), **more), WARD
    )


def test_two_differences_of_one_rule_are_two(sexes: Desk) -> None:
    resubmit(sexes, (100, 100), (50, 50))
    told = green(sexes)
    assert sorted(look.key.split("|")[3] for look in told.looks) == ["electors", "voters"]
    voters = ("pr|voters||", "pr|voters|sex=m|", "pr|voters|sex=f|")
    night.approve(sexes, CITY, cells=voters)
    assert paths(sexes, "pr|electors|sex=f|") == [("103", "100")], "the other one still waits"


def test_one_declared_does_not_hide_the_other(sexes: Desk) -> None:
    opened = sexes.returns.open("tiny", "final", "final", "11")
    _, found = sexes.draft_check(opened)
    electors = next(f.key for f in found if f.waivable and "electors" in f.key)
    resubmit(sexes, (100, 103), (50, 50), declarations={electors: "recount"})
    told = green(sexes)
    assert {(look.kind, look.key.split("|")[3]) for look in told.looks} == {
        ("declared", "electors"),
        ("vanished", "voters"),
    }
    assert paths(sexes, "pr|voters|sex=f|") == [("57", "50")]


def test_a_difference_made_smaller_and_declared(service: Reporting) -> None:
    desk = Desk(service)
    refused(desk, BAD)
    night.submit(desk, values=NEARLY, declarations=declarable(desk, NEARLY), reason="再点検", **seen(desk))
    assert paths(desk) == [("118", "101")]


def test_a_difference_tried_first_with_nonsense(service: Reporting) -> None:
    """Not the first value alone: who shows a slip before the real one would hide that."""
    desk = Desk(service)
    refused(desk, {**BAD, "ballots_counted": 1180, "valid_votes": 1178, "votes_a": 1140})
    refused(desk, BAD)
    night.submit(desk, values=BALANCED, reason="転記誤り", **seen(desk))
    assert paths(desk) == [("1180", "118", "100")]


def test_tried_after_it_was_declared(service: Reporting) -> None:
    """Declared as 1 in the draft, 18 seen after that, and sent as 1."""
    desk = Desk(service)
    draft(desk, WARD, NEARLY)
    night.declare(desk, WARD, "11", "J11|pr|a|||||1")
    refused(desk, BAD)
    night.submit(desk, values=NEARLY, reason="再点検", **seen(desk))
    assert ("118", "101") in paths(desk)


def test_said_as_a_negative_number_of_ballots_it_is_one_entry(service: Reporting) -> None:
    desk = Desk(service)
    refused(desk, BAD)
    negative = {**BAD, "ballots_not_deposited": -18}
    night.submit(
        desk, values=negative, declarations=declarable(desk, negative), reason="持帰り", **seen(desk)
    )
    (entry,) = desk.returns.open("tiny", "final", "final", "11").case.discrepancies.values()
    assert (entry.reason_class, entry.key) == ("recount", "J11|pr|b|ballots_not_deposited||||-18")
    assert entry.shown[COUNTED] == "118"


@pytest.mark.begins(None)
def test_what_did_not_move_has_not_vanished(service: Reporting) -> None:
    """A difference between two forms that the other one has put right leaves no mark on the one that was right."""
    from two_forms import COUNTED as COUNT_VALUES
    from two_forms import FORMS, VOTED

    desk = night.define(service, forms=FORMS)
    night.submit(desk, form="voting", values=VOTED)
    with pytest.raises(RulesRefused):
        night.submit(desk, form="count", values=COUNT_VALUES)
    night.submit(desk, form="voting", values={"voters": 118}, reason="転記誤り")
    night.submit(desk, form="count", values=COUNT_VALUES)
    assert not desk.returns.open("tiny", "count", "final", "11").case.discrepancies
    (entry,) = desk.returns.open("tiny", "voting", "final", "11").case.discrepancies.values()
    assert dict(entry.shown) == {"pr|voters||": "100"}


@pytest.mark.begins(None)
def test_made_smaller_by_another_form(service: Reporting) -> None:
    from two_forms import COUNTED as COUNT_VALUES
    from two_forms import FORMS, VOTED

    desk = night.define(service, forms=FORMS)
    night.submit(desk, form="voting", values=VOTED)
    with pytest.raises(RulesRefused):
        night.submit(desk, form="count", values=COUNT_VALUES)
    night.submit(desk, form="voting", values={"voters": 117}, reason="転記誤り")
    (entry,) = desk.returns.open("tiny", "voting", "final", "11").case.discrepancies.values()
    assert (entry.reason_class, dict(entry.shown)) == (ALTERED, {"pr|voters||": "100"})


@pytest.mark.begins(None)
def test_who_declares_does_not_approve(service: Reporting) -> None:
    """Where the city publishes, its declarer's own approval was the only look there is."""
    flow = {
        "geography": "administrative", "levels": ["city", "prefecture", "nation"],
        "publish_at_level": "city", "certify_at_level": "nation",
    }  # fmt: skip
    desk = night.define(service, workflow=flow)
    draft(desk, WARD, BAD)
    night.declare(desk, CITY, "11", EIGHTEEN)
    desk.submit(desks.Submit(**night.of("11"), reason="再点検", **seen(desk)), WARD)
    with pytest.raises(FourEyes):
        night.look(desk, CITY)
    night.look(desk, CITY_2)
    (entry,) = desk.returns.open("tiny", "final", "final", "11").case.discrepancies.values()
    assert entry.confirmed_by is not None
    assert entry.confirmed_by.person == CITY_2.person


def test_closed_and_made_again_it_is_declared_again(service: Reporting) -> None:
    """The register said closed, and the same difference stood again with other figures."""
    desk = Desk(service)
    night.submit(desk, values=BAD, declarations={EIGHTEEN: "recount"}, reason="再点検でも同じ")
    night.look(desk, CITY)
    close(desk, WARD_2)
    night.submit(
        desk, values={"electors": 201}, reason="名簿の訂正", **seen(desk)
    )  # settled with its figures
    night.submit(desk, values=BALANCED, reason="転記誤り", **seen(desk))
    refused(desk, BAD, reason="やはり多い")
    night.submit(desk, values=BAD, declarations={EIGHTEEN: "recount"}, reason="やはり多い", **seen(desk))
    (entry,) = desk.returns.open("tiny", "final", "final", "11").case.discrepancies.values()
    assert entry.closed_at is None
