"""Turnout of eighty years (`jp-visualizing-turnout`, see PROVENANCE there) as definitions and tidy rows: every value is marked
as imported, with where it is from.

The nation as printed and the prefectures stand beside each other: neither is the sum of the other, for they differ.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sources import Row, count, label, read, returns_csv

from reporting.domain.areas import AreaRecord, AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition

REGISTRY = "japan-history"
FOLDER = "jp-visualizing-turnout"
SOURCE = "github.com/visualizing-jp/shugiin-turnout @308eaaa0; MIC 衆議院議員総選挙結果調"
FIRST_DAY, PREFECTURES_FROM, SUMS_FROM = date(1946, 1, 1), date(2005, 1, 1), date(2022, 1, 1)
PROVISIONAL = {"50", "51"}
"""Published as 速報 only: their slot is the flash, the final one stays empty."""
SEXES = ("m", "f")


class LowerHouseHistory:
    """The nation's 28 elections 1946–2021, and 47 prefectures 2005–2026: electors and voters by sex, SMD and PR."""

    def __init__(self, shared: Path) -> None:
        folder = shared / "data" / FOLDER
        self.nation = read(folder / "national_turnout_1946-2021.csv")
        self.prefectures = read(folder / "prefecture_turnout_2005-2026.csv")
        self.days = {
            row["election_no"]: date.fromisoformat(row["date"]) for row in (*self.nation, *self.prefectures)
        }

    def areas(self) -> AreaRegistryDefinition:
        """Until 2021 the nation reports for itself, beside the prefectures; since then it is their sum."""
        found: list[AreaRecord] = []

        def add(
            geography: str,
            code: str,
            level: str,
            name: str,
            begin: date,
            end: date | None = None,
            parent: str | None = None,
        ) -> None:
            found.append(
                AreaRecord(
                    geography=geography, code=code, level=level, name=name, parent=parent, valid_from=begin, valid_to=end
                )
            )  # fmt: skip

        add("returns", "all", "collection", "報告", FIRST_DAY)
        add("returns", "JP", "nation", "日本", FIRST_DAY, SUMS_FROM, "all")
        add("administrative", "JP", "nation", "日本", FIRST_DAY)
        names = {row["pref_code"]: row["pref"] for row in self.prefectures}
        for code, name in sorted(names.items()):
            add("returns", code, "prefecture", name, PREFECTURES_FROM, None, "all")
            add("administrative", code, "prefecture", name, PREFECTURES_FROM, SUMS_FROM)
            add("administrative", code, "prefecture", name, SUMS_FROM, None, "JP")
        return AreaRegistryDefinition.model_validate(
            {
                "registry": REGISTRY,
                "source": SOURCE,
                "geographies": [
                    {
                        "code": code,
                        "label": label(code),
                        "levels": [{"code": level, "label": label(level)} for level in levels],
                    }
                    for code, levels in (
                        ("returns", ("collection", "nation", "prefecture")),
                        ("administrative", ("nation", "prefecture")),
                    )
                ],
                "areas": found,
            }
        )

    def definitions(self) -> Iterator[ElectionDefinition]:
        for number, day in sorted(self.days.items(), key=lambda one: one[1]):
            slots: list[dict[str, Any]] = [
                {"code": "flash", "label": label("速報")},
                {"code": "final", "label": label("確定")},
            ]
            by_sex = [["sex"]]
            yield ElectionDefinition.model_validate(
                {
                    "code": f"shugiin-{number}",
                    "label": label(f"第{number}回衆議院議員総選挙"),
                    "kind": "lower_house",
                    "polling_date": day,
                    "source": f"取込 / imported: {SOURCE}",
                    "registry": REGISTRY,
                    "geographies": ["administrative"],
                    "units": {"geography": "returns", "levels": ["nation", "prefecture"]},
                    "dimensions": [
                        {
                            "code": "sex",
                            "label": label("性別"),
                            "values": [{"code": code, "label": label(code)} for code in SEXES],
                        }
                    ],
                    "items": [
                        count("electors", "有権者数", breakdowns=by_sex),
                        count("voters", "投票者数", breakdowns=by_sex),
                        {
                            "code": "turnout",
                            "label": label("投票率"),
                            "kind": "rate",
                            "unit": "percent",
                            "numerator": "voters",
                            "denominator": "electors",
                            "decimals": 2,
                        },
                    ],
                    "contests": [
                        {
                            "code": code,
                            "label": label(ja),
                            "kind": "electorate",
                            "area": {"geography": "returns", "area": "all"},
                        }
                        for code, ja in (("smd", "小選挙区（1993年までは中選挙区等）"), ("pr", "比例代表"))
                        if code == "smd" or number >= "41"
                    ],
                    "forms": [
                        {
                            "code": "turnout",
                            "label": label("投票者数"),
                            "items": ["electors", "voters", "turnout"],
                            "slots": slots,
                        }
                    ],
                }
            )

    def rows(self) -> Iterator[Row]:
        for row in self.nation:
            yield from _cells(row, "JP", "smd", "")
            if row["pr_electors_m"]:
                yield from _cells(row, "JP", "pr", "pr_")
        for row in self.prefectures:
            yield from _cells(row, row["pref_code"], row["contest"], "")


def _cells(row: Row, unit: str, contest: str, prefix: str) -> Iterator[Row]:
    """Electors and voters of each sex, and of both."""
    where = {
        "election": f"shugiin-{row['election_no']}",
        "form": "turnout",
        "slot": "flash" if row["election_no"] in PROVISIONAL else "final",
        "unit": unit,
        "contest": contest,
    }
    for item in ("electors", "voters"):
        by_sex = {sex: row[f"{prefix}{item}_{sex}"] for sex in SEXES}
        yield {**where, "item": item, "value": str(sum(map(int, by_sex.values())))}
        for sex, value in by_sex.items():
            yield {**where, "item": item, "breakdown": f"sex={sex}", "value": value}


def write(shared: Path, folder: Path) -> None:
    """The same as files for `reporting import areas`, `election` and `returns`."""
    history = LowerHouseHistory(shared)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.json").write_text(
        history.areas().model_dump_json(exclude_none=True), encoding="utf-8"
    )
    for one in history.definitions():
        (folder / f"election-{one.code}.json").write_text(
            one.model_dump_json(exclude_none=True), encoding="utf-8"
        )
    returns_csv(folder / "returns.csv", history.rows())


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:3]))
