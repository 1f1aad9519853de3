"""Published turnout as observations (see the PROVENANCE files beside the data), and the official lineage."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from japan_lineage import official_lineage

from reporting.domain.figures import Absence
from reporting.lineage.graph import Lineage
from reporting.series.model import Observation, ObsStatus

PROVISIONAL = {"50", "51"}
TURNOUT = "github.com/visualizing-jp/shugiin-turnout @308eaaa0; MIC 衆議院議員総選挙結果調"
UPPER = "github.com/ryomakom/UC_inoue2 @5d1fc7da"

Row = dict[str, str]
Observations = list[Observation]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def lower(row: Row, contest: str, prefix: str, area: str) -> Observations:
    """Electors and voters by sex, and both sexes together."""
    found: Observations = []
    number = row["election_no"]
    for item in ("electors", "voters"):
        by_sex = {sex: Decimal(row[f"{prefix}{item}_{sex}"]) for sex in "mf"}
        for breakdown, value in (("", sum(by_sex.values())), *((f"sex={s}", v) for s, v in by_sex.items())):
            found.append(
                Observation(
                    area=area,
                    election=f"shugiin-{number}",
                    day=date.fromisoformat(row["date"]),
                    item=item,
                    value=Decimal(value),
                    contest=contest,
                    breakdown=breakdown,
                    status=(ObsStatus.PROVISIONAL if number in PROVISIONAL else ObsStatus.NORMAL,),
                    source=TURNOUT,
                )
            )
    return found


@pytest.fixture(scope="session")
def national_rows(shared: Path) -> list[Row]:
    return read(shared / "data" / "jp-visualizing-turnout" / "national_turnout_1946-2021.csv")


@pytest.fixture(scope="session")
def nation(national_rows: list[Row]) -> Observations:
    found = [one for row in national_rows for one in lower(row, "smd", "", "JP")]
    return found + [
        one for row in national_rows if row["pr_electors_m"] for one in lower(row, "pr", "pr_", "JP")
    ]


@pytest.fixture(scope="session")
def prefectures(shared: Path) -> Observations:
    rows = read(shared / "data" / "jp-visualizing-turnout" / "prefecture_turnout_2005-2026.csv")
    return [one for row in rows for one in lower(row, row["contest"], "", row["pref_code"])]


@pytest.fixture(scope="session")
def lineage(shared: Path) -> Lineage:
    folder = shared / "data" / "jp-jpcity-history"
    return official_lineage(folder / "areacode_start.csv", folder / "absorption_separation.csv")


@pytest.fixture(scope="session")
def upper_house(shared: Path) -> Observations:
    """Electors and proportional voters of 1,896 municipalities and wards, 2019 and 2022."""
    days = {"2019": date(2019, 7, 21), "2022": date(2022, 7, 10)}
    return [
        Observation(
            area=row["code"],
            election=f"sangiin-{row['year']}",
            day=days[row["year"]],
            item=item,
            value=Decimal(row[column]),
            contest="pr",
            position=1000,
            source=UPPER,
        )
        for row in read(shared / "data" / "jp-ryomakom-upperhouse" / "votes.csv")
        for item, column in (("electors", "有権者数"), ("voters", "投票者数"))
    ]


@pytest.fixture
def make() -> Callable[..., Observation]:
    """An observation of one town, with everything that is not told made up."""

    def observation(area: str, year: int, value: str | Absence | None, **more: object) -> Observation:
        told: dict[str, object] = {
            "area": area,
            "election": f"e{year}",
            "day": date(year, 6, 1),
            "item": "electors",
            "value": Decimal(value) if type(value) is str else value,
        }
        return Observation(**{**told, **more})  # type: ignore[arg-type]

    return observation
