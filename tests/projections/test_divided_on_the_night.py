"""Whoever sends what in whatever order while a unit is divided, undone and divided again: no figure leaves a total unsaid, and the
live views, views made anew, the independent fold and the auditors' program say the same."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import divided_land as land
import night
import pytest
import tiny
from auditing import require_same_totals
from divided_land import ISLAND, MAINLAND
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from thorough import examples

from projections.independent import IndependentFold
from projections.runner import Projector
from projections.verify import verify
from reporting.application.commands import EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.dividing import ConfirmDivision, Divisions, UndoDivision
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.figures import Absence, parse_value
from reporting.errors import ReportingError
from reporting.files.problems import FileRefused
from reporting.importing import import_returns
from reporting.ledger import Ledger, return_stream

COUNT, TURNOUT = ("flash", "2200"), ("turnout", "1400")
UNITS = ("20", MAINLAND, ISLAND, "31")
STEPS = st.one_of(
    st.tuples(
        st.sampled_from(("enter", "submit", "draft", "import")),
        st.tuples(st.sampled_from(UNITS), st.sampled_from((COUNT, TURNOUT))),
        st.integers(0, 99),
    ),
    st.tuples(st.sampled_from(("divide", "divide", "undo")), st.booleans(), st.none()),
    st.tuples(st.just("project"), st.none(), st.integers(1, 3)),
)
CLERK = Actor("人", "選管", Role.PREFECTURE, "P1")
NUMBERS = count(1)


@pytest.fixture(scope="module")
def running(module_database: Database) -> tuple[Database, Reporting, Projector]:
    service, made = Reporting(Ledger(module_database)), Projector(module_database)
    made.create_if_missing()
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    return module_database, service, made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("divided")


@settings(max_examples=examples(3), derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=4, max_size=14), st.booleans())
@example(
    [
        ("enter", ("20", COUNT), 10),
        ("import", ("20", TURNOUT), 50),
        ("divide", True, None),
        ("draft", (MAINLAND, COUNT), 7),
        ("project", None, 2),
        ("undo", True, None),
        ("submit", (MAINLAND, TURNOUT), 1),
        ("import", (ISLAND, COUNT), 4),
        ("enter", ("20", TURNOUT), 60),
    ],
    True,
)
def test_no_figure_leaves_a_total_unsaid(
    running: tuple[Database, Reporting, Projector], folder: Path, steps: list[Any], live: bool
) -> None:
    database, service, projector = running
    election = f"n{next(NUMBERS)}"
    forms = [land.TURNOUT, *night.election().model_dump(mode="json")["forms"]]
    defined = night.election(code=election, is_test=not live, forms=forms, rules=[])
    service.define_election(defined, tiny.SYSTEM, uuid4())
    for kind, what, more in steps:
        if kind == "project":
            projector.run_once(limit=more)
        elif kind in ("divide", "undo"):
            _attempt(partial(_change, service, election, kind, confirmed=what))
        else:
            (unit, place), value = what, more
            sent = {"votes_a": value} if place[0] == "flash" else {"voters": value}
            where = {
                "command_id": uuid4(),
                "election": election,
                "form": place[0],
                "slot": place[1],
                "unit": unit,
            }
            _attempt(partial(_send, service, folder, kind, where, sent))
    projector.catch_up()
    assert verify(database).differences == []
    log = list(service.ledger.read(0, 100_000))
    fold = IndependentFold()
    for recorded in log:
        fold.apply(recorded)
    require_same_totals(log, fold)
    for place, key in ((COUNT, "pr|votes||a"), (TURNOUT, "pr|voters||")):
        assert _nation(fold, election, place, key) == _said(service, election, place, key)


def _attempt(send: Callable[[], object]) -> None:
    """Whatever is refused changed nothing; the totals below say so."""
    with suppress(ReportingError, FileRefused):
        send()


def _change(service: Reporting, election: str, kind: str, confirmed: bool) -> None:
    divisions = Divisions(service)
    request: Any = land.dividing(election=election)
    if kind == "divide":
        done = divisions.divide(request, CLERK)
    else:
        undone = UndoDivision(command_id=uuid4(), election=election, unit="20", reason="天候が回復した")
        done = divisions.undo(undone, CLERK)
    if done.proposal is not None and confirmed:
        confirms = ConfirmDivision(command_id=uuid4(), election=election, proposal=done.proposal)
        divisions.confirm(confirms, night.PREFECTURE_2)


def _send(service: Reporting, folder: Path, way: str, where: dict[str, Any], values: dict[str, int]) -> None:
    desk, cells = Desk(service), night.cells(**values)
    stream = return_stream(where["election"], where["form"], where["slot"], where["unit"])
    if way == "enter":
        version = service.return_case(stream).version
        service.enter_figures(EnterFigures(**where, expected_version=version, figures=cells), tiny.SYSTEM)
    elif way == "import":
        row = {name: where[name] for name in ("election", "form", "slot", "unit")}
        rows = [
            {**row, "contest": "pr", "item": cell.item, "choice": cell.choice, "value": cell.value}
            for cell in cells
        ]
        path = folder / f"{uuid4()}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        import_returns(path, service, tiny.SYSTEM)
    else:
        if way == "draft":
            desk.save_draft(SaveDraft(**where, cells=cells), tiny.SYSTEM)
        desk.submit(Submit(**{**where, "command_id": uuid4()}, figures=cells, reason="訂正"), tiny.SYSTEM)


def _said(service: Reporting, election: str, place: tuple[str, str], key: str) -> Decimal:
    """What the nation's total has to be: of the town and its parts, the parts once both have said a number or an absence, the town
    until then, and who stands alone always. Told from the returns by hand, with nothing of the code that counts."""
    texts = {
        unit: cell.text
        for unit in UNITS
        if (cell := service.return_case(return_stream(election, *place, unit)).cells.get(key)) is not None
        and cell.text != "!not_reported"
    }
    parts = {MAINLAND, ISLAND} & texts.keys()
    whole = {"20"} & texts.keys()
    counted = ({"31"} & texts.keys()) | (parts if not whole or len(parts) == 2 else whole)
    values = [parse_value(texts[unit]) for unit in counted]
    return sum((value for value in values if not isinstance(value, Absence)), Decimal(0))


def _nation(fold: IndependentFold, election: str, place: tuple[str, str], key: str) -> Decimal:
    return sum(
        (
            Decimal(row.value)
            for row in fold.total_rows()
            if (row.election, row.form, row.slot, row.layer, row.area, row.key)
            == (election, *place, "", "administrative/JP", key)
            and row.value
        ),
        Decimal(0),
    )
