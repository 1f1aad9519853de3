"""A past election by its description: printed tables are read whole, and everything that does not fit is named with its row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from history import FIGURES, LIST, described
from pydantic import ValidationError

from reporting.files.problems import FileRefused
from reporting.importing.history import read_history
from reporting.importing.history_file import load_history, shipped_history_file

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return lambda **texts: described(tmp_path, **texts)


def test_a_table_as_it_was_printed(written: Written) -> None:
    """A sum of columns, a row cut short, a unit named by a column; a rate that the counts do not give is told and not taken."""
    read = read_history(written(rate="50.1"))
    assert [(row.election, row.unit, row.cell.key, row.value) for row in read.rows] == [
        ("chiji-1951", "01", "gov|voters|sex=m|", "300"),
        ("chiji-1951", "01", "gov|voters||", "500"),
        ("chiji-1951", "02", "gov|voters|sex=m|", "0"),
        ("chiji-1951", "02", "gov|voters||", "0"),
    ]
    (note,) = read.notes
    assert "figures.csv:2" in note
    assert "50.0" in note
    assert read_history(written()).notes == []
    assert [one.source for one in read.definitions] == ["取込 / imported: 県の年報 昭和26年"] * 2


@pytest.mark.parametrize(
    ("texts", "where", "what"),
    [
        ({"figures": FIGURES.replace("1,1951-04-30,02", "9,1951-04-30,02")}, "figures.csv:3 [year]", "9"),
        ({"figures": FIGURES.replace("1951-04-30,01", "1951-04-03,01")}, "figures.csv:2 [day]", "1951-04-30"),
        ({"figures": FIGURES.replace(",300,", ",3OO,")}, "figures.csv:2 [m]", "3OO"),
        ({"figures": FIGURES.replace(",300,", ",,")}, "figures.csv:2 [m]", "整数"),
        ({"figures": FIGURES.replace(",200,", ",,")}, "figures.csv:2 [f]", "整数"),
        ({"figures": FIGURES.replace(",200,", ",2OO,")}, "figures.csv:2 [f]", "2OO"),
        ({"figures": FIGURES.replace(",01,", ",77,")}, "figures.csv:2 [pref]", "77"),
        ({"figures": FIGURES.replace(",02,", ",01,")}, "figures.csv:3", "figures.csv:2"),
        ({"figures": FIGURES.replace("year,", "year,more,")}, "figures.csv:1 [more]", "more"),
        ({"elections": LIST.replace("1951-04-30", "1951-13-30")}, "elections.csv:2 [date]", "1951-13-30"),
        ({"elections": LIST.replace("final", "interim")}, "elections.csv", "vote/interim"),
        ({"elections": LIST.replace("chiji-1951b,2", "chiji-1951,2")}, "elections.csv:3 [code]", "chiji-1951"),
        ({"elections": LIST.replace(",gov\n", ",mayor\n", 1)}, "elections.csv", "mayor"),
        ({"errata": ("chiji-1949", "1951-04-30")}, "errata.csv", "chiji-1949"),
        ({"errata": ("chiji-1951", "1951-04-29")}, "errata.csv", "1951-04-30"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_read(
    written: Written, texts: dict[str, str], where: str, what: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        read_history(written(**texts))
    told = str(refused.value.problems[0])
    assert told.startswith(where), told
    assert what in told, told


@pytest.mark.parametrize(
    ("printed", "whole"), [("－", "300"), ("未報告", "!not_reported"), ("!suppressed", "!suppressed")]
)
def test_a_sum_is_of_all_that_is_printed(written: Written, printed: str, whole: str) -> None:
    """Nothing of the kind adds nothing; of what was not reported there is no sum, and the rest is none."""
    rows = read_history(written(figures=FIGURES.replace(",200,", f",{printed},"))).rows
    assert [row.value for row in rows if row.unit == "01"] == ["300", whole]


def test_a_sum_adds_each_column_once(written: Written) -> None:
    path = written()
    path.write_text(
        path.read_text(encoding="utf-8").replace('columns = ["m", "f"]', 'columns = ["m", "m"]'),
        encoding="utf-8",
    )
    with pytest.raises(FileRefused) as refused:
        load_history(path)
    assert "each column once" in str(refused.value.problems[0])


def test_an_erratum_of_an_office_stands_in_the_definition(written: Written) -> None:
    read = read_history(written(errata=("chiji-1951", "1951-04-30")))
    assert [(one.id, str(one.difference)) for one in read.definitions[0].errata] == [("e1", "2")]


def test_a_table_that_nobody_sent_is_named(written: Written) -> None:
    path = written()
    (path.parent / "figures.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"figures\.csv"):
        read_history(path)


def test_the_shipped_description_says_where_it_is_from() -> None:
    with shipped_history_file("shugiin-turnout") as path:
        assert "shugiin-turnout @" in load_history(path).source


def test_a_figure_stands_once_in_each_form(written: Written) -> None:
    """The same cell of another form is another figure; two columns of one row are never one."""
    path = written()
    text = path.read_text("utf-8")
    table = text[text.index("[[tables]]") :]
    form = text.split("forms = [")[1].split("}]\n")[0]
    flash = form.replace('code = "vote"', 'code = "flash"', 1)
    path.write_text(text.replace(form, f"{form}}}, {flash}", 1) + table.replace('"vote"', '"flash"'), "utf-8")
    assert len(read_history(path).rows) == 2 * len(read_history(written()).rows)
    path = written()
    path.write_text(
        path.read_text("utf-8").replace('breakdown = "sex=m", columns = ["m"]', 'columns = ["m"]'), "utf-8"
    )
    with pytest.raises(FileRefused) as refused:
        read_history(path)
    assert {problem.row for problem in refused.value.problems} == {2, 3}


@pytest.mark.parametrize(("field", "other"), [("contest", "nowhere"), ("item", "nothing")])
def test_a_definition_has_no_erratum_of_what_it_does_not_ask(field: str, other: str) -> None:
    """By whatever way it comes: a file of errata is refused by row, a definition by the erratum's name."""
    erratum = {
        "id": "slip", "contest": "pr", "area": "11", "item": "voters", "publication": "結果調", "published": "3",
        "other_publication": "結果ページ", "other": "2", "difference": "1", "source": "記入例",
    }  # fmt: skip
    assert tiny.election(errata=[erratum]).errata[0].id == "slip"
    with pytest.raises(ValidationError, match=f"slip.*{other}"):
        tiny.election(errata=[{**erratum, field: other}])
