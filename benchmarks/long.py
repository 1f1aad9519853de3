"""Rebuild all views from a log of ten million events, and from a tenth of it in the same elections: what it costs an event, and what memory, must
not grow with the log."""

from __future__ import annotations

from benchmarks.rebuild import UNPACK, WHAT, measured
from benchmarks.table import Row

ELECTIONS = 32
"""Room for ten million events of a night."""
GROWS = 1.1


def run(server_url: str, quick: bool) -> list[Row]:
    sizes, elections = ((5_000, 20_000), 2) if quick else ((1_000_000, 10_000_000), ELECTIONS)
    small, large = (measured(server_url, "night", size, 1, elections) for size in sizes)
    times = large.cpu / large.unpack_cpu
    return [
        Row(
            f"long: rebuild of {sizes[1]:,} events × 4 figures, 9 % corrections, two levels of approval",
            f"{large.cpu:.0f} CPU-s",
            f"{large.unpack_cpu:.0f} CPU-s (unpack only)",
            f"{times:.2f}× its CPU",
            f"≤ {UNPACK:.0f}×",
            times <= UNPACK,
            f"{WHAT}; {sizes[1] / large.seconds:,.0f} events/s. {sizes[0]:,} events of the same {elections} elections took {small.cpu:.1f} CPU-s.",
        ),
        Row(
            f"long: peak memory of all its processes, {sizes[0]:,} → {sizes[1]:,} events",
            f"{large.peak:.0f} MB",
            f"{small.peak:.0f} MB",
            f"{large.peak / small.peak:.2f}×",
            f"constant (≤ {GROWS}×)",
            large.peak <= GROWS * small.peak,
            "Resident sets of the process that rebuilds and of its workers, summed.",
        ),
    ]
