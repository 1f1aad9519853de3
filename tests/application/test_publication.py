"""The publication clock never stalls: what is approved goes out on time, with coverage; later corrections are notices."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import night
import pytest
from night import CITY, NATION, PREFECTURE, TOWN, WARD

from projections.read import Sees
from projections.runner import Projector
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.desk_commands import ReleaseSlot, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import Layer
from reporting.errors import InvalidInput, NotAuthorised, UnknownReference, VersionConflict
from reporting.publication.release import NotForThePublic, PackageDiffers, Publication

TEN = datetime.fromisoformat(night.TEN)
LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
FLASH: dict[str, Any] = {"form": "flash", "slot": "2200"}


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return night.define(service)


@pytest.fixture
def clock(service: Reporting, desk: Desk) -> Publication:
    return Publication(service, desk)


def approved(desk: Desk, unit: str) -> None:
    night.submit(desk, unit, **FLASH)
    if unit != "20":
        night.approve(desk, CITY, unit, **FLASH)
    night.approve(desk, PREFECTURE, unit, **FLASH)


def test_nothing_goes_out_before_its_time(desk: Desk, clock: Publication) -> None:
    approved(desk, "11")
    assert clock.tick("tiny", TEN - timedelta(seconds=1)) == []
    with pytest.raises(InvalidInput):
        clock.release("tiny", "flash", "2200", TEN - timedelta(seconds=1), night.tiny.SYSTEM)
    with pytest.raises(NotAuthorised):
        clock.release("tiny", "flash", "2200", TEN, WARD)


def test_what_is_collected_and_not_published_goes_out_by_nobody(service: Reporting) -> None:
    forms = night.election().model_dump(mode="json")["forms"]
    forms[0]["slots"][0]["public"] = False
    desk = night.define(service, forms=forms)
    clock = Publication(service, desk)
    approved(desk, "11")
    assert ("flash", "2200") not in clock.due("tiny", LATE)
    with pytest.raises(NotForThePublic):
        clock.release("tiny", "flash", "2200", LATE, night.tiny.SYSTEM)


def test_a_slot_goes_out_with_what_is_approved_and_names_who_is_correcting(
    desk: Desk, clock: Publication
) -> None:
    approved(desk, "11")
    approved(desk, "20")
    night.submit(desk, "12", **FLASH)
    from reporting.application.desk_commands import SendBack

    back = SendBack(**night.of("12", **FLASH), cells=("pr|votes||a",), reason_class="query", reason="確認")
    desk.send_back(back, CITY)
    (release,) = clock.tick("tiny", TEN)
    assert (release.number, release.approved, release.expected) == (1, 2, 5)
    assert release.under_correction == ("12",)
    assert release.changes == ()
    assert clock.tick("tiny", TEN) == []  # nothing new: no second notice


def test_a_correction_keeps_the_old_figure_public_until_approved_and_then_makes_one_notice(
    desk: Desk, clock: Publication
) -> None:
    approved(desk, "11")
    clock.tick("tiny", TEN)
    fix = Submit(**night.of("11", **FLASH), figures=night.cells(votes_a=59), reason="読み違い")
    desk.submit(fix, WARD)
    assert clock.tick("tiny", TEN) == []
    night.approve(desk, CITY, "11", **FLASH)
    night.approve(desk, PREFECTURE, "11", **FLASH)
    (notice,) = clock.tick("tiny", TEN)
    assert notice.number == 2
    (change,) = notice.changes
    assert change.model_dump() == {
        "unit": "11", "cell": "pr|votes||a", "kind": "correction", "before": "60", "after": "59", "withdrawn": None,
        "office": WARD.office, "reason_class": fix.reason_class, "approved_by": PREFECTURE.office,
    }  # fmt: skip
    assert clock.tick("tiny", TEN) == []


def test_two_clocks_publish_once(desk: Desk, clock: Publication, service: Reporting) -> None:
    approved(desk, "11")
    other = Publication(Reporting(service.ledger), Desk(Reporting(service.ledger)))
    first = clock.tick("tiny", TEN)
    assert len(first) == 1
    assert other.tick("tiny", TEN) == []


def test_views_hold_entered_approved_and_released_apart(
    desk: Desk, clock: Publication, service: Reporting, database: Database
) -> None:
    from projections.read import TotalsQuery, ViewReader

    approved(desk, "11")
    clock.tick("tiny", TEN)
    fix = Submit(**night.of("11", **FLASH), figures=night.cells(votes_a=50), reason="読み違い")
    desk.submit(fix, WARD)
    night.approve(desk, CITY, "11", **FLASH)
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    try:
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            election = snapshot.election("tiny")
            values = {}
            for layer in ("entered", "city", "prefecture", "released"):
                query = TotalsQuery(
                    "flash",
                    "2200",
                    "pr",
                    "administrative",
                    ("votes",),
                    choices=("a",),
                    areas=("JP",),
                    layer=Layer.named(layer),
                )
                (row,) = snapshot.totals(election, query)
                values[layer] = (row.value, row.reported, row.expected)
    finally:
        reader.close()
    assert values == {
        "entered": ("50", 1, 5),
        "city": ("50", 1, 5),
        "prefecture": ("60", 1, 5),
        "released": ("60", 1, 5),
    }
    assert verify(database).differences == []


def test_the_final_slot_after_the_flash(desk: Desk, clock: Publication) -> None:
    for unit, actor in (("11", WARD), ("20", TOWN)):
        night.submit(desk, unit, actor)
    night.approve(desk, CITY, "11")
    for unit in ("11", "20"):
        night.approve(desk, PREFECTURE, unit)
        night.approve(desk, NATION, unit)
    released = {release.approved for release in clock.tick("tiny", LATE)}
    assert 2 in released


def test_a_release_can_be_made_again_byte_by_byte(desk: Desk, clock: Publication, service: Reporting) -> None:
    import hashlib
    import json

    approved(desk, "11")
    clock.tick("tiny", TEN)
    first = clock.package("tiny", "flash", "2200", 1)[1].files
    fix = Submit(**night.of("11", **FLASH), figures=night.cells(votes_a=59), reason="読み違い")
    desk.submit(fix, WARD)
    for actor in (CITY, PREFECTURE):
        night.approve(desk, actor, "11", **FLASH)
    clock.tick("tiny", TEN)
    service.define_election(
        night.election(label=night.label("改")), night.tiny.SYSTEM, uuid4(), reason="定義の訂正"
    )
    assert clock.package("tiny", "flash", "2200", 1)[1].files == first
    head, second = clock.package("tiny", "flash", "2200", 2)
    manifest = json.loads(second.files["manifest.json"])
    assert manifest["isTest"] is True
    assert manifest["files"] == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in second.files.items()
        if name != "manifest.json"
    }
    assert head.package == second.manifest_sha256
    assert b"11,pr,votes,,a,60,59" in second.files["changes.csv"]
    assert b"administrative,nation,JP," in second.files["totals.csv"]
    with pytest.raises(UnknownReference):
        clock.package("tiny", "flash", "2200", 3)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_definition_that_changes_while_a_release_is_made_stands_whole_in_it_or_not_at_all(
    desk: Desk, clock: Publication, service: Reporting, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    """Made by the definition before it, of a position after it, the release could never be made again: its files were none."""
    approved(desk, "11")
    position, stored = service.ledger.position, night.election().model_dump(mode="json")
    stored["geographies"] = ["administrative"]
    changes = iter([type(night.election()).model_validate(stored)])

    def meanwhile() -> int:
        for definition in changes:
            Reporting(service.ledger).define_election(
                definition, night.tiny.SYSTEM, uuid4(), reason="当夜の変更"
            )
        return position()

    monkeypatch.setattr(service.ledger, "position", meanwhile)
    if by_hand:
        asked = ReleaseSlot(command_id=uuid4(), election="tiny", **FLASH)
        assert clock.release("tiny", "flash", "2200", TEN, NATION, asked)
    else:
        with pytest.raises(VersionConflict):  # looked at again a second later
            clock.tick("tiny", TEN)
        assert clock.tick("tiny", TEN)
    head, package = clock.package("tiny", "flash", "2200", 1)
    assert head.package == package.manifest_sha256
    assert b"electoral," not in package.files["totals.csv"]


def test_a_release_that_no_longer_comes_out_the_same_is_told(
    desk: Desk, clock: Publication, database: Database
) -> None:
    approved(desk, "11")
    clock.tick("tiny", TEN)
    with database.connect(autocommit=True) as admin:
        admin.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE ledger.event SET state = convert_to(replace(convert_from(state, 'UTF8'), '\"60\"', '\"61\"'), 'UTF8')"
            " WHERE type = 'FiguresReleased'"
        )
    with pytest.raises(PackageDiffers):
        clock.package("tiny", "flash", "2200", 1)
