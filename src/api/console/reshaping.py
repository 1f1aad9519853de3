"""What the pages have in common on which units are divided, or merged, on the night: forms that are kept, undoing, a second person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.console.confirmation import Confirmation, carried
from api.console.outcome import judging
from api.console.page import Asked, Deed, Variables
from api.console.render import address_of, link

ROWS, MOST_ROWS = 6, 50
"""Units or parts that a page has room for at first, and that the API takes at most."""
UNDOING, CONFIRMING = re.compile("unit"), re.compile("proposal")
"""Of each form, what must come back as it was shown."""


@dataclass(frozen=True, slots=True)
class Reshaping:
    """Of one page. `page`: its name among the addresses; `typing`: fields of its form that must come back as they were shown."""

    page: str
    typing: re.Pattern[str]

    def here(self, asked: Asked, **query: object) -> str:
        return link(address_of(self.page, asked.path["election"]), **query)

    def typed(self, asked: Asked) -> dict[str, str]:
        """Fields of the form that were typed, without empty ones."""
        named = {name: text.strip() for name, text in asked.form.items() if self.typing.fullmatch(name)}
        return {name: text for name, text in named.items() if text}

    def rows(self, asked: Asked) -> range:
        """Numbers of the rows to type in: room for what was typed, and for as many as somebody asks for."""
        numbers = [int(row) for name in self.typed(asked) for row in re.findall(r"^\w+:(\d+)$", name)]
        return range(1, min(max(ROWS, asked.whole("more") or 0, *numbers), MOST_ROWS) + 1)

    def looked(self, asked: Asked, name: str, needed: str) -> bool:
        """Whether what was typed is to be looked at before it is done; not while somebody asks for more rows."""
        return (
            asked.form.get("deed") in ("edit", name)
            and "more" not in asked.form
            and needed in self.typed(asked)
        )

    def seal(self, asked: Asked, may: bool, **of: str) -> str:
        """Of the deed that is offered beside a line; empty where none is."""
        return Confirmation(self.here(asked), of).stamp(asked.session) if may else ""

    def deeds(
        self, name: str, change: Callable[[Asked], Variables], mutation: str, undoing: str
    ) -> tuple[Deed, ...]:
        """The change itself, its undoing, and another person's word for either."""
        here = self.here
        judge = judging(
            lambda asked, told: here(asked, done=told.get("position"), waits=told.get("proposal"))
        )
        return (
            Deed(name, change, judge(mutation), confirms=lambda asked: Confirmation(here(asked), self.typed(asked))),
            Deed("undo", undo, judge(undoing), confirms=lambda asked: carried(here(asked), asked.form, UNDOING)),
            Deed(
                "confirm", confirm, judge("confirmDivision"),
                confirms=lambda asked: carried(here(asked), asked.form, CONFIRMING),
            ),
        )  # fmt: skip


def of_election(asked: Asked) -> Variables:
    return {"commandId": str(asked.command_id), "election": asked.path["election"]}


def kept(fields: Mapping[str, str]) -> list[str]:
    """Forms that the units go on reporting."""
    return [name.removeprefix("keep:") for name in fields if name.startswith("keep:")]


def undo(asked: Asked) -> Variables:
    told = {"unit": asked.form.get("unit", ""), "reason": asked.form.get("reason", "").strip()}
    return {"input": of_election(asked) | told}


def confirm(asked: Asked) -> Variables:
    return {"input": of_election(asked) | {"proposal": asked.whole("proposal") or 0}}
