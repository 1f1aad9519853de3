"""Followers beside the totals: the eventsourcing library's projections over our log (ADR 2, ADR 4).

Takes the log through the library's subscription (`reporting.ledger.recorder`), gives whatever view a projection keeps, at
positions of its own. A follower may fall behind, stop or be thrown away without a total waiting for it.
`topics_of` and `follow` are all an office's own projection needs (examples/own-projection).
"""

from projections.followers.log import ElectionLog, follow, topics_of, wait_for

__all__ = ["ElectionLog", "follow", "topics_of", "wait_for"]
