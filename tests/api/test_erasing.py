"""Erasing a person: every proof holds afterwards, and nothing that is read, made again or written out names them."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import night
import pytest
import test_desk
from click.testing import CliRunner
from night import CITY, WARD, WARD_2
from structlog.testing import capture_logs
from test_desk import approve, figures, mutate, submit
from tiny import AUDITOR, Ask

from api.cli import progress
from api.cli.evidence import published_totals
from api.cli.group import root
from api.cli.verify import main as check
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.database.connect import READER, Database
from reporting.transparency.checkpoint import Policy
from reporting.transparency.export import export, steady
from reporting.transparency.log import SignedLog
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

client, pytestmark = test_desk.client, test_desk.pytestmark
KEY = SignerKey.generate("ledger.example.jp/test")
NAME, ELSEWHERE, OFFICE = WARD.person, "渡辺が電話で訂正", night.OTHER_WARD.office
"""Who is erased; a reason that names somebody, and the office of that very command, which is erased as a whole."""

READS = """query($at: Int) {
  asOfPosition(minPosition: $at)
  audit(election: "tiny") { nodes { person office onBehalfOf reason changes { before after } } }
  byName: audit(election: "tiny", filter: {person: "佐藤"}) { nodes { position } }
  figureProvenance(election: "tiny", form: "final", slot: "final", unit: "11", contest: "pr", item: "votes", choice: "a")
  desk(election: "tiny", form: "final", slot: "final", unit: "11") { cells { value office } findings { messageJa } }
  other: desk(election: "tiny", form: "final", slot: "final", unit: "12") { cells { value office } }
  workList(election: "tiny", kind: AWAITING_APPROVAL) { nodes { unit submittedBy } }
  discrepancies(election: "tiny") { declaredOffice reasonClass }
  election(code: "tiny") { unitReturn(form: "final", slot: "final", unit: "11") { figures {
      event { person office reason } history { nodes { person office onBehalfOf reason event { person reason } } } } }
    figureHistory(form: "final", slot: "final", unit: "11", contest: "pr", item: "votes", choice: "a") {
      nodes { person office onBehalfOf reason } } } }"""


PREVIEW = "query($i: WorkbookInput!) { previewWorkbook(input: $i) { __typename } }"


def story(ask: Ask) -> int:
    ask(PREVIEW, WARD, i={"name": f"{NAME}.xlsx", "content": base64.b64encode(NAME.encode()).decode()})
    submit(ask)
    approve(ask, CITY)
    changed = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    refused = submit(ask, figures=figures(**changed), reason="佐藤の転記誤り")
    key = next(one["key"] for one in refused["findings"] if one["rule"] == "J11")
    declared = [{"key": key, "reasonClass": "recount"}]
    done = submit(ask, figures=figures(**changed), reason="佐藤の転記誤り", declarations=declared)
    assert done["status"] == "submitted", done
    mutate(ask, WARD_2, "confirmDiscrepancy", "ConfirmDiscrepancyInput", unit="11", key=key)
    submit(ask, night.OTHER_WARD, "12", figures=figures(**night.BALANCED))
    answer = submit(
        ask,
        night.OTHER_WARD,
        "12",
        figures=figures(**{**night.BALANCED, "votes_a": 61, "votes_b": 37}),
        reason=ELSEWHERE,
    )
    return int(answer["position"])


def everything(database: Database) -> str:
    """Every row of every table of ours, views included, as text, and what the planner remembers of them."""
    with database.connect() as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('ledger', 'ops') OR schemaname LIKE 'views%'"
        ).fetchall()
        assert len(tables) > 15
        rows = [connection.execute(f"SELECT t::text FROM {name} t").fetchall() for (name,) in tables]
        rows.append(connection.execute("SELECT s::text FROM pg_stats s").fetchall())
        states = connection.execute("SELECT convert_from(state, 'UTF8') FROM ledger.event").fetchall()
    return repr(rows) + repr(states)


def words_of(ask: Ask, at: int) -> str:
    answer = ask(READS, AUDITOR, at=at)
    assert "errors" not in answer, answer
    return repr(answer)


def erase(database: Database, **asked: str) -> str:
    """As a person asked: proposed by one, confirmed by another, carried out by a third."""
    words = ["--person", "-"]
    with database.connect() as connection:
        found = connection.execute("SELECT command_id FROM ledger.command WHERE office = %s", (OFFICE,))
        for (command,) in found.fetchall():
            words += ["--command", str(command)]

    def run(who: str, *line: str) -> str:
        env = {"REPORTING_DATABASE_URL": database.url, "LOGNAME": who}
        done = CliRunner().invoke(root, [*line, *words], prog_name="reporting", env=env, input=f"{NAME}\n")
        assert done.exit_code == 0, done.output
        return done.output

    said = run("提案者", "retention", "propose", "--class", "data_protection", "--reason", "2026-17")
    disposal = said.splitlines()[-1].partition(":")[0]
    run("確認者", "retention", "confirm", disposal, "--decide-only")
    return run("保護担当", "audit", "erase", disposal, "--by", "保護担当", "--ground", "2026-17")


def test_no_trace_and_every_proof(
    ask: Ask,
    database: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    at = story(ask)
    signer = Signer(database, KEY, tmp_path / "signer.json")
    signed = signer.step()
    signer.close()
    assert signed is not None
    with database.connect() as connection:
        connection.execute("ANALYZE")
        found = connection.execute("SELECT count(*) FROM pg_stats s WHERE s::text LIKE %s", (f"%{NAME}%",))
        assert found.fetchone() != (0,)
    before = words_of(ask, at)
    for trace in (NAME, ELSEWHERE, OFFICE):
        assert trace in before
        assert trace in everything(database)
    with database.connect(READER) as connection:
        log = SignedLog(connection)
        proofs = {position: log.inclusion(position) for position in range(1, signed.size + 1)}
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        said = [erase(database), words_of(ask, at), everything(database)]
        assert [f"{step} / 3" in said[0] for step in range(4)] == [True] * 4, said[0]
        with database.connect(READER) as connection:
            log = SignedLog(connection)
            for position, (entry, proof) in proofs.items():
                assert log.inclusion(position) == (entry, proof)
                assert proof.verify(entry.leaf(), Policy(KEY.verifier())).size == signed.size
        signer = Signer(database, KEY, tmp_path / "signer.json")
        grown = signer.step()
        signer.close()
        assert grown is not None
        assert grown.size > signed.size
        rebuild(database)
        assert verify(database).equal
        said += [words_of(ask, at), everything(database)]
        with published_totals(database) as totals, steady(database) as connection:
            export(connection, tmp_path / "export", KEY.verifier(), totals=totals, words=True)
        said += [
            file.read_text(encoding="utf-8", errors="replace") for file in (tmp_path / "export").iterdir()
        ]
        refused = mutate(
            ask, night.WARD_2, "submitReturn", "SubmitInput", unit="11", figures=figures(voters=1)
        )
        said.append(repr(refused))
    said += [repr(logged), caplog.text]
    for trace in (NAME, ELSEWHERE, OFFICE):
        for place, text in enumerate(said):
            assert trace not in text, (trace, place, text[max(0, text.find(trace) - 200) :][:400])
    assert "(erased)" in said[1]
    assert "1 ファイル" in said[0]
    with database.connect(READER) as connection:
        log = SignedLog(connection)
        for entry, proof in proofs.values():
            assert proof.verify(entry.leaf(), Policy(KEY.verifier())).size == signed.size
        assert len(log.consistency(signed.size, grown.size)) > 0
    assert check([str(tmp_path / "export"), "--key", str(KEY.verifier())]) == 0
    again = Signer(database, KEY, tmp_path / "signer.json")
    assert again.step() is not None or Projector(database).catch_up() == signed.size
    again.close()


def test_two_people_who_were_erased_are_not_one(ask: Ask, database: Database) -> None:
    at = story(ask)
    query = """query($at: Int) { figureProvenance(election: "tiny", form: "final", slot: "final", unit: "11", contest: "pr",
      item: "votes", choice: "a", minPosition: $at) }"""
    before: Any = ask(query, AUDITOR, at=at)["data"]["figureProvenance"]
    erase(database)
    after: Any = ask(query, AUDITOR, at=at)["data"]["figureProvenance"]
    assert before.count('er:person/佐藤": {') == 1
    assert after.count("er:person/(erased)@") >= 4
