"""The contract: what is printed is what runs, what was released still holds, and every part of it is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    BreakingChange,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_specified_scalar_type,
)

from api.graphql.schema import schema, sdl, socket_schema

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "docs" / "schema-released.graphql"
DECLARED = ROOT / "docs" / "schema-breaking.txt"

_PAIRS = (
    r"(?P<b>\w+) was removed from union type (?P<a>\w+)",
    r"(?P<a>\w+) no longer implements interface (?P<b>\w+)",
    r"(?P<b>\w+) was removed from (?P<a>@\w+)",
)
_KINDS = r"Field|Enum value|Argument|Standard scalar|Directive|A required (?:field|argument)|Repeatable flag was removed from"
_ONE = rf"(?:(?:{_KINDS}) )?(?P<path>@?\w+(?:\.\w+)?(?:\(\w+:\))?)"


def path(change: BreakingChange) -> str:
    """Schema coordinate of what changed; `Union/Member`, `Type/Interface` where two types are meant."""
    for pattern in _PAIRS:
        if pair := re.match(pattern, change.description):
            return f"{pair['a']}/{pair['b']}"
    one = re.match(_ONE, change.description)
    assert one, change.description
    return one["path"]


def declared(text: str) -> set[str]:
    """`<change type> <path>` of every line; each must give a reason."""
    found = set()
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([A-Z_]+ \S+)\s+#\s*\S.*", line)
        assert match, f"docs/schema-breaking.txt: not '<change type> <path>  # reason': {line!r}"
        found.add(match[1])
    return found


def complaints(released: GraphQLSchema, current: GraphQLSchema, text: str) -> list[str]:
    """Breaking changes nobody declared, and declared ones that are not there."""
    breaks = {f"{one.type.name} {path(one)}": one for one in find_breaking_changes(released, current)}
    said = declared(text)
    undeclared = [f"not declared: {key} ({breaks[key].description})" for key in sorted(breaks.keys() - said)]
    return undeclared + [f"declared, but not so: {key}" for key in sorted(said - breaks.keys())]


def unexplained(given: GraphQLSchema) -> Iterator[str]:
    """Everything without a description, introspection and the scalars of GraphQL itself apart."""
    for name, kind in given.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        parts = {name: kind.description}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, made in kind.fields.items():
                parts[f"{name}.{field}"] = made.description
                parts |= {f"{name}.{field}({arg}:)": one.description for arg, one in made.args.items()}
        elif isinstance(kind, GraphQLInputObjectType):
            parts |= {f"{name}.{field}": one.description for field, one in kind.fields.items()}
        elif isinstance(kind, GraphQLEnumType):
            parts |= {f"{name}.{value}": one.description for value, one in kind.values.items()}
        yield from (where for where, text in parts.items() if not (text or "").strip())


def test_schema_graphql_is_the_running_schema() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == sdl(), (
        "run: reporting schema > schema.graphql"
    )


def test_what_was_released_still_holds_or_its_end_is_declared() -> None:
    released = build_schema(RELEASED.read_text(encoding="utf-8"))
    found = complaints(released, build_schema(sdl()), DECLARED.read_text(encoding="utf-8"))
    assert found == [], "docs/schema-breaking.txt:\n" + "\n".join(found)


OLD = """
interface I { a: Int }
type A implements I { a: Int b(x: Int, y: Int): Int! c: Int d: Int }
type B { b: Int }
union U = A | B
enum E { P Q }
input N { n: Int }
scalar S
directive @d(z: Int) on FIELD | QUERY
type Query { a: A u: U e(n: N): E s: S }
"""
BREAKS = [
    ("c: Int", "", "FIELD_REMOVED A.c"),
    ("d: Int", "d: String", "FIELD_CHANGED_KIND A.d"),
    ("Int!", "Int", "FIELD_CHANGED_KIND A.b"),
    (", y: Int", "", "ARG_REMOVED A.b(y:)"),
    ("x: Int", "x: Int!", "ARG_CHANGED_KIND A.b(x:)"),
    ("x: Int", "x: Int, w: Int!", "REQUIRED_ARG_ADDED A.b(w:)"),
    ("n: Int", "n: Int m: Int!", "REQUIRED_INPUT_FIELD_ADDED N.m"),
    ("n: Int", "n: String", "FIELD_CHANGED_KIND N.n"),
    ("= A | B", "= A", "TYPE_REMOVED_FROM_UNION U/B"),
    (" implements I", "", "IMPLEMENTED_INTERFACE_REMOVED A/I"),
    ("P Q", "P", "VALUE_REMOVED_FROM_ENUM E.Q"),
    ("scalar S", "enum S { X }", "TYPE_CHANGED_KIND S"),
    ("s: S", "s: E", "FIELD_CHANGED_KIND Query.s"),
    ("directive @d(z: Int) on FIELD | QUERY", "", "DIRECTIVE_REMOVED @d"),
    ("| QUERY", "", "DIRECTIVE_LOCATION_REMOVED @d/QUERY"),
    ("(z: Int)", "", "DIRECTIVE_ARG_REMOVED @d(z:)"),
]


@pytest.mark.parametrize(("old", "new", "key"), BREAKS, ids=[f"{key} {new}" for _, new, key in BREAKS])
def test_the_check_catches_every_kind_of_break(old: str, new: str, key: str) -> None:
    before, after = build_schema(OLD), build_schema(OLD.replace(old, new, 1))
    (found,) = complaints(before, after, "")
    assert found.startswith(f"not declared: {key} (")
    assert complaints(before, after, f"# header\n\n{key}  # nobody used it\n") == []
    assert complaints(before, before, f"{key}  # nobody used it") == [f"declared, but not so: {key}"]
    with pytest.raises(AssertionError, match="reason"):
        declared(key)


@pytest.mark.parametrize(
    ("pattern", "new", "key"),
    [
        (r'  """[^"]*"""\n  coverageReported: Int!\n', "", "FIELD_REMOVED Observation.coverageReported"),
        (
            "  coverageReported: Int!\n",
            "  coverageReported: String!\n",
            "FIELD_CHANGED_KIND Observation.coverageReported",
        ),
        ("input CellInput {", "input CellInput { more: Int!", "REQUIRED_INPUT_FIELD_ADDED CellInput.more"),
        (
            r"FiguresOutcome = CommandIdReused [|]",
            "FiguresOutcome =",
            "TYPE_REMOVED_FROM_UNION FiguresOutcome/CommandIdReused",
        ),
    ],
)
def test_the_check_catches_breaks_of_this_schema(pattern: str, new: str, key: str) -> None:
    changed, count = re.subn(pattern, new, sdl())
    assert count == 1
    (found,) = complaints(build_schema(sdl()), build_schema(changed), "")
    assert found.startswith(f"not declared: {key} (")


def test_everything_is_explained() -> None:
    assert list(unexplained(schema._schema)) == []
    assert list(unexplained(socket_schema._schema)) == []


def test_the_check_finds_what_is_not_explained() -> None:
    bare = build_schema("""
        "t" type Query { "f" a("x" x: Int, y: Int): E  b: Int  "  " c: Int }
        "e" enum E { "p" P Q }
        "n" input N { "i" i: Int j: Int }
        type T { "a" a: Int }
        scalar S
    """)
    assert sorted(unexplained(bare)) == ["E.Q", "N.j", "Query.a(y:)", "Query.b", "Query.c", "S", "T"]
