"""Offices and their people as the log has them: folded once, and what came since is added to a copy of that."""

from __future__ import annotations

from reporting.domain.directory import Directory
from reporting.ledger import Ledger, Recorded, offices_stream


class KeptDirectory:
    """Of one log; any number of threads ask it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: tuple[Directory, Recorded | None] = Directory(), None

    def read(self) -> Directory:
        """As it stands now; nobody changes it. It is looked up that the last event it was folded from is still the log's: one that was put back,
        or lost its end with its primary, may have gone on otherwise."""
        directory, last = self._kept
        told = self._ledger.stream(offices_stream(), last.stream_version - 1 if last else 0)
        if last and told[:1] == [last]:
            del told[0]
        elif last:
            directory, told = Directory(), self._ledger.stream(offices_stream())
        if told:
            directory = directory.copied()
            for recorded in told:
                directory.apply(recorded.event)
            self._kept = directory, told[-1]
        return directory
