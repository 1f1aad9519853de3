"""`GET /series.csv`: the same series, by the same rules of who sees what, for R, spreadsheets and scripts."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import StringIO
from typing import Any

from starlette.datastructures import QueryParams

from api.execute import Asker
from api.graphql.context import RequestContext
from api.graphql.series.queries import AS_REPORTED, day_of, position_of, reader_of
from api.messages import message
from api.series_table import write_header, write_rows
from projections.read.contests import SameBy
from projections.series.plan import SeriesQuery
from reporting.errors import InvalidInput
from reporting.wording import MOMENT

ROWS, AT_ONCE = 100_000, 20_000
"""Observations in one answer (a longer one is refused and never cut off), and held in memory."""
MANY = ("item", "areas", "level", "electionKind")
ONE = (
    "geography", "from", "to", "boundaries", "asOf", "contest", "contestKind", "form", "slot", "breakdown", "choice",
    "identity", "layer", "includeTests", "comparable", "over", "minPosition", "bom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeriesArguments:
    """The arguments of GraphQL's `series` as a URL tells them."""

    given: QueryParams

    def __post_init__(self) -> None:
        for name in self.given:
            if name not in (*MANY, *ONE):
                raise InvalidInput(field="parameter", found=name[:40], expected=", ".join((*MANY, *ONE)))
            if name in ONE and len(self.given.getlist(name)) > 1:
                raise InvalidInput(field=name, found=len(self.given.getlist(name)), expected="1")

    def one(self, name: str) -> str | None:
        return self.given.get(name) or None

    def many(self, name: str) -> tuple[str, ...] | None:
        """Given again, or with commas between."""
        codes = [code for text in self.given.getlist(name) for code in text.split(",") if code]
        return tuple(dict.fromkeys(codes)) or None

    def day(self, name: str) -> date | None:
        text = self.one(name)
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            raise InvalidInput(field=name, found=repr(text)[:40], expected="YYYY-MM-DD") from None

    def yes(self, name: str) -> bool:
        text = self.one(name) or "false"
        if text not in ("true", "false"):
            raise InvalidInput(field=name, found=repr(text)[:40], expected="true, false")
        return text == "true"

    def over(self) -> SameBy | None:
        text = self.one("over")
        if text is not None and text not in set(SameBy):
            raise InvalidInput(field="over", found=repr(text)[:40], expected=", ".join(SameBy))
        return None if text is None else SameBy(text)

    def number(self, name: str) -> int:
        text = self.one(name) or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise InvalidInput(field=name, found=repr(text)[:40], expected="0–")
        return int(text)

    def moment(self, name: str) -> int | datetime | None:
        """A position, or an instant with its UTC offset."""
        text = self.one(name)
        if text is None or text.isdigit():
            return None if text is None else self.number(name)
        try:
            return datetime.fromisoformat(text.replace(" ", "+"))  # a bare + of a URL is read as a space
        except ValueError:
            raise InvalidInput(field=name, found=repr(text)[:40], expected=MOMENT) from None


@dataclass(frozen=True, slots=True)
class _Route:
    context: RequestContext


def answer(state: Any, given: QueryParams, asker: Asker, request_id: str) -> tuple[int, str]:
    """Ledger position and CSV of one request. Errors as GraphQL's `series`."""
    asked = SeriesArguments(given)
    asker.check_held(state)
    with ExitStack() as resources:
        context = RequestContext(
            state.reader, state.service, asker.actor, request_id, asked.number("minPosition"), resources
        )
        route = _Route(context)
        items = asked.many("item")
        if items is None:
            raise InvalidInput(field="item", found="", expected="item=turnout")
        query = SeriesQuery(
            items=items,
            geography=asked.one("geography") or "",
            areas=asked.many("areas"),
            levels=asked.many("level"),
            since=asked.day("from"),
            until=asked.day("to"),
            boundaries=day_of(asked.one("boundaries") or AS_REPORTED),
            position=position_of(route, asked.moment("asOf")),
            kinds=asked.many("electionKind"),
            contest=asked.one("contest"),
            contest_kind=asked.one("contestKind"),
            form=asked.one("form"),
            slot=asked.one("slot"),
            breakdown=asked.one("breakdown") or "",
            choice=asked.one("choice"),
            identity=asked.one("identity"),
            tests=asked.yes("includeTests"),
            comparable=asked.yes("comparable"),
            over=asked.over(),
            limit=AT_ONCE,
        )
        text = StringIO()
        text.write("\ufeff" if asked.yes("bom") else "")
        write_header(text)
        count = 0
        while True:
            reader = reader_of(route, query, asked.one("layer"))
            rows = reader.rows()
            count += len(rows)
            if count > ROWS:
                raise InvalidInput(
                    field="series.csv",
                    found=f"> {ROWS:,}",
                    expected=message("fewer_by_from_to_areas"),
                )
            write_rows(rows, text, spreadsheet=asked.yes("bom"))
            if len(rows) < AT_ONCE:
                break
            last = rows[-1]
            query = replace(query, after=(last.series, last.area, last.date.isoformat(), last.election))
        return reader.position, text.getvalue()
