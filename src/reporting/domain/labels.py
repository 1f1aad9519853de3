"""Pieces every definition shares."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticKnownError

from reporting.domain.figures import CODE
from reporting.words import Words

Code = Annotated[str, StringConstraints(pattern=f"^{CODE.pattern}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LARGEST = 2**31 - 1
"""Of a whole number in a definition: more is no Int of GraphQL, and nobody could read the election."""
KANA = r"^[\u3041-\u3096\u30a1-\u30fc\u3099\u309a\u309d\u309e\u30fd\u30fe\uff1d= \u3000]+$"
"""Hiragana and katakana, with what may stand between and behind them."""
Kana = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=KANA)]


def _no_number(typed: object) -> object:
    """A number, typed or in quotes, would be read as seconds since 1970: `20261122`, or an empty date that a sheet wrote as `0`."""
    text = typed.strip() if isinstance(typed, str) else ""
    if isinstance(typed, (int, float)) or (text and text.lstrip("+-").replace(".", "", 1).isdigit()):
        raise PydanticKnownError("date_type")
    return typed


def _no_number_of_a_clock(typed: object) -> object:
    try:
        return _no_number(typed)
    except PydanticKnownError:
        raise PydanticKnownError("timezone_aware") from None


Day = Annotated[date, BeforeValidator(_no_number)]
Moment = Annotated[AwareDatetime, BeforeValidator(_no_number_of_a_clock)]
"""A time with its offset, as it is written: never a number."""


class Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Label(Definition):
    """A name in the languages of the people who use it; stored exactly as typed, never normalised."""

    ja: Name
    en: Name | None = Field(None, description="English label, where one exists")

    @property
    def words(self) -> Words:
        """In both languages: the Japanese name where no English one exists."""
        return Words(self.ja, self.en or self.ja)
