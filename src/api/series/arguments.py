"""The arguments of a series as an address tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from starlette.datastructures import QueryParams

from api.graphql.context import Asking
from api.graphql.series.queries import AS_REPORTED, day_of, position_of
from api.series.messages import message
from projections.read.contests import SameBy
from projections.series.plan import SeriesQuery
from reporting.errors import InvalidInput
from reporting.series.model import Citation
from reporting.wording import MOMENT

MANY = ("item", "areas", "level", "electionKind")
ONE = (
    "geography", "from", "to", "boundaries", "asOf", "contest", "contestKind", "form", "slot", "breakdown", "choice",
    "identity", "layer", "includeTests", "comparable", "over", "minPosition", "bom", "after",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeriesArguments:
    """The arguments of GraphQL's `series` as a URL tells them."""

    given: QueryParams

    def __post_init__(self) -> None:
        for name in self.given:
            if name not in (*MANY, *ONE):
                raise wrong("parameter", name[:40], ", ".join((*MANY, *ONE)))
            if name in ONE and len(self.given.getlist(name)) > 1:
                raise wrong(name, len(self.given.getlist(name)), "1")

    def single(self, name: str) -> str | None:
        return self.given.get(name) or None

    def many(self, name: str) -> tuple[str, ...] | None:
        """Given again, or with commas between."""
        codes = [code for text in self.given.getlist(name) for code in text.split(",") if code]
        return tuple(dict.fromkeys(codes)) or None

    def day(self, name: str) -> date | None:
        text = self.single(name)
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            raise wrong(name, repr(text)[:40], "YYYY-MM-DD") from None

    def yes(self, name: str) -> bool:
        text = self.single(name) or "false"
        if text not in ("true", "false"):
            raise wrong(name, repr(text)[:40], "true, false")
        return text == "true"

    def over(self) -> SameBy | None:
        text = self.single("over")
        if text is not None and text not in set(SameBy):
            raise wrong("over", repr(text)[:40], ", ".join(SameBy))
        return None if text is None else SameBy(text)

    def number(self, name: str) -> int:
        text = self.single(name) or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise wrong(name, repr(text)[:40], "0–")
        return int(text)

    def moment(self, name: str) -> int | datetime | None:
        """A position, or an instant with its UTC offset."""
        text = self.single(name)
        if text is None or text.isdigit():
            return None if text is None else self.number(name)
        try:
            return datetime.fromisoformat(text.replace(" ", "+"))  # a bare + of a URL is read as a space
        except ValueError:
            raise wrong(name, repr(text)[:40], MOMENT) from None

    def query(self, asking: Asking) -> SeriesQuery:
        """What is asked for, before anything is looked up. InvalidInput."""
        items = self.many("item")
        if items is None:
            raise wrong("item", "", "item=turnout")
        position = position_of(asking, self.moment("asOf"))
        after = self.single("after")
        if after is not None:
            position = self._position_of(after, position)
        return SeriesQuery(
            items=items,
            geography=self.single("geography") or "",
            areas=self.many("areas"),
            levels=self.many("level"),
            since=self.day("from"),
            until=self.day("to"),
            boundaries=day_of(self.single("boundaries") or AS_REPORTED),
            position=position,
            kinds=self.many("electionKind"),
            contest=self.single("contest"),
            contest_kind=self.single("contestKind"),
            form=self.single("form"),
            slot=self.single("slot"),
            breakdown=self.single("breakdown") or "",
            choice=self.single("choice"),
            identity=self.single("identity"),
            tests=self.yes("includeTests"),
            comparable=self.yes("comparable"),
            over=self.over(),
        )

    def _position_of(self, citation: str, asked: int | None) -> int:
        """Of the answer that is gone on with."""
        position = Citation.parse(citation).position
        if position is None or asked not in (None, position):
            told = "" if asked is None else str(asked)
            raise wrong("after", citation[:80], message("citation_of_a_row", asked=told))
        return position

    @property
    def is_pinned(self) -> bool:
        """Whether the answer is of a position that the address itself tells: then it never becomes another."""
        return (self.single("asOf") or "").isdigit() or self.single("after") is not None


def wrong(field: str, told: object, expected: str) -> InvalidInput:
    """A parameter that does not fit: what it is, and what it should be."""
    return InvalidInput(field=field, found=told, expected=expected)
