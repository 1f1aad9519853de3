"""Text for people: always in Japanese and English. A text that stands for both is written `日本語 / English`, and is taken
apart here only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_JAPANESE = re.compile("[\u3005-\u30ff\u3400-\u9fff\uff01-\uff9f]")


class Words(NamedTuple):
    """One text in both languages. Written out it is `日本語 / English` again."""

    ja: str
    en: str

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"

    @property
    def beside(self) -> str:
        """Both in one label of a screen or a list, `日本語 English`."""
        return f"{self.ja} {self.en}"

    def named(self, fact: str) -> dict[str, str]:
        """The two facts that an error's templates tell in one language each: `…_ja`, `…_en`."""
        return {f"{fact}_ja": self.ja, f"{fact}_en": self.en}


def listed(several: Iterable[Words]) -> Words:
    """Names beside each other in one sentence, as each language writes that."""
    told = list(several)
    return Words("・".join(name.ja for name in told), ", ".join(name.en for name in told))


def bilingual(text: str) -> Words | None:
    """Both halves of `日本語 / English`; None for a text in one language or none."""
    ja, slash, en = text.partition(" / ")
    return Words(ja, en) if slash and _JAPANESE.search(ja) else None


def in_both(text: str) -> Words:
    """Both halves of `日本語 / English`; any other text, such as a code or a number, as it is in both."""
    return bilingual(text) or Words(text, text)


def written_in_both(text: str) -> Words:
    """Of what somebody may have typed: both halves only where the second is of words alone and has nothing Japanese, so that
    nothing of a person's text is left out for a stroke in it."""
    told = bilingual(text)
    alike = told is None or _JAPANESE.search(told.en) or len(told.en.split()) < 3
    return Words(text, text) if told is None or alike else told
