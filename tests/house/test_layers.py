"""A layer stands beside its slot, as a value of its own; only published texts write the two as one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reporting.domain.layer import ENTERED, RELEASED, Layer, Layered

SOURCE = Path(__file__).resolve().parents[2] / "src"
PUBLISHED = {"reporting/domain/layer.py", "api/cli/verify.py"}
"""Where `slot@layer` is written and read: the text itself, and who checks an export without this program."""
GLUED = re.compile(
    r"""@\+|partition\(["']@["']\)|split_part\([^()]*'@'|["']@["']\s*\+|["']@["']\s*\|\||f["']@\{\w*(layer|level)"""
    r"""|\b(one|r|s|place|query)?\.?slot(\.code)?\s*(\+|\|\|)|slot\}\{"""
)


def statements() -> list[tuple[str, str]]:
    return [
        (path.relative_to(SOURCE).as_posix(), block)
        for path in sorted((SOURCE / "projections").rglob("*.sql"))
        for block in path.read_text(encoding="utf-8").split("-- name: ")
    ]


def test_no_slot_carries_its_layer() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in (".py", ".sql") and (name := path.relative_to(SOURCE).as_posix()) not in PUBLISHED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if GLUED.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "c.slot = r.slot || b.layer",
        'form.slot(query.slot.partition("@")[0])',
        "split_part(c.slot, '@', 1)",
        'RELEASED = "@+released"',
        'return f"@{layer}"',
        "(one.form.code, one.slot.code + one.layer, key)",
        'f"{form}/{slot}{self.layer}"',
        "slot=slot + seen.layer,",
    ],
)
def test_the_old_ways_would_be_found(line: str) -> None:
    assert GLUED.search(line)


def test_who_finds_cells_by_their_slot_says_the_layer() -> None:
    """Cells of all layers answer to a slot: a join that names it and no layer would add what was approved to what was
    entered."""
    by_slot = [
        (alias, block, f"{name}: {block.splitlines()[0]}")
        for name, block in statements()
        for alias in re.findall(r"\bcell ([a-z])\b", block)
        if re.search(rf"\b{alias}\.slot\b", block) and not re.search(rf"\b{alias}\.cell_no = ", block)
    ]
    assert len(by_slot) > 15
    assert [told for alias, block, told in by_slot if not re.search(rf"\b{alias}\.layer\b", block)] == []


@pytest.mark.parametrize(
    ("text", "layer", "name", "level"),
    [
        ("final", ENTERED, "entered", None),
        ("final@city", Layer("city"), "city", "city"),
        ("final@+released", RELEASED, "released", None),
    ],
)
def test_published_text_is_read_back(text: str, layer: Layer, name: str, level: str | None) -> None:
    assert Layered.parse(text) == Layered("final", layer)
    assert str(Layered("final", layer)) == text
    assert (layer.name, layer.level, Layer.named(name)) == (name, level, layer)
