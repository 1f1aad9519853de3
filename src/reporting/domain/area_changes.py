"""Area changes as data: what happened on a day, to which areas, and which areas came out of it."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from reporting.domain.labels import Code, Definition, Label, Name
from reporting.domain.messages import message
from reporting.domain.typed import Number


class AreaChangeKind(Definition):
    """One kind of change. The graph looks at these properties only, never at the code, so another country adds kinds
    of its own. `order`: which goes first on one day when nothing else decides (small before large)."""

    code: Code
    label: Label
    order: int
    keeps_from: bool = Field(False, description="the from-areas go on, with less land")
    keeps_to: bool = Field(False, description="the to-areas were there before and go on, with more land")
    minor: bool = Field(
        False, description="so little moves that areas without shares count as unmoved (estimate)"
    )
    moves_land: bool = Field(True, description="an area's extent changes; false: only its name, rank or code")


def _kind(
    code: str, order: int, *, keeps: str = "", minor: bool = False, moves_land: bool = True
) -> AreaChangeKind:
    return AreaChangeKind(
        code=code,
        label=Label(**message.table("area_change")[code]._asdict()),
        order=order,
        keeps_from="from" in keeps,
        keeps_to="to" in keeps,
        minor=minor,
        moves_land=moves_land,
    )


KINDS = {
    kind.code: kind
    for kind in (
        _kind("absorbed", 0, keeps="to"),
        _kind("renamed", 1, moves_land=False),
        _kind("boundary_change", 2, keeps="from to", minor=True),
        _kind("separated", 3, keeps="from"),
        _kind("split", 3),
        _kind("merged", 3),
        _kind("wards_rearranged", 3),
        _kind("redistricted", 3),
        _kind("district_changed", 4, moves_land=False),
        _kind("status_change", 4, moves_land=False),
        _kind("designated", 5, moves_land=False),
        _kind("established", 6),
        _kind("returned", 6),
        _kind("code_assigned", 6),
        _kind("abolished", 7),
    )
}


class AreaName(Definition):
    """An area as it is called at a time. `within`: name of the county, subprefecture or designated city it lies in;
    `level`: municipality, ward, designated_city, county, group …"""

    code: Code
    name: Name
    within: Name | None = None
    level: Code | None = None


class ShareRecord(Definition):
    """How much of area `of` lies in area `into`, on the other side of the change: 0 < weight ≤ 1. Backwards too: of
    an area that came out of the change, into one that went in. All shares of one `of` add up to 1."""

    of: Code
    into: Code
    weight: Number = Field(gt=0, le=1)
    method: Name
    source: Name


class AreaChange(Definition):
    """One change. `links`: (from code, to code) where land went that way; empty means every from-area into every
    to-area. Areas that a kind keeps (see ChangeKind) go on without being listed on the other side."""

    id: Code
    date: date
    kind: Code
    from_areas: tuple[AreaName, ...] = ()
    to_areas: tuple[AreaName, ...] = ()
    links: tuple[tuple[Code, Code], ...] = ()
    weights: tuple[ShareRecord, ...] = ()
    inside: Code | None = Field(
        None, description="the area, already there, in which the to-areas were set up"
    )
    source: str = Field(description="the official wording, or where it is written")
    rows: tuple[int, ...] = Field((), description="rows of the file it came from; the header is row 1")
