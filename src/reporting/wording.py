"""What a library says of a wrong value, in our words: one catalogue in Japanese and English for commands, definition
files and tables.

A validator of ours raises ValueError in both languages, `日本語 / English`. Whatever has no words here falls back to a
sentence of ours, never to the library's; a test walks all models and constraints and allows no fall-back.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reporting.errors import InvalidInput
from reporting.words import Words, bilingual

MOMENT = "位置（整数）か日時（例 2025-07-20T21:30:00+09:00） / a position, or a time as in 2025-07-20T21:30:00+09:00"
"""What is expected where a moment of the ledger is asked for."""

DATE, DAY = Words("日時（例 2026-07-12T20:00:00+09:00）", "a date and time as in 2026-07-12T20:00:00+09:00"), Words(
    "日付（例 2026-07-12）", "a date as in 2026-07-12",
)  # fmt: skip
WHOLE, NUMBER, FLAG = (
    Words("整数", "a whole number"),
    Words("数", "a number"),
    Words("true か false", "true or false"),
)
TEXT = Words("文字", "text")
LIST, FIELDS = Words("値の並び", "a list of values"), Words("名前の付いた欄の組", "named fields")
UUID = Words("UUID（16進 32 桁）", "a UUID (32 hexadecimal digits)")

EXPECTED: Mapping[str, Words] = {
    "missing": Words("値（省略できません）", "a value; it may not be left out"),
    "extra_forbidden": Words("定められた名前の欄だけ（綴りを確認）", "only fields that there are (check the spelling)"),
    "string_type": TEXT,
    "string_unicode": TEXT,
    "string_too_short": Words("{min_length} 文字以上の文字", "text of at least {min_length} characters"),
    "string_too_long": Words("{max_length} 文字までの文字", "text of at most {max_length} characters"),
    "int_type": WHOLE, "int_parsing": WHOLE, "int_from_float": WHOLE, "int_parsing_size": WHOLE,
    "decimal_type": NUMBER, "decimal_parsing": NUMBER, "finite_number": NUMBER, "float_type": NUMBER,
    "float_parsing": NUMBER,
    "greater_than": Words("{gt} より大きい数", "a number above {gt}"),
    "greater_than_equal": Words("{ge} 以上の数", "a number of at least {ge}"),
    "less_than": Words("{lt} より小さい数", "a number below {lt}"),
    "less_than_equal": Words("{le} 以下の数", "a number of at most {le}"),
    "too_short": Words("{min_length} 個以上の値", "at least {min_length} of them"),
    "too_long": Words("{max_length} 個以下の値", "at most {max_length} of them"),
    "list_type": LIST, "tuple_type": LIST, "set_type": LIST, "frozen_set_type": LIST, "iterable_type": LIST,
    "dict_type": FIELDS, "mapping_type": FIELDS, "model_type": FIELDS, "model_attributes_type": FIELDS,
    "dataclass_type": FIELDS, "named_tuple_type": FIELDS,
    "bool_type": FLAG, "bool_parsing": FLAG,
    "uuid_type": UUID, "uuid_parsing": UUID, "uuid_version": UUID,
    "datetime_type": DATE, "datetime_parsing": DATE, "datetime_from_date_parsing": DATE, "datetime_object_invalid": DATE,
    "timezone_aware": Words("時差の付いた日時（末尾に +09:00 など）", "a date and time with its offset, +09:00 at the end"),
    "date_type": DAY, "date_parsing": DAY, "date_from_datetime_parsing": DAY, "date_from_datetime_inexact": DAY,
    "none_required": Words("空欄", "nothing"),
}  # fmt: skip
FALLBACK = Words("この欄の決まりに合う値", "a value that fits this field")
PATTERNS: Mapping[str, Words] = {
    "^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$": Words(
        "コード（半角英数字と . _ + -、先頭は英数字、64 字まで）",
        "a code: letters, digits and . _ + -, a letter or digit first, at most 64",
    ),
    "^[A-Za-z0-9][A-Za-z0-9_+-]{0,47}$": Words(
        "点のないコード（半角英数字と _ + -、先頭は英数字、48 字まで）",
        "a code without dots: letters, digits and _ + -, a letter or digit first, at most 48",
    ),
    r"^[\u3041-\u3096\u30a1-\u30fc\u3099\u309a\u309d\u309e\u30fd\u30fe\uff1d= \u3000]+$": Words("読み（ひらがなかカタカナ、全角）", "a reading in hiragana or katakana"),
    "^[0-9a-f]{64}$": Words("確認画面の確認値（16進 64 桁）", "the fingerprint of a preview: 64 hexadecimal digits"),
    "^J[0-9]{2}$": Words("ルール番号（例 J01）", "a rule's number as in J01"),
    "^(\\$[a-z_]+|-?[0-9]+(\\.[0-9]+)?)$": Words("数、または $ と設定の名前", "a number, or $ and the name of a setting"),
    "^[+-][0-9]{2}:[0-9]{2}$": Words("時差（例 +09:00）", "an offset as in +09:00"),
    "^(?:D([+-][0-9]{1,3}) )?([0-4][0-9]):([0-5][0-9])$": Words(
        "時刻（例 18:00、25:30、D-7 20:00）", "a time as in 18:00, 25:30 or D-7 20:00",
    ),
}  # fmt: skip
"""Patterns of our own fields; every one of them has its words."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field. `field`: dotted path, "" for the whole; `found`: as it may be printed, "" for
    nothing."""

    field: str
    found: str
    expected_ja: str
    expected_en: str

    @property
    def expected(self) -> str:
        return f"{self.expected_ja} / {self.expected_en}"


def faults(wrong: ValidationError, given: object) -> tuple[Fault, ...]:
    """Everything wrong with `given`, each cause once: the alternatives of one field are one fault, and a misspelt field
    is one, not an unknown and a missing one."""
    told: dict[tuple[str, ...], list[_Told]] = {}
    for detail in wrong.errors(include_url=False):
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # entries that are wrong were not counted, and are told themselves
        one = _told(detail, given)
        told.setdefault(one.place, []).append(one)
    found: list[Fault] = []
    for alternatives in told.values():
        found += _of_branches(alternatives)
    return tuple(_misspelt(found))


def refused(wrong: ValidationError, given: object) -> InvalidInput:
    """The first fault of a command, as a refusal."""
    first = faults(wrong, given)[0]
    return InvalidInput(field=first.field or "input", found=first.found, expected=first.expected)


@dataclass(frozen=True, slots=True)
class _Told:
    """`place`: where a field's alternatives part, the whole path where there is only one; `branch`: which of them."""

    place: tuple[str, ...]
    branch: str
    fault: Fault


