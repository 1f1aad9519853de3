"""What is asked, and the rules that watch it: for everybody, now and then; a finding leads to its rule."""

from __future__ import annotations

import re
from uuid import uuid4

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient
from tiny import SYSTEM

from projections.runner import Projector
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.rules.catalogue import load_rules
from reporting.rules.permits import permitted_by

RULES, CATALOGUE = "/rules/tiny", "/catalogue/tiny"


def sections(page: str) -> dict[str, str]:
    """Rule → its section."""
    return {part[:3]: part.split("</section>")[0] for part in page.split('<section id="')[1:]}


@pytest.mark.unchanged
def test_every_rule_in_force_stands_in_words_with_where_it_applies(client: TestClient) -> None:
    told = sections(client.get(RULES).text)
    definition = night.election()
    assert list(told) == [use.code for use in definition.rules]
    rules = {rule.code: rule for rule in load_rules()}
    for code, section in told.items():
        assert rules[code].label.ja in section
        assert rules[code].example.ja in section
        forms = [
            form.code
            for form in definition.forms
            if any(code in permitted_by(definition, form, slot.code) for slot in form.slots)
        ]
        assert re.findall(r'href="/catalogue/tiny/([^"]+)"', section) == forms
    assert rules["J01"].instruction.ward.ja in told["J01"]


@pytest.mark.unchanged
def test_the_catalogue_says_why_each_item_is_asked(client: TestClient) -> None:
    page = client.get(CATALOGUE).text
    for item in night.election().items:
        row = page.split(f'id="item-{item.code}"')[1].split("</tr>")[0]
        assert item.label.ja in row
        assert item.basis is None or item.basis in row
    votes = page.split('id="item-votes"')[1].split("</tr>")[0]
    assert '<td class="number">3</td>' in votes
    turnout = page.split('id="item-turnout"')[1].split("</tr>")[0]
    assert "#item-voters" in turnout
    assert "#item-electors" in turnout


@pytest.mark.unchanged
def test_a_form_has_its_cells_and_rules(client: TestClient) -> None:
    page = client.get(f"{CATALOGUE}/final").text
    assert "sex" not in page.split("聞く欄")[1].split("</table>")[0]
    assert page.count("/rules/tiny#") == sum(
        1
        for use in night.election().rules
        if use.code in permitted_by(night.election(), night.election().forms[1], "final")
    )
    assert "この選挙に、このコードの様式はありません" in client.get(f"{CATALOGUE}/nothing").text
    assert client.get("/rules/atlantis", headers={"accept": "text/html"}).status_code == 404


def test_rules_and_items_as_they_were(client: TestClient, service: Reporting, database: Database) -> None:
    before = service.ledger.position()
    changed = night.election(rules=[{"code": "J01", "severity": "warning"}, {"code": "J09"}])
    service.define_election(changed, SYSTEM, uuid4(), reason="点検の見直し")
    Projector(database).catch_up()
    now, then = sections(client.get(RULES).text), sections(client.get(f"{RULES}?at={before}").text)
    assert set(now) == {"J01", "J09"}
    assert "警告" in now["J01"]
    assert "エラー" in then["J01"]
    assert len(then) == len(night.election().rules)
    assert 'href="/catalogue/tiny/final?at=' in then["J01"], "the moment stays with the reader"


@pytest.mark.parametrize("at", ["yesterday", "99999999999999999", "'; --", "<script>"])
@pytest.mark.unchanged
def test_a_moment_that_is_none_is_told(client: TestClient, at: str) -> None:
    answer = client.get(RULES, params={"at": at}, headers={"accept": "text/html"})
    assert answer.status_code >= 400
    assert "<script>" not in answer.text


def test_a_finding_leads_to_its_rule(client: TestClient, service: Reporting) -> None:
    cells = tuple(
        CellInput(contest="pr", item=item, choice="", value=value)
        for item, value in (("valid_votes", "98"), ("invalid_votes", "3"), ("ballots_counted", "100"))
    )
    Desk(service).save_draft(SaveDraft(**night.of("11"), cells=cells), night.WARD)
    log_in(client, night.WARD.person)
    assert f'href="{RULES}#J09"' in client.get("/entry/tiny/final/final/11").text
    assert 'id="J09"' in client.get(RULES).text
