"""Descriptions of the schema in both languages, `日本語 / English`: beside its code each is written in English, once; its Japanese stands in
`descriptions.toml`, by that English."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Protocol

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)


class Described(Protocol):
    description: str | None


@cache
def japanese() -> Mapping[str, str]:
    """English description → Japanese."""
    return tomllib.loads(files(__package__).joinpath("descriptions.toml").read_text(encoding="utf-8"))


def described(schema: GraphQLSchema) -> Iterator[tuple[str, Described]]:
    """Everything of ours in a schema that has a description, each by its coordinate: types, fields, arguments, values of enumerations."""
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, made in kind.fields.items():
                yield f"{name}.{field}", made
                yield from ((f"{name}.{field}({arg}:)", given) for arg, given in made.args.items())
        elif isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", given) for field, given in kind.fields.items())
        elif isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", given) for value, given in kind.values.items())


def tell_in_both(schema: GraphQLSchema) -> dict[str, str]:
    """Writes the Japanese before every description that has one. Gives those that have none: coordinate → English."""
    without: dict[str, str] = {}
    for coordinate, told in described(schema):
        english = told.description
        if english is None:
            continue
        if (text := japanese().get(english)) is None:
            without[coordinate] = english
        elif text != english:
            told.description = f"{text} / {english}"
    return without
