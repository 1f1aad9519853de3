"""Japanese stands in the code, English in the catalogue: every text in both, and compiled as it stands."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog
from markupsafe import Markup

from api.console.field_words import NAMED
from api.console.words import LOCALE, Language, words

CONSOLE = LOCALE.parent
ENGLISH = LOCALE / "en" / "LC_MESSAGES" / "console.po"
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
PARTS = re.compile(r"\{(\w+)\}")
NO_WORDS = {"ja/画面の手引き.md", "点検ルール早見表", NAMED.pattern}
"""A file, a section of it, and what is looked for in a refusal."""


def texts() -> set[str]:
    """Every text the code and the templates say."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    keywords = {"_": None, "of": None, "said": None}
    found = extract.extract_from_dir(CONSOLE, method_map=methods, keywords=keywords)
    return {message for _, _, message, *_ in found if isinstance(message, str)}


def catalogue() -> Catalog:
    with ENGLISH.open("rb") as file:
        return pofile.read_po(file, locale="en")


def test_every_text_has_its_english() -> None:
    said = {message.id: message.string for message in catalogue() if message.id}
    assert said.keys() == texts(), "python3 do.py words, then translate"
    assert [ja for ja, en in said.items() if not en] == []
    assert [ja for ja, en in said.items() if JAPANESE.search(str(en))] == []
    assert [
        ja for ja, en in said.items() if sorted(PARTS.findall(str(ja))) != sorted(PARTS.findall(str(en)))
    ] == []


def test_no_text_is_said_that_the_catalogue_was_not_told_of() -> None:
    """The title of the polling places' board was Japanese in English, too: it went to a function of ours, which no extraction looks into."""
    known_texts = {message.id for message in catalogue()}
    for file in sorted(CONSOLE.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
                text = node.value
                assert text in known_texts or text in NO_WORDS or not JAPANESE.search(text), (file.name, text)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_can_be_said_with_what_it_names(language: Language) -> None:
    """A place called like a parameter of the one that says it had made pages that cannot be shown: an approval of what is explained."""
    for text in texts():
        parts = {name: f"<{name}>" for name in PARTS.findall(text)}
        told = words(language).of(text, **parts)
        assert all(part in told for part in parts.values()), text


def test_a_figure_keeps_its_mark_in_a_sentence_and_what_is_beside_it_is_escaped() -> None:
    """Lots told everybody `<span class="figure" …>`, and approvals what the slot before had."""
    shown = Markup('<span class="figure">12</span>')
    told = words("ja").of("同数（{votes} 票）：{names}。", votes=shown, names="<b>甲</b>")
    assert told == Markup('同数（<span class="figure">12</span> 票）：&lt;b&gt;甲&lt;/b&gt;。')
    assert hasattr(told, "__html__")


def test_what_is_compiled_is_what_stands_there() -> None:
    made = io.BytesIO()
    mofile.write_mo(made, catalogue())
    assert made.getvalue() == ENGLISH.with_suffix(".mo").read_bytes(), "python3 do.py words"


def test_no_template_says_anything_untranslated() -> None:
    """Japanese outside `_()` in a template; the switch's own word is the one exception."""
    loose = {}
    for file in sorted(CONSOLE.rglob("*.html")):
        text = re.sub(r"\{[{%].*?[%}]\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        if found := [line.strip() for line in text.splitlines() if JAPANESE.search(line)]:
            loose[str(Path(file).relative_to(CONSOLE))] = found
    assert loose == {}


def test_both_languages_speak() -> None:
    assert words("ja").of("選挙") == "選挙"
    assert words("en").of("選挙") == "Elections"
    assert words("en").label({"ja": "比例代表", "en": None}) == "比例代表"
