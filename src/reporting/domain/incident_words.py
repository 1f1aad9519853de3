"""What happened, in words: written as one text that stands with the command, and read back from it; and the same without persons.
Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reporting.domain.incident_codes import DATA
from reporting.domain.messages import message
from reporting.errors import InvalidInput

MASK: str = DATA["words"]["mask"]
HEADINGS: Mapping[str, str] = DATA["words"]["headings"]
"""Part → the line above it. A part holds no such line itself (`require_writable`)."""


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """`personal`: words in the others by which a person could be known: they are in no public extract. `correction`: why this version
    took the place of the one before."""

    account: str
    measure: str
    prevention: str
    correction: str = ""
    personal: tuple[str, ...] = ()

    def text(self) -> str:
        """As it stands with the command."""
        parts = {
            "account": self.account,
            "measure": self.measure,
            "prevention": self.prevention,
            "correction": self.correction,
            "personal": "\n".join(self.personal),
        }
        return "\n".join(f"{HEADINGS[name]}\n{part}" for name, part in parts.items() if part)

    def without_persons(self, personal: Iterable[str]) -> IncidentWords:
        """The words for everybody: no word of `personal` is left in them, nor why it was corrected."""
        told = tuple(personal)
        return IncidentWords(
            masked(self.account, told), masked(self.measure, told), masked(self.prevention, told)
        )


def words_of(text: str | None) -> IncidentWords | None:
    """From what stands with the command; None where it has been erased."""
    if text is None or not text.startswith(HEADINGS["account"]):
        return None
    names = {heading: name for name, heading in HEADINGS.items()}
    parts: dict[str, list[str]] = {}
    lines = parts.setdefault("account", [])
    for line in text.split("\n"):
        if line in names:
            lines = parts.setdefault(names[line], [])
        else:
            lines.append(line)
    texts = {name: "\n".join(held) for name, held in parts.items() if name != "personal"}
    return IncidentWords(
        texts["account"], texts.get("measure", ""), texts.get("prevention", ""), texts.get("correction", ""),
        tuple(parts.get("personal", ())),
    )  # fmt: skip


def require_writable(words: IncidentWords) -> None:
    """InvalidInput for a part with the line of a heading in it, and for a personal word that says nothing."""
    for name in ("account", "measure", "prevention", "correction"):
        for line in getattr(words, name).split("\n"):
            if line in HEADINGS.values():
                raise InvalidInput.at(name, line, message("no_heading_of_incident"))
    for word in words.personal:
        says = any(unicodedata.category(character)[0] in "LN" for character in word)
        if "\n" in word or not says or MASK[0] in word or word in HEADINGS.values():
            raise InvalidInput.at("personal", word, message("a_personal_word"))


def require_marking(words: IncidentWords, before: Iterable[str] = ()) -> None:
    """InvalidInput for a personal word that stands nowhere in the others: mistyped, it would leave the name it means for everybody to
    read. `before`: words that earlier versions marked; these may have gone from the text."""
    told = "\n".join((words.account, words.measure, words.prevention, words.correction))
    for word in set(words.personal) - set(before):
        if masked(told, (word,)) == told:
            raise InvalidInput.at("personal", word, message("a_personal_word_that_stands"))


def masked(text: str, personal: Iterable[str]) -> str:
    """Every place where one of the words stands, however wide, spaced or large it is written there, is one MASK. A name may stand
    across another: what any of them covers is gone."""
    places = [(at, part) for at, character in enumerate(text) for part in _plain(character)]
    plain = "".join(part for _, part in places)
    covered: set[int] = set()
    for word in filter(None, map(_plain, personal)):
        start = plain.find(word)
        while start >= 0:
            covered.update(range(places[start][0], places[start + len(word) - 1][0] + 1))
            start = plain.find(word, start + 1)
    said: list[str] = []
    for at, character in enumerate(text):
        if at not in covered:
            said.append(character)
        elif at - 1 not in covered:
            said.append(MASK)
    return "".join(said)


def _plain(text: str) -> str:
    """For comparing: widths, case, blanks and what nobody sees make no other word."""
    parts = (unicodedata.normalize("NFKD", character).casefold() for character in text)
    return "".join(
        part for part in "".join(parts) if not part.isspace() and unicodedata.category(part)[0] != "C"
    )
