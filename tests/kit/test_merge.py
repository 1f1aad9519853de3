"""Whatever is edited on both sides, no typed digit is lost and no other cell changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reporting.kit.merge import merge

KEYS = ("a", "b", "c", "d")
TEXTS = st.sampled_from(["", "0", "1", "18", "!none"])
SIDE = st.fixed_dictionaries(dict.fromkeys(KEYS, TEXTS))
CHOSEN = st.sets(st.sampled_from(KEYS))


def without_blanks(side: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in side.items() if text}


@given(base=SIDE, now=SIDE, sheet=SIDE, take=CHOSEN, keep=CHOSEN)
def test_three_sides(
    base: dict[str, str], now: dict[str, str], sheet: dict[str, str], take: set[str], keep: set[str]
) -> None:
    base, now = without_blanks(base), without_blanks(now)
    merged = {cell.key: cell for cell in merge(base, now, sheet, take=take, keep=keep)}
    assert list(merged) == list(sheet)
    after = {**now, **{key: cell.sheet for key, cell in merged.items() if cell.outcome == "taken"}}
    for key, cell in merged.items():
        before, stands, typed = base.get(key, ""), now.get(key, ""), sheet[key]
        assert (cell.base, cell.now, cell.sheet) == (before, stands, typed)
        if typed == before:
            assert after.get(key, "") == stands, "what the sheet left alone stays as it stands"
        elif typed and stands == before:
            assert after[key] == typed, "what only the sheet changed is taken"
        elif typed != stands:
            settled = key in take or key in keep
            assert typed == "" or settled or cell.outcome == "conflict", "what both changed is asked about"
            assert cell.outcome != "unchanged", "never in silence"
            assert after.get(key, "") in (stands, typed)
        if cell.outcome != "taken":
            assert after.get(key, "") == stands


@given(base=SIDE, now=SIDE, sheet=SIDE, strange=CHOSEN, stale=CHOSEN)
def test_a_row_that_is_called_otherwise_is_taken_by_nobodys_silence(
    base: dict[str, str], now: dict[str, str], sheet: dict[str, str], strange: set[str], stale: set[str]
) -> None:
    base, now = without_blanks(base), without_blanks(now)
    plain = {cell.key: cell.outcome for cell in merge(base, now, sheet)}
    for cell in merge(base, now, sheet, renamed=strange, outdated=stale):
        if cell.key in strange | stale and plain[cell.key] in ("taken", "conflict"):
            assert cell.outcome == ("renamed" if cell.key in strange else "outdated")
        else:
            assert cell.outcome == plain[cell.key], "where nothing is taken nothing is asked"


@given(base=SIDE, sheet=SIDE)
def test_nobody_else_was_there(base: dict[str, str], sheet: dict[str, str]) -> None:
    base = without_blanks(base)
    outcomes = {cell.outcome for cell in merge(base, base, sheet)}
    assert outcomes <= {"unchanged", "taken", "emptied"}


@given(base=SIDE, now=SIDE, sheet=SIDE)
def test_taken_once_there_is_nothing_left_to_take(
    base: dict[str, str], now: dict[str, str], sheet: dict[str, str]
) -> None:
    base, now = without_blanks(base), without_blanks(now)
    after = {**now, **{cell.key: cell.sheet for cell in merge(base, now, sheet) if cell.outcome == "taken"}}
    assert not [cell for cell in merge(base, after, sheet) if cell.outcome == "taken"]
