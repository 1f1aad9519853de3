"""What does not fit the schema, in our words: by the rule of the GraphQL text (October 2021, §5) that a request breaks, with
the names that the library found as facts. Its own sentences go to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectValueNode,
    ValueNode,
    ValuesOfCorrectTypeRule,
    print_ast,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule, ValidationContext

from api.graphql.messages import message
from api.graphql.variables import SCALARS
from reporting.wording import one_of, printed
from reporting.words import Words

MOST = 20
CODE = "GRAPHQL_INVALID"

RULES = message.table("rule_of_graphql")
"""By rule: {0}, {1} … are the names in the order in which the library quotes them."""
MISFITS = message.table("misfit")
"""Of rules that are broken in more ways than one, and of those that have no words of their own."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that does not fit. `rule`: of the GraphQL text; `names`: what it is about; `suggestions`: names meant."""

    rule: str
    ja: str
    en: str
    names: tuple[str, ...]
    suggestions: tuple[str, ...]


class NotInSchema(GraphQLError):
    """A fault where it stands, as it is answered over HTTP and the socket."""

    def __init__(self, fault: Misfit, error: GraphQLError) -> None:
        place = error.locations[0] if error.locations else None
        at = message.words("at_place", line=place.line, column=place.column) if place else Words("", "")
        ja, en = f"{at.ja}{fault.ja}", f"{at.en}{fault.en}"
        facts = {"rule": fault.rule, "names": list(fault.names), "suggestions": list(fault.suggestions)}
        self.fault = fault
        super().__init__(
            f"{ja} / {en}", error.nodes, extensions={"code": CODE, "ja": ja, "en": en, "facts": facts}
        )


def not_in_schema(schema: GraphQLSchema, document: DocumentNode) -> list[NotInSchema]:
    """Everything in the document that does not fit, each cause once, in its order; [] for one that does."""
    told: list[NotInSchema] = []
    incomplete: dict[int, tuple[GraphQLError, list[str], str]] = {}
    meant: set[tuple[str, str]] = set()
    for error in validate(schema, document, [_tagged(rule) for rule in specified_rules], max_errors=MOST):
        rule = _rule_of(error)
        names, suggestions = _quoted(error.message)
        if rule == "ValuesOfCorrectType" and "include required field" in error.message:
            kind, name = names[:2]
            incomplete.setdefault(id(error.nodes[0] if error.nodes else error), (error, [], kind))[1].append(
                name
            )
            continue
        if rule == "ValuesOfCorrectType" and "unknown field" in error.message:
            meant |= {(names[0], suggestion) for suggestion in suggestions[:1]}
        if rule == "KnownArgumentNames":
            meant |= {("", f"{names[-1]}({suggestion}:)") for suggestion in suggestions[:1]}
        told.append(NotInSchema(_fault(schema, rule, error, names, suggestions), error))
    told = [
        problem
        for problem in told
        if not (problem.fault.rule == "ProvidedRequiredArguments" and ("", problem.fault.names[0]) in meant)
    ]
    for error, absent, kind in incomplete.values():
        if left := [name for name in absent if (kind, name) not in meant]:
            ja, en = MISFITS["missing"]
            fault = Misfit(
                "ValuesOfCorrectType", ja.format(type=kind, names="、".join(left)),
                en.format(type=kind, names=", ".join(left)), (kind, *left), (),
            )  # fmt: skip
            told.append(NotInSchema(fault, error))
    return sorted(told, key=_at)


def _at(error: GraphQLError) -> tuple[int, int]:
    place = error.locations[0] if error.locations else None
    return (place.line, place.column) if place else (0, 0)


def _fault(
    schema: GraphQLSchema, rule: str, error: GraphQLError, names: list[str], suggestions: list[str]
) -> Misfit:
    ja, en = RULES.get(rule, MISFITS["besides"])
    given: dict[str, str] = {"type": names[-1] if names else "—"}
    if rule == "ValuesOfCorrectType":
        (ja, en), given = _value(schema, error, names)
    if rule == "ScalarLeafs":
        ja, en = MISFITS["no_fields"] if "must not have" in error.message else MISFITS["some_fields"]
    if suggestions:
        meant = message.words(
            "did_you_mean", names_ja="、".join(suggestions), names_en=", ".join(suggestions)
        )
        ja, en = ja + meant.ja, en + meant.en
    filled = _Names(names, given)
    return Misfit(rule, filled.of(ja), filled.of(en), tuple(names), tuple(suggestions))


