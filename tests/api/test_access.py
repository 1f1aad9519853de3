"""Every field of the schema that runs code declares who may read it, and none shows a figure before its time.

The queries are made from the schema itself: a new field is asked like the others.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import night
import pytest
import strawberry
import test_desk
from graphql import (
    GraphQLField,
    get_named_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
    is_union_type,
)
from starlette.testclient import TestClient
from test_desk import MAY_NOT, figures, submit
from tiny import AUDITOR, Ask
from together import Look, bodies

from api.auth import issue_token, load_key
from api.graphql.access import (
    BELOW,
    DECLARED,
    EVENT,
    LAYER,
    TOTALS,
    TRAIL,
    UNIT,
    readable,
    require_declared,
    resolvers,
)
from api.graphql.schema import schema, socket_schema
from api.settings import Settings

client, pytestmark = test_desk.client, test_desk.pytestmark

FACTOR = 10_007
"""Makes figures that stand nowhere else in an answer."""
ALL, JSON = "who may see all", {"Content-Type": "application/json"}
SECRET_WORDS = ("理由の秘密", night.WARD.person)
VALUES = {name: value * FACTOR for name, value in night.BALANCED.items()}
SECRETS = {str(value) for value in VALUES.values() if value}
GIVEN: dict[str, str] = {
    "election": '"tiny"', "form": '"final"', "slot": '"final"', "unit": '"11"', "contest": '"pr"', "item": '"voters"',
    "geography": '"administrative"', "layer": '"entered"', "kind": "MISSING", "level": '"ward"',
    "first": "2", "oldSize": "1", "newSize": "1", "own": '[{choice: "a", votes: 1}]', "common": "[]",
    "figures": '[{contest: "pr", item: "electors", value: "1"}]', "areas": '["11"]',
    "returns": '[{form: "final", slot: "final", unit: "11", figures: [{contest: "pr", item: "electors", value: "1"}]}]',
    "includeTests": "true", "contestKind": '"proportional"',
    "citation": '"x"', "onlyDifferent": "false", "units": '["11"]', "filled": "true", "code": '"F1"',
}  # fmt: skip
"""Argument → its value, for every field that has it; `layer` is given or left out."""
NEEDED = {
    "asOf": "{position: POSITION}", "registry": '"tinyland"', "area": '"11"', "text": '"地域"', "sha256": f'"{"0" * 64}"',
}  # fmt: skip
"""The same where a field cannot do without it."""
BY_FIELD = {
    ("Query", "series", "item"): '["voters"]',
    ("Query", "election", "code"): '"tiny"',
    ("Election", "contest", "code"): '"pr"',
    ("Query", "previewWorkbook", "input"): '{election: "tiny", name: "x.xlsx"}',
    (
        "Query",
        "previewImport",
        "input",
    ): '{kind: "returns", election: "tiny", upload: "00000000-0000-5000-8000-000000000000"}',
}


def _arguments(parent: str, name: str, field: GraphQLField, position: int, layer: bool) -> str:
    given = {}
    for argument in field.args:
        if (parent, name, argument) in BY_FIELD:
            given[argument] = BY_FIELD[parent, name, argument]
        elif argument == "position":
            given[argument] = "0" if name == "changesSince" else str(position)
        elif argument == "from" and name == "differences":
            given[argument] = f"{{position: {position - 1}}}"
        elif (
            argument in GIVEN
            and (argument != "layer" or layer)
            and not (name == "series" and argument == "level")
        ):
            given[argument] = GIVEN[argument]
        elif is_required_argument(field.args[argument]):
            assert argument in NEEDED, f"say in GIVEN what {parent}.{name}({argument}) is asked with"
            given[argument] = NEEDED[argument].replace("POSITION", str(position))
    return "(" + ", ".join(f"{key}: {value}" for key, value in given.items()) + ")" if given else ""


def _leaves(kind: Any) -> str:
    return " ".join(
        name for name, one in kind.fields.items() if is_leaf_type(get_named_type(one.type)) and not one.args
    )


def paths() -> Iterator[tuple[tuple[str, str], ...]]:
    """((type, field), …) from the root to every field, each once for each field that leads to its type at first."""
    shown: set[str] = set()
    waiting: list[tuple[tuple[tuple[str, str], ...], Any]] = [((), schema._schema.query_type)]
    while waiting:
        before, kind = waiting.pop(0)
        for name, field in kind.fields.items():
            path = (*before, (kind.name, name))
            inner = get_named_type(field.type)
            if is_object_type(inner):
                yield path
                if inner.name not in shown or len(path) == 1:
                    shown.add(inner.name)
                    waiting.append((path, inner))
            elif field.args or kind.name == "Query":
                yield path


PATHS = list(paths())


def look(path: tuple[tuple[str, str], ...], position: int, layer: bool) -> Look:
    types: dict[str, Any] = schema._schema.type_map
    parent, name = path[-1]
    inner = get_named_type(types[parent].fields[name].type)
    text = (_leaves(inner) or "__typename") if is_object_type(inner) else "__typename" * is_union_type(inner)
    root = ""
    for parent, name in reversed(path):
        root = name + _arguments(parent, name, types[parent].fields[name], position, layer)
        text = root + (f" {{ {text} }}" if text else "")
    return Look(root, text)


def secrets_in(answer: Any) -> set[str]:
    text = json.dumps(answer, ensure_ascii=False)
    numbers = set(re.findall(r"\d+", text)) & SECRETS
    return numbers | {word for word in SECRET_WORDS if word in text}


def test_no_field_shows_a_figure_to_who_may_not_see_it(
    ask: Ask, client: TestClient, settings: Settings
) -> None:
    """As the public and as offices beyond their reach, with the unreleased layer and without it."""
    done = submit(ask, figures=figures(**VALUES), reason=SECRET_WORDS[0])
    assert done["status"] == "submitted"
    at = done["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    key, now = load_key(settings.token_key), int(time.time())
    readers = {
        who: {"Authorization": f"Bearer {issue_token(key, actor, now=now)}"} if actor else {}
        for who, actor in {**MAY_NOT, ALL: AUDITOR}.items()
    }
    # Once where the layer is no argument of any field on the way.
    asked = [
        (path, text)
        for path in PATHS
        for text in dict.fromkeys(look(path, at - 1, layer) for layer in (False, True))
    ]
    # What is refused hides what it is asked with.
    asked.sort(key=lambda one: (one[1].root, "layer:" in one[1].text))
    told: set[tuple[str, str]] = set()
    for who, headers in readers.items():
        found = bodies(client, [text for _, text in asked], headers | JSON)
        for (path, text), body in zip(asked, found, strict=True):
            leaked = secrets_in(body)
            assert who == ALL or not leaked, (who, text, leaked)
            if who == ALL:
                kinds = {error.get("extensions", {}).get("code") for error in body.get("errors", ())}
                assert None not in kinds, (text, body)
                assert "GRAPHQL_INVALID" not in kinds, (text, body)
                told.update(path if leaked else ())
    declared = {name: one.metadata[DECLARED] for name, one in resolvers(schema)}
    must = {"Query.desk", "Query.audit", "Query.event", "Query.changesSince", "Election.unitReturn", "Election.figureHistory",
            "Contest.totals", "Election.totals", "Total.figures", "Query.differences", "Query.figureProvenance", "Query.inclusionProof"}  # fmt: skip
    shown = {f"{kind}.{name}" for kind, name in told}
    assert must - shown <= {"Query.inclusionProof"}, "the queries made here would not find a leak"
    assert {UNIT, BELOW, TOTALS, LAYER, TRAIL, EVENT} <= set(declared.values())


@pytest.mark.parametrize("made", [schema, socket_schema])
def test_every_resolver_declares_its_access(made: strawberry.Schema) -> None:
    names = [name for name, _ in resolvers(made)]
    assert names
    require_declared(made)


def test_a_field_without_a_declaration_makes_no_schema() -> None:
    @strawberry.type
    class Query:
        @readable(UNIT, "declared")
        def declared(self, unit: str) -> str:
            return unit

        @strawberry.field
        def forgotten(self) -> str:
            return ""

    with pytest.raises(TypeError, match=r"Query\.forgotten"):
        require_declared(strawberry.Schema(Query))


def test_every_list_of_the_schema_was_walked() -> None:
    asked = {f"{kind}.{name}" for path in PATHS for kind, name in path}
    types: dict[str, Any] = schema._schema.type_map
    mutations = types["Mutation"].fields
    outcomes = {"ReturnDone", "GreenDone", "GreenException", "SlotReleasedDone", "FiguresRecorded", "DoneTogether", "DraftSaved",
                "FiguresRefused", "RulesRefused"}  # fmt: skip
    for name, _ in resolvers(schema):
        kind, _, field = name.partition(".")
        camel = re.sub(r"_(.)", lambda found: found[1].upper(), field.rstrip("_"))
        if kind != "Subscription" and camel not in mutations and kind not in outcomes:
            leaf = is_leaf_type(get_named_type(types[kind].fields[camel].type))
            assert f"{kind}.{camel}" in asked or leaf, name
