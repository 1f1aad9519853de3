"""The changes on an area's way: what it was made of, what became of it, and nobody else's."""

from __future__ import annotations

from datetime import date

import pytest

from reporting.domain.area_changes import AreaChange, AreaName
from reporting.errors import UnknownReference
from reporting.lineage.family import family_of
from reporting.lineage.graph import Lineage

START = {code: AreaName(code=code, name=f"{code}町") for code in "ABCDEXY"}


def change(name: str, day: str, kind: str, froms: str, tos: str) -> AreaChange:
    areas = {
        side: tuple(AreaName(code=code, name=f"{code}町") for code in codes)
        for side, codes in (("f", froms), ("t", tos))
    }
    return AreaChange(
        id=name,
        date=date.fromisoformat(day),
        kind=kind,
        from_areas=areas["f"],
        to_areas=areas["t"],
        source="官報",
    )


LINEAGE = Lineage(
    START,
    date(1970, 4, 1),
    [
        change("ab-m", "1990-04-01", "merged", "AB", "M"),
        change("cd-n", "1991-04-01", "merged", "CD", "N"),
        change("mn-o", "2005-04-01", "merged", "MN", "O"),
        change("x-m", "2000-04-01", "boundary_change", "X", "M"),
        change("xy-z", "2010-04-01", "merged", "XY", "Z"),
        change("e-o", "2011-04-01", "absorbed", "E", "O"),
    ],
)


def told(code: str, most: int = 50) -> list[str]:
    return [one.change.id for one in family_of(LINEAGE, code, most).changes]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("O", ["ab-m", "cd-n", "x-m", "mn-o", "e-o"]),
        ("A", ["ab-m", "x-m", "mn-o", "e-o"]),  # what A became: not what C and D had been before
        ("C", ["cd-n", "mn-o", "e-o"]),
        ("M", ["ab-m", "x-m", "mn-o", "e-o"]),
        ("E", ["e-o"]),
        ("X", ["x-m", "xy-z"]),  # a boundary that moved leads no further
        ("Z", ["x-m", "xy-z"]),
    ],
)
def test_changes_on_the_way(code: str, changes: list[str]) -> None:
    assert told(code) == changes


def test_the_nearest_are_told_where_there_are_more() -> None:
    family = family_of(LINEAGE, "O", 2)
    assert (len(family.changes), family.left_out) == (2, 3)
    assert [one.change.id for one in family.changes] == ["mn-o", "e-o"]
    assert "A" not in family.lives


def test_a_code_that_never_was_is_told() -> None:
    with pytest.raises(UnknownReference):
        family_of(LINEAGE, "Q", 5)
