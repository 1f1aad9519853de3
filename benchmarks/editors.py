"""What an editor waits for: the preview of a correction, and one press that approves a prefecture's 41 returns.

Through GraphQL with a token, over HTTP from a server: request, authority, rules, ledger, answer. Beside it the same numbers out of bare
tables on the same server: the sums of every area above the unit before and after, and the approved cells copied with who
and when in one durable transaction. The tables keep no event, check no rule and tell nobody apart. The projector is a process of
its own, as `deploy/` has it; the views follow one press before the next.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg

from api.auth import issue_token, load_key
from benchmarks import product, stage
from benchmarks.measure import alternate, percentile
from benchmarks.table import Row
from benchmarks.visible import LOST_AFTER_S, following
from projections.runner import Projector
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import FiguresEntered
from reporting.domain.figures import Cell
from reporting.ledger import Command, Ledger, NewEvent, return_stream

PREVIEW_MS, APPROVAL = 40.0, 6.0
CANDIDATES = tuple(f"c{number:02d}" for number in range(1, 14))
OFFICE = Actor("approver", "p00", Role.PREFECTURE, "p00")
NATION = Actor("officer", "JP", Role.MINISTRY, "JP")
"""A preview ends where its reader's reach ends; the bare statement goes up to the nation."""
HERE = [stage.unit(n) for n in range(0, stage.UNITS, stage.PREFECTURES)]
"""The 41 units of the first prefecture."""
RULES = ("J01", "J03", "J07", "J08", "J09", "J10", "J11", "J13", "J14", "J18", "J20", "J21")
TABLES = """
CREATE TABLE bare_area (unit text, area text, PRIMARY KEY (unit, area));
CREATE INDEX ON bare_area (area);
CREATE TABLE bare_figure (slot text, item text, choice text, unit text, value numeric, PRIMARY KEY (slot, item, choice, unit));
CREATE INDEX ON bare_figure (unit, slot);
CREATE TABLE bare_approval (slot text, unit text, item text, choice text, value numeric, by_person text, at timestamptz,
  PRIMARY KEY (slot, unit, item, choice));
CREATE TABLE bare_return (slot text, unit text, status text, PRIMARY KEY (slot, unit));
"""
BARE_PREVIEW = """
SELECT a.area, f.item, f.choice, sum(f.value), sum(f.value) + sum(c.value - f.value) FILTER (WHERE f.unit = %(unit)s)
FROM bare_area own JOIN bare_area a USING (area) JOIN bare_figure f ON f.unit = a.unit
JOIN unnest(%(items)s::text[], %(choices)s::text[], %(values)s::numeric[]) AS c(item, choice, value)
  ON (f.item, f.choice) = (c.item, c.choice)
WHERE own.unit = %(unit)s AND f.slot = %(slot)s GROUP BY a.area, f.item, f.choice"""
BARE_APPROVAL = """
WITH copied AS (
  INSERT INTO bare_approval SELECT slot, unit, item, choice, value, 'approver', now() FROM bare_figure
  WHERE slot = %(slot)s AND unit = ANY(%(units)s) RETURNING unit)
UPDATE bare_return SET status = 'approved' WHERE slot = %(slot)s AND unit IN (SELECT unit FROM copied)"""
BEHIND = """
SELECT h.position - p.position FROM ledger.head h, ops.projection p WHERE p.state = 'active'"""
PREVIEW = """query($s: String!, $u: String!, $f: [CellInput!]!) {
  previewCorrection(election: "editors", form: "count", slot: $s, unit: $u, figures: $f) {
    totals { geography area name level item breakdown choice before after } elsewhere { form slot layer cell value }
    outcomes { contest before after changes } findings { key rule messageJa messageEn } untouched } }"""
APPROVE = """mutation($i: ApproveGreenInput!) { approveGreen(input: $i) { __typename
  ... on GreenDone { approved { unit status position } exceptions { unit } } } }"""

Ask = Callable[..., Any]


def run(server_url: str, quick: bool) -> list[Row]:
    previews, rounds = (10, 2) if quick else (200, 9)
    slots = [f"s{number}" for number in range(rounds)]
    with stage.database(server_url, "bench_editors") as database:
        _fill(database, slots)
        with psycopg.connect(database.url, autocommit=True) as bare:
            with _asking(database, NATION) as ask:
                previews_row = _previews(ask, bare, slots[0], previews)
            with following(database), _asking(database, OFFICE) as ask:
                return [previews_row, _approvals(ask, bare, slots)]


