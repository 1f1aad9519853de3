"""Areas are found by their key or by the authorities' code, which is used again later, and shown with both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import strawberry
import tiny
from click.testing import CliRunner, Result
from starlette.testclient import TestClient
from strawberry.types.base import StrawberryContainer
from tiny import SYSTEM, Ask

from api.cli.group import root
from api.graphql.access import resolvers
from api.graphql.keys import AREA_NAMES, INPUTS, Keyed
from api.graphql.schema import schema
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.areas import AreaRecord
from reporting.domain.events import AreasRegistered
from reporting.domain.registry import AreaRegistry, RegistryRefused
from reporting.files.problems import FileRefused
from reporting.importing.definitions import import_areas, import_election
from reporting.importing.returns import import_returns
from reporting.ledger.registry import decode, encode

CHANGED = date(2022, 4, 1)


def areas(official: dict[str, tuple[str, date | None, date | None]]) -> list[AreaRecord]:
    """The tiny country; some of its municipalities with a code of the authorities and the span of it."""
    made = []
    for area in tiny.AREAS:
        code, begins, ends = official.get(area.code, (None, None, None))
        spans = [(area.valid_from, area.valid_to, code)]
        if begins is not None:
            spans = [(area.valid_from, begins, None), (begins, area.valid_to, code)]
        if ends is not None:
            spans = [(area.valid_from, ends, code), (ends, area.valid_to, None)]
        made += [
            area.model_copy(update={"valid_from": first, "valid_to": last, "official_code": own})
            for first, last, own in spans
        ]
    return made


AGAIN = areas({"31": ("005", None, CHANGED), "32": ("005", CHANGED, None), "20": ("003", None, None)})
"""005 was 31's, and is 32's since 2022; 003 is 20's."""


def registered(client: TestClient) -> Reporting:
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, AGAIN, SYSTEM, uuid4(), reason="公式コード")
    return service


def night(service: Reporting, code: str, day: str) -> int:
    forms = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]
    definition = tiny.election(code=code, kind="coded", polling_date=day, forms=forms)
    service.define_election(definition, SYSTEM, uuid4())
    at = 0
    for unit, voters in (("31", 31), ("32", 32), ("20", 20)):
        request = tiny.EnterFigures(
            command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
            figures=tiny.cells(voters=voters),
        )  # fmt: skip
        at = service.enter_figures(request, SYSTEM).position
    return at


TOTALS = """query($election: String!, $areas: [String!]) { election(code: $election) { officialCodes { area code } contest(code: "pr") {
  totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], areas: $areas) {
    nodes { code officialCode value children { nodes { code } } } } } } }"""


def test_a_code_used_again_names_another_area_at_a_later_election(ask: Ask, client: TestClient) -> None:
    service = registered(client)
    night(service, "old", "2020-10-27")
    at = night(service, "new", "2024-10-27")
    ask('query($at: Int) { election(code: "new", minPosition: $at) { code } }', at=at)
    for election, key in (("old", "31"), ("new", "32")):
        by_either = [
            ask(TOTALS, election=election, areas=[code])["data"]["election"]["contest"]["totals"]["nodes"]
            for code in ("005", key)
        ]
        assert by_either[0] == by_either[1]
        assert by_either[0] == [{"code": key, "officialCode": "005", "value": key, "children": {"nodes": []}}]
    codes = ask(TOTALS, election="new", areas=None)["data"]["election"]["officialCodes"]
    assert codes == [{"area": "20", "code": "003"}, {"area": "32", "code": "005"}]


RETURN = """query($unit: String!, $election: String! = "new") { election(code: $election) {
  unitReturn(form: "final", slot: "final", unit: $unit) { unit officialCode figures { unit officialCode value } }
  figureHistory(form: "final", slot: "final", unit: $unit, contest: "pr", item: "voters") { nodes { after } } } }"""


