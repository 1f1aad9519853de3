"""A day in a column of a file: whether it is the election's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from reporting.domain.election import ElectionDefinition
from reporting.importing.mapping import Day
from reporting.importing.messages import message
from reporting.importing.titles import joined, stated_days

FORMS: Mapping[Day, re.Pattern[str]] = {
    "YYYY-MM-DD": re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    "YYYY/MM/DD": re.compile(r"(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})"),
    "YYYYMMDD": re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    "DD.MM.YYYY": re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"),
}


def agrees_with(text: str, form: Day, definition: ElectionDefinition) -> str | None:
    """What is expected instead, where a day of a file is not the election's polling day; None where it is."""
    polling = definition.polling_date
    expected = message("polling_day", election=definition.code, day=f"{polling:%Y-%m-%d}", form=form)
    if form == "era":
        days = list(stated_days(joined(text)))
        whole = [day for day in days if None not in (day.year, day.month, day.day)]
        return None if whole and all(day.agrees(polling) for day in days) else expected
    parts = FORMS[form].fullmatch(unicodedata.normalize("NFKC", text).strip())
    if parts is None:
        return expected
    stated = tuple(int(parts[name]) for name in ("year", "month", "day"))
    return None if stated == (polling.year, polling.month, polling.day) else expected
