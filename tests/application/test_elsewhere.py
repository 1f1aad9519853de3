"""A difference between two returns of a unit, seen in one of them and lost by a change of the other: it leaves the same trace."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from night import CITY, NATION, PREFECTURE, WARD, WARD_2
from two_forms import COUNT, COUNTED, FORMS, VOTED, VOTING

from reporting.application import desk_commands as desks
from reporting.application.acting import Done
from reporting.application.batch import BatchPart, ComparedReturn, ImportedFile, ReturnFigures, record_batch
from reporting.application.commands import CorrectFigures
from reporting.application.desk import Desk
from reporting.application.figures import FigureDoor
from reporting.application.looks import LookFirst
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.discrepancy import ALTERED
from reporting.errors import InvalidInput
from reporting.ledger import return_stream
from reporting.rules.model import Finding

CHAIN = (CITY, PREFECTURE, NATION)


def approve(desk: Desk, place: tuple[str, str], upto: int = 3) -> None:
    for actor in CHAIN[:upto]:
        night.look(desk, actor, "11", *place)


def green(desk: Desk, place: tuple[str, str], actor: Any = CITY) -> Any:
    request = desks.ApproveGreen(command_id=uuid4(), election="tiny", form=place[0], slot=place[1])
    return dict(desk.approve_green(request, actor)).get("11")


@pytest.fixture
def desk(service: Reporting) -> Desk:
    """The ward's voters and its count, which holds 18 ballots more: declared, and looked at by every office."""
    desk = night.define(service, forms=FORMS)
    night.submit(desk, form="voting", values=VOTED)
    approve(desk, VOTING)
    declare(desk)
    approve(desk, COUNT)
    return desk


def findings(desk: Desk, place: tuple[str, str], **values: int) -> list[Finding]:
    """What could be declared of the return with these figures, and is not."""
    texts = {c.cell().cell.key: c.value for c in night.cells(**values)}
    found = desk.findings.of(desk.returns.open("tiny", *place, "11"), texts)
    return [one for one in found if one.waivable and not one.declared]


def declare(desk: Desk) -> None:
    (found,) = findings(desk, COUNT, **COUNTED)
    night.submit(
        desk, form="count", values=COUNTED, declarations={found.key: "recount"}, reason="再点検でも同じ"
    )


def register(desk: Desk, place: tuple[str, str] = VOTING) -> dict[str, dict[str, str]]:
    one = desk.returns.open("tiny", *place, "11")
    return {
        said.key.split("|")[0]: dict(said.shown)
        for said in one.case.discrepancies.values()
        if said.reason_class == ALTERED
    }


def test_submitted(desk: Desk) -> None:
    night.submit(desk, form="voting", values={"voters": 118}, reason="転記誤り")
    assert register(desk) == {"J11": {"pr|voters||": "100"}}
    refused = green(desk, VOTING)
    assert isinstance(refused, LookFirst)
    (look,) = refused.looks
    assert (look.kind, look.rule) == ("vanished", "J11")
    assert [(cell.key, cell.shown, cell.now) for cell in look.cells] == [("pr|voters||", "100", "118")]
    night.look(desk, CITY, "11", *VOTING)
    assert isinstance(green(desk, VOTING, PREFECTURE), LookFirst)  # every level looks
    approve_from(desk, PREFECTURE, NATION)
    assert desk.returns.open("tiny", *VOTING, "11").case.approved_by("nation")


def approve_from(desk: Desk, *actors: Any) -> None:
    for actor in actors:
        night.look(desk, actor, "11", *VOTING)


def test_words_are_asked_for_a_first_value_too(service: Reporting) -> None:
    """The voters come after the count was declared against those of another slot's: nothing is changed, and still it
    takes words and a look."""
    desk = night.define(service, forms=FORMS)
    night.submit(desk, form="voting", values={"electors": 200, "voters": 100})
    declare(desk)
    desk.withdraw(desks.Withdraw(**night.of("11", *VOTING), reason="別の開票区"), WARD)
    with pytest.raises(InvalidInput) as refused:
        night.submit(desk, form="voting", values={"electors": 200, "voters": 118})
    assert refused.value.facts["field"] == "reason"
    night.submit(desk, form="voting", values={"electors": 200, "voters": 118}, reason="数え直し")
    assert register(desk) == {"J11": {"pr|voters||": "100"}}
    assert isinstance(green(desk, VOTING), LookFirst)


def test_corrected_without_submitting(service: Reporting, desk: Desk) -> None:
    where = {
        **night.of("11", *VOTING),
        "expected_version": desk.returns.open("tiny", *VOTING, "11").case.version,
    }
    request = CorrectFigures(
        **where, figures=night.cells(voters=118), reason_class="typing_error", reason="誤り"
    )
    FigureDoor(service, desk).record(request, WARD)
    assert register(desk) == {"J11": {"pr|voters||": "100"}}
    assert isinstance(green(desk, VOTING), LookFirst)
    with pytest.raises(LookFirst):
        night.approve(desk, CITY, "11", *VOTING)
    night.look(desk, CITY, "11", *VOTING)
    assert isinstance(green(desk, VOTING, PREFECTURE), LookFirst)