def test_a_return_is_read_and_changed_by_either(ask: Ask, client: TestClient) -> None:
    service = registered(client)
    night(service, "old", "2020-10-27")
    at = night(service, "new", "2024-10-27")
    ask('query($at: Int) { election(code: "new", minPosition: $at) { code } }', at=at)
    read = ask(RETURN, unit="005")["data"]["election"]
    assert read == ask(RETURN, unit="32")["data"]["election"]
    assert read["unitReturn"] == {
        "unit": "32", "officialCode": "005", "figures": [{"unit": "32", "officialCode": "005", "value": "32"}],
    }  # fmt: skip
    assert [one["after"] for one in read["figureHistory"]["nodes"]] == ["32"]
    correct = """mutation($input: CorrectFiguresInput!) { correctFigures(input: $input) { __typename
      ... on FiguresRecorded { version } ... on Refusal { messageEn } } }"""
    asked = {
        "commandId": str(uuid4()), "election": "new", "form": "final", "slot": "final", "unit": "005", "expectedVersion": 1,
        "figures": [{"contest": "pr", "item": "voters", "value": "33"}], "reasonClass": "typing_error", "reason": "転記誤り",
    }  # fmt: skip
    done = ask(correct, SYSTEM, input=asked)["data"]["correctFigures"]
    assert done == {"__typename": "FiguresRecorded", "version": 2}
    again = ask(correct, SYSTEM, input={**asked, "unit": "32"})["data"]["correctFigures"]
    assert again == done  # the same command: the key stands in it, however the unit was named
    unknown = ask(RETURN, unit="006")["errors"][0]["message"]
    assert "006" in unknown


SERIES = """query($areas: [String!], $boundaries: String! = "AS_REPORTED", $from: Date) { series(item: ["voters"], areas: $areas,
  electionKind: ["coded"], contest: "pr", includeTests: true, boundaries: $boundaries, from: $from) {
    nodes { election area officialCode value citation } } }"""


def test_a_series_by_a_code_that_moved_is_refused_with_both_areas(ask: Ask, client: TestClient) -> None:
    service = registered(client)
    night(service, "old", "2020-10-27")
    at = night(service, "new", "2024-10-27")
    ask('query($at: Int) { election(code: "new", minPosition: $at) { code } }', at=at)
    (error,) = ask(SERIES, areas=["005"])["errors"]
    assert all(part in error["message"] for part in ("31 地域31", "32 地域32", "2020-10-27", "2024-10-27"))
    fixed = ask(SERIES, areas=["003"])["data"]["series"]["nodes"]
    assert [(one["area"], one["officialCode"]) for one in fixed] == [("20", "003")] * 2
    assert "area=20&" in fixed[0]["citation"]
    later = ask(SERIES, areas=["005"], **{"from": "2023-01-01"})["data"]["series"]["nodes"]
    assert [(one["area"], one["value"]) for one in later] == [("32", "32")]
    csv = client.get("/series.csv?item=voters&areas=003&electionKind=coded&contest=pr&includeTests=true")
    assert csv.status_code == 200
    assert ",20,003," in csv.text


@pytest.mark.parametrize("further", [[], ["--comparable"]])
def test_the_area_of_a_command_is_named_by_either(
    ask: Ask, client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, further: list[str]
) -> None:
    service = registered(client)
    night(service, "old", "2020-10-27")
    at = night(service, "new", "2024-10-27")
    ask('query($at: Int) { election(code: "new", minPosition: $at) { code } }', at=at)
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)

    def told(area: str, *more: str) -> Result:
        words = ["series", "voters", "--area", area, "--kind", "coded", "--contest", "pr", "--tests", "--csv"]
        return CliRunner().invoke(root, [*words, *more])

    by_code, by_key = told("003", *further), told("20", *further)
    assert by_code.exit_code == 0, by_code.output
    assert by_code.stdout == by_key.stdout
    assert by_code.stdout.count(",20,003,") == 2
    moved = told("005", *further)
    assert moved.exit_code != 0
    assert all(part in moved.output for part in ("31 地域31", "32 地域32"))
    checked = CliRunner().invoke(
        root, ["series", "check", "voters", "--area", "003", "--kind", "coded", "--tests"]
    )
    assert checked.exit_code == 0, checked.output


def test_pages_show_the_authorities_code_beside_the_name(ask: Ask, client: TestClient) -> None:
    service = registered(client)
    night(service, "old", "2020-10-27")
    at = night(service, "new", "2024-10-27")
    ask('query($at: Int) { election(code: "new", minPosition: $at) { code } }', at=at)
    for election, unit, other in (("old", "31", "32"), ("new", "32", "31")):
        page = client.get(f"/results/{election}/pr/final/final/administrative/P2").text
        rows = {code: page.split(f">地域{code}</a>", 1)[1].split("</tr>", 1)[0] for code in (unit, other)}
        assert '<small class="code">005</small>' in rows[unit]
        assert 'class="code"' not in rows[other]
    alone = client.get("/results/new/pr/final/final/administrative/20").text
    assert '<small class="code">003</small>' in alone
    series = client.get("/series?item=voters&areas=003&electionKind=coded&tests=yes").text
    assert "地域20 003 · 投票者数" in series


