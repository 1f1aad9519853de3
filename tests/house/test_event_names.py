"""Every kind of fact has a name in both languages, and no two are called alike."""

from __future__ import annotations

from collections import Counter

from product_texts import JAPANESE, foreign

from reporting.domain.event_names import DEFINITION_CHANGED, NAMES
from reporting.ledger.registry import TYPES


def test_every_event_is_called_something() -> None:
    assert NAMES.keys() == TYPES.keys() | {DEFINITION_CHANGED}
    assert [
        type_ for type_, name in NAMES.items() if not JAPANESE.search(name.ja) or JAPANESE.search(name.en)
    ] == []
    assert [type_ for type_, name in NAMES.items() if foreign(name.ja) or name.en in TYPES] == []


def test_no_two_are_called_alike() -> None:
    for language in ("ja", "en"):
        counts = Counter(getattr(name, language) for name in NAMES.values())
        assert [name for name, times in counts.items() if times > 1] == []