def test_imported(service: Reporting, desk: Desk) -> None:
    stream = return_stream("tiny", *VOTING, "11")
    state = service.return_case(stream)
    part = ReturnFigures(stream, "tiny", *VOTING, "11", {"pr|voters||": "118"}, "台帳の訂正")
    source = ImportedFile("test", "a.csv", uuid4().hex * 2, uuid4())
    record_batch(service, source, [BatchPart([part], {stream: ComparedReturn.of(state)})], tiny.SYSTEM)
    assert register(desk) == {"J11": {"pr|voters||": "100"}}
    assert isinstance(green(desk, VOTING), LookFirst)


def test_in_a_joint_correction(service: Reporting, desk: Desk) -> None:
    """Both forms at once: the count's own register has it declared still, the voters' tells of its going."""
    parts = (
        desks.CorrectedReturn(form="voting", slot="final", unit="11", figures=night.cells(voters=118)),
        desks.CorrectedReturn(
            form="count", slot="early", unit="11", figures=night.cells(votes_a=70, votes_b=30)
        ),
    )
    request = desks.CorrectTogether(
        command_id=uuid4(), election="tiny", returns=parts, reason="転記誤り", reason_class="typing_error"
    )
    Together(service, desk).correct(request, WARD)
    assert register(desk) == {"J11": {"pr|voters||": "100"}}


def test_what_does_not_touch_the_difference_loses_nothing(desk: Desk) -> None:
    """It stands in both returns now, declared in each."""
    (found,) = findings(desk, VOTING, electors=201, voters=100)
    night.submit(
        desk, form="voting", values={"electors": 201}, reason="転記誤り", declarations={found.key: "recount"}
    )
    assert register(desk) == {}
    night.submit(desk, form="voting", slot="early", values={"electors": 200, "voters": 50})
    assert register(desk, ("voting", "early")) == {}
    assert isinstance(green(desk, ("voting", "early")), Done)


def test_another_difference_is_no_way_round(desk: Desk) -> None:
    """What differs otherwise than before is a difference of its own: declared, or not taken."""
    (found,) = findings(desk, VOTING, electors=200, voters=117)
    night.submit(
        desk, form="voting", values={"voters": 117}, reason="転記誤り", declarations={found.key: "recount"}
    )
    assert isinstance(green(desk, VOTING), LookFirst)


def test_put_back_and_lost_again(desk: Desk) -> None:
    night.submit(desk, form="voting", values={"voters": 118}, reason="転記誤り")
    approve(desk, VOTING)
    back = findings(desk, VOTING, electors=200, voters=100)
    night.submit(
        desk, form="voting", values={"voters": 100}, reason="元に戻す",
        declarations={f.key: "recount" for f in back},
    )  # fmt: skip
    approve(desk, VOTING)
    night.submit(desk, form="voting", values={"voters": 118}, reason="再び")
    assert isinstance(green(desk, VOTING), LookFirst)


def test_closed_as_it_was_and_lost_afterwards(desk: Desk) -> None:
    """Whoever has a declared difference closed while it stands, and loses it in the same return, is looked at as well."""
    (key,) = desk.returns.open("tiny", *COUNT, "11").case.discrepancies
    closing = desks.CloseDiscrepancy(
        **night.of("11", *COUNT), key=key, reason_class="explained", reason="持帰り"
    )
    desk.close_discrepancy(closing, WARD_2)
    lost = {"ballots_counted": 100, "valid_votes": 98, "votes_a": 60}
    night.submit(desk, form="count", values=lost, reason="転記誤り")
    assert register(desk, COUNT)["J11"]["pr|ballots_counted||"] == "118"
    assert isinstance(green(desk, COUNT), LookFirst)


def test_closed_by_its_declarer_once_it_is_gone(desk: Desk) -> None:
    """The declaration closed by who made it, after the figures agree: levels that approved the difference look again."""
    (key,) = desk.returns.open("tiny", *COUNT, "11").case.discrepancies
    night.submit(desk, form="voting", values={"voters": 118}, reason="転記誤り")
    closing = desks.CloseDiscrepancy(
        **night.of("11", *COUNT), key=key, reason_class="corrected", reason="訂正"
    )
    desk.close_discrepancy(closing, WARD)
    assert isinstance(green(desk, VOTING), LookFirst)


def test_an_earlier_slot(service: Reporting) -> None:
    """Voters of the last slot below those of the early one: said openly, and then the early ones are taken down."""
    desk = night.define(service, forms=FORMS, rules=[{"code": code} for code in ("J07", "J10", "J11")])
    early = ("voting", "early")
    night.submit(desk, form="voting", slot="early", values={"electors": 200, "voters": 110})
    approve(desk, early)
    (found,) = findings(desk, VOTING, **VOTED)
    night.submit(
        desk, form="voting", values=VOTED, declarations={found.key: "recount"}, reason="受付簿のとおり"
    )
    night.submit(desk, form="voting", slot="early", values={"voters": 90}, reason="転記誤り")
    assert register(desk, early) == {"J07": {"pr|voters||": "110"}}
    assert isinstance(green(desk, early), LookFirst)
