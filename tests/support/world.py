"""An installation to ask and to feed, for tests that look at all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sources
from starlette.testclient import TestClient
from tiny import AUDITOR, SYSTEM

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.importing import ImportReport, import_returns


@dataclass
class World:
    """One installation: its commands, its projector, its GraphQL."""

    service: Reporting
    projector: Projector
    client: TestClient
    token: Callable[[Actor], str]
    folder: Path

    def take(self, name: str, rows: Any) -> ImportReport:
        report = import_returns(sources.returns_csv(self.folder / f"{name}.csv", rows), self.service, SYSTEM)
        self.projector.catch_up()
        return report

    def ask(self, query: str, actor: Actor = AUDITOR, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token(actor)}"}
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body = answer.json()
        assert answer.status_code == 200, body
        assert "errors" not in body, body["errors"]
        return dict(body["data"])

    def totals(
        self,
        election: str,
        contest: str,
        form: str,
        geography: str,
        *,
        items: list[str],
        level: str | None = None,
        areas: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        data = self.ask(
            TOTALS,
            election=election,
            contest=contest,
            form=form,
            geography=geography,
            items=items,
            level=level,
            areas=areas,
        )
        return list(data["election"]["contest"]["totals"]["nodes"])


TOTALS = """
query($election: String!, $contest: String!, $form: String!, $geography: String!, $items: [String!], $level: String,
      $areas: [String!]) {
  election(code: $election) { contest(code: $contest) {
    totals(form: $form, slot: "final", geography: $geography, items: $items, level: $level, areas: $areas, first: 2000) {
      nodes { code item choice value reported expected }
    } } } }"""
