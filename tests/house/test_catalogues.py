"""A package's texts stand in its catalogue, both languages of each, and nowhere else in it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from parsed import nodes, parsed
from product_texts import JAPANESE, ROOT, foreign, written

from reporting.messages import Messages
from reporting.words import Words

SOURCE = ROOT / "src"
OF_GETTEXT = "api/console"
"""Its texts are keys of its own catalogue: tests/console/test_words.py."""
CATALOGUES = sorted(SOURCE.rglob("messages.toml"))
SENTENCE = re.compile("[\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff]")
"""A sentence or a word of one: brackets and points between names are none."""
TEMPLATES = ("template_ja", "template_en", "operator_ja", "operator_en")
"""Texts of an error's class are a catalogue already: code → both languages."""

READ = {
    "api/cli/failure.py": "what PostgreSQL says in the language of its machine",
    "api/cli/commands/import_.py": "the word for what a title does not say, typed as an option",
    "reporting/training/copy.py": "the sign of an hour in names of slots",
    **dict.fromkeys(
        (
            "api/graphql/desk/inputs.py",
            "reporting/domain/items.py",
            "api/graphql/desk/public.py",
            "api/graphql/desk/entries.py",
            "api/graphql/series/types.py",
            "api/graphql/totals.py",
        ),
        "descriptions of the schema, in English, name the term of the law",
    ),
    "api/demo/people.py": "names of the people whom a visitor plays",
    "reporting/words.py": "every letter of Japanese",
    "reporting/application/entry.py": "names of offices, as people shorten them",
    "reporting/domain/typed.py": "digits in Chinese characters, as they are typed",
    "reporting/importing/titles.py": "eras, days and names of elections, as titles of workbooks write them",
    "reporting/importing/wide.py": "endings of names of municipalities",
    "reporting/importing/words.py": "signs that tables write around words",
    "reporting/kit/plan.py": "the name of the sheet in front",
    "reporting/lineage/official.py": "kinds of change and endings of names, as the official list of areas writes them",
}
"""Japanese that is read in what others write, or names a term in a description."""


def messages_of(catalogue: Path) -> Messages:
    module = ".".join(catalogue.parent.relative_to(SOURCE).parts)
    made = importlib.import_module(f"{module}.messages").message
    assert isinstance(made, Messages)
    return made


def every_text(said: Messages) -> Iterator[tuple[str, Words]]:
    yield from said.texts.items()
    for name, table in said.tables.items():
        yield from ((f"{name}.{key}", both) for key, both in table.items())


def places(text: str) -> set[str]:
    """Names in braces; `x_ja` and `x_en` are one thing, told in the language of the text."""
    named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    return {re.sub(r"_(ja|en)$", "", name) for name in named}


def sources(catalogue: Path) -> list[tuple[Path, ast.Module]]:
    """Those whose nearest catalogue it is: a package within a package may have its own."""
    return [
        (path, parsed(path))
        for path in sorted(catalogue.parent.rglob("*.py"))
        if next(folder for folder in path.parents if (folder / "messages.toml").exists()) == catalogue.parent
        and not path.relative_to(SOURCE).as_posix().startswith(OF_GETTEXT)
    ]


def calls(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """(code, names of what is told with it) of every message; a code that is no literal is none."""
    for node in nodes(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="message") | ast.Attribute(value=ast.Name(id="message"), attr="words"),
                args=[first, *_],
            ):
                code = first.value if isinstance(first, ast.Constant) else None
                yield str(code), {str(fact.arg) for fact in node.keywords}


def tables_asked(tree: ast.AST) -> Iterator[str]:
    for node in nodes(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="message"), attr="table"), args=[first]):
                yield str(first.value if isinstance(first, ast.Constant) else None)


def literal_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Japanese that code says by itself: no docstring, no template of an error."""
    apart: set[int] = set()
    for node in nodes(tree):
        match node:
            case ast.Expr(value=ast.Constant() as text):
                apart.add(id(text))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value) if name in TEMPLATES:
                apart |= {id(part) for part in nodes(value)}
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in TEMPLATES:
                apart |= {id(part) for part in nodes(value)}
            case ast.JoinedStr(values=parts):
                apart |= {id(part) for part in parts}
    for node in nodes(tree):
        if id(node) not in apart and isinstance(node, ast.Constant | ast.JoinedStr):
            said = written(node)
            if said is not None and SENTENCE.search(said):
                yield node.lineno, said


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parent.name)
def test_every_message_is_said_in_both_languages(catalogue: Path) -> None:
    wrong = [
        code
        for code, both in every_text(messages_of(catalogue))
        if not (JAPANESE.search(both.ja) or "_ja}" in both.ja)
        or JAPANESE.search(both.en)
        or not both.en.strip()
        or foreign(both.ja)
        or places(both.ja) != places(both.en)
    ]
    assert wrong == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parent.name)
def test_every_call_is_of_a_message_and_every_message_is_called(catalogue: Path) -> None:
    said_here = messages_of(catalogue)
    texts = said_here.texts
    called: set[str] = set()
    asked: set[str] = set()
    for path, tree in sources(catalogue):
        asked |= {*tables_asked(tree)}
        for code, facts in calls(tree):
            assert code in texts, f"{path}: {code}"
            said = texts[code]
            assert {*facts} == {name for half in said for name in _exact(half)}, f"{path}: {code}"
            called.add(code)
    assert called == texts.keys()
    assert asked == said_here.tables.keys()


def _exact(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parent.name)
def test_no_text_stands_outside_the_catalogue(catalogue: Path) -> None:
    outside = [
        f"{path.relative_to(SOURCE)}:{line}: {text}"
        for path, tree in sources(catalogue)
        for line, text in literal_texts(tree)
        if path.relative_to(SOURCE).as_posix() not in READ or " / " in text
    ]
    assert outside == []


def test_every_package_that_says_something_has_its_catalogue() -> None:
    kept = {catalogue.parent for catalogue in CATALOGUES}
    outside = [
        f"{path.relative_to(SOURCE)}:{line}: {text}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not kept & {*path.parents} and not path.relative_to(SOURCE).as_posix().startswith(OF_GETTEXT)
        for line, text in literal_texts(parsed(path))
    ]
    assert outside == []


def test_literals_are_found_and_templates_are_not() -> None:
    tree = ast.parse('''
class Refused(ReportingError):
    """説明"""
    template_ja = "だめです。"
raise Refused(detail=f"{name} がない / no {name}")
''')
    assert [text for _, text in literal_texts(tree)] == ["{} がない / no {}"]


def test_a_message_tells_its_facts_in_both_languages() -> None:
    message = Messages({"no_leaf": Words("{size} 件の木に葉はない", "no leaf in a tree of {size}")})
    assert message("no_leaf", size=3) == "3 件の木に葉はない / no leaf in a tree of 3"
    assert message.words("no_leaf", size=3).named("detail") == {
        "detail_ja": "3 件の木に葉はない", "detail_en": "no leaf in a tree of 3"
    }  # fmt: skip
    with pytest.raises(KeyError):
        message("no_leaf")


def test_a_table_holds_its_texts_as_they_stand() -> None:
    message = Messages.of("reporting.application")
    assert message.table("state_of_proposal")["open"] == Words("確認待ち", "open")
