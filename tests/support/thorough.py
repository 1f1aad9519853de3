"""How many examples a property is tried with: few in the run of every change, many for whoever looks for faults.

`THOROUGH=10 python -m pytest tests/projections` tries ten times as many, and takes as long.
"""

from __future__ import annotations

import os

TIMES = int(os.environ.get("THOROUGH", "1"))


def examples(few: int) -> int:
    return few * TIMES
