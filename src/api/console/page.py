"""What a page is: an address, a GraphQL document, a template, and how one becomes the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload
from uuid import UUID

from api.console.confirmation import Confirmation
from api.console.people import Person
from api.console.words import Words

Variables = dict[str, Any]
Answer = Mapping[str, Any]
"""`data` of a GraphQL answer."""


LARGEST = 2**31 - 1
"""That the API takes as a whole number: no version, no position is higher."""


def whole_number(text: str) -> int | None:
    """Of digits alone; the largest for any that is higher; None: it is no number."""
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    return LARGEST if len(digits) > 10 else min(int(digits), LARGEST)


class Query(dict[str, str]):
    """What stands behind the question mark, several values of a name with commas between; it knows which names a page has looked
    for. Going through all of them, as into links, looks for none."""

    OF_EVERY_PAGE = frozenset({"done", "saved", "language"})

    def __init__(self, given: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._looked_for: set[str] = set()
        for name, text in given:
            dict.__setitem__(
                self, name, f"{dict.__getitem__(self, name)},{text}" if name in self.keys() else text
            )

    def __getitem__(self, name: str) -> str:
        self._looked_for.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._looked_for.add(str(name))
        return super().__contains__(name)

    @overload  # type: ignore[override]
    def get(self, name: str, otherwise: None = None) -> str | None: ...
    @overload
    def get(self, name: str, otherwise: str) -> str: ...
    def get(self, name: str, otherwise: str | None = None) -> str | None:
        self._looked_for.add(name)
        return super().get(name, otherwise)

    @property
    def unused(self) -> list[str]:
        """Names that nothing looked for: misspelt, or of another page."""
        return [name for name in self.keys() if name not in self._looked_for | self.OF_EVERY_PAGE]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a page. `path`: the parts of its address; `query`: what stands behind the question mark; `form`: what was sent, empty for a reading; `command_id`: made when the form was shown."""

    path: Mapping[str, str]
    query: Query
    words: Words
    person: Person | None
    form: Mapping[str, str] = field(default_factory=dict)
    command_id: UUID | None = None
    before: Answer = field(default_factory=dict)
    """What a deed that `shows` was answered, for the page that follows it."""

    @property
    def session(self) -> str:
        """What a confirmation is stamped with; empty of nobody."""
        return self.person.key if self.person else ""

    @property
    def recorded(self) -> int | None:
        """Ledger position of what the reader has just done (`?done=`), where a deed has led them here."""
        return whole_number(self.query.get("done", ""))

    def whole(self, name: str) -> int | None:
        """A field that carries a number."""
        return whole_number(self.form.get(name, ""))

    @property
    def not_used(self) -> list[Problem]:
        """What of the address the page has made nothing of, once it is made: it was asked for, and is not what is shown."""
        if self.form or not (names := self.query.unused):
            return []
        told = "、".join(name[:40] for name in names[:5])
        words = self.words.of(
            "アドレスの {names} はこの画面では使わないため、絞り込みなどに反映していません。綴りを確かめてください。",
            names=told,
        )
        return [Problem("NOT_USED", words)]

    def listed(self, name: str) -> list[str]:
        """A field that carries a list. None at all where it is missing or is no list of texts: never `null`, which in a
        document would mean all."""
        try:
            carried = json.loads(self.form.get(name, ""))
        except (ValueError, RecursionError):
            return []
        whole = isinstance(carried, list) and all(isinstance(text, str) for text in carried)
        return carried if whole else []


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was refused: `code` is stable, `at` the cell (key) it stands beside (empty: the top of the page), `within`
    the return of that, as `form/slot/unit`, on a page of several."""

    code: str
    message: str
    at: str = ""
    within: str = ""


def on_top(problems: Iterable[Problem]) -> list[Problem]:
    """What stands at the top of a page: each message once; of cells whose refusal is told as a whole, only that."""
    problems = list(problems)
    whole = {problem.code for problem in problems if not problem.at}
    told = {problem.message: problem for problem in problems if not problem.at or problem.code not in whole}
    return list(told.values())


@dataclass(frozen=True, slots=True)
class Deed:
    """A form's mutation. `variables` of its document; `judge` reads its answer: problems, or
    none and the address to go on to. `unless`: the address to go on to where there is nothing to change."""

    name: str
    variables: Callable[[Asked], Variables]
    judge: Callable[[Answer, Asked], tuple[list[Problem], str]]
    unless: Callable[[Asked], str | None] = lambda asked: None
    shows: bool = False
    """It changes nothing: its answer is shown on the page itself."""
    tells: bool = False
    """What it did is shown on the page itself, of many returns each; sent again it is told again."""
    confirms: Callable[[Asked], Confirmation] | None = None
    """What of the form must be as it was shown, where the deed confirms something."""
    anew: str = ""
    """The showing deed that is done again where it is not, or where something else stands by now; none: the page."""
    document: str = ""
    """The file `<document>.graphql` of the page's folder, or `<page>/<document>` of another page's; none: the deed's name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """To take along. `media_type` as browsers know it; `name` of the file."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Page:
    """`folder` holds `page.graphql` (unless it asks nothing) and `page.html`. `show`: what the template gets beside the
    answer. `needs_login`: an office's page, which sends who is not logged in to the login and back."""

    folder: Path
    address: str
    title: Callable[[Asked, Answer], str]
    variables: Callable[[Asked], Variables] = lambda asked: {}
    show: Callable[[Asked, Answer], dict[str, Any]] = lambda asked, answer: {}
    deeds: tuple[Deed, ...] = ()
    needs_login: bool = False
    public: bool = False
    """Asked as nobody in particular, whoever is logged in: what it shows is what everybody sees."""
    as_file: bool = False
    """It can stand in a folder: everything on it follows from its address, nothing is typed into it."""
    islands: tuple[str, ...] = ()
    serves: Callable[[Asked, Answer], Taken] | None = None
    """An address that answers with a file instead of a page; what is refused is a page all the same."""
    like: Page | None = None
    """It asks this page's documents where its folder has none of its own."""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def document(self) -> str | None:
        file = self._file("page")
        return file.read_text(encoding="utf-8") if file.exists() else None

    def mutation(self, deed: Deed) -> str:
        """The document of a deed."""
        page, _, name = (deed.document or deed.name).rpartition("/")
        file = self.folder.parent / page / f"{name}.graphql" if page else self._file(name)
        return file.read_text(encoding="utf-8")

    def _file(self, name: str) -> Path:
        own = self.folder / f"{name}.graphql"
        return own if self.like is None or own.exists() else self.like.folder / own.name
