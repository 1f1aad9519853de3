"""No library's sentence reaches a person: every constraint of every model is told in our words, in two languages."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args

import annotated_types
import pytest
from parsed import every_node, nodes
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

import reporting
from reporting.application.desk_commands import Answer, Approve, Declare, Submit
from reporting.definitions.templates import ElectionTemplate, OwnForm
from reporting.errors import InvalidInput
from reporting.rules.checks import Severity
from reporting.wording import EXPECTED, FALLBACK, PATTERNS, asked_for, faults
from reporting.words import bilingual, written_in_both

SOURCES = Path(reporting.__file__).parent
LATIN = re.compile(r"[A-Za-z][A-Za-z_]{2,}")
JAPANESE = re.compile("[\u3005-\u30ff\u3400-\u9fff]")


def models() -> list[type[BaseModel]]:
    """Every model of the package: commands, definition files, tables, events."""
    for module in pkgutil.walk_packages(reporting.__path__, "reporting."):
        importlib.import_module(module.name)
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [BaseModel]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind not in found:
                waiting.append(kind)
                if kind.__module__.startswith("reporting.") and not kind.__name__.startswith("_"):
                    found.append(kind)
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


MODELS = models()
WORDS_OF_OURS = {
    "true", "false", "UUID", "prefill", "min", "max", "none", "nation", "altered", "sex", "item",
    *(name for kind in MODELS for name in kind.model_fields),
    *get_args(Severity),
}  # fmt: skip
BAD: tuple[object, ...] = (
    None, "", "x" * 5_000, "bad code!", "①", -1, 0, 10**30, -(10**30), 1.5, "1.5", True, [], ["x"], [None], {}, {"x": 1},
    {"bad code!": 1}, "2024-13-01", "2024-01-01T00:00:00", "nobody", object(), b"\xff", [[1]], 2, float("nan"), "\ud800",
    [{"x": 1}], {"x": {"y": 1}}, [{}], {"x": ""}, {"a": {}},
)  # fmt: skip
CELLS = [{"contest": "c", "item": "i", "value": "1"}] * 6_000
PLACES = [{"form": "f", "slot": "s", "unit": str(n)} for n in range(60)]
REASONS = [{"cells": ["c|i||"], "reason_class": "typing_error", "reason": "r"}] * 60
MANY: dict[str, object] = {f"c{n}": {"own": {}, "common": []} for n in range(300)}
PARTS = [{"code": f"c{n}", "name": "n"} for n in range(60)]
LINKS = [{"cell": "c|i||", "page": 1}] * 600
LONG = (
    ["x"] * 6_000,
    CELLS,
    PLACES,
    REASONS,
    MANY,
    PARTS,
    LINKS,
    [{**place, "figures": CELLS[:1]} for place in PLACES],
)
SHOULD: dict[type, tuple[str, ...]] = {
    annotated_types.MinLen: ("too_short", "string_too_short"),
    annotated_types.MaxLen: ("too_long", "string_too_long"),
    annotated_types.Ge: ("greater_than_equal",),
    annotated_types.Gt: ("greater_than",),
    annotated_types.Le: ("less_than_equal",),
    annotated_types.Lt: ("less_than",),
}


def refusals(kind: type[BaseModel], name: str) -> Iterator[tuple[object, ValidationError]]:
    """What a model says of one field, given everything that might be wrong with it."""
    long = any(isinstance(one, annotated_types.MaxLen) for one in kind.model_fields[name].metadata)
    for bad in (*BAD, *LONG) if long else BAD:
        given = {name: bad}
        try:
            kind.model_validate(given)
        except ValidationError as wrong:
            # Thousands of faults of what stands in a list say nothing of its length.
            if wrong.error_count() <= 100:
                yield given, wrong


def constraints(field: FieldInfo) -> list[object]:
    return [one for one in field.metadata if type(one) in SHOULD]


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_every_constraint_is_told_in_our_words(kind: type[BaseModel]) -> None:
    for name, field in kind.model_fields.items():
        types: set[str] = set()
        for given, wrong in refusals(kind, name):
            details = [one for one in wrong.errors(include_url=False) if one["loc"][:1] == (name,)]
            types |= {one["type"] for one in details}
            theirs = {one["msg"] for one in wrong.errors(include_url=False)}
            for fault in faults(wrong, given):
                check(fault.expected_ja, fault.expected_en, theirs)
                assert fault.expected_ja != FALLBACK[0], (name, given, details)
        for constraint in constraints(field):
            assert types & set(SHOULD[type(constraint)]), (name, constraint, types)
    for given in ({"strange_field": 1}, 7, None):
        with pytest.raises(ValidationError) as caught:
            kind.model_validate(given)
        for fault in faults(caught.value, given):
            check(fault.expected_ja, fault.expected_en, set())


def check(ja: str, en: str, theirs: set[str]) -> None:
    assert JAPANESE.search(ja), ja
    assert not JAPANESE.search(en), en
    values = {
        word for msg in theirs for quoted in re.findall("'([^']*)'", msg) for word in LATIN.findall(quoted)
    }
    assert not {word for word in LATIN.findall(ja)} - WORDS_OF_OURS - values, ja
    assert not any(
        msg.split(",")[0] in f"{ja} {en}" for msg in theirs if not msg.startswith("Value error")
    ), (ja, en)


def patterns_of(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for part in schema.values():
            yield from patterns_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from patterns_of(part)


def test_every_pattern_has_words() -> None:
    """Decimals have patterns of the library's own in a JSON schema, and are told as numbers."""
    used = {one for kind in MODELS for one in patterns_of(kind.model_json_schema()) if "(?!^" not in one}
    assert used <= set(PATTERNS)


