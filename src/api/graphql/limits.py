"""One pass over the parsed document, linear in its size: each fragment is weighed once and remembered.

The library's own depth and alias limiters walk fragments without memory and are themselves a denial of service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
)
from strawberry.extensions import SchemaExtension

from api.graphql.messages import message
from reporting.errors import InvalidInput
from reporting.kept import Kept

MAX_TOKENS = 2_000
MAX_DEPTH = 18
MAX_FIELDS = 1_000  # after expansion of fragments
MAX_ROOT_FIELDS = 10
MAX_COST = 50_000  # rows a request may ask for, page sizes multiplied
MOST = (
    (MAX_DEPTH, message("levels_over", most=MAX_DEPTH)),
    (MAX_FIELDS, message("fields_over", most=MAX_FIELDS)),
    (MAX_COST, message("rows_over", most=MAX_COST)),
    (MAX_ROOT_FIELDS, message("roots_over", most=MAX_ROOT_FIELDS)),
)
"""Of each part of a `Weight` in their order: the most of it, and what a request with more is told."""
TOO_LONG, TOKENS_OVER = f"more than {MAX_TOKENS} tokens", message("tokens_over", most=MAX_TOKENS)
"""What the library says of a text that is GraphQL and longer than it reads, which is no fault of its syntax; and what we say."""
PAGE_DEFAULT = 50
KEPT_TEXT = (
    200_000  # characters of valid queries kept parsed, in all; their trees take some hundred times as much
)


def paged(schema: GraphQLSchema) -> frozenset[str]:
    """Names of the fields with a `first`, whose rows count: every one of the schema, so that none can be forgotten."""
    return frozenset(
        name
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if "first" in field.args
    )


@dataclass(frozen=True, slots=True)
class Weight:
    """`cost`: rows asked for, page sizes multiplied; `roots`: fields at the top of what was weighed, fragments opened."""

    depth: int
    fields: int
    cost: int
    roots: int


class _Scale:
    def __init__(self, document: DocumentNode, variables: dict[str, Any], pages: frozenset[str]) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._variables, self._pages = variables, pages
        self._known: dict[str, Weight] = {}
        self._open: set[str] = set()

    def selections(self, node: SelectionSetNode | None) -> Weight:
        depth = fields = cost = roots = 0
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                inner = self.selections(selection.selection_set)
                size = self._page(selection)
                rows = size * max(inner.cost, 1) if size else inner.cost
                weight = Weight(inner.depth + 1, inner.fields + 1, rows, 1)
            elif isinstance(selection, InlineFragmentNode):
                weight = self.selections(selection.selection_set)
            else:
                assert isinstance(selection, FragmentSpreadNode)
                weight = self._fragment(selection.name.value)
            depth, fields, cost = max(depth, weight.depth), fields + weight.fields, cost + weight.cost
            roots += weight.roots
            if depth > MAX_DEPTH or fields > MAX_FIELDS or cost > MAX_COST:
                break
        return Weight(depth, fields, cost, roots)

    def _fragment(self, name: str) -> Weight:
        if name in self._open or name not in self._fragments:
            return Weight(0, 0, 0, 0)  # validation names the cycle or the unknown fragment
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self.selections(self._fragments[name].selection_set)
            self._open.discard(name)
        return self._known[name]

    def _page(self, node: FieldNode) -> int:
        if node.name.value not in self._pages:
            return 0
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = _whole(argument.value, self._variables)
                if value is not None:
                    return max(1, min(value, MAX_COST + 1))
        return PAGE_DEFAULT


def _whole(node: ValueNode, variables: Mapping[str, Any]) -> int | None:
    """The integer of an argument, None where it has none. JSON's 2.0 is one, too."""
    if isinstance(node, IntValueNode):
        return int(node.value)
    value = variables.get(node.name.value) if isinstance(node, VariableNode) else None
    return int(value) if isinstance(value, int) or (isinstance(value, float) and value.is_integer()) else None


