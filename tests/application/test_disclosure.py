"""Before a release somebody is told which of its withheld figures it lets anybody compute, and by what."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from night import CITY, PREFECTURE

from reporting.application.desk import Desk
from reporting.application.desk_commands import ReleaseSlot
from reporting.application.service import Reporting
from reporting.domain.figures import Cell
from reporting.publication.disclosure import DisclosureUnexplained, disclosed_by
from reporting.publication.release import CLOCK, Publication
from reporting.rules.disclosure import UnitCell

AT = datetime.fromisoformat(night.ELEVEN)
FINAL = ("tiny", "final", "final")


def asked(**more: Any) -> ReleaseSlot:
    return ReleaseSlot(command_id=uuid4(), election="tiny", form="final", slot="final", **more)


def approved(desk: Desk, form: str = "final", slot: str = "final", **values: Any) -> None:
    held = night.BALANCED if form == "final" else {"votes_a": 60, "votes_b": 38}
    night.submit(desk, form=form, slot=slot, values={**held, **values}, reason="秘匿")
    night.approve(desk, CITY, form=form, slot=slot)
    night.approve(desk, PREFECTURE, form=form, slot=slot)


def told(publication: Publication) -> dict[str, list[str]]:
    found = publication.disclosures(*FINAL, publication.plan(*FINAL))
    assert {one.cell.unit for one in found} <= {"11"}
    return {one.cell.key: [equation.by for equation in one.equations] for one in found}


def test_one_withheld_part_of_a_published_whole_needs_a_reason(service: Reporting) -> None:
    desk = night.define(service)
    approved(desk, invalid_votes="!suppressed")
    publication = Publication(service, desk)
    assert told(publication) == {"pr|invalid_votes||": ["J09"]}
    with pytest.raises(DisclosureUnexplained) as refused:
        publication.release(*FINAL, AT, tiny.SYSTEM, asked())
    assert "11 pr|invalid_votes|| (J09)" in str(refused.value.facts["cells"])
    with pytest.raises(DisclosureUnexplained):
        publication.release(*FINAL, AT, tiny.SYSTEM)
    with_reason = asked(reason="本人の同意を得た")
    made = publication.release(*FINAL, AT, tiny.SYSTEM, with_reason)
    assert made is not None
    assert publication.release(*FINAL, AT, tiny.SYSTEM, with_reason) == made
    stored = service.ledger.command(with_reason.command_id)
    assert stored is not None
    assert stored.reason == "本人の同意を得た"


def test_two_withheld_parts_are_safe(service: Reporting) -> None:
    desk = night.define(service)
    approved(desk, invalid_votes="!suppressed", valid_votes="!suppressed", votes_a="!suppressed")
    publication = Publication(service, desk)
    assert told(publication) == {}
    assert publication.release(*FINAL, AT, tiny.SYSTEM, asked()) is not None


def test_a_chain_of_equations_is_followed(service: Reporting) -> None:
    """Valid votes are withheld with the ballots: the candidates' votes give them back, and they the ballots."""
    desk = night.define(service)
    approved(desk, valid_votes="!suppressed", ballots_counted="!suppressed", voters="!suppressed")
    assert told(Publication(service, desk)) == {
        "pr|valid_votes||": ["J10"],
        "pr|ballots_counted||": ["J09", "J10"],
        "pr|voters||": ["J09", "J10", "J11"],
    }


def test_an_identity_counts_without_its_rule(service: Reporting) -> None:
    desk = night.define(service, rules=[])
    approved(desk, invalid_votes="!suppressed")
    assert told(Publication(service, desk)) == {"pr|invalid_votes||": ["J09"]}


def test_the_clock_releases_all_the_same(service: Reporting) -> None:
    desk = night.define(service)
    approved(desk, invalid_votes="!suppressed")
    assert Publication(service, desk).release(*FINAL, AT, CLOCK) is not None


def test_what_was_public_before_or_stands_in_another_form_is_told(service: Reporting) -> None:
    desk = night.define(service)
    publication = Publication(service, desk)
    approved(desk, "flash", "2300")
    publication.release("tiny", "flash", "2300", AT, tiny.SYSTEM)
    approved(
        desk,
        votes_a="!suppressed",
        votes_b="!suppressed",
        valid_votes="!suppressed",
        invalid_votes="!suppressed",
    )
    assert told(publication) == {
        "pr|votes||a": ["same_cell"], "pr|votes||b": ["same_cell"], "pr|valid_votes||": ["J10", "same_cell", "same_cell"],
        "pr|invalid_votes||": ["J09", "J10", "same_cell", "same_cell"],
    }  # fmt: skip


