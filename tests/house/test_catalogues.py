"""A package's texts stand in its catalogue, both languages of each, and nowhere else in it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from product_texts import JAPANESE, ROOT, foreign, written

from reporting.messages import Messages
from reporting.words import Words

SOURCE = ROOT / "src"
CATALOGUES = sorted(SOURCE.rglob("messages.toml"))
TEMPLATES = ("template_ja", "template_en")
"""Texts of an error's class are a catalogue already: code → both languages."""

READ = {
    "reporting/importing/titles.py": "eras, days and names of elections, as titles of workbooks write them",
    "reporting/importing/words.py": "signs that tables write around words",
    "reporting/importing/workbook.py": "heads of the ministry's tables",
    "reporting/lineage/official.py": "kinds of change and endings of names, as the official list of areas writes them",
}
"""Japanese that is read in files of others and never said."""


def messages_of(catalogue: Path) -> Messages:
    module = ".".join(catalogue.parent.relative_to(SOURCE).parts)
    made = importlib.import_module(f"{module}.messages").message
    assert isinstance(made, Messages)
    return made


def places(text: str) -> set[str]:
    """Names in braces; `x_ja` and `x_en` are one thing, told in the language of the text."""
    named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    return {re.sub(r"_(ja|en)$", "", name) for name in named}


def sources(catalogue: Path) -> list[tuple[Path, ast.Module]]:
    return [
        (path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(catalogue.parent.rglob("*.py"))
    ]


def calls(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """(code, names of what is told with it) of every message; a code that is no literal is none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
            code = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            yield str(code), {str(fact.arg) for fact in node.keywords}


def literal_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Japanese that code says by itself: no docstring, no template of an error."""
    apart: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as text):
                apart.add(id(text))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value) if name in TEMPLATES:
                apart |= {id(part) for part in ast.walk(value)}
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in TEMPLATES:
                apart |= {id(part) for part in ast.walk(value)}
            case ast.JoinedStr(values=parts):
                apart |= {id(part) for part in parts}
    for node in ast.walk(tree):
        if id(node) not in apart and isinstance(node, ast.Constant | ast.JoinedStr):
            said = written(node)
            if said is not None and JAPANESE.search(said):
                yield node.lineno, said


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parent.name)
def test_every_message_is_said_in_both_languages(catalogue: Path) -> None:
    wrong = [
        code
        for code, both in messages_of(catalogue).texts.items()
        if not JAPANESE.search(both.ja)
        or JAPANESE.search(both.en)
        or not both.en.strip()
        or foreign(both.ja)
        or places(both.ja) != places(both.en)
    ]
    assert wrong == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parent.name)
def test_every_call_is_of_a_message_and_every_message_is_called(catalogue: Path) -> None:
    texts = messages_of(catalogue).texts
    called: set[str] = set()
    for path, tree in sources(catalogue):
        for code, facts in calls(tree):
            assert code in texts, f"{path}: {code}"
            said = texts[code]
            assert {*facts} == {name for half in said for name in _exact(half)}, f"{path}: {code}"
            called.add(code)
    assert called == texts.keys()


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
    with pytest.raises(KeyError):
        message("no_leaf")