_ABSENT = object()


def _below(here: object, part: str | int) -> object:
    """What stands one step further down, or _ABSENT."""
    if isinstance(here, Mapping):
        return here.get(part, _ABSENT)
    if isinstance(part, int):
        return here[part] if isinstance(here, list | tuple) and part < len(here) else _ABSENT
    return getattr(here, part, _ABSENT)


def _told(detail: ErrorDetails, given: object) -> _Told:
    """A path holds names of alternatives (`RuleUse`, `str`) beside the fields of `given`: they are not told."""
    path: list[str] = []
    branches: list[tuple[int, str]] = []
    here = given
    for part in detail["loc"]:
        below = _below(here, part)
        lacking = detail["type"] == "missing" and part == detail["loc"][-1]
        if below is _ABSENT and path and here is not None and not lacking:
            branches.append((len(path), str(part)))
            continue
        here = None if below is _ABSENT else below  # None: a model made of values, nothing to walk
        path.append(str(part))
    ja, en = _words(detail)
    missing = detail["type"] in ("missing", "none_required")
    fault = Fault(".".join(path), "" if missing else printed(detail["input"]), ja, en)
    if not branches:
        return _Told(tuple(path), "", fault)
    at, branch = branches[0]
    return _Told((*path[:at], "|"), branch, fault)


