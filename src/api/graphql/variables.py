"""Variables that do not fit their types, told like any other wrong value: field, what was found, what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)
from graphql.utilities import validate_input_value

from api.graphql.messages import message
from reporting.errors import InvalidInput
from reporting.wording import DATE, DAY, EXPECTED, FLAG, NUMBER, UUID, one_of, printed
from reporting.words import Words

SCALARS: Mapping[str, Words] = {
    **message.table("scalar"), "Float": NUMBER, "Boolean": FLAG,
    "Date": DAY, "DateTime": DATE, "UUID": UUID,
}  # fmt: skip


def wrong_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> list[InvalidInput]:
    """Every value among the variables that does not fit, each place once; called when a request has failed."""
    refusals: dict[str, InvalidInput] = {}
    for node in operation.variable_definitions or ():
        name, kind = node.variable.name.value, type_from_ast(schema, node.type)
        if kind is None or not is_input_type(kind):
            continue
        if name not in given:
            if get_nullable_type(kind) is not kind and node.default_value is None:
                refusals[name] = _told(name, None, *EXPECTED["missing"])
            continue
        for path in _places(given[name], kind):
            refusal = _wrong_at(
                ".".join(map(str, [name, *path])), _value_at(given[name], path), _at(kind, path)
            )
            refusals.setdefault(str(refusal.facts["field"]), refusal)
    return list(refusals.values())


Steps = list[str | int]


def _places(value: object, kind: GraphQLInputType) -> list[Steps]:
    places: list[Steps] = []
    validate_input_value(value, kind, lambda _error, path: places.append(list(path)))
    return places


def _value_at(value: Any, path: Steps) -> Any:
    for part in path:
        value = value[part]
    return value


def _wrong_at(where: str, value: Any, kind: GraphQLInputType) -> InvalidInput:
    unknown = sorted(set(value) - _fields(kind)) if isinstance(value, dict) else []
    if unknown:
        return _told(f"{where}.{unknown[0]}", value[unknown[0]], *EXPECTED["extra_forbidden"])
    return _told(where, value, *_expected(kind, value))


def _told(field: str, value: Any, ja: str, en: str) -> InvalidInput:
    return InvalidInput(field=field, found=printed(value), expected=f"{ja} / {en}")


def _at(kind: GraphQLInputType, path: Steps) -> GraphQLInputType:
    """The type at a path into a value of `kind`."""
    for part in path:
        inner = get_nullable_type(kind)
        if isinstance(part, int) and isinstance(inner, GraphQLList):
            kind = inner.of_type
        elif isinstance(inner, GraphQLInputObjectType) and part in inner.fields:
            kind = inner.fields[part].type
    return kind


def _fields(kind: GraphQLInputType) -> set[str]:
    named = get_named_type(kind)
    return set(named.fields) if isinstance(named, GraphQLInputObjectType) else set()


def _expected(kind: GraphQLInputType, value: object) -> Words:
    inner = get_nullable_type(kind)
    if value is None:
        return EXPECTED["missing"]
    if isinstance(inner, GraphQLList):
        return EXPECTED["list_type"]
    if isinstance(inner, GraphQLEnumType):
        return one_of(inner.values)
    if isinstance(inner, GraphQLInputObjectType):
        absent = [
            name
            for name, input_field in inner.fields.items()
            if is_required_input_field(input_field) and not (isinstance(value, dict) and name in value)
        ]
        if isinstance(value, dict) and absent:
            return message.words("value_with", absent_ja="、".join(absent), absent_en=", ".join(absent))
        return EXPECTED["model_type"]
    assert isinstance(inner, GraphQLScalarType)
    return SCALARS.get(inner.name, EXPECTED["string_type"])
