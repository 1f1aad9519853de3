"""Returns as forms to write on: blank, or with what stands printed in the boxes.

Names, order, number and party are the definition's. Each form has its code (`codes`), its due time and two boxes for control
totals; what no font has is 〓, and stands in a list at its foot.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reporting.application.asked import AskedCell, AskedContest, asked_contests
from reporting.application.desk import Desk
from reporting.application.opened import OpenReturn
from reporting.application.proofing import Proofing
from reporting.domain.actor import Actor
from reporting.domain.labels import Label
from reporting.kit.making import in_reach, readable_returns
from reporting.kit.paper.codes import FormCode
from reporting.kit.paper.fonts import Fonts
from reporting.kit.paper.messages import message
from reporting.kit.paper.typesetting import printed, qr, typeset
from reporting.kit.plan import ABSENCES
from reporting.words import in_both

RETENTION = "retention"
"""Kind of a contest in which judges are voted on, of no party."""
JAPAN = ZoneInfo("Asia/Tokyo")
COLUMNS = 6
"""Boxes beside each other; an item with more breakdowns goes on in a further table."""
TOGETHER = 20
"""Returns in one file: setting one takes about 15 MB until its file is done."""


@dataclass(frozen=True, slots=True)
class Unprintable:
    """A text that no font has whole. `cluster`: what is 〓, as typed; `points`: its code points; `place`: the word's number in it."""

    text: str
    cluster: str
    points: str
    place: int


@dataclass(frozen=True, slots=True)
class MadePaper:
    """`unprintable`: each text with a 〓, once for each that is missing."""

    data: bytes
    unprintable: tuple[Unprintable, ...]


class PageTexts:
    """Texts of one document as they are printed; remembers what is not. `left_out` is read when all is set."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._missing: dict[Unprintable, None] = {}

    def set(self, text: str) -> list[tuple[str, str, bool]]:
        made = self._fonts.set(text)
        for cluster in made.missing:
            points = " ".join(f"U+{ord(character):04X}" for character in cluster)
            self._missing[Unprintable(text, cluster, points, text.index(cluster) + 1)] = None
        return printed(made)

    @property
    def left_out(self) -> tuple[Unprintable, ...]:
        return tuple(self._missing)


def make_forms(
    desk: Desk,
    election: str,
    form: str,
    slot: str,
    units: Iterable[str],
    actor: Actor,
    fonts: Fonts,
    *,
    filled: bool,
) -> MadePaper:
    """A form for each unit, one after the other. `filled`: with what stands, or another form holds, in the boxes.
    Errors: those of `readable_returns`; PaperMissing."""
    returns = readable_returns(desk, election, form, slot, units, actor)
    whole = PageTexts(fonts)
    pages = []
    for opened in returns:
        own = PageTexts(fonts)
        page = _form(desk, opened, own, filled=filled)
        pages.append({**page, "left_out": [_told(lost, whole) for lost in own.left_out]})
        for lost in own.left_out:
            whole.set(lost.text)
    title = f"{election} {form}/{slot}"
    data = typeset("forms", {"title": title, "words": _words(), "forms": pages}, fonts)
    return MadePaper(data, whole.left_out)


def office_forms(
    desk: Desk, election: str, actor: Actor, fonts: Fonts, among: Container[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """(file name, PDF) of every form and slot the office's units report in, blank and filled; of many units several files. `among`:
    only these units."""
    for form in desk.reporting.catalog.election(election).definition.forms:
        for slot in form.slots:
            reached = in_reach(desk, election, form.code, slot.code, actor)
            units = [unit for unit in reached if among is None or unit in among]
            for start in range(0, len(units), TOGETHER):
                part = units[start : start + TOGETHER]
                number = f"-{start // TOGETHER + 1}" if len(units) > TOGETHER else ""
                for name, filled in (("blank", False), ("filled", True)):
                    made = make_forms(desk, election, form.code, slot.code, part, actor, fonts, filled=filled)
                    yield f"{election}-{form.code}-{slot.code}-{name}{number}.pdf", made.data


def _told(lost: Unprintable, sheet: PageTexts) -> list[Any]:
    return [sheet.set(lost.text), message("left_out_at", place=lost.place), lost.points]


def _form(desk: Desk, opened: OpenReturn, sheet: PageTexts, *, filled: bool) -> dict[str, Any]:
    place, defined = opened.place, desk.reporting.catalog.election(opened.place.election)
    definition = defined.definition
    form = defined.form(place.form, place.slot)
    slot = form.slot(place.slot)
    code = str(FormCode.of(place, opened.case.version, defined.versions[0]))
    held = _held(desk, opened) if filled else {}
    official = defined.roster.official_codes.get(place.unit, place.unit)
    drawn = [table for contest in asked_contests(opened) for table in tables(contest, held, sheet)]
    notes = [message("test_election")] if definition.is_test else []
    if unproofread := _unproofread(desk, opened):
        notes.append(message("unproofread", contests=", ".join(unproofread)))
    return {
        "code": code,
        "qr": qr(code),
        "election": sheet.set(_label(definition.label)),
        "form": sheet.set(f"{_label(form.label)}　{_label(slot.label)}"),
        "unit": sheet.set(defined.roster.units[place.unit].name),
        "official": official,
        "due": message("due", at=clock(slot.cut_off)) if slot.cut_off else "",
        "state": message("filled_form", version=opened.case.version) if filled else message("blank_form"),
        "notes": notes,
        "tables": drawn,
        "start": first_layout(drawn),
    }  # fmt: skip


LAYOUTS = (
    (9.0, False), (7.6, False), (6.4, False), (8.0, True), (6.4, True), (5.4, False), (5.4, True),
)  # fmt: skip
"""Height of a row in mm, and whether candidates stand in two columns: as in the template, which measures."""
PAGE, FOOT, TABLE, HALVED = 243.0, 24.0, 10.0, 12
"""Of a page in mm: what there is, what its foot and each table's head take at least; more rows than that are halved."""


