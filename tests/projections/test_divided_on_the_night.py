"""Whoever sends what in whatever order while units are divided and merged, undone, and divided and merged again: no figure leaves a total unsaid, and the
live views, views made anew, the independent fold, the auditors' program, boards and what a release is told of coverage say the same, also of
a form that the units go on reporting."""

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
import joint_land
import night
import pytest
import tiny
from auditing import require_same_totals
from divided_land import ISLAND, MAINLAND
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from joint_land import JOINT
from thorough import examples

from projections.independent import IndependentFold
from projections.read import Sees, TotalsQuery, ViewReader, asof
from projections.read import desk as desk_rows
from projections.runner import Projector
from projections.verify import verify
from reporting.application.commands import DefinitionRecorded, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.dividing import Divisions, UndoDivision
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.figures import Absence, parse_value
from reporting.errors import ReportingError
from reporting.files.problems import FileRefused
from reporting.importing import import_returns
from reporting.ledger import Command, Ledger, NewEvent, election_stream, return_stream

COUNT, TURNOUT = ("flash", "2200"), ("turnout", "1400")
UNITS = ("20", MAINLAND, ISLAND, "31", "32", JOINT)
STEPS = st.one_of(
    st.tuples(
        st.sampled_from(("enter", "submit", "draft", "import")),
        st.tuples(st.sampled_from(UNITS), st.sampled_from((COUNT, TURNOUT))),
        st.integers(0, 99),
    ),
    st.tuples(
        st.sampled_from(("divide", "divide", "undo", "merge", "merge", "unmerge", "ask")),
        st.booleans(),
        st.none(),
    ),
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


@settings(
    max_examples=examples(3),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(st.lists(STEPS, min_size=4, max_size=14), st.booleans())
@example(
    [
        ("enter", ("31", COUNT), 10),
        ("enter", ("32", COUNT), 20),
        ("import", ("31", TURNOUT), 50),
        ("merge", True, None),
        ("project", None, 2),
        ("unmerge", True, None),
        ("draft", ("31", COUNT), 11),
        ("merge", True, None),
        ("submit", (JOINT, TURNOUT), 1),
        ("enter", ("32", TURNOUT), 60),
        ("project", None, 1),
        ("submit", (JOINT, COUNT), 33),
        ("unmerge", True, None),
        ("divide", True, None),
    ],
    True,
)
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
        elif kind == "ask":
            _attempt(partial(_ask_otherwise, service, election))
        elif kind in CHANGES:
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
    with IndependentFold() as fold:
        for recorded in log:
            fold.apply(recorded)
        require_same_totals(log, fold)
        for place, key in ((COUNT, "pr|votes||a"), (TURNOUT, "pr|voters||")):
            said = _said(service, election, place, key)
            assert _nation(fold, election, place, key) == said
            _require_same_coverage(database, service, election, place, said[1])


def _require_same_coverage(
    database: Database, service: Reporting, election: str, place: tuple[str, str], n: int
) -> None:
    """n of N of the nation's total, of its board and of what a release of all that was entered would hold. What units were merged into is
    one return on a board, and all of them in a total (ADR 27)."""
    form, slot = place
    defined = service.catalog.election(election)
    asked, divided = defined.reporting_units(form, slot), defined.divided(form)
    reader = ViewReader(database)
    try:
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            row = snapshot.election(election)
            item = "votes" if form == "flash" else "voters"
            query = TotalsQuery(form, slot, "pr", "administrative", (item,), areas=("JP",))
            shown = snapshot.totals(row, query)
            (board,) = desk_rows.board(
                snapshot, row, form, slot, "administrative", "nation", None, asked, divided
            )
            then = asof.election_at(snapshot, election, snapshot.position, None, asof.AsOfCache())
            past, kept = (asof.totals_at(snapshot, then, query, snapshot.position) for _ in range(2))
            assert kept == past
    finally:
        reader.close()
    given = {unit for unit in UNITS if service.return_case(return_stream(election, form, slot, unit)).cells}
    covered, expected = defined.coverage(form, asked, given)
    (total,) = [total for total in shown if total.choice in ("", "a")]
    assert [(of.reported, of.expected) for of in past if of.choice in ("", "a")] == [
        (total.reported, total.expected)
    ]
    assert (total.reported, board.units, board.units - board.missing) == (n, expected, covered)
    once = "20" in defined.roster.withdrawn and "20" not in defined.roster.keeping.get(form, {})
    joint = JOINT in asked
    assert (total.expected, board.units) == (5 + once, 5 + once - joint)
    assert covered == n - joint * (1 if JOINT in given else len({"31", "32"} & given))


def _ask_otherwise(service: Reporting, election: str) -> None:
    """Whoever was divided or merged reports turnout itself from now on, or no longer: as an import can say it."""
    definition = service.catalog.election(election).definition.model_dump()
    for gone in definition["units"]["withdrawn"]:
        gone["keeps"] = [] if gone["keeps"] else ["turnout"]
    stream = election_stream(election)
    defined = ElectionDefined(definition=ElectionDefinition.model_validate(definition))
    new = NewEvent(stream, service.ledger.stream_version(stream) + 1, defined)
    service.ledger.append(Command(uuid4(), b"{}", tiny.SYSTEM, Channel.IMPORT, (new,)))


CHANGES: dict[str, Callable[[Reporting, str], DefinitionRecorded]] = {
    "divide": lambda service, election: land.divide(service, CLERK, election=election),
    "undo": lambda service, election: Divisions(service).undo(
        UndoDivision(command_id=uuid4(), election=election, unit="20", reason="天候が回復した"), CLERK
    ),
    "merge": lambda service, election: joint_land.merge(service, election=election),
    "unmerge": lambda service, election: joint_land.undo(service, election=election),
}


def _attempt(send: Callable[[], object]) -> None:
    """Whatever is refused changed nothing; the totals below say so."""
    with suppress(ReportingError, FileRefused):
        send()


def _change(service: Reporting, election: str, kind: str, confirmed: bool) -> None:
    done = CHANGES[kind](service, election)
    if done.proposal is not None and confirmed:
        other = joint_land.PREFECTURE_2 if "merge" in kind else night.PREFECTURE_2
        joint_land.confirm(service, done.proposal, other, election)


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


def _said(service: Reporting, election: str, place: tuple[str, str], key: str) -> tuple[Decimal, int]:
    """What the nation's total has to be, and its n: of the town and its parts, the parts once both have said a number or an absence, the
    town until then, for both; of two towns and what they were merged into this, for both, once it has, and until then the towns. Who goes
    on reporting a form takes its place back: the town at once, the towns once both have. Told from the returns by hand, with nothing of the
    code that counts."""
    texts = {
        unit: cell.text
        for unit in UNITS
        if (cell := service.return_case(return_stream(election, *place, unit)).cells.get(key)) is not None
        and cell.text != "!not_reported"
    }
    parts = {MAINLAND, ISLAND} & texts.keys()
    whole = {"20"} & texts.keys()
    joint, towns = {JOINT} & texts.keys(), {"31", "32"} & texts.keys()
    withdrawn = {
        gone.unit: gone.keeps for gone in service.catalog.election(election).definition.units.withdrawn
    }
    kept = {unit for unit, forms in withdrawn.items() if place[0] in forms}
    of_town = whole if whole and ("20" in kept or len(parts) < 2) else parts
    of_towns = towns if not joint or ("31" in kept and len(towns) == 2) else joint
    counted = of_town | of_towns
    values = [parse_value(texts[unit]) for unit in counted]
    stands_for = {JOINT: 2, "20": 1 + ("20" in withdrawn and "20" not in kept)}
    stands_for |= dict.fromkeys(parts if "20" in kept else (), 0)
    return (
        sum((value for value in values if not isinstance(value, Absence)), Decimal(0)),
        sum(stands_for.get(unit, 1) for unit in counted),
    )


def _nation(fold: IndependentFold, election: str, place: tuple[str, str], key: str) -> tuple[Decimal, int]:
    rows = [
        row
        for row in fold.total_rows()
        if (row.election, row.form, row.slot, row.layer, row.area, row.key)
        == (election, *place, "", "administrative/JP", key)
    ]
    return sum((row.value for row in rows), Decimal(0)), sum(int(row.counts.split("/")[0]) for row in rows)
