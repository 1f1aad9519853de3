"""What a file says besides figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting.application.cell_words import ReturnWords, RowWords
from reporting.domain.discrepancy import ALTERED
from reporting.domain.figures import CODE
from reporting.domain.place import Place
from reporting.importing.messages import message
from reporting.wording import IN_WORDS, is_in_words

MOST_WORDS, MOST_STATED = 1_000, 20_000
"""Characters of an explanation, and cells that have words."""


class StatedWords:
    """What a file says besides figures, by return. In memory: a file has few of them, and more than MOST_STATED are refused."""

    def __init__(self) -> None:
        self._cells: dict[Place, dict[str, RowWords]] = {}
        self._count = 0

    def put(self, return_: Place, cell: str, words: RowWords | None) -> Misstated | None:
        """None where the words can be taken, or there are none."""
        if words is None:
            return None
        if len(words.explanation) > MOST_WORDS:
            return Misstated("explanation", words.explanation, message("words_at_most", most=MOST_WORDS))
        if words.reason_class and (words.reason_class == ALTERED or not CODE.fullmatch(words.reason_class)):
            return Misstated("declaration", words.reason_class, message("reason_class"))
        if words.explanation and not is_in_words(words.explanation):
            return Misstated("explanation", words.explanation, IN_WORDS)
        if words.reason_class and not words.explanation:
            return Misstated("explanation", "", message("words_of_declaration"))
        self._count += 1
        if self._count > MOST_STATED:
            return Misstated(
                "explanation", f"{self._count:,}", message("stated_at_most", most=f"{MOST_STATED:,}")
            )
        self._cells.setdefault(return_, {})[cell] = words
        return None

    def by_return(self) -> Mapping[Place, ReturnWords]:
        return {place: ReturnWords(cells) for place, cells in self._cells.items()}


@dataclass(frozen=True, slots=True)
class Misstated:
    """Words that cannot be taken: their column, what stands there, and what is expected."""

    column: str
    stands: str
    expected: str
