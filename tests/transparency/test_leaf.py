"""The bytes of a leaf are RFC 8785's of its fields, whatever stands in them: they are written out by hand, for speed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from reporting.ledger.registry import canonical
from reporting.transparency.leaf import VERSION, Entry

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
seals = st.binary(min_size=32, max_size=32)
numbers = st.integers(1, 2**53 - 1)
times = st.builds(
    lambda at, hours: at.astimezone(timezone(timedelta(hours=hours))),
    st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.integers(-11, 11),
)
entries = st.builds(
    Entry, numbers, st.uuids(), numbers, words, numbers, times, st.uuids(), words, words, st.none() | st.uuids(), seals, seals,
    st.none() | seals, st.none() | seals, st.binary(),
)  # fmt: skip


@given(entries)
def test_a_leaf_is_its_fields_in_canonical_form(entry: Entry) -> None:
    state = hashlib.sha256(entry.state).hexdigest()
    assert entry.leaf() == canonical(entry.fields() | {"state": state, "v": VERSION})
