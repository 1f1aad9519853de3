"""Elections that end at the nation, at a city and at a town, with returns in every state: all an office can stand to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import night
import tiny
from night import CITY, NATION, PREFECTURE, PREFECTURE_2, TOWN, TOWN_2, WARD, WARD_2

from reporting.application import desk_commands as desks
from reporting.application.authority import Reach
from reporting.application.desk import Desk
from reporting.domain.actor import Actor, Role
from reporting.domain.election import ElectionDefinition

UNIT = "11"
CHAINS: dict[str, tuple[str, tuple[Actor, ...]]] = {
    "wide": (UNIT, (CITY, PREFECTURE, NATION)),
    "town": ("20", (TOWN_2,)),
    "city": (UNIT, (CITY,)),
}
"""Elections by how far they go: the unit looked at, and one person for each level of its chain. All of `wide` lies in one
prefecture, as in a by-election; `town` is a mayor's election of a town, `city` one of a city with wards."""
PLACES: tuple[tuple[Reach | None, str, str], ...] = (
    ("own", "wide", "11"),
    ("below", "wide", "P1"),
    ("last", "wide", "JP"),
    ("all", "wide", "*"),
    (None, "wide", "31"),
    ("sole", "town", "20"),
    ("beyond", "town", "P1"),
    ("last", "city", "10"),
    ("beyond", "city", "JP"),
)
"""(reach, election, jurisdiction)"""
FLOWS: dict[str, tuple[str, dict[str, Any]]] = {
    "wide": ("P1", {"levels": ["city", "prefecture", "nation"], "publish_at_level": "prefecture"}),
    "town": ("20", {"levels": ["municipality"], "self_managed": ["municipality"]}),
    "city": ("10", {"levels": ["city"]}),
}
CLERKS = {"11": (WARD, WARD_2), "20": (TOWN, Actor("林", TOWN.office, TOWN.role, "20"))}
EVERYWHERE = Actor("本省", "総務省", Role.MINISTRY, "*")
AFTER = datetime.fromisoformat(night.ELEVEN)
UNSOUND = {**night.BALANCED, "invalid_votes": 3}


def of(election: str, state: str) -> dict[str, Any]:
    return {**night.of(CHAINS[election][0], "final", state), "election": election}


def levels_of(election: str) -> tuple[str, ...]:
    return tuple(FLOWS[election][1]["levels"])


def election_of(code: str) -> ElectionDefinition:
    """With a slot for every state of a return: `waiting-city` waits at the city, `corrected-city` as corrected after
    certification."""
    levels = levels_of(code)
    states = (
        "empty", "entered", "submitted", "approved", "back", "unsound", "declared", "certified", "disputed", "edited",
    )  # fmt: skip
    waiting = [f"{state}-{level}" for state in ("waiting", "corrected") for level in levels]
    area, flow = FLOWS[code]
    forms = [form.model_dump(mode="json", exclude_defaults=True) for form in night.election().forms]
    forms[1]["slots"] = [{"code": state, "label": tiny.label(state)} for state in (*states, *waiting)]
    contest = night.election().contests[0].model_dump(mode="json")
    workflow = {
        "geography": "administrative", "publish_at_level": levels[-1], "certify_at_level": levels[-1], **flow,
    }  # fmt: skip
    contest["area"]["area"] = area
    return night.election(code=code, forms=forms, contests=[contest], workflow=workflow)


def prepare(desk: Desk, code: str) -> str:
    """Returns in every state; the key of the finding of those that do not balance."""
    unit, chain = CHAINS[code]
    levels = levels_of(code)
    clerk, second = CLERKS[unit]
    last = chain[-1]
    corrector = PREFECTURE_2 if code == "wide" else Actor("訂正者", last.office, last.role, last.jurisdiction)

    def submit(state: str, values: dict[str, int], by: Actor = clerk, **more: Any) -> None:
        desk.submit(desks.Submit(**of(code, state), figures=night.cells(**values), **more), by)

    def approve(state: str, actors: tuple[Actor, ...]) -> None:
        for actor in actors:
            desk.approve(desks.Approve(**of(code, state)), actor)

    certified = ["certified", "disputed", "edited", *(f"corrected-{level}" for level in levels)]
    for state in ("submitted", "approved", "back", *certified):
        submit(state, night.BALANCED)
    for state in ("approved", *certified):
        approve(state, chain)
    for n, level in enumerate(levels):
        submit(f"waiting-{level}", night.BALANCED)
        approve(f"waiting-{level}", chain[:n])
    back = desks.SendBack(**of(code, "back"), cells=("pr|votes||a",), reason_class="query", reason="確認")
    desk.send_back(back, chain[0])
    for state in certified:
        desk.certify(desks.Certify(**of(code, state)), chain[-1])
    changed = {"votes_a": 59, "votes_b": 39}
    for n, level in enumerate(levels):
        submit(f"corrected-{level}", changed, corrector, reason="読み違い")
        approve(f"corrected-{level}", chain[:n])
    submit("edited", changed, EVERYWHERE, reason="読み違い")

    draft = tuple(cell for cell in night.cells(**UNSOUND))
    for state in ("unsound", "declared"):
        desk.save_draft(desks.SaveDraft(**of(code, state), cells=draft), clerk)
    unsound = desk.returns.open(code, "final", "unsound", unit)
    (finding,) = desk.findings.of(unsound, desk.returns.draft(*unsound.place).cells)
    declare = {"key": finding.key, "reason_class": "recount", "reason": "再点検"}
    desk.declare(desks.Declare(**of(code, "declared"), **declare), second)
    submit(
        "disputed", {"invalid_votes": 3}, corrector, reason="再点検", declarations={finding.key: "recount"}
    )
    return finding.key


def level_of(election: str, actor: Actor) -> str:
    """The level of the chain the actor stands for; the last for anybody else."""
    standing = {
        one.jurisdiction: level for one, level in zip(CHAINS[election][1], levels_of(election), strict=True)
    }
    return standing.get(actor.jurisdiction, levels_of(election)[-1])
