"""No English in a Japanese message, no Japanese in an English one, and no library's sentence in either: every error class,
and every place that makes one."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping

import pytest
from parsed import every_node, nodes, parsed
from product_texts import JAPANESE, ROOT, foreign, written

import api
import projections
import reporting
from reporting.errors import KINDS, ReportingError, UnknownReference
from reporting.words import bilingual

NAMES = frozenset(
    {"field", "kind", "operation", "setting", "file", "said", "reason", "code", "status", "url", "path"}
)
"""Facts that are names or codes, and what others said."""
CODES = {"ProviderUnavailable": "detail"}
"""Facts that are words of a catalogue of their own (api.oidc.errors.LACKS), which the message tells by `why`."""
OF_THE_ERROR = ("facts", "told", "name", "filename", "sqlstate", "__name__", "status")
"""What may be taken from a caught error."""
IN_OUR_WORDS = ("of_system", "of_database", "type", "isinstance", "_where", "faults", "refused", "_place")
"""Ours, which make words of one."""


def classes() -> dict[str, type[ReportingError]]:
    for package in (reporting, projections, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    every = [ReportingError]
    for one in every:
        every += [below for below in one.__subclasses__() if below.__module__.split(".")[0] != "tests"]
    return {one.__name__: one for one in every}


ERRORS = classes()


def literals(node: ast.AST) -> Iterator[str]:
    """Those that a fact may become: of `a if b else c` and `a or c` both."""
    match node:
        case ast.IfExp(body=one, orelse=other):
            yield from literals(one)
            yield from literals(other)
        case ast.BoolOp(values=values):
            for value in values:
                yield from literals(value)
        case _:
            if (text := written(node)) is not None:
                yield text


def borrowed(value: ast.AST, caught: set[str]) -> bool:
    """Whether a caught error's own sentence goes into a message."""
    match value:
        case ast.Name(id=name):
            return name in caught
        case ast.Attribute(attr=attribute, value=below):
            return attribute not in OF_THE_ERROR and borrowed(below, caught)
        case ast.Call(func=ast.Name(id=name)) if name in IN_OUR_WORDS:
            return False
        case ast.IfExp(
            test=ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id="ReportingError")])
        ):
            return borrowed(value.orelse, caught)
    return any(borrowed(one, caught) for one in ast.iter_child_nodes(value))


