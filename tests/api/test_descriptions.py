"""The schema explains itself in Japanese beside English, everywhere, in words of the field."""

from __future__ import annotations

import re

import pytest
from product_texts import JAPANESE

from api.graphql.in_both import described, japanese
from api.graphql.schema import WITHOUT_JAPANESE, schema, sdl, socket_schema

CODES = re.compile(r"[\w|/.（）、]+")
"""What is the same in both: codes, file names."""
STANDS = [
    (coordinate, told.description)
    for made in (schema, socket_schema)
    for coordinate, told in described(made._schema)
    if told.description is not None
]


def test_nothing_is_described_in_english_alone() -> None:
    """Add the Japanese to src/api/graphql/descriptions.toml, by the English text."""
    assert WITHOUT_JAPANESE == {}


def test_no_japanese_is_left_over_of_a_text_that_changed() -> None:
    printed = {text for _, text in STANDS}
    left = [
        english
        for english, text in japanese().items()
        if printed.isdisjoint({english, f"{text} / {english}"})
    ]
    assert left == []


def test_every_text_has_japanese_in_it_but_codes() -> None:
    assert [
        (english, text)
        for english, text in japanese().items()
        if not JAPANESE.search(text) and not CODES.fullmatch(text)
    ] == []
    assert list(japanese()) == sorted(japanese())


@pytest.mark.parametrize(
    ("coordinate", "told"),
    [
        (
            "Query.offices",
            "登録された委員会。コード順。人の名は、知ってよい人にだけ / offices that are registered",
        ),
        ("Total.reported", " / "),
    ],
)
def test_what_is_printed_holds_both(coordinate: str, told: str) -> None:
    assert told in dict(STANDS)[coordinate]
    assert dict(STANDS)[coordinate] in sdl().replace('\\"', '"')
