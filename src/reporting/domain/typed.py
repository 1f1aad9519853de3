"""Numbers as people type them: one reading for every way in, and the name of every character it does not take.

Digits are 0–9 and ０–９; a sign stands in front; thousands stand in groups of three behind one kind of separator; blanks
stand before, behind and after the sign. A dash alone states that there is nothing of the kind, as in Japanese tables. What only
looks like a number (①, ², 五, ٥) is not one: folding it would make another figure of what somebody wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from reporting.domain.figures import VALUE, Absence, Value, canonical_number, format_value, parse_value
from reporting.domain.messages import message
from reporting.errors import InvalidInput
from reporting.words import Words

ASCII = str.maketrans("０１２３４５６７８９．，’", "0123456789.,'")
MINUS, SEPARATORS, BLANKS = "-－−△▲", ",，'’", " \u3000\u00a0"
"""Hyphen-minus as keyboards have it, full-width or not, the minus sign, and the triangles of Japanese tables. The
apostrophes separate thousands in Switzerland. 、 stands between two numbers in Japanese and is therefore none."""
FULL_WIDTH = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
_DIGITS = frozenset("0123456789０１２３４５６７８９")
_TAKEN = _DIGITS | frozenset(".．" + MINUS + SEPARATORS + BLANKS)
_GROUPS = re.compile(r"[0-9]{1,3}(?:([,'])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]*)?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")


SPOKEN: Mapping[Absence, str] = {absence: message.table("absence")[absence].ja for absence in Absence}
"""Absences in the words of Japanese forms; they and the English ones are read like `!none`, `!not_reported`, `!suppressed`."""
_SAID = {format_value(absence): message.table("absence")[absence] for absence in Absence}
DASHES = "-－−―–—"
"""Any of them alone: there is nothing of the kind. △ alone is half a number."""
_ABSENT = {
    words: absence for absence in Absence for words in message.table("absence")[absence]
} | dict.fromkeys(DASHES, Absence.NONE)
SHOWN_DIGITS = 15
"""Significant digits of a number in a spreadsheet: what it shows of 14.299999999999999 is 14.3."""


def as_said(text: str) -> Words:
    """A stored text of a figure in words: an absence never by its code."""
    return _SAID.get(text, Words(text, text))


class NotANumber(InvalidInput):
    """facts: those of InvalidInput; `why_ja`, `why_en`; `character` (`U+2460`) where one is at fault."""

    def __init__(self, field: str, typed: str, why_ja: str, why_en: str, **facts: str) -> None:
        super().__init__(
            field=field, found=repr(typed), expected=message("number_as_typed", why_ja=why_ja, why_en=why_en), why_ja=why_ja, why_en=why_en,
            **facts,
        )  # fmt: skip


def read_value(typed: str, field: str = "value") -> Value:
    """A figure of what was typed: a number with at most 15 digits and 3 decimals, or an absence: `!none`, `!not_reported`,
    `!suppressed` (full-width too), 該当なし, 未報告, 非公表, none, not reported, suppressed, or a dash alone for none. NotANumber; InvalidInput for another
    absence."""
    if VALUE.fullmatch(typed):  # as most are that a program wrote
        return canonical_number(typed)
    text = typed.strip(BLANKS)
    if text.startswith(("!", "！")):
        return parse_value(text.translate(FULL_WIDTH), field)
    if (absence := _ABSENT.get(text)) is not None:
        return absence
    text = number_text(typed, field)
    if VALUE.fullmatch(text):
        return parse_value(text, field)
    if len(text.partition(".")[2]) > 3:
        raise NotANumber(field, typed, *message.words("with_at_most_3_decimals"))
    raise NotANumber(field, typed, *message.words("of_at_most_15_digits"))


def number_text(typed: str, field: str = "value") -> str:
    """The number in ASCII: `-1234.5` of `△１，２３４．５`. NotANumber names the first character that is not one of a
    number, or what is wrong with the order of those that are."""
    if strange := next((character for character in typed if character not in _TAKEN), None):
        ja, en = character_named(strange)
        point = f"U+{ord(strange):04X}"
        raise NotANumber(
            field, typed, *message.words("not_part_of_a_number", named_ja=ja, named_en=en), character=point
        )
    text, sign = typed.strip(BLANKS), ""
    if text and text[0] in MINUS:
        sign, text = "-", text[1:].lstrip(BLANKS)
    if not any(character in _DIGITS for character in text):
        raise NotANumber(field, typed, *message.words("none_where_there_is_nothing"))
    if any(character in MINUS for character in text):
        raise NotANumber(field, typed, *message.words("its_sign_once_and_in_front"))
    if any(character in BLANKS for character in text):
        raise NotANumber(field, typed, *message.words("no_blanks_inside"))
    text = text.translate(ASCII)
    if _GROUPS.fullmatch(text):
        text = text.replace(",", "").replace("'", "")
    elif "," in text or "'" in text:
        raise NotANumber(field, typed, *message.words("separators_every_three_digits"))
    if not _PLAIN.fullmatch(text):
        raise NotANumber(field, typed, *message.words("one_decimal_point_between_digits"))
    if len(text) > 1 and text[0] == "0" and text[1] != ".":
        raise NotANumber(field, typed, *message.words("no_zeros_in_front"))
    return sign + text


def with_point(typed: str, decimal: str) -> str:
    """What was typed with `decimal` as its decimal mark, as it is typed with a point: `1.234,5` → `1,234.5` of a comma."""
    return typed if decimal == "." else typed.translate(_MARKS_EXCHANGED)


_MARKS_EXCHANGED = str.maketrans(".,．，", ",.，．")


def is_blank(cell: object) -> bool:
    """Whether nothing stands in a field or in a spreadsheet's cell: no number, and no absence either."""
    return cell is None or (isinstance(cell, str) and not cell.strip(BLANKS))


