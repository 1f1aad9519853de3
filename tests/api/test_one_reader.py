"""What is typed means the same in every way in: GraphQL, draft, console, tidy CSV, a mapped text, a mapped workbook, a returned workbook.

Whatever the text, each way takes it as the same figure as `read_value` does, or refuses it where that refuses it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import openpyxl
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import Ask
from typed_book import read, typed

from api.console.grid import changed
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.domain.figures import format_value
from reporting.domain.typed import is_blank, read_value
from reporting.errors import InvalidInput
from reporting.files.problems import FileRefused
from reporting.importing import import_mapped, import_returns
from reporting.importing.shipped import NamedMapping, read_mapping
from reporting.kit.handing_in import preview
from reporting.kit.making import make_book

CELLS = 40
ITEMS = [f"i{n:02}" for n in range(CELLS)]
UNIT = {"graphql": "11", "csv": "12", "text": "20", "workbook": "31", "kit": "32"}
elections = (f"many{n}" for n in count())

ALWAYS = [
    "－",
    "-",
    "―",
    "該当なし",
    " 未報告",
    "非公表　",
    "!none",
    "！ｎｏｎｅ",
    "!not_reported",
    "!suppressed",
    "!other",
    "なし",
    "①",
    "5²",
    "五百",
    "1ー2",
    "1、000",
    "007",
    "0.1234",
    "9999999999999999",
    "1e3",
    "1\t",
    "\u200b1",
    "+1",
    "x",
    "…",
]
"""In which ways in have differed, or what may be taken for a number: typed in every example."""
TYPED = st.one_of(
    st.text("0123456789０１２９,，'’.．△▲－−-―– \u3000\u00a0", min_size=1, max_size=8),
    st.from_regex(r"[△▲－−-]?[ 　]?[0-9０-９]{1,3}([,，][0-9０-９]{3}){0,3}([.．][0-9０-９]{1,4})?", fullmatch=True),
).filter(lambda text: not is_blank(text))  # fmt: skip


def define(service: Reporting, code: str) -> None:
    items = [
        {"code": item, "label": tiny.label(item), "kind": "votes", "unit": "votes", "signed": True, "purpose": tiny.label(item), "basis": "法"}
        for item in ITEMS
    ]  # fmt: skip
    forms = [
        {"code": "final", "label": tiny.label("確定"), "items": ITEMS, "slots": [{"code": "final", "label": tiny.label("確定")}]}
    ]  # fmt: skip
    service.define_election(
        night.election(code=code, items=items, forms=forms, rules=[]), tiny.SYSTEM, uuid4()
    )


def mapping(kind: str) -> NamedMapping:
    columns = "".join(
        f'[[wide.columns]]\nheading = "{item}"\ncell = {{ contest = {{ value = "pr" }}, item = {{ value = "{item}" }} }}\n'
        for item in ITEMS
    )
    text = f"""mapping = "many"
