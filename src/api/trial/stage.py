"""What is sent in a trial: the returns of the demo's election, as the offices of a training copy would hand them in, and
somebody who reads the totals meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from api.auth import issue_token, load_key
from api.training.truth import new_drill, source_of
from api.trial.messages import message
from api.trial.sender import Wish
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.figures import Cell
from reporting.ledger import Ledger
from reporting.training.plan import DrillPlan, PlannedReturn
from reporting.training.prepare import already_over

EVERYWHERE = "*"
SPEED = 100.0
WHO = message("whoever_tries")
READER = Actor(WHO, WHO, Role.AUDITOR, EVERYWHERE)
SUBMIT = """mutation($input: SubmitInput!) { submitReturn(input: $input) {
  __typename ... on ReturnDone { position repeated } } }"""
TOTALS = """query($election: String!, $contest: String!, $form: String!, $slot: String!, $geography: String!) {
  election(code: $election) { __typename position: asOfPosition contest(code: $contest) {
    totals(form: $form, slot: $slot, geography: $geography, first: 100, layer: "entered") { nodes { code item value reported expected } } } } }"""


@dataclass(frozen=True, slots=True)
class Night:
    """Returns that may be handed in once each, and a total to look at meanwhile, as bodies of requests."""

    returns: tuple[Wish, ...]
    reading: Wish

    def wishes(self, rate: float, seconds: float, reads: float) -> list[Wish]:
        """So many returns a second, and for each so many looks at the totals."""
        number = min(len(self.returns), round(rate * seconds))
        sent = [_at(wish, place / rate) for place, wish in enumerate(self.returns[:number])]
        return sent + [_at(self.reading, place / (rate * reads)) for place in range(round(number * reads))]


def _at(wish: Wish, due: float) -> Wish:
    return Wish(wish.kind, due, wish.token, wish.field, wish.body, wish.command)


def staged(database: Database, token_key: Path, returns: int, units: int | None = None) -> Night:
    """Training copies of the demo's election, as many as so many returns need. `units`: only so many of them."""
    ledger = Ledger(database)
    try:
        service = Reporting(ledger)
        plans: list[DrillPlan] = []
        while sum(len(plan.pages) for plan in plans) < returns:
            source = source_of(service, None)
            clock = already_over(source, datetime.now(UTC), SPEED)
            plans.append(
                new_drill(
                    service, clock, election=None, area=EVERYWHERE, units=units, speed=SPEED, errors=0, kinds=(),
                    seed=len(plans) + 1,
                )
            )  # fmt: skip
        signing = load_key(token_key)
        now = int(time.time())
        tokens: dict[str, str] = {}
        wishes = []
        for plan in plans:
            for page in sorted(plan.pages, key=lambda page: (page.arrives, page.unit)):
                if page.unit not in tokens:
                    clerk = Actor(f"{WHO}{page.unit}", plan.offices[page.unit], Role.MUNICIPALITY, page.unit)
                    tokens[page.unit] = issue_token(signing, clerk, now=now)
                wishes.append(_return(plan, page, tokens[page.unit]))
        reader = issue_token(signing, READER, now=now)
        reading = _reading(service, plans[0], reader)
    finally:
        ledger.close()
    return Night(tuple(wishes[:returns]), reading)


def _return(plan: DrillPlan, page: PlannedReturn, token: str) -> Wish:
    command = str(uuid4())
    given = {
        "commandId": command,
        "election": plan.election,
        "form": page.form,
        "slot": page.slot,
        "unit": page.unit,
        "figures": list(_figures(page)),
        "channel": "SIMULATION",
    }
    body = json.dumps({"query": SUBMIT, "variables": {"input": given}})
    return Wish("returns", 0.0, token, "submitReturn", body, command)


def _figures(page: PlannedReturn) -> Iterator[dict[str, str]]:
    for key, value in page.truth.items():
        cell = Cell.from_key(key)
        yield {
            "contest": cell.contest, "item": cell.item, "breakdown": cell.breakdown, "choice": cell.choice, "value": value,
        }  # fmt: skip


def _reading(service: Reporting, plan: DrillPlan, token: str) -> Wish:
    definition = service.catalog.election(plan.election).definition
    form = definition.forms[0]
    where = {
        "election": plan.election,
        "contest": definition.contests[0].code,
        "form": form.code,
        "slot": form.slots[0].code,
        "geography": definition.geographies[0],
    }
    return Wish("totals", 0.0, token, "election", json.dumps({"query": TOTALS, "variables": where}))
