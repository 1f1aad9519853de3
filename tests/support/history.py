"""The tables of `jp-visualizing-turnout` as they were printed (see PROVENANCE there), beside what the product makes of them."""

from __future__ import annotations

from pathlib import Path

from sources import read

from reporting.series.errata import ERRATA_COLUMNS


class PrintedTurnout:
    """The nation's 28 elections 1946–2021, and 47 prefectures 2005–2026: electors and voters by sex, SMD and PR."""

    def __init__(self, folder: Path) -> None:
        self.nation = read(folder / "national_turnout_1946-2021.csv")
        self.prefectures = read(folder / "prefecture_turnout_2005-2026.csv")


DESCRIPTION = """history = "governors"
label = { ja = "知事選挙" }
source = "県の年報 昭和26年"
registry = "registry.json"
elections = "elections.csv"
ERRATA

[election]
kind = "governor"
geographies = ["administrative"]
units = { geography = "administrative", levels = ["prefecture"] }
dimensions = [{ code = "sex", label = { ja = "性別" }, values = [{ code = "m", label = { ja = "男" } }, { code = "f", label = { ja = "女" } }] }]
items = [{ code = "voters", label = { ja = "投票者数" }, kind = "count", breakdowns = [["sex"]] }]
contests = [{ code = "gov", label = { ja = "知事" }, kind = "electorate", area = { geography = "administrative", area = "JP" } }]
forms = [{ code = "vote", label = { ja = "投票" }, items = ["voters"], slots = [{ code = "final", label = { ja = "確定" } }] }]

[[tables]]
file = "figures.csv"
form = "vote"
election = "year"
day = "day"
short_rows = true
unit = { column = "pref" }
ignored = ["remark"]
figures = [
  { contest = { value = "gov" }, item = "voters", breakdown = "sex=m", columns = ["m"] },
  { contest = { value = "gov" }, item = "voters", columns = ["m", "f"] },
]
rates = [{ column = "rate", of = ["m", "f"], among = ["electors"] }]
"""
LIST = "code,key,date,label,slot,contests\nchiji-1951,1,1951-04-30,知事選挙,final,gov\nchiji-1951b,2,1951-04-30,再選挙,final,gov\n"
FIGURES = (
    "year,day,pref,m,f,electors,rate,remark\n1,1951-04-30,01,300,200,1000,RATE,\n1,1951-04-30,02,0,0,0\n"
)
REGISTRY = """{"registry": "old", "source": "invented", "geographies": [{"code": "administrative", "label": {"ja": "行政"},
 "levels": [{"code": "nation", "label": {"ja": "国"}}, {"code": "prefecture", "label": {"ja": "県"}}]}]}"""
AREAS = (
    "geography,code,level,name,parent,valid_from,valid_to\n"
    "administrative,JP,nation,日本,,1946-01-01,\n"
    "administrative,01,prefecture,甲県,JP,1946-01-01,\n"
    "administrative,02,prefecture,乙県,JP,1946-01-01,\n"
)


def described(
    folder: Path,
    *,
    figures: str = FIGURES,
    elections: str = LIST,
    rate: str = "50.0",
    errata: tuple[str, str] | None = None,
) -> Path:
    """An invented description with all it names. `errata`: election and day of one row."""
    files = {
        "history.toml": DESCRIPTION.replace("ERRATA", 'errata = "errata.csv"' if errata else ""),
        "registry.json": REGISTRY,
        "registry.csv": AREAS,
        "elections.csv": elections,
        "figures.csv": figures.replace("RATE", rate),
    }
    if errata:
        code, day = errata
        row = f"e1,{code},{day},gov,01,voters,,年報,500,広報,498,2,年報 12 頁,\n"
        files["errata.csv"] = ",".join(ERRATA_COLUMNS) + "\n" + row
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "history.toml"
