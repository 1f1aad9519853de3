"""What an analyst finds in an installation: elections over a wave of mergers and a new voting age, each absence, and a night that
was released, corrected and signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import open_night
import tiny
from in_process import InProcess
from starlette.testclient import TestClient
from tiny import label

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.commands import EnterFigures
from reporting.application.desk import Desk
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.areas import AreaRecord
from reporting.ledger import Ledger
from reporting.publication.distribution.making import ReleasePlace
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.recording import Distributions
from reporting.publication.distribution.store import DistributionStore
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

LOG, REGISTRY = "ledger.example/test", "japan-towns"
"""Breaks of Japan's elections that are known concern the registry."""
MERGED = {"33": (date(2005, 10, 1), ("31", "32")), "43": (date(2006, 3, 20), ("41", "42"))}
"""Town → when it came, and of which."""
DAYS = {
    "e2003": date(2003, 11, 9), "e2009": date(2009, 8, 30), "e2014": date(2014, 12, 14), "e2017": date(2017, 10, 22),
}  # fmt: skip
FIGURES: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "e2003": {"11": (900, 540), "12": (700, 400), "20": (500, 333), "31": (210, 161), "32": (190, 120), "41": (90, 70), "42": (60, 31)},
    "e2009": {"11": (910, 640), "12": (720, 500), "20": (480, 341), "33": (380, 290), "43": (140, 100)},
    "e2014": {"11": (905, 470), "12": (730, 380), "20": (470, 260), "33": (370, 210), "43": (130, 70)},
    "e2017": {"11": (930, 500), "12": (760, 410), "20": (460, 250), "33": (365, 200), "43": (128, 69)},
}  # fmt: skip
"""Electors and voters of each unit."""
STATED = {"11": "0", "12": "!none", "20": "!not_reported", "33": "!suppressed"}
"""Of 2017, ballots taken away: each absence beside a zero, and of 43 nothing at all."""
VOTES = {"11": "300.5", "12": "250.125"}


def areas() -> list[AreaRecord]:
    ends = {code: day for day, codes in MERGED.values() for code in codes}
    places = [("JP", "nation", None), ("P1", "prefecture", "JP"), ("P2", "prefecture", "JP"), ("10", "city", "P1"),
              ("11", "ward", "10"), ("12", "ward", "10"), ("20", "municipality", "P1"),
              *((code, "municipality", "P2") for code in ("31", "32", "41", "42", "33", "43"))]  # fmt: skip
    return [
        AreaRecord(
            geography="administrative", code=code, level=level, name=f"地域{code}", parent=parent,
            valid_from=MERGED[code][0] if code in MERGED else date(2000, 1, 1), valid_to=ends.get(code),
        )
        for code, level, parent in places
    ]  # fmt: skip


def _named(*codes: str) -> tuple[AreaName, ...]:
    return tuple(
        AreaName(code=code, name=f"地域{code}", level="ward" if code in ("11", "12") else "municipality")
        for code in codes
    )


def filled(service: Reporting, database: Database, settings: Settings) -> str:
    """The line of the log's public key."""
    service.declare_registry(REGISTRY, tiny.GEOGRAPHIES, areas(), tiny.SYSTEM, uuid4())
    start = {name.code: name for name in _named("11", "12", "20", "31", "32", "41", "42")}
    changes = [
        AreaChange(
            id=f"merged-{code}", date=day, kind="merged", source="県告示", from_areas=_named(*of), to_areas=_named(code)
        )
        for code, (day, of) in MERGED.items()
    ]  # fmt: skip
    register_lineage(service, REGISTRY, date(2000, 1, 1), start, changes, tiny.SYSTEM, uuid4())
    for code, day in DAYS.items():
        _held(service, code, day)
    service.define_election(
        night.election(is_test=False, geographies=["administrative"], registry=REGISTRY), tiny.SYSTEM, uuid4()
    )
    desk = Desk(service)
    night.submit(desk)
    open_night.release(service, desk)
    open_night.correct(service, desk, database)
    distributions = Distributions(service, desk)
    made = distributions.make(ReleasePlace("tiny", "final", "final", 1), UNNAMED)
    DistributionStore(settings.distributions).add(made)
    distributions.record(made, tiny.SYSTEM)
    Projector(database).catch_up()
    key = SignerKey.generate(LOG)
    signer = Signer(database, key, settings.data_dir / "signer.json")
    signer.start()
    signer.step()
    signer.close()
    return str(key.verifier())


def _held(service: Reporting, code: str, day: date) -> None:
    base = tiny.election()
    form = base.forms[0].model_copy(update={"slots": base.forms[0].slots[:1]})
    definition = tiny.election(
        code=code, label=label(f"{day.year}年選挙"), polling_date=day, is_test=False, forms=(form,), contests=base.contests[:1],
        geographies=["administrative"], registry=REGISTRY,
    )  # fmt: skip
    service.define_election(definition, tiny.SYSTEM, uuid4())
    for unit, (electors, voters) in FIGURES[code].items():
        more: dict[str, Any] = {}
        if code == "e2017":
            stated = {"votes_a": VOTES.get(unit), "not_deposited": STATED.get(unit)}
            more = {name: text for name, text in stated.items() if text is not None}
        figures = {
            "electors": electors,
            "voters": voters,
            **{name: text for name, text in more.items() if text},
        }
        request = EnterFigures(
            command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
            figures=tiny.cells(**figures),
        )  # fmt: skip
        service.enter_figures(request, tiny.SYSTEM)


@dataclass(frozen=True, slots=True)
class Installation:
    """`log_key`: the line that the log's operator gives out."""

    server: TestClient
    transport: InProcess
    settings: Settings
    log_key: str


@contextmanager
def installed(database: Database, folder: Path) -> Iterator[Installation]:
    settings = Settings(
        database_url=database.url, data_dir=folder, token_key=folder / "token.key", publication=False
    )
    ledger = Ledger(database)
    log_key = filled(Reporting(ledger), database, settings)
    ledger.close()
    with TestClient(create_app(settings)) as server:
        yield Installation(server, InProcess(server), settings, log_key)
