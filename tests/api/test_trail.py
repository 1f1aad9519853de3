"""The trail where returns go through offices: who set a value, who only stood behind it; a release anybody can check."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import test_desk
from click.testing import CliRunner
from night import CITY, NATION, PREFECTURE, WARD_2
from test_desk import RELEASE, approve, mutate, submit
from test_erasing import erase, story
from tiny import AUDITOR, Ask

from api.cli.evidence import write_key
from api.cli.group import root
from projections.read.rows import FIGURES
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Role
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

client, pytestmark = test_desk.client, test_desk.pytestmark
KEY = SignerKey.generate("ledger.example.jp/test")
WITHIN = {
    "*": {"11", "12", "20", "31", "32"}, "JP": {"11", "12", "20", "31", "32"}, "P1": {"11", "12", "20"}, "10": {"11", "12"}, "11": {"11"},
}  # fmt: skip
"""Units of each office."""
CELL = 'election: "tiny", form: "final", slot: "final", unit: "11", contest: "pr", item: "votes", choice: "a"'
TRAIL = """query($f: AuditFilter, $at: Int) { audit(election: "tiny", filter: $f, minPosition: $at) {
  nodes { position type person channel source receivedAt changes { cell before after supersedes } named { cell value } } } }"""


def trail(ask: Ask, at: int = 0, **filters: Any) -> list[dict[str, Any]]:
    answer = ask(TRAIL, AUDITOR, f=filters or None, at=at)
    assert "errors" not in answer, answer
    return list(answer["data"]["audit"]["nodes"])


def test_who_approves_a_value_has_not_set_it(ask: Ask) -> None:
    at = story(ask)
    query = f"""query($at: Int) {{ figureProvenance({CELL}, minPosition: $at)
      election(code: "tiny") {{ figureHistory({CELL.removeprefix('election: "tiny", ')}) {{
        nodes {{ before after person event {{ type }} }} }} }} }}"""
    answer = ask(query, AUDITOR, at=at)["data"]
    history = answer["election"]["figureHistory"]["nodes"]
    assert [(one["event"]["type"], one["person"], one["before"], one["after"]) for one in history] == [
        ("FiguresCorrected", "佐藤", "60", "78"),
        ("FiguresEntered", "佐藤", None, "60"),
    ]
    document = json.loads(answer["figureProvenance"])
    assert len(document["wasRevisionOf"]) == 1
    (used,) = document["used"].values()
    assert document["entity"][used["prov:entity"]]["er:value"] == "60"
    assert document["activity"][used["prov:activity"]]["prov:type"] == "er:ReturnApproved"
    by_activity = {one["prov:activity"]: one["prov:agent"] for one in document["wasAssociatedWith"].values()}
    assert by_activity[used["prov:activity"]] == "er:person/鈴木"
    generated = {one["prov:activity"] for one in document["wasGeneratedBy"].values()}
    assert {document["activity"][one]["prov:type"] for one in generated} == {f"er:{kind}" for kind in FIGURES}


def test_a_units_trail_holds_what_was_refused_and_what_was_approved(ask: Ask) -> None:
    at = story(ask)
    whole = trail(ask, at, unit="11", contest="pr", item="votes", choice="a")
    # What was refused is kept as the draft, and taken from it by the submission that succeeded.
    kept = [one["named"] for one in whole if one["type"] == "DraftSaved"]
    assert [next(cell["value"] for cell in named if cell["cell"] == "pr|votes||a") for named in kept] == [
        "",
        "78",
    ]
    found = [one for one in whole if one["type"] != "DraftSaved"]
    assert [one["type"] for one in found] == [
        "FiguresCorrected",
        "SubmissionRefused",
        "ReturnApproved",
        "FiguresEntered",
    ]
    named = {one["type"]: {cell["cell"]: cell["value"] for cell in one["named"]} for one in found}
    assert named["SubmissionRefused"]["pr|votes||a"] == "78"
    assert named["ReturnApproved"]["pr|votes||a"] == "60"
    assert named["FiguresCorrected"] == named["FiguresEntered"] == {}
    assert [bool(one["changes"]) for one in found] == [True, False, False, True]
    assert {one["position"] for one in found} <= {one["position"] for one in trail(ask, unit="11")}
    both = trail(ask, unit="11", item="votes", choice="b")
    assert [one["type"] for one in both][-2:] == ["ReturnApproved", "FiguresEntered"]
    assert trail(ask, unit="11", item="votes", breakdown="sex=f") == []


def test_of_an_area_beyond_its_own_an_office_reads_its_part_and_how_much_is_left_out(ask: Ask) -> None:
    at = story(ask)
    query = """query($f: AuditFilter, $at: Int) { audit(election: "tiny", filter: $f, minPosition: $at, first: 200) {
      beyondReach nodes { position unit } } }"""
    below = {"JP": 5, "P1": 3, "10": 2, "11": 1}
    for who, own in ((AUDITOR, 5), (NATION, 5), (PREFECTURE, 3), (CITY, 2), (WARD_2, 1)):
        for area, units in below.items():
            place = {"geography": "administrative", "area": area}
            refused = "errors" in ask(query, who, f=place, at=at)
            told = ask(query, who, f=place | {"withinReach": True}, at=at)["data"]["audit"]
            assert refused == (units > own), (who, area)
            assert told["beyondReach"] == max(0, units - own)
            assert all(
                WITHIN[who.jurisdiction] >= {node["unit"]}
                for node in told["nodes"]
                if node["unit"] is not None
            )
            whole = trail(ask, at, geography="administrative", area=area)
            seen = {one["position"] for one in whole} & {node["position"] for node in told["nodes"]}
            assert seen == {node["position"] for node in told["nodes"]}
            assert told["nodes"] or not whole
    elsewhere = {"geography": "administrative", "area": "P2", "withinReach": True}
    (error,) = ask(query, CITY, f=elsewhere, at=at)["errors"]
    assert error["extensions"]["code"] == "NOT_AUTHORISED", "nothing of it is its own"


def test_the_document_a_figure_came_from(ask: Ask) -> None:
    receipt = {"source": "FAX 第17号", "receivedAt": "2024-10-27T23:41:00+09:00"}
    done = submit(ask, CITY, "11", receipt=receipt, onBehalfOf="地域11選管", channel="FAX")
    entered = next(one for one in trail(ask, done["position"], unit="11") if one["type"] == "FiguresEntered")
    assert (entered["channel"], entered["source"]) == ("fax", "FAX 第17号")
    assert entered["receivedAt"] == "2024-10-27T14:41:00+00:00"
    at = submit(ask, night.TOWN, "20")["position"]
    assert {one["source"] for one in trail(ask, at, unit="20")} == {None}


def test_who_was_let_in(ask: Ask, service: Reporting, database: Database) -> None:
    """Offices and memberships belong to no election; figures of any election are not among them."""
    at = submit(ask)["position"]
    offices = Offices(service)
    offices.register(uuid4(), "11", "中央区選管", Role.WARD, "11", night.tiny.SYSTEM)
    offices.grant(uuid4(), "11", "sub-1", date(2024, 10, 1), None, night.tiny.SYSTEM)
    last = service.ledger.position()
    query = """query($f: AuditFilter, $at: Int) { audit(filter: $f, minPosition: $at) { nodes { position type person election } } }"""
    found = ask(query, AUDITOR, f=None, at=last)["data"]["audit"]["nodes"]
    assert [one["type"] for one in found][:2] == ["MembershipGranted", "OfficeRegistered"]
    assert {one["election"] for one in found} == {None}
    assert at not in [one["position"] for one in found]
    asked = {"kinds": ["MembershipGranted", "FiguresEntered"], "person": night.tiny.SYSTEM.person}
    assert [one["type"] for one in ask(query, AUDITOR, f=asked, at=0)["data"]["audit"]["nodes"]] == [
        "MembershipGranted"
    ]
    for actor in (None, night.WARD, night.CITY):
        assert ask(query, actor, f=None, at=0)["errors"]


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"unit": "99"}, "unit"),
        ({"geography": "administrative", "area": "P9"}, "area"),
        ({"geography": "sea", "area": "P1"}, "geography"),
        ({"form": "fnal"}, "form"),
        ({"form": "final", "slot": "2200"}, "slot"),
        ({"contest": "p"}, "contest"),
        ({"item": "voter"}, "item"),
        ({"kinds": ["FiguresCorrected", "FigureCorrected"]}, "event type"),
    ],
)
@pytest.mark.unchanged
def test_a_slip_of_the_pen_is_not_nothing_found(ask: Ask, wrong: dict[str, Any], kind: str) -> None:
    answer = ask(TRAIL, AUDITOR, f=wrong, at=0)
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["facts"]["kind"]) == ("UNKNOWN_REFERENCE", kind)


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "path",
    [
        'figureProvenance(election: "tiny", %s)',
        'election(code: "tiny") { figureHistory(%s) { nodes { after } } }',
    ],
)
def test_a_cell_nobody_asks_for_has_no_empty_history(ask: Ask, path: str) -> None:
    cell = {"form": "final", "slot": "final", "unit": "32", "contest": "pr", "item": "voters"}
    for wrong in ({}, {"unit": "99"}, {"form": "x"}, {"slot": "2200"}, {"contest": "x"}, {"item": "x"}):
        words = ", ".join(f'{name}: "{value}"' for name, value in {**cell, **wrong}.items())
        answer = ask("{ " + path % words + " }", AUDITOR)
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert codes == (["UNKNOWN_REFERENCE"] if wrong else []), wrong


def test_who_changed_a_rate_is_who_changed_what_it_is_made_of(ask: Ask) -> None:
    """Nobody enters a turnout: its trail was empty, and read as if nobody had changed it."""
    at = submit(ask)["position"]
    place: dict[str, Any] = {"form": "final", "slot": "final", "contest": "pr"}
    parts = {
        entry["position"]
        for item in ("voters", "electors")
        for entry in trail(ask, at, **place, item=item, breakdown="")
    }
    everywhere = {"area": "JP", "geography": "administrative"}
    for within in ({"unit": "11"}, everywhere):
        told = trail(ask, 0, **place, **within, item="turnout", breakdown="")
        assert {entry["position"] for entry in told} == parts != set()
        assert any(
            change["cell"] == "pr|voters||" and change["after"]
            for entry in told
            for change in entry["changes"]
        )
        assert {entry["person"] for entry in told if entry["changes"]} == {night.WARD.person}
    narrowed = trail(ask, 0, **place, unit="11", item="turnout", breakdown="", choice="a")
    assert {entry["position"] for entry in narrowed} == parts, "the parts of a rate by choice may have none"


@pytest.mark.parametrize(
    "path",
    [
        'figureProvenance(election: "tiny", %s)',
        'election(code: "tiny") { figureHistory(%s) { nodes { after } } }',
    ],
)
def test_a_rate_has_no_empty_history_of_its_own(ask: Ask, path: str) -> None:
    cell = 'form: "final", slot: "final", unit: "11", contest: "pr", item: "turnout"'
    (error,) = ask("{ " + path % cell + " }", AUDITOR)["errors"]
    refused = error["extensions"]
    assert (refused["code"], refused["facts"]["field"]) == ("INVALID_INPUT", "item")
    assert "voters, electors のどれか（率は入力されず" in refused["ja"]
    assert "one of voters, electors (nobody enters a rate" in refused["en"]


def test_the_register_and_the_releases_as_they_stood(ask: Ask) -> None:
    query = """query($at: AsOfInput, $min: Int) { discrepancies(election: "tiny", onlyOpen: true, asOf: $at, minPosition: $min) {
      key unit ownerOffice confirmed openSeconds } releases(election: "tiny", asOf: $at) { number } }"""
    at = story(ask)
    stages = {}
    for one in trail(ask, at, kinds=["DiscrepancyDeclared", "DiscrepancyConfirmed"]):
        stages[one["type"]] = one["position"]
    (key,) = [one["key"] for one in ask(query, AUDITOR, at=None, min=at)["data"]["discrepancies"]]
    given = {"unit": "11", "key": key, "reasonClass": "recount", "reason": "再計"}
    closed = mutate(ask, WARD_2, "closeDiscrepancy", "CloseDiscrepancyInput", **given)["position"]
    for actor in (CITY, PREFECTURE):
        approve(ask, actor)
    place = {"election": "tiny", "form": "final", "slot": "final"}
    out = ask(RELEASE, night.tiny.SYSTEM, i=place)["data"]["releaseSlot"]["release"]["position"]
    ask(query, AUDITOR, at=None, min=out)

    seen = ask(query, None, at={"position": stages["DiscrepancyConfirmed"]}, min=0)["data"]["discrepancies"]
    assert seen == []  # the slot was not public then

    def then(position: int) -> tuple[list[tuple[str, bool]], int]:
        found = ask(query, AUDITOR, at={"position": position}, min=0)["data"]
        assert all(0 <= one["openSeconds"] < 60 for one in found["discrepancies"])
        return [(one["ownerOffice"], one["confirmed"]) for one in found["discrepancies"]], len(
            found["releases"]
        )

    assert then(stages["DiscrepancyDeclared"] - 1) == ([], 0)
    assert then(stages["DiscrepancyDeclared"]) == ([("中央区選管", False)], 0)
    assert then(stages["DiscrepancyConfirmed"]) == ([("中央区選管", True)], 0)
    assert then(closed - 1) == ([("中央区選管", True)], 0)
    assert then(closed) == ([], 0)
    assert then(out) == ([], 1)

    own = """query($at: AsOfInput) { all: discrepancies(election: "tiny", asOf: $at) { unit }
      own: discrepancies(election: "tiny", asOf: $at, ownReach: true) { unit } }"""
    reaching, others = (WARD_2, CITY, AUDITOR), (night.OTHER_WARD, None)
    for moment in (None, {"position": out}):
        for reader in (*reaching, *others):
            told = ask(own, reader, at=moment)["data"]
            assert told["all"] == [{"unit": "11"}]  # it is public
            assert told["own"] == (told["all"] if reader in reaching else [])


def test_differences_across_a_redefinition(ask: Ask, service: Reporting) -> None:
    """An item that came or went moves no other item's difference, and is told. What holds figures cannot go
    (FiguresTakenAway): rates come and go, and the items change places."""
    at = int(submit(ask)["position"])
    items = night.election().model_dump(mode="json")["items"]
    rate = next(one for one in items if one["code"] == "turnout")
    came = {**rate, "code": "valid_share", "numerator": "valid_votes", "denominator": "ballots_counted"}
    forms = night.election().model_dump(mode="json")["forms"]
    forms[1]["items"] = [
        "valid_share", "votes", "invalid_votes", "voters", "electors", "ballots_counted", "valid_votes",
        "ballots_not_deposited",
    ]  # fmt: skip
    later = night.election(items=[came, *items], forms=forms, rules=[])
    done = service.define_election(later, night.tiny.SYSTEM, uuid4(), reason="定義の訂正")
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=done.position)
    query = """query($a: AsOfInput!) { differences(election: "tiny", form: "final", slot: "final", contest: "pr",
      geography: "administrative", from: $a, areas: ["11"], layer: "entered") { item breakdown choice before after } }"""
    found = ask(query, AUDITOR, a={"position": at})["data"]["differences"]
    assert {(one["item"], one["before"], one["after"]) for one in found} == {
        ("turnout", "50.00", None),
        ("valid_share", None, "98.00"),
    }


def test_the_register_tells_the_reasons_to_who_may_see_them(ask: Ask, database: Database) -> None:
    """In the words of who declared it and of who closed it; the public sees the classes, after a release; erased words
    stay erased, asked as of now and as of then."""
    query = """query($at: AsOfInput, $min: Int) { discrepancies(election: "tiny", asOf: $at, minPosition: $min) {
      reasonClass declaredWords closedClass closedWords } }"""
    at = story(ask)
    (key,) = [one["key"] for one in ask(REGISTER, AUDITOR, at=at)["data"]["discrepancies"]]
    given = {"unit": "11", "key": key, "reasonClass": "counting_error", "reason": "二重計上"}
    closed = mutate(ask, WARD_2, "closeDiscrepancy", "CloseDiscrepancyInput", **given)["position"]
    for actor in (CITY, PREFECTURE):
        approve(ask, actor)
    place = {"election": "tiny", "form": "final", "slot": "final"}
    out = ask(RELEASE, night.tiny.SYSTEM, i=place)["data"]["releaseSlot"]["release"]["position"]
    ask(query, AUDITOR, at=None, min=out)

    def told(actor: Any, at: int | None) -> tuple[str, ...]:
        when = None if at is None else {"position": at}
        (one,) = ask(query, actor, at=when, min=0)["data"]["discrepancies"]
        return tuple(one.values())

    words = ("recount", "佐藤の転記誤り", "counting_error", "二重計上")
    for moment in (None, out):
        for reader in (AUDITOR, night.WARD, CITY, PREFECTURE):
            assert told(reader, moment) == words
        for stranger in (None, night.TOWN, night.OTHER_WARD):
            assert told(stranger, moment) == ("recount", None, "counting_error", None)
    assert told(AUDITOR, closed - 1) == ("recount", "佐藤の転記誤り", None, None)
    erase(database)
    for moment in (None, out):
        assert told(AUDITOR, moment) == ("recount", "(erased)", "counting_error", "二重計上")


REGISTER = """query($at: Int) { discrepancies(election: "tiny", minPosition: $at) { key } }"""


def test_too_many_differences_are_refused_not_cut(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    at = submit(ask)["position"]
    query = """query($at: Int) { asOfPosition(minPosition: $at) differences(election: "tiny", form: "final", slot: "final",
      contest: "pr", geography: "administrative", from: {position: 0}, layer: "entered") { item } }"""
    before = """query { differences(election: "tiny", form: "final", slot: "final", contest: "pr",
      geography: "administrative", from: {position: 3}, layer: "entered") { item } }"""
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    assert ask(query, AUDITOR, at=at)["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE"
    count = len(ask(before, AUDITOR)["data"]["differences"])
    assert count > 20
    monkeypatch.setattr("api.graphql.audit.queries.MAX_DIFFERENCES", count - 1)
    assert ask(before, AUDITOR)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    monkeypatch.setattr("api.graphql.audit.queries.MAX_DIFFERENCES", count)
    monkeypatch.setattr("api.graphql.audit.queries.MAX_TOTALS", count)
    assert ask(before, AUDITOR)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


def test_an_open_difference_has_an_owner_and_an_age(ask: Ask) -> None:
    query = """query($at: Int, $open: Boolean!) { discrepancies(election: "tiny", onlyOpen: $open, minPosition: $at) {
      key ownerOffice declaredOffice openSeconds closedTime } }"""
    at = story(ask)
    (one,) = ask(query, AUDITOR, at=at, open=True)["data"]["discrepancies"]
    assert one["ownerOffice"] == one["declaredOffice"] == "中央区選管"
    assert 0 <= one["openSeconds"] < 60
    assert one["closedTime"] is None
    given = {"unit": "11", "key": one["key"], "reasonClass": "recount", "reason": "再計"}
    closed = mutate(ask, WARD_2, "closeDiscrepancy", "CloseDiscrepancyInput", **given)
    assert ask(query, AUDITOR, at=closed["position"], open=True)["data"]["discrepancies"] == []
    (one,) = ask(query, AUDITOR, at=closed["position"], open=False)["data"]["discrepancies"]
    assert one["closedTime"]


def test_a_proof_is_for_those_who_may_see_the_event(ask: Ask, database: Database, tmp_path: Path) -> None:
    """The leaf holds the hash of a return's figures: short returns could be guessed from it before their release."""
    at = submit(ask)["position"]
    signer = Signer(database, KEY, tmp_path / "signer.json")
    assert signer.step() is not None
    signer.close()
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    query = "query($at: Int!) { inclusionProof(position: $at) { leaf } }"
    for actor in (night.WARD, CITY, PREFECTURE, NATION, AUDITOR):
        assert "errors" not in ask(query, actor, at=at), actor
    for stranger in (None, test_desk.ANALYST, night.OTHER_WARD, night.TOWN):
        assert ask(query, stranger, at=at)["errors"][0]["extensions"]["code"].startswith("NOT_AUTH")
    assert "errors" not in ask(query, test_desk.ANALYST, at=1)


