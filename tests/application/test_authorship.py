"""Who typed a value stands with it from the draft to the release: nobody approves or certifies what they typed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
from night import CITY, CITY_2, NATION, PREFECTURE, WARD, WARD_2

from reporting.application.batch import BatchPart, ImportedFile, ReturnFigures, record_batch
from reporting.application.commands import CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import Certify, SaveDraft, Submit
from reporting.application.figures import FigureDoor
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.four_eyes import FourEyes
from reporting.domain.status import Status
from reporting.domain.workflow_events import CommonBallots, Divided
from reporting.errors import DraftMoved
from reporting.ledger import return_stream

pytestmark = pytest.mark.begins.with_args(night.define)

PLACE = ("tiny", "final", "final", "11")


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


def draft(desk: Desk, actor: Actor, version: int | None = None, slot: str = "final", **values: Any) -> int:
    cells = tuple(cell for cell in night.cells(**values))
    form = "final" if slot == "final" else "flash"
    return desk.save_draft(SaveDraft(**night.of("11", form, slot), cells=cells, draft_version=version), actor)


def test_who_typed_a_draft_does_not_approve_what_another_submits(desk: Desk) -> None:
    draft(desk, CITY, **night.BALANCED)
    desk.submit(Submit(**night.of("11"), draft_version=1), WARD)
    cell = desk.returns.open(*PLACE).case.cells["pr|voters||"]
    assert cell.by.person == WARD.person
    assert [one.person for one in cell.typists] == [CITY.person]
    with pytest.raises(FourEyes):
        night.approve(desk, CITY)
    with pytest.raises(FourEyes):
        night.approve(desk, CITY, cells=("pr|voters||",))
    assert night.approve(desk, CITY_2).status is Status.APPROVED


def test_who_typed_one_cell_of_a_draft_may_approve_the_others(desk: Desk) -> None:
    draft(desk, WARD, **night.BALANCED)
    draft(desk, CITY, electors=201)
    desk.submit(Submit(**night.of("11"), draft_version=2), WARD)
    with pytest.raises(FourEyes):
        night.approve(desk, CITY, cells=("pr|electors||",))
    night.approve(desk, CITY, cells=("pr|voters||",))


def test_who_typed_does_not_certify_either_unless_openly(desk: Desk) -> None:
    draft(desk, NATION, **night.BALANCED)
    desk.submit(Submit(**night.of("11"), draft_version=1), WARD)
    other = Actor("総務省の次席", NATION.office, NATION.role, NATION.jurisdiction)
    for actor in (CITY, PREFECTURE, other):
        night.approve(desk, actor)
    with pytest.raises(FourEyes):
        desk.certify(Certify(**night.of("11")), NATION)
    desk.certify(Certify(**night.of("11"), override="担当が一人"), NATION)
    assert desk.returns.open(*PLACE).case.overridden == {"nation"}


@pytest.mark.parametrize("fill", [True, False], ids=["taken over", "typed again"])
def test_a_value_taken_over_keeps_the_author_it_had(desk: Desk, fill: bool) -> None:
    """Typed for the flash by the city, in a draft; carried into the final return by the ward."""
    draft(desk, CITY, slot="2300", votes_a=60, votes_b=38)
    desk.submit(Submit(**night.of("11", "flash", "2300"), draft_version=1), WARD)
    values = {
        name: value for name, value in night.BALANCED.items() if not (fill and name.startswith("votes"))
    }
    night.submit(desk, values=values, fill=fill, actor=WARD_2)
    assert {one.person for one in desk.returns.open(*PLACE).case.cells["pr|votes||a"].typists} == {
        CITY.person,
        WARD.person,
    }
    with pytest.raises(FourEyes):
        night.approve(desk, CITY, cells=("pr|votes||a",))
    night.approve(desk, CITY, cells=("pr|voters||",))


def test_who_said_what_was_divided_does_not_approve_the_votes(desk: Desk) -> None:
    divisions = {
        "pr": Divided(own={"a": 330, "b": 130}, common=(CommonBallots(choices=("a", "b"), ballots=10),))
    }
    values = {"votes_a": "337.173", "votes_b": "132.826"}
    night.submit(desk, form="flash", slot="2200", values=values, divisions=divisions)
    desk.submit(Submit(**night.of("11", "flash", "2200"), divisions=divisions), CITY)
    desk.submit(Submit(**night.of("11", "flash", "2200")), WARD)
    with pytest.raises(FourEyes):
        night.approve(desk, CITY, form="flash", slot="2200")


def test_typing_the_same_again_takes_nobody_off_the_authors(desk: Desk) -> None:
    draft(desk, CITY, **night.BALANCED)
    draft(desk, WARD, **{**night.BALANCED, "voters": "１００"})
    desk.submit(Submit(**night.of("11"), figures=night.cells(**night.BALANCED)), WARD)
    with pytest.raises(FourEyes):
        night.approve(desk, CITY)


def test_a_submission_takes_nothing_along_that_it_has_not_seen(desk: Desk) -> None:
    draft(desk, CITY, electors=999)
    with pytest.raises(DraftMoved) as refused:
        night.submit(desk, values={k: v for k, v in night.BALANCED.items() if k != "electors"})
    assert refused.value.facts["cells"] == ["pr|electors||"]
    for said in (refused.value.message_ja, refused.value.message_en):
        assert CITY.person in said
        assert "electors" in said
    assert desk.returns.open(*PLACE).case.cells == {}
    seen = draft(desk, WARD, **night.BALANCED)
    draft(desk, CITY, voters=99, invalid_votes=1)
    with pytest.raises(DraftMoved) as refused:
        desk.submit(Submit(**night.of("11"), draft_version=seen), WARD)
    assert sorted(refused.value.facts["cells"]) == ["pr|invalid_votes||", "pr|voters||"]
    # What the sender types itself is seen: the draft's cells are not taken.
    given = night.cells(voters=100, invalid_votes=2)
    assert (
        desk.submit(Submit(**night.of("11"), draft_version=seen, figures=given), WARD).status
        is Status.SUBMITTED
    )


def test_a_draft_does_not_overwrite_what_a_colleague_typed_since(desk: Desk) -> None:
    seen = draft(desk, WARD, voters=100)
    draft(desk, WARD_2, voters=101)
    with pytest.raises(DraftMoved) as refused:
        draft(desk, WARD, seen, voters=102)
    assert WARD_2.person in refused.value.message_ja
    draft(desk, WARD, seen, electors=200)  # another cell
    draft(desk, WARD_2, seen, voters=103)  # one's own
    assert desk.returns.draft(*PLACE).cells == {"pr|voters||": "103", "pr|electors||": "200"}
    with pytest.raises(DraftMoved):
        draft(desk, WARD, 9, voters=102)


@pytest.mark.parametrize("way", ["enterFigures", "import", "correctFigures"])
def test_a_value_of_another_form_keeps_its_author_on_whatever_way_it_is_entered(
    service: Reporting, desk: Desk, way: str
) -> None:
    """Typed for the flash by the city's clerk in a draft; entered into the final return by somebody else."""
    draft(desk, CITY, slot="2300", votes_a=60, votes_b=38)
    desk.submit(Submit(**night.of("11", "flash", "2300"), draft_version=1), WARD)
    door, votes = FigureDoor(service, desk), night.cells(votes_a=60, votes_b=38)
    if way == "import":
        texts = {"pr|votes||a": "60", "pr|votes||b": "38"}
        source = ImportedFile("test", "a.csv", "0" * 64, uuid4())
        part = ReturnFigures(return_stream(*PLACE), *PLACE, values=texts)
        record_batch(service, source, [BatchPart([part], {})], night.tiny.SYSTEM)
    elif way == "enterFigures":
        door.record(EnterFigures(**night.of("11"), expected_version=0, figures=votes), WARD_2)
    else:
        other = night.cells(votes_a=1, votes_b=1)
        door.record(EnterFigures(**night.of("11"), expected_version=0, figures=other), WARD_2)
        more = {"expected_version": 1, "reason_class": "typing_error", "reason": "転記誤り"}
        door.record(CorrectFigures(**night.of("11"), figures=votes, **more), WARD_2)
    night.submit(desk, actor=WARD_2, values={k: v for k, v in night.BALANCED.items() if k[:5] != "votes"})
    assert CITY.person in desk.returns.open(*PLACE).case.cells["pr|votes||a"].authors
    with pytest.raises(FourEyes):
        night.approve(desk, CITY, cells=("pr|votes||a",))
    night.approve(desk, CITY, cells=("pr|voters||",))


@pytest.mark.parametrize("then", ["", "999"])
def test_who_takes_out_of_the_draft_what_a_colleague_has_read_there_stays_its_author(
    desk: Desk, then: str
) -> None:
    """Typed for the ward, read by it, taken out again or typed over, and typed once more by the ward."""
    draft(desk, CITY, **night.BALANCED)
    draft(desk, CITY if not then else WARD, None, "final", **dict.fromkeys(night.BALANCED, then))
    night.submit(desk)
    with pytest.raises(FourEyes):
        night.approve(desk, CITY)
    assert night.approve(desk, CITY_2).status is Status.APPROVED


def test_who_typed_another_value_into_the_draft_is_no_author_of_this_one(desk: Desk) -> None:
    draft(desk, CITY, None, "final", **dict.fromkeys(night.BALANCED, "7"))
    draft(desk, CITY, None, "final", **dict.fromkeys(night.BALANCED, ""))
    night.submit(desk)
    assert night.approve(desk, CITY).status is Status.APPROVED