label = {{ ja = "表" }}
source = "試験"
unit = {{ column = "unit" }}
file = {{ kind = "{kind}" }}
[wide]
{columns}"""
    return read_mapping("many.toml", text.encode())


def table(unit: str, texts: Mapping[str, str]) -> list[list[str]]:
    """A wide table of one unit; what is not typed is left out as a blank would be."""
    return [["unit", *ITEMS], [unit, *(texts.get(item, "") for item in ITEMS)]]


@dataclass
class Ways:
    """Each: texts by item → items that are refused; nothing is taken where one is."""

    service: Reporting
    ask: Ask
    folder: Path
    election: str

    @property
    def place(self) -> dict[str, Any]:
        return {"election": self.election, "form": "final", "slot": "final"}

    def graphql(self, texts: Mapping[str, str]) -> set[str]:
        document = """mutation($i: EnterFiguresInput!) { enterFigures(input: $i) { __typename
            ... on FiguresRefused { problems { item } } } }"""
        figures = [{"contest": "pr", "item": item, "value": text} for item, text in texts.items()]
        sent = {
            **self.place,
            "commandId": str(uuid4()),
            "unit": "11",
            "expectedVersion": 0,
            "figures": figures,
        }
        told = self.ask(document, night.WARD, i=sent)["data"]["enterFigures"]
        return {problem["item"] for problem in told.get("problems", ())}

    def draft(self, texts: Mapping[str, str]) -> set[str]:
        desk = Desk(self.service)
        cells = tuple(CellInput(contest="pr", item=item, value=text) for item, text in texts.items())
        desk.save_draft(SaveDraft(**self.place, command_id=uuid4(), unit="11", cells=cells), night.WARD)
        problems, _ = desk.draft_check(desk.returns.open(self.election, "final", "final", "11"))
        return {problem.cell.item for problem in problems}

    def console(self, texts: Mapping[str, str]) -> set[str]:
        """What the fields of a form hold, as the entry page sends it on."""
        form = {f"cell:pr|{item}||": text for item, text in texts.items()}
        sent = {key.split("|")[1]: text for key, text in changed(form).items()}
        return self.draft(sent)

    def csv(self, texts: Mapping[str, str]) -> set[str]:
        rows = [["election", "form", "slot", "unit", "contest", "item", "value"]]
        rows += [[*self.place.values(), "12", "pr", item, text] for item, text in texts.items()]
        refused = self._refused(
            lambda path: import_returns(path, self.service, tiny.SYSTEM), self._text(rows)
        )
        return {list(texts)[(row or 0) - 2] for row, _ in refused}

    def text(self, texts: Mapping[str, str]) -> set[str]:
        return self._wide("text", "20", texts)

    def workbook(self, texts: Mapping[str, str]) -> set[str]:
        return self._wide("workbook", "31", texts)

    def kit(self, texts: Mapping[str, str]) -> set[str]:
        desk = Desk(self.service)
        made = make_book(desk, self.election, "final", "final", ["32"], night.NATION)
        book = read(typed(made, {("32", f"pr|{item}||"): text for item, text in texts.items()}))
        rows = {cell.row: cell.key.split("|")[1] for cell in book.made.sheets[0].cells}
        if not book.problems:
            (outcome,) = preview(desk, book, night.NATION)
            self.sheet = {cell.key: cell.sheet for cell in outcome.cells}
        return {rows[problem.row or 0] for problem in book.problems}

    def held(self, unit: str) -> dict[str, str]:
        return Desk(self.service).returns.open(self.election, "final", "final", unit).case.texts

    def _wide(self, kind: str, unit: str, texts: Mapping[str, str]) -> set[str]:
        rows = table(unit, texts)
        if kind == "text":
            content = self._text(rows)
        else:
            book, out = openpyxl.Workbook(), io.BytesIO()
            for row in rows:
                book.active.append(row)
            book.save(out)
            content = out.getvalue()
        refused = self._refused(
            lambda path: import_mapped(path, self.service, tiny.SYSTEM, mapping=LENIENT[kind], **self.place), content
        )  # fmt: skip
        return {place if kind == "text" else ITEMS[column_of(place) - 1] for _, place in refused}

    def _text(self, rows: list[list[str]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        return text.getvalue().encode()

    def _refused(self, take: Callable[[Path], object], content: bytes) -> set[tuple[int | None, str]]:
        path = self.folder / f"{uuid4().hex}.csv"
        path.write_bytes(content)
        try:
            take(path)
        except FileRefused as refused:
            return {(problem.row, problem.column) for problem in refused.problems}
        return set()


def column_of(place: str) -> int:
    letters = "".join(one for one in place.rpartition("!")[2] if one.isalpha())
    return int(openpyxl.utils.column_index_from_string(letters)) - 1


LENIENT = {
    kind: NamedMapping(
        mapping(kind).mapping.model_copy(
            update={"numbers": mapping(kind).mapping.numbers.model_copy(update={"blank": "passed_over"})}
        ),
        kind,
    )
    for kind in ("text", "workbook")
}
"""Where one is typed and others are not, the others say nothing."""


def meant(text: str) -> str | None:
    try:
        return format_value(read_value(text))
    except InvalidInput:
        return None


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TYPED, min_size=CELLS - len(ALWAYS), max_size=CELLS - len(ALWAYS)))
def test_every_way_in_reads_alike(
    ask: Ask, service: Reporting, tmp_path: Path, typed_texts: list[str]
) -> None:
    ways = Ways(service, ask, tmp_path, next(elections))
    define(service, ways.election)
    texts = dict(zip(ITEMS, [*ALWAYS, *typed_texts], strict=True))
    figures = {item: figure for item, text in texts.items() if (figure := meant(text)) is not None}
    every = {"graphql": ways.graphql, "draft": ways.draft, "console": ways.console, "csv": ways.csv, "text": ways.text, "workbook": ways.workbook, "kit": ways.kit}  # fmt: skip
    for name, way in every.items():
        refused = {texts[item] for item in way(texts)}
        assert refused == {texts[item] for item in texts.keys() - figures.keys()}, name
    taken = {item: texts[item] for item in figures}
    for name, unit in UNIT.items():
        assert every[name](taken) == set(), name
        if taken and name != "kit":
            assert ways.held(unit) == {f"pr|{item}||": figure for item, figure in figures.items()}, name
    if taken:
        assert ways.sheet == {f"pr|{item}||": figure for item, figure in figures.items()}
