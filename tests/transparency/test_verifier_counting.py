"""The auditors' verifier counts whose figures stand where as the log's own fold does, whatever definitions and registries became."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from uuid import uuid4

from auditing import require_same_totals
from changing import Changing

from projections.independent import IndependentFold
from reporting.domain.events import FiguresEntered
from reporting.ledger import Recorded, return_stream

LONGER = int(os.environ.get("CHANGED", "0"))
AT = datetime(2024, 10, 27, tzinfo=UTC)


def test_the_verifier_counts_as_the_fold_does() -> None:
    """20 chains of changes (`CHANGED=500`: as many new ones), with figures of some of those who ever reported."""
    dice = random.Random(None if LONGER else 12)
    for _ in range(LONGER or 20):
        election = Changing(dice)
        for _ in range(dice.randint(4, 12)):
            election.change()
        units = sorted({unit for ever in election.ever.values() for unit in ever})
        events = [*election.log]
        for unit in units:
            keys = [f"{contest}|voters||" for contest, ever in election.ever.items() if unit in ever]
            figures = {key: str(dice.randint(0, 99)) for key in keys if dice.random() < 0.6}
            if figures:
                entered = FiguresEntered(
                    election="tiny", form="final", slot="final", unit=unit, figures=figures
                )
                events.append((entered, uuid4()))
        log = []
        with IndependentFold() as fold:
            for position, (event, command) in enumerate(events, 1):
                stream = return_stream("tiny", "final", "final", getattr(event, "unit", ""))
                log.append(Recorded(position, stream, 1, AT, command, event))
                fold.apply(log[-1])
            require_same_totals(log, fold)
