"""Sums over several contests of one kind: an item's, a party's, a person's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from projections.messages import message
from projections.read import ElectionRow, Snapshot, percent
from reporting.database.sql import columns_as, filled, load
from reporting.domain.election import Choice, Contest, ElectionDefinition, Form, heads
from reporting.domain.figures import Cell, Rounding
from reporting.domain.items import Item, ItemKind, cells_of, counted_by_choice
from reporting.domain.layer import ENTERED, Layer
from reporting.errors import InvalidInput, UnknownReference

SQL = load(__package__)
MAX_PIECES = 50_000
"""Cells of one answer's sums; 289 districts with 20 parties have about 6,000."""


class SameBy(StrEnum):
    """Who is the same in several contests."""

    PARTY = "party"  # the party label; a choice without one is its own party (a list)
    IDENTITY = "identity"  # what the definition says; a choice without one is nobody elsewhere


@dataclass(frozen=True, slots=True)
class SumsQuery:
    """`contests` None: all of `contest_kind` that the form asks. `choices`: parties or identities, by `by`; None: all.
    `after`: (area code, number of the sum) of the last row already seen."""

    form: str
    slot: str
    geography: str
    contests: tuple[str, ...] | None = None
    contest_kind: str | None = None
    by: SameBy = SameBy.PARTY
    items: tuple[str, ...] = ()
    breakdown: str = ""
    choices: tuple[str, ...] | None = None
    level: str | None = None
    areas: tuple[str, ...] | None = None
    after: tuple[str, int] | None = None
    limit: int = 101
    layer: Layer = ENTERED


@dataclass(frozen=True, slots=True)
class Piece:
    """A cell that a sum is made of. `below`: of a rate, below its line. `listed`: of somebody on the list of a choice that is
    in the sum itself: counted only where nobody ever entered the item for the list (then for its people alone)."""

    contest: str
    key: str
    below: bool
    listed: bool = False


@dataclass(frozen=True, slots=True)
class WantedSum:
    """One sum. `choice`: the party or identity, "" of an item that has none."""

    item: Item
    choice: str
    choice_name: str
    identity: str
    pieces: tuple[Piece, ...]

    @property
    def decimals(self) -> int:
        return self.item.decimals

    @property
    def rounding(self) -> Rounding:
        return self.item.rounding

    @property
    def progress(self) -> bool:
        return self.item.progress


@dataclass(frozen=True, slots=True)
class SumRow:
    """`reported` of `expected` units (a unit that votes on two of the contests is one in each), `contests_reported` of
    `contests_expected` contests of which every unit in the area reported. Over these units the sum is made."""

    geography: str
    code: str
    official_code: str | None
    name: str
    name_en: str | None
    level: str
    n: int
    item: str
    breakdown: str
    choice: str
    choice_name: str
    identity: str
    value: str | None
    reported: int
    expected: int
    withheld: int
    contests_reported: int
    contests_expected: int
    numerator: str | None
    denominator: str | None


