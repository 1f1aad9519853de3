"""Logs of one installation, the first of them its directory, and a database that gathers all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import tiny
from databases import Databases
from tiny import SYSTEM

from projections import versions
from projections.compare import SQL as COMPARE
from projections.runner import Projector
from reporting.application.commands import CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database
from reporting.database.sql import filled, identifier
from reporting.ledger import Ledger
from reporting.logs.directory import LogDirectory
from reporting.logs.gathering import Gatherer, GatherRound
from reporting.logs.moving import ElectionMoved, Mover
from reporting.logs.naming import Installation, Log
from reporting.logs.placing import Placing
from reporting.logs.verifying import Verified, Verifier
from reporting.transparency import note
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

EAST, WEST, SOUTH = "east", "west", "south"
BALANCED = dict(night.BALANCED)


@dataclass
class SeveralLogs:
    """`services`: by log, each refusing what another holds."""

    installation: Installation
    reading: Database
    stack: ExitStack
    keys: dict[str, SignerKey]
    services: dict[str, Reporting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, log in self.installation.logs.items():
            ledger = self.stack.enter_context(closing(Ledger(log.at)))
            here = self.installation.model_copy(update={"here": name})
            self.services[name] = Reporting(ledger, placements=Placing(here))
            self.services[name].declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, SYSTEM, uuid4())
        self.directory = LogDirectory(self.installation, self.services[EAST].ledger)

    def begin(self, code: str, log: str, **changes: Any) -> Desk:
        """An election placed and defined."""
        self.directory.place(uuid4(), code, log, SYSTEM, None)
        self.services[log].define_election(night.election(code=code, **changes), SYSTEM, uuid4())
        return Desk(self.services[log])

    def move(self, code: str, to: str, **more: Any) -> ElectionMoved:
        return Mover(self.installation, self.directory).move(code, to, SYSTEM, **more)

    def gather(self) -> GatherRound:
        done = Gatherer(self.installation, self.reading).round()
        Projector(self.reading).catch_up()
        return done

    def verify(self, *, gathered: bool = True) -> Verified:
        return Verifier(self.installation, self.reading if gathered else None).verify()

    def sign(self, log: str, folder: Any) -> None:
        """And the directory notes the head."""
        signer = Signer(self.installation.logs[log].at, self.keys[log], folder / f"{log}.json")
        signer.step()
        signer.close()
        self.directory.note(uuid4(), log, SYSTEM)

    def written(self, folder: Path) -> Path:
        """The file that names the logs, as the operator writes it."""
        told = [f'directory = "{self.installation.directory}"']
        for log in self.installation.log:
            told += [
                "[[log]]",
                *(f"{name} = {json.dumps(value)}" for name, value in log.model_dump().items()),
            ]
        (file := folder / "logs.toml").write_text("\n".join(told), encoding="utf-8")
        return file

    def position(self, log: str) -> int:
        return self.services[log].ledger.position()


@contextmanager
def several_logs(
    databases: Databases, template: str, names: Sequence[str] = (EAST, WEST)
) -> Iterator[SeveralLogs]:
    with ExitStack() as stack:
        *homes, reading = (stack.enter_context(databases.fresh(template)) for _ in (*names, "reading"))
        keys = {name: SignerKey.generate(f"log.example/{name}", note.ED25519) for name in names}
        logs = tuple(
            Log(name=name, database=database.url, address=f"https://{name}.example/", key=str(keys[name].verifier()))
            for name, database in zip(names, homes, strict=True)
        )  # fmt: skip
        yield SeveralLogs(Installation(directory=names[0], log=logs), reading, stack, keys)


def enter(service: Reporting, election: str, unit: str, version: int = 0, **values: Any) -> Any:
    request = EnterFigures(
        command_id=values.pop("command_id", None) or uuid4(), election=election, form="final", slot="final", unit=unit,
        expected_version=version, figures=night.cells(**values),
    )  # fmt: skip
    return service.enter_figures(request, SYSTEM)


def correct(service: Reporting, election: str, unit: str, version: int, **values: Any) -> Any:
    request = CorrectFigures(
        command_id=uuid4(), election=election, form="final", slot="final", unit=unit, expected_version=version,
        figures=night.cells(**values), reason_class="typing_error", reason="転記誤り",
    )  # fmt: skip
    return service.correct_figures(request, SYSTEM)


def shown(*databases: Database, election: str | None = None) -> list[tuple[Any, ...]]:
    """Every total, figure and state of a return in the live views of these, without positions; of one election or of all."""
    rows: list[tuple[Any, ...]] = []
    for database in databases:
        Projector(database).catch_up()
        with database.connect(READER) as connection:
            live = versions.live(connection)
            assert live is not None
            schema = identifier(versions.schema_name(live.number))
            for table, columns in (("totals", 9), ("figures", 9), ("cases", 6), ("returns", 7)):
                query = filled(COMPARE[table], schema=schema, mark=table)
                rows += [row[:columns] for row in connection.execute(query.encode()).fetchall()]
    return sorted((row for row in rows if election in (None, row[1])), key=repr)
