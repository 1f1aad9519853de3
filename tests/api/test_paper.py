"""Paper by GraphQL: forms within reach only, and codes that say nothing to strangers."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import night
import pages
import pytest
from click.testing import CliRunner
from night import CITY, OTHER_WARD, TOWN, WARD
from test_desk import client as client
from test_desk import figures, submit
from tiny import Ask

from api.auth import issue_token, load_key
from api.cli.group import root
from api.settings import Settings
from reporting.database.connect import Database
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

pytestmark = pytest.mark.begins.with_args(night.define)

FORMS = """query($units: [String!]!, $filled: Boolean!) { paperForms(election: "tiny", form: "final", slot: "final", units: $units,
  filled: $filled) { name content unprintable { typed cluster codePoints place } } }"""
CODE = """query($code: String!) { paperCode(code: $code) { form { unit version printedVersion typedTwice notes { ja en }
  formLabel { ja } } } }"""
CONTROLS = (
    """{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { controls { filled total } } }"""
)


def code_of(answer: object) -> str:
    (code,) = pages.codes_of(base64.b64decode(answer["data"]["paperForms"]["content"]))  # type: ignore[index]
    return code


def test_printed_and_read_back(ask: Ask) -> None:
    blank = ask(FORMS, WARD, units=["11"], filled=False)
    assert blank["data"]["paperForms"]["name"] == "tiny-final-final-11-blank.pdf"
    code = code_of(blank)
    submit(ask, figures=figures(**night.BALANCED))
    read = ask(CODE, CITY, code=code)["data"]["paperCode"]["form"]
    assert (read["unit"], read["printedVersion"]) == ("11", 0)
    assert read["version"] > 0
    assert len(read["notes"]) == 1
    filled = ask(FORMS, WARD, units=["11"], filled=True)["data"]["paperForms"]
    assert "該当なし" in pages.text_of(base64.b64decode(filled["content"]))


def test_strangers_get_neither_forms_nor_what_a_code_is_of(ask: Ask) -> None:
    code = code_of(ask(FORMS, WARD, units=["11"], filled=True))
    for stranger in (OTHER_WARD, TOWN):
        assert (
            ask(FORMS, stranger, units=["11"], filled=False)["errors"][0]["extensions"]["code"]
            == "NOT_AUTHORISED"
        )
        assert ask(CODE, stranger, code=code)["errors"][0]["extensions"]["code"] == "NOT_AUTHORISED"
    assert ask(CODE, None, code=code)["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"
    assert ask(CODE, WARD, code="F1")["errors"][0]["extensions"]["code"] == "UNKNOWN_CODE"
    assert (
        ask(FORMS, CITY, units=["11"] * 21, filled=False)["errors"][0]["extensions"]["code"]
        == "INVALID_INPUT"
    )


def test_control_totals_of_what_would_stand(ask: Ask) -> None:
    submit(ask, figures=figures(**night.BALANCED))
    assert ask(CONTROLS, WARD)["data"]["desk"]["controls"] == {"filled": 8, "total": "598"}


DRAWN = """query($unit: String, $release: Boolean!, $format: ApprovalFormat!) { approvalDocument(election: "tiny", form: "final",
  slot: "final", unit: $unit, release: $release, format: $format) { name content code sha256 position } }"""
CHECKED = """query($code: String!) { paperCode(code: $code) { form { unit } approval { kind scope units position sha256 shown approved
  certified public moved { unit key then now by { person } } values { unit key value named { ja } } events proven provenOf } } }"""


def test_events_of_an_approval_are_proven_as_far_as_they_are_signed(
    ask: Ask, database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed after the first submission: that is proven, what came after it not yet, and nothing that is not what was signed."""
    submit(ask, figures=figures(**night.BALANCED))
    signer = Signer(database, SignerKey.generate("ledger.example.jp/test"), tmp_path / "signer.json")
    signed = signer.step()
    assert signed is not None
    submit(ask, figures=figures(**night.BALANCED | {"electors": 210}), reason="転記誤り")
    code = ask(DRAWN, WARD, unit="11", release=False, format="PDF")["data"]["approvalDocument"]["code"]

    def told() -> tuple[int, int, list[int]]:
        checked = ask(CHECKED, CITY, code=code)["data"]["paperCode"]["approval"]
        return checked["proven"], checked["provenOf"], checked["events"]

    proven, looked_up, events = told()
    assert looked_up == len(events)
    assert 0 < proven == sum(position <= signed.size for position in events) < len(events)
    token = issue_token(load_key(settings.token_key), CITY, now=int(time.time()))
    env = {
        "REPORTING_DATABASE_URL": database.url,
        "REPORTING_TOKEN": token,
        "REPORTING_TOKEN_KEY": str(settings.token_key),
    }
    said = CliRunner().invoke(root, ["kit", "check", code], prog_name="reporting", env=env)
    assert f"{len(events)} 件のうち {proven} 件を" in said.output, said.output
    assert signer.step() is not None
    signer.close()
    assert told()[0] == len(events)
    monkeypatch.setattr("api.graphql.desk.approvals.MOST_PROVEN", 2)
    assert told()[:2] == (2, 2), "the last ones, and it says that these were looked at"
    with database.connect() as connection:  # somebody who owns the database writes another history
        connection.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")
        connection.execute("UPDATE ledger.event SET state = convert_to(replace(convert_from(state, 'UTF8'), '210', '211'), 'UTF8') WHERE position = %s", (events[-2],))  # fmt: skip
        connection.execute("ALTER TABLE ledger.event ENABLE TRIGGER ALL")
    refused = ask(CHECKED, CITY, code=code)
    assert "errors" in refused


def test_an_approval_is_drawn_up_and_checked(ask: Ask) -> None:
    submit(ask, figures=figures(**night.BALANCED))
    for suffix in ("PDF", "XLSX"):
        drawn = ask(DRAWN, WARD, unit="11", release=False, format=suffix)["data"]["approvalDocument"]
        assert drawn["name"].endswith(f"-{drawn['position']}.{suffix.lower()}")
    checked = ask(CHECKED, CITY, code=drawn["code"])["data"]["paperCode"]
    assert checked["form"] is None
    told = checked["approval"]
    assert (told["kind"], told["scope"], told["shown"], told["sha256"]) == (
        "return",
        "11",
        8,
        drawn["sha256"],
    )
    assert {value["value"] for value in told["values"]} == {"200", "100", "98", "2", "0", "60", "38"}
    assert (told["proven"], told["provenOf"]) == (0, len(told["events"])), "nothing is signed here"
    for stranger, refusal in (
        (OTHER_WARD, "NOT_AUTHORISED"),
        (TOWN, "NOT_AUTHORISED"),
        (None, "NOT_AUTHENTICATED"),
    ):
        assert ask(CHECKED, stranger, code=drawn["code"])["errors"][0]["extensions"]["code"] == refusal
        assert (
            ask(DRAWN, stranger, unit="11", release=False, format="PDF")["errors"][0]["extensions"]["code"]
            == refusal
        )
    assert (
        ask(DRAWN, CITY, unit=None, release=True, format="PDF")["errors"][0]["extensions"]["code"]
        == "NOT_AUTHORISED"
    )
    letters = drawn["code"].split("-")
    forged = "-".join([*letters[:5], *reversed(letters[5:9]), letters[9]])
    assert ask(CHECKED, CITY, code=forged)["errors"][0]["extensions"]["code"] in (
        "UNKNOWN_CODE",
        "NOT_THAT_STATE",
    )
