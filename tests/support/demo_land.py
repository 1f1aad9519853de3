"""A small election with everything the simulation looks at."""

from __future__ import annotations

from datetime import date

from reporting.domain.areas import AreaRecord, GeographyRecord, LevelRecord
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition, Form, Slot
from reporting.domain.items import Dimension, Item, ItemKind
from reporting.domain.labels import Label
from reporting.domain.reporting_units import ReportingUnits


def label(text: str) -> Label:
    return Label(ja=text)


SEX = Dimension(
    code="sex",
    label=label("性別"),
    values=(Dimension.Value(code="m", label=label("男")), Dimension.Value(code="f", label=label("女"))),
)
CONTEST = Contest(
    code="pr",
    label=label("比例"),
    kind="pr",
    area=AreaRef(geography="admin", area="J"),
    choices=(Choice(code="a", name="甲"), Choice(code="b", name="乙"), Choice(code="c", name="丙")),
)
DEFINITION = ElectionDefinition(
    code="demo",
    label=label("模擬"),
    kind="test",
    polling_date=date(2026, 11, 22),
    is_test=True,
    registry="r",
    geographies=("admin",),
    units=ReportingUnits(geography="admin", levels=("town",)),
    dimensions=(SEX,),
    items=(
        Item(code="electors", label=label("有権者"), kind=ItemKind.COUNT, breakdowns=(("sex",),)),
        Item(code="voters", label=label("投票者"), kind=ItemKind.COUNT, breakdowns=(("sex",),)),
        Item(
            code="turnout",
            label=label("投票率"),
            kind=ItemKind.RATE,
            numerator="voters",
            denominator="electors",
        ),
        Item(code="votes", label=label("得票"), kind=ItemKind.VOTES, by_choice=True),
    ),
    contests=(CONTEST,),
    forms=(
        Form(
            code="turnout",
            label=label("投票"),
            items=("electors", "voters", "turnout"),
            slots=(Slot(code="t1100", label=label("11:00")), Slot(code="final", label=label("確定"))),
        ),
        Form(
            code="count",
            label=label("開票"),
            items=("votes",),
            slots=(Slot(code="final", label=label("確定")),),
        ),
    ),
)
CODES = tuple(f"U{number:03d}" for number in range(200))
GEOGRAPHY = GeographyRecord(
    code="admin",
    label=label("行政"),
    levels=tuple(LevelRecord(code=code, label=label(code)) for code in ("nation", "province", "town")),
)


def _area(code: str, level: str, parent: str | None) -> AreaRecord:
    return AreaRecord(
        geography="admin", code=code, level=level, name=code, parent=parent, valid_from=date(2000, 1, 1)
    )


AREAS = (
    _area("J", "nation", None),
    *(_area(f"P{number}", "province", "J") for number in range(4)),
    *(_area(code, "town", f"P{number % 4}") for number, code in enumerate(CODES)),
)
