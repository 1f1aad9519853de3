"""Templates: what every page knows, how figures and absences are written. Everything is escaped, whoever typed it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.console import static
from api.console.elsewhere import site_of
from api.console.states import (
    CHANNELS,
    CONTESTS,
    COUNTED,
    ROLES,
    UNITS,
    counted_state,
    election_kind,
    in_words,
    lot_source,
    note_class,
    reason_class,
    state,
)
from api.console.words import Words, said
from reporting.words import Words as Both
from reporting.words import in_both, written_in_both

HERE = Path(__file__).parent
JAPAN = ZoneInfo("Asia/Tokyo")
OF_UTC, NINE_HOURS_SINCE = "+00:00", "1952"
HOURS = {f"{hour:02}": f"{(hour + 9) % 24:02}" for hour in range(24)}
"""Of an hour in UTC that of Japan, which has had no summer time since then: the schema writes its moments so, some pages 1,900 of them."""
ABSENCES = {
    "!none": (said("該当なし"), "none"),
    "!not_reported": (said("未報告"), "not reported"),
    "!suppressed": (said("非公表"), "withheld"),
}
"""Stored text → Japanese word and the class of its mark. Never a 0."""


NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
"""A canonical number."""


@cache
def environment() -> Environment:
    """One for the process: a page's template is compiled once, whatever applications stand in it."""
    made = Environment(
        loader=FileSystemLoader([HERE / "layout", HERE / "pages"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(asset=static.address, link=link, address_of=address_of, rule_link=rule_link)
    made.filters.update(clock=clock, moment=moment, site=site_of)
    return made


def figure(value: str | None, words: Words, unit: str = "") -> Markup:
    """A figure as people read it: separators, absences in words, nothing typed as a dash. Digits to copy in `data-plain`."""
    if value is None:
        return Markup('<span class="absent" title="{}">―</span>').format(words.of("まだ値がありません"))
    if value in ABSENCES:
        ja, mark = ABSENCES[value]
        return Markup('<span class="absent {}">{}</span>').format(mark.replace(" ", "-"), words.of(ja))
    number = Decimal(value)
    text = f"{number:,}".replace("-", "△" if words.language == "ja" else "−")
    return Markup('<span class="figure" data-plain="{}">{}{}</span>').format(value, text, unit)


def observed(row: Mapping[str, Any], words: Words, unit: str = "") -> Markup:
    """What an observation holds: its number, or the absence that was stated, which the API tells by its bare code."""
    absence = row["absence"]
    return figure(row["value"] if absence is None else f"!{absence}", words, unit)


def all_withheld(node: Mapping[str, Any]) -> bool:
    """Whether every unit of a total withholds its figure."""
    return bool(node["expected"]) and node["withheld"] == node["expected"]


def summed(
    node: Mapping[str, Any] | None, words: Words, unit: str = "", beside: Mapping[str, Any] | None = None
) -> Markup:
    """What a total holds: its number, or in words why there is none. It says how many units withhold their figure, and its n of N
    where that is not what stands in its row already, of `beside`."""
    if node is None:
        return figure(None, words)
    value, reported, expected, withheld = (
        node[name] for name in ("value", "reported", "expected", "withheld")
    )
    if value is None and all_withheld(node):
        return figure("!suppressed", words)
    shown = figure("!none" if value is None and expected and reported == expected else value, words, unit)
    if withheld:
        shown += Markup(" <small>{}</small>").format(
            words.of("非公表の {n} 単位を除く", n=format(withheld, ","))
        )
    if beside is not None and (reported, expected) != (beside["reported"], beside["expected"]):
        shown += Markup(" <small>{:,}/{:,}</small>").format(reported, expected)
    return shown


def in_field(text: str | None, words: Words) -> str:
    """A value as somebody types it: an absence in the words that `read_value` takes."""
    return words.of(ABSENCES[text][0]) if text in ABSENCES else text or ""


def typed(text: str, words: Words) -> Markup:
    """A value that may be anything somebody typed: a figure where it is one, else the text itself."""
    if text in ABSENCES or NUMBER.fullmatch(text):
        return figure(text, words)
    return Markup("{}").format(text)


def who(office: str, person: str, words: Words) -> str:
    """An office and its person; of a part of the program, whose person repeats its name, the office alone."""
    told = in_both(office)
    shown = _half(told, words)
    return shown if person in told else f"{shown} {person}"


def _half(told: Both, words: Words) -> str:
    return told.en if words.language == "en" else told.ja


def coverage(reported: int, expected: int, words: Words) -> Markup:
    """n of N with a thin bar: a total never stands without it."""
    told = words.of("{n} 単位中 {reported} 単位", n=format(expected, ","), reported=format(reported, ","))
    return Markup(
        '<span class="coverage" title="{}"><progress value="{}" max="{}"></progress>{:,}/{:,}</span>'
    ).format(told, reported, max(expected, 1), reported, expected)


def link(address: str, **query: object) -> str:
    """An address with what is given behind it; None leaves a name out."""
    told = {name: str(value) for name, value in query.items() if value is not None and value != ""}
    return f"{address}?{urlencode(told)}" if told else address


def further(page_info: Mapping[str, Any], address: str, **query: object) -> str | None:
    """Where a list goes on behind what is shown of it; None: it ends there. `page_info`: of a connection of the API."""
    return link(address, **query, after=page_info["endCursor"]) if page_info["hasNextPage"] else None


def address_of(*parts: str) -> str:
    """`/results/tiny/pr` of its parts; codes may hold anything."""
    return "".join(
        [f"/{part if part.isascii() and part.isalnum() else quote(part, safe='')}" for part in parts]
    )


def escaped(text: str) -> str:
    """For a text that is put together outside of a template; letters and digits are never anything else."""
    return text if text.isalnum() else str(escape(text))


def rule_link(election: str, rule: str) -> Markup:
    """From a finding to what its rule compares and what to do; in another tab, for the finding may stand in a form."""
    return Markup('<a class="rule" href="{}#{}" target="_blank" rel="noopener">{}</a>').format(
        address_of("rules", election), rule, rule
    )


def clock(value: str | None) -> str:
    """`23:14:05` in Japan."""
    if value is None:
        return "―"
    if value.endswith(OF_UTC) and value >= NINE_HOURS_SINCE:
        return HOURS[value[11:13]] + value[13:19]
    return _local(value).isoformat(timespec="seconds")[11:19]


def moment(value: str | None) -> str:
    """`2026-02-08 23:14` in Japan."""
    return "―" if value is None else _local(value).strftime("%Y-%m-%d %H:%M")


def _local(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(JAPAN)


def age(seconds: int, words: Words) -> str:
    """How long something has been open, in the two largest units."""
    minutes = seconds // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return words.of("{days} 日 {hours} 時間", days=days, hours=hours)
    if hours:
        return words.of("{hours} 時間 {minutes} 分", hours=hours, minutes=minutes % 60)
    return words.of("{n} 分", n=minutes)


def listed(names: Sequence[str], words: Words) -> str:
    return ("、" if words.language == "ja" else ", ").join(names)


def spoken(words: Words) -> Mapping[str, Any]:
    """What a template says words with."""
    return {
        "_": words.of,
        "label": words.label,
        "figure": lambda value, unit="": figure(value, words, unit),
        "observed": lambda row, unit="": observed(row, words, unit),
        "summed": lambda node, unit="", beside=None: summed(node, words, unit, beside),
        "both": lambda text: _half(in_both(text), words),
        "reason": lambda text: _half(written_in_both(text), words) if text else "",
        "who": lambda office, person: who(office, person, words),
        "typed": lambda text: typed(text, words),
        "in_field": lambda text: in_field(text, words),
        "absences": {text: words.of(told) for text, (told, _) in ABSENCES.items()},
        "coverage": lambda reported, expected: coverage(reported, expected, words),
        "state": lambda code, waits_for=None: state(code, words, waits_for),
        "counted_state": lambda code: counted_state(code, words),
        "state_word": lambda code: words.of(COUNTED[code][1]),
        "age": lambda seconds: age(seconds, words),
        "lot_source": lambda code: lot_source(code, words),
        "note_class": lambda code: note_class(code, words),
        "reason_class": lambda code: reason_class(code, words),
        "role": lambda code: in_words(ROLES, code, words),
        "unit_word": lambda code: in_words(UNITS, code, words),
        "contest_kinds": lambda codes: listed([in_words(CONTESTS, code, words) for code in codes], words),
        "election_kind": lambda code: election_kind(code, words),
        "channel": lambda code: in_words(CHANNELS, code, words),
        "comma": "、" if words.language == "ja" else ", ",
        "language": words.language,
    }
