"""What a clerk calls a cell, an item, a choice: from the definition, never its code where there is a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.console.page import Asked
from api.console.words import Words
from reporting.domain import namesakes
from reporting.domain.namesakes import ListedChoice

Told = Mapping[str, Any]
ENTERED, RELEASED = "entered", "released"
"""Layers of an election that are no level's."""


def unit_name(asked: Asked, answer: Told) -> str:
    """What the unit of the address is called, where the document asked for it; its code where there is none."""
    unit = answer["election"]["unit"]
    return unit["name"] if unit else asked.path["unit"]


def told_apart(choices: Sequence[Told]) -> dict[str, str]:
    """Code → what a choice of a contest is called, of namesakes with what tells each from the others."""
    return namesakes.told_apart(
        [ListedChoice(*(choice[part] for part in ListedChoice._fields)) for choice in choices]
    )


class Names:
    """Of an `election` that a document asked with the fragment `Names`."""

    def __init__(self, election: Told, words: Words, units: Iterable[Told] = ()) -> None:
        """`units`: code and name of each that the page tells; any other is told by its code."""
        self._words = words
        self._units: dict[str, str] = {unit["code"]: unit["name"] for unit in units}
        self._items = {item["code"]: words.label(item["label"]) for item in election["items"]}
        self._contests = {contest["code"]: words.label(contest["label"]) for contest in election["contests"]}
        self._official: dict[str, str] = {
            official["area"]: official["code"] for official in election["officialCodes"]
        }
        self._many = len(election["contests"]) > 1
        self._choices = {
            (contest["code"], code): name
            for contest in election["contests"]
            for code, name in told_apart(contest["choices"]).items()
        }
        self._values = {
            (dimension["code"], value["code"]): words.label(value["label"])
            for dimension in election["dimensions"]
            for value in dimension["values"]
        }

    def area(self, key: str) -> str:
        """The code that the authorities give an area, where it has one beside its key."""
        return self._official.get(key, key)

    def unit(self, key: str) -> str:
        """What people call a reporting unit."""
        return self._units.get(key) or self.area(key)

    def cell(self, key: str) -> str:
        """Of a cell key `contest|item|breakdown|choice`; the contest only where there are several."""
        contest, item, breakdown, choice = [*key.split("|"), "", "", ""][:4]
        said = [self._contests.get(contest, contest)] if self._many else []
        return " ".join([*said, self.figure(contest, item, breakdown, choice)])

    def contest(self, code: str) -> str:
        return self._contests.get(code, code)

    def choice(self, contest: str, code: str) -> str:
        return self._choices.get((contest, code)) or self._only(code)

    def choices(self, contest: str, codes: Iterable[str]) -> str:
        """Names beside each other; a dash for nobody."""
        return "・".join(self.choice(contest, code) for code in codes) or "―"

    def figure(self, contest: str, item: str, breakdown: str, choice: str) -> str:
        parts = [self._items.get(item, item)]
        if breakdown:
            pairs = (pair.partition("=")[::2] for pair in breakdown.split(","))
            parts.append("・".join(self._values.get((code, value), value) for code, value in pairs))
        if choice:
            parts.append(self.choice(contest, choice))
        return " ".join(parts)

    def _only(self, choice: str) -> str:
        """A choice of an unnamed contest, where its code means one name only."""
        names = {name for (_, code), name in self._choices.items() if code == choice}
        return names.pop() if len(names) == 1 else choice


def units_told(releases: Iterable[Told]) -> list[Told]:
    """Code and name of every unit that some of the releases tell (`named { code name }`)."""
    return [unit for release in releases for unit in release["named"]]


class Levels:
    """What the registry calls levels and geographies: of a document's `namedGeographies`."""

    def __init__(self, geographies: Iterable[Told], words: Words) -> None:
        self._words = words
        self._geographies: dict[str, str] = {}
        self._levels: dict[str, str] = {}
        for geography in geographies:
            self._geographies.setdefault(geography["code"], words.label(geography["label"]))
            for level in geography["levels"]:
                self._levels.setdefault(level["code"], words.label(level["label"]))

    def level(self, code: str) -> str:
        return self._levels.get(code, code)

    def layer(self, code: str) -> str:
        """As entered, as a level approved, as released."""
        if code in (ENTERED, RELEASED):
            return self._words.of("入力のとおり") if code == ENTERED else self._words.of("公表済み")
        return self._words.of("{level}の承認", level=self.level(code))

    def geography(self, code: str) -> str:
        return self._geographies.get(code, code)


def form_and_slot(election: Told, path: Mapping[str, str]) -> tuple[Told, Told]:
    """Those that an address names. StopIteration never: the API has refused what the election does not have."""
    form = next(form for form in election["forms"] if form["code"] == path["form"])
    return form, next(slot for slot in form["slots"] if slot["code"] == path["slot"])


def slots_in_words(election: Told, words: Words) -> dict[str, str]:
    """`form/slot` → what they are called, of every slot of the election."""
    return {
        f"{form['code']}/{slot['code']}": f"{words.label(form['label'])} · {words.label(slot['label'])}"
        for form in election["forms"]
        for slot in form["slots"]
    }


def title_of_slot(
    election: Told, path: Mapping[str, str], words: Words, text: str = "{form} · {slot}"
) -> str:
    form, slot = form_and_slot(election, path)
    return words.of(text, form=words.label(form["label"]), slot=words.label(slot["label"]))