@dataclass(frozen=True, slots=True)
class _Names:
    """What stands for {0}, {1} … and for {name}; anything else in braces stays."""

    quoted: list[str]
    given: Mapping[str, str]

    def of(self, words: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: self._word(match[1]), words)

    def _word(self, name: str) -> str:
        if name.isdigit():
            return self.quoted[int(name)] if int(name) < len(self.quoted) else "—"
        return self.given.get(name, "—")


def _value(schema: GraphQLSchema, error: GraphQLError, names: list[str]) -> tuple[Words, dict[str, str]]:
    """The words for a value that does not fit, and what they are filled with."""
    node: Node | None = error.nodes[0] if error.nodes else None
    if "unknown field" in error.message and len(names) > 1:
        kind = names.pop(0)
        names.append(kind)
        return MISFITS["unknown"], {"type": kind}
    if "not to be None" in error.message:
        return MISFITS["no_value"], {}
    kind = next(iter(names), "")
    if "epresent" in error.message:  # “Int cannot represent …”, “Value cannot represent a Date: …”
        ours = re.match(r"Value cannot represent an? (\w+)", error.message)
        kind = ours[1] if ours else error.message.split()[0]
    enum = re.search(r"(?:in '(\w+)' enum|Enum '(\w+)')", error.message)
    if enum:
        kind = enum[1] or enum[2]
    expected = _expected(schema, kind.strip("![]"))
    names[:] = [kind] if kind else []
    return RULES["ValuesOfCorrectType"], {
        "found": printed(print_ast(node)) if node is not None else "—",
        "expected_ja": expected[0],
        "expected_en": expected[1],
    }


def _expected(schema: GraphQLSchema, kind: str) -> Words:
    named = schema.get_type(kind)
    if isinstance(named, GraphQLEnumType):
        return one_of(named.values)
    named_kind = kind or "—"
    return SCALARS.get(kind, message.words("value_of_type", named_kind=named_kind))


def _quoted(message: str) -> tuple[list[str], list[str]]:
    """The names in a sentence of the library, and those it suggests."""
    about, _, meant = message.partition("Did you mean")
    about = re.split(r"[,.]? [Ff]ound: ", about)[0]
    suggested = re.findall(r"'([^']*)'", re.split(r"\? Found: ", meant)[0])
    return re.findall(r"'([^']*)'", about), [name for name in suggested if re.fullmatch(r"\w+", name)]


def _rule_of(error: GraphQLError) -> str:
    return error.rule if isinstance(error, _Tagged) else ""


class _Tagged(GraphQLError):
    """The library's error with the name of the rule that made it."""

    def __init__(self, rule: str, error: GraphQLError, at: ValueNode | None) -> None:
        """`at`: the value that is looked at; a scalar's error does not say where it stands."""
        super().__init__(error.message, error.nodes or (None if at is None else _within(at, error.message)))
        self.rule = rule


def _within(node: ValueNode, told: str) -> ValueNode:
    """Of a value the part that a sentence of the library quotes; the whole where it quotes none."""
    inner: Sequence[ValueNode] = ()
    if isinstance(node, ObjectValueNode):
        inner = [part.value for part in node.fields]
    elif isinstance(node, ListValueNode):
        inner = node.values
    parts = (_within(part, told) for part in inner)
    return next((part for part in parts if print_ast(part) in told), node)


class _Naming:
    """A rule's view of the validation, which notes the rule with each error."""

    def __init__(self, context: ValidationContext, rule: str) -> None:
        self._context, self._rule = context, rule
        self.at: ValueNode | None = None

    def report_error(self, error: GraphQLError) -> None:
        self._context.report_error(_Tagged(self._rule, error, self.at))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def _tagged(rule: type[ASTValidationRule]) -> type[ASTValidationRule]:
    name = rule.__name__.removesuffix("Rule")

    def begin(self: ASTValidationRule, context: Any) -> None:
        rule.__init__(self, _Naming(context, name))  # type: ignore[arg-type]

    told: dict[str, Any] = {"__init__": begin}
    if issubclass(rule, ValuesOfCorrectTypeRule):

        def looked_at(self: Any, node: ValueNode, kind: GraphQLInputType | None) -> Any:
            self.context.at = node
            return ValuesOfCorrectTypeRule.is_valid_value_node(self, node, kind)

        told["is_valid_value_node"] = looked_at
    return type(rule.__name__, (rule,), told)


def in_our_words(
    errors: Iterable[GraphQLError], schema: GraphQLSchema, document: DocumentNode | None
) -> list[GraphQLError]:
    """The errors of a request that was not carried out: where it does not fit the schema, ours instead of the library's."""
    kept = list(errors)
    foreign = document is not None and any(
        error.original_error is None and error.path is None and not isinstance(error, NotInSchema)
        for error in kept
    )
    if not foreign or document is None:
        return kept
    return list(not_in_schema(schema, document)) or kept
