"""`reporting` as guides and help texts print it: the words of every call, where each stands, and whether it is to be copied whole."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "examples/**/*.md", "clients/**/*.md", "benchmarks/**/*.md", "src/**/*.md")
    for file in ROOT.glob(pattern)
    if file.name != "CHANGELOG.md"
)  # fmt: skip
PROGRAM = r"(?:python3 do\.py run|(?:\S*/bin/)?reporting)"
CALL = re.compile(
    rf"(?:^|[;|&(]|\$ |\$\()\s*(?:(?:export )?[A-Z_]+=\S*\s+|sudo -u \S+ |env )*{PROGRAM}\s+(?=[a-z-])"
)
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`]+)`")
ENDS = re.compile(r"[|;&<>]+|\d?>.*")
SHELL = ("", "sh", "bash", "console")


@dataclass(frozen=True, slots=True)
class Printed:
    """`whole`: a line to be copied, in which nothing required is left out; else a mention in a sentence."""

    place: str
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.place}: reporting {shlex.join(self.words)}"


def of_guides() -> Iterator[Printed]:
    for file in GUIDES:
        place, text = str(file.relative_to(ROOT)), file.read_text("utf-8")
        for language, block in FENCE.findall(text):
            if language in SHELL:
                yield from of_lines(place, block)
        for mention in INLINE.findall(FENCE.sub("", text)):
            for printed in of_lines(place, mention):
                yield Printed(place, printed.words, whole=False)


def of_lines(place: str, block: str) -> Iterator[Printed]:
    """A quotation may go on over several lines, and a backslash at a line's end does."""
    for line in _whole_lines(re.sub(r"\\\n\s*", " ", block)):
        for call in CALL.finditer(line):
            words = _words(line[call.end() :])
            left_out = any(word == "…" for word in words)
            yield Printed(place, tuple(word for word in words if word != "…"), whole=not left_out)


def _whole_lines(block: str) -> Iterator[str]:
    begun = ""
    for line in block.splitlines():
        begun += f"\n{line}" if begun else line
        try:
            shlex.split(begun, comments=True)
        except ValueError:  # a quotation that is open
            continue
        yield begun
        begun = ""


def _words(rest: str) -> list[str]:
    """Until the shell's next word; a call in brackets, `$(reporting token)`, ends with them, and stands for a number where it is an argument."""
    lexer = shlex.shlex(rest, posix=True, punctuation_chars="|;&<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    inner = False
    try:
        for word in lexer:
            if inner or word.startswith("$("):
                words += [] if inner else ["1"]
                inner = not word.endswith(")")
                continue
            if ENDS.fullmatch(word):
                break
            words.append(word.strip("[]") if word.startswith("[--") or word.endswith("]") else word)
            if word.endswith(")") and "(" not in word:
                words[-1] = word.rstrip(")")
                break
    except ValueError:  # what stands within an outer quotation: "$(reporting series …)"
        pass
    return words
