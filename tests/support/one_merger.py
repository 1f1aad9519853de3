"""The tiny country's area 20 as it came to be: 旧町 and 髙﨑村 merged in 2005."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import tiny

from projections.runner import Projector
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.area_changes import AreaChange, AreaName


def merged(service: Reporting) -> None:
    start = {code: AreaName(code=code, name=f"地域{code}") for code in tiny.UNITS if code != "20"}
    old = AreaName(code="901", name="旧町", within="西郡"), AreaName(code="902", name="髙﨑村")
    change = AreaChange(
        id="m", date=date(2005, 4, 1), kind="merged", source="平成17年総務省告示第1号", from_areas=old,
        to_areas=(AreaName(code="20", name="地域20"),),
    )  # fmt: skip
    whole = start | {area.code: area for area in old}
    register_lineage(service, "tinyland", date(2000, 1, 1), whole, [change], tiny.SYSTEM, uuid4())


def merge(service: Reporting, database: Database) -> None:
    merged(service)
    Projector(database).catch_up()