def _previews(ask: Ask, bare: psycopg.Connection[Any], slot: str, samples: int) -> Row:
    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    turn = iter(range(2 * samples + 2))
    answers: dict[str, Any] = {}

    def correction() -> tuple[str, dict[str, int]]:
        number = next(turn) // 2
        unit = HERE[number % len(HERE)]
        values = _values(unit)
        changed = {
            "votes": values["votes"][0] + 1 + number,
            "valid_votes": values["valid_votes"] + 1 + number,
        }
        return unit, changed

    def ours() -> float:
        unit, changed = correction()
        figures = [
            {"contest": "seat", "item": item, "choice": CANDIDATES[0] if item == "votes" else "", "value": str(value)}
            for item, value in changed.items()
        ]  # fmt: skip
        begun = time.perf_counter()
        answer = ask(PREVIEW, s=slot, u=unit, f=figures)
        taken["ours"].append(1000 * (time.perf_counter() - begun))
        answers["ours"] = {
            (one["area"], one["item"]): (Decimal(one["before"]), Decimal(one["after"]))
            for one in answer["previewCorrection"]["totals"]
        }
        return taken["ours"][-1]

    def peer() -> float:
        unit, changed = correction()
        given = {
            "unit": unit, "slot": slot, "items": list(changed), "values": list(changed.values()),
            "choices": [CANDIDATES[0] if item == "votes" else "" for item in changed],
        }  # fmt: skip
        begun = time.perf_counter()
        rows = bare.execute(BARE_PREVIEW, given).fetchall()
        taken["peer"].append(1000 * (time.perf_counter() - begun))
        answers["peer"] = {(area, item): (before, after) for area, item, _, before, after in rows}
        return taken["peer"][-1]

    found = alternate(1, ours, peer)  # ready
    if answers["ours"] != answers["peer"]:
        raise RuntimeError(f"{answers['ours']} != {answers['peer']}")
    taken["ours"].clear()
    taken["peer"].clear()
    found = alternate(samples, ours, peer)
    p99 = {side: percentile(values, 99) for side, values in taken.items()}
    return Row(
        "editors: preview of a correction",
        f"{found.ours:.1f} ms (p99 {p99['ours']:.0f} ms)",
        f"{found.peer:.1f} ms (p99 {p99['peer']:.0f} ms, bare tables)",
        f"{found.ratio:.1f}× its time",
        f"p99 ≤ {PREVIEW_MS:.0f} ms",
        p99["ours"] <= PREVIEW_MS,
        f"{samples} corrections of two cells in a contest of 13 candidates and {stage.UNITS:,} units: totals, other slots, approvals"
        f" and releases, leaders, {len(RULES)} rules, seal of the other cells; the bare statement gives the same totals before and after.",
    )


def _approvals(ask: Ask, bare: psycopg.Connection[Any], slots: list[str]) -> Row:
    left = {"ours": iter(slots), "peer": iter(slots)}
    taken: list[float] = []

    def ours() -> float:
        _followed(bare)
        given = {
            "commandId": str(uuid4()),
            "election": "editors",
            "form": "count",
            "slot": next(left["ours"]),
        }
        begun = time.perf_counter()
        answer = ask(APPROVE, i=given)["approveGreen"]
        seconds = time.perf_counter() - begun
        if len(answer["approved"]) != len(HERE) or answer["exceptions"]:
            raise RuntimeError(str(answer)[:500])
        taken.append(1000 * seconds)
        return taken[-1]

    def peer() -> float:
        _followed(bare)
        begun = time.perf_counter()
        done = bare.execute(BARE_APPROVAL, {"slot": next(left["peer"]), "units": HERE})
        if done.rowcount != len(HERE):
            raise RuntimeError(str(done.rowcount))
        return 1000 * (time.perf_counter() - begun)

    found = alternate(len(slots), ours, peer)
    return Row(
        f"editors: approving {len(HERE)} returns at once",
        f"{found.ours:.0f} ms (max {max(taken):.0f} ms)",
        f"{found.peer:.1f} ms (bare tables)",
        f"{found.ratio:.1f}× its time",
        f"≤ {APPROVAL:.0f}×",
        found.ratio <= APPROVAL,
        f"`approveGreen`: {len(HERE)} returns of {4 + len(CANDIDATES)} cells read from the log, checked by the rules, approved in one"
        " durable transaction, an event and a command each, none read before; the bare tables copy the cells and set a status."
        " The projector is a process of its own, as in `deploy/`, and has followed before either begins.",
    )


def _followed(connection: psycopg.Connection[Any]) -> None:
    """The views stand where the log ends: what is timed next is that alone, as one press of a night."""
    until = time.monotonic() + LOST_AFTER_S
    while connection.execute(BEHIND).fetchone() != (0,):
        if time.monotonic() > until:
            raise RuntimeError("the views do not follow")
        time.sleep(0.01)


def _values(unit: str) -> dict[str, Any]:
    """Every candidate about as strong everywhere, in places of different size: nothing a rule would ask about."""
    seed = int(unit[1:])
    votes = [(150 - 9 * n) * (10 + seed % 37) + seed * (7 + n) % 53 for n in range(len(CANDIDATES))]
    valid = sum(votes)
    return {
        "voters": valid + 120,
        "ballots_counted": valid + 120,
        "valid_votes": valid,
        "invalid_votes": 120,
        "votes": votes,
    }


