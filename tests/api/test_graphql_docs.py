"""Every example of docs/graphql.md fits the schema and runs, in order, on the demonstration's election."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import tiny
from graphql import OperationDefinitionNode, OperationType, parse, validate
from tiny import Ask

from api.app import SUBSCRIPTIONS
from api.gate import MAX_BODY
from api.graphql import limits
from api.graphql.schema import schema
from api.graphql.types import MAX_PAGE, MAX_TOTALS
from api.socket_gate import MAX_QUERY
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.load import demo_election, shipped_registry

PAGE = Path(__file__).parents[2] / "docs" / "graphql.md"
BLOCK = re.compile(r"```graphql\n(.*?)```(?:\n```json\n(.*?)```)?", re.DOTALL)


def examples() -> list[tuple[str, str, dict[str, Any]]]:
    """Name, query and variables of each, in the order of the page."""
    found = []
    for query, variables in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        (operation,) = parse(query).definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name
        found.append((operation.name.value, query, json.loads(variables or "{}")))
    return found


@pytest.mark.parametrize(("name", "query", "variables"), examples(), ids=[name for name, _, _ in examples()])
def test_an_example_fits_the_schema_and_the_limits(name: str, query: str, variables: dict[str, Any]) -> None:
    assert validate(schema._schema, parse(query)) == []
    if parse(query).definitions[0].operation is not OperationType.SUBSCRIPTION:  # type: ignore[attr-defined]
        limits.check(query, variables, None, limits.paged(schema._schema))


def test_the_check_refuses_what_does_not_fit() -> None:
    assert validate(schema._schema, parse("{ elections { nodes { nothing } } }"))


def test_no_block_is_overlooked() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(examples()) == text.count("```graphql") >= 9


def test_the_limits_are_the_ones_written_down() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for limit, most in (
        ("tokens of a query", limits.MAX_TOKENS),
        ("depth", limits.MAX_DEPTH),
        ("fields, fragments expanded", limits.MAX_FIELDS),
        ("root fields, fragments expanded", limits.MAX_ROOT_FIELDS),
        ("cost: [^|]*", limits.MAX_COST),
        ("`first` of `totals` and `children`", MAX_TOTALS),
        ("`first` elsewhere", MAX_PAGE),
    ):
        assert re.search(rf"^\| {limit} \| {most:,} \|$", text, re.MULTILINE), limit
    assert MAX_BODY == 1_000_000
    assert f"on one socket | {MAX_QUERY:,}, {SUBSCRIPTIONS} |" in text
    assert f"({limits.PAGE_DEFAULT} where none is given)" in text


@pytest.fixture
def demonstration(database: Database, service: Reporting, ask: Ask) -> Callable[..., dict[str, Any]]:
    """`ask` with the demonstration's election defined beside the tiny one."""
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, tiny.SYSTEM, uuid4())
    service.define_election(demo_election(), tiny.SYSTEM, uuid4())
    Projector(database).catch_up()
    return ask


def test_the_examples_run(demonstration: Ask) -> None:
    given = [one for one in examples() if not one[1].startswith("subscription")]
    writes = [one for one in given if one[1].startswith("mutation")]
    for _, query, variables in writes:
        (outcome,) = demonstration(query, tiny.MINISTRY, **variables)["data"].values()
        assert outcome["__typename"] == "FiguresRecorded", outcome
    demonstration("query($at: Int) { asOfPosition(minPosition: $at) }", at=outcome["position"])
    for name, query, variables in given:
        answer = demonstration(query, tiny.MINISTRY, **{**variables, **_at(variables, outcome["position"])})
        assert "errors" not in answer, (name, answer)
        text = json.dumps(answer)
        if name in ("Prefectures", "Drill", "History", "Version", "OwnWrite"):
            assert re.search(r"158120|53\.6", text), (name, text[:500])
        if name in ("Enter", "Correct"):
            assert '"repeated": true' in text


def _at(variables: dict[str, Any], position: int) -> dict[str, Any]:
    """The position this run reached, in place of the one written down."""
    return {"position": position} if "position" in variables else {}