def _of_branches(alternatives: Sequence[_Told]) -> list[Fault]:
    """The faults of the alternative that was meant: the one into which the value fits deepest; all of them in one fault
    where it fits none."""
    if not alternatives[0].branch:
        return [alternative.fault for alternative in alternatives]
    depth: Callable[[_Told], int] = lambda one: one.fault.field.count(".")  # noqa: E731
    deepest = max(map(depth, alternatives))
    if deepest > min(map(depth, alternatives)):
        branch = next(alternative.branch for alternative in alternatives if depth(alternative) == deepest)
        return [alternative.fault for alternative in alternatives if alternative.branch == branch]
    first, names = (
        alternatives[0].fault,
        list(dict.fromkeys(alternative.branch for alternative in alternatives)),
    )
    if len(names) == 1:
        return [alternative.fault for alternative in alternatives]
    ja = dict.fromkeys(alternative.fault.expected_ja for alternative in alternatives)
    en = dict.fromkeys(alternative.fault.expected_en for alternative in alternatives)
    return [replace(first, expected_ja="または".join(ja), expected_en=" or ".join(en))]


def _misspelt(found: Iterable[Fault]) -> list[Fault]:
    """An unknown field beside a missing one of nearly its name is told as that one."""
    told: dict[int, Fault] = dict(enumerate(found))
    absent: dict[str, dict[str, int]] = {}  # by what they are fields of: a file may have thousands of faults
    for number, fault in told.items():
        if fault.expected_ja == EXPECTED["missing"][0]:
            above, _, name = fault.field.rpartition(".")
            absent.setdefault(above, {})[name] = number
    for number, fault in list(told.items()):
        if fault.expected_ja != EXPECTED["extra_forbidden"][0]:
            continue
        above, _, name = fault.field.rpartition(".")
        beside = absent.get(above, {})
        if near := difflib.get_close_matches(name, beside, 1):
            del told[beside.pop(near[0])]
            told[number] = Fault(fault.field, fault.found, f"{near[0]} という名前", f"the name {near[0]}")
    return list(told.values())


def one_of(names: Iterable[str]) -> Words:
    """What is expected where one of a few names is to be given."""
    told = list(names)
    return Words(f"{'、'.join(told)} のいずれか", f"one of {', '.join(told)}")


def _words(detail: ErrorDetails) -> Words:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "value_error" | "assertion_error":
            return bilingual(str(context.get("error", ""))) or FALLBACK
        case "string_pattern_mismatch":
            return PATTERNS.get(str(context["pattern"]), FALLBACK)
        case "literal_error" | "enum" | "union_tag_invalid":
            told = context.get("expected") or context.get("expected_tags") or ""
            words = re.findall(r"'([^']*)'", str(told))
            return one_of(words)
        case "union_tag_not_found":
            name = str(context.get("discriminator", "")).strip("'")
            return Words(f"{name} の欄", f"the field {name}")
    ja, en = EXPECTED.get(detail["type"], FALLBACK)
    return Words(ja.format_map(context), en.format_map(context))


def printed(given: object) -> str:
    """A value as a message may hold it: text as typed, one line, not endless; of lists how many, of objects which."""
    match given:
        case None | "":
            return ""
        case bool():
            return json.dumps(given)
        case Mapping():
            named = next((given[key] for key in ("code", "id", "key") if given.get(key)), None)
            return str(named) if named is not None else "{" + ", ".join(map(str, list(given)[:8])) + "}"
        case list() | tuple():
            return f"[{len(given)}]"
    line = " ".join(str(given).split())
    return line if len(line) <= 80 else line[:79] + "…"
