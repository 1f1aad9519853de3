"""Everything that the guides, the notebooks and the R script tell analysts to do is done, against the application in this process.

The R script is read, and each address, argument, column and question in it is held to the API; where R is installed it is run as well
(test_r_script).
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import tomllib
import warnings
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib
import pytest
import reporting_client
from analysts import Installation
from graphql import build_schema, parse, validate
from reporting_client import Client, NotFullyVerified
from reporting_client.observations import NAMES
from starlette.testclient import TestClient

from api.series.arguments import MANY, ONE

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("docs/get-data.md", "docs/ja/データの入手.md", "clients/python/README.md")
NOTEBOOKS = sorted((ROOT / "clients" / "notebooks").glob("*.ipynb"))
SCRIPT = ROOT / "clients" / "r" / "reporting.R"
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
HOST = "https://HOST"


def blocks(guide: str, language: str) -> list[str]:
    return [text for name, text in BLOCK.findall((ROOT / guide).read_text("utf-8")) if name == language]


@pytest.fixture
def bound(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[dict[str, Any]]:
    """A namespace in which `Client` asks the application, in an empty folder, with pictures that nobody sees."""
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reporting_client, "Client", partial(Client, transport=installation.transport))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotFullyVerified)  # no log_key is given there, and the guide says so
        yield {}
    plt.close("all")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_python_of_a_guide_runs_from_its_top_to_its_end(
    guide: str, bound: dict[str, Any], tmp_path: Path
) -> None:
    snippets = blocks(guide, "python")
    assert snippets
    for number, snippet in enumerate(snippets):
        exec(compile(snippet, f"{guide}[{number}]", "exec"), bound)
    if guide.endswith("README.md"):
        assert len(bound["frame"]) == 10
        return
    assert "<svg" in (tmp_path / "turnout.svg").read_text()
    assert bound["then"].observations == bound["series"].observations
    assert bound["held"].folder == Path("releases/tiny-final-final-2")
    assert (
        bound["frame"].groupby("election")["area"].nunique()["e2003"] == 5
    )  # as many as there are on that day


def test_both_languages_of_the_guide_show_the_same() -> None:
    english, japanese, _ = GUIDES
    for language in ("python", "sh", "r"):
        assert blocks(english, language) == blocks(japanese, language) != []
    for guide in GUIDES:
        told = (ROOT / guide).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", told):
            assert (ROOT / guide).parent.joinpath(target).exists(), target
    assert all(guide in (ROOT / "README.md").read_text("utf-8") for guide in GUIDES)


@pytest.mark.parametrize("line", [line for block in blocks(GUIDES[0], "sh") for line in block.splitlines()])
def test_each_command_of_the_guide_gives_what_it_says(line: str, installation: Installation) -> None:
    words = shlex.split(line)
    if words[:2] == ["pip", "install"]:  # the wheel itself is made by test_distribution
        folder, _, extras = words[2].partition("[")
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        assert set(extras.rstrip("]").split(",")) <= project["optional-dependencies"].keys()
        return
    assert words[0] == "curl"
    (address,) = (word for word in words if word.startswith(HOST))
    answer = installation.server.get(address.removeprefix(HOST))
    assert answer.status_code == 200
    if ".csv" in address:
        assert len(list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))) == 10
        assert answer.text.startswith("\ufeff") == ("bom=true" in address)
    elif ".parquet" in address:
        assert answer.content[:4] == answer.content[-4:] == b"PAR1"
    else:
        assert "dcat:dataset" in answer.json()


def cells(notebook: Path) -> list[str]:
    return [
        "".join(cell["source"])
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_runs_cell_by_cell(notebook: Path, bound: dict[str, Any]) -> None:
    for number, source in enumerate(cells(notebook)):
        exec(compile(source, f"{notebook.name}[{number}]", "exec"), bound)
    NOTEBOOK_SHOWS[notebook.stem](bound)


def breaks_stop_lines(shown: dict[str, Any]) -> None:
    assert list(shown["reasons"]["cause"]) == ["electorate"]
    marked = shown["axes"].get_lines()
    assert sum(line.get_linestyle() == ":" for line in marked) == 1
    assert [len(line.get_xdata()) for line in marked if line.get_linestyle() != ":"] == [
        3,
        2,
        3,
        1,
    ]  # cut before 2017


def nobody_is_lost(shown: dict[str, Any]) -> None:
    assert shown["sums"]["equal"].all()
    assert list(shown["areas"]["as reported"])[:2] == [7, 5]
    assert list(shown["areas"]["re-based"])[:2] == [5, 5]
    assert dict(zip(shown["merged"]["area"], shown["merged"]["predecessors"], strict=True)) == {
        "33": "31;32",
        "43": "41;42",
    }


def the_correction_is_told(shown: dict[str, Any]) -> None:
    told = shown["changes"]
    assert [*zip(told["choice"], told["before"], told["after"], strict=True)] == [
        ("a", "60", "61"),
        ("b", "38", "37"),
    ]
    assert {*told["office"]} == {"中央区選管"}
    assert {*told["reason"]} == {"typing_error"}


NOTEBOOK_SHOWS = {
    "turnout-of-prefectures": breaks_stop_lines,
    "municipalities-over-mergers": nobody_is_lost,
    "who-corrected-what": the_correction_is_told,
}


CHARTS = [
    *((guide, next(text for text in blocks(guide, "python") if "axes.plot" in text)) for guide in GUIDES[:2]),
    *((notebook.stem, text) for notebook in NOTEBOOKS for text in cells(notebook) if "axes.plot" in text),
]


@pytest.mark.parametrize(("where", "chart"), CHARTS, ids=[where for where, _ in CHARTS])
def test_a_line_is_of_one_kind_of_election_and_one_contest(
    where: str, chart: str, bound: dict[str, Any]
) -> None:
    """By area alone Lower and Upper House, or district and list votes, were one line that went back in time."""
    import pandas

    exec("from reporting_client import Client\nclient = Client('https://HOST')", bound)
    for name, asked in (("series", {}), ("reported", {}), ("rebased", {"boundaries": "2020-01-01"})):
        item, level = ("turnout", "prefecture") if name == "series" else ("electors", "municipality")
        bound[name] = bound["client"].series(item, level=level, **asked)
    for name, of in (("turnout", "series"), ("then", "reported"), ("now", "rebased")):
        one = bound[of].to_pandas(floats=True)
        others = [
            one.assign(**{column: "another", "date": one["date"] + pandas.Timedelta(days=days)})
            for column, days in (("election_kind", 100), ("contest", 0))
        ]
        bound[name] = pandas.concat([one, *others], ignore_index=True)
    exec(compile(chart, where, "exec"), bound | {"day": "2020-01-01"})
    import matplotlib.pyplot as plt

    lines = [
        line.get_xdata()
        for axes in plt.gcf().axes
        for line in axes.get_lines()
        if line.get_linestyle() == "-"
    ]
    assert len(lines) >= 6
    for days in lines:
        assert (pandas.Series(days).diff().dropna() > pandas.Timedelta(0)).all(), (where, days)


def test_notebooks_are_stripped_and_small() -> None:
    assert {notebook.stem for notebook in NOTEBOOKS} == NOTEBOOK_SHOWS.keys()
    for notebook in NOTEBOOKS:
        told = json.loads(notebook.read_text("utf-8"))
        assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
        assert notebook.stat().st_size < 10_000
        for cell in told["cells"]:
            assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == ([], None)
        assert HOST in cells(notebook)[0]


def test_the_r_script_names_what_the_api_has(installation: Installation) -> None:
    script = SCRIPT.read_text("utf-8")
    assert len(script.splitlines()) <= 60
    client: TestClient = installation.server
    header = client.get("/series.csv", params={"item": "turnout"}).text.partition("\n")[0].split(",")
    assert header == [*NAMES]
    typed = {*re.findall(r'(\w+) = (?:"i"|col_date\(\))', script)}
    assert {"date", "coverage_reported", "position"} < typed <= {*header}
    made = {*re.findall(r"frame\$(\w+) <-", script)}
    assert {*re.findall(r"(?:frame|turnout)\$(\w+)", script)} - made <= {*header}
    listed = next(line for line in script.splitlines() if line.startswith("# Arguments"))
    assert {*re.findall(r"\b[a-z]\w+", listed.partition(":")[2])} <= {*MANY, *ONE}
    assert {*re.findall(r"series\(\"turnout\", (\w+) =", script)} == {"level"}
    (query,) = re.findall(r'"(query .*?)",$', script, re.MULTILINE)
    assert validate(build_schema((ROOT / "schema.graphql").read_text("utf-8")), parse(query)) == []
    answer = client.post("/graphql", json={"query": query, "variables": {"code": "tiny"}}).json()
    (columns_made,) = re.findall(r"columns <- sapply\(c\(([^)]*)\)", script)
    columns = {*re.findall(r'"(\w+)"', columns_made)} | {"label"}
    assert columns == answer["data"]["election"]["items"][0].keys()
    assert 'paste("data", election, form, slot, number, "core", sep = "/")' in script
    for name in ("manifest.json", "event.json"):
        assert name in script
        assert client.get(f"/data/tiny/final/final/1/core/{name}").status_code == 200
    assert isinstance(client.get("/data/tiny/final/final/1/core/manifest.json").json()["files"], dict)
    error = client.get("/series.csv", params={"item": "turnuot"}).json()["errors"][0]["extensions"]
    assert {*re.findall(r"told\$(\w+)", script)} <= error.keys()
    assert "x-as-of-position" in script
    assert "x-as-of-position" in client.get("/series.csv", params={"item": "turnout"}).headers


def test_the_r_script_closes_what_it_opens() -> None:
    bare = re.sub(r'"[^"]*"|#[^\n]*', "", SCRIPT.read_text("utf-8").replace("`[[`", ""))
    for opened, closed in ("()", "[]", "{}"):
        assert bare.count(opened) == bare.count(closed)


def test_the_guides_r_runs_what_the_script_defines() -> None:
    defined = {*re.findall(r"^(\w+) <- function", SCRIPT.read_text("utf-8"), re.MULTILINE)}
    (snippet,) = blocks(GUIDES[0], "r")
    assert {*re.findall(r"(\w+)\(", snippet)} - {"source", "plot"} <= defined