def test_a_release_can_be_checked_by_anybody(ask: Ask, database: Database, tmp_path: Path) -> None:
    submit(ask)
    for actor in (CITY, PREFECTURE, NATION):
        approve(ask, actor)
    place = {"election": "tiny", "form": "final", "slot": "final"}
    at = ask(RELEASE, night.tiny.SYSTEM, i=place)["data"]["releaseSlot"]["release"]["position"]
    query = """query($at: Int) { releases(election: "tiny", minPosition: $at) { id event proof
        cosigned: proof(witnesses: 1) lastPosition files { name sha256 content } }
      checkpoint { cosignedBy unsigned signedAt } }"""
    (one,) = ask(query, None, at=at)["data"]["releases"]
    assert one["proof"] is None
    write_key(tmp_path / "signer.key", KEY)
    signer = Signer(database, KEY, tmp_path / "signer.json")
    signed = signer.step()
    assert signed is not None
    signer.close()
    answer = ask(query, None, at=at)["data"]
    (one,) = answer["releases"]
    assert (answer["checkpoint"]["cosignedBy"], answer["checkpoint"]["unsigned"]) == ([], 0)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(answer["checkpoint"]["signedAt"])) < timedelta(
        minutes=1
    )
    later = submit(ask, night.TOWN, "20")["position"]
    assert ask(query, None, at=later)["data"]["checkpoint"]["unsigned"] == later - signed.size
    assert one["cosigned"] is None
    many = " ".join(f'r{n}: releases(election: "tiny") {{ files {{ name }} }}' for n in range(4))
    assert ask(f"{{ {many} }}", None)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    then = """query($at: Int!) { election(code: "tiny", asOf: {position: $at}) { contest(code: "pr") {
      totals(form: "final", slot: "final", geography: "administrative", first: 500) { nodes { code item choice value reported expected } } } } }"""
    totals = csv.DictReader(
        next(f["content"] for f in one["files"] if f["name"] == "totals.csv").splitlines()
    )
    published = {
        (row["area"], row["item"], row["choice"]): (row["value"], row["reported"], row["expected"])
        for row in totals
        if row["geography"] == "administrative"
    }
    nodes = ask(then, None, at=one["lastPosition"])["data"]["election"]["contest"]["totals"]["nodes"]
    assert len(published) > 20
    assert published == {
        (row["code"], row["item"], row["choice"]): (row["value"], str(row["reported"]), str(row["expected"]))
        for row in nodes
        if row["reported"]
    }

    def run(*words: str, code: int = 0) -> str:
        env = {"REPORTING_DATABASE_URL": database.url}
        done = CliRunner().invoke(root, ["audit", *words], prog_name="reporting", env=env)
        assert done.exit_code == code, done.output
        return done.output

    key, folder = str(tmp_path / "signer.key.pub"), tmp_path / "release"
    run("release", "tiny", "final", "final", str(folder))
    files = {file.name: file.read_bytes().decode() for file in folder.iterdir()}
    assert files == {f["name"]: f["content"] for f in one["files"]} | {
        "event.json": one["event"],
        "event.tlog-proof": one["proof"],
    }
    assert f"GOOD: release {one['id']}" in run("verify", str(folder), "--log", key)
    for name in files:
        (folder / name).write_bytes(files[name][:-1].encode())
        run("verify", str(folder), "--log", key, code=1)
        (folder / name).write_bytes(files[name].encode())
    (folder / "more.csv").write_text("")
    assert "[package_broken]" in run("verify", str(folder), "--log", key, code=1)
    (folder / "more.csv").unlink()
    (folder / "totals.csv").unlink()
    assert "[package_broken]" in run("verify", str(folder), "--log", key, code=1)
    other = str(SignerKey.generate(KEY.name).verifier())
    assert "[note_invalid]" in run("verify", str(folder), "--log", other, code=1)
    assert "[unknown_reference]" in run("release", "tiny", "final", "final", str(tmp_path / "x"), "--number", "2", code=1)  # fmt: skip
    assert "[unknown_reference]" in run("release", "nope", "final", "final", str(tmp_path / "x"), code=1)
    assert "[file_problem]" in run("release", "tiny", "final", "final", str(folder), code=1)
