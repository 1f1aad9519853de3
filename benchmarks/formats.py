"""The open data of a release: 1,900 returns of 80 cells in all formats, from the log to bytes, in one process.

Beside it what the signed package alone takes, which has to be made again first.
"""

from __future__ import annotations

import time
from uuid import uuid4, uuid5

from benchmarks import pages, stage
from benchmarks.table import Row
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.actor import Channel
from reporting.domain.workflow_events import FiguresReleased, SlotReleased
from reporting.ledger import Command, Ledger, NewEvent, released_stream, slot_stream
from reporting.publication.distribution.making import ReleasePlace, make
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.recording import Distributions
from reporting.publication.package import LAYOUT, build

MOST_S = 30.0
PLACE = ReleasePlace("pages", "count", "final", 1)
WHERE = {"election": PLACE.election, "form": PLACE.form, "slot": PLACE.slot}


def run(server_url: str, quick: bool) -> list[Row]:
    units = [stage.unit(number) for number in range(40 if quick else stage.UNITS)]
    with stage.database(server_url, "bench_formats") as database:
        stage.define(database, elections=0)
        ledger = Ledger(database)
        try:
            service = Reporting(ledger)
            definition = pages.election().model_copy(update={"is_test": False})
            service.define_election(definition, stage.ACTOR, uuid4())
            _release(service, units)
            distributions = Distributions(service, Desk(service))
            begun, used = time.perf_counter(), time.process_time()
            facts, contents = distributions.facts(PLACE, UNNAMED)
            opened = time.process_time() - used
            made = make(facts, contents.package)
            seconds, by = time.perf_counter() - begun, time.process_time() - used
        finally:
            ledger.close()
    size, rows = sum(len(file.data) for file in made.files), len(facts.observations)
    note = (
        f"{len(made.files)} files, {size / 1e6:.0f} MB, {rows:,} observations; {seconds:.1f} s by the clock with whatever else ran."
        " The peer is the signed package made again and read."
    )
    return [
        Row(
            f"formats: release of {len(units):,} units × {pages.CELLS} cells, all formats",
            f"{by:.1f} s of one core", f"{opened:.1f} s of one core (package and facts)", f"{by / opened:.1f}×",
            f"≤ {MOST_S:.0f} s", by <= MOST_S, note,
        )
    ]  # fmt: skip


def _release(service: Reporting, units: list[str]) -> None:
    """Everything of these units as one release."""
    public = {unit: pages.figures_of(number) for number, unit in enumerate(units)}
    stream = slot_stream(PLACE.election, PLACE.form, PLACE.slot)
    there = service.catalog.election(PLACE.election)
    head = SlotReleased(
        **WHERE, release=str(uuid5(stream, "1")), number=1, upto=service.ledger.position(), due=None,
        approved=len(units), expected=len(units), under_correction=(), units_changed=len(units), layout=LAYOUT,
    )  # fmt: skip
    package = build(there.definition, there.roster, head, public, {}).manifest_sha256
    events = [NewEvent(stream, 1, head.model_copy(update={"package": package}))]
    for unit, figures in public.items():
        event = FiguresReleased(
            **WHERE, unit=unit, release=head.release, figures=dict(sorted(figures.items())), method="full"
        )
        events.append(NewEvent(released_stream(PLACE.election, PLACE.form, PLACE.slot, unit), 1, event))
    service.ledger.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.API, tuple(events)))
