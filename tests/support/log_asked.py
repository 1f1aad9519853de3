"""How often the log is asked."""

from __future__ import annotations

from typing import Any

import pytest

from reporting.ledger import Ledger


def noted(monkeypatch: pytest.MonkeyPatch) -> list[Ledger]:
    """From here on, an entry for each time that a log is asked or appended to: which."""
    asked: list[Ledger] = []
    run = Ledger._run

    def noting(self: Ledger, work: Any) -> Any:
        asked.append(self)
        return run(self, work)

    monkeypatch.setattr(Ledger, "_run", noting)
    return asked
