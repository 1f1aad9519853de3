"""What became of an installation that was hurt: lost, doubled, views, what `/health` said, how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from acknowledged import Book, ask
from asked_health import PATIENCE_S, WITHIN_S, Said
from installation import Installation
from tiny import SYSTEM
from waiting import until

from projections.verify import verify
from reporting.domain.events import FiguresCorrected, FiguresEntered

TYPES = [FiguresEntered.type, FiguresCorrected.type]
"""What the clerks of the book do; offices beside them have other persons."""

TOTAL = """query($at: Int!) { election(code: "demo", minPosition: $at) { contest(code: "pr") {
  totals(form: "turnout", slot: "final", geography: "admin", items: ["voters"], areas: ["J"]) { nodes { value reported } } } } }"""


@dataclass
class Outcome:
    """Of one fault. `told_s`: from the fault until somebody who asked had heard of it (None: nobody noticed); `again_s`: from its
    end until figures were acknowledged and `/health` well again. `wrong`: empty where it was borne."""

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    differences: int = 0
    told_s: float | None = None
    again_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


def judge_record(at: Installation, book: Book, outcome: Outcome) -> None:
    """The log against the clerks' book, the total against its sum, the views against the log."""
    with at.database.connect() as connection:
        stored = dict(
            connection.execute(
                "SELECT command_id, last_position FROM ledger.command"
                " WHERE person = %s AND command_id IN (SELECT command_id FROM ledger.event WHERE type = ANY(%s))",
                (SYSTEM.person, TYPES),
            ).fetchall()
        )
        twice = connection.execute(
            "SELECT count(*) FROM (SELECT FROM ledger.event WHERE type = ANY(%s)"
            " GROUP BY command_id HAVING count(*) > 1) AS more",
            (TYPES,),
        ).fetchone()
        holes = connection.execute(
            "SELECT max(position) - count(*), max(position) FROM ledger.event"
        ).fetchone()
    assert twice is not None
    assert holes is not None
    outcome.acknowledged = len(book.positions)
    outcome.lost = sum(1 for command, position in book.positions.items() if stored.get(command) != position)
    outcome.doubled = int(twice[0]) + len(stored.keys() - book.positions.keys())
    if holes[0]:
        outcome.wrong.append(f"{holes[0]} positions are missing in the log")
    at_position = {"at": int(holes[1])}
    until(lambda: ask(at.port, at.token, TOTAL, at_position).get("data"), "the totals have caught up", 60)
    (nation,) = ask(at.port, at.token, TOTAL, at_position)["data"]["election"]["contest"]["totals"]["nodes"]
    summed = {"value": str(sum(book.values.values())), "reported": len(book.values)}
    if nation != summed:
        outcome.wrong.append(f"the total is {nation}, the clerks' sum {summed}")
    outcome.differences = len(verify(at.database).differences)
    for count, what in (
        (outcome.lost, "acknowledged commands lost"),
        (outcome.doubled, "commands doubled, or recorded and never acknowledged"),
        (outcome.differences, "differences between views, rebuild and independent fold"),
    ):
        if count:
            outcome.wrong.append(f"{count} {what}")


def judge_health(
    said: Iterable[Said], book: Book, fault: tuple[float, float], *, mute: bool
) -> Iterator[str]:
    """What it said that was not true, or said too late. `fault`: from when to when; `mute`: its own process was frozen."""
    began, ended = fault
    for one in said:
        frozen = mute and began - WITHIN_S <= one.asked <= ended
        if one.mute and not frozen:
            yield f"no answer in {PATIENCE_S:g} s, asked {one.asked - began:+.1f} s after the fault"
        near = (one.asked - WITHIN_S, one.heard + WITHIN_S)
        if one.well and not any(near[0] <= moment <= near[1] for moment in book.moments):
            yield f"well, {one.asked - began:+.1f} s after the fault, while nothing was acknowledged for {WITHIN_S:g} s"