def first_layout(drawn: Sequence[Mapping[str, Any]]) -> int:
    """The first layout that the tables can fit one page in, were no name longer than its cell."""

    def height(row: float, halves: bool) -> float:
        rows = 0
        for table in drawn:
            many = len(table["rows"])
            halved = halves and table["candidates"] and len(table["columns"]) == 1 and many > HALVED
            rows += -(-many // 2) if halved else many
        return FOOT + TABLE * len(drawn) + row * rows

    return next((n for n, layout in enumerate(LAYOUTS) if height(*layout) <= PAGE), len(LAYOUTS))


def _unproofread(desk: Desk, opened: OpenReturn) -> list[str]:
    """Contests of the form whose names nobody has signed off as they stand."""
    asked = [contest.contest.code for contest in asked_contests(opened)]
    stand = Proofing(desk.reporting).of(opened.place.election, asked)
    return [_label(proof.contest.label).replace(" / ", "/") for proof in stand if not proof.proofread]


def _held(desk: Desk, opened: OpenReturn) -> Mapping[str, str]:
    """Cell key → as it is printed in the box: what stands, or in brackets what another form holds."""
    offered = {key: f"({shown(held.text)})" for key, held in desk.returns.prefill(*opened.place).items()}
    return offered | {key: shown(text) for key, text in opened.case.texts.items()}


def shown(text: str) -> str:
    """A canonical text as it is printed: 12,345.678, △3, 該当なし."""
    if text in ABSENCES:
        return ABSENCES[text]
    return f"{Decimal(text):,}".replace("-", "△")


def clock(moment: datetime) -> str:
    """`2026-02-08 23:14` in Japan."""
    return moment.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")


def tables(contest: AskedContest, held: Mapping[str, str], sheet: PageTexts) -> Iterator[dict[str, Any]]:
    """Items that are asked once with a box for each breakdown; then candidates, with a box for each item asked of them."""
    heading = _label(contest.contest.label)
    called = message("judge") if contest.contest.kind == RETENTION else message("name")
    for candidates in (False, True):
        cells = [cell for cell in contest.cells if (cell.choice is not None) == candidates]
        columns = list(dict.fromkeys(_column(cell) for cell in cells))
        for start in range(0, len(columns), COLUMNS):
            shown_columns = columns[start : start + COLUMNS]
            rows: dict[str, list[AskedCell | None]] = {}
            for cell in cells:
                if (column := _column(cell)) in shown_columns:
                    row = rows.setdefault(
                        cell.choice.code if cell.choice else cell.cell.item, [None] * len(shown_columns)
                    )
                    row[shown_columns.index(column)] = cell
            yield {
                "heading": sheet.set(heading),
                "candidates": candidates,
                "called": called,
                "parties": candidates and any(cell.choice and cell.choice.party for cell in cells),
                "columns": [sheet.set(column) for column in shown_columns],
                "rows": [_row(row, held, sheet) for row in rows.values()],
            }


def _row(cells: Sequence[AskedCell | None], held: Mapping[str, str], sheet: PageTexts) -> dict[str, Any]:
    first = next(cell for cell in cells if cell is not None)
    choice = first.choice
    return {
        "number": "" if choice is None or choice.number is None else str(choice.number),
        "name": sheet.set(first.item.ja if choice is None else choice.name),
        "kana": sheet.set((choice.kana or "") if choice else ""),
        "party": sheet.set((choice.party or "") if choice else ""),
        "boxes": [None if cell is None else held.get(cell.key, "") for cell in cells],
    }


def _column(cell: AskedCell) -> str:
    """What stands above a box: the part of the item that is asked; of a candidate the item, too."""
    part = cell.breakdown.ja if cell.breakdown else ""
    if cell.choice is not None:
        return f"{cell.item.ja} {part}".strip()
    return part or in_both(message("total")).ja


def _label(label: Label) -> str:
    return label.ja


def _words() -> dict[str, str]:
    return {
        "number": message("number"),
        "party": message("party"),
        "item": message("item"),
        "how": message("how_to_write"),
        "filled": message("control_filled"),
        "total": message("control_total"),
        "written_by": message("written_by"),
        "checked_by": message("checked_by"),
        "at": message("written_at"),
        "left_out": message("left_out"),
        "page": message("page"),
    }