def test_a_notice_that_withholds_what_was_public_is_told(service: Reporting) -> None:
    desk = night.define(service)
    publication = Publication(service, desk)
    approved(desk)
    publication.release(*FINAL, AT, tiny.SYSTEM, asked())
    cells = night.cells(electors="!suppressed")
    version = desk.returns.open(*FINAL, "11").case.version
    request = night.Submit(
        **night.of("11"), figures=cells, expected_version=version, reason_class="recount", reason="秘匿の漏れ"
    )
    desk.submit(request, night.WARD)
    night.look(desk, CITY)
    night.look(desk, PREFECTURE)
    assert told(publication)["pr|electors||"] == ["earlier_release"]


HELD = [Cell("pr", item, at).key for item, at in product(("electors", "voters"), ("", "sex=m", "sex=f"))] + [
    Cell("pr", item).key
    for item in ("ballots_counted", "valid_votes", "invalid_votes", "ballots_not_deposited")
]
HELD += [Cell("pr", "votes", "", choice).key for choice in "ab"]
IDENTITIES = [
    {"pr|electors||": 1, "pr|electors|sex=m|": -1, "pr|electors|sex=f|": -1},
    {"pr|voters||": 1, "pr|voters|sex=m|": -1, "pr|voters|sex=f|": -1},
    {"pr|ballots_counted||": 1, "pr|valid_votes||": -1, "pr|invalid_votes||": -1},
    {"pr|valid_votes||": 1, "pr|votes||a": -1, "pr|votes||b": -1},
    {"pr|voters||": 1, "pr|ballots_counted||": -1, "pr|ballots_not_deposited||": -1},
]
"""What a clerk knows of the form, by hand."""


def computable(hidden: set[str]) -> set[str]:
    """Withheld cells whose value no other choice of the withheld ones leaves open: by trying what may move with it."""
    order = sorted(hidden)
    moves = [
        dict(zip(order, step, strict=True))
        for step in product((-2, -1, 0, 1, 2), repeat=len(order))
        if all(
            sum(n * step[order.index(key)] for key, n in one.items() if key in hidden) == 0
            for one in IDENTITIES
        )
    ]
    return {key for key in hidden if all(move[key] == 0 for move in moves)}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(HELD), min_size=1, max_size=6))
def test_every_set_of_withheld_cells_of_a_form_agrees_with_the_rank(
    form_of_the_night: Reporting, hidden: set[str]
) -> None:
    known = form_of_the_night.catalog.election("tiny")
    figures = {"11": {key: "!suppressed" if key in hidden else "5" for key in HELD}}
    found = disclosed_by(known, "final", "final", figures, {}, {})
    assert {one.cell for one in found} == {UnitCell("11", key) for key in computable(hidden)}


@pytest.fixture(scope="module")
def form_of_the_night(module_database: Any) -> Any:
    from reporting.ledger import Ledger

    service = Reporting(Ledger(module_database))
    night.define(service)
    yield service
    service.ledger.close()


def test_a_part_of_a_divided_unit_is_the_rest_of_what_the_whole_reported(service: Reporting) -> None:
    night.define(service)
    gone = {"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [gone]}
    service.define_election(night.election(units=units), tiny.SYSTEM, uuid4(), reason="離島")
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    parts = [town.model_copy(update={"code": code, "level": "ward", "parent": "20"}) for code in ("21", "22")]
    service.declare_registry("tinyland", (), parts, tiny.SYSTEM, uuid4())
    known = service.catalog.election("tiny")
    key = "pr|votes||a"
    figures = {"20": {key: "60"}, "21": {key: "25"}, "22": {key: "!suppressed"}}
    (found,) = disclosed_by(known, "flash", "2200", figures, {}, {})
    assert (found.cell, [one.by for one in found.equations]) == (UnitCell("22", key), ["divided_unit"])
    assert disclosed_by(known, "flash", "2200", {**figures, "21": {key: "!suppressed"}}, {}, {}) == []
