"""Names say what they hold: words that fit everything stand ever more seldom.

`python tests/house/test_names.py` writes the counts as they are now; they are committed when they have fallen.
"""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
COUNTS = Path(__file__).with_name("vague_names.txt")
VAGUE = ("one", "found", "known")


def folder_of(file: Path) -> str:
    """The part of the program a file belongs to: two folders down, or its package."""
    return "/".join(file.relative_to(SOURCE).parts[:-1][:2])


def counted() -> Counter[tuple[str, str]]:
    """(folder, word) → how often it is a name in the code; comments, strings and texts do not count."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in sorted(SOURCE.rglob("*.py")):
        for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
            if token.type == tokenize.NAME and token.string in VAGUE:
                counts[folder_of(file), token.string] += 1
    return counts


def allowed() -> dict[tuple[str, str], int]:
    rows = [line.split() for line in COUNTS.read_text(encoding="utf-8").splitlines()]
    return {(folder, word): int(number) for folder, word, number in rows}


def test_words_that_fit_everything_do_not_come_back() -> None:
    most = allowed()
    risen = {place: (most.get(place, 0), now) for place, now in counted().items() if now > most.get(place, 0)}
    assert risen == {}, "a name that says what it holds, please: (allowed, now)"


if __name__ == "__main__":
    lines = [f"{folder} {word} {number}\n" for (folder, word), number in sorted(counted().items())]
    COUNTS.write_text("".join(lines), encoding="utf-8")