COLUMNS = tuple(SumRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Same:
    """Choices of several contests that are one party or person."""

    key: str
    name: str
    identity: str
    choices: Mapping[str, tuple[str, ...]]
    """Contest → codes there."""
    local: bool
    """Known in one contest only: nobody says who it is elsewhere."""


def contests_asked(definition: ElectionDefinition, form: Form, query: SumsQuery) -> list[Contest]:
    """UnknownReference for a contest or kind that the form does not ask; InvalidInput for none, or contests of several
    kinds: their units would count the same people twice."""
    asked = [
        contest
        for contest in definition.contests
        if not form.contest_kinds or contest.kind in form.contest_kinds
    ]
    codes, kinds = [contest.code for contest in asked], sorted({contest.kind for contest in asked})
    if (query.contests is None) == (query.contest_kind is None):
        raise InvalidInput(
            field="contests/contestKind",
            found=message("both") if query.contests is not None else "",
            expected=message("one_of_contests_and_contestkind"),
        )
    if query.contests is None:
        if query.contest_kind not in kinds:
            raise UnknownReference(
                kind="kind of contest", found=query.contest_kind, among=kinds, within=form.code
            )
        return [contest for contest in asked if contest.kind == query.contest_kind]
    for code in query.contests:
        if code not in codes:
            raise UnknownReference(kind="contest", found=code, among=codes, within=form.code)
    contests = [contest for contest in asked if contest.code in query.contests]
    if len({contest.kind for contest in contests}) != 1:
        named = ", ".join(sorted({contest.kind for contest in contests}))
        raise InvalidInput(field="contests", found=named, expected=message("contests_of_one_kind"))
    return contests


def same_choices(contests: list[Contest], by: SameBy) -> list[Same]:
    """Every choice of every contest in exactly one of them, in the order of the definition."""
    names: dict[str, tuple[str, str, bool]] = {}
    members: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for contest in contests:
        for choice in contest.choices:
            key, name, local = _who(contest, choice, by)
            names.setdefault(key, (name, choice.identity or "" if by is SameBy.IDENTITY else "", local))
            members[key][contest.code].append(choice.code)
    return [
        Same(key, name, identity, {code: tuple(those) for code, those in members[key].items()}, local)
        for key, (name, identity, local) in names.items()
    ]


def _who(contest: Contest, choice: Choice, by: SameBy) -> tuple[str, str, bool]:
    """Key, name, and whether nobody says who it is elsewhere."""
    if by is SameBy.IDENTITY:
        if choice.identity is not None:
            return choice.identity, choice.name, False
        return f"{contest.code}/{choice.code}", choice.name, True
    lists = {other.code: other.name for other in contest.choices}
    label = (lists[choice.on_list] if choice.on_list is not None else choice.party) or choice.name
    return label, label, False


def wanted_sums(definition: ElectionDefinition, query: SumsQuery) -> list[WantedSum]:
    """Every sum asked for; UnknownReference for what the election does not have."""
    form = definition.form(query.form)
    form.slot(query.slot)
    if query.geography not in definition.geographies:
        raise UnknownReference(kind="geography", found=query.geography, among=definition.geographies)
    contests = contests_asked(definition, form, query)
    same = same_choices(contests, query.by)
    if query.choices is not None:
        keys = [choice.key for choice in same]
        for key in query.choices:
            if key not in keys:
                raise UnknownReference(kind="choice", found=key, among=keys, within=form.code)
        same = [choice for choice in same if choice.key in query.choices]
    items = {item.code: item for item in definition.items}
    wanted: list[WantedSum] = []
    pieces = 0
    for code in query.items or form.items:
        if code not in form.items:
            raise UnknownReference(kind="item", found=code, among=form.items, within=form.code)
        for wanted_sum in sums_of(items[code], items, contests, same, query.breakdown):
            pieces += len(wanted_sum.pieces)
            if pieces > MAX_PIECES:
                raise InvalidInput(
                    field="items/choices",
                    found=f"> {MAX_PIECES:,}",
                    expected=message("narrower"),
                )
            wanted.append(wanted_sum)
    return wanted


def sums_of(
    item: Item, items: Mapping[str, Item], contests: list[Contest], same: list[Same], breakdown: str
) -> Iterator[WantedSum]:
    """One sum, or one for each party or person where the item is counted by choice."""
    if not counted_by_choice(item, items):
        yield WantedSum(item, "", "", "", tuple(_pieces(item, items, contests, None, breakdown)))
        return
    for choice in same:
        pieces = tuple(_pieces(item, items, contests, choice, breakdown))
        yield WantedSum(item, choice.key, choice.name, choice.identity, pieces)


def _pieces(
    item: Item, items: Mapping[str, Item], contests: list[Contest], same: Same | None, breakdown: str
) -> Iterator[Piece]:
    """Of a rate by choice also where the choice does not stand: there it has nothing of what is below the line."""
    below_all = item.denominator is not None and not items[item.denominator].by_choice
    for contest in contests:
        codes = ("",) if same is None else same.choices.get(contest.code, ())
        if codes:
            yield from _pieces_of(item, items, contest, codes, breakdown)
        elif below_all and same is not None and not same.local:
            yield Piece(contest.code, Cell(contest.code, item.denominator or "", breakdown).key, True)


def _pieces_of(
    item: Item, items: Mapping[str, Item], contest: Contest, codes: tuple[str, ...], breakdown: str
) -> Iterator[Piece]:
    first = {choice.code for choice in heads(contest)} if len(codes) > 1 else {*codes}
    of_list = any(code in first for code in codes)
    piece_by_key: dict[str, Piece] = {}
    for code in codes:
        top, below = cells_of(item, items, contest.code, breakdown, code)
        listed = of_list and code not in first
        piece_by_key[top.key] = Piece(contest.code, top.key, False, listed)
        if below is not None:
            by_choice = listed and below.choice != ""
            piece_by_key.setdefault(below.key, Piece(contest.code, below.key, True, by_choice))
    yield from piece_by_key.values()


def sums(snapshot: Snapshot, election: ElectionRow, query: SumsQuery) -> list[SumRow]:
    statement, values = _statement(election, query, "as_rows", ", ".join(COLUMNS))
    with _by_hash(snapshot):
        return [SumRow(*row) for row in snapshot.fetch(statement, values, prepare=False)]


@contextmanager
def _by_hash(snapshot: Snapshot) -> Iterator[None]:
    """Only what is found by key is joined row by row, for as long as this lasts."""
    snapshot.fetch(SQL["by_hash"], {"nested": "off"})
    yield
    snapshot.fetch(SQL["by_hash"], {"nested": "on"})


def json_sums(
    snapshot: Snapshot, election: ElectionRow, query: SumsQuery, fields: Mapping[str, str]
) -> bytes:
    """The same rows as one JSON array made by PostgreSQL; `fields`: response name → column of SumRow."""
    columns = columns_as(fields, COLUMNS)
    key = (snapshot.version.number, snapshot.position, election.number, query, tuple(fields.items()))

    def statement() -> tuple[bytes, dict[str, Any]]:
        made, values = _statement(election, query, "as_json", columns)
        return made.encode(), values

    with _by_hash(snapshot):
        return snapshot.ready_json(key, statement, prepare=False)


def _statement(
    election: ElectionRow, query: SumsQuery, answer: str, columns: str
) -> tuple[str, dict[str, Any]]:
    wanted = wanted_sums(election.definition, query)
    after_code, after_n = query.after or (None, None)
    statement = filled(
        SQL["contest_sums"],
        over_contests=SQL["over_contests"],
        percent=percent("s.top", "s.bottom", "w.decimals", "w.rounding", "w.progress"),
        answer=SQL[f"totals_{answer}"],
        columns=columns,
    )
    return statement, {
        "election_no": election.number,
        "form": query.form,
        "kept": election.definition.units.kept(query.form),
        "slot": query.slot,
        "layer": query.layer.code,
        "geography": query.geography,
        "breakdown": query.breakdown,
        "level": query.level,
        "areas": None if query.areas is None else list(query.areas),
        "after_code": after_code,
        "after_n": after_n,
        "limit": query.limit,
        "items": [sought.item.code for sought in wanted],
        "choices": [sought.choice for sought in wanted],
        "choice_names": [sought.choice_name for sought in wanted],
        "identities": [sought.identity for sought in wanted],
        "rates": [sought.item.kind is ItemKind.RATE for sought in wanted],
        "decimals": [sought.item.decimals for sought in wanted],
        "roundings": [sought.item.rounding for sought in wanted],
        "progress": [sought.item.progress for sought in wanted],
        **piece_columns(wanted),
    }


def piece_columns(wanted: list[WantedSum]) -> dict[str, list[Any]]:
    """Parameters of the CTE `piece`."""
    every = [(n, piece) for n, wanted_sum in enumerate(wanted, 1) for piece in wanted_sum.pieces]
    return {
        "p_n": [n for n, _ in every],
        "p_contest": [piece.contest for _, piece in every],
        "p_key": [piece.key for _, piece in every],
        "p_below": [piece.below for _, piece in every],
        "p_listed": [piece.listed for _, piece in every],
    }
