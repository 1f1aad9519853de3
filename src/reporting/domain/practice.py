"""How an election of the practice room is told from others: by its code. Pure."""

from __future__ import annotations

import re

DRILL = re.compile(r"-drill-[0-9]+$")
"""How the code of a drill's copy of an election ends."""


def is_drill(code: str) -> bool:
    """Whether an election is a drill's copy, which its drill publishes on a clock of its own."""
    return DRILL.search(code) is not None