def cell_text(cell: object, field: str = "value") -> str:
    """A spreadsheet's cell as somebody would type it: a text as it stands, a number as the spreadsheet shows it. NotANumber
    for what is neither, which only looks like one: a date, true or false."""
    if isinstance(cell, str):
        return cell
    shown = Decimal(format(cell, f".{SHOWN_DIGITS}g")) if isinstance(cell, float) else cell
    if isinstance(shown, Decimal) and shown.is_finite():
        return format(shown.normalize(), "f")
    if isinstance(shown, int) and not isinstance(shown, bool):
        return str(shown)
    raise NotANumber(
        field,
        str(cell),
        *message.words("and_not_a_date_a_time"),
    )


def read_cell(cell: object, field: str = "value") -> Value | None:
    """A figure of a spreadsheet's cell, read as if it had been typed; None where nothing stands in it. Errors of
    `read_value`."""
    return None if is_blank(cell) else read_value(cell_text(cell, field), field)


def _read_number(given: object) -> object:
    """ValueError in the two-language form that `wording` tells on."""
    if not isinstance(given, str):
        return given
    try:
        return Decimal(number_text(given))
    except NotANumber as strange:
        raise ValueError(str(strange.facts["expected"])) from None


Number = Annotated[Decimal, BeforeValidator(_read_number)]
"""A number in a table of definitions (a share, a difference), any number of decimals: typed as everywhere else."""

KINDS = message.table("kind_of_character")
"""Words of Unicode's names, in order, and what a clerk calls such a character."""
COUNTED = "一二三四五六七八九十百千万億壱弐参拾"


def character_named(character: str) -> Words:
    """A character in Japanese and English: `「①」（U+2460、丸数字）`, `“①” (U+2460, circled digit one)`. What cannot be
    seen is not shown."""
    point, category = f"U+{ord(character):04X}", unicodedata.category(character)
    seen = category[0] not in "CZ"
    name = unicodedata.name(character, "").lower()
    sorts = message.table("sort_of_character")
    called = message.table("character").get(point) or (sorts["counted"] if character in COUNTED else None)
    if called is None:
        called = next((told for word, told in KINDS.items() if word in name), None)
    if called is None:
        called = sorts["letter" if "ａ" <= character.lower() <= "ｚ" else "sign" if seen else "unseen"]
    en = name or ("control character" if category == "Cc" else "unassigned character")
    shown_ja, shown_en = (f"「{character}」", f"“{character}” ") if seen else ("", "a character ")
    return Words(f"{shown_ja}（{point}、{called.ja}）", f"{shown_en}({point}, {en})")
