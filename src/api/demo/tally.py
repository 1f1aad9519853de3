"""What has been done so far in an election, counted from the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from api.demo.messages import message
from reporting.domain.workflow_events import (
    CellsSentBack,
    DiscrepancyDeclared,
    ReturnApproved,
    ReturnSubmitted,
    SlotReleased,
)
from reporting.ledger import Ledger

AT_ONCE = 5_000
COUNTED = (ReturnSubmitted, CellsSentBack, ReturnApproved, DiscrepancyDeclared, SlotReleased)
WORDS = message.table("done")
"""What is counted."""


class Tally:
    """Reads on from where it was; `counts` by the keys of WORDS."""

    def __init__(self, ledger: Ledger, election: str) -> None:
        self._ledger, self._election = ledger, election
        self.position = ledger.position()
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """Everything up to now."""
        while events := self._ledger.read(self.position, AT_ONCE):
            for recorded in events:
                event = recorded.event
                if isinstance(event, COUNTED) and event.election == self._election:
                    self.counts[event.type] += 1
                    self.counts["notices"] += isinstance(event, SlotReleased) and event.number > 1
            self.position = events[-1].position
        return self.counts


def told(counts: Mapping[str, int]) -> str:
    """`300 submitted, 4 sent back, …`: what there is of each."""
    return ", ".join(f"{counts[name]:,} {en}" for name, (_, en) in WORDS.items() if counts.get(name))


def told_ja(counts: Mapping[str, int]) -> str:
    """`提出 300　差し戻し 4 …`."""
    return "　".join(f"{ja} {counts[name]:,}" for name, (ja, _) in WORDS.items() if counts.get(name))
