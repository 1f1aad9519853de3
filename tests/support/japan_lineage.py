"""Japan's official list of area changes as one lineage."""

from __future__ import annotations

from pathlib import Path

from reporting.lineage.graph import Lineage
from reporting.lineage.official import START, read_changes, read_state


def official_lineage(start: Path, changes: Path) -> Lineage:
    """FileRefused for rows that cannot be read, LineageRefused for rows that contradict others."""
    return Lineage(read_state(start), START, read_changes(changes, start))
