"""Definition files: what is wrong is named by file and place, and the schema in docs/ is the one in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reporting.definitions.load import demo_election, load_areas, load_election, load_registry
from reporting.definitions.schema import SCHEMAS, schemas
from reporting.files.problems import FileRefused
from reporting.importing.mapping import SCHEMA_FILE, FileMapping

ROOT = Path(__file__).parents[2]
HEADER = "geography,code,level,name,parent,valid_from,valid_to\n"


def refused(path: Path, text: str | bytes) -> list[str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    load = {"csv": load_areas, "reg": load_registry}.get(path.name[:3], load_election)
    with pytest.raises(FileRefused) as caught:
        load(path)
    assert caught.value.facts["file"] == path.name
    return [str(problem) for problem in caught.value.problems]


def test_json_schemas_in_docs_are_current() -> None:
    stored = {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "schema").glob("*.json")
    }
    assert stored == schemas({**SCHEMAS, SCHEMA_FILE: FileMapping})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("e.json", '{"code": "a", "code": "b"}', "each name once"),
        ("e.json", '{"code": NaN}', "NaN"),
        ("e.json", "{\n'", "e.json:2"),
        ("e.json", "[" * 100_000, "nested too deeply"),
        ("e.json", b"\xff\xfe", "UTF-8"),
        ("e.toml", "code = 'a'\ncode = 'b'", "TOML"),
        ("e.yaml", "", ".json or .toml"),
        ("e.json", "[]", "named fields"),
    ],
)
def test_what_is_no_definition_is_said_plainly(
    tmp_path: Path, name: str, text: str | bytes, told: str
) -> None:
    (problem,) = refused(tmp_path / name, text)
    assert told in problem


def test_every_wrong_place_is_named(tmp_path: Path) -> None:
    definition = demo_election().model_dump(mode="json")
    definition["polling_date"] = "2025-13-01"
    definition["items"][0]["kind"] = "guess"
    definition["contests"][2]["choices"][1]["code"] = "a|b"
    definition["more"] = 1
    del definition["registry"]
    problems = refused(tmp_path / "e.json", json.dumps(definition))
    for place in ("polling_date", "items.0.kind", "contests.2.choices.1.code", "more", "registry"):
        assert any(f"[{place}]" in problem for problem in problems), place


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("items", 0, "breakdowns", [["age"]]), "age"),
        (("items", 2, "numerator", "nobody"), "nobody"),
        (("items", 0, "numerator", "voters"), "rate"),
        (("forms", 0, "items", ["nothing"]), "nothing"),
        (("items", 1, "code", "electors"), "twice"),
        (("forms", 1, "slots", [{"code": "s", "label": {"ja": "あ"}}] * 2), "twice"),
        (("contests", 1, "choices", [{"code": "1", "name": "甲"}] * 2), "twice"),
    ],
)
def test_references_must_resolve(tmp_path: Path, change: tuple[str, int, str, object], told: str) -> None:
    definition = demo_election().model_dump(mode="json")
    part, index, field, value = change
    definition[part][index][field] = value
    assert any(told in problem for problem in refused(tmp_path / "e.json", json.dumps(definition)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "an empty file"),
        ("geography,code\n", "level"),
        (HEADER.replace("level", "level,level"), "twice"),
        (HEADER + "a,b\n", "csv.csv:2"),
        (HEADER + "a,b,c,d,e,2020-01-01\n", "6 列"),
        (HEADER + 'a,b,c,"d,e,f\n', "RFC 4180"),
        (HEADER + "a,b,c,,e,2020-01-01,\n", "[name] なし / missing"),
        (HEADER + "a,b,c,d,e,2020-02-30,\n", "[valid_from]"),
        (HEADER + "a,b,c,d,e,2020-01-02,2020-01-02\n", "a valid_to after valid_from"),
        (HEADER.encode() + b"a,b,c,\x83\x65,e,2020-01-01,\n", "csv.csv:2"),
        (HEADER + "a,b,c,d\x00,e,2020-01-01,\n", "csv.csv:2"),
    ],
)
def test_area_rows_are_named(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert any(told in problem for problem in refused(tmp_path / "csv.csv", text))


def test_areas_stand_in_the_file_or_beside_it(tmp_path: Path) -> None:
    (tmp_path / "registry.toml").write_text(
        'registry = "r"\nsource = "s"\n[[geographies]]\ncode = "g"\nlabel = {ja = "x"}\nlevels = [{code = "l", label = {ja = "y"}}]\n'
    )
    assert load_registry(tmp_path / "registry.toml").areas == ()
    (tmp_path / "registry.csv").write_text(HEADER + "g,1,l,名,,2020-01-01,\n", encoding="utf-8-sig")
    (area,) = load_registry(tmp_path / "registry.toml").areas
    assert (area.name, area.parent, area.valid_to) == ("名", None, None)
