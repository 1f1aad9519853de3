"""A durable PostgreSQL of one's own, a migrated database per benchmark, and a country of 1,900 reporting units."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from reporting.application.service import Reporting
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate
from reporting.domain.actor import Actor, Role
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition
from reporting.ledger import Ledger

ACTOR = Actor("benchmark", "benchmark", Role.SYSTEM, "*")
UNITS, PREFECTURES = 1_900, 47
ITEMS = ("electors", "invalid", "valid", "voters")
CONTESTS = ("c1", "c2", "c3", "c4")
ELECTIONS, SLOTS = 11, 12
"""1,900 units × 11 elections × 12 slots × 4 contests: room for a million events of 4 figures, no cell twice."""


@contextmanager
def server() -> Iterator[str]:
    """The embedded PostgreSQL in a temporary directory, with its default durability; yields its URL."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # started as root, the server runs as another user, who must reach it
        with embedded.serve(directory / "data") as url:
            _written_for_days(url)
            yield url


WAL_FILES = 60
DEPLOYED = Path(__file__).resolve().parents[1] / "deploy" / "backup" / "postgresql.conf"


def _written_for_days(url: str) -> None:
    """The server has the files of its WAL, and keeps them as `deploy/` says. A new one makes each anew, for which all who commit wait
    70 ms: that is of its first hour and of no night."""
    (kept,) = re.findall(r"(?m)^min_wal_size = (\w+)$", DEPLOYED.read_text("utf-8"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET min_wal_size = '{kept}'".encode())
        connection.execute("SELECT pg_reload_conf()")
        for _ in range(WAL_FILES):
            connection.execute("SELECT pg_logical_emit_message(false, 'stage', '')")
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


@contextmanager
def database(server_url: str, name: str) -> Iterator[Database]:
    """A migrated database that is dropped afterwards."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        made = Database(make_conninfo(server_url, dbname=name))
        migrate(made)
        yield made
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def unit(number: int) -> str:
    """Code of the reporting unit `number` (from 0)."""
    return f"u{number + 1:04d}"


def define(target: Database, elections: int = 1, *, offices: bool = False) -> None:
    """Declare the country and its elections through the command service. `offices`: prefecture and nation approve returns."""
    ledger = Ledger(target)
    try:
        service = Reporting(ledger)
        service.declare_registry("land", (_geography(),), tuple(_areas()), ACTOR, uuid4())
        for number in range(elections):
            service.define_election(_election(number + 1, offices=offices), ACTOR, uuid4())
    finally:
        ledger.close()


def label(text: str) -> dict[str, str]:
    """The same in both languages."""
    return {"ja": text, "en": text}


def _geography() -> GeographyRecord:
    levels = [{"code": code, "label": label(code)} for code in ("nation", "prefecture", "municipality")]
    return GeographyRecord.model_validate({"code": "adm", "label": label("adm"), "levels": levels})


def _areas() -> Iterator[AreaRecord]:
    def area(code: str, level: str, parent: str | None) -> AreaRecord:
        return AreaRecord(
            geography="adm",
            code=code,
            level=level,
            name=f"地域{code}",
            name_en=f"Area {code}",
            parent=parent,
            valid_from=date(2000, 1, 1),
        )

    yield area("JP", "nation", None)
    yield from (area(f"p{number:02d}", "prefecture", "JP") for number in range(PREFECTURES))
    yield from (area(unit(n), "municipality", f"p{n % PREFECTURES:02d}") for n in range(UNITS))


def _election(number: int, *, offices: bool) -> ElectionDefinition:
    values: dict[str, Any] = {
        "code": f"e{number}",
        "label": label(f"e{number}"),
        "kind": "general",
        "polling_date": date(2023, 12, 31) + timedelta(days=number),
        "is_test": True,
        "registry": "land",
        "geographies": ["adm"],
        "units": {"geography": "adm", "levels": ["municipality"]},
        "items": [{"code": code, "label": label(code), "kind": "count"} for code in ITEMS],
        "contests": [
            {"code": code, "label": label(code), "kind": "any", "area": {"geography": "adm", "area": "JP"}}
            for code in CONTESTS
        ],
        "forms": [
            {
                "code": "night",
                "label": label("night"),
                "items": list(ITEMS),
                "slots": [{"code": f"s{n + 1}", "label": label(f"s{n + 1}")} for n in range(SLOTS)],
            }
        ],
    }
    if offices:
        values["workflow"] = {
            "geography": "adm",
            "levels": ["prefecture", "nation"],
            "publish_at_level": "nation",
            "certify_at_level": "nation",
        }
    return ElectionDefinition.model_validate(values)
