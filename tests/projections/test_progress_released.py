"""Published files and previews say how far an area is as the totals do: over all of its units, or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from uuid import uuid4

import pytest
import tiny

from projections.read import TotalsQuery, ViewReader
from projections.read.preview import preview
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.election import ElectionDefinition
from reporting.domain.workflow_events import SlotReleased
from reporting.publication.package import LAYOUT, PROGRESS_WHOLE, build

Counted = Mapping[str, tuple[int, int]]
ONE_OF_TWO: Counted = {"11": (80, 80), "20": (1, 10), "31": (10, 10)}
ALL: Counted = {"11": (79_997, 80_000), "12": (3, 3), "20": (0, 10), "31": (10, 10), "32": (10, 10)}


def progressing() -> ElectionDefinition:
    items = [item.model_dump() for item in tiny.election().items]
    for item in items:
        if item["code"] == "turnout":
            item["progress"] = True
    return tiny.election(items=items)


def published(
    service: Reporting, definition: ElectionDefinition, counted: Counted, layout: int = LAYOUT
) -> dict[str, tuple[str, str]]:
    """Area → progress and the units it is made of, as totals.csv has them."""
    head = SlotReleased(
        election="tiny", form="final", slot="final", release="r", number=1, upto=1, due=None, approved=1, expected=1,
        under_correction=(), units_changed=1, layout=layout,
    )  # fmt: skip
    public = {
        unit: {"pr|voters||": str(done), "pr|electors||": str(whole)}
        for unit, (done, whole) in counted.items()
    }
    roster = service.catalog.election("tiny").roster
    text = build(definition, roster, head, public, {}).files["totals.csv"].decode()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return {
        row["area"]: (row["value"], row["reported"])
        for row in rows
        if (row["item"], row["geography"]) == ("turnout", "administrative")
    }


@pytest.mark.parametrize("counted", [ONE_OF_TWO, ALL])
def test_a_release_says_how_far_an_area_is_as_the_totals_do(
    service: Reporting, database: Database, counted: Counted
) -> None:
    """A city read 100.00 in its release with one of its wards."""
    definition = progressing()
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(definition, tiny.SYSTEM, uuid4())
    for unit, (done, whole) in counted.items():
        tiny.enter(service, unit, voters=done, electors=whole)
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    query = TotalsQuery("final", "final", "pr", "administrative", ("turnout",))
    with reader.snapshot() as snapshot:
        totals = snapshot.totals(snapshot.election("tiny"), query)
    reader.close()
    shown = {row.code: (row.value or "", str(row.reported)) for row in totals if row.reported}
    found = published(service, definition, counted)
    assert found == shown
    assert found["10"] == (("", "1") if counted is ONE_OF_TWO else ("99.99", "2"))
    if counted is ONE_OF_TWO:  # what went out before is made again as it was
        assert published(service, definition, counted, PROGRESS_WHOLE - 1)["10"] == ("100.00", "1")


def test_a_preview_says_how_far_an_area_is_as_the_totals_will(service: Reporting, database: Database) -> None:
    """Before and after: nothing while a unit lacks, and what the totals say once it is there."""
    definition = progressing()
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(definition, tiny.SYSTEM, uuid4())
    tiny.enter(service, "11", voters=80, electors=80)
    tiny.enter(service, "31", voters=1, electors=10)
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    with reader.snapshot() as snapshot:
        election = snapshot.election("tiny")

        def moved(unit: str, voters: int, electors: int) -> dict[str, tuple[str | None, str | None]]:
            changes = {"pr|voters||": Decimal(voters), "pr|electors||": Decimal(electors)}
            shown = preview(snapshot, election, "final", "final", unit, changes).totals
            rates = [one for one in shown if (one.item, one.geography) == ("turnout", "administrative")]
            return {one.area: (one.before, one.after) for one in rates}

        corrected = moved("11", 79, 80)
        assert (corrected["11"], corrected["10"], corrected["P1"]) == (
            ("100.00", "98.75"),
            (None, None),
            (None, None),
        )
        first = moved("12", 1, 20)
        assert (first["12"], first["10"], first["JP"]) == ((None, "5.00"), (None, "81.00"), (None, None))
    reader.close()
