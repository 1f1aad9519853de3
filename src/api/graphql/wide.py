"""Wide reads made ready by PostgreSQL: the selection set becomes one SELECT of JSON, and execution passes it through.

Everything before execution (parsing, limits, validation, permissions in the resolver) still runs.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import orjson
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.nodes import SelectedField

from reporting.database.sql import MAX_NAME

Row = TypeVar("Row")


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


def compiled(selections: list[Any], columns: dict[str, str]) -> dict[str, str] | None:
    """Response name → column, when every selection is a plain field PostgreSQL can make; None otherwise."""
    fields: dict[str, str] = {}
    for selection in selections:
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