def _values(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the variables of an operation stand for: what is not given is what it says itself."""
    defaults = {
        node.variable.name.value: _whole(node.default_value, {})
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }
    return {**defaults, **given}


@dataclass(frozen=True, slots=True)
class Checked:
    """A request within the limits. `valid`: the same text has been validated before."""

    query: str
    document: DocumentNode
    operation: OperationDefinitionNode
    valid: bool


_valid: Kept[DocumentNode] = Kept(KEPT_TEXT)
"""Text → its document, once validated; a text that is not valid is looked at again each time."""


class OncePerText(SchemaExtension):
    """Spares a request whose context carries its `Checked` the second parsing, and all but a text's first the validation."""

    def on_parse(self) -> Iterator[None]:
        checked = self._checked()
        if checked is not None:
            self.execution_context.graphql_document = checked.document
        yield

    def on_validate(self) -> Iterator[None]:
        checked = self._checked()
        if checked is not None and checked.valid:
            self.execution_context.pre_execution_errors = []
        yield
        if checked is not None and not checked.valid and self.execution_context.pre_execution_errors == []:
            _valid.put(checked.query, checked.document, len(checked.query))

    def _checked(self) -> Checked | None:
        checked = getattr(self.execution_context.context, "checked", None)
        return (
            checked
            if isinstance(checked, Checked) and checked.query == self.execution_context.query
            else None
        )


def check(
    query: str, variables: dict[str, Any], operation_name: str | None, pages: frozenset[str]
) -> Checked:
    """The operation to run; InvalidInput naming the limit it breaks. Limits are looked at each time: variables count.
    `pages`: see `paged`."""
    validated = _valid.get(query)
    document = validated or _parsed(query)
    operation = _operation(document, variables, operation_name, pages)
    return Checked(query, document, operation, validated is not None)


def _parsed(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as wrong:
        if TOO_LONG in wrong.message:
            raise InvalidInput(field="query", found=TOKENS_OVER, expected=f"≤ {MAX_TOKENS}") from None
        raise InvalidInput(
            field="query", found=_place(wrong), expected=message("syntax_of_graphql")
        ) from None
    except RecursionError:
        raise InvalidInput(
            field="query",
            found=message("nesting"),
            expected=message("at_most_levels", max_depth=MAX_DEPTH),
        ) from None


def _place(wrong: GraphQLSyntaxError) -> str:
    """Where a query ceases to be GraphQL: line, column and what stands there."""
    if not wrong.locations or wrong.source is None:
        return ""
    at = wrong.locations[0]
    rest = wrong.source.body.splitlines()[at.line - 1][at.column - 1 :][:20] if wrong.source.body else ""
    return f"{at.line}:{at.column} {rest}".rstrip()


def operation_of(query: str, operation_name: str | None) -> OperationDefinitionNode:
    """The operation of a socket's message; InvalidInput for what cannot be parsed, or says not which."""
    return _chosen(_parsed(query), operation_name)


def _chosen(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if operation_name is None and len(operations) != 1:
        raise InvalidInput(field="operationName", found="", expected=message("name_of_one_operation"))
    chosen = [node for node in operations if operation_name in (None, node.name.value if node.name else None)]
    if len(chosen) != 1:
        raise InvalidInput(
            field="operationName",
            found=repr(operation_name),
            expected=message("name_of_one_operation"),
        )
    return chosen[0]


def _operation(
    document: DocumentNode, variables: dict[str, Any], operation_name: str | None, pages: frozenset[str]
) -> OperationDefinitionNode:
    operation = _chosen(document, operation_name)
    if operation.operation is OperationType.SUBSCRIPTION:
        raise InvalidInput(
            field="query",
            found="subscription",
            expected=message("websocket"),
        )
    values = _values(operation, variables)
    weight = _Scale(document, values, pages).selections(operation.selection_set)
    for asked, (most, told) in zip(
        (weight.depth, weight.fields, weight.cost, weight.roots), MOST, strict=True
    ):
        if asked > most:
            raise InvalidInput(field="query", found=told, expected=f"≤ {most}")
    return operation


def wanted_position(checked: Checked, variables: dict[str, Any]) -> int:
    """The largest `minPosition` of the root fields: one snapshot serves them all."""
    positions, values = [0], _values(checked.operation, variables)
    for node in _root_fields(checked.document, checked.operation.selection_set, set()):
        for argument in node.arguments or ():
            if argument.name.value == "minPosition":
                positions.append(_whole(argument.value, values) or 0)
    return max(positions)


def _root_fields(
    document: DocumentNode, node: SelectionSetNode | None, opened: set[str]
) -> Iterator[FieldNode]:
    """Those of an operation, fragments opened once each."""
    for selection in node.selections if node else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _root_fields(document, selection.selection_set, opened)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in opened:
            opened.add(selection.name.value)
            for fragment in document.definitions:
                if (
                    isinstance(fragment, FragmentDefinitionNode)
                    and fragment.name.value == selection.name.value
                ):
                    yield from _root_fields(document, fragment.selection_set, opened)