ROWS = "election,form,slot,unit,contest,item,value\nfresh,final,final,005,pr,voters,7\nfresh,final,final,003,pr,voters,8\n"


def test_definitions_and_rows_of_files_name_areas_by_either(service: Reporting, tmp_path: Path) -> None:
    csv = tmp_path / "tinyland.csv"
    names = ("geography", "code", "level", "name", "parent", "valid_from", "valid_to", "official_code")
    csv.write_text(
        ",".join(names)
        + "\n"
        + "".join(",".join(str(getattr(one, name) or "") for name in names) + "\n" for one in AGAIN)
    )
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, [], SYSTEM, uuid4())
    import_areas(csv, service, SYSTEM, registry="tinyland")
    contest = {
        **tiny.election().contests[0].model_dump(),
        "area": {"geography": "administrative", "area": "005"},
    }
    other = {**contest, "code": "other", "area": {"geography": "administrative", "area": "003"}}
    forms = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]
    definition = tiny.election(code="fresh", contests=[contest, other], forms=forms)
    file = tmp_path / "fresh.json"
    file.write_text(definition.model_dump_json(), encoding="utf-8")
    import_election(file, service, SYSTEM)
    known = service.catalog.election("fresh")
    assert [one.area.area for one in known.definition.contests] == ["32", "20"]
    rows = tmp_path / "rows.csv"
    rows.write_text(ROWS.replace("003,pr", "003,other"), encoding="utf-8")
    assert import_returns(rows, service, SYSTEM).events == 2
    assert import_returns(rows, service, SYSTEM).repeated
    rows.write_text(ROWS.replace("005", "006"), encoding="utf-8")
    with pytest.raises(FileRefused):
        import_returns(rows, service, SYSTEM)


@pytest.mark.parametrize(
    ("official", "told"),
    [
        ({"31": ("005", None, None), "32": ("005", None, None)}, "31"),
        ({"31": ("32", None, None)}, "32"),
    ],
)
def test_of_a_day_a_code_is_that_of_one_area(
    official: dict[str, tuple[str, date | None, date | None]], told: str
) -> None:
    registry = AreaRegistry()
    registry.declare(tiny.GEOGRAPHIES)
    registry.register(areas(official))
    with pytest.raises(RegistryRefused) as refused:
        registry.check()
    assert {one.kind for one in refused.value.problems} == {"official_code"}
    assert told in str(refused.value.problems[0])


def test_areas_of_before_have_no_official_code() -> None:
    """A stored row of version 1."""
    event = AreasRegistered(registry="tinyland", areas=tiny.AREAS)
    old = encode(event).replace(b'"official_code":null,', b"")
    assert b"official_code" not in old
    assert decode("AreasRegistered", 1, old) == event


def _inputs(kind: Any) -> Iterable[Any]:
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    definition = getattr(kind, "__strawberry_definition__", None)
    if definition is not None and definition.is_input:
        yield definition
        for field in definition.fields:
            yield from _inputs(field.type)


def test_every_argument_that_takes_an_area_takes_its_official_code() -> None:
    """Walks the schema: a field with such an argument, or an input that has one, is keyed; none is named otherwise."""
    assert isinstance(schema, strawberry.Schema)
    walked = 0
    for name, field in resolvers(schema):
        asked = [one for one in field.arguments if one.python_name in AREA_NAMES]
        inside = [
            part.python_name
            for one in field.arguments
            for kind in _inputs(one.type)
            for part in kind.fields
            if part.python_name in AREA_NAMES
        ]
        if asked or inside:
            walked += 1
            if name != "SeriesQueries.series" and not name.endswith(".series"):
                assert any(isinstance(one, Keyed) for one in field.extensions), name
        if inside:
            assert {one.python_name for one in field.arguments if list(_inputs(one.type))} <= INPUTS, name
    assert walked > 25
