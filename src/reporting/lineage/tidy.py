"""A lineage as two tidy tables, for any country and any kind of area: electoral districts, wards, counting districts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import ValidationError

from reporting.domain.area_changes import AreaChange, AreaName, ShareRecord
from reporting.files.problems import FileProblem, FileRefused, problems_of, shown
from reporting.files.tables import read_table
from reporting.lineage.messages import message

AREA_COLUMNS, AREA_MORE = ("code", "name"), ("level", "within")
CHANGE_COLUMNS = ("id", "date", "kind", "of", "into", "source")
CHANGE_MORE = ("of_name", "into_name", "level", "within", "weight", "method", "share_source")

Fields = dict[str, str]
Rows = list[tuple[int, Fields]]


def is_tidy(changes: Path) -> bool:
    """Whether a file has the head line of a tidy change list."""
    with changes.open("rb") as file:
        head = file.readline(10_000).decode("utf-8-sig", "replace").strip().split(",")
    return {"id", "kind"} <= set(head)


def read_areas(path: Path) -> dict[str, AreaName]:
    """Areas of the first day: code → area. FileRefused."""
    area_names: dict[str, AreaName] = {}
    problems: list[FileProblem] = []
    for row, fields in read_table(path.name, path.read_bytes(), AREA_COLUMNS, AREA_MORE):
        try:
            area = AreaName.model_validate({name: text or None for name, text in fields.items()})
        except ValidationError as wrong:
            problems += problems_of(
                path.name, row, wrong, {name: text or None for name, text in fields.items()}
            )
            continue
        if area.code in area_names:
            problems.append(FileProblem(path.name, row, "code", area.code, message("once")))
        area_names[area.code] = area
    if problems:
        raise FileRefused(path.name, problems)
    return area_names


def read_tidy_changes(path: Path) -> tuple[AreaChange, ...]:
    """One row for each pair of and into, or for one of them; rows of one id are one change. A `weight` is the share of
    `of` in `into`, with its method and source. FileRefused."""
    changes: dict[str, Rows] = {}
    for row, fields in read_table(path.name, path.read_bytes(), CHANGE_COLUMNS, CHANGE_MORE):
        changes.setdefault(fields["id"], []).append((row, fields))
    problems: list[FileProblem] = []
    area_changes = []
    for rows in changes.values():
        for row, fields in rows:
            for column in ("date", "kind", "source"):
                if fields[column] != rows[0][1][column]:
                    problems.append(
                        FileProblem(path.name, row, column, shown(fields[column]), shown(rows[0][1][column]))
                    )
        try:
            area_changes.append(_change(rows))
        except ValidationError as wrong:
            problems += problems_of(path.name, rows[0][0], wrong, rows[0][1])
        except ValueError:
            problems.append(
                FileProblem(path.name, rows[0][0], "date", shown(rows[0][1]["date"]), "YYYY-MM-DD")
            )
    if problems:
        raise FileRefused(path.name, problems)
    return tuple(area_changes)


def _change(rows: Rows) -> AreaChange:
    first = rows[0][1]
    pairs = [fields for _row, fields in rows if fields["of"] and fields["into"]]
    return AreaChange(
        id=first["id"],
        date=date.fromisoformat(first["date"]),
        kind=first["kind"],
        from_areas=_areas(rows, "of"),
        to_areas=_areas(rows, "into"),
        links=tuple(dict.fromkeys((fields["of"], fields["into"]) for fields in pairs)),
        weights=tuple(
            ShareRecord.model_validate(
                {
                    "of": fields["of"],
                    "into": fields["into"],
                    "weight": fields["weight"],
                    "method": fields.get("method", ""),
                    "source": fields.get("share_source", ""),
                }
            )
            for fields in pairs
            if fields.get("weight")
        ),
        source=first["source"],
        rows=tuple(row for row, _fields in rows),
    )


def _areas(rows: Rows, side: str) -> tuple[AreaName, ...]:
    """Each once; an area without a name is called by its code."""
    area_names: dict[str, AreaName] = {}
    for _row, fields in rows:
        if code := fields[side]:
            area_names.setdefault(
                code,
                AreaName(
                    code=code,
                    name=fields.get(f"{side}_name") or code,
                    within=fields.get("within") or None,
                    level=fields.get("level") or None,
                ),
            )
    return tuple(area_names.values())
