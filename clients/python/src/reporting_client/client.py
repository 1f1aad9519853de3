"""`Client`: everything the API tells analysts, in a few methods."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import httpx

from reporting_client import queries
from reporting_client.areas import Area, AreaChange
from reporting_client.codebook import Codebook, Election
from reporting_client.connection import Connection, Retries
from reporting_client.download import Downloaded, download
from reporting_client.errors import InvalidArgument, PagesDisagree
from reporting_client.observations import Observation
from reporting_client.releases import Release
from reporting_client.series import PAGE_SIZE, Series

Many = str | Sequence[str]
AsOf = int | datetime


class Client:
    """A server by its topmost address. It only reads. Without a `token` it sees what is public.

    `timeout`: seconds without a byte; `retries`: how often and how long what may be sent again is; `transport`: httpx', for a
    proxy or a test. Use it in `with`, or `close` it."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: float = 60.0,
        retries: Retries = Retries(),  # noqa: B008  # frozen
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, token, timeout, retries, transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._connection.url!r})"

    def close(self) -> None:
        self._connection.close()

    def series(
        self,
        *items: str,
        level: Many | None = None,
        areas: Many | None = None,
        geography: str | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        boundaries: date | str | None = None,
        as_of: AsOf | None = None,
        election_kind: Many | None = None,
        contest: str | None = None,
        contest_kind: str | None = None,
        over: Literal["party", "identity"] | None = None,
        form: str | None = None,
        slot: str | None = None,
        breakdown: str = "",
        choice: str | None = None,
        identity: str | None = None,
        layer: str | None = None,
        comparable: bool = False,
        include_tests: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> Series:
        """Items over elections. `boundaries`: None, as reported; or the day whose areas to re-base to. `as_of`: what was known at a
        ledger position, or an instant with its UTC offset. The arguments are those of the API's `series`."""
        if not items:
            raise InvalidArgument(
                field="items",
                found="—",
                expected_ja="項目のコード（turnout など）",
                expected_en="codes of items, like turnout",
            )
        asked = {
            "item": list(items),
            "level": _many(level),
            "areas": _many(areas),
            "geography": geography,
            "from": _day("since", since),
            "to": _day("until", until),
            "boundaries": _day("boundaries", boundaries),
            "asOf": _moment(as_of),
            "electionKind": _many(election_kind),
            "contest": contest,
            "contestKind": contest_kind,
            "over": None if over is None else over.upper(),
            "form": form,
            "slot": slot,
            "breakdown": breakdown,
            "choice": choice,
            "identity": identity,
            "layer": layer,
            "comparable": comparable,
            "includeTests": include_tests,
        }
        return Series(self._connection, asked, page_size)

    def observation(self, citation: str, *, comparable: bool = False) -> Observation:
        """The very observation that a citation names, to the digit."""
        given = {"citation": citation, "comparable": comparable}
        return Observation.of(self._connection.query(queries.OBSERVATION, given, "observation"))

    def elections(self, *, include_tests: bool = False) -> tuple[Election, ...]:
        """The latest polling day first."""
        elections = map(Election.of, self._nodes(queries.ELECTIONS, {}, "elections"))
        return tuple(election for election in elections if include_tests or not election.is_test)

    def codebook(self, election: str, *, as_of: AsOf | None = None) -> Codebook:
        """What the codes of an election stand for: items, breakdowns, forms, contests, geographies with their levels."""
        given = {"code": election, "asOf": _moment(as_of)}
        return Codebook.of(election, self._connection.query(queries.CODEBOOK, given, "election"))

    def areas(
        self,
        registry: str,
        geography: str,
        *,
        level: str | None = None,
        parent: str | None = None,
        on: date | str | None = None,
    ) -> tuple[Area, ...]:
        """Areas of a registry, all there ever were, or those that there are `on` a day; one that was changed stands once for each time.
        `Election.registry` and its `geographies` name what there is."""
        given = {
            "registry": registry,
            "geography": geography,
            "level": level,
            "parent": parent,
            "on": _day("on", on),
        }
        return tuple(map(Area.of, self._nodes(queries.AREAS, given, "registeredAreas")))

    def area_changes(
        self,
        registry: str,
        *,
        geography: str | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> tuple[AreaChange, ...]:
        """Mergers, splits, new names and codes of a registry's areas, by day."""
        given = {
            "registry": registry,
            "geography": geography,
            "from": _day("since", since),
            "to": _day("until", until),
        }
        return tuple(map(AreaChange.of, self._nodes(queries.AREA_CHANGES, given, "areaChanges")))

    def _nodes(self, document: str, given: Mapping[str, object], field: str) -> Iterator[Mapping[str, Any]]:
        """Of every page. PagesDisagree where they lead nowhere."""
        after = None
        while True:
            told = self._connection.query(document, {**given, "after": after}, field)
            yield from told["nodes"]
            page = told["pageInfo"]
            if not page["hasNextPage"]:
                return
            if page["endCursor"] in (None, after):
                raise PagesDisagree(detail="endCursor")
            after = page["endCursor"]

    def releases(
        self,
        election: str,
        *,
        form: str | None = None,
        slot: str | None = None,
        latest: int = 100,
        as_of: AsOf | None = None,
    ) -> tuple[Release, ...]:
        """The latest first, at most `latest`: when each went out, what it changed, by whom, and its files."""
        given = {"election": election, "form": form, "slot": slot, "first": latest, "asOf": _moment(as_of)}
        told = self._connection.query(queries.RELEASES, given, "releases")
        return tuple(Release.of(election, release) for release in told)

    def download(
        self,
        election: str,
        into: str | os.PathLike[str],
        *,
        form: str | None = None,
        slot: str | None = None,
        number: int | None = None,
        files: Collection[str] | None = None,
        verify: bool = True,
        log_key: str | None = None,
    ) -> Downloaded:
        """A release's files into a folder of its own in `into`: the newest of the election, or of a slot, or the `number`th of it.

        `verify`: every file against the manifest, that against the release's event, that against the signed log; NotAsReleased, and
        nothing is left; what could not be checked is in `Downloaded.verification.unchecked` and warned of (NotFullyVerified).
        `log_key`: the log's public key, which the server must not be the one to tell you. `files`: only these."""
        counted = number is None or (form is not None and type(number) is int and number >= 1)
        if (form is None) != (slot is None) or not counted:
            raise InvalidArgument(
                field="form, slot, number",
                found=repr((form, slot, number)),
                expected_ja="form と slot の両方（number はそのうちの番号、1 以上）",
                expected_en="both form and slot (number counts the slot's releases, from 1)",
            )
        if isinstance(files, str):
            files = [files]
        codes = tuple(code for code in (election, form, slot) if code is not None)
        for code in codes:
            if not code or "/" in code or code.startswith("."):
                raise InvalidArgument(
                    field="election, form, slot",
                    found=repr(code)[:80],
                    expected_ja="コード",
                    expected_en="a code",
                )
        return download(self._connection, codes, number, Path(into), files, verify, log_key)


def _many(codes: Many | None) -> list[str] | None:
    return None if codes is None else [codes] if isinstance(codes, str) else list(codes)


def _day(field: str, day: date | str | None) -> str | None:
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            raise _no_day(field, day) from None
    if isinstance(day, datetime):
        raise _no_day(field, day)
    return None if day is None else day.isoformat()


def _no_day(field: str, found: object) -> InvalidArgument:
    return InvalidArgument(
        field=field,
        found=repr(found)[:60],
        expected_ja="日付（2024-01-01）",
        expected_en="a day (2024-01-01)",
    )


def _moment(as_of: AsOf | None) -> dict[str, int | str] | None:
    if as_of is None:
        return None
    if isinstance(as_of, datetime) and as_of.tzinfo is not None:
        return {"instant": as_of.isoformat()}
    if isinstance(as_of, int) and not isinstance(as_of, bool):
        return {"position": as_of}
    raise InvalidArgument(
        field="as_of",
        found=repr(as_of)[:60],
        expected_ja="台帳の位置（整数）か、時差付きの日時",
        expected_en="a ledger position, or an instant with its UTC offset",
    )
