"""Japan's official list of area changes (e-Stat 廃置分合等情報) in the form of the R package jpcity, to AreaChanges.

One row of the list is one pair from → to; rows of one event make one change. The official names of the kinds of
change stand here and nowhere else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from reporting.domain.area_changes import AreaChange, AreaName
from reporting.files.problems import FileProblem, FileRefused, shown
from reporting.files.tables import read_table
from reporting.lineage.messages import message
from reporting.lineage.weights import Shares, read_shares
from reporting.wording import faults

START = date(1970, 4, 1)

KIND_OF = {
    "新設合併": "merged",
    "編入合併": "absorbed",
    "郡の廃止": "abolished",
    "町制施行": "status_change",
    "市制施行": "status_change",
    "区の新設|郡の新設": "established",
    "沖縄返還": "returned",
    "名称変更": "renamed",
    "分離": "separated",
    "郡の区域変更": "district_changed",
    "政令指定都市施行": "designated",
    "区の再編": "wards_rearranged",
    "北方領土": "code_assigned",
    "分割": "split",
    "境界変更": "boundary_change",
}

NAMES = ("pref_name", "city_desig_name", "city_desig_name_kana", "city_name", "city_name_kana")
CHANGE_COLUMNS = (
    "date",
    "type",
    "event",
    *(f"{side}_{part}" for side in ("from", "to") for part in ("city_code", *NAMES)),
)
STATE_COLUMNS = ("city_code", *NAMES, "date_absorption_separation", "absorption_separation")
SPECIAL_WARDS = "特別区部"  # 13100, the special wards of Tokyo taken together
AREA_CODE = re.compile(r"[0-9]{5}")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    day: date
    kind: str
    event: str
    of: AreaName | None
    into: AreaName | None
    into_city: tuple[str, str] | None
    """(prefecture, designated city) a ward lies in."""


def read_state(path: Path) -> dict[str, AreaName]:
    """A list of codes at a date: code → area. FileRefused."""
    return _state(path)[0]


def read_changes(path: Path, state: Path, shares: Path | None = None) -> tuple[AreaChange, ...]:
    """The change list alone; `state` tells which city a new ward lies in. FileRefused."""
    return _changes(path, _state(state)[1], read_shares(shares))


def _state(path: Path) -> tuple[dict[str, AreaName], dict[tuple[str, str], str]]:
    area_names: dict[str, AreaName] = {}
    cities: dict[tuple[str, str], str] = {}
    problems: list[FileProblem] = []
    for row, fields in read_table(path.name, path.read_bytes(), STATE_COLUMNS):
        wrong = _at(path.name, row, problems)
        area = _area(fields, "", wrong)
        if area is None:
            wrong("city_code", fields["city_code"], message("five_digits"))
        elif area.code in area_names:
            wrong("city_code", area.code, message("once"))
        else:
            area_names[area.code] = area
            if area.level == "designated_city":
                cities[fields["pref_name"], area.name] = area.code
    _refuse(path.name, problems)
    return area_names, cities


def _changes(path: Path, cities: Mapping[tuple[str, str], str], shares: Shares) -> tuple[AreaChange, ...]:
    problems: list[FileProblem] = []
    cities = dict(cities)
    rows: list[_Row] = []
    for number, fields in read_table(path.name, path.read_bytes(), CHANGE_COLUMNS):
        row = _row(number, fields, _at(path.name, number, problems))
        if row is not None:
            rows.append(row)
            if row.into is not None and row.into.level == "designated_city":
                cities[fields["to_pref_name"], row.into.name] = row.into.code
    _refuse(path.name, problems)
    changes = tuple(_change(path.name, problems, group, cities, shares) for group in _grouped(rows))
    _refuse(path.name, problems)
    return changes


def _row(number: int, fields: Fields, wrong: Callable[[str, str, str], None]) -> _Row | None:
    of, into = _area(fields, "from_", wrong), _area(fields, "to_", wrong)
    if of is None and into is None and not (fields["from_city_code"] or fields["to_city_code"]):
        wrong("from_city_code", "", message("from_or_to"))
    if (kind := KIND_OF.get(fields["type"])) is None:
        wrong("type", fields["type"], " ".join(KIND_OF))
    try:
        day = date.fromisoformat(fields["date"])
    except ValueError:
        wrong("date", fields["date"], "YYYY-MM-DD")
        return None
    if kind is None or (of is None and into is None):
        return None
    city = None
    if into is not None and into.level == "ward":
        city = (fields["to_pref_name"], fields["to_city_desig_name"])
    return _Row(number, day, kind, fields["event"] or fields["type"], of, into, city)


def _area(fields: Fields, side: str, wrong: Callable[[str, str, str], None]) -> AreaName | None:
    """The area of one side of a row; None where the side is empty (or wrong: told)."""
    code, city, above = (fields[f"{side}{key}"] for key in ("city_code", "city_name", "city_desig_name"))
    if not code and not city and not above:
        return None
    if not AREA_CODE.fullmatch(code):
        wrong(f"{side}city_code", code, message("five_digits"))
        return None
    if not (city or above):
        wrong(f"{side}city_name", "", message("area_name"))
        return None
    in_city = above.endswith("市")
    if city:
        level = "ward" if in_city else "group" if city == SPECIAL_WARDS else "municipality"
    else:
        level = "designated_city" if in_city else "county"
    try:
        return AreaName(code=code, name=city or above, within=(above or None) if city else None, level=level)
    except ValidationError as bad:
        wrong(f"{side}city_name", city or above, faults(bad, {"name": city or above})[0].expected)
        return None


def _grouped(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Rows of one day, kind and event; and events of one day and kind that take from the same area: the official list
    tells a partial split as several events (上九一色村 2006, 浜松市北区 2024)."""
    events: dict[tuple[date, str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        events[row.day, row.kind, row.event].append(row)
    groups: dict[tuple[date, str], list[list[_Row]]] = defaultdict(list)
    for (day, kind, _event), event in events.items():
        apart: list[list[_Row]] = []
        for group in groups[day, kind]:
            if _taken_from(group) & _taken_from(event):
                event = [*group, *event]
            else:
                apart.append(group)
        groups[day, kind] = [*apart, event]
    return [group for groups_of_day in groups.values() for group in groups_of_day]


def _taken_from(rows: Iterable[_Row]) -> set[str]:
    return {row.of.code for row in rows if row.of is not None}


def _change(
    file: str,
    problems: list[FileProblem],
    rows: list[_Row],
    cities: Mapping[tuple[str, str], str],
    shares: Shares,
) -> AreaChange:
    first = rows[0]
    pairs = [(row.of, row.into) for row in rows if row.of is not None and row.into is not None]
    froms = [row.of for row in rows if row.of is not None]
    tos = [row.into for row in rows if row.into is not None]
    if first.kind == "district_changed" and len(pairs) > 1:
        # the list gives every pair; a municipality keeps its name, and its former county ends in a row of its own
        pairs = [(of, into) for of, into in pairs if of.name == into.name]
        paired = {of.code for of, _into in pairs}
        for row in rows:
            if row.of is not None and row.of.level != "county" and row.of.code not in paired:
                problems.append(
                    FileProblem(file, row.number, "from_city_name", row.of.name, message("row_of_same_name"))
                )
        froms = [of for of in froms if of.code in paired] or froms
    links = tuple(dict.fromkeys((of.code, into.code) for of, into in pairs))
    inside = None
    if not froms and first.into_city is not None:
        inside = cities.get(first.into_city)
    return AreaChange(
        id=f"{first.day}.{first.kind}.{min(area.code for area in froms or tos)}",
        date=first.day,
        kind=first.kind,
        from_areas=_distinct(froms),
        to_areas=_distinct(tos),
        links=links,
        weights=tuple(share for pair in links if (share := shares.get((first.day, *pair))) is not None),
        inside=inside,
        source="; ".join(dict.fromkeys(row.event for row in rows)),
        rows=tuple(row.number for row in rows),
    )


def _distinct(areas: Iterable[AreaName]) -> tuple[AreaName, ...]:
    return tuple({area.code: area for area in areas}.values())


def _at(file: str, row: int, problems: list[FileProblem]) -> Callable[[str, str, str], None]:
    def wrong(column: str, found: str, expected: str) -> None:
        problems.append(FileProblem(file, row, column, shown(found), expected))

    return wrong


def _refuse(file: str, problems: list[FileProblem]) -> None:
    if problems:
        raise FileRefused(file, problems)
