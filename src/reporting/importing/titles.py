"""What the title of a workbook says of its election: the day, in Japanese eras or not, and the election's name.

A workbook of another year fits every table of the same district; only its title tells. So both must agree with the
election it is taken into, or be confirmed by the very words that stand there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reporting.domain.election import ElectionDefinition
from reporting.files.problems import FileProblem, Problems, shown
from reporting.importing.messages import message

UNSTATED = "無記載"
"""Confirms that a workbook says nothing of its day or its election."""
ERAS = {
    "明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019,
    "M": 1868, "T": 1912, "S": 1926, "H": 1989, "R": 2019,
}  # fmt: skip
"""First years (元号法, and the orders before it)."""
_DIGITS = "元〇一二三四五六七八九十0-9"
_ERA = "明治|大正|昭和|平成|令和|[MTSHR](?=[0-9])"
_JAPANESE = re.compile(
    f"(?:(?P<era>{_ERA})?(?P<year>[{_DIGITS}]{{1,4}})年)?(?:(?P<month>[{_DIGITS}]{{1,3}})月(?P<day>[{_DIGITS}]{{1,3}})日)?"
)
_POINTS = re.compile(
    r"(?P<era>[MTSHR])?(?P<year>[0-9]{1,4})[./-](?P<month>[0-9]{1,2})[./-](?P<day>[0-9]{1,2})"
)
_ANOTHER_DAY = re.compile(
    r"度?(\(.\))?(\D{0,14}委員会)?(午[前後])?([0-9]+時)?([0-9]+分)?"
    r"(現在|作成|公表|発表|印刷|更新|確定|告示|公示|時点|国勢調査|集計|訂正|調べ|改正|法律)"
)
"""Behind a day that is not the election's: when a sheet was made, published, announced."""
_NAME = re.compile(
    r"[^()\[\]「」『』【】・,、。:/]*?(?:選挙|国民審査|住民投票)(?!区|管理|人|公報|運動|長|権|会|立会|事務|当日|部)"
)
_ORDINAL = re.compile(f"第?[{_DIGITS}]+回")
_SAME = (
    ("小選挙区選出", ""),
    ("比例代表選出", ""),
    ("選挙区選出", ""),
    ("総選挙", "選挙"),
    ("通常選挙", "選挙"),
    ("一般選挙", "選挙"),
)
"""The law's long names and the common ones (公職選挙法第31条–第33条) name the same election; 補欠選挙 and 再選挙 do not."""


@dataclass(frozen=True, slots=True)
class StatedDay:
    """A day, or the parts of it that are said, with the words that say it."""

    text: str
    year: int | None
    month: int | None
    day: int | None

    def agrees(self, polling: date) -> bool:
        said = ((self.year, polling.year), (self.month, polling.month), (self.day, polling.day))
        return all(stated in (None, held) for stated, held in said)


def joined(cell: object) -> str:
    """The text of a title cell, NFKC and without blanks; a date cell as 2024-10-27."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    return "".join(unicodedata.normalize("NFKC", cell).split()) if isinstance(cell, str) else ""


def stated_days(text: str) -> Iterator[StatedDay]:
    """Days and years in a title of `joined` text that are said of the election."""
    for match in (*_JAPANESE.finditer(text), *_POINTS.finditer(text)):
        if not match[0] or _ANOTHER_DAY.match(text, match.end()):
            continue
        year, month, day = (_number(match[part]) for part in ("year", "month", "day"))
        if year is not None and match["era"]:
            year += ERAS[match["era"]] - 1
        elif year is not None and year < 1000:
            continue
        yield StatedDay(match[0], year, month, day)


def stated_names(text: str) -> Iterator[str]:
    """Names of elections in a title of `joined` text, without day and ordinal."""
    for pattern in (_JAPANESE, _POINTS, _ORDINAL):
        text = pattern.sub("", text)
    for match in _NAME.finditer(text):
        if (name := re.sub("^(執行|施行|実施)", "", match[0])) not in ("選挙", ""):
            yield name


def names_agree(stated: str, definition: ElectionDefinition) -> bool:
    """Whether a stated name is the election's; the place may stand in front of either."""
    labelled = joined(definition.label.ja)
    held = list(stated_names(labelled)) or [labelled]
    return any(_same(stated).endswith(_same(name)) or _same(name).endswith(_same(stated)) for name in held)


