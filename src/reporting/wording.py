"""What a library says of a wrong value, in our words: one catalogue in Japanese and English for commands, definition
files and tables.

A validator of ours raises ValueError in both languages, `日本語 / English`. Whatever has no words here falls back to a
sentence of ours, never to the library's; a test walks all models and constraints and allows no fall-back.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reporting.errors import InvalidInput
from reporting.messages import message
from reporting.words import Words, bilingual

MOMENT = message("a_position_or_a_time")
"""What is expected where a moment of the ledger is asked for."""

IN_WORDS = message("words_blanks_alone_say_nothing")
"""What is expected where `is_in_words` says no."""

DATE, DAY = message.words("a_date_and_time"), message.words("a_date_as_in_2026_07")  # fmt: skip
WHOLE, NUMBER, FLAG = (
    message.words("a_whole_number"),
    message.words("a_number"),
    message.words("true_or_false"),
)
TEXT = message.words("text")
LIST, FIELDS = message.words("a_list_of_values"), message.words("named_fields")
UUID = message.words("a_uuid_32_hexadecimal_digits")

EXPECTED: Mapping[str, Words] = {
    **message.table("bound"),
    "missing": message.words("a_value_it_may_not_be"),
    "extra_forbidden": message.words("only_fields_that_there_are_check"),
    "string_type": TEXT,
    "string_unicode": TEXT,
    "int_type": WHOLE, "int_parsing": WHOLE, "int_from_float": WHOLE, "int_parsing_size": WHOLE,
    "decimal_type": NUMBER, "decimal_parsing": NUMBER, "finite_number": NUMBER, "float_type": NUMBER,
    "float_parsing": NUMBER,
    "list_type": LIST, "tuple_type": LIST, "set_type": LIST, "frozen_set_type": LIST, "iterable_type": LIST,
    "dict_type": FIELDS, "mapping_type": FIELDS, "model_type": FIELDS, "model_attributes_type": FIELDS,
    "dataclass_type": FIELDS, "named_tuple_type": FIELDS,
    "bool_type": FLAG, "bool_parsing": FLAG,
    "uuid_type": UUID, "uuid_parsing": UUID, "uuid_version": UUID,
    "datetime_type": DATE, "datetime_parsing": DATE, "datetime_from_date_parsing": DATE, "datetime_object_invalid": DATE,
    "timezone_aware": message.words("a_date_and_time_2"),
    "date_type": DAY, "date_parsing": DAY, "date_from_datetime_parsing": DAY, "date_from_datetime_inexact": DAY,
    "none_required": message.words("nothing"),
}  # fmt: skip
OR = message.table("between")["or"]
Asked = TypeVar("Asked", bound=BaseModel)
FALLBACK = message.words("a_value_that_fits_this_field")
PATTERNS: Mapping[str, Words] = {
    "^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$": message.words("a_code_letters_digits"),
    "^[A-Za-z0-9][A-Za-z0-9_+-]{0,47}$": message.words("a_code_without_dots_letters_digits"),
    r"^[\u3041-\u3096\u30a1-\u30fc\u3099\u309a\u309d\u309e\u30fd\u30fe\uff1d= \u3000]+$": message.words("a_reading_in_kana"),
    "^[a-z0-9][a-z0-9._-]{0,39}$": message.words("name_of_a_log"),
    "^https?://[!-~]{1,200}$": message.words("address_of_a_server"),
    "^[0-9a-f]{64}$": message.words("the_fingerprint_of_a_preview_64"),
    "^J[0-9]{2}$": message.words("a_rules_number_as_in_j01"),
    "^(\\$[a-z_]+|-?[0-9]+(\\.[0-9]+)?)$": message.words("a_number_or_and_the_name"),
    "^[+-][0-9]{2}:[0-9]{2}$": message.words("an_offset_as_in_09_00"),
    "^[0-9A-Za-z][0-9A-Za-z-]{0,19}$": message.words("number_of_a_place"),
    "^([01][0-9]|2[0-3]):[0-5][0-9]$": message.words("time_of_day_of_a_place"),
    "^(?:D([+-][0-9]{1,3}) )?([0-4][0-9]):([0-5][0-9])$": message.words("a_time_as_in_18_00"),
}  # fmt: skip
"""Patterns of our own fields; every one of them has its words."""


REORDERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
        alternative = _told(detail, given)
        told.setdefault(alternative.place, []).append(alternative)
    meant: list[Fault] = []
    for alternatives in told.values():
        meant += _of_branches(alternatives)
    return tuple(_misspelt(meant))


def is_in_words(text: str | None) -> bool:
    """Whether somebody has said something with it: blanks, dots and dashes alone are no reason, measure or note, whatever alphabet they are
    from, and neither is what is shown otherwise than it was written. The one judge of it, for every command, file and rule."""
    said = text is not None and any(unicodedata.category(character)[0] in "LN" for character in text)
    return said and hidden(text or "") is None


def hidden(text: str) -> str | None:
    """The first character that nobody sees or that moves others: a control, or one of Unicode's marks of direction (UAX 9)."""
    return next(
        (
            character
            for character in text
            if character in REORDERS
            or (unicodedata.category(character) == "Cc" and character not in "\t\n\r")
        ),
        None,
    )


def asked_for(kind: type[Asked], given: Mapping[str, Any]) -> Asked:
    """A command as it was given; InvalidInput naming the first field at fault."""
    try:
        return kind.model_validate(given)
    except ValidationError as wrong:
        first = faults(wrong, given)[0]
        raise InvalidInput(field=first.field or "input", found=first.found, expected=first.expected) from None


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
    depth: Callable[[_Told], int] = lambda alternative: alternative.fault.field.count(".")  # noqa: E731
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
    return [replace(first, expected_ja=OR.ja.join(ja), expected_en=OR.en.join(en))]


def _misspelt(meant: Iterable[Fault]) -> list[Fault]:
    """An unknown field beside a missing one of nearly its name is told as that one."""
    told: dict[int, Fault] = dict(enumerate(meant))
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
            told[number] = Fault(fault.field, fault.found, *message.words("the_name", near=near[0]))
    return list(told.values())


def one_of(names: Iterable[str]) -> Words:
    """What is expected where one of a few names is to be given."""
    told = list(names)
    return message.words("one_of", names_ja="、".join(told), names_en=", ".join(told))


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
            return message.words("the_field", name=name)
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
