"""What does not fit the schema, in our words: by the rule of the GraphQL text (October 2021, §5) that a request breaks, with
the names that the library found as facts. Its own sentences go to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLSchema,
    Node,
    print_ast,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule, ValidationContext

from api.graphql.variables import SCALARS
from reporting.wording import printed
from reporting.words import Words

MOST = 20
CODE = "GRAPHQL_INVALID"

RULES: Mapping[str, Words] = {
    "ExecutableDefinitions": Words("問い合わせに定義 {0} は書けません。", "A request holds no definitions such as {0}."),
    "KnownOperationTypes": Words("この種類の操作はありません。", "There are no operations of this kind."),
    "UniqueOperationNames": Words("{0} という操作が二つあります。", "Two operations are called {0}."),
    "LoneAnonymousOperation": Words("名前のない操作は、ほかの操作と一緒に送れません。", "An operation without a name goes by itself."),
    "SingleFieldSubscriptions": Words("購読で受け取るものは一つだけです。", "A subscription asks for one field, plainly."),
    "KnownTypeNames": Words("{0} という型はありません。", "There is no type {0}."),
    "FragmentsOnCompositeTypes": Words("型 {type} にはフラグメントを書けません。", "There are no fragments on the type {type}."),
    "VariablesAreInputTypes": Words("変数 {0} を型 {1} にはできません。", "The variable {0} cannot be of the type {1}."),
    "FieldsOnCorrectType": Words("{1} にフィールド {0} はありません。", "{1} has no field {0}."),
    "UniqueFragmentNames": Words("{0} というフラグメントが二つあります。", "Two fragments are called {0}."),
    "KnownFragmentNames": Words("{0} というフラグメントはありません。", "There is no fragment {0}."),
    "NoUnusedFragments": Words("フラグメント {0} が使われていません。", "The fragment {0} is not used."),
    "PossibleFragmentSpreads": Words("ここには型 {type} のフラグメントを書けません。", "A fragment on {type} does not fit here."),
    "NoFragmentCycles": Words("フラグメント {0} が自分自身を含んでいます。", "The fragment {0} holds itself."),
    "UniqueVariableNames": Words("変数 {0} が二つあります。", "The variable {0} stands twice."),
    "NoUndefinedVariables": Words("変数 {0} が宣言されていません。", "The variable {0} is not declared."),
    "NoUnusedVariables": Words("変数 {0} が使われていません。", "The variable {0} is not used."),
    "KnownDirectives": Words("ディレクティブ {0} はここに書けません。", "The directive {0} does not stand here."),
    "UniqueDirectivesPerLocation": Words("ディレクティブ {0} が二つあります。", "The directive {0} stands twice."),
    "DeferStreamDirectiveOnRootField": Words("分けて送る指定はできません。", "Nothing is sent in parts."),
    "DeferStreamDirectiveOnValidOperations": Words("分けて送る指定はできません。", "Nothing is sent in parts."),
    "DeferStreamDirectiveLabel": Words("分けて送る指定はできません。", "Nothing is sent in parts."),
    "StreamDirectiveOnListField": Words("分けて送る指定はできません。", "Nothing is sent in parts."),
    "KnownArgumentNames": Words("{1} に引数 {0} はありません。", "{1} has no argument {0}."),
    "UniqueArgumentNames": Words("引数 {0} が二つあります。", "The argument {0} stands twice."),
    "ValuesOfCorrectType": Words("値 {found} はここに書けません。書けるのは {expected_ja} です。", "The value {found} does not fit here: {expected_en} is expected."),
    "ProvidedRequiredArguments": Words("{0} が必要です（型 {1}）。", "{0} is needed (of the type {1})."),
    "VariablesInAllowedPosition": Words("変数 {0}（型 {1}）は、型 {2} の場所に使えません。", "The variable {0} of the type {1} does not fit where {2} is expected."),
    "OverlappingFieldsCanBeMerged": Words("同じ名前 {0} で違うものを受け取ろうとしています。別名を付けてください。", "Different things are asked for under one name, {0}: give them aliases."),
    "UniqueInputFieldNames": Words("欄 {0} が二つあります。", "The input field {0} stands twice."),
    "MaxIntrospectionDepth": Words("スキーマの問い合わせが深すぎます。", "The schema is asked for too deeply."),
}  # fmt: skip
"""By rule: {0}, {1} … are the names in the order in which the library quotes them."""
NO_FIELDS: Words = Words(
    "{0} は型 {1} の値です。中のフィールドは選べません。",
    "{0} is of the type {1} and has no fields.",
)
SOME_FIELDS: Words = Words(
    "{0} から受け取るフィールドを { } に書いてください（型 {1}）。",
    "Say in { } which fields of {0} you want (its type is {1}).",
)
MISSING: Words = Words("型 {type} に {names} がありません。", "{type} lacks {names}.")
UNKNOWN: Words = Words("型 {type} に欄 {0} はありません。", "{type} has no input field {0}.")
NO_VALUE: Words = Words(
    "ここは空（null）にできません。型 {0} の値を書いてください。",
    "Nothing (null) does not fit here: a {0} is expected.",
)
BESIDES: Words = Words(
    "問い合わせがこのシステムの GraphQL の定義に合いません。",
    "The request does not fit this schema.",
)


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
        at_ja, at_en = (
            (f"{place.line} 行 {place.column} 字目：", f"At {place.line}:{place.column}: ")
            if place
            else ("", "")
        )
        ja, en = f"{at_ja}{fault.ja}", f"{at_en}{fault.en}"
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
        one
        for one in told
        if not (one.fault.rule == "ProvidedRequiredArguments" and ("", one.fault.names[0]) in meant)
    ]
    for error, absent, kind in incomplete.values():
        if left := [name for name in absent if (kind, name) not in meant]:
            ja, en = MISSING
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
    ja, en = RULES.get(rule, BESIDES)
    given: dict[str, str] = {"type": names[-1] if names else "—"}
    if rule == "ValuesOfCorrectType":
        (ja, en), given = _value(schema, error, names)
    if rule == "ScalarLeafs":
        ja, en = NO_FIELDS if "must not have" in error.message else SOME_FIELDS
    if suggestions:
        ja += f"{'、'.join(suggestions)} のことではありませんか。"
        en += f" Did you mean {', '.join(suggestions)}?"
    filled = _Names(names, given)
    return Misfit(rule, filled.of(ja), filled.of(en), tuple(names), tuple(suggestions))


@dataclass(frozen=True, slots=True)
class _Names:
    """What stands for {0}, {1} … and for {name}; anything else in braces stays."""

    quoted: list[str]
    given: Mapping[str, str]

    def of(self, words: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda one: self._one(one[1]), words)

    def _one(self, name: str) -> str:
        if name.isdigit():
            return self.quoted[int(name)] if int(name) < len(self.quoted) else "—"
        return self.given.get(name, "—")


def _value(schema: GraphQLSchema, error: GraphQLError, names: list[str]) -> tuple[Words, dict[str, str]]:
    """The words for a value that does not fit, and what they are filled with."""
    node: Node | None = error.nodes[0] if error.nodes else None
    if "unknown field" in error.message and len(names) > 1:
        kind = names.pop(0)
        names.append(kind)
        return UNKNOWN, {"type": kind}
    if "not to be None" in error.message:
        return NO_VALUE, {}
    kind = next(iter(names), "") if "epresent" not in error.message else error.message.split()[0]
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
        return Words(f"{'、'.join(named.values)} のいずれか", f"one of {', '.join(named.values)}")
    return SCALARS.get(kind, Words(f"型 {kind or '—'} の値", f"a value of the type {kind or '—'}"))


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

    def __init__(self, rule: str, error: GraphQLError) -> None:
        super().__init__(error.message, error.nodes)
        self.rule = rule


class _Naming:
    """A rule's view of the validation, which notes the rule with each error."""

    def __init__(self, context: ValidationContext, rule: str) -> None:
        self._context, self._rule = context, rule

    def report_error(self, error: GraphQLError) -> None:
        self._context.report_error(_Tagged(self._rule, error))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def _tagged(rule: type[ASTValidationRule]) -> type[ASTValidationRule]:
    name = rule.__name__.removesuffix("Rule")

    def begin(self: ASTValidationRule, context: Any) -> None:
        rule.__init__(self, _Naming(context, name))  # type: ignore[arg-type]

    return type(rule.__name__, (rule,), {"__init__": begin})


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