@dataclass(frozen=True, slots=True)
class TitleCell:
    """`place`: sheet and cell, `比例!A1`."""

    row: int
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a title says or leaves out, and what the election has."""

    row: int | None
    place: str
    found: str
    expected: str


def disagreements(
    title: Sequence[TitleCell],
    definition: ElectionDefinition,
    confirmed: Sequence[str],
    looked_at: Container[str] = ("day", "name"),
) -> Iterator[Disagreement]:
    """Days and names of elections that are not the election's, but those that somebody confirmed by their own words;
    and either of them missing altogether. `looked_at`: which of `day` and `name` are looked at."""
    allowed = {joined(text) for text in confirmed}
    day = f"{definition.polling_date:%Y-%m-%d}"
    ja, en = definition.label.words
    days = [(cell, stated) for cell in title for stated in stated_days(cell.text) if "day" in looked_at]
    names = [(cell, stated) for cell in title for stated in stated_names(cell.text) if "name" in looked_at]
    for cell, stated_day in days:
        if not stated_day.agrees(definition.polling_date) and stated_day.text not in allowed:
            expected = message(
                "title_says_another_day", election=definition.code, day=day, said=stated_day.text
            )
            yield Disagreement(cell.row, cell.place, stated_day.text, expected)
    for cell, name in names:
        if not names_agree(name, definition) and name not in allowed:
            expected = message(
                "title_says_another_name", election=definition.code, name_ja=ja, name_en=en, said=name
            )
            yield Disagreement(cell.row, cell.place, name, expected)
    if UNSTATED not in allowed:
        nothing = message("not_stated")
        if "day" in looked_at and all(stated.year is None for _, stated in days):
            yield Disagreement(None, "", nothing, message("day_unstated", day=day, word=UNSTATED))
        if "name" in looked_at and not names:
            expected = message("name_unstated", name_ja=ja, name_en=en, word=UNSTATED)
            yield Disagreement(None, "", nothing, expected)


def unsaid(title: Sequence[TitleCell], confirmed: Sequence[str]) -> Iterator[str]:
    """Confirmed words that no title says: whoever confirms has read another file."""
    said = {stated.text for cell in title for stated in stated_days(cell.text)}
    said |= {name for cell in title for name in stated_names(cell.text)} | {UNSTATED}
    yield from (text for text in confirmed if joined(text) not in said)


def check_title(
    file: str,
    title: Sequence[TitleCell],
    definition: ElectionDefinition,
    confirmed: Sequence[str],
    looked_at: Container[str],
    problems: Problems,
) -> None:
    """Adds what does not agree, and what was confirmed and does not stand there."""
    for wrong in disagreements(title, definition, confirmed, looked_at):
        problems.add(FileProblem(file, wrong.row, wrong.place, shown(wrong.found), wrong.expected))
    for text in unsaid(title, confirmed):
        problems.add(FileProblem(file, None, "--confirm-title", shown(text), message("words_of_title")))


def _same(name: str) -> str:
    for long, short in _SAME:
        name = name.replace(long, short)
    return name


def _number(text: str | None) -> int | None:
    """元 is 1; Chinese numerals up to 99 (三十一) or digit by digit (二〇二四)."""
    if not text:
        return None
    digits = text.replace("元", "1").translate(str.maketrans("〇一二三四五六七八九", "0123456789"))
    if "十" in digits:
        tens, _, ones = digits.partition("十")
        if not (tens + ones + "0").isdigit():
            return None
        return int(tens or 1) * 10 + int(ones or 0)
    return int(digits) if digits.isdigit() else None
