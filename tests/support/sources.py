"""Published election results (see PROVENANCE beside the data) in this project's own forms: definitions and tidy rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from reporting.domain.areas import AreaRecord, AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition
from reporting.importing.returns import COLUMNS, OPTIONAL

BLOCKS = ("北海道", "東北", "北関東", "南関東", "東京", "北陸信越", "東海", "近畿", "中国", "四国", "九州")
BEGIN = date(2016, 10, 10)

Row = dict[str, str]

ALL_PARTIES = "得票数計"
"""A column of sums that stands among the parties in the source."""

SAME_UNIT_2021 = {
    "01107-4": "01107-2",
    "04104-3": "04104-2",
    "13110-5": "13110",
    "13225-22": "13225-23",
    "46223": "46223-2",
}
"""Units the ministry's proportional tables of 2021 label otherwise than its district tables."""


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def label(ja: str) -> dict[str, str]:
    return {"ja": ja}


def returns_csv(path: Path, rows: Iterable[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *OPTIONAL], restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def count(code: str, ja: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "label": label(ja), "kind": "count", **more}


TURNOUT_ITEMS = [
    count("electors", "当日有権者数"),
    count("voters", "投票者数"),
    {
        "code": "turnout",
        "label": label("投票率"),
        "kind": "rate",
        "unit": "percent",
        "numerator": "voters",
        "denominator": "electors",
        "decimals": 2,
    },
]
VOTES = {"code": "votes", "label": label("得票数"), "kind": "votes", "unit": "votes", "by_choice": True}
FINAL = [{"code": "final", "label": label("確定")}]


class UpperHouse:
    """Electors, voters and one party's votes in the proportional contest, 1,896 units (`jp-ryomakom-upperhouse`)."""

    def __init__(self, shared: Path, year: int) -> None:
        self.code = f"sangiin-{year}"
        self.day = {2019: date(2019, 7, 21), 2022: date(2022, 7, 10)}[year]
        rows = read(shared / "data" / "jp-ryomakom-upperhouse" / "votes.csv")
        self.source = [row for row in rows if row["year"] == str(year)]

    def definition(self) -> ElectionDefinition:
        return ElectionDefinition.model_validate(
            {
                "code": self.code,
                "label": label("参議院議員通常選挙"),
                "kind": "upper_house",
                "polling_date": self.day,
                "registry": "japan",
                "source": "github.com/ryomakom/UC_inoue2",
                "geographies": ["administrative", "upper_house"],
                "units": {"geography": "administrative", "levels": ["municipality", "ward"]},
                "items": [*TURNOUT_ITEMS, VOTES],
                "contests": [
                    {
                        "code": "pr",
                        "label": label("比例代表"),
                        "kind": "proportional",
                        "area": {"geography": "administrative", "area": "JP"},
                        "seats": 50,
                        "choices": [{"code": "ldp", "name": "自由民主党"}],
                    }
                ],
                "forms": [
                    {
                        "code": "final",
                        "label": label("確定"),
                        "items": ["electors", "voters", "turnout", "votes"],
                        "slots": FINAL,
                    }
                ],
            }
        )

    def rows(self) -> Iterator[Row]:
        for row in self.source:
            where = {
                "election": self.code,
                "form": "final",
                "slot": "final",
                "unit": row["code"],
                "contest": "pr",
            }
            yield {**where, "item": "electors", "value": row["有権者数"]}
            yield {**where, "item": "voters", "value": row["投票者数"]}
            yield {**where, "item": "votes", "choice": "ldp", "value": row["自民得票計"]}


class LowerHouse:
    """Candidates' and parties' votes by counting unit (`jp-yhoriuchi-jelec`, `jp-smd-definitions`)."""

    def __init__(self, shared: Path, year: int) -> None:
        data = shared / "data"
        self.year, self.code = year, f"shugiin-{year}"
        self.day = {2021: date(2021, 10, 31), 2024: date(2024, 10, 27)}[year]
        self.smd = read(data / "jp-yhoriuchi-jelec" / f"jp_lower_{year}_smd.csv")
        pr = read(data / "jp-yhoriuchi-jelec" / f"jp_lower_{year}_pr.csv")
        self.pr = [row for row in pr if row["party"] != ALL_PARTIES]
        self.pr_sums = [row for row in pr if row["party"] == ALL_PARTIES]
        districts = read(data / "jp-smd-definitions" / f"smd_units_{year}.csv")
        name_parts([*districts, *(row for row in self.smd if row["row_type"] == "M")])
        self.units = {unit_code(row): row for row in districts}
        for row in pr:
            if row["row_type"] == "M" and year == 2021:
                code, _, part = SAME_UNIT_2021.get(unit_code(row), unit_code(row)).partition("-")
                row.update(jis_code=code, part=part)
        self.pr_only = {
            unit_code(row): row
            for row in self.pr
            if row["row_type"] == "M" and unit_code(row) not in self.units
        }
        self.whole_in_pr = {
            code for code in self.pr_only if any(one.startswith(f"{code}-") for one in self.units)
        }
        """Split by districts, and counted as one in the proportional contests."""
        self.party_codes = {
            name: f"p{number:02d}" for number, name in enumerate(sorted({row["party"] for row in self.pr}), 1)
        }
        self.block_of = {
            row["pref_code"].zfill(2): block_code(row["pr_block"]) for row in self.units.values()
        }
        self.candidates: dict[str, list[tuple[str, str]]] = {}
        for row in self.smd:
            known = self.candidates.setdefault(district_code(row), [])
            if (row["candidate"], row["party"]) not in known:
                known.append((row["candidate"], row["party"]))

    @property
    def registry(self) -> str:
        return "japan" if self.year == 2024 else f"japan-{self.year}"

    def areas(self, template: AreaRegistryDefinition) -> AreaRegistryDefinition:
        """A registry of the boundaries of this election, from the units of its districts; joint counting units
        (`14133+14134`) stand as they were reported."""
        found: list[AreaRecord] = []

        def add(geography: str, code: str, level: str, name: str, parent: str | None) -> None:
            found.append(
                AreaRecord(
                    geography=geography, code=code, level=level, name=name, parent=parent, valid_from=BEGIN
                )
            )

        for geography in ("counting", "lower_house"):
            add(geography, "JP", "nation", "日本", None)
        for number, block in enumerate(BLOCKS, 1):
            add("lower_house", f"B{number:02d}", "block", block, "JP")
        prefectures = {row["pref_code"].zfill(2): row["pref"] for row in self.units.values()}
        for code, name in sorted(prefectures.items()):
            add("counting", code, "prefecture", name, "JP")
            add("lower_house", code, "prefecture", name, self.block_of[code])
        for code, name in sorted(
            {district_code(row): row["district"] for row in self.units.values()}.items()
        ):
            add("lower_house", code, "district", name, code.split("-")[0])
        for code, row in sorted(self.units.items()):
            city = code.partition("-")[0]
            above = city if city in self.whole_in_pr else row["pref_code"].zfill(2)
            add("counting", code, "counting_district", row["unit_name"], above)
            add("lower_house", code, "counting_district", row["unit_name"], district_code(row))
        for code, row in sorted(self.pr_only.items()):
            if code in self.whole_in_pr:
                add("counting", code, "ward", row["unit_name"], row["pref_code"].zfill(2))
                continue
            for geography in ("counting", "lower_house"):
                add(geography, code, "counting_district", row["unit_name"], row["pref_code"].zfill(2))
        return template.model_copy(
            update={
                "registry": self.registry,
                "areas": tuple(found),
                "geographies": tuple(
                    g for g in template.geographies if g.code in ("counting", "lower_house")
                ),
            }
        )

    def definition(self) -> ElectionDefinition:
        parties = [{"code": code, "name": name} for name, code in self.party_codes.items()]
        names = self.district_names()
        districts = [
            {
                "code": code,
                "label": label(names[code]),
                "kind": "single_member",
                "area": {"geography": "lower_house", "area": code},
                "choices": [
                    {"code": str(number), "name": name, **({"party": party} if party else {})}
                    for number, (name, party) in enumerate(candidates, 1)
                ],
            }
            for code, candidates in sorted(self.candidates.items())
        ]
        blocks = [
            {
                "code": f"B{number:02d}",
                "label": label(f"({block}{'都' if block == '東京' else ''}選挙区)"),
                "kind": "proportional",
                "area": {"geography": "lower_house", "area": f"B{number:02d}"},
                "units": self._whole(f"B{number:02d}"),
                "choices": parties,
            }
            for number, block in enumerate(BLOCKS, 1)
        ]
        every = [
            {
                "code": code,
                "label": label(ja),
                "kind": "electorate",
                "area": {"geography": "counting", "area": "JP"},
                "units": self._whole(*self.block_of.values()) if code == "pr" else None,
            }
            for code, ja in (("smd", "小選挙区"), ("pr", "比例代表"))
        ]
        return ElectionDefinition.model_validate(
            {
                "code": self.code,
                "label": label("衆議院議員総選挙"),
                "kind": "lower_house",
                "polling_date": self.day,
                "registry": self.registry,
                "source": "MIC 市区町村別得票数, by way of github.com/yhoriuchi",
                "geographies": ["counting", "lower_house"],
                "units": {
                    "geography": "counting",
                    "levels": ["municipality", "ward", "counting_district"],
                },
                "items": [*TURNOUT_ITEMS, count("valid_votes", "有効投票数"), VOTES],
                "contests": [*every, *districts, *blocks],
                "forms": [
                    {
                        "code": "turnout",
                        "label": label("投票結果"),
                        "items": ["electors", "voters", "turnout", "valid_votes"],
                        "contest_kinds": ["electorate"],
                        "slots": FINAL,
                    },
                    {
                        "code": "count",
                        "label": label("開票結果"),
                        "items": ["votes"],
                        "contest_kinds": ["single_member", "proportional"],
                        "slots": FINAL,
                    },
                ],
            }
        )

    def _whole(self, *blocks: str) -> dict[str, list[str]] | None:
        """Units of their own of the proportional contests of some blocks."""
        whole = [code for code in self.whole_in_pr if self.block_of[code[:2]] in blocks]
        return {"whole": sorted(whole)} if whole else None

    def district_names(self) -> dict[str, str]:
        return {district_code(row): row["district"] for row in self.units.values()}

    def rows(self) -> Iterator[Row]:
        """A unit that names one candidate twice (the source merged two people) keeps the first."""
        seen: set[tuple[str, str, str]] = set()
        for row in self.smd:
            if row["row_type"] != "M":
                continue
            district = district_code(row)
            choice = self.choice_of(row)
            if (unit_code(row), district, choice) not in seen:
                seen.add((unit_code(row), district, choice))
                yield {**self._where(row), "contest": district, "choice": choice, "value": row["votes"]}
        for row in self.pr:
            if row["row_type"] == "M":
                block = self.block_of[row["pref_code"].zfill(2)]
                yield {
                    **self._where(row),
                    "contest": block,
                    "choice": self.party_codes[row["party"]],
                    "value": row["votes"],
                }

    def choice_of(self, row: Row) -> str:
        return str(self.candidates[district_code(row)].index((row["candidate"], row["party"])) + 1)

    def _where(self, row: Row) -> Row:
        return {
            "election": self.code,
            "form": "count",
            "slot": "final",
            "unit": unit_code(row),
            "item": "votes",
        }


class Hanishina:
    """Electors and voters of three prefectures in 2021 with their own district and prefecture totals."""

    def __init__(self, shared: Path) -> None:
        self.source = read(shared / "data" / "jp-hanishina-2021" / "lower2021_hokkaido_aomori_iwate.csv")

    def of_level(self, level: str) -> list[Row]:
        return [row for row in self.source if row["level"] == level]

    def rows(self, election: str) -> Iterator[Row]:
        for row in self.of_level("unit"):
            code = SAME_UNIT_2021.get(unit_code(row), unit_code(row))
            for contest, voters, valid in (
                ("smd", row["smd_voters"], row["smd_valid"]),
                ("pr", row["pr_voters"], row["pr_valid"]),
            ):
                for item, value in (
                    ("electors", row["electors"]),
                    ("voters", voters),
                    ("valid_votes", valid),
                ):
                    if value:
                        yield {
                            "election": election,
                            "form": "turnout",
                            "slot": "final",
                            "unit": code,
                            "contest": contest,
                            "item": item,
                            "value": value,
                        }


def name_parts(rows: list[Row]) -> None:
    """A municipality that stands whole in two districts (its parts are not named there) is named by district."""
    seen: dict[str, set[str]] = {}
    for row in rows:
        seen.setdefault(unit_code(row), set()).add(district_code(row))
    twice = {code for code, districts in seen.items() if len(districts) > 1}
    for row in rows:
        if unit_code(row) in twice:
            row["part"] = district_code(row).split("-")[1]


def unit_code(row: Row) -> str:
    code = "+".join(sorted(row["jis_code"].split("+")))
    return f"{code}-{row['part']}" if row["part"] else code


def district_code(row: Row) -> str:
    return _district_code(row["pref_code"], row["district"])


@cache
def _district_code(prefecture: str, district: str) -> str:
    number = re.search(r"第(\d+)区", district)
    assert number is not None
    return f"{prefecture.zfill(2)}-{number[1]}"


def block_code(name: str) -> str:
    return f"B{BLOCKS.index(name.replace('東京都', '東京')) + 1:02d}"