def _cells(unit: str) -> dict[tuple[str, str], int]:
    values = _values(unit)
    votes = {("votes", code): number for code, number in zip(CANDIDATES, values.pop("votes"), strict=True)}
    return {**{(item, ""): number for item, number in values.items()}, **votes}


def _election(slots: list[str]) -> ElectionDefinition:
    def label(text: str) -> dict[str, str]:
        return {"ja": text, "en": text}

    items = ("voters", "ballots_counted", "valid_votes", "invalid_votes")
    counts = [{"code": code, "label": label(code), "kind": "count"} for code in items]
    votes = {"code": "votes", "label": label("votes"), "kind": "votes", "unit": "votes", "by_choice": True}
    return ElectionDefinition.model_validate(
        {
            "code": "editors",
            "label": label("editors"),
            "kind": "upper_house",
            "polling_date": date(2024, 1, 1),
            "is_test": True,
            "registry": "land",
            "geographies": ["adm"],
            "units": {"geography": "adm", "levels": ["municipality"]},
            "items": [*counts, votes],
            "contests": [
                {
                    "code": "seat",
                    "label": label("seat"),
                    "kind": "constituency",
                    "seats": 3,
                    "area": {"geography": "adm", "area": "JP"},
                    "choices": [{"code": code, "name": code} for code in CANDIDATES],
                }
            ],
            "forms": [
                {
                    "code": "count",
                    "label": label("count"),
                    "items": [*items, "votes"],
                    "slots": [{"code": slot, "label": label(slot)} for slot in slots],
                }
            ],
            "workflow": {
                "geography": "adm",
                "levels": ["prefecture", "nation"],
                "publish_at_level": "prefecture",
                "certify_at_level": "nation",
            },
            "rules": [{"code": code} for code in RULES],
        }
    )


def _fill(database: Database, slots: list[str]) -> None:
    """Every unit's figures in the first slot; the 41 submitted in all of them; the same in the bare tables."""
    stage.define(database, elections=0)
    ledger = Ledger(database)
    try:
        service = Reporting(ledger)
        service.define_election(_election(slots), stage.ACTOR, uuid4())
        desk = Desk(service)
        others = [stage.unit(n) for n in range(stage.UNITS) if stage.unit(n) not in HERE]
        new = tuple(
            NewEvent(
                return_stream("editors", "count", slots[0], unit),
                1,
                FiguresEntered(
                    election="editors", form="count", slot=slots[0], unit=unit,
                    figures={Cell("seat", item, "", choice).key: str(n) for (item, choice), n in _cells(unit).items()},
                ),
            )
            for unit in others
        )  # fmt: skip
        ledger.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.IMPORT, new))
        for slot in slots:
            for unit in HERE:
                owner = Actor("clerk", unit, Role.MUNICIPALITY, unit)
                figures = tuple(
                    CellInput(contest="seat", item=item, choice=choice, value=str(number))
                    for (item, choice), number in _cells(unit).items()
                )
                where: dict[str, Any] = {"election": "editors", "form": "count", "slot": slot, "unit": unit}
                desk.submit(Submit(command_id=uuid4(), **where, figures=figures), owner)
    finally:
        ledger.close()
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    with database.connect(autocommit=True) as owner_connection:
        _bare(owner_connection, slots)


def _bare(connection: psycopg.Connection[Any], slots: list[str]) -> None:
    connection.execute(TABLES)
    with connection.cursor() as cursor:
        with cursor.copy("COPY bare_area FROM STDIN") as into:
            for number in range(stage.UNITS):
                unit = stage.unit(number)
                for area in (unit, f"p{number % stage.PREFECTURES:02d}", "JP"):
                    into.write_row((unit, area))
        with cursor.copy("COPY bare_figure FROM STDIN") as into:
            for slot in slots:
                units = (stage.unit(n) for n in range(stage.UNITS)) if slot == slots[0] else iter(HERE)
                for unit in units:
                    for (item, choice), value in _cells(unit).items():
                        into.write_row((slot, item, choice, unit, value))
        with cursor.copy("COPY bare_return FROM STDIN") as into:
            for slot in slots:
                for unit in HERE:
                    into.write_row((slot, unit, "submitted"))
    connection.execute("VACUUM (ANALYZE)")


@contextmanager
def _asking(database: Database, actor: Actor) -> Iterator[Ask]:
    """`ask(query, **variables)` → data, as that person: of a server that is a process of its own, over a connection that stays open."""
    with product.process(database, projector=False) as served:
        token = issue_token(load_key(served.key), actor, now=int(time.time()))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", served.port)

        def ask(query: str, **variables: Any) -> Any:
            body = json.dumps({"query": query, "variables": variables})
            connection.request("POST", "/graphql", body, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            if answer.status != 200 or "errors" in said:
                raise RuntimeError(str(said)[:1_000])
            return said["data"]

        with closing(connection):
            yield ask