def test_our_own_validators_speak_both_languages() -> None:
    """A ValueError of a validator reaches people as it stands."""
    seen = 0
    for path in sorted(SOURCES.rglob("*.py")):
        for function in every_node(path):
            if not isinstance(function, ast.FunctionDef) or not any(
                isinstance(one, ast.Call) and ast.unparse(one.func).endswith("_validator")
                for one in function.decorator_list
            ):
                continue
            for raised in [one for one in nodes(function) if isinstance(one, ast.Raise)]:
                seen += 1
                text = "".join(
                    one.value
                    for one in ast.walk(raised)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
                said = ast.unparse(
                    raised
                )  # a text of a catalogue is in both languages: tests/house/test_catalogues.py
                assert bilingual(text) or "message(" in said or "{once}" in said, f"{path.name}: {text}"
    assert seen > 10


@pytest.mark.parametrize(
    ("kind", "given", "field", "ja", "en"),
    [
        (Answer, {"cells": (), "agrees": True}, "cells", "1 個以上", "at least 1"),
        (Approve, {"override": ""}, "override", "1 文字以上", "at least 1 characters"),
        (Approve, {"election": "選挙"}, "election", "コード", "a code"),
        (Declare, {"key": "k", "reason_class": "altered", "reason": "r"}, "reason_class", "理由区分", "reason class"),
        (Submit, {"method": "guess"}, "method", "full、sample、estimate のいずれか", "one of full, sample, estimate"),
        (Submit, {"places": 0}, "places", "1 以上の数", "at least 1"),
        (Submit, {"receipt": {"source": "FAX", "received_at": "yesterday"}}, "receipt.received_at", "日時", "a date and time"),
        (Submit, {"command_id": "7"}, "command_id", "UUID", "UUID"),
    ],
)  # fmt: skip
def test_the_refusal_of_a_command(
    kind: type[BaseModel], given: dict[str, Any], field: str, ja: str, en: str
) -> None:
    """What raw text reached people: “Tuple should have at least 1 item after validation, not 0”, and its like."""
    whole = {"command_id": "0" * 32, "election": "e", "form": "f", "slot": "s", "unit": "u", **given}
    with pytest.raises(InvalidInput) as caught:
        asked_for(kind, whole)
    told = caught.value
    assert told.facts["field"] == field
    assert ja in told.message_ja
    assert en in told.message_en
    assert "should" not in f"{told}"


def test_a_list_with_a_wrong_entry_is_not_also_too_short() -> None:
    given = {"ballots": ["bad code!"]}
    with pytest.raises(ValidationError) as caught:
        OwnForm.model_validate(given)
    assert [one.field for one in faults(caught.value, given) if one.field.startswith("ballots")] == [
        "ballots.0"
    ]


def test_one_cause_is_told_once() -> None:
    """A misspelt field is not missing and unknown; the alternatives of a field are one fault, of the one meant."""
    given = {
        "code": "x",
        "lable": {"ja": "名", "en": "name"},
        "rules": ["J01", {"code": "J01", "severty": "x"}, "bad code!"],
    }
    with pytest.raises(ValidationError) as caught:
        ElectionTemplate.model_validate(given)
    told = {one.field: one for one in faults(caught.value, given)}
    assert "label" not in told
    assert told["lable"].expected == "label という名前 / the name label"
    assert told["rules.1.severty"].expected_ja == EXPECTED["extra_forbidden"][0]
    assert "コード" in told["rules.2"].expected_ja
    assert len([field for field in told if field.startswith("rules")]) == 2


@pytest.mark.parametrize(
    ("text", "en"),
    [
        ("訓練のロボット / a robot of the drill", "a robot of the drill"),
        ("第1投票所 / OK", "第1投票所 / OK"),
        ("再点検 / 第3投票所の計上漏れ", "再点検 / 第3投票所の計上漏れ"),
        ("recount / in the third polling place", "recount / in the third polling place"),
    ],
)
def test_nothing_that_a_person_wrote_is_left_out_for_a_stroke_in_it(text: str, en: str) -> None:
    told = written_in_both(text)
    assert told.en == en
    assert told.ja == text.partition(" / ")[0] or told.ja == text


SAID = {"reason", "note", "account", "measure", "prevention", "override", "text", "reference", "title"}


def test_signs_alone_are_no_words_wherever_somebody_says_something() -> None:
    """Every reason, note and measure of every command."""
    asked = [
        (kind, name, field)
        for kind in MODELS
        for name, field in kind.model_fields.items()
        if kind.__module__.startswith("reporting.application") and name in SAID
    ]
    assert len(asked) > 20
    for kind, name, field in asked:
        told: Any = field.annotation
        given: Any = TypeAdapter(Annotated[told, *field.metadata] if field.metadata else told)
        for signs in ("。", "---", "…", "？！", "☆"):
            with pytest.raises(ValidationError):
                given.validate_python(signs)
        for words in ("再点検。", "第3号", "٣", "확인", "α"):
            assert given.validate_python(words) == words, (kind, name)