def mixed(tree: ast.Module, errors: Mapping[str, type[ReportingError]] = ERRORS) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) for every fact of a message that would not be told in its language."""
    for function in [tree, *(node for node in nodes(tree) if isinstance(node, ast.ExceptHandler))]:
        caught = {function.name} if isinstance(function, ast.ExceptHandler) and function.name else set()
        for call in nodes(function):
            name = _name(call)
            if isinstance(call, ast.Call) and name == "FileProblem" and function is tree:
                told = zip(("found", "expected"), call.args[3:5], strict=False)
                yield from (
                    (call.lineno, wrong)
                    for fact, value in told
                    for text in literals(value)
                    for wrong in _of(fact, text)
                )
            if not isinstance(call, ast.Call) or name not in errors:
                continue
            for fact in call.keywords:
                if fact.arg in (None, "said", "file") or CODES.get(name) == fact.arg:
                    continue
                if caught and borrowed(fact.value, caught):
                    yield call.lineno, f"{fact.arg} is what a library said: {ast.unparse(fact.value)}"
                if function is tree and fact.arg not in NAMES:
                    yield from (
                        (call.lineno, wrong) for text in literals(fact.value) for wrong in _of(fact.arg, text)
                    )


def _of(fact: str, text: str) -> Iterator[str]:
    if fact.endswith("_en"):
        if JAPANESE.search(text):
            yield f"{fact} is Japanese: {text}"
        return
    ja, en = bilingual(text) or (text, "")
    if foreign(ja, prose=fact not in ("expected", "found")):
        yield f"{fact} is English: {text}"
    elif JAPANESE.search(en) or (not en and JAPANESE.search(ja) and not fact.endswith("_ja")):
        yield f"{fact} is Japanese only: {text}"
    if en and ja.count("{}") != en.count("{}"):
        yield f"{fact} tells something in one language only: {text}"


def _name(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return ""


def test_there_are_many_errors() -> None:
    assert len(ERRORS) > 60


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_each_template_is_in_its_language(name: str) -> None:
    error = ERRORS[name]
    assert JAPANESE.search(error.template_ja)
    assert foreign(error.template_ja) == ""
    assert not JAPANESE.search(error.template_en)
    assert bool(error.operator_ja) == bool(JAPANESE.search(error.operator_ja))
    assert foreign(error.operator_ja) == ""
    assert not JAPANESE.search(error.operator_en)


@pytest.mark.parametrize("name", sorted(ERRORS.keys() - {"LoginRefused"}))  # a page's, never a terminal's
def test_no_operator_is_told_to_tell_the_operator(name: str) -> None:
    told = dict.fromkeys(re.findall(r"\{(\w+)", ERRORS[name].template_ja + ERRORS[name].template_en), "x")
    error = ERRORS[name].__new__(ERRORS[name])
    error.facts = told
    both = error.for_operator
    assert not re.search("運用担当者に|(?i:(tell|ask) the operator)", str(both))
    assert JAPANESE.search(both.ja)


def test_every_fact_is_told_in_its_language() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {what}"
        for file in sorted((ROOT / "src").rglob("*.py"))
        for line, what in mixed(parsed(file))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "bad",
    [
        'raise NoteInvalid(detail="no signatures")',
        'raise NoteInvalid(detail=f"bad signature of {name}")',
        'raise NoteInvalid(detail="署名がない")',
        'raise NoteInvalid(detail=f"{size} バイト / bytes")',
        'FileProblem(name, row, "", f"{len(cells)} 列 / columns", "1 列 / 1 column")',
        'raise NoteInvalid(detail="x" if y else "no signatures")',
        "try:\n    x()\nexcept OSError as failed:\n    raise NoteInvalid(detail=str(failed))",
        "try:\n    x()\nexcept OSError as failed:\n    raise FileUnusable(path=p, detail=failed.strerror)",
        "try:\n    x()\nexcept OSError as failed:\n    raise NoteInvalid(detail=f'{failed}')",
    ],
)
def test_a_fact_in_another_language_is_found(bad: str) -> None:
    assert len(list(mixed(ast.parse(bad)))) == 1


@pytest.mark.parametrize(
    "good",
    [
        'raise NoteInvalid(detail="署名がない / no signatures")',
        'raise InvalidInput(field="old", found=size, expected="application/json")',
        'raise InvalidInput(field="old", found=size, expected=f"0–{new}")',
        "try:\n    x()\nexcept OSError as failed:\n    raise NoteInvalid(detail=of_system(failed), said=str(failed))",
    ],
)
def test_a_fact_in_both_or_in_none_is_right(good: str) -> None:
    assert list(mixed(ast.parse(good))) == []


def test_every_kind_of_thing_that_may_be_unknown_has_its_word() -> None:
    """A kind without one would be a fault of the program where a code is only mistyped."""
    asked = {
        fact.value.value
        for file in sorted((ROOT / "src").rglob("*.py"))
        for call in every_node(file)
        if issubclass(ERRORS.get(_name(call), ReportingError), UnknownReference)
        and isinstance(call, ast.Call)
        for fact in call.keywords
        if fact.arg == "kind" and isinstance(fact.value, ast.Constant)
    }
    assert len(asked) > 15
    assert asked - KINDS.keys() == set()


def test_a_text_in_both_languages_is_taken_apart_in_one_place() -> None:
    """`reporting.words` alone knows how a text that stands for both is written."""
    apart = [
        f"{path.relative_to(ROOT / 'src')}:{node.lineno}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for node in every_node(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("split", "partition", "rpartition", "rsplit")
        and any(isinstance(part, ast.Constant) and part.value == " / " for part in node.args)
    ]
    assert [place.partition(":")[0] for place in apart] == ["reporting/words.py"]
