"""Wide reads made ready by PostgreSQL: the selection set becomes one SELECT of JSON, and execution passes it through.

Everything before execution (parsing, limits, validation, permissions in the resolver) still runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints

import orjson
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.nodes import SelectedField
from strawberry.utils.str_converters import to_camel_case

from reporting.database.sql import MAX_NAME

Row = TypeVar("Row")
Read = TypeVar("Read", bound=NamedTuple)
PLAIN = {str, int, bool, datetime, type(None), list[str]}
"""What JSON or an ISO 8601 text is of a value, without a rule of the schema's own."""


class ReadyMade:
    """Complete JSON of a field, made elsewhere. No dataclass: those the serialiser would take apart."""

    __slots__ = ("json",)

    def __init__(self, json: bytes) -> None:
        self.json = json


def ready_made(kind: type[Row], json: bytes) -> list[Row]:
    """What a resolver that declares a list of `kind` returns instead of them; PassThrough hands it on."""
    return cast("list[Row]", ReadyMade(json))


class PassThrough(StrawberryGraphQLCoreExecutionContext):
    """Hands a ready-made value on as it is, where the executor would walk it leaf by leaf (7 µs each)."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, ReadyMade):
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


def as_json(value: Any) -> Any:
    if isinstance(value, ReadyMade):
        return orjson.Fragment(value.json)
    raise TypeError


def compiled(asked: list[Any], columns: dict[str, str]) -> dict[str, str] | None:
    """Response name → column, when every selection is a plain field PostgreSQL can make; None otherwise. `asked`: the field whose
    selections these are, each time that it stands in the request: they are merged."""
    fields: dict[str, str] = {}
    for selection in (selection for field in asked for selection in field.selections):
        if (
            not isinstance(selection, SelectedField)
            or selection.selections
            or selection.arguments
            or selection.directives
        ):
            return None
        column = columns.get(selection.name)
        name = selection.alias or selection.name
        if column is None or len(name) > MAX_NAME:
            return None
        fields[name] = column
    return fields


def written(rows: list[Row], kind: type[Row], asked: list[Any]) -> list[Row]:
    """Many rows as JSON at once, where nothing but fields that hold a text, a number or a moment is asked of them; else the rows, for
    the executor. `asked` as in `compiled`."""
    fields = compiled(asked, plain_fields(cast(Any, kind)))
    return _in_json(rows, kind, fields) if fields else rows


def written_of(
    read: Sequence[Read], kind: type[Row], asked: list[Any], of: Callable[[Read], Row]
) -> list[Row]:
    """The same without the rows, of what they are made of by `of`, where all that is asked of them stands there under their names."""
    fields = compiled(asked, plain_fields(cast(Any, kind)))
    if read and fields and set(fields.values()) <= set(read[0]._fields):
        return _in_json(read, kind, fields)
    return written([of(told) for told in read], kind, asked)


def _in_json(rows: Sequence[object], kind: type[Row], fields: Mapping[str, str]) -> list[Row]:
    values = attrgetter(*fields.values(), "__class__")  # of one field alone it would give no tuple
    return ready_made(kind, orjson.dumps([dict(zip(fields, values(row), strict=False)) for row in rows]))


def asked_below(asked: list[Any], kinds: Set[str], name: str) -> list[Any]:
    """Of fields that answer one of a union's types: the field `name` of the type, each time that it stands there, for `written`. `kinds`:
    of the type and the union. Empty where it stands under several names, or a fragment has a condition."""
    below: list[SelectedField] = []
    waiting = [selection for field in asked for selection in field.selections]
    while waiting:
        selection = waiting.pop(0)
        if isinstance(selection, SelectedField):
            below += [selection] if selection.name == name else []
        elif selection.directives:
            return []
        elif selection.type_condition in kinds:
            waiting += selection.selections
    names = {selection.alias or selection.name for selection in below}
    return below if len(names) == 1 and not any(selection.directives for selection in below) else []


@cache
def plain_fields(kind: Any) -> dict[str, str]:
    """Name in the schema → attribute, of the fields of a type that run no code and hold one of PLAIN, or nothing."""
    types = get_type_hints(kind)
    return {
        field.graphql_name or to_camel_case(field.python_name): field.python_name
        for field in kind.__strawberry_definition__.fields
        if field.base_resolver is None and _is_plain(types[field.python_name])
    }


def _is_plain(annotation: Any) -> bool:
    parts = get_args(annotation) if get_origin(annotation) is UnionType else (annotation,)
    return set(parts) <= PLAIN
